//! Changes of a text, and where its places were before.

use std::ops::Range;

/// What to write in place of which bytes.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub range: Range<usize>,
    pub by: String,
    /// naga takes what stands there, and means something else by it.
    pub is_mistaken: bool,
}

impl Edit {
    /// `by` in place of something that naga refuses.
    pub fn replace(range: Range<usize>, by: &str) -> Edit {
        Edit {
            range,
            by: by.into(),
            is_mistaken: false,
        }
    }

    /// Text before the byte `at`.
    pub fn insert(at: usize, text: &str) -> Edit {
        Edit::replace(at..at, text)
    }
}

/// The text with all edits; one that overlaps an earlier one is left out.
pub(super) fn apply(text: &str, edits: Vec<Edit>) -> String {
    apply_tracked(text, edits).0
}

/// As [`apply`], with the places of the edits that were made: before and after.
pub(super) fn apply_tracked(text: &str, mut edits: Vec<Edit>) -> (String, Vec<Moved>) {
    edits.sort_by_key(|edit| edit.range.start);
    let mut out = String::with_capacity(text.len());
    let mut moved = Vec::new();
    let mut done = 0;
    for Edit { range, by, .. } in edits {
        if range.start < done {
            continue;
        }
        out.push_str(&text[done..range.start]);
        let start = out.len();
        out.push_str(&by);
        done = range.end;
        moved.push(Moved {
            before: range,
            after: start..out.len(),
        });
    }
    out.push_str(&text[done..]);
    (out, moved)
}

/// Where an edit's bytes were and are.
#[derive(Clone, Debug)]
pub(super) struct Moved {
    before: Range<usize>,
    after: Range<usize>,
}

/// The bytes of the old text that a range of the new one came from; what an edit wrote came from
/// all that it replaced.
pub(super) fn origin(moved: &[Moved], range: Range<usize>) -> Range<usize> {
    let trace = |at: usize, is_end: bool| {
        let mut shift = 0i64;
        for edit in moved {
            let is_past = if is_end {
                at > edit.after.end
            } else {
                at >= edit.after.end
            };
            if is_past {
                shift = edit.before.end as i64 - edit.after.end as i64;
            } else if at > edit.after.start || at == edit.after.start && !is_end {
                return if is_end {
                    edit.before.end
                } else {
                    edit.before.start
                };
            } else {
                break;
            }
        }
        (at as i64 + shift) as usize
    };
    trace(range.start, false)..trace(range.end, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back() {
        let edits = vec![
            Edit::insert(8, ")"),
            Edit::replace(1..4, "longer("),
            Edit::replace(2..3, "overlaps"),
        ];
        let (text, moved) = apply_tracked("a123 bcd(e", edits);
        assert_eq!(text, "alonger( bcd)(e");
        for (new, old) in [
            (0..1, 0..1),
            (9..12, 5..8),
            (3..12, 1..8),
            (9..13, 5..8),
            (13..15, 8..10),
            (1..8, 1..4),
        ] {
            assert_eq!(origin(&moved, new.clone()), old, "{new:?}");
        }
    }
}
