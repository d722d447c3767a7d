//! Waits and hazards on machine code written by hand: what goes in stands beside what must come out.

use rdna_isa::{Arch, Inst, Op, Operand, Packet};

use super::asm::{print, Code, CodeBlock, Exit};
use super::{hazards, waits};

fn v(n: u8) -> Operand {
    Operand::v(n)
}

fn s(n: u8) -> Operand {
    Operand::s(n)
}

fn load(to: u8) -> Inst {
    Inst::new(Op::BUFFER_LOAD_B32, &[v(to), Operand::Off, s(0), zero()])
}

fn store(from: u8) -> Inst {
    Inst::new(Op::BUFFER_STORE_B32, &[v(from), Operand::Off, s(0), zero()])
}

fn zero() -> Operand {
    Operand::int(0)
}

fn add(d: u8, a: u8, b: u8) -> Inst {
    Inst::new(Op::V_ADD_F32, &[v(d), v(a), v(b)])
}

fn exp(d: u8, a: u8) -> Inst {
    Inst::new(Op::V_EXP_F32, &[v(d), v(a)])
}

fn lds(to: u8) -> Inst {
    Inst::new(Op::DS_LOAD_B32, &[v(to), v(9)])
}

fn scalar_load(to: u8) -> Inst {
    Inst::new(Op::S_LOAD_B32, &[s(to), s(2), Operand::int(0)])
}

fn blocks(arch: Arch, list: &[(&[Inst], Exit)]) -> Code {
    let block = |&(insts, exit): &(&[Inst], Exit)| CodeBlock {
        packets: insts.iter().cloned().map(Packet::One).collect(),
        exit,
        depth: 0,
        live_vgprs: [0; 4],
    };
    Code {
        arch,
        blocks: list.iter().map(block).collect(),
        vgprs: 16,
        sgprs: 16,
    }
}

/// What a pass makes of one block, by generation, without block name, indentation and end.
fn lines(pass: fn(&mut Code), insts: &[Inst]) -> [Vec<String>; 2] {
    [Arch::Gfx1100, Arch::Gfx1201].map(|arch| {
        let mut code = blocks(arch, &[(insts, Exit::End)]);
        pass(&mut code);
        let text = print(&code);
        let lines: Vec<String> = text.lines().map(|l| l.trim().to_owned()).collect();
        lines[1..lines.len() - 1].to_vec()
    })
}

/// Only what the pass has put in, and before which instruction (its number among those given).
fn inserted(pass: fn(&mut Code), insts: &[Inst]) -> [Vec<(usize, String)>; 2] {
    let given = lines(|_| (), insts);
    let mut made = lines(pass, insts);
    let mut out = [Vec::new(), Vec::new()];
    for (n, (made, given)) in made.iter_mut().zip(&given).enumerate() {
        let mut next = 0;
        for line in made.drain(..) {
            if given.get(next) == Some(&line) {
                next += 1;
            } else {
                out[n].push((next, line));
            }
        }
        assert_eq!(next, given.len(), "an instruction is missing");
    }
    out
}

