//! Entries of the interrupt ring: 8 dwords each.
//!
//! Layout and numbers are those of Linux' `soc15_ih_clientid.h` and `ivsrcid/`. The driver here
//! polls; the card writes entries all the same.

/// Dwords of an entry.
pub const DWORDS: usize = 8;

/// Clients (soc21).
#[allow(missing_docs)]
pub mod client {
    pub const IH: u8 = 0x00;
    pub const GFX: u8 = 0x0a;
    pub const VMC: u8 = 0x12;
    pub const GRBM_CP: u8 = 0x14;
}

/// Sources.
#[allow(missing_docs)]
pub mod source {
    pub const UTCL2_FAULT: u8 = 0;
    pub const SDMA_TRAP: u8 = 49;
    pub const CP_EOP: u8 = 181;
    pub const CP_BAD_OPCODE: u8 = 183;
    pub const CP_PRIV_REG: u8 = 184;
    pub const CP_PRIV_INSTR: u8 = 185;
    pub const SQ_INTERRUPT: u8 = 239;
}

/// Error types of an SQ interrupt whose encoding is [`SQ_ENCODING_ERROR`].
#[allow(missing_docs)]
pub mod sq_error {
    pub const EDC_FUE: u32 = 0;
    pub const ILLEGAL_INST: u32 = 1;
    pub const MEMVIOL: u32 = 2;
    pub const EDC_FED: u32 = 3;
}

/// Encoding of an SQ interrupt (context 1, bits 7:6) that reports an error.
pub const SQ_ENCODING_ERROR: u32 = 2;

/// An interrupt entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Entry {
    /// Who.
    pub client: u8,
    /// What.
    pub source: u8,
    /// Ring of the client.
    pub ring: u8,
    /// Address space.
    pub vmid: u8,
    /// Set when the VMID belongs to the memory hub's.
    pub vmid_type: bool,
    /// 48-bit timestamp.
    pub timestamp: u64,
    /// Process.
    pub pasid: u16,
    /// Node.
    pub node: u8,
    /// Context words.
    pub context: [u32; 4],
}

impl Entry {
    /// An SQ interrupt that reports a wave's error.
    pub fn sq_error(error: u32) -> Entry {
        Entry {
            client: client::GFX,
            source: source::SQ_INTERRUPT,
            context: [(error & 0xf) << 21, SQ_ENCODING_ERROR << 6, 0, 0],
            ..Entry::default()
        }
    }

    /// The error type, if this is an SQ interrupt that reports one.
    pub fn as_sq_error(&self) -> Option<u32> {
        let error = self.client == client::GFX
            && self.source == source::SQ_INTERRUPT
            && self.context[1] >> 6 & 3 == SQ_ENCODING_ERROR;
        error.then_some(self.context[0] >> 21 & 0xf)
    }

    /// From the ring's words.
    pub fn parse(words: &[u32; DWORDS]) -> Entry {
        Entry {
            client: words[0] as u8,
            source: (words[0] >> 8) as u8,
            ring: (words[0] >> 16) as u8,
            vmid: (words[0] >> 24 & 0xf) as u8,
            vmid_type: words[0] >> 31 != 0,
            timestamp: u64::from(words[1]) | u64::from(words[2] & 0xffff) << 32,
            pasid: words[3] as u16,
            node: (words[3] >> 16) as u8,
            context: [words[4], words[5], words[6], words[7]],
        }
    }

    /// The ring's words.
    pub fn emit(&self) -> [u32; DWORDS] {
        let [c0, c1, c2, c3] = self.context;
        [
            u32::from(self.client)
                | u32::from(self.source) << 8
                | u32::from(self.ring) << 16
                | u32::from(self.vmid & 0xf) << 24
                | u32::from(self.vmid_type) << 31,
            self.timestamp as u32,
            (self.timestamp >> 32) as u32 & 0xffff,
            u32::from(self.pasid) | u32::from(self.node) << 16,
            c0,
            c1,
            c2,
            c3,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_survive() {
        let entry = Entry {
            vmid: 3,
            timestamp: 0x1234_5678_9abc,
            pasid: 7,
            ..Entry::sq_error(sq_error::MEMVIOL)
        };
        assert_eq!(Entry::parse(&entry.emit()), entry);
        assert_eq!(entry.as_sq_error(), Some(sq_error::MEMVIOL));
    }
}
