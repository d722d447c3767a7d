//! What the front ends can be trusted with.
//!
//! naga's parsers and validator follow the nesting of a shader on the host's stack. A scan of the
//! text finds how deep that could go before they see it, and they run on a thread whose stack has
//! room for it.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::sync::Once;

use crate::Error;

/// Most bytes of a shader.
const BYTES_MAX: u64 = 64 << 20;

/// Most brackets around one place.
const BRACKETS_MAX: u64 = 512;

/// Most operators in one expression, all brackets around them counted.
const OPERATORS_MAX: u64 = 20_000;

/// Most `else if` in one chain.
const ELSE_MAX: u64 = 500;

/// Stack of the thread that parses and compiles: room for the limits above with unoptimised
/// frames. It is address space; only what is used takes memory.
const STACK_BYTES: usize = 512 << 20;

/// Name of the threads that have room on the stack.
const THREAD: &str = "egpu-translate";

thread_local! {
    /// What the last panic of this thread said, with its place.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A panic in naga becomes an error, and is not printed beside it. Those of other threads are left
/// to whoever had the hook before.
fn keep_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some(THREAD) {
                let text = info.to_string().replace('\n', " ");
                PANIC.with(|last| *last.borrow_mut() = text);
            } else {
                before(info);
            }
        }));
    });
}

/// Runs `work` on a thread with room on its stack for what [`check_text`] lets through.
///
/// # Errors
/// Those of `work`; [`Error::Internal`] if it panics or there can be no such thread.
pub fn with_stack<T: Send>(
    phase: &'static str,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    keep_panics();
    let guarded = || {
        let result = std::panic::catch_unwind(AssertUnwindSafe(work));
        result.unwrap_or_else(|_| {
            let what = PANIC.with(|last| last.take());
            Err(Error::Internal { phase, what })
        })
    };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new()
            .name(THREAD.into())
            .stack_size(STACK_BYTES);
        let internal = |what: &str| Error::Internal {
            phase,
            what: what.into(),
        };
        let thread = builder
            .spawn_scoped(scope, guarded)
            .map_err(|error| internal(&error.to_string()))?;
        thread.join().unwrap_or(Err(internal("a thread failed")))
    })
}

fn check(what: &'static str, asked: u64, max: u64) -> Result<(), Error> {
    match asked <= max {
        true => Ok(()),
        false => Err(Error::Limit { what, asked, max }),
    }
}

/// Refuses what is too long at all.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), Error> {
    check("bytes of a shader", bytes.len() as u64, BYTES_MAX)
}

/// Operators seen at one level of brackets.
#[derive(Clone, Copy, Default)]
struct Level {
    operators: u64,
    else_ifs: u64,
}

/// Refuses text that nests deeper than the front ends can follow.
pub(crate) fn check_text(text: &str) -> Result<(), Error> {
    let bytes = text.as_bytes();
    let mut around: Vec<Level> = Vec::new();
    let mut level = Level::default();
    // Operators of all levels around this one.
    let mut outer_operators = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let next = bytes.get(at + 1).copied();
        match byte {
            b'/' if next == Some(b'/') => {
                at += line_length(&bytes[at..]);
                continue;
            }
            b'/' if next == Some(b'*') => {
                at += block_comment_length(&bytes[at..]);
                continue;
            }
            b'(' | b'[' | b'{' => {
                outer_operators += level.operators;
                around.push(std::mem::take(&mut level));
                let depth = around.len() as u64;
                check("brackets around one place", depth, BRACKETS_MAX)?;
            }
            b')' | b']' | b'}' => {
                level = around.pop().unwrap_or_default();
                outer_operators -= level.operators;
                if byte != b'}' {
                    // An operator of what stands around it: `a[i][j](k)`.
                    level.operators += 1;
                } else {
                    level.operators = 0;
                    if !continues_with_else(&bytes[at + 1..]) {
                        level.else_ifs = 0;
                    }
                }
            }
            b';' | b',' => level.operators = 0,
            b'e' if is_word(bytes, at, b"else") => {
                level.else_ifs += 1;
                check("`else` in one chain", level.else_ifs, ELSE_MAX)?;
            }
            b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'<' | b'>' | b'=' | b'!'
            | b'~' | b'.' | b'?' => level.operators += 1,
            _ => {}
        }
        let operators = outer_operators + level.operators;
        check("operators in one expression", operators, OPERATORS_MAX)?;
        at += 1;
    }
    Ok(())
}

fn line_length(bytes: &[u8]) -> usize {
    let newline = bytes.iter().position(|&byte| byte == b'\n');
    newline.unwrap_or(bytes.len())
}

/// WGSL's block comments nest; GLSL's do not, and there nothing is lost by it but the check of
/// what stands after an unmatched `/*` in a comment.
fn block_comment_length(bytes: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_word(bytes: &[u8], at: usize, word: &[u8]) -> bool {
    let part_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    bytes[at..].starts_with(word)
        && !bytes
            .get(at + word.len())
            .copied()
            .is_some_and(part_of_name)
        && (at == 0 || !part_of_name(bytes[at - 1]))
}

fn continues_with_else(bytes: &[u8]) -> bool {
    let blank = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
    blank.is_some_and(|at| is_word(bytes, at, b"else"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_passes() {
        check_text(
            "fn f(a: i32) -> i32 { if (a < 1) { return 2; } else if (a > 3) { } return a + 1; }",
        )
        .unwrap();
        // Long lists and long files are not deep.
        let list = "1.0 + 2.0, ".repeat(50_000);
        check_text(&format!("const a = array({list});")).unwrap();
        check_text(&"if (a) { b = c + d; } else { e = f; }\n".repeat(50_000)).unwrap();
    }

    #[test]
    fn depth_is_refused() {
        let deep = [
            format!("{}1{}", "(".repeat(2000), ")".repeat(2000)),
            format!("let a = 1{};", "+1".repeat(100_000)),
            format!("let a = {}1;", "-".repeat(100_000)),
            format!("let a = b{};", "[0]".repeat(100_000)),
            format!("if (a) {{ }} {}", "else if (a) { } ".repeat(2000)),
        ];
        for text in deep {
            assert!(matches!(check_text(&text), Err(Error::Limit { .. })));
        }
    }

    #[test]
    fn comments_do_not_count() {
        check_text(&format!("/* /* {} */ */", "(".repeat(2000))).unwrap();
        check_text(&format!("// {}\n", "(".repeat(2000))).unwrap();
    }
}
