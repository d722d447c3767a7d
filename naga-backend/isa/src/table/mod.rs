//! The instruction table: one row per instruction, from which everything else follows.
//!
//! A section names format, class and what all its rows touch implicitly; a row reads
//! `OP gfx11-opcode gfx12-opcode ["gfx12 name"] [operands] implicit state;` with `-` where a
//! generation lacks the instruction. The variant carries gfx11's spelling where there is one, and
//! the mnemonic is its lower case unless the row says otherwise. Operands stand in LLVM's printing
//! order and are the same in every form: the mask of a compare is an operand in the base form too,
//! where it can only be VCC, and an atomic's result is an operand that may be `Off`.

use crate::{Class, Format, Implicit, Kind, OpInfo, OperandInfo, Role, Ty};
use Ty::*;

#[macro_use]
mod ds;
#[macro_use]
mod flat;
#[macro_use]
mod global;
#[macro_use]
mod mubuf;
#[macro_use]
mod smem;
#[macro_use]
mod sop;
#[macro_use]
mod vop1;
#[macro_use]
mod vop2;
#[macro_use]
mod vop3;
#[macro_use]
mod vop3p;
#[macro_use]
mod vopc;
#[macro_use]
mod vopd;

const fn operand(role: Role, kind: Kind, ty: Ty) -> OperandInfo {
    OperandInfo {
        role,
        kind,
        ty,
        dwords: ty.dwords(),
    }
}

/// Vector register, written.
const fn vd(ty: Ty) -> OperandInfo {
    operand(Role::Def, Kind::Vgpr, ty)
}

/// Vector register, read and written.
const fn vdu(ty: Ty) -> OperandInfo {
    operand(Role::DefUse, Kind::Vgpr, ty)
}

/// Vector register, written, or `off`: the result of an atomic.
const fn vdo(ty: Ty) -> OperandInfo {
    operand(Role::Def, Kind::VgprOrOff, ty)
}

/// Vector register, read.
const fn vu(ty: Ty) -> OperandInfo {
    operand(Role::Use, Kind::Vgpr, ty)
}

/// Vector register, read, or `off`.
const fn vo(ty: Ty) -> OperandInfo {
    operand(Role::Use, Kind::VgprOrOff, ty)
}

/// Vector source.
const fn src(ty: Ty) -> OperandInfo {
    operand(Role::Use, Kind::Src, ty)
}

/// Scalar register, written.
const fn sd(ty: Ty) -> OperandInfo {
    operand(Role::Def, Kind::Sgpr, ty)
}

/// Scalar register, read and written.
const fn sdu(ty: Ty) -> OperandInfo {
    operand(Role::DefUse, Kind::Sgpr, ty)
}

/// Scalar register, read.
const fn su(ty: Ty) -> OperandInfo {
    operand(Role::Use, Kind::Sgpr, ty)
}

/// Scalar register, read, or `off`.
const fn so(ty: Ty) -> OperandInfo {
    operand(Role::Use, Kind::SgprOrOff, ty)
}

/// Scalar source.
const fn ss(ty: Ty) -> OperandInfo {
    operand(Role::Use, Kind::Ssrc, ty)
}

/// Lane mask, written.
const MD: OperandInfo = operand(Role::Def, Kind::Mask, Mask);
/// Lane mask, read.
const MU: OperandInfo = operand(Role::Use, Kind::Mask, Mask);
/// Field of the instruction.
const IMM: OperandInfo = OperandInfo {
    role: Role::Use,
    kind: Kind::Imm,
    ty: B32,
    dwords: 0,
};
/// The trailing literal.
const LIT: OperandInfo = OperandInfo {
    role: Role::Use,
    kind: Kind::Literal,
    ty: B32,
    dwords: 0,
};

const fn lower<const N: usize>(name: &str) -> [u8; N] {
    let (bytes, mut out, mut i) = (name.as_bytes(), [0; N], 0);
    while i < N {
        out[i] = bytes[i].to_ascii_lowercase();
        i += 1;
    }
    out
}

/// A row's implicit state: what it states, and what follows from format and operands.
const fn implicit(format: Format, operands: &[OperandInfo], stated: Implicit) -> Implicit {
    let mut out = match format {
        Format::Sop1 | Format::Sop2 | Format::Sopk | Format::Sopc | Format::Sopp | Format::Smem => {
            Implicit::empty()
        }
        Format::Vop1
        | Format::Vop2
        | Format::Vopc
        | Format::Vop3
        | Format::Vop3Sd
        | Format::Vop3p
        | Format::Vopd
        | Format::Vinterp
        | Format::LdsDir
        | Format::Ds
        | Format::Mubuf
        | Format::Flat
        | Format::Scratch
        | Format::Global => Implicit::READ_EXEC,
    };
    // Rounding, denormals and the IEEE bit are MODE's. Moving and selecting does not look at it,
    // but nothing is lost by claiming so.
    let mut i = 0;
    while i < operands.len() {
        if operands[i].ty.is_float() {
            out = out.union(Implicit::READ_MODE);
        }
        i += 1;
    }
    if stated.contains(Implicit::IGNORES_EXEC) {
        out = out.difference(Implicit::READ_EXEC);
    }
    out.union(stated)
}

macro_rules! opcode {
    (-) => {
        None
    };
    ($n:literal) => {
        Some($n)
    };
}

macro_rules! mnemonic {
    (- $($rest:tt)*) => {
        None
    };
    ($n:literal $op:ident $name:literal) => {
        Some($name)
    };
    ($n:literal $op:ident) => {{
        const BYTES: [u8; stringify!($op).len()] = lower(stringify!($op));
        match std::str::from_utf8(&BYTES) {
            Ok(name) => Some(name),
            Err(_) => None,
        }
    }};
}

macro_rules! flags {
    ([$($flag:ident)|*]) => {
        Implicit::empty()$(.union(Implicit::$flag))*
    };
}

macro_rules! define {
    ($(
        $format:ident $class:ident $shared:tt {
            $( $op:ident $gfx11:tt $gfx12:tt $($name:literal)? [$($operand:expr),*] $($flag:ident)|* ; )*
        }
    )*) => {
        /// An instruction, spelled as in AMD's documents (gfx11's name where both have one).
        ///
        /// `_GFX12` marks instructions that kept their name and changed their operands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(non_camel_case_types, missing_docs)]
        #[repr(u16)]
        pub enum Op { $($($op,)*)* }

        /// Every row, in the order of [`Op`].
        pub static ROWS: &[OpInfo] = &[$($(
            OpInfo {
                op: Op::$op,
                name: [mnemonic!($gfx11 $op), mnemonic!($gfx12 $op $($name)?)],
                opcode: [opcode!($gfx11), opcode!($gfx12)],
                format: Format::$format,
                operands: &[$($operand),*],
                implicit: implicit(
                    Format::$format,
                    &[$($operand),*],
                    flags!($shared).union(flags!([$($flag)|*])),
                ),
                class: Class::$class,
            },
        )*)*];
    };
}

/// Appends the files' sections one after the other and hands the whole to `define!`.
macro_rules! collect {
    ([] $($rows:tt)*) => { define! { $($rows)* } };
    ([$file:ident $($more:ident)*] $($rows:tt)*) => { $file! { collect [$($more)*] $($rows)* } };
}

collect! { [
    sop_rows smem_rows vop1_rows vop2_rows vopc_rows vop3_rows vop3p_rows vopd_rows ds_rows
    mubuf_rows global_rows flat_rows
] }
