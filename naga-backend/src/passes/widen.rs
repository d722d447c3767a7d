//! Neighbouring accesses become one of up to four scalars.
//!
//! Two loads of the same memory, address and type meet if nothing between them may write there,
//! and nothing between leaves: where it does, the second may be outside, and would take the first
//! with it. The wider one stands in place of the first. Two stores meet if nothing between them
//! may read or write there, and nothing between leaves; the wider one stands in place of the
//! second.
//!
//! An access of a binding that may lie outside keeps its width: whether a wider one is inside is
//! decided for all of it at once, so that it could lose scalars that are inside. Workgroup memory
//! wants wide accesses aligned to their width.

use hashbrown::HashSet;
use smallvec::SmallVec;

use super::gvn::{class, writes, Class};
use crate::kernel::*;

/// Most scalars of an access.
const MAX_WIDTH: usize = 4;

/// Accesses remembered while looking for a neighbour.
const WINDOW: usize = 16;

/// Joins; says whether there was anything.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let writes = writes(kernel);
    let left = left_early(kernel);
    let mut changed = false;
    let mut work = vec![kernel.body];
    while let Some(region) = work.pop() {
        let mut list = std::mem::take(&mut kernel.regions[region].insts);
        for &inst in &list {
            work.extend(kernel.insts[inst].op.regions());
        }
        let mut scan = Scan {
            loads: Vec::new(),
            stores: Vec::new(),
            gone: Vec::new(),
        };
        for at in 0..list.len() {
            let inst = list[at];
            let data = &kernel.insts[inst];
            match data.op {
                Op::Load(access) => {
                    let read = class(kernel, access.space);
                    // A store may not move down past a load of what it may write.
                    scan.stores
                        .retain(|s| read.is_none() || Some(s.class) != read);
                    scan.load(kernel, &mut list, at, &access);
                }
                Op::Store(access, _) => scan.store(kernel, &mut list, at, &access),
                Op::Atomic(..) | Op::CompareExchange(..) | Op::Barrier(_) => {
                    scan.stores.clear();
                    scan.loads.retain(|l| l.class.is_none());
                }
                Op::If { .. } | Op::Loop { .. } | Op::Block { .. } => {
                    scan.stores.clear();
                    if left.contains(&inst) {
                        scan.loads.clear();
                    }
                    let hit = writes.get(&inst);
                    scan.loads.retain(|l| match (l.class, hit) {
                        (Some(class), Some(writes)) => !writes.hits(class),
                        _ => true,
                    });
                }
                Op::Const(_)
                | Op::Builtin(_)
                | Op::Unary(_)
                | Op::Binary(_)
                | Op::Ternary(_)
                | Op::Ldexp
                | Op::FrexpExp
                | Op::ICmp(_)
                | Op::FCmp(_)
                | Op::Select
                | Op::Convert(_)
                | Op::BindingSize(_)
                | Op::Subgroup(_)
                | Op::Yield
                | Op::Break(_)
                | Op::Continue(_)
                | Op::Return => {}
            }
        }
        if !scan.gone.is_empty() {
            changed = true;
            scan.gone.sort_unstable();
            let mut gone = scan.gone.iter().peekable();
            let mut at = 0;
            list.retain(|_| {
                let goes = gone.next_if(|&&g| g == at).is_some();
                at += 1;
                !goes
            });
        }
        kernel.regions[region].insts = list;
    }
    changed
}

/// Constructs from within which control may pass by their end.
fn left_early(kernel: &Kernel) -> HashSet<InstId> {
    let mut open: Vec<InstId> = Vec::new();
    let mut left = HashSet::new();
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Inst(inst) => {
                let target = match kernel.insts[inst].op.control() {
                    Some(Control::Break(target) | Control::Continue(target)) => {
                        open.iter().rposition(|&open| open == target).map(|n| n + 1)
                    }
                    Some(Control::Return) => Some(0),
                    Some(Control::If { .. } | Control::Loop { .. } | Control::Block { .. }) => {
                        open.push(inst);
                        None
                    }
                    Some(Control::Yield) | None => None,
                };
                left.extend(target.into_iter().flat_map(|n| &open[n..]));
            }
            Step::Enter(..) | Step::Leave(..) => {}
            Step::End(_) => {
                open.pop();
            }
        }
    }
    left
}

/// A load or store that may yet grow.
struct Seen<C> {
    at: usize,
    inst: InstId,
    place: Place,
    class: C,
    /// What was written to the same memory since, elsewhere.
    since: SmallVec<[Place; 2]>,
}

#[derive(Clone, Copy)]
struct Place {
    space: Space,
    dynamic: Option<Value>,
    ty: Type,
    offset: u32,
    count: usize,
    align: u32,
    checked: bool,
}

impl Place {
    fn end(&self) -> u64 {
        self.offset as u64 + self.count as u64 * self.ty.bytes() as u64
    }

    /// Both together, if they are neighbours and a wider access is as good as two.
    fn joined(&self, other: &Place) -> Option<Place> {
        let same = self.space == other.space
            && self.dynamic == other.dynamic
            && self.ty == other.ty
            && self.count + other.count <= MAX_WIDTH;
        if !same || self.checked || other.checked {
            return None;
        }
        let (first, second) = match self.offset <= other.offset {
            true => (self, other),
            false => (other, self),
        };
        if first.end() != second.offset as u64 {
            return None;
        }
        let bytes = (self.count + other.count) as u32 * self.ty.bytes();
        let wanted = match self.space {
            Space::Shared(_) | Space::Local(_) => bytes.next_power_of_two(),
            Space::Binding(_) | Space::Immediates => bytes.next_power_of_two().min(4),
        };
        (first.align >= wanted).then_some(Place {
            count: self.count + other.count,
            ..*first
        })
    }
}

