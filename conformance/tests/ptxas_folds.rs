//! NVIDIA's assembler as a witness for the interpreter of PTX: what `ptxas` computes when it folds
//! constants must be what the interpreter computes.
//!
//! Each case is an instruction on constants. The interpreter runs it; then a kernel stores a mark
//! where the result is another, and `ptxas` translates it. Where it folds the instruction and
//! agrees, the store is gone. A store that stays without a condition is a difference; one that
//! stays under a condition was not folded, and is not judged. Of each instruction of [`FORMS`] at
//! least one case must be folded. What `ptxas` never folds is not there: divisions, `fma`, `prmt`,
//! and arithmetic of f16.
//!
//! `ptxas` and `nvdisasm` are looked up as `$PTXAS` and `$NVDISASM`, then on the path; without them
//! the tests are skipped by name.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use egpu_conformance::ptx::{Launch, Module, Regions};
use libtest_mimic::{Arguments, Failed, Trial};

const TARGET: &str = "sm_80";

/// Where results go in the interpreter's memory.
const OUT: u64 = 0x1_0000;

/// Bytes of a result.
const SLOT: usize = 8;

/// An operand's or result's type, as a letter of [`FORMS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `p`: a predicate, as a result.
    Pred,
    /// `h`, `i`, `l`: integers of 16, 32 and 64 bits.
    Int(u32),
    /// `e`, `f`, `g`: floats of 16, 32 and 64 bits.
    Float(u32),
    /// `v`: two f16.
    Halves,
    /// `s`: an amount of bits, also beyond every width.
    Amount,
    /// `n`: a word of selectors.
    Selector,
}

impl Kind {
    fn of(letter: char) -> Kind {
        match letter {
            'p' => Kind::Pred,
            'h' => Kind::Int(16),
            'i' => Kind::Int(32),
            'l' => Kind::Int(64),
            'e' => Kind::Float(16),
            'f' => Kind::Float(32),
            'g' => Kind::Float(64),
            'v' => Kind::Halves,
            's' => Kind::Amount,
            'n' => Kind::Selector,
            other => unreachable!("no kind `{other}`"),
        }
    }

    fn bits(self) -> u32 {
        match self {
            Kind::Int(bits) | Kind::Float(bits) => bits,
            Kind::Pred | Kind::Halves | Kind::Amount | Kind::Selector => 32,
        }
    }

    fn register(self, n: usize) -> String {
        match (self, self.bits()) {
            (Kind::Pred, _) => format!("%p{n}"),
            (_, 16) => format!("%h{n}"),
            (_, 64) => format!("%d{n}"),
            _ => format!("%r{n}"),
        }
    }

