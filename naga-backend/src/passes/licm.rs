//! Loop invariants move in front of the outermost loop that does not change them.
//!
//! Pure operations always may: nothing traps. Loads may where nothing in the loop writes their
//! memory and where running them needlessly is harmless: a checked access, one that lies within
//! the least size of its binding or within its variable, or one that the first trip is sure to
//! reach. Nothing else is asked of the loop; in particular not that it ends.
//!
//! Constants stay in front of the body. What is cheap and would only lengthen lives is left to
//! the back end's judgement, except that a loop gets no more than a number of new live values.

use hashbrown::HashMap;

use super::edit::Editor;
use super::gvn::{class, writes, Writes};
use crate::kernel::*;

/// Most values moved in front of one loop.
const MAX_HOISTED: u32 = 64;

/// Moves invariants; says whether there were any.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut licm = Licm {
        writes: writes(kernel),
        depth: EntityVec::filled(0, kernel.values.len()),
        loops: Vec::new(),
        changed: false,
    };
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        match step {
            Step::Inst(inst) => licm.inst(kernel, &mut editor, inst),
            Step::Enter(construct, region) => licm.enter(kernel, &editor, construct, region),
            Step::Leave(construct, _) => {
                if let Op::Loop { .. } = kernel.insts[construct].op {
                    licm.loops.pop();
                }
            }
            Step::End(construct) => licm.end(kernel, construct),
        }
    }
    licm.changed
}

struct OpenLoop {
    /// Editor depth of its body.
    depth: usize,
    writes: Writes,
    hoisted: u32,
    /// What follows may not be reached in the first trip.
    left: bool,
}

struct Licm {
    writes: HashMap<InstId, Writes>,
    /// Loops around each value's definition.
    depth: EntityVec<Value, u32>,
    loops: Vec<OpenLoop>,
    changed: bool,
}

impl Licm {
    fn inst(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId) {
        let data = &kernel.insts[inst];
        let level = self.loops.len();
        let needed = data.args.iter().map(|&v| self.depth[v]).max().unwrap_or(0) as usize;
        let mut to = level;
        if needed < level && !matches!(data.op, Op::Const(_)) {
            to = self.target(kernel, editor, inst, needed);
        }
        for &result in &data.results {
            self.depth[result] = to as u32;
        }
        if to == level {
            if data.op.is_construct() {
                // It may hold terminators that leave, or never end.
                self.loops.iter_mut().for_each(|open| open.left = true);
            }
            editor.keep(kernel, inst);
            return;
        }
        self.changed = true;
        self.loops[to].hoisted += data.results.len() as u32;
        let up = editor.depth() - (self.loops[to].depth - 1);
        editor.insert_above(up, inst);
    }

    /// The fewest loops that may stand around it, at least `needed`.
    fn target(&self, kernel: &Kernel, editor: &Editor, inst: InstId, needed: usize) -> usize {
        let data = &kernel.insts[inst];
        let mut to = self.loops.len();
        while to > needed {
            let around = &self.loops[to - 1];
            let may = if let Op::Load(access) = data.op {
                let written = class(kernel, access.space).is_some_and(|c| around.writes.hits(c));
                // Straight in the innermost loop's body, before anything leaves.
                let reached =
                    to == self.loops.len() && editor.depth() == around.depth && !around.left;
                !access.atomic && !written && (reached || is_harmless(kernel, inst, &access))
            } else {
                data.op.is_pure()
            };
            if !may || around.hoisted >= MAX_HOISTED {
                break;
            }
            to -= 1;
        }
        to
    }

    fn enter(&mut self, kernel: &Kernel, editor: &Editor, construct: InstId, region: RegionId) {
        if let Op::Loop { .. } = kernel.insts[construct].op {
            self.loops.push(OpenLoop {
                depth: editor.depth(),
                writes: self.writes.get(&construct).cloned().unwrap_or_default(),
                hoisted: 0,
                left: false,
            });
            for &param in &kernel.regions[region].params {
                self.depth[param] = self.loops.len() as u32;
            }
        }
    }

    fn end(&mut self, kernel: &Kernel, construct: InstId) {
        for &result in &kernel.insts[construct].results {
            self.depth[result] = self.loops.len() as u32;
        }
    }
}

/// May a load run where the program would not have run it?
pub(super) fn is_harmless(kernel: &Kernel, inst: InstId, access: &Access) -> bool {
    if let Space::Binding(id) = access.space {
        let end = u64::from(access.offset) + kernel.accessed_bytes(inst);
        let inside =
            kernel.insts[inst].offset().is_none() && end <= u64::from(kernel.bindings[id].min_size);
        return access.checked || inside;
    }
    kernel.insts[inst].offset().is_none() && kernel.may_start_at(inst, access.space, access.offset)
}
