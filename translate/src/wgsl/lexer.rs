//! Tokens of WGSL with their places.

/// What a token is. Comparison and shift operators come as single characters: `<` and `>` may be
/// brackets of a template list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    Symbol,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t str,
    /// Byte offset in the source.
    pub at: usize,
}

impl Token<'_> {
    /// One past the last byte.
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// All tokens of a text; `None` if there is a character that no token begins with.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.find(is_line_break).map_or("", |n| &comment[n..]);
            continue;
        }
        if rest.starts_with("/*") {
            rest = after_comment(rest);
            continue;
        }
        let Some(first) = rest.chars().next() else {
            return Some(tokens);
        };
        let next = rest[first.len_utf8()..].chars().next();
        let is_number = first.is_ascii_digit()
            || first == '.' && next.is_some_and(|next| next.is_ascii_digit());
        let (kind, length) = if is_number {
            (Kind::Number, number(rest))
        } else if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
            (Kind::Word, end.unwrap_or(rest.len()))
        } else if first.is_ascii_punctuation() {
            let pairs = ["->", "&&", "||", "==", "!=", "++", "--"];
            let pair = pairs.iter().any(|pair| rest.starts_with(pair));
            (Kind::Symbol, 1 + usize::from(pair))
        } else {
            return None;
        };
        let at = text.len() - rest.len();
        let (token, after) = rest.split_at(length);
        tokens.push(Token {
            kind,
            text: token,
            at,
        });
        rest = after;
    }
}

/// The name that the token at `at` declares: `fn name`, `var<private> name`, `name:`.
pub(super) fn declares<'t>(tokens: &[Token<'t>], at: usize) -> Option<&'t str> {
    let token = tokens[at];
    let word = |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word);
    match token.text {
        "fn" | "let" | "const" | "override" | "alias" | "struct" => Some(word(at + 1)?.text),
        "var" => {
            let after = &tokens[at + 1..];
            let skipped = match after.first()?.text {
                "<" => after.iter().position(|token| token.text == ">")? + 1,
                _ => 0,
            };
            Some(word(at + 1 + skipped)?.text)
        }
        _ if token.kind == Kind::Word && tokens.get(at + 1)?.text == ":" => Some(token.text),
        _ => None,
    }
}

fn is_line_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\x0b' | '\x0c' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// What follows a block comment; they nest.
fn after_comment(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut depth = 0;
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return &text[at..];
        }
    }
    ""
}

/// Length of the number that a text begins with.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_hex = text.starts_with("0x") || text.starts_with("0X");
    let mut at = if is_hex { 2 } else { 0 };
    while let Some(&byte) = bytes.get(at) {
        let exponent = match is_hex {
            true => matches!(byte, b'p' | b'P'),
            false => matches!(byte, b'e' | b'E'),
        };
        let is_part = byte.is_ascii_alphanumeric() || byte == b'.';
        let is_sign = exponent && matches!(bytes.get(at + 1), Some(b'+' | b'-'));
        if !is_part {
            break;
        }
        at += 1 + usize::from(is_sign);
    }
    at
}