    /// The most telling first.
    fn values(self) -> Vec<u64> {
        let top = |bits: u32| 1u64 << (bits - 1);
        match self {
            Kind::Pred => vec![],
            Kind::Int(bits) => {
                let ones = u64::MAX >> (64 - bits);
                let mut values = vec![0, 1, ones, top(bits), top(bits) - 1, 7, ones - 6];
                values.extend([2, 0x80, 0xff, 0x1234, 0xabcd, 0x7f, 0x5555]);
                values.extend([top(bits) + 1, 0x1234_5678_9abc_def1 & ones]);
                if bits > 16 {
                    values.extend([0xffff, 0x8000, 0x1_0000, 0x89ab_cdef]);
                }
                values
            }
            Kind::Float(16) => {
                let tame = [0x3c00, 0xbc01, 0x4200, 0x5640, 0x3555, 0xb8ff];
                let edge = [0, 0x8000, 0x7e00, 0x7c00, 0xfc00, 1, 0x83ff, 0x0400, 0x7bff];
                [tame.as_slice(), edge.as_slice()].concat()
            }
            Kind::Float(32) => {
                let tame = [
                    1.0,
                    -1.5,
                    3.0,
                    0.1,
                    -7.75,
                    1e9,
                    -3e-9,
                    2147483648.0,
                    65519.5,
                ];
                let edge = [
                    0,
                    0x8000_0000,
                    0x7fc0_0000,
                    0x7f80_0000,
                    0xff80_0000,
                    1,
                    0x807f_ffff,
                    0x0080_0000,
                    0x7f7f_ffff,
                    0x5f80_0000,
                    0x4f7f_ffff,
                    0x3f80_0001,
                    0x3880_1000,
                ];
                let tame = tame.map(|x: f32| u64::from(x.to_bits()));
                [&tame[..5], &edge[..7], &tame[5..], &edge[7..]].concat()
            }
            Kind::Float(_) => {
                let tame = [
                    1.0,
                    -1.5,
                    3.0,
                    0.1,
                    -7.75,
                    1e18,
                    -3e-9,
                    4294967296.0,
                    65519.9,
                ];
                let edge = [
                    0,
                    top(64),
                    0x7ff8 << 48,
                    0x7ff0 << 48,
                    0xfff0 << 48,
                    1,
                    0x000f << 48,
                    0x0010 << 48,
                    0x7fef_ffff_ffff_ffff,
                    0x3ff0_0000_0000_0001,
                    0x36a0 << 48,
                ];
                let tame = tame.map(f64::to_bits);
                [&tame[..5], &edge[..6], &tame[5..], &edge[6..]].concat()
            }
            Kind::Halves => vec![
                0x3c00_bc01,
                0x4200_3555,
                0x7e00_0001,
                0x8000_7c00,
                0xfc00_7bff,
                0x0000_8000,
                0x0400_83ff,
                0x5640_b8ff,
            ],
            Kind::Amount => vec![0, 1, 8, 31, 32, 5, 63, 64, 40, 0xff, 0x100, 0x8000_0000],
            Kind::Selector => vec![0x3210, 0x9a37, 0x0123, 0xfedc, 0x4567, 0x8888],
        }
    }
}

