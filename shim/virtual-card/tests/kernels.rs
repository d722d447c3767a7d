//! Dispatches of hand-assembled kernels through the queue, on every die, fast and strict.

mod client;

use std::time::Duration;

use amd_hw::die::Die;
use amd_hw::pm4::{CacheControl, Packet};
use client::kernel::{acquire, dispatch, kernel};
use client::{config, signal, Client};
use virtual_card::Config;

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
                acquire(CacheControl::ALL),
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
                acquire(CacheControl::ALL),
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
