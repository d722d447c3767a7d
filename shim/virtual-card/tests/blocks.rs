//! Blocks through the bus interface: what they answer, and what they refuse and count.

mod client;

use amd_hw::die::Die;
use amd_hw::discovery::{Discovery, OFFSET_FROM_END, SIZE};
use amd_hw::registers::Register;
use amd_hw::smu;
use amd_hw::{DRIVER_SIGNATURE, RCC_CONFIG_MEMSIZE};
use client::{config, Client};
use egpu_link::{Link, LinkError};
use virtual_card::{Config, ConfigError, Fault, VirtualCard};

#[test]
fn accesses_are_checked_and_counted() {
    let card = VirtualCard::new(config(Die::Navi31)).unwrap();
    let mut word = [0; 4];
    for (bar, offset, length) in [
        (5, 2, 4),
        (5, 0, 2),
        (5, 0, 8),
        (5, 1 << 20, 4),
        (5, u64::MAX - 3, 4),
        (2, 0, 2),
        (2, 4, 8),
        (2, 2 << 20, 8),
        (0, 256 << 20, 1),
        (0, u64::MAX, 2),
        (1, 0, 4),
        (3, 0, 4),
        (256, 0, 4),
        (u32::MAX, 0, 4),
    ] {
        let before = card.counts().bad_accesses;
        let mut data = vec![0; length];
        assert!(matches!(
            card.read(bar, offset, &mut data),
            Err(LinkError::OutOfRange { .. })
        ));
        assert!(matches!(
            card.write(bar, offset, &data),
            Err(LinkError::OutOfRange { .. })
        ));
        assert_eq!(
            card.counts().bad_accesses,
            before + 2,
            "BAR {bar} {offset:#x} {length}"
        );
    }
    card.read(5, 4 * u64::from(RCC_CONFIG_MEMSIZE), &mut word)
        .unwrap();
    assert_eq!(u32::from_le_bytes(word), 256);
    card.write(5, 4 * u64::from(RCC_CONFIG_MEMSIZE), &[1, 0, 0, 0])
        .unwrap();
    card.read(5, 4 * u64::from(RCC_CONFIG_MEMSIZE), &mut word)
        .unwrap();
    assert_eq!(
        u32::from_le_bytes(word),
        256,
        "the memory size can be overwritten"
    );
    assert_eq!(card.counts().register_reads, 2);
    for (offset, size) in [(0, 3), (4096, 4), (1, 2)] {
        assert!(
            card.config_read(offset, size).is_err() && card.config_write(offset, size, 0).is_err()
        );
    }
    assert!(card.map_bar(1).is_err() && card.map_bar(6).is_err() && card.map_bar(256).is_err());
}

#[test]
fn discovery_through_the_window_and_the_aperture() {
    for die in Die::ALL {
        let (card, client) = Client::new(Config {
            bar0: 512 << 20,
            ..config(die)
        });
        let start = (256 << 20) - OFFSET_FROM_END;
        let mut through_bar = vec![0; SIZE];
        client.link.read(0, start, &mut through_bar).unwrap();
        let mut through_window = Vec::new();
        for at in (start..start + SIZE as u64).step_by(4) {
            client.write(Register::MM_INDEX_HI, (at >> 31) as u32);
            client.write(Register::MM_INDEX, at as u32 & 0x7fff_ffff | 1 << 31);
            through_window.extend(client.read(Register::MM_DATA).to_le_bytes());
        }
        assert!(through_bar == through_window);
        let found = Discovery::parse(&through_window).unwrap();
        assert_eq!(found.die(), Some(die));
        // BAR 0 is larger than VRAM: beyond its end there is nothing.
        let mut word = [0; 4];
        client.link.read(0, 256 << 20, &mut word).unwrap();
        assert_eq!(word, [0xff; 4]);
        client.link.write(0, 256 << 20, &word).unwrap();
        assert_eq!(card.counts().bad_accesses, 0);
    }
}

