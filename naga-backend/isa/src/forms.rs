//! What a row allows beyond its operands: forms, modifiers, immediates, a place in a dual
//! instruction. Encoder, decoder and printer ask here.

use crate::{Form, Format, Gen, Implicit, Kind, Mods, Op, OpInfo, OperandInfo, Role, Ty};

impl OpInfo {
    /// Whether the instruction exists in `form` on `gen`.
    pub fn has_form(&self, form: Form, gen: Gen) -> bool {
        let Some(opcode) = self.opcode(gen) else {
            return false;
        };
        let short = matches!(self.format, Format::Vop1 | Format::Vop2 | Format::Vopc);
        let e64_only = self.format == Format::Vop2 && opcode > 0xff;
        let literal = || {
            self.operands
                .iter()
                .any(|operand| operand.kind == Kind::Literal)
        };
        let e64 = || short && !self.implicit.contains(Implicit::NO_E64) && !literal();
        let dpp = || {
            !self.implicit.contains(Implicit::NO_DPP)
                && !self.operands.is_empty()
                && self.operands.iter().all(|operand| operand.dwords == 1)
                && (short
                    || matches!(self.format, Format::Vop3 | Format::Vop3Sd)
                    || self.format == Format::Vop3p
                        && matches!(self.operands[0].ty, Ty::F32 | Ty::Lo16 | Ty::Hi16))
        };
        match form {
            Form::Base => self.format != Format::Vopd && !e64_only,
            Form::E64 => e64(),
            Form::Dpp16 | Form::Dpp8 => short && !e64_only && dpp(),
            Form::E64Dpp16 | Form::E64Dpp8 => (!short || e64()) && dpp(),
            Form::Vopd => self.format == Format::Vopd,
        }
    }

    /// Whether `mods` asks for nothing that the 64-bit form of this row does not do; what it
    /// does not do is named as in assembler text.
    pub(crate) fn unsupported(&self, mods: &Mods) -> Option<&'static str> {
        if self.format == Format::Vop3p {
            // Low and high negation double as signedness and absolute value.
            return (mods.omod != 0).then_some("an output multiplier");
        }
        if mods.neg | mods.abs | mods.op_sel | mods.omod == 0 && !mods.clamp {
            return None;
        }
        let number = |ty: Ty| matches!(ty, Ty::F16 | Ty::Bf16 | Ty::F32 | Ty::F64);
        let mut sources = 0;
        for (i, info) in self.sources().enumerate() {
            sources |= u8::from(info.ty.is_float() && info.kind != Kind::Mask) << i;
        }
        let vop3sd = self.is_vop3sd();
        if mods.neg & !sources != 0 {
            return Some("negation");
        }
        if mods.abs & !sources != 0 || (vop3sd && mods.abs != 0) {
            return Some("an absolute value");
        }
        if vop3sd && mods.op_sel != 0 {
            return Some("op_sel");
        }
        let result = self.operands.first().filter(|info| info.role != Role::Use);
        let output = result.is_some_and(|info| number(info.ty))
            && !self.implicit.contains(Implicit::NO_OMOD);
        if mods.omod != 0 && !output {
            return Some("an output multiplier");
        }
        // A floating-point compare's clamp bit makes it signal on quiet NaNs.
        let compare = self.format == Format::Vopc
            && self
                .operands
                .iter()
                .all(|info| number(info.ty) || info.kind == Kind::Mask);
        if mods.clamp && !output && !compare && !self.implicit.contains(Implicit::CLAMP) {
            return Some("clamp");
        }
        None
    }

    /// The columns that stand in the source fields of the vector formats, in order.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &'static OperandInfo> + Clone {
        self.source_indices().map(|i| &self.operands[i])
    }

    /// Where they stand among the operands.
    pub(crate) fn source_indices(&self) -> impl Iterator<Item = usize> + Clone {
        self.operands
            .iter()
            .enumerate()
            .filter_map(|(i, info)| match info.kind {
                Kind::Literal | Kind::Imm => None,
                Kind::Mask if info.role == Role::Def => None,
                _ if i == 0 && info.role != Role::Use => None,
                _ => Some(i),
            })
    }

    /// Opcode number of the 64-bit form, where VOPC, VOP2 and VOP1 follow each other.
    pub(crate) fn e64_opcode(&self, opcode: u32) -> u32 {
        if self.format == Format::Vop1 {
            0x180 + opcode
        } else if self.format == Format::Vop2 && opcode <= 0xff {
            0x100 + opcode
        } else {
            opcode
        }
    }

    /// Whether the 64-bit form has a scalar destination field in place of `abs` and `op_sel`.
    pub(crate) fn is_vop3sd(&self) -> bool {
        self.operands
            .get(1)
            .is_some_and(|info| info.kind == Kind::Mask && info.role == Role::Def)
    }

    /// Scalar values that one instruction may read. 64-bit shifts have one port less.
    pub(crate) fn constant_bus(&self) -> usize {
        let shifts = matches!(
            self.op,
            Op::V_LSHLREV_B64 | Op::V_LSHRREV_B64 | Op::V_ASHRREV_I64
        );
        if shifts {
            1
        } else {
            2
        }
    }

    /// Whether a 16-bit immediate is a signed number rather than a bit field.
    pub fn signed_imm(&self) -> bool {
        if self.class == crate::Class::Branch {
            return true;
        }
        matches!(
            self.op,
            Op::S_MOVK_I32
                | Op::S_CMOVK_I32
                | Op::S_CMPK_EQ_I32
                | Op::S_CMPK_LG_I32
                | Op::S_CMPK_GT_I32
                | Op::S_CMPK_GE_I32
                | Op::S_CMPK_LT_I32
                | Op::S_CMPK_LE_I32
                | Op::S_ADDK_I32
                | Op::S_MULK_I32
                | Op::S_BARRIER_WAIT
        )
    }
}

