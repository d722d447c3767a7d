//! What the card must know of a kernel before the driver compiles it, read from its PTX text.
//!
//! The text comes from outside: nothing about it is taken for granted, and what does not look like
//! a kernel of docs/abi.md is refused with a reason. Only the frame of the entry point is
//! understood here (name, parameter block, workgroup size, workgroup memory); instructions are the
//! driver's business.

use std::ops::Range;

/// Largest parameter block that every driver takes.
const MAX_ARGUMENTS: u32 = 4096;

/// Workgroup memory that a launch gives without being asked.
pub(crate) const STATIC_SHARED: u32 = 48 << 10;

/// The comment that says how much workgroup memory a launch must give, and its end (docs/abi.md).
const DYNAMIC_SHARED: (&str, &str) = ("// workgroup memory: ", " bytes");

/// A word or sign of the text, with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    /// The text.
    pub text: &'a str,
    /// Byte offset.
    pub at: usize,
}

impl Token<'_> {
    /// Its bytes in the text.
    pub(crate) fn range(&self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }
}

/// Splits PTX into words (names, directives and operations with their suffixes, numbers) and signs;
/// comments and blanks are left out. A quoted string is one word.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '%' | '.');
    let mut at = 0;
    std::iter::from_fn(move || loop {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        let length = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        } else if first == '"' {
            rest[1..].find('"').map_or(rest.len(), |end| end + 2)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let token = Token {
            text: &rest[..length],
            at,
        };
        at += length;
        return Some(token);
    })
}

/// The one parameter of an entry point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub bytes: u32,
    /// Where the number of bytes stands in the text.
    pub bytes_at: Range<usize>,
}

/// An entry point's frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Invocations of a workgroup.
    pub workgroup_size: [u32; 3],
    /// The argument block, if there is one.
    pub block: Option<Block>,
    /// Workgroup memory in bytes that the launch must give; beside it there is none.
    pub dynamic_shared: u32,
    /// From `.visible` or `.entry` to the end of the body.
    pub entry: Range<usize>,
    /// Where the name stands.
    pub name_at: Range<usize>,
    /// Where a parameter list may be put if there is none.
    pub after_name: usize,
    /// The body between its braces.
    pub body: Range<usize>,
}

impl Frame {
    /// Finds an entry point by name.
    ///
    /// Errors: what is missing or not as docs/abi.md says, in words.
    pub(crate) fn parse(text: &str, entry: &str) -> Result<Frame, String> {
        let all: Vec<Token<'_>> = tokens(text).collect();
        let word = |n: usize| all.get(n).map_or("", |token| token.text);
        let place = (0..all.len())
            .find(|&n| word(n) == ".entry" && word(n + 1) == entry)
            .ok_or_else(|| format!("no entry point `{entry}` in the PTX text"))?;
        let start = match place.checked_sub(1).map(word) {
            Some(".visible") => all[place - 1].at,
            _ => all[place].at,
        };
        let mut next = place + 2;
        let mut block = None;
        if word(next) == "(" {
            next += 1;
            if word(next) != ")" {
                let at = |offset: usize| word(next + offset);
                let shape = [at(0), at(1), at(3), at(5), at(7), at(8)];
                if shape != [".param", ".align", ".b8", "[", "]", ")"] {
                    return Err(format!(
                        "`{entry}` should take one parameter `.param .align 16 .b8 NAME[BYTES]`"
                    ));
                }
                let bytes = number(at(6)).filter(|&bytes| bytes <= MAX_ARGUMENTS);
                block = Some(Block {
                    name: at(4).to_owned(),
                    bytes: bytes.ok_or_else(|| {
                        format!(
                            "the argument block of `{entry}` has {} bytes, at most {MAX_ARGUMENTS} are possible",
                            at(6)
                        )
                    })?,
                    bytes_at: all[next + 6].range(),
                });
                next += 8;
            }
            next += 1;
        }
        let mut workgroup_size = None;
        loop {
            match word(next) {
                "{" => break,
                ".reqntid" => {
                    let mut size = [1; 3];
                    for (axis, size) in size.iter_mut().enumerate() {
                        *size = number(word(next + 1))
                            .filter(|&n| n > 0)
                            .ok_or_else(|| format!("`.reqntid` of `{entry}` is not a size"))?;
                        next += 2;
                        if word(next) != "," || axis == 2 {
                            break;
                        }
                    }
                    workgroup_size = Some(size);
                }
                "" => return Err(format!("`{entry}` has no body")),
                _ => next += 1,
            }
        }
        let open = next;
        let mut depth = 0u32;
        let close = loop {
            match word(next) {
                "{" => depth += 1,
                "}" => depth -= 1,
                "" => return Err(format!("the body of `{entry}` does not end")),
                _ => {}
            }
            if depth == 0 {
                break next;
            }
            next += 1;
        };
        Ok(Frame {
            workgroup_size: workgroup_size
                .ok_or_else(|| format!("`{entry}` does not say its workgroup size (.reqntid)"))?,
            block,
            dynamic_shared: dynamic_shared(text)?,
            entry: start..all[close].range().end,
            name_at: all[place + 1].range(),
            after_name: all[place + 1].range().end,
            body: all[open].range().end..all[close].at,
        })
    }

