//! What a SPIR-V module must be like before naga's front end may see it.
//!
//! naga trusts some of what a SPIR-V validator would have checked, and panics where that is not
//! so. This inspection reads the module with rspirv's grammar, which rejects malformed
//! instructions, and then makes sure of the rest: identifiers, control-flow targets, calls, the
//! kinds of types that operations apply to, and sizes. It is no validator: what naga itself
//! refuses by an error is left to naga.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "of SPIR-V's hundreds of instructions and operands few are looked at"
)]

use std::collections::{HashMap, HashSet};

use rspirv::binary::{parse_words, Consumer, ParseAction};
use rspirv::dr::{Instruction, ModuleHeader, Operand};
use spirv::{Op, Word};

use crate::Error;

/// SPIR-V's own limit on identifiers.
const BOUND_MAX: Word = 0x3f_ffff;

/// Largest type or offset, in bytes; naga computes with 32 bits.
const SIZE_MAX: u64 = 1 << 30;

/// Most selections and loops of one function: they may all be nested.
const CONSTRUCTS_MAX: usize = 20_000;

/// Most parts of a composite that another is inserted into.
const INSERT_MAX: u64 = 1 << 12;

/// Deepest nesting of types.
const TYPE_DEPTH_MAX: u32 = 256;

/// Checks a module.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Error> {
    if !bytes.len().is_multiple_of(4) {
        return Err(refuse(format!(
            "{} bytes are not a whole number of words",
            bytes.len()
        )));
    }
    let words: Vec<Word> = bytes
        .chunks_exact(4)
        .map(|word| Word::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .collect();
    if words.len() < 5 {
        return Err(refuse("the header is incomplete"));
    }
    if words[0] == spirv::MAGIC_NUMBER.swap_bytes() {
        return Err(refuse("big-endian modules are not supported"));
    }
    frames(&words)?;
    let mut module = Instructions::default();
    parse_words(&words, &mut module).map_err(|state| refuse(state.to_string()))?;
    Inspection::default().run(&module)
}

/// Instructions stand one after the other up to the end; rspirv reads by their lengths.
fn frames(words: &[Word]) -> Result<(), Error> {
    let mut at = 5;
    while let Some(&first) = words.get(at) {
        let length = (first >> 16) as usize;
        if length == 0 || length > words.len() - at {
            return Err(refuse(format!(
                "the instruction at word {at} has {length} words, of which {} are there",
                words.len() - at
            )));
        }
        at += length;
    }
    Ok(())
}

fn refuse(what: impl Into<String>) -> Error {
    Error::Spirv(what.into())
}

#[derive(Default)]
struct Instructions {
    bound: Word,
    list: Vec<Instruction>,
}

impl Consumer for Instructions {
    fn initialize(&mut self) -> ParseAction {
        ParseAction::Continue
    }

    fn finalize(&mut self) -> ParseAction {
        ParseAction::Continue
    }

    fn consume_header(&mut self, header: ModuleHeader) -> ParseAction {
        self.bound = header.bound;
        ParseAction::Continue
    }

    fn consume_instruction(&mut self, inst: Instruction) -> ParseAction {
        self.list.push(inst);
        ParseAction::Continue
    }
}

/// What matters of a type.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A number or truth value, or a vector or matrix of them.
    Numeric,
    /// An array; is its length a constant that may be overridden?
    Array {
        open_length: bool,
    },
    RuntimeArray,
    Struct,
    Pointer(Word),
    Other,
}

#[derive(Clone, Copy, Debug)]
struct Type {
    kind: Kind,
    /// In bytes, at most.
    size: u64,
    depth: u32,
    /// Bits, of a scalar.
    width: u32,
    /// Number of parts.
    count: u64,
}

#[derive(Default)]
struct Inspection {
    defined: HashSet<Word>,
    types: HashMap<Word, Type>,
    /// Element and member types.
    parts: HashMap<Word, Vec<Word>>,
    /// Type of each value.
    values: HashMap<Word, Word>,
    /// Integer constants, and whether they may be overridden.
    constants: HashMap<Word, (u64, bool)>,
    functions: HashSet<Word>,
    /// Of arrays their stride, of structs their farthest member's offset, where decorated.
    offsets: HashMap<Word, u64>,
    /// Values of module scope.
    module_values: HashSet<Word>,
    /// Access chains: do they go through arrays and structs only?
    chains: HashMap<Word, bool>,
}

