//! The TCP flavour against a scripted server.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use egpu_link::wire::{Command, Request, Response, REQUEST_BYTES};
use egpu_link::{connect_tcp, Limits, Link, LinkError};

const QUICK: Limits = Limits {
    answer: Duration::from_millis(500),
    connect: Duration::from_secs(1),
};

/// Serves one client; `cards` is the PROBE answer. Host memory is one buffer with handle 3.
fn serve(cards: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut memory = vec![0u8; 0x3000];
        let mut header = [0; REQUEST_BYTES];
        while stream.read_exact(&mut header).is_ok() {
            let request = Request::parse(&header).unwrap();
            let mut payload = vec![0; request.payload() as usize];
            stream.read_exact(&mut payload).unwrap();
            let at = request.args[0] as usize;
            let length = request.args[1] as usize;
            let (values, data) = match request.command {
                Command::Probe => ([cards.len() as u64, 1], cards.as_bytes().to_vec()),
                Command::ConfigRead => ([u64::from(request.device), 0], vec![]),
                Command::MapSysmem => {
                    let pages = [0x5000u64, 0x6000, 0x9000];
                    let list: Vec<u8> = pages.into_iter().flat_map(u64::to_le_bytes).collect();
                    ([list.len() as u64, 3], list)
                }
                Command::SysmemRead => {
                    assert_eq!(request.bar, 3);
                    let data = memory[at..at + length].to_vec();
                    ([length as u64, 0], data)
                }
                Command::SysmemWrite => {
                    assert_eq!(request.bar, 3);
                    memory[at..at + length].copy_from_slice(&payload);
                    continue;
                }
                other => panic!("{other:?}"),
            };
            stream.write_all(&Response::success(values).emit()).unwrap();
            stream.write_all(&data).unwrap();
        }
    });
    address
}

#[test]
fn the_card_that_probe_lists_is_used() {
    let address = serve("some:name:42\nother:43");
    let link = connect_tcp(&address, QUICK).unwrap();
    assert_eq!(link.config_read(0, 4), Ok(42));
    assert_eq!(link.describe(), format!("tcp:{address}"));
}

#[test]
fn memory_lies_behind_messages() {
    let address = serve("card:0");
    let link = connect_tcp(&address, QUICK).unwrap();
    let memory = link.alloc_dma(0x2800).unwrap();
    assert_eq!(memory.size(), 0x3000);
    assert_eq!(memory.mapping(), None);
    assert_eq!(memory.segments().len(), 2);
    assert_eq!(memory.segments()[0].length, 0x2000);
    memory.write(0x1ffc, &[1, 2, 3, 4, 5]).unwrap();
    let mut back = [0; 5];
    memory.read(0x1ffc, &mut back).unwrap();
    assert_eq!(back, [1, 2, 3, 4, 5]);
    assert!(memory.read(0x2fff, &mut [0; 2]).is_err());
}

#[test]
fn a_server_without_cards_is_an_error() {
    let error = connect_tcp(&serve(""), QUICK).err();
    assert!(
        matches!(error, Some(LinkError::Refused { .. })),
        "{error:?}"
    );
    let error = connect_tcp(&serve("nonsense"), QUICK).err();
    assert!(
        matches!(error, Some(LinkError::Malformed { .. })),
        "{error:?}"
    );
}
