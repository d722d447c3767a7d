//! `bitcast` between vectors of `f16` and types of 32 bits, which naga lacks (gfx-rs/wgpu issue 8896),
//! and `frexp` of `f16`, whose exponent it gives 16 bits (issue 7837).
//!
//! Both can be said by other functions: halves pack into words by way of `f32`, which holds them
//! exactly (a signalling NaN becomes quiet, as the language allows), and so does `frexp` of them. But
//! how to say a call depends on the type of its argument, which the text does not show. So a call has
//! several ways, each of which takes one type only, and naga judges: while it complains, the call that
//! it complains about, or the last before that place, goes on to its next way.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::edit::{apply_tracked, origin, Edit};
use super::lexer::{declares, Token};

/// Most times that naga is asked, and of how many bytes of text: its front end is quadratic.
const ROUNDS_MAX: u32 = 100;
const TEXT_MAX: usize = 1 << 16;

/// What begins the names that are put into a text.
const OURS: &str = "egpu_";

/// A way to say a call: what stands instead of its name and bracket, and what before its end.
struct Way {
    head: String,
    tail: &'static str,
    helper: Option<Helper>,
}

/// A function that is appended to the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Helper {
    /// `vec2<f16>` to `u32`.
    Word,
    /// `vec4<f16>` to `vec2<u32>`.
    Words,
    /// `vec2<u32>` to `vec4<f16>`.
    Halves,
    /// `frexp` of so many components, of `f16` or `f32`.
    Frexp { components: u32, is_half: bool },
}

impl Helper {
    fn name(self) -> String {
        match self {
            Helper::Word => format!("{OURS}word"),
            Helper::Words => format!("{OURS}words"),
            Helper::Halves => format!("{OURS}halves"),
            Helper::Frexp {
                components,
                is_half,
            } => format!("{OURS}frexp{components}{}", if is_half { "h" } else { "f" }),
        }
    }

    fn text(self) -> String {
        let name = self.name();
        match self {
            Helper::Word => {
                format!("fn {name}(h: vec2<f16>) -> u32 {{ return pack2x16float(vec2<f32>(h)); }}")
            }
            Helper::Words => format!(
                "fn {name}(h: vec4<f16>) -> vec2<u32> {{ let f = vec4<f32>(h); \
                 return vec2<u32>(pack2x16float(f.xy), pack2x16float(f.zw)); }}"
            ),
            Helper::Halves => format!(
                "fn {name}(w: vec2<u32>) -> vec4<f16> {{ \
                 return vec4<f16>(vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y))); }}"
            ),
            Helper::Frexp {
                components,
                is_half,
            } => {
                let of = |scalar: &str| match components {
                    1 => scalar.to_owned(),
                    n => format!("vec{n}<{scalar}>"),
                };
                let ty = of(if is_half { "f16" } else { "f32" });
                let (float, int) = (of("f32"), of("i32"));
                format!(
                    "struct {name}_result {{ fract: {ty}, exp: {int} }} \
                     fn {name}(x: {ty}) -> {name}_result {{ let r = frexp({float}(x)); \
                     return {name}_result({ty}(r.fract), r.exp); }}"
                )
            }
        }
    }
}

/// A call as it stands.
struct Call {
    /// All of it.
    range: Range<usize>,
    /// Its name, template list and opening bracket.
    head: Range<usize>,
    /// At least one.
    ways: Vec<Way>,
    way: usize,
}

