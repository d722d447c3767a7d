//! Each way in which a card, its server or its cable can fail, as `egpu serve --fault` plays it in
//! another process: what a wgpu program sees, whether the process lives and opens the card again,
//! and what `egpu doctor` and `egpu devices` say of it.
#![cfg(unix)]

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use amd_hw::die::Die;
use common::{egpu, Served};
use wgpu_egpu as wgpu;
use wgpu_egpu::cards::egpu_driver::amd::Watchdog;
use wgpu_egpu::cards::egpu_link::Endpoint;
use wgpu_egpu::{instance_with, Options};

/// What the log said: wgpu's device-lost callback has no room for a cause.
static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());
/// Programs run one at a time: they share the log.
static ALONE: Mutex<()> = Mutex::new(());

struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() == log::Level::Error
    }
    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LOG.lock().unwrap().push(record.args().to_string());
        }
    }
    fn flush(&self) {}
}

fn logged(words: &str) -> bool {
    LOG.lock().unwrap().iter().any(|line| line.contains(words))
}

/// A program's hold on the card.
struct Program {
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
    lost: Arc<Mutex<Option<String>>>,
}

impl Program {
    fn adapter(options: &Options) -> wgpu::Adapter {
        let instance = instance_with(options.clone()).expect("the card is found");
        pollster::block_on(instance.request_adapter(&Default::default())).expect("an adapter")
    }

    fn on(adapter: wgpu::Adapter) -> Result<Program, wgpu::RequestDeviceError> {
        let (device, queue) = pollster::block_on(adapter.request_device(&Default::default()))?;
        let lost = Arc::new(Mutex::new(None));
        let seen = lost.clone();
        device.set_device_lost_callback(move |_, message| {
            *seen.lock().unwrap() = Some(message);
        });
        Ok(Program {
            adapter,
            device,
            queue,
            lost,
        })
    }

    fn is_lost(&self) -> bool {
        self.lost.lock().unwrap().is_some()
    }

    /// Squares numbers on the card; whether the result came back, and is right.
    fn computes(&self) -> bool {
        let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC;
        let buffer = |size, usage| {
            self.device.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let numbers = buffer(1024, usage | wgpu::BufferUsages::COPY_DST);
        let words: Vec<u8> = (0..256u32).flat_map(u32::to_le_bytes).collect();
        self.queue.write_buffer(&numbers, 0, &words);
        let module = self
            .device
            .create_shader_module(wgpu::ShaderModuleDescriptor {
                label: None,
                source: wgpu::ShaderSource::Wgsl(
                    "@group(0) @binding(0) var<storage, read_write> v: array<u32>;
                     @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) i: vec3u) {
                         v[i.x] *= v[i.x];
                     }"
                    .into(),
                ),
            });
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: None,
                layout: None,
                module: &module,
                entry_point: None,
                compilation_options: Default::default(),
                cache: None,
            });
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: numbers.as_entire_binding(),
            }],
        });
        let back = buffer(
            1024,
            wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        );
        let mut encoder = self.device.create_command_encoder(&Default::default());
        {
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(&pipeline);
            pass.set_bind_group(0, &group, &[]);
            pass.dispatch_workgroups(4, 1, 1);
        }
        encoder.copy_buffer_to_buffer(&numbers, 0, &back, 0, 1024);
        self.queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::channel();
        back.map_async(wgpu::MapMode::Read, .., move |result| {
            let _ = sender.send(result);
        });
        // Must return, whatever became of the card.
        let _ = self.device.poll(wgpu::PollType::wait_indefinitely());
        if !matches!(receiver.try_recv(), Ok(Ok(()))) {
            return false;
        }
        let view = back.get_mapped_range(..).expect("it is mapped");
        let want: Vec<u8> = (0..256u32).flat_map(|i| (i * i).to_le_bytes()).collect();
        assert_eq!(&view[..], want);
        true
    }

    /// Whether a buffer of this size runs out of memory.
    fn runs_out(&self, size: u64, usage: wgpu::BufferUsages) -> bool {
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage,
            mapped_at_creation: false,
        });
        let error = pollster::block_on(scope.pop());
        drop(buffer);
        error.is_some()
    }
}

fn options(served: &Served) -> Options {
    let mut options = served.options(Die::Navi31);
    options.cards.watchdog = Watchdog::After(Duration::from_secs(1));
    options
}

fn alone() -> std::sync::MutexGuard<'static, ()> {
    let guard = ALONE.lock().unwrap_or_else(|p| p.into_inner());
    let _ = log::set_logger(&Log).map(|()| log::set_max_level(log::LevelFilter::Error));
    LOG.lock().unwrap().clear();
    guard
}

