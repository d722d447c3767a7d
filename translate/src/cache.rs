//! Compiled kernels, kept in memory and on disk.
//!
//! A kernel's name is the BLAKE3 hash of its lowered IR, the options and the compiler's
//! fingerprint: whatever leads to the same IR, by whatever text, finds the same code, and a
//! changed compiler finds nothing. The disk is a convenience: files that are absent, cut short,
//! altered or unwritable are as if they were not there.

use std::collections::HashMap;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use naga_backend::kernel::Kernel;
use naga_backend::{Compiled, Options, Reflection, Stats};
use serde::{Deserialize, Serialize};

/// Bytes of objects held in memory before the cache starts anew.
const MEMORY_MAX: usize = 64 << 20;

/// Largest file looked at.
const FILE_MAX: u64 = 64 << 20;

/// First bytes of a file; the last one is the format's version.
const MAGIC: [u8; 8] = *b"egpuker\x01";

/// Magic, hash of the rest, key.
const HEADER: usize = 8 + 32 + 32;

/// Name of a compiled kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

/// Kernels by key.
#[derive(Debug)]
pub struct Cache {
    memory: Mutex<Memory>,
    folder: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Memory {
    kernels: HashMap<Key, Compiled>,
    bytes: usize,
}

/// What a file says of a kernel besides its object.
#[derive(Serialize, Deserialize)]
struct Description {
    reflection: Reflection,
    stats: Stats,
}

/// Feeds what `Hash` writes to BLAKE3.
struct Digest(blake3::Hasher);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let hash = self.0.finalize();
        u64::from_le_bytes(std::array::from_fn(|n| hash.as_bytes()[n]))
    }
}

/// The name of the code that a kernel becomes under these options.
pub fn key(kernel: &Kernel, options: &Options) -> Key {
    use std::hash::Hash;
    let mut digest = Digest(blake3::Hasher::new());
    digest.write(naga_backend::FINGERPRINT.as_bytes());
    options.hash(&mut digest);
    kernel.hash_content(&mut digest);
    Key(*digest.0.finalize().as_bytes())
}

impl Cache {
    /// A cache that keeps files in `folder`, or none.
    pub fn new(folder: Option<PathBuf>) -> Cache {
        Cache {
            memory: Mutex::default(),
            folder,
        }
    }

    /// The process's cache, with files in [`folder`].
    pub fn global() -> &'static Cache {
        static GLOBAL: OnceLock<Cache> = OnceLock::new();
        GLOBAL.get_or_init(|| Cache::new(folder()))
    }

    /// A kernel, if it is known.
    pub fn get(&self, key: &Key) -> Option<Compiled> {
        if let Some(compiled) = self.lock().kernels.get(key) {
            return Some(compiled.clone());
        }
        let path = self.path(key)?;
        let compiled = read(&path, key)?;
        self.remember(key, &compiled);
        Some(compiled)
    }

    /// Keeps a kernel.
    pub fn put(&self, key: &Key, compiled: &Compiled) {
        self.remember(key, compiled);
        if let Some(path) = self.path(key) {
            if let Err(error) = write(&path, key, compiled) {
                log::debug!("kernel cache: {}: {error}", path.display());
            }
        }
    }

    fn remember(&self, key: &Key, compiled: &Compiled) {
        let mut memory = self.lock();
        if memory.bytes + compiled.object.len() > MEMORY_MAX {
            *memory = Memory::default();
        }
        memory.bytes += compiled.object.len();
        memory.kernels.insert(*key, compiled.clone());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Memory> {
        // A thread that panicked left a map that is whole all the same.
        self.memory.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        let name: String = key.0.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(self.folder.as_ref()?.join(name).with_extension("kernel"))
    }
}

/// Where compiled kernels are kept: `EGPU_CACHE_DIR`, else the platform's cache folder; nowhere if
/// `EGPU_CACHE_DIR` is empty.
pub fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    if let Some(folder) = variable("EGPU_CACHE_DIR") {
        return (!folder.as_os_str().is_empty()).then(|| folder.join("kernels"));
    }
    let home = || variable("HOME").filter(|home| home.is_absolute());
    let base = if cfg!(target_os = "macos") {
        home()?.join("Library/Caches")
    } else if cfg!(windows) {
        variable("LOCALAPPDATA")?
    } else {
        let set = variable("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
        match set {
            Some(folder) => folder,
            None => home()?.join(".cache"),
        }
    };
    Some(base.join("egpu").join("kernels"))
}

