//! Memory and time: staging is used again, memory runs out and comes back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use egpu_conformance::ptx::driver::Config;
use egpu_driver::{Card, CardError, Command, MemoryKind};

use super::{copy, open, options, wait, words};

#[test]
fn staging_is_given_out_again() {
    let (gpu, _, card) = open(Config::default(), &options());
    let target = card.allocate(MemoryKind::Device, 1 << 16).expect("memory");
    let back = card
        .allocate(MemoryKind::Readback, 1 << 16)
        .expect("memory");
    let write = |n: u32| {
        let staging = card.allocate(MemoryKind::Upload, 1 << 16).expect("memory");
        let place = staging.mapping().expect("host memory").cast::<u32>();
        // SAFETY: inside the mapping, aligned, and the card has passed its earlier use.
        unsafe { place.write_volatile(n) };
        let point = card
            .submit(&[
                copy(&*staging, &*target, 4),
                Command::Barrier,
                copy(&*target, &*back, 4),
            ])
            .expect("submitted");
        drop(staging);
        wait(&card, point).expect("it runs");
        assert_eq!(words(&*back, 1), [n]);
    };
    write(0);
    let before = gpu.counts.registrations.load(Ordering::Relaxed);
    (1..200).for_each(write);
    let after = gpu.counts.registrations.load(Ordering::Relaxed);
    assert_eq!(before, after, "pages were locked anew");
}

#[test]
fn memory_runs_out_and_comes_back() {
    let (_, _, card) = open(
        Config {
            memory: 1 << 20,
            ..Config::default()
        },
        &options(),
    );
    let most = card.allocate(MemoryKind::Device, 1 << 19).expect("memory");
    let error = card
        .allocate(MemoryKind::Device, 1 << 20)
        .expect_err("too much");
    assert_eq!(
        error,
        CardError::OutOfMemory {
            what: "card memory",
            asked: 1 << 20,
            free: 1 << 19
        }
    );
    assert_eq!(card.memory_use(), (1 << 19, 1 << 19));
    drop(most);
    card.allocate(MemoryKind::Device, 1 << 20).expect("memory");
    let error = card
        .allocate(MemoryKind::Upload, 1 << 62)
        .expect_err("too much");
    assert!(
        matches!(
            error,
            CardError::OutOfMemory {
                what: "host memory",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(card.loss(), None);
}

#[test]
fn time_goes_on() {
    let (_, _, card) = open(Config::default(), &options());
    let first = card.timestamp().expect("a time");
    std::thread::sleep(Duration::from_millis(20));
    let passed = card.timestamp().expect("a time") - first;
    let nanoseconds = passed as f64 * 1e9 / card.info().timestamp_frequency as f64;
    assert!((2e7..5e9).contains(&nanoseconds), "{nanoseconds}");
}
