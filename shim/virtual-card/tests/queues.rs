//! Queues over the card's bus: SDMA and PM4 packets, faults, stale translations, a kernel.

mod client;

use std::time::{Duration, Instant};

use amd_hw::die::Die;
use amd_hw::pm4::{
    self, CopySource, Destination, DmaSource, Function, Packet, ReleaseData, WaitTarget,
};
use amd_hw::pte::{Entry, Leaf};
use amd_hw::registers::Register;
use amd_hw::sdma;
use client::{config, read_only, signal, Client};
use egpu_link::Cable;
use virtual_card::{Config, Fault};

const SOON: Duration = Duration::from_millis(200);

fn poll(buffer: &client::Buffer, offset: u64, reference: u32) -> sdma::Packet<'static> {
    sdma::Packet::PollRegMem {
        target: sdma::PollTarget::Memory(buffer.va + offset),
        function: Function::GreaterEqual,
        reference,
        mask: u32::MAX,
        interval: 4,
        retries: 0xfff,
    }
}

#[test]
fn sdma_copies_between_host_and_vram() {
    for die in [Die::Navi31, Die::Navi48] {
        let (card, mut client) = Client::new(Config {
            segments: 5,
            ..config(die)
        });
        let (host, vram) = (client.host(1 << 20), client.vram(2 << 20));
        let mut queue = client.sdma(0x4000);
        let data: Vec<u8> = (0..0x4_2001u32).map(|i| (i * 7) as u8).collect();
        client.put(&host, 3, &data);
        let fence = |data| sdma::Packet::Fence {
            address: host.va + 0x9_0000,
            data,
            mtype: 3,
        };
        client.copy_engine(
            &mut queue,
            &[
                sdma::Packet::CopyLinear {
                    source: host.va + 3,
                    destination: vram.va + 5,
                    bytes: data.len() as u32,
                },
                fence(1),
            ],
        );
        client.wait_word(&host, 0x9_0000, 1);
        assert_eq!(client.get(&vram, 5, data.len()), data);
        // Fill, write, timestamp, then back, through an indirect buffer.
        let mut words = Vec::new();
        for packet in [
            sdma::Packet::ConstFill {
                address: vram.va + 0x100,
                data: 0x0403_0201,
                bytes: 16,
                width: 2,
            },
            sdma::Packet::Write {
                address: vram.va + 0x200,
                data: &[1, 2, 3],
            },
            sdma::Packet::Timestamp {
                address: vram.va + 0x300,
            },
            sdma::Packet::CopyLinear {
                source: vram.va,
                destination: host.va + 0x8_0000,
                bytes: 0x400,
            },
            sdma::Packet::Trap { context: 9 },
        ] {
            packet.emit(&mut words);
        }
        client.put_words(&host, 0x7_0000, &words);
        client.copy_engine(
            &mut queue,
            &[
                sdma::Packet::Indirect {
                    address: host.va + 0x7_0000,
                    dwords: words.len() as u32,
                    vmid: 0,
                    csa: 0,
                },
                fence(2),
            ],
        );
        client.wait_word(&host, 0x9_0000, 2);
        let back = client.get(&host, 0x8_0000, 0x400);
        assert_eq!(
            back[0x100..0x110],
            [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]
        );
        assert_eq!(client.get32(&host, 0x8_0208), 3);
        assert_ne!(client.get64(&host, 0x8_0300), 0);
        assert_eq!(client.get64(&queue.pointers, 0x80), queue.wptr);
        assert!(
            card.findings().iter().any(|f| f.what.contains("8-dword")),
            "{:?}",
            card.findings()
        );
    }
}

