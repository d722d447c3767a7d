//! Approximate functions on all operands, held against the bounds of the PTX ISA.

use egpu_conformance::ptx::{Approx, Function};
use egpu_driver::{Card, MemoryKind};

use crate::card::{copy, run, words};
use crate::{text, Outcome, HEAD};

/// Operands of a dispatch.
const BATCH: u64 = 1 << 22;

/// Threads of a workgroup.
const GROUP: u64 = 256;

/// The functions by the names of their instructions.
pub const FUNCTIONS: [(&str, Function); 8] = [
    ("rcp", Function::Rcp),
    ("sqrt", Function::Sqrt),
    ("rsqrt", Function::Rsqrt),
    ("sin", Function::Sin),
    ("cos", Function::Cos),
    ("lg2", Function::Lg2),
    ("ex2", Function::Ex2),
    ("tanh", Function::Tanh),
];

/// `tanh.approx` has no `.ftz`; the others are emitted with it.
pub fn opcode(name: &str) -> (String, bool) {
    match name {
        "tanh" => ("tanh.approx.f32".into(), false),
        name => (format!("{name}.approx.ftz.f32"), true),
    }
}

/// `out[i] = f(first + i * step)`, both as bits; `body` puts the function of `%r5` into `%r6`.
fn sweep_text(body: &str) -> String {
    format!(
        "{HEAD}.visible .entry sweep(.param .align 16 .b8 args[16])\n.reqntid {GROUP}, 1, 1\n{{\n\
         .reg .b32 %r<8>;\n.reg .b64 %rd<3>;\n\
         ld.param.u64 %rd0, [args];\n\
         ld.param.b32 %r0, [args+8];\n\
         ld.param.b32 %r1, [args+12];\n\
         mov.u32 %r2, %ctaid.x;\n\
         mov.u32 %r3, %tid.x;\n\
         mad.lo.u32 %r4, %r2, {GROUP}, %r3;\n\
         mad.lo.u32 %r5, %r4, %r1, %r0;\n\
         {body}\n\
         mul.wide.u32 %rd1, %r4, 4;\n\
         add.s64 %rd2, %rd0, %rd1;\n\
         st.global.b32 [%rd2], %r6;\n\
         ret;\n}}\n"
    )
}

/// What a function was found to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found {
    judged: u64,
    /// Largest error in parts of what is allowed, with operand and result as bits.
    worst: (f64, u32, u32),
    wrong: u64,
}

impl Found {
    fn add(&mut self, other: Found) {
        self.judged += other.judged;
        self.wrong += other.wrong;
        if other.worst.0 > self.worst.0 {
            self.worst = other.worst;
        }
    }

    fn judge(approx: Approx, first: u32, step: u32, results: &[u32]) -> Found {
        let mut found = Found::default();
        let mut bits = first;
        for &result in results {
            if let Some(part) = approx.judge(f32::from_bits(bits), f32::from_bits(result)) {
                found.judged += 1;
                found.wrong += u64::from(part > 1.0);
                if part > found.worst.0 {
                    found.worst = (part, bits, result);
                }
            }
            bits = bits.wrapping_add(step);
        }
        found
    }

    /// In words: an error if anything was beyond its bound.
    pub fn verdict(&self, seconds: f64) -> Outcome<String> {
        let (part, operand, result) = self.worst;
        let text = format!(
            "{} operands, largest error {part:.3} of what is allowed: {:e} ({operand:#010x}) gives \
             {:e} ({result:#010x}); {seconds:.1} s",
            self.judged,
            f32::from_bits(operand),
            f32::from_bits(result),
        );
        match self.wrong {
            0 => Ok(text),
            wrong => Err(format!("{wrong} beyond the bound: {text}")),
        }
    }
}

/// An instruction on all operands that are `one_in` apart.
pub fn sweep(card: &dyn Card, opcode: &str, approx: Approx, one_in: u32) -> Outcome<Found> {
    let body = format!("{opcode} %r6, %r5;");
    sweep_body(card, &body, approx, one_in)
}

