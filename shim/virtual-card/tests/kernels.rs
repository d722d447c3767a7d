//! Dispatches of hand-assembled kernels through the queue, on every die, fast and strict.

mod client;

use std::time::Duration;

use amd_hw::die::Die;
use amd_hw::pm4::{self, Packet};
use amd_hw::registers::Register;
use client::{config, signal, Client};
use virtual_card::Config;

/// `out[i] = i + 7` for groups of 32, the output's address behind the kernel argument pointer.
fn kernel(die: Die) -> &'static [u32] {
    match die.generation() {
        // s_load_b64 s[2:3], s[0:1], 0; s_waitcnt lgkmcnt(0); v_lshl_add_u32 v1, s15, 5, v0;
        // v_lshlrev_b32 v2, 2, v1; v_add_nc_u32 v1, 7, v1; global_store_b32 v2, v1, s[2:3]; s_endpgm
        amd_hw::die::Generation::Gfx11 => &[
            0xf404_0080,
            0xf800_0000,
            0xbf89_fc07,
            0xd646_0001,
            0x0401_0a0f,
            0x3004_0282,
            0x4a02_0287,
            0xdc6a_0000,
            0x0002_0102,
            0xbfb0_0000,
        ],
        // The same with s_wait_kmcnt 0 and the workgroup's id in ttmp9.
        amd_hw::die::Generation::Gfx12 => &[
            0xf400_2080,
            0xf800_0000,
            0xbfc7_0000,
            0xd646_0001,
            0x0401_0a75,
            0x3004_0282,
            0x4a02_0287,
            0xee06_8002,
            0x0080_0000,
            0x0000_0002,
            0xbfb0_0000,
        ],
    }
}

/// Packets that run [`kernel`] over so many groups.
fn dispatch(
    client: &Client,
    queue: &mut client::Compute,
    code: &client::Buffer,
    arguments: &client::Buffer,
    launch: Packet<'_>,
    done: Packet<'_>,
) {
    let sh = |register| client.map.address(register).unwrap() - pm4::SH_REG_BASE;
    let user = if client.generation() == amd_hw::die::Generation::Gfx11 {
        15
    } else {
        2
    };
    let entry = code.va >> 8;
    client.submit(
        queue,
        &[
            Packet::AcquireMem {
                base: 0,
                size: u64::MAX,
                caches: pm4::CacheControl::ALL,
                interval: 10,
                other: 0,
            },
            Packet::SetShReg {
                offset: sh(Register::COMPUTE_PGM_LO),
                values: &[entry as u32, (entry >> 32) as u32],
            },
            Packet::SetShReg {
                offset: sh(Register::COMPUTE_PGM_RSRC1),
                values: &[0x60af_0000, user << 1 | 1 << 7],
            },
            Packet::SetShReg {
                offset: sh(Register::COMPUTE_NUM_THREAD_X),
                values: &[32, 1, 1],
            },
            Packet::SetShReg {
                offset: sh(Register::COMPUTE_USER_DATA_0),
                values: &[arguments.va as u32, (arguments.va >> 32) as u32],
            },
            launch,
            Packet::EventWrite {
                event: pm4::event::CS_PARTIAL_FLUSH,
                index: 4,
                address: None,
            },
            done,
        ],
    );
}

#[test]
fn kernels_run() {
    for die in Die::ALL {
        for strict in [false, true] {
            let (card, mut client) = Client::new(Config {
                strict,
                segments: 3,
                ..config(die)
            });
            let (host, code, out) = (
                client.host(0x1_0000),
                client.vram(4096),
                client.vram(2 << 20),
            );
            client.put_words(&code, 0, kernel(die));
            // Beyond the end, where fetching goes on.
            let pad = [0xbf9f_0000; 64];
            client.put_words(&code, 4 * kernel(die).len() as u64, &pad);
            client.put(&host, 0x100, &out.va.to_le_bytes());
            client.put_words(&host, 0x200, &[3, 1, 1]);
            let arguments = client::Buffer {
                va: host.va + 0x100,
                size: 8,
                place: client::Place::Vram(0),
            };
            let mut queue = client.compute(0x4000);
            let direct = Packet::DispatchDirect {
                groups: [4, 1, 1],
                initiator: 0x8005,
            };
            dispatch(
                &client,
                &mut queue,
                &code,
                &arguments,
                direct,
                signal(&host, 0, 1),
            );
            let ran = client.reaches(&host, 0, 1, Duration::from_secs(20));
            assert!(ran, "{die:?} strict {strict}: {:?}", card.findings());
            for i in 0..128 {
                assert_eq!(
                    client.get32(&out, 4 * i),
                    i as u32 + 7,
                    "{die:?} strict {strict}"
                );
            }
            client.put(&out, 0, &[0; 512]);
            let indirect = Packet::DispatchIndirect {
                address: host.va + 0x200,
                initiator: 0x8005,
            };
            dispatch(
                &client,
                &mut queue,
                &code,
                &arguments,
                indirect,
                signal(&host, 0, 2),
            );
            client.wait_word(&host, 0, 2);
            assert_eq!(client.get32(&out, 4 * 95), 102);
            assert_eq!(client.get32(&out, 4 * 96), 0);
            assert_eq!(card.findings(), []);
            assert_eq!(card.counts().dispatches, 2);
        }
    }
}
