//! Opcode to row: arrays built from the table on first use.

use std::sync::OnceLock;

use crate::{table::ROWS, Form, Format, Gen, Op};

/// Opcode to row, per format.
pub(super) struct Index {
    pub(super) sop1: [Option<Op>; 256],
    pub(super) sop2: [Option<Op>; 128],
    pub(super) sopk: [Option<Op>; 32],
    pub(super) sopc: [Option<Op>; 128],
    pub(super) sopp: [Option<Op>; 128],
    pub(super) smem: [Option<Op>; 256],
    pub(super) vop1: [Option<Op>; 256],
    pub(super) vop2: [Option<Op>; 64],
    pub(super) vopc: [Option<Op>; 256],
    /// Everything that the 64-bit format can hold, by its opcode there.
    pub(super) vop3: [Option<Op>; 1024],
    pub(super) vop3p: [Option<Op>; 128],
    pub(super) vopd: [Option<Op>; 32],
    pub(super) vinterp: [Option<Op>; 32],
    pub(super) lds_direct: [Option<Op>; 4],
    pub(super) ds: [Option<Op>; 256],
    pub(super) mubuf: [Option<Op>; 256],
    pub(super) flat: [Option<Op>; 256],
    pub(super) scratch: [Option<Op>; 256],
    pub(super) global: [Option<Op>; 256],
}

impl Index {
    fn new(gen: Gen) -> Index {
        let mut index = Index {
            sop1: [None; 256],
            sop2: [None; 128],
            sopk: [None; 32],
            sopc: [None; 128],
            sopp: [None; 128],
            smem: [None; 256],
            vop1: [None; 256],
            vop2: [None; 64],
            vopc: [None; 256],
            vop3: [None; 1024],
            vop3p: [None; 128],
            vopd: [None; 32],
            vinterp: [None; 32],
            lds_direct: [None; 4],
            ds: [None; 256],
            mubuf: [None; 256],
            flat: [None; 256],
            scratch: [None; 256],
            global: [None; 256],
        };
        let put = |table: &mut [Option<Op>], opcode: usize, op: Op| {
            if let Some(slot) = table.get_mut(opcode) {
                *slot = Some(op);
            }
        };
        for row in ROWS {
            let Some(opcode) = row.opcode(gen).map(usize::from) else {
                continue;
            };
            let table: &mut [Option<Op>] = match row.format {
                Format::Sop1 => &mut index.sop1,
                Format::Sop2 => &mut index.sop2,
                Format::Sopk => &mut index.sopk,
                Format::Sopc => &mut index.sopc,
                Format::Sopp => &mut index.sopp,
                Format::Smem => &mut index.smem,
                Format::Vop1 => &mut index.vop1,
                Format::Vop2 if opcode <= 0xff => &mut index.vop2,
                Format::Vopc => &mut index.vopc,
                Format::Vop2 | Format::Vop3 | Format::Vop3Sd => &mut index.vop3,
                Format::Vop3p => &mut index.vop3p,
                Format::Vopd => &mut index.vopd,
                Format::Vinterp => &mut index.vinterp,
                Format::LdsDir => &mut index.lds_direct,
                Format::Ds => &mut index.ds,
                Format::Mubuf => &mut index.mubuf,
                Format::Flat => &mut index.flat,
                Format::Scratch => &mut index.scratch,
                Format::Global => &mut index.global,
            };
            put(table, opcode, row.op);
            if row.has_form(Form::E64, gen) {
                put(
                    &mut index.vop3,
                    row.e64_opcode(opcode as u32) as usize,
                    row.op,
                );
            }
        }
        index
    }

    pub(super) fn get(gen: Gen) -> &'static Index {
        static INDEX: [OnceLock<Box<Index>>; 2] = [OnceLock::new(), OnceLock::new()];
        INDEX[gen as usize].get_or_init(|| Box::new(Index::new(gen)))
    }
}
