//! Random kernels mean the same before and after every pass.
//!
//! Kernels of integers, truth values and exact floats with variables, arrays, loops, early exits
//! and memory, run by an evaluator that knows nothing of the passes. `EGPU_KERNELS=100000` runs
//! more of them, `EGPU_SEED` other ones.

mod ir_eval;

use ir_eval::{Memory, Stop};
use naga_backend::kernel::*;
use naga_backend::{passes, Options, Target};

/// Bytes of the binding that kernels write.
const OUT: u32 = 256;

/// Bytes of the binding that they only read.
const IN: u32 = 128;

/// Bytes of a binding of which the kernel knows less.
const FAR: u32 = 148;

/// What it knows.
const FAR_MIN: u32 = 16;

/// Invocations run.
const LANES: u32 = 3;

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 16) as u32
    }

    fn below(&mut self, n: usize) -> usize {
        self.next() as usize % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// A construct that terminators may leave.
#[derive(Clone)]
struct Open {
    inst: InstId,
    /// What its results take.
    results: Vec<Type>,
    /// A loop's counter after this trip, and what it carries besides.
    again: Option<(Value, Vec<Type>)>,
}

struct Maker<'k> {
    b: Builder<'k>,
    rng: Rng,
    /// Values in sight.
    seen: Vec<Value>,
    open: Vec<Open>,
    locals: Vec<(LocalId, u32)>,
    out: BindingId,
    input: BindingId,
    far: BindingId,
    shared: SharedId,
    left: usize,
}

const TYPES: [Type; 4] = [Type::I32, Type::I32, Type::Bool, Type::F32];

