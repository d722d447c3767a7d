//! Liveness of virtual registers: scalar ones along linear edges, vector ones along logical edges.

use crate::kernel::EntityVec;

use super::mir::*;

/// A set of registers that live across blocks, as bits.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(len: usize) -> Bits {
        Bits(vec![0; len.div_ceil(64)])
    }

    fn insert(&mut self, n: usize) {
        self.0[n / 64] |= 1 << (n % 64);
    }

    fn contains(&self, n: usize) -> bool {
        self.0[n / 64] >> (n % 64) & 1 != 0
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(w, &bits)| {
            let mut bits = bits;
            std::iter::from_fn(move || {
                (bits != 0).then(|| {
                    let n = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    w * 64 + n
                })
            })
        })
    }
}

/// Registers live into and out of blocks.
pub struct Liveness {
    /// Registers that live across an edge, by compact number.
    global: Vec<VReg>,
    /// Compact number of each such register.
    number: EntityVec<VReg, u32>,
    live_in: EntityVec<Block, Bits>,
    live_out: EntityVec<Block, Bits>,
}

const LOCAL: u32 = u32::MAX;

impl Liveness {
    /// Computes liveness.
    pub fn new(f: &Function) -> Liveness {
        let mut home: EntityVec<VReg, Option<Block>> = EntityVec::filled(None, f.vregs.len());
        let mut number = EntityVec::filled(LOCAL, f.vregs.len());
        let mut global = Vec::new();
        for &b in &f.order {
            for inst in &f.blocks[b].insts {
                let mut mark = |v: VReg| {
                    if number[v] == LOCAL {
                        number[v] = global.len() as u32;
                        global.push(v);
                    }
                };
                for v in inst.used() {
                    if home[v] != Some(b) {
                        mark(v);
                    }
                }
                for v in inst.defined() {
                    match home[v] {
                        Some(h) if h != b => mark(v),
                        _ => home[v] = Some(b),
                    }
                }
            }
        }
        let n = global.len();
        let mut gen = EntityVec::filled(Bits::default(), f.blocks.len());
        let mut kill = EntityVec::filled(Bits::default(), f.blocks.len());
        for &b in &f.order {
            let (mut used, mut defined) = (Bits::new(n), Bits::new(n));
            for inst in &f.blocks[b].insts {
                for v in inst.used() {
                    let g = number[v];
                    if g != LOCAL && !defined.contains(g as usize) {
                        used.insert(g as usize);
                    }
                }
                for v in inst.defined() {
                    if number[v] != LOCAL {
                        defined.insert(number[v] as usize);
                    }
                }
            }
            gen[b] = used;
            kill[b] = defined;
        }
        let mut scalar = Bits::new(n);
        for (g, &v) in global.iter().enumerate() {
            if f.vregs[v] == Bank::S {
                scalar.insert(g);
            }
        }
        let mut live_in = EntityVec::filled(Bits::new(n), f.blocks.len());
        let mut live_out = EntityVec::filled(Bits::new(n), f.blocks.len());
        loop {
            let mut changed = false;
            for &b in f.order.iter().rev() {
                let mut out = Bits::new(n);
                for (bank, invert) in [(Bank::S, 0u64), (Bank::V, !0u64)] {
                    for s in f.succs(b, bank) {
                        for w in 0..out.0.len() {
                            out.0[w] |= live_in[s].0[w] & (scalar.0[w] ^ invert);
                        }
                    }
                }
                let mut into = gen[b].clone();
                for w in 0..into.0.len() {
                    into.0[w] |= out.0[w] & !kill[b].0[w];
                }
                changed |= into != live_in[b];
                live_in[b] = into;
                live_out[b] = out;
            }
            if !changed {
                break;
            }
        }
        Liveness {
            global,
            number,
            live_in,
            live_out,
        }
    }

    /// Registers live at a block's beginning.
    pub fn live_in(&self, b: Block) -> impl Iterator<Item = VReg> + '_ {
        self.live_in[b].iter().map(|g| self.global[g])
    }

    /// Registers live at a block's end.
    pub fn live_out(&self, b: Block) -> impl Iterator<Item = VReg> + '_ {
        self.live_out[b].iter().map(|g| self.global[g])
    }

    /// Does a register live across an edge?
    pub fn is_global(&self, v: VReg) -> bool {
        self.number[v] != LOCAL
    }

    /// For each instruction of a block, and each register it uses in order, whether the register
    /// dies there; and for each definition whether it is dead.
    pub fn deaths(&self, f: &Function, b: Block) -> Vec<Deaths> {
        let insts = &f.blocks[b].insts;
        let mut live: hashbrown::HashSet<VReg> = self.live_out(b).collect();
        let mut out = Vec::with_capacity(insts.len());
        for inst in insts.iter().rev() {
            let dead_defs: Vec<bool> = inst.defined().map(|v| !live.remove(&v)).collect();
            let mut last_uses: Vec<bool> = Vec::new();
            let mut seen = smallvec::SmallVec::<[VReg; 8]>::new();
            for v in inst.used() {
                last_uses.push(!live.contains(&v));
                seen.push(v);
            }
            live.extend(seen);
            out.push(Deaths {
                uses: last_uses,
                defs: dead_defs,
            });
        }
        out.reverse();
        out
    }
}

/// Ends of lives at an instruction.
pub struct Deaths {
    /// By use in order: nothing reads the register after this instruction.
    pub uses: Vec<bool>,
    /// By definition in order: nothing ever reads it.
    pub defs: Vec<bool>,
}