fn read(path: &Path, key: &Key) -> Option<Compiled> {
    let length = std::fs::metadata(path).ok()?.len();
    if length > FILE_MAX {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let compiled = decode(&bytes, key);
    if compiled.is_none() {
        log::debug!("kernel cache: {} is damaged, and ignored", path.display());
    }
    compiled
}

fn decode(bytes: &[u8], key: &Key) -> Option<Compiled> {
    let (header, payload) = bytes.split_at_checked(HEADER)?;
    let (magic, rest) = header.split_at(8);
    let (hash, named) = rest.split_at(32);
    if magic != MAGIC || named != key.0 || hash != blake3::hash(payload).as_bytes() {
        return None;
    }
    let (length, rest) = payload.split_first_chunk::<4>()?;
    let (description, object) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let description: Description = serde_json::from_slice(description).ok()?;
    Some(Compiled {
        object: object.to_vec(),
        reflection: description.reflection,
        stats: description.stats,
    })
}

fn encode(key: &Key, compiled: &Compiled) -> serde_json::Result<Vec<u8>> {
    let description = serde_json::to_vec(&Description {
        reflection: compiled.reflection.clone(),
        stats: compiled.stats.clone(),
    })?;
    let mut payload = Vec::with_capacity(4 + description.len() + compiled.object.len());
    payload.extend((description.len() as u32).to_le_bytes());
    payload.extend(description);
    payload.extend(&compiled.object);
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    bytes.extend(MAGIC);
    bytes.extend(blake3::hash(&payload).as_bytes());
    bytes.extend(key.0);
    bytes.extend(payload);
    Ok(bytes)
}

/// Writes beside the file and renames, so that no reader sees half of it.
fn write(path: &Path, key: &Key, compiled: &Compiled) -> std::io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let bytes = encode(key, compiled)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let partial = path.with_extension(format!("{}-{count}.partial", std::process::id()));
    let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use naga_backend::Target;

    fn kernel(workgroup: u32) -> Kernel {
        Kernel::new("main", [workgroup, 1, 1])
    }

    fn options(target: &str) -> Options {
        Options::new(Target::from_name(target).expect("a known target"))
    }

    fn compiled() -> Compiled {
        Compiled {
            object: vec![1, 2, 3],
            reflection: Reflection {
                entry: "main".into(),
                workgroup_size: [64, 1, 1],
                bindings: vec![naga_backend::reflection::BindingReflection {
                    group: 1,
                    binding: 2,
                    name: "data".into(),
                    kind: naga_backend::kernel::BindingKind::ReadOnlyStorage,
                    min_size: 4,
                    offset: 16,
                    form: naga_backend::reflection::BindingForm::Descriptor,
                }],
                argument_size: 32,
                immediates: None,
                num_workgroups: Some(8),
                workgroup_memory: 0,
                scratch: 0,
            },
            stats: Stats::default(),
        }
    }

    #[test]
    fn keys_differ_by_kernel_and_options() {
        let key = |workgroup, target| super::key(&kernel(workgroup), &options(target));
        assert_eq!(key(64, "gfx1100"), key(64, "gfx1100"));
        assert_ne!(key(64, "gfx1100"), key(32, "gfx1100"));
        assert_ne!(key(64, "gfx1100"), key(64, "gfx1201"));
        let unchecked = Options {
            checks: naga_backend::Checks {
                bounds: false,
                division: true,
            },
            ..options("gfx1100")
        };
        assert_ne!(key(64, "gfx1100"), super::key(&kernel(64), &unchecked));
    }

    #[test]
    fn files_survive_the_process_and_damage_is_ignored() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = key(&kernel(64), &options("gfx1100"));
        let cache = || Cache::new(Some(folder.path().to_owned()));
        assert!(cache().get(&key).is_none());
        cache().put(&key, &compiled());
        let found = cache().get(&key).expect("the file is there");
        assert_eq!(found.object, compiled().object);
        assert_eq!(found.reflection, compiled().reflection);

        let path = cache().path(&key).expect("it has a folder");
        let good = std::fs::read(&path).expect("it was written");
        for damage in 0..good.len() {
            let mut bad = good.clone();
            bad[damage] ^= 0x40;
            assert!(decode(&bad, &key).is_none(), "byte {damage}");
            assert!(decode(&good[..damage], &key).is_none(), "cut at {damage}");
        }
        let other = super::key(&kernel(32), &options("gfx1100"));
        assert!(decode(&good, &other).is_none());
    }

    #[test]
    fn memory_alone_will_do() {
        let cache = Cache::new(None);
        let key = key(&kernel(64), &options("gfx1100"));
        cache.put(&key, &compiled());
        assert_eq!(cache.get(&key).expect("it was put").object, [1, 2, 3]);
    }
}
