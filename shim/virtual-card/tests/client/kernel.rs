//! A hand-assembled kernel and the packets that run it.

use amd_hw::die::{Die, Generation};
use amd_hw::pm4::{self, Packet};
use amd_hw::registers::Register;

use super::{Buffer, Client, Compute};

/// `out[i] = i + 7` for groups of 32, the output's address behind the kernel argument pointer.
pub fn kernel(die: Die) -> &'static [u32] {
    match die.generation() {
        // s_load_b64 s[2:3], s[0:1], 0; s_waitcnt lgkmcnt(0); v_lshl_add_u32 v1, s15, 5, v0;
        // v_lshlrev_b32 v2, 2, v1; v_add_nc_u32 v1, 7, v1; global_store_b32 v2, v1, s[2:3]; s_endpgm
        Generation::Gfx11 => &[
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
        Generation::Gfx12 => &[
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

/// ACQUIRE_MEM of all memory.
pub fn acquire(caches: pm4::CacheControl) -> Packet<'static> {
    Packet::AcquireMem {
        base: 0,
        size: u64::MAX,
        caches,
        interval: 10,
        other: 0,
    }
}

/// Packets that run [`kernel`] over so many groups, between two of the caller's.
pub fn dispatch(
    client: &Client,
    queue: &mut Compute,
    before: Packet<'_>,
    code: &Buffer,
    arguments: &Buffer,
    launch: Packet<'_>,
    done: Packet<'_>,
) {
    let sh = |register| client.map.address(register).unwrap() - pm4::SH_REG_BASE;
    let user = if client.generation() == Generation::Gfx11 {
        15
    } else {
        2
    };
    let entry = code.va >> 8;
    client.submit(
        queue,
        &[
            before,
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
