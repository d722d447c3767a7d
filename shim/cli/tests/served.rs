//! Whole wgpu programs on cards that `egpu serve` offers from another process: every die, both
//! sockets, warm and cold, fragmented host memory, a small BAR.

#[cfg(unix)]
mod common;

#[cfg(unix)]
fn main() {
    use amd_hw::die::Die;
    use common::Served;
    use egpu_conformance::programs;
    use libtest_mimic::{Arguments, Failed, Trial};
    use wgpu_egpu::instance_with;

    /// Says why a device was lost: wgpu's errors have no room for it.
    struct Log;
    impl log::Log for Log {
        fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
            metadata.level() == log::Level::Error
        }
        fn log(&self, record: &log::Record<'_>) {
            if self.enabled(record.metadata()) && record.target().starts_with("egpu") {
                eprintln!("{}", record.args());
            }
        }
        fn flush(&self) {}
    }
    let _ = log::set_logger(&Log).map(|()| log::set_max_level(log::LevelFilter::Error));

    type Start = fn(&[&str]) -> Served;
    let cards: [(&str, Die, Start, &[&str]); 7] = [
        (
            "unix/warm",
            Die::Navi31,
            Served::unix,
            &["--segments", "32"],
        ),
        ("unix/cold", Die::Navi32, Served::unix, &["--cold"]),
        (
            "unix/small-bar",
            Die::Navi33,
            Served::unix,
            &["--cold", "--bar0", "64", "--segments", "7"],
        ),
        (
            "unix/strict",
            Die::Navi44,
            Served::unix,
            &["--strict", "--segments", "3"],
        ),
        (
            "unix/large-bar",
            Die::Navi48,
            Served::unix,
            &["--bar0", "4096"],
        ),
        ("tcp/warm", Die::Navi31, Served::tcp, &[]),
        ("tcp/cold", Die::Navi48, Served::tcp, &["--cold"]),
    ];
    let run = |die: Die, start: Start, arguments: &[&str]| -> Result<(), Failed> {
        // Small: one of the programs takes all of it.
        let card = [&["--card", die.card_name(), "--vram", "1024"], arguments].concat();
        let served = start(&card);
        let instance = instance_with(served.options(die))?;
        let adapter = pollster::block_on(instance.request_adapter(&Default::default()))?;
        let failures: Vec<String> = programs::ALL
            .iter()
            .filter_map(|program| {
                let what = (program.run)(&adapter).err()?;
                Some(format!("{}: {what}", program.name))
            })
            .collect();
        match failures.as_slice() {
            [] => Ok(()),
            failures => Err(failures.join("\n").into()),
        }
    };
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(2);
    let trials = cards.map(|(name, die, start, arguments)| {
        Trial::test(format!("{name}/{}", die.card_name()), move || {
            run(die, start, arguments)
        })
    });
    libtest_mimic::run(&arguments, trials.into()).exit();
}

#[cfg(not(unix))]
fn main() {}
