//! A sweep: one expression over rows of operands. Each operand is a buffer with
//! an element per row, and so is the result. A sweep becomes several jobs, since
//! compilers treat them differently: operands that differ from invocation to
//! invocation, operands that are uniform, and a literal second operand.

use super::values::{enables, needs, one, show};
use super::{Cell, Expect, Job, Sink};
use crate::device::Invocation;
use crate::kernels::{Buffer, Usage};
use crate::scalar::Sc;

/// A scalar, vector or matrix type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ty {
    /// Columns of a matrix; 1 for others.
    pub cols: usize,
    /// Components of a vector or of a matrix column; 1 for scalars.
    pub rows: usize,
    /// Of each component.
    pub sc: Sc,
}

impl Ty {
    /// A vector, or a scalar for one component.
    pub fn vec(n: usize, sc: Sc) -> Ty {
        Ty {
            cols: 1,
            rows: n,
            sc,
        }
    }

    /// Columns, rows.
    pub fn mat(cols: usize, rows: usize, sc: Sc) -> Ty {
        Ty { cols, rows, sc }
    }

    /// Its name in WGSL.
    pub fn wgsl(self) -> String {
        let sc = self.sc.wgsl();
        match self {
            Ty {
                cols: 1, rows: 1, ..
            } => sc.into(),
            Ty { cols: 1, rows, .. } => format!("vec{rows}<{sc}>"),
            Ty { cols, rows, .. } => format!("mat{cols}x{rows}<{sc}>"),
        }
    }

    /// Scalars in it.
    pub fn comps(self) -> usize {
        self.cols * self.rows
    }

    /// The same, in a buffer: booleans have no layout there.
    fn stored(self) -> Ty {
        match self.sc {
            Sc::Bool => Ty {
                sc: Sc::U32,
                ..self
            },
            _ => self,
        }
    }

    /// Bytes from element to element of an array of it.
    pub fn stride(self) -> usize {
        let rows = if self.rows == 3 { 4 } else { self.rows };
        self.cols * rows * self.sc.width()
    }

    /// Byte offset of a component.
    pub fn offset(self, comp: usize) -> usize {
        let column = Ty { cols: 1, ..self }.stride();
        comp / self.rows * column + comp % self.rows * self.sc.width()
    }

    /// From what is in the buffer.
    fn load(self, stored: &str) -> String {
        match self.sc {
            Sc::Bool if self.rows == 1 => format!("({stored} != 0u)"),
            Sc::Bool => format!("({stored} != vec{}(0u))", self.rows),
            _ => stored.into(),
        }
    }

    fn store(self, value: &str) -> String {
        match self.sc {
            Sc::Bool if self.rows == 1 => format!("select(0u, 1u, {value})"),
            Sc::Bool => format!("select(vec{0}(0u), vec{0}(1u), {value})", self.rows),
            _ => value.into(),
        }
    }
}

/// Operands of one case: for each parameter, its components' bits.
pub type Row = Vec<Vec<u64>>;

/// A sweep.
pub struct Sweep<'a> {
    /// What is tested.
    pub name: String,
    /// Operands `a`, `b`, `c`, `d`.
    pub params: Vec<Ty>,
    /// Type of the expression.
    pub result: Ty,
    /// Declarations before the function that holds the expression.
    pub decls: String,
    /// Statements before the expression.
    pub body: String,
    /// The expression.
    pub expr: String,
    /// Operands.
    pub rows: Vec<Row>,
    /// What each component of the result must be.
    pub expect: &'a dyn Fn(&Row) -> Vec<Expect>,
    /// Whether to test uniform operands as well.
    pub uniform: bool,
    /// Literals for the last operand, each with its value's bits.
    pub literals: Vec<(String, u64)>,
}