impl Inspection {
    fn run(mut self, module: &Instructions) -> Result<(), Error> {
        if module.bound > BOUND_MAX {
            return Err(refuse(format!(
                "{} identifiers, at most {BOUND_MAX}",
                module.bound
            )));
        }
        for inst in &module.list {
            if let Some(id) = inst.result_id {
                if id == 0 || id >= module.bound {
                    return Err(refuse(format!("%{id} is outside the bound")));
                }
                if !self.defined.insert(id) {
                    return Err(refuse(format!("%{id} is defined twice")));
                }
                if inst.class.opcode == Op::Function {
                    self.functions.insert(id);
                }
                if let Some(ty) = inst.result_type {
                    self.values.insert(id, ty);
                }
            }
        }
        let mut function = Vec::new();
        let mut inside = false;
        for inst in &module.list {
            if let Some(ty) = inst.result_type {
                if !self.types.contains_key(&ty) {
                    return Err(refuse(format!("%{ty} is used as a type, and is none")));
                }
            }
            match inst.class.opcode {
                Op::Function => {
                    function.clear();
                    inside = true;
                }
                Op::FunctionEnd => {
                    self.function(&function)?;
                    inside = false;
                }
                _ => {}
            }
            if !inside && inst.result_type.is_some() {
                self.module_values.extend(inst.result_id);
            }
            self.declaration(inst)?;
            function.push(inst);
        }
        Ok(())
    }

    fn size_of(&self, ty: Word) -> (u64, u32) {
        match self.types.get(&ty) {
            Some(ty) => (ty.size, ty.depth),
            None => (0, 0),
        }
    }

