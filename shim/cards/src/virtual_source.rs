//! The virtual card as a source: made when it is first opened.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use amd_hw::die::{Die, PCI_VENDOR_AMD};
use egpu_driver::amd::{self, AmdCard};
use egpu_driver::{Card, CardError, CardInfo, Source};
use virtual_card::{Config, VirtualCard};

/// A virtual card in this process.
#[derive(Debug)]
pub struct VirtualSource {
    config: Config,
    driver: amd::Options,
    info: CardInfo,
    /// The model behind the card that was opened last.
    model: Mutex<Weak<VirtualCard>>,
}

impl VirtualSource {
    /// A card that will be made with `config`.
    pub fn new(config: Config, driver: amd::Options) -> VirtualSource {
        let die = config.die;
        let info = CardInfo {
            name: format!("{} (virtual)", die.marketing_name()),
            vendor: PCI_VENDOR_AMD.into(),
            device: die.pci_ids().first().copied().unwrap_or_default().into(),
            target: die.arch().into(),
            is_virtual: true,
            link: "in process".into(),
            driver: amd::DRIVER.into(),
            memory: amd::usable_memory(config.vram),
            max_allocation: amd::usable_memory(config.vram),
            compute_units: die.shape().compute_units(),
            timestamp_frequency: 100_000_000,
            kernel_limits: amd::KERNEL_LIMITS,
        };
        VirtualSource {
            config,
            driver,
            info,
            model: Mutex::new(Weak::new()),
        }
    }

    /// The model itself, for counters and findings, while a card is open.
    pub fn model(&self) -> Option<Arc<VirtualCard>> {
        self.model
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .upgrade()
    }

    /// The die.
    pub fn die(&self) -> Die {
        self.config.die
    }
}

impl Source for VirtualSource {
    fn info(&self) -> &CardInfo {
        &self.info
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn open(&self) -> Result<Arc<dyn Card>, CardError> {
        let model =
            VirtualCard::new(self.config.clone()).map_err(|error| CardError::Unavailable {
                problem: error.to_string(),
                advice: "choose another size for the virtual card".into(),
            })?;
        *self.model.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&model);
        Ok(Arc::new(AmdCard::open(model, &self.driver)?))
    }
}
