//! Programs: from code bytes to slots.
//!
//! A program is decoded once, along its control flow: from its entry over fall-through, branches
//! and calls with constant targets. Where a wave jumps to an address in a register that was not
//! foreseen, the address becomes another root and the program is decoded again with it. Nothing is
//! decoded that is not reachable, so data after the code does no harm, and an undecodable word
//! becomes a slot that reports it when it is executed.
//!
//! Promises: every register index in a slot lies within the wave's files; every slot that can fall
//! through has a successor; every branch target is a slot.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use rdna_isa::{Arch, Class, Packet};

use super::l2::L2;
use super::lanes::{Cpu, Run};
use super::memory::{Access, FaultKind, HostSpan, Memory, MemoryFault};
use super::operands::Builder;
use super::{control, select};

/// Bytes of code that one program may have; more is taken for a runaway jump into data.
const CODE_LIMIT: usize = 16 << 20;

/// One operation, ready to run. Sources are lines of the vector file, or with
/// [`scalar::FLAG`](super::wave::scalar::FLAG) dwords of the scalar file, which are the same for all lanes.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Slot {
    /// What executes it.
    pub run: Run,
    /// Destination: a line or a scalar index, as the operation has it.
    pub dst: u16,
    /// Second destination (carry, scale flag).
    pub dst2: u16,
    /// First source.
    pub a: u16,
    /// Second source.
    pub b: u16,
    /// Third source.
    pub c: u16,
    /// Modifiers, see [`Slot::neg`] and following.
    pub mods: u16,
    /// Literal, offset, wait count, or target slot of a branch.
    pub imm: u32,
    /// Index into one of the program's side tables.
    pub ext: u32,
}

impl Slot {
    /// A slot that does nothing, to start from.
    pub fn empty() -> Slot {
        Slot {
            run: control::nop,
            dst: 0,
            dst2: 0,
            a: 0,
            b: 0,
            c: 0,
            mods: 0,
            imm: 0,
            ext: 0,
        }
    }

    /// Negate source `i` (low half of packed sources).
    #[inline(always)]
    pub fn neg(&self, i: u32) -> bool {
        self.mods >> i & 1 != 0
    }

    /// Absolute value of source `i` (packed: negate the high half).
    #[inline(always)]
    pub fn abs(&self, i: u32) -> bool {
        self.mods >> (3 + i) & 1 != 0
    }

    /// Half select of source `i`, or of the destination for `i` = 3.
    #[inline(always)]
    pub fn sel(&self, i: u32) -> bool {
        self.mods >> (6 + i) & 1 != 0
    }

    /// Half select of source `i` for the high result.
    #[inline(always)]
    pub fn sel_hi(&self, i: u32) -> bool {
        self.mods >> (10 + i) & 1 != 0
    }

    /// Saturate.
    #[inline(always)]
    pub fn clamp(&self) -> bool {
        self.mods >> 13 & 1 != 0
    }

    /// Output multiplier.
    #[inline(always)]
    pub fn omod(&self) -> u32 {
        u32::from(self.mods >> 14)
    }
}

/// What is known of a slot besides how to run it.
#[derive(Clone, Debug)]
pub struct Meta {
    /// Virtual address.
    pub va: u64,
    /// Class for statistics; `None` for slots that no instruction stands for.
    pub class: Option<Class>,
    /// The instruction; `None` where nothing could be decoded.
    pub packet: Option<Packet>,
    /// Why there is none.
    pub why: String,
    /// The dwords.
    pub words: Vec<u32>,
}

/// A memory operation's fixed part.
pub use super::access::MemOp;

/// A DPP operation: lane permutation of the first source, then `inner`.
#[derive(Clone, Copy, Debug)]
pub struct DppOp {
    /// The operation on permuted lanes.
    pub inner: Slot,
    /// Control word and masks.
    pub dpp: rdna_isa::Dpp,
    /// DPP8 rather than DPP16.
    pub eight: bool,
    /// Dwords of the first source.
    pub dwords: u8,
    /// The operation leaves its result in EXEC.
    pub writes_exec: bool,
}

/// An operation that must be prepared before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Prepared {
    /// The operation.
    pub inner: Slot,
}

/// Both halves of a dual instruction.
#[derive(Clone, Copy, Debug)]
pub struct DualOp {
    /// X half.
    pub x: Slot,
    /// Y half.
    pub y: Slot,
    /// Y reads what X writes, so X's write must wait.
    pub overlap: bool,
}

/// A decoded program.
pub struct Program {
    /// Unique number.
    pub id: u64,
    /// First slot of the entry point.
    pub entry: u32,
    /// Slots for the plain float mode.
    pub slots: Vec<Slot>,
    /// Slots for any other mode; the same operations at the same indices.
    pub modal: Vec<Slot>,
    /// What is known of each.
    pub meta: Vec<Meta>,
    /// Memory operations.
    pub memory: Vec<MemOp>,
    /// DPP operations.
    pub dpp: Vec<DppOp>,
    /// Dual instructions.
    pub dual: Vec<DualOp>,
    /// Operations that name VCCZ or EXECZ.
    pub prepared: Vec<Prepared>,
    /// Constants behind the scalar file.
    pub constants: Vec<u32>,
    /// Vector registers that a wave needs.
    pub vgprs: usize,
    /// Slot of each decoded address.
    by_va: HashMap<u64, u32>,
    /// The code that was decoded, in runs.
    code: Vec<(u64, Vec<u8>)>,
    /// Where decoding started.
    roots: Vec<u64>,
}

