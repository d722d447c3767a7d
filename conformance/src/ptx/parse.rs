//! PTX text to statements: words, operands, declarations. What instructions mean is `decode`'s.

use super::ParseError;

/// A word or sign, and its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    line: u32,
}

/// An operand as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand<'a> {
    /// A register, variable, special register, label or `_`.
    Name(&'a str),
    /// `!%p`.
    Not(&'a str),
    /// An integer, sign extended.
    Integer(i64),
    /// `0f…`: bits of an f32.
    F32(u32),
    /// `0d…`: bits of an f64.
    F64(u64),
    /// `[base+offset]`.
    Address(&'a str, i64),
    /// `{a, b, …}`.
    Vector(Vec<Operand<'a>>),
    /// `%p|%q`.
    Pair(&'a str, &'a str),
}

/// One statement of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement<'a> {
    /// `name:`
    Label(&'a str),
    /// `@p op.mod operands;`
    Instruction {
        /// Predicate register, and whether it is negated.
        guard: Option<(&'a str, bool)>,
        /// With all suffixes.
        opcode: &'a str,
        operands: Vec<Operand<'a>>,
    },
    /// `.reg .type %name<count>` or single names (`count` is `None`).
    Registers {
        ty: &'a str,
        name: &'a str,
        count: Option<u32>,
    },
    /// `.shared` or `.local`, or a parameter.
    Variable(Variable<'a>),
}

/// A variable in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variable<'a> {
    /// `.shared`, `.local` or `.param`.
    pub space: &'a str,
    pub name: &'a str,
    pub align: u32,
    /// Bytes; `None` for `[]`.
    pub bytes: Option<u32>,
}

/// An entry point as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub name: &'a str,
    pub parameters: Vec<Variable<'a>>,
    pub workgroup_size: [u32; 3],
    /// Statements with their lines.
    pub body: Vec<(u32, Statement<'a>)>,
}

/// A module as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module<'a> {
    /// Major and minor.
    pub version: (u32, u32),
    /// `sm_…`.
    pub target: u32,
    pub shared: Vec<Variable<'a>>,
    pub entries: Vec<Entry<'a>>,
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '%' | '.')
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut list = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let (length, keep) = if first.is_whitespace() {
            (first.len_utf8(), false)
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), false)
        } else if first == '"' {
            (rest[1..].find('"').map_or(rest.len(), |end| end + 2), true)
        } else if is_word(first) {
            (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), true)
        } else {
            (first.len_utf8(), true)
        };
        let (text, after) = rest.split_at(length);
        if keep {
            list.push(Token { text, line });
        }
        line += text.bytes().filter(|&byte| byte == b'\n').count() as u32;
        rest = after;
    }
    list
}

struct Parser<'a> {
    tokens: Vec<Token<'a>>,
    next: usize,
}

type Parsed<T> = Result<T, ParseError>;

/// Parses a module.
pub(super) fn parse(text: &str) -> Parsed<Module<'_>> {
    let mut parser = Parser {
        tokens: tokens(text),
        next: 0,
    };
    parser.module()
}

impl<'a> Parser<'a> {
    fn line(&self) -> u32 {
        let at = self.next.min(self.tokens.len().saturating_sub(1));
        self.tokens.get(at).map_or(1, |token| token.line)
    }

    fn error<T>(&self, what: impl Into<String>) -> Parsed<T> {
        Err(ParseError {
            line: self.line(),
            what: what.into(),
        })
    }

