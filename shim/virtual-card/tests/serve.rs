//! The server against clients of every kind: ours, two at once, broken, hostile.

mod client;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use amd_hw::die::Die;
use amd_hw::registers::Register;
use client::{config, signal, Client};
use egpu_link::wire::{Command, Request, Response, REQUEST_BYTES, RESPONSE_BYTES};
use egpu_link::{Endpoint, Limits, Link};
use virtual_card::serve::{Options, Running, Server};
use virtual_card::{Config, Fault};

fn options(endpoint: Endpoint, card: Config) -> Options {
    Options {
        endpoint,
        card,
        once: false,
        trace: None,
    }
}

fn tcp(card: Config) -> Running {
    Server::bind(options(Endpoint::Tcp("127.0.0.1:0".into()), card))
        .unwrap()
        .start()
}

fn socket(server: &Running) -> TcpStream {
    let Endpoint::Tcp(address) = server.endpoint() else {
        panic!("not TCP")
    };
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream
}

fn call(stream: &mut TcpStream, request: Request, payload: &[u8]) -> (Response, String) {
    stream.write_all(&request.emit()).unwrap();
    stream.write_all(payload).unwrap();
    answer(stream)
}

fn answer(stream: &mut TcpStream) -> (Response, String) {
    let mut header = [0; RESPONSE_BYTES];
    stream.read_exact(&mut header).unwrap();
    let response = Response::parse(&header).unwrap();
    let mut text = String::new();
    if !response.ok {
        let mut bytes = vec![0; response.values[0] as usize];
        stream.read_exact(&mut bytes).unwrap();
        text = String::from_utf8(bytes).unwrap();
    }
    (response, text)
}

fn ping() -> Request {
    Request::new(Command::Ping, 0, [0; 3])
}

/// The whole path: attach, map, run a packet, see the signal.
fn drive(link: std::sync::Arc<dyn Link>, die: Die) {
    let mut client = Client::attach(link, die);
    let host = client.host(0x8000);
    let mut queue = client.compute(4096);
    client.submit(&mut queue, &[signal(&host, 0x100, 3)]);
    client.wait_word(&host, 0x100, 3);
    client.write(Register::CP_HQD_DEQUEUE_REQUEST, 2);
    client.wait(Register::CP_HQD_ACTIVE, 0);
}

#[test]
fn our_links_drive_a_served_card() {
    let folder = tempfile::tempdir().unwrap();
    for segments in [1, 6] {
        let card = Config {
            segments,
            ..config(Die::Navi48)
        };
        let path = folder.path().join("card.sock");
        let endpoints: &[Endpoint] = &[
            Endpoint::Tcp("127.0.0.1:0".into()),
            #[cfg(unix)]
            Endpoint::Unix(path),
        ];
        for endpoint in endpoints {
            let server = Server::bind(options(endpoint.clone(), card.clone()))
                .unwrap()
                .start();
            // Twice: the card outlives its clients, and the second follows at once.
            for _ in 0..2 {
                let link = server.endpoint().connect(Limits::default()).unwrap();
                drive(link, Die::Navi48);
            }
            assert_eq!(server.card().findings(), []);
            server.stop().unwrap();
        }
    }
}

#[cfg(unix)]
#[test]
fn sockets_are_private_and_not_stolen() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("card.sock");
    let server = Server::bind(options(Endpoint::Unix(path.clone()), config(Die::Navi31)))
        .unwrap()
        .start();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(Server::bind(options(Endpoint::Unix(path.clone()), config(Die::Navi31))).is_err());
    server.stop().unwrap();
    assert!(!path.exists());
    // A stale socket is replaced, a file is not.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    Server::bind(options(Endpoint::Unix(path.clone()), config(Die::Navi31))).unwrap();
    std::fs::write(&path, "precious").unwrap();
    assert!(Server::bind(options(Endpoint::Unix(path.clone()), config(Die::Navi31))).is_err());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_second_client_is_told() {
    let server = tcp(config(Die::Navi31));
    let mut first = socket(&server);
    assert!(call(&mut first, ping(), &[]).0.ok);
    let mut second = socket(&server);
    let (response, text) = call(&mut second, ping(), &[]);
    assert!(!response.ok && text.contains("another client"), "{text}");
    assert!(call(&mut first, ping(), &[]).0.ok);
    drop(first);
    let mut third = socket(&server);
    assert!(call(&mut third, ping(), &[]).0.ok);
}

