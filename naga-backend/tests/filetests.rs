//! Compiler tests in files, in the manner of Cranelift.
//!
//! `tests/filetests/**/*.ir` hold a kernel in the text form of the IR, `*.wgsl` a shader. Header
//! lines say what to do with it: `; test fold dce` runs these passes in turn, `; test optimize`
//! all of them, `; test lower` none, `; test asm` makes code of the kernel for both generations,
//! of shaders after all passes, and `; test ptx` PTX for sm_80 (`//` in place of `;` in shaders).
//! What comes out must equal the comment at the end of the file. `BLESS=1 cargo test -p
//! naga-backend --test filetests` rewrites the comments; review the diff.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use naga_backend::kernel::Kernel;
use naga_backend::{amdgpu, passes, Options, Target};
use rdna_isa::Arch;

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no tests under {}", root.display());
    let trials = files
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(&root).unwrap_or(&file);
            Trial::test(name.display().to_string(), move || run(&file))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of tests") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "ir" || e == "wgsl") {
            files.push(path);
        }
    }
}

fn run(file: &Path) -> Result<(), Failed> {
    let text = std::fs::read_to_string(file)?;
    let is_shader = file.extension().is_some_and(|e| e == "wgsl");
    let comment = if is_shader { "//" } else { ";" };
    let command = text
        .lines()
        .find_map(|line| line.strip_prefix(comment)?.trim().strip_prefix("test "))
        .ok_or("no line `; test …`")?;
    let (source, expected) = split(&text, comment);
    let found = execute(source, command, is_shader)?;
    if found == expected {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        let mut text = format!("{}\n\n", source.trim_end());
        for line in found.lines() {
            let _ = writeln!(text, "{}", format!("{comment} {line}").trim_end());
        }
        std::fs::write(file, text)?;
        return Ok(());
    }
    let diff = diff(&expected, &found);
    Err(format!("{command}: BLESS=1 takes over what is found\n{diff}").into())
}

/// The source, and the comment after it without its marks.
fn split<'t>(text: &'t str, comment: &str) -> (&'t str, String) {
    let mut begin = text.len();
    let mut at = text.len();
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        match line.trim_end() {
            // A blank line ends the comment, as headers stand above the source.
            line if line.starts_with(comment) => begin = at,
            _ => break,
        }
    }
    let expected = text[begin..]
        .lines()
        .map(|line| {
            let line = &line[comment.len()..];
            format!("{}\n", line.strip_prefix(' ').unwrap_or(line))
        })
        .collect();
    (&text[..begin], expected)
}

fn execute(source: &str, command: &str, is_shader: bool) -> Result<String, Failed> {
    let target = if command == "ptx" { "sm_80" } else { "gfx1100" };
    let options = Options::new(Target::from_name(target).ok_or("no such target")?);
    let mut kernel = match is_shader {
        true => lower(source, &options)?,
        false => Kernel::parse(source)?,
    };
    kernel.verify()?;
    match command {
        "ptx" => {
            let compiled = naga_backend::compile_kernel(kernel, &options)?;
            return Ok(String::from_utf8(compiled.object)?);
        }
        "lower" => {}
        "asm" => return assembly(kernel, is_shader, options),
        "optimize" => passes::optimize(&mut kernel, &options)?,
        list => {
            for pass in list.split_whitespace() {
                passes::run_pass(&mut kernel, pass).ok_or(format!("no pass `{pass}`"))?;
                kernel.verify()?;
            }
        }
    }
    passes::run_pass(&mut kernel, "compact").ok_or("no pass `compact`")?;
    kernel.verify()?;
    let text = kernel.to_string();
    // What the printer writes the parser reads.
    let again = Kernel::parse(&text)?.to_string();
    if again != text {
        return Err(format!("does not round-trip\n{}", diff(&text, &again)).into());
    }
    Ok(text)
}

/// Machine code for gfx11 and gfx12; once if it is the same.
fn assembly(mut kernel: Kernel, is_shader: bool, options: Options) -> Result<String, Failed> {
    if is_shader {
        passes::optimize(&mut kernel, &options)?;
    }
    let [eleven, twelve] =
        [Arch::Gfx1100, Arch::Gfx1201].map(|arch| amdgpu::assembly(&kernel, arch));
    let (eleven, twelve) = (eleven?, twelve?);
    Ok(match eleven == twelve {
        true => format!("gfx11, gfx12:\n{eleven}"),
        false => format!("gfx11:\n{eleven}gfx12:\n{twelve}"),
    })
}

fn lower(source: &str, options: &Options) -> Result<Kernel, Failed> {
    let module = naga::front::wgsl::parse_str(source).map_err(|e| e.emit_to_string(source))?;
    let mut validator = naga::valid::Validator::new(
        naga::valid::ValidationFlags::all(),
        naga::valid::Capabilities::all(),
    );
    validator
        .subgroup_stages(naga::valid::ShaderStages::all())
        .subgroup_operations(naga::valid::SubgroupOperationSet::all());
    let info = validator
        .validate(&module)
        .map_err(|e| e.emit_to_string(source))?;
    let entry = module.entry_points.first().ok_or("no entry point")?;
    Ok(naga_backend::lower(&module, &info, &entry.name, options)?)
}

/// Lines that differ, by the longest common subsequence.
fn diff(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut common = vec![vec![0u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = match old[i] == new[j] {
                true => common[i + 1][j + 1] + 1,
                false => common[i + 1][j].max(common[i][j + 1]),
            };
        }
    }
    let mut text = String::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            let _ = writeln!(text, "  {}", old[i]);
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            let _ = writeln!(text, "- {}", old[i]);
            i += 1;
        } else {
            let _ = writeln!(text, "+ {}", new[j]);
            j += 1;
        }
    }
    text
}
