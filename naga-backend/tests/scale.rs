//! Large and deep kernels compile in reasonable time and within a thread's ordinary stack.
//!
//! The limit is generous, so that a busy machine passes; what grew with the square of the size took
//! minutes.

use std::fmt::Write;
use std::time::{Duration, Instant};

use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga_backend::{Error, Options, Target};

const LIMIT: Duration = Duration::from_secs(60);

/// Compiles a kernel with this body for both generations.
fn compile(body: &str) {
    let compiled = compile_calling("", body);
    compiled.unwrap();
}

/// Compiles a kernel with these functions and this body.
fn compile_calling(functions: &str, body: &str) -> Result<(), Error> {
    let source = format!(
        "@group(0) @binding(0) var<storage, read_write> o: array<u32>;
        @group(0) @binding(1) var<storage, read> i: array<u32>;
        {functions}
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
            let g = id.x; var x = i[g]; var r = 0u; {body} o[g] = r + x;
        }}"
    );
    let module = naga::front::wgsl::parse_str(&source).unwrap();
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let info = validator.validate(&module).unwrap();
    for arch in ["gfx1100", "gfx1201"] {
        let options = Options::new(Target::from_name(arch).unwrap());
        let begin = Instant::now();
        naga_backend::compile(&module, &info, "main", &options)?;
        assert!(begin.elapsed() < LIMIT, "{arch}: {:?}", begin.elapsed());
    }
    Ok(())
}

fn repeat(count: u32, line: impl Fn(&mut String, u32)) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        line(&mut text, n);
        text
    })
}

#[test]
fn many_cases() {
    let cases = repeat(1500, |t, n| {
        let _ = write!(t, "case {}u: {{ r = x * {n}u; }}", 3 * n);
    });
    compile(&format!("switch x {{ {cases} default: {{}} }}"));
}

#[test]
fn many_loops() {
    compile(&repeat(300, |t, n| {
        let _ = write!(
            t,
            "for (var k = 0u; k < (x & 7u); k++) {{ x = x * 3u + {n}u; if (x > {}u) {{ break; }} }}",
            1000 * n
        );
    }));
}

#[test]
fn many_values_alive() {
    let make = repeat(1000, |t, n| {
        let _ = write!(t, "let a{n} = i[g + {n}u] * {}u;", n + 3);
    });
    let read = repeat(1000, |t, n| {
        let _ = write!(t, "r = r ^ a{};", 999 - n);
    });
    compile(&format!("{make} {read}"));
}

/// Functions of which each calls the one before twice: 2^(n - 1) copies of the first.
fn doubling(n: u32) -> String {
    let first = "fn f0(x: u32) -> u32 { var r = x; if (x > 9u) { return i[x]; } return r * 3u; }";
    repeat(n, |t, n| {
        if n == 0 {
            t.push_str(first);
            return;
        }
        let of = n - 1;
        let _ = write!(
            t,
            "fn f{n}(x: u32) -> u32 {{ if ((x & {n}u) == 3u) {{ return f{of}(x); }} \
             return f{of}(x + 1u) ^ {n}u; }}"
        );
    })
}

#[test]
fn many_calls() {
    compile_calling(&doubling(10), "r = f9(x) + f8(r);").unwrap();
    // A chain: every call inlined, none of them deep code.
    let chain = repeat(100, |t, n| {
        let _ = match n {
            0 => write!(t, "fn f0(x: u32) -> u32 {{ return x * 3u; }}"),
            _ => write!(
                t,
                "fn f{n}(x: u32) -> u32 {{ return f{}(x + {n}u) ^ i[x]; }}",
                n - 1
            ),
        };
    });
    compile_calling(&chain, "r = f99(x);").unwrap();
}

#[test]
fn too_many_calls_are_an_error() {
    let error = compile_calling(&doubling(30), "r = f29(x);").unwrap_err();
    assert!(
        matches!(
            error,
            Error::Limit {
                what: "instructions after inlining",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn deep_nesting() {
    // As deep as naga lets braces and brackets nest.
    let open = repeat(120, |t, n| {
        let _ = write!(t, "if (x > {n}u) {{ r += {n}u;");
    });
    compile(&format!("{open} {}", "}".repeat(120)));
    let sum = "(".repeat(120)
        + "x"
        + &repeat(120, |t, n| {
            let _ = write!(t, " + i[{n}u])");
        });
    compile(&format!("r = {sum};"));
}
