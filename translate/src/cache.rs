//! Compiled kernels, kept in memory and on disk.
//!
//! A kernel's name is the BLAKE3 hash of its lowered IR, the options and the compiler's
//! fingerprint: whatever leads to the same IR, by whatever text, finds the same code, and a
//! changed compiler finds nothing. The disk is a convenience: files that are absent, cut short,
//! altered or unwritable are as if they were not there. The folder is bounded: when files outgrow
//! the limit, those not used for longest go.

use std::collections::HashMap;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use naga_backend::kernel::Kernel;
use naga_backend::{Compiled, Options, Reflection, Stats};
use serde::{Deserialize, Serialize};

/// Bytes of objects held in memory before the cache starts anew.
const MEMORY_MAX: usize = 64 << 20;

/// Largest file looked at.
const FILE_MAX: u64 = 64 << 20;

/// Bytes of files kept in a folder.
const FOLDER_MAX: u64 = 256 << 20;

/// Files that a process began to write and never finished are rubbish after so long.
const PARTIAL_AGE: Duration = Duration::from_secs(3600);

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
    folder: Option<Folder>,
}

/// Where files are.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    limit: u64,
    /// Bytes of files as of the last look, with what this process has added since; `None` before
    /// the first.
    used: Mutex<Option<u64>>,
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
    /// A cache that keeps files in `folder`, up to 256 MiB of them, or none.
    pub fn new(folder: Option<PathBuf>) -> Cache {
        Cache::with_limit(folder, FOLDER_MAX)
    }

    fn with_limit(folder: Option<PathBuf>, limit: u64) -> Cache {
        Cache {
            memory: Mutex::default(),
            folder: folder.map(|path| Folder {
                path,
                limit,
                used: Mutex::default(),
            }),
        }
    }

    /// The process's cache, with files in [`folder`].
    pub fn global() -> Arc<Cache> {
        static GLOBAL: OnceLock<Arc<Cache>> = OnceLock::new();
        GLOBAL
            .get_or_init(|| Arc::new(Cache::new(folder())))
            .clone()
    }

    /// A kernel, if it is known.
    pub fn get(&self, key: &Key) -> Option<Compiled> {
        if let Some(compiled) = self.lock().kernels.get(key) {
            return Some(compiled.clone());
        }
        let path = self.path(key)?;
        let compiled = read(&path, key)?;
        // Its time says when it was last of use.
        if let Ok(file) = std::fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        self.remember(key, &compiled);
        Some(compiled)
    }

    /// Keeps a kernel.
    pub fn put(&self, key: &Key, compiled: &Compiled) {
        self.remember(key, compiled);
        if let (Some(path), Some(folder)) = (self.path(key), &self.folder) {
            match write(&path, key, compiled) {
                Ok(bytes) => folder.grew(bytes),
                Err(error) => log::debug!("kernel cache: {}: {error}", path.display()),
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
        let folder = self.folder.as_ref()?;
        Some(folder.path.join(name).with_extension("kernel"))
    }
}

impl Folder {
    /// A file was added: others may have to go.
    fn grew(&self, bytes: u64) {
        let mut used = self.used.lock().unwrap_or_else(|e| e.into_inner());
        let total = used.map_or(u64::MAX, |used| used.saturating_add(bytes));
        if total > self.limit {
            *used = Some(self.prune());
        } else {
            *used = Some(total);
        }
    }

    /// Removes what was not used for longest until a quarter is free, if the limit is passed; the
    /// bytes that remain. What another process removes meanwhile is gone all the same.
    fn prune(&self) -> u64 {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.path)
            .into_iter()
            .flatten()
            .flatten()
        {
            let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else {
                continue;
            };
            let time = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            match path.extension().and_then(|e| e.to_str()) {
                Some("kernel") => files.push((time, metadata.len(), path)),
                Some("partial") if time.elapsed().is_ok_and(|age| age > PARTIAL_AGE) => {
                    let _ = std::fs::remove_file(path);
                }
                _ => {}
            }
        }
        let mut used = files.iter().map(|(_, length, _)| length).sum();
        if used <= self.limit {
            return used;
        }
        files.sort();
        for (_, length, path) in files {
            if used <= self.limit / 4 * 3 {
                break;
            }
            match std::fs::remove_file(&path) {
                Ok(()) => used -= length,
                Err(error) => log::debug!("kernel cache: {}: {error}", path.display()),
            }
        }
        used
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

/// Writes beside the file and renames, so that no reader sees half of it; the bytes written.
fn write(path: &Path, key: &Key, compiled: &Compiled) -> std::io::Result<u64> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let bytes = encode(key, compiled)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let partial = path.with_extension(format!("{}-{count}.partial", std::process::id()));
    let written = std::fs::write(&partial, &bytes).and_then(|()| std::fs::rename(&partial, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&partial);
    }
    written.map(|()| bytes.len() as u64)
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
                    limits: Vec::new(),
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
    fn the_folder_stays_within_its_limit_and_what_is_used_stays() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let open = |limit| Cache::with_limit(Some(folder.path().to_owned()), limit);
        let keys: Vec<Key> = (1..=40)
            .map(|workgroup| key(&kernel(workgroup), &options("gfx1100")))
            .collect();
        let one = {
            open(u64::MAX).put(&keys[0], &compiled());
            let path = open(0).path(&keys[0]).expect("it has a folder");
            std::fs::metadata(path).expect("it was written").len()
        };
        let limit = 20 * one;
        let cache = open(limit);
        for (i, key) in keys.iter().enumerate() {
            cache.put(key, &compiled());
            // Each older than the next, whatever the clock's grain; the first stays in use.
            let age = SystemTime::now() - Duration::from_secs(1000 - i as u64);
            let path = cache.path(key).expect("it has a folder");
            let file = std::fs::File::options().append(true).open(path);
            file.and_then(|file| file.set_modified(age))
                .expect("it was written");
            assert!(open(limit).get(&keys[0]).is_some(), "after {i}");
        }
        let files = std::fs::read_dir(folder.path()).expect("the folder");
        let used: u64 = files.map(|f| f.unwrap().metadata().unwrap().len()).sum();
        assert!(used <= limit && used >= limit / 2, "{used} of {limit}");
        assert!(open(limit).get(&keys[1]).is_none());
        assert!(open(limit).get(&keys[39]).is_some());
    }

    #[test]
    fn memory_alone_will_do() {
        let cache = Cache::new(None);
        let key = key(&kernel(64), &options("gfx1100"));
        cache.put(&key, &compiled());
        assert_eq!(cache.get(&key).expect("it was put").object, [1, 2, 3]);
    }
}
