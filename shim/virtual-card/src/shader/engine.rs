//! The engine: configuration, program cache, and workgroups over threads.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bitflags::bitflags;
use rdna_isa::Class;

use super::exec::{run_group, Counts, Outcome, Resolve};
use super::group::{Env, Group};
use super::lanes::Cpu;
use super::memory::Tlb;
use super::program::{Options, Program};
use super::strict::{self, Caches};
use super::{Dispatch, Memory, WaveError};

/// Strict mode: the stand-in for silicon that forgives nothing.
///
/// Results of loads land late and out of order, registers and LDS start undefined, caches stay
/// stale until invalidated and L2 keeps stores until it is written back, hazards are detected, approximate instructions err by up to their
/// documented bound, and waves run in shuffled order. Everything random comes from `seed`; a
/// strict run uses one thread and is deterministic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strict {
    /// Seed of all that is random.
    pub seed: u64,
}

/// Prints what one wave does: for people who debug a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Workgroup id.
    pub group: [u32; 3],
    /// Wave within the workgroup.
    pub wave: u32,
}

/// How an engine runs.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Threads to use; `None` is one for each core. Strict mode uses one.
    pub threads: Option<usize>,
    /// Strict mode.
    pub strict: Option<Strict>,
    /// Instructions that one wave may issue before it is stopped; `None` is no limit.
    pub step_limit: Option<u64>,
    /// Leave LDS races unreported in strict mode: for programs that synchronise through LDS with
    /// plain loads and stores, as atomic loads and stores compile to.
    pub ignore_lds_races: bool,
    /// Count instructions by class.
    pub stats: bool,
    /// Print pc, instruction and changed registers of one wave on stderr.
    pub trace: Option<Trace>,
}

bitflags! {
    /// Cache operations of ACQUIRE_MEM, RELEASE_MEM and the SDMA's GCR packet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct CacheOps: u32 {
        /// Invalidate the instruction caches (GLI).
        const GLI_INV = 1;
        /// Invalidate the scalar data caches (GLK).
        const GLK_INV = 1 << 1;
        /// Invalidate the vector L0 caches (GLV).
        const GLV_INV = 1 << 2;
        /// Invalidate GL1.
        const GL1_INV = 1 << 3;
        /// Invalidate L2.
        const GL2_INV = 1 << 4;
        /// Write dirty L2 lines back to memory.
        const GL2_WB = 1 << 5;
    }
}

/// What a dispatch did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Workgroups run.
    pub groups: u64,
    /// Waves run.
    pub waves: u64,
    /// Instructions issued by class; empty unless [`Config::stats`].
    pub issued: BTreeMap<Class, u64>,
}

/// Workgroups that one thread keeps going at once when none of them gets anywhere: waves that spin
/// on what another workgroup has yet to do.
const RESIDENT: usize = 64;

/// Programs kept.
const PROGRAMS: usize = 256;

type Key = (u8, u64, Options);

