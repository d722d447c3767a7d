//! A miniature driver for tests: attaches to a warm card over a `Link`, maps memory, runs a compute
//! and an SDMA queue. It does what a driver must and nothing more, and shares nothing with ours.

#![allow(dead_code)]

pub mod kernel;

use std::sync::Arc;
use std::time::{Duration, Instant};

use amd_hw::die::{Die, Generation};
use amd_hw::mqd::{ComputeQueue, HQD_DWORD, HQD_REGISTERS};
use amd_hw::pm4::{self, Packet};
use amd_hw::pte::{entry_size, index, Entry, Leaf, Mtype};
use amd_hw::registers::{Register, RegisterMap};
use amd_hw::sdma;
use egpu_link::{DmaMemory, Link};
use virtual_card::{Config, VirtualCard};

/// First virtual address of the context.
pub const VA_BASE: u64 = 0x2000_0000_0000;
/// Memory-controller address of VRAM.
pub const FB_BASE: u64 = 0x80_0000_0000;

/// Memory that the card sees at a virtual address.
pub struct Buffer {
    /// Virtual address.
    pub va: u64,
    /// Bytes.
    pub size: u64,
    /// Where it is.
    pub place: Place,
}

/// Where a buffer is.
pub enum Place {
    /// At a VRAM address.
    Vram(u64),
    /// In host memory.
    Host(Arc<dyn DmaMemory>),
}

/// The driver.
pub struct Client {
    /// How the card is reached.
    pub link: Arc<dyn Link>,
    /// Its registers.
    pub map: RegisterMap,
    next_table: u64,
    next_vram: u64,
    next_va: u64,
    /// Whether every map and write is followed by the flushes that it needs.
    pub flush: bool,
}

/// A small warm card.
pub fn config(die: Die) -> Config {
    Config {
        die,
        vram: 256 << 20,
        threads: Some(1),
        ..Config::default()
    }
}

impl Client {
    /// A client of a new card in this process.
    pub fn new(config: Config) -> (Arc<VirtualCard>, Client) {
        let die = config.die;
        let card = VirtualCard::new(config).unwrap();
        let client = Client::attach(card.clone(), die);
        (card, client)
    }

    /// Attaches to a warm card and sets its page tables up.
    pub fn attach(link: Arc<dyn Link>, die: Die) -> Client {
        for bar in [0, 2, 5] {
            link.map_bar(bar).unwrap();
        }
        let mut client = Client {
            link,
            map: RegisterMap::for_die(die),
            next_table: 0x10_0000,
            next_vram: 32 << 20,
            next_va: VA_BASE + (1 << 30),
            flush: true,
        };
        client.link.config_write(4, 2, 6).unwrap();
        client.zero_vram(0, 4096);
        client.hub();
        client
    }

    /// Programs both hubs' context 0.
    pub fn hub(&mut self) {
        use amd_hw::registers::fields::gcvm_context0_cntl::{
            ENABLE_CONTEXT, PAGE_TABLE_DEPTH, VALID_PROTECTION_FAULT_ENABLE_INTERRUPT,
        };
        let generation = self.generation();
        let cntl = [
            (ENABLE_CONTEXT, 1),
            (PAGE_TABLE_DEPTH, 3),
            (VALID_PROTECTION_FAULT_ENABLE_INTERRUPT, 1),
        ]
        .into_iter()
        .fold(0, |word, (field, value)| field.set(generation, word, value));
        for (register, value) in [
            (Register::GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_LO32, 1),
            (Register::GCVM_CONTEXT0_PAGE_TABLE_BASE_ADDR_HI32, 0),
            (Register::GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_LO32, 0),
            (Register::GCVM_CONTEXT0_PAGE_TABLE_START_ADDR_HI32, 2),
            (Register::GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_LO32, u32::MAX),
            (Register::GCVM_CONTEXT0_PAGE_TABLE_END_ADDR_HI32, 7),
            (Register::GCVM_CONTEXT0_CNTL, cntl),
        ] {
            self.write(register, value);
        }
        self.flush_tlb();
    }

    /// Generation of the card.
    pub fn generation(&self) -> Generation {
        self.map.generation()
    }

