//! Reads the text form that [`super::print`] writes.
//!
//! Line by line: a line is a declaration, an instruction, or the end of a region. Comments begin
//! with `;`. Values are named by the text and renumbered in order of appearance, so that
//! printing what was parsed gives a normal form. The text may come from anyone: whatever it
//! holds, the answer is a kernel or an error with its line. Whether the kernel makes sense is
//! the verifier's business.

use hashbrown::HashMap;

use super::*;

/// Why a text is no kernel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// What was wrong with it.
    pub what: String,
}

type Result<T> = std::result::Result<T, String>;

/// Most operands, results or parameters of one instruction.
const MAX_LIST: usize = 4096;

impl Kernel {
    /// From the text form.
    pub fn parse(text: &str) -> std::result::Result<Kernel, ParseError> {
        let mut parser = Parser {
            kernel: Kernel::new("", [1, 1, 1]),
            values: HashMap::new(),
            stack: Vec::new(),
            state: State::Head,
        };
        for (n, line) in text.lines().enumerate() {
            parser
                .line(line)
                .map_err(|what| ParseError { line: n + 1, what })?;
        }
        if parser.state != State::Done {
            let what = "the text ends before the kernel does".into();
            let line = text.lines().count().max(1);
            return Err(ParseError { line, what });
        }
        Ok(parser.kernel)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token<'t> {
    /// Letters, digits, `_`, `.`, `-`.
    Word(&'t str),
    Mark(char),
    Text(String),
}

fn tokens(line: &str) -> Result<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        match c {
            ' ' | '\t' => rest = &rest[1..],
            ';' => break,
            ':' | '=' | ',' | '[' | ']' | '(' | ')' | '{' | '}' | '+' => {
                tokens.push(Token::Mark(c));
                rest = &rest[1..];
            }
            '"' => {
                let (text, after) = quoted(&rest[1..])?;
                tokens.push(Token::Text(text));
                rest = after;
            }
            c if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') => {
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))
                    .unwrap_or(rest.len());
                tokens.push(Token::Word(&rest[..end]));
                rest = &rest[end..];
            }
            c => return Err(format!("unexpected character {c:?}")),
        }
    }
    Ok(tokens)
}

/// The rest of a string literal in Rust's debug escapes, and what follows it.
fn quoted(line: &str) -> Result<(String, &str)> {
    let mut text = String::new();
    let mut chars = line.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((text, &line[at + 1..])),
            '\\' => match chars.next().map(|(_, c)| c) {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some('0') => text.push('\0'),
                Some(c @ ('\\' | '"' | '\'')) => text.push(c),
                Some('u') => {
                    let digits: String = chars
                        .by_ref()
                        .map(|(_, c)| c)
                        .take_while(|&c| c != '}')
                        .filter(|&c| c != '{')
                        .collect();
                    let code = u32::from_str_radix(&digits, 16).ok();
                    text.push(code.and_then(char::from_u32).ok_or("bad \\u escape")?);
                }
                _ => return Err("bad escape in string".into()),
            },
            c => text.push(c),
        }
    }
    Err("string without end".into())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the `kernel` line.
    Head,
    /// Declarations.
    Declarations,
    /// Within the body.
    Body,
    /// After the last brace.
    Done,
}

struct Frame {
    construct: InstId,
    label: Option<String>,
    region: RegionId,
    otherwise: Option<RegionId>,
}

struct Parser {
    kernel: Kernel,
    values: HashMap<String, Value>,
    stack: Vec<Frame>,
    state: State,
}

/// A line being read.
struct Cursor<'t> {
    tokens: &'t [Token<'t>],
}

