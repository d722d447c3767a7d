//! L2 in strict mode: who sees a store before it is written back, and who reads what is old.

mod client;

use amd_hw::die::{Die, Generation};
use amd_hw::pm4::{CacheControl, DmaSource, Packet, ReleaseData};
use amd_hw::pte::Mtype;
use amd_hw::sdma;
use client::kernel::{acquire, dispatch, kernel};
use client::{config, signal, Buffer, Client, Compute, Place};
use virtual_card::{Config, VirtualCard};

const WORDS: u64 = 128;

/// A strict card with the kernel of `client::kernel` in VRAM.
struct Bench {
    card: std::sync::Arc<VirtualCard>,
    client: Client,
    queue: Compute,
    host: Buffer,
    code: Buffer,
    signals: u32,
}

impl Bench {
    fn new(die: Die) -> Bench {
        let (card, mut client) = Client::new(Config {
            strict: true,
            ..config(die)
        });
        let (host, code) = (client.host(0x1_0000), client.vram(4096));
        client.put_words(&code, 0, kernel(die));
        let pad = [0xbf9f_0000; 64];
        client.put_words(&code, 4 * kernel(die).len() as u64, &pad);
        let queue = client.compute(0x4000);
        Bench {
            card,
            client,
            queue,
            host,
            code,
            signals: 0,
        }
    }

    /// Writes back and invalidates nothing; `caches` may add to that.
    fn released(&mut self, caches: CacheControl) -> Packet<'static> {
        self.signals += 1;
        match signal(&self.host, 0, self.signals) {
            Packet::ReleaseMem {
                event,
                index,
                data,
                address,
                interrupt,
                other,
                ..
            } => Packet::ReleaseMem {
                event,
                index,
                caches,
                data,
                address,
                interrupt,
                other,
            },
            _ => unreachable!(),
        }
    }

    /// Runs packets to their end, between no cache operations but `caches` at the end.
    fn run(&mut self, packets: &[Packet<'_>], caches: CacheControl) {
        let done = self.released(caches);
        let packets: Vec<Packet<'_>> = packets.iter().copied().chain([done]).collect();
        self.client.submit(&mut self.queue, &packets);
        self.client.wait_word(&self.host, 0, self.signals);
    }

    /// Runs the kernel: `out[i] = i + 7`.
    fn kernel(&mut self, out: &Buffer, before: CacheControl, after: CacheControl) {
        self.client.put(&self.host, 0x100, &out.va.to_le_bytes());
        let arguments = Buffer {
            va: self.host.va + 0x100,
            size: 8,
            place: Place::Vram(0),
        };
        let launch = Packet::DispatchDirect {
            groups: [WORDS as u32 / 32, 1, 1],
            initiator: 0x8005,
        };
        let done = self.released(after);
        dispatch(
            &self.client,
            &mut self.queue,
            acquire(before),
            &self.code,
            &arguments,
            launch,
            done,
        );
        self.client.wait_word(&self.host, 0, self.signals);
    }

    /// Words of the kernel's result that a buffer lacks, as the host sees it.
    fn missing(&self, out: &Buffer) -> usize {
        let wrong = |i: &u64| self.client.get32(out, 4 * i) != *i as u32 + 7;
        (0..WORDS).filter(wrong).count()
    }
}

const NOTHING: CacheControl = CacheControl {
    gli_inv: false,
    glm_wb: false,
    glm_inv: false,
    glk_wb: false,
    glk_inv: false,
    glv_inv: false,
    gl1_inv: false,
    gl2_inv: false,
    gl2_wb: false,
    seq: 0,
};
const WRITE_BACK: CacheControl = CacheControl {
    gl2_wb: true,
    ..NOTHING
};

