//! Renumbers everything in program order and forgets what is no longer used.
//!
//! Passes leave numbers of values, instructions and regions that nothing names any more. The back
//! ends index side tables by these numbers, and people read them.

use hashbrown::HashMap;

use crate::kernel::*;

/// Renumbers.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut compact = Compact {
        new: Kernel {
            name: std::mem::take(&mut kernel.name),
            bindings: std::mem::take(&mut kernel.bindings),
            shared: std::mem::take(&mut kernel.shared),
            immediates: kernel.immediates,
            ..Kernel::new("", kernel.workgroup_size)
        },
        values: EntityVec::filled(None, kernel.values.len()),
        insts: HashMap::new(),
        regions: vec![],
        locals: EntityVec::filled(None, kernel.locals.len()),
    };
    compact.regions.push(compact.new.body);
    let mut walk = Walk::new(kernel);
    while let Some(step) = walk.next(kernel) {
        match step {
            Step::Inst(inst) => compact.inst(kernel, inst),
            Step::Enter(construct, region) => {
                let nth = kernel.insts[construct]
                    .op
                    .regions()
                    .position(|r| r == region);
                let new = compact.insts[&construct];
                let region = compact.new.insts[new].op.regions().nth(nth.unwrap_or(0));
                compact.regions.extend(region);
            }
            Step::Leave(..) => {
                compact.regions.pop();
            }
            Step::End(_) => {}
        }
    }
    *kernel = compact.new;
    false
}

struct Compact {
    new: Kernel,
    values: EntityVec<Value, Option<Value>>,
    /// Constructs, which terminators name.
    insts: HashMap<InstId, InstId>,
    /// Open regions.
    regions: Vec<RegionId>,
    locals: EntityVec<LocalId, Option<LocalId>>,
}

impl Compact {
    fn inst(&mut self, old: &Kernel, inst: InstId) {
        let data = &old.insts[inst];
        let args: Values = data.args.iter().filter_map(|&v| self.values[v]).collect();
        let results: Vec<Type> = data.results.iter().map(|&v| old.ty(v)).collect();
        let mut op = data.op.clone();
        for region in op.regions_mut() {
            let params = &old.regions[*region].params;
            let types: Vec<Type> = params.iter().map(|&v| old.ty(v)).collect();
            *region = self.new.new_region(&types);
            for (&param, &new) in params.iter().zip(&self.new.regions[*region].params) {
                self.values[param] = Some(new);
            }
        }
        if let Op::Break(target) | Op::Continue(target) = &mut op {
            if let Some(&new) = self.insts.get(target) {
                *target = new;
            }
        }
        if let Some(Space::Local(local)) = op.access_mut().map(|access| &mut access.space) {
            let new = self.locals[*local]
                .unwrap_or_else(|| self.new.locals.push(old.locals[*local].clone()));
            self.locals[*local] = Some(new);
            *local = new;
        }
        let new = self.new.new_inst(op, &args, &results, data.span);
        for (&result, &value) in data.results.iter().zip(&self.new.insts[new].results) {
            self.values[result] = Some(value);
        }
        if data.op.is_construct() {
            self.insts.insert(inst, new);
        }
        if let Some(&region) = self.regions.last() {
            self.new.regions[region].insts.push(new);
        }
    }
}
