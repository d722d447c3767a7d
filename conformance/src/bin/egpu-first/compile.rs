//! PTX through the driver's own compiler: machine code to keep, and what it needs.

use std::path::Path;

use egpu_driver::cuda::functions::value;

use crate::raw::Raw;
use crate::{text, Outcome};

/// `CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES`.
const SHARED_SIZE: std::ffi::c_int = 1;

/// What a kernel needs, with the widths of the table's columns.
const ATTRIBUTES: [(std::ffi::c_int, usize); 4] = [
    (value::function::REGISTERS, 10),
    (value::function::LOCAL_SIZE, 8),
    (SHARED_SIZE, 8),
    (value::function::MAX_THREADS_PER_BLOCK, 9),
];

/// Names of the entry points of a text.
fn entries(ptx: &str) -> impl Iterator<Item = &str> {
    ptx.split(".entry ").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_$%".contains(c)))?;
        Some(&rest[..end])
    })
}

/// Compiles every `NAME.ptx` of a folder to `NAME.cubin` and says what its kernels need.
pub fn folder(raw: &Raw, folder: &Path) -> Outcome<String> {
    let shown = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = std::fs::read_dir(folder)
        .map_err(shown)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(shown)?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "ptx"));
    files.sort();
    let mut table = format!(
        "{:<28}{:>10}{:>8}{:>8}{:>9}\n",
        "kernel", "registers", "local", "shared", "threads"
    );
    for path in &files {
        let ptx = std::fs::read_to_string(path).map_err(text)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let cubin = raw
            .compile(&ptx)
            .map_err(|error| format!("{name}: {error}"))?;
        std::fs::write(path.with_extension("cubin"), &cubin).map_err(text)?;
        for entry in entries(&ptx) {
            let function = raw.load(&cubin, entry)?;
            table += &format!("{:<28}", format!("{name} {entry}"));
            for (which, width) in ATTRIBUTES {
                // What this driver does not tell is no reason to keep less.
                table += &match raw.attribute(function, which) {
                    Ok(number) => format!("{number:>width$}"),
                    Err(_) => format!("{:>width$}", "-"),
                };
            }
            table.push('\n');
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    #[test]
    fn entry_points_are_found_by_name() {
        let ptx = ".visible .entry main(.param .b8 a[8]) { ret; }\n.entry second_2 ()\n{ ret; }";
        assert_eq!(
            super::entries(ptx).collect::<Vec<_>>(),
            ["main", "second_2"]
        );
    }
}
