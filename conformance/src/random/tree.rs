//! The generator's own tree of a kernel, and its WGSL. Expressions are templates over their
//! operands: the tree knows the type of each and, for floats, between which powers of two its
//! exact values lie, and nothing of what the text computes. That is enough to print it, and to
//! cut it down (the reducer) without leaving what the generator promises.

use crate::scalar::Sc;
use std::fmt::Write;
use std::rc::Rc;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A scalar.
    Scalar(Sc),
    /// A vector of 2 to 4.
    Vector(u32, Sc),
    /// A matrix: columns, rows.
    Matrix(u32, u32, Sc),
    /// A fixed-size array.
    Array(Rc<Type>, u32),
    /// A structure, by index.
    Struct(usize),
}

impl Type {
    /// Its scalar, unless it is an array or a structure.
    pub fn scalar(&self) -> Option<Sc> {
        match self {
            Type::Scalar(sc) | Type::Vector(_, sc) | Type::Matrix(_, _, sc) => Some(*sc),
            Type::Array(..) | Type::Struct(_) => None,
        }
    }

    /// The same shape of another scalar.
    pub fn with(&self, sc: Sc) -> Type {
        match self {
            Type::Vector(n, _) => Type::Vector(*n, sc),
            Type::Matrix(c, r, _) => Type::Matrix(*c, *r, sc),
            Type::Scalar(_) | Type::Array(..) | Type::Struct(_) => Type::Scalar(sc),
        }
    }

    /// Its WGSL.
    pub fn wgsl(&self) -> String {
        match self {
            Type::Scalar(sc) => sc.wgsl().into(),
            Type::Vector(n, sc) => format!("vec{n}<{}>", sc.wgsl()),
            Type::Matrix(c, r, sc) => format!("mat{c}x{r}<{}>", sc.wgsl()),
            Type::Array(of, n) => format!("array<{}, {n}>", of.wgsl()),
            Type::Struct(i) => format!("S{i}"),
        }
    }
}

/// What a float may be: a multiple of 2^low of at most 2^high. Sums and products of such numbers
/// are exact as long as they fit the significand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Exponent of the bound.
    pub high: i32,
    /// Exponent of the unit.
    pub low: i32,
}

impl Class {
    /// Whether everything in it is in `other` too.
    pub fn within(self, other: Class) -> bool {
        self.high <= other.high && self.low >= other.low
    }

    /// The smallest with both.
    pub fn join(self, other: Class) -> Class {
        Class {
            high: self.high.max(other.high),
            low: self.low.min(other.low),
        }
    }

    /// What variables of a type hold; anything for what is not a float.
    pub fn variable(sc: Option<Sc>) -> Class {
        match sc {
            Some(Sc::F16) => Class { high: 3, low: -1 },
            Some(Sc::F64) => Class { high: 10, low: -6 },
            _ => Class { high: 6, low: -3 },
        }
    }

    /// Whether a float holds all of it exactly, and none of it is subnormal.
    pub fn exact(self, sc: Sc) -> bool {
        let (digits, most, least) = match sc {
            Sc::F16 => (11, 15, -14),
            Sc::F64 => (53, 1000, -1000),
            _ => (24, 120, -120),
        };
        self.high - self.low <= digits && self.high <= most && self.low >= least
    }
}

/// An expression: a template whose `$0` to `$9` are the operands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Its type.
    pub ty: Type,
    /// What its floats may be.
    pub class: Class,
    /// Text with operands left out.
    pub text: String,
    /// Operands.
    pub args: Vec<Expr>,
    /// Whether the shading language evaluates it before the kernel runs.
    pub constant: bool,
}

impl Expr {
    /// Without operands.
    pub fn leaf(ty: Type, text: impl Into<String>) -> Expr {
        Expr {
            class: Class::variable(ty.scalar()),
            ty,
            text: text.into(),
            args: Vec::new(),
            constant: false,
        }
    }

    /// A number that is written out.
    pub fn literal(ty: Type, text: impl Into<String>) -> Expr {
        Expr {
            constant: true,
            ..Expr::leaf(ty, text)
        }
    }

    /// With operands.
    pub fn new(ty: Type, class: Class, text: impl Into<String>, args: Vec<Expr>) -> Expr {
        Expr {
            constant: !args.is_empty() && args.iter().all(|a| a.constant),
            ty,
            class,
            text: text.into(),
            args,
        }
    }

    /// Whether it is a constant or composed of any, which naga sees where it refuses constant
    /// divisors and shifts.
    pub fn constant_within(&self) -> bool {
        let composed = self.text.starts_with("vec") && self.text.contains("($0");
        self.constant || (composed && self.args.iter().any(Expr::constant_within))
    }

    fn print(&self, out: &mut String) {
        fill(&self.text, &self.args, out);
    }
}

/// Writes a template with its operands.
fn fill(text: &str, args: &[Expr], out: &mut String) {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '$' {
            out.push(c);
            continue;
        }
        let index = rest.next().and_then(|d| d.to_digit(10)).unwrap_or(0);
        if let Some(arg) = args.get(index as usize) {
            arg.print(out);
        }
    }
}

/// Statements.
pub type Block = Vec<Stmt>;

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// A template.
    Line(String, Vec<Expr>),
    /// `if`.
    If(Expr, Block, Block),
    /// `switch`: selector, and clauses by their heads (`case 1, default`).
    Switch(Expr, Vec<(String, Block)>),
    /// A loop.
    Loop(Loop),
    /// Statements that make sense only together: their operands can be cut down, none can be
    /// left out.
    Whole(Block),
    /// `{ }`.
    Scope(Block),
}

