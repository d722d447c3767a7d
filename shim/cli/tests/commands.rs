//! The command line: what scripts rely on.

mod common;

use common::egpu;

const SHADER: &str = "
    @group(0) @binding(0) var<storage, read_write> v: array<u32>;
    @compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        if (id.x % 2u == 0u) { v[id.x] = v[id.x] * 3u + 1u; }
    }";

fn run(arguments: &[&str], debug: &str) -> (String, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shader = folder.path().join("shader.wgsl");
    std::fs::write(&shader, SHADER).expect("a shader");
    let output = egpu()
        .arg("run")
        .arg(&shader)
        .args(["--groups", "2", "--bind", "0.0=iota:u32:128"])
        .args(["--print", "0.0:u32:4", "--adapter", "virtual"])
        .args(arguments)
        .env("EGPU_DEBUG", debug)
        .output()
        .expect("egpu runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn statistics_count_instructions_by_class_fast_and_strict() {
    let count = |text: &str, class: &str| -> u64 {
        let line = text.lines().find(|l| l.starts_with("instructions "));
        let line = line.unwrap_or_else(|| panic!("{text}"));
        let (_, rest) = line.split_once(&format!("{class} ")).expect(line);
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
        digits.and_then(|d| d.parse().ok()).expect(line)
    };
    for mode in [&["--stats"][..], &["--stats", "--strict"]] {
        let (text, _) = run(mode, "");
        assert!(text.contains("1 1 7 3"), "{text}");
        assert!(text.contains("workgroups 2, waves 4"), "{text}");
        // A load and a store for each of four waves of 32.
        assert_eq!(count(&text, "vmemload"), 4, "{text}");
        assert_eq!(count(&text, "vmemstore"), 4, "{text}");
        let valu = count(&text, "valu");
        assert!(valu >= 8 && count(&text, "instructions") > valu, "{text}");
    }
}

#[test]
fn messages_and_packets_show_on_stderr() {
    let (_, quiet) = run(&[], "");
    assert_eq!(quiet, "");
    let (_, packets) = run(&[], "packets");
    assert!(
        packets.contains("compute DispatchDirect { groups: [2, 1, 1]"),
        "{packets}"
    );
    assert!(!packets.contains("map_bar"));
    let (_, link) = run(&[], "link");
    // The doorbell of the compute queue.
    assert!(
        link.contains("map_bar 5") && link.contains("write 2 0x18 "),
        "{link}"
    );
    assert!(!link.contains("DispatchDirect"));
}

#[test]
fn debug_help_lists_all_topics() {
    let output = egpu()
        .env("EGPU_DEBUG", "help")
        .output()
        .expect("egpu runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for topic in ["naga", "ir", "passes", "asm", "packets", "link", "stats"] {
        assert!(text.contains(&format!("\n  {topic} ")), "{topic}: {text}");
    }
}

#[test]
fn wrong_usage_and_failures_have_their_exit_status() {
    let status = |arguments: &[&str]| {
        let output = egpu().args(arguments).output().expect("egpu runs");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
        output.status.code()
    };
    assert_eq!(status(&[]), Some(2));
    assert_eq!(status(&["serve"]), Some(2));
    assert_eq!(status(&["run", "nothing.wgsl", "--groups", "1"]), Some(1));
    assert_eq!(status(&["firmware", "list", "--card", "rx1"]), Some(2));
}

#[test]
fn firmware_that_is_missing_or_damaged_is_listed_as_such() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let list = |folder: &std::path::Path| {
        let output = egpu()
            .args(["firmware", "list", "--card", "rx7900xtx", "--dir"])
            .arg(folder)
            .output()
            .expect("egpu runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (status, text) = list(folder.path());
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(text.matches(" missing\n").count(), 6, "{text}");
    let die = amd_hw::die::Die::Navi31;
    for file in amd_hw::firmware::File::needed(die.generation()) {
        let bytes = amd_hw::firmware::synthetic(*file, die.generation(), 2000);
        std::fs::write(folder.path().join(file.name_for(die)), bytes).expect("a file");
    }
    let (status, text) = list(folder.path());
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(text.matches("whole, version").count(), 6, "{text}");
    let one = amd_hw::firmware::File::needed(die.generation())[0].name_for(die);
    std::fs::write(folder.path().join(&one), [7; 300]).expect("a file");
    let (status, text) = list(folder.path());
    assert_eq!(status, Some(0), "{text}");
    assert_eq!(text.matches("whole, version").count(), 5, "{text}");
}

#[test]
fn devices_is_json_for_machines() {
    let output = egpu()
        .args(["devices", "--json"])
        .output()
        .expect("egpu runs");
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let card = list.as_array().and_then(|l| l.last()).expect("a card");
    assert_eq!(card["virtual"], true);
    assert_eq!(card["arch"], "gfx1100");
    assert_eq!(card["state"], "ready");
}
