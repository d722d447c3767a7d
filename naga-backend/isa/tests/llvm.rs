//! LLVM agrees: our text assembles to our bytes, and our bytes disassemble to our text.
//!
//! `$LLVM_MC`, else llvm-mc-22 … llvm-mc-19, else llvm-mc, from version 19; skipped by name where
//! there is none. `BLESS=1` rewrites the committed vectors from the instructions that passed.

mod cases;

use std::{
    collections::HashSet,
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
};

use libtest_mimic::{Arguments, Failed, Trial};
use rdna_isa::{encode, Gen, Packet};

fn main() {
    let arguments = Arguments::from_args();
    type Check = fn(Gen, &Oracle) -> Result<(), Failed>;
    let mut trials = Vec::new();
    for (gen, cpu) in [(Gen::Gfx11, "gfx1100"), (Gen::Gfx12, "gfx1201")] {
        for (name, check) in [("agrees", agrees as Check), ("refuses", refuses)] {
            trials.push(match Oracle::find(cpu) {
                Some(oracle) => {
                    Trial::test(format!("llvm_{name}_{cpu}"), move || check(gen, &oracle))
                }
                None => {
                    let why = "skipped: no llvm-mc of version 19 or newer";
                    Trial::test(format!("llvm_{name}_{cpu} ({why})"), || Ok(()))
                        .with_ignored_flag(true)
                }
            });
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

struct Oracle {
    program: String,
    version: u32,
    cpu: &'static str,
}

impl Oracle {
    fn find(cpu: &'static str) -> Option<Oracle> {
        let named = std::env::var("LLVM_MC").ok();
        let versioned = (19..=22).rev().map(|version| format!("llvm-mc-{version}"));
        let candidates = named
            .into_iter()
            .chain(versioned)
            .chain(["llvm-mc".to_string()]);
        candidates.into_iter().find_map(|program| {
            let output = Command::new(&program).arg("--version").output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let version = text
                .split("version ")
                .nth(1)?
                .split('.')
                .next()?
                .parse()
                .ok()?;
            (version >= 19).then_some(Oracle {
                program,
                version,
                cpu,
            })
        })
    }

    fn run(&self, arguments: &[&str], input: String) -> (String, String) {
        let mut child = Command::new(&self.program)
            .args([
                "-triple=amdgcn",
                &format!("-mcpu={}", self.cpu),
                "-mattr=+real-true16",
            ])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the oracle ran a moment ago");
        let mut stdin = child.stdin.take().expect("piped");
        // Written from a thread: the child answers before it has read everything.
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().expect("the oracle ends");
        let _ = writer.join();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        (text(output.stdout), text(output.stderr))
    }

    /// The bytes of each line, or LLVM's complaint.
    fn assemble(&self, lines: &[String]) -> Vec<Result<Vec<u8>, String>> {
        let (out, errors) = self.run(&["-show-encoding"], lines.join("\n") + "\n");
        let mut results: Vec<Option<Result<Vec<u8>, String>>> = vec![None; lines.len()];
        for error in errors.lines().filter(|line| line.contains(": error: ")) {
            let mut parts = error.splitn(4, ':');
            let line = parts.nth(1).and_then(|line| line.parse::<usize>().ok());
            if let Some(slot) = line.and_then(|line| results.get_mut(line.wrapping_sub(1))) {
                *slot = Some(Err(error.to_string()));
            }
        }
        let mut free = results.iter_mut().filter(|result| result.is_none());
        for line in out.lines() {
            let Some((_, bytes)) = line.split_once("encoding: [") else {
                continue;
            };
            let bytes = bytes.trim_end_matches(']').split(',').filter_map(|byte| {
                u8::from_str_radix(byte.trim().trim_start_matches("0x"), 16).ok()
            });
            if let Some(slot) = free.next() {
                *slot = Some(Ok(bytes.collect()));
            }
        }
        let silent = || Err("no answer".to_string());
        results
            .into_iter()
            .map(|result| result.unwrap_or_else(silent))
            .collect()
    }

    /// The text of each instruction. A numbered `s_nop` before each keeps count if one fails.
    fn disassemble(&self, code: &[Vec<u8>]) -> Vec<String> {
        let mut input = String::new();
        for (i, bytes) in code.iter().enumerate() {
            let mark = (0xbf80_8000u32 | (i as u32 & 0x7fff)).to_le_bytes();
            for line in [&mark[..], &mark[..], &mark[..], bytes] {
                let hex: Vec<_> = line.iter().map(|byte| format!("{byte:#04x}")).collect();
                let _ = writeln!(input, "{}", hex.join(","));
            }
        }
        let (out, _) = self.run(&["-disassemble"], input);
        let mut texts = vec![String::new(); code.len()];
        let mut at = None;
        for line in out.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let mark = line
                .strip_prefix("s_nop 0x")
                .and_then(|number| usize::from_str_radix(number, 16).ok())
                .filter(|number| number & 0x8000 != 0);
            if let Some(mark) = mark {
                let mark = mark & 0x7fff;
                let mut next = at.unwrap_or(0);
                while next & 0x7fff != mark && next < code.len() {
                    next += 1;
                }
                at = Some(next);
            } else if let Some(text) = at.and_then(|at| texts.get_mut(at)) {
                text.push_str(line);
            }
        }
        texts
    }
}

/// Numbers in decimal, single spaces.
fn normal(text: &str) -> String {
    let mut text = text.to_string();
    // It prints halves a second time that its own assembler then refuses.
    if text.starts_with("v_fmac_f16_e64") {
        if let Some((before, after)) = text.split_once(" op_sel:") {
            text = format!(
                "{before}{}",
                after.split_once(']').map_or("", |(_, rest)| rest)
            );
        }
    }
    // It closes the bars after the mask, and shows negative barrier numbers as bits.
    let text = text.replace(", vcc_lo|", "|, vcc_lo");
    let text = match text.strip_prefix("s_barrier_wait 0x") {
        Some(bits) => match u16::from_str_radix(bits, 16) {
            Ok(bits) => format!("s_barrier_wait {}", bits as i16),
            Err(_) => text,
        },
        None => text,
    };
    let mut out = String::new();
    let mut word = String::new();
    let flush = |word: &mut String, out: &mut String| {
        match word
            .strip_prefix("0x")
            .map(|digits| u64::from_str_radix(digits, 16))
        {
            Some(Ok(value)) => {
                let _ = write!(out, "{value}");
            }
            _ => out.push_str(word),
        }
        word.clear();
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '_' || c == '.' {
            word.push(c);
            continue;
        }
        flush(&mut word, &mut out);
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    flush(&mut word, &mut out);
    out.trim().to_string()
}

/// What LLVM refuses we refuse, and nothing else.
fn refuses(gen: Gen, oracle: &Oracle) -> Result<(), Failed> {
    let packets = cases::doubtful(gen, 20_000);
    let texts: Vec<String> = packets.iter().map(|p| p.display(gen).to_string()).collect();
    let mut failures = Vec::new();
    let mut refused = 0;
    for ((packet, text), theirs) in packets.iter().zip(&texts).zip(oracle.assemble(&texts)) {
        if oracle.version < 22 && text.contains(".l") {
            continue;
        }
        let ours = encode(packet, gen, &mut Vec::new());
        refused += usize::from(ours.is_err());
        match (&ours, &theirs) {
            (Ok(()), Err(error)) => failures.push(format!("{text}\n    LLVM  {error}")),
            (Err(error), Ok(_)) => failures.push(format!("{text}\n    ours  {error}")),
            (Ok(()), Ok(_)) | (Err(_), Err(_)) => {}
        }
    }
    if !failures.is_empty() {
        let count = failures.len();
        failures.truncate(40);
        return Err(format!("{count} of {}:\n{}", packets.len(), failures.join("\n")).into());
    }
    println!(
        "{}: {refused} of {} refused by both",
        oracle.cpu,
        packets.len()
    );
    Ok(())
}

fn agrees(gen: Gen, oracle: &Oracle) -> Result<(), Failed> {
    let mut seen = HashSet::new();
    let mut packets: Vec<(Packet, bool, String, Vec<u8>)> = Vec::new();
    for case in cases::cases(gen) {
        let mut words = Vec::new();
        encode(&case.packet, gen, &mut words).map_err(|e| format!("{:?}: {e}", case.packet))?;
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let text = case.packet.display(gen).to_string();
        // Before version 22, 16-bit registers are incomplete.
        let halves = [".l", ".h", "lit("].iter().any(|part| text.contains(part));
        if !(oracle.version < 22 && halves) && seen.insert(text.clone()) {
            packets.push((case.packet, case.sample, text, bytes));
        }
    }
    let texts: Vec<String> = packets.iter().map(|packet| packet.2.clone()).collect();
    let code: Vec<Vec<u8>> = packets.iter().map(|packet| packet.3.clone()).collect();
    let mut failures = Vec::new();
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    for ((text, bytes), result) in texts.iter().zip(&code).zip(oracle.assemble(&texts)) {
        match result {
            Ok(theirs) if theirs == *bytes => {}
            Ok(theirs) => {
                failures.push(format!(
                    "{text}\n    ours  {}\n    LLVM  {}",
                    hex(bytes),
                    hex(&theirs)
                ));
            }
            Err(error) => failures.push(format!("{text}  {}\n    {error}", hex(bytes))),
        }
    }
    for ((text, bytes), theirs) in texts.iter().zip(&code).zip(oracle.disassemble(&code)) {
        if normal(text) != normal(&theirs) {
            failures.push(format!(
                "{}\n    ours  {text}\n    LLVM  {theirs}",
                hex(bytes)
            ));
        }
    }
    if !failures.is_empty() {
        let count = failures.len();
        let limit = std::env::var("SHOW")
            .ok()
            .and_then(|n| n.parse().ok())
            .unwrap_or(40);
        failures.truncate(limit);
        let of = packets.len();
        return Err(format!("{count} of 2x{of}:\n{}", failures.join("\n")).into());
    }
    println!("{}: {} instructions, both ways", oracle.cpu, packets.len());
    if std::env::var_os("BLESS").is_some() {
        let mut file = String::new();
        for (_, _, text, bytes) in packets.iter().filter(|packet| packet.1) {
            let _ = writeln!(file, "{} ; {text}", hex(bytes));
        }
        let path = format!(
            "{}/tests/vectors/{}.txt",
            env!("CARGO_MANIFEST_DIR"),
            oracle.cpu
        );
        std::fs::write(path, file)?;
    }
    Ok(())
}
