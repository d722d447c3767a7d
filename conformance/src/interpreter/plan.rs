//! What can be known of a kernel before it runs: the type of every expression,
//! the values of constant ones, and where global variables live.

use super::expr::{Evaluator, Operands};
use super::types::{ExprTy, Ty, TypeTable};
use super::value::{Mask, Pointer, Root, Slot, Value};
use super::Error;
use naga::valid::{FunctionInfo, ModuleInfo};
use naga::{AddressSpace, Expression as Ex, Function, Handle, Module};
use std::collections::BTreeMap;

/// Most scalars of a constant.
const MAX_CONSTANT: u64 = 1 << 24;

/// Of one function.
#[derive(Debug)]
pub struct Plan {
    /// By expression: what is known before the function runs.
    pub consts: Vec<Slot>,
    /// By expression: why a constant is not known.
    pub failed: BTreeMap<usize, Error>,
    /// By expression.
    pub tys: Vec<ExprTy>,
    /// Expressions that are arguments, with the argument's index.
    pub arguments: Vec<(usize, usize)>,
    /// Expressions that are pointers to local variables, with the variable's index.
    pub locals: Vec<(usize, usize)>,
    /// Local variables: type and initial value.
    pub variables: Vec<(Ty, Option<Handle<Ex>>)>,
}

/// A global variable that is made of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A buffer.
    Binding(u32, u32),
    /// Immediate data.
    Immediates,
    /// Workgroup memory of so many bytes.
    Workgroup(u64),
}

/// Of a whole entry point.
#[derive(Debug)]
pub struct Plans {
    /// By function.
    pub functions: Vec<Plan>,
    /// The entry point.
    pub entry: Plan,
    /// Shared memory, in the order of `Root::Bytes`, and whether it is used.
    pub sources: Vec<(Source, bool)>,
    /// Private variables, in the order of `Root::Lanes`: type and initial value.
    pub privates: Vec<(Ty, Option<Value>)>,
}

struct Globals<'a> {
    module: &'a Module,
    types: &'a TypeTable,
    roots: Vec<Result<Root, Error>>,
    constants: &'a [Slot],
    failed: &'a BTreeMap<usize, Error>,
}

impl Plans {
    /// Prepares a module's functions and the entry point of that index.
    pub fn new(
        module: &Module,
        info: &ModuleInfo,
        types: &TypeTable,
        entry: usize,
    ) -> Result<Plans, Error> {
        let tys: Vec<ExprTy> = module
            .global_expressions
            .iter()
            .map(|(h, _)| types.of_resolution(&info[h], module))
            .collect();
        let mut globals = Globals {
            module,
            types,
            roots: Vec::new(),
            constants: &[],
            failed: &BTreeMap::new(),
        };
        let (constants, failed) = globals.constants(module.global_expressions.iter(), &tys);

        let mut sources: Vec<(Source, bool)> = Vec::new();
        let mut privates = Vec::new();
        let uses = info.get_entry_point(entry);
        for (handle, global) in module.global_variables.iter() {
            let used = !uses[handle].is_empty();
            let ty = types.of(global.ty);
            let source = match global.space {
                AddressSpace::Private => {
                    let init = match global.init {
                        Some(h) if used => Some(
                            constants
                                .get(h.index())
                                .ok_or(Error::Invalid("an initial value that does not exist"))?
                                .value()?
                                .clone(),
                        ),
                        _ => None,
                    };
                    globals.roots.push(Ok(Root::Lanes(privates.len())));
                    // One that is not used takes no memory.
                    privates.push((
                        if used {
                            ty
                        } else {
                            Ty::Opaque("an unused variable")
                        },
                        init,
                    ));
                    continue;
                }
                AddressSpace::WorkGroup => Source::Workgroup(if used { types.size(ty) } else { 0 }),
                AddressSpace::Immediate => Source::Immediates,
                AddressSpace::Uniform | AddressSpace::Storage { .. } => match (ty, &global.binding)
                {
                    (Ty::Opaque(what), _) => {
                        globals.roots.push(Err(Error::Unsupported(what.into())));
                        continue;
                    }
                    (_, Some(b)) => Source::Binding(b.group, b.binding),
                    (_, None) => return Err(Error::Invalid("a buffer without a binding")),
                },
                AddressSpace::Handle => {
                    let what = match ty {
                        Ty::Opaque(what) => what,
                        _ => "an opaque handle",
                    };
                    globals.roots.push(Err(Error::Unsupported(what.into())));
                    continue;
                }
                AddressSpace::Function => return Err(Error::Invalid("a global function variable")),
                AddressSpace::TaskPayload => {
                    globals
                        .roots
                        .push(Err(Error::Unsupported("a task payload".into())));
                    continue;
                }
                AddressSpace::RayPayload | AddressSpace::IncomingRayPayload => {
                    globals
                        .roots
                        .push(Err(Error::Unsupported("a ray payload".into())));
                    continue;
                }
            };
            // Two variables may be views of one buffer.
            let same = |(s, _): &(Source, bool)| *s == source && !matches!(s, Source::Workgroup(_));
            let index = match sources.iter().position(same) {
                Some(i) => {
                    sources[i].1 |= used;
                    i
                }
                None => {
                    sources.push((source, used));
                    sources.len() - 1
                }
            };
            globals.roots.push(Ok(Root::Bytes(index)));
        }

        let globals = Globals {
            constants: &constants,
            failed: &failed,
            ..globals
        };
        let functions = module
            .functions
            .iter()
            .map(|(h, f)| globals.plan(f, &info[h]))
            .collect();
        let entry = globals.plan(&module.entry_points[entry].function, uses);
        Ok(Plans {
            functions,
            entry,
            sources,
            privates,
        })
    }
}

