//! The compiler's corpus: small shaders that say in their first lines how they are run.
//!
//! Each line begins with `//!`:
//!
//! ```text
//! groups X[,Y[,Z]]              workgroups; required
//! entry NAME                    entry point, where there are several
//! needs FEATURE…                by [`Feature::name`]
//! unspecified                   something shows that the specification leaves open: not for devices
//!                               that are held to it alone
//! constant NAME = VALUE         an override, by name or @id
//! immediates = SPEC             the immediates' bytes
//! bind G.B = SPEC               a buffer's bytes before the run
//! out G.B = TYPE [ulp N | abs X | rel X]
//!                               a buffer to compare after it; exact unless said otherwise
//! ```
//!
//! SPEC is as in the `egpu` command: `zeros:BYTES`, `iota:TYPE:N`, `random:TYPE:N[:SEED]` or
//! `TYPE:v,v,…`, with the types u32 i32 f32 f16 u64 i64 f64. Random integers have all bits random,
//! random floats are uniform in [-1, 1).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use naga::{AddressSpace, StorageAccess};

use crate::device::{Feature, Invocation, FEATURES};
use crate::kernels::{Buffer, Usage};
use crate::rng::Rng;

/// A shader and how it is run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// File name without extension.
    pub name: String,
    /// WGSL.
    pub source: String,
    /// Workgroups in x, y and z.
    pub groups: [u32; 3],
    /// Entry point.
    pub entry: String,
    /// Features it needs.
    pub needs: Vec<Feature>,
    /// Something shows that the specification leaves open.
    pub unspecified: bool,
    /// Overrides by name or `@id`.
    pub constants: BTreeMap<String, f64>,
    /// Immediates.
    pub immediates: Vec<u8>,
    /// Buffers by (group, binding).
    pub buffers: BTreeMap<(u32, u32), Vec<u8>>,
    /// Buffers that count.
    pub outputs: Vec<Output>,
}

/// A buffer to compare after a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// Group and binding.
    pub slot: (u32, u32),
    /// Type of its elements.
    pub ty: Element,
    /// How far they may be off.
    pub tolerance: Tolerance,
}

/// Type of a buffer's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Element {
    U32,
    I32,
    F32,
    F16,
    U64,
    I64,
    F64,
}

/// Allowed error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// None; zeros of either sign are equal.
    Exact,
    /// Units in the last place of the type.
    Ulp(u64),
    /// Absolute.
    Absolute(f64),
    /// Relative to the expected value, and as much absolutely.
    Relative(f64),
}

impl Element {
    fn parse(text: &str) -> Result<Element, String> {
        Ok(match text {
            "u32" => Element::U32,
            "i32" => Element::I32,
            "f32" => Element::F32,
            "f16" => Element::F16,
            "u64" => Element::U64,
            "i64" => Element::I64,
            "f64" => Element::F64,
            _ => return Err(format!("`{text}` is no type of elements")),
        })
    }

    /// Size in bytes.
    pub fn bytes(self) -> usize {
        match self {
            Element::F16 => 2,
            Element::U32 | Element::I32 | Element::F32 => 4,
            Element::U64 | Element::I64 | Element::F64 => 8,
        }
    }

    /// A number as bytes.
    fn encode(self, text: &str) -> Result<Vec<u8>, String> {
        let bad = |_| format!("`{text}` is no {self:?}");
        let float = || text.parse::<f64>().map_err(|_| bad(()));
        let int = || text.parse::<i128>().map_err(|_| bad(()));
        Ok(match self {
            Element::U32 | Element::I32 => (int()? as u32).to_le_bytes().to_vec(),
            Element::U64 | Element::I64 => (int()? as u64).to_le_bytes().to_vec(),
            Element::F32 => (float()? as f32).to_le_bytes().to_vec(),
            Element::F16 => half::f16::from_f64(float()?).to_le_bytes().to_vec(),
            Element::F64 => float()?.to_le_bytes().to_vec(),
        })
    }

    fn random(self, rng: &mut Rng) -> Vec<u8> {
        let mut float = || (rng.bits() >> 11) as f64 / (1u64 << 52) as f64 - 1.0;
        match self {
            Element::F32 => (float() as f32).to_le_bytes().to_vec(),
            Element::F16 => half::f16::from_f64(float()).to_le_bytes().to_vec(),
            Element::F64 => float().to_le_bytes().to_vec(),
            Element::U32 | Element::I32 => rng.u32().to_le_bytes().to_vec(),
            Element::U64 | Element::I64 => rng.bits().to_le_bytes().to_vec(),
        }
    }