#[test]
fn cached_stores_reach_the_host_with_a_write_back() {
    for die in [Die::Navi31, Die::Navi48] {
        for place in [None, Some(Mtype::Rw), Some(Mtype::Nc), Some(Mtype::Cc)] {
            let mut bench = Bench::new(die);
            let out = match place {
                None => bench.client.vram(4096),
                Some(mtype) => bench.client.host_of_type(0x4000, mtype),
            };
            bench.kernel(&out, CacheControl::ALL, NOTHING);
            assert!(bench.missing(&out) > 0, "{die:?} {place:?}");
            bench.run(&[], WRITE_BACK);
            assert_eq!(bench.missing(&out), 0, "{die:?} {place:?}");
            let counts = bench.card.counts();
            assert_eq!((counts.l2_write_backs, counts.l2_lines_lost), (2, 0));
            assert_eq!(bench.card.findings(), []);
        }
    }
}

#[test]
fn uncached_stores_reach_the_host_at_once() {
    for die in [Die::Navi31, Die::Navi48] {
        let mut bench = Bench::new(die);
        let out = bench.client.host(0x4000);
        bench.kernel(&out, CacheControl::ALL, NOTHING);
        assert_eq!(bench.missing(&out), 0);
    }
}

#[test]
fn sdma_reads_behind_l2_and_leaves_its_lines_stale() {
    let mut bench = Bench::new(Die::Navi31);
    let out = bench.client.vram(4096);
    let mut engine = bench.client.sdma(4096);
    let mut copy = |bench: &Bench, source, destination, number| {
        bench.client.copy_engine(
            &mut engine,
            &[
                sdma::Packet::CopyLinear {
                    source,
                    destination,
                    bytes: 4 * WORDS as u32,
                },
                sdma::Packet::Fence {
                    address: bench.host.va + 0x80,
                    data: number,
                    mtype: 3,
                },
            ],
        );
        bench.client.wait_word(&bench.host, 0x80, number);
    };
    let back = Buffer {
        va: bench.host.va + 0x1000,
        size: 0x1000,
        place: Place::Vram(0),
    };
    let copied = |bench: &Bench| {
        (0..WORDS).all(|i| bench.client.get32(&bench.host, 0x1000 + 4 * i) == i as u32 + 7)
    };
    bench.kernel(&out, CacheControl::ALL, NOTHING);
    copy(&bench, out.va, back.va, 1);
    assert!(!copied(&bench), "SDMA saw what was not written back");
    bench.run(&[], WRITE_BACK);
    copy(&bench, out.va, back.va, 2);
    assert!(copied(&bench));
    // Now it overwrites what L2 holds: the command processor reads the old words until L2 is
    // invalidated.
    bench
        .client
        .put(&bench.host, 0x1000, &[0x55; 4 * WORDS as usize]);
    copy(&bench, back.va, out.va, 3);
    let fetch = [Packet::DmaData {
        source: DmaSource::Memory(out.va),
        destination: back.va + 0x800,
        bytes: 4 * WORDS as u32,
        sync: true,
        flags: 0,
    }];
    let fetched = |bench: &Bench| bench.client.get(&bench.host, 0x1800, 4 * WORDS as usize);
    bench.run(&fetch, NOTHING);
    assert!(fetched(&bench).chunks(4).any(|word| word != [0x55; 4]));
    bench.run(
        &[
            acquire(CacheControl {
                gl2_inv: true,
                ..WRITE_BACK
            }),
            fetch[0],
        ],
        NOTHING,
    );
    assert_eq!(fetched(&bench), [0x55; 4 * WORDS as usize]);
}

/// Mesa's `cp_sdma_ge_use_system_memory_scope`.
#[test]
fn the_command_processor_is_behind_l2_on_gfx12_only() {
    for die in Die::ALL {
        let mut bench = Bench::new(die);
        let out = bench.client.vram(4096);
        bench.kernel(&out, CacheControl::ALL, NOTHING);
        let copy = Packet::DmaData {
            source: DmaSource::Memory(out.va),
            destination: bench.host.va + 0x1000,
            bytes: 4 * WORDS as u32,
            sync: true,
            flags: 0,
        };
        bench.run(&[copy], NOTHING);
        let copied = |bench: &Bench| {
            (0..WORDS).all(|i| bench.client.get32(&bench.host, 0x1000 + 4 * i) == i as u32 + 7)
        };
        let coherent = die.generation() == Generation::Gfx11;
        assert_eq!(copied(&bench), coherent, "{die:?}");
        bench.run(&[acquire(WRITE_BACK), copy], NOTHING);
        assert!(copied(&bench), "{die:?}");
    }
}