#[test]
fn copies_across_the_cable_take_their_time() {
    let cable = Cable {
        round_trip: Duration::ZERO,
        post: Duration::ZERO,
        bytes_per_second: 10e6,
    };
    let (_card, mut client) = Client::new(Config {
        cable: Some(cable),
        ..config(Die::Navi31)
    });
    let (host, vram) = (client.host(1 << 20), client.vram(2 << 20));
    let mut queue = client.sdma(0x4000);
    let mut copy = |source, destination, number| {
        let start = Instant::now();
        let bytes = 500_000;
        client.copy_engine(
            &mut queue,
            &[
                sdma::Packet::CopyLinear {
                    source,
                    destination,
                    bytes,
                },
                sdma::Packet::Fence {
                    address: host.va + 0x9_0000,
                    data: number,
                    mtype: 3,
                },
            ],
        );
        client.wait_word(&host, 0x9_0000, number);
        start.elapsed()
    };
    let lower = Duration::from_millis(50);
    assert!(copy(host.va, vram.va, 1) >= lower);
    assert!(copy(vram.va, host.va, 2) >= lower);
    // Within the card's own memory nothing crosses it; a loaded machine may take long all the same.
    let fastest = (3..8).map(|n| copy(vram.va, vram.va + (1 << 20), n)).min();
    assert!(fastest.unwrap() < lower);
}

#[test]
fn sdma_rings_wrap_and_polls_block() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.sdma(4096);
    for round in 1..=200u32 {
        client.copy_engine(
            &mut queue,
            &[
                poll(&host, 0, round),
                sdma::Packet::Write {
                    address: host.va + 8,
                    data: &[round],
                },
                sdma::Packet::Fence {
                    address: host.va + 4,
                    data: round,
                    mtype: 3,
                },
            ],
        );
        if round == 1 {
            assert!(!client.reaches(&host, 4, 1, SOON), "the poll did not block");
        }
        // Nothing tells the card: it must look again by itself.
        client.put_words(&host, 0, &[round]);
        client.wait_word(&host, 4, round);
        assert_eq!(client.get32(&host, 8), round);
    }
    assert!(queue.wptr > 2 * 4096);
    assert_eq!(card.counts().lost_doorbells, 0);
}

#[test]
fn pm4_moves_data() {
    for die in [Die::Navi31, Die::Navi44] {
        let (card, mut client) = Client::new(config(die));
        let (host, vram) = (client.host(0x8000), client.vram(2 << 20));
        let mut queue = client.compute(4096);
        client.put_words(&host, 0x100, &[11, 22, 33, 44]);
        let mut nested = Vec::new();
        Packet::WriteData {
            destination: Destination::Memory(vram.va + 0x40),
            same_address: false,
            confirm: true,
            data: &[5, 6, 7],
        }
        .emit(&mut nested);
        client.put_words(&host, 0x1000, &nested);
        let scratch = client.map.address(Register::SCRATCH_REG6).unwrap();
        let memory = |offset| Destination::Memory(vram.va + offset);
        client.submit(
            &mut queue,
            &[
                Packet::Nop(&[1, 2, 3]),
                Packet::Nop(&[]),
                Packet::DmaData {
                    source: DmaSource::Memory(host.va + 0x100),
                    destination: vram.va,
                    bytes: 16,
                    sync: true,
                    flags: 0,
                },
                Packet::DmaData {
                    source: DmaSource::Fill(0xabcd),
                    destination: vram.va + 16,
                    bytes: 8,
                    sync: true,
                    flags: 0,
                },
                Packet::CopyData {
                    source: CopySource::Memory(vram.va + 8),
                    destination: memory(0x80),
                    wide: true,
                    confirm: true,
                },
                Packet::CopyData {
                    source: CopySource::Immediate(77),
                    destination: Destination::Register(scratch),
                    wide: false,
                    confirm: true,
                },
                Packet::CopyData {
                    source: CopySource::Register(scratch),
                    destination: memory(0x90),
                    wide: false,
                    confirm: true,
                },
                Packet::CopyData {
                    source: CopySource::GpuClock,
                    destination: memory(0x98),
                    wide: true,
                    confirm: true,
                },
                Packet::SetUconfigReg {
                    offset: scratch - pm4::UCONFIG_REG_BASE,
                    values: &[78],
                },
                Packet::IndirectBuffer {
                    address: host.va + 0x1000,
                    dwords: nested.len() as u32,
                    chain: false,
                    flags: 1 << 23,
                },
                Packet::WaitRegMem {
                    target: WaitTarget::WriteThenWait {
                        request: 0xe26,
                        done: 0xe27,
                    },
                    function: Function::Equal,
                    reference: u32::MAX,
                    mask: u32::MAX,
                    interval: 4,
                },
                signal(&host, 0, 1),
            ],
        );
        client.wait_word(&host, 0, 1);
        assert_eq!(
            [0, 4, 8, 12, 16, 20].map(|at| client.get32(&vram, at)),
            [11, 22, 33, 44, 0xabcd, 0xabcd]
        );
        assert_eq!(client.get64(&vram, 0x80), 33 | 44 << 32);
        assert_eq!(client.get32(&vram, 0x90), 77);
        assert_ne!(client.get64(&vram, 0x98), 0);
        assert_eq!(
            [0x40, 0x44, 0x48].map(|at| client.get32(&vram, at)),
            [5, 6, 7]
        );
        assert_eq!(client.read(Register::SCRATCH_REG6), 78);
        assert_eq!(client.get32(&queue.pointers, 0x80), queue.wptr as u32);
        assert_eq!(card.findings(), []);
        assert_eq!(card.counts().interrupts, 1);
    }
}