impl Globals<'_> {
    fn plan(&self, function: &Function, info: &FunctionInfo) -> Plan {
        let tys: Vec<ExprTy> = function
            .expressions
            .iter()
            .map(|(h, _)| self.types.of_resolution(&info[h].ty, self.module))
            .collect();
        let (consts, failed) = self.constants(function.expressions.iter(), &tys);
        let mut arguments = Vec::new();
        let mut locals = Vec::new();
        for (h, expr) in function.expressions.iter() {
            match *expr {
                Ex::FunctionArgument(i) => arguments.push((h.index(), i as usize)),
                Ex::LocalVariable(v) => locals.push((h.index(), v.index())),
                _ => {}
            }
        }
        let variables = function
            .local_variables
            .iter()
            .map(|(_, v)| (self.types.of(v.ty), v.init))
            .collect();
        Plan {
            consts,
            failed,
            tys,
            arguments,
            locals,
            variables,
        }
    }

    /// Evaluates what depends on nothing that a running kernel decides.
    fn constants<'e>(
        &self,
        expressions: impl Iterator<Item = (Handle<Ex>, &'e Ex)>,
        tys: &[ExprTy],
    ) -> (Vec<Slot>, BTreeMap<usize, Error>) {
        let mask = Mask::full(1);
        let evaluator = Evaluator {
            types: self.types,
            memory: None,
            mask: &mask,
            max_scalars: MAX_CONSTANT,
        };
        let mut consts: Vec<Slot> = Vec::new();
        let mut failed = BTreeMap::new();
        for (h, expr) in expressions {
            let ty = tys.get(h.index()).copied().unwrap_or(ExprTy {
                ty: Ty::Opaque("nothing"),
                pointer: false,
            });
            let value = match *expr {
                Ex::Constant(c) => {
                    let i = self.module.constants[c].init.index();
                    // In the global arena a constant's value comes before its use.
                    let of = if self.constants.is_empty() {
                        &consts
                    } else {
                        self.constants
                    };
                    match of.get(i) {
                        Some(slot) if *slot != Slot::Empty => Ok(slot.clone()),
                        _ => Err(self
                            .failed
                            .get(&i)
                            .cloned()
                            .unwrap_or(Error::Invalid("a constant without a value"))),
                    }
                }
                Ex::Override(o) => {
                    let name = self.module.overrides[o].name.clone().unwrap_or_default();
                    Err(Error::Constants(format!(
                        "the override `{name}` has no value"
                    )))
                }
                Ex::GlobalVariable(g) => match self.roots.get(g.index()) {
                    Some(Ok(root)) => Ok(Slot::Pointer(Pointer::new(*root))),
                    Some(Err(e)) => Err(e.clone()),
                    None => Err(Error::Invalid("a global variable that does not exist")),
                },
                // Pointers are followed when the kernel runs: only then are
                // the sizes of buffers known.
                _ if ty.pointer => Ok(Slot::Empty),
                ref e => {
                    let ops = Operands {
                        slots: &[],
                        consts: &consts,
                        failed: &failed,
                        tys,
                    };
                    match evaluator.eval(e, ty, ops, Vec::new()) {
                        Err(Error::Invalid(_)) => Ok(Slot::Empty),
                        other => other,
                    }
                }
            };
            consts.push(value.unwrap_or_else(|e| {
                failed.insert(h.index(), e);
                Slot::Empty
            }));
        }
        (consts, failed)
    }
}
