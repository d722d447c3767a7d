//! The `cuda` card on a driver made of software: what it does with memory, kernels, submissions and
//! streams, and what becomes of it when a kernel, a call or the device goes wrong.

mod driver;
mod kernels;
mod losses;
mod memory;
mod programs;
mod streams;

use std::sync::Arc;
use std::time::Duration;

use egpu_conformance::ptx::driver::{Config, Gpu};
use egpu_driver::cuda::{CudaCard, CudaSource, Options};
use egpu_driver::{Card, CardError, Command, Kernel, Memory, MemoryKind};

const PTX: &str = r"
.version 7.0
.target sm_75
.address_size 64
// out[ctaid linear] = number of workgroups + workgroup, one invocation of 64 each
.visible .entry grid(.param .align 16 .b8 args[16])
.reqntid 64, 1, 1
{
    .reg .pred %p<2>;
    .reg .b32 %r<12>;
    .reg .b64 %rd<4>;
    mov.u32 %r0, %tid.x;
    setp.ne.s32 %p0, %r0, 0;
    @%p0 ret;
    mov.u32 %r1, %ctaid.x;
    mov.u32 %r2, %ctaid.y;
    mov.u32 %r3, %ctaid.z;
    mov.u32 %r4, %nctaid.x;
    mov.u32 %r5, %nctaid.y;
    mov.u32 %r6, %nctaid.z;
    mad.lo.u32 %r7, %r3, %r5, %r2;
    mad.lo.u32 %r7, %r7, %r4, %r1;
    mul.lo.u32 %r8, %r4, 10000;
    mad.lo.u32 %r8, %r5, 100, %r8;
    add.u32 %r8, %r8, %r6;
    ld.param.u64 %rd0, [args];
    mul.wide.u32 %rd1, %r7, 4;
    add.s64 %rd1, %rd0, %rd1;
    st.global.b32 [%rd1], %r8;
    ret;
}
.visible .entry outside(.param .align 16 .b8 args[16])
.reqntid 1, 1, 1
{
    .reg .b64 %rd<2>;
    ld.param.u64 %rd0, [args];
    st.global.b32 [%rd0+1048576], 1;
    ret;
}
.visible .entry hang()
.reqntid 32, 1, 1
{
$l: bra $l;
}
.visible .entry empty() .reqntid 1, 1, 1 { ret; }
";

fn options() -> Options {
    Options {
        is_virtual: true,
        ..Options::default()
    }
}

fn open(config: Config, options: &Options) -> (Arc<Gpu>, CudaSource, CudaCard) {
    let gpu = Gpu::add(config);
    let source = gpu.source(options).expect("a usable device");
    let card = source.open_card().expect("it opens");
    (gpu, source, card)
}

fn wait(card: &dyn Card, point: u64) -> Result<(), CardError> {
    match card.wait(point, Some(Duration::from_secs(20)))? {
        true => Ok(()),
        false => panic!("nothing after 20 seconds"),
    }
}

fn block(memory: &dyn Memory) -> Arc<[u8]> {
    let mut bytes = memory.address().to_le_bytes().to_vec();
    bytes.extend(memory.size().to_le_bytes());
    bytes.into()
}

fn dispatch(kernel: &Arc<dyn Kernel>, arguments: Arc<[u8]>, groups: [u32; 3]) -> Command {
    Command::Dispatch {
        kernel: kernel.clone(),
        arguments,
        touches: None,
        groups,
    }
}

fn copy(from: &dyn Memory, to: &dyn Memory, size: u64) -> Command {
    Command::Copy {
        source: from.address(),
        destination: to.address(),
        size,
    }
}

fn words(memory: &dyn Memory, count: usize) -> Vec<u32> {
    let pointer = memory.mapping().expect("host memory").cast::<u32>();
    // SAFETY: inside the mapping, aligned, and the card has finished with it.
    (0..count)
        .map(|n| unsafe { pointer.add(n).read_volatile() })
        .collect()
}

/// Runs a kernel over `out`, filled with ones, and reads the beginning back.
fn result(card: &dyn Card, command: impl Fn(&dyn Memory) -> Command, count: usize) -> Vec<u32> {
    let size = (count as u64 * 4).max(256);
    let out = card.allocate(MemoryKind::Device, size).expect("memory");
    let back = card.allocate(MemoryKind::Readback, size).expect("memory");
    let point = card
        .submit(&[
            Command::Fill {
                destination: out.address(),
                size,
                value: !0,
            },
            Command::Barrier,
            command(&*out),
            Command::Barrier,
            copy(&*out, &*back, size),
        ])
        .expect("submitted");
    wait(card, point).expect("it runs");
    words(&*back, count)
}