    /// An element as a float, and as an integer whose differences count units in the last place.
    fn decode(self, bytes: &[u8]) -> (f64, i128) {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        let bits = u64::from_le_bytes(word);
        // Floats in order of value.
        let order = |bits: u64, top: u32| {
            let magnitude = (bits & ((1 << top) - 1)) as i128;
            if bits >> top & 1 == 1 {
                -magnitude
            } else {
                magnitude
            }
        };
        match self {
            Element::U32 | Element::U64 => (bits as f64, bits as i128),
            Element::I32 => (bits as u32 as i32 as f64, (bits as u32 as i32).into()),
            Element::I64 => (bits as i64 as f64, (bits as i64).into()),
            Element::F32 => (f32::from_bits(bits as u32).into(), order(bits, 31)),
            Element::F16 => (half::f16::from_bits(bits as u16).to_f64(), order(bits, 15)),
            Element::F64 => (f64::from_bits(bits), order(bits, 63)),
        }
    }
}

/// The bytes that a SPEC stands for.
pub fn bytes(spec: &str) -> Result<Vec<u8>, String> {
    let (kind, rest) = spec
        .split_once(':')
        .ok_or_else(|| format!("`{spec}` is no SPEC"))?;
    let count = |text: &str| {
        let count = text.parse::<usize>();
        let count = count.map_err(|_| format!("`{text}` is no number"))?;
        match count <= 1 << 30 {
            true => Ok(count),
            false => Err(format!("{count} is too much")),
        }
    };
    let fields: Vec<&str> = rest.split(':').collect();
    match (kind, fields.as_slice()) {
        ("zeros", [n]) => Ok(vec![0; count(n)?]),
        ("iota", [ty, n]) => {
            let ty = Element::parse(ty)?;
            let numbers = (0..count(n)?).map(|i| ty.encode(&i.to_string()));
            Ok(numbers.collect::<Result<Vec<_>, _>>()?.concat())
        }
        ("random", [ty, n, seed @ ..]) => {
            let ty = Element::parse(ty)?;
            let seed = seed.first().map_or(Ok(0), |seed| count(seed))?;
            let mut rng = Rng::new(seed as u64);
            Ok((0..count(n)?).flat_map(|_| ty.random(&mut rng)).collect())
        }
        (ty, [list]) => {
            let ty = Element::parse(ty)?;
            let numbers = list.split(',').map(|number| ty.encode(number.trim()));
            Ok(numbers.collect::<Result<Vec<_>, _>>()?.concat())
        }
        _ => Err(format!("`{spec}` is no SPEC")),
    }
}

fn slot(text: &str) -> Result<(u32, u32), String> {
    let parsed = text.trim().split_once('.');
    let parsed = parsed.and_then(|(g, b)| Some((g.parse().ok()?, b.parse().ok()?)));
    parsed.ok_or_else(|| format!("`{text}` is no GROUP.BINDING"))
}

impl Case {
    /// Reads a shader's first lines.
    pub fn parse(name: &str, source: &str) -> Result<Case, String> {
        let mut case = Case {
            name: name.to_owned(),
            source: source.to_owned(),
            entry: "main".to_owned(),
            ..Case::default()
        };
        for line in source.lines() {
            if let Some(line) = line.strip_prefix("//!") {
                let line = line.trim();
                let result = case.directive(line);
                result.map_err(|error| format!("{name}: `{line}`: {error}"))?;
            }
        }
        match case.groups {
            [0, ..] => Err(format!("{name}: no `groups`")),
            _ => Ok(case),
        }
    }

