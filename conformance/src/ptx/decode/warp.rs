//! What lanes do together: votes, shuffles, matches, reductions, barriers.
//!
//! But for `activemask` and the barriers of a workgroup these are `.sync` forms, whose member mask
//! says who takes part; those without one are gone from sm_70 on.

use super::super::inst::{Op, Shuffle, Vote};
use super::super::integer as int;
use super::super::parse::Operand;
use super::operands::{Map2, Width};
use super::{bits_of, Decoded, Decoder, Suffixes};

impl Decoder<'_> {
    pub(super) fn warp(&self, base: &str, mut s: Suffixes<'_>, x: &[Operand<'_>]) -> Decoded<Op> {
        let b32 = |operand| self.source(operand, Width::Exact(32));
        let to = |operand| self.reg(operand, Width::Exact(32));
        let ty = s.ty()?;
        if base == "activemask" {
            s.done()?;
            return match (ty, x) {
                ("b32", [d]) => Ok(Op::ActiveMask(to(d)?)),
                _ => Err(format!("type .{ty}")),
            };
        }
        if !s.take("sync") {
            return Err("missing .sync".into());
        }
        match (base, s.0.as_slice(), ty, x) {
            ("vote", ["ballot"], "b32", [d, p, mask]) => {
                Ok(Op::Ballot(to(d)?, self.truth(p)?, b32(mask)?))
            }
            ("vote", [kind @ ("all" | "any" | "uni")], "pred", [d, p, mask]) => {
                let kind = match *kind {
                    "all" => Vote::All,
                    "any" => Vote::Any,
                    _ => Vote::Uni,
                };
                Ok(Op::Vote(kind, self.pred(d)?, self.truth(p)?, b32(mask)?))
            }
            ("shfl", [kind], "b32", [d, a, b, c, mask]) => {
                let kind = match *kind {
                    "up" => Shuffle::Up,
                    "down" => Shuffle::Down,
                    "bfly" => Shuffle::Bfly,
                    "idx" => Shuffle::Idx,
                    _ => return Err(format!("mode .{kind}")),
                };
                let (d, valid) = match d {
                    Operand::Pair(d, p) => {
                        (to(&Operand::Name(d))?, Some(self.pred(&Operand::Name(p))?))
                    }
                    d => (to(d)?, None),
                };
                Ok(Op::Shuffle {
                    kind,
                    d,
                    valid,
                    args: [b32(a)?, b32(b)?, b32(c)?],
                    mask: b32(mask)?,
                })
            }
            ("match", ["any"], "b32" | "b64", [d, a, mask]) => Ok(Op::MatchAny(
                to(d)?,
                self.source(a, Width::Exact(bits_of(ty)?))?,
                b32(mask)?,
            )),
            ("redux", [operation], ty, [d, a, mask]) => {
                let f: Map2 = match (*operation, ty) {
                    ("add", "u32" | "s32") => int::add::<32>,
                    ("min", "u32") => int::min_u::<32>,
                    ("min", "s32") => int::min_s::<32>,
                    ("max", "u32") => int::max_u::<32>,
                    ("max", "s32") => int::max_s::<32>,
                    ("and", "b32") => int::and::<32>,
                    ("or", "b32") => int::or::<32>,
                    ("xor", "b32") => int::xor::<32>,
                    _ => return Err(format!("operation .{operation}.{ty}")),
                };
                Ok(Op::Redux(f, to(d)?, b32(a)?, b32(mask)?))
            }
            _ => Err("this form".into()),
        }
    }

    pub(super) fn barrier(
        &self,
        base: &str,
        mut s: Suffixes<'_>,
        x: &[Operand<'_>],
    ) -> Decoded<Op> {
        if s.take("warp") {
            return match (base, s.0.as_slice(), x) {
                ("bar", ["sync"], [mask]) => {
                    Ok(Op::WarpBarrier(self.source(mask, Width::Exact(32))?))
                }
                _ => Err("this form".into()),
            };
        }
        let _ = s.take("cta");
        match (s.0.as_slice(), x) {
            (["sync"], [Operand::Integer(n @ 0..=15)]) if base == "bar" => {
                Ok(Op::Barrier(*n as u32))
            }
            (["sync", "aligned"], [Operand::Integer(n @ 0..=15)]) if base == "barrier" => {
                Ok(Op::Barrier(*n as u32))
            }
            _ => Err("this form".into()),
        }
    }
}