#[test]
fn compute_rings_wrap_and_waits_block() {
    let (_card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.compute(4096);
    let ring_dwords = 1024;
    // The ring's own memory is larger than the ring: wrap by hand.
    for round in 1..=150u32 {
        let mut words = Vec::new();
        Packet::WaitRegMem {
            target: WaitTarget::Memory(host.va),
            function: Function::Equal,
            reference: round,
            mask: 0xffff,
            interval: 4,
        }
        .emit(&mut words);
        signal(&host, 4, round).emit(&mut words);
        for word in words {
            client.put_words(&queue.ring, 4 * (queue.wptr % ring_dwords), &[word]);
            queue.wptr += 1;
        }
        client.ring(0x18, queue.wptr);
        if round == 1 {
            assert!(!client.reaches(&host, 4, 1, SOON), "the wait did not block");
        }
        client.put_words(&host, 0, &[round]);
        client.wait_word(&host, 4, round);
    }
    assert!(queue.wptr > 2 * ring_dwords);
}

/// A doorbell may come as two words, the lower first.
#[test]
fn doorbells_in_halves() {
    let (_card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.compute(4096);
    let mut words = Vec::new();
    signal(&host, 0, 5).emit(&mut words);
    client.put_words(&queue.ring, 0, &words);
    queue.wptr = words.len() as u64;
    client.link.write32(2, 0x18, queue.wptr as u32).unwrap();
    client.link.write32(2, 0x1c, 0).unwrap();
    client.wait_word(&host, 0, 5);
}

#[test]
fn translations_stay_stale_until_flushed() {
    let (card, mut client) = Client::new(config(Die::Navi48));
    let host = client.host(0x4000);
    let (old, new) = (client.vram(2 << 20), client.vram(2 << 20));
    client.put_words(&old, 0, &[1]);
    client.put_words(&new, 0, &[2]);
    let client::Place::Vram(target) = new.place else {
        unreachable!()
    };
    let mut queue = client.sdma(4096);
    let mut copied = 0;
    let mut copy = |client: &Client| {
        copied += 1;
        client.copy_engine(
            &mut queue,
            &[
                sdma::Packet::CopyLinear {
                    source: old.va,
                    destination: host.va + 8,
                    bytes: 4,
                },
                sdma::Packet::Fence {
                    address: host.va,
                    data: copied,
                    mtype: 3,
                },
            ],
        );
        client.wait_word(&host, 0, copied);
        client.get32(&host, 8)
    };
    assert_eq!(copy(&client), 1);
    client.flush = false;
    client.map_entry(old.va, 1, Entry::Leaf(Leaf::vram(target)));
    assert_eq!(copy(&client), 1, "the translation was not cached");
    client.flush_tlb();
    assert_eq!(copy(&client), 2);
    // An invalidation that spares the first level does not do.
    client.map_entry(old.va, 1, Entry::Leaf(Leaf::vram(target + 4096)));
    client.write(Register::GCVM_INVALIDATE_ENG17_REQ, 0x78_0001);
    assert_eq!(copy(&client), 2);
    assert!(card.findings().iter().any(|f| f.block == "gmc"));
    assert!(card.counts().tlb_fills > 0);
}

#[test]
fn host_writes_wait_for_the_host_data_path() {
    let (_card, mut client) = Client::new(Config {
        strict: true,
        ..config(Die::Navi31)
    });
    let (host, vram) = (client.host(0x4000), client.vram(2 << 20));
    let mut queue = client.sdma(4096);
    client.flush = false;
    client.put_words(&vram, 0, &[7]);
    let copy = |done| {
        [
            sdma::Packet::CopyLinear {
                source: vram.va,
                destination: host.va + 8,
                bytes: 4,
            },
            sdma::Packet::Fence {
                address: host.va,
                data: done,
                mtype: 3,
            },
        ]
    };
    client.copy_engine(&mut queue, &copy(1));
    client.wait_word(&host, 0, 1);
    assert_ne!(client.get32(&host, 8), 7);
    client.flush_hdp();
    client.copy_engine(&mut queue, &copy(2));
    client.wait_word(&host, 0, 2);
    assert_eq!(client.get32(&host, 8), 7);
}

#[test]
fn page_faults_are_recorded_once_and_cleared() {
    for die in [Die::Navi33, Die::Navi44] {
        let (card, mut client) = Client::new(config(die));
        let host = client.host(0x4000);
        let mut queue = client.compute(4096);
        let nowhere = client::VA_BASE + 0x77_0000_2000;
        client.submit(
            &mut queue,
            &[
                Packet::WriteData {
                    destination: Destination::Memory(nowhere),
                    same_address: false,
                    confirm: true,
                    data: &[1],
                },
                signal(&host, 0, 1),
            ],
        );
        assert!(
            !client.reaches(&host, 0, 1, SOON),
            "the queue went on after a fault"
        );
        let status = client.read(Register::GCVM_L2_PROTECTION_FAULT_STATUS);
        assert_eq!(status >> 18 & 1, 1, "a write");
        assert_ne!(status & 0xf0, 0, "permission faults");
        let page = u64::from(client.read(Register::GCVM_L2_PROTECTION_FAULT_ADDR_LO32))
            | u64::from(client.read(Register::GCVM_L2_PROTECTION_FAULT_ADDR_HI32)) << 32;
        assert_eq!(page << 12, nowhere);
        assert_eq!(card.counts().page_faults, 1);
        assert_eq!(client.read(Register::IH_RB_WPTR), 32, "an interrupt entry");
        client.write(Register::GCVM_L2_PROTECTION_FAULT_CNTL, 1);
        assert_eq!(client.read(Register::GCVM_L2_PROTECTION_FAULT_STATUS), 0);
        // The queue is stuck but can be dequeued and started again.
        client.write(Register::CP_HQD_DEQUEUE_REQUEST, 2);
        client.wait(Register::CP_HQD_ACTIVE, 0);
        let mut queue = client.compute(4096);
        client.submit(&mut queue, &[signal(&host, 0, 2)]);
        client.wait_word(&host, 0, 2);
    }
}

#[test]
fn permissions_hold() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let at = client.take_vram(4096);
    let va = client.take_va(4096);
    client.map_entry(va, 0, Entry::Leaf(read_only(at)));
    let mut queue = client.sdma(4096);
    client.copy_engine(
        &mut queue,
        &[
            sdma::Packet::CopyLinear {
                source: va,
                destination: host.va + 8,
                bytes: 4,
            },
            sdma::Packet::Fence {
                address: host.va,
                data: 1,
                mtype: 3,
            },
        ],
    );
    client.wait_word(&host, 0, 1);
    client.copy_engine(
        &mut queue,
        &[sdma::Packet::Write {
            address: va,
            data: &[1],
        }],
    );
    client.copy_engine(
        &mut queue,
        &[sdma::Packet::Fence {
            address: host.va,
            data: 2,
            mtype: 3,
        }],
    );
    assert!(!client.reaches(&host, 0, 2, SOON));
    assert_eq!(card.counts().page_faults, 1);
}

#[test]
fn bus_addresses_that_nobody_granted_read_as_ones() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let va = client.take_va(4096);
    client.map_entry(va, 0, Entry::Leaf(Leaf::system(0x77_0000_0000)));
    let mut queue = client.sdma(4096);
    client.copy_engine(
        &mut queue,
        &[
            sdma::Packet::Write {
                address: va,
                data: &[1],
            },
            sdma::Packet::CopyLinear {
                source: va,
                destination: host.va + 8,
                bytes: 4,
            },
            sdma::Packet::Fence {
                address: host.va,
                data: 1,
                mtype: 3,
            },
        ],
    );
    client.wait_word(&host, 0, 1);
    assert_eq!(client.get32(&host, 8), u32::MAX);
    assert!(card.counts().dma_faults >= 2);
    assert!(card.findings().iter().any(|f| f.block == "dma"));
}

