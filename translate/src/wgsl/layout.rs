//! Alignment of structures within structures.
//!
//! A structure is aligned as its most aligned member is, `@align` included. naga forgets the
//! attributes where the structure is a member itself, or the element of an array that is one, and
//! places it wrongly without a word. Such a member gets the attribute that says where it belongs.

use std::collections::HashMap;

use super::edit::Edit;
use super::lexer::{Kind, Token};

/// Deepest nesting of types that is looked into.
const DEPTH_MAX: u32 = 30;

/// Alignments of a type: the language's, and what naga makes of it.
#[derive(Clone, Copy)]
struct Alignment {
    right: u32,
    naga: u32,
}

impl Alignment {
    fn both(bytes: u32) -> Alignment {
        Alignment {
            right: bytes,
            naga: bytes,
        }
    }
}

struct Member<'t> {
    /// Where its attributes begin.
    at: usize,
    /// The literal of `@align`; `None` within is one that is no literal.
    align: Option<Option<u32>>,
    ty: &'t [Token<'t>],
}

/// What to change in a text.
pub(super) fn edits(tokens: &[Token]) -> Vec<Edit> {
    if !tokens.iter().any(|token| token.text == "align") {
        return Vec::new();
    }
    let types = Types::of(tokens);
    let mut known = HashMap::new();
    let mut edits = Vec::new();
    for member in types.structs.values().flatten() {
        let Some(alignment) = types.alignment(member.ty, &mut known, 0) else {
            continue;
        };
        if member.align.is_none() && alignment.right > alignment.naga {
            let mut edit = Edit::insert(member.at, &format!("@align({}) ", alignment.right));
            edit.is_mistaken = true;
            edits.push(edit);
        }
    }
    edits
}

/// The types that a text declares.
struct Types<'t> {
    structs: HashMap<&'t str, Vec<Member<'t>>>,
    aliases: HashMap<&'t str, &'t [Token<'t>]>,
}

impl<'t> Types<'t> {
    fn of(tokens: &'t [Token<'t>]) -> Types<'t> {
        let mut types = Types {
            structs: HashMap::new(),
            aliases: HashMap::new(),
        };
        for (at, window) in tokens.windows(3).enumerate() {
            let [keyword, name, open] = window else {
                continue;
            };
            let rest = &tokens[at + 3..];
            match (keyword.text, open.text) {
                ("struct", "{") => {
                    types.structs.insert(name.text, members(rest));
                }
                ("alias", "=") => {
                    let end = rest.iter().position(|token| token.text == ";");
                    types.aliases.insert(name.text, &rest[..end.unwrap_or(0)]);
                }
                _ => {}
            }
        }
        types
    }

    /// Of a type that is understood.
    fn alignment(&self, ty: &[Token<'t>], known: &mut Known<'t>, depth: u32) -> Option<Alignment> {
        let (name, parameters) = ty.split_first()?;
        if depth > DEPTH_MAX {
            return None;
        }
        if let Some(aliased) = self.aliases.get(name.text) {
            return self.alignment(aliased, known, depth + 1);
        }
        if let Some(members) = self.structs.get(name.text) {
            if let Some(&alignment) = known.get(name.text) {
                return alignment;
            }
            // Of a structure that contains itself nothing is known.
            known.insert(name.text, None);
            let alignment = self.of_members(members, known, depth);
            known.insert(name.text, alignment);
            return alignment;
        }
        let inner = parameters.get(1..).unwrap_or_default();
        if matches!(name.text, "array" | "atomic") {
            return self.alignment(inner, known, depth + 1);
        }
        if let Some(bytes) = scalar(name.text) {
            return Some(Alignment::both(bytes));
        }
        // Of a matrix the second number counts: `mat2x3` has columns of three.
        let (rows, suffix) = match name.text.strip_prefix("vec") {
            Some(rest) => rest.split_at_checked(1)?,
            None => name
                .text
                .strip_prefix("mat")?
                .get(2..)?
                .split_at_checked(1)?,
        };
        let element = match suffix {
            "" => self.alignment(inner, known, depth + 1)?.right,
            "f" | "i" | "u" => 4,
            "h" => 2,
            _ => return None,
        };
        match rows {
            "2" => Some(Alignment::both(2 * element)),
            "3" | "4" => Some(Alignment::both(4 * element)),
            _ => None,
        }
    }

    fn of_members(
        &self,
        members: &[Member<'t>],
        known: &mut Known<'t>,
        depth: u32,
    ) -> Option<Alignment> {
        let mut all = Alignment::both(1);
        for member in members {
            let of_type = self.alignment(member.ty, known, depth + 1)?;
            let right = match member.align {
                Some(literal) => literal?,
                None => of_type.right,
            };
            all.right = all.right.max(right);
            all.naga = all.naga.max(of_type.naga);
        }
        Some(all)
    }
}

/// Alignments of structures by their names.
type Known<'t> = HashMap<&'t str, Option<Alignment>>;

fn scalar(name: &str) -> Option<u32> {
    match name {
        "f16" => Some(2),
        "i32" | "u32" | "f32" => Some(4),
        "i64" | "u64" | "f64" => Some(8),
        _ => None,
    }
}

/// The members of a structure whose bracket has been opened.
fn members<'t>(tokens: &'t [Token<'t>]) -> Vec<Member<'t>> {
    let mut members = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" | "<" => depth += 1,
            ")" | "]" | ">" => depth -= 1,
            "," | "}" if depth == 0 => {
                members.extend(member(&tokens[start..at]));
                start = at + 1;
                if token.text == "}" {
                    break;
                }
            }
            _ => {}
        }
    }
    members
}

/// `@attribute… name: type`.
fn member<'t>(tokens: &'t [Token<'t>]) -> Option<Member<'t>> {
    let colon = tokens.iter().position(|token| token.text == ":")?;
    let align = tokens[..colon]
        .windows(5)
        .find(|window| window[0].text == "@" && window[1].text == "align")
        .map(|window| {
            let (number, end) = (window[3], window[4]);
            let digits = number.text.trim_end_matches(['i', 'u']);
            let is_plain = number.kind == Kind::Number && matches!(end.text, ")" | ",");
            digits.parse().ok().filter(|_| is_plain)
        });
    Some(Member {
        at: tokens.first()?.at,
        align,
        ty: &tokens[colon + 1..],
    })
}

#[cfg(test)]
mod tests {
    use super::edits;
    use crate::wgsl::edit::apply;
    use crate::wgsl::lexer::tokens;

    #[test]
    fn members_of_aligned_structures() {
        let text = "
            alias Aligned = array<T, 3>;
            struct T { @size(4) @align(16) x: u32 }
            struct S { a: u32, @size(64) t: T, u: Aligned, @align(32) v: T, w: vec2<f16>, }
            struct U { a: u32, s: S, t: V }
            struct V { @align(N) x: u32, @align(8) y: vec2f }
            struct W { @align(8) x: u32, y: vec4h }
            struct X { a: u32, w: W }
        ";
        let expected = text
            .replace("@size(64) t", "@align(16) @size(64) t")
            .replace("u: Aligned", "@align(16) u: Aligned")
            .replace("s: S,", "@align(32) s: S,");
        let edits = edits(&tokens(text).unwrap());
        assert!(edits.iter().all(|edit| edit.is_mistaken));
        assert_eq!(apply(text, edits), expected);
    }
}