/// Opcodes that take the same operands; the result and the operands as letters of [`Kind`].
#[rustfmt::skip]
const FORMS: &[(&str, &str)] = &[
    ("add.s16 sub.s16 mul.lo.s16 mul.hi.s16 mul.hi.u16 min.s16 min.u16 max.s16 max.u16", "hhh"),
    ("add.s32 sub.s32 mul.lo.s32 mul.hi.s32 mul.hi.u32 min.s32 min.u32 max.s32 max.u32", "iii"),
    ("add.s64 sub.s64 mul.lo.s64 mul.hi.s64 mul.hi.u64 min.s64 min.u64 max.s64 max.u64", "lll"),
    ("div.s32 div.u32 rem.s32 rem.u32", "iii"),
    ("mul.wide.s16 mul.wide.u16", "ihh"),
    ("mul.wide.s32 mul.wide.u32", "lii"),
    ("mad.lo.s16 mad.lo.u16", "hhhh"),
    ("mad.lo.s32", "iiii"),
    ("mad.wide.s16 mad.wide.u16", "ihhi"),
    ("mad.wide.s32 mad.wide.u32", "liil"),
    ("neg.s16 abs.s16 not.b16", "hh"),
    ("neg.s32 abs.s32 not.b32 popc.b32 clz.b32 brev.b32 bfind.u32 bfind.s32 bfind.shiftamt.u32 bfind.shiftamt.s32", "ii"),
    ("neg.s64 abs.s64 not.b64 brev.b64", "ll"),
    ("popc.b64 clz.b64 bfind.u64 bfind.s64 bfind.shiftamt.u64 bfind.shiftamt.s64", "il"),
    ("and.b16 or.b16 xor.b16", "hhh"),
    ("and.b32 or.b32 xor.b32", "iii"),
    ("and.b64 or.b64 xor.b64", "lll"),
    ("shl.b16 shr.u16 shr.s16", "hhs"),
    ("shl.b32 shr.u32 shr.s32", "iis"),
    ("shl.b64 shr.u64 shr.s64", "lls"),
    ("shf.l.wrap.b32 shf.r.wrap.b32 shf.l.clamp.b32 shf.r.clamp.b32", "iiis"),
    ("bfe.u32 bfe.s32", "iiss"),
    ("bfe.u64 bfe.s64", "llss"),
    ("bfi.b32", "iiiss"),
    ("bfi.b64", "lllss"),
    ("dp4a.u32.u32 dp4a.s32.s32", "iiii"),
    ("setp.eq.s16 setp.lt.s16 setp.lt.u16 setp.ge.s16 setp.ge.u16", "phh"),
    ("setp.eq.s32 setp.ne.s32 setp.lt.s32 setp.le.s32 setp.gt.s32 setp.ge.s32 setp.lt.u32 setp.ge.u32", "pii"),
    ("setp.eq.s64 setp.ne.s64 setp.lt.s64 setp.le.s64 setp.gt.u64 setp.ge.u64", "pll"),
    ("setp.eq.f16 setp.neu.f16 setp.lt.f16 setp.leu.f16 setp.nan.f16 setp.num.f16", "pee"),
    ("setp.eq.f32 setp.neu.f32 setp.ltu.f32 setp.nan.f32 setp.eq.ftz.f32 setp.ne.ftz.f32 setp.lt.ftz.f32 setp.le.ftz.f32 setp.gtu.ftz.f32 setp.geu.ftz.f32 setp.num.ftz.f32", "pff"),
    ("setp.eq.f64 setp.ne.f64 setp.lt.f64 setp.leu.f64 setp.gtu.f64 setp.ge.f64 setp.nan.f64", "pgg"),
    ("cvt.u8.u16 cvt.s8.s16 cvt.s8.u16 cvt.sat.u8.s16 cvt.sat.s8.s16", "hh"),
    ("cvt.u8.u32 cvt.s8.s32 cvt.u16.u32 cvt.s16.s32 cvt.sat.s8.s32 cvt.sat.u8.s32 cvt.sat.u16.s32 cvt.sat.s16.s32 cvt.sat.u32.s32", "ii"),
    ("cvt.u16.u32 cvt.s16.s32", "hi"),
    ("cvt.u32.u16 cvt.s32.s16 cvt.u32.u8 cvt.s32.s8", "ih"),
    ("cvt.u64.u32 cvt.s64.s32", "li"),
    ("cvt.u32.u64 cvt.sat.s32.s64 cvt.sat.u32.u64", "il"),
    ("cvt.rn.f32.s32 cvt.rn.f32.u32", "fi"),
    ("cvt.rn.f32.s16 cvt.rn.f32.u16", "fh"),
    ("cvt.rn.f16.s32 cvt.rn.f16.u32", "ei"),
    ("cvt.rn.f16.s16 cvt.rn.f16.u16", "eh"),
    ("cvt.rzi.s32.f32 cvt.rzi.u32.f32 cvt.rzi.ftz.s32.f32 cvt.rzi.ftz.u32.f32 cvt.rni.s32.f32", "if"),
    ("cvt.rzi.s64.f32 cvt.rzi.u64.f32 cvt.rzi.ftz.s64.f32 cvt.rzi.ftz.u64.f32", "lf"),
    ("cvt.rzi.u16.f32", "hf"),
    ("cvt.rzi.s32.f64 cvt.rzi.u32.f64", "ig"),
    ("cvt.rzi.s64.f64 cvt.rzi.u64.f64", "lg"),
    ("cvt.rzi.s32.f16 cvt.rzi.u32.f16", "ie"),
    ("cvt.rzi.u16.f16", "he"),
    ("cvt.rzi.s64.f16 cvt.rzi.u64.f16", "le"),
    ("cvt.rni.f32.f32 cvt.rzi.f32.f32 cvt.rmi.ftz.f32.f32 cvt.rpi.ftz.f32.f32 cvt.ftz.sat.f32.f32", "ff"),
    ("cvt.rni.f64.f64 cvt.rzi.f64.f64 cvt.rmi.f64.f64 cvt.rpi.f64.f64", "gg"),
    ("cvt.rn.f16.f32", "ef"),
    ("cvt.rn.f16.f64", "eg"),
    ("cvt.f32.f16", "fe"),
    ("cvt.f64.f16", "ge"),
    ("cvt.f64.f32", "gf"),
    ("cvt.rn.f32.f64", "fg"),
    ("cvt.rn.f16x2.f32", "vff"),
    ("add.f32 sub.f32 mul.f32 add.ftz.f32 sub.ftz.f32 mul.ftz.f32 min.f32 max.f32 min.ftz.f32 max.ftz.f32 add.ftz.sat.f32 mul.ftz.sat.f32", "fff"),
    ("neg.f32 abs.f32 neg.ftz.f32 abs.ftz.f32", "ff"),
    ("add.f64 sub.f64 mul.f64 min.f64 max.f64", "ggg"),
    ("neg.f64 abs.f64", "gg"),
    ("mul.f16 min.f16 max.f16", "eee"),
    ("neg.f16 abs.f16", "ee"),
    ("neg.f16x2 abs.f16x2", "vv"),
    ("rcp.approx.ftz.f32 sqrt.approx.ftz.f32 rsqrt.approx.ftz.f32 sin.approx.ftz.f32 cos.approx.ftz.f32 lg2.approx.ftz.f32 ex2.approx.ftz.f32", "ff"),
    ("div.approx.ftz.f32 div.full.ftz.f32", "fff"),
];