impl Maker<'_> {
    fn value(&mut self, ty: Type) -> Value {
        let fit: Vec<Value> = (self.seen.iter().copied())
            .filter(|&v| self.b.kernel.ty(v) == ty)
            .collect();
        if !fit.is_empty() && self.rng.chance(80) {
            // Late values more often, so that chains grow.
            let n = fit.len();
            let back = self.rng.below(n).min(self.rng.below(n));
            return fit[n - 1 - back];
        }
        self.constant(ty)
    }

    fn constant(&mut self, ty: Type) -> Value {
        let small = self.rng.next() % 40;
        let edges = [
            0,
            1,
            2,
            3,
            31,
            32,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff,
            0xffff_fffb,
        ];
        let bits = match ty {
            Type::Bool => small & 1,
            Type::F32 => (self.rng.pick(&[0.0f32, -0.0, 1.0, -1.0, 0.5, 3.0])).to_bits(),
            _ if self.rng.chance(50) => small,
            _ => self.rng.pick(&edges),
        };
        self.b.constant(ty, bits as u64)
    }

    fn see(&mut self, value: Value) {
        self.seen.push(value);
    }

    fn statements(&mut self, depth: usize) {
        for _ in 0..2 + self.rng.below(6) {
            if self.left == 0 || self.b.is_terminated() {
                return;
            }
            self.left -= 1;
            self.statement(depth);
        }
    }

    fn statement(&mut self, depth: usize) {
        match self.rng.below(20) {
            0..=6 => self.arithmetic(),
            7..=8 => self.store_local(),
            9..=10 => self.load_local(),
            11 => self.store_memory(),
            12 => self.load_memory(),
            13..=15 if depth > 0 => self.branch(depth),
            16..=17 if depth > 0 => self.counted_loop(depth),
            18 if depth > 0 => self.block(depth),
            19 if depth > 0 => self.sweep(),
            _ => self.arithmetic(),
        }
    }

    fn arithmetic(&mut self) {
        let value = match self.rng.below(14) {
            0..=4 => {
                let op = self.rng.pick(&[
                    BinaryOp::IAdd,
                    BinaryOp::IAdd,
                    BinaryOp::ISub,
                    BinaryOp::IMul,
                    BinaryOp::UMulHi,
                    BinaryOp::SMulHi,
                    BinaryOp::And,
                    BinaryOp::Or,
                    BinaryOp::Xor,
                    BinaryOp::Shl,
                    BinaryOp::LShr,
                    BinaryOp::AShr,
                    BinaryOp::SMin,
                    BinaryOp::SMax,
                    BinaryOp::UMin,
                    BinaryOp::UMax,
                ]);
                let (a, b) = (self.value(Type::I32), self.value(Type::I32));
                self.b.binary(op, a, b)
            }
            5 => self.division(),
            6 => {
                let op = self.rng.pick(&[
                    UnaryOp::Not,
                    UnaryOp::INeg,
                    UnaryOp::IAbs,
                    UnaryOp::PopCount,
                    UnaryOp::Clz,
                    UnaryOp::Ctz,
                    UnaryOp::BitReverse,
                ]);
                let a = self.value(Type::I32);
                self.b.unary(op, a)
            }
            7..=8 => {
                let cc = self.rng.pick(&[
                    IntCc::Eq,
                    IntCc::Ne,
                    IntCc::ULt,
                    IntCc::ULe,
                    IntCc::UGt,
                    IntCc::UGe,
                    IntCc::SLt,
                    IntCc::SLe,
                    IntCc::SGt,
                    IntCc::SGe,
                ]);
                let (a, b) = (self.value(Type::I32), self.value(Type::I32));
                self.b.icmp(cc, a, b)
            }
            9 => {
                let op = self.rng.pick(&[BinaryOp::And, BinaryOp::Or, BinaryOp::Xor]);
                let (a, b) = (self.value(Type::Bool), self.value(Type::Bool));
                match self.rng.chance(20) {
                    true => self.b.unary(UnaryOp::Not, a),
                    false => self.b.binary(op, a, b),
                }
            }
            10 => {
                let ty = self.rng.pick(&TYPES);
                let condition = self.value(Type::Bool);
                let (a, b) = (self.value(ty), self.value(ty));
                self.b.select(condition, a, b)
            }
            11 => {
                let op = self.rng.pick(&[
                    BinaryOp::FAdd,
                    BinaryOp::FSub,
                    BinaryOp::FMul,
                    BinaryOp::FMin,
                    BinaryOp::FMax,
                ]);
                let (a, b) = (self.value(Type::F32), self.value(Type::F32));
                self.b.binary(op, a, b)
            }
            12 => match self.rng.below(4) {
                0 => {
                    let a = self.value(Type::I32);
                    self.b.convert(ConvertOp::SintToFloat, a, Type::F32)
                }
                1 => {
                    let a = self.value(Type::F32);
                    let op = self
                        .rng
                        .pick(&[UnaryOp::FNeg, UnaryOp::FAbs, UnaryOp::Floor]);
                    self.b.unary(op, a)
                }
                2 => {
                    let (a, b) = (self.value(Type::F32), self.value(Type::F32));
                    self.b.fcmp(FloatCc::Lt, a, b)
                }
                _ => {
                    let a = self.value(Type::I32);
                    let wide = self.b.convert(ConvertOp::SignExtend, a, Type::I64);
                    let twice = self.b.binary(BinaryOp::IAdd, wide, wide);
                    self.b.convert(ConvertOp::UnpackHigh, twice, Type::I32)
                }
            },
            _ => {
                // A rotate, spelled out.
                let (x, n) = (self.value(Type::I32), self.value(Type::I32));
                let width = self.b.i32(32);
                let rest = self.b.binary(BinaryOp::ISub, width, n);
                let left = self.b.binary(BinaryOp::Shl, x, n);
                let right = self.b.binary(BinaryOp::LShr, x, rest);
                self.b.binary(BinaryOp::Or, left, right)
            }
        };
        self.see(value);
    }

    /// By something that is never 0 or -1.
    fn division(&mut self) -> Value {
        let op = self.rng.pick(&[
            BinaryOp::UDiv,
            BinaryOp::URem,
            BinaryOp::SDiv,
            BinaryOp::SRem,
        ]);
        let a = self.value(Type::I32);
        let b = match self.rng.chance(50) {
            true => {
                let divisors = [2, 3, 5, 7, 8, 10, 641, -3, -7, -8, i32::MAX, i32::MIN];
                let divisor = self.rng.pick(&divisors);
                self.b.i32(divisor)
            }
            false => {
                let any = self.value(Type::I32);
                let mask = self.b.i32(0xff);
                let byte = self.b.binary(BinaryOp::And, any, mask);
                let one = self.b.i32(1);
                self.b.binary(BinaryOp::Or, byte, one)
            }
        };
        self.b.binary(op, a, b)
    }

    fn access(&self, space: Space, offset: u32) -> Access {
        Access {
            space,
            offset,
            align: 4,
            checked: false,
            atomic: false,
            no_wrap: false,
        }
    }

    /// Local, constant offset, and dynamic offset clamped to the rest of it.
    fn local(&mut self) -> (Access, Option<Value>) {
        let (local, words) = self.rng.pick(&self.locals.clone());
        if self.rng.chance(60) {
            let at = self.rng.next() % words;
            return (self.access(Space::Local(local), at * 4), None);
        }
        let index = self.value(Type::I32);
        let last = self.b.i32(words as i32 - 1);
        let index = self.b.binary(BinaryOp::UMin, index, last);
        let two = self.b.i32(2);
        let offset = self.b.binary(BinaryOp::Shl, index, two);
        (self.access(Space::Local(local), 0), Some(offset))
    }

    fn store_local(&mut self) {
        let (access, offset) = self.local();
        let value = match self.rng.chance(30) {
            true => {
                let truth = self.value(Type::Bool);
                let (one, zero) = (self.b.i32(1), self.b.i32(0));
                self.b.select(truth, one, zero)
            }
            false => {
                let ty = self.rng.pick(&[Type::I32, Type::I32, Type::F32]);
                self.value(ty)
            }
        };
        self.b.store(access, offset, &[value]);
    }

    fn load_local(&mut self) {
        let (access, offset) = self.local();
        let ty = self.rng.pick(&[Type::I32, Type::I32, Type::F32]);
        let value = self.b.load(access, offset, ty, 1)[0];
        self.see(value);
    }

    /// Any memory; past the end of bindings too.
    fn memory(&mut self, readable: bool) -> (Access, Option<Value>, u32) {
        let (space, size) = match self.rng.below(if readable { 4 } else { 3 }) {
            0 | 1 => (Space::Binding(self.out), OUT),
            2 => (Space::Shared(self.shared), 64),
            _ => (Space::Binding(self.input), IN),
        };
        let checked = matches!(space, Space::Binding(_));
        let offset = 4 * (self.rng.next() % 8);
        let mut access = self.access(space, offset);
        if self.rng.chance(30) {
            return (access, None, size);
        }
        let index = self.value(Type::I32);
        let index = match checked && self.rng.chance(30) {
            true => index,
            false => {
                let mask = self.b.i32((size / 4 - 8) as i32 / 2 - 1);
                self.b.binary(BinaryOp::And, index, mask)
            }
        };
        access.checked = checked;
        let two = self.b.i32(2);
        let mut offset = self.b.binary(BinaryOp::Shl, index, two);
        if self.rng.chance(30) {
            let more = self.b.i32(8);
            offset = self.b.binary(BinaryOp::IAdd, offset, more);
            if !checked {
                access.offset = 0;
            }
        }
        (access, Some(offset), size)
    }

    fn store_memory(&mut self) {
        let (access, offset, _) = self.memory(false);
        let count = if matches!(access.space, Space::Shared(_)) {
            1
        } else {
            1 + self.rng.below(4)
        };
        let ty = self.rng.pick(&[Type::I32, Type::F32]);
        let values: Vec<Value> = (0..count).map(|_| self.value(ty)).collect();
        if self.rng.chance(10) && matches!(access.space, Space::Shared(_)) {
            let value = self.value(Type::I32);
            let args: Vec<Value> = offset.into_iter().chain([value]).collect();
            let op = Op::Atomic(AtomicOp::Add, access, offset.is_some());
            let old = self.b.value(op, &args, Type::I32);
            return self.see(old);
        }
        self.b.store(access, offset, &values);
    }

    fn load_memory(&mut self) {
        let (access, offset, _) = self.memory(true);
        let count = if matches!(access.space, Space::Shared(_)) {
            1
        } else {
            1 + self.rng.below(4)
        };
        let ty = self.rng.pick(&[Type::I32, Type::F32]);
        for value in self.b.load(access, offset, ty, count) {
            self.see(value);
        }
    }

    /// Leaves the region, or yields.
    fn terminate(&mut self, yields: &[Type], leave: usize) {
        if self.b.is_terminated() {
            return;
        }
        if self.rng.chance(leave) {
            if self.open.is_empty() || self.rng.chance(5) {
                self.b.inst(Op::Return, &[], &[]);
                return;
            }
            let n = self.rng.below(self.open.len());
            let target = self.open[n].clone();
            match target.again {
                Some((next, carried)) if self.rng.chance(50) => {
                    let mut args = vec![next];
                    args.extend(carried.iter().map(|&ty| self.value(ty)));
                    self.b.inst(Op::Continue(target.inst), &args, &[]);
                }
                _ => {
                    let args: Vec<Value> =
                        target.results.iter().map(|&ty| self.value(ty)).collect();
                    self.b.inst(Op::Break(target.inst), &args, &[]);
                }
            }
            return;
        }
        let args: Vec<Value> = yields.iter().map(|&ty| self.value(ty)).collect();
        self.b.inst(Op::Yield, &args, &[]);
    }

    fn types(&mut self) -> Vec<Type> {
        let count = self.rng.below(3);
        (0..count).map(|_| self.rng.pick(&TYPES)).collect()
    }

    fn branch(&mut self, depth: usize) {
        let condition = self.value(Type::Bool);
        let types = self.types();
        let then = self.b.kernel.new_region(&[]);
        let otherwise = self.b.kernel.new_region(&[]);
        let inst = self
            .b
            .inst(Op::If { then, otherwise }, &[condition], &types);
        let outer = self.b.region;
        for region in [then, otherwise] {
            let seen = self.seen.len();
            self.b.switch_to(region);
            if self.rng.chance(70) {
                self.statements(depth - 1);
            }
            self.terminate(&types, 20);
            self.seen.truncate(seen);
        }
        self.b.switch_to(outer);
        self.results(inst);
    }

    fn results(&mut self, inst: InstId) {
        let results = self.b.kernel.insts[inst].results.clone();
        self.seen.extend(results);
    }

    fn block(&mut self, depth: usize) {
        let types = self.types();
        let body = self.b.kernel.new_region(&[]);
        let inst = self.b.inst(Op::Block { body }, &[], &types);
        self.open.push(Open {
            inst,
            results: types.clone(),
            again: None,
        });
        let seen = self.seen.len();
        let outer = self.b.switch_to(body);
        self.statements(depth - 1);
        self.statements(depth - 1);
        self.terminate(&types, 20);
        self.seen.truncate(seen);
        self.open.pop();
        self.b.switch_to(outer);
        self.results(inst);
    }

    fn counted_loop(&mut self, depth: usize) {
        let types = self.types();
        let mut params = vec![Type::I32];
        let carried = self.types();
        params.extend(&carried);
        let body = self.b.kernel.new_region(&params);
        let (from, step) = self.rng.pick(&[(0, 1), (1, 1), (8, -1), (0, 3), (1, 1)]);
        let mut args = vec![self.b.i32(from)];
        args.extend(carried.iter().map(|&ty| self.value(ty)));
        let inst = self.b.inst(Op::Loop { body }, &args, &types);
        let seen = self.seen.len();
        let outer = self.b.switch_to(body);
        let params = self.b.kernel.regions[body].params.clone();
        let counter = params[0];
        self.seen.extend(params);
        let step = self.b.i32(step);
        let first_check = self.rng.chance(60);
        let trips = 1 + self.rng.below(6) as i32;
        if first_check {
            self.exit(inst, counter, trips, &types);
        }
        let next = self.b.binary(BinaryOp::IAdd, counter, step);
        self.open.push(Open {
            inst,
            results: types.clone(),
            again: Some((next, carried.clone())),
        });
        self.statements(depth - 1);
        if !self.b.is_terminated() {
            if !first_check || self.rng.chance(10) {
                self.exit(inst, counter, trips, &types);
            }
            let mut args = vec![next];
            args.extend(carried.iter().map(|&ty| self.value(ty)));
            self.b.inst(Op::Continue(inst), &args, &[]);
        }
        self.open.pop();
        self.seen.truncate(seen);
        self.b.switch_to(outer);
        self.results(inst);
    }

    /// Goes through memory of unknown size, up to a number from memory.
    fn sweep(&mut self) {
        let (any, mask) = (self.value(Type::I32), self.b.i32(31));
        let limit = self.b.binary(BinaryOp::And, any, mask);
        let (from, add) = (self.rng.below(3) as i32, self.rng.below(4) as i32 - 1);
        let falls = self.rng.chance(20);
        let step = self.rng.pick(&[1, 1, 2, 3]);
        let body = self.b.kernel.new_region(&[Type::I32]);
        let begin = match falls {
            true => limit,
            false => self.b.i32(from),
        };
        let inst = self.b.inst(Op::Loop { body }, &[begin], &[]);
        let (outer, seen) = (self.b.switch_to(body), self.seen.len());
        let counter = self.b.kernel.regions[body].params[0];
        let (then, otherwise) = (self.b.kernel.new_region(&[]), self.b.kernel.new_region(&[]));
        let cc = self
            .rng
            .pick(&[IntCc::ULt, IntCc::SLt, IntCc::ULe, IntCc::SLe]);
        let one = self.b.i32(1);
        let goes_on = match falls {
            true => self.b.icmp(IntCc::UGe, counter, one),
            false => self.b.icmp(cc, counter, limit),
        };
        self.b.inst(Op::If { then, otherwise }, &[goes_on], &[]);
        self.b.switch_to(then);
        self.b.inst(Op::Yield, &[], &[]);
        self.b.switch_to(otherwise);
        self.b.inst(Op::Break(inst), &[], &[]);
        self.b.switch_to(body);
        for _ in 0..1 + self.rng.below(3) {
            let add = self.b.i32(add);
            let mut index = self.b.binary(BinaryOp::IAdd, counter, add);
            if self.rng.chance(30) {
                let other = self.value(Type::I32);
                let op = self
                    .rng
                    .pick(&[BinaryOp::IAdd, BinaryOp::ISub, BinaryOp::IMul]);
                index = self.b.binary(op, index, other);
            }
            let factor = self.rng.pick(&[4, 4, 8, 12]);
            let (factor, shared) = (self.b.i32(factor), self.rng.chance(30));
            let constant = 4 * (self.rng.next() % 6);
            let mut access = self.access(Space::Binding(self.far), constant);
            access.checked = true;
            if shared {
                access = self.access(Space::Shared(self.shared), 0);
                let last = self.b.i32(4);
                index = self.b.binary(BinaryOp::UMin, index, last);
            }
            let offset = self.b.binary(BinaryOp::IMul, index, factor);
            match self.rng.chance(50) {
                true => {
                    let value = self.value(Type::I32);
                    self.b.store(access, Some(offset), &[value]);
                }
                false => {
                    let value = self.b.load(access, Some(offset), Type::I32, 1)[0];
                    self.see(value);
                }
            }
        }
        let step = self.b.i32(if falls { -1 } else { step });
        let next = self.b.binary(BinaryOp::IAdd, counter, step);
        self.b.inst(Op::Continue(inst), &[next], &[]);
        self.seen.truncate(seen);
        self.b.switch_to(outer);
    }

    /// Breaks a loop when its counter passes a number of trips.
    fn exit(&mut self, inst: InstId, counter: Value, trips: i32, types: &[Type]) {
        let limit = self.b.i32(trips);
        let cc = self
            .rng
            .pick(&[IntCc::SGe, IntCc::UGe, IntCc::SGt, IntCc::Eq]);
        let done = self.b.icmp(cc, counter, limit);
        let args: Vec<Value> = types.iter().map(|&ty| self.value(ty)).collect();
        let (then, otherwise) = (self.b.kernel.new_region(&[]), self.b.kernel.new_region(&[]));
        self.b.inst(Op::If { then, otherwise }, &[done], &[]);
        let outer = self.b.switch_to(then);
        self.b.inst(Op::Break(inst), &args, &[]);
        self.b.switch_to(otherwise);
        self.b.inst(Op::Yield, &[], &[]);
        self.b.switch_to(outer);
    }
}