impl<'t> Cursor<'t> {
    fn next(&mut self) -> Option<&'t Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn at_end(&self) -> bool {
        self.tokens.is_empty()
    }

    fn word(&mut self, what: &str) -> Result<&'t str> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            Some(other) => Err(format!("expected {what}, found {}", show(other))),
            None => Err(format!("expected {what}, found the end of the line")),
        }
    }

    fn mark(&mut self, mark: char) -> Result<()> {
        match self.next() {
            Some(Token::Mark(m)) if *m == mark => Ok(()),
            Some(other) => Err(format!("expected `{mark}`, found {}", show(other))),
            None => Err(format!("expected `{mark}`, found the end of the line")),
        }
    }

    fn eat(&mut self, mark: char) -> bool {
        let found = self.tokens.first() == Some(&Token::Mark(mark));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.tokens.first() == Some(&Token::Word(word));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    fn text(&mut self) -> Result<String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text.clone()),
            _ => Err("expected a name in quotes".into()),
        }
    }

    fn number(&mut self, what: &str) -> Result<u32> {
        let word = self.word(what)?;
        let number = match word.strip_prefix("0x") {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => word.parse(),
        };
        number.map_err(|_| format!("{what}: `{word}` is no 32-bit number"))
    }

    /// `word number`.
    fn field(&mut self, word: &str) -> Result<u32> {
        if !self.eat_word(word) {
            return Err(format!("expected `{word}`"));
        }
        self.number(word)
    }

    fn end(&self) -> Result<()> {
        match self.tokens.first() {
            None => Ok(()),
            Some(token) => Err(format!("unexpected {} at the end", show(token))),
        }
    }
}

fn show(token: &Token<'_>) -> String {
    match token {
        Token::Word(word) => format!("`{word}`"),
        Token::Mark(mark) => format!("`{mark}`"),
        Token::Text(text) => format!("{text:?}"),
    }
}

