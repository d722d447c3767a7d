//! Results of silicon: each line of `hardware.txt` is run and its registers compared.

use rdna_isa::{Arch, Gen, Inst, Mods, Op, Operand, Packet};
use virtual_card::shader::{Config, Dispatch};

use crate::harness::*;

const VECTORS: &str = include_str!("hardware.txt");

/// VGPRs and SGPRs that are compared.
const REGS: usize = 16;

fn encode(insts: &[Inst]) -> Vec<u32> {
    let mut out = Vec::new();
    for i in insts {
        rdna_isa::encode(&Packet::One(i.clone()), Gen::Gfx11, &mut out).unwrap();
    }
    out
}

fn mov(dst: u8, src: Operand) -> Inst {
    Inst::new(Op::S_MOV_B32, &[Operand::s(dst), src])
}

fn vmov(dst: u8, src: Operand) -> Inst {
    Inst::new(Op::V_MOV_B32, &[Operand::v(dst), src])
}

/// Clears what is compared; keeps the buffer's address in s[80:81] and the lane in v255.
fn prologue() -> Vec<u32> {
    let mut code = vec![
        mov(80, Operand::s(0)),
        mov(81, Operand::s(1)),
        vmov(255, Operand::v(0)),
    ];
    code.extend((0..REGS as u8).map(|i| vmov(i, Operand::int(0))));
    code.extend((0..REGS as u8).map(|i| mov(i, Operand::int(0))));
    code.push(Inst::new(Op::S_MOV_B32, &[Operand::VCC, Operand::int(0)]));
    encode(&code)
}

/// Stores everything to the buffer: VGPRs by lane, then SGPRs, VCC, SCC, EXEC.
fn epilogue(lanes: usize) -> Vec<u32> {
    let wave = lanes.min(32);
    let full = if wave == 32 { !0 } else { (1u32 << wave) - 1 };
    let pair = Operand::s(92);
    let mut code = vec![
        mov(90, Operand::VCC),
        Inst::new(
            Op::S_CSELECT_B32,
            &[Operand::s(91), Operand::int(1), Operand::int(0)],
        ),
        mov(95, Operand::EXEC),
        Inst::new(Op::S_MOV_B32, &[Operand::EXEC, Operand::Literal(full)]),
        Inst::new(Op::S_LOAD_B64, &[pair, Operand::s(80), Operand::Off]),
        Inst::new(Op::S_WAITCNT, &[Operand::Imm(0)]),
        Inst::new(
            Op::V_LSHLREV_B32,
            &[Operand::v(240), Operand::int(2), Operand::v(255)],
        ),
    ];
    let store = |v: u8, at: usize| {
        Inst::with(
            Op::GLOBAL_STORE_B32,
            &[Operand::v(240), Operand::v(v), pair],
            Mods {
                offset: at as i32,
                ..Mods::default()
            },
        )
    };
    for i in 0..REGS {
        code.push(store(i as u8, 4 * lanes * i % 2048));
        if (4 * lanes * (i + 1)).is_multiple_of(2048) {
            code.push(Inst::new(
                Op::V_ADD_NC_U32,
                &[Operand::v(240), Operand::Literal(2048), Operand::v(240)],
            ));
        }
    }
    // The scalars, by every lane of the first wave alike.
    code.push(vmov(240, Operand::Literal((4 * lanes * REGS) as u32)));
    for (k, r) in (0..REGS as u8).chain([90, 91, 95]).enumerate() {
        code.push(vmov(243, Operand::s(r)));
        code.push(store(243, 4 * k));
    }
    code.push(Inst::new(Op::S_ENDPGM, &[]));
    encode(&code)
}

struct Vector<'a> {
    name: &'a str,
    lanes: usize,
    ulps: u32,
    code: Vec<u32>,
    expected: Vec<u32>,
}

