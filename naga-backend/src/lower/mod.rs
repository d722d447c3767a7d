//! From a validated naga module to the kernel IR of one entry point.
//!
//! Everything is inlined and every value is a scalar; an aggregate is the flat list of its
//! scalars. Function and private variables become [`crate::kernel::Local`] memory, which promotion
//! turns into SSA values. What WGSL promises beyond what IR operations do stands here, in
//! instructions that later passes may prove needless: clamped indices, guarded divisions,
//! saturated conversions, zeroed workgroup memory, accuracy.
//!
//! The module must have passed naga's validator, and its overrides must be resolved. Host stack
//! use is bounded by [`NESTING_MAX`].

mod atomics;
mod bits;
mod builtins;
mod constants;
mod convert;
mod double;
mod expressions;
mod functions;
mod index;
mod layout;
mod math;
mod matrix;
mod memory;
mod operands;
mod operators;
mod pack;
mod statements;
mod subgroups;
mod switch;
mod transcendental;

use hashbrown::{HashMap, HashSet};
use naga::valid::{GlobalUse, ModuleInfo};
use naga::{AddressSpace, Handle, Module, Scalar, ScalarKind, ShaderStage, Span};

use crate::kernel::{
    BinaryOp, Binding, BindingKind, Builder, Builtin, FloatCc, InstId, IntCc, Kernel, Local,
    LocalId, Op, RegionId, Space, TernaryOp, Type, UnaryOp, Value, Values,
};
use crate::{Error, Options};
use functions::Frame;
use layout::{Layouts, Shape};

/// Deepest nesting of blocks, calls included.
pub const NESTING_MAX: u32 = 512;

/// Most scalars of an aggregate that is held in values; larger ones stay in memory.
const SCALARS_MAX: u32 = 128;

/// Most bytes of variables of one invocation.
const LOCAL_BYTES_MAX: u64 = 1 << 24;

/// Most invocations of a workgroup.
const WORKGROUP_MAX: u64 = 1024;

/// Lowers the compute entry point named `entry`.
///
/// # Errors
/// [`Error::EntryPoint`] if there is no such entry point, [`Error::Unsupported`] with the span of
/// what is not compute or not supported, [`Error::Limit`] where inlining exceeds
/// [`Options::code_budget`] or nesting [`NESTING_MAX`].
pub fn lower(
    module: &Module,
    info: &ModuleInfo,
    entry: &str,
    options: &Options,
) -> Result<Kernel, Error> {
    let compute = || {
        let points = module.entry_points.iter().enumerate();
        points.filter(|(_, point)| point.stage == ShaderStage::Compute)
    };
    let Some((index, point)) = compute().find(|(_, point)| point.name == entry) else {
        let names: Vec<_> = compute()
            .map(|(_, point)| format!("`{}`", point.name))
            .collect();
        return Err(Error::EntryPoint {
            asked: entry.to_owned(),
            have: match names.is_empty() {
                true => "none".to_owned(),
                false => names.join(", "),
            },
        });
    };
    if point.workgroup_size_overrides.is_some() {
        return Err(unsupported(
            "a workgroup size whose overrides are not resolved",
            Span::UNDEFINED,
        ));
    }
    let invocations = point.workgroup_size.iter().map(|&n| n as u64).product();
    if !(1..=WORKGROUP_MAX).contains(&invocations) {
        return Err(Error::Limit {
            what: "invocations of a workgroup",
            asked: invocations,
            max: WORKGROUP_MAX,
            span: Span::UNDEFINED,
        });
    }
    let mut kernel = Kernel::new(&point.name, point.workgroup_size);
    let function_info = info.get_entry_point(index);
    let mut lowerer = Lowerer::new(module, info, options, &mut kernel);
    lowerer.globals(|global| function_info[global])?;
    lowerer.entry_point(&point.function, function_info)?;
    lowerer.finish();
    Ok(kernel)
}

/// What an expression evaluates to.
#[derive(Clone, Debug)]
enum Operand {
    /// The flat list of its scalars.
    Values(Values),
    /// The zero of an aggregate.
    Zero(Shape),
    /// An aggregate in memory that nothing writes any more.
    Memory(Pointer),
    /// An address.
    Pointer(Pointer),
    /// A texture, sampler or the like, or a variable that nothing reads or writes: it may be
    /// handed on but not used.
    Resource,
}

