//! Deliberately broken machine code: strict mode must see each kind.
//!
//! Clang's kernels with an instruction taken out (replaced by `s_nop`), and short sequences made for
//! the rules that no kernel at hand exercises.

use rdna_isa::{Arch, Gen, Inst, Mods, Op, Operand, Packet};
use std::sync::atomic::AtomicBool;
use virtual_card::shader::{CacheOps, Config, Dispatch, Engine, Strict, ViolationKind, WaveError};

use crate::harness::*;

const SEEDS: u64 = 40;
const NOP: u32 = 0xbf80_0000;

fn strict(seed: u64) -> Config {
    Config {
        strict: Some(Strict { seed }),
        step_limit: Some(200_000),
        ..Config::default()
    }
}

/// Replaces the instructions that `which` names; their number must not be zero.
fn remove(gen: Gen, words: &mut [u32], which: impl Fn(usize, &Inst) -> bool) {
    let (mut at, mut n, mut seen) = (0, 0, 0);
    while at < words.len() {
        let Ok((packet, len)) = rdna_isa::decode(&words[at..], gen) else {
            at += 1;
            continue;
        };
        if let Packet::One(inst) = &packet {
            if which(seen, inst) {
                words[at..at + len].fill(NOP);
                n += 1;
            }
            seen += 1;
        }
        at += len;
    }
    assert!(n > 0, "nothing to remove");
}

/// The kind of violation that each seed ends with; `None` where the run succeeds.
fn kinds(setup: impl Fn(&mut Flat) -> Dispatch) -> Vec<Option<ViolationKind>> {
    (0..4)
        .map(|seed| {
            let mut mem = Flat::new();
            let d = setup(&mut mem);
            match run(&strict(seed), &mem, &d) {
                Ok(_) => None,
                Err(WaveError::Violation(v)) => Some(v.kind),
                Err(e) => panic!("{e}"),
            }
        })
        .collect()
}

fn all(kind: ViolationKind, setup: impl Fn(&mut Flat) -> Dispatch) {
    let got = kinds(setup);
    assert!(got.iter().all(|k| *k == Some(kind)), "{got:?}");
}

fn saxpy(mem: &mut Flat, elf: &[u8], which: impl Fn(usize, &Inst) -> bool) -> Dispatch {
    let (x, y) = (mem.alloc(1024), mem.alloc(1024));
    let mut k = load_patched(mem, elf, "saxpy", |_| {});
    let gen = k.arch.gen();
    k = load_patched(mem, elf, "saxpy", |words| remove(gen, words, which));
    dispatch(
        mem,
        &k,
        Args::new().ptr(y).ptr(x).f32(2.0).u32(200),
        [4, 1, 1],
        [64, 1, 1],
    )
}

#[test]
fn wait_for_vector_loads_removed() {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("basic", cpu) else {
            continue;
        };
        all(ViolationKind::ReadBeforeWait, |mem| {
            let vector = std::cell::Cell::new(false);
            saxpy(mem, &elf, |_, inst| {
                // The wait behind the first vector load.
                if matches!(inst.op, Op::GLOBAL_LOAD_B32) {
                    vector.set(true);
                }
                vector.get() && matches!(inst.op, Op::S_WAITCNT | Op::S_WAIT_LOADCNT)
            })
        });
    }
}

#[test]
fn wait_for_scalar_loads_removed() {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("basic", cpu) else {
            continue;
        };
        all(ViolationKind::ReadBeforeWait, |mem| {
            let first = std::cell::Cell::new(true);
            saxpy(mem, &elf, |_, inst| {
                matches!(inst.op, Op::S_WAITCNT | Op::S_WAIT_KMCNT) && first.replace(false)
            })
        });
    }
}

#[test]
fn address_never_computed() {
    let Some(elf) = object("basic", "gfx1100") else {
        return;
    };
    // Without the carry the upper half of an address is undefined.
    let got = kinds(|mem| saxpy(mem, &elf, |_, inst| inst.op == Op::V_ADD_CO_CI_U32));
    assert!(
        got.iter().all(|k| *k == Some(ViolationKind::Uninitialized)),
        "{got:?}"
    );
}