/// How a program is to be prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Instruction set.
    pub arch: Arch,
    /// Vector registers of a wave.
    pub vgprs: usize,
    /// Keep slots for instructions that do nothing in fast mode (waits, hints).
    pub keep_idle: bool,
    /// SH_MEM_BASES, which decides the aperture constants.
    pub sh_mem_bases: u32,
    /// MODE.IEEE that waves start with.
    pub ieee: bool,
}

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Reads code through translation.
struct Fetcher<'a> {
    mem: &'a dyn Memory,
    l2: Option<&'a L2>,
    run: Option<(u64, HostSpan)>,
}

impl<'a> Fetcher<'a> {
    fn new(mem: &'a dyn Memory) -> Fetcher<'a> {
        Fetcher {
            mem,
            l2: mem.l2(),
            run: None,
        }
    }

    /// Instruction fetch goes through L2.
    fn word(&self, span: HostSpan, offset: u64) -> u32 {
        match self.l2 {
            Some(l2) if !span.uncached => {
                let mut word = [0; 4];
                let ptr = span.ptr.wrapping_add(offset as usize);
                let len = span.len - offset;
                l2.read(HostSpan { ptr, len, ..span }, &mut word);
                u32::from_le_bytes(word)
            }
            _ => span.read_u32(offset),
        }
    }

    fn dword(&mut self, va: u64) -> Result<u32, MemoryFault> {
        if !va.is_multiple_of(4) {
            return Err(MemoryFault {
                va,
                access: Access::Execute,
                kind: FaultKind::Unmapped,
            });
        }
        if let Some((start, span)) = self.run {
            if va >= start && va - start + 4 <= span.len {
                return Ok(self.word(span, va - start));
            }
        }
        let span = self.mem.translate(va, Access::Execute)?;
        if span.len < 4 {
            return Err(MemoryFault {
                va,
                access: Access::Execute,
                kind: FaultKind::Unmapped,
            });
        }
        self.run = Some((va, span));
        Ok(self.word(span, 0))
    }
}

/// One decoded instruction on its way into slots.
struct Found {
    len: u64,
    words: Vec<u32>,
    result: Result<Packet, String>,
}

impl Program {
    /// Decodes the program at `entry`, with `roots` as further places where waves were seen to go.
    pub fn decode(
        options: &Options,
        cpu: Cpu,
        mem: &dyn Memory,
        entry: u64,
        more: &[u64],
    ) -> Program {
        let mut roots = vec![entry];
        roots.extend_from_slice(more);
        let found = explore(options, mem, &roots);
        let mut b = Builder::new(options, cpu);
        let mut meta = Vec::new();
        let mut drafts: Vec<(Slot, Slot)> = Vec::new();
        let mut by_va = HashMap::new();
        let mut branches: Vec<(usize, u64)> = Vec::new();

        let mut iter = found.iter().peekable();
        while let Some((&va, f)) = iter.next() {
            let next = va + f.len;
            by_va.insert(va, drafts.len() as u32);
            let falls;
            let mut m = Meta {
                va,
                class: None,
                packet: None,
                why: String::new(),
                words: f.words.clone(),
            };
            let built = match &f.result {
                Ok(packet) => {
                    m.class = Some(class_of(packet));
                    m.packet = Some(packet.clone());
                    select::packet(&mut b, packet, va, next)
                }
                Err(why) => Err(why.clone()),
            };
            match built {
                Ok(built) => {
                    if let Some(target) = built.target {
                        branches.push((drafts.len(), target));
                    }
                    falls = built.falls;
                    if built.idle && !options.keep_idle {
                        // The next slot takes its place; there is one, or a jump is made below.
                    } else {
                        let second = built.second.map(|slots| {
                            let class = None;
                            (slots, Meta { class, ..m.clone() })
                        });
                        drafts.push((built.plain, built.modal));
                        meta.push(m);
                        if let Some((slots, m)) = second {
                            drafts.push(slots);
                            meta.push(m);
                        }
                    }
                }
                Err(why) => {
                    falls = false;
                    m.why = why;
                    let s = Slot {
                        run: control::illegal,
                        ..Slot::empty()
                    };
                    drafts.push((s, s));
                    meta.push(m);
                }
            }
            if falls && iter.peek().is_none_or(|(&v, _)| v != next) {
                // Overlapping decodings, or the end of what was explored.
                let s = Slot {
                    run: control::branch,
                    ..Slot::empty()
                };
                branches.push((drafts.len(), next));
                drafts.push((s, s));
                meta.push(Meta {
                    va: next,
                    class: None,
                    packet: None,
                    why: String::new(),
                    words: Vec::new(),
                });
            }
        }

        // Targets that were never explored (the code limit) report themselves.
        let outside = drafts.len() as u32;
        let s = Slot {
            run: control::illegal,
            ..Slot::empty()
        };
        drafts.push((s, s));
        meta.push(Meta {
            va: entry,
            class: None,
            packet: None,
            why: format!("the program is larger than {CODE_LIMIT} bytes"),
            words: Vec::new(),
        });
        for (at, target) in branches {
            let slot = by_va.get(&target).copied().unwrap_or(outside);
            drafts[at].0.imm = slot;
            drafts[at].1.imm = slot;
        }

        let (slots, modal) = drafts.into_iter().unzip();
        let entry_slot = by_va.get(&entry).copied().unwrap_or(outside);
        let built = b.finish();
        Program {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            entry: entry_slot,
            slots,
            modal,
            meta,
            memory: built.memory,
            dpp: built.dpp,
            dual: built.dual,
            prepared: built.prepared,
            constants: built.constants,
            vgprs: built.vgprs,
            by_va,
            code: runs(&found),
            roots,
        }
    }