#[test]
fn registers_beyond_the_bar() {
    let (_card, client) = Client::new(config(Die::Navi31));
    for (register, value) in [
        (Register::S2A_DOORBELL_ENTRY_0_CTRL, 0x1234),
        (Register::RCC_DEV0_EPF2_STRAP2, 7),
    ] {
        let address = client.map.address(register).unwrap();
        client.write(Register::BIF_BX_PF0_RSMU_INDEX, address * 4);
        client.write(Register::BIF_BX_PF0_RSMU_DATA, value);
        assert_eq!(client.read(Register::BIF_BX_PF0_RSMU_DATA), value);
    }
    // The window does not lead to itself.
    let own = client.map.address(Register::BIF_BX_PF0_RSMU_DATA).unwrap();
    client.write(Register::BIF_BX_PF0_RSMU_INDEX, own * 4);
    assert_eq!(client.read(Register::BIF_BX_PF0_RSMU_DATA), u32::MAX);
}

#[test]
fn warm_cards_carry_our_signature() {
    let (_card, client) = Client::new(config(Die::Navi48));
    assert_eq!(client.read(Register::SCRATCH_REG7), DRIVER_SIGNATURE);
    assert_eq!(client.read(Register::SCRATCH_REG6), 0);
    assert_ne!(client.read(Register::MP0_SMN_C2PMSG_81), 0);
    assert_eq!(client.read(Register::CP_STAT), 0);
    assert_eq!(client.read(Register::RLC_RLCS_BOOTLOAD_STATUS) >> 31, 1);
    let cold = VirtualCard::new(Config {
        cold: true,
        ..config(Die::Navi48)
    })
    .unwrap();
    let at = client.map.address(Register::SCRATCH_REG7).unwrap();
    assert_eq!(cold.read32(5, 4 * u64::from(at)), Ok(0));
}

#[test]
fn invalidation_semaphores_are_taken_by_reading() {
    let (card, client) = Client::new(config(Die::Navi31));
    assert_eq!(client.read(Register::MMVM_INVALIDATE_ENG17_SEM), 1);
    assert_eq!(client.read(Register::MMVM_INVALIDATE_ENG17_SEM), 0);
    client.write(Register::MMVM_INVALIDATE_ENG17_SEM, 0);
    assert_eq!(client.read(Register::MMVM_INVALIDATE_ENG17_SEM), 1);
    // The other engines' registers lie below the seventeenth's.
    let before = card.counts().tlb_flushes;
    let req = u64::from(
        client
            .map
            .address(Register::MMVM_INVALIDATE_ENG17_REQ)
            .unwrap(),
    ) - 10;
    let ack = u64::from(
        client
            .map
            .address(Register::MMVM_INVALIDATE_ENG17_ACK)
            .unwrap(),
    ) - 10;
    client.link.write32(5, 4 * req, 0xf8_0001).unwrap();
    assert_eq!(client.link.read32(5, 4 * ack), Ok(1));
    assert_eq!(card.counts().tlb_flushes, before + 1);
    // Status and address are read-only.
    client.write(Register::GCVM_L2_PROTECTION_FAULT_STATUS, 5);
    assert_eq!(client.read(Register::GCVM_L2_PROTECTION_FAULT_STATUS), 0);
}

