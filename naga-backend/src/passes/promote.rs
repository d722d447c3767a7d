//! Variables become values.
//!
//! A variable whose accesses all lie at constant offsets is split into *cells*, one for each
//! scalar; each cell becomes an SSA value: stores set its current value, loads are replaced by it,
//! and constructs that store it get one more result (loops also one more parameter). A cell is
//! merged only by constructs within its *home*, the innermost region around all its accesses, or
//! the kernel's body if the first access there is not a store, since then a value may come round
//! a loop. What is read before it is written is zero.
//!
//! Small arrays that are indexed dynamically are promoted too: an access becomes a chain of
//! selects over the elements that it can mean, which beats memory by far while chains are short.
//!
//! A cell that only ever holds 0 and 1 chosen by a truth value (how lowering stores `bool`)
//! becomes a `Bool`, so that conditions kept in variables stay masks.

use hashbrown::HashMap;
use smallvec::SmallVec;

use super::edit::{Constants, Editor, Replacements};
use crate::kernel::*;

/// Most elements that a dynamic access may choose from.
const MAX_CHOICES: u32 = 16;

/// Most selects that promotion of one variable may make.
const MAX_SELECTS: u32 = 512;

/// Promotes what can be; says whether anything was.
pub(super) fn run(kernel: &mut Kernel) -> bool {
    let mut plan = Plan::new(kernel);
    if plan.cells.is_empty() {
        return false;
    }
    plan.place(kernel);
    rewrite(kernel, plan);
    true
}

/// Index of a cell.
type Cell = usize;

struct CellData {
    ty: Type,
    /// Instructions that touch it, with their regions, in program order.
    uses: Vec<(InstId, RegionId)>,
}

/// What an access means once its variable is gone.
enum Meaning {
    /// These cells, one for each scalar.
    Cells(SmallVec<[Cell; 4]>),
    /// Any of these runs of cells: where the dynamic offset equals the first number.
    Choice(Vec<(u32, SmallVec<[Cell; 4]>)>),
}

struct Plan {
    cells: Vec<CellData>,
    accesses: HashMap<InstId, Meaning>,
    /// Owner and surrounding region of each region.
    around: EntityVec<RegionId, Option<(InstId, RegionId)>>,
    depth: EntityVec<RegionId, u32>,
    /// Cells that each construct merges.
    merges: HashMap<InstId, Vec<Cell>>,
}

struct LocalUses {
    /// Offset, width and type of every scalar that is touched.
    scalars: Vec<(u32, Type)>,
    insts: Vec<(InstId, RegionId)>,
    selects: u32,
    possible: bool,
}

impl Plan {
    fn new(kernel: &Kernel) -> Plan {
        let mut around = EntityVec::filled(None, kernel.regions.len());
        let mut depth = EntityVec::filled(0, kernel.regions.len());
        let mut locals: EntityVec<LocalId, LocalUses> = EntityVec::new();
        for _ in kernel.locals.keys() {
            locals.push(LocalUses {
                scalars: Vec::new(),
                insts: Vec::new(),
                selects: 0,
                possible: true,
            });
        }
        let mut open = vec![kernel.body];
        let mut walk = Walk::new(kernel);
        while let Some(step) = walk.next(kernel) {
            match step {
                Step::Enter(construct, region) => {
                    around[region] = Some((construct, open[open.len() - 1]));
                    depth[region] = open.len() as u32;
                    open.push(region);
                }
                Step::Leave(..) => {
                    open.pop();
                }
                Step::End(_) => {}
                Step::Inst(inst) => {
                    let op = &kernel.insts[inst].op;
                    let Some(&access) = op.access() else { continue };
                    let Space::Local(local) = access.space else {
                        continue;
                    };
                    let uses = &mut locals[local];
                    uses.insts.push((inst, open[open.len() - 1]));
                    uses.scan(kernel, inst, &access, kernel.locals[local].size);
                }
            }
        }
        let mut plan = Plan {
            cells: Vec::new(),
            accesses: HashMap::new(),
            around,
            depth,
            merges: HashMap::new(),
        };
        for (local, uses) in locals.iter_mut() {
            plan.split(kernel, local, uses);
        }
        plan
    }

