//! AMD's pseudocode as a witness: each line of `text.txt` is an instruction, its operands and what
//! the text makes of them, evaluated by `text/generate.py`, which shares nothing with the engine.
//!
//! Where silicon is known to differ from the text, or the text leaves something open, the line is
//! named in [`DIFFERS`] with the reason, and must differ: an entry that no longer does is an error
//! too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;

use rdna_isa::{Arch, Gen, Inst, Mods, Op, Operand, Packet};
use virtual_card::shader::{CacheOps, Config, Dispatch, Engine, Strict};

use crate::harness::*;

const VECTORS: &str = include_str!("text.txt");
const LANES: usize = 32;

/// VCC that vector instructions start with, and EXEC that scalar ones do; generate.py has the same.
const VCC: u32 = 0xa5c3_5a3c;
const EXEC: u32 = 0xf0f0_c3a5;

/// Dwords that a run leaves for each lane: four of D0, then mask or SCC, EXEC, and what the lane has
/// in both blocks of local memory.
const OUT: usize = 14;
const BLOCKS: [usize; 2] = [6, 10];

/// Bytes of a block of local memory, of which each lane has 16; an instruction's offset
/// leads to the second, some to the third as well. text/local.py has the same.
const BLOCK: usize = 512;

/// Instructions (a prefix of the name) that do not do what the text says, and why. Names of tests are
/// those of `hardware.txt`.
const DIFFERS: &[(&str, &str)] = &[
    (
        "v_rndne_",
        "floor(x + 0.5) loses the sign of -0 and of what rounds to it; silicon keeps it",
    ),
    ("s_rndne_", "as v_rndne"),
    (
        "v_frexp_exp_",
        "the exponent field says nothing of zeros and denormals: 0 for a zero, else that of the \
         number, as LLVM folds the instruction",
    ),
    (
        "v_cvt_pk_u8_f32",
        "how f32_to_u8 rounds is nowhere defined; to nearest here",
    ),
    (
        "ds_min_f",
        "gfx11's text is a comparison that keeps memory's NaN; the number wins, as LLVM relies on \
         when it makes atomicrmw fmin of it",
    ),
    ("ds_min_rtn_f", "as ds_min_f"),
    ("ds_max_f", "as ds_min_f"),
    ("ds_max_rtn_f", "as ds_min_f"),
    ("ds_condxchg32_rtn_b64", "not modelled"),
    ("v_cvt_f32_fp8", "not modelled: it selects a byte"),
    ("v_cvt_f32_bf8", "not modelled: it selects a byte"),
    (
        "v_div_fixup_f",
        "silicon takes a NaN estimate for one that overflowed (div_fixup_f32_nan_estimate_overflow)",
    ),
    (
        "v_div_fmas_",
        "silicon scales by the third source's exponent (div_fmas_f32_scale_up, _down)",
    ),
    (
        "v_div_scale_",
        "silicon sets the flag where a zero or a tiny numerator is met, and scales only the \
         operand that is asked for (div_scale_f32_tiny_numer_exp_le_23, _f64_zero_denom_sets_vcc)",
    ),
];

/// A result.
enum Want {
    /// These dwords.
    Bits(Vec<u32>),
    /// Two halves of a dword or of two, where a NaN may be any.
    Halves(Vec<u32>),
    /// Any NaN.
    Nan,
}

struct Line<'a> {
    /// Generation, name and mode.
    key: String,
    name: &'a str,
    arch: Arch,
    vector: bool,
    /// Of local memory.
    local: bool,
    /// Scalar 16-bit results: the text leaves the upper half open.
    half: bool,
    code: Vec<u32>,
    mode: u32,
    sources: Vec<&'a str>,
    ulps: u32,
    /// Each lane's D0.
    d: Vec<Want>,
    /// Each lane's memory, where it was written.
    blocks: [Vec<Want>; 2],
    mask: Option<u32>,
    scc: Option<u32>,
    exec: Vec<u32>,
}

impl Line<'_> {
    /// Whether lanes exchange data, and touch no memory.
    fn permutes(&self) -> bool {
        self.name.contains("permute")
    }

    /// Tables of what both blocks of local memory start as, where the instruction is one of memory.
    fn memory(&self) -> Option<[&str; 2]> {
        (self.local && !self.permutes()).then(|| [self.sources[0], "quad3"])
    }
}