impl<'a> Sweep<'a> {
    /// With operands that differ by invocation and uniform ones.
    pub fn new(
        name: impl Into<String>,
        params: &[Ty],
        result: Ty,
        expr: impl Into<String>,
        rows: Vec<Row>,
        expect: &'a dyn Fn(&Row) -> Vec<Expect>,
    ) -> Sweep<'a> {
        Sweep {
            name: name.into(),
            params: params.to_vec(),
            result,
            decls: String::new(),
            body: String::new(),
            expr: expr.into(),
            rows,
            expect,
            uniform: true,
            literals: Vec::new(),
        }
    }

    /// Makes the jobs.
    pub fn emit(self, sink: &mut Sink) {
        if sink.wants(&self.name) {
            sink.push(self.job(
                sink.group,
                "",
                &lane_form(self.rows.len()),
                &self.params,
                &self.rows,
            ));
        }
        let name = format!("{} (uniform)", self.name);
        if self.uniform && sink.wants(&name) {
            sink.push(self.job(
                sink.group,
                " (uniform)",
                &uniform_form(self.rows.len()),
                &self.params,
                &self.rows,
            ));
        }
        let Some((_, others)) = self.params.split_last() else {
            return;
        };
        for (literal, bits) in &self.literals {
            let suffix = format!(" (by {literal})");
            if sink.wants(&format!("{}{suffix}", self.name)) {
                // The first operands of all rows, each once.
                let mut rows: Vec<Row> = self
                    .rows
                    .iter()
                    .map(|r| r[..others.len()].to_vec())
                    .collect();
                rows.sort();
                rows.dedup();
                rows.iter_mut().for_each(|r| r.push(vec![*bits]));
                let mut job = self.job(sink.group, &suffix, &lane_form(rows.len()), others, &rows);
                let letter = ["a", "b", "c", "d"][others.len()];
                job.invocation.wgsl = job
                    .invocation
                    .wgsl
                    .replace("/*literal*/", &format!("const {letter} = {literal};"));
                sink.push(job);
            }
        }
    }

    fn job(
        &self,
        group: &'static str,
        suffix: &str,
        form: &str,
        params: &[Ty],
        rows: &[Row],
    ) -> Job {
        let mut types: Vec<Sc> = self.params.iter().map(|p| p.sc).collect();
        types.push(self.result.sc);
        let mut wgsl = enables(&types);
        // naga 30 gives frexp's exponents the width of its operand.
        if self.expr.contains("frexp") {
            match self.params[0].sc {
                Sc::F16 => types.push(Sc::I16),
                Sc::F64 => types.push(Sc::I64),
                _ => {}
            }
        }
        let stored = self.result.stored();
        wgsl.push_str(&format!(
            "@group(0) @binding(0) var<storage, read_write> out: array<{}>;\n",
            stored.wgsl()
        ));
        let mut buffers = vec![Buffer {
            group: 0,
            binding: 0,
            usage: Usage::ReadWrite,
            data: vec![0xcd; stored.stride() * rows.len()],
        }];
        let letters = ["a", "b", "c", "d"];
        for (i, p) in params.iter().enumerate() {
            let binding = i as u32 + 1;
            let stored = p.stored();
            wgsl.push_str(&format!(
                "@group(0) @binding({binding}) var<storage, read> in_{}: array<{}>;\n",
                letters[i],
                stored.wgsl()
            ));
            let mut data = vec![0; stored.stride() * rows.len()];
            for (r, row) in rows.iter().enumerate() {
                for (c, bits) in row[i].iter().enumerate() {
                    let at = r * stored.stride() + stored.offset(c);
                    let width = stored.sc.width();
                    data[at..at + width].copy_from_slice(&bits.to_le_bytes()[..width]);
                }
            }
            buffers.push(Buffer {
                group: 0,
                binding,
                usage: Usage::ReadOnly,
                data,
            });
        }
        let declared: Vec<String> = params
            .iter()
            .zip(letters)
            .map(|(p, l)| format!("{l}: {}", p.wgsl()))
            .collect();
        let passed: Vec<String> = params
            .iter()
            .zip(letters)
            .map(|(p, l)| p.load(&format!("in_{l}[k]")))
            .collect();
        wgsl.push_str(&self.decls);
        wgsl.push_str(&format!(
            "\nfn op({}) -> {} {{ /*literal*/ {} return {}; }}\n",
            declared.join(", "),
            self.result.wgsl(),
            self.body,
            self.expr
        ));
        wgsl.push_str(&form.replace(
            "/*store*/",
            &format!(
                "out[k] = {};",
                self.result.store(&format!("op({})", passed.join(", ")))
            ),
        ));
        let cells = rows.iter().enumerate().flat_map(|(case, row)| {
            let expected = (self.expect)(row);
            expected
                .into_iter()
                .enumerate()
                .map(move |(c, expect)| Cell {
                    buffer: (0, 0),
                    offset: case * stored.stride() + stored.offset(c),
                    sc: stored.sc,
                    expect,
                    case,
                })
        });
        let cells = cells.collect();
        let groups = if form.contains("@workgroup_size(64)") {
            [rows.len().div_ceil(64) as u32, 1, 1]
        } else {
            [1; 3]
        };
        let (shown, shown_rows) = (self.params.clone(), rows.to_vec());
        Job {
            group,
            name: format!("{}{suffix}", self.name),
            needs: needs(&types),
            invocation: Invocation {
                wgsl,
                entry: "main".into(),
                groups,
                buffers,
                constants: Default::default(),
                immediates: Vec::new(),
            },
            cells,
            cases: rows.len(),
            describe: Box::new(move |case| {
                let operand = |(i, p): (usize, &Ty)| {
                    let comps: Vec<String> =
                        shown_rows[case][i].iter().map(|&b| show(p.sc, b)).collect();
                    format!("{} = {}", letters[i], comps.join(", "))
                };
                shown
                    .iter()
                    .enumerate()
                    .map(operand)
                    .collect::<Vec<_>>()
                    .join("; ")
            }),
        }
    }
}