#[test]
fn smu_messages() {
    let (card, client) = Client::new(config(Die::Navi31));
    let send = |message, parameter| {
        client.write(Register::MP1_SMN_C2PMSG_90, 0);
        client.write(Register::MP1_SMN_C2PMSG_82, parameter);
        client.write(Register::MP1_SMN_C2PMSG_66, message);
        (
            client.read(Register::MP1_SMN_C2PMSG_90),
            client.read(Register::MP1_SMN_C2PMSG_82),
        )
    };
    assert_eq!(send(smu::message::TEST, 41), (smu::response::OK, 42));
    for clock in 0..4u32 {
        let (status, count) = send(
            smu::message::GET_DPM_FREQ_BY_INDEX,
            clock << 16 | smu::LEVEL_COUNT,
        );
        assert_eq!(status, smu::response::OK);
        assert!((1..10).contains(&count));
        let levels: Vec<u32> = (0..count)
            .map(|i| send(smu::message::GET_DPM_FREQ_BY_INDEX, clock << 16 | i).1)
            .collect();
        assert!(levels.is_sorted() && levels[0] > 0);
    }
    let failed = (smu::response::FAILED, 0);
    assert_eq!(send(smu::message::GET_DPM_FREQ_BY_INDEX, 9 << 16), failed);
    assert_eq!(
        send(smu::message::SET_SOFT_MAX_BY_FREQ, 9 << 16 | 5),
        failed
    );
    assert_eq!(send(9999, 0).0, smu::response::UNKNOWN_COMMAND);
    assert_eq!(send(smu::message::TRANSFER_TABLE_SMU_TO_DRAM, 0), failed);
    assert_eq!(card.findings(), []);
    client.write(Register::MP1_SMN_C2PMSG_66, smu::message::TEST);
    assert_eq!(
        card.findings().len(),
        1,
        "a message over an uncleared response"
    );
}

#[test]
fn mode1_reset_leaves_a_cold_card() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    let host = client.host(0x4000);
    let mut queue = client.compute(4096);
    client.submit(&mut queue, &[client::signal(&host, 0, 1)]);
    client.wait_word(&host, 0, 1);
    client.write(Register::MP1_SMN_C2PMSG_54, 0);
    client.write(Register::MP1_SMN_C2PMSG_53, 0);
    client.write(Register::MP1_SMN_C2PMSG_75, smu::DEBUG_MODE1_RESET);
    assert_eq!(client.read(Register::MP1_SMN_C2PMSG_54), smu::response::OK);
    assert_eq!(client.read(Register::SCRATCH_REG7), 0);
    assert_eq!(client.read(Register::MP0_SMN_C2PMSG_81), 0);
    assert_eq!(card.counts().resets, 1);
    // Nothing runs any more, and nothing can be started without firmware.
    client.submit(&mut queue, &[client::signal(&host, 0, 2)]);
    client.write(Register::GRBM_GFX_CNTL, 4);
    client.write(Register::CP_HQD_ACTIVE, 1);
    assert_eq!(client.read(Register::CP_HQD_ACTIVE), 0);
    assert!(
        card.findings().iter().any(|f| f.what.contains("autoload")),
        "{:?}",
        card.findings()
    );
    assert!(card.counts().lost_doorbells > 0);
    client.link.reset().unwrap();
    assert_eq!(card.counts().resets, 2);
}

#[test]
fn doorbells_need_their_routes() {
    for (register, value) in [
        (Register::RCC_DEV0_EPF0_RCC_DOORBELL_APER_EN, 0),
        (Register::S2A_DOORBELL_ENTRY_0_CTRL, 0),
        (Register::CP_MEC_DOORBELL_RANGE_UPPER, 0),
    ] {
        let (card, mut client) = Client::new(config(Die::Navi31));
        let host = client.host(0x4000);
        let mut queue = client.compute(4096);
        let address = client.map.address(register).unwrap();
        if address < 0x4_0000 {
            client.write(register, value);
        } else {
            client.write(Register::BIF_BX_PF0_RSMU_INDEX, address * 4);
            client.write(Register::BIF_BX_PF0_RSMU_DATA, value);
        }
        client.submit(&mut queue, &[client::signal(&host, 0, 1)]);
        assert!(
            !client.reaches(&host, 0, 1, std::time::Duration::from_millis(50)),
            "{register:?}"
        );
        assert_eq!(card.counts().lost_doorbells, 1);
        assert!(!card.findings().is_empty());
    }
}

#[test]
fn a_halted_engine_runs_nothing() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    use amd_hw::registers::fields::cp_mec_rs64_cntl::MEC_HALT;
    let control = client.read(Register::CP_MEC_RS64_CNTL);
    client.write(
        Register::CP_MEC_RS64_CNTL,
        MEC_HALT.set(client.generation(), control, 1),
    );
    client.compute(4096);
    assert_eq!(client.read(Register::CP_HQD_ACTIVE), 0);
    client.write(Register::SDMA0_F32_CNTL, 1);
    client.sdma(4096);
    assert_eq!(card.findings().len(), 2, "{:?}", card.findings());
}

