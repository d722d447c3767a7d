//! Checks that a kernel is well formed: what every pass may rely on and must leave so.
//!
//! Structure (each region owned once, terminators last and only there, targets that enclose),
//! definitions before uses as nesting allows, types and numbers of operands and results, and
//! memory accesses within declared widths. Errors are drawn under the instruction they are about.

use std::fmt::Write as _;

use super::print::Printer;
use super::*;

/// What is wrong with a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyErrors {
    /// Instruction, if it is about one, and what is wrong.
    pub errors: Vec<(Option<InstId>, String)>,
    drawing: String,
}

impl std::error::Error for VerifyErrors {}

impl std::fmt::Display for VerifyErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.drawing)
    }
}

/// Errors after which checking stops.
const MAX_ERRORS: usize = 16;

/// Lines shown around an error.
const CONTEXT: usize = 4;

/// Most invocations of a workgroup on any card that we make code for.
pub const MAX_WORKGROUP: u64 = 1024;

impl Kernel {
    /// Checks everything that passes and back ends rely on.
    pub fn verify(&self) -> Result<(), VerifyErrors> {
        let mut verifier = Verifier {
            kernel: self,
            errors: Vec::new(),
            visible: EntityVec::filled(false, self.values.len()),
            scopes: Vec::new(),
        };
        verifier.declarations();
        // The walk relies on a tree.
        if verifier.tree() {
            verifier.body();
        }
        match verifier.errors {
            errors if errors.is_empty() => Ok(()),
            errors => Err(VerifyErrors {
                drawing: draw(self, &errors),
                errors,
            }),
        }
    }
}

fn draw(kernel: &Kernel, errors: &[(Option<InstId>, String)]) -> String {
    let lines = Printer::new(kernel).lines();
    let mut text = String::new();
    for (_, what) in errors.iter().filter(|(inst, _)| inst.is_none()) {
        let _ = writeln!(text, "{what}");
    }
    let about = |n: usize| {
        let inst = lines[n].inst;
        errors
            .iter()
            .filter(move |(about, _)| about.is_some() && *about == inst)
    };
    let hits: Vec<usize> = (0..lines.len())
        .filter(|&n| about(n).next().is_some())
        .collect();
    let mut shown = 0;
    for &hit in &hits {
        let begin = shown.max(hit.saturating_sub(CONTEXT));
        if begin > shown {
            text.push_str("...\n");
        }
        let end = (hit + CONTEXT + 1).min(lines.len());
        let next = hits.iter().copied().find(|&h| h > hit).unwrap_or(end);
        for (n, line) in lines.iter().enumerate().take(end.min(next)).skip(begin) {
            let _ = writeln!(text, "{}", line.text);
            let indent = line.text.len() - line.text.trim_start().len();
            for (_, what) in about(n) {
                let tildes = "~".repeat(line.text.trim().len().clamp(1, 60) - 1);
                let _ = writeln!(text, "{:indent$}^{tildes} {what}", "");
            }
        }
        shown = end.min(next);
    }
    text
}

struct Scope {
    construct: Option<InstId>,
    /// Values that end with it.
    defined: Vec<Value>,
}

struct Verifier<'k> {
    kernel: &'k Kernel,
    errors: Vec<(Option<InstId>, String)>,
    visible: EntityVec<Value, bool>,
    scopes: Vec<Scope>,
}

