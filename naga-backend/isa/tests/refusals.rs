//! What cannot be encoded is refused for the right reason, and leaves nothing behind.

use rdna_isa::{decode, encode, EncodeError, Form, Gen, Inst, Mods, Op, Operand, Packet};

#[track_caller]
fn refused(inst: &Inst, gen: Gen) -> EncodeError {
    let mut out = vec![1, 2, 3];
    let error = inst.encode(gen, &mut out).expect_err("no such encoding");
    assert_eq!(out, [1, 2, 3], "{inst:?}");
    error
}

fn v(n: u8) -> Operand {
    Operand::v(n)
}

fn s(n: u8) -> Operand {
    Operand::s(n)
}

macro_rules! assert_refused {
    ($inst:expr, $gen:ident, $pattern:pat) => {
        let error = refused(&$inst, Gen::$gen);
        assert!(matches!(error, $pattern), "{error}");
    };
}

#[test]
fn instruction_and_form() {
    let add = Inst::new(Op::S_ADD_F32, &[s(0), s(1), s(2)]);
    assert_refused!(add, Gfx11, EncodeError::Missing { .. });
    let fma = Inst::new(Op::V_FMA_F32, &[v(0), v(1), v(2), v(3)]).form(Form::E64);
    assert_refused!(fma, Gfx11, EncodeError::Form { .. });
    let add = Inst::new(Op::V_ADD_F64, &[v(0), v(2), v(4)]);
    assert_refused!(
        add,
        Gfx11,
        EncodeError::Form {
            form: Form::Base,
            ..
        }
    );
    assert!(add.encode(Gen::Gfx12, &mut Vec::new()).is_ok());
    let short = Inst::new(Op::V_FMA_F32, &[v(0), v(1), v(2)]);
    assert_refused!(
        short,
        Gfx11,
        EncodeError::OperandCount {
            expected: 4,
            got: 3,
            ..
        }
    );
    let half = Inst::new(Op::V_DUAL_MOV_B32, &[v(0), v(1)]).form(Form::Vopd);
    assert_refused!(half, Gfx11, EncodeError::Form { .. });
}

#[test]
fn operands() {
    let wrong = Inst::new(Op::S_MOV_B32, &[v(0), s(1)]);
    assert_refused!(wrong, Gfx11, EncodeError::Operand { index: 0, .. });
    let scalar = Inst::new(Op::V_ADD_F32, &[v(0), v(1), s(2)]);
    assert_refused!(scalar, Gfx11, EncodeError::Operand { index: 2, .. });
    let mask = Inst::new(Op::V_CMP_EQ_U32, &[s(3), v(1), v(2)]);
    assert_refused!(mask, Gfx11, EncodeError::Operand { index: 0, .. });
    let odd = Inst::new(Op::S_MOV_B64, &[s(1), s(2)]);
    assert_refused!(
        odd,
        Gfx11,
        EncodeError::Tuple {
            index: 0,
            dwords: 2,
            ..
        }
    );
    let end = Inst::new(Op::GLOBAL_LOAD_B128, &[v(253), v(0), Operand::Off]);
    assert_refused!(
        end,
        Gfx11,
        EncodeError::Tuple {
            index: 0,
            dwords: 4,
            ..
        }
    );
    let high = Inst::new(
        Op::V_ADD_F16,
        &[
            v(0),
            Operand::Vgpr16 {
                reg: 200,
                hi: false,
            },
            v(2),
        ],
    );
    assert_refused!(
        high,
        Gfx11,
        EncodeError::Range {
            value: 200,
            max: 127,
            ..
        }
    );
    let register = Inst::new(Op::V_MOV_B32, &[v(0), Operand::Special(251)]);
    assert_refused!(register, Gfx11, EncodeError::Operand { index: 1, .. });
    let nothing = Inst::new(Op::GLOBAL_LOAD_B32, &[v(0), v(1), Operand::NULL]);
    assert_refused!(nothing, Gfx11, EncodeError::Operand { index: 2, .. });
}

#[test]
fn constants() {
    let literal = Operand::Literal;
    let two = Inst::new(Op::S_ADD_U32, &[s(0), literal(100), literal(200)]);
    assert_refused!(
        two,
        Gfx11,
        EncodeError::Literals {
            first: 100,
            second: 200,
            ..
        }
    );
    let one = Inst::new(Op::S_ADD_U32, &[s(0), literal(100), literal(100)]);
    assert!(one.encode(Gen::Gfx11, &mut Vec::new()).is_ok());
    let three = Inst::new(Op::V_FMA_F32, &[v(0), s(1), s(2), s(3)]);
    assert_refused!(
        three,
        Gfx11,
        EncodeError::ConstantBus {
            got: 3,
            limit: 2,
            ..
        }
    );
    let same = Inst::new(Op::V_FMA_F32, &[v(0), s(1), s(2), s(1)]);
    assert!(same.encode(Gen::Gfx11, &mut Vec::new()).is_ok());
    let shift = Inst::new(Op::V_LSHRREV_B64, &[v(0), s(1), s(2)]);
    assert_refused!(
        shift,
        Gfx12,
        EncodeError::ConstantBus {
            got: 2,
            limit: 1,
            ..
        }
    );
    let mask = Inst::new(Op::V_CNDMASK_B32, &[v(0), s(1), literal(100), s(2)]).form(Form::E64);
    assert_refused!(mask, Gfx11, EncodeError::ConstantBus { got: 3, .. });
}

