//! Memory: loads and stores of bindings, immediates, LDS and scratch.
//!
//! A binding's offset goes into VADDR or the immediate of a buffer instruction, whose sum the
//! hardware compares with the bound size; what is uniform and read-only is loaded by the scalar
//! unit with the same check.

use rdna_isa::{Mods, Op, Operand};

use super::emit::int;
use super::*;
use crate::amdgpu::mir::{Arg, Inst};

/// A dynamic offset and the constant beside it.
pub(super) struct Address {
    pub dynamic: Option<Src>,
    pub constant: u32,
}

/// Registers-worth of data that one instruction moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Byte offset within the access.
    offset: u32,
    /// Bytes: 2, 4, 8, 12 or 16.
    bytes: u32,
}

/// Cuts an access into pieces of at most four dwords, down to halves where it is not aligned to a
/// dword.
fn pieces(bytes: u32, align: u32) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut offset = 0;
    while offset < bytes {
        let rest = bytes - offset;
        let n = if align < 4 || rest < 4 {
            2
        } else {
            (rest & !3).min(16)
        };
        out.push(Piece { offset, bytes: n });
        offset += n;
    }
    out
}

/// The same under LDS's alignment rules.
fn lds_pieces(bytes: u32, align: u32) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut offset = 0;
    while offset < bytes {
        let rest = bytes - offset;
        let aligned = |n: u32| align >= n && offset % n == 0;
        let n = match rest {
            16.. if aligned(16) || aligned(8) => 16,
            12..=15 if aligned(16) => 12,
            8.. if aligned(4) => 8,
            4.. if aligned(4) => 4,
            _ => 2,
        };
        out.push(Piece { offset, bytes: n });
        offset += n;
    }
    out
}