#[test]
fn refusals_have_a_text_and_keep_the_stream_in_step() {
    let server = tcp(config(Die::Navi31));
    let mut stream = socket(&server);
    let request = |command, bar, args| Request::new(command, bar, args);
    let elsewhere = Request {
        device: 9,
        ..request(Command::ConfigRead, 0, [0, 4, 0])
    };
    for bad in [
        request(Command::MmioRead, 5, [0, 4, 0]),
        request(Command::MmioRead, 256, [0, 4, 0]),
        request(Command::MapBar, 1, [0; 3]),
        request(Command::MapBar, u32::MAX, [0; 3]),
        request(Command::ConfigRead, 0, [u64::MAX, 4, 0]),
        request(Command::ConfigRead, 0, [0, 3, 0]),
        request(Command::ConfigWrite, 0, [0, 1 << 40, 0]),
        request(Command::SysmemRead, 7, [0, 4, 0]),
        request(Command::MapSysmem, 0, [u64::MAX, 0, 0]),
        request(Command::MapSysmem, 0, [1 << 45, 0, 0]),
        request(Command::MapSysmemFd, 0, [4096, 0, 0]),
        request(Command::ResizeBar, 6, [0; 3]),
        elsewhere,
    ] {
        let (response, text) = call(&mut stream, bad, &[]);
        assert!(!response.ok && !text.is_empty(), "{bad:?}");
    }
    // Posted writes that are refused are drained and not answered.
    for bad in [
        request(Command::MmioWrite, 5, [0, 100, 0]),
        request(Command::MmioWrite, 99, [0, 100, 0]),
        request(Command::SysmemWrite, 3, [0, 100, 0]),
        Request {
            device: 5,
            ..request(Command::MmioWrite, 0, [0, 100, 0])
        },
    ] {
        stream.write_all(&bad.emit()).unwrap();
        stream.write_all(&[0xee; 100]).unwrap();
    }
    assert!(call(&mut stream, ping(), &[]).0.ok);
    assert!(
        call(&mut stream, request(Command::MapBar, 5, [0; 3]), &[])
            .0
            .ok
    );
    for bad in [
        [2, 4, 0],
        [0, 2, 0],
        [0, 8, 0],
        [u64::MAX - 1, 4, 0],
        [0, 1 << 60, 0],
    ] {
        assert!(
            !call(&mut stream, request(Command::MmioRead, 5, bad), &[])
                .0
                .ok,
            "{bad:?}"
        );
    }
    // PROBE that matches nothing, and one with an odd list.
    assert!(
        !call(
            &mut stream,
            request(Command::Probe, 0, [0, 8, 0x1002]),
            &[0xff; 8]
        )
        .0
        .ok
    );
    assert!(
        !call(
            &mut stream,
            request(Command::Probe, 0, [0, 7, 0x1002]),
            &[0xff; 7]
        )
        .0
        .ok
    );
    assert!(call(&mut stream, ping(), &[]).0.ok);
}

/// Whether the connection ends within some seconds, whatever it sends until then.
fn closes(stream: &mut TcpStream) -> bool {
    let start = Instant::now();
    let mut bytes = [0; 4096];
    while start.elapsed() < Duration::from_secs(10) {
        match stream.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
    false
}

#[test]
fn nonsense_ends_the_connection_and_nothing_else() {
    let server = tcp(config(Die::Navi31));
    let absurd = |command, bar, length| Request::new(command, bar, [0, length, 0]).emit();
    for bytes in [
        vec![0xff; REQUEST_BYTES],
        absurd(Command::MmioWrite, 0, u64::MAX).to_vec(),
        absurd(Command::SysmemWrite, 0, 1 << 40).to_vec(),
        absurd(Command::Probe, 0, u64::MAX).to_vec(),
    ] {
        let mut stream = socket(&server);
        stream.write_all(&bytes).unwrap();
        assert!(closes(&mut stream), "{:?}", &bytes[..9]);
    }
    // Messages that stop half-way, followed by the end of the connection.
    for length in 0..REQUEST_BYTES {
        let mut stream = socket(&server);
        stream
            .write_all(&absurd(Command::MmioWrite, 0, 100)[..length])
            .unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(closes(&mut stream), "{length}");
    }
    let mut stream = socket(&server);
    assert!(call(&mut stream, ping(), &[]).0.ok, "the server survived");
}

/// A number from the environment, for long runs of the random tests.
fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |v| v.parse().unwrap())
}

