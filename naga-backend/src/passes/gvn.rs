//! Computes nothing twice.
//!
//! A walk with a table of what is known in the current region and those around it: pure
//! operations by operation and operands, loads by memory and address. Loads of memory that the
//! dispatch does not write are pure; others are known until something may write there: a store
//! that is not provably elsewhere, an atomic, a barrier, or a construct that holds one. What an
//! unchecked store wrote is known too. Within a branch its condition is known, and after a branch
//! that leaves, the opposite.
//!
//! Bindings that are written may be the same memory as others that are; a read-only binding is
//! never written during a dispatch (WebGPU forbids the same buffer in both uses).

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::edit::{Constants, Editor, Replacements};
use super::fold;
use crate::kernel::*;

/// Scalars remembered of memory that is written.
const MAX_REMEMBERED: usize = 64;

/// Removes what was computed before; says whether there was anything.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut gvn = Gvn {
        writes: writes(kernel),
        constants: Constants::new(),
        replacements: Replacements::default(),
        known: HashMap::new(),
        truths: HashMap::new(),
        fixed: HashMap::new(),
        memory: Vec::new(),
        scopes: vec![Scope::default()],
        saved: Vec::new(),
        changed: false,
    };
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        match step {
            Step::Inst(inst) => gvn.inst(kernel, &mut editor, inst),
            Step::Enter(construct, region) => gvn.enter(kernel, construct, region),
            Step::Leave(..) => gvn.leave(),
            Step::End(construct) => gvn.end(kernel, construct),
        }
    }
    gvn.constants.finish(kernel);
    gvn.changed
}

/// Memory that may be written together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Any writable binding.
    Storage,
    Shared(SharedId),
    Local(LocalId),
}

/// What a construct may write.
#[derive(Clone, Default)]
pub(super) struct Writes {
    barrier: bool,
    classes: SmallVec<[Class; 2]>,
}

impl Writes {
    fn add(&mut self, other: &Writes) {
        self.barrier |= other.barrier;
        for &class in &other.classes {
            if !self.classes.contains(&class) {
                self.classes.push(class);
            }
        }
    }

    pub fn hits(&self, class: Class) -> bool {
        match class {
            Class::Storage | Class::Shared(_) if self.barrier => true,
            Class::Storage | Class::Shared(_) | Class::Local(_) => self.classes.contains(&class),
        }
    }
}

/// `None` for memory that nothing writes during a dispatch.
pub(super) fn class(kernel: &Kernel, space: Space) -> Option<Class> {
    match space {
        Space::Binding(id) => {
            let read_only = kernel.bindings[id].kind.is_read_only();
            (!read_only).then_some(Class::Storage)
        }
        Space::Shared(id) => Some(Class::Shared(id)),
        Space::Local(id) => Some(Class::Local(id)),
        Space::Immediates => None,
    }
}

pub(super) fn writes(kernel: &Kernel) -> HashMap<InstId, Writes> {
    let mut all: HashMap<InstId, Writes> = HashMap::new();
    let mut open: Vec<Writes> = vec![Writes::default()];
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Enter(..) => open.push(Writes::default()),
            Step::Leave(construct, _) => {
                let inner = open.pop().unwrap_or_default();
                all.entry(construct).or_default().add(&inner);
                if let Some(outer) = open.last_mut() {
                    outer.add(&inner);
                }
            }
            Step::End(_) => {}
            Step::Inst(inst) => {
                let Some(top) = open.last_mut() else { continue };
                let op = &kernel.insts[inst].op;
                top.barrier |= matches!(op, Op::Barrier(_));
                if let Some(access) = op.access().filter(|_| op.has_effect()) {
                    let class = class(kernel, access.space);
                    top.add(&Writes {
                        barrier: false,
                        classes: class.into_iter().collect(),
                    });
                }
            }
        }
    }
    all
}

/// A scalar in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    space: Space,
    dynamic: Option<Value>,
    offset: u32,
    ty: Type,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    op: Op,
    args: Values,
    ty: Type,
}

#[derive(Default)]
struct Scope {
    known: Vec<Key>,
    fixed: Vec<Place>,
    facts: Vec<(Key, Option<Value>)>,
    truths: Vec<(Value, Option<Value>)>,
}

struct Gvn {
    writes: HashMap<InstId, Writes>,
    constants: Constants,
    replacements: Replacements,
    known: HashMap<Key, Value>,
    /// Truth values that are known here, as constants.
    truths: HashMap<Value, Value>,
    /// Scalars of memory that is not written.
    fixed: HashMap<Place, Value>,
    /// Scalars of memory that is, in the order they came to be known.
    memory: Vec<(Place, Value)>,
    scopes: Vec<Scope>,
    /// What was known of memory before each open construct.
    saved: Vec<Vec<(Place, Value)>>,
    changed: bool,
}