/// An address, and what stands there.
#[derive(Clone, Copy, Debug)]
struct Pointer {
    space: Space,
    /// Constant part of the byte offset.
    offset: u32,
    /// Dynamic part of the byte offset.
    dynamic: Option<Value>,
    /// Known power-of-two alignment of the address.
    align: u32,
    shape: Shape,
    /// Proved to lie inside its binding.
    inside: bool,
    /// Other invocations see what is written here, without a barrier.
    coherent: bool,
}

/// State of lowering one entry point.
struct Lowerer<'a> {
    module: &'a Module,
    info: &'a ModuleInfo,
    options: &'a Options,
    b: Builder<'a>,
    layouts: Layouts<'a>,
    /// Runs before everything else; holds constants and built-in inputs, so that they dominate
    /// every use.
    prologue: RegionId,
    constants: HashMap<(Type, u64), Value>,
    builtins: HashMap<Builtin, Value>,
    named_constants: HashMap<Handle<naga::Constant>, Operand>,
    /// By global variable; those that the entry point uses.
    globals: Vec<Option<Operand>>,
    /// Constant arrays that something indexes dynamically.
    tables: HashMap<(Shape, Values), Pointer>,
    /// Blocks that something leaves early.
    leavers: HashSet<InstId>,
    /// Blocks and calls around the current statement.
    depth: u32,
    local_bytes: u64,
}

fn unsupported(what: impl Into<String>, span: Span) -> Error {
    Error::Unsupported {
        what: what.into(),
        span,
    }
}

fn internal(what: impl Into<String>) -> Error {
    Error::Internal {
        pass: "lower",
        what: what.into(),
    }
}

/// Largest power of two that divides `offset` and is at most `align`.
fn align_at(align: u32, offset: u32) -> u32 {
    match offset {
        0 => align,
        _ => align.min(1 << offset.trailing_zeros()),
    }
}