    /// Reads a register.
    pub fn read(&self, register: Register) -> u32 {
        self.link
            .read32(5, 4 * u64::from(self.map.address(register).unwrap()))
            .unwrap()
    }

    /// Writes a register.
    pub fn write(&self, register: Register, value: u32) {
        self.link
            .write32(5, 4 * u64::from(self.map.address(register).unwrap()), value)
            .unwrap();
    }

    /// Polls a register until it has a value.
    pub fn wait(&self, register: Register, want: u32) {
        let start = Instant::now();
        while self.read(register) != want {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{register:?} never became {want:#x}"
            );
            std::thread::yield_now();
        }
    }

    /// Clears VRAM through the aperture.
    pub fn zero_vram(&self, at: u64, size: usize) {
        self.link.write(0, at, &vec![0; size]).unwrap();
    }

    /// Flushes what the host wrote to VRAM.
    pub fn flush_hdp(&self) {
        let at = self.read(Register::BIF_BX0_REMAP_HDP_MEM_FLUSH_CNTL);
        self.link.write32(5, at.into(), 0).unwrap();
    }

    /// Invalidates the GC hub's TLB.
    pub fn flush_tlb(&self) {
        self.flush_hdp();
        self.write(Register::GCVM_INVALIDATE_ENG17_REQ, 0xf8_0001);
        self.wait(Register::GCVM_INVALIDATE_ENG17_ACK, 1);
    }

    /// Takes VRAM.
    pub fn take_vram(&mut self, size: u64) -> u64 {
        let at = self.next_vram.next_multiple_of(2 << 20);
        self.next_vram = at + size;
        at
    }

    /// Takes virtual addresses.
    pub fn take_va(&mut self, size: u64) -> u64 {
        let at = self.next_va.next_multiple_of(2 << 20);
        self.next_va = at + size;
        at
    }

    /// Writes the entry of a virtual address at a level, making the tables above it.
    pub fn map_entry(&mut self, va: u64, level: u32, entry: Entry) {
        let (mut table, generation) = (0, self.generation());
        for at in (level + 1..=3).rev() {
            let slot = table + 8 * index(at, va - VA_BASE);
            let mut bits = [0; 8];
            self.link.read(0, slot, &mut bits).unwrap();
            table = match Entry::decode(u64::from_le_bytes(bits), generation, at) {
                Entry::Table { address, .. } => address,
                _ => {
                    let address = self.next_table;
                    self.next_table += 4096;
                    self.zero_vram(address, 4096);
                    let bits = Entry::Table {
                        address,
                        system: false,
                    }
                    .encode(generation, at);
                    self.link.write(0, slot, &bits.to_le_bytes()).unwrap();
                    address
                }
            };
        }
        let bits = entry.encode(generation, level);
        self.link
            .write(
                0,
                table + 8 * index(level, va - VA_BASE),
                &bits.to_le_bytes(),
            )
            .unwrap();
        if self.flush {
            self.flush_tlb();
        }
    }

    /// Cached VRAM at a new virtual address, in 2 MiB pages.
    pub fn vram(&mut self, size: u64) -> Buffer {
        let size = size.next_multiple_of(2 << 20);
        let (at, va) = (self.take_vram(size), self.take_va(size));
        for page in 0..size / entry_size(1) {
            let offset = page * entry_size(1);
            self.map_entry(va + offset, 1, Entry::Leaf(Leaf::vram(at + offset)));
        }
        Buffer {
            va,
            size,
            place: Place::Vram(at),
        }
    }

    /// Uncached host memory at a new virtual address, in 4 KiB pages.
    pub fn host(&mut self, size: u64) -> Buffer {
        self.host_of_type(size, Mtype::Uc)
    }

    /// Host memory of a memory type at a new virtual address, in 4 KiB pages.
    pub fn host_of_type(&mut self, size: u64, mtype: Mtype) -> Buffer {
        let memory = self.link.alloc_dma(size).unwrap();
        let (va, flush) = (self.take_va(memory.size()), std::mem::take(&mut self.flush));
        let mut offset = 0;
        for segment in memory.segments() {
            for page in (0..segment.length).step_by(4096) {
                self.map_entry(
                    va + offset,
                    0,
                    Entry::Leaf(Leaf {
                        mtype,
                        ..Leaf::system(segment.address + page)
                    }),
                );
                offset += 4096;
            }
        }
        self.flush = flush;
        self.flush_tlb();
        Buffer {
            va,
            size: memory.size(),
            place: Place::Host(memory),
        }
    }