/// The text in words that naga takes, if that can be had and makes a difference. `verdict` is where
/// naga's complaints are, nothing where it has none. Of a text that `is_accepted` only casts are looked
/// at: naga has `vec4<f16>` cast to `vec2<i32>` for four short integers.
pub(super) fn rewritten(
    text: &str,
    tokens: &[Token],
    is_accepted: bool,
    verdict: impl Fn(&str) -> Option<Vec<Range<usize>>>,
) -> Option<String> {
    let is_hidden = (0..tokens.len())
        .filter_map(|at| declares(tokens, at))
        .any(|name| name == "bitcast" || name == "frexp" || name.starts_with(OURS));
    if is_hidden || text.len() > TEXT_MAX || !tokens.iter().any(|token| token.text == "f16") {
        return None;
    }
    let mut calls = calls(tokens);
    let is_plain = |call: &Call| call.way + 1 == call.ways.len();
    // Those of `frexp` have more ways.
    calls.retain(|call| !is_accepted || call.ways.len() == 2);
    if calls.is_empty() {
        return None;
    }
    for _ in 0..ROUNDS_MAX {
        let mut edits = Vec::new();
        let mut helpers = BTreeSet::new();
        for call in &calls {
            let way = &call.ways[call.way];
            edits.push(Edit::replace(call.head.clone(), &way.head));
            edits.push(Edit::insert(call.range.end - 1, way.tail));
            helpers.extend(way.helper);
        }
        let (mut said, moved) = apply_tracked(text, edits);
        said.push('\n');
        for helper in helpers {
            said.push_str(&helper.text());
            said.push('\n');
        }
        let Some(complaints) = verdict(&said) else {
            let is_changed = !calls.iter().all(is_plain);
            return (is_changed || !is_accepted).then_some(said);
        };
        let places: Vec<_> = (complaints.into_iter())
            .map(|place| origin(&moved, place))
            .collect();
        blamed(&mut calls, &places)?.way += 1;
    }
    None
}

/// The call that complaints are about, among those that have a way left: the innermost that contains
/// one of the places, or the last that begins before one.
fn blamed<'c>(calls: &'c mut [Call], places: &[Range<usize>]) -> Option<&'c mut Call> {
    let distance = |call: &Call, place: &Range<usize>| {
        let is_within = call.range.start <= place.start && place.end <= call.range.end;
        match is_within {
            true => Some((0, call.range.len())),
            false => Some((1, place.start.checked_sub(call.range.start)?)),
        }
    };
    (calls.iter_mut())
        .filter(|call| call.way + 1 < call.ways.len())
        .filter_map(|call| {
            let nearest = places
                .iter()
                .filter_map(|place| distance(call, place))
                .min()?;
            Some((nearest, call))
        })
        .min_by_key(|(nearest, _)| *nearest)
        .map(|(_, call)| call)
}

/// All calls of the two functions that there is another way for.
fn calls(tokens: &[Token]) -> Vec<Call> {
    let aliases: HashMap<&str, &[Token]> = (tokens.windows(3).enumerate())
        .filter(|(_, window)| window[0].text == "alias" && window[2].text == "=")
        .map(|(at, window)| (window[1].text, &tokens[at + 3..]))
        .collect();
    let mut calls = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let (ways, open) = match token.text {
            "frexp" => (frexp(), at + 1),
            "bitcast" => match target(&tokens[at + 1..], &aliases) {
                Some((ways, length)) => (ways, at + 1 + length),
                None => continue,
            },
            _ => continue,
        };
        let Some(close) = closing(&tokens[open.min(tokens.len())..]) else {
            continue;
        };
        calls.push(Call {
            range: token.at..tokens[open + close].end(),
            head: token.at..tokens[open].end(),
            ways,
            way: 0,
        });
    }
    calls
}

/// The bracket that closes the one that `tokens` begin with.
fn closing(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then_some(at);
        }
    }
    None
}

/// `f32` comes first: it is what an abstract argument becomes.
fn frexp() -> Vec<Way> {
    let kinds = [false, true]
        .into_iter()
        .flat_map(|is_half| (1..=4).map(move |components| (components, is_half)));
    kinds
        .map(|(components, is_half)| {
            let helper = Helper::Frexp {
                components,
                is_half,
            };
            Way {
                head: format!("{}(", helper.name()),
                tail: "",
                helper: Some(helper),
            }
        })
        .collect()
}