/// A hexadecimal number of up to 128 bits as dwords.
fn dwords(text: &str, n: usize) -> Vec<u32> {
    let v = u128::from_str_radix(text, 16).unwrap();
    (0..n).map(|i| (v >> (32 * i)) as u32).collect()
}

/// Lanes' results, as wide as the widest is written.
fn wanted(list: &str) -> Vec<Want> {
    let digits = list
        .split(',')
        .map(|v| v.trim_end_matches(['n', 'h']).len());
    let longest = digits.max().unwrap_or(0).div_ceil(8).max(1);
    list.split(',')
        .map(|v| match v.strip_suffix('h') {
            _ if v == "n" => Want::Nan,
            Some(halves) => Want::Halves(dwords(halves, longest)),
            None => Want::Bits(dwords(v, longest)),
        })
        .collect()
}

fn parse<'a>(line: &'a str) -> Line<'a> {
    let parts: Vec<&str> = line.split(' ').collect();
    let bytes = parts[2];
    let code = (0..bytes.len() / 8)
        .map(|i| {
            u32::from_str_radix(&bytes[8 * i..8 * i + 8], 16)
                .unwrap()
                .swap_bytes()
        })
        .collect();
    let field = |name: &str| parts[5..].iter().find_map(|p| p.strip_prefix(name));
    let hex = |v: &str| u32::from_str_radix(v, 16).unwrap();
    let results = |name: &str| field(name).map_or(Vec::new(), wanted);
    let ieee = parts[3].ends_with('i');
    Line {
        key: format!("{} {} {}", parts[0], parts[1], parts[3]),
        name: parts[1],
        arch: if parts[0] == "gfx11" {
            Arch::Gfx1100
        } else {
            Arch::Gfx1201
        },
        vector: parts[1].starts_with("v_") || parts[1].starts_with("ds_"),
        local: parts[1].starts_with("ds_"),
        half: parts[1].starts_with("s_") && parts[1].ends_with("_f16")
            || parts[1].starts_with("s_cvt_f16"),
        code,
        mode: hex(parts[3].trim_end_matches('i')) | u32::from(ieee) << 9,
        sources: parts[4].split(',').filter(|s| *s != "-").collect(),
        ulps: field("u=").map_or(0, hex),
        d: results("d="),
        blocks: [results("m="), results("w=")],
        mask: field("mask=").map(hex),
        scc: field("scc=").map(hex),
        exec: field("exec=").map_or(Vec::new(), |v| v.split(',').map(hex).collect()),
    }
}

fn mov(dst: Operand, src: Operand) -> Inst {
    Inst::new(Op::S_MOV_B32, &[dst, src])
}

fn at(op: Op, operands: &[Operand], offset: usize) -> Inst {
    Inst::with(
        op,
        operands,
        Mods {
            offset: offset as i32,
            ..Mods::default()
        },
    )
}

/// Moves each lane's bytes of blocks of local memory from or to registers; v15 is their address.
fn local_memory(op: Op, blocks: &[(u8, usize)]) -> Vec<Inst> {
    use Operand as O;
    let (address, store) = (O::v(15), op == Op::DS_STORE_B128);
    let mut insts = vec![Inst::new(
        Op::V_LSHRREV_B32,
        &[address, O::int(2), O::v(30)],
    )];
    for &(register, block) in blocks {
        let data = O::v(register);
        let operands = if store {
            [address, data]
        } else {
            [data, address]
        };
        insts.push(at(op, &operands, BLOCK * block));
    }
    insts.push(Inst::new(Op::S_WAIT_IDLE, &[]));
    insts
}

