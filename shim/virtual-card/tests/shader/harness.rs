//! A flat memory, a loader for HSA code objects, and a launcher: what a test needs to run a kernel
//! without a driver.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;

use object::{Object, ObjectSegment, ObjectSymbol};
use rdna_isa::Arch;
use virtual_card::shader::{
    Access, Config, Dispatch, Engine, FaultKind, HostSpan, Memory, MemoryFault, Stats, WaveError,
};

/// Memory as a few separate allocations at fixed virtual addresses.
pub struct Flat {
    blocks: BTreeMap<u64, Vec<u64>>,
    next: u64,
}

/// An allocation.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    pub va: u64,
    pub bytes: usize,
}

impl Flat {
    pub fn new() -> Flat {
        Flat {
            blocks: BTreeMap::new(),
            next: 0x2000_0000_0000,
        }
    }

    /// Allocates zeroed, page-aligned memory with an unmapped page behind it.
    pub fn alloc(&mut self, bytes: usize) -> Block {
        let va = self.next;
        let bytes = bytes.max(8).next_multiple_of(8);
        self.next += (bytes as u64).next_multiple_of(4096) + 4096;
        self.blocks.insert(va, vec![0; bytes / 8]);
        Block { va, bytes }
    }

    pub fn alloc_with(&mut self, data: &[u8]) -> Block {
        let b = self.alloc(data.len());
        self.write(b.va, data);
        b
    }

    pub fn write(&mut self, va: u64, data: &[u8]) {
        let (start, block) = self.blocks.range_mut(..=va).next_back().unwrap();
        let at = (va - start) as usize;
        let bytes: &mut [u8] =
            // SAFETY: the words' own bytes.
            unsafe { std::slice::from_raw_parts_mut(block.as_mut_ptr().cast(), block.len() * 8) };
        bytes[at..at + data.len()].copy_from_slice(data);
    }

    pub fn read(&self, b: Block) -> Vec<u8> {
        let block = &self.blocks[&b.va];
        block
            .iter()
            .flat_map(|w| w.to_le_bytes())
            .take(b.bytes)
            .collect()
    }

    pub fn u32s(&self, b: Block) -> Vec<u32> {
        self.read(b)
            .chunks_exact(4)
            .map(|c| u32::from_le_bytes(c.try_into().unwrap()))
            .collect()
    }

    pub fn f32s(&self, b: Block) -> Vec<f32> {
        self.u32s(b).into_iter().map(f32::from_bits).collect()
    }

    pub fn f64s(&self, b: Block) -> Vec<f64> {
        self.read(b)
            .chunks_exact(8)
            .map(|c| f64::from_le_bytes(c.try_into().unwrap()))
            .collect()
    }
}

impl Memory for Flat {
    fn translate(&self, va: u64, access: Access) -> Result<HostSpan, MemoryFault> {
        let fault = MemoryFault {
            va,
            access,
            kind: FaultKind::Unmapped,
        };
        let (start, block) = self.blocks.range(..=va).next_back().ok_or(fault)?;
        let at = va - start;
        let len = (block.len() * 8) as u64;
        if at >= len {
            return Err(fault);
        }
        Ok(HostSpan {
            // SAFETY: `at` is below the block's length.
            ptr: unsafe { block.as_ptr().cast_mut().cast::<u8>().add(at as usize) },
            len: len - at,
            writable: true,
            uncached: false,
        })
    }
}

/// A kernel in memory.
#[derive(Clone, Debug)]
pub struct Kernel {
    pub code: u64,
    pub rsrc: [u32; 3],
    pub properties: u16,
    pub lds: u32,
    pub scratch: u32,
    pub arch: Arch,
}

/// Bytes of a code object, before it is loaded, and where its kernels are.
pub fn load(mem: &mut Flat, elf: &[u8], name: &str) -> Kernel {
    load_patched(mem, elf, name, |_| {})
}

/// Loads a code object, with `patch` applied to the kernel's code dwords (up to its end).
pub fn load_patched(
    mem: &mut Flat,
    elf: &[u8],
    name: &str,
    patch: impl FnOnce(&mut [u32]),
) -> Kernel {
    let file = object::File::parse(elf).unwrap();
    let arch = match file.flags() {
        object::FileFlags::Elf { e_flags, .. } => Arch::from_elf_flags(e_flags.0).unwrap(),
        _ => panic!("not an ELF"),
    };
    let end = file
        .segments()
        .map(|s| s.address() + s.size())
        .max()
        .unwrap()
        + 256;
    let mut image = vec![0u8; end as usize];
    for s in file.segments() {
        let data = s.data().unwrap();
        image[s.address() as usize..s.address() as usize + data.len()].copy_from_slice(data);
    }
    let symbol = |name: &str| {
        file.dynamic_symbols()
            .find(|s| s.name() == Ok(name))
            .unwrap_or_else(|| panic!("no symbol {name}"))
    };
    let kd = symbol(&format!("{name}.kd")).address() as usize;
    let word = |at: usize| u32::from_le_bytes(image[kd + at..kd + at + 4].try_into().unwrap());
    let entry = i64::from_le_bytes(image[kd + 16..kd + 24].try_into().unwrap());
    let code = (kd as i64 + entry) as usize;
    let kernel = Kernel {
        code: code as u64,
        rsrc: [word(48), word(52), word(44)],
        properties: word(56) as u16,
        lds: word(0),
        scratch: word(4),
        arch,
    };
    let size = symbol(name).size() as usize;
    let mut words: Vec<u32> = image[code..code + size]
        .chunks_exact(4)
        .map(|c| u32::from_le_bytes(c.try_into().unwrap()))
        .collect();
    patch(&mut words);
    for (i, w) in words.iter().enumerate() {
        image[code + 4 * i..code + 4 * i + 4].copy_from_slice(&w.to_le_bytes());
    }
    let b = mem.alloc_with(&image);
    Kernel {
        code: b.va + kernel.code,
        ..kernel
    }
}