/// An opcode with its types.
struct Form {
    opcode: &'static str,
    result: Kind,
    operands: Vec<Kind>,
}

/// Operands of one case.
type Case = Vec<u64>;

impl Form {
    fn all() -> impl Iterator<Item = Form> {
        FORMS.iter().flat_map(|&(opcodes, kinds)| {
            opcodes.split(' ').map(move |opcode| {
                let mut kinds = kinds.chars().map(Kind::of);
                Form {
                    opcode,
                    result: kinds.next().expect("a result"),
                    operands: kinds.collect(),
                }
            })
        })
    }

    /// Every combination of the most telling values, fewer of each where there are more operands.
    fn cases(&self) -> Vec<Case> {
        let most = match self.operands.len() {
            1 | 2 => usize::MAX,
            3 => 8,
            _ => 6,
        };
        self.operands.iter().fold(vec![vec![]], |cases, kind| {
            let values = kind.values();
            let values = &values[..values.len().min(most)];
            let with = |case: &Case| {
                let case = case.clone();
                values
                    .iter()
                    .map(move |&value| [case.as_slice(), &[value]].concat())
            };
            cases.iter().flat_map(with).collect()
        })
    }

    /// The instruction on constants.
    fn compute(&self, case: &Case, text: &mut String) {
        let mut list = vec![self.result.register(0)];
        for (n, (kind, value)) in self.operands.iter().zip(case).enumerate() {
            let register = kind.register(n + 1);
            let _ = writeln!(text, "mov.b{} {register}, {value:#x};", kind.bits());
            list.push(register);
        }
        let _ = writeln!(text, "{} {};", self.opcode, list.join(", "));
    }
}

/// A kernel. It stores to a slot of its own in the end, so that the last case is one like the others.
fn entry(name: &str, body: &str, end: usize) -> String {
    format!(
        ".visible .entry {name}(.param .align 16 .b8 args[16])\n.reqntid 1, 1, 1\n{{\n\
         .reg .pred %p<4>;\n.reg .b16 %h<8>;\n.reg .b32 %r<8>;\n.reg .b64 %d<8>;\n\
         ld.param.u64 %d7, [args];\nmov.b32 %r7, 1;\n{body}\
         st.global.b32 [%d7+{}], %r7;\nret;\n}}\n",
        end * SLOT
    )
}

fn module(entries: &str) -> String {
    format!(".version 7.0\n.target {TARGET}\n.address_size 64\n{entries}")
}