/// Each lane's sources are 16 dwords of the input (four for each of S0, S1, S2 and D0), its results
/// [`OUT`] dwords. Vector instructions run once over all lanes; scalar ones once a workgroup, whose
/// number stands for the lane.
fn program(line: &Line, gen: Gen) -> Vec<u32> {
    use Operand as O;
    let mut insts = Vec::new();
    let places = [(0, 0, 2), (2, 4, 2), (4, 8, 4), (8, 12, 4)];
    if line.vector {
        // s[0:1] input, s[2:3] output; v0 is the lane.
        insts.push(Inst::new(
            Op::V_LSHLREV_B32,
            &[O::v(30), O::int(6), O::v(0)],
        ));
        insts.push(Inst::new(
            Op::V_MUL_U32_U24,
            &[O::v(31), O::int(4 * OUT as i32), O::v(0)],
        ));
        let memory = line.local.then_some((16, 0, 4));
        for (register, from, n) in places.into_iter().chain(memory) {
            for i in 0..n {
                let operands = [O::v(register + i), O::v(30), O::s(0)];
                insts.push(at(Op::GLOBAL_LOAD_B32, &operands, 4 * (from + i) as usize));
            }
        }
        insts.push(Inst::new(Op::S_WAIT_IDLE, &[]));
        insts.push(mov(O::VCC, O::Literal(VCC)));
        insts.push(mov(O::s(10), O::int(0)));
        if line.local {
            insts.extend(local_memory(Op::DS_STORE_B128, &[(16, 1), (8, 2)]));
            if line.permutes() {
                insts.push(mov(O::EXEC, O::Literal(EXEC)));
            }
        }
    } else {
        // The workgroup's number is in s4 on gfx11, in ttmp9 on gfx12.
        let group = if gen == Gen::Gfx11 {
            O::s(4)
        } else {
            O::s(117)
        };
        for (i, from) in [(90u8, 0u8), (91, 1), (92, 2), (93, 3)] {
            insts.push(mov(O::s(i), O::s(from)));
        }
        insts.push(mov(O::s(94), group));
        insts.push(Inst::new(Op::S_LSHL_B32, &[O::s(95), O::s(94), O::int(6)]));
        insts.push(Inst::new(Op::S_ADD_U32, &[O::s(90), O::s(90), O::s(95)]));
        insts.push(Inst::new(Op::S_ADDC_U32, &[O::s(91), O::s(91), O::int(0)]));
        insts.push(Inst::new(
            Op::S_MUL_I32,
            &[O::s(95), O::s(94), O::int(4 * OUT as i32)],
        ));
        insts.push(Inst::new(Op::S_ADD_U32, &[O::s(92), O::s(92), O::s(95)]));
        insts.push(Inst::new(Op::S_ADDC_U32, &[O::s(93), O::s(93), O::int(0)]));
        insts.push(Inst::new(Op::S_LOAD_B512, &[O::s(64), O::s(90), O::Off]));
        insts.push(Inst::new(Op::S_WAIT_IDLE, &[]));
        for (register, from, n) in places {
            for i in 0..n {
                insts.push(mov(O::s(register + i), O::s(64 + from + i)));
            }
        }
        insts.push(mov(O::EXEC, O::Literal(EXEC)));
        // SCC is the lane's parity.
        insts.push(Inst::new(Op::S_BITCMP1_B32, &[O::s(94), O::int(0)]));
    }
    let mut code = Vec::new();
    for i in &insts {
        rdna_isa::encode(&Packet::One(i.clone()), gen, &mut code).unwrap();
    }
    code.extend(&line.code);
    let mut insts = Vec::new();
    let mut address = O::v(31);
    let mut base = O::s(2);
    if line.vector {
        insts.push(mov(O::s(11), O::EXEC));
        insts.push(mov(O::s(12), O::VCC));
        insts.push(mov(O::EXEC, O::int(-1)));
        for (v, s) in [(12, 10), (13, 11), (14, 12)] {
            insts.push(Inst::new(Op::V_MOV_B32, &[O::v(v), O::s(s)]));
        }
        if line.local {
            insts.push(Inst::new(Op::S_WAIT_IDLE, &[]));
            insts.extend(local_memory(Op::DS_LOAD_B128, &[(16, 1), (20, 2)]));
            for (k, from) in [16u8, 20].into_iter().enumerate() {
                for i in 0..4u8 {
                    let operands = [address, O::v(from + i), base];
                    let offset = 4 * (BLOCKS[k] + usize::from(i));
                    insts.push(at(Op::GLOBAL_STORE_B32, &operands, offset));
                }
            }
        }
        // Whichever mask the instruction wrote; the third is for those that write VCC.
        let div_scale = line.name.contains("div_scale");
        insts.push(at(
            Op::GLOBAL_STORE_B32,
            &[address, O::v(if div_scale { 14 } else { 12 }), base],
            16,
        ));
        insts.push(at(Op::GLOBAL_STORE_B32, &[address, O::v(13), base], 20));
    } else {
        insts.push(Inst::new(
            Op::S_CSELECT_B32,
            &[O::s(95), O::int(1), O::int(0)],
        ));
        insts.push(mov(O::s(96), O::EXEC));
        insts.push(mov(O::EXEC, O::int(1)));
        address = O::v(1);
        base = O::s(92);
        insts.push(Inst::new(Op::V_MOV_B32, &[address, O::int(0)]));
        for (v, s) in [(8, 8), (9, 9), (10, 10), (11, 11), (12, 95), (13, 96)] {
            insts.push(Inst::new(Op::V_MOV_B32, &[O::v(v), O::s(s)]));
        }
        for i in [4u8, 5] {
            let operands = [address, O::v(8 + i), base];
            insts.push(at(Op::GLOBAL_STORE_B32, &operands, 4 * usize::from(i)));
        }
    }
    for i in 0..4u8 {
        let operands = [address, O::v(8 + i), base];
        insts.push(at(Op::GLOBAL_STORE_B32, &operands, 4 * usize::from(i)));
    }
    insts.push(Inst::new(Op::S_ENDPGM, &[]));
    for i in &insts {
        rdna_isa::encode(&Packet::One(i.clone()), gen, &mut code).unwrap();
    }
    code
}

