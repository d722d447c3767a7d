//! The unix flavour against a scripted server: memory, loss, stalls, refusals, rubbish.
#![cfg(unix)]

mod server;

use std::io::Write;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use egpu_link::wire::{emit_segments, Command};
use egpu_link::{connect_unix, Limits, Link, LinkError, Segment};
use server::{serve, Reply};

const QUICK: Limits = Limits {
    answer: Duration::from_millis(200),
    connect: Duration::from_secs(1),
};

/// A file as the server would pass it: the segment list at its start, rubbish behind.
fn memory(size: usize, segments: &[Segment]) -> OwnedFd {
    let path = server::socket_path().with_extension("mem");
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    let mut content = emit_segments(segments);
    content.resize(8192.min(size), 0);
    file.write_all(&content).unwrap();
    file.set_len(size as u64).unwrap();
    file.into()
}

fn segment(address: u64, length: u64) -> Segment {
    Segment { address, length }
}

#[test]
fn memory_is_shared_and_its_list_is_gone() {
    let pieces = [segment(0x10_0000, 0x4000), segment(0x80_0000, 0xc000)];
    let path = serve(move |request, _| match request.command {
        Command::MapSysmemFd => {
            assert_eq!(request.args[0], 0x10000);
            Reply::Fd(0x10000, Some(memory(0x10000, &pieces)))
        }
        other => panic!("{other:?}"),
    });
    let link = connect_unix(&path, QUICK).unwrap();
    let memory = link.alloc_dma(0x10000).unwrap();
    assert_eq!(memory.size(), 0x10000);
    assert_eq!(memory.segments(), pieces);
    let mut start = [1; 64];
    memory.read(0, &mut start).unwrap();
    assert_eq!(start, [0; 64]);
    memory.write(0xfffe, &[7, 8]).unwrap();
    // SAFETY: the mapping is 64 KiB long and only this thread uses it.
    let last = unsafe { memory.mapping().unwrap().add(0xffff).read_volatile() };
    assert_eq!(last, 8);
    assert!(matches!(
        memory.write(0xffff, &[1, 2]),
        Err(LinkError::OutOfRange { .. })
    ));
}

#[test]
fn small_allocations_are_rounded_to_a_page_of_apple_silicon() {
    let path = serve(|request, _| {
        assert_eq!(request.args[0], 0x4000);
        Reply::Fd(
            0x4000,
            Some(memory(0x4000, &[segment(0x7_0000_0000, 0x4000)])),
        )
    });
    let link = connect_unix(&path, QUICK).unwrap();
    assert_eq!(link.alloc_dma(1).unwrap().size(), 0x4000);
}

