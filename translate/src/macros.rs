//! How long a GLSL text becomes when its macros are expanded.
//!
//! naga's preprocessor expands as it goes and keeps no count, so a few lines of macros that each
//! use the one before twice would fill any memory. Here the length is computed without making the
//! text: each body is walked once per use, an argument is walked once and then only counted. All
//! definitions of a name are taken to hold everywhere, and the longest wins, so conditions need not
//! be evaluated; what is refused by that is refused because it could be too long.

use std::collections::BTreeMap;

use crate::Error;

/// Most tokens of a shader after expansion.
const TOKENS_MAX: u64 = 1 << 22;

/// Most macros within each other.
const DEPTH_MAX: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'t> {
    Name(&'t str),
    Open,
    Close,
    Comma,
    Other,
}

#[derive(Debug)]
struct Define<'t> {
    /// Of a macro that is called; `None` for one that stands for itself.
    parameters: Option<Vec<&'t str>>,
    body: Vec<Token<'t>>,
}

/// What a parameter stands for.
enum Argument<'t> {
    /// One name, which may turn out to be a macro's.
    Name(&'t str),
    /// So many tokens.
    Tokens(u64),
}

struct Walk<'t> {
    defines: BTreeMap<&'t str, Vec<Define<'t>>>,
    /// Macros that are being expanded: they are not expanded again inside themselves.
    hidden: Vec<&'t str>,
    steps: u64,
}

/// Refuses text whose macros expand to too much.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    if !text.contains("define") {
        return Ok(());
    }
    let mut defines: BTreeMap<&str, Vec<Define>> = BTreeMap::new();
    let mut rest = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = logical_line(text, at);
        let line = &text[at..end];
        match define(line) {
            Some((name, define)) => defines.entry(name).or_default().push(define),
            None => tokens(line, &mut rest),
        }
        at = end;
    }
    if defines.is_empty() {
        return Ok(());
    }
    let mut walk = Walk {
        defines,
        hidden: Vec::new(),
        steps: 0,
    };
    let asked = walk.length(&rest, &BTreeMap::new());
    match asked <= TOKENS_MAX {
        true => Ok(()),
        false => Err(Error::Limit {
            what: "tokens after expansion of macros",
            asked,
            max: TOKENS_MAX,
        }),
    }
}

/// Where the line that starts at `at` ends, joined with those after it by backslashes.
fn logical_line(text: &str, at: usize) -> usize {
    let mut end = at;
    loop {
        let Some(newline) = text[end..].find('\n') else {
            return text.len();
        };
        end += newline + 1;
        let before = text[at..end].trim_end_matches(['\n', '\r']);
        if !before.ends_with('\\') {
            return end;
        }
    }
}

/// The definition that a line is.
fn define(line: &str) -> Option<(&str, Define<'_>)> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start();
    let rest = rest.strip_prefix("define")?.trim_start_matches([' ', '\t']);
    let (name, mut rest) = split_name(rest)?;
    let mut parameters = None;
    if let Some(list) = rest.strip_prefix('(') {
        let (list, body) = list.split_once(')')?;
        parameters = Some(list.split(',').map(str::trim).collect());
        rest = body;
    }
    let mut body = Vec::new();
    tokens(rest, &mut body);
    Some((name, Define { parameters, body }))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn split_name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn tokens<'t>(mut text: &'t str, out: &mut Vec<Token<'t>>) {
    while let Some(first) = text.chars().next() {
        if let Some((name, rest)) = split_name(text) {
            let number = first.is_ascii_digit();
            out.push(if number {
                Token::Other
            } else {
                Token::Name(name)
            });
            text = rest;
            continue;
        }
        match first {
            '(' => out.push(Token::Open),
            ')' => out.push(Token::Close),
            ',' => out.push(Token::Comma),
            c if c.is_whitespace() || c == '\\' => {}
            _ => out.push(Token::Other),
        }
        text = &text[first.len_utf8()..];
    }
}

/// The arguments of a call that starts here, and how many tokens it takes.
fn arguments<'a, 't>(tokens: &'a [Token<'t>]) -> Option<(Vec<&'a [Token<'t>]>, usize)> {
    if tokens.first() != Some(&Token::Open) {
        return None;
    }
    let (mut depth, mut start, mut list) = (0, 1, Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth -= 1,
            Token::Comma if depth == 1 => {
                list.push(&tokens[start..at]);
                start = at + 1;
            }
            Token::Comma | Token::Name(_) | Token::Other => {}
        }
        if depth == 0 {
            list.push(&tokens[start..at]);
            return Some((list, at + 1));
        }
    }
    None
}

