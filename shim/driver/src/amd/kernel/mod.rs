//! Kernels: from a code object to what a dispatch needs.

mod metadata;
mod object;

pub(crate) use metadata::Hidden;
pub(crate) use object::{property, CodeObject, Descriptor};

use amd_hw::die::{Die, Generation};

use super::memory::Vram;

/// Scratch for a lane of a kernel whose stack grows at run time: the compiler cannot say how far.
const DYNAMIC_STACK: u32 = 16 << 10;

/// COMPUTE_PGM_RSRC1.PRIV on gfx11: the queue's waves run privileged, as the one driver known to
/// work without a trap handler has it.
const RSRC1_PRIV: u32 = 1 << 20;

/// What the registers of a dispatch hold for a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    /// Name, for people.
    pub name: String,
    /// Address of the first instruction.
    pub code: u64,
    /// COMPUTE_PGM_RSRC1 to 3.
    pub rsrc: [u32; 3],
    /// Work items of a workgroup.
    pub workgroup: [u32; 3],
    /// Bytes of the argument block.
    pub argument_bytes: u32,
    /// Arguments that the driver fills in.
    pub hidden: Vec<(u32, Hidden)>,
    /// Bytes of scratch for a lane.
    pub scratch: u32,
    /// Bytes of LDS.
    pub lds: u32,
    /// 32 lanes a wave; otherwise 64.
    pub wave32: bool,
    /// What user SGPRs hold ([`property`]).
    pub properties: u16,
}

impl Program {
    /// From a checked object, placed at an address.
    pub(crate) fn new(
        object: &CodeObject<'_>,
        name: &str,
        base: u64,
        die: Die,
    ) -> Result<Program, String> {
        let d: Descriptor = object.descriptor;
        let metadata = object.metadata.as_ref();
        // HSA leaves the workgroup size to the dispatch. Where the kernel does not fix it, a row of
        // as many work items as it was compiled for is the one choice that is always allowed.
        let workgroup = metadata
            .and_then(|m| m.workgroup)
            .or_else(|| metadata.and_then(|m| m.max_workgroup).map(|n| [n, 1, 1]))
            .ok_or("neither the workgroup size nor its limit is stated in the metadata")?;
        let items = workgroup
            .iter()
            .try_fold(1u32, |product, n| product.checked_mul(*n))
            .filter(|items| (1..=1024).contains(items))
            .ok_or_else(|| format!("workgroup size {workgroup:?} is not between 1 and 1024"))?;
        debug_assert!(items >= 1);
        let stack = if d.properties & property::DYNAMIC_STACK != 0 {
            DYNAMIC_STACK
        } else {
            0
        };
        let argument_bytes = d
            .arguments
            .max(metadata.and_then(|m| m.argument_bytes).unwrap_or(0))
            .min(1 << 16);
        let hidden = metadata.map_or_else(Vec::new, |m| m.hidden.clone());
        for &(offset, kind) in &hidden {
            // The card itself stores three words at the first count.
            let room = if kind == Hidden::BlockCount(0) { 12 } else { 2 };
            let inside = offset
                .checked_add(room)
                .is_some_and(|end| end <= argument_bytes);
            if !inside || (room == 12 && !offset.is_multiple_of(4)) {
                return Err(format!(
                    "its metadata places {kind:?} at {offset:#x} of {argument_bytes:#x} bytes of arguments"
                ));
            }
        }
        let [mut rsrc1, mut rsrc2, rsrc3] = d.rsrc;
        if die.generation() == Generation::Gfx11 {
            rsrc1 |= RSRC1_PRIV;
        }
        // The descriptor leaves LDS_SIZE to the loader: units of 512 bytes.
        rsrc2 = (rsrc2 & !(0x1ff << 15)) | d.lds.div_ceil(512) << 15;
        let scratch = d.scratch.saturating_add(stack).next_multiple_of(4);
        rsrc2 = (rsrc2 & !1) | u32::from(scratch > 0);
        Ok(Program {
            name: name.to_owned(),
            code: base + d.entry,
            rsrc: [rsrc1, rsrc2, rsrc3],
            workgroup,
            argument_bytes,
            hidden,
            scratch,
            lds: d.lds,
            wave32: d.properties & property::WAVEFRONT_SIZE32 != 0,
            properties: d.properties,
        })
    }

    /// Lanes of a wave.
    pub(crate) fn lanes(&self) -> u32 {
        if self.wave32 {
            32
        } else {
            64
        }
    }
}

/// A kernel's code in VRAM.
#[derive(Debug)]
pub(crate) struct Resident {
    /// Number that no other kernel of this card had.
    pub id: u64,
    /// Registers.
    pub program: Program,
    /// Code.
    pub vram: Vram,
}