#[test]
fn dma_needs_bus_mastering() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.compute(4096);
    client.link.config_write(4, 2, 2).unwrap();
    client.flush_tlb();
    client.submit(&mut queue, &[signal(&host, 0, 1)]);
    assert!(!client.reaches(&host, 0, 1, SOON));
    assert!(card.findings().iter().any(|f| f.block == "pci"));
}

#[test]
fn bad_packets_hang_the_queue_and_say_so() {
    for words in [
        vec![0xc000_9300, 0],
        vec![0x0000_1234],
        vec![0xc3ff_1500, 0, 0],
        vec![0xc002_3f00, 0, 0, 0x0100_0004],
        vec![0xc001_7600, 0xffff, 0],
    ] {
        let (card, mut client) = Client::new(config(Die::Navi31));
        let host = client.host(0x4000);
        let mut queue = client.compute(4096);
        client.submit_words(&mut queue, &words);
        client.submit(&mut queue, &[signal(&host, 0, 1)]);
        assert!(!client.reaches(&host, 0, 1, SOON / 2), "{words:x?}");
        let counts = card.counts();
        assert!(
            counts.page_faults > 0 || !card.findings().is_empty(),
            "{words:x?}"
        );
    }
    let (card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.sdma(4096);
    client.put_words(&queue.ring, 0, &[0x77]);
    queue.wptr = 4;
    client.copy_engine(
        &mut queue,
        &[sdma::Packet::Fence {
            address: host.va,
            data: 1,
            mtype: 3,
        }],
    );
    assert!(!client.reaches(&host, 0, 1, SOON));
    assert!(card.findings().iter().any(|f| f.block == "sdma"));
}

#[test]
fn injected_faults_strike_once() {
    for fault in [Fault::Hang, Fault::PageFault, Fault::IllegalInstruction] {
        let (card, mut client) = Client::new(Config {
            faults: vec![fault],
            ..config(Die::Navi31)
        });
        let host = client.host(0x4000);
        let mut queue = client.compute(4096);
        let launch = Packet::DispatchDirect {
            groups: [1, 1, 1],
            initiator: 0x8005,
        };
        client.submit(&mut queue, &[launch, signal(&host, 0, 1)]);
        assert!(!client.reaches(&host, 0, 1, SOON / 2), "{fault}");
        let counts = card.counts();
        assert_eq!(counts.page_faults, u64::from(fault == Fault::PageFault));
        assert_eq!(counts.failed_dispatches, u64::from(fault != Fault::Hang));
        client.write(Register::CP_HQD_DEQUEUE_REQUEST, 2);
        client.wait(Register::CP_HQD_ACTIVE, 0);
        let mut queue = client.compute(4096);
        client.submit(&mut queue, &[signal(&host, 0, 2)]);
        client.wait_word(&host, 0, 2);
    }
    let (_card, client) = Client::new(Config {
        faults: vec![Fault::AllOnes],
        ..config(Die::Navi31)
    });
    client.ring(0x18, 1);
    assert_eq!(client.read(Register::SCRATCH_REG7), u32::MAX);
    assert_eq!(client.link.config_read(0, 2), Ok(0xffff));
}

#[test]
fn dropping_a_busy_card_ends_it() {
    let start = std::time::Instant::now();
    let (card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.compute(4096);
    let mut engine = client.sdma(4096);
    client.copy_engine(&mut engine, &[poll(&host, 0, 1)]);
    client.submit(
        &mut queue,
        &[Packet::WaitRegMem {
            target: WaitTarget::Memory(host.va),
            function: Function::Equal,
            reference: 1,
            mask: u32::MAX,
            interval: 4,
        }],
    );
    std::thread::sleep(Duration::from_millis(20));
    drop((card, client, host, queue, engine));
    assert!(start.elapsed() < Duration::from_secs(5));
}

/// Data kinds of RELEASE_MEM.
#[test]
fn release_writes_what_it_says() {
    let (_card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.compute(4096);
    let release = |offset, data| match signal(&host, offset, 0) {
        Packet::ReleaseMem {
            event,
            index,
            caches,
            address,
            other,
            ..
        } => Packet::ReleaseMem {
            event,
            index,
            caches,
            data,
            address,
            interrupt: 0,
            other,
        },
        _ => unreachable!(),
    };
    client.submit(
        &mut queue,
        &[
            release(8, ReleaseData::U64(0x1_0000_0002)),
            release(16, ReleaseData::GpuClock),
            release(24, ReleaseData::None),
            release(32, ReleaseData::GpuClock),
            signal(&host, 0, 1),
        ],
    );
    client.wait_word(&host, 0, 1);
    assert_eq!(client.get64(&host, 8), 0x1_0000_0002);
    assert_eq!(client.get64(&host, 24), 0);
    let (first, second) = (client.get64(&host, 16), client.get64(&host, 32));
    assert!(first > 0 && second >= first);
}

/// Random words, most of them shaped like packets, on both queues: whatever they do, the queues can
/// be taken down and started again.
#[test]
fn random_packets() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let (_card, mut client) = Client::new(Config {
        vram: 1 << 30,
        bar0: 1 << 30,
        ..config(Die::Navi31)
    });
    let (host, vram) = (client.host(0x8000), client.vram(2 << 20));
    let known = [
        pm4::op::NOP,
        pm4::op::DISPATCH_DIRECT,
        pm4::op::DISPATCH_INDIRECT,
        pm4::op::WRITE_DATA,
        pm4::op::WAIT_REG_MEM,
        pm4::op::INDIRECT_BUFFER,
        pm4::op::COPY_DATA,
        pm4::op::EVENT_WRITE,
        pm4::op::RELEASE_MEM,
        pm4::op::DMA_DATA,
        pm4::op::ACQUIRE_MEM,
        pm4::op::SET_SH_REG,
    ];
    for _ in 0..60 {
        let mut word = || match random(6) {
            0 => random(1 << 32) as u32,
            1 => host.va as u32 + (random(0x800) * 4) as u32,
            2 => (host.va >> 32) as u32,
            3 => vram.va as u32 + (random(0x800) * 4) as u32,
            4 => 1 << random(32),
            _ => random(16) as u32,
        };
        let mut packets: Vec<u32> = Vec::new();
        let mut copies: Vec<u32> = Vec::new();
        for _ in 0..20 {
            let op = known[(word() % known.len() as u32) as usize];
            let dwords = 1 + word() as usize % 8;
            packets.push(pm4::header(op, dwords));
            packets.extend((0..dwords).map(|_| word()));
            copies.push(word() % 18);
            copies.extend((0..word() % 7).map(|_| word()));
        }
        let mut queue = client.compute(4096);
        let mut engine = client.sdma(4096);
        client.submit_words(&mut queue, &packets);
        client.put_words(&engine.ring, 0, &copies);
        engine.wptr = 4 * copies.len() as u64;
        client.ring(0x800, engine.wptr);
        std::thread::sleep(Duration::from_millis(2));
        client.write(Register::GRBM_GFX_CNTL, 4);
        client.write(Register::CP_HQD_DEQUEUE_REQUEST, 2);
        client.write(Register::SDMA0_QUEUE0_RB_CNTL, 0);
        client.wait(Register::CP_HQD_ACTIVE, 0);
        // Packets may have written any register: set the hub up again.
        client.write(Register::GCVM_L2_PROTECTION_FAULT_CNTL, 1);
        client.hub();
    }
}