#[test]
fn modifiers() {
    let with = |op, operands: &[Operand], mods| Inst::with(op, operands, mods);
    let neg = Mods {
        neg: 1,
        ..Mods::default()
    };
    let and = with(Op::V_AND_B32, &[v(0), v(1), v(2)], neg).form(Form::E64);
    assert_refused!(
        and,
        Gfx11,
        EncodeError::Modifier {
            modifier: "negation",
            ..
        }
    );
    let base = with(Op::V_ADD_F32, &[v(0), v(1), v(2)], neg);
    assert_refused!(base, Gfx11, EncodeError::Modifier { .. });
    let clamp = Mods {
        clamp: true,
        ..Mods::default()
    };
    let or = with(Op::V_OR_B32, &[v(0), v(1), v(2)], clamp).form(Form::E64);
    assert_refused!(
        or,
        Gfx11,
        EncodeError::Modifier {
            modifier: "clamp",
            ..
        }
    );
    let dpp = Inst::new(Op::V_MOV_B32, &[v(0), v(1)]).form(Form::Dpp16);
    assert_refused!(dpp, Gfx11, EncodeError::Modifier { .. });
    let offset = Mods {
        offset: 4,
        ..Mods::default()
    };
    let mov = with(Op::S_MOV_B32, &[s(0), s(1)], offset);
    assert_refused!(
        mov,
        Gfx11,
        EncodeError::Modifier {
            modifier: "an offset",
            ..
        }
    );
    let silent = [Operand::Off, v(2), v(4), Operand::Off];
    let atomic = with(
        Op::GLOBAL_ATOMIC_ADD_U32,
        &silent,
        Mods {
            cache: 1,
            ..Mods::default()
        },
    );
    assert_refused!(atomic, Gfx11, EncodeError::Modifier { .. });
}

#[test]
fn ranges() {
    let at = |offset| {
        let operands = [v(0), Operand::Off, s(4), Operand::NULL];
        Inst::with(
            Op::BUFFER_LOAD_B32,
            &operands,
            Mods {
                offset,
                ..Mods::default()
            },
        )
    };
    assert_refused!(at(4096), Gfx11, EncodeError::Range { max: 4095, .. });
    assert!(at(4096).encode(Gen::Gfx12, &mut Vec::new()).is_ok());
    assert_refused!(at(-1), Gfx12, EncodeError::Range { min: 0, .. });
    let branch = Inst::new(Op::S_BRANCH, &[Operand::Imm(0x10000)]);
    assert_refused!(branch, Gfx11, EncodeError::Range { .. });
    let buffer = [s(0), s(4), Operand::Off];
    let mods = Mods {
        offset: -4,
        ..Mods::default()
    };
    let buffer = Inst::with(Op::S_BUFFER_LOAD_B32, &buffer, mods);
    assert_refused!(buffer, Gfx11, EncodeError::Range { min: 0, .. });
}

#[test]
fn dual() {
    let half = |op, operands: &[Operand]| Inst::new(op, operands).form(Form::Vopd);
    let fmac = |d, a, b| half(Op::V_DUAL_FMAC_F32, &[v(d), v(a), v(b)]);
    let rule = |x: Inst, y: Inst, gen| {
        let mut out = Vec::new();
        match encode(&Packet::Dual { x, y }, gen, &mut out) {
            Ok(()) => "",
            Err(EncodeError::Dual { rule, .. }) => rule,
            Err(error) => panic!("{error}"),
        }
    };
    let gfx11 = Gen::Gfx11;
    assert_eq!(rule(fmac(0, 1, 2), fmac(3, 4, 5), gfx11), "");
    assert!(rule(fmac(0, 1, 2), fmac(4, 2, 3), gfx11).contains("destination"));
    assert!(rule(fmac(0, 1, 2), fmac(3, 5, 7), gfx11).contains("first sources"));
    assert!(rule(fmac(0, 1, 2), fmac(3, 4, 6), gfx11).contains("second sources"));
    let mov = |d, a| half(Op::V_DUAL_MOV_B32, &[v(d), v(a)]);
    assert!(rule(mov(0, 1), mov(1, 5), gfx11).contains("first sources"));
    assert_eq!(rule(mov(0, 1), mov(1, 5), Gen::Gfx12), "");
    let add = half(Op::V_DUAL_ADD_NC_U32, &[v(0), v(1), v(2)]);
    assert!(rule(add, mov(1, 4), gfx11).contains("second half only"));
    // What `fmamk` adds comes in over the accumulators' port: parity counts, not the bank.
    let literal = Operand::Literal(0x1234);
    let fmamk = |d, a, c| half(Op::V_DUAL_FMAMK_F32, &[v(d), v(a), literal, v(c)]);
    assert_eq!(
        rule(
            fmamk(0, 1, 6),
            half(Op::V_DUAL_MUL_F32, &[v(1), v(4), v(2)]),
            gfx11
        ),
        ""
    );
    assert!(rule(fmamk(0, 1, 3), fmac(1, 4, 2), gfx11).contains("third sources"));
}

#[test]
fn decoder_says_what_is_wrong() {
    let text = |words: &[u32]| {
        decode(words, Gen::Gfx11)
            .expect_err("not decodable")
            .to_string()
    };
    assert_eq!(text(&[]), "instruction of 1 dwords is cut off after 0");
    assert_eq!(
        text(&[0xd6130000]),
        "instruction of 2 dwords is cut off after 1"
    );
    // v_mov_b32 with a literal that is missing.
    assert_eq!(
        text(&[0x7e0002ff]),
        "instruction of 2 dwords is cut off after 1"
    );
    assert_eq!(
        text(&[0xff000000]),
        "0xff000000 begins no known instruction format"
    );
    assert_eq!(text(&[0xbe803d00]), "Sop1 has no opcode 0x3d");
    assert!(text(&[0x7e0002d9]).contains("operand code 217"));
    // s_mov_b64 s[1:2], s[2:3]
    assert!(text(&[0xbe810102]).starts_with("illegal instruction"));
}