impl Verifier<'_> {
    fn error(&mut self, inst: impl Into<Option<InstId>>, what: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push((inst.into(), what.into()));
        }
    }

    fn declarations(&mut self) {
        let kernel = self.kernel;
        let threads: u64 = kernel.workgroup_size.iter().map(|&n| n as u64).product();
        if threads == 0 || threads > MAX_WORKGROUP {
            let size = kernel.workgroup_size;
            self.error(
                None,
                format!("workgroup size {size:?} is not within 1 to {MAX_WORKGROUP} invocations"),
            );
        }
        let aligns = (kernel.shared.values().map(|s| (&s.name, s.align)))
            .chain(kernel.locals.values().map(|l| (&l.name, l.align)));
        for (name, align) in aligns {
            if !align.is_power_of_two() {
                self.error(None, format!("alignment {align} of `{name}`"));
            }
        }
    }

    /// Is every region that can be reached owned exactly once, and every instruction in one place?
    fn tree(&mut self) -> bool {
        let kernel = self.kernel;
        if kernel.regions.get(kernel.body).is_none() {
            self.error(None, "the body does not exist");
            return false;
        }
        let mut region_seen = EntityVec::filled(false, kernel.regions.len());
        let mut inst_seen = EntityVec::filled(false, kernel.insts.len());
        let mut work = vec![kernel.body];
        region_seen[kernel.body] = true;
        while let Some(region) = work.pop() {
            for &inst in &kernel.regions[region].insts {
                let Some(data) = kernel.insts.get(inst) else {
                    self.error(None, format!("{inst} in {region} does not exist"));
                    return false;
                };
                if std::mem::replace(&mut inst_seen[inst], true) {
                    self.error(inst, "instruction stands in two places");
                    return false;
                }
                for owned in data.op.regions() {
                    match region_seen.get(owned) {
                        Some(false) => {
                            region_seen[owned] = true;
                            work.push(owned);
                        }
                        Some(true) => {
                            self.error(inst, format!("{owned} is owned twice"));
                            return false;
                        }
                        None => {
                            self.error(inst, format!("{owned} does not exist"));
                            return false;
                        }
                    }
                }
            }
        }
        true
    }

    fn body(&mut self) {
        let kernel = self.kernel;
        if !kernel.regions[kernel.body].params.is_empty() {
            self.error(None, "the kernel's body has parameters");
        }
        let mut walk = Walk::new(kernel);
        self.open(None, kernel.body);
        self.terminated(None, kernel.body);
        while let Some(step) = walk.next(kernel) {
            match step {
                Step::Inst(inst) => {
                    self.inst(inst);
                    if !kernel.insts[inst].op.is_construct() {
                        self.define_results(inst);
                    }
                }
                Step::Enter(inst, region) => {
                    self.open(Some(inst), region);
                    self.terminated(Some(inst), region);
                }
                Step::Leave(..) => {
                    let scope = self.scopes.pop();
                    for value in scope.into_iter().flat_map(|s| s.defined) {
                        self.visible[value] = false;
                    }
                }
                Step::End(inst) => self.define_results(inst),
            }
        }
    }

    fn open(&mut self, construct: Option<InstId>, region: RegionId) {
        self.scopes.push(Scope {
            construct,
            defined: Vec::new(),
        });
        let params = &self.kernel.regions[region].params;
        for (n, &param) in params.iter().enumerate() {
            self.define(construct, param, ValueDef::Param(region, n as u16));
        }
    }

    fn define_results(&mut self, inst: InstId) {
        for (n, &result) in self.kernel.insts[inst].results.iter().enumerate() {
            self.define(Some(inst), result, ValueDef::Result(inst, n as u16));
        }
    }

    fn define(&mut self, inst: Option<InstId>, value: Value, def: ValueDef) {
        match self.kernel.values.get(value) {
            None => self.error(inst, format!("{value} does not exist")),
            Some(data) if data.def != def => {
                let found = data.def;
                self.error(inst, format!("{value} says it comes from {found:?}"));
            }
            Some(_) => {
                self.visible[value] = true;
                if let Some(scope) = self.scopes.last_mut() {
                    scope.defined.push(value);
                }
            }
        }
    }

    /// Terminator last, and only there.
    fn terminated(&mut self, construct: Option<InstId>, region: RegionId) {
        let kernel = self.kernel;
        let Some((&last, before)) = kernel.regions[region].insts.split_last() else {
            return self.error(construct, format!("{region} is empty"));
        };
        if !kernel.insts[last].op.is_terminator() {
            self.error(last, "the last instruction of a region is no terminator");
        }
        for &inst in before {
            if kernel.insts[inst].op.is_terminator() {
                self.error(inst, "terminator before the end of its region");
            }
        }
    }

    fn inst(&mut self, inst: InstId) {
        let kernel = self.kernel;
        let data = &kernel.insts[inst];
        for &arg in &data.args {
            match self.visible.get(arg) {
                Some(true) => {}
                Some(false) => {
                    return self.error(inst, format!("{arg} is not defined here"));
                }
                None => return self.error(inst, format!("{arg} does not exist")),
            }
        }
        if let Some(value) = data
            .results
            .iter()
            .find(|&&v| kernel.values.get(v).is_none())
        {
            return self.error(inst, format!("{value} does not exist"));
        }
        let args: Vec<Type> = data.args.iter().map(|&v| kernel.ty(v)).collect();
        let results: Vec<Type> = data.results.iter().map(|&v| kernel.ty(v)).collect();
        if let Err(what) = self.types(data, &args, &results) {
            self.error(inst, what);
        }
    }

    fn types(&self, data: &InstData, args: &[Type], results: &[Type]) -> Result<(), String> {
        let kernel = self.kernel;
        let bad = || {
            let name = |types: &[Type]| -> String {
                let names: Vec<&str> = types.iter().map(|t| t.name()).collect();
                names.join(", ")
            };
            Err(format!("({}) -> ({})", name(args), name(results)))
        };
        let require = |ok: bool| if ok { Ok(()) } else { bad() };
        match data.op {
            Op::Const(bits) => match (args, results) {
                ([], &[ty]) if ty.bits() == 64 || bits >> ty.bits() == 0 => Ok(()),
                _ => bad(),
            },
            Op::Builtin(builtin) => {
                let axis = match builtin {
                    Builtin::LocalId(n) | Builtin::WorkgroupId(n) | Builtin::NumWorkgroups(n) => n,
                    Builtin::LocalIndex
                    | Builtin::SubgroupLane
                    | Builtin::SubgroupSize
                    | Builtin::SubgroupId
                    | Builtin::NumSubgroups => 0,
                };
                require(axis < 3 && args.is_empty() && results == [Type::I32])
            }
            Op::Unary(op) => match (args, results) {
                (&[a], &[r]) => require(a == r && unary_takes(op, a)),
                _ => bad(),
            },
            Op::Binary(op) => match (args, results) {
                (&[a, b], &[r]) => require(a == b && a == r && binary_takes(op, a)),
                _ => bad(),
            },
            Op::Ternary(op) => match (args, results) {
                (&[a, b, c], &[r]) => require(match op {
                    TernaryOp::Fma => a.is_float() && [b, c, r] == [a; 3],
                    TernaryOp::BitSelect => a.is_int() && [b, c, r] == [a; 3],
                    TernaryOp::UBfe
                    | TernaryOp::SBfe
                    | TernaryOp::FunnelShr
                    | TernaryOp::UDot4
                    | TernaryOp::SDot4 => [a, b, c, r] == [Type::I32; 4],
                }),
                _ => bad(),
            },
            Op::Ldexp => match (args, results) {
                (&[a, Type::I32], &[r]) => require(a.is_float() && a == r),
                _ => bad(),
            },
            Op::FrexpExp => match (args, results) {
                (&[a], &[Type::I32]) => require(a.is_float()),
                _ => bad(),
            },
            Op::ICmp(cc) => match (args, results) {
                (&[a, b], &[Type::Bool]) => {
                    let equality = matches!(cc, IntCc::Eq | IntCc::Ne);
                    require(a == b && (a.is_int() || (a == Type::Bool && equality)))
                }
                _ => bad(),
            },
            Op::FCmp(_) => match (args, results) {
                (&[a, b], &[Type::Bool]) => require(a == b && a.is_float()),
                _ => bad(),
            },
            Op::Select => match (args, results) {
                (&[Type::Bool, a, b], &[r]) => require(a == b && a == r),
                _ => bad(),
            },
            Op::Convert(op) => require(convert_takes(op, args, results)),
            Op::Load(access) => {
                if args.len() > 1 || args.first().is_some_and(|&t| t != Type::I32) {
                    return bad();
                }
                self.access(&access, !args.is_empty(), results, Use::Read)
            }
            Op::Store(access, dynamic) => {
                let values = self.split_offset(dynamic, args)?;
                if !results.is_empty() {
                    return bad();
                }
                self.access(&access, dynamic, values, Use::Write)
            }
            Op::Atomic(op, access, dynamic) => {
                let values = self.split_offset(dynamic, args)?;
                let ok = match *values {
                    [ty] => {
                        let fits = match op {
                            AtomicOp::FAdd => ty.is_float(),
                            AtomicOp::Exchange => ty.bytes() >= 4,
                            AtomicOp::Add
                            | AtomicOp::Sub
                            | AtomicOp::And
                            | AtomicOp::Or
                            | AtomicOp::Xor
                            | AtomicOp::SMin
                            | AtomicOp::SMax
                            | AtomicOp::UMin
                            | AtomicOp::UMax => ty.is_int() && ty.bytes() >= 4,
                        };
                        fits && (results.is_empty() || results == [ty])
                    }
                    _ => false,
                };
                if !ok {
                    return bad();
                }
                self.access(&access, dynamic, values, Use::Modify)
            }
            Op::CompareExchange(access, dynamic) => {
                let values = self.split_offset(dynamic, args)?;
                let ok = match *values {
                    [a, b] => a == b && a.bytes() >= 4 && results == [a, Type::Bool],
                    _ => false,
                };
                if !ok {
                    return bad();
                }
                self.access(&access, dynamic, &values[..1], Use::Modify)
            }
            Op::BindingSize(binding) => {
                if kernel.bindings.get(binding).is_none() {
                    return Err(format!("{binding} does not exist"));
                }
                require(args.is_empty() && results == [Type::I32])
            }
            Op::Barrier(_) => require(args.is_empty() && results.is_empty()),
            Op::Subgroup(op) => require(subgroup_takes(op, args, results)),
            Op::If { then, otherwise } => {
                for region in [then, otherwise] {
                    if !kernel.regions[region].params.is_empty() {
                        return Err("a branch has parameters".into());
                    }
                }
                require(args == [Type::Bool])
            }
            Op::Loop { body } => {
                let params = &kernel.regions[body].params;
                let params: Option<Vec<Type>> = params
                    .iter()
                    .map(|&p| kernel.values.get(p).map(|v| v.ty))
                    .collect();
                match params {
                    Some(params) if params == args => Ok(()),
                    _ => Err("initial values do not fit the parameters".into()),
                }
            }
            Op::Block { body } => {
                if !kernel.regions[body].params.is_empty() {
                    return Err("a block has parameters".into());
                }
                require(args.is_empty())
            }
            Op::Yield => {
                let owner = self.scopes.last().and_then(|s| s.construct);
                match owner {
                    Some(owner) if !matches!(kernel.insts[owner].op, Op::Loop { .. }) => {
                        self.carries(args, &kernel.insts[owner].results)
                    }
                    _ => Err("`yield` outside `if` and `block`".into()),
                }
            }
            Op::Break(target) => match self.enclosing(target) {
                Some(Op::Loop { .. } | Op::Block { .. }) => {
                    self.carries(args, &kernel.insts[target].results)
                }
                _ => Err(format!("{target} is no enclosing loop or block")),
            },
            Op::Continue(target) => match self.enclosing(target) {
                Some(Op::Loop { body }) => self.carries(args, &kernel.regions[*body].params),
                _ => Err(format!("{target} is no enclosing loop")),
            },
            Op::Return => require(args.is_empty() && results.is_empty()),
        }?;
        if data.op.is_terminator() && !results.is_empty() {
            return bad();
        }
        Ok(())
    }

    fn enclosing(&self, target: InstId) -> Option<&Op> {
        let found = self.scopes.iter().any(|s| s.construct == Some(target));
        found.then(|| &self.kernel.insts[target].op)
    }

    fn carries(&self, args: &[Type], targets: &[Value]) -> Result<(), String> {
        let kernel = self.kernel;
        let types = targets.iter().map(|&v| kernel.values.get(v).map(|d| d.ty));
        if types.eq(args.iter().map(|&t| Some(t))) {
            return Ok(());
        }
        Err("operands do not fit what the target takes".into())
    }

    fn split_offset<'t>(&self, dynamic: bool, args: &'t [Type]) -> Result<&'t [Type], String> {
        match args.split_first() {
            Some((Type::I32, rest)) if dynamic => Ok(rest),
            _ if dynamic => Err("the dynamic offset is no i32".into()),
            _ => Ok(args),
        }
    }

    fn access(
        &self,
        access: &Access,
        dynamic: bool,
        types: &[Type],
        how: Use,
    ) -> Result<(), String> {
        let kernel = self.kernel;
        let (&first, rest) = types.split_first().ok_or("nothing is accessed")?;
        if types.len() > 4 || rest.iter().any(|&t| t != first) || first == Type::Bool {
            return Err("an access has one to four values of one type in memory".into());
        }
        if !access.align.is_power_of_two() || access.align < first.bytes().min(4) {
            return Err(format!("alignment {}", access.align));
        }
        if !dynamic && !access.offset.is_multiple_of(access.align) {
            return Err(format!(
                "offset {} is not aligned to {}",
                access.offset, access.align
            ));
        }
        let size = match access.space {
            Space::Binding(id) => {
                let binding = kernel
                    .bindings
                    .get(id)
                    .ok_or_else(|| format!("{id} does not exist"))?;
                if binding.kind.is_read_only() && how != Use::Read {
                    return Err(format!("{id} is read-only"));
                }
                None
            }
            Space::Shared(id) => {
                let shared = kernel.shared.get(id);
                Some(shared.ok_or_else(|| format!("{id} does not exist"))?.size)
            }
            Space::Local(id) => {
                if how == Use::Modify {
                    return Err("an atomic operation on a local variable".into());
                }
                let local = kernel.locals.get(id);
                Some(local.ok_or_else(|| format!("{id} does not exist"))?.size)
            }
            Space::Immediates => {
                if how != Use::Read {
                    return Err("immediates are read-only".into());
                }
                Some(kernel.immediates)
            }
        };
        let end = access.offset as u64 + first.bytes() as u64 * types.len() as u64;
        match size {
            Some(size) if end > size as u64 => {
                Err(format!("the access ends at {end} in a variable of {size}"))
            }
            _ => Ok(()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Read,
    Write,
    Modify,
}

fn unary_takes(op: UnaryOp, ty: Type) -> bool {
    match op {
        UnaryOp::Not => ty.is_int() || ty == Type::Bool,
        UnaryOp::INeg
        | UnaryOp::IAbs
        | UnaryOp::PopCount
        | UnaryOp::Clz
        | UnaryOp::Ctz
        | UnaryOp::BitReverse => ty.is_int(),
        UnaryOp::FNeg
        | UnaryOp::FAbs
        | UnaryOp::Floor
        | UnaryOp::Ceil
        | UnaryOp::Trunc
        | UnaryOp::RoundEven
        | UnaryOp::Fract
        | UnaryOp::Sqrt
        | UnaryOp::Rsqrt
        | UnaryOp::Rcp
        | UnaryOp::Exp2
        | UnaryOp::Log2
        | UnaryOp::Sin
        | UnaryOp::Cos
        | UnaryOp::FrexpMant => ty.is_float(),
    }
}

fn binary_takes(op: BinaryOp, ty: Type) -> bool {
    match op {
        BinaryOp::And | BinaryOp::Or | BinaryOp::Xor => ty.is_int() || ty == Type::Bool,
        BinaryOp::UMulHi | BinaryOp::SMulHi => ty == Type::I32,
        BinaryOp::IAdd
        | BinaryOp::ISub
        | BinaryOp::IMul
        | BinaryOp::UDiv
        | BinaryOp::SDiv
        | BinaryOp::URem
        | BinaryOp::SRem
        | BinaryOp::Shl
        | BinaryOp::LShr
        | BinaryOp::AShr
        | BinaryOp::SMin
        | BinaryOp::SMax
        | BinaryOp::UMin
        | BinaryOp::UMax => ty.is_int(),
        BinaryOp::FAdd
        | BinaryOp::FSub
        | BinaryOp::FMul
        | BinaryOp::FDiv
        | BinaryOp::FRem
        | BinaryOp::FMin
        | BinaryOp::FMax => ty.is_float(),
    }
}

fn convert_takes(op: ConvertOp, args: &[Type], results: &[Type]) -> bool {
    let &[to] = results else { return false };
    match (op, args) {
        (ConvertOp::Pack, &[Type::I16 | Type::F16, b]) => args[0] == b && to == Type::I32,
        (ConvertOp::Pack, &[Type::I32, Type::I32]) => to == Type::I64,
        (ConvertOp::Bitcast, &[from]) => from != Type::Bool && from.bytes() == to.bytes(),
        (ConvertOp::Truncate, &[from]) => from.is_int() && to.is_int() && to.bits() < from.bits(),
        (ConvertOp::ZeroExtend | ConvertOp::SignExtend, &[from]) => {
            from.is_int() && to.is_int() && to.bits() > from.bits()
        }
        (ConvertOp::FloatToFloat, &[from]) => from.is_float() && to.is_float() && from != to,
        (ConvertOp::FloatToSint | ConvertOp::FloatToUint, &[from]) => {
            from.is_float() && to.is_int()
        }
        (ConvertOp::SintToFloat | ConvertOp::UintToFloat, &[from]) => {
            from.is_int() && to.is_float()
        }
        (ConvertOp::UnpackLow | ConvertOp::UnpackHigh, &[Type::I32]) => {
            matches!(to, Type::I16 | Type::F16)
        }
        (ConvertOp::UnpackLow | ConvertOp::UnpackHigh, &[Type::I64]) => to == Type::I32,
        _ => false,
    }
}

fn subgroup_takes(op: SubgroupOp, args: &[Type], results: &[Type]) -> bool {
    match op {
        SubgroupOp::Ballot => args == [Type::Bool] && results == [Type::I32],
        SubgroupOp::All | SubgroupOp::Any => args == [Type::Bool] && results == [Type::Bool],
        SubgroupOp::Elect => args.is_empty() && results == [Type::Bool],
        SubgroupOp::Combine(op, _) => match *args {
            [ty] => {
                let fits = match op {
                    ReduceOp::FAdd | ReduceOp::FMul | ReduceOp::FMin | ReduceOp::FMax => {
                        ty.is_float()
                    }
                    ReduceOp::IAdd
                    | ReduceOp::IMul
                    | ReduceOp::SMin
                    | ReduceOp::SMax
                    | ReduceOp::UMin
                    | ReduceOp::UMax
                    | ReduceOp::And
                    | ReduceOp::Or
                    | ReduceOp::Xor => ty.is_int(),
                };
                fits && ty.bytes() >= 4 && results == [ty]
            }
            _ => false,
        },
        SubgroupOp::BroadcastFirst => exchanged(args) && results == args,
        SubgroupOp::Broadcast
        | SubgroupOp::Shuffle
        | SubgroupOp::ShuffleXor
        | SubgroupOp::ShuffleUp
        | SubgroupOp::ShuffleDown
        | SubgroupOp::QuadBroadcast => match *args {
            [ty, Type::I32] => exchanged(&[ty]) && results == [ty],
            _ => false,
        },
        SubgroupOp::QuadSwap(n) => (1..=3).contains(&n) && exchanged(args) && results == args,
    }
}

/// What lanes exchange.
fn exchanged(args: &[Type]) -> bool {
    matches!(args, [Type::I32 | Type::F32])
}
