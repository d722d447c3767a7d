//! NVIDIA's assembler judges the PTX: it must accept what is written, spill nothing in the shared
//! kernels, and keep every check.
//!
//! `ptxas` and `nvdisasm` are looked up as `$PTXAS` and `$NVDISASM`, then on the path; without them
//! the tests are skipped by name. The Python packages `nvidia-cuda-nvcc` and `nvidia-cuda-nvdisasm`
//! ship them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use naga_backend::{Options, Target};

/// Everything is assembled for the first, every fourth kernel for the others.
const TARGETS: [&str; 7] = [
    "sm_80", "sm_75", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120",
];

fn main() {
    let arguments = Arguments::from_args();
    let ptxas = tool("PTXAS", "ptxas");
    let nvdisasm = tool("NVDISASM", "nvdisasm");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut trials = Vec::new();
    for (n, file) in shaders(&root.join("wgsl")).into_iter().enumerate() {
        let targets = if n % 4 == 0 {
            &TARGETS[..]
        } else {
            &TARGETS[..1]
        };
        let (name, ptxas) = (name("corpus", &file), ptxas.clone());
        let missing = ptxas.is_none();
        let test = move || accepted(&file, targets, ptxas.as_deref(), true);
        trials.push(Trial::test(name, test).with_ignored_flag(missing));
    }
    for file in shaders(&root.join("filetests/kernels")) {
        let (name, ptxas) = (name("kernels", &file), ptxas.clone());
        let missing = ptxas.is_none();
        let test = move || accepted(&file, &TARGETS, ptxas.as_deref(), false);
        trials.push(Trial::test(name, test).with_ignored_flag(missing));
    }
    for file in shaders(&root.join("../../examples/shaders/decode")) {
        let (name, ptxas) = (name("decode", &file), ptxas.clone());
        let missing = ptxas.is_none();
        let test = move || accepted(&file, &TARGETS, ptxas.as_deref(), false);
        trials.push(Trial::test(name, test).with_ignored_flag(missing));
    }
    {
        let (ptxas, nvdisasm) = (ptxas.clone(), nvdisasm.clone());
        let missing = ptxas.is_none() || nvdisasm.is_none();
        let test = move || invariant_clamps(ptxas.as_deref(), nvdisasm.as_deref());
        let name = "clamps of what does not change leave the loop";
        trials.push(Trial::test(name, test).with_ignored_flag(missing));
    }
    for (name, body) in PROBES {
        let (ptxas, nvdisasm) = (ptxas.clone(), nvdisasm.clone());
        let missing = ptxas.is_none() || nvdisasm.is_none();
        let test = move || keeps_check(body, ptxas.as_deref(), nvdisasm.as_deref());
        let name = format!("keeps the check after {name}");
        trials.push(Trial::test(name, test).with_ignored_flag(missing));
    }
    if ptxas.is_none() {
        println!("skipped: no ptxas ($PTXAS, or on the path)");
    }
    if nvdisasm.is_none() {
        println!("skipped: no nvdisasm ($NVDISASM, or on the path)");
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn name(group: &str, file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    format!("{group}/{}", stem.to_string_lossy())
}

fn shaders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder of shaders");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

/// Where a tool is, if it runs.
fn tool(variable: &str, name: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map_or_else(|| name.into(), PathBuf::from);
    let output = Command::new(&path).arg("--version").output().ok()?;
    output.status.success().then_some(path)
}

/// The kernels of a shader as PTX, with their names; none for one that waits for overrides.
fn translate(source: &str, target: &str) -> Result<Vec<(String, String)>, Failed> {
    let module = naga::front::wgsl::parse_str(source).map_err(|e| e.emit_to_string(source))?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    validator
        .subgroup_stages(naga::valid::ShaderStages::all())
        .subgroup_operations(naga::valid::SubgroupOperationSet::all());
    let info = validator.validate(&module)?;
    if !module.overrides.is_empty() {
        return Ok(Vec::new());
    }
    let options = Options::new(Target::from_name(target).ok_or("no such target")?);
    let mut kernels = Vec::new();
    for point in &module.entry_points {
        let compiled = naga_backend::compile(&module, &info, &point.name, &options)?;
        kernels.push((point.name.clone(), String::from_utf8(compiled.object)?));
    }
    Ok(kernels)
}

/// A folder of one test, removed with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Result<Scratch, Failed> {
        let unique = format!("egpu-ptxas-{}-{}", std::process::id(), name);
        let folder = std::env::temp_dir().join(unique.replace([' ', '/'], "-"));
        std::fs::create_dir_all(&folder)?;
        Ok(Scratch(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left behind is only a temporary file.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Assembles a text; gives what ptxas says of it.
fn assemble(text: &str, target: &str, ptxas: &Path, to: &Path) -> Result<String, Failed> {
    let source = to.with_extension("ptx");
    std::fs::write(&source, text)?;
    let output = Command::new(ptxas)
        .arg("-v")
        .arg(format!("-arch={target}"))
        .arg(&source)
        .arg("-o")
        .arg(to)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() {
        true => Ok(said),
        false => Err(format!("ptxas for {target} refuses:\n{said}\n{text}").into()),
    }
}

fn accepted(
    file: &Path,
    targets: &[&str],
    ptxas: Option<&Path>,
    may_spill: bool,
) -> Result<(), Failed> {
    let ptxas = ptxas.ok_or("no ptxas")?;
    let source = std::fs::read_to_string(file)?;
    // Of the two kernels that a switch makes, the larger.
    let source = source.replace("override normalise: bool = false", "const normalise = true");
    let scratch = Scratch::new(&name("accepted", file))?;
    for target in targets {
        for (entry, text) in translate(&source, target)? {
            let said = assemble(&text, target, ptxas, &scratch.0.join("kernel.cubin"))?;
            let spills = said.contains("bytes spill") && !said.contains(" 0 bytes spill stores");
            if spills && !may_spill {
                return Err(format!("`{entry}` spills on {target}:\n{said}").into());
            }
        }
    }
    Ok(())
}

/// Loops that a compiler might think must end, and tell something by their ending. After each the
/// index may be anything.
const PROBES: [(&str, &str); 8] = [
    ("an invariant condition", "while (i >= arrayLength(&x)) {}"),
    (
        "an update",
        "while (i >= arrayLength(&x)) { i = i * 5u + p.step; }",
    ),
    (
        "a count",
        "loop { if (i < arrayLength(&x)) { break; } i -= p.step; }",
    ),
    (
        "a count upwards",
        "var n = 0u; loop { if (n + i < arrayLength(&x)) { break; } n += p.step; } i += n;",
    ),
    (
        "an inverted branch",
        "loop { if (i >= arrayLength(&x)) { continue; } break; }",
    ),
    (
        "a loop whose trips are joined",
        "var s = 0u; for (var n = id.x; n < p.start; n += p.step) { s += x[n]; }
        i += s; while (i >= arrayLength(&x)) {}",
    ),
    // A loop has a second version without clamps, behind a branch that must stay as well.
    (
        "the branch between two versions",
        "for (var n = id.x; n < i; n += p.step) { x[n] = n; } while (i >= arrayLength(&x)) {}",
    ),
    (
        "a loop that would make that branch needless",
        "while (i > arrayLength(&x)) {} for (var n = id.x; n < i; n += p.step) { x[n] = n; }
        for (var n = id.x; n < i; n += p.step) { x[n + p.start] = n; }",
    ),
];

/// Indices of loads that a loop does not change are clamped in front of it, in the version with
/// checks. Of stores ptxas leaves the clamp beside the predicate, at times in the loop.
fn invariant_clamps(ptxas: Option<&Path>, nvdisasm: Option<&Path>) -> Result<(), Failed> {
    let (ptxas, nvdisasm) = (ptxas.ok_or("no ptxas")?, nvdisasm.ok_or("no nvdisasm")?);
    let source = "
        @group(0) @binding(0) var<storage, read> indices: array<u32>;
        @group(0) @binding(1) var<storage, read_write> to: array<atomic<u32>>;
        var<workgroup> sums: array<u32, 64>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
            let k = indices[id.x];
            for (var i = 0u; i < id.y; i++) {
                sums[i % 64u] += atomicLoad(&to[k]) ^ atomicLoad(&to[k + 5u]);
            }
        }";
    let scratch = Scratch::new("invariant clamps")?;
    for target in TARGETS {
        for (_, text) in translate(source, target)? {
            if !text.contains("min.u32") {
                return Err(format!("no clamps in PTX for {target}:\n{text}").into());
            }
            let object = scratch.0.join("invariant.cubin");
            assemble(&text, target, ptxas, &object)?;
            let code = disassemble(nvdisasm, &object)?;
            // From a label to the branch back to it.
            let mut since: HashMap<&str, usize> = HashMap::new();
            let mut clamps = 0;
            for line in code.lines() {
                if let Some(label) = line.trim().strip_suffix(':') {
                    since.insert(label, clamps);
                } else if line.contains("MNMX") {
                    clamps += 1;
                } else if let Some((_, to)) = line.split_once("BRA") {
                    let label = to.split('(').nth(1).and_then(|to| to.split(')').next());
                    let before = label.and_then(|label| since.get(label));
                    if before.is_some_and(|&before| before < clamps) {
                        return Err(format!("a clamp in a loop for {target}:\n{code}").into());
                    }
                }
            }
            if clamps == 0 {
                return Err(format!("ptxas drops the clamps for {target}:\n{code}").into());
            }
        }
    }
    Ok(())
}

fn disassemble(nvdisasm: &Path, object: &Path) -> Result<String, Failed> {
    let output = Command::new(nvdisasm).arg("-c").arg(object).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// In machine code the index is still clamped.
fn keeps_check(body: &str, ptxas: Option<&Path>, nvdisasm: Option<&Path>) -> Result<(), Failed> {
    let (ptxas, nvdisasm) = (ptxas.ok_or("no ptxas")?, nvdisasm.ok_or("no nvdisasm")?);
    let source = format!(
        "struct P {{ start: u32, step: u32 }}
        @group(0) @binding(0) var<uniform> p: P;
        @group(0) @binding(1) var<storage, read_write> x: array<u32>;
        @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
            var i = p.start + id.x;
            {body}
            x[i] = 7u;
        }}"
    );
    let scratch = Scratch::new(body)?;
    for target in TARGETS {
        for (_, text) in translate(&source, target)? {
            if !text.contains("min.u32") {
                return Err(
                    format!("the clamp is gone already in PTX for {target}:\n{text}").into(),
                );
            }
            let object = scratch.0.join("probe.cubin");
            assemble(&text, target, ptxas, &object)?;
            let code = disassemble(nvdisasm, &object)?;
            // IMNMX on older, VIMNMX on newer targets, UIMNMX and VIADDMNMX of both kinds. Each
            // clamp of an index in a vector register is one; ptxas makes more of a loop.
            let clamps = text.matches("min.u32").count();
            let kept = code.matches("MNMX").count();
            if kept < clamps {
                return Err(format!("ptxas drops a clamp for {target}:\n{text}\n{code}").into());
            }
        }
    }
    Ok(())
}