    /// Makes cells of a variable, if its scalars do not overlap.
    fn split(&mut self, kernel: &Kernel, local: LocalId, uses: &mut LocalUses) {
        uses.scalars.sort_unstable();
        uses.scalars.dedup_by_key(|s| (s.0, s.1.bytes()));
        let disjoint = |pair: &[(u32, Type)]| pair[0].0 + pair[0].1.bytes() <= pair[1].0;
        if !uses.possible || !uses.scalars.windows(2).all(disjoint) {
            return;
        }
        let base = self.cells.len();
        let bools = uses.bools(kernel);
        for &(_, ty) in &uses.scalars {
            let ty = if bools { Type::Bool } else { ty };
            self.cells.push(CellData {
                ty,
                uses: Vec::new(),
            });
        }
        let size = kernel.locals[local].size;
        for &(inst, region) in &uses.insts {
            let run = |offset: u32, ty: Type, count: usize| -> SmallVec<[Cell; 4]> {
                (0..count as u32)
                    .filter_map(|n| {
                        let at = offset + n * ty.bytes();
                        let found = uses.scalars.binary_search_by_key(&at, |s| s.0);
                        found.ok().map(|n| base + n)
                    })
                    .collect()
            };
            let Some((access, dynamic, ty, count)) = shape(kernel, inst) else {
                continue;
            };
            let meaning = match dynamic {
                None => Meaning::Cells(run(access.offset, ty, count)),
                Some(offset) => Meaning::Choice(
                    choices(kernel, &access, offset, ty, count, size)
                        .map(|at| (at, run(access.offset + at, ty, count)))
                        .collect(),
                ),
            };
            let touched: SmallVec<[Cell; 4]> = match &meaning {
                Meaning::Cells(cells) => cells.clone(),
                Meaning::Choice(all) => all.iter().flat_map(|(_, c)| c.clone()).collect(),
            };
            for cell in touched {
                self.cells[cell].uses.push((inst, region));
            }
            self.accesses.insert(inst, meaning);
        }
    }

    /// Finds each cell's home, and the constructs within it that must merge it.
    fn place(&mut self, kernel: &Kernel) {
        for cell in 0..self.cells.len() {
            let uses = &self.cells[cell].uses;
            let Some(&(first, first_region)) = uses.first() else {
                continue;
            };
            let mut home = first_region;
            for &(_, region) in uses {
                home = self.common(home, region);
            }
            let sets_first =
                home == first_region && matches!(kernel.insts[first].op, Op::Store(_, false));
            if !sets_first {
                home = kernel.body;
            }
            for &(inst, region) in &self.cells[cell].uses {
                if !matches!(kernel.insts[inst].op, Op::Store(..)) {
                    continue;
                }
                let mut at = region;
                while at != home {
                    let Some((construct, parent)) = self.around[at] else {
                        break;
                    };
                    let merged = self.merges.entry(construct).or_default();
                    if merged.last() == Some(&cell) {
                        break;
                    }
                    merged.push(cell);
                    at = parent;
                }
            }
        }
    }

    /// The innermost region around both.
    fn common(&self, mut a: RegionId, mut b: RegionId) -> RegionId {
        while a != b {
            let up = if self.depth[a] >= self.depth[b] {
                &mut a
            } else {
                &mut b
            };
            match self.around[*up] {
                Some((_, parent)) => *up = parent,
                None => break,
            }
        }
        a
    }
}

