//! Lowers every shader of the corpus and checks the kernel's invariants.

use std::path::{Path, PathBuf};

use naga::back::pipeline_constants::process_overrides;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga_backend::kernel::Kernel;
use naga_backend::{lower, Options, Target};

fn shaders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [root.join("tests/wgsl"), root.join("../examples/shaders")] {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.extension().is_some_and(|e| e == "wgsl"));
    files.sort();
    files
}

fn validate(source: &str) -> Result<(naga::Module, naga::valid::ModuleInfo), String> {
    let module = naga::front::wgsl::parse_str(source).map_err(|e| e.emit_to_string(source))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    validator
        .subgroup_stages(naga::valid::ShaderStages::all())
        .subgroup_operations(naga::valid::SubgroupOperationSet::all());
    let info = validator.validate(&module);
    let info = info.map_err(|e| e.emit_to_string(source))?;
    Ok((module, info))
}

/// The `//! constant NAME = VALUE` lines.
fn constants(source: &str) -> naga::back::PipelineConstants {
    let lines = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! constant "));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().parse().unwrap()))
        .collect()
}

fn lower_all(source: &str, target: &str) -> Result<Vec<Kernel>, String> {
    let (module, info) = validate(source)?;
    let options = Options::new(Target::from_name(target).unwrap());
    let mut kernels = Vec::new();
    for point in &module.entry_points {
        let stage = Some((naga::ShaderStage::Compute, point.name.as_str()));
        let (module, info) = process_overrides(&module, &info, stage, &constants(source))
            .map_err(|error| error.to_string())?;
        let kernel = lower(&module, &info, &point.name, &options).map_err(|e| e.to_string())?;
        kernel.verify().map_err(|errors| errors.to_string())?;
        kernels.push(kernel);
    }
    Ok(kernels)
}

#[test]
fn corpus_lowers_to_valid_kernels() {
    let shaders = shaders();
    assert!(shaders.len() > 100);
    let mut failures = Vec::new();
    for file in &shaders {
        let source = std::fs::read_to_string(file).unwrap();
        match lower_all(&source, "gfx1100") {
            Ok(kernels) => assert!(!kernels.is_empty()),
            Err(error) => failures.push(format!("{}: {error}", file.display())),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// GLSL's front end names every global variable in every function.
#[test]
fn a_global_variable_may_be_named_and_not_used() {
    let source = "#version 450
        layout(local_size_x = 1) in;
        layout(binding = 0) uniform U { vec3 a; ivec2 b; };
        layout(binding = 1) buffer S { uint c[]; };
        shared uint d[4];
        void main() { c[0] = 1u; }";
    let options = naga::front::glsl::Options::from(naga::ShaderStage::Compute);
    let module = naga::front::glsl::Frontend::default()
        .parse(&options, source)
        .unwrap();
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let info = validator.validate(&module).unwrap();
    let target = Target::from_name("gfx1100").unwrap();
    let kernel = lower(&module, &info, "main", &Options::new(target)).unwrap();
    kernel.verify().unwrap();
    let names: Vec<&str> = kernel.bindings.values().map(|b| b.name.as_str()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
}
/// Without bounds checks an index still wraps as WGSL says: only its product with the size of a
/// scalar may be made in 64 bits.
#[test]
fn unchecked_indices_wrap() {
    let ptx = |index: &str| {
        let source = format!(
            "@group(0) @binding(0) var<storage, read_write> x: array<u32>;
            @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
                let k = x[id.x];
                x[{index}] = 1u;
            }}"
        );
        let (module, info) = validate(&source).unwrap();
        let mut options = Options::new(Target::Nvidia(80));
        options.checks.bounds = false;
        let compiled = naga_backend::compile(&module, &info, "main", &options).unwrap();
        String::from_utf8(compiled.object).unwrap()
    };
    let plain = ptx("k");
    assert!(!plain.contains("cvt.u64.u32"), "{plain}");
    for index in ["k * 16u", "k << 4u", "k * 12u"] {
        let text = ptx(index);
        assert!(text.contains("cvt.u64.u32"), "{index}: {text}");
    }
}
