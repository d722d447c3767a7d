//! Structured control flow: blocks, edges and execution masks.
//!
//! A divergent construct keeps in a scalar register the mask of lanes that go on after it. Entering
//! an arm narrows EXEC; at the arm's end EXEC is set again from that mask. A lane that jumps
//! further out is cleared from the masks of all constructs between, so that no end revives it.
//! EXEC is never empty except on the way to the end where lanes wait: after every end that could
//! leave it empty a branch goes on to the next one further out. Code may therefore rely on a first
//! active lane.

use rdna_isa::{Op, Operand};

use super::emit::int;
use super::*;
use crate::amdgpu::mir::{Arg, Cond, Inst, Term};

/// What merges at the end of a construct, or at the head of a loop.
#[derive(Clone, Debug)]
struct Var {
    value: Value,
    regs: Regs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    If,
    Loop,
    Block,
}

/// A construct being selected.
#[derive(Debug)]
pub(super) struct Frame {
    inst: InstId,
    kind: Kind,
    /// In code that no lane reaches.
    dead: bool,
    divergent: bool,
    divergent_continue: bool,
    leaves: bool,
    /// Lanes that go on after the construct.
    saved: Option<VReg>,
    /// Lanes still in the loop.
    looping: Option<VReg>,
    results: Vec<Var>,
    params: Vec<Var>,
    merge: Block,
    merge_reached: bool,
    /// `If`: first block of each arm, and the block that switches EXEC between them.
    arms: [Option<Block>; 2],
    switch: Option<Block>,
    /// `If`: arm being selected.
    arm: usize,
    /// `If`: results of this arm were written before the branch.
    hoisted: Option<usize>,
    header: Block,
    latch: Block,
}

/// How a merged mask is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Merge {
    /// All lanes at once.
    Whole,
    /// The mask was zero before in these lanes.
    Or,
    /// The mask had any content in these lanes.
    Replace,
}