/// Executes dispatches.
pub struct Engine {
    config: Config,
    cpu: Cpu,
    pool: Option<rayon::ThreadPool>,
    programs: Mutex<HashMap<Key, Arc<Program>>>,
    caches: Mutex<Caches>,
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Engine {
    /// An engine with its threads.
    pub fn new(config: Config) -> Engine {
        Engine::with_cpu(config, Cpu::detect())
    }

    /// An engine that uses the kernels for any CPU, as a machine without AVX2 does.
    pub fn baseline(config: Config) -> Engine {
        Engine::with_cpu(config, Cpu::Baseline)
    }

    fn with_cpu(config: Config, cpu: Cpu) -> Engine {
        let threads = config
            .threads
            .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
        let one = threads <= 1 || config.strict.is_some() || config.trace.is_some();
        let pool = if one {
            None
        } else {
            // Without threads of its own the engine uses the caller's.
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(|i| format!("shader-{i}"))
                .build()
                .ok()
        };
        Engine {
            config,
            cpu,
            pool,
            programs: Mutex::new(HashMap::new()),
            caches: Mutex::new(Caches::default()),
        }
    }

    /// How it was configured.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Runs all workgroups of `d` to their end.
    ///
    /// Blocks the caller. `kill` is looked at often enough that any program ends within
    /// milliseconds of its being raised.
    ///
    /// # Errors
    /// The first reason why a wave could not go on; the other waves are stopped then.
    pub fn run(
        &self,
        d: &Dispatch,
        mem: &dyn Memory,
        kill: &AtomicBool,
    ) -> Result<Stats, WaveError> {
        let Some(total) = check(d)? else {
            return Ok(Stats::default());
        };
        let waves = d.threads.iter().product::<u32>().div_ceil(32);
        let slots = scratch_slots(d, waves)?;
        let shared = Shared {
            engine: self,
            d,
            mem,
            kill,
            total,
            next: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            program: Mutex::new(self.program(d, mem)),
            error: Mutex::new(None),
            stats: Mutex::new(Stats::default()),
            scratch: Mutex::new(slots),
            waves,
        };
        match (&self.pool, self.config.strict) {
            (_, Some(Strict { seed })) => {
                let races = !self.config.ignore_lds_races;
                strict::run(&shared, &mut lock(&self.caches), seed, races);
            }
            (Some(pool), None) if total > 1 => {
                let threads = pool.current_num_threads().min(total as usize);
                pool.scope(|s| {
                    for i in 0..threads {
                        let shared = &shared;
                        s.spawn(move |_| shared.work(i as u32));
                    }
                });
            }
            (_, None) => shared.work(0),
        }
        let error = lock(&shared.error).take();
        match error {
            Some(e) => Err(e),
            None => Ok(std::mem::take(&mut *lock(&shared.stats))),
        }
    }

    /// Performs cache operations that the command processor was asked for. In fast mode there are
    /// no caches and nothing happens. Returns how many lines of L2 were dropped with stores that
    /// memory had not seen.
    pub fn cache_control(&self, ops: CacheOps, mem: &dyn Memory) -> usize {
        if self.config.strict.is_none() {
            return 0;
        }
        if ops.contains(CacheOps::GLI_INV) {
            lock(&self.programs).clear();
        }
        lock(&self.caches).control(ops, mem)
    }

    /// Forgets what caches hold: the power failed.
    pub fn reset(&self) {
        lock(&self.programs).clear();
        lock(&self.caches).reset();
    }

    /// The decoded program, from the cache if memory still holds what was decoded. In strict mode
    /// the instruction cache stays stale until it is invalidated.
    fn program(&self, d: &Dispatch, mem: &dyn Memory) -> Arc<Program> {
        let options = self.options(d);
        let key = (d.vmid, d.code, options);
        let cached = lock(&self.programs).get(&key).cloned();
        if let Some(p) = cached {
            if self.config.strict.is_some() || p.matches(mem) {
                return p;
            }
        }
        let p = Arc::new(Program::decode(&options, self.cpu, mem, d.code, &[]));
        self.remember(key, &p);
        p
    }

    fn remember(&self, key: Key, p: &Arc<Program>) {
        let mut programs = lock(&self.programs);
        if programs.len() >= PROGRAMS {
            programs.clear();
        }
        programs.insert(key, p.clone());
    }

    fn options(&self, d: &Dispatch) -> Options {
        Options {
            arch: d.arch,
            vgprs: d.vgprs(),
            keep_idle: self.config.stats
                || self.config.strict.is_some()
                || self.config.trace.is_some(),
            sh_mem_bases: d.sh_mem_bases,
            ieee: d.ieee(),
        }
    }
}

/// Checks that the registers describe something that can run; the number of workgroups, or `None`
/// if there are none.
fn check(d: &Dispatch) -> Result<Option<u64>, WaveError> {
    let bad = |why: String| Err(WaveError::BadDispatch(why));
    let threads: u64 = d.threads.iter().map(|&t| u64::from(t)).product();
    if threads == 0 || threads > 1024 || d.threads.iter().any(|&t| t > 1024) {
        return bad(format!(
            "a workgroup of {:?} work items; 1 to 1024 are possible",
            d.threads
        ));
    }
    if d.partial
        .iter()
        .zip(d.threads)
        .any(|(&p, t)| p == 0 || p > t)
    {
        return bad(format!("partial workgroups of {:?} work items", d.partial));
    }
    if !d.wave32 {
        return bad("wave64; only wave32 is modelled (CS_W32_EN)".into());
    }
    if !d.code.is_multiple_of(4) {
        return bad(format!("code at {:#x}", d.code));
    }
    let mut total: u64 = 1;
    for (end, start) in d.groups.iter().zip(d.start) {
        let n = u64::from(end.saturating_sub(start));
        total = match total.checked_mul(n) {
            Some(t) => t,
            None => return bad(format!("{:?} workgroups", d.groups)),
        };
    }
    Ok((total != 0).then_some(total))
}

/// Places in the scratch ring, in workgroups.
fn scratch_slots(d: &Dispatch, waves: u32) -> Result<Vec<u32>, WaveError> {
    if d.scratch_wave_bytes() == 0 {
        return Ok(Vec::new());
    }
    let n = d.scratch_waves() / waves;
    if n == 0 {
        return Err(WaveError::BadDispatch(format!(
            "scratch for {} waves; a workgroup has {waves}",
            d.scratch_waves()
        )));
    }
    Ok((0..n).rev().collect())
}

/// One dispatch, as its threads see it.
pub(super) struct Shared<'a> {
    engine: &'a Engine,
    pub(super) d: &'a Dispatch,
    pub(super) mem: &'a dyn Memory,
    pub(super) kill: &'a AtomicBool,
    total: u64,
    next: AtomicU64,
    stop: AtomicBool,
    program: Mutex<Arc<Program>>,
    error: Mutex<Option<WaveError>>,
    stats: Mutex<Stats>,
    scratch: Mutex<Vec<u32>>,
    waves: u32,
}