    /// Types, constants and decorations.
    fn declaration(&mut self, inst: &Instruction) -> Result<(), Error> {
        let id = inst.result_id.unwrap_or(0);
        let offset = self.offsets.get(&id).copied().unwrap_or(0);
        let add =
            |this: &mut Self, kind, size: u64, depth: u32, width, count: u64, parts: Vec<Word>| {
                if size > SIZE_MAX {
                    return Err(refuse(format!(
                        "%{id} takes {size} bytes, at most {SIZE_MAX}"
                    )));
                }
                if depth > TYPE_DEPTH_MAX {
                    return Err(refuse(format!("%{id} nests deeper than {TYPE_DEPTH_MAX}")));
                }
                let ty = Type {
                    kind,
                    size,
                    depth,
                    width,
                    count,
                };
                this.types.insert(id, ty);
                this.parts.insert(id, parts);
                Ok(())
            };
        match inst.class.opcode {
            Op::TypeBool => add(self, Kind::Numeric, 4, 0, 1, 0, vec![]),
            Op::TypeInt | Op::TypeFloat => {
                let width = literal(inst, 0).unwrap_or(0);
                let allowed: &[u64] = match inst.class.opcode {
                    Op::TypeInt => &[8, 16, 32, 64],
                    _ => &[16, 32, 64],
                };
                if !allowed.contains(&width) {
                    return Err(refuse(format!("numbers of {width} bits are not supported")));
                }
                add(self, Kind::Numeric, width / 8, 0, width as u32, 0, vec![])
            }
            Op::TypeVector | Op::TypeMatrix => {
                let (element, count) = (reference(inst, 0), literal(inst, 1).unwrap_or(0));
                let numeric = self.types.get(&element).map(|ty| ty.kind) == Some(Kind::Numeric);
                if !numeric || !(2..=4).contains(&count) {
                    return Err(refuse(format!("%{id} is no vector or matrix of 2 to 4")));
                }
                let (size, depth) = self.size_of(element);
                // A column of three may take the room of four.
                add(
                    self,
                    Kind::Numeric,
                    size * 4,
                    depth,
                    0,
                    count,
                    vec![element],
                )
            }
            Op::TypeArray | Op::TypeRuntimeArray => {
                let element = reference(inst, 0);
                let (size, depth) = self.size_of(element);
                let sized = match self.types.get(&element).map(|ty| ty.kind) {
                    Some(Kind::Numeric | Kind::Array { .. } | Kind::Struct) => true,
                    Some(Kind::Other) => true,
                    Some(Kind::RuntimeArray | Kind::Pointer(_)) | None => false,
                };
                if !sized {
                    return Err(refuse(format!("%{id} is an array of what has no size")));
                }
                if inst.class.opcode == Op::TypeRuntimeArray {
                    return add(
                        self,
                        Kind::RuntimeArray,
                        size.max(offset),
                        depth + 1,
                        0,
                        0,
                        vec![element],
                    );
                }
                let length = self.constants.get(&reference(inst, 1)).copied();
                let (length, open_length) = length.unwrap_or((1, true));
                if length == 0 {
                    return Err(refuse(format!("%{id} is an array of no elements")));
                }
                add(
                    self,
                    Kind::Array { open_length },
                    size.max(offset).max(1).saturating_mul(length),
                    depth + 1,
                    0,
                    length,
                    vec![element],
                )
            }
            Op::TypeStruct => {
                let members: Vec<Word> = inst
                    .operands
                    .iter()
                    .filter_map(Operand::id_ref_any)
                    .collect();
                let (mut size, mut depth) = (offset, 0);
                for &member in &members {
                    let (member_size, member_depth) = self.size_of(member);
                    size = size.saturating_add(member_size.next_multiple_of(16));
                    depth = depth.max(member_depth);
                }
                let count = members.len() as u64;
                add(self, Kind::Struct, size, depth + 1, 0, count, members)
            }
            Op::TypePointer => {
                let pointee = reference(inst, 1);
                add(self, Kind::Pointer(pointee), 8, 0, 0, 0, vec![])
            }
            op if (Op::TypeVoid as u32..=Op::TypePipe as u32).contains(&(op as u32)) => {
                add(self, Kind::Other, 4, 0, 0, 0, vec![])
            }
            Op::Constant | Op::SpecConstant => {
                let open = inst.class.opcode == Op::SpecConstant;
                if let Some(value) = literal(inst, 0) {
                    self.constants.insert(id, (value, open));
                }
                Ok(())
            }
            Op::Decorate | Op::MemberDecorate => {
                let mut operands = inst.operands.iter();
                let place = operands.position(|operand| {
                    matches!(
                        operand,
                        Operand::Decoration(
                            spirv::Decoration::Offset | spirv::Decoration::ArrayStride
                        )
                    )
                });
                if let Some(value) = place.and_then(|place| literal(inst, place + 1)) {
                    let farthest = self.offsets.entry(reference(inst, 0)).or_default();
                    *farthest = value.max(*farthest);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn kind(&self, ty: Word) -> Option<Kind> {
        self.types.get(&ty).map(|ty| ty.kind)
    }

    /// Kind of a value's type, if the value is known.
    fn value_kind(&self, value: Word) -> Option<Kind> {
        self.kind(*self.values.get(&value)?)
    }

    /// The instructions of a function's body.
    fn function(&mut self, body: &[&Instruction]) -> Result<(), Error> {
        let flow = Flow::new(body)?;
        let mut known: HashSet<Word> = HashSet::new();
        for inst in body {
            known.extend(inst.result_id);
        }
        let local = |this: &Self, known: &HashSet<Word>, id: Word| {
            known.contains(&id) || this.module_values.contains(&id)
        };
        for inst in body {
            if inst.class.opcode == Op::Phi {
                for pair in inst.operands.chunks(2) {
                    let value = pair.first().and_then(Operand::id_ref_any).unwrap_or(0);
                    let parent = pair.get(1).and_then(Operand::id_ref_any).unwrap_or(0);
                    if !flow.reachable.contains(&parent) {
                        return Err(refuse(format!(
                            "OpPhi names %{parent}, which nothing reaches"
                        )));
                    }
                    if !local(self, &known, value) || !self.values.contains_key(&value) {
                        return Err(refuse(format!("OpPhi of %{value}, which is no value here")));
                    }
                }
            }
        }
        known.clear();
        for inst in body {
            let op = inst.class.opcode;
            match op {
                Op::Switch => {
                    let selector = reference(inst, 0);
                    let ty = self.values.get(&selector).and_then(|ty| self.types.get(ty));
                    if !local(self, &known, selector) || ty.is_none_or(|ty| ty.width != 32) {
                        return Err(refuse("OpSwitch on other than a 32-bit integer"));
                    }
                }
                Op::FunctionCall => {
                    let callee = reference(inst, 0);
                    if !self.functions.contains(&callee) {
                        return Err(refuse(format!("a call of %{callee}, which is no function")));
                    }
                }
                Op::AccessChain | Op::InBoundsAccessChain => self.access_chain(inst)?,
                Op::CompositeConstruct if inst.operands.is_empty() => {
                    return Err(refuse("OpCompositeConstruct of nothing"));
                }
                Op::CompositeInsert => self.composite_insert(inst)?,
                Op::GroupNonUniformQuadSwap => {
                    let direction = self.constants.get(&reference(inst, 2));
                    if direction.is_none_or(|&(n, _)| n > 2) {
                        return Err(refuse("OpGroupNonUniformQuadSwap in no direction"));
                    }
                }
                Op::ExtInst => {
                    let result = inst.result_type.and_then(|ty| self.kind(ty));
                    if result.is_some_and(|kind| kind != Kind::Numeric && kind != Kind::Struct) {
                        return Err(refuse("OpExtInst of other than numbers"));
                    }
                }
                _ if is_atomic(op) => self.atomic(inst)?,
                _ if is_image(op) => {
                    return Err(refuse(format!("Op{op:?}: textures are not supported")));
                }
                _ if takes_numbers(op) => self.numbers(inst)?,
                _ => {}
            }
            known.extend(inst.result_id);
        }
        Ok(())
    }

    /// naga writes out all parts of what a part is inserted into.
    fn composite_insert(&self, inst: &Instruction) -> Result<(), Error> {
        let mut ty = inst.result_type.unwrap_or(0);
        for n in 2..inst.operands.len() {
            let index = literal(inst, n).unwrap_or(u64::MAX);
            let Some(&Type { kind, count, .. }) = self.types.get(&ty) else {
                return Err(refuse("OpCompositeInsert into no composite"));
            };
            if let Kind::Array { open_length: true } = kind {
                let what = "OpCompositeInsert into an array whose length may be specialised";
                return Err(refuse(what));
            }
            if index >= count || count > INSERT_MAX {
                return Err(refuse(format!(
                    "OpCompositeInsert at {index} of {count}, at most {INSERT_MAX}"
                )));
            }
            let parts = self.parts.get(&ty).map(Vec::as_slice).unwrap_or_default();
            let part = match kind {
                Kind::Struct => parts.get(index as usize),
                Kind::Numeric
                | Kind::Array { .. }
                | Kind::RuntimeArray
                | Kind::Pointer(_)
                | Kind::Other => parts.first(),
            };
            ty = part.copied().unwrap_or(0);
        }
        Ok(())
    }

    /// An access chain must point to what it says; notes whether it goes through arrays and structs
    /// only.
    fn access_chain(&mut self, inst: &Instruction) -> Result<(), Error> {
        let id = inst.result_id.unwrap_or(0);
        let base = reference(inst, 0);
        let (Some(Kind::Pointer(mut ty)), Some(Kind::Pointer(pointee))) =
            (self.value_kind(base), self.value_kind(id))
        else {
            return Err(refuse(format!("%{id} is an access chain without pointers")));
        };
        let mut aggregates = self.chains.get(&base).copied().unwrap_or(true);
        for index in inst.operands.iter().skip(1) {
            let parts = self.parts.get(&ty).map(Vec::as_slice).unwrap_or_default();
            let kind = self.kind(ty);
            aggregates &= kind != Some(Kind::Numeric);
            let member = index.id_ref_any().and_then(|id| self.constants.get(&id));
            let part = match kind {
                Some(Kind::Struct) => member.and_then(|&(n, _)| parts.get(n as usize)),
                _ => parts.first(),
            };
            let part = part.ok_or_else(|| refuse(format!("%{id} goes into what has no parts")))?;
            ty = *part;
        }
        if ty != pointee {
            return Err(refuse(format!(
                "%{id} points to %{ty}, its type to %{pointee}"
            )));
        }
        self.chains.insert(id, aggregates);
        Ok(())
    }

    /// naga follows the pointer of an atomic operation through arrays and structs only.
    fn atomic(&self, inst: &Instruction) -> Result<(), Error> {
        let op = inst.class.opcode;
        let pointer = reference(inst, 0);
        let pointee = match self.value_kind(pointer) {
            Some(Kind::Pointer(pointee)) => self.types.get(&pointee),
            _ => return Err(refuse(format!("Op{op:?} on what is no pointer"))),
        };
        if pointee.is_none_or(|ty| ty.kind != Kind::Numeric || ty.width < 32) {
            return Err(refuse(format!(
                "Op{op:?} on other than a 32- or 64-bit scalar"
            )));
        }
        match self.chains.get(&pointer) {
            Some(false) => Err(refuse(format!("Op{op:?} on a vector's component"))),
            _ => Ok(()),
        }
    }

    /// Operands and result are numbers, truth values, or vectors and matrices of them.
    fn numbers(&self, inst: &Instruction) -> Result<(), Error> {
        let op = inst.class.opcode;
        let result = inst.result_type.and_then(|ty| self.kind(ty));
        let operands = inst.operands.iter().filter_map(Operand::id_ref_any);
        let mut kinds = operands.filter_map(|id| self.value_kind(id)).chain(result);
        match kinds.all(|kind| kind == Kind::Numeric) {
            true => Ok(()),
            false => Err(refuse(format!("Op{op:?} on other than numbers"))),
        }
    }
}

/// Control flow of a function.
struct Flow {
    /// Labels that control can come to.
    reachable: HashSet<Word>,
}

impl Flow {
    /// Reads the blocks; all targets must be blocks, and where paths join must be a place that a
    /// merge instruction announces.
    fn new(body: &[&Instruction]) -> Result<Flow, Error> {
        let mut blocks: HashMap<Word, Vec<Word>> = HashMap::new();
        // Merge blocks, continue targets, loop headers and cases: several paths may lead there.
        let mut joins: HashSet<Word> = HashSet::new();
        // Merge blocks and continue targets announced so far; blocks that have their place in the
        // structure; loop headers with their merge blocks.
        let mut announced: HashSet<Word> = HashSet::new();
        let mut placed: HashSet<Word> = HashSet::new();
        let mut loops: HashMap<Word, Word> = HashMap::new();
        let mut closed: HashSet<Word> = HashSet::new();
        // Of blocks in a loop's continue part, outside of selections there: the loop's header.
        let mut continuing: HashMap<Word, Word> = HashMap::new();
        let (mut entry, mut current, mut constructs) = (None, 0, 0);
        for inst in body {
            let id = |n| reference(inst, n);
            let targets = match inst.class.opcode {
                Op::Label => {
                    current = inst.result_id.unwrap_or(0);
                    entry = entry.or(Some(current));
                    // One that stands before what leads to it has no place that naga could find.
                    placed.insert(current);
                    blocks.insert(current, Vec::new());
                    continue;
                }
                Op::SelectionMerge => {
                    constructs += 1;
                    joins.insert(id(0));
                    announced.insert(id(0));
                    placed.insert(id(0));
                    if let Some(&header) = continuing.get(&current) {
                        continuing.insert(id(0), header);
                    }
                    continue;
                }
                Op::LoopMerge => {
                    constructs += 1;
                    joins.extend([id(0), id(1), current]);
                    announced.extend([id(0), id(1)]);
                    placed.extend([id(0), id(1), current]);
                    loops.insert(current, id(0));
                    if let Some(&header) = continuing.get(&current) {
                        continuing.insert(id(0), header);
                    }
                    continuing.insert(id(1), current);
                    continue;
                }
                Op::Branch => {
                    if let (Some(&header), false) =
                        (continuing.get(&current), announced.contains(&id(0)))
                    {
                        continuing.entry(id(0)).or_insert(header);
                    }
                    vec![id(0)]
                }
                Op::BranchConditional if id(1) == id(2) => vec![id(1)],
                Op::BranchConditional => {
                    for (target, other) in [(id(1), id(2)), (id(2), id(1))] {
                        // Back to the header from the end of the loop: the other way leaves it.
                        let back = loops.get(&target) == Some(&other)
                            && continuing.get(&current) == Some(&target)
                            && closed.insert(target);
                        if !announced.contains(&target) && !placed.insert(target) && !back {
                            return Err(refuse(format!(
                                "%{target}: control flow is not structured"
                            )));
                        }
                    }
                    vec![id(1), id(2)]
                }
                Op::Switch => {
                    let targets = inst.operands.iter().skip(1);
                    let targets: Vec<Word> = targets
                        .filter_map(|operand| match *operand {
                            Operand::IdRef(target) => Some(target),
                            _ => None,
                        })
                        .collect();
                    joins.extend(&targets);
                    targets
                }
                _ => continue,
            };
            placed.extend(&targets);
            if let Some(block) = blocks.get_mut(&current) {
                block.extend(targets);
            }
        }
        if constructs > CONSTRUCTS_MAX {
            return Err(refuse(format!(
                "{constructs} selections and loops in one function, at most {CONSTRUCTS_MAX}"
            )));
        }
        let mut arrivals: HashMap<Word, u32> = HashMap::new();
        for &target in blocks.values().flatten().chain(&joins) {
            if !blocks.contains_key(&target) {
                return Err(refuse(format!(
                    "%{target} is branched to, and no block here"
                )));
            }
        }
        for &target in blocks.values().flatten() {
            *arrivals.entry(target).or_default() += 1;
        }
        for (label, count) in arrivals {
            if count > 1 && !joins.contains(&label) || Some(label) == entry {
                return Err(refuse(format!("%{label}: control flow is not structured")));
            }
        }
        let mut reachable = HashSet::new();
        let mut pending: Vec<Word> = entry.into_iter().collect();
        while let Some(label) = pending.pop() {
            if reachable.insert(label) {
                pending.extend(blocks.get(&label).into_iter().flatten());
            }
        }
        Ok(Flow { reachable })
    }
}

/// An operand that is an identifier; 0, which is none, if it is not.
fn reference(inst: &Instruction, n: usize) -> Word {
    let operand = inst.operands.get(n);
    operand.and_then(Operand::id_ref_any).unwrap_or(0)
}

fn literal(inst: &Instruction, n: usize) -> Option<u64> {
    match *inst.operands.get(n)? {
        Operand::LiteralBit32(value) => Some(value as u64),
        Operand::LiteralBit64(value) => Some(value),
        _ => None,
    }
}

fn is_atomic(op: Op) -> bool {
    (Op::AtomicLoad as u32..=Op::AtomicXor as u32).contains(&(op as u32))
        || matches!(
            op,
            Op::AtomicFAddEXT | Op::AtomicFMinEXT | Op::AtomicFMaxEXT
        )
}

fn is_image(op: Op) -> bool {
    (Op::SampledImage as u32..=Op::ImageQuerySamples as u32).contains(&(op as u32))
        || (Op::ImageSparseSampleImplicitLod as u32..=Op::ImageSparseRead as u32)
            .contains(&(op as u32))
        || op == Op::ImageTexelPointer
}

/// Conversions, arithmetic, bit operations, logic and comparisons.
fn takes_numbers(op: Op) -> bool {
    let op = op as u32;
    (Op::ConvertFToU as u32..=Op::QuantizeToF16 as u32).contains(&op)
        || (Op::SNegate as u32..=Op::SMulExtended as u32).contains(&op)
        || (Op::Any as u32..=Op::LogicalNot as u32).contains(&op)
        || (Op::IEqual as u32..=Op::FUnordGreaterThanEqual as u32).contains(&op)
        || (Op::ShiftRightLogical as u32..=Op::BitCount as u32).contains(&op)
}