/// What the interpreter computes.
fn interpreted(form: &Form, cases: &[Case]) -> Result<Vec<u64>, Failed> {
    let mut body = String::new();
    for (n, case) in cases.iter().enumerate() {
        form.compute(case, &mut body);
        let stored = match form.result {
            Kind::Pred => {
                body += "selp.b32 %r0, 1, 0, %p0;\n";
                Kind::Int(32)
            }
            other => other,
        };
        let (bits, register) = (stored.bits(), stored.register(0));
        let _ = writeln!(body, "st.global.b{bits} [%d7+{}], {register};", n * SLOT);
    }
    let module = Module::parse(&module(&entry("all", &body, cases.len())))?;
    let mut memory = Regions::default();
    memory.insert(OUT, vec![0; (cases.len() + 1) * SLOT]);
    let mut parameters = [0; 16];
    parameters[..8].copy_from_slice(&OUT.to_le_bytes());
    let launch = Launch {
        parameters: &parameters,
        ..Launch::new([1; 3])
    };
    module.entries[0].launch(&mut memory, &launch)?;
    let bytes = memory.remove(OUT).ok_or("the results are gone")?;
    let word = |slot: &[u8]| {
        slot.iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte))
    };
    Ok(bytes
        .chunks_exact(SLOT)
        .take(cases.len())
        .map(word)
        .collect())
}

/// How far off `.approx` may be, 2 ulp: `ptxas` multiplies by a reciprocal where it folds a division.
const APPROXIMATE: f32 = 1.0 / (1 << 22) as f32;

/// The instruction, and a mark for the case if the result is not the expected one. One NaN is as
/// good as another.
fn compared(form: &Form, n: usize, case: &Case, expected: u64, text: &mut String) {
    form.compute(case, text);
    let result = form.result.register(0);
    let is_approximate = form.opcode.contains(".approx") || form.opcode.contains(".full");
    let _ = match form.result {
        Kind::Pred if expected == 1 => writeln!(text, "not.pred %p1, %p0;"),
        Kind::Pred => writeln!(text, "mov.pred %p1, %p0;"),
        Kind::Float(bits) if is_nan(bits, expected) => {
            writeln!(text, "setp.num.f{bits} %p1, {result}, {result};")
        }
        Kind::Float(32) if is_approximate && f32::from_bits(expected as u32).is_normal() => {
            let expected = f32::from_bits(expected as u32);
            let bounds = [1.0 - APPROXIMATE, 1.0 + APPROXIMATE].map(|factor| expected * factor);
            let (low, high) = (bounds[0].min(bounds[1]), bounds[0].max(bounds[1]));
            let (low, high) = (low.to_bits(), high.to_bits());
            writeln!(
                text,
                "setp.ltu.f32 %p1, {result}, 0f{low:08x};\n\
                 setp.gtu.or.f32 %p1, {result}, 0f{high:08x}, %p1;"
            )
        }
        Kind::Int(_) | Kind::Float(_) | Kind::Halves | Kind::Amount | Kind::Selector => {
            let bits = form.result.bits();
            writeln!(text, "setp.ne.b{bits} %p1, {result}, {expected:#x};")
        }
    };
    let _ = writeln!(text, "@%p1 st.global.b32 [%d7+{}], %r7;", n * SLOT);
}

fn is_nan(bits: u32, value: u64) -> bool {
    match bits {
        16 => value & 0x7fff > 0x7c00,
        32 => f32::from_bits(value as u32).is_nan(),
        _ => f64::from_bits(value).is_nan(),
    }
}

struct Tools {
    ptxas: PathBuf,
    nvdisasm: PathBuf,
}

impl Tools {
    /// Machine code as text.
    fn machine_code(&self, text: &str, folder: &Path) -> Result<String, Failed> {
        let (source, object) = (folder.join("folds.ptx"), folder.join("folds.cubin"));
        std::fs::write(&source, text)?;
        let run = |command: &mut Command| -> Result<String, Failed> {
            let output = command.output()?;
            match output.status.success() {
                true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
                false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
            }
        };
        let arch = format!("-arch={TARGET}");
        run(Command::new(&self.ptxas)
            .arg(arch)
            .arg(&source)
            .arg("-o")
            .arg(&object))?;
        run(Command::new(&self.nvdisasm).arg("-c").arg(&object))
    }
}

/// What machine code does with the mark of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// Stores it: the result differs.
    Stored,
    /// Stores it if the result differs.
    Conditional,
}