fn lane_form(n: usize) -> String {
    format!(
        "@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
            let k = id.x; if (k >= {n}u) {{ return; }} /*store*/
        }}"
    )
}

fn uniform_form(n: usize) -> String {
    format!(
        "@compute @workgroup_size(1) fn main() {{
            for (var k = 0u; k < {n}u; k++) {{ /*store*/ }}
        }}"
    )
}

/// A sweep over scalars, and the same rows packed into vectors of two to four.
pub fn componentwise(
    sink: &mut Sink,
    name: &str,
    params: &[Sc],
    result: Sc,
    expr: &str,
    rows: &[Vec<u64>],
    literals: Vec<(String, u64)>,
    expect: &dyn Fn(&[u64]) -> Expect,
) {
    for n in 1..=4 {
        let types: Vec<Ty> = params.iter().map(|&p| Ty::vec(n, p)).collect();
        let packed: Vec<Row> = rows
            .chunks(n)
            .map(|chunk| {
                (0..params.len())
                    .map(|p| {
                        (0..n)
                            .map(|c| chunk.get(c).map_or_else(|| one(params[p]), |row| row[p]))
                            .collect()
                    })
                    .collect()
            })
            .collect();
        let per_row = |row: &Row| -> Vec<Expect> {
            (0..n)
                .map(|c| expect(&row.iter().map(|p| p[c]).collect::<Vec<u64>>()))
                .collect()
        };
        let label = match n {
            1 => name.to_string(),
            _ => format!("vec{n} {name}"),
        };
        let expr = expr
            .replace("$T", &Ty::vec(n, result).wgsl())
            .replace("$I", &Ty::vec(n, Sc::I32).wgsl());
        let mut sweep = Sweep::new(label, &types, Ty::vec(n, result), expr, packed, &per_row);
        sweep.uniform = n == 1 || n == 3;
        if n == 1 {
            sweep.literals = literals.clone();
        }
        sweep.emit(sink);
    }
}
