//! Grammar that naga reads in another way.
//!
//! * `a--b` is `a - -b`; naga reads a decrement (gfx-rs/wgpu issue 4536).
//! * A `continuing` block is a scope within that of its loop, and may declare a name again; naga makes
//!   them one.
//! * `@diagnostic` may stand before a statement or its block; naga knows it of functions only (issue
//!   5320). It says nothing about what a statement does.

use super::edit::Edit;
use super::lexer::{declares, Kind, Token};

/// What to change in a text.
pub(super) fn edits(text: &str, tokens: &[Token]) -> Vec<Edit> {
    // What naga's only rule is about.
    let has_derivatives = tokens.iter().any(|token| {
        let names = ["dpdx", "dpdy", "fwidth", "textureSample"];
        names.iter().any(|name| token.text.starts_with(name))
    });
    let mut edits = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let rest = &tokens[at + 1..];
        match token.text {
            "--" => {
                let operand = |next: &Token| next.kind != Kind::Symbol || next.text == "(";
                if rest.first().is_some_and(operand) {
                    edits.push(Edit::insert(token.at + 1, " "));
                }
            }
            "continuing" => edits.extend(shadowing(rest).into_iter().flatten()),
            "@" => edits.extend(diagnostics(text, &tokens[at..], has_derivatives)),
            _ => {}
        }
    }
    edits
}

/// One past the bracket that closes the one that `tokens` begin with.
fn closed(tokens: &[Token], open: &str, close: &str) -> Option<usize> {
    let mut depth = 0;
    if tokens.first()?.text != open {
        return None;
    }
    for (at, token) in tokens.iter().enumerate() {
        if token.text == open {
            depth += 1;
        } else if token.text == close {
            depth -= 1;
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// Brackets of their own for the statements of a `continuing` block that declare something, unless
/// the `break if` at its end, which must stay outside, needs it.
fn shadowing(tokens: &[Token]) -> Option<[Edit; 2]> {
    let end = closed(tokens, "{", "}")?;
    let mut declared = Vec::new();
    let mut depth = 0;
    let mut close = end - 1;
    for at in 0..end {
        match tokens[at].text {
            "{" => depth += 1,
            "}" => depth -= 1,
            "var" | "let" | "const" if depth == 1 => declared.extend(declares(tokens, at)),
            "break" if depth == 1 => {
                close = at;
                break;
            }
            _ => {}
        }
    }
    let condition = &tokens[close..end];
    let is_needed = (condition.iter()).any(|token| declared.contains(&token.text));
    if declared.is_empty() || is_needed {
        return None;
    }
    let (open, close) = (tokens[0].end(), tokens[close].at);
    Some([Edit::insert(open, "{"), Edit::insert(close, "}")])
}

/// Blanks for a list of `@diagnostic(severity, rule)` before a statement or block, unless two name the
/// same rule, or one makes an error of what may be one. A list is found at each of its attributes; overlapping edits are left out.
fn diagnostics(text: &str, mut tokens: &[Token], has_derivatives: bool) -> Option<Edit> {
    let start = tokens.first()?.at;
    let mut end = start;
    let mut rules = Vec::new();
    while let [at, name, open, severity, comma, ..] = tokens {
        if [at.text, name.text, open.text, comma.text] != ["@", "diagnostic", "(", ","] {
            break;
        }
        let length = closed(&tokens[2..], "(", ")")? + 2;
        let mut rule = &tokens[5..length - 1];
        if let [most @ .., last] = rule {
            rule = if last.text == "," { most } else { rule };
        }
        let is_name = match rule {
            [name] => name.kind == Kind::Word,
            [tool, dot, name] => {
                tool.kind == Kind::Word && dot.text == "." && name.kind == Kind::Word
            }
            _ => false,
        };
        if !is_name || !matches!(severity.text, "error" | "warning" | "info" | "off") {
            return None;
        }
        let rule = &text[rule.first()?.at..rule.last()?.end()];
        if rules.contains(&rule) || severity.text == "error" && has_derivatives {
            return None;
        }
        rules.push(rule);
        end = tokens[length - 1].end();
        tokens = &tokens[length..];
    }
    let is_before_statement = matches!(
        tokens.first()?.text,
        "{" | "if" | "for" | "while" | "loop" | "switch"
    );
    let blank = |c| if c == '\n' { '\n' } else { ' ' };
    let blanks: String = text[start..end].chars().map(blank).collect();
    (is_before_statement && end > start).then(|| Edit::replace(start..end, &blanks))
}

#[cfg(test)]
mod tests {
    use super::edits;
    use crate::wgsl::edit::apply;
    use crate::wgsl::lexer::tokens;

    #[test]
    fn statements() {
        for (text, expected) in [
            ("x = a--b; a--; y = a--(b)", "x = a- -b; a--; y = a- -(b)"),
            (
                "continuing { let a = 1; { break; } break if b; } continuing { a++; }",
                "continuing {{ let a = 1; { break; } }break if b; } continuing { a++; }",
            ),
            (
                "continuing { let a = 1; b = a; } continuing { let a = 1; break if a == 1; }",
                "continuing {{ let a = 1; b = a; }} continuing { let a = 1; break if a == 1; }",
            ),
            (
                "@diagnostic(off, a.b,)\n@diagnostic(off, c) if x {}",
                "                      \n                    if x {}",
            ),
            (
                "@diagnostic(off, a) @diagnostic(info, a) if x {}",
                "@diagnostic(off, a)                      if x {}",
            ),
            (
                "@diagnostic(error, a) { dpdx(x); }",
                "@diagnostic(error, a) { dpdx(x); }",
            ),
            (
                "@diagnostic(off, a) fn f() {} @diagnostic(of, a) {} @diagnostic(",
                "@diagnostic(off, a) fn f() {} @diagnostic(of, a) {} @diagnostic(",
            ),
        ] {
            let edits = edits(text, &tokens(text).unwrap());
            assert_eq!(apply(text, edits), expected, "{text}");
        }
    }
}
