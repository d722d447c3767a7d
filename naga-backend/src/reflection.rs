//! What a caller must know to launch a kernel.
//!
//! The argument block is bytes; this module says what goes where. docs/abi.md has the same in
//! prose. The block is 16-byte aligned in memory.

use serde::{Deserialize, Serialize};

use crate::kernel::{Binding, BindingId, BindingKind, EntityVec, Kernel};

/// Describes a compiled kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reflection {
    /// Entry point and symbol name.
    pub entry: String,
    /// Invocations of a workgroup.
    pub workgroup_size: [u32; 3],
    /// Bindings that the code uses, in (group, binding) order.
    pub bindings: Vec<BindingReflection>,
    /// Bytes of the argument block.
    pub argument_size: u32,
    /// Where the immediates stand in the block, and how many bytes the kernel may read.
    pub immediates: Option<Field>,
    /// Where the number of workgroups (three u32) stands, if the kernel reads it. Under indirect
    /// dispatch the card fills it in.
    pub num_workgroups: Option<u32>,
    /// Bytes of workgroup memory.
    pub workgroup_memory: u32,
    /// Bytes of scratch memory an invocation.
    pub scratch: u32,
}

/// A place in the argument block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Byte offset.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
}

/// One used binding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingReflection {
    /// `@group`.
    pub group: u32,
    /// `@binding`.
    pub binding: u32,
    /// Variable name.
    pub name: String,
    /// Address space and access.
    pub kind: BindingKind,
    /// Least bytes to bind.
    pub min_size: u32,
    /// Byte offset of its 16-byte entry in the argument block.
    pub offset: u32,
    /// How the entry is written.
    pub form: BindingForm,
    /// What the kernel clamps indices and offsets to.
    pub limits: Vec<Limit>,
}

/// A word of the argument block: the largest index, or byte offset, of an access that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limit {
    /// Byte offset of the word in the argument block.
    pub offset: u32,
    /// Bytes from the first element's beginning to the end of its access.
    pub end: u32,
    /// Alignment of offsets, a power of two.
    pub align: u32,
    /// Binary logarithm of the stride of indices; 0 for offsets.
    pub shift: u32,
}

impl Limit {
    /// The word for a bound range of `size` bytes, which is no less than [`Limit::end`].
    pub fn of(&self, size: u64) -> u32 {
        let room = cut(size).saturating_sub(self.end);
        (room & self.align.wrapping_neg()) >> self.shift
    }
}

/// Sizes beyond 32 bits are cut to the largest multiple of four that fits: offsets within a binding
/// are of 32 bits.
fn cut(size: u64) -> u32 {
    size.min(0xffff_fffc) as u32
}

impl Reflection {
    /// The argument block of a launch of `grid` workgroups. `bound` gives the address and the size
    /// in bytes of what is bound.
    pub fn arguments<E>(
        &self,
        mut bound: impl FnMut(&BindingReflection) -> Result<(u64, u64), E>,
        grid: [u32; 3],
        immediates: &[u8],
    ) -> Result<Vec<u8>, E> {
        let mut block = vec![0; self.argument_size as usize];
        let mut put = |offset: u32, bytes: &[u8]| {
            let start = offset as usize;
            if let Some(place) = block.get_mut(start..start + bytes.len()) {
                place.copy_from_slice(bytes);
            }
        };
        for binding in &self.bindings {
            let (address, size) = bound(binding)?;
            put(binding.offset, &binding.form.encode(address, size));
            for limit in &binding.limits {
                put(limit.offset, &limit.of(size).to_le_bytes());
            }
        }
        if let Some(offset) = self.num_workgroups {
            for (axis, count) in (0..).zip(grid) {
                put(offset + axis * 4, &count.to_le_bytes());
            }
        }
        if let Some(field) = self.immediates {
            let size = (field.size as usize).min(immediates.len());
            put(field.offset, &immediates[..size]);
        }
        Ok(block)
    }
}

/// How a binding's 16 bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BindingForm {
    /// AMD raw-buffer descriptor (V#): address, size in bytes, constant word.
    Descriptor,
    /// 64-bit address, then 64-bit size in bytes, whose upper half is 0.
    AddressAndSize,
}

/// Word 3 of a raw-buffer V# on gfx11 and gfx12: identity swizzle, 32_FLOAT, OOB_SELECT raw.
pub const RAW_BUFFER_WORD3: u32 = 0x3001_6fac;

impl BindingForm {
    /// Describes the bindings that have an entry, by the entries' offsets and the limits of each.
    pub(crate) fn reflect(
        self,
        kernel: &Kernel,
        offsets: &EntityVec<BindingId, Option<u32>>,
        limits: impl Fn(BindingId) -> Vec<Limit>,
    ) -> Vec<BindingReflection> {
        let entry = |(id, binding): (BindingId, &Binding)| {
            Some(BindingReflection {
                group: binding.group,
                binding: binding.binding,
                name: binding.name.clone(),
                kind: binding.kind,
                min_size: binding.min_size,
                offset: offsets[id]?,
                form: self,
                limits: limits(id),
            })
        };
        kernel.bindings.iter().filter_map(entry).collect()
    }

    /// The entry for a buffer at `address` of `size` bytes.
    fn encode(self, address: u64, size: u64) -> [u8; 16] {
        let mut bytes = [0; 16];
        let records = cut(size);
        match self {
            BindingForm::Descriptor => {
                bytes[..8].copy_from_slice(&(address & 0xffff_ffff_ffff).to_le_bytes());
                bytes[8..12].copy_from_slice(&records.to_le_bytes());
                bytes[12..].copy_from_slice(&RAW_BUFFER_WORD3.to_le_bytes());
            }
            BindingForm::AddressAndSize => {
                bytes[..8].copy_from_slice(&address.to_le_bytes());
                bytes[8..12].copy_from_slice(&records.to_le_bytes());
            }
        }
        bytes
    }
}
