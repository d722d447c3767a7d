//! Registers read and written, per form and addressing mode.

use rdna_isa::{Bank, Dpp, Form, Gen, Inst, Mods, Op, Operand, Part, RegRange, Sreg};

fn v(first: u8, count: u8) -> RegRange {
    RegRange {
        bank: Bank::Vgpr,
        first,
        count,
        part: Part::Whole,
    }
}

fn half(first: u8, part: Part) -> RegRange {
    RegRange {
        part,
        ..v(first, 1)
    }
}

fn s(first: u8, count: u8) -> RegRange {
    RegRange {
        bank: Bank::Sgpr,
        ..v(first, count)
    }
}

const SCC: RegRange = RegRange {
    bank: Bank::Scc,
    first: 0,
    count: 1,
    part: Part::Whole,
};
const VCC: u8 = Sreg::VCC_LO.0;
const EXEC: u8 = Sreg::EXEC_LO.0;
const M0: u8 = Sreg::M0.0;

#[track_caller]
fn check(inst: Inst, defs: &[RegRange], uses: &[RegRange]) {
    assert_eq!(inst.defs().as_slice(), defs, "defs of {inst:?}");
    // Every vector instruction here reads EXEC; the tests name the rest.
    let mut read = inst.uses();
    if read.last() == Some(&s(EXEC, 1)) && !uses.contains(&s(EXEC, 1)) {
        read.pop();
    }
    assert_eq!(read.as_slice(), uses, "uses of {inst:?}");
}

fn vgpr(n: u8) -> Operand {
    Operand::v(n)
}

fn sgpr(n: u8) -> Operand {
    Operand::s(n)
}

#[test]
fn scalar() {
    let add = Inst::new(Op::S_ADDC_U32, &[sgpr(1), sgpr(2), Operand::int(3)]);
    check(add, &[s(1, 1), SCC], &[s(2, 1), SCC]);
    let select = Inst::new(
        Op::S_CSELECT_B64,
        &[sgpr(4), Operand::EXEC, Operand::int(0)],
    );
    check(select, &[s(4, 2)], &[s(EXEC, 2), SCC]);
    let load = Inst::new(
        Op::S_LOAD_B128,
        &[sgpr(8), sgpr(2), Operand::Sgpr(Sreg::M0)],
    );
    check(load, &[s(8, 4)], &[s(2, 2), s(M0, 1)]);
    let wait = Inst::new(Op::S_WAITCNT_VSCNT, &[Operand::NULL, Operand::Imm(0)]);
    check(wait, &[], &[]);
    let bitset = Inst::new(Op::S_BITSET1_B32, &[sgpr(1), sgpr(2)]);
    check(bitset, &[s(1, 1)], &[s(1, 1), s(2, 1)]);
    let branch = Inst::new(Op::S_CBRANCH_VCCNZ, &[Operand::Imm(-4)]);
    check(branch, &[], &[s(VCC, 1)]);
    let flag = Inst::new(Op::V_MOV_B32, &[vgpr(0), Operand::SCC]);
    check(flag, &[v(0, 1)], &[SCC]);
}

#[test]
fn exec() {
    let save = Inst::new(Op::S_AND_SAVEEXEC_B32, &[sgpr(1), sgpr(2)]);
    check(save, &[s(1, 1), SCC, s(EXEC, 1)], &[s(2, 1), s(EXEC, 1)]);
    let wide = Inst::new(Op::S_OR_SAVEEXEC_B64, &[sgpr(2), sgpr(4)]);
    check(wide, &[s(2, 2), SCC, s(EXEC, 2)], &[s(4, 2), s(EXEC, 2)]);
    let compare = Inst::new(Op::V_CMPX_LT_F32, &[vgpr(1), vgpr(2)]);
    check(compare, &[s(EXEC, 1)], &[v(1, 1), v(2, 1), s(EXEC, 1)]);
    // Lanes by number, whatever EXEC says.
    let lane = Inst::new(Op::V_READLANE_B32, &[sgpr(1), vgpr(2), sgpr(3)]);
    assert_eq!(lane.uses().as_slice(), &[v(2, 1), s(3, 1)]);
    let write = Inst::new(Op::V_WRITELANE_B32, &[vgpr(1), sgpr(2), Operand::int(3)]);
    assert_eq!(write.uses().as_slice(), &[v(1, 1), s(2, 1)]);
}

#[test]
fn masks() {
    let short = Inst::new(Op::V_CMP_LT_F32, &[Operand::VCC, vgpr(1), vgpr(2)]);
    check(short, &[s(VCC, 1)], &[v(1, 1), v(2, 1)]);
    let long = Inst::new(Op::V_CMP_LT_F64, &[sgpr(7), vgpr(1), vgpr(4)]).form(Form::E64);
    check(long, &[s(7, 1)], &[v(1, 2), v(4, 2)]);
    let carry = [vgpr(0), sgpr(3), vgpr(1), vgpr(2), sgpr(5)];
    let carry = Inst::new(Op::V_ADD_CO_CI_U32, &carry).form(Form::E64);
    check(carry, &[v(0, 1), s(3, 1)], &[v(1, 1), v(2, 1), s(5, 1)]);
    let discard = Inst::new(
        Op::V_ADD_CO_U32,
        &[vgpr(0), Operand::NULL, vgpr(1), vgpr(2)],
    );
    check(discard, &[v(0, 1)], &[v(1, 1), v(2, 1)]);
    let divide = Inst::new(Op::V_DIV_FMAS_F32, &[vgpr(0), vgpr(1), vgpr(2), vgpr(3)]);
    check(divide, &[v(0, 1)], &[v(1, 1), v(2, 1), v(3, 1), s(VCC, 1)]);
}