/// A loop that ends after some rounds whatever its body does.
#[derive(Clone, Debug, PartialEq)]
pub struct Loop {
    /// Up to and with `{` and what follows at once; a template.
    pub head: String,
    /// Operands of the head.
    pub args: Vec<Expr>,
    /// Its body.
    pub body: Block,
    /// `continuing`, with the last line before `break if`, and the condition of that.
    pub tail: Option<(Block, String, Option<Expr>)>,
}

/// A function.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Attributes, name, parameters and result.
    pub head: String,
    /// What it begins with, without which nothing else makes sense.
    pub first: String,
    /// Statements.
    pub body: Block,
}

/// A kernel and how it is run.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Lines for the corpus: how it is run.
    pub header: Vec<String>,
    /// Directives of the language.
    pub enables: Vec<String>,
    /// Structures: types of the members.
    pub structs: Vec<Vec<Type>>,
    /// Declarations.
    pub globals: Vec<String>,
    /// Functions, the entry point last.
    pub functions: Vec<Function>,
    /// Workgroups.
    pub groups: [u32; 3],
}

impl Kernel {
    /// The shader, with the lines that say how it is run.
    pub fn wgsl(&self) -> String {
        let [x, y, z] = self.groups;
        let mut out = format!("//! groups {x},{y},{z}\n");
        for line in &self.header {
            let _ = writeln!(out, "//! {line}");
        }
        for line in &self.enables {
            let _ = writeln!(out, "enable {line};");
        }
        for (i, members) in self.structs.iter().enumerate() {
            let _ = write!(out, "struct S{i} {{ ");
            for (m, ty) in members.iter().enumerate() {
                let _ = write!(out, "m{m}: {}, ", ty.wgsl());
            }
            out.push_str("}\n");
        }
        for line in &self.globals {
            let _ = writeln!(out, "{line}");
        }
        for function in &self.functions {
            let _ = writeln!(out, "{} {{", function.head);
            if !function.first.is_empty() {
                let _ = writeln!(out, "    {}", function.first);
            }
            print_block(&function.body, 1, &mut out);
            out.push_str("}\n");
        }
        out
    }

    /// How many nodes it has.
    pub fn size(&self) -> usize {
        let globals = self.globals.len() + self.structs.iter().map(|s| 1 + s.len()).sum::<usize>();
        let of = |f: &Function| 4 + block_size(&f.body);
        let groups = self.groups.iter().sum::<u32>() as usize;
        globals + groups + self.functions.iter().map(of).sum::<usize>()
    }
}

fn expr_size(e: &Expr) -> usize {
    // A constant counts less than what has to be read.
    let own = if e.constant { 1 } else { 2 };
    own + e.args.iter().map(expr_size).sum::<usize>()
}

fn block_size(block: &Block) -> usize {
    let args = |args: &[Expr]| args.iter().map(expr_size).sum::<usize>();
    let of = |stmt: &Stmt| match stmt {
        Stmt::Line(_, a) => 2 + args(a),
        Stmt::If(c, accept, reject) => 3 + expr_size(c) + block_size(accept) + block_size(reject),
        Stmt::Switch(selector, cases) => {
            let cases = cases.iter().map(|(_, b)| 2 + block_size(b));
            3 + expr_size(selector) + cases.sum::<usize>()
        }
        Stmt::Loop(l) => {
            let tail = l.tail.as_ref().map_or(0, |(block, _, condition)| {
                2 + block_size(block) + condition.as_ref().map_or(0, expr_size)
            });
            4 + args(&l.args) + block_size(&l.body) + tail
        }
        Stmt::Whole(block) | Stmt::Scope(block) => 1 + block_size(block),
    };
    block.iter().map(of).sum()
}

fn print_block(block: &Block, depth: usize, out: &mut String) {
    let pad = "    ".repeat(depth);
    let line = |out: &mut String, text: &str, args: &[Expr]| {
        out.push_str(&pad);
        fill(text, args, out);
        out.push('\n');
    };
    for stmt in block {
        match stmt {
            Stmt::Line(text, args) => line(out, text, args),
            Stmt::If(condition, accept, reject) => {
                line(out, "if ($0) {", std::slice::from_ref(condition));
                print_block(accept, depth + 1, out);
                if !reject.is_empty() {
                    line(out, "} else {", &[]);
                    print_block(reject, depth + 1, out);
                }
                line(out, "}", &[]);
            }
            Stmt::Switch(selector, cases) => {
                line(out, "switch ($0) {", std::slice::from_ref(selector));
                for (head, body) in cases {
                    line(out, &format!("    {head}: {{"), &[]);
                    print_block(body, depth + 2, out);
                    line(out, "    }", &[]);
                }
                line(out, "}", &[]);
            }
            Stmt::Loop(l) => {
                line(out, &l.head, &l.args);
                print_block(&l.body, depth + 1, out);
                if let Some((block, last, condition)) = &l.tail {
                    line(out, "    continuing {", &[]);
                    print_block(block, depth + 2, out);
                    line(out, &format!("        {last}"), &[]);
                    if let Some(condition) = condition {
                        line(out, "        break if $0;", std::slice::from_ref(condition));
                    }
                    line(out, "    }", &[]);
                }
                line(out, "}", &[]);
            }
            Stmt::Whole(block) => print_block(block, depth, out),
            Stmt::Scope(block) => {
                line(out, "{", &[]);
                print_block(block, depth + 1, out);
                line(out, "}", &[]);
            }
        }
    }
}
