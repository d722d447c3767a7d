//! Memory. Buffers, immediates and workgroup variables are bytes that all
//! invocations share; private and function variables are values of which each
//! invocation has its own. An access that is out of bounds reads zero or is
//! dropped: of the behaviours that WGSL allows, the one that depends on nothing.

use super::scalar::Sc;
use super::types::{Ty, TypeTable};
use super::value::{Mask, Pointer, Root, Value, OUT_OF_BOUNDS};
use super::Error;

/// All memory of a running workgroup.
#[derive(Debug)]
pub struct Memory {
    /// Shared memory by `Root::Bytes`.
    pub bytes: Vec<Vec<u8>>,
    /// Variables by `Root::Lanes`.
    pub lanes: Vec<Value>,
    /// Invocations in the workgroup.
    pub n: usize,
    /// Most scalars that one value or variable may have, all lanes counted.
    pub max_scalars: u64,
}

#[inline(always)]
fn read<const W: usize>(mem: &[u8], at: u64) -> u64 {
    let Ok(at) = usize::try_from(at) else {
        return 0;
    };
    let Some(end) = at.checked_add(W) else {
        return 0;
    };
    let mut word = [0u8; 8];
    match mem.get(at..end) {
        Some(bytes) => word[..W].copy_from_slice(bytes),
        None => return 0,
    }
    u64::from_le_bytes(word)
}

fn read_scalar(mem: &[u8], at: u64, sc: Sc) -> u64 {
    match sc.width() {
        1 => read::<1>(mem, at),
        2 => read::<2>(mem, at),
        4 => read::<4>(mem, at),
        _ => read::<8>(mem, at),
    }
}

fn read_row(out: &mut Vec<u64>, mem: &[u8], offsets: &[u64], byte: u64, sc: Sc) {
    let at = offsets.iter().map(|o| o.saturating_add(byte));
    match sc.width() {
        1 => out.extend(at.map(|at| read::<1>(mem, at))),
        2 => out.extend(at.map(|at| read::<2>(mem, at))),
        4 => out.extend(at.map(|at| read::<4>(mem, at))),
        _ => out.extend(at.map(|at| read::<8>(mem, at))),
    }
}

fn write_scalar(mem: &mut [u8], at: u64, sc: Sc, bits: u64) {
    let Ok(at) = usize::try_from(at) else { return };
    let Some(end) = at.checked_add(sc.width()) else {
        return;
    };
    if let Some(bytes) = mem.get_mut(at..end) {
        bytes.copy_from_slice(&bits.to_le_bytes()[..sc.width()]);
    }
}

impl Memory {
    /// Refuses what would need more memory than the limits give.
    pub fn check(&self, comps: u64, lanes: usize) -> Result<(), Error> {
        if comps.saturating_mul(lanes as u64) > self.max_scalars {
            return Err(Error::Memory {
                limit: self.max_scalars.saturating_mul(8),
            });
        }
        Ok(())
    }

    /// The bytes behind a root that must be shared memory.
    fn shared(&self, root: Root) -> Result<&[u8], Error> {
        match root {
            Root::Bytes(i) => self
                .bytes
                .get(i)
                .map(Vec::as_slice)
                .ok_or(Error::Invalid("a pointer to no memory")),
            Root::Lanes(_) => Err(Error::Invalid("shared memory was expected")),
        }
    }

    /// Elements of a runtime-sized array that starts at each lane's offset.
    pub fn runtime_length(&self, p: &Pointer, lane: usize, stride: u64) -> Result<u64, Error> {
        let len = self.shared(p.root)?.len() as u64;
        Ok(len.saturating_sub(p.at(lane)) / stride.max(1))
    }

