//! Names: of entry points as PTX accepts them, of variables, and of people's things in comments.
//!
//! WGSL identifiers are Unicode without `$`, names from SPIR-V are anything. What PTX cannot say
//! is written as `$` and hexadecimal digits, so that different names stay different; names of our
//! own variables end in `$` and their number, which no entry point's does.

use std::fmt::Write;

use crate::kernel::Entity;

/// Words that PTX keeps for itself (PTX ISA, "Identifiers": the instruction keywords), and the name
/// of the argument block.
const RESERVED: [&str; 137] = [
    "abs",
    "activemask",
    "add",
    "addc",
    "alloca",
    "and",
    "applypriority",
    "args",
    "atom",
    "bar",
    "barrier",
    "bfe",
    "bfi",
    "bfind",
    "bmsk",
    "bra",
    "brev",
    "brkpt",
    "brx",
    "call",
    "clz",
    "cnot",
    "copysign",
    "cos",
    "cp",
    "createpolicy",
    "cvt",
    "cvta",
    "discard",
    "div",
    "dp2a",
    "dp4a",
    "elect",
    "ex2",
    "exit",
    "fence",
    "fma",
    "fns",
    "getctarank",
    "griddepcontrol",
    "isspacep",
    "istypep",
    "ld",
    "ldmatrix",
    "ldu",
    "lg2",
    "lop3",
    "mad",
    "mad24",
    "madc",
    "mapa",
    "match",
    "max",
    "mbarrier",
    "membar",
    "min",
    "mma",
    "mov",
    "movmatrix",
    "mul",
    "mul24",
    "multimem",
    "nanosleep",
    "neg",
    "not",
    "or",
    "pmevent",
    "popc",
    "prefetch",
    "prefetchu",
    "prmt",
    "rcp",
    "red",
    "redux",
    "rem",
    "ret",
    "rsqrt",
    "sad",
    "selp",
    "set",
    "setmaxnreg",
    "setp",
    "shf",
    "shfl",
    "shl",
    "shr",
    "sin",
    "slct",
    "sqrt",
    "st",
    "stackrestore",
    "stacksave",
    "stmatrix",
    "sub",
    "subc",
    "suld",
    "suq",
    "sured",
    "sust",
    "szext",
    "tanh",
    "tcgen05",
    "tensormap",
    "testp",
    "tex",
    "tld4",
    "trap",
    "txq",
    "vabsdiff",
    "vabsdiff2",
    "vabsdiff4",
    "vadd",
    "vadd2",
    "vadd4",
    "vavrg2",
    "vavrg4",
    "vmad",
    "vmax",
    "vmax2",
    "vmax4",
    "vmin",
    "vmin2",
    "vmin4",
    "vote",
    "vset",
    "vset2",
    "vset4",
    "vshl",
    "vshr",
    "vsub",
    "vsub2",
    "vsub4",
    "wgmma",
    "wmma",
    "xor",
    "WARP_SZ",
    "_",
];

/// The symbol of an entry point.
pub fn symbol(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("{name}$");
    }
    let mut symbol = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            'A'..='Z' | 'a'..='z' | '_' => symbol.push(c),
            '0'..='9' if !symbol.is_empty() => symbol.push(c),
            _ => {
                let _ = write!(symbol, "${:x}$", c as u32);
            }
        }
    }
    match symbol.is_empty() {
        true => "$$".into(),
        false => symbol,
    }
}

/// The name of a variable of our own.
pub fn variable(name: &str, id: impl Entity) -> String {
    let readable = name.chars().filter(|c| c.is_ascii_alphanumeric());
    let readable: String = readable.take(32).collect();
    let prefix = match readable.starts_with(|c: char| c.is_ascii_digit()) {
        true => "_",
        false => "",
    };
    format!("{prefix}{readable}${}", id.index())
}

/// A name within a comment: one line of ASCII.
pub fn comment(name: &str) -> String {
    name.escape_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_identifiers_and_stay_apart() {
        assert_eq!(symbol("main"), "main");
        assert_eq!(symbol("add"), "add$");
        assert_eq!(symbol("1x"), "$31$x");
        assert_eq!(symbol(""), "$$");
        assert_ne!(symbol("größe"), symbol("gr$f6$ße"));
        assert!(symbol("größe").is_ascii());
    }
}