fn parse(line: &str) -> Vector<'_> {
    let mut parts = line.split(' ');
    let name = parts.next().unwrap();
    let lanes: usize = parts.next().unwrap().parse().unwrap();
    let ulps = parts.next().unwrap().parse().unwrap();
    let bytes = parts.next().unwrap();
    let code = (0..bytes.len() / 8)
        .map(|i| {
            u32::from_str_radix(&bytes[8 * i..8 * i + 8], 16)
                .unwrap()
                .swap_bytes()
        })
        .collect();
    let mut expected = vec![0; REGS * lanes + REGS + 3];
    for part in parts {
        let (reg, values) = part.split_once('=').unwrap();
        let hex = |v: &str| u32::from_str_radix(v, 16).unwrap();
        let scalars = REGS * lanes;
        match reg {
            "vcc" => expected[scalars + REGS] = hex(values),
            "scc" => expected[scalars + REGS + 1] = hex(values),
            "exec" => expected[scalars + REGS + 2] = hex(values),
            _ => {
                let n: usize = reg[1..].parse().unwrap();
                if let Some(v) = reg.strip_prefix('v').map(|_| values) {
                    for (lane, slot) in expected[n * lanes..(n + 1) * lanes].iter_mut().enumerate()
                    {
                        *slot = hex(v
                            .split(',')
                            .nth(lane)
                            .unwrap_or_else(|| v.split(',').next().unwrap()));
                    }
                } else {
                    expected[scalars + n] = hex(values);
                }
            }
        }
    }
    Vector {
        name,
        lanes,
        ulps,
        code,
        expected,
    }
}

fn same(got: u32, want: u32, ulps: u32) -> bool {
    let (g, w) = (f32::from_bits(got), f32::from_bits(want));
    // The sign and payload of a NaN that an operation makes are not part of the facts.
    got == want
        || g.is_nan() && w.is_nan()
        || (got >> 31 == want >> 31 && got.abs_diff(want) <= ulps)
}

fn check(v: &Vector, config: &Config) -> Result<(), String> {
    let mut mem = Flat::new();
    let mut code = prologue();
    code.extend(&v.code);
    code.extend(epilogue(v.lanes));
    let code = mem.alloc_with(&bytes32(&code));
    // Tests use the buffer as their own memory too.
    let out = mem.alloc((4 * v.expected.len()).max(65536));
    let args = mem.alloc_with(&out.va.to_le_bytes());
    let scratch = mem.alloc(4 * 32 * 65536);
    let mut user_data = [0; 16];
    (user_data[0], user_data[1]) = (args.va as u32, (args.va >> 32) as u32);
    let threads = [v.lanes as u32, 1, 1];
    let d = Dispatch {
        arch: Arch::Gfx1100,
        code: code.va,
        // All registers, f32 denormals flushed, DX10_CLAMP, IEEE.
        rsrc1: 0x1f | 0xc0 << 12 | 1 << 21 | 1 << 23,
        rsrc2: 2 << 1 | 1 | 7 << 7 | 128 << 15,
        rsrc3: 0,
        user_data,
        groups: [1, 1, 1],
        start: [0; 3],
        threads,
        partial: threads,
        wave32: true,
        scratch_base: scratch.va,
        tmpring_size: 4 | (65536 * 32 / 256 / 4) << 12,
        sh_mem_bases: 0x0002_0001,
        shader_engines: 1,
        compute_units: 1,
        vmid: 0,
    };
    run(config, &mem, &d).map_err(|e| e.to_string())?;
    let got = mem.u32s(out);
    for (i, (&g, &w)) in got.iter().zip(&v.expected).enumerate() {
        if !same(g, w, v.ulps) {
            let at = if i < REGS * v.lanes {
                format!("v{} lane {}", i / v.lanes, i % v.lanes)
            } else {
                let i = i - REGS * v.lanes;
                ["vcc", "scc", "exec"]
                    .get(i.wrapping_sub(REGS))
                    .map_or(format!("s{i}"), |s| s.to_string())
            };
            return Err(format!("{at}: {g:#x}, silicon {w:#x}"));
        }
    }
    Ok(())
}

#[test]
fn vectors() {
    let config = Config {
        threads: Some(1),
        step_limit: Some(1 << 20),
        ..Config::default()
    };
    let mut failed = Vec::new();
    let mut n = 0;
    for line in VECTORS.lines().filter(|l| !l.starts_with('#')) {
        let v = parse(line);
        n += 1;
        if let Err(e) = check(&v, &config) {
            failed.push(format!("{}: {e}", v.name));
        }
    }
    assert!(n > 500);
    assert!(
        failed.is_empty(),
        "{} of {n}:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
