//! Packets as packets: what a sequence of commands becomes.

use amd_hw::die::Die;
use amd_hw::pm4::{packet_dwords, Function, ReleaseData, WaitTarget};
use amd_hw::registers::{Register, RegisterMap};

use super::*;
use crate::amd::queue::packets::CP_DMA_MAX;

const COMPUTE_SIGNAL: u64 = 0x1000;
const SDMA_SIGNAL: u64 = 0x1040;
const FAULT: u64 = 0x1080;
/// Above what runs on the compute queue.
const LARGE: u64 = 1 << 20;

fn config() -> Config {
    let map = RegisterMap::for_die(Die::Navi31);
    Config {
        sh: ShRegisters::new(&map).unwrap(),
        compute_signal: COMPUTE_SIGNAL,
        sdma_signal: SDMA_SIGNAL,
        fault_status: FAULT,
        fault_register: map
            .address(Register::GCVM_L2_PROTECTION_FAULT_STATUS)
            .unwrap(),
        small: 64 << 10,
        packets: PacketSet::default(),
        cp_behind_l2: false,
    }
}

fn program() -> Program {
    Program {
        name: "test".into(),
        code: 0x2000_0010_0000,
        rsrc: [1, 2, 3],
        workgroup: [64, 1, 1],
        argument_bytes: 16,
        hidden: Vec::new(),
        scratch: 0,
        lds: 0,
        wave32: true,
        properties: property::KERNARG_SEGMENT_PTR | property::WAVEFRONT_SIZE32,
    }
}

fn run(streams: &mut Streams, program: &Program, kernel: u64) {
    run_on(streams, program, kernel, None);
}

fn run_on(streams: &mut Streams, program: &Program, kernel: u64, touches: Option<&[Access]>) {
    streams.dispatch(&Dispatch {
        kernel,
        program,
        arguments: 0x2000_0020_0000,
        dispatch_packet: 0,
        grid: Grid::Direct([1, 2, 3]),
        store_grid: &[],
        touches,
        scratch: None,
    });
}

fn finish(streams: &mut Streams) -> Chunk {
    let mut chunk = Chunk::default();
    streams.finish(&mut chunk);
    chunk
}

/// Names of the compute packets; registers by offset, signals by value.
fn compute(chunk: &Chunk) -> Vec<String> {
    let mut names = Vec::new();
    let mut words = chunk.compute.as_slice();
    while !words.is_empty() {
        let (packet, used) = Packet::parse(words).unwrap();
        assert_eq!(used, packet_dwords(words[0]).unwrap());
        names.push(match packet {
            Packet::SetShReg { offset, .. } => format!("set {offset:x}"),
            Packet::EventWrite { event, .. } => format!("event {event}"),
            Packet::AcquireMem { caches, .. } if caches.gl2_inv => "acquire all".into(),
            Packet::AcquireMem { caches, .. } if caches.gli_inv => "acquire code".into(),
            Packet::AcquireMem { .. } => "acquire".into(),
            Packet::ReleaseMem {
                data: ReleaseData::U32(value),
                address,
                caches,
                ..
            } => {
                assert_eq!(address, COMPUTE_SIGNAL);
                assert!(caches.gl2_wb && !caches.gl2_inv);
                format!("signal {value}")
            }
            Packet::WaitRegMem {
                target: WaitTarget::Memory(SDMA_SIGNAL),
                reference,
                function: Function::GreaterEqual,
                mask: u32::MAX,
                ..
            } => format!("wait {reference}"),
            Packet::CopyData {
                source: CopySource::Register(_),
                destination: Destination::Memory(FAULT),
                ..
            } => "probe".into(),
            Packet::DmaData { sync: true, .. } => "dma".into(),
            other => other.name().to_owned(),
        });
        words = &words[used..];
    }
    names
}

fn sdma(chunk: &Chunk) -> Vec<String> {
    let mut names = Vec::new();
    let mut words = chunk.sdma.as_slice();
    while !words.is_empty() {
        let (packet, used) = sdma::Packet::parse(words).unwrap();
        names.push(match packet {
            sdma::Packet::Fence { address, data, .. } => {
                assert_eq!(address, SDMA_SIGNAL);
                format!("signal {data}")
            }
            sdma::Packet::PollRegMem {
                target: sdma::PollTarget::Memory(address),
                reference,
                retries: 0xfff,
                ..
            } => match address {
                COMPUTE_SIGNAL => format!("wait compute {reference}"),
                _ => format!("wait self {reference}"),
            },
            sdma::Packet::CopyLinear { .. } => "copy".into(),
            sdma::Packet::ConstFill { .. } => "fill".into(),
            sdma::Packet::Write { .. } => "write".into(),
            other => other.name().to_owned(),
        });
        words = &words[used..];
    }
    names
}