#[test]
fn an_invalidation_without_write_back_loses_stores_and_is_reported() {
    let mut bench = Bench::new(Die::Navi31);
    let out = bench.client.vram(4096);
    bench.kernel(&out, CacheControl::ALL, NOTHING);
    bench.run(
        &[],
        CacheControl {
            gl2_inv: true,
            ..NOTHING
        },
    );
    bench.run(&[], WRITE_BACK);
    assert!(bench.missing(&out) > 0);
    assert!(bench.card.counts().l2_lines_lost > 0);
    let findings = bench.card.findings();
    assert!(findings.iter().any(|f| f.block == "l2"), "{findings:?}");
}

/// Code that was replaced runs when the instruction cache was invalidated.
#[test]
fn instruction_caches_stay_stale() {
    let mut bench = Bench::new(Die::Navi31);
    let out = bench.client.host(0x4000);
    bench.kernel(&out, CacheControl::ALL, NOTHING);
    assert_eq!(bench.missing(&out), 0);
    // v_add_nc_u32 v1, 9, v1 in the place of 7.
    let mut code = kernel(Die::Navi31).to_vec();
    assert_eq!(code[6], 0x4a02_0287);
    code[6] = 0x4a02_0289;
    bench.client.put_words(&bench.code, 0, &code);
    let data_only = CacheControl {
        gli_inv: false,
        ..CacheControl::ALL
    };
    bench.kernel(&out, data_only, NOTHING);
    assert_eq!(bench.missing(&out), 0, "the old code");
    bench.kernel(&out, CacheControl::ALL, NOTHING);
    assert_eq!(bench.client.get32(&out, 0), 9);
}

/// Host memory that goes away while L2 holds dirty lines of it.
#[test]
fn memory_may_go_while_lines_are_dirty() {
    let mut bench = Bench::new(Die::Navi31);
    for _ in 0..8 {
        let out = bench.client.host_of_type(0x4000, Mtype::Nc);
        bench.kernel(&out, CacheControl::ALL, NOTHING);
        drop(out);
        bench.client.flush_tlb();
        bench.run(&[], WRITE_BACK);
    }
    let out = bench.client.host_of_type(0x4000, Mtype::Nc);
    bench.kernel(&out, CacheControl::ALL, WRITE_BACK);
    assert_eq!(bench.missing(&out), 0);
}

#[test]
fn packets_of_the_command_processor_go_through_l2() {
    let mut bench = Bench::new(Die::Navi31);
    let out = bench.client.vram(4096);
    bench.client.put_words(&out, 0, &[0; 16]);
    bench.run(
        &[
            Packet::DmaData {
                source: DmaSource::Fill(0x0102_0304),
                destination: out.va + 1,
                bytes: 9,
                sync: true,
                flags: 0,
            },
            Packet::ReleaseMem {
                event: amd_hw::pm4::event::CACHE_FLUSH_AND_INV_TS,
                index: 5,
                caches: NOTHING,
                data: ReleaseData::U32(5),
                address: out.va + 16,
                interrupt: 0,
                other: [0; 3],
            },
        ],
        NOTHING,
    );
    assert_eq!(bench.client.get(&out, 0, 20), [0; 20]);
    bench.run(&[], WRITE_BACK);
    let want = [0, 4, 3, 2, 1, 4, 3, 2, 1, 4, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0];
    assert_eq!(bench.client.get(&out, 0, 20), want);
}
