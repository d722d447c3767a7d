//! `EGPU_DEBUG`: which phases show their work on stderr.
//!
//! A comma list of topics, read once. Names that belong to other crates (packets, link) are
//! passed over in silence; `help` lists all.

use std::sync::OnceLock;

/// A phase that can show its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// The naga module before lowering.
    Naga,
    /// The kernel IR as the back end receives it.
    Ir,
    /// The kernel IR before and after each pass that changes it.
    Passes,
    /// The AMD back end's machine IR.
    Mir,
    /// Machine code or PTX.
    Asm,
    /// Measures of each kernel.
    Stats,
    /// Time of each phase.
    Time,
}

/// Every topic, its name, and what it shows.
pub const TOPICS: [(Topic, &str, &str); 7] = [
    (Topic::Naga, "naga", "the naga module before lowering"),
    (Topic::Ir, "ir", "the kernel IR as the back end receives it"),
    (
        Topic::Passes,
        "passes",
        "the kernel IR before and after each pass that changes it",
    ),
    (Topic::Mir, "mir", "the AMD back end's machine IR"),
    (Topic::Asm, "asm", "machine code or PTX"),
    (Topic::Stats, "stats", "measures of each kernel"),
    (Topic::Time, "time", "time of each phase"),
];

/// Is this topic asked for?
pub fn on(topic: Topic) -> bool {
    static ASKED: OnceLock<u32> = OnceLock::new();
    let asked = *ASKED.get_or_init(|| match std::env::var("EGPU_DEBUG") {
        Ok(list) => {
            if list.split(',').any(|word| word.trim() == "help") {
                eprintln!("{}", help());
            }
            parse(&list)
        }
        Err(_) => 0,
    });
    asked & bit(topic) != 0
}

/// The topics as lines for people.
pub fn help() -> String {
    let mut text = String::from("EGPU_DEBUG is a comma list of:");
    for (_, name, what) in TOPICS {
        text.push_str(&format!("\n  {name:<8} {what}"));
    }
    text
}

fn bit(topic: Topic) -> u32 {
    1 << topic as u32
}

fn parse(list: &str) -> u32 {
    let named = |word: &str| TOPICS.iter().find(|(_, name, _)| *name == word);
    list.split(',')
        .filter_map(|word| named(word.trim()))
        .fold(0, |bits, (topic, ..)| bits | bit(*topic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_and_strangers_passed_over() {
        assert_eq!(parse("ir, asm,packets"), bit(Topic::Ir) | bit(Topic::Asm));
        assert_eq!(parse(""), 0);
        assert!(help().contains("passes"));
    }
}
