//! The shader engine by instruction class: nanoseconds for one wave instruction on one thread.
//!
//! Each row is a loop over copies of an instruction, less what the empty loop takes; the median of
//! some rounds. `cargo bench -p virtual-card`; a word behind `--` picks rows that contain it.

#[path = "../tests/shader/harness.rs"]
#[allow(dead_code)]
mod harness;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use harness::{bytes32, Flat};
use rdna_isa::{Arch, Form, Gen, Inst, Mods, Op, Operand as O, Packet};
use virtual_card::shader::{Config, Dispatch, Engine};

/// Copies in the loop's body, and rounds of the loop.
const COPIES: usize = 64;
const LOOPS: u32 = 2000;
const ROUNDS: usize = 9;

fn memory(op: Op, operands: &[O], offen: bool) -> Packet {
    let mods = Mods {
        offen,
        cache: if op == Op::BUFFER_ATOMIC_ADD_U32 {
            Mods::returning(Gen::Gfx11)
        } else {
            0
        },
        ..Mods::default()
    };
    Packet::One(Inst::with(op, operands, mods))
}

fn one(op: Op, operands: &[O]) -> Packet {
    Packet::One(Inst::new(op, operands))
}

/// Rows: a name, and the instruction. v0 is the lane's number times 4, v1 times 16, v2 scattered,
/// v3 zero; v4 and later are floats; s[8:11] describes a buffer, s[4:5] points to it.
fn rows() -> Vec<(&'static str, Packet)> {
    let v = |n: u8| O::v(n);
    let three = [v(20), v(4), v(5), v(6)];
    let dual = |op, dst: u8, a: u8, b: u8| Inst {
        form: Form::Vopd,
        ..Inst::new(op, &[v(dst), v(a), v(b)])
    };
    vec![
        ("v_mov_b32", one(Op::V_MOV_B32, &[v(20), v(4)])),
        ("v_add_nc_u32", one(Op::V_ADD_NC_U32, &[v(20), v(4), v(5)])),
        (
            "v_add_nc_u32 scalar",
            one(Op::V_ADD_NC_U32, &[v(20), O::s(2), v(5)]),
        ),
        ("v_mul_lo_u32", one(Op::V_MUL_LO_U32, &[v(20), v(4), v(5)])),
        ("v_add_f32", one(Op::V_ADD_F32, &[v(20), v(4), v(5)])),
        ("v_fma_f32", one(Op::V_FMA_F32, &three)),
        ("v_fma_f64", one(Op::V_FMA_F64, &[v(20), v(4), v(6), v(4)])),
        ("v_cmp_lt_u32", one(Op::V_CMP_LT_U32, &[O::VCC, v(4), v(5)])),
        (
            "v_cndmask_b32",
            one(Op::V_CNDMASK_B32, &[v(20), v(4), v(5), O::VCC]),
        ),
        ("v_cvt_f32_u32", one(Op::V_CVT_F32_U32, &[v(20), v(4)])),
        (
            "v_dual_fmac, fmac",
            Packet::Dual {
                x: dual(Op::V_DUAL_FMAC_F32, 20, 4, 5),
                y: dual(Op::V_DUAL_FMAC_F32, 23, 6, 7),
            },
        ),
        ("v_rcp_f32", one(Op::V_RCP_F32, &[v(20), v(4)])),
        ("v_rsq_f32", one(Op::V_RSQ_F32, &[v(20), v(4)])),
        ("v_sqrt_f32", one(Op::V_SQRT_F32, &[v(20), v(4)])),
        ("v_exp_f32", one(Op::V_EXP_F32, &[v(20), v(4)])),
        ("v_log_f32", one(Op::V_LOG_F32, &[v(20), v(4)])),
        ("v_sin_f32", one(Op::V_SIN_F32, &[v(20), v(4)])),
        (
            "s_add_u32",
            one(Op::S_ADD_U32, &[O::s(20), O::s(2), O::s(3)]),
        ),
        (
            "s_and_b64",
            one(Op::S_AND_B64, &[O::s(20), O::s(2), O::s(4)]),
        ),
        (
            "s_load_b128",
            one(Op::S_LOAD_B128, &[O::s(20), O::s(4), O::Off]),
        ),
        (
            "s_buffer_load_b64",
            one(Op::S_BUFFER_LOAD_B64, &[O::s(20), O::s(8), O::Off]),
        ),
        (
            "buffer_load_b32 in a row",
            memory(
                Op::BUFFER_LOAD_B32,
                &[v(20), v(0), O::s(8), O::int(0)],
                true,
            ),
        ),
        (
            "buffer_load_b128 in a row",
            memory(
                Op::BUFFER_LOAD_B128,
                &[v(20), v(1), O::s(8), O::int(0)],
                true,
            ),
        ),
        (
            "buffer_load_b32 scattered",
            memory(
                Op::BUFFER_LOAD_B32,
                &[v(20), v(2), O::s(8), O::int(0)],
                true,
            ),
        ),
        (
            "buffer_load_b32 one address",
            memory(
                Op::BUFFER_LOAD_B32,
                &[v(20), v(3), O::s(8), O::int(0)],
                true,
            ),
        ),
        (
            "buffer_store_b32 in a row",
            memory(
                Op::BUFFER_STORE_B32,
                &[v(4), v(0), O::s(8), O::int(0)],
                true,
            ),
        ),
        (
            "buffer_store_b128 in a row",
            memory(
                Op::BUFFER_STORE_B128,
                &[v(4), v(1), O::s(8), O::int(0)],
                true,
            ),
        ),
        (
            "buffer_store_b32 scattered",
            memory(
                Op::BUFFER_STORE_B32,
                &[v(4), v(2), O::s(8), O::int(0)],
                true,
            ),
        ),
        (
            "buffer_atomic_add_u32 scattered",
            memory(
                Op::BUFFER_ATOMIC_ADD_U32,
                &[v(4), v(4), v(2), O::s(8), O::int(0)],
                true,
            ),
        ),
        ("ds_load_b32 in a row", one(Op::DS_LOAD_B32, &[v(20), v(0)])),
        (
            "ds_load_b128 in a row",
            one(Op::DS_LOAD_B128, &[v(20), v(1)]),
        ),
        (
            "ds_load_b32 scattered",
            one(Op::DS_LOAD_B32, &[v(20), v(2)]),
        ),
        (
            "ds_load_b128 one address",
            one(Op::DS_LOAD_B128, &[v(20), v(3)]),
        ),
        (
            "ds_store_b32 in a row",
            one(Op::DS_STORE_B32, &[v(0), v(4)]),
        ),
        (
            "ds_store_b32 scattered",
            one(Op::DS_STORE_B32, &[v(2), v(4)]),
        ),
        ("ds_add_u32 scattered", one(Op::DS_ADD_U32, &[v(2), v(4)])),
    ]
}