#[test]
fn faults_of_the_card_are_device_loss_with_a_cause_and_it_opens_again() {
    let _alone = alone();
    for (fault, cause) in [
        ("hang", "no progress on the card for 1 s"),
        ("page-fault", "page fault at 0x7eeedeadb000 (read)"),
        ("illegal-instruction", "illegal instruction"),
    ] {
        let served = Served::unix(&["--fault", fault]);
        let program = Program::on(Program::adapter(&options(&served))).expect("a device");
        let start = Instant::now();
        assert!(!program.computes(), "{fault}");
        assert!(program.is_lost() && logged(cause), "{fault}: {LOG:?}");
        assert!(start.elapsed() < Duration::from_secs(10), "{fault}");
        // A new device works while the lost one lives.
        let again = Program::on(program.adapter.clone()).expect("a device after the loss");
        assert!(again.computes() && !again.is_lost(), "{fault}");
    }
}

#[test]
fn faults_of_the_connection_are_device_loss_and_a_new_server_serves() {
    let _alone = alone();
    for (fault, cause) in [
        ("server-dies", "connection to the card was lost"),
        ("stall", "no answer from the card's server"),
        ("short-answer", "the card is gone"),
        ("all-ones", "registers read as ones"),
    ] {
        // Cold: attaching to a warm card rings a doorbell of its own, and it would strike there.
        let mut served = Served::unix(&["--fault", fault, "--cold"]);
        let program = Program::on(Program::adapter(&options(&served))).expect("a device");
        let start = Instant::now();
        // What needs no answer may still succeed; more host memory needs one.
        while !program.is_lost() && start.elapsed() < Duration::from_secs(30) {
            program.computes();
            program.runs_out(
                100 << 20,
                wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            );
        }
        assert!(program.is_lost() && logged(cause), "{fault}: {LOG:?}");
        assert!(start.elapsed() < Duration::from_secs(20), "{fault}");
        served.restart(&[]);
        let again = Program::on(program.adapter.clone()).expect("a device after the loss");
        assert!(again.computes(), "{fault}");
    }
}

#[test]
fn a_killed_server_is_device_loss() {
    let _alone = alone();
    let mut served = Served::unix(&[]);
    let program = Program::on(Program::adapter(&options(&served))).expect("a device");
    assert!(program.computes());
    served.kill();
    let start = Instant::now();
    assert!(!program.computes());
    assert!(program.is_lost());
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(Program::on(program.adapter.clone()).is_err());
    served.restart(&[]);
    assert!(Program::on(program.adapter.clone())
        .expect("a device")
        .computes());
}

#[test]
fn little_memory_is_out_of_memory_and_the_device_lives() {
    let _alone = alone();
    let served = Served::unix(&["--fault", "vram-full"]);
    let program = Program::on(Program::adapter(&options(&served))).expect("a device");
    assert!(program.runs_out(200 << 20, wgpu::BufferUsages::STORAGE));
    assert!(program.computes() && !program.is_lost());

    let served = Served::unix(&["--fault", "sysmem-full"]);
    let program = Program::on(Program::adapter(&options(&served))).expect("a device");
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST;
    assert!(program.runs_out(200 << 20, usage));
    assert!(program.computes() && !program.is_lost());
}

#[test]
fn cards_that_cannot_be_opened_say_why() {
    let _alone = alone();
    for (fault, cause) in [
        ("no-card", "no card answers on the bus"),
        ("not-approved", "waits for approval"),
    ] {
        let served = Served::unix(&["--fault", fault]);
        let error = instance_with(options(&served))
            .expect_err(fault)
            .to_string();
        assert!(
            error.contains(cause) && error.contains("; check"),
            "{error}"
        );
    }
    let served = Served::unix(&["--cold", "--fault", "bad-firmware"]);
    let error = Program::on(Program::adapter(&options(&served)));
    assert!(
        error.is_err() && logged("loading firmware into the security processor"),
        "{LOG:?}"
    );

    // Slow is not broken.
    let served = Served::unix(&["--fault", "slow-link"]);
    assert!(Program::on(Program::adapter(&options(&served)))
        .expect("a device")
        .computes());
}

