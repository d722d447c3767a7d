//! What `wmma.load` does at an address that is less aligned than the PTX ISA asks for. Nothing of
//! ours depends on it yet: it decides whether cooperative matrices may use it for unaligned tiles.

use egpu_driver::cuda::functions::Functions;

use crate::raw::Raw;
use crate::{Outcome, HEAD};

/// A fragment of 16 by 16 halves, folded so that its loads are needed.
fn fragment_text() -> String {
    let registers = (0..8)
        .map(|n| format!("%r{n}"))
        .collect::<Vec<_>>()
        .join(", ");
    let fold: String = (1..8)
        .map(|n| format!("xor.b32 %r0, %r0, %r{n};\n"))
        .collect();
    format!(
        "{HEAD}.visible .entry fragment(.param .align 16 .b8 args[16])\n.reqntid 32, 1, 1\n{{\n\
         .reg .b32 %r<10>;\n.reg .b64 %rd<4>;\n\
         ld.param.u64 %rd0, [args];\n\
         ld.param.u64 %rd1, [args+8];\n\
         mov.u32 %r8, 16;\n\
         wmma.load.a.sync.aligned.row.m16n16k16.global.f16 {{{registers}}}, [%rd0], %r8;\n\
         {fold}\
         mov.u32 %r9, %tid.x;\n\
         mul.wide.u32 %rd2, %r9, 4;\n\
         add.s64 %rd3, %rd1, %rd2;\n\
         st.global.b32 [%rd3], %r0;\n\
         ret;\n}}\n"
    )
}

/// Offsets from an aligned address, each with what happened.
pub fn alignments(functions: Functions) -> Outcome<String> {
    let mut seen = Vec::new();
    for offset in [0u64, 16, 8, 4, 2] {
        // A fault ends a context: each has its own.
        let raw = Raw::new(functions)?;
        let function = raw.load(&raw.compile(&fragment_text())?, "fragment")?;
        let (from, to) = (raw.allocate(4096)?, raw.allocate(256)?);
        let mut block = (from + offset).to_le_bytes().to_vec();
        block.extend(to.to_le_bytes());
        let outcome = raw.launch(function, 32, &block).and_then(|()| raw.wait());
        seen.push(match outcome {
            Ok(()) => format!("+{offset} works"),
            Err(error) => format!("+{offset} {error}"),
        });
    }
    Ok(seen.join(", "))
}
