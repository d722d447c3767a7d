//! Lanes as calls: what a sequence of work becomes.

use std::collections::HashMap;

use super::*;
use crate::hazard::{read, write, ANYTHING};

const A: u64 = 0x100_0000;
const B: u64 = 0x200_0000;
const C: u64 = 0x300_0000;
const SIZE: u64 = 1 << 20;

/// Keeps what was called, in words.
#[derive(Default)]
struct Said {
    calls: Vec<String>,
    /// What each event shows by now.
    shows: HashMap<usize, String>,
    /// Calls that succeed before one fails.
    fails_after: Option<usize>,
}

impl Said {
    fn said(&mut self) -> Vec<String> {
        std::mem::take(&mut self.calls)
    }

    fn may_fail(&mut self) -> Result<(), CardError> {
        match &mut self.fails_after {
            None => return Ok(()),
            Some(0) => {}
            Some(n) => {
                *n -= 1;
                return Ok(());
            }
        }
        self.fails_after = None;
        Err(CardError::Invalid("as asked".into()))
    }
}

impl Calls for Said {
    fn create(&mut self) -> Result<Event, CardError> {
        let number = self.shows.len() + 1;
        self.shows.insert(number, "nothing".into());
        Ok(Event(std::ptr::without_provenance_mut(number)))
    }

    fn record(&mut self, lane: Lane, event: Event) -> Result<(), CardError> {
        self.may_fail()?;
        let before = self
            .shows
            .values()
            .filter(|shows| shows.starts_with(&format!("{lane:?}")));
        let shows = format!("{lane:?} {}", before.count() + 1);
        self.calls.push(format!("mark {shows}"));
        self.shows.insert(event.0.addr(), shows);
        Ok(())
    }

    fn wait(&mut self, lane: Lane, event: Event) -> Result<(), CardError> {
        self.may_fail()?;
        let shows = &self.shows[&event.0.addr()];
        self.calls.push(format!("{lane:?} waits for {shows}"));
        Ok(())
    }
}

fn work(order: &mut Order, said: &mut Said, lane: Lane, touches: &[Access]) {
    order.enter(lane, touches.iter(), said).expect("it may");
    said.calls.push(format!("{lane:?} works"));
    order.worked(lane, touches.iter());
}

/// One submission of separate steps.
fn submit(order: &mut Order, said: &mut Said, steps: &[(Lane, &[Access])]) -> PerLane<Option<End>> {
    order.begin(said).expect("it begins");
    for (lane, touches) in steps {
        order.barrier();
        work(order, said, *lane, touches);
    }
    order.finish(said).expect("it ends")
}

fn passed(ends: &PerLane<Option<End>>) -> PerLane<u64> {
    ends.map(|end| end.map_or(0, |end| end.signal))
}

#[test]
fn kernels_alone_cost_one_event_for_a_submission() {
    let (mut order, mut said) = (Order::default(), Said::default());
    let kernel: (Lane, &[Access]) = (Lane::Compute, &[read(A, SIZE), write(B, SIZE)]);
    for n in 1..50 {
        let ends = submit(&mut order, &mut said, &[kernel; 3]);
        let mut want = vec!["Compute works".to_owned(); 3];
        want.push("mark Compute 1".into());
        assert_eq!(said.said(), want);
        assert_eq!(passed(&ends), [n, 0, 0, 0]);
        order.seen(&passed(&ends));
        // The event is used again.
        assert_eq!(said.shows.len(), 3);
        said.shows.values_mut().for_each(String::clear);
    }
}

#[test]
fn an_upload_a_kernel_and_a_read_back_wait_for_each_other() {
    let (mut order, mut said) = (Order::default(), Said::default());
    let ends = submit(
        &mut order,
        &mut said,
        &[
            (Lane::Upload, &[read(C, SIZE), write(A, SIZE)]),
            (Lane::Compute, &[read(A, SIZE), write(B, SIZE)]),
            (Lane::Readback, &[read(B, SIZE), write(C + SIZE, SIZE)]),
        ],
    );
    assert_eq!(
        said.said(),
        [
            "Upload works",
            "mark Upload 1",
            "Compute waits for Upload 1",
            "Compute works",
            "mark Compute 1",
            "Readback waits for Compute 1",
            "Readback works",
            "mark Readback 1",
        ]
    );
    assert_eq!(passed(&ends), [1, 1, 1, 0]);
    // The upload for the next kernel waits until this one has read, not for the read-back.
    submit(
        &mut order,
        &mut said,
        &[
            (Lane::Upload, &[read(C, SIZE), write(A, SIZE)]),
            (Lane::Compute, &[read(A, SIZE), write(B, SIZE)]),
        ],
    );
    assert_eq!(
        said.said(),
        [
            "Upload waits for Compute 1",
            "Upload works",
            "mark Upload 2",
            // Both in one turn: neither knows of the other.
            "Compute waits for Upload 2",
            "Compute waits for Readback 1",
            "Compute works",
            "mark Compute 2",
        ]
    );
}

