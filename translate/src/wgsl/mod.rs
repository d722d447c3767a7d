//! WGSL that the language allows and naga refuses, said so that naga takes it.
//!
//! What naga accepts is never touched: a text is rewritten only where it would be an error, and the
//! rewritten text means what the language says the original means.

mod builtins;
mod constants;
mod lexer;
mod operators;
mod subgroups;
mod value;

use std::borrow::Cow;

use crate::source::validator;
use crate::{limits, Error};

/// The text to hand to a front end of naga's that is not ours, such as wgpu's.
///
/// # Errors
/// [`Error::Limit`] if the text nests deeper or is longer than naga's front end can be trusted with.
pub fn prepare(text: &str) -> Result<Cow<'_, str>, Error> {
    limits::check_size(text.as_bytes())?;
    limits::check_text(text)?;
    limits::with_stack("parsing", || Ok(for_naga(text)))
}

/// As [`prepare`], of a text within the limits, where there is room on the stack.
pub(crate) fn for_naga(text: &str) -> Cow<'_, str> {
    let plain = without_subgroups_directive(text);
    match rewritten(&plain) {
        Some(rewritten) if !naga_takes(&plain) && naga_takes(&rewritten) => Cow::Owned(rewritten),
        _ => plain,
    }
}

/// The text with all that naga may stumble over said in another way, if there is anything.
fn rewritten(text: &str) -> Option<String> {
    let tokens = lexer::tokens(text)?;
    let mut edits = constants::edits(text, &tokens);
    edits.extend(subgroups::edits(&tokens));
    edits.sort_by_key(|(range, _)| range.start);
    (!edits.is_empty()).then(|| apply(text, edits))
}

/// Edits in order; one that overlaps an earlier one is left out.
fn apply(text: &str, edits: Vec<constants::Edit>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (range, replacement) in edits {
        if range.start < done {
            continue;
        }
        out.push_str(&text[done..range.start]);
        out.push_str(&replacement);
        done = range.end;
    }
    out.push_str(&text[done..]);
    out
}

fn naga_takes(text: &str) -> bool {
    naga::front::wgsl::parse_str(text).is_ok_and(|module| validator().validate(&module).is_ok())
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