/// `b7` with prefix `b` to 7, if it is below `len`.
fn entity<E: Entity>(word: &str, prefix: &str, len: usize) -> Result<E> {
    word.strip_prefix(prefix)
        .and_then(|n| n.parse::<u32>().ok())
        .map(|n| n as usize)
        .filter(|&n| n < len)
        .map(E::new)
        .ok_or_else(|| format!("`{word}` is not declared"))
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<()> {
        let tokens = tokens(line)?;
        let mut at = Cursor { tokens: &tokens };
        if at.at_end() {
            return Ok(());
        }
        match self.state {
            State::Head => {
                if !at.eat_word("kernel") {
                    return Err("expected `kernel`".into());
                }
                self.kernel.name = at.text()?;
                self.kernel.workgroup_size[0] = at.field("workgroup")?;
                self.kernel.workgroup_size[1] = at.number("workgroup")?;
                self.kernel.workgroup_size[2] = at.number("workgroup")?;
                if !at.at_end() {
                    self.kernel.immediates = at.field("immediates")?;
                }
                self.state = State::Declarations;
            }
            State::Declarations => {
                if at.eat('{') {
                    self.state = State::Body;
                } else {
                    self.declaration(&mut at)?;
                }
            }
            State::Body => self.body_line(&mut at)?,
            State::Done => return Err("text after the kernel".into()),
        }
        at.end()
    }

    fn declaration(&mut self, at: &mut Cursor<'_>) -> Result<()> {
        let kernel = &mut self.kernel;
        let kind = at.word("a declaration or `{`")?;
        let name = at.word("a name")?;
        let (expected, found) = match kind {
            "binding" => {
                let (group, binding) = (at.field("group")?, at.field("index")?);
                let word = at.word("binding kind")?;
                let kind = BindingKind::from_name(word)
                    .ok_or_else(|| format!("`{word}` is no kind of binding"))?;
                let min_size = at.field("min")?;
                let id = kernel.bindings.push(Binding {
                    group,
                    binding,
                    name: at.text()?,
                    kind,
                    min_size,
                });
                (id.to_string(), name)
            }
            "shared" => {
                let (size, align) = (at.field("size")?, at.field("align")?);
                let text = at.text()?;
                let id = kernel.shared.push(Shared {
                    name: text,
                    size,
                    align,
                });
                (id.to_string(), name)
            }
            "local" => {
                let (size, align) = (at.field("size")?, at.field("align")?);
                let text = at.text()?;
                let id = kernel.locals.push(Local {
                    name: text,
                    size,
                    align,
                });
                (id.to_string(), name)
            }
            other => return Err(format!("`{other}` is no declaration")),
        };
        if expected != found {
            return Err(format!("expected `{expected}`, found `{found}`"));
        }
        Ok(())
    }

    fn body_line(&mut self, at: &mut Cursor<'_>) -> Result<()> {
        if at.eat('}') {
            if at.at_end() {
                match self.stack.pop() {
                    Some(frame) if frame.otherwise.is_some() => {
                        return Err("expected `} else {`".into());
                    }
                    Some(_) => {}
                    None => self.state = State::Done,
                }
                return Ok(());
            }
            if !at.eat_word("else") {
                return Err("expected `else`".into());
            }
            at.mark('{')?;
            let frame = self.stack.last_mut().ok_or("`else` without `if`")?;
            frame.region = frame.otherwise.take().ok_or("`else` without `if`")?;
            return Ok(());
        }
        let results = self.results(at)?;
        self.instruction(at, results)
    }

    /// `v1: i32, v2: f32 =`, or nothing.
    fn results(&mut self, at: &mut Cursor<'_>) -> Result<Vec<(String, Type)>> {
        let mut results = Vec::new();
        if at.tokens.get(1) != Some(&Token::Mark(':')) {
            return Ok(results);
        }
        loop {
            results.push(self.typed(at)?);
            if results.len() > MAX_LIST {
                return Err("too many results".into());
            }
            if !at.eat(',') {
                break;
            }
        }
        at.mark('=')?;
        Ok(results)
    }

    fn typed(&mut self, at: &mut Cursor<'_>) -> Result<(String, Type)> {
        let name = at.word("a value")?;
        at.mark(':')?;
        let ty = at.word("a type")?;
        let ty = Type::from_name(ty).ok_or_else(|| format!("`{ty}` is no type"))?;
        Ok((name.to_string(), ty))
    }

    fn value(&self, at: &mut Cursor<'_>) -> Result<Value> {
        let name = at.word("a value")?;
        let value = self.values.get(name).copied();
        value.ok_or_else(|| format!("`{name}` is not defined"))
    }

    /// Values with commas between, possibly none.
    fn list(&self, at: &mut Cursor<'_>) -> Result<Vec<Value>> {
        let mut list = Vec::new();
        if !matches!(at.tokens.first(), Some(Token::Word(_))) {
            return Ok(list);
        }
        loop {
            list.push(self.value(at)?);
            if list.len() > MAX_LIST {
                return Err("too many operands".into());
            }
            if !at.eat(',') {
                return Ok(list);
            }
        }
    }

    fn define(&mut self, name: String, value: Value) -> Result<()> {
        if self.values.insert(name.clone(), value).is_some() {
            return Err(format!("`{name}` is defined twice"));
        }
        Ok(())
    }

    fn push(&mut self, op: Op, args: &[Value], results: Vec<(String, Type)>) -> Result<InstId> {
        let types: Vec<Type> = results.iter().map(|(_, ty)| *ty).collect();
        let inst = self
            .kernel
            .new_inst(op, args, &types, naga::Span::UNDEFINED);
        for (n, (name, _)) in results.into_iter().enumerate() {
            self.define(name, self.kernel.insts[inst].results[n])?;
        }
        let region = self.stack.last().map_or(self.kernel.body, |f| f.region);
        self.kernel.regions[region].insts.push(inst);
        Ok(inst)
    }

    fn instruction(&mut self, at: &mut Cursor<'_>, results: Vec<(String, Type)>) -> Result<()> {
        let word = at.word("an instruction")?;
        let (op, args) = match word {
            "if" => {
                let condition = self.value(at)?;
                at.mark('{')?;
                let (then, otherwise) = (self.kernel.new_region(&[]), self.kernel.new_region(&[]));
                let construct = self.push(Op::If { then, otherwise }, &[condition], results)?;
                self.stack.push(Frame {
                    construct,
                    label: None,
                    region: then,
                    otherwise: Some(otherwise),
                });
                return Ok(());
            }
            "loop" | "block" => return self.labelled(at, word == "loop", results),
            "const" => {
                let ty = match results[..] {
                    [(_, ty)] => ty,
                    _ => return Err("`const` has one result".into()),
                };
                (Op::Const(constant(at, ty)?), Vec::new())
            }
            "builtin" => {
                let name = at.word("a built-in input")?;
                let builtin = Builtin::from_name(name)
                    .ok_or_else(|| format!("`{name}` is no built-in input"))?;
                (Op::Builtin(builtin), Vec::new())
            }
            "binding_size" => {
                let name = at.word("a binding")?;
                let binding = entity(name, "b", self.kernel.bindings.len())?;
                (Op::BindingSize(binding), Vec::new())
            }
            "barrier" => {
                let barrier = Barrier {
                    execution: at.eat_word("execution"),
                    shared: at.eat_word("shared"),
                    storage: at.eat_word("storage"),
                };
                (Op::Barrier(barrier), Vec::new())
            }
            "break" | "continue" => {
                let label = at.word("a label")?;
                let target = self.target(label)?;
                at.mark('(')?;
                let args = self.list(at)?;
                at.mark(')')?;
                let op = match word {
                    "break" => Op::Break(target),
                    _ => Op::Continue(target),
                };
                (op, args)
            }
            "load" => {
                let (access, offset) = self.address(at)?;
                let access = access_flags(at, access)?;
                (Op::Load(access), offset.into_iter().collect())
            }
            "store" | "compare_exchange" => {
                let (access, dynamic, args) = self.memory(at)?;
                let op = match word {
                    "store" => Op::Store(access, dynamic),
                    _ => Op::CompareExchange(access, dynamic),
                };
                (op, args)
            }
            word => match word.strip_prefix("atomic.") {
                Some(name) => {
                    let op = AtomicOp::from_name(name)
                        .ok_or_else(|| format!("`{name}` is no atomic operation"))?;
                    let (access, dynamic, args) = self.memory(at)?;
                    (Op::Atomic(op, access, dynamic), args)
                }
                None => (simple(word)?, self.list(at)?),
            },
        };
        self.push(op, &args, results)?;
        Ok(())
    }

    fn labelled(
        &mut self,
        at: &mut Cursor<'_>,
        is_loop: bool,
        results: Vec<(String, Type)>,
    ) -> Result<()> {
        let label = at.word("a label")?.to_string();
        let mut params = Vec::new();
        let mut args = Vec::new();
        if is_loop {
            at.mark('(')?;
            while !at.eat(')') {
                params.push(self.typed(at)?);
                at.mark('=')?;
                args.push(self.value(at)?);
                if params.len() > MAX_LIST {
                    return Err("too many parameters".into());
                }
                if !at.eat(',') {
                    at.mark(')')?;
                    break;
                }
            }
        }
        at.mark('{')?;
        let types: Vec<Type> = params.iter().map(|(_, ty)| *ty).collect();
        let body = self.kernel.new_region(&types);
        let op = match is_loop {
            true => Op::Loop { body },
            false => Op::Block { body },
        };
        let construct = self.push(op, &args, results)?;
        for (n, (name, _)) in params.into_iter().enumerate() {
            self.define(name, self.kernel.regions[body].params[n])?;
        }
        self.stack.push(Frame {
            construct,
            label: Some(label),
            region: body,
            otherwise: None,
        });
        Ok(())
    }

    fn target(&self, label: &str) -> Result<InstId> {
        let frame = self
            .stack
            .iter()
            .rev()
            .find(|f| f.label.as_deref() == Some(label));
        Ok(frame
            .ok_or_else(|| format!("`{label}` is no enclosing loop or block"))?
            .construct)
    }

    /// `b0[v1 + 16]`.
    fn address(&self, at: &mut Cursor<'_>) -> Result<(Access, Option<Value>)> {
        let word = at.word("a memory")?;
        let space = match word.as_bytes().first() {
            _ if word == "imm" => Space::Immediates,
            Some(b'b') => Space::Binding(entity(word, "b", self.kernel.bindings.len())?),
            Some(b's') => Space::Shared(entity(word, "s", self.kernel.shared.len())?),
            Some(b'l') => Space::Local(entity(word, "l", self.kernel.locals.len())?),
            _ => return Err(format!("`{word}` is no memory")),
        };
        at.mark('[')?;
        let (mut offset, mut dynamic) = (0, None);
        match at.tokens.first() {
            Some(Token::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                offset = at.number("offset")?;
            }
            _ => {
                dynamic = Some(self.value(at)?);
                if at.eat('+') {
                    offset = at.number("offset")?;
                }
            }
        }
        at.mark(']')?;
        let access = Access {
            space,
            offset,
            align: 1,
            checked: false,
            atomic: false,
            no_wrap: false,
        };
        Ok((access, dynamic))
    }

    /// Address, operands and flags of an instruction that writes.
    fn memory(&self, at: &mut Cursor<'_>) -> Result<(Access, bool, Vec<Value>)> {
        let (access, offset) = self.address(at)?;
        let mut args: Vec<Value> = offset.into_iter().collect();
        if at.eat(',') {
            args.extend(self.list(at)?);
        }
        Ok((access_flags(at, access)?, offset.is_some(), args))
    }
}

