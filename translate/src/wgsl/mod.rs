//! WGSL that the language allows and naga refuses, said so that naga takes it.
//!
//! What naga accepts is not touched: a text is rewritten only where it would be an error, or where
//! naga is known to take it for something else ([`layout`], parts of [`constants`]). The rewritten text
//! means what the language says the original means, and is used only if naga accepts it.

mod builtins;
mod constants;
mod edit;
mod grammar;
mod halves;
mod layout;
mod lexer;
mod operators;
mod subgroups;
mod value;

use std::borrow::Cow;
use std::ops::Range;

use naga::valid::Capabilities;

use self::edit::apply;
use self::lexer::Token;
use crate::source::validator_with;
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
    let plain = without_unnamed_extensions(text);
    let Some(tokens) = lexer::tokens(&plain) else {
        return plain;
    };
    match rewritten(&plain, &tokens) {
        Some(rewritten) => Cow::Owned(rewritten),
        None => plain,
    }
}

/// The text with all that naga stumbles over said in another way, where there is anything and naga
/// takes the result.
fn rewritten(text: &str, tokens: &[Token]) -> Option<String> {
    let mut edits = constants::edits(text, tokens);
    edits.extend(layout::edits(tokens));
    edits.extend(subgroups::edits(tokens));
    edits.extend(grammar::edits(text, tokens));
    let has_halves = tokens.iter().any(|token| token.text == "f16");
    if edits.is_empty() && !has_halves {
        return None;
    }
    let is_refused = complaints(text).is_some();
    edits.retain(|edit| is_refused || edit.is_mistaken);
    let edited = (!edits.is_empty()).then(|| apply(text, edits));
    let base = edited.as_deref().unwrap_or(text);
    let is_accepted = complaints(base).is_none();
    let halves = match has_halves && (is_accepted || is_refused) {
        true => halves::rewritten(base, &lexer::tokens(base)?, is_accepted, complaints),
        false => None,
    };
    halves.or(edited.filter(|_| is_accepted))
}

/// What naga's complaints about a text point at; nothing where it has none.
fn complaints(text: &str) -> Option<Vec<Range<usize>>> {
    let ranges = |spans: &mut dyn Iterator<Item = naga::Span>| {
        spans.filter_map(|span| span.to_range()).collect()
    };
    // Where a text does not ask for them, it is naga that brings in integers of 16 bits, by mistake.
    let mut capabilities = Capabilities::all();
    capabilities.set(Capabilities::SHADER_INT16, text.contains("wgpu_int16"));
    match naga::front::wgsl::parse_str(text) {
        Err(error) => Some(ranges(&mut error.labels().map(|(span, _)| span))),
        Ok(module) => match validator_with(capabilities).validate(&module) {
            Err(error) => Some(ranges(&mut error.spans().map(|(span, _)| *span))),
            Ok(_) => None,
        },
    }
}

/// Extensions of which naga has the matter and refuses the name.
const UNNAMED: [(&str, &str); 2] = [
    ("enable", "subgroups"),
    ("requires", "immediate_address_space"),
];

/// The text without the names of [`UNNAMED`] in its directives. They are blanked out, so that places
/// stay what they are.
fn without_unnamed_extensions(text: &str) -> Cow<'_, str> {
    let mut blanked = Cow::Borrowed(text);
    for (directive, extension) in UNNAMED {
        for (at, _) in text.match_indices(directive) {
            let list = at + directive.len();
            let Some(length) = text[list..].find(';') else {
                break;
            };
            let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            if !text[line_start..at].trim().is_empty() {
                continue;
            }
            let end = list + length;
            let names = || text[list..end].split(',');
            let is_alone = names().all(|name| ["", extension].contains(&name.trim()));
            let mut from = list;
            for name in names() {
                let to = from + name.len();
                if name.trim() == extension {
                    // A name takes the comma after it along, the last one that before it.
                    blank(
                        blanked.to_mut(),
                        match (is_alone, to < end) {
                            (true, _) => at..end + 1,
                            (false, true) => from..to + 1,
                            (false, false) => from - 1..to,
                        },
                    );
                }
                from = to + 1;
            }
        }
    }
    blanked
}

/// Puts as many blanks in a range's place, and keeps its lines.
fn blank(text: &mut String, range: Range<usize>) {
    let blanks: String = text[range.clone()]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(range, &blanks);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_extensions_are_blanked() {
        let text = "enable f16;\nenable\n subgroups;\nfn f() {}";
        let blanked = without_unnamed_extensions(text);
        assert_eq!(blanked.len(), text.len());
        assert_eq!(blanked, "enable f16;\n      \n           \nfn f() {}");
        let blanked = |text| without_unnamed_extensions(text).into_owned();
        assert_eq!(blanked("enable subgroups, f16;"), "enable            f16;");
        assert_eq!(blanked("enable f16, subgroups;"), "enable f16           ;");
        assert_eq!(blanked("requires immediate_address_space,;").trim(), "");
        assert!(matches!(
            without_unnamed_extensions("// not to enable subgroups; here"),
            Cow::Borrowed(_)
        ));
    }
}