/// Random requests, most of them nearly right, over one connection after another: for three seconds,
/// or `EGPU_FUZZ_SECONDS`, from `EGPU_FUZZ_SEED`.
#[test]
fn random_streams() {
    let server = tcp(Config {
        vram: 128 << 20,
        bar0: 1 << 20,
        ..config(Die::Navi31)
    });
    let mut state = setting("EGPU_FUZZ_SEED", 0x1234_5678_9abc_def1);
    let seconds = setting("EGPU_FUZZ_SECONDS", 3);
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(seconds) {
        let mut stream = socket(&server);
        stream
            .set_read_timeout(Some(Duration::from_millis(1)))
            .unwrap();
        let mut drain = [0; 1 << 16];
        for _ in 0..200 {
            let mut bytes = if random(50) == 0 {
                (0..REQUEST_BYTES)
                    .map(|_| random(256) as u8)
                    .collect::<Vec<u8>>()
            } else {
                let command = Command::ALL[random(13) as usize];
                let bar = if random(4) == 0 {
                    random(300) as u32
                } else {
                    [0, 2, 5][random(3) as usize]
                };
                let mut args = [0; 3];
                for arg in &mut args {
                    *arg = match random(5) {
                        0 => random(1 << 21) & !3,
                        1 => u64::MAX - random(10),
                        2 => random(u64::MAX),
                        _ => random(16) * 4,
                    };
                }
                // Allocations stay small, or a lucky draw takes the machine's memory.
                if matches!(command, Command::MapSysmem) {
                    args[0] %= 1 << 20;
                }
                let request = Request::new(command, bar, args);
                let mut bytes = request.emit().to_vec();
                bytes.resize(bytes.len() + request.payload().min(4096) as usize, 0x5a);
                bytes
            };
            if random(100) == 0 {
                bytes.truncate(random(bytes.len() as u64) as usize);
            }
            if stream.write_all(&bytes).is_err() {
                break;
            }
            while matches!(stream.read(&mut drain), Ok(n) if n == drain.len()) {}
        }
    }
    let mut stream = socket(&server);
    assert!(call(&mut stream, ping(), &[]).0.ok, "the server survived");
}

#[test]
fn injected_faults_of_the_server() {
    let ring = |server: &Running| {
        let mut stream = socket(server);
        assert!(
            call(&mut stream, Request::new(Command::MapBar, 2, [0; 3]), &[])
                .0
                .ok
        );
        stream
            .write_all(&Request::new(Command::MmioWrite, 2, [0x18, 8, 0]).emit())
            .unwrap();
        stream.write_all(&[0; 8]).unwrap();
        stream.write_all(&ping().emit()).unwrap();
        stream
    };
    let faulty = |fault| {
        tcp(Config {
            faults: vec![fault],
            ..config(Die::Navi31)
        })
    };

    let server = faulty(Fault::ServerDies);
    assert!(closes(&mut ring(&server)));
    assert!(server.stop().is_err());

    let server = faulty(Fault::ShortAnswer);
    let mut stream = ring(&server);
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len(), 9);

    let server = faulty(Fault::Stall);
    let mut stream = ring(&server);
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    assert!(stream.read(&mut [0; 17]).is_err());
    drop(stream);
    let mut stream = socket(&server);
    assert!(call(&mut stream, ping(), &[]).0.ok, "it strikes once");

    let server = faulty(Fault::NotApproved);
    let (response, text) = call(&mut socket(&server), ping(), &[]);
    assert!(!response.ok && text.contains("approv"), "{text}");

    let server = faulty(Fault::NoCard);
    let probe = Request::new(Command::Probe, 0, [0, 8, 0x1002]);
    let (response, text) = call(
        &mut socket(&server),
        probe,
        &[0xff, 0xff, 0, 0, 0x4c, 0x74, 0, 0],
    );
    assert!(!response.ok && text.contains("no card"), "{text}");
}

#[test]
fn one_client_and_the_end() {
    let endpoint = Endpoint::Tcp("127.0.0.1:0".into());
    let server = Server::bind(Options {
        once: true,
        ..options(endpoint, config(Die::Navi31))
    })
    .unwrap();
    let Endpoint::Tcp(address) = server.endpoint() else {
        unreachable!()
    };
    let thread = std::thread::spawn(move || server.run());
    let mut stream = TcpStream::connect(address).unwrap();
    assert!(call(&mut stream, ping(), &[]).0.ok);
    drop(stream);
    thread.join().unwrap().unwrap();
}