fn sweep_body(card: &dyn Card, body: &str, approx: Approx, one_in: u32) -> Outcome<Found> {
    let kernel = card
        .load(sweep_text(body).as_bytes(), "sweep")
        .map_err(text)?;
    let total = (1u64 << 32).div_ceil(one_in.into());
    let batch = BATCH.min(total.next_multiple_of(GROUP));
    let allocate = |kind| card.allocate(kind, batch * 4).map_err(text);
    let (out, back) = (
        allocate(MemoryKind::Device)?,
        allocate(MemoryKind::Readback)?,
    );
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
    let mut found = Found::default();
    let mut done = 0;
    while done < total {
        // Past the last operand they begin again.
        let first = (done * u64::from(one_in)) as u32;
        let mut block = out.address().to_le_bytes().to_vec();
        block.extend(first.to_le_bytes());
        block.extend(one_in.to_le_bytes());
        let after = copy(&*out, &*back, batch * 4);
        run(card, &[], &kernel, &block, (batch / GROUP) as u32, &[after])?;
        let results = words(&*back, batch.min(total - done) as usize)?;
        let each = results.len().div_ceil(threads);
        std::thread::scope(|scope| {
            let parts = results.chunks(each).enumerate().map(|(n, part)| {
                let skip = (n * each) as u32;
                let first = first.wrapping_add(skip.wrapping_mul(one_in));
                scope.spawn(move || Found::judge(approx, first, one_in, part))
            });
            for part in parts.collect::<Vec<_>>() {
                found.add(part.join().map_err(|_| "the judge failed")?);
            }
            Ok::<_, String>(())
        })?;
        done += batch;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use egpu_conformance::ptx::driver::{Config, Gpu};
    use egpu_driver::{cuda, Source};
    use std::sync::Arc;

    fn card(seed: u64) -> Arc<dyn Card> {
        let config = Config {
            seed,
            ..Config::default()
        };
        let options = cuda::Options {
            is_virtual: true,
            ..cuda::Options::default()
        };
        let source = Gpu::add(config).source(&options).expect("a device");
        source.open().expect("it opens")
    }

    fn approx(name: &str, function: Function) -> Approx {
        Approx {
            function,
            ftz: opcode(name).1,
        }
    }

    /// One operand in a prime number, so that all exponents and both signs come.
    const ONE_IN: u32 = 1_000_003;

    /// A machine that uses up what the document allows is right.
    #[test]
    fn what_the_document_allows_passes() {
        let card = card(7);
        for (name, function) in FUNCTIONS {
            let (opcode, _) = opcode(name);
            let found = sweep(&*card, &opcode, approx(name, function), ONE_IN).expect("it runs");
            assert_eq!(found.wrong, 0, "{name}: {found:?}");
            assert!(
                found.judged > 200 && found.worst.0 > 0.4,
                "{name}: {found:?}"
            );
        }
    }

    /// A machine that is off by a little more in its last places is wrong, and the operand that is
    /// named shows it.
    #[test]
    fn a_machine_that_is_off_is_found() {
        let card = card(0);
        // ULPs that are beyond the bound of each everywhere, or at the operands of some exponents.
        let off = [
            ("rcp", 2),
            ("sqrt", 3),
            ("rsqrt", 3),
            ("sin", 1 << 23),
            ("cos", 1 << 23),
            ("lg2", 6),
            ("ex2", 3),
            ("tanh", 1 << 14),
        ];
        for ((name, function), (same, ulps)) in FUNCTIONS.into_iter().zip(off) {
            assert_eq!(name, same);
            let (opcode, _) = opcode(name);
            let body = format!("{opcode} %r6, %r5;\nadd.u32 %r6, %r6, {ulps};");
            let approx = approx(name, function);
            let found = sweep_body(&*card, &body, approx, ONE_IN).expect("it runs");
            assert!(found.wrong > 50, "{name}: {found:?}");
            let (part, operand, result) = found.worst;
            let again = approx.judge(f32::from_bits(operand), f32::from_bits(result));
            assert_eq!(again, Some(part), "{name}");
            let said = found.verdict(0.0).expect_err("beyond the bound");
            assert!(said.contains(&format!("({operand:#010x})")), "{said}");
        }
    }

    /// By hand: 2^0.5 is a fifth of an ULP above 0x3fb504f3, so that two below is too far, two above
    /// is not.
    #[test]
    fn the_bound_of_ex2_is_two_ulp() {
        let approx = approx("ex2", Function::Ex2);
        let half = 0.5f32.to_bits();
        for (off, wrong) in [(-2, 1), (-1, 0), (0, 0), (2, 0), (3, 1)] {
            let result = 0x3fb5_04f3u32.wrapping_add_signed(off);
            let found = Found::judge(approx, half, 1, &[result]);
            assert_eq!((found.judged, found.wrong), (1, wrong), "{off}: {found:?}");
        }
        let found = Found::judge(approx, half, 1, &[0x3fb5_04f7]);
        assert_eq!((found.worst.1, found.worst.2), (half, 0x3fb5_04f7));
        assert!((1.85..1.95).contains(&found.worst.0), "{found:?}");
        // Not a number where there is one, and a sign that is wrong.
        for result in [f32::NAN, f32::INFINITY, -std::f32::consts::SQRT_2] {
            assert_eq!(Found::judge(approx, half, 1, &[result.to_bits()]).wrong, 1);
        }
    }
}
