//! WGSL that the language allows and naga refuses, said so that naga takes it.
//!
//! What naga accepts is never touched: a text is rewritten only where it would be an error, and the
//! rewritten text means what the language says the original means.

mod builtins;
mod constants;
mod lexer;
mod operators;
mod value;

use std::borrow::Cow;

use crate::{limits, Error};

/// The text to hand to a front end of naga's that is not ours, such as wgpu's.
///
/// # Errors
/// [`Error::Limit`] if the text nests deeper or is longer than naga's front end can be trusted with.
pub fn prepare(text: &str) -> Result<Cow<'_, str>, Error> {
    limits::check_size(text.as_bytes())?;
    limits::check_text(text)?;
    let plain = without_subgroups_directive(text);
    if !constants::may_help(&plain) {
        return Ok(plain);
    }
    limits::with_stack("parsing", || {
        Ok(match naga::front::wgsl::parse_str(&plain) {
            Ok(_) => plain,
            Err(_) => second_try(&plain).map_or(plain, |(text, _)| Cow::Owned(text)),
        })
    })
}

/// naga's module of a text that is within the limits, with the text it was made of.
///
/// # Errors
/// naga's, about the original text.
pub(crate) fn parse(
    text: &str,
) -> Result<naga::Module, (naga::front::wgsl::ParseError, Cow<'_, str>)> {
    let plain = without_subgroups_directive(text);
    match naga::front::wgsl::parse_str(&plain) {
        Ok(module) => Ok(module),
        Err(error) => match second_try(&plain) {
            Some((_, module)) => Ok(module),
            None => Err((error, plain)),
        },
    }
}

/// A text that naga refused, rewritten so that it does not.
fn second_try(text: &str) -> Option<(String, naga::Module)> {
    if !constants::may_help(text) {
        return None;
    }
    let rewritten = constants::evaluate(text)?;
    let module = naga::front::wgsl::parse_str(&rewritten).ok()?;
    Some((rewritten, module))
}

/// naga has the subgroup functions, but refuses the directive that WGSL wants before their use.
/// It is blanked out, so that places stay what they are.
fn without_subgroups_directive(text: &str) -> Cow<'_, str> {
    let mut blanked = Cow::Borrowed(text);
    for (at, _) in text.match_indices("enable") {
        let rest = &text[at + "enable".len()..];
        let Some(end) = rest.find(';') else { break };
        let extensions = rest[..end].trim();
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if extensions == "subgroups" && text[line_start..at].trim().is_empty() {
            let length = "enable".len() + end + 1;
            let blanks: String = text[at..at + length]
                .chars()
                .map(|c| if c == '\n' { '\n' } else { ' ' })
                .collect();
            blanked.to_mut().replace_range(at..at + length, &blanks);
        }
    }
    blanked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subgroups_directive_is_blanked() {
        let text = "enable f16;\nenable\n subgroups;\nfn f() {}";
        let blanked = without_subgroups_directive(text);
        assert_eq!(blanked.len(), text.len());
        assert_eq!(blanked, "enable f16;\n      \n           \nfn f() {}");
        assert!(matches!(
            without_subgroups_directive("// not to enable subgroups; here"),
            Cow::Borrowed(_)
        ));
    }
}