impl LocalUses {
    fn scan(&mut self, kernel: &Kernel, inst: InstId, access: &Access, size: u32) {
        let Some((_, dynamic, ty, count)) = shape(kernel, inst) else {
            self.possible = false;
            return;
        };
        let scalars = |at: u32| (0..count as u32).map(move |n| (at + n * ty.bytes(), ty));
        let Some(offset) = dynamic else {
            self.scalars.extend(scalars(access.offset));
            return;
        };
        let choices = choices(kernel, access, offset, ty, count, size);
        let number = choices.len() as u32;
        self.selects = self.selects.saturating_add(number * count as u32);
        if number == 0 || number > MAX_CHOICES || self.selects > MAX_SELECTS {
            self.possible = false;
            return;
        }
        for at in choices {
            self.scalars.extend(scalars(access.offset + at));
        }
    }

    /// Is every value stored here 0 or 1 made from a truth value?
    fn bools(&self, kernel: &Kernel) -> bool {
        let mut some = false;
        for &(inst, _) in &self.insts {
            let data = &kernel.insts[inst];
            if let Op::Store(_, dynamic) = data.op {
                for &value in &data.args[usize::from(dynamic)..] {
                    match truth(kernel, value) {
                        Some(Truth::Of(_)) => some = true,
                        Some(Truth::Constant(_)) => {}
                        None => return false,
                    }
                }
            }
        }
        some
    }
}

enum Truth {
    Of(Value),
    Constant(bool),
}

/// The truth value that an i32 is made of.
fn truth(kernel: &Kernel, value: Value) -> Option<Truth> {
    if kernel.ty(value) != Type::I32 {
        return None;
    }
    let data = &kernel.insts[kernel.def(value)?];
    if let Op::Const(bits @ 0..=1) = data.op {
        return Some(Truth::Constant(bits == 1));
    }
    if data.op != Op::Select {
        return None;
    }
    let arms = (kernel.constant(data.args[1]), kernel.constant(data.args[2]));
    (arms == (Some(1), Some(0))).then(|| Truth::Of(data.args[0]))
}

/// Access, dynamic offset, scalar type and number of scalars of a load or store.
fn shape(kernel: &Kernel, inst: InstId) -> Option<(Access, Option<Value>, Type, usize)> {
    let data = &kernel.insts[inst];
    let (Op::Load(access) | Op::Store(access, _)) = data.op else {
        return None;
    };
    let offset = data.offset();
    let scalars = if let Op::Load(_) = data.op {
        &data.results
    } else {
        &data.args[usize::from(offset.is_some())..]
    };
    Some((access, offset, kernel.ty(*scalars.first()?), scalars.len()))
}

/// The dynamic offsets with which an access stays within its variable.
fn choices(
    kernel: &Kernel,
    access: &Access,
    offset: Value,
    ty: Type,
    count: usize,
    size: u32,
) -> std::iter::StepBy<std::ops::Range<u32>> {
    let bytes = ty.bytes() * count as u32;
    let step = match multiple(kernel, offset, 4) {
        0 => u32::MAX,
        step => step,
    };
    let end = (size.saturating_sub(access.offset)).saturating_sub(bytes.saturating_sub(1));
    (0..end).step_by(step as usize)
}

/// A number that divides a value whatever its operands; 0 if the value is 0. (Overflow is not
/// thought of: this is the stride of an index that was clamped to its variable.)
fn multiple(kernel: &Kernel, value: Value, fuel: u32) -> u32 {
    if let Some(bits) = kernel.constant(value) {
        return bits as u32;
    }
    let Some((op, a, b)) = kernel.binary(value) else {
        return 1;
    };
    let constants = (kernel.constant(a), kernel.constant(b));
    match (op, constants) {
        (BinaryOp::IMul, (_, Some(c @ 1..=0xffff)) | (Some(c @ 1..=0xffff), None)) => c as u32,
        (BinaryOp::Shl, (_, Some(c @ 0..=15))) => 1 << c,
        (BinaryOp::IAdd, _) if fuel > 0 => {
            let a = multiple(kernel, a, fuel - 1);
            let b = multiple(kernel, b, fuel - 1);
            gcd(a, b)
        }
        _ => 1,
    }
}

fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