fn reduce(mem: &mut Flat, elf: &[u8], which: impl Fn(usize, &Inst) -> bool) -> Dispatch {
    let (out, input) = (mem.alloc(8), mem.alloc(4096));
    let gen = load(mem, elf, "reduce").arch.gen();
    let k = load_patched(mem, elf, "reduce", |words| remove(gen, words, which));
    dispatch(
        mem,
        &k,
        Args::new().ptr(out).ptr(input).u32(1000),
        [2, 1, 1],
        [64, 1, 1],
    )
}

#[test]
fn barriers_removed() {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("basic", cpu) else {
            continue;
        };
        // What another wave was to write is raced for, or not written yet at all.
        let got = kinds(|mem| {
            reduce(mem, &elf, |_, inst| {
                matches!(
                    inst.op,
                    Op::S_BARRIER | Op::S_BARRIER_SIGNAL | Op::S_BARRIER_WAIT
                )
            })
        });
        let seen = |k: &Option<ViolationKind>| {
            matches!(
                k,
                Some(ViolationKind::LdsRace | ViolationKind::Uninitialized)
            )
        };
        assert!(got.iter().all(seen), "{got:?}");
    }
}

#[test]
fn wait_before_barrier_removed() {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("basic", cpu) else {
            continue;
        };
        all(ViolationKind::BarrierBeforeWait, |mem| {
            let stored = std::cell::Cell::new(false);
            reduce(mem, &elf, |_, inst| {
                if inst.op == Op::DS_STORE_B32 {
                    stored.set(true);
                }
                let wait = matches!(
                    inst.op,
                    Op::S_WAITCNT
                        | Op::S_WAIT_DSCNT
                        | Op::S_WAIT_LOADCNT_DSCNT
                        | Op::S_WAIT_STORECNT_DSCNT
                );
                wait && stored.replace(false)
            })
        });
    }
}

#[test]
fn transcendental_hazard_restored() {
    let Some(elf) = object("basic", "gfx1100") else {
        return;
    };
    all(ViolationKind::Hazard, |mem| {
        let (r, a, b) = (mem.alloc(8192), mem.alloc(1024), mem.alloc(1024));
        let k = load_patched(mem, &elf, "doubles", |words| {
            remove(Gen::Gfx11, words, |_, inst| inst.op == Op::S_WAITCNT_DEPCTR);
        });
        dispatch(
            mem,
            &k,
            Args::new().ptr(r).ptr(a).ptr(b).u32(100),
            [2, 1, 1],
            [64, 1, 1],
        )
    });
}

#[test]
fn scalar_read_hazard_restored() {
    let Some(elf) = object("basic", "gfx1201") else {
        return;
    };
    all(ViolationKind::Hazard, |mem| {
        let (m, old, wide, f) = (mem.alloc(32), mem.alloc(1024), mem.alloc(8), mem.alloc(8));
        let k = load_patched(mem, &elf, "atomics", |words| {
            remove(Gen::Gfx12, words, |_, inst| inst.op == Op::S_WAITCNT_DEPCTR);
        });
        dispatch(
            mem,
            &k,
            Args::new().ptr(m).ptr(old).ptr(wide).ptr(f),
            [4, 1, 1],
            [64, 1, 1],
        )
    });
}

