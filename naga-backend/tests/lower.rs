//! Lowers every shader of the corpus and checks the kernel's invariants.

use std::path::{Path, PathBuf};

use naga::valid::{Capabilities, ValidationFlags, Validator};
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

fn validate(source: &str) -> (naga::Module, naga::valid::ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|e| {
        panic!("{}", e.emit_to_string(source));
    });
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    validator
        .subgroup_stages(naga::valid::ShaderStages::all())
        .subgroup_operations(naga::valid::SubgroupOperationSet::all());
    let info = validator
        .validate(&module)
        .unwrap_or_else(|e| panic!("{}", e.emit_to_string(source)));
    (module, info)
}

#[test]
fn corpus_lowers_to_valid_kernels() {
    let shaders = shaders();
    assert!(!shaders.is_empty());
    let mut failures = Vec::new();
    for file in &shaders {
        let source = std::fs::read_to_string(file).unwrap();
        let (module, info) = validate(&source);
        for point in &module.entry_points {
            let options = Options::new(Target::from_name("gfx1100").unwrap());
            match lower(&module, &info, &point.name, &options) {
                Err(error) => failures.push(format!("{}: {error}", file.display())),
                Ok(kernel) => {
                    if std::env::var("PRINT_IR").is_ok() {
                        println!("{kernel}");
                    }
                    if let Err(errors) = kernel.verify() {
                        failures.push(format!("{}: {errors}", file.display()));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
