//! The text form round-trips, hostile text is refused, and the verifier sees what is wrong.

use super::*;

const EVERY_FORM: &str = r#"kernel "ma\"in" workgroup 64 2 1 immediates 8
binding b0 group 0 index 1 storage min 4 "data"
binding b1 group 0 index 2 uniform min 64 ""
shared s0 size 1024 align 16 "tile"
local l0 size 16 align 4 "x"
{
    v0: i32 = builtin local_index
    v1: i32 = builtin workgroup_id.y
    v2: i32 = const -7
    v3: f32 = const 1e-45
    v4: f32 = const bits 0x7fc00000
    v5: bool = const true
    v6: f16 = const 0.33325195
    v7: f64 = const -0.0
    v8: f32, v9: f32 = load b0[v0 + 16] align 8 checked
    v10: i32 = load b1[12] align 4 atomic
    v11: i32 = load imm[4] align 4
    v12: i32 = iadd v0, v10
    v13: f32 = fma v8, v9, v3
    v14: bool = icmp.ult v12, v11
    v15: bool = fcmp.ne v13, v4
    v16: f32 = select v14, v8, v9
    v17: i32 = float_to_uint v16
    v18: i32 = binding_size b0
    v19: i32 = subgroup.ballot v15
    v20: i32 = subgroup.inclusive.umax v19
    v21: i32 = subgroup.quad_swap.2 v20
    v22: i32 = atomic.add b0[v0], v21 align 4 checked
    atomic.xor s0[0], v22 align 4
    v23: i32, v24: bool = compare_exchange s0[4], v22, v21 align 4
    barrier execution shared
    v25: i32 = if v24 {
        yield v23
    } else {
        yield v17
    }
    v28: i32 = loop L0 (v26: i32 = v25, v27: f32 = v3) {
        block L1 {
            if v14 {
                break L1 ()
            } else {
                continue L0 (v2, v13)
            }
            yield
        }
        break L0 (v26)
    }
    store l0[v28 + 4], v3, v16 align 4
    store s0[8], v28 align 8
    return
}
"#;

#[test]
fn text_round_trips() {
    let kernel = Kernel::parse(EVERY_FORM).unwrap();
    kernel.verify().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(kernel.to_string(), EVERY_FORM);
}

#[test]
fn every_prefix_and_every_changed_byte_gives_an_answer() {
    for end in (0..EVERY_FORM.len()).filter(|&n| EVERY_FORM.is_char_boundary(n)) {
        let _ = Kernel::parse(&EVERY_FORM[..end]).map(|k| k.verify());
    }
    for at in 0..EVERY_FORM.len() {
        for byte in *b"0v{}[],:=(\"\\ \n;" {
            let mut bytes = EVERY_FORM.as_bytes().to_vec();
            bytes[at] = byte;
            let text = String::from_utf8(bytes).unwrap();
            if let Ok(kernel) = Kernel::parse(&text) {
                if let Err(errors) = kernel.verify() {
                    assert!(!errors.to_string().is_empty());
                }
            }
        }
    }
}

#[test]
fn deep_nesting_takes_no_stack() {
    let depth = 100_000;
    let mut text = String::from("kernel \"deep\" workgroup 1 1 1\n{\nv0: bool = const true\n");
    text.push_str(&"if v0 {\n".repeat(depth));
    text.push_str(&"yield\n} else {\nyield\n}\n".repeat(depth));
    text.push_str("return\n}\n");
    let kernel = Kernel::parse(&text).unwrap();
    kernel.verify().unwrap_or_else(|e| panic!("{e}"));
}

/// Replaces a line of [`EVERY_FORM`] and gives what the verifier says.
fn broken(old: &str, new: &str) -> String {
    assert!(EVERY_FORM.contains(old));
    let kernel = Kernel::parse(&EVERY_FORM.replace(old, new)).unwrap();
    kernel.verify().unwrap_err().to_string()
}

#[test]
fn verifier_draws_what_is_wrong() {
    for (old, new, what) in [
        ("iadd v0, v10", "iadd v0, v3", "(i32, f32) -> (i32)"),
        ("break L0 (v26)", "break L0 (v27)", "operands do not fit"),
        ("yield v23", "yield", "operands do not fit"),
        ("break L0 (v26)", "yield v26", "outside `if` and `block`"),
        ("store s0[8]", "store b1[8]", "b1 is read-only"),
        (
            "store s0[8]",
            "store s0[1024]",
            "ends at 1028 in a variable of 1024",
        ),
        (
            "store s0[8], v28 align 8",
            "store s0[4], v28 align 8",
            "not aligned to 8",
        ),
        ("workgroup 64 2 1", "workgroup 64 32 1", "workgroup size"),
        ("quad_swap.2", "quad_swap.4", "(i32) -> (i32)"),
        (
            "        continue L0 (v2, v13)\n",
            "        yield\n        yield\n",
            "terminator before",
        ),
        ("    return\n", "", "no terminator"),
        (
            "load b0[v0 + 16] align 8",
            "load b0[v0 + 16] align 2",
            "alignment 2",
        ),
        (
            "v16: f32 = select",
            "v16: f64 = select",
            "(bool, f32, f32) -> (f64)",
        ),
    ] {
        let drawing = broken(old, new);
        assert!(drawing.contains(what), "{new}: {drawing}");
    }
}

#[test]
fn a_value_does_not_leave_its_region() {
    let text = r#"kernel "k" workgroup 1 1 1
{
    v0: bool = const true
    if v0 {
        v1: i32 = const 1
        yield
    } else {
        yield
    }
    v2: i32 = iadd v1, v1
    return
}
"#;
    let drawing = Kernel::parse(text)
        .unwrap()
        .verify()
        .unwrap_err()
        .to_string();
    assert!(
        drawing.contains("    v2: i32 = iadd v1, v1\n    ^~"),
        "{drawing}"
    );
    assert!(drawing.contains("v1 is not defined here"), "{drawing}");
}
