//! `EGPU_DEBUG` for what passes between driver and card.
//!
//! A comma list of topics, read once; words that belong to other crates (the compiler's phases) are
//! passed over in silence.

use std::sync::OnceLock;

/// Traffic that can be shown on stderr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Every message of a link, in the recorder's words.
    Link,
    /// Every packet of a submission, decoded.
    Packets,
}

/// Every topic, its name, and what it shows.
pub const TOPICS: [(Topic, &str, &str); 2] = [
    (
        Topic::Link,
        "link",
        "messages to the card: configuration, BARs, host memory",
    ),
    (
        Topic::Packets,
        "packets",
        "packets of each submission, decoded",
    ),
];

/// Is this topic asked for?
pub fn on(topic: Topic) -> bool {
    static ASKED: OnceLock<Vec<Topic>> = OnceLock::new();
    ASKED
        .get_or_init(|| parse(&std::env::var("EGPU_DEBUG").unwrap_or_default()))
        .contains(&topic)
}

fn parse(list: &str) -> Vec<Topic> {
    list.split(',')
        .filter_map(|word| TOPICS.iter().find(|(_, name, _)| *name == word.trim()))
        .map(|(topic, ..)| *topic)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_split_and_strangers_passed_over() {
        assert_eq!(parse("ir, link,asm"), [Topic::Link]);
        assert_eq!(parse("packets,link"), [Topic::Packets, Topic::Link]);
        assert_eq!(parse(""), []);
    }
}
