//! What instructions do to the lanes that take part; control flow is not theirs.
//!
//! Here are values and what lanes tell each other; the functions come from `decode`, in the
//! instruction.

use super::super::exec::Context;
use super::super::inst::{Combine, Inst, Op, Shuffle, Vote};
use super::super::{Fault, FaultKind, LANES};
use super::memory::{number, Place};
use super::{lanes, mask_of, Warp};

/// What a lane gets of one that does not take part.
const UNDEFINED: u64 = 0xdead_5eed;

impl Warp {
    pub(super) fn execute(
        &mut self,
        inst: &Inst,
        active: u32,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        match &inst.op {
            Op::Map1(f, d, a) => {
                let a = self.read(*a, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane]));
            }
            Op::Map2(f, d, [a, b]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane], b[lane]));
            }
            Op::Map3(f, d, [a, b, c]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane], b[lane], c[lane]));
            }
            Op::Map4(f, d, [a, b, c, e]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                let e = self.read(*e, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane], b[lane], c[lane], e[lane]));
            }
            Op::Convert(f, d, a, keep) => {
                let a = self.read(*a, active, inst, context)?;
                self.write(*d, active, |lane| f(a[lane]) & keep);
            }
            Op::Approx(f, d, [a, b]) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let seed = context.seed;
                self.write(*d, active, |lane| f.apply(a[lane], b[lane], seed));
            }
            Op::Pack(d, parts, each) => {
                let mut row = [0; LANES];
                for (part, n) in parts.iter().zip(0..) {
                    let part = self.read(*part, active, inst, context)?;
                    for lane in 0..LANES {
                        row[lane] |= part[lane] << (n * each);
                    }
                }
                self.write(*d, active, |lane| row[lane]);
            }
            Op::Unpack(parts, a, each) => {
                let a = self.read(*a, active, inst, context)?;
                let keep = (1 << each) - 1;
                for (part, n) in parts.iter().zip(0..) {
                    if let Some(d) = part {
                        self.write(*d, active, |lane| a[lane] >> (n * each) & keep);
                    }
                }
            }
            Op::Compare {
                f,
                d,
                complement,
                args: [a, b],
                combine,
            } => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let held = lanes(active).fold(0, |mask, lane| {
                    mask | u32::from(f(a[lane], b[lane])) << lane
                });
                let joined = |held: u32| match *combine {
                    None => Ok(held),
                    Some((how, third)) => {
                        let third = self.truth(third, active, inst, context)?;
                        Ok(match how {
                            Combine::And => held & third,
                            Combine::Or => held | third,
                            Combine::Xor => held ^ third,
                        })
                    }
                };
                let (p, q) = (joined(held)?, joined(!held)?);
                if let Some(d) = d {
                    self.write_pred(*d, active, p);
                }
                if let Some(complement) = complement {
                    self.write_pred(*complement, active, q);
                }
            }
            Op::Select(d, [a, b], p) => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let p = self.truth(*p, active, inst, context)?;
                self.write(*d, active, |lane| match p >> lane & 1 {
                    1 => a[lane],
                    _ => b[lane],
                });
            }
            Op::PredMap(f, d, [a, b]) => {
                let a = self.truth(*a, active, inst, context)?;
                let b = self.truth(*b, active, inst, context)?;
                self.write_pred(*d, active, f(a, b));
            }
            Op::Load {
                space,
                bytes,
                signed,
                constant,
                d,
                address,
            } => self.load(
                inst,
                active,
                context,
                (*space, *bytes, *signed, *constant),
                d,
                *address,
            )?,
            Op::Store {
                space,
                bytes,
                values,
                address,
            } => self.store(inst, active, context, (*space, *bytes), values, *address)?,
            Op::Atomic {
                space,
                bytes,
                f,
                d,
                address,
                args: [b, c],
            } => {
                let at = self.addresses(*address, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                let mut old = [0; LANES];
                for lane in lanes(active) {
                    let mut word = [0; 8];
                    let word = &mut word[..*bytes as usize];
                    let place = Place {
                        inst,
                        space: *space,
                        lane,
                        address: at[lane],
                    };
                    self.get(place, context, word)?;
                    old[lane] = number(word);
                    let new = f(old[lane], b[lane], c[lane]).to_le_bytes();
                    self.put(place, context, &new[..word.len()])?;
                }
                if let Some(d) = d {
                    self.write(*d, active, |lane| old[lane]);
                }
            }
            Op::ActiveMask(d) => self.write(*d, active, |_| active.into()),
            Op::Vote(kind, d, p, _) => {
                let held = self.truth(*p, active, inst, context)? & active;
                let result = match kind {
                    Vote::All => held == active,
                    Vote::Any => held != 0,
                    Vote::Uni => held == active || held == 0,
                };
                self.write_pred(*d, active, if result { !0 } else { 0 });
            }
            Op::Ballot(d, p, _) => {
                let held = self.truth(*p, active, inst, context)? & active;
                self.write(*d, active, |_| held.into());
            }
            Op::Shuffle {
                kind,
                d,
                valid,
                args: [a, b, c],
                mask: _,
            } => {
                let a = self.read(*a, active, inst, context)?;
                let b = self.read(*b, active, inst, context)?;
                let c = self.read(*c, active, inst, context)?;
                let mut row = [0; LANES];
                let mut inside = 0;
                for lane in lanes(active) {
                    let (from, is_inside) = shuffle(*kind, lane as u32, b[lane], c[lane]);
                    // "Results are undefined": some value, of a lane that is not there.
                    row[lane] = match active >> from & 1 {
                        1 => a[from as usize],
                        _ => UNDEFINED ^ context.seed & u64::from(u32::MAX) ^ lane as u64,
                    };
                    inside |= u32::from(is_inside) << lane;
                }
                self.write(*d, active, |lane| row[lane]);
                if let Some(valid) = valid {
                    self.write_pred(*valid, active, inside);
                }
            }
            Op::MatchAny(d, a, _) => {
                let a = self.read(*a, active, inst, context)?;
                self.write(*d, active, |lane| {
                    u64::from(mask_of(|other| {
                        active >> other & 1 == 1 && a[other] == a[lane]
                    }))
                });
            }
            Op::Redux(f, d, a, _) => {
                let a = self.read(*a, active, inst, context)?;
                let result = lanes(active).map(|lane| a[lane]).reduce(f);
                self.write(*d, active, |_| result.unwrap_or_default());
            }
            Op::WarpBarrier(_) | Op::Fence => {}
            Op::Trap => return Err(self.fault(context, inst, active, FaultKind::Trap)),
            // These are `run`'s.
            Op::Barrier(_) | Op::Branch(_) | Op::Return => {}
        }
        Ok(())
    }
}

/// The lane that `shfl.sync` reads for `lane`, and whether it is in its segment (PTX ISA, section
/// 9.7.9.6): `c` holds a clamp value and, above it, a mask that splits the warp into segments.
fn shuffle(kind: Shuffle, lane: u32, b: u64, c: u64) -> (u32, bool) {
    let b = b as u32 & 0x1f;
    let (clamp, segment) = (c as u32 & 0x1f, c as u32 >> 8 & 0x1f);
    let most = (lane & segment) | (clamp & !segment);
    let least = lane & segment;
    let (from, inside) = match kind {
        Shuffle::Up => {
            let from = lane as i32 - b as i32;
            (from, from >= most as i32)
        }
        Shuffle::Down => {
            let from = (lane + b) as i32;
            (from, from <= most as i32)
        }
        Shuffle::Bfly => {
            let from = (lane ^ b) as i32;
            (from, from <= most as i32)
        }
        Shuffle::Idx => {
            let from = (least | (b & !segment)) as i32;
            (from, from <= most as i32)
        }
    };
    match inside {
        true => (from as u32, true),
        false => (lane, false),
    }
}