/// Kernel arguments, laid out as compilers do: each aligned to its size.
#[derive(Default)]
pub struct Args(Vec<u8>);

impl Args {
    pub fn new() -> Args {
        Args::default()
    }

    fn push(mut self, bytes: &[u8]) -> Args {
        self.0.resize(self.0.len().next_multiple_of(bytes.len()), 0);
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn ptr(self, b: Block) -> Args {
        self.push(&b.va.to_le_bytes())
    }

    pub fn u32(self, v: u32) -> Args {
        self.push(&v.to_le_bytes())
    }

    pub fn f32(self, v: f32) -> Args {
        self.push(&v.to_le_bytes())
    }
}

/// The dispatch of a kernel, with argument block and scratch allocated.
pub fn dispatch(
    mem: &mut Flat,
    k: &Kernel,
    args: Args,
    groups: [u32; 3],
    threads: [u32; 3],
) -> Dispatch {
    let mut bytes = args.0;
    bytes.resize(bytes.len().next_multiple_of(8) + 256, 0);
    let kernarg = mem.alloc_with(&bytes);
    let mut user_data = [0; 16];
    let mut at = 0;
    // User SGPRs in the order of the descriptor's property bits.
    for (bit, dwords) in [(0, 4), (1, 2), (2, 2), (3, 2), (4, 2), (5, 2), (6, 1)] {
        if k.properties >> bit & 1 == 0 {
            continue;
        }
        if bit == 1 {
            let packet = mem.alloc(64);
            user_data[at] = packet.va as u32;
            user_data[at + 1] = (packet.va >> 32) as u32;
        }
        if bit == 3 {
            user_data[at] = kernarg.va as u32;
            user_data[at + 1] = (kernarg.va >> 32) as u32;
        }
        at += dwords;
    }
    // The card's ring holds 64 waves; its size is counted in 256 bytes a wave.
    let wave_bytes = (u64::from(k.scratch) * 32).next_multiple_of(256);
    let scratch = mem.alloc((wave_bytes * 64).max(8) as usize);
    Dispatch {
        arch: k.arch,
        code: k.code,
        rsrc1: k.rsrc[0],
        rsrc2: k.rsrc[1] | k.lds.div_ceil(512) << 15,
        rsrc3: k.rsrc[2],
        user_data,
        groups,
        start: [0; 3],
        threads,
        partial: threads,
        wave32: true,
        scratch_base: scratch.va,
        tmpring_size: 64 | ((wave_bytes / 256) as u32) << 12,
        sh_mem_bases: 0x0002_0001,
        shader_engines: 1,
        compute_units: 4,
        vmid: 0,
    }
}

/// Runs a dispatch with a fresh engine.
pub fn run(config: &Config, mem: &Flat, d: &Dispatch) -> Result<Stats, WaveError> {
    Engine::new(config.clone()).run(d, mem, &AtomicBool::new(false))
}

/// Code objects of `tests/llvm/NAME.cl` for `cpu`: compiled afresh where clang is installed, the
/// committed one otherwise. `None` (after saying so) where there is neither.
pub fn object(name: &str, cpu: &str) -> Option<Vec<u8>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/llvm");
    let source = dir.join(format!("{name}.cl"));
    if let Some(clang) = clang() {
        let out =
            std::env::temp_dir().join(format!("egpu-{name}-{cpu}-{}.elf", std::process::id()));
        let status = Command::new(clang)
            .args([
                "-x",
                "cl",
                "-cl-std=CL2.0",
                "--target=amdgcn-amd-amdhsa",
                "-O2",
                "-mcumode",
            ])
            .args(["-nogpulib", "-w", &format!("-mcpu={cpu}")])
            .arg(&source)
            .arg("-o")
            .arg(&out)
            .status();
        if matches!(status, Ok(s) if s.success()) {
            let bytes = std::fs::read(&out).ok();
            let _ = std::fs::remove_file(&out);
            if bytes.is_some() {
                return bytes;
            }
        }
        panic!("clang could not compile {}", source.display());
    }
    let committed = dir.join(format!("{name}-{cpu}.elf"));
    match std::fs::read(&committed) {
        Ok(bytes) => Some(bytes),
        Err(_) => {
            eprintln!("skipped: no clang, and no {}", committed.display());
            None
        }
    }
}

fn clang() -> Option<PathBuf> {
    let named = std::env::var_os("CLANG").map(PathBuf::from);
    let usual = ["clang-22", "clang-21", "clang-20", "clang-19"].map(PathBuf::from);
    named.into_iter().chain(usual).find(|c| {
        let probe = Command::new(c)
            .args([
                "--target=amdgcn-amd-amdhsa",
                "-mcpu=gfx1201",
                "-x",
                "cl",
                "-fsyntax-only",
                "/dev/null",
            ])
            .stderr(std::process::Stdio::null())
            .status();
        matches!(probe, Ok(s) if s.success())
    })
}

/// A small generator of test data (xorshift).
pub struct Rng(pub u64);

impl Rng {
    pub fn u32(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as u32
    }

    /// In [-1, 1), of 24 bits.
    pub fn unit(&mut self) -> f32 {
        (self.u32() >> 8) as f32 / 8_388_608.0 - 1.0
    }
}

pub fn bytes32(v: &[u32]) -> Vec<u8> {
    v.iter().flat_map(|x| x.to_le_bytes()).collect()
}

pub fn bytesf(v: &[f32]) -> Vec<u8> {
    v.iter().flat_map(|x| x.to_le_bytes()).collect()
}