#[test]
fn a_dispatch_sets_only_what_changed() {
    let mut streams = Streams::new(config());
    let (a, b) = (program(), program());
    run(&mut streams, &a, 1);
    run(&mut streams, &a, 1);
    run(&mut streams, &b, 2);
    let chunk = finish(&mut streams);
    let first = [
        "set 204", "set 21b", "set 215", "set 20b", "set 20c", "set 218",
    ];
    let names = compute(&chunk);
    assert_eq!(names.len(), 6 + 6 + 2 + 6 + 3, "{names:?}");
    // Registers that no kernel changes come once; the names of two differ by die.
    assert_eq!(names[..3], first[..3]);
    assert_eq!(
        names[6..],
        [
            "set 20c",
            "set 212",
            "set 228",
            "set 207",
            "set 240",
            "DISPATCH_DIRECT",
            "set 240",
            "DISPATCH_DIRECT",
            "set 20c",
            "set 212",
            "set 228",
            "set 207",
            "set 240",
            "DISPATCH_DIRECT",
            "event 7",
            "probe",
            "signal 1",
        ]
    );
    assert!(chunk.sdma.is_empty());
    run(&mut streams, &b, 2);
    let names = compute(&finish(&mut streams));
    assert_eq!(
        names,
        ["set 240", "DISPATCH_DIRECT", "event 7", "probe", "signal 2"]
    );
}

#[test]
fn the_initiator_says_wave_size() {
    for (wave32, want) in [(true, 0x8005), (false, 0x5)] {
        let mut streams = Streams::new(config());
        let program = Program {
            wave32,
            ..program()
        };
        run(&mut streams, &program, 1);
        let chunk = finish(&mut streams);
        let at = chunk
            .compute
            .iter()
            .position(|w| *w == amd_hw::pm4::header(amd_hw::pm4::op::DISPATCH_DIRECT, 4))
            .unwrap();
        assert_eq!(chunk.compute[at + 1..at + 5], [1, 2, 3, want]);
    }
}

#[test]
fn barriers_cost_nothing_until_something_depends_on_them() {
    let mut streams = Streams::new(config());
    let program = program();
    streams.barrier();
    run(&mut streams, &program, 1);
    streams.barrier();
    streams.barrier();
    run(&mut streams, &program, 1);
    run(&mut streams, &program, 1);
    streams.barrier();
    let names = compute(&finish(&mut streams));
    let dispatches: Vec<&str> = names[6..].iter().map(String::as_str).collect();
    assert_eq!(
        dispatches[4..],
        [
            "set 240",
            "DISPATCH_DIRECT",
            "event 7",
            "acquire",
            "set 240",
            "DISPATCH_DIRECT",
            "set 240",
            "DISPATCH_DIRECT",
            "event 7",
            "probe",
            "signal 1",
        ]
    );
    // The waves have ended by now; only caches are still out of date.
    run(&mut streams, &program, 1);
    let names = compute(&finish(&mut streams));
    assert_eq!(names[0], "acquire");
}

#[test]
fn small_copies_stay_on_the_compute_queue() {
    let mut streams = Streams::new(config());
    streams.copy(0x1_0000, 0x2_0000, 4096);
    streams.barrier();
    streams.fill(0x2_0000, 64 << 10, 7);
    let chunk = finish(&mut streams);
    assert_eq!(
        compute(&chunk)[6..],
        ["dma", "acquire", "dma", "probe", "signal 1"]
    );
    assert!(chunk.sdma.is_empty());
    assert_eq!((chunk.compute_signal, chunk.sdma_signal), (1, 0));
}

