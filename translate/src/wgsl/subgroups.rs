//! Subgroup functions as naga has them.
//!
//! * A lane that is named by a plain number is of type `u32`; naga makes it `i32` and refuses it
//!   (gfx-rs/wgpu issue 5555). It gets its suffix.
//! * `subgroupElect()` is missing. The elected invocation is the lowest that is active: the one
//!   below which none is.
//! * `subgroup_invocation_id` is refused in workgroups of several dimensions (issue 8202), since
//!   Vulkan does not say how these are cut into subgroups. It is the number of invocations below,
//!   where all are active: at the beginning of the entry point.

use super::constants::Edit;
use super::lexer::{Kind, Token};

/// Functions whose second argument names a lane, a mask or a distance.
const WITH_LANE: &[&str] = &[
    "quadBroadcast",
    "subgroupBroadcast",
    "subgroupShuffle",
    "subgroupShuffleDown",
    "subgroupShuffleUp",
    "subgroupShuffleXor",
];

/// What to change in a text, in order.
pub(super) fn edits(tokens: &[Token]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if WITH_LANE.contains(&token.text) {
            edits.extend(lane(&tokens[at + 1..]));
        } else if token.text == "subgroupElect" {
            if let [_, open, close, ..] = tokens[at..] {
                if open.text == "(" && close.text == ")" {
                    let text = "(subgroupExclusiveAdd(1u) == 0u)";
                    edits.push((token.at..close.end(), text.into()));
                }
            }
        } else if token.text == "subgroup_invocation_id" && at >= 3 {
            edits.extend(invocation_id(&tokens[at - 3..]).into_iter().flatten());
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    edits
}

/// The suffix of a second argument that is a plain number; `tokens` begin with the bracket.
fn lane(tokens: &[Token]) -> Option<Edit> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "," if depth == 1 => {
                let (number, after) = (tokens.get(at + 1)?, tokens.get(at + 2)?);
                let is_plain = number.kind == Kind::Number
                    && number.text.bytes().all(|byte| byte.is_ascii_digit());
                let is_whole = matches!(after.text, ")" | ",");
                return (is_plain && is_whole).then(|| (number.end()..number.end(), "u".into()));
            }
            _ => {}
        }
        if depth <= 0 {
            return None;
        }
    }
    None
}

/// Takes the parameter `@builtin(subgroup_invocation_id) name: u32` away and declares the name at
/// the beginning of the function.
fn invocation_id(tokens: &[Token]) -> Option<[Edit; 2]> {
    let [at, builtin, open, _, close, name, colon, ty, ..] = tokens else {
        return None;
    };
    let found = [
        at.text,
        builtin.text,
        open.text,
        close.text,
        colon.text,
        ty.text,
    ];
    if found != ["@", "builtin", "(", ")", ":", "u32"] || name.kind != Kind::Word {
        return None;
    }
    let rest = &tokens[8..];
    let end = match rest.first()?.text {
        "," => rest.first()?.end(),
        ")" => ty.end(),
        _ => return None,
    };
    // From within the parameters to the body; the member of a structure has no such way.
    let mut depth = 1;
    for token in rest {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            "}" | ";" => return None,
            "{" if depth == 0 => {
                let declaration = format!(" let {} = subgroupExclusiveAdd(1u);", name.text);
                return Some([
                    (at.at..end, String::new()),
                    (token.end()..token.end(), declaration),
                ]);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::edits;
    use crate::wgsl::apply;
    use crate::wgsl::lexer::tokens;

    #[test]
    fn calls_and_parameters() {
        let rewritten = |text: &str| apply(text, edits(&tokens(text).unwrap()));
        assert_eq!(
            rewritten("subgroupBroadcast(f(a, 1), 3) + quadBroadcast(b[i], 1,)"),
            "subgroupBroadcast(f(a, 1), 3u) + quadBroadcast(b[i], 1u,)"
        );
        let same = "subgroupShuffle(x, 1 + 2) subgroupShuffle(x, 0x1) subgroupShuffle";
        assert_eq!(rewritten(same), same);
        assert_eq!(
            rewritten("if subgroupElect() {}"),
            "if (subgroupExclusiveAdd(1u) == 0u) {}"
        );
        assert_eq!(
            rewritten(
                "fn f(@builtin(subgroup_invocation_id) id: u32, @location(0) x: u32) { g(id); }"
            ),
            "fn f( @location(0) x: u32) { let id = subgroupExclusiveAdd(1u); g(id); }"
        );
        let member = "struct S { @builtin(subgroup_invocation_id) id: u32, } fn f() {}";
        assert_eq!(rewritten(member), member);
    }
}
