//! tinygrad's mock card as a witness: boot, page tables, copies, a kernel, clean shutdown.
//!
//! The mock is part of tinygrad's repository; `.ci/tinygrad-mock CHECKOUT PORT` serves it. Without
//! `EGPU_TEST_MOCK=host:port` the test is skipped.

mod common;

use amd_hw::die::Die;
use amd_hw::firmware::{synthetic, File};
use common::{get, object, pattern, put, words};
use egpu_driver::amd::{FirmwareSource, Options};
use egpu_driver::{AmdSource, Card, Command, MemoryKind, Source};
use egpu_link::Endpoint;

fn run(card: &dyn Card, commands: &[Command]) {
    let point = card.submit(commands).unwrap();
    assert!(card.wait(point, None).unwrap());
}

#[test]
fn boots_copies_and_computes() {
    let Ok(address) = std::env::var("EGPU_TEST_MOCK") else {
        eprintln!("skipped: EGPU_TEST_MOCK names no mock card");
        return;
    };
    let folder = std::env::temp_dir().join(format!("egpu-mock-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let die = Die::Navi44;
    for file in File::needed(die.generation()) {
        let bytes = synthetic(*file, die.generation(), 1024);
        std::fs::write(folder.join(file.name_for(die)), bytes).unwrap();
    }
    let options = Options {
        firmware: FirmwareSource {
            folders: vec![folder.clone()],
        },
        ..Options::default()
    };
    let source = AmdSource::at(Endpoint::Tcp(address), options).unwrap();
    assert_eq!(source.info().target, "gfx1200");
    // Cold, then warm.
    for round in 0..2u32 {
        let card = source.open().unwrap();
        let size = 3 << 20;
        let data = pattern(size, round);
        let upload = card.allocate(MemoryKind::Upload, size as u64).unwrap();
        let device = card.allocate(MemoryKind::Device, size as u64).unwrap();
        let back = card.allocate(MemoryKind::Readback, size as u64).unwrap();
        put(&*upload, &data);
        let copy = |source, destination| Command::Copy {
            source,
            destination,
            size: size as u64,
        };
        run(
            &*card,
            &[
                copy(upload.address(), device.address()),
                Command::Barrier,
                copy(device.address(), back.address()),
            ],
        );
        assert!(get(&*back, size as u64) == data);

        let kernel = card.load(object(die), "iota").unwrap();
        let mut arguments = device.address().to_le_bytes().to_vec();
        arguments.extend([3, 0, 0, 0, 7, 0, 0, 0]);
        run(
            &*card,
            &[
                Command::Dispatch {
                    kernel,
                    arguments: arguments.into(),
                    touches: None,
                    groups: [4, 1, 1],
                },
                Command::Barrier,
                Command::Copy {
                    source: device.address(),
                    destination: back.address(),
                    size: 1024,
                },
            ],
        );
        let want: Vec<u32> = (0..256).map(|i| 3 * i + 7).collect();
        assert_eq!(words(&get(&*back, 1024)), want);
    }
    let _ = std::fs::remove_dir_all(folder);
}
