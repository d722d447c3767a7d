//! Subgroup functions as naga has them.
//!
//! * A lane that is named by a plain number is of type `u32`; naga makes it `i32` and refuses it
//!   (gfx-rs/wgpu issue 5555). It gets its suffix. A lane may also be an `i32`, which naga does not
//!   have: it is converted.
//! * `subgroupElect()` is missing. The elected invocation is the lowest that is active: the one
//!   below which none is.
//! * `subgroup_invocation_id` is refused in workgroups of several dimensions (issue 8202), since
//!   Vulkan does not say how these are cut into subgroups. It is the number of invocations below,
//!   where all are active: at the beginning of the entry point.

use super::edit::Edit;
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

/// Those of them whose lane may be an `i32`.
const WITH_SIGNED_LANE: &[&str] = &["quadBroadcast", "subgroupBroadcast", "subgroupShuffle"];

/// What to change in a text.
pub(super) fn edits(tokens: &[Token]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if WITH_LANE.contains(&token.text) {
            edits.extend(lane(token.text, &tokens[at + 1..]).into_iter().flatten());
        } else if token.text == "subgroupElect" {
            if let [_, open, close, ..] = tokens[at..] {
                if open.text == "(" && close.text == ")" {
                    let text = "(subgroupExclusiveAdd(1u) == 0u)";
                    edits.push(Edit::replace(token.at..close.end(), text));
                }
            }
        } else if token.text == "subgroup_invocation_id" && is_of_compute(&tokens[..at]) {
            edits.extend(invocation_id(&tokens[at - 3..]).into_iter().flatten());
        }
    }
    edits
}

/// Whether what comes before is the head of a compute entry point.
fn is_of_compute(before: &[Token]) -> bool {
    let mut head = (before.iter().rev()).take_while(|token| !matches!(token.text, "}" | ";"));
    before.len() >= 3 && head.any(|token| token.text == "compute")
}

/// What makes a second argument a `u32`: a suffix to a plain number, a conversion of what may be an
/// `i32`. `tokens` begin with the bracket.
fn lane(function: &str, tokens: &[Token]) -> Option<Vec<Edit>> {
    let mut depth = 0;
    let mut argument = None;
    for (at, token) in tokens.iter().enumerate() {
        let ends = depth == 1 && matches!(token.text, "," | ")");
        match (argument, ends) {
            (Some(start), true) => return of_lane(function, &tokens[start..at]),
            (None, true) if token.text == "," => argument = Some(at + 1),
            _ => {}
        }
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth <= 0 {
            return None;
        }
    }
    None
}

fn of_lane(function: &str, argument: &[Token]) -> Option<Vec<Edit>> {
    let (first, last) = (argument.first()?, argument.last()?);
    let is_plain = first.kind == Kind::Number && first.text.bytes().all(|b| b.is_ascii_digit());
    if is_plain && argument.len() == 1 {
        return Some(vec![Edit::insert(last.end(), "u")]);
    }
    WITH_SIGNED_LANE.contains(&function).then(|| {
        vec![
            // Of integers only: `u32` would also convert what is no lane.
            Edit::insert(first.at, "u32(("),
            Edit::insert(last.end(), ") | 0)"),
        ]
    })
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
                    Edit::replace(at.at..end, ""),
                    Edit::insert(token.end(), &declaration),
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
    use crate::wgsl::edit::apply;
    use crate::wgsl::lexer::tokens;

    #[test]
    fn calls_and_parameters() {
        let rewritten = |text: &str| apply(text, edits(&tokens(text).unwrap()));
        assert_eq!(
            rewritten("subgroupBroadcast(f(a, 1), 3) + quadBroadcast(b[i], 1,)"),
            "subgroupBroadcast(f(a, 1), 3u) + quadBroadcast(b[i], 1u,)"
        );
        assert_eq!(
            rewritten("subgroupShuffle(x, subgroupBroadcast(y, i[1]) + 2)"),
            "subgroupShuffle(x, u32((subgroupBroadcast(y, u32((i[1]) | 0)) + 2) | 0))"
        );
        let same = "subgroupShuffleUp(x, 1 + 2) subgroupShuffleXor(x, 0x1) subgroupShuffle";
        assert_eq!(rewritten(same), same);
        assert_eq!(
            rewritten("if subgroupElect() {}"),
            "if (subgroupExclusiveAdd(1u) == 0u) {}"
        );
        assert_eq!(
            rewritten("@compute fn f(@builtin(subgroup_invocation_id) i: u32, x: u32) { g(i); }"),
            "@compute fn f( x: u32) { let i = subgroupExclusiveAdd(1u); g(i); }"
        );
        let fragment = "@fragment fn f(@builtin(subgroup_invocation_id) i: u32) {}";
        assert_eq!(rewritten(fragment), fragment);
        let member = "struct S { @builtin(subgroup_invocation_id) id: u32, } fn f() {}";
        assert_eq!(rewritten(member), member);
    }
}