    /// Reads a value of type `ty`; `data` is an old allocation to fill.
    pub fn load(
        &self,
        types: &TypeTable,
        p: &Pointer,
        ty: Ty,
        mut data: Vec<u64>,
    ) -> Result<Value, Error> {
        data.clear();
        let comps = types.comps(ty);
        match p.root {
            Root::Bytes(_) => {
                let mem = self.shared(p.root)?;
                self.check(comps, p.offset.len())?;
                data.reserve(comps as usize * p.offset.len());
                types.walk(ty, 0, &mut |byte, sc| {
                    read_row(&mut data, mem, &p.offset, byte, sc)
                })?;
                Ok(Value {
                    lanes: p.offset.len(),
                    data,
                })
            }
            Root::Lanes(i) => {
                let var = self
                    .lanes
                    .get(i)
                    .ok_or(Error::Invalid("a pointer to no variable"))?;
                let comps = comps as usize;
                if let [o] = p.offset[..] {
                    let o = usize::try_from(o).unwrap_or(usize::MAX);
                    let from = o.saturating_mul(var.lanes);
                    match var.data.get(from..from.saturating_add(comps * var.lanes)) {
                        Some(part) => data.extend_from_slice(part),
                        None => {
                            data.resize(comps, 0);
                            return Ok(Value { lanes: 1, data });
                        }
                    }
                    return Ok(Value {
                        lanes: var.lanes,
                        data,
                    });
                }
                self.check(comps as u64, self.n)?;
                for c in 0..comps {
                    data.extend(p.offset.iter().enumerate().map(|(lane, &o)| match o {
                        OUT_OF_BOUNDS => 0,
                        o => var.at(o as usize + c, lane),
                    }));
                }
                Ok(Value {
                    lanes: p.offset.len(),
                    data,
                })
            }
        }
    }

    /// Writes a value for the invocations of `mask`, in ascending order.
    pub fn store(
        &mut self,
        types: &TypeTable,
        p: &Pointer,
        ty: Ty,
        v: &Value,
        mask: &Mask,
    ) -> Result<(), Error> {
        match p.root {
            Root::Bytes(i) => {
                let mem = self
                    .bytes
                    .get_mut(i)
                    .ok_or(Error::Invalid("a pointer to no memory"))?;
                let mut comp = 0;
                let same = p.offset.len() == 1 && v.lanes == 1;
                types.walk(ty, 0, &mut |byte, sc| {
                    let row = v.row(comp);
                    if same {
                        write_scalar(mem, p.offset[0].saturating_add(byte), sc, row[0]);
                    } else {
                        for lane in mask.iter() {
                            let bits = if row.len() == 1 { row[0] } else { row[lane] };
                            write_scalar(mem, p.at(lane).saturating_add(byte), sc, bits);
                        }
                    }
                    comp += 1;
                })
            }
            Root::Lanes(i) => self.store_lanes(i, p, v, mask),
        }
    }

    fn store_lanes(&mut self, i: usize, p: &Pointer, v: &Value, mask: &Mask) -> Result<(), Error> {
        let (n, max) = (self.n, self.max_scalars);
        let var = self
            .lanes
            .get_mut(i)
            .ok_or(Error::Invalid("a pointer to no variable"))?;
        let comps = v.comps();
        if let ([0], true) = (&p.offset[..], mask.all()) {
            if comps == var.comps() {
                // The whole variable, for everybody: it becomes as uniform as the value.
                var.lanes = v.lanes;
                var.data.clear();
                var.data.extend_from_slice(&v.data);
                return Ok(());
            }
        }
        if let ([o], true, 1, 1) = (&p.offset[..], mask.all(), v.lanes, var.lanes) {
            if let Some(part) = var
                .data
                .get_mut(*o as usize..(*o as usize).saturating_add(comps))
            {
                part.copy_from_slice(&v.data);
            }
            return Ok(());
        }
        if (var.comps() as u64).saturating_mul(n as u64) > max {
            return Err(Error::Memory {
                limit: max.saturating_mul(8),
            });
        }
        var.spread(n);
        for c in 0..comps {
            let row = v.row(c);
            for lane in mask.iter() {
                let o = p.at(lane);
                if o != OUT_OF_BOUNDS {
                    if let Some(cell) = var.data.get_mut((o as usize + c) * n + lane) {
                        *cell = if row.len() == 1 { row[0] } else { row[lane] };
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads, computes and writes one scalar for each invocation of `mask` in
    /// ascending order, each seeing what the one before wrote. `f(lane, old)`
    /// gives the new value, or `None` to write nothing. Returns the old values.
    pub fn atomic(
        &mut self,
        p: &Pointer,
        sc: Sc,
        mask: &Mask,
        mut f: impl FnMut(usize, u64) -> Option<u64>,
    ) -> Result<Vec<u64>, Error> {
        let Root::Bytes(i) = p.root else {
            return Err(Error::Invalid("an atomic operation outside shared memory"));
        };
        let mem = self
            .bytes
            .get_mut(i)
            .ok_or(Error::Invalid("a pointer to no memory"))?;
        let mut old = vec![0; self.n];
        for lane in mask.iter() {
            let at = p.at(lane);
            let before = read_scalar(mem, at, sc);
            old[lane] = before;
            if let Some(after) = f(lane, before) {
                write_scalar(mem, at, sc, after);
            }
        }
        Ok(old)
    }
}