    /// The slot of a decoded address.
    pub fn slot_at(&self, va: u64) -> Option<u32> {
        self.by_va.get(&va).copied()
    }

    /// Where decoding started besides the entry.
    pub fn roots(&self) -> &[u64] {
        &self.roots
    }

    /// Whether memory still holds the code that was decoded.
    pub fn matches(&self, mem: &dyn Memory) -> bool {
        let mut fetch = Fetcher::new(mem);
        self.code.iter().all(|(va, bytes)| {
            bytes.chunks_exact(4).enumerate().all(|(i, word)| {
                fetch
                    .dword(va + 4 * i as u64)
                    .is_ok_and(|w| w.to_le_bytes() == word)
            })
        })
    }
}

/// The class under which a packet is counted.
fn class_of(packet: &Packet) -> Class {
    match packet {
        Packet::One(inst) => inst.op.info().class,
        Packet::Dual { .. } => Class::Vopd,
    }
}

/// Decodes everything reachable.
fn explore(options: &Options, mem: &dyn Memory, roots: &[u64]) -> BTreeMap<u64, Found> {
    let mut fetch = Fetcher::new(mem);
    let mut found: BTreeMap<u64, Found> = BTreeMap::new();
    let mut work: Vec<u64> = roots.to_vec();
    let mut bytes = 0;
    while let Some(mut va) = work.pop() {
        while !found.contains_key(&va) && bytes < CODE_LIMIT {
            let f = decode_one(options, &mut fetch, va);
            bytes += f.len.max(4) as usize;
            let next = va.wrapping_add(f.len);
            let flow = match &f.result {
                Ok(Packet::One(inst)) => control::successors(inst, va, next),
                Ok(Packet::Dual { .. }) => control::Successors {
                    falls: true,
                    target: None,
                },
                Err(_) => control::Successors {
                    falls: false,
                    target: None,
                },
            };
            found.insert(va, f);
            work.extend(flow.target);
            if !flow.falls {
                break;
            }
            va = next;
        }
    }
    found
}

fn decode_one(options: &Options, fetch: &mut Fetcher, va: u64) -> Found {
    // The longest encoding is VOP3 with a literal or DPP word, or MUBUF of gfx12: three dwords.
    let mut words = Vec::with_capacity(4);
    let mut fault = None;
    for i in 0..4 {
        match fetch.dword(va.wrapping_add(4 * i)) {
            Ok(w) => words.push(w),
            Err(f) => {
                fault = Some(f);
                break;
            }
        }
    }
    if words.is_empty() {
        let why = fault.map_or(String::new(), |f| f.to_string());
        return Found {
            len: 4,
            words,
            result: Err(format!("instruction fetch: {why}")),
        };
    }
    match rdna_isa::decode(&words, options.arch.gen()) {
        Ok((packet, dwords)) => {
            words.truncate(dwords);
            Found {
                len: 4 * dwords as u64,
                words,
                result: Ok(packet),
            }
        }
        Err(e) => {
            words.truncate(2);
            Found {
                len: 4,
                words,
                result: Err(e.to_string()),
            }
        }
    }
}

/// Joins the decoded instructions' bytes into runs.
fn runs(found: &BTreeMap<u64, Found>) -> Vec<(u64, Vec<u8>)> {
    let mut out: Vec<(u64, Vec<u8>)> = Vec::new();
    for (&va, f) in found {
        for (i, w) in f.words.iter().enumerate() {
            let at = va + 4 * i as u64;
            match out.last_mut() {
                Some((start, bytes)) if *start + bytes.len() as u64 == at => {
                    bytes.extend_from_slice(&w.to_le_bytes());
                }
                Some((start, bytes)) if at < *start + bytes.len() as u64 => {}
                _ => out.push((at, w.to_le_bytes().to_vec())),
            }
        }
    }
    out
}