/// Nanoseconds that the whole loop takes.
fn time(engine: &Engine, body: &[Packet]) -> f64 {
    let mut mem = Flat::new();
    let data = mem.alloc(1 << 16);
    let mov = |dst: O, src: O| one(Op::S_MOV_B32, &[dst, src]);
    let mut code = vec![
        one(Op::V_LSHLREV_B32, &[O::v(1), O::int(4), O::v(0)]),
        one(Op::V_MUL_U32_U24, &[O::v(2), O::Literal(0x194), O::v(0)]),
        one(Op::V_LSHLREV_B32, &[O::v(0), O::int(2), O::v(0)]),
        one(Op::V_MOV_B32, &[O::v(3), O::int(0)]),
        mov(O::s(2), O::Literal(0x3f9d_70a4)),
        mov(O::s(3), O::Literal(7)),
        mov(O::s(4), O::Literal(data.va as u32)),
        mov(O::s(5), O::Literal((data.va >> 32) as u32)),
        mov(O::s(8), O::s(4)),
        mov(O::s(9), O::s(5)),
        mov(O::s(10), O::Literal(1 << 16)),
        // Raw buffer, 32-bit data, OOB_SELECT 3.
        mov(O::s(11), O::Literal(0x3101_6fac)),
        mov(O::s(40), O::Literal(LOOPS)),
    ];
    for n in 4..8 {
        code.push(one(Op::V_CVT_F32_U32, &[O::v(n), O::v(0)]));
        code.push(one(Op::V_ADD_F32, &[O::v(n), O::s(2), O::v(n)]));
    }
    let start = words(&code).len();
    code.extend_from_slice(body);
    code.push(one(Op::S_SUB_U32, &[O::s(40), O::s(40), O::int(1)]));
    code.push(one(Op::S_CMP_LG_U32, &[O::s(40), O::int(0)]));
    let distance = words(&code).len() - start + 1;
    code.push(one(Op::S_CBRANCH_SCC1, &[O::Imm(-(distance as i32))]));
    code.push(one(Op::S_ENDPGM, &[]));
    let code = mem.alloc_with(&bytes32(&words(&code)));
    let d = Dispatch {
        arch: Arch::Gfx1100,
        code: code.va,
        rsrc1: 7 | 0xf0 << 12 | 1 << 21,
        rsrc2: 128 << 15,
        rsrc3: 0,
        user_data: [0; 16],
        groups: [1; 3],
        start: [0; 3],
        threads: [32, 1, 1],
        partial: [32, 1, 1],
        wave32: true,
        scratch_base: 0,
        tmpring_size: 0,
        sh_mem_bases: 0x0002_0001,
        shader_engines: 1,
        compute_units: 1,
        vmid: 0,
    };
    let kill = AtomicBool::new(false);
    engine.run(&d, &mem, &kill).unwrap();
    let mut times: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            engine.run(&d, &mem, &kill).unwrap();
            start.elapsed().as_nanos() as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[ROUNDS / 2]
}

fn words(code: &[Packet]) -> Vec<u32> {
    let mut words = Vec::new();
    for packet in code {
        rdna_isa::encode(packet, Gen::Gfx11, &mut words).unwrap();
    }
    words
}

fn main() {
    let wanted = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    let engine = Engine::new(Config {
        threads: Some(1),
        ..Config::default()
    });
    let empty = time(&engine, &[]);
    println!("loop of three: {:.1} ns", empty / f64::from(LOOPS));
    for (name, packet) in rows() {
        if wanted.as_ref().is_some_and(|w| !name.contains(w.as_str())) {
            continue;
        }
        let all = time(&engine, &vec![packet; COPIES]);
        let each = (all - empty) / (f64::from(LOOPS) * COPIES as f64);
        println!("{name:<34}{each:>8.2} ns");
    }
}