    /// Writes a buffer from the host's side.
    pub fn put(&self, buffer: &Buffer, offset: u64, data: &[u8]) {
        match &buffer.place {
            Place::Vram(at) => {
                self.link.write(0, at + offset, data).unwrap();
                if self.flush {
                    self.flush_hdp();
                }
            }
            Place::Host(memory) => memory.write(offset, data).unwrap(),
        }
    }

    /// Writes words of a buffer from the host's side.
    pub fn put_words(&self, buffer: &Buffer, offset: u64, words: &[u32]) {
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        self.put(buffer, offset, &bytes);
    }

    /// Reads a buffer from the host's side.
    pub fn get(&self, buffer: &Buffer, offset: u64, size: usize) -> Vec<u8> {
        let mut data = vec![0; size];
        match &buffer.place {
            Place::Vram(at) => self.link.read(0, at + offset, &mut data).unwrap(),
            Place::Host(memory) => memory.read(offset, &mut data).unwrap(),
        }
        data
    }

    /// Reads a word of a buffer from the host's side.
    pub fn get32(&self, buffer: &Buffer, offset: u64) -> u32 {
        u32::from_le_bytes(self.get(buffer, offset, 4).try_into().unwrap())
    }

    /// Reads a double word of a buffer from the host's side.
    pub fn get64(&self, buffer: &Buffer, offset: u64) -> u64 {
        u64::from_le_bytes(self.get(buffer, offset, 8).try_into().unwrap())
    }

    /// Polls a word of a buffer.
    pub fn wait_word(&self, buffer: &Buffer, offset: u64, want: u32) {
        assert!(
            self.reaches(buffer, offset, want, Duration::from_secs(20)),
            "no signal {want:#x}"
        );
    }

    /// Whether a word of a buffer reaches a value in some time.
    pub fn reaches(&self, buffer: &Buffer, offset: u64, want: u32, limit: Duration) -> bool {
        let start = Instant::now();
        while self.get32(buffer, offset) != want {
            if start.elapsed() > limit {
                return false;
            }
            std::thread::sleep(Duration::from_micros(100));
        }
        true
    }

    /// Starts the compute queue.
    pub fn compute(&mut self, bytes: u64) -> Compute {
        let ring = self.host(bytes);
        let pointers = self.host(4096);
        let eop = self.vram(4096);
        let mqd_at = self.take_vram(4096);
        let queue = ComputeQueue {
            mqd_address: FB_BASE + mqd_at,
            ring_address: ring.va,
            ring_bytes: bytes,
            rptr_address: pointers.va + 0x80,
            wptr_address: pointers.va + 0x38,
            eop_address: eop.va,
            eop_bytes: 4096,
            doorbell: 6,
        };
        let mqd = queue.emit();
        let image: Vec<u8> = mqd.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.link.write(0, mqd_at, &image).unwrap();
        self.write(Register::GRBM_GFX_CNTL, 4);
        let first = u64::from(self.map.address(Register::CP_MQD_BASE_ADDR).unwrap());
        for (i, word) in mqd[HQD_DWORD..HQD_DWORD + HQD_REGISTERS].iter().enumerate() {
            self.link.write32(5, 4 * (first + i as u64), *word).unwrap();
        }
        self.write(Register::CP_HQD_ACTIVE, 1);
        self.flush_hdp();
        Compute {
            ring,
            pointers,
            wptr: 0,
        }
    }