type Tables<'a> = BTreeMap<&'a str, Vec<Vec<u32>>>;

/// What lanes hold after the instruction, [`OUT`] dwords each.
fn execute(line: &Line, tables: &Tables, engine: &Engine) -> Result<Vec<u32>, String> {
    let mut mem = Flat::new();
    let gen = line.arch.gen();
    let code = mem.alloc_with(&bytes32(&program(line, gen)));
    let start = if line.name.contains("div_scale") {
        line.sources[0]
    } else {
        "quad3"
    };
    let mut input = vec![0u32; 16 * LANES];
    let sources = line.sources.iter().enumerate().map(|(i, t)| (4 * i, *t));
    for (at, table) in sources.chain([(12, start)]) {
        for (lane, value) in tables[table].iter().enumerate() {
            input[16 * lane + at..16 * lane + at + 4].copy_from_slice(value);
        }
    }
    let input = mem.alloc_with(&bytes32(&input));
    let out = mem.alloc(4 * OUT * LANES);
    let mut user_data = [0; 16];
    for (i, block) in [input, out].into_iter().enumerate() {
        user_data[2 * i] = block.va as u32;
        user_data[2 * i + 1] = (block.va >> 32) as u32;
    }
    let threads = [if line.vector { LANES as u32 } else { 1 }, 1, 1];
    let d = Dispatch {
        arch: line.arch,
        code: code.va,
        // 64 registers, float mode, DX10_CLAMP, IEEE.
        rsrc1: 7 | (line.mode & 0xff) << 12 | 1 << 21 | (line.mode >> 9 & 1) << 23,
        // Local memory in units of 512 bytes: three blocks.
        rsrc2: 4 << 1 | 1 << 7 | 3 << 15,
        rsrc3: 0,
        user_data,
        groups: [if line.vector { 1 } else { LANES as u32 }, 1, 1],
        start: [0; 3],
        threads,
        partial: threads,
        wave32: true,
        scratch_base: 0,
        tmpring_size: 0,
        sh_mem_bases: 0x0002_0001,
        shader_engines: 1,
        compute_units: 1,
        vmid: 0,
    };
    // The last line's memory had the same addresses: a strict card's caches still hold it.
    engine.cache_control(CacheOps::all(), &mem);
    engine
        .run(&d, &mem, &AtomicBool::new(false))
        .map_err(|e| e.to_string())?;
    Ok(mem.u32s(out))
}

fn is_nan(words: &[u32]) -> bool {
    match words {
        [w] => f32::from_bits(*w).is_nan(),
        [lo, hi, ..] => f64::from_bits(u64::from(*lo) | u64::from(*hi) << 32).is_nan(),
        [] => false,
    }
}

/// Whether a float result is as close as hardware must be.
fn near(got: &[u32], want: &[u32], ulps: u32) -> bool {
    let wide = |w: &[u32]| w.iter().rev().fold(0u64, |v, &w| v << 32 | u64::from(w));
    got == want || want.len() <= 2 && wide(got).abs_diff(wide(want)) <= u64::from(ulps)
}