/// Runs the message kernel under many seeds; the seeds that gave a wrong result or none.
fn message(elf: &[u8], which: Option<&dyn Fn(&Inst) -> bool>) -> Vec<u64> {
    (0..SEEDS)
        .filter(|&seed| {
            let mut mem = Flat::new();
            let (data, flag, out) = (mem.alloc(256), mem.alloc(8), mem.alloc(4 * 128 * 3));
            let gen = load(&mut mem, elf, "message").arch.gen();
            let k = load_patched(&mut mem, elf, "message", |words| {
                if let Some(which) = which {
                    remove(gen, words, |_, inst| which(inst));
                }
            });
            let args = Args::new().ptr(data).ptr(flag).ptr(out);
            let d = dispatch(&mut mem, &k, args, [4, 1, 1], [64, 1, 1]);
            match run(&strict(seed), &mem, &d) {
                Ok(_) => {
                    let got = mem.u32s(out);
                    (0..3 * 128).any(|i| i % 128 < 64 && got[i] != (i as u32 % 128) * 3 + 7)
                }
                // A flag that is never seen.
                Err(WaveError::StepLimit { .. }) => true,
                Err(e) => panic!("seed {seed}: {e}"),
            }
        })
        .collect()
}

#[test]
fn cache_invalidation_removed() {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("sync", cpu) else {
            continue;
        };
        assert_eq!(message(&elf, None), [0u64; 0], "{cpu}: the kernel as it is");
        let invalidates = |inst: &Inst| {
            matches!(
                inst.op,
                Op::BUFFER_GL0_INV | Op::BUFFER_GL1_INV | Op::GLOBAL_INV
            )
        };
        assert!(
            !message(&elf, Some(&invalidates)).is_empty(),
            "{cpu}: without invalidation"
        );
    }
}

#[test]
fn wait_for_stores_removed() {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("sync", cpu) else {
            continue;
        };
        let waits = |inst: &Inst| {
            matches!(
                inst.op,
                Op::S_WAITCNT_VSCNT | Op::S_WAIT_STORECNT | Op::S_WAIT_STORECNT_DSCNT
            )
        };
        assert!(!message(&elf, Some(&waits)).is_empty(), "{cpu}");
    }
}

#[test]
fn last_workgroup_sums() {
    for cpu in ["gfx1100", "gfx1201"] {
        let Some(elf) = object("sync", cpu) else {
            continue;
        };
        for seed in 0..SEEDS / 4 {
            let mut mem = Flat::new();
            let (parts, count, out) = (mem.alloc(4 * 64 * 12), mem.alloc(8), mem.alloc(256));
            let k = load(&mut mem, &elf, "last_sums");
            let args = Args::new().ptr(parts).ptr(count).ptr(out).u32(12);
            let d = dispatch(&mut mem, &k, args, [12, 1, 1], [64, 1, 1]);
            run(&strict(seed), &mem, &d).unwrap();
            let want: Vec<u32> = (0..64)
                .map(|l| (0..12).map(|g| g * 1000 + l).sum())
                .collect();
            assert_eq!(mem.u32s(out), want, "{cpu} seed {seed}");
        }
    }
}

/// The scalar cache keeps what it read in an earlier dispatch until it is told otherwise.
#[test]
fn scalar_cache_across_dispatches() {
    let Some(elf) = object("sync", "gfx1100") else {
        return;
    };
    let go = |ops: CacheOps, seed| {
        let engine = Engine::new(strict(seed));
        let mut mem = Flat::new();
        let (out, factor) = (mem.alloc(4096), mem.alloc_with(&bytes32(&[3, 0])));
        let k = load(&mut mem, &elf, "scaled");
        let d = dispatch(
            &mut mem,
            &k,
            Args::new().ptr(out).ptr(factor),
            [8, 1, 1],
            [64, 1, 1],
        );
        engine.run(&d, &mem, &AtomicBool::new(false)).unwrap();
        mem.write(factor.va, &5u32.to_le_bytes());
        engine.cache_control(ops, &mem);
        engine.run(&d, &mem, &AtomicBool::new(false)).unwrap();
        mem.u32s(out)[..512]
            .iter()
            .enumerate()
            .all(|(i, v)| *v == 5 * (i as u32 & 63))
    };
    for seed in 0..SEEDS / 4 {
        assert!(go(CacheOps::GLK_INV, seed), "seed {seed}");
        assert!(!go(CacheOps::GLV_INV, seed), "seed {seed}");
    }
}