impl Resolve for Shared<'_> {
    fn resolve(&self, program: &Arc<Program>, target: u64) -> Arc<Program> {
        let mut current = lock(&self.program);
        if current.slot_at(target).is_some() {
            return current.clone();
        }
        let options = self.engine.options(self.d);
        let mut roots = current.roots().to_vec();
        roots.extend(program.roots());
        roots.push(target);
        roots.sort_unstable();
        roots.dedup();
        let p = Arc::new(Program::decode(
            &options,
            self.engine.cpu,
            self.mem,
            self.d.code,
            &roots,
        ));
        self.engine
            .remember((self.d.vmid, self.d.code, options), &p);
        *current = p.clone();
        p
    }
}

impl Shared<'_> {
    /// Takes the next workgroup; `None` when all are taken, or no scratch is free.
    pub(super) fn take(&self, spare: &mut Vec<Group>) -> Option<(Group, Option<u32>)> {
        let uses_scratch = self.d.scratch_wave_bytes() != 0;
        let slot = if uses_scratch {
            Some(lock(&self.scratch).pop()?)
        } else {
            None
        };
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        if n >= self.total {
            lock(&self.scratch).extend(slot);
            return None;
        }
        let size: [u64; 3] = std::array::from_fn(|i| u64::from(self.d.groups[i] - self.d.start[i]));
        let at = [n % size[0], n / size[0] % size[1], n / size[0] / size[1]];
        let id = std::array::from_fn(|i| self.d.start[i] + at[i] as u32);
        let program = lock(&self.program).clone();
        let mut g = spare.pop().unwrap_or_else(|| Group::new(program.clone()));
        let scratch = u64::from(slot.unwrap_or(0)) * u64::from(self.waves);
        let scratch = self
            .d
            .scratch_base
            .wrapping_add(scratch * self.d.scratch_wave_bytes());
        g.start(self.d, &program, id, scratch);
        Some((g, slot))
    }

    pub(super) fn fail(&self, e: WaveError) {
        let mut error = lock(&self.error);
        // "Killed" is what the others say after the first real error.
        if error.is_none() {
            *error = Some(e);
        }
        self.stop.store(true, Ordering::Relaxed);
    }

    /// The program as decoded so far.
    pub(super) fn current(&self) -> Arc<Program> {
        lock(&self.program).clone()
    }

    /// Counters, if instructions are to be counted.
    pub(super) fn counts(&self) -> Option<Counts> {
        self.engine
            .config
            .stats
            .then(|| Counts::new(&self.current()))
    }

    /// Instructions that a wave may issue.
    pub(super) fn limit(&self) -> u64 {
        self.engine.config.step_limit.unwrap_or(u64::MAX)
    }

    /// The wave to follow.
    pub(super) fn trace(&self) -> Option<&Trace> {
        self.engine.config.trace.as_ref()
    }

    /// Returns a place in the scratch ring.
    pub(super) fn give_back(&self, slot: Option<u32>) {
        lock(&self.scratch).extend(slot);
    }

    /// Adds a thread's numbers to the total.
    pub(super) fn finish(&self, groups: u64, waves: u64, counts: Option<Counts>) {
        let mut stats = lock(&self.stats);
        stats.groups += groups;
        stats.waves += waves;
        if let Some(c) = counts {
            for (class, n) in c.finish() {
                *stats.issued.entry(class).or_default() += n;
            }
        }
    }

    /// One thread's share.
    fn work(&self, thread: u32) {
        let mut env = Env::new(self.d, Tlb::new(self.mem), thread);
        let limit = self.limit();
        let mut counts = self.counts();
        let mut resident: Vec<(Group, Option<u32>)> = Vec::new();
        let mut spare = Vec::new();
        let (mut groups, mut waves) = (0, 0);
        let mut more = true;
        'all: loop {
            if more && resident.len() < RESIDENT {
                match self.take(&mut spare) {
                    Some(g) => resident.push(g),
                    None => more = false,
                }
            }
            if resident.is_empty() {
                break;
            }
            let mut i = 0;
            while i < resident.len() {
                if self.stop.load(Ordering::Relaxed) {
                    break 'all;
                }
                if self.kill.load(Ordering::Relaxed) {
                    self.fail(WaveError::Killed);
                    break 'all;
                }
                let g = &mut resident[i].0;
                match run_group(
                    g,
                    &mut env,
                    self,
                    self.kill,
                    limit,
                    self.trace(),
                    &mut counts,
                ) {
                    Ok(Outcome::Done) => {
                        groups += 1;
                        waves += g.count as u64;
                        let (g, slot) = resident.swap_remove(i);
                        spare.push(g);
                        lock(&self.scratch).extend(slot);
                        more = true;
                    }
                    Ok(Outcome::Running) => i += 1,
                    Err(e) => {
                        self.fail(e);
                        break 'all;
                    }
                }
            }
        }
        self.finish(groups, waves, counts);
    }
}
