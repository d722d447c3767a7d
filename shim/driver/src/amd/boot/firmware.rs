//! Firmware files: where they are looked for, unpacking, checking before use.
//!
//! A card that must be booted needs six to eight files of AMD's, named by the versions that the card
//! states. They are looked for in `EGPU_FIRMWARE_DIR`, in this program's cache folder, and where
//! Linux keeps them, plain or compressed with xz or zstd. Every file is parsed, and every image in it
//! found, before the card is touched.

use std::io::Read;
use std::path::{Path, PathBuf};

use amd_hw::die::{Generation, IpVersion};
use amd_hw::firmware::{load_order, parts, File, Use};
use amd_hw::psp::FirmwareType;

use crate::CardError;

/// Larger than any firmware file, unpacked.
const SIZE_LIMIT: u64 = 64 << 20;

/// Versions that file names are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Versions {
    pub mp0: IpVersion,
    pub mp1: IpVersion,
    pub sdma: IpVersion,
    pub gc: IpVersion,
}

/// Folders with firmware files, first one first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareSource {
    /// The folders.
    pub folders: Vec<PathBuf>,
}

impl Default for FirmwareSource {
    fn default() -> Self {
        let mut folders = Vec::new();
        folders.extend(
            std::env::var_os("EGPU_FIRMWARE_DIR")
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from),
        );
        folders.extend(FirmwareSource::cache_folder());
        if cfg!(target_os = "linux") {
            folders.push("/lib/firmware/amdgpu".into());
        }
        FirmwareSource { folders }
    }
}

impl FirmwareSource {
    /// Where fetched firmware is kept: `EGPU_CACHE_DIR`, or the platform's cache folder.
    pub fn cache_folder() -> Option<PathBuf> {
        let variable = |name| {
            std::env::var_os(name)
                .filter(|v| !v.is_empty())
                .map(PathBuf::from)
        };
        let cache = variable("EGPU_CACHE_DIR").or_else(|| {
            let base = if cfg!(target_os = "macos") {
                variable("HOME")?.join("Library/Caches")
            } else if cfg!(windows) {
                variable("LOCALAPPDATA")?
            } else {
                variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))?
            };
            Some(base.join("egpu"))
        })?;
        Some(cache.join("firmware"))
    }

    /// Each file that a die needs, and what was found of it.
    pub fn survey(&self, die: amd_hw::die::Die) -> Vec<FirmwareFile> {
        File::needed(die.generation())
            .iter()
            .map(|&file| {
                let name = file.name_for(die);
                let state = match self.read(&name) {
                    Ok(None) => FirmwareState::Missing,
                    Err(problem) => FirmwareState::Bad(problem),
                    Ok(Some((path, bytes))) => match parts(file, &bytes) {
                        Ok(parts) => FirmwareState::Good {
                            path,
                            version: parts.version,
                        },
                        Err(error) => FirmwareState::Bad(format!("{}: {error}", path.display())),
                    },
                };
                FirmwareFile { name, state }
            })
            .collect()
    }

    /// The first file of a name, unpacked.
    fn read(&self, name: &str) -> Result<Option<(PathBuf, Vec<u8>)>, String> {
        for folder in &self.folders {
            for (suffix, unpack) in [
                ("", plain as fn(&Path) -> Result<Vec<u8>, String>),
                (".xz", xz),
                (".zst", zstd),
            ] {
                let path = folder.join(format!("{name}{suffix}"));
                if path.is_file() {
                    let bytes = unpack(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                    return Ok(Some((path, bytes)));
                }
            }
        }
        Ok(None)
    }
}

/// A firmware file that a card needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirmwareFile {
    /// Name without folder and compression.
    pub name: String,
    /// What was found.
    pub state: FirmwareState,
}

/// What was found of a firmware file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirmwareState {
    /// It is whole.
    Good {
        /// Where.
        path: PathBuf,
        /// The version that it states.
        version: u32,
    },
    /// It is in none of the folders.
    Missing,
    /// It is there but cannot be used, and why.
    Bad(String),
}

fn limited(mut reader: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader
        .by_ref()
        .take(SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| e.to_string())?;
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(format!("larger than {SIZE_LIMIT} bytes"));
    }
    Ok(bytes)
}

fn open(path: &Path) -> Result<std::io::BufReader<std::fs::File>, String> {
    std::fs::File::open(path)
        .map(std::io::BufReader::new)
        .map_err(|e| e.to_string())
}

fn plain(path: &Path) -> Result<Vec<u8>, String> {
    limited(open(path)?)
}

fn xz(path: &Path) -> Result<Vec<u8>, String> {
    limited(lzma_rust2::XzReader::new(open(path)?, true))
}

fn zstd(path: &Path) -> Result<Vec<u8>, String> {
    let decoder =
        ruzstd::decoding::StreamingDecoder::new(open(path)?).map_err(|e| e.to_string())?;
    limited(decoder)
}

/// All images of a card, found and checked.
#[derive(Debug)]
pub(super) struct Firmware {
    images: Vec<(Use, Vec<u8>)>,
    loads: Vec<(FirmwareType, Vec<u8>)>,
}

impl Firmware {
    /// An image by its purpose.
    pub(super) fn image(&self, purpose: Use) -> Option<&[u8]> {
        self.images
            .iter()
            .find(|(found, _)| *found == purpose)
            .map(|(_, image)| image.as_slice())
    }

    /// What the security processor loads for others, in order.
    pub(super) fn loads(&self) -> impl Iterator<Item = (&FirmwareType, &[u8])> {
        self.loads.iter().map(|(ty, image)| (ty, image.as_slice()))
    }
}

/// Reads and checks every file.
pub(super) fn load(
    generation: Generation,
    versions: &Versions,
    source: &FirmwareSource,
) -> Result<Firmware, CardError> {
    let unavailable = |problem: String| {
        let folders: Vec<String> = source
            .folders
            .iter()
            .map(|folder| folder.display().to_string())
            .collect();
        CardError::Unavailable {
            problem,
            advice: format!(
                "`egpu firmware get` fetches it; looked in {}",
                folders.join(", ")
            ),
        }
    };
    let mut images = Vec::new();
    for &file in File::needed(generation) {
        let name = file.name(versions.mp0, versions.mp1, versions.sdma, versions.gc);
        let (path, bytes) = source.read(&name).map_err(&unavailable)?.ok_or_else(|| {
            unavailable(format!(
                "the card must be booted, but its firmware {name} is missing"
            ))
        })?;
        let parts = parts(file, &bytes)
            .map_err(|error| unavailable(format!("firmware {}: {error}", path.display())))?;
        for part in parts.parts {
            images.push((part.purpose, bytes[part.range].to_vec()));
        }
    }
    let mut loads = Vec::new();
    for &ty in load_order(generation) {
        let image = images
            .iter()
            .find(|(purpose, _)| *purpose == Use::Load(ty))
            .ok_or_else(|| unavailable(format!("no firmware file contains {ty:?}")))?;
        loads.push((ty, image.1.clone()));
    }
    Ok(Firmware { images, loads })
}