/// Compares a lane's result with the text.
fn same(line: &Line, want: &Want, got: &[u32]) -> Result<(), String> {
    let same = match want {
        Want::Bits(want) => {
            let got = &got[..want.len()];
            near(got, want, line.ulps) || line.half && got[0] as u16 == want[0] as u16
        }
        Want::Halves(want) => match (want.as_slice(), got) {
            (&[want], &[got, ..]) => {
                let half = |at: u32| {
                    let (g, w) = ((got >> at) as u16, (want >> at) as u16);
                    g == w || g & 0x7fff > 0x7c00 && w & 0x7fff > 0x7c00
                };
                half(0) && (half(16) || line.half)
            }
            _ => want
                .iter()
                .zip(got)
                .all(|(&w, &g)| w == g || f32::from_bits(w).is_nan() && f32::from_bits(g).is_nan()),
        },
        Want::Nan => is_nan(&got[..1]) || is_nan(&got[..2]),
    };
    if same {
        return Ok(());
    }
    Err(match want {
        Want::Bits(want) | Want::Halves(want) => format!("{got:x?}, the text has {want:x?}"),
        Want::Nan => format!("{got:x?}, the text has a NaN"),
    })
}

/// Compares lanes with the text; the first difference.
fn compare(line: &Line, tables: &Tables, got: &[u32]) -> Result<(), String> {
    for lane in 0..LANES {
        let words = &got[OUT * lane..OUT * (lane + 1)];
        if let Some(want) = line.d.get(lane) {
            same(line, want, &words[..4]).map_err(|e| format!("lane {lane}: {e}"))?;
        }
        for (k, start) in line.memory().into_iter().flatten().enumerate() {
            let got = &words[BLOCKS[k]..BLOCKS[k] + 4];
            let mut written = 0;
            if let Some(want) = line.blocks[k].get(lane) {
                same(line, want, got).map_err(|e| format!("lane {lane}: memory {e}"))?;
                written = match want {
                    Want::Bits(w) | Want::Halves(w) => w.len(),
                    Want::Nan => 2,
                };
            }
            if got[written..] != tables[start][lane][written..] {
                return Err(format!("lane {lane}: wrote more: {got:x?}"));
            }
        }
        if let Some(scc) = line.scc {
            if words[4] != scc >> lane & 1 {
                return Err(format!("lane {lane}: SCC {}", words[4]));
            }
        }
        if let Some(&exec) = line.exec.get(lane) {
            if words[5] != exec {
                return Err(format!(
                    "lane {lane}: EXEC {:#x}, the text has {exec:#x}",
                    words[5]
                ));
            }
        }
    }
    if let Some(mask) = line.mask {
        let at = if line.name.contains("cmpx") { 5 } else { 4 };
        if got[at] != mask {
            return Err(format!("mask {:#x}, the text has {mask:#x}", got[at]));
        }
    }
    Ok(())
}

/// Operands of a line's lane, for a message.
fn operands(line: &Line, tables: &Tables, message: &str) -> String {
    let lane = message
        .strip_prefix("lane ")
        .and_then(|m| m.split(':').next()?.parse::<usize>().ok());
    let Some(lane) = lane else {
        return String::new();
    };
    line.sources
        .iter()
        .map(|t| format!(" {:x?}", tables[t][lane]))
        .collect()
}

fn check(engine: &Engine) {
    let mut tables = Tables::new();
    let (mut failed, mut met) = (Vec::new(), BTreeSet::new());
    let mut n = 0;
    for text in VECTORS.lines().filter(|l| !l.starts_with('#')) {
        if let Some(table) = text.strip_prefix("table ") {
            let (name, values) = table.split_once(' ').unwrap();
            tables.insert(name, values.split(',').map(|v| dwords(v, 4)).collect());
            continue;
        }
        let line = parse(text);
        n += 1;
        let known = DIFFERS.iter().position(|(k, _)| line.name.starts_with(k));
        match execute(&line, &tables, engine).and_then(|got| compare(&line, &tables, &got)) {
            Err(_) if known.is_some() => {
                met.extend(known);
            }
            Err(e) => failed.push(format!(
                "{}: {e} of{}",
                line.key,
                operands(&line, &tables, &e)
            )),
            Ok(()) => {}
        }
    }
    assert!(n > 1000, "{n} lines");
    for (i, (key, _)) in DIFFERS.iter().enumerate() {
        if !met.contains(&i) {
            failed.push(format!("{key}: listed as different, and is not"));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {n}:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

fn one_thread() -> Config {
    Config {
        threads: Some(1),
        ..Config::default()
    }
}

#[test]
fn instructions_do_what_the_text_says() {
    check(&Engine::new(one_thread()));
}

#[test]
fn so_they_do_on_any_cpu() {
    check(&Engine::baseline(one_thread()));
}

#[test]
fn so_they_do_in_strict_mode() {
    check(&Engine::new(Config {
        strict: Some(Strict { seed: 1 }),
        ..Config::default()
    }));
}
