//! What one wave does, instruction by instruction: for people who debug a kernel.

use super::group::{Env, Group};
use super::lanes::Lanes;
use super::wave::{scalar, Wave, TEMP_LINES};
use super::Trace;

/// A wave's registers before an instruction.
pub struct Before {
    text: String,
    scalars: Vec<u32>,
    vectors: Vec<Lanes>,
}

impl Trace {
    /// Whether this is the wave to follow.
    pub fn follows(&self, g: &Group, wave: usize) -> bool {
        self.group == g.id && self.wave as usize == wave
    }
}

impl Before {
    /// Takes the registers of wave `i`, which is about to execute its next instruction.
    pub fn new(g: &Group, i: usize, env: &Env) -> Option<Before> {
        let w = &g.waves[i];
        let meta = g.program.meta.get(w.pc as usize)?;
        let text = match &meta.packet {
            Some(p) => format!("{:#x}: {}", meta.va, p.display(env.dispatch.gen())),
            None => format!("{:#x}: {:08x?} {}", meta.va, meta.words, meta.why),
        };
        Some(Before {
            text,
            scalars: scalars(w),
            vectors: vectors(w, g),
        })
    }

    /// The instruction and what it changed, as one line and a line for each register.
    pub fn report(&self, g: &Group, i: usize) -> String {
        let w = &g.waves[i];
        let mut out = format!("{}\n", self.text);
        for (n, (old, new)) in self.scalars.iter().zip(scalars(w)).enumerate() {
            if *old != new {
                let name = match n as u16 {
                    scalar::SCC => "scc".into(),
                    n => format!("{:?}", rdna_isa::Sreg(n as u8)),
                };
                out += &format!("    {name} = {new:#010x}\n");
            }
        }
        for (n, (old, new)) in self.vectors.iter().zip(vectors(w, g)).enumerate() {
            if *old != new {
                let lanes: Vec<String> = new.0.iter().map(|v| format!("{v:x}")).collect();
                out += &format!("    v{n} = {}\n", lanes.join(" "));
            }
        }
        out
    }
}

/// Scalar registers and SCC, by file index.
fn scalars(w: &Wave) -> Vec<u32> {
    (0..=scalar::SCC).map(|i| w.s(i)).collect()
}

fn vectors(w: &Wave, g: &Group) -> Vec<Lanes> {
    (0..g.program.vgprs)
        .map(|n| w.value((TEMP_LINES + n) as u16))
        .collect()
}