#[test]
fn of_two_programs_that_want_one_card_the_second_is_told() {
    let _alone = alone();
    let served = Served::unix(&[]);
    let program = Program::on(Program::adapter(&options(&served))).expect("a device");
    let output = egpu()
        .args([
            "run",
            "nothing.elf",
            "--groups",
            "1",
            "--adapter",
            "tinygpu",
        ])
        .env("EGPU_SOCKET", served.socket())
        .output()
        .expect("egpu runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("is in use by"), "{text}");
    assert!(text.contains("end that program"), "{text}");
    assert!(program.computes());
}

/// What a command prints of a served card, both streams.
fn says(command: &str, served: &Served) -> String {
    let output = egpu()
        .arg(command)
        .env("EGPU_SOCKET", served.socket())
        .env("EGPU_FIRMWARE_DIR", served.firmware(Die::Navi31))
        .env("EGPU_TIMEOUT", "1")
        .output()
        .expect("egpu runs");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// Faults for which a card cannot be used, and the words that name each.
const FATAL: [(&str, &str); 10] = [
    (
        "hang",
        "the card opens but does not work: no progress on the card for 1 s",
    ),
    ("page-fault", "page fault at 0x7eeedeadb000"),
    (
        "illegal-instruction",
        "illegal instruction while running main",
    ),
    (
        "server-dies",
        "the card is gone: the connection to the card was lost",
    ),
    ("stall", "no answer from the card's server within 10 s"),
    ("short-answer", "the card is gone"),
    ("all-ones", "registers read as ones"),
    ("no-card", "no card answers on the bus"),
    (
        "not-approved",
        "the driver extension waits for your approval",
    ),
    (
        "bad-firmware",
        "loading firmware into the security processor",
    ),
];

#[test]
fn doctor_and_devices_name_each_fault_in_a_sentence_with_a_next_step() {
    for (fault, words) in FATAL {
        for (command, line) in [("doctor", "  FAIL  "), ("devices", "  cannot be used: ")] {
            let served = Served::unix(&["--fault", fault, "--cold"]);
            let start = Instant::now();
            let text = says(command, &served);
            assert!(start.elapsed() < Duration::from_secs(30), "{fault}");
            let failures: Vec<&str> = text.lines().filter(|l| l.starts_with(line)).collect();
            assert_eq!(failures.len(), 1, "{command} {fault}: {text}");
            assert!(failures[0].contains(words), "{command} {fault}: {text}");
            assert_eq!(
                text.matches(" next: ").count(),
                1,
                "{command} {fault}: {text}"
            );
        }
    }
    // Little memory and a slow cable are no reason not to use a card.
    for fault in ["vram-full", "sysmem-full", "slow-link"] {
        let served = Served::unix(&["--fault", fault]);
        let text = says("doctor", &served);
        assert!(!text.contains("FAIL"), "{fault}: {text}");
        assert_eq!(text.matches("numbers by a kernel").count(), 2, "{text}");
        let text = says("devices", &served);
        assert_eq!(text.matches("  ready\n").count(), 2, "{fault}: {text}");
    }
}

#[test]
fn a_server_that_is_gone_or_stopped_is_named() {
    let mut served = Served::unix(&[]);
    served.signal("STOP");
    let start = Instant::now();
    for command in ["devices", "doctor"] {
        let text = says(command, &served);
        assert!(
            text.contains("no answer from the card's server within 10 s"),
            "{text}"
        );
    }
    assert!(start.elapsed() < Duration::from_secs(60));
    served.signal("CONT");
    assert_eq!(says("devices", &served).matches("  ready\n").count(), 2);
    served.kill();
    for command in ["devices", "doctor"] {
        let text = says(command, &served);
        assert!(text.contains("nobody serves a card"), "{text}");
    }
}

/// What a relay does to the server's answers.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// Flips bits, from this byte on.
    Flip(usize),
    /// Ends the connection after so many bytes.
    Cut(usize),
    /// Passes on so many bytes, then nothing.
    Silence(usize),
}

/// Passes one connection after another on to the served card, over TCP, and harms the answers.
fn relay(served: &Served, harm: Harm) -> String {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    let Endpoint::Tcp(target) = served.endpoint().clone() else {
        panic!("relays are for TCP");
    };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound").to_string();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&target) else {
                return;
            };
            let (mut requests, mut onwards) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || {
                let _ = std::io::copy(&mut requests, &mut onwards);
                let _ = onwards.shutdown(std::net::Shutdown::Both);
            });
            let (mut answers, mut back) = (server, client);
            std::thread::spawn(move || {
                let (mut passed, mut bytes) = (0, [0; 4096]);
                while let Ok(n @ 1..) = answers.read(&mut bytes) {
                    let mut part = &mut bytes[..n];
                    match harm {
                        Harm::Flip(from) => {
                            let skip = from.saturating_sub(passed).min(n);
                            part[skip..].iter_mut().step_by(7).for_each(|b| *b ^= 0x5a);
                        }
                        Harm::Cut(at) | Harm::Silence(at) => {
                            part = &mut part[..at.saturating_sub(passed).min(n)];
                        }
                    }
                    passed += n;
                    let stop = matches!(harm, Harm::Cut(at) if passed >= at);
                    if back.write_all(part).is_err() || stop {
                        break;
                    }
                }
                let _ = back.shutdown(std::net::Shutdown::Both);
            });
        }
    });
    address
}

#[test]
fn a_cable_that_harms_answers_is_named_in_bounded_time() {
    for harm in [
        Harm::Flip(0),
        Harm::Flip(17),
        Harm::Flip(600),
        Harm::Flip(4000),
        Harm::Cut(0),
        Harm::Cut(5),
        Harm::Cut(200),
        Harm::Cut(4000),
        Harm::Silence(0),
        Harm::Silence(700),
    ] {
        let served = Served::tcp(&[]);
        let address = relay(&served, harm);
        for command in ["devices", "doctor"] {
            let start = Instant::now();
            let output = egpu()
                .arg(command)
                .env("EGPU_REMOTE", &address)
                .env("EGPU_FIRMWARE_DIR", served.firmware(Die::Navi31))
                .env("EGPU_TIMEOUT", "1")
                .output()
                .expect("egpu runs");
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.code().is_some(), "{harm:?}: {text}");
            assert!(start.elapsed() < Duration::from_secs(60), "{harm:?}");
            assert_eq!(text.matches(" next: ").count(), 1, "{harm:?}: {text}");
        }
    }
}