impl Select<'_> {
    pub(super) fn address(
        &mut self,
        data: &InstData,
        access: &Access,
        has_offset: bool,
    ) -> Address {
        let dynamic = has_offset.then(|| self.src(data.args[0]));
        match dynamic {
            Some(Src::Bits(bits)) => Address {
                dynamic: None,
                constant: access.offset.wrapping_add(bits),
            },
            dynamic => Address {
                dynamic,
                constant: access.offset,
            },
        }
    }

    /// Splits off what an immediate field up to `max` cannot hold, so that `span` more bytes can
    /// still be added to the rest.
    pub(super) fn fit(&mut self, address: &Address, span: u32, max: u32) -> (Option<Src>, u32) {
        let limit = max.saturating_sub(span);
        if address.constant <= limit {
            return (address.dynamic, address.constant);
        }
        let kept = address.constant & (max.next_power_of_two() / 2 - 1) & !3;
        let kept = if kept <= limit { kept } else { 0 };
        let moved = Src::Bits(address.constant - kept);
        let base = match address.dynamic {
            Some(d) => self.v_op(Op::V_ADD_NC_U32, &[moved, d]).into(),
            None => moved,
        };
        (Some(base), kept)
    }

    /// Largest immediate offset of a buffer instruction.
    pub(super) fn buffer_max(&self) -> u32 {
        match self.gen() {
            Gen::Gfx11 => 4095,
            Gen::Gfx12 => 0x7f_ffff,
        }
    }

    /// Gives a result its registers from dwords that were loaded, or halves.
    fn scatter(&mut self, data: &InstData, pieces: &[(Piece, Regs)]) {
        let Some(&first) = data.results.first() else {
            return;
        };
        let bytes = self.ty(first).bytes();
        for (n, &result) in data.results.iter().enumerate() {
            let start = n as u32 * bytes;
            let Some((piece, regs)) = pieces
                .iter()
                .find(|(p, _)| p.offset <= start && start < p.offset + p.bytes)
            else {
                continue;
            };
            let inner = start - piece.offset;
            let regs: Regs = match bytes {
                8 => {
                    // A pair may straddle two pieces only where pieces are single dwords.
                    let low = regs[inner as usize / 4];
                    let high = pieces
                        .iter()
                        .find(|(p, _)| p.offset <= start + 4 && start + 4 < p.offset + p.bytes)
                        .map(|(p, r)| r[(start + 4 - p.offset) as usize / 4]);
                    [low, high.unwrap_or(low)].as_slice().into()
                }
                2 if inner % 4 == 2 => {
                    let word = regs[inner as usize / 4];
                    [self.v_op(Op::V_LSHRREV_B32, &[int(16), word.into()])]
                        .as_slice()
                        .into()
                }
                _ => [regs[inner as usize / 4]].as_slice().into(),
            };
            self.values[result] = regs;
        }
    }

    /// Data of a store, cut as `pieces` says.
    fn gather(&mut self, values: &[Value], pieces: &[Piece]) -> Vec<Regs> {
        let Some(&first) = values.first() else {
            return Vec::new();
        };
        let bytes = self.ty(first).bytes();
        let mut out = Vec::new();
        for piece in pieces {
            let mut sources = Vec::new();
            if piece.bytes == 2 {
                let value = values[(piece.offset / bytes) as usize];
                sources.push(self.src(value));
            } else {
                for word in 0..piece.bytes / 4 {
                    let at = piece.offset + 4 * word;
                    let value = values[(at / bytes) as usize];
                    let source = match bytes {
                        2 => {
                            let high = values[(at / 2 + 1) as usize];
                            let (lo, hi) = (self.src(value), self.src(high));
                            self.pack_halves(lo, hi).into()
                        }
                        8 => self.word(value, (at % 8 / 4) as usize),
                        _ => self.src(value),
                    };
                    sources.push(source);
                }
            }
            out.push(self.group(&sources));
        }
        out
    }

    fn cache(&self, access: &Access) -> u8 {
        match (access.atomic, self.gen()) {
            (false, _) => 0,
            // Past L0 and GL1.
            (true, Gen::Gfx11) => Mods::GLC | Mods::DLC,
            // Scope: device.
            (true, Gen::Gfx12) => 2,
        }
    }

    pub(super) fn load(&mut self, data: &InstData, access: &Access) -> Result<(), Error> {
        let Some(&first) = data.results.first() else {
            return Ok(());
        };
        let bytes = self.ty(first).bytes() * data.results.len() as u32;
        let address = self.address(data, access, !data.args.is_empty());
        let scalar = self.bank(first) == Bank::S;
        match access.space {
            Space::Binding(binding) => {
                let descriptor = self.descriptor(binding)?;
                if scalar {
                    return self.scalar_load(data, address, bytes, Some(descriptor), access);
                }
                let mut loaded = Vec::new();
                let (base, constant) = self.fit(&address, bytes, self.buffer_max());
                let base = base.map(|b| self.in_v(b));
                for piece in pieces(bytes, access.align) {
                    let op = match piece.bytes {
                        2 => Op::BUFFER_LOAD_U16,
                        4 => Op::BUFFER_LOAD_B32,
                        8 => Op::BUFFER_LOAD_B64,
                        12 => Op::BUFFER_LOAD_B96,
                        _ => Op::BUFFER_LOAD_B128,
                    };
                    let regs = self.new_regs(Bank::V, piece.bytes.div_ceil(4) as usize);
                    let mut inst = Inst::new(
                        op,
                        &[Arg::Regs(regs.clone())],
                        &buffer_operands(self.gen(), base, &descriptor),
                    );
                    inst.mods.offen = base.is_some();
                    inst.mods.offset = (constant + piece.offset) as i32;
                    inst.mods.cache = self.cache(access);
                    inst.constant = self.kernel.bindings[binding].kind.is_read_only();
                    self.inst(inst);
                    loaded.push((piece, regs));
                }
                self.scatter(data, &loaded);
                Ok(())
            }
            Space::Immediates => {
                if scalar {
                    return self.scalar_load(data, address, bytes, None, access);
                }
                self.immediates_load(data, address, bytes, access)
            }
            Space::Shared(shared) => {
                let address = Address {
                    constant: address.constant + self.abi.shared[shared],
                    ..address
                };
                let (base, constant) = self.fit(&address, bytes, 0xffff);
                let base = base.unwrap_or(int(0));
                let base = self.in_v(base);
                let mut loaded = Vec::new();
                for piece in lds_pieces(bytes, access.align) {
                    let at = constant + piece.offset;
                    let exact = access.align >= piece.bytes.next_power_of_two();
                    let (op, offset) = match (piece.bytes, exact) {
                        (2, _) => (Op::DS_LOAD_U16, Some(at)),
                        (4, _) => (Op::DS_LOAD_B32, Some(at)),
                        (8, true) => (Op::DS_LOAD_B64, Some(at)),
                        (12, _) => (Op::DS_LOAD_B96, Some(at)),
                        (16, true) => (Op::DS_LOAD_B128, Some(at)),
                        (8, false) => (Op::DS_LOAD_2ADDR_B32, two_offsets(at, 4)),
                        _ => (Op::DS_LOAD_2ADDR_B64, two_offsets(at, 8)),
                    };
                    let (base, offset) = self.two_address_base(base, at, offset, piece.bytes);
                    let regs = self.new_regs(Bank::V, piece.bytes.div_ceil(4) as usize);
                    let mut inst = Inst::new(op, &[Arg::Regs(regs.clone())], &[base.into()]);
                    inst.mods.offset = offset as i32;
                    self.inst(inst);
                    loaded.push((piece, regs));
                }
                self.scatter(data, &loaded);
                Ok(())
            }
            Space::Local(local) => {
                let address = Address {
                    constant: address.constant + self.abi.locals[local],
                    ..address
                };
                let (base, constant) = self.fit(&address, bytes, 4095);
                let base: Arg = match base {
                    Some(b) => self.in_v(b).into(),
                    None => Operand::Off.into(),
                };
                let mut loaded = Vec::new();
                for piece in pieces(bytes, access.align) {
                    let op = match piece.bytes {
                        2 => Op::SCRATCH_LOAD_U16,
                        4 => Op::SCRATCH_LOAD_B32,
                        8 => Op::SCRATCH_LOAD_B64,
                        12 => Op::SCRATCH_LOAD_B96,
                        _ => Op::SCRATCH_LOAD_B128,
                    };
                    let regs = self.new_regs(Bank::V, piece.bytes.div_ceil(4) as usize);
                    let mut inst = Inst::new(
                        op,
                        &[Arg::Regs(regs.clone())],
                        &[base.clone(), Operand::Off.into()],
                    );
                    inst.mods.offset = (constant + piece.offset) as i32;
                    self.inst(inst);
                    loaded.push((piece, regs));
                }
                self.scatter(data, &loaded);
                Ok(())
            }
        }
    }

    /// A two-address form reaches 255 elements only: beyond, the base moves.
    fn two_address_base(
        &mut self,
        base: VReg,
        at: u32,
        offset: Option<u32>,
        bytes: u32,
    ) -> (VReg, u32) {
        match offset {
            Some(offset) => (base, offset),
            None => {
                let moved = self.v_op(Op::V_ADD_NC_U32, &[Src::Bits(at), base.into()]);
                let offset = two_offsets(0, if bytes == 8 { 4 } else { 8 });
                (moved, offset.unwrap_or(0))
            }
        }
    }

    /// A load by the scalar unit: from a descriptor, or from the immediates.
    fn scalar_load(
        &mut self,
        data: &InstData,
        address: Address,
        bytes: u32,
        descriptor: Option<[VReg; 4]>,
        access: &Access,
    ) -> Result<(), Error> {
        let mut constant = address.constant;
        let mut dynamic = address.dynamic.map(|d| self.scalar(d));
        if descriptor.is_none() {
            let Some(base) = self.abi.immediates else {
                return self.internal("immediates without a place");
            };
            if let (Some(d), true) = (dynamic, access.checked) {
                // The argument block is not a binding: nothing checks but this.
                let last = self.kernel.immediates;
                let last = last.saturating_sub(constant.saturating_add(bytes));
                dynamic = Some(self.s_op(Op::S_MIN_U32, &[d, int(last as i32)]).into());
            }
            constant = constant.saturating_add(base);
        }
        // 20 bits on gfx11, 23 on gfx12, that are not negative.
        if constant.saturating_add(bytes) > 0xf_ffff {
            let rest = Src::Bits(constant);
            dynamic = Some(match dynamic {
                Some(d) => self.s_op(Op::S_ADD_I32, &[d, rest]).into(),
                None => self.copy(Bank::S, rest).into(),
            });
            constant = 0;
        }
        let soffset: Arg = match dynamic {
            Some(d) => self.in_s(d).into(),
            None => Operand::Off.into(),
        };
        let base: Regs = match descriptor {
            Some(d) => d.as_slice().into(),
            None => [self.kernarg, self.kernarg_hi].as_slice().into(),
        };
        let mut loaded = Vec::new();
        let mut offset = 0;
        while offset < bytes {
            let dwords = (bytes - offset) / 4;
            // Three dwords are loaded as two and one: a fourth could be out of range, and would
            // take the others with it.
            let (n, plain, buffer) = match dwords {
                8.. => (8, Op::S_LOAD_B256, Op::S_BUFFER_LOAD_B256),
                4.. => (4, Op::S_LOAD_B128, Op::S_BUFFER_LOAD_B128),
                2.. => (2, Op::S_LOAD_B64, Op::S_BUFFER_LOAD_B64),
                _ => (1, Op::S_LOAD_B32, Op::S_BUFFER_LOAD_B32),
            };
            let op = if descriptor.is_some() { buffer } else { plain };
            let regs = self.new_regs(Bank::S, n as usize);
            let mut inst = Inst::new(
                op,
                &[Arg::Regs(regs.clone())],
                &[Arg::Regs(base.clone()), soffset.clone()],
            );
            inst.mods.offset = (constant + offset) as i32;
            self.inst(inst);
            let piece = Piece {
                offset,
                bytes: 4 * n,
            };
            loaded.push((piece, regs));
            offset += 4 * n;
        }
        self.scatter(data, &loaded);
        Ok(())
    }

    /// Immediates at an offset that differs between lanes.
    fn immediates_load(
        &mut self,
        data: &InstData,
        address: Address,
        bytes: u32,
        access: &Access,
    ) -> Result<(), Error> {
        let Some(place) = self.abi.immediates else {
            return self.internal("immediates without a place");
        };
        let mut offset = address.dynamic.unwrap_or(int(0));
        if access.checked {
            let last = self
                .kernel
                .immediates
                .saturating_sub(address.constant + bytes);
            offset = self.v_op(Op::V_MIN_U32, &[int(last as i32), offset]).into();
        }
        let total = Src::Bits(address.constant + place);
        let offset = self.v_op(Op::V_ADD_NC_U32, &[total, offset]);
        let mut loaded = Vec::new();
        for piece in pieces(bytes, access.align) {
            let op = match piece.bytes {
                2 => Op::GLOBAL_LOAD_U16,
                4 => Op::GLOBAL_LOAD_B32,
                8 => Op::GLOBAL_LOAD_B64,
                12 => Op::GLOBAL_LOAD_B96,
                _ => Op::GLOBAL_LOAD_B128,
            };
            let regs = self.new_regs(Bank::V, piece.bytes.div_ceil(4) as usize);
            let base: Regs = [self.kernarg, self.kernarg_hi].as_slice().into();
            let mut inst = Inst::new(
                op,
                &[Arg::Regs(regs.clone())],
                &[offset.into(), Arg::Regs(base)],
            );
            inst.mods.offset = piece.offset as i32;
            self.inst(inst);
            loaded.push((piece, regs));
        }
        self.scatter(data, &loaded);
        Ok(())
    }

    pub(super) fn store(
        &mut self,
        data: &InstData,
        access: &Access,
        has_offset: bool,
    ) -> Result<(), Error> {
        let values = &data.args[has_offset as usize..];
        let Some(&first) = values.first() else {
            return Ok(());
        };
        let bytes = self.ty(first).bytes() * values.len() as u32;
        let address = self.address(data, access, has_offset);
        match access.space {
            Space::Binding(binding) => {
                let descriptor = self.descriptor(binding)?;
                let pieces = pieces(bytes, access.align);
                let (base, constant) = self.fit(&address, bytes, self.buffer_max());
                let base = base.map(|b| self.in_v(b));
                let stored = self.gather(values, &pieces);
                for (piece, regs) in pieces.iter().zip(stored) {
                    let op = match piece.bytes {
                        2 => Op::BUFFER_STORE_B16,
                        4 => Op::BUFFER_STORE_B32,
                        8 => Op::BUFFER_STORE_B64,
                        12 => Op::BUFFER_STORE_B96,
                        _ => Op::BUFFER_STORE_B128,
                    };
                    let mut uses = vec![Arg::Regs(regs)];
                    uses.extend(buffer_operands(self.gen(), base, &descriptor));
                    let mut inst = Inst::new(op, &[], &uses);
                    inst.mods.offen = base.is_some();
                    inst.mods.offset = (constant + piece.offset) as i32;
                    inst.mods.cache = self.cache(access);
                    self.inst(inst);
                }
                Ok(())
            }
            Space::Immediates => self.internal("store to immediates"),
            Space::Shared(shared) => {
                let address = Address {
                    constant: address.constant + self.abi.shared[shared],
                    ..address
                };
                let (base, constant) = self.fit(&address, bytes, 0xffff);
                let base = base.unwrap_or(int(0));
                let base = self.in_v(base);
                if access.atomic {
                    // A plain store would do, and would be a race to whoever watches: an exchange
                    // says that the word is one that waves meet in.
                    let op = match bytes {
                        8 => Op::DS_STOREXCHG_RTN_B64,
                        _ => Op::DS_STOREXCHG_RTN_B32,
                    };
                    let regs = self.gather(values, &[Piece { offset: 0, bytes }]).remove(0);
                    let old = self.new_regs(Bank::V, regs.len());
                    let mut inst =
                        Inst::new(op, &[Arg::Regs(old)], &[base.into(), Arg::Regs(regs)]);
                    inst.mods.offset = constant as i32;
                    self.inst(inst);
                    return Ok(());
                }
                for piece in lds_pieces(bytes, access.align) {
                    let at = constant + piece.offset;
                    let exact = access.align >= piece.bytes.next_power_of_two();
                    let half = piece.bytes / 2;
                    if exact || piece.bytes <= 4 || piece.bytes == 12 {
                        let regs = self.gather(values, &[piece]).remove(0);
                        let op = match piece.bytes {
                            2 => Op::DS_STORE_B16,
                            4 => Op::DS_STORE_B32,
                            8 => Op::DS_STORE_B64,
                            12 => Op::DS_STORE_B96,
                            _ => Op::DS_STORE_B128,
                        };
                        let mut inst = Inst::new(op, &[], &[base.into(), Arg::Regs(regs)]);
                        inst.mods.offset = at as i32;
                        self.inst(inst);
                        continue;
                    }
                    let (op, offset) = match half {
                        4 => (Op::DS_STORE_2ADDR_B32, two_offsets(at, 4)),
                        _ => (Op::DS_STORE_2ADDR_B64, two_offsets(at, 8)),
                    };
                    let (base, offset) = self.two_address_base(base, at, offset, piece.bytes);
                    let halves = [0, half].map(|o| Piece {
                        offset: piece.offset + o,
                        bytes: half,
                    });
                    let mut regs = self.gather(values, &halves);
                    let second = regs.remove(1);
                    let first = regs.remove(0);
                    let mut inst =
                        Inst::new(op, &[], &[base.into(), Arg::Regs(first), Arg::Regs(second)]);
                    inst.mods.offset = offset as i32;
                    self.inst(inst);
                }
                Ok(())
            }
            Space::Local(local) => {
                let address = Address {
                    constant: address.constant + self.abi.locals[local],
                    ..address
                };
                let (base, constant) = self.fit(&address, bytes, 4095);
                let base: Arg = match base {
                    Some(b) => self.in_v(b).into(),
                    None => Operand::Off.into(),
                };
                let pieces = pieces(bytes, access.align);
                let stored = self.gather(values, &pieces);
                for (piece, regs) in pieces.iter().zip(stored) {
                    let op = match piece.bytes {
                        2 => Op::SCRATCH_STORE_B16,
                        4 => Op::SCRATCH_STORE_B32,
                        8 => Op::SCRATCH_STORE_B64,
                        12 => Op::SCRATCH_STORE_B96,
                        _ => Op::SCRATCH_STORE_B128,
                    };
                    let mut inst = Inst::new(
                        op,
                        &[],
                        &[base.clone(), Arg::Regs(regs), Operand::Off.into()],
                    );
                    inst.mods.offset = (constant + piece.offset) as i32;
                    self.inst(inst);
                }
                Ok(())
            }
        }
    }
}

/// VADDR, SRSRC and SOFFSET of a buffer instruction.
pub(super) fn buffer_operands(gen: Gen, base: Option<VReg>, descriptor: &[VReg; 4]) -> [Arg; 3] {
    let vaddr: Arg = match base {
        Some(b) => b.into(),
        None => Operand::Off.into(),
    };
    [
        vaddr,
        descriptor.as_slice().into(),
        match gen {
            Gen::Gfx11 => Operand::Inline(128).into(),
            Gen::Gfx12 => Operand::NULL.into(),
        },
    ]
}

/// The two offsets of a two-address form, in elements, if they fit.
fn two_offsets(at: u32, element: u32) -> Option<u32> {
    let n = at / element;
    (at.is_multiple_of(element) && n + 1 < 256).then_some(n | (n + 1) << 8)
}
