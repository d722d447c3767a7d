//! Outstanding memory operations and the counters that waves wait on.
//!
//! Results are written to the registers when an operation is issued, and the registers marked; only
//! a wait that *guarantees* their arrival clears the mark. What may also have arrived by luck does
//! not count, so that a missing wait is found whatever the timing.

use std::collections::VecDeque;

use rdna_isa::{Bank, Gen, Inst, Op, Operand, RegRange, Sreg};

/// What is counted. gfx11 counts loads as VM, stores as VS, LDS and scalar memory together as
/// LGKM; gfx12 counts each alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counter {
    /// gfx11 vmcnt, gfx12 loadcnt.
    Load,
    /// gfx11 vscnt, gfx12 storecnt.
    Store,
    /// gfx12 dscnt; part of gfx11's lgkmcnt.
    Ds,
    /// gfx12 kmcnt; part of gfx11's lgkmcnt.
    Km,
}

/// An outstanding operation.
#[derive(Clone, Debug)]
pub struct Outstanding {
    /// What counts it.
    pub counter: Counter,
    /// It may return at any time relative to others of its counter.
    pub unordered: bool,
    /// Registers that it will write.
    pub defs: Vec<RegRange>,
    /// It writes memory, for barriers: a DS store or atomic.
    pub writes: bool,
    /// Number of this operation among the wave's.
    pub serial: u64,
    /// A scratch store.
    pub scratch: bool,
}

/// Waiting for one counter to fall to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Counters that the field covers together.
    pub load: Option<u32>,
    /// See [`Wait::load`].
    pub store: Option<u32>,
    /// DS; on gfx11 LDS, scalar memory and messages.
    pub ds: Option<u32>,
    /// Scalar memory on gfx12.
    pub km: Option<u32>,
}

impl Wait {
    const NONE: Wait = Wait {
        load: None,
        store: None,
        ds: None,
        km: None,
    };

    /// What a wait instruction waits for.
    pub fn of(inst: &Inst) -> Option<Wait> {
        use Op::*;
        let imm = inst
            .operands
            .iter()
            .find_map(|op| {
                if let Operand::Imm(v) = op {
                    Some(*v as u32)
                } else {
                    None
                }
            })
            .unwrap_or(0);
        let null = || matches!(inst.operands.first(), Some(Operand::Sgpr(Sreg::NULL)));
        Some(match inst.op {
            // expcnt 2:0, lgkmcnt 9:4, vmcnt 15:10.
            S_WAITCNT => Wait {
                load: Some(imm >> 10 & 0x3f),
                ds: Some(imm >> 4 & 0x3f),
                ..Wait::NONE
            },
            S_WAITCNT_VMCNT if null() => Wait {
                load: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAITCNT_VSCNT if null() => Wait {
                store: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAITCNT_LGKMCNT if null() => Wait {
                ds: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAIT_LOADCNT => Wait {
                load: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAIT_STORECNT => Wait {
                store: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAIT_DSCNT => Wait {
                ds: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAIT_KMCNT => Wait {
                km: Some(imm & 0x1f),
                ..Wait::NONE
            },
            S_WAIT_LOADCNT_DSCNT => Wait {
                load: Some(imm >> 8 & 0x3f),
                ds: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAIT_STORECNT_DSCNT => Wait {
                store: Some(imm >> 8 & 0x3f),
                ds: Some(imm & 0x3f),
                ..Wait::NONE
            },
            S_WAIT_IDLE => Wait {
                load: Some(0),
                store: Some(0),
                ds: Some(0),
                km: Some(0),
            },
            _ => return None,
        })
    }
}

/// A wave's outstanding operations, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    queue: VecDeque<Outstanding>,
    serial: u64,
}

impl Counters {
    /// Adds an operation and returns its number.
    pub fn issue(
        &mut self,
        counter: Counter,
        unordered: bool,
        defs: Vec<RegRange>,
        writes: bool,
        scratch: bool,
    ) -> u64 {
        self.serial += 1;
        self.queue.push_back(Outstanding {
            counter,
            unordered,
            defs,
            writes,
            serial: self.serial,
            scratch,
        });
        self.serial
    }

    /// Number of the last operation.
    pub fn last(&self) -> u64 {
        self.serial
    }

    /// Drops what a wait guarantees to have arrived. Returns the numbers of stores among it.
    pub fn wait(&mut self, wait: Wait, gen: Gen) -> Vec<u64> {
        let mut stores = Vec::new();
        let mut one = |covers: &dyn Fn(Counter) -> bool, n: Option<u32>| {
            let Some(n) = n else { return };
            // From the youngest: an operation is certain to have returned if it and the later ones
            // of its kind could not all be among the n that may remain.
            let mut later = [0u32; 4];
            let mut keep = Vec::with_capacity(self.queue.len());
            for o in self.queue.iter().rev() {
                if !covers(o.counter) {
                    keep.push(true);
                    continue;
                }
                let done = if o.unordered {
                    n == 0
                } else {
                    later[o.counter as usize] += 1;
                    later[o.counter as usize] > n
                };
                keep.push(!done);
            }
            let mut keep = keep.into_iter().rev();
            self.queue.retain(|o| {
                let keep = keep.next().unwrap_or(true);
                if !keep && o.counter == Counter::Store {
                    stores.push(o.serial);
                }
                keep
            });
        };
        one(&|c| c == Counter::Load, wait.load);
        one(&|c| c == Counter::Store, wait.store);
        match gen {
            Gen::Gfx11 => one(&|c| matches!(c, Counter::Ds | Counter::Km), wait.ds),
            Gen::Gfx12 => {
                one(&|c| c == Counter::Ds, wait.ds);
                one(&|c| c == Counter::Km, wait.km);
            }
        }
        stores
    }

    /// The outstanding operation that will write any of `range`.
    pub fn pending(&self, range: &RegRange) -> Option<&Outstanding> {
        self.queue
            .iter()
            .find(|o| o.defs.iter().any(|d| overlap(d, range)))
    }

    /// Operations that fit a description.
    pub fn any(&self, f: impl Fn(&Outstanding) -> bool) -> bool {
        self.queue.iter().any(f)
    }
}

/// Whether registers are touched in common; halves of one register count as the same, since a load
/// into one may write both.
fn overlap(a: &RegRange, b: &RegRange) -> bool {
    let end = |r: &RegRange| u16::from(r.first) + u16::from(r.count);
    a.bank == b.bank && u16::from(a.first) < end(b) && u16::from(b.first) < end(a)
}

/// A register range in assembler's words.
pub fn name(r: &RegRange) -> String {
    let (letter, special) = match r.bank {
        Bank::Vgpr => ('v', false),
        Bank::Sgpr => ('s', r.first >= Sreg::GENERAL),
        Bank::Scc => return "scc".into(),
    };
    if special {
        return format!("{:?}", Sreg(r.first));
    }
    if r.count == 1 {
        format!("{letter}{}", r.first)
    } else {
        format!(
            "{letter}[{}:{}]",
            r.first,
            u16::from(r.first) + u16::from(r.count) - 1
        )
    }
}
