//! `egpu doctor` on NVIDIA's cards: one is not called usable before it has computed. Alone in its
//! process, since it opens every device of the driver made of software.

use egpu_conformance::ptx::driver::{functions, Config, Gpu};
use egpu_driver::cuda::{Driver, Options};
use egpu_driver::doctor::examine_driver;
use egpu_driver::{Card, CardError};

#[test]
fn a_card_that_does_not_compute_is_not_usable() {
    Gpu::add(Config::default());
    Gpu::add(Config {
        capability: (6, 1),
        ..Config::default()
    });
    let driver = Driver::new(functions()).expect("a driver");
    let options = Options {
        is_virtual: true,
        ..Options::default()
    };
    let name = |card: &dyn Card| Ok(format!("computed on {}", card.info().target));
    let reports = examine_driver(&driver, &options, &name);
    let [usable, old] = &reports[..] else {
        panic!("{} reports", reports.len());
    };
    assert!(usable.problem().is_none(), "{usable}");
    assert!(usable.to_string().contains("computed on sm_80"), "{usable}");
    assert!(old.to_string().contains("compute capability 6.1"), "{old}");

    let wrong = |_: &dyn Card| Err(CardError::Invalid("2 squared is 5".into()));
    let reports = examine_driver(&driver, &options, &wrong);
    assert!(reports[0].problem().is_some(), "{}", reports[0]);
    assert!(
        reports[0].to_string().contains("2 squared is 5"),
        "{}",
        reports[0]
    );
}
