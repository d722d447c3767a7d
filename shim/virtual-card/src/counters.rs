//! What happened so far, in numbers. Tests assert on them; `egpu serve` prints them at its end.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Live counters.
        #[derive(Debug, Default)]
        pub struct Counters {
            $($(#[$doc])* pub(crate) $name: Counter,)*
        }

        /// A snapshot of [`Counters`].
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
        }

        impl Counters {
            /// The numbers now.
            pub fn snapshot(&self) -> Counts {
                Counts { $($name: self.$name.get(),)* }
            }
        }

        impl Counts {
            /// Names and numbers, in order.
            pub fn entries(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

counters! {
    /// Configuration space accesses.
    config_accesses,
    /// Register reads from outside.
    register_reads,
    /// Register writes from outside.
    register_writes,
    /// Accesses to BARs that are misaligned, of a wrong size or out of range.
    bad_accesses,
    /// Bytes read through BAR 0.
    aperture_bytes_read,
    /// Bytes written through BAR 0.
    aperture_bytes_written,
    /// Doorbells rung.
    doorbells,
    /// Doorbells that reached no queue.
    lost_doorbells,
    /// HDP flushes.
    hdp_flushes,
    /// DMA allocations granted.
    dma_allocations,
    /// Page walks whose result entered a TLB.
    tlb_fills,
    /// TLB invalidations.
    tlb_flushes,
    /// Translations that failed.
    page_faults,
    /// Accesses to bus addresses that nobody granted.
    dma_faults,
    /// Packets that had L2 written back.
    l2_write_backs,
    /// Packets that had L2 invalidated.
    l2_invalidations,
    /// Lines of L2 that an invalidation dropped with stores that memory had not seen.
    l2_lines_lost,
    /// PM4 packets.
    pm4_packets,
    /// Dispatches run to their end.
    dispatches,
    /// Dispatches that ended in an error.
    failed_dispatches,
    /// SDMA packets.
    sdma_packets,
    /// Bytes copied or filled by SDMA.
    sdma_bytes,
    /// Interrupt entries written.
    interrupts,
    /// Interrupt entries lost because no ring was enabled or it was full.
    lost_interrupts,
    /// Commands that sOS executed.
    psp_commands,
    /// Commands or boot components that PSP refused.
    psp_refusals,
    /// Messages that the SMU answered.
    smu_messages,
    /// Resets.
    resets,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds one.
    pub fn count(&self) {
        self.add(1);
    }

    /// Adds.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The number now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