/// What becomes of the marks of a kernel; the others are gone. `None` if there are jumps, behind
/// which a store has a condition that does not show.
fn marks(code: &str, cases: usize) -> Option<BTreeMap<usize, Mark>> {
    let jumps = |line: &str| line.contains('@') && (line.contains("BRA") || line.contains("EXIT"));
    if code.lines().any(jumps) {
        return None;
    }
    let store = |line: &str| {
        let (before, rest) = line.split_once("STG")?;
        let (_, offset) = rest.split_once("+0x").unwrap_or(("", "0]"));
        let slot = usize::from_str_radix(offset.split(']').next()?, 16).ok()? / SLOT;
        let mark = match before.contains('@') {
            true => Mark::Conditional,
            false => Mark::Stored,
        };
        Some((slot, mark))
    };
    let mut stores: BTreeMap<usize, Mark> = code.lines().filter_map(store).collect();
    // The base may have been moved: the last slot tells by how much.
    let (last, _) = stores.pop_last()?;
    Some(
        stores
            .into_iter()
            .map(|(slot, mark)| (slot + cases - last, mark))
            .collect(),
    )
}

fn agrees(form: &Form, tools: Option<&Tools>) -> Result<(), Failed> {
    let tools = tools.ok_or("no ptxas or no nvdisasm")?;
    let folder = tempfile::tempdir()?;
    let cases = form.cases();
    let expected = interpreted(form, &cases)?;
    let comparison = |n: usize| {
        let mut text = String::new();
        compared(form, n, &cases[n], expected[n], &mut text);
        text
    };
    let body: String = (0..cases.len()).map(comparison).collect();
    let code = tools.machine_code(&module(&entry("all", &body, cases.len())), folder.path())?;
    let marks = match marks(&code, cases.len()) {
        Some(marks) => marks,
        // A kernel for each case, then.
        None => {
            let each = |n: usize| entry(&format!("case_{n}"), &comparison(n), cases.len());
            let entries: String = (0..cases.len()).map(each).collect();
            let code = tools.machine_code(&module(&entries), folder.path())?;
            let functions = code.split(".section\t.text.").skip(1).enumerate();
            functions
                .flat_map(|(n, function)| match marks(function, cases.len()) {
                    Some(marks) => marks,
                    None => BTreeMap::from([(cases.len() + n, Mark::Conditional)]),
                })
                .collect()
        }
    };
    let differ = |(&n, &mark): (&usize, &Mark)| (mark == Mark::Stored).then_some(n);
    let differ: Vec<usize> = marks.iter().filter_map(differ).collect();
    if let Some(&first) = differ.first() {
        return Err(format!(
            "{} of {} cases differ, as this: of {:x?} ptxas makes something else than {:#x}",
            differ.len(),
            cases.len(),
            cases[first],
            expected[first]
        )
        .into());
    }
    match marks.len() < cases.len() {
        true => Ok(()),
        false => Err("no case is folded, and nothing judged".into()),
    }
}

/// Where a tool is, if it runs.
fn tool(variable: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map_or_else(|| name.into(), PathBuf::from);
    let output = Command::new(&path).arg("--version").output().ok()?;
    output.status.success().then_some(path)
}

fn main() {
    let arguments = Arguments::from_args();
    let (ptxas, nvdisasm) = (tool("PTXAS", "ptxas"), tool("NVDISASM", "nvdisasm"));
    for (found, name) in [
        (&ptxas, "ptxas ($PTXAS"),
        (&nvdisasm, "nvdisasm ($NVDISASM"),
    ] {
        if found.is_none() {
            println!("skipped: no {name}, or on the path)");
        }
    }
    let tools = ptxas
        .zip(nvdisasm)
        .map(|(ptxas, nvdisasm)| Tools { ptxas, nvdisasm });
    let tools: Option<&'static Tools> = tools.map(|tools| &*Box::leak(Box::new(tools)));
    let trials = Form::all()
        .map(|form| {
            let name = format!("{}, {} cases", form.opcode, form.cases().len());
            let test = move || agrees(&form, tools);
            Trial::test(name, test).with_ignored_flag(tools.is_none())
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}