/// Whether a finding of a block has these words.
fn found(card: &VirtualCard, block: &str, words: &str) -> bool {
    card.findings()
        .iter()
        .any(|f| f.block == block && f.what.contains(words))
}

#[test]
fn clock_gating_changes_in_safe_mode_only() {
    for die in [Die::Navi31, Die::Navi48] {
        let (card, mut client) = Client::new(config(die));
        // CMD and MESSAGE enter, CMD alone leaves.
        client.write(Register::RLC_SAFE_MODE, 3);
        assert_eq!(client.read(Register::RLC_SAFE_MODE) & 1, 0);
        client.write(Register::RLC_CGCG_CGLS_CTRL, 5);
        assert_eq!(card.findings(), []);
        client.compute(4096);
        assert!(found(&card, "rlc", "not left"));
        client.write(Register::RLC_SAFE_MODE, 1);
        client.write(Register::RLC_CGTT_MGCG_OVERRIDE, 5);
        assert!(found(&card, "rlc", "outside of safe mode"));
    }
}

#[test]
fn flushes_need_semaphore_range_and_what_follows() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    client.write(Register::MMVM_INVALIDATE_ENG17_REQ, 0xf8_0001);
    assert!(found(&card, "gmc", "semaphore"));
    client.compute(4096);
    assert!(found(&card, "gmc", "PRIVATE_INVALIDATION"));
    // An engine whose range leaves the context out flushes nothing.
    let before = card.counts().tlb_flushes;
    let first = client
        .map
        .address(Register::GCVM_INVALIDATE_ENG0_ADDR_RANGE_LO32)
        .unwrap();
    let range = 4 * u64::from(first + 2 * 17 + 1);
    client.link.write32(5, range, 0).unwrap();
    client.write(Register::GCVM_INVALIDATE_ENG17_REQ, 0xf8_0001);
    assert!(found(&card, "gmc", "ADDR_RANGE"));
    assert_eq!(card.counts().tlb_flushes, before);
}

#[test]
fn hubs_are_reviewed_when_they_flush() {
    for (register, value, words) in [
        (Register::GCMC_VM_MX_L1_TLB_CNTL, 0, "MX_L1_TLB_CNTL"),
        (Register::GCMC_VM_AGP_TOP, 0xff_ffff, "AGP"),
        (Register::GCMC_VM_SYSTEM_APERTURE_LOW_ADDR, 5, "aperture"),
        (Register::GCVM_L2_CNTL, 0, "L2 TLB"),
        (Register::GCVM_CONTEXT0_CNTL, 0, "context 0 is off"),
        (
            Register::GCVM_L2_CONTEXT1_IDENTITY_APERTURE_HIGH_ADDR_HI32,
            0x10,
            "identity",
        ),
    ] {
        let (card, client) = Client::new(config(Die::Navi48));
        assert_eq!(card.findings(), []);
        client.write(register, value);
        client.flush_tlb();
        assert!(found(&card, "gmc", words), "{words}: {:?}", card.findings());
    }
}

#[test]
fn queues_are_reviewed_when_they_start() {
    for (register, value, block, words) in [
        (Register::IH_RB_CNTL, 0, "ih", "ring 0 is off"),
        (Register::RLC_CNTL, 0, "rlc", "rlc_enable_f32"),
        (Register::RLC_SRM_CNTL, 0, "rlc", "srm_enable"),
        (Register::SH_MEM_BASES, 0, "cp", "SH_MEM_BASES"),
        (Register::SH_MEM_CONFIG, 0, "cp", "SH_MEM_CONFIG"),
        (Register::IH_RB_BASE_HI, 0x7fff, "ih", "not in VRAM"),
    ] {
        let (card, mut client) = Client::new(config(Die::Navi31));
        client.write(register, value);
        client.compute(4096);
        assert!(found(&card, block, words), "{words}: {:?}", card.findings());
    }
    // Without an HDP flush the descriptor is not there when the doorbell rings.
    let (card, mut client) = Client::new(Config {
        strict: true,
        ..config(Die::Navi31)
    });
    let mut queue = client.compute(4096);
    let host = client.host(0x4000);
    let mqd = client.take_vram(0) - (2 << 20);
    client.link.write(0, mqd, &[0; 4]).unwrap();
    client.submit(&mut queue, &[client::signal(&host, 0, 1)]);
    assert!(found(&card, "cp", "HDP flush"), "{:?}", card.findings());
}