fn access_flags(at: &mut Cursor<'_>, access: Access) -> Result<Access> {
    Ok(Access {
        align: at.field("align")?,
        checked: at.eat_word("checked"),
        atomic: at.eat_word("atomic"),
        no_wrap: at.eat_word("nowrap"),
        ..access
    })
}

/// Operations whose text is a word and operands.
fn simple(word: &str) -> Result<Op> {
    let found = match word {
        "select" => Some(Op::Select),
        "ldexp" => Some(Op::Ldexp),
        "frexp_exp" => Some(Op::FrexpExp),
        "yield" => Some(Op::Yield),
        "return" => Some(Op::Return),
        _ => match word.split_once('.') {
            Some(("icmp", cc)) => IntCc::from_name(cc).map(Op::ICmp),
            Some(("fcmp", cc)) => FloatCc::from_name(cc).map(Op::FCmp),
            Some(("subgroup", op)) => SubgroupOp::from_name(op).map(Op::Subgroup),
            _ => None
                .or_else(|| UnaryOp::from_name(word).map(Op::Unary))
                .or_else(|| BinaryOp::from_name(word).map(Op::Binary))
                .or_else(|| TernaryOp::from_name(word).map(Op::Ternary))
                .or_else(|| ConvertOp::from_name(word).map(Op::Convert)),
        },
    };
    found.ok_or_else(|| format!("`{word}` is no instruction"))
}