impl<'a> Lowerer<'a> {
    fn new(
        module: &'a Module,
        info: &'a ModuleInfo,
        options: &'a Options,
        kernel: &'a mut Kernel,
    ) -> Lowerer<'a> {
        let prologue = kernel.new_region(&[]);
        Lowerer {
            module,
            info,
            options,
            b: Builder::new(kernel),
            layouts: Layouts::new(module),
            prologue,
            constants: HashMap::new(),
            builtins: HashMap::new(),
            named_constants: HashMap::new(),
            globals: vec![None; module.global_variables.len()],
            tables: HashMap::new(),
            leavers: HashSet::new(),
            depth: 0,
            local_bytes: 0,
        }
    }

    /// Declares the used global variables.
    fn globals(
        &mut self,
        usage: impl Fn(Handle<naga::GlobalVariable>) -> GlobalUse,
    ) -> Result<(), Error> {
        let used = |&(handle, _): &(Handle<naga::GlobalVariable>, _)| !usage(handle).is_empty();
        let mut used: Vec<_> = self.module.global_variables.iter().filter(used).collect();
        used.sort_by_key(|(_, var)| var.binding.map(|b| (b.group, b.binding)));
        for (handle, var) in used {
            let span = self.module.global_variables.get_span(handle);
            if var.space == AddressSpace::Handle {
                // What is done with it says better what is not supported.
                self.globals[handle.index()] = Some(Operand::Resource);
                continue;
            }
            let inner = &self.module.types[var.ty].inner;
            if matches!(inner, naga::TypeInner::BindingArray { .. }) {
                return Err(unsupported("a binding array", span));
            }
            let shape = self.layouts.shape(var.ty).map_err(|error| match error {
                Error::Unsupported { what, .. } => unsupported(what, span),
                Error::EntryPoint { .. } | Error::Limit { .. } | Error::Internal { .. } => error,
            })?;
            if self.layouts.misplaced(shape) {
                return Err(unsupported("a member or stride out of alignment", span));
            }
            let size = self.layouts.size(shape);
            let align = self.layouts.align(shape).max(4);
            let name = || {
                let unnamed = || format!("global{}", handle.index());
                var.name.clone().unwrap_or_else(unnamed)
            };
            let (space, align) = match var.space {
                AddressSpace::Uniform | AddressSpace::Storage { .. } => {
                    let Some(slot) = var.binding else {
                        return Err(unsupported("a buffer without a binding", span));
                    };
                    let kind = if let AddressSpace::Storage { access } = var.space {
                        if access.contains(naga::StorageAccess::STORE) {
                            BindingKind::Storage
                        } else {
                            BindingKind::ReadOnlyStorage
                        }
                    } else {
                        BindingKind::Uniform
                    };
                    let id = self.b.kernel.bindings.push(Binding {
                        group: slot.group,
                        binding: slot.binding,
                        name: name(),
                        kind,
                        min_size: size,
                    });
                    // WebGPU aligns bound ranges far beyond any access.
                    (Space::Binding(id), 16)
                }
                AddressSpace::WorkGroup => {
                    // Whole words, so that zeroing is simple.
                    let id = self.b.kernel.shared.push(crate::kernel::Shared {
                        name: name(),
                        size: size.next_multiple_of(4),
                        align: if size >= 16 { 16 } else { align },
                    });
                    (Space::Shared(id), if size >= 16 { 16 } else { align })
                }
                AddressSpace::Private => {
                    let pointer = self.local(&name(), shape)?;
                    (pointer.space, pointer.align)
                }
                AddressSpace::Immediate => {
                    self.b.kernel.immediates = size.next_multiple_of(4);
                    (Space::Immediates, 16)
                }
                AddressSpace::Function => {
                    return Err(internal("a global variable in the function space"))
                }
                AddressSpace::Handle => return Err(internal("a resource with an address")),
                AddressSpace::TaskPayload => return Err(unsupported("a task payload", span)),
                AddressSpace::RayPayload | AddressSpace::IncomingRayPayload => {
                    return Err(unsupported("a ray payload", span))
                }
            };
            use naga::MemoryDecorations;
            self.globals[handle.index()] = Some(Operand::Pointer(Pointer {
                space,
                offset: 0,
                dynamic: None,
                align,
                shape,
                inside: true,
                coherent: var
                    .memory_decorations
                    .intersects(MemoryDecorations::COHERENT | MemoryDecorations::VOLATILE),
            }));
        }
        Ok(())
    }

    fn entry_point(
        &mut self,
        function: &'a naga::Function,
        info: &'a naga::valid::FunctionInfo,
    ) -> Result<(), Error> {
        self.initialise_globals()?;
        let arguments = self.entry_arguments(function)?;
        let mut frame = Frame::new(function, info, arguments, None);
        self.function_body(&mut frame)?;
        if !self.b.is_terminated() {
            self.b.inst(Op::Return, &[], &[]);
        }
        Ok(())
    }

    /// Gives private variables their values, and zeroes workgroup variables.
    fn initialise_globals(&mut self) -> Result<(), Error> {
        for (handle, var) in self.module.global_variables.iter() {
            let Some(Operand::Pointer(pointer)) = self.globals[handle.index()] else {
                continue;
            };
            if var.space == AddressSpace::Private {
                let value = match var.init {
                    Some(init) => {
                        self.constant_expression(&self.module.global_expressions, init, 0)?
                    }
                    None => Operand::Zero(pointer.shape),
                };
                self.store(&pointer, &value)?;
            }
        }
        if self.options.zero_workgroup_memory {
            self.zero_workgroup_memory();
        }
        Ok(())
    }

    /// Puts the prologue in front of the body.
    fn finish(self) {
        let kernel = self.b.kernel;
        let mut insts = std::mem::take(&mut kernel.regions[self.prologue].insts);
        insts.append(&mut kernel.regions[kernel.body].insts);
        kernel.regions[kernel.body].insts = insts;
    }

    /// Runs `emit` with the cursor at the end of the prologue.
    fn in_prologue<T>(&mut self, emit: impl FnOnce(&mut Self) -> T) -> T {
        let region = self.b.switch_to(self.prologue);
        let span = std::mem::replace(&mut self.b.span, Span::UNDEFINED);
        let result = emit(self);
        self.b.switch_to(region);
        self.b.span = span;
        result
    }

    /// A constant by its bits; one instruction for each in the whole kernel.
    fn bits(&mut self, ty: Type, bits: u64) -> Value {
        if let Some(&value) = self.constants.get(&(ty, bits)) {
            return value;
        }
        let value = self.in_prologue(|this| this.b.constant(ty, bits));
        self.constants.insert((ty, bits), value);
        value
    }

    /// An i32 constant.
    fn int(&mut self, value: u32) -> Value {
        self.bits(Type::I32, value as u64)
    }

    /// An integer constant of any width.
    fn int_of(&mut self, ty: Type, value: i64) -> Value {
        let mask = u64::MAX >> (64 - ty.bits());
        self.bits(ty, value as u64 & mask)
    }

    /// A float constant of any width, rounded to nearest even.
    fn float(&mut self, ty: Type, value: f64) -> Value {
        let bits = match ty {
            Type::F16 => half::f16::from_f64(value).to_bits() as u64,
            Type::F64 => value.to_bits(),
            Type::F32 | Type::Bool | Type::I16 | Type::I32 | Type::I64 => {
                (value as f32).to_bits() as u64
            }
        };
        self.bits(ty, bits)
    }

    fn truth(&mut self, value: bool) -> Value {
        self.bits(Type::Bool, value as u64)
    }

    /// The zero of a type, `false` for `Bool`.
    fn zero(&mut self, ty: Type) -> Value {
        self.bits(ty, 0)
    }

    /// A built-in input; one instruction for each in the whole kernel.
    fn builtin(&mut self, builtin: Builtin) -> Value {
        if let Some(&value) = self.builtins.get(&builtin) {
            return value;
        }
        let value = self.in_prologue(|this| this.b.builtin(builtin));
        self.builtins.insert(builtin, value);
        value
    }

    fn ty(&self, value: Value) -> Type {
        self.b.kernel.ty(value)
    }

    fn un(&mut self, op: UnaryOp, a: Value) -> Value {
        self.b.unary(op, a)
    }

    fn bin(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        self.b.binary(op, a, b)
    }

    fn tern(&mut self, op: TernaryOp, a: Value, b: Value, c: Value) -> Value {
        self.b.ternary(op, a, b, c)
    }

    fn fadd(&mut self, a: Value, b: Value) -> Value {
        self.bin(BinaryOp::FAdd, a, b)
    }

    fn fsub(&mut self, a: Value, b: Value) -> Value {
        self.bin(BinaryOp::FSub, a, b)
    }

    fn fmul(&mut self, a: Value, b: Value) -> Value {
        self.bin(BinaryOp::FMul, a, b)
    }

    fn fdiv(&mut self, a: Value, b: Value) -> Value {
        self.bin(BinaryOp::FDiv, a, b)
    }

    fn fneg(&mut self, a: Value) -> Value {
        self.un(UnaryOp::FNeg, a)
    }

    fn fabs(&mut self, a: Value) -> Value {
        self.un(UnaryOp::FAbs, a)
    }

    fn fma(&mut self, a: Value, b: Value, c: Value) -> Value {
        self.tern(TernaryOp::Fma, a, b, c)
    }

    fn fcmp(&mut self, cc: FloatCc, a: Value, b: Value) -> Value {
        self.b.fcmp(cc, a, b)
    }

    fn icmp(&mut self, cc: IntCc, a: Value, b: Value) -> Value {
        self.b.icmp(cc, a, b)
    }

    fn select(&mut self, condition: Value, accept: Value, reject: Value) -> Value {
        self.b.select(condition, accept, reject)
    }

    /// A variable of the invocation.
    fn local(&mut self, name: &str, shape: Shape) -> Result<Pointer, Error> {
        if self.layouts.misplaced(shape) {
            let span = self.b.span;
            return Err(unsupported("a member or stride out of alignment", span));
        }
        let size = self.layouts.size(shape).max(4);
        let align = self.layouts.align(shape).clamp(4, 16);
        self.local_bytes += size as u64;
        if self.local_bytes > LOCAL_BYTES_MAX {
            return Err(Error::Limit {
                what: "bytes of function and private variables",
                asked: self.local_bytes,
                max: LOCAL_BYTES_MAX,
                span: self.b.span,
            });
        }
        let id: LocalId = self.b.kernel.locals.push(Local {
            name: name.to_owned(),
            size,
            align,
        });
        Ok(Pointer {
            space: Space::Local(id),
            offset: 0,
            dynamic: None,
            align,
            shape,
            inside: true,
            coherent: false,
        })
    }

    /// Fails where the kernel has grown beyond the caller's budget.
    fn check_budget(&self) -> Result<(), Error> {
        let asked = self.b.kernel.insts.len() as u64;
        let max = self.options.code_budget as u64;
        match asked <= max {
            true => Ok(()),
            false => Err(Error::Limit {
                what: "instructions after inlining",
                asked,
                max,
                span: self.b.span,
            }),
        }
    }

    /// Goes one level deeper; the caller comes back by `self.depth -= 1`.
    fn descend(&mut self) -> Result<(), Error> {
        self.depth += 1;
        match self.depth <= NESTING_MAX {
            true => Ok(()),
            false => Err(Error::Limit {
                what: "nesting of blocks and calls",
                asked: self.depth as u64,
                max: NESTING_MAX as u64,
                span: self.b.span,
            }),
        }
    }
}

/// Is it a signed integer?
fn is_signed(scalar: Scalar) -> bool {
    scalar.kind == ScalarKind::Sint
}

/// Is it a float?
fn is_float(scalar: Scalar) -> bool {
    scalar.kind == ScalarKind::Float
}
