//! What an adapter promises of its memory, on cards of many sizes.

use egpu_driver::{Command, MemoryKind, Source};
use naga_backend::Target;
use wgpu_egpu::cards::{Die, VirtualConfig, VirtualSource};
use wgpu_egpu::{instance_with, Options};

/// Four GiB less a dword: what a descriptor counts.
const MOST: u64 = 0xffff_fffc;

fn limits(vram: u64) -> wgpu::Limits {
    let mut options = Options::default();
    options.cards.adapter = Some("virtual".into());
    options.cards.virtual_card.vram = vram;
    // Indirect validation makes wgpu-core promise less.
    options.flags -= wgpu::InstanceFlags::VALIDATION_INDIRECT_CALL;
    let instance = instance_with(options).expect("the virtual card");
    let adapter = pollster::block_on(instance.request_adapter(&Default::default()));
    adapter.expect("an adapter").limits()
}

#[test]
fn limits_follow_the_memory_and_never_fall_below_the_usual() {
    let usual = wgpu::Limits::default();
    let small = limits(160 << 20);
    assert_eq!(small.max_buffer_size, usual.max_buffer_size);
    assert!(usual.check_limits(&small));
    let middle = limits(2 << 30);
    assert!(middle.max_buffer_size > 1900 << 20);
    assert_eq!(
        middle.max_storage_buffer_binding_size,
        middle.max_buffer_size
    );
    let large = limits(24 << 30);
    assert!(large.max_buffer_size > 23 << 30);
    assert_eq!(large.max_storage_buffer_binding_size, MOST);
}

/// Through the driver, since wgpu would first fill it with zeros.
#[test]
fn a_binding_of_four_gib_is_reached_to_its_end_and_no_further() {
    for die in [Die::Navi31, Die::Navi48] {
        let source = VirtualSource::new(
            VirtualConfig {
                die,
                vram: 6 << 30,
                ..VirtualConfig::default()
            },
            Default::default(),
        );
        let card = source.open().expect("the virtual card");
        let shader = egpu_translate::parse(
            "ends",
            egpu_translate::Kind::Wgsl,
            b"@group(0) @binding(0) var<storage, read_write> v: array<u32>;
              @group(0) @binding(1) var<storage, read_write> out: array<u32, 3>;
              @compute @workgroup_size(1) fn main() {
                  let n = arrayLength(&v);
                  v[n] = 9u; v[n - 1u] = 3u; v[0] = 1u;
                  out[0] = n; out[1] = v[n - 1u]; out[2] = v[0];
              }",
        )
        .expect("a shader");
        let target = Target::from_name(die.arch()).expect("a target");
        let options = naga_backend::Options::new(target);
        let compiled = egpu_translate::compile(&shader, "main", &Default::default(), &options)
            .expect("a kernel");
        // A dword more is allocated than is bound: the canary.
        let large = card.allocate(MemoryKind::Device, MOST + 4).expect("memory");
        let back = card.allocate(MemoryKind::Readback, 16).expect("memory");
        let canary = large.address() + MOST;
        let mut ranges = [(large.address(), MOST), (back.address(), 12)].into_iter();
        let arguments = compiled
            .reflection
            .arguments(|_| ranges.next().ok_or("two bindings"), [1, 1, 1], &[])
            .expect("arguments");
        let point = card
            .submit(&[
                Command::Fill {
                    destination: canary,
                    size: 4,
                    value: 7,
                },
                Command::Barrier,
                Command::Dispatch {
                    kernel: card.load(&compiled.object, "main").expect("a kernel"),
                    arguments: arguments.into(),
                    touches: None,
                    groups: [1, 1, 1],
                },
                Command::Barrier,
                Command::Copy {
                    source: canary,
                    destination: back.address() + 12,
                    size: 4,
                },
            ])
            .expect("a submission");
        assert!(card.wait(point, None).expect("the card lives"));
        back.invalidate(0, 16).expect("host memory");
        let pointer = back.mapping().expect("host memory").cast::<u32>();
        // SAFETY: 16 bytes of a live mapping, aligned, which the card has finished writing.
        let words: [u32; 4] = std::array::from_fn(|i| unsafe { pointer.add(i).read_volatile() });
        // What lies outside may be dropped or land anywhere in the binding, but not behind it.
        assert_eq!(words[0], (MOST / 4) as u32);
        assert!(
            [3, 9].contains(&words[1]) && [1, 9].contains(&words[2]),
            "{words:?}"
        );
        assert_eq!(words[3], 7);
    }
}
