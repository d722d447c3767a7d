//! `egpu-bench` with another program's kernels: right ones are timed, wrong ones are named, and a
//! program that fails or ends costs nobody else their figures.
//!
//! The other program is this test itself, started anew with `EGPU_TEST_TWIN` saying how to behave: it
//! runs the kernels by the interpreter of naga's IR, from the files that it is given.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::{Command, ExitCode};

use egpu_conformance::interpreter::{parse, Interpreter, Limits};
use egpu_conformance::kernels::KERNELS;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{json, Value};

const TWIN: &str = "EGPU_TEST_TWIN";

fn main() -> ExitCode {
    if let Ok(manner) = std::env::var(TWIN) {
        return twin(&manner);
    }
    let trials = vec![
        Trial::test("right twins are timed", right),
        Trial::test("a wrong twin is named and not timed", wrong),
        Trial::test("a twin that ends leaves the others their figures", ends),
        Trial::test("a program that has nothing says why", nothing),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Answers requests until there are no more.
fn twin(manner: &str) -> ExitCode {
    if manner == "nothing" {
        println!("error the device is on holiday");
        return ExitCode::FAILURE;
    }
    println!("ready saxpy4 reduce other-reduce");
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        let answer = match words[..] {
            ["load", name, folder] => match run(name, Path::new(folder), manner) {
                Ok(()) => "ok".to_owned(),
                Err(error) => format!("error {error}"),
            },
            ["time", ..] if manner == "ends" => return ExitCode::FAILURE,
            ["time", _, count] => format!("ok {}", 1e-3 * count.parse::<f64>().unwrap_or(0.0)),
            ["copy", ..] => "ok 0.001".to_owned(),
            ["drop" | "reset", _] => "ok".to_owned(),
            _ => format!("error what is `{line}`?"),
        };
        println!("{answer}");
        // The other end reads line by line.
        if std::io::stdout().flush().is_err() {
            break;
        }
    }
    ExitCode::SUCCESS
}

/// Runs a kernel from its folder's files and leaves what it wrote there.
fn run(name: &str, folder: &Path, manner: &str) -> Result<(), Box<dyn std::error::Error>> {
    let plain = name.strip_prefix("other-").unwrap_or(name);
    let kernel = KERNELS.iter().find(|kernel| kernel.name == plain);
    let kernel = kernel.ok_or("no such kernel")?;
    let description = std::fs::read_to_string(folder.join("dispatch"))?;
    let mut lines = description.lines();
    let grid = lines.next().ok_or("no grid")?;
    let grid: Vec<u32> = grid.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let mut bindings = BTreeMap::new();
    let mut written = Vec::new();
    for line in lines {
        let (binding, usage) = line.split_once(' ').ok_or("no usage")?;
        let binding: u32 = binding.parse()?;
        let data = std::fs::read(folder.join(format!("{binding}.in")))?;
        bindings.insert((0, binding), data);
        if usage == "read_write" {
            written.push(binding);
        }
    }
    let (module, info) = parse(kernel.source)?;
    let interpreter = Interpreter::new(&module, &info, kernel.entry, &BTreeMap::new())?;
    let grid = [grid[0], grid[1], grid[2]];
    interpreter.run(grid, &mut bindings, &[], Limits::default())?;
    for binding in written {
        let mut data = bindings.remove(&(0, binding)).ok_or("no such binding")?;
        if manner == "wrong" && name == "saxpy4" {
            // The exponent of the second element.
            data[7] ^= 0x10;
        }
        std::fs::write(folder.join(format!("{binding}.out")), data)?;
    }
    Ok(())
}

/// What the bench printed, what it saved of its one kernel, and whether it was content.
fn bench(manner: &str, kernel: &str) -> Result<(String, Value, bool), Failed> {
    let json = tempfile::NamedTempFile::new()?;
    let output = Command::new(env!("CARGO_BIN_EXE_egpu-bench"))
        .args(["--adapter", "ptx", "--size-percent", "1", "--rounds", "2"])
        .args(["--filter", kernel, "--json"])
        .arg(json.path())
        .arg("--twins")
        .arg(std::env::current_exe()?)
        .env(TWIN, manner)
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    let mut saved: Value = serde_json::from_slice(&std::fs::read(json.path())?)?;
    let row = saved["kernels"][0].take();
    match row["kernel"] == kernel && row["seconds"]["ptx"].as_f64().is_some() {
        true => Ok((text, row, output.status.success())),
        false => Err(format!("our own figure is missing: {row}\n{text}").into()),
    }
}

fn expect(holds: bool, what: &str, text: &str) -> Result<(), Failed> {
    match holds {
        true => Ok(()),
        false => Err(format!("{what}\n{text}").into()),
    }
}

fn right() -> Result<(), Failed> {
    let (text, row, content) = bench("right", "reduce")?;
    expect(content, "it was not content", &text)?;
    let seconds = &row["seconds"];
    let timed = seconds["twins"] == seconds["other"] && seconds["twins"].as_f64().is_some();
    expect(timed, "twins and other take what they say", &text)?;
    expect(row["faults"] == json!([]), "there were faults", &text)?;
    expect(text.contains("times as fast as other"), "no mean", &text)?;
    // The other program has no product.
    let (text, row, content) = bench("right", "scan")?;
    expect(
        content && row["seconds"]["twins"].is_null(),
        "who has no scan has no time",
        &text,
    )
}

fn wrong() -> Result<(), Failed> {
    let (text, row, content) = bench("wrong", "saxpy4")?;
    expect(!content, "it was content", &text)?;
    expect(
        row["seconds"]["twins"].is_null(),
        "what is wrong was timed",
        &text,
    )?;
    let named = "WRONG twins: @group(0) @binding(2)[1]: expected";
    expect(
        text.contains(named) && text.contains("(1 elements differ)"),
        named,
        &text,
    )
}

fn ends() -> Result<(), Failed> {
    let (text, row, content) = bench("ends", "reduce")?;
    expect(
        !content && row["seconds"]["twins"].is_null(),
        "it did not matter",
        &text,
    )?;
    expect(
        text.contains("FAILED twins: it ended"),
        "nobody said that it ended",
        &text,
    )
}

fn nothing() -> Result<(), Failed> {
    let (text, row, content) = bench("nothing", "reduce")?;
    expect(
        !content && row["seconds"].as_object().map(|s| s.len()) == Some(1),
        "alone",
        &text,
    )?;
    expect(
        text.contains("FAILED twins: the device is on holiday"),
        "no reason",
        &text,
    )
}