    fn directive(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let pair = || {
            let pair = rest.split_once('=').ok_or("`=` is missing");
            pair.map(|(left, right)| (left.trim(), right.trim()))
        };
        match word {
            "groups" => {
                self.groups = [1; 3];
                for (n, number) in rest.split(',').enumerate() {
                    let axis = self.groups.get_mut(n).ok_or("more than three axes")?;
                    let number = number.trim().parse();
                    *axis = number.map_err(|_| format!("`{rest}` are no workgroups"))?;
                }
            }
            "entry" => self.entry = rest.to_owned(),
            "needs" => {
                for name in rest.split_whitespace() {
                    let feature = FEATURES.into_iter().find(|feature| feature.name() == name);
                    self.needs.push(feature.ok_or("no such feature")?);
                }
            }
            "unspecified" => self.unspecified = true,
            "constant" => {
                let (key, value) = pair()?;
                let value = value
                    .parse()
                    .map_err(|_| format!("`{value}` is no number"))?;
                self.constants.insert(key.to_owned(), value);
            }
            "immediates" => {
                self.immediates = bytes(pair()?.1)?;
                self.needs.push(Feature::Immediates);
            }
            "bind" => {
                let (key, spec) = pair()?;
                self.buffers.insert(slot(key)?, bytes(spec)?);
            }
            "out" => {
                let (key, how) = pair()?;
                let words: Vec<&str> = how.split_whitespace().collect();
                let number = |text: &str| {
                    let number = text.parse::<f64>();
                    number.map_err(|_| format!("`{text}` is no number"))
                };
                let (ty, tolerance) = match *words.as_slice() {
                    [ty] => (ty, Tolerance::Exact),
                    [ty, "ulp", n] => (ty, Tolerance::Ulp(number(n)? as u64)),
                    [ty, "abs", x] => (ty, Tolerance::Absolute(number(x)?)),
                    [ty, "rel", x] => (ty, Tolerance::Relative(number(x)?)),
                    _ => return Err("TYPE [ulp N | abs X | rel X] is expected".into()),
                };
                self.outputs.push(Output {
                    slot: slot(key)?,
                    ty: Element::parse(ty)?,
                    tolerance,
                });
            }
            _ => return Err("no such directive".into()),
        }
        Ok(())
    }

    /// The dispatch, for a [`crate::device::Device`].
    ///
    /// # Errors
    /// If the shader is not valid.
    pub fn invocation(&self) -> Result<Invocation, String> {
        let (module, _) = crate::interpreter::parse(&self.source)?;
        let usage = |slot: (u32, u32)| {
            let at = |v: &naga::GlobalVariable| {
                let place = v.binding.map(|b| (b.group, b.binding));
                (place == Some(slot)).then_some(v.space)
            };
            module
                .global_variables
                .iter()
                .find_map(|(_, v)| at(v))
                .map(|space| match space {
                    AddressSpace::Uniform => Usage::Uniform,
                    AddressSpace::Storage { access } if !access.contains(StorageAccess::STORE) => {
                        Usage::ReadOnly
                    }
                    _ => Usage::ReadWrite,
                })
        };
        let buffer = |(&(group, binding), data): (&(u32, u32), &Vec<u8>)| {
            Some(Buffer {
                group,
                binding,
                usage: usage((group, binding))?,
                data: data.clone(),
            })
        };
        Ok(Invocation {
            wgsl: self.source.clone(),
            entry: self.entry.clone(),
            groups: self.groups,
            buffers: self.buffers.iter().filter_map(buffer).collect(),
            constants: self.constants.clone(),
            immediates: self.immediates.clone(),
        })
    }