#[test]
fn large_copies_go_to_sdma_and_are_waited_for_where_needed() {
    let mut streams = Streams::new(config());
    let program = program();
    // Upload, kernel, read-back, each after the other; then a kernel that needs none of it.
    streams.copy(0x100_0000, 0x200_0000, LARGE);
    streams.barrier();
    run(&mut streams, &program, 1);
    streams.barrier();
    streams.copy(0x200_0000, 0x300_0000, LARGE);
    run(&mut streams, &program, 1);
    let chunk = finish(&mut streams);
    assert_eq!(
        sdma(&chunk),
        [
            "copy",
            "signal 1",
            "wait compute 1",
            "wait self 1",
            "copy",
            "signal 2"
        ]
    );
    let names = compute(&chunk);
    assert_eq!(names[6..8], ["wait 1", "acquire all"]);
    // The second kernel drains the first and invalidates, but does not wait for the read-back.
    let after: Vec<&str> = names
        .iter()
        .skip_while(|n| *n != "signal 1")
        .map(String::as_str)
        .collect();
    assert_eq!(
        after,
        [
            "signal 1",
            "event 7",
            "acquire",
            "set 240",
            "DISPATCH_DIRECT",
            "event 7",
            "probe",
            "signal 2"
        ]
    );
    assert_eq!((chunk.compute_signal, chunk.sdma_signal), (2, 2));
}

#[test]
fn independent_copies_and_kernels_do_not_wait() {
    let mut streams = Streams::new(config());
    let program = program();
    streams.copy(0x100_0000, 0x200_0000, LARGE);
    run(&mut streams, &program, 1);
    streams.fill(0x300_0000, LARGE, 0);
    let chunk = finish(&mut streams);
    assert_eq!(sdma(&chunk), ["copy", "fill", "signal 1"]);
    assert!(compute(&chunk).iter().all(|n| !n.starts_with("wait")));
}

#[test]
fn copies_beyond_a_packets_reach_are_split() {
    let mut streams = Streams::new(config());
    streams.copy(0, 1 << 40, 2 * sdma::MAX_COPY_BYTES + 8);
    let chunk = finish(&mut streams);
    assert_eq!(sdma(&chunk), ["copy", "copy", "copy", "signal 1"]);
    let mut streams = Streams::new(Config {
        small: u64::MAX,
        ..config()
    });
    streams.copy(0, 1 << 40, 2 * CP_DMA_MAX + 8);
    assert_eq!(compute(&finish(&mut streams))[6..9], ["dma"; 3]);
}

#[test]
fn arguments_come_before_everything_in_few_packets() {
    let mut streams = Streams::new(config());
    let program = program();
    for i in 0..100 {
        streams.write(0x2000_0020_0000 + 128 * i, &[i as u32; 32]);
        run(&mut streams, &program, 1);
    }
    streams.write(0x2000_0030_0000, &[9; 4]);
    let chunk = finish(&mut streams);
    let names = compute(&chunk);
    assert_eq!(names[6..9], ["WRITE_DATA", "WRITE_DATA", "acquire"]);
    let at = chunk
        .compute
        .iter()
        .position(|w| *w == amd_hw::pm4::header(amd_hw::pm4::op::WRITE_DATA, 3203))
        .unwrap();
    let (packet, _) = Packet::parse(&chunk.compute[at..]).unwrap();
    match packet {
        Packet::WriteData {
            destination: Destination::Memory(0x2000_0020_0000),
            data,
            ..
        } => {
            assert_eq!(data.len(), 3200);
            assert!((0..100).all(|i| data[32 * i] == i as u32));
        }
        other => panic!("{other:?}"),
    }
    // Nothing of it is written again.
    run(&mut streams, &program, 1);
    assert!(!compute(&finish(&mut streams)).contains(&"WRITE_DATA".to_owned()));
}

#[test]
fn uploads_invalidate_the_instruction_cache() {
    let mut streams = Streams::new(config());
    streams.upload(0x100, 0x2000_0020_0000, 4096);
    run(&mut streams, &program(), 1);
    assert_eq!(
        compute(&finish(&mut streams))[6..8],
        ["dma", "acquire code"]
    );
}

#[test]
fn cards_without_writes_on_the_compute_queue_use_sdma() {
    let mut streams = Streams::new(Config {
        packets: PacketSet {
            cp_writes: false,
            fault_probe: false,
        },
        ..config()
    });
    streams.copy(0, 0x1000, 64);
    streams.barrier();
    streams.write(0x2000_0020_0000, &[1, 2]);
    streams.upload(0x100, 0x2000_0030_0000, 4096);
    run(&mut streams, &program(), 1);
    let chunk = finish(&mut streams);
    // The data's signal is lower than the copy's, as it comes first.
    assert_eq!(
        sdma(&chunk),
        ["copy", "write", "signal 1", "copy", "signal 2"]
    );
    let names = compute(&chunk);
    assert_eq!(names[6..8], ["wait 1", "acquire all"]);
    assert!(names.contains(&"wait 2".to_owned()));
    assert!(names
        .iter()
        .all(|n| n != "WRITE_DATA" && n != "dma" && n != "probe"));
}

