//! Copies of instructions with all that is in them, for passes that make code twice.

use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::kernel::*;

/// Copies instructions with everything in them; values defined within map to their copies.
pub(super) struct Copier<'k> {
    kernel: &'k mut Kernel,
    /// Of each value its copy.
    pub values: HashMap<Value, Value>,
    /// Of each instruction its copy.
    pub insts: HashMap<InstId, InstId>,
}

impl<'k> Copier<'k> {
    /// Puts these values in place of others.
    pub fn new(
        kernel: &'k mut Kernel,
        values: impl IntoIterator<Item = (Value, Value)>,
    ) -> Copier<'k> {
        Copier {
            kernel,
            values: values.into_iter().collect(),
            insts: HashMap::new(),
        }
    }

    /// What stands for a value in the copies.
    pub fn map(&self, value: Value) -> Value {
        self.values.get(&value).copied().unwrap_or(value)
    }

    /// The copies, in no region yet.
    pub fn copy(&mut self, list: &[InstId]) -> Vec<InstId> {
        let mut out = Vec::with_capacity(list.len());
        // Region to fill, and what is still to be copied into it.
        let mut work: Vec<(Option<RegionId>, Vec<InstId>)> = vec![(None, list.to_vec())];
        while let Some((into, list)) = work.pop() {
            let mut copies = Vec::with_capacity(list.len());
            for inst in list {
                let copy = self.one(inst, &mut work);
                copies.push(copy);
            }
            match into {
                Some(region) => self.kernel.regions[region].insts = copies,
                None => out = copies,
            }
        }
        self.rename(&out);
        out
    }

    /// A copy that still has the operands of the original.
    fn one(&mut self, inst: InstId, work: &mut Vec<(Option<RegionId>, Vec<InstId>)>) -> InstId {
        let data = self.kernel.insts[inst].clone();
        let types: SmallVec<[Type; 4]> = data.results.iter().map(|&v| self.kernel.ty(v)).collect();
        let mut op = data.op;
        for region in op.regions_mut() {
            let params = self.kernel.regions[*region].params.clone();
            let types: Vec<Type> = params.iter().map(|&v| self.kernel.ty(v)).collect();
            let new = self.kernel.new_region(&types);
            for (&old, &new) in params.iter().zip(&self.kernel.regions[new].params) {
                self.values.insert(old, new);
            }
            let list = self.kernel.regions[*region].insts.clone();
            work.push((Some(new), list));
            *region = new;
        }
        let copy = self.kernel.new_inst(op, &data.args, &types, data.span);
        for (&old, &new) in data.results.iter().zip(&self.kernel.insts[copy].results) {
            self.values.insert(old, new);
        }
        self.insts.insert(inst, copy);
        copy
    }

    /// Operands and targets of the copies, once all are known.
    fn rename(&mut self, list: &[InstId]) {
        let mut work = list.to_vec();
        while let Some(inst) = work.pop() {
            for n in 0..self.kernel.insts[inst].args.len() {
                let old = self.kernel.insts[inst].args[n];
                self.kernel.insts[inst].args[n] = self.map(old);
            }
            let op = &mut self.kernel.insts[inst].op;
            if let Op::Break(target) | Op::Continue(target) = op {
                if let Some(&new) = self.insts.get(target) {
                    *target = new;
                }
            }
            for region in op.regions() {
                work.extend_from_slice(&self.kernel.regions[region].insts);
            }
        }
    }
}
