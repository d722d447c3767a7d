//! A workgroup: its waves, LDS and barrier, and what waves see of their surroundings.

use std::sync::Arc;
use std::time::Instant;

use super::error::Place;
use super::memory::{MemoryFault, Tlb};
use super::program::Program;
use super::wave::{Flow, Status, Wave};
use super::{Dispatch, WaveError};

/// Why a slot could not be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Memory of a lane.
    Memory(u32, MemoryFault),
    /// Scalar memory.
    Scalar(MemoryFault),
    /// Lane and what is wrong with its address.
    Bad(u32, String),
    /// Not executable; the metadata says why.
    Illegal,
    /// `s_trap`.
    Trap(u32),
}

/// The workgroup's barrier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Barrier {
    /// Waves that have not ended.
    pub members: u32,
    /// Waves that have signalled in this generation.
    pub arrived: u32,
    /// Completed generations.
    pub generation: u32,
}

impl Barrier {
    /// Signals for `w`; true if it is the first to do so.
    pub fn signal(&mut self, w: &mut Wave) -> bool {
        w.signalled = self.generation;
        let first = self.arrived == 0;
        self.arrived += 1;
        self.settle();
        first
    }

    /// Whether the generation that `w` signalled is complete.
    pub fn complete_for(&self, w: &Wave) -> bool {
        w.signalled != self.generation
    }

    /// A wave ended.
    pub fn leave(&mut self) {
        self.members -= 1;
        self.settle();
    }

    fn settle(&mut self) {
        if self.arrived != 0 && self.arrived >= self.members {
            self.arrived = 0;
            self.generation = self.generation.wrapping_add(1);
        }
    }
}

/// What the running wave sees beyond its own registers. One for each thread; the workgroup's parts
/// are moved in while it runs.
pub struct Env<'a> {
    /// The dispatch.
    pub dispatch: &'a Dispatch,
    /// The program that runs.
    pub program: *const Program,
    /// Translations.
    pub tlb: Tlb<'a>,
    /// The workgroup's barrier.
    pub barrier: Barrier,
    /// Why the last slot failed.
    pub fault: Option<Fault>,
    /// Number of this thread, which stands for a compute unit.
    pub slot: u32,
    /// Sleeps since the counter was last looked at.
    pub idle: u64,
    lds: *mut [u32],
    start: Instant,
}

impl<'a> Env<'a> {
    /// The surroundings of thread `slot`.
    pub fn new(dispatch: &'a Dispatch, tlb: Tlb<'a>, slot: u32) -> Env<'a> {
        Env {
            dispatch,
            program: std::ptr::null(),
            tlb,
            barrier: Barrier::default(),
            fault: None,
            slot,
            idle: 0,
            lds: &mut [],
            start: Instant::now(),
        }
    }

    /// The running workgroup's LDS.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn lds<'l>(&self) -> &'l mut [u32] {
        // SAFETY: `enter` set it to the running group's memory, which only this thread touches and
        // which stays in place while the group runs; no two borrows of it are alive at a time.
        unsafe { &mut *self.lds }
    }

    /// Moves the workgroup's parts in.
    pub fn enter(&mut self, g: &mut Group) {
        self.lds = g.lds.as_mut_slice();
        self.barrier = g.barrier;
        self.program = Arc::as_ptr(&g.program);
    }

    /// Moves them out again.
    pub fn leave(&mut self, g: &mut Group) {
        self.lds = &mut [];
        g.barrier = self.barrier;
    }

    /// Notes why a slot failed.
    #[cold]
    pub fn fail(&mut self, fault: Fault) -> Flow {
        self.fault = Some(fault);
        Flow::Fault
    }

    /// The shader clock (SHADER_CYCLES, 20 bits), taken to run at 1 GHz.
    pub fn cycles(&self) -> u32 {
        self.start.elapsed().as_nanos() as u32 & 0xf_ffff
    }

    /// The 100 MHz clock.
    pub fn realtime(&self) -> u64 {
        let now = std::time::SystemTime::now();
        now.duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| (d.as_nanos() / 10) as u64)
    }
}

