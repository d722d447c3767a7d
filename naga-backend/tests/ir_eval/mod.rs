//! Runs kernel IR, one invocation after the other: the meaning of the IR for tests.
//!
//! Its arithmetic is its own. It knows no barriers and no subgroups (kernels that need other
//! invocations to go on are not for it), refuses what the IR leaves open (division by zero), and
//! gives up after a number of steps, since loops may be endless.

use naga_backend::kernel::*;

/// Bytes of every memory that a kernel names.
#[derive(Clone, Debug, PartialEq)]
pub struct Memory {
    pub bindings: Vec<Vec<u8>>,
    pub shared: Vec<Vec<u8>>,
    pub immediates: Vec<u8>,
}

/// Why a run has no result.
#[derive(Debug, PartialEq)]
pub enum Stop {
    /// Too many steps.
    Fuel,
    /// Something that the IR gives no meaning or that this evaluator does not know.
    Refused(String),
}

enum Flow {
    Yield(Vec<u64>),
    Break(InstId, Vec<u64>),
    Continue(InstId, Vec<u64>),
    Return,
}

struct Run<'a> {
    kernel: &'a Kernel,
    memory: &'a mut Memory,
    locals: Vec<Vec<u8>>,
    values: Vec<Option<u64>>,
    invocation: u32,
    workgroup: u32,
    fuel: &'a mut u64,
}

/// Runs the invocations of one workgroup, in order.
pub fn run(
    kernel: &Kernel,
    memory: &mut Memory,
    workgroup: u32,
    invocations: u32,
    fuel: &mut u64,
) -> Result<(), Stop> {
    for invocation in 0..invocations {
        let mut run = Run {
            kernel,
            memory,
            locals: kernel
                .locals
                .values()
                .map(|l| vec![0; l.size as usize])
                .collect(),
            values: vec![None; kernel.values.len()],
            invocation,
            workgroup,
            fuel,
        };
        run.region(kernel.body)?;
    }
    Ok(())
}

fn refused<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Refused(what.into()))
}

