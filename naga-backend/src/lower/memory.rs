//! Loads, stores, copies and zeroing through pointers, and the storage form of `bool`.
//!
//! One access touches up to four consecutive scalars of one type that the source reads or writes
//! together; it never spans scalars of different source accesses.

use smallvec::SmallVec;

use super::layout::{far_sum, memory_type, value_type, Leaf, Shape};
use super::{align_at, internal, Lowerer, Operand, Pointer, SCALARS_MAX};
use crate::kernel::{
    Access, Barrier, BinaryOp, Builtin, IntCc, Op, SharedId, Space, Type, Value, Values,
};
use crate::Error;

/// Stores of zero written out before a loop is made of them.
const ZERO_UNROLL: u32 = 8;

/// What is done with the places of one part, given how deep it stands.
type Visit<'v, L> = &'v mut dyn FnMut(&mut L, &[Pointer], u32) -> Result<(), Error>;

impl Lowerer<'_> {
    /// The access at `offset` bytes beyond a pointer.
    pub(super) fn access_at(&self, pointer: &Pointer, offset: u32, atomic: bool) -> Access {
        let checked = match pointer.space {
            Space::Binding(_) => self.options.checks.bounds && !pointer.inside,
            Space::Shared(_) | Space::Local(_) | Space::Immediates => false,
        };
        Access {
            space: pointer.space,
            offset: far_sum(pointer.offset, offset),
            align: align_at(pointer.align, offset),
            checked,
            atomic,
            no_wrap: false,
        }
    }

    /// Calls `visit` with each run of scalars that one access can cover.
    fn runs(&self, pointer: &Pointer, mut visit: impl FnMut(usize, &[Leaf])) {
        let shape = pointer.shape;
        // What is coherent is so in single scalars.
        let most = if pointer.coherent { 1 } else { 4 };
        let scalar_run: [Leaf; 4];
        let leaves: SmallVec<[Leaf; 16]>;
        // Scalars and vectors, by far the most frequent, need no list on the heap.
        let leaves: &[Leaf] = match shape {
            Shape::Scalar(scalar) | Shape::Atomic(scalar) => {
                scalar_run = [Leaf { offset: 0, scalar }; 4];
                &scalar_run[..1]
            }
            Shape::Vector(scalar, n) => {
                let bytes = memory_type(scalar).bytes();
                scalar_run = std::array::from_fn(|i| Leaf {
                    offset: i as u32 * bytes,
                    scalar,
                });
                &scalar_run[..n as usize]
            }
            Shape::Matrix { .. } | Shape::Aggregate(_) => {
                leaves = self.layouts.leaves(shape).into();
                &leaves
            }
        };
        let mut start = 0;
        while start < leaves.len() {
            let first = leaves[start];
            let ty = memory_type(first.scalar);
            let mut end = start + 1;
            while end < leaves.len()
                && end - start < most
                && memory_type(leaves[end].scalar) == ty
                && leaves[end].offset == first.offset + (end - start) as u32 * ty.bytes()
            {
                end += 1;
            }
            visit(start, &leaves[start..end]);
            start = end;
        }
    }

    fn run_list(&self, pointer: &Pointer) -> SmallVec<[(usize, SmallVec<[Leaf; 4]>); 4]> {
        let mut list = SmallVec::new();
        self.runs(pointer, |first, leaves| list.push((first, leaves.into())));
        list
    }

    /// Reads what a pointer points to.
    pub(super) fn load(&mut self, pointer: &Pointer) -> Result<Operand, Error> {
        if self.layouts.scalars(pointer.shape) > SCALARS_MAX {
            // The value must not change when the variable does.
            let copy = self.local("copy", pointer.shape)?;
            self.copy(&copy, pointer)?;
            return Ok(Operand::Memory(copy));
        }
        Ok(Operand::Values(self.load_values(pointer)))
    }

    /// Reads all scalars of what a pointer points to; there must be few.
    pub(super) fn load_values(&mut self, pointer: &Pointer) -> Values {
        let atomic = pointer.coherent || matches!(pointer.shape, Shape::Atomic(_));
        let mut values = Values::new();
        for (_, leaves) in self.run_list(pointer) {
            let access = self.access_at(pointer, leaves[0].offset, atomic);
            let ty = memory_type(leaves[0].scalar);
            let loaded = self.b.load(access, pointer.dynamic, ty, leaves.len());
            for (value, leaf) in loaded.into_iter().zip(&leaves) {
                values.push(match value_type(leaf.scalar) {
                    Type::Bool => self.bool_from_int(value),
                    Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F32 | Type::F64 => value,
                });
            }
        }
        values
    }

    /// Writes what a pointer points to.
    pub(super) fn store(&mut self, pointer: &Pointer, value: &Operand) -> Result<(), Error> {
        match *value {
            Operand::Values(ref values) => self.store_values(pointer, values),
            Operand::Zero(_) => self.store_zero(pointer, 0),
            Operand::Memory(ref source) => self.copy(pointer, source),
            Operand::Pointer(_) | Operand::Resource => Err(internal("an address is stored")),
        }
    }

    pub(super) fn store_values(
        &mut self,
        pointer: &Pointer,
        values: &[Value],
    ) -> Result<(), Error> {
        let atomic = pointer.coherent || matches!(pointer.shape, Shape::Atomic(_));
        for (first, leaves) in self.run_list(pointer) {
            let Some(run) = values.get(first..first + leaves.len()) else {
                return Err(internal("a store of too few values"));
            };
            let run: Values = run.iter().map(|&value| self.int_from_bool(value)).collect();
            let access = self.access_at(pointer, leaves[0].offset, atomic);
            self.b.store(access, pointer.dynamic, &run);
        }
        Ok(())
    }

    /// The storage form of a value: `Bool` as 0 or 1, all else as it is.
    pub(super) fn int_from_bool(&mut self, value: Value) -> Value {
        match self.ty(value) {
            Type::Bool => {
                let (one, zero) = (self.int(1), self.int(0));
                self.select(value, one, zero)
            }
            Type::I16 | Type::I32 | Type::I64 | Type::F16 | Type::F32 | Type::F64 => value,
        }
    }

    /// `Bool` from an integer.
    pub(super) fn bool_from_int(&mut self, value: Value) -> Value {
        let zero = self.zero(self.ty(value));
        self.icmp(IntCc::Ne, value, zero)
    }

    /// Zeroes what a pointer points to; padding stays untouched.
    fn store_zero(&mut self, pointer: &Pointer, depth: u32) -> Result<(), Error> {
        if self.layouts.scalars(pointer.shape) <= SCALARS_MAX {
            for (_, leaves) in self.run_list(pointer) {
                let access = self.access_at(pointer, leaves[0].offset, pointer.coherent);
                let zero = self.zero(memory_type(leaves[0].scalar));
                self.b
                    .store(access, pointer.dynamic, &[zero; 4][..leaves.len()]);
            }
            return Ok(());
        }
        self.each_part(&[*pointer], depth, &mut |this, parts, depth| {
            this.store_zero(&parts[0], depth)
        })
    }

    /// Copies between places of one shape; padding stays untouched.
    pub(super) fn copy(&mut self, to: &Pointer, from: &Pointer) -> Result<(), Error> {
        self.copy_part(to, from, 0)
    }

    fn copy_part(&mut self, to: &Pointer, from: &Pointer, depth: u32) -> Result<(), Error> {
        if self.layouts.scalars(to.shape) <= SCALARS_MAX {
            let values = self.load_values(from);
            return self.store_values(to, &values);
        }
        self.each_part(&[*to, *from], depth, &mut |this, parts, depth| {
            this.copy_part(&parts[0], &parts[1], depth)
        })
    }

    /// Visits the elements of an array in a loop, or the members of a struct in turn, in several
    /// places of one shape at once.
    fn each_part(
        &mut self,
        places: &[Pointer],
        depth: u32,
        visit: Visit<'_, Self>,
    ) -> Result<(), Error> {
        if depth > super::NESTING_MAX / 4 {
            return Err(Error::Limit {
                what: "nesting of types",
                asked: depth as u64,
                max: (super::NESTING_MAX / 4) as u64,
                span: self.b.span,
            });
        }
        let shape = places[0].shape;
        let Some(count) = self.layouts.count(shape) else {
            return Err(internal("a value of no fixed size"));
        };
        if self.layouts.element(shape).is_none() {
            for index in 0..count {
                let parts: SmallVec<[Pointer; 2]> = places
                    .iter()
                    .map(|place| self.member(place, index))
                    .collect::<Result<_, _>>()?;
                visit(self, &parts, depth + 1)?;
            }
            return Ok(());
        }
        self.counted_loop(count, |this, index| {
            let mut parts = SmallVec::<[Pointer; 2]>::new();
            for place in places {
                parts.push(this.element_at(place, index)?);
            }
            visit(this, &parts, depth + 1)
        })
    }

    /// A loop whose body runs with 0, 1, … `count - 1`; `count` is at least 1.
    fn counted_loop(
        &mut self,
        count: u32,
        body: impl FnOnce(&mut Self, Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let zero = self.int(0);
        let region = self.b.kernel.new_region(&[Type::I32]);
        let index = self.b.kernel.regions[region].params[0];
        let inst = self.b.inst(Op::Loop { body: region }, &[zero], &[]);
        let outer = self.b.switch_to(region);
        body(self, index)?;
        let (one, limit) = (self.int(1), self.int(count));
        let next = self.bin(BinaryOp::IAdd, index, one);
        let done = self.icmp(IntCc::UGe, next, limit);
        self.when(done, |this| {
            this.b.inst(Op::Break(inst), &[], &[]);
        });
        self.b.inst(Op::Continue(inst), &[next], &[]);
        self.b.switch_to(outer);
        Ok(())
    }

    /// An `If` with nothing on its other side.
    pub(super) fn when(&mut self, condition: Value, then: impl FnOnce(&mut Self)) {
        let yes = self.b.kernel.new_region(&[]);
        let no = self.b.kernel.new_region(&[]);
        self.b.inst(
            Op::If {
                then: yes,
                otherwise: no,
            },
            &[condition],
            &[],
        );
        let outer = self.b.switch_to(yes);
        then(self);
        if !self.b.is_terminated() {
            self.b.inst(Op::Yield, &[], &[]);
        }
        self.b.switch_to(no);
        self.b.inst(Op::Yield, &[], &[]);
        self.b.switch_to(outer);
    }

    /// Zeroes all workgroup variables together, then waits.
    pub(super) fn zero_workgroup_memory(&mut self) {
        let ids: Vec<SharedId> = self.b.kernel.shared.keys().collect();
        if ids.is_empty() {
            return;
        }
        let lane = self.builtin(Builtin::LocalIndex);
        for id in ids {
            self.zero_shared(id, lane);
        }
        self.barrier_shared();
    }

    /// Each invocation zeroes every n-th piece of a workgroup variable.
    fn zero_shared(&mut self, id: SharedId, lane: Value) {
        let shared = &self.b.kernel.shared[id];
        let (words, align) = (shared.size / 4, shared.align);
        let threads = self.b.kernel.workgroup_threads();
        // As wide as leaves no invocation idle.
        let width = [4, 2, 1]
            .into_iter()
            .find(|&w| words % w == 0 && align >= 4 * w && words / w >= threads)
            .unwrap_or(1);
        let (pieces, bytes) = (words / width, 4 * width);
        let (rounds, rest) = (pieces / threads, pieces % threads);
        let step = threads * bytes;
        let shift = self.int(bytes.trailing_zeros());
        let offset = self.bin(BinaryOp::Shl, lane, shift);
        let zero = self.int(0);
        let access = move |offset: u32| Access {
            space: Space::Shared(id),
            offset,
            align: bytes,
            checked: false,
            atomic: false,
            no_wrap: false,
        };
        let zeros = [zero; 4];
        let zeros = &zeros[..width as usize];
        if rounds <= ZERO_UNROLL {
            for round in 0..rounds {
                self.b.store(access(round * step), Some(offset), zeros);
            }
        } else {
            let result = self.counted_loop(rounds, |this, round| {
                let step = this.int(step);
                let base = this.bin(BinaryOp::IMul, round, step);
                let at = this.bin(BinaryOp::IAdd, offset, base);
                this.b.store(access(0), Some(at), zeros);
                Ok(())
            });
            debug_assert!(result.is_ok());
        }
        if rest > 0 {
            let limit = self.int(rest);
            let has_one = self.icmp(IntCc::ULt, lane, limit);
            self.when(has_one, |this| {
                this.b.store(access(rounds * step), Some(offset), zeros);
            });
        }
    }

    /// `workgroupBarrier()`.
    pub(super) fn barrier_shared(&mut self) {
        let barrier = Barrier {
            execution: true,
            shared: true,
            storage: false,
        };
        self.b.inst(Op::Barrier(barrier), &[], &[]);
    }
}