fn make(seed: u64) -> Kernel {
    let mut kernel = Kernel::new("random", [4, 1, 1]);
    let mut rng = Rng(seed);
    let binding = |binding, kind, size: u32| Binding {
        group: 0,
        binding,
        name: String::new(),
        kind,
        min_size: size,
    };
    let out = kernel.bindings.push(binding(0, BindingKind::Storage, OUT));
    let input = (kernel.bindings).push(binding(1, BindingKind::ReadOnlyStorage, IN));
    let far = (kernel.bindings).push(binding(2, BindingKind::Storage, FAR_MIN));
    let shared = kernel.shared.push(Shared {
        name: String::new(),
        size: 64,
        align: 4,
    });
    let locals = (0..3)
        .map(|_| {
            let words = 1 + rng.next() % 5;
            let local = kernel.locals.push(Local {
                name: String::new(),
                size: words * 4,
                align: 4,
            });
            (local, words)
        })
        .collect();
    let mut maker = Maker {
        b: Builder::new(&mut kernel),
        rng,
        seen: Vec::new(),
        open: Vec::new(),
        locals,
        out,
        input,
        far,
        shared,
        // Small ones too: they are easier to read when they fail.
        left: 4 + seed as usize % 64,
    };
    let index = maker.b.builtin(Builtin::LocalIndex);
    let group = maker.b.builtin(Builtin::WorkgroupId(0));
    maker.seen.extend([index, group]);
    for _ in 0..6 {
        if !maker.b.is_terminated() {
            maker.statements(3);
        }
    }
    if !maker.b.is_terminated() {
        // What was computed last shows.
        for n in 0..6 {
            let ty = maker.rng.pick(&[Type::I32, Type::F32]);
            let value = maker.value(ty);
            let access = maker.access(Space::Binding(out), OUT - 24 + n * 4);
            maker.b.store(access, None, &[value]);
        }
        maker.b.inst(Op::Return, &[], &[]);
    }
    kernel
}