impl Gvn {
    fn inst(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId) {
        self.replacements.apply(kernel, inst);
        if !self.truths.is_empty() {
            for arg in &mut kernel.insts[inst].args {
                if let Some(&truth) = self.truths.get(arg) {
                    *arg = truth;
                    self.changed = true;
                }
            }
        }
        let data = &kernel.insts[inst];
        match data.op {
            Op::Const(bits) => {
                let value = self.constants.adopt(kernel, inst, bits);
                self.replacements.set(data.results[0], value);
                return;
            }
            Op::Load(access) if self.load(kernel, inst, &access) => {
                self.changed = true;
                return;
            }
            Op::Store(access, dynamic) => self.store(kernel, inst, &access, dynamic),
            Op::Atomic(_, access, _) | Op::CompareExchange(access, _) => {
                if let Some(class) = class(kernel, access.space) {
                    self.forget(kernel, |c| c == class);
                }
            }
            Op::Barrier(_) => {
                self.forget(kernel, |c| !matches!(c, Class::Local(_)));
            }
            Op::If { .. } | Op::Block { .. } => self.saved.push(self.memory.clone()),
            Op::Loop { .. } => {
                let writes = self.writes.get(&inst).cloned().unwrap_or_default();
                self.forget(kernel, |c| writes.hits(c));
                self.saved.push(self.memory.clone());
            }
            Op::Builtin(_)
            | Op::Unary(_)
            | Op::Binary(_)
            | Op::Ternary(_)
            | Op::Ldexp
            | Op::FrexpExp
            | Op::ICmp(_)
            | Op::FCmp(_)
            | Op::Select
            | Op::Convert(_)
            | Op::BindingSize(_) => {
                let key = key(kernel, inst);
                if let Some(&value) = self.known.get(&key) {
                    self.replacements.set(data.results[0], value);
                    self.changed = true;
                    return;
                }
                let result = data.results[0];
                self.learn(key, result);
            }
            Op::Load(_)
            | Op::Subgroup(_)
            | Op::Yield
            | Op::Break(_)
            | Op::Continue(_)
            | Op::Return => {}
        }
        editor.keep(kernel, inst);
    }

    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the body's scope is open")
    }

    fn learn(&mut self, key: Key, value: Value) {
        if self.known.insert(key.clone(), value).is_none() {
            self.scope().known.push(key);
        }
    }

    fn enter(&mut self, kernel: &mut Kernel, construct: InstId, region: RegionId) {
        self.scopes.push(Scope::default());
        if let Op::If { then, otherwise } = kernel.insts[construct].op {
            if region == otherwise {
                self.memory = self.saved.last().cloned().unwrap_or_default();
            }
            let condition = kernel.insts[construct].args[0];
            self.holds(kernel, condition, region == then);
        }
    }

    fn leave(&mut self) {
        let Some(scope) = self.scopes.pop() else {
            return;
        };
        for place in scope.fixed {
            self.fixed.remove(&place);
        }
        for (key, before) in scope.facts.into_iter().rev() {
            match before {
                Some(value) => self.known.insert(key, value),
                None => self.known.remove(&key),
            };
        }
        for (value, before) in scope.truths.into_iter().rev() {
            match before {
                Some(truth) => self.truths.insert(value, truth),
                None => self.truths.remove(&value),
            };
        }
        for key in scope.known {
            self.known.remove(&key);
        }
    }

    fn end(&mut self, kernel: &mut Kernel, construct: InstId) {
        self.memory = self.saved.pop().unwrap_or_default();
        let writes = self.writes.get(&construct).cloned().unwrap_or_default();
        self.forget(kernel, |c| writes.hits(c));
        // Past a branch that leaves, the other was taken.
        if let Op::If { then, otherwise } = kernel.insts[construct].op {
            let goes_on = |region: RegionId| {
                let last = kernel.regions[region].insts.last();
                last.is_some_and(|&i| matches!(kernel.insts[i].op, Op::Yield))
            };
            let condition = kernel.insts[construct].args[0];
            match (goes_on(then), goes_on(otherwise)) {
                (false, true) => self.holds(kernel, condition, false),
                (true, false) => self.holds(kernel, condition, true),
                _ => {}
            }
        }
    }

    /// From here to the end of the region a truth value is known.
    fn holds(&mut self, kernel: &mut Kernel, condition: Value, on: bool) {
        let mut work = vec![(condition, on)];
        while let Some((value, on)) = work.pop() {
            if kernel.constant(value).is_some() {
                continue;
            }
            let constant = self.constants.get(kernel, Type::Bool, on as u64);
            let before = self.truths.insert(value, constant);
            self.scope().truths.push((value, before));
            let Some(inst) = kernel.def(value) else {
                continue;
            };
            let data = &kernel.insts[inst];
            work.extend(fold::implied(data, on));
            let op = data.op.clone();
            if !op.is_pure() || data.results.len() != 1 {
                continue;
            }
            let same = key(kernel, inst);
            if let Op::ICmp(cc) = same.op {
                let inverse = Key {
                    op: Op::ICmp(cc.inverse()),
                    ..same.clone()
                };
                let opposite = self.constants.get(kernel, Type::Bool, !on as u64);
                self.fact(inverse, opposite);
            }
            self.fact(same, constant);
        }
    }

    fn fact(&mut self, key: Key, value: Value) {
        let before = self.known.insert(key.clone(), value);
        self.scope().facts.push((key, before));
    }

    fn forget(&mut self, kernel: &Kernel, hit: impl Fn(Class) -> bool) {
        self.memory
            .retain(|(place, _)| !class(kernel, place.space).is_some_and(&hit));
    }

    fn remember(&mut self, kernel: &Kernel, place: Place, value: Value) {
        if class(kernel, place.space).is_none() {
            if self.fixed.insert(place, value).is_none() {
                self.scope().fixed.push(place);
            }
            return;
        }
        if self.memory.len() >= MAX_REMEMBERED {
            self.memory.remove(0);
        }
        self.memory.push((place, value));
    }

    fn recall(&self, kernel: &Kernel, place: &Place) -> Option<Value> {
        if class(kernel, place.space).is_none() {
            return self.fixed.get(place).copied();
        }
        let found = self.memory.iter().rev().find(|(p, _)| p == place);
        found.map(|&(_, value)| value)
    }

    /// Is a load's result known? If not, it is from now on.
    fn load(&mut self, kernel: &Kernel, inst: InstId, access: &Access) -> bool {
        if access.atomic {
            return false;
        }
        let data = &kernel.insts[inst];
        let dynamic = data.args.first().copied();
        let places: SmallVec<[Place; 4]> = places(kernel, access, dynamic, &data.results).collect();
        let known: SmallVec<[Option<Value>; 4]> =
            places.iter().map(|p| self.recall(kernel, p)).collect();
        if known.iter().all(|v| v.is_some()) {
            for (&result, value) in data.results.iter().zip(known) {
                self.replacements.set(result, value.unwrap_or(result));
            }
            return true;
        }
        for ((place, &result), known) in places.into_iter().zip(&data.results).zip(known) {
            if known.is_none() {
                self.remember(kernel, place, result);
            }
        }
        false
    }

    fn store(&mut self, kernel: &Kernel, inst: InstId, access: &Access, dynamic: bool) {
        let data = &kernel.insts[inst];
        let (offset, values) = match dynamic {
            true => (Some(data.args[0]), &data.args[1..]),
            false => (None, &data.args[..]),
        };
        let Some(written) = class(kernel, access.space) else {
            return;
        };
        let bytes: u32 = values.iter().map(|&v| kernel.ty(v).bytes()).sum();
        let end = access.offset.saturating_add(bytes);
        self.memory.retain(|(place, _)| {
            let elsewhere = place.space == access.space
                && place.dynamic == offset
                && (place.offset.saturating_add(place.ty.bytes()) <= access.offset
                    || end <= place.offset);
            elsewhere || class(kernel, place.space) != Some(written)
        });
        // Past the end of a binding a store goes nowhere.
        let lands = !access.checked || !matches!(access.space, Space::Binding(_));
        if lands && !access.atomic {
            let places: SmallVec<[Place; 4]> = places(kernel, access, offset, values).collect();
            for (place, &value) in places.into_iter().zip(values) {
                self.remember(kernel, place, value);
            }
        }
    }
}

fn places<'k>(
    kernel: &'k Kernel,
    access: &Access,
    dynamic: Option<Value>,
    values: &'k [Value],
) -> impl Iterator<Item = Place> + 'k {
    let (space, offset) = (access.space, access.offset);
    values.iter().enumerate().map(move |(n, &value)| {
        let ty = kernel.ty(value);
        Place {
            space,
            dynamic,
            offset: offset.wrapping_add(n as u32 * ty.bytes()),
            ty,
        }
    })
}

/// What makes two pure instructions the same.
fn key(kernel: &Kernel, inst: InstId) -> Key {
    let data = &kernel.insts[inst];
    let mut args = data.args.clone();
    let mut op = data.op.clone();
    if args.len() == 2 && args[0] > args[1] {
        fold::swap(&mut op, &mut args);
    }
    Key {
        op,
        args,
        ty: kernel.ty(data.results[0]),
    }
}