    fn peek(&self) -> &'a str {
        self.tokens.get(self.next).map_or("", |token| token.text)
    }

    fn take(&mut self) -> &'a str {
        let text = self.peek();
        self.next += 1;
        text
    }

    fn accept(&mut self, text: &str) -> bool {
        let found = self.peek() == text;
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, text: &str) -> Parsed<()> {
        match self.accept(text) {
            true => Ok(()),
            false => self.error(format!("`{}` where `{text}` belongs", self.peek())),
        }
    }

    fn number(&mut self) -> Parsed<u32> {
        match self.peek().parse() {
            Ok(number) => {
                self.next += 1;
                Ok(number)
            }
            Err(_) => self.error(format!("`{}` is not a number", self.peek())),
        }
    }

    fn name(&mut self) -> Parsed<&'a str> {
        let text = self.peek();
        match text.starts_with(|c: char| is_word(c) && c != '.' && !c.is_ascii_digit()) {
            true => Ok(self.take()),
            false => self.error(format!("`{text}` is not a name")),
        }
    }

    fn module(&mut self) -> Parsed<Module<'a>> {
        self.expect(".version")?;
        let version = self.take();
        let parts = version.split_once('.');
        let version = match parts.map(|(major, minor)| (major.parse(), minor.parse())) {
            Some((Ok(major), Ok(minor))) => (major, minor),
            _ => return self.error(format!("`{version}` is not a version")),
        };
        self.expect(".target")?;
        let target = self.take();
        let target = match target.strip_prefix("sm_").map(str::parse) {
            Some(Ok(target)) => target,
            _ => return self.error(format!("unknown target `{target}`")),
        };
        self.expect(".address_size")?;
        self.expect("64")?;
        let mut module = Module {
            version,
            target,
            shared: Vec::new(),
            entries: Vec::new(),
        };
        loop {
            match self.peek() {
                "" => return Ok(module),
                ".visible" | ".extern" => self.next += 1,
                ".entry" => {
                    self.next += 1;
                    let entry = self.entry()?;
                    module.entries.push(entry);
                }
                ".shared" => {
                    let variable = self.variable()?;
                    self.expect(";")?;
                    module.shared.push(variable);
                }
                other => return self.error(format!("unknown directive `{other}`")),
            }
        }
    }

    fn entry(&mut self) -> Parsed<Entry<'a>> {
        let name = self.name()?;
        let mut entry = Entry {
            name,
            parameters: Vec::new(),
            workgroup_size: [1; 3],
            body: Vec::new(),
        };
        if self.accept("(") && !self.accept(")") {
            loop {
                let parameter = self.variable()?;
                entry.parameters.push(parameter);
                if self.accept(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        let mut sized = false;
        while !self.accept("{") {
            match self.take() {
                ".reqntid" => {
                    sized = true;
                    for axis in 0..3 {
                        entry.workgroup_size[axis] = self.number()?;
                        if axis == 2 || !self.accept(",") {
                            break;
                        }
                    }
                }
                ".minnctapersm" | ".maxnreg" => {
                    self.number()?;
                }
                other => return self.error(format!("unknown directive `{other}`")),
            }
        }
        if !sized {
            return self.error(format!("`{name}` has no .reqntid"));
        }
        self.body(&mut entry.body)?;
        Ok(entry)
    }

    /// `.space .align A .b8 NAME[BYTES]`, or a scalar.
    fn variable(&mut self) -> Parsed<Variable<'a>> {
        let space = self.take();
        let mut align = None;
        if self.accept(".align") {
            align = Some(self.number()?);
        }
        let ty = self.take();
        let Some(size) = element_bytes(ty) else {
            return self.error(format!("unknown type `{ty}` of a variable"));
        };
        let name = self.name()?;
        let bytes = if self.accept("[") {
            if self.accept("]") {
                None
            } else {
                let count = self.number()?;
                self.expect("]")?;
                match count.checked_mul(size) {
                    Some(bytes) => Some(bytes),
                    None => return self.error(format!("`{name}` is too large")),
                }
            }
        } else {
            Some(size)
        };
        let align = align.unwrap_or(size);
        if !align.is_power_of_two() {
            return self.error(format!("an alignment of {align}"));
        }
        Ok(Variable {
            space,
            name,
            align,
            bytes,
        })
    }

    fn body(&mut self, out: &mut Vec<(u32, Statement<'a>)>) -> Parsed<()> {
        let mut depth = 1;
        loop {
            let line = self.line();
            match self.peek() {
                "" => return self.error("a body that does not end"),
                "{" => {
                    self.next += 1;
                    depth += 1;
                }
                "}" => {
                    self.next += 1;
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                }
                ".reg" => {
                    self.next += 1;
                    self.registers(line, out)?;
                }
                ".shared" | ".local" => {
                    let variable = self.variable()?;
                    self.expect(";")?;
                    out.push((line, Statement::Variable(variable)));
                }
                // Advice for the compiler.
                ".pragma" => {
                    self.next += 2;
                    self.expect(";")?;
                }
                other if other.starts_with('.') => {
                    return self.error(format!("unknown directive `{other}`"))
                }
                other => {
                    let follows = self.tokens.get(self.next + 1).map_or("", |t| t.text);
                    if follows == ":" && !other.starts_with('@') {
                        let label = self.name()?;
                        self.next += 1;
                        out.push((line, Statement::Label(label)));
                    } else {
                        let instruction = self.instruction()?;
                        out.push((line, instruction));
                    }
                }
            }
        }
    }

    fn registers(&mut self, line: u32, out: &mut Vec<(u32, Statement<'a>)>) -> Parsed<()> {
        let ty = self.take();
        loop {
            let name = self.name()?;
            let mut count = None;
            if self.accept("<") {
                count = Some(self.number()?);
                self.expect(">")?;
            }
            out.push((line, Statement::Registers { ty, name, count }));
            if self.accept(";") {
                return Ok(());
            }
            self.expect(",")?;
        }
    }

    fn instruction(&mut self) -> Parsed<Statement<'a>> {
        let mut guard = None;
        if self.accept("@") {
            let negated = self.accept("!");
            guard = Some((self.name()?, negated));
        }
        let opcode = self.name()?;
        let mut operands = Vec::new();
        if !self.accept(";") {
            loop {
                operands.push(self.operand()?);
                if self.accept(";") {
                    break;
                }
                self.expect(",")?;
            }
        }
        Ok(Statement::Instruction {
            guard,
            opcode,
            operands,
        })
    }

    fn operand(&mut self) -> Parsed<Operand<'a>> {
        match self.peek() {
            "!" => {
                self.next += 1;
                Ok(Operand::Not(self.name()?))
            }
            "{" => {
                self.next += 1;
                let mut parts = Vec::new();
                loop {
                    parts.push(self.operand()?);
                    if self.accept("}") {
                        return Ok(Operand::Vector(parts));
                    }
                    self.expect(",")?;
                }
            }
            "[" => {
                self.next += 1;
                let base = self.name()?;
                let mut offset = 0;
                if self.accept("+") {
                    offset = self.integer()?;
                }
                self.expect("]")?;
                Ok(Operand::Address(base, offset))
            }
            text if text == "-" || text.starts_with(|c: char| c.is_ascii_digit()) => {
                let hex = |digits: &str, length: usize| {
                    (digits.len() == length)
                        .then(|| u64::from_str_radix(digits, 16).ok())
                        .flatten()
                };
                let operand = if let Some(digits) = text.strip_prefix("0f") {
                    hex(digits, 8).map(|bits| Operand::F32(bits as u32))
                } else if let Some(digits) = text.strip_prefix("0d") {
                    hex(digits, 16).map(Operand::F64)
                } else {
                    return Ok(Operand::Integer(self.integer()?));
                };
                match operand {
                    Some(operand) => {
                        self.next += 1;
                        Ok(operand)
                    }
                    None => self.error(format!("`{text}` is not a number")),
                }
            }
            _ => {
                let name = self.name()?;
                match self.accept("|") {
                    true => Ok(Operand::Pair(name, self.name()?)),
                    false => Ok(Operand::Name(name)),
                }
            }
        }
    }

    fn integer(&mut self) -> Parsed<i64> {
        let negative = self.accept("-");
        let text = self.peek();
        let (digits, radix) = match text.strip_prefix("0x") {
            Some(digits) => (digits.trim_end_matches('U'), 16),
            None => (text.trim_end_matches('U'), 10),
        };
        // Up to 64 bits of either sign.
        match u64::from_str_radix(digits, radix) {
            Ok(magnitude) => {
                self.next += 1;
                let value = magnitude as i64;
                Ok(if negative {
                    value.wrapping_neg()
                } else {
                    value
                })
            }
            Err(_) => self.error(format!("`{text}` is not an integer")),
        }
    }
}

fn element_bytes(ty: &str) -> Option<u32> {
    Some(match ty {
        ".b8" | ".u8" | ".s8" => 1,
        ".b16" | ".u16" | ".s16" | ".f16" => 2,
        ".b32" | ".u32" | ".s32" | ".f32" => 4,
        ".b64" | ".u64" | ".s64" | ".f64" => 8,
        _ => return None,
    })
}