#[test]
fn vector() {
    let fmac = Inst::new(Op::V_FMAC_F32, &[vgpr(0), sgpr(1), vgpr(2)]);
    check(fmac, &[v(0, 1)], &[v(0, 1), s(1, 1), v(2, 1)]);
    let shift = Inst::new(Op::V_LSHLREV_B64, &[vgpr(0), vgpr(2), vgpr(4)]).form(Form::E64);
    check(shift, &[v(0, 2)], &[v(2, 1), v(4, 2)]);
    let low = |reg| Operand::Vgpr16 { reg, hi: false };
    let high = |reg| Operand::Vgpr16 { reg, hi: true };
    let add = Inst::new(Op::V_ADD_F16, &[high(0), low(1), high(1)]);
    check(
        add,
        &[half(0, Part::High)],
        &[half(1, Part::Low), half(1, Part::High)],
    );
    let swap = Inst::new(Op::V_SWAP_B32, &[vgpr(0), vgpr(1)]);
    check(swap, &[v(0, 1), v(1, 1)], &[v(0, 1), v(1, 1)]);
    let matrix = [vgpr(8), vgpr(16), vgpr(24), Operand::int(0)];
    let matrix = Inst::with(Op::V_WMMA_F32_16X16X16_F16, &matrix, Mods::packed());
    check(matrix, &[v(8, 8)], &[v(16, 8), v(24, 8)]);
}

#[test]
fn dpp_keeps_what_it_does_not_write() {
    let inst = |bound_ctrl, row_mask| {
        let dpp = Dpp {
            ctrl: 0x111,
            row_mask,
            bank_mask: 15,
            bound_ctrl,
            fi: false,
        };
        let mods = Mods {
            dpp: Some(dpp),
            ..Mods::default()
        };
        Inst::with(Op::V_MOV_B32, &[vgpr(0), vgpr(1)], mods).form(Form::Dpp16)
    };
    check(inst(true, 15), &[v(0, 1)], &[v(1, 1)]);
    check(inst(false, 15), &[v(0, 1)], &[v(0, 1), v(1, 1)]);
    check(inst(true, 7), &[v(0, 1)], &[v(0, 1), v(1, 1)]);
}

#[test]
fn memory() {
    let global = Inst::new(Op::GLOBAL_LOAD_B64, &[vgpr(0), vgpr(2), Operand::Off]);
    check(global, &[v(0, 2)], &[v(2, 2)]);
    let global = Inst::new(Op::GLOBAL_STORE_B96, &[vgpr(2), vgpr(4), sgpr(6)]);
    check(global, &[], &[v(2, 1), v(4, 3), s(6, 2)]);
    let scratch = Inst::new(Op::SCRATCH_LOAD_B32, &[vgpr(0), Operand::Off, sgpr(3)]);
    check(scratch, &[v(0, 1)], &[s(3, 1)]);
    let half_load = Inst::new(
        Op::GLOBAL_LOAD_D16_HI_B16,
        &[vgpr(0), vgpr(2), Operand::Off],
    );
    check(half_load, &[half(0, Part::High)], &[v(2, 2)]);
    let share = Inst::new(Op::DS_LOAD_2ADDR_B64, &[vgpr(0), vgpr(9)]);
    check(share, &[v(0, 4)], &[v(9, 1)]);
    let operands = [vgpr(4), vgpr(8), sgpr(12), sgpr(3)];
    let mods = Mods {
        offen: true,
        idxen: true,
        tfe: true,
        ..Mods::default()
    };
    let buffer = Inst::with(Op::BUFFER_LOAD_B96, &operands, mods);
    check(buffer, &[v(4, 4)], &[v(8, 2), s(12, 4), s(3, 1)]);
}

#[test]
fn atomics() {
    let silent = [Operand::Off, vgpr(2), vgpr(4), Operand::Off];
    let silent = Inst::new(Op::GLOBAL_ATOMIC_CMPSWAP_B64, &silent);
    check(silent, &[], &[v(2, 2), v(4, 4)]);
    for gen in [Gen::Gfx11, Gen::Gfx12] {
        let cache = Mods::returning(gen);
        let mods = Mods {
            cache,
            ..Mods::default()
        };
        let returning = [vgpr(0), vgpr(2), vgpr(4), Operand::Off];
        let returning = Inst::with(Op::GLOBAL_ATOMIC_CMPSWAP_B64, &returning, mods);
        check(returning, &[v(0, 2)], &[v(2, 2), v(4, 4)]);
        let mods = Mods {
            cache,
            offen: true,
            ..Mods::default()
        };
        let buffer = [vgpr(4), vgpr(4), vgpr(6), sgpr(8), Operand::NULL];
        let buffer = Inst::with(Op::BUFFER_ATOMIC_CMPSWAP_B32, &buffer, mods);
        assert!(buffer.encode(gen, &mut Vec::new()).is_ok());
        check(buffer, &[v(4, 1)], &[v(4, 2), v(6, 1), s(8, 4)]);
    }
}

#[test]
fn ranges_overlap() {
    assert!(v(0, 4).overlaps(&v(3, 1)));
    assert!(!v(0, 4).overlaps(&v(4, 1)));
    assert!(v(255, 1).overlaps(&v(254, 2)));
    assert!(!v(0, 4).overlaps(&s(0, 4)));
    assert!(!half(1, Part::Low).overlaps(&half(1, Part::High)));
    assert!(half(1, Part::Low).overlaps(&v(0, 2)));
}