/// The same text before the same instructions, of each generation.
fn expect(pass: fn(&mut Code), insts: &[Inst], gfx11: &[(usize, &str)], gfx12: &[(usize, &str)]) {
    let found = inserted(pass, insts);
    for (found, wanted) in found.iter().zip([gfx11, gfx12]) {
        let found: Vec<(usize, &str)> = found.iter().map(|(n, l)| (*n, l.as_str())).collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn loads_come_back_in_order() {
    expect(
        waits::run,
        &[load(1), load(2), load(3), add(4, 1, 1), add(4, 4, 3)],
        &[(3, "s_waitcnt vmcnt(2)"), (4, "s_waitcnt vmcnt(0)")],
        &[(3, "s_wait_loadcnt 0x2"), (4, "s_wait_loadcnt 0x0")],
    );
}

#[test]
fn a_destination_is_not_written_before_its_load() {
    expect(
        waits::run,
        &[load(1), add(1, 2, 2)],
        &[(1, "s_waitcnt vmcnt(0)")],
        &[(1, "s_wait_loadcnt 0x0")],
    );
}

#[test]
fn stores_have_a_counter_of_their_own() {
    // Two stores between do not count against the load; nothing waits for stores.
    expect(
        waits::run,
        &[load(1), store(2), store(2), add(3, 1, 1), add(2, 3, 3)],
        &[(3, "s_waitcnt vmcnt(0)")],
        &[(3, "s_wait_loadcnt 0x0")],
    );
}

#[test]
fn an_atomic_counts_by_whether_it_returns() {
    let atomic = |d: Operand, cache: u8| {
        let mut inst = Inst::new(
            Op::BUFFER_ATOMIC_ADD_U32,
            &[d, v(5), Operand::Off, s(0), zero()],
        );
        inst.mods.cache = cache;
        inst
    };
    // A load, an atomic without result, a use: the atomic is none of the loads.
    expect(
        waits::run,
        &[load(1), atomic(Operand::Off, 0), add(2, 1, 1)],
        &[(2, "s_waitcnt vmcnt(0)")],
        &[(2, "s_wait_loadcnt 0x0")],
    );
    expect(
        waits::run,
        &[load(1), atomic(v(5), 1), add(2, 1, 1), add(2, 5, 5)],
        &[(2, "s_waitcnt vmcnt(1)"), (3, "s_waitcnt vmcnt(0)")],
        &[(2, "s_wait_loadcnt 0x1"), (3, "s_wait_loadcnt 0x0")],
    );
}

#[test]
fn scalar_loads_and_lds_share_a_counter_on_gfx11() {
    let read = Inst::new(Op::V_MOV_B32, &[v(4), s(8)]);
    expect(
        waits::run,
        &[lds(1), lds(2), scalar_load(8), add(3, 1, 1), read.clone()],
        &[(3, "s_waitcnt lgkmcnt(0)")],
        &[(3, "s_wait_dscnt 0x1"), (4, "s_wait_kmcnt 0x0")],
    );
    // Without LDS too: scalar loads return out of order.
    expect(
        waits::run,
        &[scalar_load(8), scalar_load(10), read],
        &[(2, "s_waitcnt lgkmcnt(0)")],
        &[(2, "s_wait_kmcnt 0x0")],
    );
}

#[test]
fn a_wait_that_waits_for_nothing_goes() {
    let gfx11 = Inst::new(Op::S_WAITCNT, &[Operand::Imm(7 | 63 << 4)]);
    let mut code = blocks(
        Arch::Gfx1100,
        &[(&[add(1, 2, 3), gfx11.clone(), load(1), gfx11], Exit::End)],
    );
    waits::run(&mut code);
    let text = print(&code);
    assert_eq!(text.matches("s_waitcnt vmcnt(0)").count(), 1, "{text}");
}

#[test]
fn around_a_loop_the_last_trips_loads_count() {
    let back = Exit::Branch {
        op: Op::S_CBRANCH_SCC1,
        taken: 0,
        other: 1,
    };
    let mut code = blocks(
        Arch::Gfx1201,
        &[(&[add(2, 1, 1), load(1), load(3)], back), (&[], Exit::End)],
    );
    waits::run(&mut code);
    let text = print(&code);
    // The first trip has nothing outstanding, later ones have v1 and then v3; v3 must have landed
    // before it is loaded again.
    let wanted = "bb0:
    s_wait_loadcnt 0x1
    v_add_f32_e64 v2, v1, v1
    buffer_load_b32 v1, off, s[0:3], 0
    s_wait_loadcnt 0x1
    buffer_load_b32 v3, off, s[0:3], 0
    s_cbranch_scc1 bb0
";
    assert!(text.replace("_e32", "_e64").starts_with(wanted), "{text}");
}

#[test]
fn a_transcendentals_result() {
    let cure = "s_waitcnt_depctr 0xfff";
    let run = hazards::run;
    expect(run, &[exp(1, 2), add(3, 1, 1)], &[(1, cure)], &[]);
    // Five vector instructions between are too few, six are enough.
    let others: Vec<Inst> = (0..6).map(|n| add(10 + n, 4, 4)).collect();
    let with = |n: usize| [&[exp(1, 2)], &others[..n], &[add(3, 1, 1)]].concat();
    expect(run, &with(5), &[(6, cure)], &[]);
    expect(run, &with(6), &[], &[]);
    // So are two transcendental ones.
    expect(
        run,
        &[exp(1, 2), exp(5, 2), exp(6, 2), add(3, 1, 1)],
        &[],
        &[],
    );
    expect(
        run,
        &[exp(1, 2), exp(5, 2), add(3, 1, 1)],
        &[(2, cure)],
        &[],
    );
    // A memory instruction is issued when the vector unit is done.
    expect(run, &[exp(1, 2), lds(5), add(3, 1, 1)], &[], &[]);
}

#[test]
fn a_scalar_register_read_written_and_read() {
    let read = |n: u8| Inst::new(Op::V_MOV_B32, &[v(1), s(n)]);
    let write = |n: u8| Inst::new(Op::S_MOV_B32, &[s(n), Operand::int(1)]);
    let run = hazards::run;
    expect(
        run,
        &[read(4), write(4), read(4)],
        &[],
        &[(2, "s_wait_alu 0xfffe")],
    );
    // Registers are told apart by pairs.
    expect(
        run,
        &[read(4), write(5), read(5)],
        &[],
        &[(2, "s_wait_alu 0xfffe")],
    );
    expect(run, &[read(4), write(6), read(6)], &[], &[]);
    // Nobody has read it before.
    expect(run, &[write(4), read(4)], &[], &[]);
    // By the vector unit itself: a comparison's mask, and VCC, which has a wait of its own.
    let compare = |d: Operand| Inst::new(Op::V_CMP_LT_F32, &[d, v(2), v(3)]);
    let select = |m: Operand| Inst::new(Op::V_CNDMASK_B32, &[v(5), v(2), v(3), m]);
    let vcc = Operand::VCC;
    expect(
        run,
        &[select(s(4)), compare(s(4)), select(s(4))],
        &[],
        &[(2, "s_wait_alu 0xf1ff")],
    );
    expect(
        run,
        &[select(vcc), compare(vcc), select(vcc)],
        &[],
        &[(2, "s_wait_alu 0xfffd")],
    );
    // An instruction reads before it writes.
    let carry = Inst::new(Op::V_ADD_CO_CI_U32, &[v(5), vcc, v(2), v(3), vcc]);
    expect(run, &[carry, select(vcc)], &[], &[(1, "s_wait_alu 0xfffd")]);
}

#[test]
fn a_permutation_after_a_comparison_into_exec() {
    let compare = Inst::new(Op::V_CMPX_LT_F32, &[v(2), v(3)]);
    let lanes = [v(1), v(2), Operand::int(0), Operand::int(0)];
    let permute = Inst::new(Op::V_PERMLANE16_B32, &lanes);
    let nop = &[(1, "v_nop")];
    expect(hazards::run, &[compare.clone(), permute.clone()], nop, nop);
    expect(hazards::run, &[compare, add(7, 8, 8), permute], &[], &[]);
}
