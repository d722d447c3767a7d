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

/// A wave's outstanding operations.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// By counter, oldest first.
    queues: [VecDeque<Outstanding>; 4],
    /// How many of each will write registers. Stores, which nobody waits for, make long queues, and
    /// every instruction asks.
    defining: [usize; 4],
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
        self.defining[counter as usize] += usize::from(!defs.is_empty());
        self.queues[counter as usize].push_back(Outstanding {
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
        let km = match gen {
            Gen::Gfx11 => wait.ds,
            Gen::Gfx12 => wait.km,
        };
        let mut stores = Vec::new();
        for (counter, n) in [
            (Counter::Load, wait.load),
            (Counter::Store, wait.store),
            (Counter::Ds, wait.ds),
            (Counter::Km, km),
        ] {
            let Some(n) = n else { continue };
            let queue = &mut self.queues[counter as usize];
            let defining = &mut self.defining[counter as usize];
            // An operation is certain to have returned if it and the later ones of its kind could not
            // all be among the n that may remain.
            let mut ordered = queue.iter().filter(|o| !o.unordered).count();
            queue.retain(|o| {
                let done = match o.unordered {
                    true => n == 0,
                    false => {
                        ordered -= 1;
                        ordered >= n as usize
                    }
                };
                if done {
                    *defining -= usize::from(!o.defs.is_empty());
                    if counter == Counter::Store {
                        stores.push(o.serial);
                    }
                }
                !done
            });
        }
        stores
    }

    /// The outstanding operation that will write any of `range`.
    pub fn pending(&self, range: &RegRange) -> Option<&Outstanding> {
        let queues = self.queues.iter().zip(self.defining);
        queues
            .filter(|(_, defining)| *defining > 0)
            .flat_map(|(queue, _)| queue)
            .find(|o| o.defs.iter().any(|d| overlap(d, range)))
    }

    /// Operations that fit a description.
    pub fn any(&self, f: impl Fn(&Outstanding) -> bool) -> bool {
        self.queues.iter().flatten().any(f)
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