#[test]
fn timestamps_wait_for_both_queues() {
    let mut streams = Streams::new(config());
    run(&mut streams, &program(), 1);
    streams.copy(0x100_0000, 0x200_0000, LARGE);
    streams.timestamp(0x5000);
    let names = compute(&finish(&mut streams));
    let at = names.iter().position(|n| n == "COPY_DATA").unwrap();
    assert_eq!(names[at - 3..at], ["wait 1", "event 7", "acquire all"]);
}

#[test]
fn the_grid_is_stored_before_an_indirect_dispatch() {
    let mut streams = Streams::new(config());
    let program = program();
    streams.dispatch(&Dispatch {
        kernel: 1,
        program: &program,
        arguments: 0x2000_0020_0000,
        dispatch_packet: 0,
        grid: Grid::Indirect(0x2000_0040_0004),
        store_grid: &[0x2000_0020_0008],
        touches: None,
        scratch: None,
    });
    let chunk = finish(&mut streams);
    let names = compute(&chunk);
    assert_eq!(
        names[6..10],
        ["COPY_DATA", "COPY_DATA", "COPY_DATA", "acquire"]
    );
    assert!(names.contains(&"DISPATCH_INDIRECT".to_owned()));
    let at = chunk
        .compute
        .iter()
        .position(|w| *w == amd_hw::pm4::header(amd_hw::pm4::op::DISPATCH_INDIRECT, 3))
        .unwrap();
    assert_eq!(chunk.compute[at + 1..at + 4], [0x40_0004, 0x2000, 0x8005]);
}

#[test]
fn where_the_command_processor_works_behind_l2_acquires_cover_it() {
    let mut streams = Streams::new(Config {
        cp_behind_l2: true,
        ..config()
    });
    let program = program();
    streams.write(0x2000_0020_0000, &[1, 2]);
    run(&mut streams, &program, 1);
    streams.barrier();
    // What the kernel wrote, the engine copies.
    streams.copy(0x1_0000, 0x2_0000, 64);
    let names = compute(&finish(&mut streams));
    assert_eq!(names[6..8], ["WRITE_DATA", "acquire all"]);
    let at = names.iter().position(|n| n == "dma").unwrap();
    assert_eq!(names[at - 2..at], ["event 7", "acquire all"]);
}

#[test]
fn scratch_changes_only_between_waves() {
    let mut streams = Streams::new(config());
    let program = Program {
        scratch: 64,
        ..program()
    };
    for tmpring in [1, 1, 2] {
        streams.dispatch(&Dispatch {
            kernel: 1,
            program: &program,
            arguments: 0,
            dispatch_packet: 0,
            grid: Grid::Direct([1, 1, 1]),
            store_grid: &[],
            touches: None,
            scratch: Some(Scratch {
                base: 0x2000_0000_0000,
                tmpring,
            }),
        });
    }
    let names = compute(&finish(&mut streams));
    let sizes: Vec<usize> = (6..names.len())
        .filter(|i| names[*i] == "set 218")
        .collect();
    assert_eq!(sizes.len(), 2);
    assert_eq!(names[sizes[1] - 2..sizes[1]], ["event 7", "set 210"]);
}

#[test]
fn signals_restart() {
    let mut streams = Streams::new(config());
    run(&mut streams, &program(), 1);
    assert_eq!(finish(&mut streams).compute_signal, 1);
    streams.restart_signals(1 << 32);
    streams.copy(0, 1 << 30, LARGE);
    streams.barrier();
    run(&mut streams, &program(), 1);
    let chunk = finish(&mut streams);
    assert_eq!(chunk.compute_signal, (1 << 32) + 1);
    // In the low half, comparisons start over.
    assert_eq!(sdma(&chunk), ["copy", "signal 1"]);
    assert!(compute(&chunk).contains(&"wait 1".to_owned()));
}

/// Where copies and kernels of the following tests work.
const A: u64 = 0x100_0000;
const B: u64 = 0x200_0000;
const C: u64 = 0x300_0000;