impl Run<'_> {
    fn get(&self, value: Value) -> Result<u64, Stop> {
        match self.values[value.index()] {
            Some(bits) => Ok(bits),
            None => refused(format!("{value} is used before it is computed")),
        }
    }

    fn set(&mut self, value: Value, bits: u64) {
        let width = self.kernel.ty(value).bits();
        let kept = if width == 64 {
            bits
        } else {
            bits % (1 << width)
        };
        self.values[value.index()] = Some(kept);
    }

    fn region(&mut self, region: RegionId) -> Result<Flow, Stop> {
        let kernel = self.kernel;
        for &inst in &kernel.regions[region].insts {
            *self.fuel = self.fuel.checked_sub(1).ok_or(Stop::Fuel)?;
            let data = &kernel.insts[inst];
            let args = data
                .args
                .iter()
                .map(|&v| self.get(v))
                .collect::<Result<Vec<u64>, Stop>>()?;
            if data.op.access().is_some_and(|access| access.no_wrap) {
                self.does_not_wrap(data.args[0])?;
            }
            match data.op {
                Op::Yield => return Ok(Flow::Yield(args)),
                Op::Break(target) => return Ok(Flow::Break(target, args)),
                Op::Continue(target) => return Ok(Flow::Continue(target, args)),
                Op::Return => return Ok(Flow::Return),
                Op::If { then, otherwise } => {
                    let taken = if args[0] == 1 { then } else { otherwise };
                    match self.region(taken)? {
                        Flow::Yield(values) => self.results(inst, &values),
                        other => return Ok(other),
                    }
                }
                Op::Block { body } => match self.region(body)? {
                    Flow::Yield(values) => self.results(inst, &values),
                    Flow::Break(target, values) if target == inst => self.results(inst, &values),
                    other => return Ok(other),
                },
                Op::Loop { body } => {
                    let mut carried = args;
                    loop {
                        for (n, &param) in kernel.regions[body].params.iter().enumerate() {
                            self.set(param, carried[n]);
                        }
                        match self.region(body)? {
                            Flow::Continue(target, values) if target == inst => carried = values,
                            Flow::Break(target, values) if target == inst => {
                                self.results(inst, &values);
                                break;
                            }
                            other => return Ok(other),
                        }
                    }
                }
                _ => self.simple(inst, &args)?,
            }
        }
        refused("a region without terminator")
    }

    fn results(&mut self, inst: InstId, values: &[u64]) {
        let results = self.kernel.insts[inst].results.clone();
        for (&result, &bits) in results.iter().zip(values) {
            self.set(result, bits);
        }
    }

    fn bytes(&mut self, space: Space) -> &mut Vec<u8> {
        match space {
            Space::Binding(id) => &mut self.memory.bindings[id.index()],
            Space::Shared(id) => &mut self.memory.shared[id.index()],
            Space::Local(id) => &mut self.locals[id.index()],
            Space::Immediates => &mut self.memory.immediates,
        }
    }

    /// Holds what an access claims of the products that make its offset?
    fn does_not_wrap(&self, offset: Value) -> Result<(), Stop> {
        let (mut at, mut factor) = (offset, 1u128);
        while let Some(def) = self.kernel.def(at) {
            let data = &self.kernel.insts[def];
            let by = data.args.get(1).and_then(|&by| self.kernel.constant(by));
            factor *= match (&data.op, by) {
                (Op::Binary(BinaryOp::Shl), Some(by)) => 1 << (by & 31),
                (Op::Binary(BinaryOp::IMul), Some(by)) => u128::from(by),
                _ => break,
            };
            at = data.args[0];
            if u128::from(self.get(at)?) * factor > u128::from(u32::MAX) {
                return refused(format!("{offset} wraps"));
            }
        }
        Ok(())
    }

    /// Where the n-th scalar of an access lies, if it lies within its memory. (A card may judge a
    /// checked access as a whole; scalar by scalar is what does not depend on its width.)
    fn place(
        &mut self,
        access: &Access,
        dynamic: Option<u64>,
        n: usize,
        bytes: usize,
    ) -> Result<Option<usize>, Stop> {
        let begin = access.offset as u64 + dynamic.unwrap_or(0);
        let address = begin + (n * bytes) as u64;
        let size = self.bytes(access.space).len() as u64;
        if address + bytes as u64 <= size {
            if !begin.is_multiple_of(access.align as u64) {
                return refused(format!("{begin} is not aligned to {}", access.align));
            }
            return Ok(Some(address as usize));
        }
        match access.space {
            Space::Binding(_) if access.checked => Ok(None),
            _ => refused(format!("access at {address} in {size} bytes: {access:?}")),
        }
    }

    fn read(&mut self, space: Space, at: usize, bytes: usize) -> u64 {
        let mut word = [0; 8];
        word[..bytes].copy_from_slice(&self.bytes(space)[at..at + bytes]);
        u64::from_le_bytes(word)
    }

    fn write(&mut self, space: Space, at: usize, bytes: usize, bits: u64) {
        let word = bits.to_le_bytes();
        self.bytes(space)[at..at + bytes].copy_from_slice(&word[..bytes]);
    }

    fn simple(&mut self, inst: InstId, args: &[u64]) -> Result<(), Stop> {
        let kernel = self.kernel;
        let data = &kernel.insts[inst];
        let arg_ty = |n: usize| kernel.ty(data.args[n]);
        let bits = match data.op {
            Op::Const(bits) => bits,
            Op::Builtin(builtin) => self.builtin(builtin)?,
            Op::Unary(op) => unary(op, arg_ty(0), args[0])?,
            Op::Binary(op) => binary(op, arg_ty(0), args[0], args[1])?,
            Op::Ternary(op) => ternary(op, arg_ty(0), args[0], args[1], args[2])?,
            Op::ICmp(cc) => compare(cc, arg_ty(0), args[0], args[1]) as u64,
            Op::FCmp(cc) => {
                let (a, b) = (float(arg_ty(0), args[0])?, float(arg_ty(0), args[1])?);
                let holds = match cc {
                    FloatCc::Eq => a == b,
                    FloatCc::Ne => a != b,
                    FloatCc::Lt => a < b,
                    FloatCc::Le => a <= b,
                    FloatCc::Gt => a > b,
                    FloatCc::Ge => a >= b,
                };
                holds as u64
            }
            Op::Select => args[if args[0] == 1 { 1 } else { 2 }],
            Op::Convert(op) => convert(op, arg_ty(0), kernel.ty(data.results[0]), args)?,
            Op::BindingSize(id) => self.memory.bindings[id.index()].len() as u64,
            Op::Barrier(_) => return Ok(()),
            Op::Load(access) => {
                let bytes = kernel.ty(data.results[0]).bytes() as usize;
                for (n, &result) in data.results.iter().enumerate() {
                    let at = self.place(&access, args.first().copied(), n, bytes)?;
                    let bits = at.map_or(0, |at| self.read(access.space, at, bytes));
                    self.set(result, bits);
                }
                return Ok(());
            }
            Op::Store(access, dynamic) => {
                let skip = usize::from(dynamic);
                let bytes = arg_ty(skip).bytes() as usize;
                let offset = dynamic.then(|| args[0]);
                for (n, &bits) in args[skip..].iter().enumerate() {
                    if let Some(at) = self.place(&access, offset, n, bytes)? {
                        self.write(access.space, at, bytes, bits);
                    }
                }
                return Ok(());
            }
            Op::Atomic(op, access, dynamic) => {
                let skip = usize::from(dynamic);
                let ty = arg_ty(skip);
                let bytes = ty.bytes() as usize;
                let offset = dynamic.then(|| args[0]);
                let Some(at) = self.place(&access, offset, 0, bytes)? else {
                    return refused("an atomic out of bounds");
                };
                let old = self.read(access.space, at, bytes);
                let with = args[skip];
                let new = match op {
                    AtomicOp::Add => old.wrapping_add(with),
                    AtomicOp::Sub => old.wrapping_sub(with),
                    AtomicOp::And => old & with,
                    AtomicOp::Or => old | with,
                    AtomicOp::Xor => old ^ with,
                    AtomicOp::UMin => old.min(with),
                    AtomicOp::UMax => old.max(with),
                    AtomicOp::SMin => sint(ty, old).min(sint(ty, with)) as u64,
                    AtomicOp::SMax => sint(ty, old).max(sint(ty, with)) as u64,
                    AtomicOp::Exchange => with,
                    AtomicOp::FAdd => return refused("float atomics"),
                };
                self.write(access.space, at, bytes, new);
                old
            }
            ref op => return refused(format!("{op:?}")),
        };
        if let Some(&result) = data.results.first() {
            self.set(result, bits);
        }
        Ok(())
    }

    fn builtin(&self, builtin: Builtin) -> Result<u64, Stop> {
        let [x, y, _] = self.kernel.workgroup_size;
        let id = match builtin {
            Builtin::LocalId(0) => self.invocation % x,
            Builtin::LocalId(1) => self.invocation / x % y,
            Builtin::LocalId(_) => self.invocation / (x * y),
            Builtin::WorkgroupId(0) => self.workgroup,
            Builtin::WorkgroupId(_) => 0,
            Builtin::NumWorkgroups(0) => 4,
            Builtin::NumWorkgroups(_) => 1,
            Builtin::LocalIndex => self.invocation,
            Builtin::SubgroupLane => self.invocation % 32,
            Builtin::SubgroupId => self.invocation / 32,
            Builtin::SubgroupSize => 32,
            Builtin::NumSubgroups => self.kernel.workgroup_threads().div_ceil(32),
        };
        Ok(id as u64)
    }
}