fn memory() -> Memory {
    Memory {
        bindings: vec![
            (0..OUT).map(|n| (n * 7) as u8).collect(),
            (0..IN).map(|n| (n * 13 + 5) as u8).collect(),
            (0..FAR).map(|n| (n * 3 + 1) as u8).collect(),
        ],
        shared: vec![vec![0; 64]],
        immediates: Vec::new(),
    }
}

fn result(kernel: &Kernel, fuel: u64) -> Result<Memory, Stop> {
    let mut memory = memory();
    let mut fuel = fuel;
    for workgroup in 0..2 {
        ir_eval::run(kernel, &mut memory, workgroup, LANES, &mut fuel)?;
    }
    Ok(memory)
}

/// Words that differ, where one NaN is as good as another.
fn differences(a: &Memory, b: &Memory) -> Vec<String> {
    let words = |m: &Memory| -> Vec<u32> {
        let all = m.bindings.iter().chain(&m.shared).flatten().copied();
        let bytes: Vec<u8> = all.collect();
        let words = bytes.chunks_exact(4);
        words
            .map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]))
            .collect()
    };
    let nan = |w: u32| f32::from_bits(w).is_nan();
    let pairs = words(a).into_iter().zip(words(b)).enumerate();
    pairs
        .filter(|&(_, (x, y))| x != y && !(nan(x) && nan(y)))
        .map(|(n, (x, y))| format!("word {n}: {x:#x} became {y:#x}"))
        .collect()
}

