//! Launches: workgroups one after the other, their warps in turn, barriers among them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::inst::{Entry, Op};
use super::memory::Uses;
use super::warp::{Stop, Warp};
use super::{Fault, FaultKind, Memory, LANES};

/// What workgroup memory begins with.
const JUNK: u8 = 0x5a;

/// How to run a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    /// Workgroups in x, y, z.
    pub grid: [u32; 3],
    /// The parameter block.
    pub parameters: &'a [u8],
    /// Bytes of workgroup memory beside what the text declares.
    pub dynamic_shared: u32,
    /// For approximations: 0 rounds the exact result.
    pub seed: u64,
    /// Ends the launch when it becomes true.
    pub cancelled: Option<&'a AtomicBool>,
    /// Instructions of a warp over all warps before the launch ends.
    pub limit: Option<u64>,
}

impl Launch<'_> {
    /// A grid without parameters.
    pub fn new(grid: [u32; 3]) -> Launch<'static> {
        Launch {
            grid,
            parameters: &[],
            dynamic_shared: 0,
            seed: 0,
            cancelled: None,
            limit: None,
        }
    }
}

/// What a launch took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Instructions, each counted once for a warp.
    pub instructions: u64,
}

/// What a workgroup's warps see.
pub(super) struct Context<'a> {
    pub(super) entry: &'a Entry,
    pub(super) memory: &'a mut dyn Memory,
    pub(super) shared: Vec<u8>,
    pub(super) parameters: &'a [u8],
    pub(super) grid: [u32; 3],
    pub(super) group: [u32; 3],
    pub(super) seed: u64,
    /// Kept only for a kernel that reads by `.nc`.
    pub(super) uses: Option<Uses>,
    began: Instant,
}

impl Context<'_> {
    /// `%globaltimer`: nanoseconds.
    pub(super) fn now(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }
}

/// When the clock of all cards began.
fn epoch() -> Instant {
    static EPOCH: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

impl Entry {
    fn reads_constant(&self) -> bool {
        let is_constant = |op: &Op| matches!(op, Op::Load { constant: true, .. });
        self.code.iter().any(|inst| is_constant(&inst.op))
    }

    /// Runs a grid.
    ///
    /// Errors: what ended it, with the instruction. Memory keeps what was written until then.
    pub fn launch(&self, memory: &mut dyn Memory, launch: &Launch<'_>) -> Result<Stats, Fault> {
        let threads: u32 = self.workgroup_size.iter().product();
        let refuse = |what: String| Fault {
            kind: FaultKind::Launch(what),
            line: 0,
            text: String::new(),
            lane: 0,
            warp: 0,
            group: [0; 3],
        };
        if launch.parameters.len() != self.parameter_bytes as usize {
            return Err(refuse(format!(
                "{} bytes of parameters instead of {}",
                launch.parameters.len(),
                self.parameter_bytes
            )));
        }
        if launch.dynamic_shared > 0 && !self.has_dynamic_shared {
            return Err(refuse(
                "workgroup memory that the text does not name".into(),
            ));
        }
        let shared = self.static_shared as usize + launch.dynamic_shared as usize;
        let mut context = Context {
            entry: self,
            memory,
            shared: vec![JUNK; shared],
            parameters: launch.parameters,
            grid: launch.grid,
            group: [0; 3],
            seed: launch.seed,
            uses: self.reads_constant().then(Uses::default),
            began: epoch(),
        };
        let mut warps: Vec<Warp> = (0..threads.div_ceil(LANES as u32))
            .map(|index| Warp::new(self, index))
            .collect();
        let mut stats = Stats::default();
        let [x, y, z] = launch.grid;
        for group_z in 0..z {
            for group_y in 0..y {
                for group_x in 0..x {
                    context.group = [group_x, group_y, group_z];
                    context.shared.fill(JUNK);
                    warps.iter_mut().for_each(|warp| warp.reset(threads));
                    workgroup(&mut context, &mut warps, launch, &mut stats)?;
                }
            }
        }
        Ok(stats)
    }
}

fn workgroup(
    context: &mut Context<'_>,
    warps: &mut [Warp],
    launch: &Launch<'_>,
    stats: &mut Stats,
) -> Result<(), Fault> {
    let mut stops = vec![Stop::Slice; warps.len()];
    let before = stats.instructions;
    loop {
        for (warp, stop) in warps.iter_mut().zip(&mut stops) {
            if *stop == Stop::Slice {
                *stop = warp.run(context)?;
            }
        }
        stats.instructions = before + warps.iter().map(Warp::instructions).sum::<u64>();
        let first = warps.first();
        let given_up = launch.cancelled.is_some_and(|c| c.load(Ordering::Relaxed))
            || launch.limit.is_some_and(|limit| stats.instructions > limit);
        if let (true, Some(warp)) = (given_up, first) {
            return Err(warp.any_fault(context, FaultKind::Cancelled));
        }
        if stops.contains(&Stop::Slice) {
            continue;
        }
        // Warps that are gone are not waited for.
        let mut waiting = stops.iter().filter_map(|stop| match stop {
            Stop::Barrier(n) => Some(*n),
            Stop::Exited | Stop::Slice => None,
        });
        let Some(barrier) = waiting.next() else {
            return Ok(());
        };
        if waiting.any(|other| other != barrier) {
            let at = stops
                .iter()
                .position(|stop| *stop == Stop::Barrier(barrier));
            let warp = &warps[at.unwrap_or_default()];
            let kind = FaultKind::Deadlock {
                waiting: !0,
                why: "other warps are at another barrier".into(),
            };
            return Err(warp.any_fault(context, kind));
        }
        for (warp, stop) in warps.iter_mut().zip(&mut stops) {
            if *stop == Stop::Barrier(barrier) {
                warp.release();
                *stop = Stop::Slice;
            }
        }
    }
}
