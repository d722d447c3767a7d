//! The compiler's corpus and random kernels on the virtual cards of both generations, fast and
//! strict, with all registers and with few, and on the PTX interpreter, held against the interpreter
//! of naga's IR.

#![cfg(feature = "devices")]

use egpu_conformance::card_device::CardDevice;
use egpu_conformance::corpus::{self, Case};
use egpu_conformance::device::{Bindings, Device, DeviceError, Feature, Invocation, Judge};
use egpu_conformance::random::{check, features, kernel, reduce, Outcome};
use naga_backend::amdgpu::Registers;

fn devices(seed: u64) -> Vec<Box<dyn Device>> {
    let few = |scalar, vector| Some(Registers { scalar, vector });
    [
        ("virtual-gfx1100", false, None),
        ("virtual-gfx1100", true, few(40, 48)),
        ("virtual-gfx1201", false, few(48, 40)),
        ("virtual-gfx1201", true, None),
        ("ptx", false, None),
        ("ptx-sm_90", true, None),
    ]
    .into_iter()
    .map(|(adapter, strict, registers)| -> Box<dyn Device> {
        Box::new(CardDevice::new(adapter, strict, seed, registers).unwrap())
    })
    .collect()
}

#[test]
fn the_corpus_agrees() {
    let mut devices = devices(7);
    let mut failures = Vec::new();
    for case in corpus::cases().unwrap() {
        match check(&case, &mut devices) {
            Outcome::Agreed => {}
            Outcome::Invalid(why) => failures.push(format!("{}: {why}", case.name)),
            Outcome::Refused { device, why: how } | Outcome::Differs { device, how } => {
                failures.push(format!("{}: {device}: {how}", case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn random_kernels_agree() {
    let mut devices = devices(3);
    let (mut agreed, mut failures) = (0, Vec::new());
    for seed in 1_000_000..1_000_060 {
        let kernel = kernel(seed, &features(seed));
        let case = Case::parse(&format!("seed {seed}"), &kernel.wgsl()).unwrap();
        match check(&case, &mut devices) {
            Outcome::Agreed => agreed += 1,
            // What naga computes ahead may overflow.
            Outcome::Invalid(_) => {}
            Outcome::Refused { device, why: how } | Outcome::Differs { device, how } => {
                failures.push(format!("{}: {device}: {how}", case.name));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(agreed > 50, "{agreed} of 60 kernels are valid");
}

#[test]
fn a_seed_gives_one_kernel() {
    let features = [Feature::F16, Feature::I64];
    assert_eq!(kernel(11, &features), kernel(11, &features));
    assert_ne!(kernel(11, &features), kernel(12, &features));
}

/// The interpreter, wrong wherever a kernel multiplies.
struct Wrong;

impl Device for Wrong {
    fn name(&self) -> String {
        "wrong".into()
    }
    fn features(&self) -> Vec<Feature> {
        Vec::new()
    }
    fn judge(&self) -> Judge {
        Judge::Ieee
    }
    fn run(&mut self, invocation: &Invocation) -> Result<Bindings, DeviceError> {
        let mut right = egpu_conformance::device::InterpreterDevice::default().run(invocation)?;
        if invocation.wgsl.contains("atomicMax(&tally") {
            right.values_mut().for_each(|bytes| bytes[0] ^= 1);
        }
        Ok(right)
    }
}

/// A compiler that refuses everything.
struct Refusing;

impl Device for Refusing {
    fn name(&self) -> String {
        "refusing".into()
    }
    fn features(&self) -> Vec<Feature> {
        Vec::new()
    }
    fn judge(&self) -> Judge {
        Judge::Ieee
    }
    fn run(&mut self, _: &Invocation) -> Result<Bindings, DeviceError> {
        Err(DeviceError::Shader("not today".into()))
    }
}

#[test]
fn a_refusal_is_a_fault_unless_it_is_nagas() {
    let mut devices: Vec<Box<dyn Device>> = vec![Box::new(Refusing)];
    let mut outcome = |body: &str| {
        let source = format!(
            "//! groups 1\n//! bind 0.0 = zeros:4\n//! out 0.0 = u32\n\
             @group(0) @binding(0) var<storage, read_write> out: array<u32>;\n\
             @compute @workgroup_size(1) fn main() {{ {body} }}\n"
        );
        check(&Case::parse("refusal", &source).unwrap(), &mut devices)
    };
    let refused = outcome("out[0] = 1u;");
    let fault = Some(("refusing", "refused: not today".into()));
    assert_eq!(refused.fault(), fault, "{refused:?}");
    let invalid = outcome("out[0] = undeclared;");
    assert!(matches!(invalid, Outcome::Invalid(_)), "{invalid:?}");
    assert_eq!(invalid.fault(), None);
    // A loop without end passes naga and is beyond the interpreter.
    let endless = outcome("while out[0] == 0u { }");
    assert_eq!(endless.fault().map(|f| f.0), Some("interpreter"));
}

#[test]
fn what_differs_is_cut_down() {
    let mut devices: Vec<Box<dyn Device>> = vec![Box::new(Wrong)];
    let mut differs = |kernel: &egpu_conformance::random::Kernel| {
        let case = Case::parse("seed", &kernel.wgsl()).unwrap();
        matches!(check(&case, &mut devices), Outcome::Differs { .. })
    };
    let made = (0..1000)
        .map(|seed| kernel(seed, &[]))
        .find(|kernel| kernel.size() > 600 && differs(kernel))
        .unwrap();
    let least = reduce(&made, &mut differs);
    assert!(differs(&least));
    assert!(least.size() < 120, "{}", least.wgsl());
}
