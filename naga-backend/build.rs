//! Fingerprint of the compiler's source, so that a cache of kernels never serves those of another
//! version.

use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("set by cargo"));
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    // The instruction tables are a crate of their own; in a published package its version counts.
    for folder in ["src", "isa/src"] {
        println!("cargo::rerun-if-changed={folder}");
        add(&root.join(folder), &mut hash);
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=NAGA_BACKEND_FINGERPRINT={hash:016x}");
}

/// FNV-1a over all files below a folder, in order of their names.
fn add(path: &Path, hash: &mut u64) {
    if let Ok(entries) = std::fs::read_dir(path) {
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        paths.iter().for_each(|path| add(path, hash));
    } else if let Ok(bytes) = std::fs::read(path) {
        for byte in bytes {
            *hash = (*hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