struct Rewriter {
    plan: Plan,
    constants: Constants,
    replacements: Replacements,
    current: Vec<Option<Value>>,
    /// For each open `If`, its cells before it.
    saved: Vec<Vec<Option<Value>>>,
}

fn rewrite(kernel: &mut Kernel, plan: Plan) {
    let mut this = Rewriter {
        current: vec![None; plan.cells.len()],
        plan,
        constants: Constants::new(),
        replacements: Replacements::default(),
        saved: Vec::new(),
    };
    let mut editor = Editor::new(kernel);
    while let Some(step) = editor.next(kernel) {
        match step {
            Step::Inst(inst) => this.inst(kernel, &mut editor, inst),
            Step::Enter(construct, region) => this.enter(kernel, construct, region),
            Step::Leave(..) => {}
            Step::End(construct) => this.end(kernel, construct),
        }
    }
    this.constants.finish(kernel);
}

impl Rewriter {
    fn value(&mut self, kernel: &mut Kernel, cell: Cell) -> Value {
        match self.current[cell] {
            Some(value) => value,
            None => {
                let ty = self.plan.cells[cell].ty;
                let zero = self.constants.get(kernel, ty, 0);
                self.current[cell] = Some(zero);
                zero
            }
        }
    }

    fn merges(&self, construct: InstId) -> Vec<Cell> {
        let merged = self.plan.merges.get(&construct);
        merged.cloned().unwrap_or_default()
    }

    fn carry(&mut self, kernel: &mut Kernel, inst: InstId, construct: Option<InstId>) {
        for cell in construct.map_or(Vec::new(), |c| self.merges(c)) {
            let value = self.value(kernel, cell);
            kernel.insts[inst].args.push(value);
        }
    }

    fn inst(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId) {
        self.replacements.apply(kernel, inst);
        if let Some(meaning) = self.plan.accesses.remove(&inst) {
            if matches!(kernel.insts[inst].op, Op::Load(_)) {
                self.load(kernel, editor, inst, &meaning);
            } else {
                self.store(kernel, editor, inst, &meaning);
            }
            return;
        }
        match kernel.insts[inst].op.control() {
            Some(Control::Yield) => self.carry(kernel, inst, editor.construct()),
            Some(Control::Break(target) | Control::Continue(target)) => {
                self.carry(kernel, inst, Some(target));
            }
            Some(Control::Loop { .. }) => self.carry(kernel, inst, Some(inst)),
            Some(Control::If { .. }) => {
                let cells = self.merges(inst);
                self.saved
                    .push(cells.iter().map(|&c| self.current[c]).collect());
            }
            Some(Control::Block { .. } | Control::Return) | None => {}
        }
        editor.keep(kernel, inst);
    }

    fn enter(&mut self, kernel: &mut Kernel, construct: InstId, region: RegionId) {
        let op = &kernel.insts[construct].op;
        if matches!(op, Op::Loop { .. }) {
            for cell in self.merges(construct) {
                let param = kernel.append_param(region, self.plan.cells[cell].ty);
                self.current[cell] = Some(param);
            }
        } else if matches!(op, Op::If { otherwise, .. } if *otherwise == region) {
            let saved = self.saved.last().cloned().unwrap_or_default();
            for (cell, value) in self.merges(construct).into_iter().zip(saved) {
                self.current[cell] = value;
            }
        }
    }

    fn end(&mut self, kernel: &mut Kernel, construct: InstId) {
        if let Op::If { .. } = kernel.insts[construct].op {
            self.saved.pop();
        }
        for cell in self.merges(construct) {
            let result = kernel.append_result(construct, self.plan.cells[cell].ty);
            self.current[cell] = Some(result);
        }
    }

    fn new_value(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        op: Op,
        args: &[Value],
        ty: Type,
        span: naga::Span,
    ) -> Value {
        let inst = kernel.new_inst(op, args, &[ty], span);
        editor.insert(inst);
        kernel.insts[inst].results[0]
    }