fn sint(ty: Type, bits: u64) -> i64 {
    match ty {
        Type::Bool => bits as i64,
        Type::I16 => bits as i16 as i64,
        Type::I32 => bits as i32 as i64,
        _ => bits as i64,
    }
}

fn float(ty: Type, bits: u64) -> Result<f64, Stop> {
    match ty {
        Type::F32 => Ok(f32::from_bits(bits as u32) as f64),
        Type::F64 => Ok(f64::from_bits(bits)),
        _ => refused("half precision"),
    }
}

fn unary(op: UnaryOp, ty: Type, a: u64) -> Result<u64, Stop> {
    let width = ty.bits();
    let sign = 1u64 << (width - 1);
    Ok(match op {
        UnaryOp::Not => !a,
        UnaryOp::INeg => 0u64.wrapping_sub(a),
        UnaryOp::IAbs => match a & sign {
            0 => a,
            _ => 0u64.wrapping_sub(a),
        },
        UnaryOp::PopCount => (0..width).filter(|n| a >> n & 1 == 1).count() as u64,
        UnaryOp::Clz => (0..width).rev().take_while(|n| a >> n & 1 == 0).count() as u64,
        UnaryOp::Ctz => (0..width).take_while(|n| a >> n & 1 == 0).count() as u64,
        UnaryOp::BitReverse => (0..width).fold(0, |r, n| r << 1 | (a >> n & 1)),
        UnaryOp::FNeg => a ^ sign,
        UnaryOp::FAbs => a & (sign - 1),
        UnaryOp::Floor if ty == Type::F32 => f32::from_bits(a as u32).floor().to_bits() as u64,
        UnaryOp::Trunc if ty == Type::F32 => f32::from_bits(a as u32).trunc().to_bits() as u64,
        _ => return refused(format!("{op:?}")),
    })
}