fn constant(at: &mut Cursor<'_>, ty: Type) -> Result<u64> {
    if at.eat_word("bits") {
        let word = at.word("bits")?;
        let digits = word.strip_prefix("0x").ok_or("bits begin with 0x")?;
        let bits = u64::from_str_radix(digits, 16).map_err(|_| "bits beyond 64")?;
        if ty.bits() < 64 && bits >> ty.bits() != 0 {
            return Err(format!("`{word}` is no {}", ty.name()));
        }
        return Ok(bits);
    }
    let word = at.word("a constant")?;
    let bits = match ty {
        Type::Bool => word.parse::<bool>().ok().map(u64::from),
        Type::I16 => word.parse::<i16>().ok().map(|n| n as u16 as u64),
        Type::I32 => word.parse::<i32>().ok().map(|n| n as u32 as u64),
        Type::I64 => word.parse::<i64>().ok().map(|n| n as u64),
        Type::F16 => finite(word).map(|n| half::f16::from_f64(n).to_bits() as u64),
        Type::F32 => {
            let number = finite(word).and_then(|_| word.parse::<f32>().ok());
            number.map(|n| n.to_bits() as u64)
        }
        Type::F64 => finite(word).map(f64::to_bits),
    };
    bits.ok_or_else(|| format!("`{word}` is no {}", ty.name()))
}

/// A decimal number; not the words for infinity and NaN, which are written as bits.
fn finite(word: &str) -> Option<f64> {
    word.parse::<f64>().ok().filter(|n| n.is_finite())
}
