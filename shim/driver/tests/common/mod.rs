//! Virtual cards for tests.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use amd_hw::die::Die;
use amd_hw::firmware::{synthetic, File};
use egpu_driver::amd::{AmdCard, FirmwareSource, Options};
use egpu_driver::{Card, Command, Memory, MemoryKind};
use egpu_link::Counters;
use virtual_card::{Config, VirtualCard};

/// A small card of a die.
pub fn config(die: Die) -> Config {
    Config {
        die,
        vram: 512 << 20,
        threads: Some(1),
        ..Config::default()
    }
}

/// A card, its model and the messages between them.
pub struct Bench {
    pub model: Arc<VirtualCard>,
    pub link: Arc<Counters>,
    pub card: AmdCard,
}

/// Opens a virtual card.
pub fn open_with(config: Config, options: &Options) -> Bench {
    let model = VirtualCard::new(config).unwrap();
    let link = Arc::new(Counters::new(model.clone()));
    let card = AmdCard::open(link.clone(), options).unwrap();
    Bench { model, link, card }
}

/// Opens a virtual card with the usual options.
pub fn open(config: Config) -> Bench {
    open_with(config, &Options::default())
}

impl Bench {
    /// Host memory with content.
    pub fn upload(&self, data: &[u8]) -> Arc<dyn Memory> {
        let memory = self
            .card
            .allocate(MemoryKind::Upload, data.len() as u64)
            .unwrap();
        put(&*memory, data);
        memory
    }

    /// Runs commands to their end.
    pub fn run(&self, commands: &[Command]) {
        let point = self.card.submit(commands).unwrap();
        assert!(self.card.wait(point, None).unwrap());
    }

    /// Content of card memory, fetched through host memory.
    pub fn fetch(&self, address: u64, size: u64) -> Vec<u8> {
        let memory = self.card.allocate(MemoryKind::Readback, size).unwrap();
        self.run(&[Command::Copy {
            source: address,
            destination: memory.address(),
            size,
        }]);
        get(&*memory, size)
    }

    /// Card memory with content.
    pub fn device(&self, data: &[u8]) -> Arc<dyn Memory> {
        let memory = self
            .card
            .allocate(MemoryKind::Device, data.len() as u64)
            .unwrap();
        let staging = self.upload(data);
        self.run(&[Command::Copy {
            source: staging.address(),
            destination: memory.address(),
            size: data.len() as u64,
        }]);
        memory
    }

    /// What the model complains about.
    pub fn assert_clean(&self) {
        let findings = self.model.findings();
        assert!(findings.is_empty(), "{findings:#?}");
    }
}

/// Writes host memory.
pub fn put(memory: &dyn Memory, data: &[u8]) {
    assert!(data.len() as u64 <= memory.size());
    let pointer = memory.mapping().unwrap();
    // SAFETY: the range was checked, and no submitted work touches this memory yet.
    unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), pointer, data.len()) };
    memory.flush(0, data.len() as u64).unwrap();
}

/// Reads host memory.
pub fn get(memory: &dyn Memory, size: u64) -> Vec<u8> {
    assert!(size <= memory.size());
    memory.invalidate(0, size).unwrap();
    let pointer = memory.mapping().unwrap();
    let mut data = vec![0; size as usize];
    // SAFETY: the range was checked, and the work that writes this memory is done.
    unsafe { std::ptr::copy_nonoverlapping(pointer, data.as_mut_ptr(), data.len()) };
    data
}

/// Bytes that differ from their neighbours.
pub fn pattern(size: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..size)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

/// The test kernels (tests/objects/kernels.cl) for a die.
pub fn object(die: Die) -> &'static [u8] {
    match die {
        Die::Navi31 => include_bytes!("../objects/gfx1100.elf"),
        Die::Navi32 => include_bytes!("../objects/gfx1101.elf"),
        Die::Navi33 => include_bytes!("../objects/gfx1102.elf"),
        Die::Navi44 => include_bytes!("../objects/gfx1200.elf"),
        Die::Navi48 => include_bytes!("../objects/gfx1201.elf"),
    }
}

/// Bytes as words.
pub fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect()
}

/// A folder that goes with its owner.
pub struct Folder(PathBuf);

impl Folder {
    /// An empty one.
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("egpu-driver-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// With all firmware that a die needs.
    pub fn with_firmware(name: &str, die: Die) -> Folder {
        let folder = Folder::new(name);
        for file in File::needed(die.generation()) {
            let bytes = synthetic(*file, die.generation(), 3000);
            std::fs::write(folder.0.join(file.name_for(die)), bytes).unwrap();
        }
        folder
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Options that find firmware only there.
    pub fn options(&self) -> Options {
        Options {
            firmware: FirmwareSource {
                folders: vec![self.0.clone()],
            },
            ..Options::default()
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
