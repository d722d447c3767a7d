//! A device straight on a card of the driver, without wgpu between: our compiler, one submission
//! for a whole case, and, if asked for, fewer registers than the hardware has, so that small
//! kernels reach spilling.

use std::collections::BTreeMap;
use std::sync::Arc;

use egpu_cards::egpu_driver::{Card, CardError, Command, Memory, MemoryKind, Source};
use egpu_translate::Kind;
use naga_backend::amdgpu::{self, Registers};
use naga_backend::reflection::BindingReflection;
use naga_backend::{ptx, Checks, Compiled, Options, Target};

use crate::adapters;
use crate::device::{Bindings, Device, DeviceError, Feature, Invocation, Judge, FEATURES};

/// Bytes of pattern before and after each binding.
const CANARY: usize = 256;
const PATTERN: u8 = 0xc5;

/// A card, and how kernels are made for it.
#[derive(Debug)]
pub struct CardDevice {
    name: String,
    judge: Judge,
    source: Arc<dyn Source>,
    options: Options,
    registers: Registers,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    card: Arc<dyn Card>,
    /// Memory of the card, and staging in both directions, of one size.
    arena: [Arc<dyn Memory>; 3],
}

impl CardDevice {
    /// A virtual card, or one over the PTX interpreter, by its adapter's name. To be strict is for
    /// the latter to approximate as the seed says instead of rounding, and it has all registers.
    ///
    /// # Errors
    /// If there is no such card or no compiler for it.
    pub fn new(
        adapter: &str,
        strict: bool,
        seed: u64,
        registers: Option<Registers>,
    ) -> Result<CardDevice, String> {
        let approximations = if strict { seed | 1 } else { 0 };
        let source = match adapters::ptx_card(adapter, approximations) {
            Some(card) => card?,
            None => {
                let mut options = egpu_cards::Options {
                    adapter: Some(adapter.into()),
                    ..egpu_cards::Options::default()
                };
                options.virtual_card.strict = strict;
                options.virtual_card.seed = seed;
                options.virtual_card.vram = 256 << 20;
                options.virtual_card.threads = Some(1);
                let sources = egpu_cards::find(&options).map_err(|error| error.to_string())?;
                sources.into_iter().next().ok_or("no card")?
            }
        };
        let target = &source.info().target;
        let target = Target::from_name(target).ok_or("no compiler for the card")?;
        let mode = if strict { " strict" } else { "" };
        let cut = registers.map_or(String::new(), |r| {
            format!(" with {} and {} registers", r.scalar, r.vector)
        });
        Ok(CardDevice {
            name: format!("{adapter}{mode}{cut}"),
            judge: adapters::judge(adapter),
            source,
            options: Options::new(target),
            registers: registers.unwrap_or_default(),
            open: None,
        })
    }

    /// Leaves out what makes results safe or fast, for kernels that do not need it.
    pub fn with(mut self, checks: Checks, contract: bool) -> CardDevice {
        self.options.checks = checks;
        self.options.contract = contract;
        self
    }

    fn compile(&self, invocation: &Invocation) -> Result<Compiled, String> {
        let source = egpu_translate::parse("shader", Kind::Wgsl, invocation.wgsl.as_bytes())
            .map_err(|error| error.to_string())?;
        let constants = invocation.constants.iter();
        let constants = constants.map(|(k, v)| (k.clone(), *v)).collect();
        let mut kernel =
            egpu_translate::lower(&source, &invocation.entry, &constants, &self.options)
                .map_err(|error| error.to_string())?;
        naga_backend::passes::optimize(&mut kernel, &self.options)
            .map_err(|error| error.to_string())?;
        match self.options.target {
            Target::Amd(arch) => {
                amdgpu::compile_within(&kernel, arch, &self.options, self.registers)
            }
            Target::Nvidia(sm) => ptx::compile(&kernel, sm, &self.options),
        }
        .map_err(|error| error.to_string())
    }