fn check(seed: u64, name: &str, transform: impl Fn(&mut Kernel)) -> bool {
    let kernel = make(seed);
    kernel
        .verify()
        .unwrap_or_else(|e| panic!("seed {seed}: {e}"));
    let before = match result(&kernel, 20_000) {
        Ok(memory) => memory,
        Err(Stop::Fuel) => return false,
        Err(Stop::Refused(what)) => panic!("seed {seed}: {what}\n{kernel}"),
    };
    let mut after = kernel.clone();
    transform(&mut after);
    after
        .verify()
        .unwrap_or_else(|e| panic!("seed {seed}, {name}: {e}\nbefore\n{kernel}"));
    let wrong = match result(&after, 100_000) {
        Ok(memory) => differences(&before, &memory),
        Err(stop) => vec![format!("{stop:?}")],
    };
    if !wrong.is_empty() {
        blame(&kernel, &before);
    }
    assert!(
        wrong.is_empty(),
        "seed {seed}, {name}: {wrong:#?}\n{kernel}\nafter\n{after}"
    );
    true
}

/// Says after which of all passes a result first differs.
fn blame(kernel: &Kernel, want: &Memory) {
    let mut kernel = kernel.clone();
    for (n, name) in passes::PIPELINE.into_iter().enumerate() {
        if name == "contract" {
            continue;
        }
        let before = kernel.to_string();
        passes::run_pass(&mut kernel, name);
        let same = result(&kernel, 100_000).is_ok_and(|m| differences(want, &m).is_empty());
        if !same {
            eprintln!("pass {n}, {name}, turned\n{before}\ninto\n{kernel}");
            return;
        }
    }
}

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let first: u64 = number("EGPU_SEED").unwrap_or(1);
    first..first + number("EGPU_KERNELS").unwrap_or(400)
}

#[test]
fn every_pass_alone() {
    for seed in seeds() {
        // Fusing rounds once where the source rounds twice.
        for name in passes::names().filter(|&name| name != "contract") {
            check(seed, name, |kernel| {
                passes::run_pass(kernel, name);
            });
        }
    }
}

#[test]
fn all_passes_together() {
    let mut options = Options::new(Target::from_name("gfx1100").unwrap());
    options.contract = false;
    let checked = seeds()
        .filter(|&seed| {
            check(seed, "optimize", |kernel| {
                passes::optimize(kernel, &options).unwrap_or_else(|e| panic!("seed {seed}: {e}"));
            })
        })
        .count();
    // Most of them must end, or this shows little.
    assert!(checked as u64 > seeds().count() as u64 / 2, "{checked}");
}
