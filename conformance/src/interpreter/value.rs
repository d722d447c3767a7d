//! Values of a whole workgroup. A value is flattened to scalars, each of which
//! is a row of lanes, one per invocation; a value known to be the same in all
//! invocations is stored once. Pointers are a root and an offset per lane. A
//! mask says which invocations take part.

use super::Error;

/// The offset of a pointer that an index led out of bounds.
pub const OUT_OF_BOUNDS: u64 = u64::MAX;

/// Scalars by lanes: scalar `c` of lane `l` is `data[c * lanes + l]`, and
/// `lanes` is 1 if every invocation holds the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// 1, or the number of invocations.
    pub lanes: usize,
    /// The bits.
    pub data: Vec<u64>,
}

impl Value {
    /// The same scalars in every invocation.
    pub fn uniform(data: Vec<u64>) -> Value {
        Value { lanes: 1, data }
    }

    /// How many scalars.
    pub fn comps(&self) -> usize {
        self.data.len() / self.lanes.max(1)
    }

    /// The lanes of scalar `c`: one if uniform. One zero if there is no such scalar.
    pub fn row(&self, c: usize) -> &[u64] {
        let row = self.data.get(c * self.lanes..(c + 1) * self.lanes);
        row.filter(|r| !r.is_empty()).unwrap_or(&[0])
    }

    /// Scalar `c` of `lane`.
    #[inline]
    pub fn at(&self, c: usize, lane: usize) -> u64 {
        let row = self.row(c);
        match *row {
            [one] => one,
            _ => row.get(lane).copied().unwrap_or(0),
        }
    }

    /// Appends one scalar's lanes.
    pub fn push_row(&mut self, row: &[u64]) {
        if row.len() == self.lanes {
            self.data.extend_from_slice(row);
        } else {
            let v = row.first().copied().unwrap_or(0);
            self.data.resize(self.data.len() + self.lanes, v);
        }
    }

    /// Gives every invocation its own copy.
    pub fn spread(&mut self, lanes: usize) {
        if self.lanes == 1 && lanes != 1 {
            let mut data = Vec::with_capacity(self.data.len() * lanes);
            for &v in &self.data {
                data.resize(data.len() + lanes, v);
            }
            self.data = data;
            self.lanes = lanes;
        }
    }
}

/// What a pointer points into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// Memory that invocations share, by index; offsets count bytes.
    Bytes(usize),
    /// A variable of which each invocation has its own; offsets count scalars.
    Lanes(usize),
}

/// A pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointer {
    /// Where it points into.
    pub root: Root,
    /// One offset for all, or one per invocation; `OUT_OF_BOUNDS` is nowhere.
    pub offset: Vec<u64>,
}

impl Pointer {
    /// The start of a variable.
    pub fn new(root: Root) -> Pointer {
        Pointer {
            root,
            offset: vec![0],
        }
    }

    /// The offset of one lane.
    #[inline]
    pub fn at(&self, lane: usize) -> u64 {
        match self.offset[..] {
            [one] => one,
            ref many => many.get(lane).copied().unwrap_or(OUT_OF_BOUNDS),
        }
    }
}

/// What an expression evaluated to.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Slot {
    /// Nothing yet.
    #[default]
    Empty,
    /// A value.
    Value(Value),
    /// A pointer.
    Pointer(Pointer),
}

impl Slot {
    /// As a value.
    pub fn value(&self) -> Result<&Value, Error> {
        match self {
            Slot::Value(v) => Ok(v),
            Slot::Empty => Err(Error::Invalid(
                "an expression was used before it was emitted",
            )),
            Slot::Pointer(_) => Err(Error::Invalid("a pointer was used as a value")),
        }
    }

    /// As a pointer.
    pub fn pointer(&self) -> Result<&Pointer, Error> {
        match self {
            Slot::Pointer(p) => Ok(p),
            Slot::Empty => Err(Error::Invalid("a pointer was used before it was emitted")),
            Slot::Value(_) => Err(Error::Invalid("a value was used as a pointer")),
        }
    }
}

/// A set of invocations of a workgroup.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    bits: Vec<bool>,
    count: usize,
}

impl Mask {
    /// All of them.
    pub fn full(lanes: usize) -> Mask {
        Mask {
            bits: vec![true; lanes],
            count: lanes,
        }
    }

    /// None of them.
    pub fn empty(lanes: usize) -> Mask {
        Mask {
            bits: vec![false; lanes],
            count: 0,
        }
    }

    /// Whether any takes part.
    pub fn any(&self) -> bool {
        self.count != 0
    }

    /// Whether every one takes part.
    pub fn all(&self) -> bool {
        self.count == self.bits.len()
    }

    /// How many take part.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether `lane` takes part.
    #[inline]
    pub fn has(&self, lane: usize) -> bool {
        self.bits[lane]
    }

    /// Those that take part, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.bits
            .iter()
            .enumerate()
            .filter_map(|(l, &b)| b.then_some(l))
    }

    /// Removes everybody.
    pub fn clear(&mut self) {
        self.bits.fill(false);
        self.count = 0;
    }

    /// Adds those of `other`.
    pub fn add(&mut self, other: &Mask) {
        for (a, &b) in self.bits.iter_mut().zip(&other.bits) {
            *a |= b;
        }
        self.recount();
    }

    /// Splits by a predicate on lanes: those for whom it holds, and the rest.
    pub fn split(&self, f: impl Fn(usize) -> bool) -> (Mask, Mask) {
        let mut yes = Mask::empty(self.bits.len());
        let mut no = Mask::empty(self.bits.len());
        for lane in self.iter() {
            let side = if f(lane) { &mut yes } else { &mut no };
            side.bits[lane] = true;
            side.count += 1;
        }
        (yes, no)
    }

    /// Moves everybody into `other`.
    pub fn drain_into(&mut self, other: &mut Mask) {
        other.add(self);
        self.clear();
    }

    fn recount(&mut self) {
        self.count = self.bits.iter().map(|&b| usize::from(b)).sum();
    }
}

/// Applies `f` to a row, giving `lanes` results.
#[inline(always)]
pub fn map1(out: &mut Value, a: &[u64], f: impl Fn(u64) -> u64) {
    match *a {
        [a] => {
            let v = f(a);
            out.data.resize(out.data.len() + out.lanes, v);
        }
        _ => out.data.extend(a.iter().map(|&a| f(a))),
    }
}

/// Applies `f` to two rows.
#[inline(always)]
pub fn map2(out: &mut Value, a: &[u64], b: &[u64], f: impl Fn(u64, u64) -> u64) {
    match (a, b) {
        (&[a], &[b]) => {
            let v = f(a, b);
            out.data.resize(out.data.len() + out.lanes, v);
        }
        (&[a], _) => out.data.extend(b.iter().map(|&b| f(a, b))),
        (_, &[b]) => out.data.extend(a.iter().map(|&a| f(a, b))),
        _ => out.data.extend(a.iter().zip(b).map(|(&a, &b)| f(a, b))),
    }
}

/// Applies `f` to three rows.
#[inline(always)]
pub fn map3(out: &mut Value, a: &[u64], b: &[u64], c: &[u64], f: impl Fn(u64, u64, u64) -> u64) {
    let pick = |row: &[u64], l: usize| if row.len() == 1 { row[0] } else { row[l] };
    if a.len() == 1 && b.len() == 1 && c.len() == 1 {
        let v = f(a[0], b[0], c[0]);
        out.data.resize(out.data.len() + out.lanes, v);
    } else {
        out.data
            .extend((0..out.lanes).map(|l| f(pick(a, l), pick(b, l), pick(c, l))));
    }
}
