//! Compiled PTX on disk.
//!
//! The driver's own cache is small, shared by everything and switched off by some; this one is
//! keyed by everything that the result depends on: the text, the driver's version, the card's
//! target. The disk is a convenience: files that are absent, cut short, altered or unwritable are
//! as if they were not there.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// First bytes of a file; the last one is the format's version.
const MAGIC: [u8; 8] = *b"egpucub\x01";

/// Largest file looked at.
const FILE_MAX: u64 = 64 << 20;

/// Where a compiled text is kept.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    path: PathBuf,
    key: [u8; 32],
}

impl Place {
    /// The place in a folder for a text under a driver (`cuDriverGetVersion`) and a target.
    pub(crate) fn new(folder: &Path, ptx: &str, driver: i32, target: &str) -> Place {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&driver.to_le_bytes());
        hasher.update(target.as_bytes());
        hasher.update(&[0]);
        hasher.update(ptx.as_bytes());
        let hash = hasher.finalize();
        Place {
            path: folder.join(hash.to_hex().as_str()).with_extension("cubin"),
            key: *hash.as_bytes(),
        }
    }

    /// What is kept, if it is whole.
    pub(crate) fn get(&self) -> Option<Vec<u8>> {
        let length = std::fs::metadata(&self.path).ok()?.len();
        if length > FILE_MAX {
            return None;
        }
        let mut bytes = std::fs::read(&self.path).ok()?;
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (key, rest) = rest.split_first_chunk::<32>()?;
        let (hash, cubin) = rest.split_first_chunk::<32>()?;
        if *magic != MAGIC || *key != self.key || hash != blake3::hash(cubin).as_bytes() {
            log::debug!(
                "cubin cache: {} is damaged, and ignored",
                self.path.display()
            );
            return None;
        }
        Some(bytes.split_off(8 + 32 + 32))
    }

    /// Keeps a cubin.
    pub(crate) fn put(&self, cubin: &[u8]) {
        if let Err(error) = self.write(cubin) {
            log::debug!("cubin cache: {}: {error}", self.path.display());
        }
    }

    /// Writes beside the file and renames, so that no reader sees half of it.
    fn write(&self, cubin: &[u8]) -> std::io::Result<()> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mut bytes = Vec::with_capacity(72 + cubin.len());
        bytes.extend(MAGIC);
        bytes.extend(self.key);
        bytes.extend(blake3::hash(cubin).as_bytes());
        bytes.extend(cubin);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let extension = format!("{}-{count}.partial", std::process::id());
        let partial = self.path.with_extension(extension);
        let written =
            std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, &self.path));
        if written.is_err() {
            let _ = std::fs::remove_file(&partial);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_a_miss() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let place = Place::new(folder.path(), "text", 12040, "sm_90");
        assert_eq!(place.get(), None);
        place.put(b"cubin");
        assert_eq!(place.get().as_deref(), Some(&b"cubin"[..]));
        let good = std::fs::read(&place.path).expect("it was written");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&place.path, &bad).expect("the folder is writable");
            assert_eq!(place.get(), None, "byte {at}");
            std::fs::write(&place.path, &good[..at]).expect("the folder is writable");
            assert_eq!(place.get(), None, "cut at {at}");
        }
        for other in [
            Place::new(folder.path(), "text ", 12040, "sm_90"),
            Place::new(folder.path(), "text", 12050, "sm_90"),
            Place::new(folder.path(), "text", 12040, "sm_89"),
        ] {
            assert_ne!(other.path, place.path);
        }
    }
}
