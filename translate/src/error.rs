//! Why a shader does not become a kernel, with its place in the source.

use std::fmt;
use std::path::PathBuf;

/// A message about a place in a shader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// One line.
    pub message: String,
    /// Line and column, from 1.
    pub place: Option<(u32, u32)>,
    /// Several lines: the message, the source line and a mark under it. Empty where the source is
    /// not text.
    pub drawing: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.place {
            Some((line, column)) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

/// Why a shader does not become a kernel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file's name says nothing of its language.
    #[error("{name}: neither .wgsl, .spv nor .comp (GLSL)")]
    Kind {
        /// File name.
        name: String,
    },
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// Text that is not UTF-8.
    #[error("not UTF-8 text, from byte {0} on")]
    Encoding(usize),
    /// The shader asks for more than the front ends are given room for.
    #[error("{what}: {asked}, at most {max}")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How much the shader has.
        asked: u64,
        /// How much it may have.
        max: u64,
    },
    /// The text is not in the language.
    #[error("{0}")]
    Parse(Diagnostic),
    /// The SPIR-V module is malformed, or uses what is not supported.
    #[error("SPIR-V: {0}")]
    Spirv(String),
    /// The module breaks a rule of the language.
    #[error("{0}")]
    Validation(Diagnostic),
    /// Override constants are missing, unknown or out of range.
    #[error("pipeline constants: {0}")]
    Overrides(String),
    /// No such entry point, or none that is meant.
    #[error("{0}")]
    EntryPoint(String),
    /// The compiler refused; the text names the construct.
    #[error("{0}")]
    Compile(Diagnostic),
    /// A fault of ours or of naga's: please report it with the shader.
    #[error("internal error in {phase}: {what}; please report it with the shader")]
    Internal {
        /// What was being done.
        phase: &'static str,
        /// What was found, and where in the program.
        what: String,
    },
}

impl Error {
    /// The message over the source line it is about, where there is one; else the message.
    pub fn drawing(&self) -> String {
        if let Error::Parse(d) | Error::Validation(d) | Error::Compile(d) = self {
            if !d.drawing.is_empty() {
                return d.drawing.clone();
            }
        }
        format!("error: {self}\n")
    }

    /// A compiler error, drawn over the source if that is at hand.
    pub(crate) fn from_compiler(error: naga_backend::Error, source: Option<(&str, &str)>) -> Error {
        if let naga_backend::Error::EntryPoint { .. } = error {
            return Error::EntryPoint(error.to_string());
        }
        let message = error.to_string();
        let (Some(span), Some((name, text))) = (error.span(), source) else {
            return Error::Compile(Diagnostic {
                message,
                place: None,
                drawing: String::new(),
            });
        };
        if span
            .to_range()
            .is_none_or(|range| text.get(range).is_none())
        {
            return Error::from_compiler_text(message);
        }
        let at = span.location(text);
        let marked = naga::WithSpan::new(error).with_span(span, "here");
        Error::Compile(Diagnostic {
            message,
            place: Some((at.line_number, at.line_position)),
            drawing: marked.emit_to_string_with_path(text, name),
        })
    }

    fn from_compiler_text(message: String) -> Error {
        Error::Compile(Diagnostic {
            message,
            place: None,
            drawing: String::new(),
        })
    }
}