impl Select<'_> {
    fn target(&mut self, block: Block) {
        let n = block.index();
        if self.targeted.len() <= n {
            self.targeted.resize(n + 1, false);
        }
        self.targeted[n] = true;
    }

    fn is_targeted(&self, block: Block) -> bool {
        self.targeted.get(block.index()).copied().unwrap_or(false)
    }

    fn end_block(&mut self, term: Term, logical: &[Block]) {
        for b in term.succs() {
            self.target(b);
        }
        let data = &mut self.f.blocks[self.cur];
        data.term = term;
        data.logical = logical.into();
    }

    fn start(&mut self, block: Block) {
        self.f.order.push(block);
        self.f.blocks[block].depth = self.depth;
        self.cur = block;
    }

    fn vars(&mut self, values: &[Value]) -> Vec<Var> {
        values
            .iter()
            .map(|&value| {
                let bank = self.bank(value);
                let regs = self.new_regs(bank, words(self.ty(value)));
                Var { value, regs }
            })
            .collect()
    }

    fn exec_inst(&mut self, op: Op, def: Arg, uses: &[Arg]) {
        self.inst(Inst::new(op, &[def], uses));
    }

    /// `EXEC = mask`
    fn set_exec(&mut self, mask: VReg) {
        self.exec_inst(Op::S_MOV_B32, Operand::EXEC.into(), &[mask.into()]);
    }

    /// `mask = EXEC`
    fn save_exec(&mut self) -> VReg {
        let mask = self.new_s();
        self.exec_inst(Op::S_MOV_B32, mask.into(), &[Operand::EXEC.into()]);
        mask
    }

    /// Removes the active lanes from a mask.
    fn drop_active(&mut self, mask: VReg) {
        self.exec_inst(
            Op::S_AND_NOT1_B32,
            mask.into(),
            &[mask.into(), Operand::EXEC.into()],
        );
    }

    /// Writes values to variables; `merge` says how masks are written.
    fn assign(&mut self, vars: &[Var], values: &[Value], merge: Merge) {
        let mut pairs = Vec::new();
        let mut masks: Vec<(VReg, Option<Arg>)> = Vec::new();
        for (var, &value) in vars.iter().zip(values) {
            if self.ty(value) == Type::Bool && merge != Merge::Whole {
                let lanes = self.active_lanes_of(value);
                masks.push((var.regs[0], lanes));
                continue;
            }
            for (n, &reg) in var.regs.iter().enumerate() {
                let mut source = self.word(value, n);
                if self.f.vregs[reg] == Bank::S {
                    source = self.scalar(source);
                }
                pairs.push((reg, source));
            }
        }
        for (mask, lanes) in masks {
            if merge == Merge::Replace {
                self.drop_active(mask);
            }
            if let Some(lanes) = lanes {
                self.exec_inst(Op::S_OR_B32, mask.into(), &[mask.into(), lanes]);
            }
        }
        self.copies(&pairs);
    }

    /// The active lanes where a `Bool` holds; `None` if there are none.
    fn active_lanes_of(&mut self, value: Value) -> Option<Arg> {
        let source = self.src(value);
        Some(match source {
            Src::Bits(0) => return None,
            Src::Bits(_) => Operand::EXEC.into(),
            Src::Reg(_) | Src::Fixed(_) => self
                .s_op(Op::S_AND_B32, &[source, Src::Fixed(Operand::EXEC)])
                .into(),
        })
    }

    fn clear_masks(&mut self, vars: &[Var]) {
        let pairs: Vec<(VReg, Src)> = vars
            .iter()
            .filter(|v| self.ty(v.value) == Type::Bool)
            .map(|v| (v.regs[0], int(0)))
            .collect();
        self.copies(&pairs);
    }

    /// Is the region nothing but a `Yield`?
    fn trivial_yield(&self, region: RegionId) -> Option<InstId> {
        match *self.kernel.regions[region].insts.as_slice() {
            [only] if self.kernel.insts[only].op == Ir::Yield => Some(only),
            // Constants stand in no block of their own.
            ref insts => {
                let (&last, rest) = insts.split_last()?;
                let constants = rest
                    .iter()
                    .all(|&i| matches!(self.kernel.insts[i].op, Ir::Const(_)));
                (constants && self.kernel.insts[last].op == Ir::Yield).then_some(last)
            }
        }
    }

    /// Where the program counter goes when no lane is active any more: the innermost place where
    /// lanes may wait, among the outermost `depth` frames.
    fn waiting_place(&self, depth: usize) -> Block {
        for frame in self.frames[..depth].iter().rev() {
            match frame.kind {
                Kind::If if frame.divergent => {
                    return match (frame.arm, frame.switch) {
                        (0, Some(switch)) => switch,
                        _ => frame.merge,
                    };
                }
                Kind::Loop if frame.divergent_continue => return frame.latch,
                Kind::Loop | Kind::Block if frame.divergent => return frame.merge,
                Kind::If | Kind::Loop | Kind::Block => {}
            }
        }
        self.end
    }

    pub(super) fn begin(&mut self, inst: InstId) -> Result<(), Error> {
        let kernel = self.kernel;
        let data = &kernel.insts[inst];
        let known = self.flow.constructs[inst];
        let results = self.vars(&data.results);
        let merge = self.f.block(self.depth);
        let mut frame = Frame {
            inst,
            kind: Kind::Block,
            dead: !self.reached,
            divergent: known.divergent,
            divergent_continue: known.divergent_continue,
            leaves: known.leaves,
            saved: None,
            looping: None,
            results,
            params: Vec::new(),
            merge,
            merge_reached: false,
            arms: [None, None],
            switch: None,
            arm: 0,
            hoisted: None,
            header: merge,
            latch: merge,
        };
        if frame.dead {
            self.frames.push(frame);
            return Ok(());
        }
        if let Ir::If { then, otherwise } = data.op {
            frame.kind = Kind::If;
            self.begin_if(&mut frame, data.args[0], then, otherwise)?;
        } else if let Ir::Loop { body } = data.op {
            frame.kind = Kind::Loop;
            self.begin_loop(&mut frame, &data.args, body);
        } else if frame.divergent {
            self.clear_masks(&frame.results.clone());
            frame.saved = Some(self.save_exec());
        }
        self.frames.push(frame);
        Ok(())
    }

    fn begin_loop(&mut self, frame: &mut Frame, args: &[Value], body: RegionId) {
        frame.params = self.vars(&self.kernel.regions[body].params);
        let vars = frame.params.clone();
        self.assign(&vars, args, Merge::Whole);
        for var in &vars {
            self.values[var.value] = var.regs.clone();
        }
        if frame.divergent {
            self.clear_masks(&frame.results.clone());
        }
        if frame.divergent || frame.divergent_continue {
            frame.saved = Some(self.save_exec());
        }
        if frame.divergent_continue {
            frame.looping = Some(self.save_exec());
        }
        self.depth += 1;
        frame.header = self.f.block(self.depth);
        frame.latch = self.f.block(self.depth);
        let header = frame.header;
        self.end_block(Term::Jump(header), &[header]);
        self.start(header);
    }

    fn begin_if(
        &mut self,
        frame: &mut Frame,
        condition: Value,
        then: RegionId,
        otherwise: RegionId,
    ) -> Result<(), Error> {
        let hoisted = match (self.trivial_yield(otherwise), self.trivial_yield(then)) {
            (Some(_), _) => Some(1),
            (None, Some(_)) => Some(0),
            (None, None) => None,
        };
        frame.hoisted = hoisted;
        if let Some(arm) = hoisted {
            let region = if arm == 1 { otherwise } else { then };
            if let Some(last) = self.trivial_yield(region) {
                let args = self.kernel.insts[last].args.clone();
                let vars = frame.results.clone();
                self.assign(&vars, &args, Merge::Whole);
                frame.merge_reached = true;
            }
        } else if frame.divergent {
            self.clear_masks(&frame.results.clone());
        }
        for arm in 0..2 {
            if hoisted != Some(arm) {
                frame.arms[arm] = Some(self.f.block(self.depth));
            }
        }
        let logical = [
            frame.arms[0].unwrap_or(frame.merge),
            frame.arms[1].unwrap_or(frame.merge),
        ];
        if !frame.divergent {
            let holds = self.emit_scc(condition);
            // The first arm that has code follows.
            let (other, taken, value) = match hoisted {
                Some(0) => (logical[1], logical[0], holds),
                _ => (logical[0], logical[1], !holds),
            };
            let cond = Cond::Scc(value);
            self.end_block(Term::Branch { cond, taken, other }, &logical);
            return Ok(());
        }
        let mask = self.src(condition);
        let mask = self.arg(mask);
        let saved = self.new_s();
        // S_AND_NOT0_SAVEEXEC: the lanes where the condition does not hold.
        let op = match hoisted {
            Some(0) => Op::S_AND_NOT0_SAVEEXEC_B32,
            _ => Op::S_AND_SAVEEXEC_B32,
        };
        self.exec_inst(op, saved.into(), &[mask]);
        frame.saved = Some(saved);
        let (other, taken) = match hoisted {
            Some(0) => (logical[1], frame.merge),
            Some(_) => (logical[0], frame.merge),
            None => {
                let switch = self.f.block(self.depth);
                frame.switch = Some(switch);
                (logical[0], switch)
            }
        };
        let cond = Cond::ExecZero;
        self.end_block(Term::Branch { cond, taken, other }, &logical);
        Ok(())
    }

    pub(super) fn enter(&mut self, construct: InstId, region: RegionId) -> Result<(), Error> {
        let Some(frame) = self.frames.last() else {
            return self.internal("region outside a construct");
        };
        debug_assert_eq!(frame.inst, construct);
        if frame.dead || frame.kind != Kind::If {
            return Ok(());
        }
        let is_then =
            matches!(self.kernel.insts[construct].op, Ir::If { then, .. } if then == region);
        let arm = if is_then { 0 } else { 1 };
        let (switch, saved, merge) = (frame.switch, frame.saved, frame.merge);
        let block = frame.arms[arm];
        if let Some(frame) = self.frames.last_mut() {
            frame.arm = arm;
        }
        let Some(block) = block else {
            // Its results were written before the branch.
            self.reached = false;
            return Ok(());
        };
        if let (1, Some(switch), Some(saved)) = (arm, switch, saved) {
            self.start(switch);
            self.exec_inst(
                Op::S_AND_NOT1_B32,
                Operand::EXEC.into(),
                &[saved.into(), Operand::EXEC.into()],
            );
            let cond = Cond::ExecZero;
            self.end_block(
                Term::Branch {
                    cond,
                    taken: merge,
                    other: block,
                },
                &[],
            );
        }
        self.start(block);
        self.reached = true;
        Ok(())
    }

    pub(super) fn leave(&mut self, _construct: InstId, _region: RegionId) -> Result<(), Error> {
        if self.reached {
            return self.internal("region without a terminator");
        }
        Ok(())
    }

    /// `Yield`, `Break`, `Continue`, `Return` in reached code.
    pub(super) fn terminator(&mut self, inst: InstId) -> Result<(), Error> {
        let kernel = self.kernel;
        let data = &kernel.insts[inst];
        match data.op.control() {
            Some(Control::Yield) => {
                let Some(frame) = self.frames.last() else {
                    return self.internal("yield outside a construct");
                };
                let merge = match (frame.divergent, frame.hoisted) {
                    (false, _) => Merge::Whole,
                    (true, None) => Merge::Or,
                    (true, Some(_)) => Merge::Replace,
                };
                let next = match (frame.arm, frame.switch) {
                    (0, Some(switch)) => switch,
                    _ => frame.merge,
                };
                let (vars, end) = (frame.results.clone(), frame.merge);
                self.assign(&vars, &data.args, merge);
                self.end_block(Term::Jump(next), &[end]);
                if let Some(frame) = self.frames.last_mut() {
                    frame.merge_reached = true;
                }
            }
            Some(Control::Break(target)) => self.jump(inst, Some(target), true)?,
            Some(Control::Continue(target)) => self.jump(inst, Some(target), false)?,
            Some(Control::Return) => self.jump(inst, None, true)?,
            Some(Control::If { .. } | Control::Loop { .. } | Control::Block { .. }) | None => {
                return self.internal("not a terminator")
            }
        }
        self.reached = false;
        Ok(())
    }

    fn jump(&mut self, inst: InstId, target: Option<InstId>, leaving: bool) -> Result<(), Error> {
        let position = match target {
            Some(t) => match self.frames.iter().rposition(|f| f.inst == t) {
                Some(p) => Some(p),
                None => return self.internal("jump to a construct that is not around it"),
            },
            None => None,
        };
        let divergent = self.flow.divergent_jump[inst];
        let (mut logical, mut linear) = (None, self.end);
        if let Some(p) = position {
            let frame = &mut self.frames[p];
            let (vars, merge) = if leaving {
                frame.merge_reached = true;
                logical = Some(frame.merge);
                linear = frame.merge;
                let merge = if frame.divergent {
                    Merge::Or
                } else {
                    Merge::Whole
                };
                (frame.results.clone(), merge)
            } else {
                logical = Some(frame.header);
                let merge = if frame.divergent_continue {
                    linear = frame.latch;
                    Merge::Replace
                } else {
                    linear = frame.header;
                    Merge::Whole
                };
                (frame.params.clone(), merge)
            };
            let args = self.kernel.insts[inst].args.clone();
            self.assign(&vars, &args, merge);
        }
        if divergent {
            let outside = position.map_or(0, |p| p + 1);
            let mut masks = Vec::new();
            for frame in &self.frames[outside..] {
                masks.extend(frame.saved);
                masks.extend(frame.looping);
            }
            if let (Some(p), true) = (position, leaving) {
                masks.extend(self.frames[p].looping);
            }
            for mask in masks {
                self.drop_active(mask);
            }
            linear = self.waiting_place(self.frames.len());
        }
        let logical: Vec<Block> = logical.into_iter().collect();
        self.end_block(Term::Jump(linear), &logical);
        Ok(())
    }

    pub(super) fn finish(&mut self, construct: InstId) -> Result<(), Error> {
        let Some(frame) = self.frames.pop() else {
            return self.internal("end without a construct");
        };
        debug_assert_eq!(frame.inst, construct);
        if frame.dead {
            return Ok(());
        }
        if frame.kind == Kind::Loop {
            if self.is_targeted(frame.latch) {
                self.start(frame.latch);
                if let Some(looping) = frame.looping {
                    self.set_exec(looping);
                }
                // Both edges get blocks of their own, so that registers can be moved on each.
                let (out, back) = (self.f.block(self.depth), self.f.block(self.depth));
                let cond = Cond::ExecZero;
                self.end_block(
                    Term::Branch {
                        cond,
                        taken: out,
                        other: back,
                    },
                    &[],
                );
                self.start(back);
                self.end_block(Term::Jump(frame.header), &[]);
                self.start(out);
                self.end_block(Term::Jump(frame.merge), &[]);
            }
            self.depth -= 1;
        }
        if !self.is_targeted(frame.merge) {
            self.reached = false;
            return Ok(());
        }
        self.start(frame.merge);
        if !frame.merge_reached {
            // Every lane left for somewhere further out.
            let next = self.waiting_place(self.frames.len());
            self.end_block(Term::Jump(next), &[]);
            self.reached = false;
            return Ok(());
        }
        if let Some(saved) = frame.saved {
            self.set_exec(saved);
        }
        for var in &frame.results {
            self.values[var.value] = var.regs.clone();
        }
        self.reached = true;
        if frame.leaves {
            let next = self.waiting_place(self.frames.len());
            let (out, on) = (self.f.block(self.depth), self.f.block(self.depth));
            let cond = Cond::ExecZero;
            self.end_block(
                Term::Branch {
                    cond,
                    taken: out,
                    other: on,
                },
                &[on],
            );
            self.start(out);
            self.end_block(Term::Jump(next), &[]);
            self.start(on);
        }
        Ok(())
    }

    pub(super) fn epilogue(&mut self) {
        if self.is_targeted(self.end) {
            self.start(self.end);
        }
    }
}