#[test]
fn what_touches_other_memory_does_not_wait() {
    let (mut order, mut said) = (Order::default(), Said::default());
    submit(
        &mut order,
        &mut said,
        &[
            (Lane::Compute, &[read(A, SIZE), write(B, SIZE)]),
            (Lane::Upload, &[write(C, SIZE)]),
            // Two that read.
            (Lane::Readback, &[read(A, SIZE)]),
        ],
    );
    assert!(said.said().iter().all(|call| !call.contains("waits")));
}

#[test]
fn a_wait_brings_what_the_other_lane_had_waited_for() {
    let (mut order, mut said) = (Order::default(), Said::default());
    // Memory is allocated, filled, and only then used by a kernel.
    order.worked(Lane::Memory, [write(A, SIZE)].iter());
    let ends = submit(
        &mut order,
        &mut said,
        &[
            (Lane::Upload, &[write(A, SIZE)]),
            (Lane::Compute, &[write(A, SIZE)]),
            (Lane::Readback, &[read(A, SIZE)]),
        ],
    );
    assert_eq!(
        said.said(),
        [
            "mark Memory 1",
            "Upload waits for Memory 1",
            "Upload works",
            "mark Upload 1",
            "Compute waits for Upload 1",
            "Compute works",
            "mark Compute 1",
            "Readback waits for Compute 1",
            "Readback works",
            "mark Readback 1",
        ]
    );
    assert_eq!(passed(&ends), [1, 1, 1, 1]);
    // To be freed, it must have been left by all three; the last of them knows of the others.
    order.barrier();
    let range = [write(A, SIZE)];
    order
        .enter(Lane::Memory, range.iter(), &mut said)
        .expect("it may");
    assert_eq!(said.said(), ["Memory waits for Readback 1"]);
}

#[test]
fn what_was_seen_is_not_waited_for() {
    let (mut order, mut said) = (Order::default(), Said::default());
    let ends = submit(
        &mut order,
        &mut said,
        &[(Lane::Upload, &[write(A, SIZE)]), (Lane::Compute, &[])],
    );
    order.seen(&passed(&ends));
    said.said();
    submit(&mut order, &mut said, &[(Lane::Compute, &ANYTHING)]);
    assert_eq!(said.said(), ["Compute works", "mark Compute 2"]);
}

#[test]
fn a_barrier_is_what_makes_work_depend() {
    let (mut order, mut said) = (Order::default(), Said::default());
    order.begin(&mut said).expect("it begins");
    work(&mut order, &mut said, Lane::Upload, &[write(A, SIZE)]);
    work(&mut order, &mut said, Lane::Compute, &[read(A, SIZE)]);
    order.finish(&mut said).expect("it ends");
    assert_eq!(
        said.said(),
        [
            "Upload works",
            "Compute works",
            "mark Compute 1",
            "mark Upload 1"
        ]
    );
}

#[test]
fn an_empty_submission_has_an_end() {
    let (mut order, mut said) = (Order::default(), Said::default());
    let ends = submit(&mut order, &mut said, &[]);
    assert_eq!(passed(&ends), [1, 0, 0, 0]);
}

#[test]
fn a_call_that_fails_is_made_again() {
    let (mut order, mut said) = (Order::default(), Said::default());
    order.begin(&mut said).expect("it begins");
    work(&mut order, &mut said, Lane::Upload, &[write(A, SIZE)]);
    order.barrier();
    let reads = [read(A, SIZE)];
    let calls = [&[][..], &["mark Upload 1"]];
    // The mark, then the wait.
    for (n, calls) in calls.into_iter().enumerate() {
        said.said();
        said.fails_after = Some(n);
        let entered = order.enter(Lane::Compute, reads.iter(), &mut said);
        assert!(entered.is_err());
        assert_eq!(said.said(), calls);
    }
    work(&mut order, &mut said, Lane::Compute, &reads);
    assert_eq!(said.said(), ["Compute waits for Upload 1", "Compute works"]);
}