    fn launch(
        &mut self,
        invocation: &Invocation,
        compiled: &Compiled,
    ) -> Result<Bindings, DeviceError> {
        let run = |error: CardError| DeviceError::Run(error.to_string());
        let mut places = BTreeMap::new();
        let mut end = CANARY;
        for b in &invocation.buffers {
            let len = b.data.len().next_multiple_of(4);
            places.insert((b.group, b.binding), (end, len));
            end = (end + len + CANARY).next_multiple_of(CANARY);
        }
        if self
            .open
            .as_ref()
            .is_none_or(|o| o.arena[0].size() < end as u64)
        {
            self.open = None;
            let card = self.source.open().map_err(run)?;
            let size = (end as u64).next_power_of_two().max(1 << 18);
            let memory = |kind| card.allocate(kind, size).map_err(run);
            let kinds = [MemoryKind::Device, MemoryKind::Upload, MemoryKind::Readback];
            let [a, b, c] = kinds.map(memory);
            self.open = Some(Open {
                arena: [a?, b?, c?],
                card,
            });
        }
        let Some(Open { card, arena }) = &self.open else {
            return Err(DeviceError::Run("no card is open".into()));
        };
        let [device, upload, readback] = arena;

        let mut contents = vec![PATTERN; end];
        for b in &invocation.buffers {
            let (at, _) = places[&(b.group, b.binding)];
            contents[at..at + b.data.len()].copy_from_slice(&b.data);
        }
        let no_staging = || DeviceError::Run("no staging memory".into());
        let to = upload.mapping().ok_or_else(no_staging)?;
        // SAFETY: the mapping is at least `end` bytes, and no submitted work is unfinished.
        unsafe { std::ptr::copy_nonoverlapping(contents.as_ptr(), to, end) };
        upload.flush(0, end as u64).map_err(run)?;

        let reflection = &compiled.reflection;
        let bound = |entry: &BindingReflection| {
            let slot = (entry.group, entry.binding);
            let (at, len) = *places
                .get(&slot)
                .ok_or_else(|| DeviceError::Run(format!("nothing is bound at {slot:?}")))?;
            let address = device.address() + at as u64;
            Ok((address, len as u64))
        };
        let block = reflection.arguments(bound, invocation.groups, &invocation.immediates)?;
        let kernel = card
            .load(&compiled.object, &reflection.entry)
            .map_err(run)?;
        let copy = |source: &Arc<dyn Memory>, destination: &Arc<dyn Memory>| Command::Copy {
            source: source.address(),
            destination: destination.address(),
            size: end as u64,
        };
        let commands = [
            copy(upload, device),
            Command::Barrier,
            Command::Dispatch {
                kernel,
                arguments: block.into(),
                groups: invocation.groups,
                touches: None,
            },
            Command::Barrier,
            copy(device, readback),
        ];
        let point = card.submit(&commands).map_err(run)?;
        card.wait(point, None).map_err(run)?;
        readback.invalidate(0, end as u64).map_err(run)?;
        let from = readback.mapping().ok_or_else(no_staging)?;
        // SAFETY: the mapping is at least `end` bytes, and the copy into it is done.
        unsafe { std::ptr::copy_nonoverlapping(from, contents.as_mut_ptr(), end) };

        let mut results = Bindings::new();
        for b in &invocation.buffers {
            let (group, binding) = (b.group, b.binding);
            let (at, len) = places[&(group, binding)];
            let canary = |side, distance| DeviceError::Canary {
                group,
                binding,
                side,
                distance,
            };
            let before = &contents[at - CANARY..at];
            if let Some(place) = before.iter().rposition(|&x| x != PATTERN) {
                return Err(canary("start", CANARY - place));
            }
            let after = &contents[at + len..(at + len + CANARY).min(end)];
            if let Some(place) = after.iter().position(|&x| x != PATTERN) {
                return Err(canary("end", place));
            }
            results.insert((group, binding), contents[at..at + b.data.len()].to_vec());
        }
        Ok(results)
    }
}

impl Device for CardDevice {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn features(&self) -> Vec<Feature> {
        // The compiler does all of them.
        FEATURES.to_vec()
    }

    fn judge(&self) -> Judge {
        self.judge
    }

    fn run(&mut self, invocation: &Invocation) -> Result<Bindings, DeviceError> {
        let compiled = self.compile(invocation).map_err(DeviceError::Shader)?;
        let result = self.launch(invocation, &compiled);
        if matches!(result, Err(DeviceError::Run(_))) {
            // A lost card is opened anew.
            self.open = None;
        }
        result
    }
}