#[test]
fn sdma_is_reviewed_when_it_starts() {
    let (card, mut client) = Client::new(config(Die::Navi31));
    client.sdma(4096);
    assert_eq!(card.findings(), []);
    client.write(Register::SDMA0_QUEUE0_RB_CNTL, 0);
    client.write(Register::SDMA0_QUEUE0_RB_WPTR, 8);
    client.write(Register::SDMA0_QUEUE0_RB_WPTR, 4);
    assert!(found(&card, "sdma", "MINOR_PTR_UPDATE"));
    client.write(Register::SDMA0_QUEUE0_MINOR_PTR_UPDATE, 1);
    client.write(Register::SDMA0_QUEUE0_RB_CNTL, 0x84_1815 | 1 << 11);
    assert!(found(&card, "sdma", "MINOR_PTR_UPDATE is on"));
    // A cold card's engine is held, and its registers hold nothing.
    let card = VirtualCard::new(Config {
        cold: true,
        ..config(Die::Navi48)
    })
    .unwrap();
    let map = amd_hw::registers::RegisterMap::for_die(Die::Navi48);
    let control = map.address(Register::SDMA0_F32_CNTL).unwrap();
    assert_ne!(card.read32(5, 4 * u64::from(control)).unwrap() & 1, 0);
}

#[test]
fn traces_are_decoded() {
    use std::sync::{Arc, Mutex};
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Sink {
        fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(data);
            Ok(data.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let (card, mut client) = Client::new(config(Die::Navi31));
    let sink = Sink::default();
    card.set_trace(Box::new(sink.clone()));
    let host = client.host(0x4000);
    let mut queue = client.compute(4096);
    client.submit(&mut queue, &[client::signal(&host, 0, 1)]);
    client.wait_word(&host, 0, 1);
    card.flush_trace();
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    for want in [
        "CP_HQD_PQ_DOORBELL_CONTROL",
        "doorbell_en=0x1",
        "ReleaseMem",
        "doorbell 0x18",
        "tlb Gc flushed",
    ] {
        assert!(text.contains(want), "no {want} in the trace");
    }
}

#[test]
fn impossible_cards() {
    let base = config(Die::Navi31);
    assert!(matches!(
        VirtualCard::new(Config {
            vram: 5,
            ..base.clone()
        }),
        Err(ConfigError::Vram(5))
    ));
    assert!(matches!(
        VirtualCard::new(Config {
            bar0: 3 << 20,
            ..base.clone()
        }),
        Err(ConfigError::Bar0(_))
    ));
    assert!(matches!(
        VirtualCard::new(Config {
            segments: 33,
            ..base.clone()
        }),
        Err(ConfigError::Segments(33))
    ));
    for fault in Fault::ALL {
        assert_eq!(fault.name().parse(), Ok(fault));
    }
    assert!("none".parse::<Fault>().is_err());
    for fault in [Fault::NoCard, Fault::NotApproved] {
        let card = VirtualCard::new(Config {
            faults: vec![fault],
            ..base.clone()
        })
        .unwrap();
        assert!(matches!(card.map_bar(0), Err(LinkError::Refused { .. })));
    }
    let card = VirtualCard::new(Config {
        faults: vec![Fault::SysmemFull],
        ..base.clone()
    })
    .unwrap();
    assert!(matches!(
        card.alloc_dma(128 << 20),
        Err(LinkError::OutOfMemory { .. })
    ));
    assert!(matches!(
        card.alloc_dma(u64::MAX),
        Err(LinkError::OutOfMemory { .. })
    ));
}
