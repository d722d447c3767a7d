//! Writes `src/registers/table.rs` and `src/registers/fields.rs` from the two tables in `registers/`.
//!
//! Run in this crate's directory: `cargo run -p amd-hw --example generate-registers`. The output is
//! committed, and a test holds it against the tables, so nobody edits it by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Dies in the order of the columns of the generated table (`Die as usize`).
const DIES: [&str; 5] = ["navi31", "navi32", "navi33", "navi44", "navi48"];

/// One register under its gfx11 name.
#[derive(Default)]
struct Register {
    block: String,
    names: [String; 2],
    at: [Option<(u8, u32)>; 5],
    /// Position in the source, which orders registers by block and address.
    order: usize,
}

/// The blocks renamed some registers from gfx11 to gfx12; both sides of a driver want one name.
fn canonical(name: &str) -> String {
    let name = name.trim_start_matches("reg").trim_start_matches("mm");
    for (gfx12, gfx11) in [
        ("MPASP_SMN_", "MP0_SMN_"),
        ("GDC_S2A0_S2A_", "S2A_"),
        ("SDMA0_MCU_CNTL", "SDMA0_F32_CNTL"),
        ("PROTECTION_FAULT_STATUS_LO32", "PROTECTION_FAULT_STATUS"),
    ] {
        if name.contains(gfx12) {
            return name.replace(gfx12, gfx11);
        }
    }
    name.to_string()
}

fn canonical_field(field: &str) -> String {
    field.replace("mcu_wptr_poll_enable", "f32_wptr_poll_enable")
}

fn block(name: &str) -> &'static str {
    match name {
        "nbio-fixed" => "Fixed",
        "nbio" | "nbif" => "Nbio",
        "gc" => "Gc",
        "hdp" => "Hdp",
        "mmhub" => "Mmhub",
        "mp" => "Mp0",
        "mp1" => "Mp1",
        "osssys" => "Osssys",
        other => panic!("unknown block {other}"),
    }
}

fn number(text: &str) -> u32 {
    match text.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => text.parse(),
    }
    .unwrap_or_else(|_| panic!("not a number: {text}"))
}

/// Both generated files, from the text of both tables.
pub fn generate(registers_tsv: &str, fields_tsv: &str) -> (String, String) {
    let mut registers: BTreeMap<String, Register> = BTreeMap::new();
    for (order, line) in registers_tsv.lines().skip(1).enumerate() {
        let column: Vec<&str> = line.split('\t').collect();
        let die = DIES
            .iter()
            .position(|die| *die == column[1])
            .expect("a known die");
        let register = registers.entry(canonical(column[5])).or_default();
        if register.block.is_empty() {
            register.order = order;
            register.block = block(column[2]).to_string();
        }
        let segment = if column[6] == "-" {
            0
        } else {
            number(column[6]) as u8
        };
        register.at[die] = Some((segment, number(column[7])));
        let name = column[5].trim_start_matches("reg").trim_start_matches("mm");
        register.names[usize::from(die >= 3)] = name.to_string();
    }
    let mut sorted: Vec<(&String, &Register)> = registers.iter().collect();
    sorted.sort_by_key(|(_, register)| register.order);

    // register → field → (shift, width) for gfx11 and gfx12
    type Bits = [Option<(u32, u32)>; 2];
    let mut fields: BTreeMap<String, Vec<(String, Bits)>> = BTreeMap::new();
    for line in fields_tsv.lines().skip(1) {
        let column: Vec<&str> = line.split('\t').collect();
        let generation = usize::from(column[0].starts_with("gfx12"));
        let of = fields.entry(canonical(column[2])).or_default();
        let name = canonical_field(column[3]);
        let index = of.iter().position(|(n, _)| *n == name).unwrap_or_else(|| {
            of.push((name, [None; 2]));
            of.len() - 1
        });
        of[index].1[generation] = Some((number(column[4]), number(column[5])));
    }

    let mut table = String::from(
        "// Written by examples/generate-registers.rs from registers/*.tsv. Do not edit.\n\
         use super::{fields, Block::*, Field, Row};\n\n\
         /// A register under its gfx11 name, without AMD's `reg` prefix.\n\
         #[allow(missing_docs, non_camel_case_types, clippy::upper_case_acronyms)]\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]\n\
         #[repr(u16)]\n\
         pub enum Register {\n",
    );
    for (name, _) in &sorted {
        writeln!(table, "    {name},").unwrap();
    }
    write!(
        table,
        "}}\n\nimpl Register {{\n    /// How many there are.\n    pub const COUNT: usize = {};\n\n    \
         /// Every register, ordered by block and address on Navi31.\n    \
         pub const ALL: [Register; Self::COUNT] = [\n",
        sorted.len()
    )
    .unwrap();
    for (name, _) in &sorted {
        writeln!(table, "        Register::{name},").unwrap();
    }
    table.push_str(
        "    ];\n}\n\nconst NONE: Option<(u8, u32)> = None;\n\
         const fn at(segment: u8, offset: u32) -> Option<(u8, u32)> { Some((segment, offset)) }\n\n\
         /// Columns: block, names on gfx11 and gfx12, (segment, offset) on each die, fields.\n\
         pub(super) static ROWS: [Row; Register::COUNT] = [\n",
    );
    for (name, register) in &sorted {
        let places: Vec<String> = register
            .at
            .iter()
            .map(|at| {
                at.map_or("NONE".to_string(), |(segment, offset)| {
                    format!("at({segment}, {offset:#x})")
                })
            })
            .collect();
        let of: &str = match fields.contains_key(*name) {
            true => &format!("fields::{}::ALL", name.to_lowercase()),
            false => "&[] as &[Field]",
        };
        writeln!(
            table,
            "    Row {{ block: {}, names: [{:?}, {:?}], at: [{}], fields: {of} }},",
            register.block,
            register.names[0],
            register.names[1],
            places.join(", ")
        )
        .unwrap();
    }
    table.push_str("];\n");

    let mut text = String::from(
        "// Written by examples/generate-registers.rs from registers/*.tsv. Do not edit.\n\
         //! Bit fields: a module for each register, a constant for each field.\n\n\
         #![allow(missing_docs)]\n",
    );
    for (register, of) in &fields {
        if !registers.contains_key(register) {
            continue;
        }
        write!(
            text,
            "\npub mod {} {{\n    use crate::registers::{{field, Field}};\n",
            register.to_lowercase()
        )
        .unwrap();
        for (name, bits) in of {
            let [gfx11, gfx12] = bits.map(|b| b.unwrap_or((0, 0)));
            writeln!(
                text,
                "    pub const {}: Field = field({name:?}, {gfx11:?}, {gfx12:?});",
                identifier(name)
            )
            .unwrap();
        }
        let all: Vec<String> = of.iter().map(|(name, _)| identifier(name)).collect();
        writeln!(
            text,
            "    pub(crate) const ALL: &[Field] = &[{}];\n}}",
            all.join(", ")
        )
        .unwrap();
    }
    (table, text)
}

fn identifier(field: &str) -> String {
    let name = field.to_uppercase();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

#[allow(dead_code)]
fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| {
        std::fs::read_to_string(root.join("registers").join(name))
            .expect("the tables are in registers/")
    };
    let (table, fields) = generate(&read("amd-registers.tsv"), &read("amd-register-fields.tsv"));
    std::fs::write(root.join("src/registers/table.rs"), table).expect("src/registers is writable");
    std::fs::write(root.join("src/registers/fields.rs"), fields)
        .expect("src/registers is writable");
}