fn binary(op: BinaryOp, ty: Type, a: u64, b: u64) -> Result<u64, Stop> {
    let width = ty.bits() as u64;
    let (sa, sb) = (sint(ty, a) as i128, sint(ty, b) as i128);
    let (ua, ub) = (a as i128, b as i128);
    let f32s = |f: fn(f32, f32) -> f32| match ty {
        Type::F32 => Ok(f(f32::from_bits(a as u32), f32::from_bits(b as u32)).to_bits() as u64),
        _ => refused("floats other than f32"),
    };
    let overflow = sa == -(1 << (width - 1)) && sb == -1;
    let number = match op {
        BinaryOp::IAdd => ua + ub,
        BinaryOp::ISub => ua - ub,
        BinaryOp::IMul => (a as u128).wrapping_mul(b as u128) as i128,
        BinaryOp::UMulHi => (ua * ub) >> width,
        BinaryOp::SMulHi => (sa * sb) >> width,
        BinaryOp::UDiv | BinaryOp::URem | BinaryOp::SDiv | BinaryOp::SRem if b == 0 => {
            return refused("division by zero");
        }
        BinaryOp::SDiv | BinaryOp::SRem if overflow => return refused("division overflow"),
        BinaryOp::UDiv => ua / ub,
        BinaryOp::URem => ua % ub,
        BinaryOp::SDiv => sa / sb,
        BinaryOp::SRem => sa % sb,
        BinaryOp::And => ua & ub,
        BinaryOp::Or => ua | ub,
        BinaryOp::Xor => ua ^ ub,
        BinaryOp::Shl => ua << (b % width),
        BinaryOp::LShr => ua >> (b % width),
        BinaryOp::AShr => sa >> (b % width),
        BinaryOp::SMin => sa.min(sb),
        BinaryOp::SMax => sa.max(sb),
        BinaryOp::UMin => ua.min(ub),
        BinaryOp::UMax => ua.max(ub),
        BinaryOp::FAdd => return f32s(|a, b| a + b),
        BinaryOp::FSub => return f32s(|a, b| a - b),
        BinaryOp::FMul => return f32s(|a, b| a * b),
        BinaryOp::FMin => return f32s(|a, b| if less(a, b) || b.is_nan() { a } else { b }),
        BinaryOp::FMax => return f32s(|a, b| if less(b, a) || b.is_nan() { a } else { b }),
        BinaryOp::FDiv | BinaryOp::FRem => return refused("float division"),
    };
    Ok(number as u64)
}

/// As cards have it: -0 is less than 0.
fn less(a: f32, b: f32) -> bool {
    a < b || (a == b && a.is_sign_negative())
}

fn ternary(op: TernaryOp, ty: Type, a: u64, b: u64, c: u64) -> Result<u64, Stop> {
    Ok(match op {
        TernaryOp::Fma if ty == Type::F32 => {
            let [a, b, c] = [a, b, c].map(|x| f32::from_bits(x as u32));
            a.mul_add(b, c).to_bits() as u64
        }
        TernaryOp::Fma => return refused("fma other than f32"),
        TernaryOp::UBfe | TernaryOp::SBfe => {
            let field: u64 = (0..c).map(|n| (a >> (b + n) & 1) << n).sum();
            let negative = op == TernaryOp::SBfe && c > 0 && a >> (b + c - 1) & 1 == 1;
            if negative {
                field | (u64::MAX << c)
            } else {
                field
            }
        }
        TernaryOp::BitSelect => (0..ty.bits())
            .map(|n| ((if c >> n & 1 == 1 { b } else { a }) >> n & 1) << n)
            .sum(),
        TernaryOp::FunnelShr => (a << 32 | b) >> (c % 32),
        TernaryOp::UDot4 | TernaryOp::SDot4 => return refused("dot products"),
    })
}

fn compare(cc: IntCc, ty: Type, a: u64, b: u64) -> bool {
    let (sa, sb) = (sint(ty, a), sint(ty, b));
    match cc {
        IntCc::Eq => a == b,
        IntCc::Ne => a != b,
        IntCc::ULt => a < b,
        IntCc::ULe => a <= b,
        IntCc::UGt => a > b,
        IntCc::UGe => a >= b,
        IntCc::SLt => sa < sb,
        IntCc::SLe => sa <= sb,
        IntCc::SGt => sa > sb,
        IntCc::SGe => sa >= sb,
    }
}

fn convert(op: ConvertOp, from: Type, to: Type, args: &[u64]) -> Result<u64, Stop> {
    let a = args[0];
    Ok(match op {
        ConvertOp::Bitcast | ConvertOp::Truncate | ConvertOp::ZeroExtend => a,
        ConvertOp::SignExtend => sint(from, a) as u64,
        ConvertOp::SintToFloat if to == Type::F32 => (sint(from, a) as f32).to_bits() as u64,
        ConvertOp::UintToFloat if to == Type::F32 => (a as f32).to_bits() as u64,
        ConvertOp::FloatToSint if to == Type::I32 => float(from, a)? as i32 as u64,
        ConvertOp::FloatToUint if to == Type::I32 => float(from, a)? as u32 as u64,
        ConvertOp::Pack => a | args[1] << from.bits(),
        ConvertOp::UnpackLow => a,
        ConvertOp::UnpackHigh => a >> to.bits(),
        _ => return refused(format!("{op:?}")),
    })
}
