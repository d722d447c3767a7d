//! Subgroup operations: among the invocations of a subgroup that take part.
//! What WGSL leaves indeterminate (a value from an invocation that is not
//! there) is zero. Sums and products of floats are accumulated in binary64 and
//! rounded at the end.

use super::math::{fmax, fmin};
use super::scalar::{with_float, with_int, Float, Int, Sc};
use super::value::{Mask, Value};
use super::{Error, SUBGROUP_SIZE};
use naga::{CollectiveOperation as Co, Direction, SubgroupOperation as So};

const SIZE: usize = SUBGROUP_SIZE as usize;

/// Which invocation a value comes from.
pub enum From<'a> {
    /// The first that takes part.
    First,
    /// By index in the subgroup.
    Index(&'a Value),
    /// By distance downwards in index: `id + delta`.
    Down(&'a Value),
    /// `id - delta`.
    Up(&'a Value),
    /// `id ^ mask`.
    Xor(&'a Value),
    /// By index in the quad.
    Quad(&'a Value),
    /// The neighbour in the quad.
    Swap(Direction),
}

/// Bit `i` of the four words: invocation `i` takes part and its predicate holds.
pub fn ballot(predicate: Option<&Value>, mask: &Mask, n: usize) -> Value {
    let mut out = Value {
        lanes: n,
        data: vec![0; 4 * n],
    };
    for first in (0..n).step_by(SIZE) {
        let members = first..(first + SIZE).min(n);
        let word = members.clone().fold(0, |word, lane| {
            let holds = mask.has(lane) && predicate.is_none_or(|p| p.at(0, lane) != 0);
            word | u64::from(holds) << (lane - first)
        });
        out.data[members].fill(word);
    }
    out
}

/// Each invocation takes another's value.
pub fn gather(from: From, v: &Value, mask: &Mask, n: usize) -> Value {
    let comps = v.comps();
    let mut out = Value {
        lanes: n,
        data: vec![0; comps * n],
    };
    for lane in mask.iter() {
        let (first, id) = (lane / SIZE * SIZE, (lane % SIZE) as u64);
        let source = match from {
            From::First => (first..n)
                .find(|&l| mask.has(l))
                .map(|l| (l - first) as u64),
            From::Index(i) => Some(i.at(0, lane)),
            From::Down(d) => id.checked_add(d.at(0, lane)),
            From::Up(d) => id.checked_sub(d.at(0, lane)),
            From::Xor(m) => Some(id ^ m.at(0, lane)),
            From::Quad(i) => Some((id & !3) + i.at(0, lane)).filter(|_| i.at(0, lane) < 4),
            From::Swap(Direction::X) => Some(id ^ 1),
            From::Swap(Direction::Y) => Some(id ^ 2),
            From::Swap(Direction::Diagonal) => Some(id ^ 3),
        };
        let source = source
            .filter(|&s| s < SIZE as u64)
            .map(|s| first + s as usize);
        if let Some(source) = source.filter(|&s| s < n && mask.has(s)) {
            for c in 0..comps {
                out.data[c * n + lane] = v.at(c, source);
            }
        }
    }
    out
}

/// Combines values over the subgroup.
pub fn collective(
    op: So,
    how: Co,
    sc: Sc,
    v: &Value,
    mask: &Mask,
    n: usize,
) -> Result<Value, Error> {
    let comps = v.comps();
    let mut out = Value {
        lanes: n,
        data: vec![0; comps * n],
    };
    for c in 0..comps {
        let results = &mut out.data[c * n..(c + 1) * n];
        for first in (0..n).step_by(SIZE) {
            let members: Vec<usize> = (first..(first + SIZE).min(n))
                .filter(|&l| mask.has(l))
                .collect();
            let values: Vec<u64> = members.iter().map(|&l| v.at(c, l)).collect();
            // running[i] combines the first i values.
            let running = match sc {
                Sc::Bool => bools(op, &values)?,
                Sc::F16 | Sc::F32 | Sc::F64 => {
                    with_float!(sc, T => floats::<T>(op, &values)?, else Vec::new())
                }
                _ => with_int!(sc, T => ints::<T>(op, &values)?, else Vec::new()),
            };
            for (i, &lane) in members.iter().enumerate() {
                results[lane] = match how {
                    Co::Reduce => running[members.len()],
                    Co::InclusiveScan => running[i + 1],
                    Co::ExclusiveScan => running[i],
                };
            }
        }
    }
    Ok(out)
}

fn scan<A: Copy>(
    start: A,
    values: &[u64],
    mut f: impl FnMut(A, u64) -> A,
    lane: impl Fn(A) -> u64,
) -> Vec<u64> {
    let mut running = vec![lane(start)];
    let mut sum = start;
    for &v in values {
        sum = f(sum, v);
        running.push(lane(sum));
    }
    running
}

fn bools(op: So, values: &[u64]) -> Result<Vec<u64>, Error> {
    Ok(match op {
        So::All => scan(1, values, |a, b| a & b, |a| a),
        So::Any => scan(0, values, |a, b| a | b, |a| a),
        So::Add | So::Mul | So::Min | So::Max | So::And | So::Or | So::Xor => {
            return Err(Error::Invalid("subgroup arithmetic on bool"))
        }
    })
}

fn ints<T: Int>(op: So, values: &[u64]) -> Result<Vec<u64>, Error> {
    let t = T::from_lane;
    let lane = T::to_lane;
    let first = values.first().copied().unwrap_or(0);
    Ok(match op {
        So::Add => scan(t(0), values, |a, b| a.add(t(b)), lane),
        So::Mul => scan(t(1), values, |a, b| a.mul(t(b)), lane),
        So::Min => scan(t(first), values, |a, b| a.min(t(b)), lane),
        So::Max => scan(t(first), values, |a, b| a.max(t(b)), lane),
        So::And => scan(u64::MAX, values, |a, b| a & b, |a| t(a).to_lane()),
        So::Or => scan(0, values, |a, b| a | b, |a| a),
        So::Xor => scan(0, values, |a, b| a ^ b, |a| a),
        So::All | So::Any => return Err(Error::Invalid("a subgroup vote on integers")),
    })
}

fn floats<T: Float>(op: So, values: &[u64]) -> Result<Vec<u64>, Error> {
    let t = T::from_lane;
    let first = t(values.first().copied().unwrap_or(0));
    Ok(match op {
        So::Add => scan(
            0.0,
            values,
            |a, b| a + t(b).to_f64(),
            |a| T::from_f64(a).to_lane(),
        ),
        So::Mul => scan(
            1.0,
            values,
            |a, b| a * t(b).to_f64(),
            |a| T::from_f64(a).to_lane(),
        ),
        So::Min => scan(first, values, |a, b| fmin(a, t(b)), T::to_lane),
        So::Max => scan(first, values, |a, b| fmax(a, t(b)), T::to_lane),
        So::All | So::Any | So::And | So::Or | So::Xor => {
            return Err(Error::Invalid("a bitwise subgroup operation on floats"))
        }
    })
}