/// A workgroup that is being run.
pub struct Group {
    /// Its id.
    pub id: [u32; 3],
    /// The program its waves run.
    pub program: Arc<Program>,
    /// Its waves.
    pub waves: Vec<Wave>,
    /// Waves that belong to it; the vector may hold more, for reuse.
    pub count: usize,
    /// Its LDS.
    pub lds: Vec<u32>,
    /// Its barrier.
    pub barrier: Barrier,
}

impl Group {
    /// An empty one.
    pub fn new(program: Arc<Program>) -> Group {
        Group {
            id: [0; 3],
            program,
            waves: Vec::new(),
            count: 0,
            lds: Vec::new(),
            barrier: Barrier::default(),
        }
    }

    /// Makes it workgroup `id`. `scratch` is the virtual address of the first wave's scratch.
    pub fn start(&mut self, d: &Dispatch, program: &Arc<Program>, id: [u32; 3], scratch: u64) {
        self.id = id;
        if !Arc::ptr_eq(&self.program, program) {
            self.program = program.clone();
        }
        let threads = std::array::from_fn(|i| {
            if id[i] + 1 == d.groups[i] {
                d.partial[i]
            } else {
                d.threads[i]
            }
        });
        let total: u32 = threads.iter().product();
        self.count = total.div_ceil(32) as usize;
        while self.waves.len() < self.count {
            self.waves.push(Wave::new());
        }
        self.lds.clear();
        self.lds.resize(d.lds_bytes() / 4, 0);
        self.barrier = Barrier {
            members: self.count as u32,
            arrived: 0,
            generation: 0,
        };
        for (i, w) in self.waves[..self.count].iter_mut().enumerate() {
            w.start(d, program, id, threads, i as u32);
            w.scratch = scratch + i as u64 * d.scratch_wave_bytes();
        }
    }

    /// Continues with a program that has more of the code decoded.
    pub fn upgrade(&mut self, program: &Arc<Program>) {
        for w in &mut self.waves[..self.count] {
            if w.status != Status::Done {
                let va = self.program.meta[w.pc as usize].va;
                w.fit(program);
                w.pc = program.slot_at(va).unwrap_or(program.entry);
            }
        }
        self.program = program.clone();
    }

    /// Where wave `i` stands.
    pub fn place(&self, i: usize) -> Place {
        let pc = self
            .program
            .meta
            .get(self.waves[i].pc as usize)
            .map_or(0, |m| m.va);
        Place {
            pc,
            group: self.id,
            wave: i as u32,
        }
    }

    /// The error for a fault of wave `i`.
    pub fn error(&self, i: usize, fault: Fault) -> WaveError {
        let place = self.place(i);
        match fault {
            Fault::Memory(lane, fault) => WaveError::MemoryFault {
                place,
                lane: Some(lane),
                fault,
            },
            Fault::Scalar(fault) => WaveError::MemoryFault {
                place,
                lane: None,
                fault,
            },
            Fault::Bad(lane, why) => WaveError::BadAddress { place, lane, why },
            Fault::Illegal => {
                let meta = self.program.meta.get(self.waves[i].pc as usize);
                WaveError::IllegalInstruction {
                    place,
                    words: meta.map_or(Vec::new(), |m| m.words.clone()),
                    why: meta.map_or(String::new(), |m| m.why.clone()),
                }
            }
            Fault::Trap(id) => WaveError::Trap { id, place },
        }
    }

    /// Makes waves ready whose barrier has completed.
    pub fn release(&mut self, barrier: &Barrier) {
        for w in &mut self.waves[..self.count] {
            if w.status == Status::Waiting && barrier.complete_for(w) {
                w.status = Status::Ready;
            }
        }
    }

    /// Whether all waves have ended.
    pub fn done(&self) -> bool {
        self.waves[..self.count]
            .iter()
            .all(|w| w.status == Status::Done)
    }
}
