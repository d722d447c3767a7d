//! Virtual memory as the blocks that run queues access it: through their hub, and where strict mode
//! has an [L2](crate::shader::L2), through it or past it.

use amd_hw::die::Generation;

use crate::device::Device;
use crate::gmc::{self, Client, Hub};
use crate::memory::host::HostRange;
use crate::shader::{Access, HostSpan, MemoryFault, L2};

/// A translated run of bytes, as a client reaches it.
#[derive(Clone, Copy)]
struct Run<'a> {
    memory: HostRange,
    l2: Option<&'a L2>,
}

impl Run<'_> {
    fn span(self) -> HostSpan {
        HostSpan {
            ptr: self.memory.pointer(),
            len: self.memory.len(),
            writable: true,
            uncached: false,
        }
    }

    fn part(self, offset: u64, len: u64) -> Option<Self> {
        let memory = self.memory.part(offset, len)?;
        Some(Run { memory, ..self })
    }

    fn read(self, data: &mut [u8]) {
        match self.l2 {
            None => self.memory.read(data),
            Some(l2) => l2.read(self.span(), data),
        }
    }

    fn write(self, data: &[u8]) {
        match self.l2 {
            None => self.memory.write(data),
            Some(l2) => l2.write(self.span(), data),
        }
    }

    fn fill(self, pattern: [u8; 4]) {
        match self.l2 {
            None => self.memory.fill(pattern),
            Some(l2) => {
                let count = self.memory.len() as usize;
                let bytes: Vec<u8> = pattern.into_iter().cycle().take(count).collect();
                l2.write(self.span(), &bytes);
            }
        }
    }

    fn copy_from(self, source: Run<'_>) {
        match (self.l2, source.l2) {
            (None, None) => self.memory.copy_from(source.memory),
            _ => {
                let mut bytes = vec![0; self.memory.len().min(source.memory.len()) as usize];
                source.read(&mut bytes);
                self.write(&bytes);
            }
        }
    }
}

impl Device {
    /// The L2 that a client's accesses to cached pages go through, if it is modelled.
    fn l2_of(&self, client: Client) -> Option<&L2> {
        let through = match client {
            Client::Shader => true,
            Client::Cp => self.generation() == Generation::Gfx11,
            Client::Sdma | Client::Ih => false,
        };
        self.l2.as_ref().filter(|_| through)
    }

    fn each_run(
        &self,
        client: Client,
        va: u64,
        len: u64,
        access: Access,
        mut visit: impl FnMut(u64, u64, Option<Run<'_>>),
    ) -> Result<(), MemoryFault> {
        let hub = if client == Client::Ih {
            Hub::Mm
        } else {
            Hub::Gc
        };
        let mut done = 0;
        while done < len {
            let at = va.wrapping_add(done);
            let to = gmc::translate(self, hub, client, at, access)?;
            let count = to.len.min(len - done);
            let l2 = self.l2_of(client).filter(|_| !to.uncached);
            let memory = to.memory.and_then(|memory| memory.part(0, count));
            visit(done, count, memory.map(|memory| Run { memory, l2 }));
            done += count;
        }
        Ok(())
    }

    /// Reads virtual memory; what the bus does not have reads as ones.
    pub fn read(&self, client: Client, va: u64, data: &mut [u8]) -> Result<(), MemoryFault> {
        let len = data.len() as u64;
        self.each_run(client, va, len, Access::Read, |at, count, memory| {
            let part = &mut data[at as usize..(at + count) as usize];
            match memory {
                Some(memory) => memory.read(part),
                None => part.fill(0xff),
            }
        })
    }

    /// Reads dwords of virtual memory.
    pub fn read_words(
        &self,
        client: Client,
        va: u64,
        words: &mut [u32],
    ) -> Result<(), MemoryFault> {
        let mut bytes = [0; 1024];
        for (chunk, words) in words.chunks_mut(256).enumerate() {
            let bytes = &mut bytes[..4 * words.len()];
            self.read(client, va + 1024 * chunk as u64, bytes)?;
            for (word, b) in words.iter_mut().zip(bytes.chunks_exact(4)) {
                *word = u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            }
        }
        Ok(())
    }

    /// Reads a dword of virtual memory.
    pub fn read32(&self, client: Client, va: u64) -> Result<u32, MemoryFault> {
        let mut bytes = [0; 4];
        self.read(client, va, &mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Writes virtual memory and wakes whoever waits for it.
    pub fn write(&self, client: Client, va: u64, data: &[u8]) -> Result<(), MemoryFault> {
        let len = data.len() as u64;
        let result = self.each_run(client, va, len, Access::Write, |at, count, memory| {
            if let Some(memory) = memory {
                memory.write(&data[at as usize..(at + count) as usize]);
            }
        });
        self.notify();
        result
    }

    /// Fills virtual memory with a pattern that starts at `va`.
    pub fn fill(
        &self,
        client: Client,
        va: u64,
        pattern: [u8; 4],
        len: u64,
    ) -> Result<(), MemoryFault> {
        self.each_run(client, va, len, Access::Write, |at, _, memory| {
            if let Some(memory) = memory {
                let mut rotated = pattern;
                rotated.rotate_left((at % 4) as usize);
                memory.fill(rotated);
            }
        })
    }

    /// Copies virtual memory.
    pub fn copy(&self, client: Client, from: u64, to: u64, len: u64) -> Result<(), MemoryFault> {
        self.each_run(client, from, len, Access::Read, |_, _, _| {})?;
        let mut result = Ok(());
        self.each_run(client, to, len, Access::Write, |at, count, target| {
            let Some(target) = target else { return };
            let inner = self.each_run(
                client,
                from + at,
                count,
                Access::Read,
                |inner, count, source| {
                    if let Some(target) = target.part(inner, count) {
                        match source {
                            Some(source) => target.copy_from(source),
                            None => target.fill([0xff; 4]),
                        }
                    }
                },
            );
            if result.is_ok() {
                result = inner;
            }
        })?;
        result
    }
}
