//! PTX run by its interpreter, behind the driver's function table: whole wgpu programs, and a sample
//! of the conformance cases (`egpu-conformance --adapter ptx` runs all of them).

use egpu_conformance::runner::{run, Options};
use egpu_conformance::wgpu_device::WgpuDevice;
use egpu_conformance::{adapters, programs};
use libtest_mimic::{Arguments, Failed, Trial};

/// One case of so many.
const EVERY: usize = 7;

fn program(program: &programs::Program, adapter: &str) -> Result<(), Failed> {
    let adapter = adapters::open(adapter, false, 0)?;
    (program.run)(&adapter).map_err(Failed::from)
}

fn cases(adapter: &str, seed: u64) -> Result<(), Failed> {
    let opened = adapters::open(adapter, false, seed)?;
    let mut device = WgpuDevice::open(&opened, adapter, adapters::judge(adapter))?;
    let options = Options {
        every: EVERY,
        ..Options::default()
    };
    let report = run(&mut device, &options, &mut |_| {});
    match report.passed() {
        true => Ok(()),
        false => Err(report.table(20).into()),
    }
}

fn main() {
    let mut arguments = Arguments::from_args();
    // Each program keeps several threads busy by itself.
    arguments.test_threads.get_or_insert(2);
    let mut trials: Vec<Trial> = programs::ALL
        .iter()
        .map(|one| Trial::test(format!("ptx/{}", one.name), move || program(one, "ptx")))
        .collect();
    for (adapter, seed) in [("ptx-sm_75", 0), ("ptx-sm_90", 0)] {
        trials.push(Trial::test(
            format!("{adapter}/cases, seed {seed}"),
            move || cases(adapter, seed),
        ));
    }
    libtest_mimic::run(&arguments, trials).exit();
}