/// Runs a sequence by itself.
fn sequence(gen: Gen, insts: &[Inst]) -> Option<ViolationKind> {
    let mut words = Vec::new();
    for i in insts.iter().chain([&Inst::new(Op::S_ENDPGM, &[])]) {
        rdna_isa::encode(&Packet::One(i.clone()), gen, &mut words).unwrap();
    }
    let mut mem = Flat::new();
    let code = mem.alloc_with(&bytes32(&words));
    let k = Kernel {
        code: code.va,
        rsrc: [0xf0 << 12 | 1 << 21 | 7, 0, 0],
        properties: 0,
        lds: 512,
        scratch: 0,
        arch: if gen == Gen::Gfx11 {
            Arch::Gfx1100
        } else {
            Arch::Gfx1201
        },
    };
    let d = dispatch(&mut mem, &k, Args::new(), [1, 1, 1], [32, 1, 1]);
    match run(&strict(1), &mem, &d) {
        Ok(_) => None,
        Err(WaveError::Violation(v)) => Some(v.kind),
        Err(e) => panic!("{e}"),
    }
}

fn v(n: u8) -> Operand {
    Operand::v(n)
}

fn imm(n: i32) -> Operand {
    Operand::Imm(n)
}

#[test]
fn permute_after_cmpx() {
    let cmpx = Inst::new(Op::V_CMPX_GT_U32, &[Operand::int(40), v(0)]);
    let permute = Inst {
        form: rdna_isa::Form::Base,
        ..Inst::new(
            Op::V_PERMLANE16_B32,
            &[v(0), v(0), Operand::int(0), Operand::int(0)],
        )
    };
    let nop = Inst::new(Op::V_NOP, &[]);
    for gen in [Gen::Gfx11, Gen::Gfx12] {
        assert_eq!(
            sequence(gen, &[cmpx.clone(), permute.clone()]),
            Some(ViolationKind::Hazard)
        );
        assert_eq!(
            sequence(gen, &[cmpx.clone(), nop.clone(), permute.clone()]),
            None
        );
    }
}

#[test]
fn clauses() {
    for gen in [Gen::Gfx11, Gen::Gfx12] {
        assert_eq!(
            sequence(gen, &[Inst::new(Op::S_CLAUSE, &[imm(32)])]),
            Some(ViolationKind::Clause)
        );
        assert_eq!(sequence(gen, &[Inst::new(Op::S_CLAUSE, &[imm(31)])]), None);
    }
}

#[test]
fn registers_given_back() {
    let dealloc = Inst::new(Op::S_SENDMSG, &[imm(3)]);
    let nop = Inst::new(Op::S_NOP, &[imm(0)]);
    let mov = Inst::new(Op::V_MOV_B32, &[v(1), Operand::int(0)]);
    let g = Gen::Gfx11;
    assert_eq!(sequence(g, &[nop.clone(), dealloc.clone()]), None);
    assert_eq!(
        sequence(g, std::slice::from_ref(&dealloc)),
        Some(ViolationKind::Hazard)
    );
    assert_eq!(
        sequence(g, &[nop, dealloc, mov]),
        Some(ViolationKind::Hazard)
    );
}

#[test]
fn trans_results() {
    let rcp = Inst::new(Op::V_RCP_F32, &[v(1), Operand::Inline(242)]);
    let use_it = Inst::new(Op::V_ADD_F32, &[v(2), v(1), v(1)]);
    let other = Inst::new(Op::V_MOV_B32, &[v(3), Operand::int(0)]);
    let wait = Inst::new(Op::S_WAITCNT_DEPCTR, &[imm(0x0fff)]);
    let hazard = Some(ViolationKind::Hazard);
    assert_eq!(sequence(Gen::Gfx11, &[rcp.clone(), use_it.clone()]), hazard);
    assert_eq!(
        sequence(Gen::Gfx11, &[rcp.clone(), wait, use_it.clone()]),
        None
    );
    assert_eq!(sequence(Gen::Gfx12, &[rcp.clone(), use_it.clone()]), None);
    for (n, want) in [(5, hazard), (6, None)] {
        let mut s = vec![rcp.clone()];
        s.extend(std::iter::repeat_n(other.clone(), n));
        s.push(use_it.clone());
        assert_eq!(sequence(Gen::Gfx11, &s), want, "{n} between");
    }
}

