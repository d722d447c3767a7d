//! The table is consistent with itself.

use std::collections::HashSet;

use rdna_isa::{table::ROWS, Format, Gen, Op};

#[test]
fn rows_stand_at_their_opcodes() {
    for (index, row) in ROWS.iter().enumerate() {
        assert_eq!(row.op as usize, index, "{:?}", row.op);
    }
}

#[test]
fn names_and_opcodes_come_together_and_are_unique() {
    for gen in [Gen::Gfx11, Gen::Gfx12] {
        let (mut names, mut opcodes) = (HashSet::new(), HashSet::new());
        for row in ROWS {
            assert_eq!(
                row.name(gen).is_some(),
                row.opcode(gen).is_some(),
                "{:?}",
                row.op
            );
            let (Some(name), Some(opcode)) = (row.name(gen), row.opcode(gen)) else {
                continue;
            };
            assert!(names.insert(name), "{name} twice on {gen:?}");
            let format = match row.format {
                // One opcode space.
                Format::Vop3Sd => Format::Vop3,
                Format::Vop2 if opcode > 0xff => Format::Vop3,
                format => format,
            };
            assert!(
                opcodes.insert((format, opcode)),
                "{name}'s opcode twice on {gen:?}"
            );
            assert_eq!(Op::from_name(gen, name), Some(row.op));
        }
        assert!(
            names.len() > 1000,
            "only {} instructions on {gen:?}",
            names.len()
        );
    }
    assert_eq!(
        Op::from_name(Gen::Gfx12, "v_max_num_f32"),
        Some(Op::V_MAX_F32)
    );
    assert_eq!(Op::from_name(Gen::Gfx11, "v_max_num_f32"), None);
    assert_eq!(Op::from_name(Gen::Gfx11, "s_add_f32"), None);
}

#[test]
fn dual_halves_have_stand_alone_counterparts() {
    for row in ROWS.iter().filter(|row| row.format == Format::Vopd) {
        let Some(single) = row.op.single() else {
            assert_eq!(row.op, Op::V_DUAL_DOT2ACC_F32_BF16);
            continue;
        };
        assert_eq!(single.dual(), Some(row.op));
        let name = |op: Op| op.info().name(Gen::Gfx11).expect("gfx11 has it");
        assert_eq!(name(row.op), name(single).replacen("v_", "v_dual_", 1));
        let operands = row.operands.len() + usize::from(single == Op::V_CNDMASK_B32);
        assert_eq!(single.info().operands.len(), operands, "{single:?}");
        for (half, whole) in row.operands.iter().zip(single.info().operands) {
            assert_eq!(
                (half.role, half.dwords),
                (whole.role, whole.dwords),
                "{single:?}"
            );
        }
    }
    assert!(Op::V_DUAL_AND_B32.second_half_only() && !Op::V_DUAL_MOV_B32.second_half_only());
    assert_eq!(Op::V_OR_B32.dual(), None);
}