struct Scan {
    loads: Vec<Seen<Option<Class>>>,
    stores: Vec<Seen<Class>>,
    /// Positions whose instructions went into others.
    gone: Vec<usize>,
}

impl Scan {
    fn load(&mut self, kernel: &mut Kernel, list: &mut [InstId], at: usize, access: &Access) {
        if access.atomic {
            return;
        }
        let inst = list[at];
        let Some(place) = place(kernel, inst, access) else {
            return;
        };
        let found = (self.loads.iter().enumerate().rev()).find_map(|(n, seen)| {
            let free = seen.since.iter().all(|written| are_apart(written, &place));
            let joined = seen.place.joined(&place).filter(|_| free)?;
            Some((n, joined))
        });
        let Some((n, joined)) = found else {
            let class = class(kernel, access.space);
            push(
                &mut self.loads,
                Seen {
                    at,
                    inst,
                    place,
                    class,
                    since: SmallVec::new(),
                },
            );
            return;
        };
        // A new instruction, so that its results are in the order of the memory.
        let seen = &mut self.loads[n];
        let (low, high) = match seen.place.offset <= place.offset {
            true => (seen.inst, inst),
            false => (inst, seen.inst),
        };
        let results: Values = (kernel.insts[low].results.iter())
            .chain(&kernel.insts[high].results)
            .copied()
            .collect();
        let wide = kernel.new_inst(
            Op::Load(wide_access(access, &joined)),
            joined.dynamic.as_slice(),
            &[],
            kernel.insts[seen.inst].span,
        );
        for (n, &result) in results.iter().enumerate() {
            kernel.values[result].def = ValueDef::Result(wide, n as u16);
        }
        kernel.insts[wide].results = results;
        kernel.insts[low].results.clear();
        kernel.insts[high].results.clear();
        list[seen.at] = wide;
        seen.inst = wide;
        seen.place = joined;
        self.gone.push(at);
    }

    fn store(&mut self, kernel: &mut Kernel, list: &mut [InstId], at: usize, access: &Access) {
        let inst = list[at];
        let Some(written) = class(kernel, access.space) else {
            return;
        };
        let place = place(kernel, inst, access);
        self.loads
            .retain(|l| l.class != Some(written) || place.is_some_and(|p| are_apart(&l.place, &p)));
        let touched = self.loads.iter_mut().filter(|l| l.class == Some(written));
        touched.for_each(|l| l.since.extend(place));
        let Some(place) = place.filter(|_| !access.atomic) else {
            self.stores.retain(|s| s.class != written);
            return;
        };
        let found = (self.stores.iter().enumerate().rev())
            .find_map(|(n, seen)| Some((n, seen.place.joined(&place)?)));
        let seen = match found {
            Some((n, joined)) => {
                let seen = self.stores.remove(n);
                let values = |inst: InstId| {
                    let skip = usize::from(place.dynamic.is_some());
                    kernel.insts[inst].args[skip..].iter().copied()
                };
                let (low, high) = match seen.place.offset <= place.offset {
                    true => (seen.inst, inst),
                    false => (inst, seen.inst),
                };
                let args: SmallVec<[Value; 5]> = (joined.dynamic.into_iter())
                    .chain(values(low))
                    .chain(values(high))
                    .collect();
                let op = Op::Store(wide_access(access, &joined), joined.dynamic.is_some());
                let span = kernel.insts[inst].span;
                let wide = kernel.new_inst(op, &args, &[], span);
                list[at] = wide;
                self.gone.push(seen.at);
                Seen {
                    at,
                    inst: wide,
                    place: joined,
                    class: written,
                    since: SmallVec::new(),
                }
            }
            None => Seen {
                at,
                inst,
                place,
                class: written,
                since: SmallVec::new(),
            },
        };
        // Older stores that this one may overwrite must not move past it.
        let wide = seen.place;
        self.stores
            .retain(|s| s.class != written || are_apart(&s.place, &wide));
        push(&mut self.stores, seen);
    }
}

fn push<C>(list: &mut Vec<Seen<C>>, seen: Seen<C>) {
    if list.len() >= WINDOW {
        list.remove(0);
    }
    list.push(seen);
}

/// Same base, other bytes.
fn are_apart(a: &Place, b: &Place) -> bool {
    a.space == b.space
        && a.dynamic == b.dynamic
        && (a.end() <= b.offset as u64 || b.end() <= a.offset as u64)
}

fn place(kernel: &Kernel, inst: InstId, access: &Access) -> Option<Place> {
    let data = &kernel.insts[inst];
    let dynamic = data.offset();
    let values = if matches!(data.op, Op::Load(_)) {
        &data.results[..]
    } else {
        &data.args[usize::from(dynamic.is_some())..]
    };
    Some(Place {
        space: access.space,
        dynamic,
        ty: kernel.ty(*values.first()?),
        offset: access.offset,
        count: values.len(),
        align: access.align,
        checked: access.checked,
    })
}

fn wide_access(access: &Access, joined: &Place) -> Access {
    Access {
        offset: joined.offset,
        align: joined.align,
        ..*access
    }
}
