//! Two bindings of one buffer, and a card after a loss, through the card's own interface.

use std::sync::Arc;
use std::time::Duration;

use egpu_driver::{Card, Command, Kernel, Memory, MemoryKind, Source};

use crate::{text, Outcome, HEAD};

/// `out = a[0] + b[1]`, both by `.nc`; and a store outside of everything.
fn pointers_text() -> String {
    format!(
        "{HEAD}.visible .entry pair(.param .align 16 .b8 args[32])\n.reqntid 1, 1, 1\n{{\n\
         .reg .b32 %r<3>;\n.reg .b64 %rd<3>;\n\
         ld.param.u64 %rd0, [args];\n\
         ld.param.u64 %rd1, [args+8];\n\
         ld.param.u64 %rd2, [args+16];\n\
         ld.global.nc.b32 %r0, [%rd1];\n\
         ld.global.nc.b32 %r1, [%rd2+4];\n\
         add.u32 %r2, %r0, %r1;\n\
         st.global.b32 [%rd0], %r2;\n\
         ret;\n}}\n\
         .visible .entry outside(.param .align 16 .b8 args[16])\n.reqntid 1, 1, 1\n{{\n\
         .reg .b64 %rd<2>;\n\
         ld.param.u64 %rd0, [args];\n\
         mov.b64 %rd1, 70368744177664;\n\
         add.s64 %rd0, %rd0, %rd1;\n\
         st.global.b32 [%rd0], 1;\n\
         ret;\n}}\n"
    )
}

/// A dispatch and what it waits for, done.
pub fn run(
    card: &dyn Card,
    before: &[Command],
    kernel: &Arc<dyn Kernel>,
    arguments: &[u8],
    groups: u32,
    after: &[Command],
) -> Outcome<()> {
    let mut commands = before.to_vec();
    commands.push(Command::Barrier);
    commands.push(Command::Dispatch {
        kernel: kernel.clone(),
        arguments: arguments.into(),
        touches: None,
        groups: [groups, 1, 1],
    });
    commands.push(Command::Barrier);
    commands.extend_from_slice(after);
    let point = card.submit(&commands).map_err(text)?;
    match card.wait(point, Some(Duration::from_secs(60))) {
        Ok(true) => Ok(()),
        Ok(false) => Err("nothing after 60 seconds".into()),
        Err(error) => Err(error.to_string()),
    }
}

pub fn copy(from: &dyn Memory, to: &dyn Memory, size: u64) -> Command {
    Command::Copy {
        source: from.address(),
        destination: to.address(),
        size,
    }
}

pub fn words(memory: &dyn Memory, count: usize) -> Outcome<Vec<u32>> {
    let pointer = memory.mapping().ok_or("no host memory")?.cast::<u32>();
    // SAFETY: inside the mapping, aligned, and the card has finished with it.
    let read = |n| unsafe { pointer.add(n).read_volatile() };
    Ok((0..count).map(read).collect())
}

/// Two pointers to one buffer of sevens.
pub fn pair(card: &dyn Card) -> Outcome<()> {
    let kernel = card
        .load(pointers_text().as_bytes(), "pair")
        .map_err(text)?;
    let allocate = |kind| card.allocate(kind, 256).map_err(text);
    let (out, both) = (allocate(MemoryKind::Device)?, allocate(MemoryKind::Device)?);
    let back = allocate(MemoryKind::Readback)?;
    let fill = Command::Fill {
        destination: both.address(),
        size: 256,
        value: 7,
    };
    let addresses = [out.address(), both.address(), both.address(), 0];
    let block: Vec<u8> = addresses.iter().flat_map(|a| a.to_le_bytes()).collect();
    run(
        card,
        &[fill],
        &kernel,
        &block,
        1,
        &[copy(&*out, &*back, 256)],
    )?;
    match words(&*back, 1)?[0] {
        14 => Ok(()),
        other => Err(format!("{other} instead of 14")),
    }
}

/// A loss, and after it a context that works; what the loss said.
pub fn outside(source: &dyn Source) -> Outcome<String> {
    let card = source.open().map_err(text)?;
    let kernel = card
        .load(pointers_text().as_bytes(), "outside")
        .map_err(text)?;
    let out = card.allocate(MemoryKind::Device, 256).map_err(text)?;
    let mut block = out.address().to_le_bytes().to_vec();
    block.extend([0; 8]);
    let Err(said) = run(&*card, &[], &kernel, &block, 1, &[]) else {
        return Err("a store outside of everything went unnoticed".into());
    };
    if !said.contains("700") {
        return Err(format!("the loss does not name error 700: {said}"));
    }
    drop((kernel, out, card));
    let again = source
        .open()
        .map_err(|error| format!("no new context: {error}"))?;
    pair(&*again).map(|()| said)
}