    fn load(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId, meaning: &Meaning) {
        let span = kernel.insts[inst].span;
        let results = kernel.insts[inst].results.clone();
        for (n, &result) in results.iter().enumerate() {
            let found = match meaning {
                Meaning::Cells(cells) => self.value(kernel, cells[n]),
                Meaning::Choice(all) => {
                    let offset = kernel.insts[inst].args[0];
                    let mut found = None;
                    for (at, cells) in all.iter().rev() {
                        // Cells may differ in type.
                        let ty = kernel.ty(result);
                        let value = self.value(kernel, cells[n]);
                        let value = self.cast(kernel, editor, value, ty, span);
                        found = Some(match found {
                            None => value,
                            Some(other) => {
                                let here = self.equals(kernel, editor, offset, *at, span);
                                let args = [here, value, other];
                                self.new_value(kernel, editor, Op::Select, &args, ty, span)
                            }
                        });
                    }
                    found.expect("a dynamic access has choices")
                }
            };
            let found = self.cast(kernel, editor, found, kernel.ty(result), span);
            self.replacements.set(result, found);
        }
    }

    fn store(&mut self, kernel: &mut Kernel, editor: &mut Editor, inst: InstId, meaning: &Meaning) {
        let span = kernel.insts[inst].span;
        let args = kernel.insts[inst].args.clone();
        match meaning {
            Meaning::Cells(cells) => {
                for (&cell, &value) in cells.iter().zip(&args) {
                    let ty = self.plan.cells[cell].ty;
                    let value = self.cast(kernel, editor, value, ty, span);
                    self.current[cell] = Some(value);
                }
            }
            Meaning::Choice(all) => {
                let (offset, values) = (args[0], &args[1..]);
                for (at, cells) in all {
                    let here = match all.len() {
                        1 => None,
                        _ => Some(self.equals(kernel, editor, offset, *at, span)),
                    };
                    for (&cell, &value) in cells.iter().zip(values) {
                        let ty = self.plan.cells[cell].ty;
                        let value = self.cast(kernel, editor, value, ty, span);
                        let old = self.value(kernel, cell);
                        let new = match here {
                            None => value,
                            Some(here) => {
                                let args = [here, value, old];
                                self.new_value(kernel, editor, Op::Select, &args, ty, span)
                            }
                        };
                        self.current[cell] = Some(new);
                    }
                }
            }
        }
    }

    fn equals(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        offset: Value,
        at: u32,
        span: naga::Span,
    ) -> Value {
        let at = self.constants.get(kernel, Type::I32, at as u64);
        let op = Op::ICmp(IntCc::Eq);
        self.new_value(kernel, editor, op, &[offset, at], Type::Bool, span)
    }

    /// The same bits as another type; a `Bool` as 0 or 1 and back.
    fn cast(
        &mut self,
        kernel: &mut Kernel,
        editor: &mut Editor,
        value: Value,
        ty: Type,
        span: naga::Span,
    ) -> Value {
        let from = kernel.ty(value);
        if from == ty {
            return value;
        }
        if ty == Type::Bool {
            return match truth(kernel, value) {
                Some(Truth::Of(truth)) => truth,
                Some(Truth::Constant(on)) => self.constants.get(kernel, Type::Bool, on as u64),
                None => {
                    let zero = self.constants.get(kernel, from, 0);
                    let op = Op::ICmp(IntCc::Ne);
                    self.new_value(kernel, editor, op, &[value, zero], ty, span)
                }
            };
        }
        if from == Type::Bool {
            let one = self.constants.get(kernel, Type::I32, 1);
            let zero = self.constants.get(kernel, Type::I32, 0);
            let args = [value, one, zero];
            let word = self.new_value(kernel, editor, Op::Select, &args, Type::I32, span);
            return self.cast(kernel, editor, word, ty, span);
        }
        let op = Op::Convert(ConvertOp::Bitcast);
        self.new_value(kernel, editor, op, &[value], ty, span)
    }
}