    /// Compares the outputs of two runs; says where they first differ.
    pub fn compare(
        &self,
        expected: &BTreeMap<(u32, u32), Vec<u8>>,
        got: &BTreeMap<(u32, u32), Vec<u8>>,
    ) -> Result<(), String> {
        for output in &self.outputs {
            let (group, binding) = output.slot;
            let (Some(expected), Some(got)) = (expected.get(&output.slot), got.get(&output.slot))
            else {
                return Err(format!("{}: {group}.{binding} is missing", self.name));
            };
            if expected.len() != got.len() {
                return Err(format!("{}: {group}.{binding} has another size", self.name));
            }
            let size = output.ty.bytes();
            let pairs = expected.chunks_exact(size).zip(got.chunks_exact(size));
            for (index, (expected, got)) in pairs.enumerate() {
                let (e, expected_order) = output.ty.decode(expected);
                let (g, got_order) = output.ty.decode(got);
                if !output.tolerance.allows(e, g, expected_order - got_order) {
                    return Err(format!(
                        "{}: {group}.{binding}[{index}]: expected {e} ({expected:02x?}), got {g} ({got:02x?}), {:?}",
                        self.name, output.tolerance
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Tolerance {
    fn allows(self, expected: f64, got: f64, order: i128) -> bool {
        if order == 0 || (expected.is_nan() && got.is_nan()) {
            return true;
        }
        let error = (expected - got).abs();
        match self {
            Tolerance::Exact => false,
            Tolerance::Ulp(ulp) => order.unsigned_abs() <= ulp as u128,
            Tolerance::Absolute(limit) => error <= limit,
            Tolerance::Relative(limit) => error <= limit * expected.abs().max(1.0),
        }
    }
}

/// The folder of the corpus.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../naga-backend/tests/wgsl")
}

/// All cases, by name.
///
/// # Errors
/// If a file cannot be read or says nonsense.
pub fn cases() -> Result<Vec<Case>, String> {
    let read = |path: &Path| std::fs::read_to_string(path);
    let entries = std::fs::read_dir(folder()).map_err(|error| error.to_string())?;
    let mut cases = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wgsl")
        {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let source = read(&path).map_err(|error| format!("{name}: {error}"))?;
            cases.push(Case::parse(&name, &source)?);
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::{parse, Interpreter, Limits};

    #[test]
    fn specs_become_bytes() {
        assert_eq!(bytes("u32:1,2").unwrap(), [1, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(bytes("i32:-1").unwrap(), [255; 4]);
        assert_eq!(bytes("zeros:3").unwrap(), [0; 3]);
        assert_eq!(bytes("iota:f32:2").unwrap()[4..], 1f32.to_le_bytes());
        assert_eq!(bytes("random:f16:5:7").unwrap().len(), 10);
        assert_eq!(bytes("random:u64:2:1"), bytes("random:u64:2:1"));
        for bad in [
            "",
            "u32",
            "u33:1",
            "iota:u32",
            "zeros:x",
            "zeros:99999999999",
        ] {
            assert!(bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tolerances_bound_errors() {
        let case = |how: &str| {
            Case::parse("t", &format!("//! groups 1\n//! out 0.0 = f32 {how}\n")).unwrap()
        };
        let buffer = |x: f32| BTreeMap::from([((0, 0), x.to_le_bytes().to_vec())]);
        let next = f32::from_bits(1f32.to_bits() + 2);
        assert!(case("").compare(&buffer(1.0), &buffer(next)).is_err());
        assert!(case("").compare(&buffer(0.0), &buffer(-0.0)).is_ok());
        assert!(case("ulp 2").compare(&buffer(1.0), &buffer(next)).is_ok());
        assert!(case("ulp 1").compare(&buffer(1.0), &buffer(next)).is_err());
        assert!(case("abs 0.1").compare(&buffer(1.0), &buffer(1.05)).is_ok());
        assert!(case("rel 0.1").compare(&buffer(9.0), &buffer(9.8)).is_ok());
        assert!(case("rel 0.1")
            .compare(&buffer(9.0), &buffer(10.8))
            .is_err());
        assert!(case("abs 1")
            .compare(&buffer(1.0), &buffer(f32::NAN))
            .is_err());
    }

    /// Every case runs, and writes something to each of its outputs.
    #[test]
    fn cases_run_on_the_interpreter() {
        let cases = cases().unwrap();
        assert!(cases.len() > 100);
        let mut failures = Vec::new();
        for case in cases {
            if let Err(error) = run(&case) {
                failures.push(format!("{}: {error}", case.name));
            }
        }
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    fn run(case: &Case) -> Result<(), String> {
        let (module, info) = parse(&case.source)?;
        let interpreter = Interpreter::new(&module, &info, &case.entry, &case.constants)
            .map_err(|error| error.to_string())?;
        let mut buffers = case.buffers.clone();
        interpreter
            .run(
                case.groups,
                &mut buffers,
                &case.immediates,
                Limits::default(),
            )
            .map_err(|error| error.to_string())?;
        if case.outputs.is_empty() {
            return Err("no `out`".into());
        }
        let changed = |output: &Output| buffers.get(&output.slot) != case.buffers.get(&output.slot);
        match case.outputs.iter().all(changed) {
            true => Ok(()),
            false => Err("an output keeps its first contents".into()),
        }
    }
}
