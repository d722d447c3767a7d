//! A case that is a program of its own: WGSL, buffers of words, and the words
//! that they must hold afterwards.

use super::{Cell, Expect, Job, Sink};
use crate::device::{Feature, Invocation};
use crate::kernels::{Buffer, Usage};
use crate::scalar::Sc;

/// The program. Binding 0 is its output unless it declares others.
pub struct Program {
    name: String,
    needs: Vec<Feature>,
    invocation: Invocation,
    cells: Vec<Cell>,
}

fn bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

impl Program {
    /// One workgroup of a kernel `main`, without buffers yet.
    pub fn new(name: impl Into<String>, wgsl: impl Into<String>) -> Program {
        Program {
            name: name.into(),
            needs: Vec::new(),
            invocation: Invocation {
                wgsl: wgsl.into(),
                entry: "main".into(),
                groups: [1, 1, 1],
                buffers: Vec::new(),
                constants: Default::default(),
                immediates: Vec::new(),
            },
            cells: Vec::new(),
        }
    }

    /// Workgroups.
    pub fn groups(mut self, groups: [u32; 3]) -> Program {
        self.invocation.groups = groups;
        self
    }

    /// What the device must have.
    pub fn needs(mut self, needs: &[Feature]) -> Program {
        self.needs = needs.to_vec();
        self
    }

    /// Immediate data.
    pub fn immediates(mut self, words: &[u32]) -> Program {
        self.invocation.immediates = bytes(words);
        self
    }

    /// The value of an override.
    pub fn constant(mut self, name: &str, value: f64) -> Program {
        self.invocation.constants.insert(name.into(), value);
        self
    }

    /// The entry point, if it is not `main`.
    pub fn entry(mut self, entry: &str) -> Program {
        self.invocation.entry = entry.into();
        self
    }

    /// A buffer with these words.
    pub fn buffer(self, binding: u32, usage: Usage, words: &[u32]) -> Program {
        self.raw(binding, usage, bytes(words))
    }

    /// A buffer with these bytes.
    pub fn raw(mut self, binding: u32, usage: Usage, data: Vec<u8>) -> Program {
        self.invocation.buffers.push(Buffer {
            group: 0,
            binding,
            usage,
            data,
        });
        self
    }

    /// A buffer that is read only, at binding 1.
    pub fn input(self, words: &[u32]) -> Program {
        self.buffer(1, Usage::ReadOnly, words)
    }

    /// A buffer of zeros at binding 0 that must hold these words afterwards.
    pub fn output(self, words: &[u32]) -> Program {
        let expected = words.iter().map(|&w| Expect::bits(w.into())).collect();
        self.buffer(0, Usage::ReadWrite, &vec![0; words.len()])
            .expect(0, expected)
    }

    /// What the words of a buffer must be afterwards.
    pub fn expect(mut self, binding: u32, words: Vec<Expect>) -> Program {
        self.cells
            .extend(words.into_iter().enumerate().map(|(i, expect)| Cell {
                buffer: (0, binding),
                offset: 4 * i,
                sc: Sc::U32,
                expect,
                case: 0,
            }));
        self
    }

    /// What a scalar somewhere in a buffer must be.
    pub fn expect_at(mut self, binding: u32, offset: usize, sc: Sc, expect: Expect) -> Program {
        self.cells.push(Cell {
            buffer: (0, binding),
            offset,
            sc,
            expect,
            case: 0,
        });
        self
    }

    /// Hands it over if it is wanted.
    pub fn emit(self, sink: &mut Sink) {
        if sink.wants(&self.name) {
            sink.push(Job {
                group: sink.group,
                name: self.name,
                needs: self.needs,
                invocation: self.invocation,
                cells: self.cells,
                cases: 1,
                describe: Box::new(|_| String::new()),
            });
        }
    }
}

/// `o` (output words) and `i` (input words).
pub const IO: &str = "
@group(0) @binding(0) var<storage, read_write> o: array<u32>;
@group(0) @binding(1) var<storage, read> i: array<u32>;
";

/// A kernel of `n` invocations with `l` the local and `g` the global index.
pub fn kernel(declarations: &str, n: u32, body: &str) -> String {
    format!(
        "{IO}{declarations}
@compute @workgroup_size({n})
fn main(@builtin(local_invocation_index) l: u32, @builtin(global_invocation_id) id: vec3<u32>,
        @builtin(workgroup_id) wg: vec3<u32>) {{
    let g = id.x;
    {body}
}}"
    )
}