#[test]
fn undefined_values() {
    let undefined = Some(ViolationKind::Uninitialized);
    let lds = |data: u8, at: u8| Inst::new(Op::DS_STORE_B32, &[v(at), v(data)]);
    for gen in [Gen::Gfx11, Gen::Gfx12] {
        // An address, a branch, EXEC; but not a value that goes nowhere.
        assert_eq!(sequence(gen, &[lds(0, 5)]), undefined);
        assert_eq!(
            sequence(
                gen,
                &[
                    Inst::new(Op::S_CMP_EQ_U32, &[Operand::s(9), Operand::int(0)]),
                    Inst::new(Op::S_CBRANCH_SCC0, &[imm(0)])
                ]
            ),
            undefined
        );
        assert_eq!(
            sequence(
                gen,
                &[Inst::new(Op::S_MOV_B32, &[Operand::EXEC, Operand::s(9)])]
            ),
            undefined
        );
        assert_eq!(
            sequence(gen, &[Inst::new(Op::V_ADD_F32, &[v(1), v(2), v(3)])]),
            None
        );
        // Known bits decide: anything and zero is zero.
        let and = Inst::new(Op::V_AND_B32, &[v(5), Operand::int(0), v(6)]);
        assert_eq!(sequence(gen, &[and, lds(0, 5)]), None);
        let read = Inst::new(Op::DS_LOAD_B32, &[v(1), v(5)]);
        let zero = Inst::new(Op::V_MOV_B32, &[v(5), Operand::int(0)]);
        let wait = match gen {
            Gen::Gfx11 => Inst::new(Op::S_WAITCNT, &[imm(0)]),
            Gen::Gfx12 => Inst::new(Op::S_WAIT_DSCNT, &[imm(0)]),
        };
        let compare = Inst::new(Op::V_CMP_EQ_U32, &[Operand::VCC, Operand::int(0), v(1)]);
        let branch = Inst::new(Op::S_CBRANCH_VCCZ, &[imm(0)]);
        let lds_read = [
            zero.clone(),
            read.clone(),
            wait.clone(),
            compare.clone(),
            branch.clone(),
        ];
        assert_eq!(sequence(gen, &lds_read), undefined);
        let stored = [zero, lds(0, 5), wait.clone(), read, wait, compare, branch];
        assert_eq!(sequence(gen, &stored), None);
    }
}

#[test]
fn write_over_a_load() {
    let read = Inst::with(
        Op::DS_LOAD_B32,
        &[v(1), v(0)],
        Mods {
            offset: 4,
            ..Mods::default()
        },
    );
    let mov = Inst::new(Op::V_MOV_B32, &[v(1), Operand::int(0)]);
    assert_eq!(
        sequence(Gen::Gfx11, &[read.clone(), mov]),
        Some(ViolationKind::WriteBeforeWait)
    );
    // Two loads of one kind come back in order.
    assert_eq!(sequence(Gen::Gfx11, &[read.clone(), read]), None);
}

/// The same seed gives the same run, and the seeds differ.
#[test]
fn seeds() {
    let Some(elf) = object("basic", "gfx1100") else {
        return;
    };
    let go = |seed| {
        let mut mem = Flat::new();
        let (m, old, wide, f) = (mem.alloc(32), mem.alloc(4096), mem.alloc(8), mem.alloc(8));
        let k = load(&mut mem, &elf, "atomics");
        let d = dispatch(
            &mut mem,
            &k,
            Args::new().ptr(m).ptr(old).ptr(wide).ptr(f),
            [8, 1, 1],
            [64, 1, 1],
        );
        run(&strict(seed), &mem, &d).unwrap();
        // Who came first.
        mem.u32s(old)
    };
    assert_eq!(go(7), go(7));
    assert!((0..8).any(|s| go(s) != go(s + 1)));
}