/// Instructions and the halves of dual ones that compute the same.
const DUALS: [(Op, Op); 16] = [
    (Op::V_FMAC_F32, Op::V_DUAL_FMAC_F32),
    (Op::V_FMAAK_F32, Op::V_DUAL_FMAAK_F32),
    (Op::V_FMAMK_F32, Op::V_DUAL_FMAMK_F32),
    (Op::V_MUL_F32, Op::V_DUAL_MUL_F32),
    (Op::V_ADD_F32, Op::V_DUAL_ADD_F32),
    (Op::V_SUB_F32, Op::V_DUAL_SUB_F32),
    (Op::V_SUBREV_F32, Op::V_DUAL_SUBREV_F32),
    (Op::V_MUL_DX9_ZERO_F32, Op::V_DUAL_MUL_DX9_ZERO_F32),
    (Op::V_MOV_B32, Op::V_DUAL_MOV_B32),
    (Op::V_CNDMASK_B32, Op::V_DUAL_CNDMASK_B32),
    (Op::V_MAX_F32, Op::V_DUAL_MAX_F32),
    (Op::V_MIN_F32, Op::V_DUAL_MIN_F32),
    (Op::V_DOT2ACC_F32_F16, Op::V_DUAL_DOT2ACC_F32_F16),
    (Op::V_ADD_NC_U32, Op::V_DUAL_ADD_NC_U32),
    (Op::V_LSHLREV_B32, Op::V_DUAL_LSHLREV_B32),
    (Op::V_AND_B32, Op::V_DUAL_AND_B32),
];

impl Op {
    /// The half of a dual instruction that computes what this VOP1 or VOP2 instruction does in its
    /// base form. Operands are the same, but for the select's mask, which a dual one does not name.
    pub fn dual(self) -> Option<Op> {
        DUALS
            .iter()
            .find(|(single, _)| *single == self)
            .map(|(_, dual)| *dual)
    }

    /// The reverse of [`Op::dual`]. `V_DUAL_DOT2ACC_F32_BF16` exists as a half only.
    pub fn single(self) -> Option<Op> {
        DUALS
            .iter()
            .find(|(_, dual)| *dual == self)
            .map(|(single, _)| *single)
    }

    /// Whether a dual instruction can have this half second only.
    pub fn second_half_only(self) -> bool {
        let row = self.info();
        row.format == Format::Vopd && row.opcode(Gen::Gfx11).is_some_and(|opcode| opcode > 15)
    }
}