#[test]
fn copies_of_other_memory_do_not_wait_for_kernels() {
    let mut streams = Streams::new(config());
    let program = program();
    run_on(
        &mut streams,
        &program,
        1,
        Some(&[read(A, LARGE), write(B, LARGE)]),
    );
    streams.barrier();
    streams.copy(A, C, LARGE);
    assert_eq!(sdma(&finish(&mut streams)), ["copy", "signal 1"]);
    // The next submission: what the kernel wrote, then what it read, then the same again.
    streams.barrier();
    streams.copy(B, C + LARGE, LARGE);
    streams.barrier();
    streams.copy(C + 2 * LARGE, A, LARGE);
    streams.barrier();
    streams.fill(A, LARGE, 0);
    assert_eq!(
        sdma(&finish(&mut streams)),
        [
            "wait compute 1",
            "copy",
            // Reads A, which the first copy read too, and the kernel is done by now.
            "wait self 1",
            "copy",
            "signal 2",
            "wait self 2",
            "fill",
            "signal 3"
        ]
    );
}

#[test]
fn kernels_wait_for_copies_of_their_memory_only() {
    let mut streams = Streams::new(config());
    let program = program();
    streams.copy(A, B, LARGE);
    streams.barrier();
    run_on(&mut streams, &program, 1, Some(&[write(C, 4)]));
    let chunk = finish(&mut streams);
    assert!(!compute(&chunk).iter().any(|n| n.starts_with("wait")));
    streams.barrier();
    run_on(&mut streams, &program, 1, Some(&[read(A, 4)]));
    let names = compute(&finish(&mut streams));
    assert!(!names.iter().any(|n| n.starts_with("wait")), "{names:?}");
    // The copy has passed, but caches may hold what was there before.
    streams.seen(1, 1);
    streams.barrier();
    run_on(&mut streams, &program, 1, Some(&[read(B + LARGE - 4, 8)]));
    let names = compute(&finish(&mut streams));
    assert_eq!(names[..2], ["wait 1", "acquire all"]);
}

#[test]
fn what_was_seen_to_pass_is_not_waited_for_by_sdma() {
    let mut streams = Streams::new(config());
    let program = program();
    run_on(&mut streams, &program, 1, Some(&[write(A, LARGE)]));
    streams.copy(B, C, LARGE);
    finish(&mut streams);
    streams.seen(1, 1);
    streams.barrier();
    streams.copy(A, C, LARGE);
    assert_eq!(sdma(&finish(&mut streams)), ["copy", "signal 2"]);
}

#[test]
fn grids_are_memory_too() {
    let mut streams = Streams::new(config());
    let program = program();
    streams.copy(A, B, LARGE);
    streams.barrier();
    streams.dispatch(&Dispatch {
        kernel: 1,
        program: &program,
        arguments: 0x2000_0020_0000,
        dispatch_packet: 0,
        grid: Grid::Indirect(B + 16),
        store_grid: &[],
        touches: Some(&[write(C, 4)]),
        scratch: None,
    });
    let names = compute(&finish(&mut streams));
    assert!(names.contains(&"wait 1".into()), "{names:?}");
}

#[test]
fn more_memory_than_is_kept_track_of_is_all_memory() {
    let mut streams = Streams::new(config());
    let program = program();
    for i in 0..1000 {
        let touches = [read(A + 0x1000 * i, 0x100), write(B + 0x1000 * i, 0x100)];
        run_on(&mut streams, &program, 1, Some(&touches));
    }
    streams.barrier();
    streams.copy(0x1_0000_0000, 0x2_0000_0000, LARGE);
    assert_eq!(
        sdma(&finish(&mut streams)),
        ["wait compute 1", "copy", "signal 1"]
    );
}

#[test]
fn signals_of_old_work_restart_too() {
    let mut streams = Streams::new(config());
    let program = program();
    run_on(&mut streams, &program, 1, Some(&[write(A, LARGE)]));
    streams.copy(B, C, LARGE);
    finish(&mut streams);
    streams.restart_signals(1 << 32);
    streams.barrier();
    streams.copy(A, C, LARGE);
    run_on(&mut streams, &program, 1, Some(&[read(C, LARGE)]));
    let chunk = finish(&mut streams);
    assert_eq!(sdma(&chunk), ["copy", "signal 1"]);
    // Low words count from zero again: a wait for the old value would never end.
    let names = compute(&chunk);
    assert!(names.contains(&"wait 0".into()), "{names:?}");
}