    /// Starts the SDMA queue.
    pub fn sdma(&mut self, bytes: u64) -> Sdma {
        let ring = self.host(bytes);
        let pointers = self.host(4096);
        let (report, poll) = (pointers.va + 0x80, pointers.va + 0x38);
        for (register, value) in [
            (Register::SDMA0_QUEUE0_RB_RPTR, 0),
            (Register::SDMA0_QUEUE0_RB_RPTR_HI, 0),
            (Register::SDMA0_QUEUE0_RB_WPTR, 0),
            (Register::SDMA0_QUEUE0_RB_WPTR_HI, 0),
            (Register::SDMA0_QUEUE0_RB_BASE, (ring.va >> 8) as u32),
            (Register::SDMA0_QUEUE0_RB_BASE_HI, (ring.va >> 40) as u32),
            (Register::SDMA0_QUEUE0_RB_RPTR_ADDR_LO, report as u32),
            (
                Register::SDMA0_QUEUE0_RB_RPTR_ADDR_HI,
                (report >> 32) as u32,
            ),
            (Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_LO, poll as u32),
            (
                Register::SDMA0_QUEUE0_RB_WPTR_POLL_ADDR_HI,
                (poll >> 32) as u32,
            ),
            (Register::SDMA0_QUEUE0_DOORBELL_OFFSET, 0x200 << 2),
            (Register::SDMA0_QUEUE0_DOORBELL, 1 << 28),
            (Register::SDMA0_QUEUE0_IB_CNTL, 1),
        ] {
            self.write(register, value);
        }
        let log = (bytes / 4).ilog2();
        self.write(Register::SDMA0_QUEUE0_RB_CNTL, 0x84_1801 | log << 1);
        Sdma {
            ring,
            pointers,
            bytes,
            wptr: 0,
        }
    }

    /// Rings a 64-bit doorbell.
    pub fn ring(&self, offset: u64, value: u64) {
        self.link.write(2, offset, &value.to_le_bytes()).unwrap();
    }

    /// Puts PM4 packets into the ring and rings.
    pub fn submit(&self, queue: &mut Compute, packets: &[Packet<'_>]) {
        let mut words = Vec::new();
        packets.iter().for_each(|packet| packet.emit(&mut words));
        self.submit_words(queue, &words);
    }

    /// Puts words into the compute ring and rings.
    pub fn submit_words(&self, queue: &mut Compute, words: &[u32]) {
        for word in words {
            let at = 4 * (queue.wptr % (queue.ring.size / 4));
            self.put_words(&queue.ring, at, &[*word]);
            queue.wptr += 1;
        }
        self.ring(0x18, queue.wptr);
    }

    /// Puts SDMA packets into the ring, padding where one would wrap, and rings.
    pub fn copy_engine(&self, queue: &mut Sdma, packets: &[sdma::Packet<'_>]) {
        for packet in packets {
            let mut words = Vec::new();
            packet.emit(&mut words);
            let left = (queue.bytes - queue.wptr % queue.bytes) / 4;
            if (left as usize) < words.len() {
                let pad = vec![0; left as usize];
                self.put_words(&queue.ring, queue.wptr % queue.bytes, &pad);
                queue.wptr += 4 * left;
            }
            self.put_words(&queue.ring, queue.wptr % queue.bytes, &words);
            queue.wptr += 4 * words.len() as u64;
        }
        self.ring(0x800, queue.wptr);
    }
}

/// The compute queue.
pub struct Compute {
    /// Ring.
    pub ring: Buffer,
    /// Page of pointers.
    pub pointers: Buffer,
    /// Dwords written.
    pub wptr: u64,
}

/// The SDMA queue.
pub struct Sdma {
    /// Ring.
    pub ring: Buffer,
    /// Page of pointers.
    pub pointers: Buffer,
    /// Bytes of the ring.
    pub bytes: u64,
    /// Bytes written.
    pub wptr: u64,
}

/// RELEASE_MEM that writes a word when all before is done.
pub fn signal(buffer: &Buffer, offset: u64, value: u32) -> Packet<'static> {
    Packet::ReleaseMem {
        event: pm4::event::CACHE_FLUSH_AND_INV_TS,
        index: 5,
        caches: pm4::CacheControl {
            gl2_wb: true,
            gl2_inv: true,
            glv_inv: true,
            gl1_inv: true,
            ..Default::default()
        },
        data: pm4::ReleaseData::U32(value),
        address: buffer.va + offset,
        interrupt: 2,
        other: [0; 3],
    }
}

/// An uncached, read-only page of VRAM.
pub fn read_only(address: u64) -> Leaf {
    Leaf {
        writeable: false,
        mtype: Mtype::Uc,
        ..Leaf::vram(address)
    }
}
