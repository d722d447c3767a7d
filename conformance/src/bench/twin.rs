//! Kernels of another program as contestants: hand-written twins, vendor libraries.
//!
//! The program is started once and talks in lines over its standard input and output. It begins
//! with `ready` and the names that it has, or `error` and why it has none. To each request it
//! answers `ok`, with a number of seconds where one is asked for, or `error` and why:
//!
//! - `load NAME FOLDER`: takes the inputs from the folder, runs once, leaves the outputs there.
//! - `drop NAME`: gives back what `load` took.
//! - `reset NAME`: puts the inputs back that runs have written over.
//! - `time NAME COUNT`: one launch of so many together, until the device is idle.
//! - `copy BYTES COUNT`: one copy within the card's memory of so many together.
//!
//! A folder has `dispatch` (workgroups in x, y, z, then a line for each buffer with its binding and
//! usage), the contents of each buffer in `BINDING.in`, and afterwards `BINDING.out` of those that
//! are written. Names before a dash are contestants of their own: `cublas-matmul` is the `matmul` of
//! `cublas`.

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use super::{Bindings, Contestant, Job, Ready};
use crate::kernels::Usage;

/// The contestant that has the names without a dash.
const PLAIN: &str = "twins";

/// The program, running.
struct Program {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    names: Vec<String>,
    /// For inputs and outputs; removed with this.
    folder: PathBuf,
}

impl Program {
    fn start(path: &Path) -> Result<Program, String> {
        let named = |error: std::io::Error| format!("{}: {error}", path.display());
        let folder = std::env::temp_dir().join(format!("egpu-bench-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(named)?;
        let mut child = Command::new(path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(named)?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{}: no pipes", path.display()));
        };
        let mut program = Program {
            child,
            input,
            output: BufReader::new(output),
            names: Vec::new(),
            folder,
        };
        let names = program.answer("ready")?;
        program.names = names.split_whitespace().map(str::to_owned).collect();
        Ok(program)
    }

    /// What follows the word that is hoped for.
    fn answer(&mut self, wanted: &str) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => return Err("it ended".into()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match word {
            word if word == wanted => Ok(rest.to_owned()),
            "error" => Err(rest.to_owned()),
            _ => Err(format!("it said `{}`", line.trim())),
        }
    }

    fn ask(&mut self, request: &str) -> Result<String, String> {
        writeln!(self.input, "{request}")
            .and_then(|()| self.input.flush())
            .map_err(|error| format!("it does not listen: {error}"))?;
        self.answer("ok")
    }

    fn ask_seconds(&mut self, request: &str) -> Result<f64, String> {
        let text = self.ask(request)?;
        match text.parse::<f64>() {
            Ok(seconds) if seconds > 0.0 && seconds < 1e6 => Ok(seconds),
            _ => Err(format!("`{text}` is no time")),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself; what is left behind is only temporary.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// One contestant of a program.
pub struct Twin {
    program: Rc<RefCell<Program>>,
    name: String,
}

/// Starts a program: its contestants, the twins first.
///
/// Errors: it does not start, or says why it has nothing.
pub fn start(path: &Path) -> Result<Vec<Twin>, String> {
    let program = Rc::new(RefCell::new(Program::start(path)?));
    let mut names = vec![PLAIN.to_owned()];
    for name in &program.borrow().names {
        if let Some((owner, _)) = name.split_once('-') {
            if !names.iter().any(|name| name == owner) {
                names.push(owner.to_owned());
            }
        }
    }
    let twin = |name| Twin {
        program: program.clone(),
        name,
    };
    Ok(names.into_iter().map(twin).collect())
}

/// A kernel of the program's, loaded.
struct Loaded {
    program: Rc<RefCell<Program>>,
    name: String,
    folder: PathBuf,
}

impl Contestant for Twin {
    fn name(&self) -> &str {
        &self.name
    }

    fn prepare<'a>(&'a mut self, job: &Job) -> Result<Option<Box<dyn Ready + 'a>>, String> {
        let name = match self.name.as_str() {
            PLAIN => job.kernel.name.to_owned(),
            owner => format!("{owner}-{}", job.kernel.name),
        };
        let mut program = self.program.borrow_mut();
        if !program.names.contains(&name) {
            return Ok(None);
        }
        let folder = program.folder.join(&name);
        export(&folder, job).map_err(|error| format!("{}: {error}", folder.display()))?;
        program.ask(&format!("load {name} {}", folder.display()))?;
        Ok(Some(Box::new(Loaded {
            program: self.program.clone(),
            name,
            folder,
        })))
    }

    fn copy(&mut self, bytes: u64, repeat: usize) -> Result<f64, String> {
        let mut program = self.program.borrow_mut();
        program.ask_seconds(&format!("copy {bytes} {repeat}"))
    }
}

impl Ready for Loaded {
    fn outputs(&mut self, job: &Job) -> Result<Bindings, String> {
        job.outputs()
            .map(|buffer| {
                let path = self.folder.join(format!("{}.out", buffer.binding));
                let bytes = fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
                Ok(((buffer.group, buffer.binding), bytes))
            })
            .collect()
    }

    fn reset(&mut self, _: &Job) -> Result<(), String> {
        let request = format!("reset {}", self.name);
        self.program.borrow_mut().ask(&request).map(|_| ())
    }

    fn time(&mut self, repeat: usize) -> Result<Duration, String> {
        let request = format!("time {} {repeat}", self.name);
        let seconds = self.program.borrow_mut().ask_seconds(&request)?;
        Ok(Duration::from_secs_f64(seconds))
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // Both large, and of no more use; a program that has ended says so to the next request.
        let _ = self
            .program
            .borrow_mut()
            .ask(&format!("drop {}", self.name));
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Writes a kernel's work for the program.
fn export(folder: &Path, job: &Job) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let [x, y, z] = job.dispatch.groups;
    let mut text = format!("{x} {y} {z}\n");
    for buffer in &job.dispatch.buffers {
        let usage = match buffer.usage {
            Usage::Uniform => "uniform",
            Usage::ReadOnly => "read",
            Usage::ReadWrite => "read_write",
        };
        text += &format!("{} {usage}\n", buffer.binding);
        fs::write(folder.join(format!("{}.in", buffer.binding)), &buffer.data)?;
    }
    fs::write(folder.join("dispatch"), text)
}