    /// Bytes of the argument block.
    pub(crate) fn argument_bytes(&self) -> u32 {
        self.block.as_ref().map_or(0, |block| block.bytes)
    }
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

fn dynamic_shared(text: &str) -> Result<u32, String> {
    let (before, after) = DYNAMIC_SHARED;
    let stated = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(before));
    match stated {
        None => Ok(0),
        Some(rest) => rest
            .strip_suffix(after)
            .and_then(number)
            .ok_or_else(|| format!("`{before}{rest}` does not state a number of bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
        .version 6.3 // one .entry fake(
        .target sm_75
        .address_size 64
        .visible .entry other() .reqntid 1, 1, 1 { ret; }
        .visible .entry main(.param .align 16 .b8 args[48])
        .reqntid 8, 4, 2
        { /* { */ .reg .b32 %r<2>; { mov.u32 %r1, %tid.x; } ret; }
        .visible .entry bare .reqntid 64 { ret; }";

    #[test]
    fn frames_are_found_by_name() {
        let main = Frame::parse(TEXT, "main").expect("it is there");
        assert_eq!(main.workgroup_size, [8, 4, 2]);
        assert_eq!(main.argument_bytes(), 48);
        assert_eq!(main.dynamic_shared, 0);
        assert!(TEXT[main.entry.clone()].starts_with(".visible .entry main"));
        assert!(TEXT[main.body.clone()].trim_end().ends_with("ret;"));
        assert_eq!(&TEXT[main.block.expect("a block").bytes_at], "48");
        let bare = Frame::parse(TEXT, "bare").expect("it is there");
        assert_eq!(
            (bare.workgroup_size, bare.argument_bytes()),
            ([64, 1, 1], 0)
        );
        assert_eq!(
            Frame::parse(TEXT, "other").map(|f| f.argument_bytes()),
            Ok(0)
        );
    }

    #[test]
    fn workgroup_memory_is_stated_in_a_comment() {
        let text =
            format!("// workgroup memory: 65536 bytes\n.extern .shared .align 16 .b8 W[];\n{TEXT}");
        assert_eq!(
            Frame::parse(&text, "main").map(|f| f.dynamic_shared),
            Ok(65536)
        );
    }

    #[test]
    fn what_is_no_kernel_is_refused_in_words() {
        for (text, entry, reason) in [
            (TEXT, "fake", "no entry point"),
            ("", "main", "no entry point"),
            (
                ".entry main(.param .u64 p) .reqntid 1 { }",
                "main",
                "one parameter",
            ),
            (
                ".entry main(.param .align 16 .b8 a[9999]) {",
                "main",
                "at most 4096",
            ),
            (".entry main() { ret; }", "main", "workgroup size"),
            (".entry main() .reqntid 0 { ret; }", "main", "not a size"),
            (
                ".entry main() .reqntid 1 { { ret; }",
                "main",
                "does not end",
            ),
            (".entry main(", "main", "one parameter"),
            (".entry main", "main", "no body"),
            (
                "// workgroup memory: lots\n.entry m .reqntid 1 { }",
                "m",
                "number of bytes",
            ),
        ] {
            let error = Frame::parse(text, entry).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
        // Cut anywhere, it is an answer and not a panic.
        for end in 0..TEXT.len() {
            let _ = Frame::parse(&TEXT[..end], "main");
        }
    }
}
