//! `egpu serve` in another process, and programs that use it.
#![allow(dead_code)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use amd_hw::die::Die;
use amd_hw::firmware::{synthetic, File};
use wgpu_egpu::cards::egpu_driver::amd::FirmwareSource;
use wgpu_egpu::cards::egpu_link::Endpoint;
use wgpu_egpu::Options;

/// The command under test.
pub fn egpu() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_egpu"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("EGPU_")) {
        command.env_remove(name);
    }
    // Tests neither read nor leave compiled kernels.
    command.env("EGPU_CACHE_DIR", "").stdin(Stdio::null());
    command
}

/// A server, ended with its owner.
pub struct Served {
    child: Child,
    endpoint: Endpoint,
    folder: tempfile::TempDir,
}

impl Served {
    /// Over a unix socket.
    pub fn unix(arguments: &[&str]) -> Served {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let socket = folder.path().join("card.sock");
        Served::start(
            folder,
            &[&["--unix", socket.to_str().unwrap()], arguments].concat(),
        )
    }

    /// Over TCP, at a port that is free.
    pub fn tcp(arguments: &[&str]) -> Served {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Served::start(folder, &[&["--tcp", "127.0.0.1:0"], arguments].concat())
    }

    fn start(folder: tempfile::TempDir, arguments: &[&str]) -> Served {
        let (child, endpoint) = spawn(arguments);
        Served {
            child,
            endpoint,
            folder,
        }
    }

    /// Where it serves.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The socket, for `EGPU_SOCKET`.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("card.sock")
    }

    /// Ends it as a crash does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Sends it a signal, by name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.child.id().to_string()])
            .status();
        assert!(status.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// Another server at the same socket.
    pub fn restart(&mut self, arguments: &[&str]) {
        self.kill();
        let _ = std::fs::remove_file(self.socket());
        let socket = self.socket();
        let arguments = [&["--unix", socket.to_str().unwrap()], arguments].concat();
        (self.child, self.endpoint) = spawn(&arguments);
    }

    /// A folder with firmware for a die that a virtual card accepts.
    pub fn firmware(&self, die: Die) -> PathBuf {
        let folder = self.folder.path().join("firmware");
        write_firmware(&folder, die);
        folder
    }

    /// Options for programs that use this card.
    pub fn options(&self, die: Die) -> Options {
        let mut options = Options::default();
        options.cards.adapter = Some("tinygpu".into());
        options.cards.endpoints = vec![self.endpoint.clone()];
        options.cards.firmware = FirmwareSource {
            folders: vec![self.firmware(die)],
        };
        options.cache = std::sync::Arc::new(wgpu_egpu::KernelCache::new(None));
        options
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(arguments: &[&str]) -> (Child, Endpoint) {
    let mut child = egpu()
        .arg("serve")
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("egpu starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("it says where it listens");
    let place = line.trim().strip_prefix("listening on ").expect(&line);
    let endpoint = match place.split_once(':').expect(place) {
        ("unix", path) => Endpoint::Unix(path.into()),
        ("tcp", address) => Endpoint::Tcp(address.into()),
        other => panic!("{other:?}"),
    };
    (child, endpoint)
}

fn write_firmware(folder: &Path, die: Die) {
    std::fs::create_dir_all(folder).expect("a folder for firmware");
    for file in File::needed(die.generation()) {
        let bytes = synthetic(*file, die.generation(), 3000);
        std::fs::write(folder.join(file.name_for(die)), bytes).expect("a file of firmware");
    }
}