impl<'t> Walk<'t> {
    /// Tokens that these become.
    fn length(&mut self, tokens: &[Token<'t>], given: &BTreeMap<&str, Argument<'t>>) -> u64 {
        let mut total: u64 = 0;
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += 1;
            self.steps += 1;
            if self.steps > TOKENS_MAX || total > TOKENS_MAX {
                return u64::MAX;
            }
            let name = match token {
                Token::Name(name) => match given.get(name) {
                    Some(Argument::Tokens(n)) => {
                        total = total.saturating_add(*n);
                        continue;
                    }
                    Some(Argument::Name(other)) => other,
                    None => name,
                },
                Token::Open | Token::Close | Token::Comma | Token::Other => {
                    total += 1;
                    continue;
                }
            };
            let count = self.defines.get(name).map_or(0, Vec::len);
            if count == 0 || self.hidden.contains(name) {
                total += 1;
                continue;
            }
            if self.hidden.len() >= DEPTH_MAX {
                return u64::MAX;
            }
            let call = arguments(&tokens[at..]);
            let values: Vec<Argument<'t>> = match &call {
                Some((list, _)) => list.iter().map(|a| self.argument(a, given)).collect(),
                None => Vec::new(),
            };
            let (mut longest, mut taken) = (1, 0);
            for n in 0..count {
                // The body is taken out while it is walked: nothing inside expands the name again.
                let Some(all) = self.defines.get_mut(name) else {
                    break;
                };
                let body = std::mem::take(&mut all[n].body);
                let parameters = all[n].parameters.take();
                self.hidden.push(name);
                let length = match (&parameters, &call) {
                    (None, _) => Some(self.length(&body, &BTreeMap::new())),
                    (Some(names), Some((_, length))) => {
                        taken = *length;
                        let given = names.iter().copied().zip(values.iter().map(Argument::copy));
                        Some(self.length(&body, &given.collect()))
                    }
                    (Some(_), None) => None,
                };
                self.hidden.pop();
                if let Some(all) = self.defines.get_mut(name) {
                    all[n] = Define { parameters, body };
                }
                longest = longest.max(length.unwrap_or(1));
            }
            at += taken;
            total = total.saturating_add(longest);
        }
        total
    }

    fn argument(
        &mut self,
        tokens: &[Token<'t>],
        given: &BTreeMap<&str, Argument<'t>>,
    ) -> Argument<'t> {
        match tokens {
            [Token::Name(name)] => match given.get(name) {
                Some(argument) => argument.copy(),
                None => Argument::Name(name),
            },
            tokens => Argument::Tokens(self.length(tokens, given)),
        }
    }
}

impl<'t> Argument<'t> {
    fn copy(&self) -> Argument<'t> {
        match self {
            Argument::Name(name) => Argument::Name(name),
            Argument::Tokens(n) => Argument::Tokens(*n),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_macros_pass() {
        check("#define A 1\n#define F(x, y) ((x) + (y) * A)\nint a = F(F(1, A), F(2, (3, 4)));")
            .unwrap();
        // A macro inside itself stays as it is.
        check("#define a a a\n#define b(x) b(x) b(x)\nint c = a + b(b(a));").unwrap();
        check(&"#define K(x) (x * 2)\nfloat f = K(K(K(1)));\n".repeat(300)).unwrap();
    }

    #[test]
    fn explosions_are_refused() {
        let chain: String = (0..64)
            .map(|n| format!("#define m{} m{n} m{n}\n", n + 1))
            .collect();
        let calls = format!(
            "#define D(x) x x\nint a = {}1{};",
            "D(".repeat(60),
            ")".repeat(60)
        );
        let passed = "#define D(x) x x x x x x x x\n#define A(f, x) f(f(f(f(f(f(f(f(f(f(x))))))))))\nint a = A(D, 1 + 1);";
        let joined: String = (0..64)
            .map(|n| format!("#define m{} m{n} \\\n m{n}\n", n + 1))
            .collect();
        for text in [
            format!("{chain}int a = m64;"),
            calls,
            passed.to_string(),
            format!("{joined}int a = m64;"),
        ] {
            assert!(matches!(check(&text), Err(Error::Limit { .. })), "{text}");
        }
    }
}