#[test]
fn bad_memory_answers_are_errors() {
    for (name, reply) in [
        ("no descriptor", Reply::Fd(0x4000, None)),
        (
            "short file",
            Reply::Fd(0x8000, Some(memory(0x4000, &[segment(0, 0x8000)]))),
        ),
        (
            "short list",
            Reply::Fd(0x4000, Some(memory(0x4000, &[segment(0x1000, 0x1000)]))),
        ),
        (
            "misaligned list",
            Reply::Fd(0x4000, Some(memory(0x4000, &[segment(0x1001, 0x4000)]))),
        ),
        (
            "less than asked",
            Reply::Fd(0x1000, Some(memory(0x4000, &[segment(0x1000, 0x4000)]))),
        ),
    ] {
        let mut reply = Some(reply);
        let path = serve(move |_, _| reply.take().unwrap_or(Reply::Close));
        let link = connect_unix(&path, QUICK).unwrap();
        let error = link.alloc_dma(0x4000).err();
        assert!(
            matches!(error, Some(LinkError::Malformed { .. })),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn refused_memory_is_out_of_memory_and_the_link_lives() {
    let path = serve(|request, _| match request.command {
        Command::MapSysmemFd => Reply::Refuse("too many segments"),
        _ => Reply::Values(7, 0),
    });
    let link = connect_unix(&path, QUICK).unwrap();
    match link.alloc_dma(1 << 20).err() {
        Some(LinkError::OutOfMemory { asked, why }) => {
            assert_eq!(asked, 1 << 20);
            assert!(why.contains("too many segments"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(link.config_read(0, 4), Ok(7));
}

#[test]
fn allocations_are_limited_before_the_server_is_asked() {
    let path = serve(|_, _| {
        Reply::Fd(
            0x4000,
            Some(memory(0x4000, &[segment(0x7_0000_0000, 0x4000)])),
        )
    });
    let link = connect_unix(&path, QUICK).unwrap();
    let held: Vec<_> = (0..128).map(|_| link.alloc_dma(1).unwrap()).collect();
    assert!(matches!(
        link.alloc_dma(1).err(),
        Some(LinkError::OutOfMemory { .. })
    ));
    drop(held);
}

#[test]
fn access_is_checked_here_not_there() {
    let path = serve(|request, _| match request.command {
        Command::MapBar => Reply::Values(0, 0x1000),
        Command::MmioRead => Reply::Bytes(vec![1, 2, 3, 4]),
        other => panic!("{other:?} must not be sent"),
    });
    let link = connect_unix(&path, QUICK).unwrap();
    let out_of_range = |r: Result<u32, LinkError>| matches!(r, Err(LinkError::OutOfRange { .. }));
    assert!(out_of_range(link.read32(5, 0)));
    link.map_bar(5).unwrap();
    assert!(link.map_bar(6).is_err());
    assert!(out_of_range(link.read32(5, 0x1000)));
    assert!(out_of_range(link.read32(5, u64::MAX - 1)));
    assert!(out_of_range(link.read32(5, 2)));
    assert!(link.read(5, 0, &mut [0; 8]).is_err());
    assert!(link.write(5, 0, &[0; 2]).is_err());
    assert_eq!(link.read32(5, 0xffc), Ok(0x0403_0201));
}

#[test]
fn a_server_that_goes_is_a_loss_for_ever() {
    let path = serve(|_, _| Reply::Close);
    let link = connect_unix(&path, QUICK).unwrap();
    let lost = |r: Result<u32, LinkError>| matches!(r, Err(LinkError::Lost { .. }));
    assert!(lost(link.config_read(0, 4)));
    assert!(lost(link.config_read(0, 4)));
    assert!(matches!(link.check_open(), Err(LinkError::Lost { .. })));
}

#[test]
fn closing_is_noticed_without_a_message() {
    let path = serve(|_, _| Reply::Close);
    let link = connect_unix(&path, QUICK).unwrap();
    assert_eq!(link.check_open(), Ok(()));
    // The posted write makes the script close its end.
    let _ = link.map_bar(0);
    let start = Instant::now();
    while link.check_open().is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn a_server_that_stalls_is_given_up_in_time() {
    let path = serve(|_, _| Reply::Hang);
    let link = connect_unix(&path, QUICK).unwrap();
    let start = Instant::now();
    assert!(matches!(
        link.config_read(0, 4),
        Err(LinkError::Stalled { .. })
    ));
    assert!(start.elapsed() < Duration::from_secs(2));
    // The late answer would be taken for another's: nothing more is sent.
    let start = Instant::now();
    assert!(link.config_read(0, 4).is_err());
    assert!(start.elapsed() < Duration::from_millis(100));
}

#[test]
fn rubbish_is_malformed() {
    let mut huge = vec![1];
    huge.extend_from_slice(&u64::MAX.to_le_bytes());
    huge.extend_from_slice(&[0; 8]);
    for (name, reply) in [
        ("status", Reply::Raw(vec![9; 17])),
        ("endless text", Reply::Raw(huge)),
        ("wide value", Reply::Values(1 << 40, 0)),
    ] {
        let mut reply = Some(reply);
        let path = serve(move |_, _| reply.take().unwrap_or(Reply::Close));
        let link = connect_unix(&path, QUICK).unwrap();
        let error = link.config_read(0, 4).err();
        assert!(
            matches!(error, Some(LinkError::Malformed { .. })),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn short_data_is_malformed() {
    let path = serve(|request, _| match request.command {
        Command::MapBar => Reply::Values(0, 0x1000),
        _ => Reply::Claim(2, vec![1, 2]),
    });
    let link = connect_unix(&path, QUICK).unwrap();
    link.map_bar(0).unwrap();
    assert!(matches!(
        link.read32(0, 0),
        Err(LinkError::Malformed { .. })
    ));
}

#[test]
fn posted_writes_arrive_in_order_and_whole() {
    let mut got = Vec::new();
    let path = serve(move |request, payload| match request.command {
        Command::MapBar => Reply::Values(0, 64 << 20),
        Command::MmioWrite => {
            got.push((request.args[0], payload));
            Reply::Nothing
        }
        Command::ConfigRead => {
            assert_eq!(got[0], (8, vec![1, 2, 3, 4]));
            assert_eq!(got[1].0, 0x1000);
            assert_eq!(got[1].1, vec![5; 1 << 20]);
            Reply::Values(got.len() as u64, 0)
        }
        other => panic!("{other:?}"),
    });
    let link = connect_unix(&path, QUICK).unwrap();
    link.map_bar(0).unwrap();
    link.write32(0, 8, 0x0403_0201).unwrap();
    link.write(0, 0x1000, &vec![5; 1 << 20]).unwrap();
    assert_eq!(link.config_read(0, 4), Ok(2));
}

#[test]
fn nobody_there_and_somebody_else_there() {
    let path = server::socket_path();
    assert!(matches!(
        connect_unix(&path, QUICK).err(),
        Some(LinkError::Unreachable { .. })
    ));
    let path = serve(|_, _| Reply::Hang);
    let first = connect_unix(&path, QUICK).unwrap();
    match connect_unix(&path, QUICK).err() {
        Some(LinkError::Busy { holder, .. }) => {
            assert!(holder.contains(&std::process::id().to_string()), "{holder}")
        }
        other => panic!("{other:?}"),
    }
    drop(first);
}
