//! Text that the committed vectors do not show: labels, and instructions that no bits say.

use rdna_isa::{decode, Form, Gen, Inst, Mods, Op, Operand, Packet};

#[test]
fn branches_print_their_target() {
    let branch = Inst::new(Op::S_CBRANCH_EXECZ, &[Operand::Imm(-3)]);
    assert_eq!(branch.branch_offset(), Some(-3));
    assert_eq!(
        branch.display(Gen::Gfx11).to_string(),
        "s_cbranch_execz 65533"
    );
    assert_eq!(
        branch.display(Gen::Gfx11).target("loop").to_string(),
        "s_cbranch_execz loop"
    );
    let call = Packet::One(Inst::new(Op::S_CALL_B64, &[Operand::s(2), Operand::Imm(7)]));
    assert_eq!(call.branch_offset(), Some(7));
    assert_eq!(
        call.display(Gen::Gfx12).target("f").to_string(),
        "s_call_b64 s[2:3], f"
    );
    let end = Inst::new(Op::S_ENDPGM, &[]);
    assert_eq!(end.branch_offset(), None);
    assert_eq!(
        end.display(Gen::Gfx11).target("loop").to_string(),
        "s_endpgm"
    );
    let load = Inst::new(Op::S_MOVK_I32, &[Operand::s(0), Operand::Imm(7)]);
    assert_eq!(load.branch_offset(), None);
}

#[test]
fn the_name_is_the_generations_own() {
    let max = Inst::new(
        Op::V_MAX_F32,
        &[Operand::v(0), Operand::v(1), Operand::v(2)],
    );
    assert_eq!(
        max.display(Gen::Gfx11).to_string(),
        "v_max_f32_e32 v0, v1, v2"
    );
    assert_eq!(
        max.display(Gen::Gfx12).to_string(),
        "v_max_num_f32_e32 v0, v1, v2"
    );
    let add = Inst::new(
        Op::V_ADD_F64,
        &[Operand::v(0), Operand::v(2), Operand::v(4)],
    );
    let add = add.form(Form::E64);
    assert_eq!(
        add.display(Gen::Gfx11).to_string(),
        "v_add_f64 v[0:1], v[2:3], v[4:5]"
    );
    assert_eq!(
        add.display(Gen::Gfx12).to_string(),
        "v_add_f64_e64 v[0:1], v[2:3], v[4:5]"
    );
}

#[test]
fn what_cannot_be_encoded_still_prints() {
    // Missing on gfx11; too few operands; an operand out of place.
    let inst = Inst::new(Op::S_ADD_F32, &[Operand::s(0), Operand::v(1)]);
    assert_eq!(
        inst.display(Gen::Gfx11).to_string(),
        "s_add_f32 s0, v1, off"
    );
    let mods = Mods {
        neg: 1,
        abs: 1,
        omod: 3,
        ..Mods::default()
    };
    let inst = Inst::with(
        Op::V_MUL_F32,
        &[Operand::v(0), Operand::s(1), Operand::s(2)],
        mods,
    );
    assert_eq!(
        inst.display(Gen::Gfx11).to_string(),
        "v_mul_f32_e32 v0, -|s1|, s2 div:2"
    );
}

#[test]
fn dual_halves_stand_side_by_side() {
    let words = [0xc922_0501, 0x0302_0a0c];
    let (packet, used) = decode(&words, Gen::Gfx11).expect("a dual instruction");
    assert_eq!(used, 2);
    assert_eq!(packet.insts().count(), 2);
    let text = packet.display(Gen::Gfx11).to_string();
    let halves: Vec<_> = packet
        .insts()
        .map(|i| i.display(Gen::Gfx11).to_string())
        .collect();
    assert_eq!(text, halves.join(" :: "));
    assert!(
        halves.iter().all(|half| half.starts_with("v_dual_")),
        "{text}"
    );
}
