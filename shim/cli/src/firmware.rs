//! `egpu firmware`: the files that a card needs to boot, and fetching them.
//!
//! Files come from linux-firmware with the system's `curl`, or from a mirror of it that
//! `EGPU_FIRMWARE_URL` names, at one revision whose SHA-256 sums are in this binary: what does not
//! match is not kept.

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
        .or_else(|| {
            std::env::var_os("EGPU_FIRMWARE_DIR")
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from)
        })
        .or_else(FirmwareSource::cache_folder)
        .ok_or_else(|| Failure::with_advice("no cache folder is known", "say --dir DIR"))?;
    std::fs::create_dir_all(&folder)
        .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
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
    let base = std::env::var("EGPU_FIRMWARE_URL")
        .ok()
        .filter(|base| !base.is_empty())
        .unwrap_or_else(|| format!("{LINUX_FIRMWARE}/{REVISION}/amdgpu"));
    for name in names {
        let sum = SHA256
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, sum)| *sum)
            .ok_or_else(|| Failure::failed(format!("no checksum is known for {name}")))?;
        match get_file(&base, &name, sum, &folder)? {
            Got::Already => println!("{name}: here already"),
            Got::Fetched => println!("{name}: fetched"),
        }
    }
    println!("firmware is in {}", folder.display());
    Ok(())
}

/// Where the kernel's firmware is published, before the revision.
const LINUX_FIRMWARE: &str = "https://gitlab.com/kernel-firmware/linux-firmware/-/raw";

/// How a file came to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Got {
    /// It was, with the right checksum.
    Already,
    /// It was fetched.
    Fetched,
}

/// Fetches a file unless it is there; a file that is there is replaced only by the right one.
fn get_file(base: &str, name: &str, sum: &str, folder: &Path) -> Result<Got, Failure> {
    let failed = |path: &Path, error| Failure::failed(format!("{}: {error}", path.display()));
    let path = folder.join(name);
    if std::fs::read(&path).is_ok_and(|bytes| sha256(&bytes) == sum) {
        return Ok(Got::Already);
    }
    let bytes = fetch(&format!("{base}/{name}"), name)?;
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
    Ok(Got::Fetched)
}

fn fetch(address: &str, name: &str) -> Result<Vec<u8>, Failure> {
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
            address,
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

    /// Answers every request with the same bytes, then closes.
    fn server(answer: Vec<u8>) -> String {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let _ = client.read(&mut [0; 4096]);
                let _ = client.write_all(&answer);
            }
        });
        format!("http://{address}")
    }

    fn http(status: &str, length: usize, body: &[u8]) -> Vec<u8> {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
        [head.as_bytes(), body].concat()
    }

    /// Why nothing was fetched.
    fn refused(base: &str, sum: &str, folder: &Path) -> String {
        match get_file(base, "mec.bin", sum, folder) {
            Err(Failure::Failed(problem, Some(_))) => problem,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_whole_and_right_files_are_kept() {
        if Command::new("curl").arg("--version").output().is_err() {
            eprintln!("skipped: curl is missing");
            return;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = folder.path();
        let image = vec![0xa5; 70_000];
        let sum = sha256(&image);
        let whole = server(http("200 OK", image.len(), &image));
        let files = || std::fs::read_dir(folder).expect("the folder").count();

        let other = sha256(b"other");
        assert!(refused(&whole, &other, folder).contains("another checksum"));
        let absent = server(http("404 Not Found", 4, b"gone"));
        assert!(refused(&absent, &sum, folder).contains("404"));
        let cut = server(http("200 OK", image.len(), &image[..30_000]));
        assert!(refused(&cut, &sum, folder).contains("mec.bin: curl"));
        let short = server(http("200 OK", 30_000, &image[..30_000]));
        assert!(refused(&short, &sum, folder).contains("another checksum"));
        let nobody = "http://127.0.0.1:1";
        assert!(refused(nobody, &sum, folder).contains("mec.bin: curl"));
        assert_eq!(files(), 0);

        let get = |base: &str| get_file(base, "mec.bin", &sum, folder).expect("it is there");
        assert_eq!(get(&whole), Got::Fetched);
        assert_eq!(get(nobody), Got::Already);
        assert_eq!(files(), 1);
        // What an interrupted copy left is replaced, but not by something worse.
        let path = folder.join("mec.bin");
        std::fs::write(&path, &image[..100]).expect("a file");
        std::fs::write(folder.join("mec.partial"), b"left").expect("a file");
        assert!(refused(&cut, &sum, folder).contains("mec.bin"));
        assert_eq!(std::fs::read(&path).expect("a file").len(), 100);
        assert_eq!(get(&whole), Got::Fetched);
        assert_eq!(std::fs::read(&path).expect("a file"), image);
        assert_eq!(files(), 1);
    }
}
