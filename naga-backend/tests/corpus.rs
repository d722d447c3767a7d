//! Every shader of the corpus becomes code for both generations of AMD cards, and PTX.

use std::path::Path;

use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga_backend::{Options, Target};

#[test]
fn corpus_compiles_for_every_kind_of_card() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut failures = Vec::new();
    let mut kernels = 0;
    for folder in ["tests/wgsl", "tests/filetests/kernels"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let file = entry.unwrap().path();
            let source = std::fs::read_to_string(&file).unwrap();
            let module = naga::front::wgsl::parse_str(&source).unwrap();
            let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
            validator
                .subgroup_stages(naga::valid::ShaderStages::all())
                .subgroup_operations(naga::valid::SubgroupOperationSet::all());
            let info = validator.validate(&module).unwrap();
            // Their sizes are known only when a pipeline is made.
            if !module.overrides.is_empty() {
                continue;
            }
            for point in &module.entry_points {
                for arch in ["gfx1100", "gfx1201", "sm_75", "sm_80"] {
                    let options = Options::new(Target::from_name(arch).unwrap());
                    let compiled =
                        naga_backend::compile::compile(&module, &info, &point.name, &options);
                    kernels += 1;
                    if let Err(error) = compiled {
                        failures.push(format!("{} for {arch}: {error}", file.display()));
                    }
                }
            }
        }
    }
    assert!(kernels > 0);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
