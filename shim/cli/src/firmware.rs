//! `egpu firmware`: the files that a card needs to boot, and fetching them.
//!
//! Files come from linux-firmware with the system's `curl`, at one revision whose SHA-256 sums are
//! in this binary: what does not match is not kept.

use std::path::{Path, PathBuf};
use std::process::Command;

use egpu_cards::egpu_driver::amd::{FirmwareSource, FirmwareState};
use egpu_cards::Die;
use lexopt::prelude::*;
use sha2::{Digest, Sha256};

use crate::firmware_sums::{REVISION, SHA256};
use crate::{args, serve, Failure, Outcome};

/// The subcommand.
pub fn firmware(mut parser: lexopt::Parser) -> Outcome {
    let mut action = None;
    let mut dies = Vec::new();
    let mut folder = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Value(word) if action.is_none() => action = Some(word.string()?),
            Long("card") => dies.push(serve::die(&args::text(&mut parser)?)?),
            Long("dir") => folder = Some(PathBuf::from(parser.value()?)),
            other => return Err(other.unexpected().into()),
        }
    }
    if dies.is_empty() {
        dies.extend(Die::ALL);
    }
    match action.as_deref() {
        Some("list") => list(&dies, folder),
        Some("get") => get(&dies, folder),
        _ => Err(Failure::Usage(
            "say `firmware list` or `firmware get`".into(),
        )),
    }
}

fn list(dies: &[Die], folder: Option<PathBuf>) -> Outcome {
    let source = match folder {
        Some(folder) => FirmwareSource {
            folders: vec![folder],
        },
        None => FirmwareSource::default(),
    };
    println!("looked for in:");
    for folder in &source.folders {
        println!("  {}", folder.display());
    }
    let mut missing = 0;
    for die in dies {
        println!("{} ({}):", die.card_name(), die.code_name());
        for file in source.survey(*die) {
            let state = match &file.state {
                FirmwareState::Good { path, version } => {
                    format!("whole, version {version:#x}, {}", path.display())
                }
                FirmwareState::Missing => "missing".into(),
                FirmwareState::Bad(problem) => format!("unusable: {problem}"),
            };
            missing += usize::from(!matches!(file.state, FirmwareState::Good { .. }));
            println!("  {:<24} {state}", file.name);
        }
    }
    if missing > 0 {
        println!("{missing} files are missing or unusable; `egpu firmware get` fetches them");
    }
    Ok(())
}

fn get(dies: &[Die], folder: Option<PathBuf>) -> Outcome {
    let folder = folder
        .or_else(|| std::env::var_os("EGPU_FIRMWARE_DIR").map(PathBuf::from))
        .or_else(FirmwareSource::cache_folder)
        .ok_or_else(|| Failure::with_advice("no cache folder is known", "say --dir DIR"))?;
    let failed = |path: &Path, error| Failure::failed(format!("{}: {error}", path.display()));
    std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
    let nowhere = FirmwareSource {
        folders: Vec::new(),
    };
    let mut names: Vec<String> = dies
        .iter()
        .flat_map(|die| nowhere.survey(*die))
        .map(|file| file.name)
        .collect();
    names.sort();
    names.dedup();
    for name in names {
        let path = folder.join(&name);
        let sum = SHA256
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, sum)| *sum)
            .ok_or_else(|| Failure::failed(format!("no checksum is known for {name}")))?;
        if std::fs::read(&path).is_ok_and(|bytes| sha256(&bytes) == sum) {
            println!("{name}: here already");
            continue;
        }
        let bytes = fetch(&name)?;
        if sha256(&bytes) != sum {
            return Err(Failure::with_advice(
                format!("{name}: what was fetched has another checksum than expected"),
                "nothing was kept; try again, or copy the file from a Linux distribution",
            ));
        }
        // Under another name first, so that a broken write never looks like a whole file.
        let partial = path.with_extension("partial");
        std::fs::write(&partial, bytes).map_err(|error| failed(&partial, error))?;
        std::fs::rename(&partial, &path).map_err(|error| failed(&path, error))?;
        println!("{name}: fetched");
    }
    println!("firmware is in {}", folder.display());
    Ok(())
}

fn fetch(name: &str) -> Result<Vec<u8>, Failure> {
    let address =
        format!("https://gitlab.com/kernel-firmware/linux-firmware/-/raw/{REVISION}/amdgpu/{name}");
    let advice = "check the network, or copy the file from a Linux distribution's \
                  /lib/firmware/amdgpu into the folder";
    let output = Command::new("curl")
        .args([
            "--fail",
            "--silent",
            "--show-error",
            "--location",
            "--max-time",
            "120",
            &address,
        ])
        .output()
        .map_err(|error| Failure::with_advice(format!("curl cannot be run: {error}"), advice))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::with_advice(
            format!("{name}: {}", words.trim()),
            advice,
        ));
    }
    Ok(output.stdout)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_checksum() {
        let nowhere = FirmwareSource {
            folders: Vec::new(),
        };
        for die in Die::ALL {
            for file in nowhere.survey(die) {
                assert!(
                    SHA256.iter().any(|(name, _)| *name == file.name),
                    "{}",
                    file.name
                );
            }
        }
    }

    #[test]
    fn sums() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b""), empty);
    }
}