/// The ways of a `bitcast` by its type, and the tokens of its template list.
fn target(tokens: &[Token], aliases: &HashMap<&str, &[Token]>) -> Option<(Vec<Way>, usize)> {
    if tokens.first()?.text != "<" {
        return None;
    }
    let mut length = 2;
    let mut ty = &tokens[1..];
    if tokens.get(2)?.text == "<" {
        length += 3;
    }
    if tokens.get(length)?.text != ">" {
        return None;
    }
    // An alias of an alias of … may be endless.
    for _ in 0..8 {
        match aliases.get(ty.first()?.text) {
            Some(aliased) => ty = aliased,
            None => break,
        }
    }
    let name = ty.first()?.text;
    let of_vector = |size: &str| {
        let suffix = name.strip_prefix(size)?;
        match suffix {
            "" if ty.get(1)?.text == "<" => Some(ty.get(2)?.text),
            "i" => Some("i32"),
            "u" => Some("u32"),
            "f" => Some("f32"),
            "h" => Some("f16"),
            _ => None,
        }
    };
    let plain = |ty: &str| Way {
        head: format!("bitcast<{ty}>("),
        tail: "",
        helper: None,
    };
    let by = |helper: Helper, ty: &str| Way {
        head: format!("bitcast<{ty}>({}(", helper.name()),
        tail: ")",
        helper: Some(helper),
    };
    let is_word = |scalar: &str| matches!(scalar, "i32" | "u32" | "f32");
    let ways = match (of_vector("vec2"), of_vector("vec4")) {
        (Some("f16"), _) => vec![
            Way {
                head: "vec2<f16>(unpack2x16float(bitcast<u32>(".into(),
                tail: "))",
                helper: None,
            },
            plain("vec2<f16>"),
        ],
        (_, Some("f16")) => vec![
            Way {
                head: format!("{}(bitcast<vec2<u32>>(", Helper::Halves.name()),
                tail: ")",
                helper: Some(Helper::Halves),
            },
            plain("vec4<f16>"),
        ],
        (Some(scalar), _) if is_word(scalar) => {
            let ty = format!("vec2<{scalar}>");
            vec![by(Helper::Words, &ty), plain(&ty)]
        }
        (None, None) if is_word(name) => vec![by(Helper::Word, name), plain(name)],
        _ => return None,
    };
    Some((ways, length + 1))
}

#[cfg(test)]
mod tests {
    use crate::wgsl::for_naga;

    fn body(statements: &str) -> String {
        format!(
            "enable f16;
alias Pair = vec2<f16>;
@group(0) @binding(0) var<storage, read_write> words: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> halves: array<vec4<f16>>;
@group(0) @binding(2) var<storage, read_write> ints: array<vec3<i32>>;
@compute @workgroup_size(1) fn main() {{ {statements} }}"
        )
    }

    fn statements(text: &str) -> String {
        let text = body(text);
        let said = for_naga(&text);
        let main = said.lines().find(|line| line.starts_with("@compute"));
        let (_, inner) = main.unwrap().split_once("{ ").unwrap();
        inner.strip_suffix(" }").unwrap().to_owned()
    }

    #[test]
    fn by_type() {
        for (text, expected) in [
            (
                "halves[0] = vec4(bitcast<Pair>(words[0].x), bitcast<vec2h>(f32(words[0].y)));",
                "halves[0] = vec4(vec2<f16>(unpack2x16float(bitcast<u32>(words[0].x))), \
                 vec2<f16>(unpack2x16float(bitcast<u32>(f32(words[0].y)))));",
            ),
            (
                "words[0].x = bitcast<u32>(halves[0].xy); words[0].y = bitcast<u32>(1.5f);",
                "words[0].x = bitcast<u32>(egpu_word(halves[0].xy)); words[0].y = 1069547520u;",
            ),
            (
                "words[0].x = u32(bitcast<vec2i>(bitcast<vec4h>(words[0].zw)).x);",
                "words[0].x = u32(bitcast<vec2<i32>>(egpu_words(egpu_halves(\
                 bitcast<vec2<u32>>(words[0].zw)))).x);",
            ),
            (
                "let r = frexp(halves[0].xyz); ints[0] = r.exp; ints[1].x = frexp(f32(words[0].x)).exp;",
                "let r = egpu_frexp3h(halves[0].xyz); ints[0] = r.exp; \
                 ints[1].x = egpu_frexp1f(f32(words[0].x)).exp;",
            ),
            (
                "halves[0].x = frexp(halves[0].y).fract;",
                "halves[0].x = egpu_frexp1h(halves[0].y).fract;",
            ),
        ] {
            assert_eq!(statements(text), expected);
        }
    }

    #[test]
    fn what_is_an_error_stays() {
        for text in [
            "words[0].x = bitcast<u32>(halves[0].xyz);",
            "words[0].x = bitcast<u32>(nothing);",
            "halves[0] = bitcast<vec4h>(words[0].x);",
            "ints[0] = frexp(words[0].xyz).exp;",
            "ints[0] = frexp(halves[0].xyz",
        ] {
            assert_eq!(statements(text), text);
        }
    }
}
