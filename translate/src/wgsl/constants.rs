//! Evaluates constant declarations that naga's constant evaluator cannot, and tells constants from
//! variables that look like them.
//!
//! Where a `const` needs one of the functions of [`builtins::MISSING`], its initialiser is replaced by
//! the value, and a declaration whose value has no text (what `frexp` gives) by blanks: whatever
//! reads its members is replaced as well. Elsewhere such a call alone is replaced. Names are resolved by
//! scopes; whatever is not understood stays as it is. Lines stay where they are.
//!
//! `>>` of a negative abstract integer by 64 or more is -1, and `atanh` of `f32` near 1 needs more than
//! single precision; naga gives something else without a word, so these are replaced in any case.
//!
//! A `let` whose value could be a constant is none: an index that it holds may be out of bounds, and
//! the access is then bounded when it happens. naga takes it for a constant and refuses the shader
//! (gfx-rs/wgpu issue 4390). It becomes a `var`, which differs only in that it could be assigned to.

use std::collections::{HashMap, HashSet};

use super::builtins;
use super::edit::Edit;
use super::lexer::{declares, Kind, Token};
use super::operators;
use super::value::{Scalar, Type, Value};

/// Most nested expressions: the evaluator recurses.
const DEPTH_MAX: u32 = 60;

/// Most scalars that are made in one text, so that constants of constants stay small.
const SCALARS_MAX: usize = 1 << 20;

/// What to change in a text, in order.
pub(super) fn edits(text: &str, tokens: &[Token]) -> Vec<Edit> {
    let mut evaluator = Evaluator {
        text,
        tokens,
        at: 0,
        depth: 0,
        made: 0,
        is_needed: false,
        is_mistaken: false,
        scopes: vec![HashMap::new()],
        declared: (0..tokens.len())
            .filter_map(|at| declares(tokens, at))
            .collect(),
        edits: Vec::new(),
    };
    evaluator.module();
    evaluator.edits
}

fn is_missing(name: &str) -> bool {
    builtins::MISSING.contains(&name)
}

/// What a name means where it is.
#[derive(Clone)]
struct Constant {
    value: Value,
    /// Its value came by a function that naga lacks.
    is_needed: bool,
}

/// A type as a constructor or declaration names it; element types may be left open.
enum Shape {
    Scalar(Type),
    Vector(usize, Option<Type>),
    Matrix(usize, usize, Option<Type>),
    Array(Option<Box<Shape>>),
}

struct Evaluator<'t> {
    text: &'t str,
    tokens: &'t [Token<'t>],
    at: usize,
    depth: u32,
    made: usize,
    /// Whether the expression at hand uses what naga lacks.
    is_needed: bool,
    /// Whether it contains what naga evaluates wrongly.
    is_mistaken: bool,
    /// `None` is a name that is no constant, or not one that is understood.
    scopes: Vec<HashMap<&'t str, Option<Constant>>>,
    /// All names that the text declares: a built-in of the same name is hidden somewhere.
    declared: HashSet<&'t str>,
    edits: Vec<Edit>,
}

impl<'t> Evaluator<'t> {
    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.text == text)
    }

    fn take(&mut self, text: &str) -> Option<()> {
        self.is(text).then(|| self.at += 1)
    }

    fn word(&mut self) -> Option<&'t str> {
        let token = self.peek().filter(|token| token.kind == Kind::Word)?;
        self.at += 1;
        Some(token.text)
    }

    /// Two characters that the lexer keeps apart, side by side.
    fn pair(&self, first: &str, second: &str) -> bool {
        match self.tokens.get(self.at..self.at + 2) {
            Some([a, b]) => a.text == first && b.text == second && a.end() == b.at,
            _ => false,
        }
    }

    fn bind(&mut self, name: &'t str, constant: Option<Constant>) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, constant);
        }
    }

    fn module(&mut self) {
        while let Some(token) = self.peek() {
            let declared = declares(self.tokens, self.at);
            self.at += 1;
            match (token.text, declared) {
                ("{", _) => self.scopes.push(HashMap::new()),
                ("}", _) if self.scopes.len() > 1 => {
                    self.scopes.pop();
                }
                ("const", _) => self.declaration(token.at),
                ("let", Some(name)) => {
                    if self.is_constant_integer() {
                        self.replace(token.at..token.end(), "var".into());
                    }
                    self.bind(name, None);
                }
                (_, Some(name)) => self.bind(name, None),
                _ if is_missing(token.text) => self.call(),
                _ => {}
            }
        }
    }

    /// A call outside of constant declarations, whose name has been read. naga evaluates it when the
    /// shader runs, but has no such functions of abstract numbers.
    fn call(&mut self) {
        let after_name = self.at;
        self.at -= 1;
        let start = self.tokens[self.at].at;
        self.is_needed = false;
        self.is_mistaken = false;
        match self.unary().and_then(|value| value.text()) {
            Some(text) if self.is_needed || self.is_mistaken => {
                self.replace(start..self.tokens[self.at - 1].end(), text);
            }
            _ => self.at = after_name,
        }
    }

    /// `const name: type = expression;` after its first word, which is at `start`.
    fn declaration(&mut self, start: usize) {
        let Some(name) = self.word() else { return };
        let after_name = self.at;
        self.is_needed = false;
        self.is_mistaken = false;
        let Some((range, value)) = self.initialiser() else {
            self.at = after_name;
            self.bind(name, None);
            return;
        };
        let is_needed = self.is_needed;
        if is_needed || self.is_mistaken {
            match value.text() {
                Some(text) => self.replace(range, text),
                None => self.replace(start..self.tokens[self.at - 1].end(), String::new()),
            }
        }
        self.bind(name, Some(Constant { value, is_needed }));
    }

    /// Whether the `let` whose name is next could be a constant integer.
    fn is_constant_integer(&mut self) -> bool {
        let name = self.at;
        self.at += 1;
        let value = self.initialiser().and_then(|(_, value)| value.scalar());
        self.at = name;
        self.is_mistaken = false;
        value.is_some_and(|scalar| scalar.as_int().is_some())
    }

    /// Keeps the line breaks of what is replaced.
    fn replace(&mut self, range: std::ops::Range<usize>, mut by: String) {
        let breaks = self.text[range.clone()].matches('\n').count();
        by.extend(std::iter::repeat_n('\n', breaks));
        self.edits.push(Edit {
            range,
            by,
            is_mistaken: self.is_mistaken,
        });
    }

    fn initialiser(&mut self) -> Option<(std::ops::Range<usize>, Value)> {
        let shape = match self.take(":") {
            Some(()) => Some(self.shape()?),
            None => None,
        };
        self.take("=")?;
        let start = self.peek()?.at;
        let value = self.expression(0)?;
        let end = self.tokens[self.at - 1].end();
        self.take(";")?;
        let value = match shape {
            None => value,
            Some(shape) => self.declare(&shape, value)?,
        };
        Some((start..end, value))
    }

    /// The value as the declared type has it.
    fn declare(&self, shape: &Shape, value: Value) -> Option<Value> {
        match (shape, &value) {
            (Shape::Scalar(ty), Value::Scalar(_)) => value.to(*ty),
            (Shape::Vector(n, Some(ty)), Value::Vector(s)) if s.len() == *n => value.to(*ty),
            (Shape::Matrix(c, r, Some(ty)), Value::Matrix(m))
                if m.len() == *c && m.first()?.len() == *r =>
            {
                value.to(*ty)
            }
            (Shape::Array(Some(element)), Value::Array(values)) => {
                let values = values
                    .iter()
                    .map(|value| self.declare(element, value.clone()));
                Some(Value::Array(values.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }

    fn shape(&mut self) -> Option<Shape> {
        let name = self.word().filter(|name| !self.declared.contains(name))?;
        if let Some(ty) = scalar_type(name) {
            return Some(Shape::Scalar(ty));
        }
        if name == "array" {
            let Some(()) = self.take("<") else {
                return Some(Shape::Array(None));
            };
            let element = self.shape()?;
            if self.take(",").is_some() {
                // The elements are counted where they are.
                self.expression(SHIFT)?;
                let _ = self.take(",");
            }
            self.take(">")?;
            return Some(Shape::Array(Some(Box::new(element))));
        }
        let digit = |text: &str| text.parse().ok().filter(|n| (2..=4).contains(n));
        let (columns, rows, suffix) = match name.strip_prefix("vec") {
            Some(rest) => (None, digit(rest.get(..1)?)?, &rest[1..]),
            None => {
                let rest = name.strip_prefix("mat")?;
                let rows = digit(rest.get(1..)?.strip_prefix('x')?.get(..1)?)?;
                (Some(digit(rest.get(..1)?)?), rows, &rest[3..])
            }
        };
        let ty = match suffix {
            "" if self.take("<").is_some() => {
                let ty = scalar_type(self.word()?)?;
                self.take(">")?;
                Some(ty)
            }
            "" => None,
            "i" => Some(Type::I32),
            "u" => Some(Type::U32),
            "f" => Some(Type::F32),
            "h" => Some(Type::F16),
            _ => return None,
        };
        Some(match columns {
            Some(columns) => Shape::Matrix(columns, rows, ty),
            None => Shape::Vector(rows, ty),
        })
    }

    /// Expressions whose operators bind at least as tightly as `level`.
    fn expression(&mut self, level: usize) -> Option<Value> {
        self.depth += 1;
        let value = match self.depth <= DEPTH_MAX {
            true => self.binary(level),
            false => None,
        };
        self.depth -= 1;
        value
    }

    fn binary(&mut self, level: usize) -> Option<Value> {
        let mut left = self.unary()?;
        while let Some((operator, binds, length)) = self.operator().filter(|o| o.1 >= level) {
            self.at += length;
            let right = self.expression(binds + 1)?;
            // Where it overflows, naga says so even if nothing is lost (gfx-rs/wgpu issue 4507).
            let is_abstract = left.ty()? == Type::AbstractInt;
            self.is_needed |= operator == "<<" && is_abstract;
            if operator == ">>" && is_abstract && operators::any_int(&right, |by| by >= 64) {
                self.is_mistaken |= operators::any_int(&left, |value| value < 0);
            }
            left = operators::binary(operator, &left, &right)?;
            self.count(&left)?;
        }
        Some(left)
    }

    /// The operator here: its text, how tightly it binds, and its tokens.
    fn operator(&self) -> Option<(&'static str, usize, usize)> {
        for (first, second, operator, level) in [
            ("<", "<", "<<", SHIFT),
            (">", ">", ">>", SHIFT),
            ("<", "=", "<=", SHIFT - 1),
            (">", "=", ">=", SHIFT - 1),
        ] {
            if self.pair(first, second) {
                return Some((operator, level, 2));
            }
        }
        const SINGLE: &[(&str, usize)] = &[
            ("||", 0),
            ("&&", 1),
            ("|", 2),
            ("^", 3),
            ("&", 4),
            ("==", 5),
            ("!=", 5),
            ("<", SHIFT - 1),
            (">", SHIFT - 1),
            ("+", SHIFT + 1),
            ("-", SHIFT + 1),
            ("*", SHIFT + 2),
            ("/", SHIFT + 2),
            ("%", SHIFT + 2),
        ];
        let text = self.peek()?.text;
        let found = SINGLE.iter().find(|(operator, _)| *operator == text)?;
        Some((found.0, found.1, 1))
    }

    fn unary(&mut self) -> Option<Value> {
        for operator in ["-", "!", "~"] {
            if self.take(operator).is_some() {
                // As deep as the operators go.
                self.depth += 1;
                let value = match self.depth <= DEPTH_MAX {
                    true => self.unary(),
                    false => None,
                };
                self.depth -= 1;
                return operators::unary(operator, &value?);
            }
        }
        let mut value = self.primary()?;
        loop {
            if self.take(".").is_some() {
                let member = self.word()?;
                value = access(&value, member)?;
            } else if self.take("[").is_some() {
                let index = self.expression(0)?.scalar()?.as_int()?;
                self.take("]")?;
                let index = usize::try_from(index).ok()?;
                value = match value {
                    Value::Vector(scalars) => Value::Scalar(*scalars.get(index)?),
                    Value::Matrix(columns) => Value::Vector(columns.get(index)?.clone()),
                    Value::Array(values) => values.get(index)?.clone(),
                    Value::Scalar(_) | Value::Record(_) => return None,
                };
            } else {
                return Some(value);
            }
        }
    }

    fn primary(&mut self) -> Option<Value> {
        if self.take("(").is_some() {
            let value = self.expression(0)?;
            self.take(")")?;
            return Some(value);
        }
        let token = self.peek()?;
        if token.kind == Kind::Number {
            self.at += 1;
            return Some(Value::Scalar(Scalar::parse(token.text)?));
        }
        match token.text {
            "true" | "false" => {
                self.at += 1;
                return Some(Value::Scalar(Scalar::Bool(token.text == "true")));
            }
            "bitcast" if !self.declared.contains("bitcast") => {
                self.at += 1;
                self.take("<")?;
                let shape = self.shape()?;
                self.take(">")?;
                let args = self.arguments()?;
                self.is_needed = true;
                let [arg] = &args[..] else { return None };
                let (Shape::Scalar(ty) | Shape::Vector(_, Some(ty))) = shape else {
                    return None;
                };
                return builtins::bitcast(ty, arg);
            }
            _ => {}
        }
        let start = self.at;
        if let Some(shape) = self.shape() {
            let args = self.arguments()?;
            let value = construct(&shape, args)?;
            self.count(&value)?;
            return Some(value);
        }
        self.at = start;
        let name = self.word()?;
        if self.is("(") {
            if self.declared.contains(name) {
                return None;
            }
            let args = self.arguments()?;
            self.is_needed |= is_missing(name);
            let value = builtins::call(name, &args)?;
            self.is_mistaken |= name == "atanh" && value.ty()? == Type::F32;
            self.count(&value)?;
            return Some(value);
        }
        let found = self.scopes.iter().rev().find_map(|scope| scope.get(name))?;
        let Constant { value, is_needed } = found.clone()?;
        self.is_needed |= is_needed;
        self.count(&value)?;
        Some(value)
    }

    fn arguments(&mut self) -> Option<Vec<Value>> {
        self.take("(")?;
        let mut args = Vec::new();
        while self.take(")").is_none() {
            args.push(self.expression(0)?);
            if !self.is(")") {
                self.take(",")?;
            }
        }
        Some(args)
    }

    fn count(&mut self, value: &Value) -> Option<()> {
        self.made += value.size();
        (self.made <= SCALARS_MAX).then_some(())
    }
}

/// How tightly shifts bind; the other levels are around it.
const SHIFT: usize = 7;

fn scalar_type(name: &str) -> Option<Type> {
    Some(match name {
        "i32" => Type::I32,
        "u32" => Type::U32,
        "f32" => Type::F32,
        "f16" => Type::F16,
        "bool" => Type::Bool,
        _ => return None,
    })
}

/// A member of a result, or components of a vector.
fn access(value: &Value, member: &str) -> Option<Value> {
    match value {
        Value::Record(members) => {
            let found = members.iter().find(|(name, _)| *name == member)?;
            Some((*found.1).clone())
        }
        Value::Vector(scalars) => {
            let letters = ["xyzw", "rgba"];
            let set = letters
                .iter()
                .find(|set| member.chars().all(|c| set.contains(c)))?;
            let chosen = member.chars().map(|c| scalars.get(set.find(c)?).copied());
            Value::of(chosen.collect::<Option<_>>()?)
        }
        Value::Scalar(_) | Value::Matrix(_) | Value::Array(_) => None,
    }
}

fn construct(shape: &Shape, args: Vec<Value>) -> Option<Value> {
    match shape {
        Shape::Scalar(ty) => match &args[..] {
            [] => Some(Value::Scalar(Scalar::AbstractInt(0).convert(*ty)?)),
            [Value::Scalar(scalar)] => Some(Value::Scalar(scalar.convert(*ty)?)),
            _ => None,
        },
        Shape::Vector(size, ty) => {
            let parts = args
                .iter()
                .map(Value::scalars)
                .collect::<Option<Vec<_>>>()?;
            let mut scalars = parts.concat();
            match scalars.len() {
                0 => scalars = vec![Scalar::AbstractInt(0).convert((*ty)?)?; *size],
                1 => scalars = vec![scalars[0]; *size],
                _ => {}
            }
            if scalars.len() != *size {
                return None;
            }
            element_type(Value::Vector(scalars), *ty)
        }
        Shape::Matrix(columns, rows, ty) => {
            if let [Value::Matrix(matrix)] = &args[..] {
                let fits = matrix.len() == *columns && matrix.first()?.len() == *rows;
                return element_type(Value::Matrix(matrix.clone()), *ty).filter(|_| fits);
            }
            let parts = args
                .iter()
                .map(Value::scalars)
                .collect::<Option<Vec<_>>>()?;
            let scalars = parts.concat();
            let by_columns = parts.len() == *columns && parts.iter().all(|p| p.len() == *rows);
            let by_scalars = parts.len() == columns * rows;
            if scalars.len() != columns * rows || !by_columns && !by_scalars {
                return None;
            }
            let columns = scalars.chunks(*rows).map(Vec::from).collect();
            let matrix = element_type(Value::Matrix(columns), *ty)?;
            if matrix.ty()? == Type::AbstractInt {
                return matrix.to(Type::AbstractFloat);
            }
            Some(matrix)
        }
        Shape::Array(None) => {
            let array = Value::Array(args);
            let ty = array.ty()?;
            array.to(ty)
        }
        Shape::Array(Some(element)) => {
            let ty = match **element {
                Shape::Scalar(ty) => ty,
                Shape::Vector(_, Some(ty)) | Shape::Matrix(_, _, Some(ty)) => ty,
                Shape::Vector(_, None) | Shape::Matrix(_, _, None) | Shape::Array(_) => {
                    return None
                }
            };
            Value::Array(args).to(ty)
        }
    }
}

/// Scalars of one type: the one that is named, by conversion, or the common one.
fn element_type(value: Value, named: Option<Type>) -> Option<Value> {
    match named {
        Some(ty) => value.map(&|scalar| scalar.convert(ty)),
        None => {
            let ty = value.ty()?;
            value.to(ty)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::edits;
    use crate::wgsl::edit::apply;
    use crate::wgsl::lexer::tokens;

    fn evaluate(text: &str) -> Option<String> {
        let edits = edits(text, &tokens(text)?);
        (!edits.is_empty()).then(|| apply(text, edits))
    }

    /// The initialiser that `const x = …` gets.
    fn value(expression: &str) -> Option<String> {
        let text = format!("const x = {expression};");
        let out = evaluate(&text)?;
        Some(
            out.strip_prefix("const x = ")?
                .strip_suffix(';')?
                .to_owned(),
        )
    }

    #[test]
    fn values() {
        for (expression, expected) in [
            ("frexp(0.1).exp", "-3"),
            ("frexp(vec2(8.0, -0.75f)).fract", "vec2(0.5f, -0.75f)"),
            ("modf(-1.25h).whole", "-1.0h"),
            ("ldexp(1, -1074)", "5e-324"),
            ("transpose(mat2x3(1, 2, 3, 4, 5, 6))[2]", "vec2(3.0, 6.0)"),
            ("determinant(mat3x3f(2, 0, 0, 0, 3, 0, 0, 0, 4))", "24.0f"),
            ("mix(vec2f(0, 2), vec2f(4, 6), 0.25)", "vec2(1.0f, 3.0f)"),
            ("smoothstep(0.0f, 2.0, 1)", "0.5f"),
            (
                "faceForward(vec2(1.0), vec2(1.0), vec2(-1.0))",
                "vec2(1.0, 1.0)",
            ),
            ("reflect(vec2(1.0, -1.0), vec2(0.0, 1.0))", "vec2(1.0, 1.0)"),
            ("refract(vec2f(0, -1), vec2f(0, 1), 1)", "vec2(0.0f, -1.0f)"),
            ("quantizeToF16(1.0003)", "1.0f"),
            ("extractBits(-1i, 4u, 3u)", "-1i"),
            ("extractBits(0xf0u, 4, 2)", "3u"),
            ("insertBits(0u, 5u, 28, 4)", "1342177280u"),
            ("pack4x8snorm(vec4(-1, 0, 1, 0.5))", "1082065025u"),
            ("unpack4xI8(0xff00u).y", "-1i"),
            (
                "unpack2x16float(pack2x16float(vec2(1.5, -2)))",
                "vec2(1.5f, -2.0f)",
            ),
            ("bitcast<u32>(-1)", "4294967295u"),
            ("bitcast<vec2h>(0x3c004000)", "vec2(2.0h, 1.0h)"),
            ("bitcast<f32>(1 << 30)", "2.0f"),
            ("-1 << 63 >> 62", "-2"),
            ("select(1, ldexp(1.0, 2), true) * 2", "8.0"),
            ("array(frexp(1f).exp, 7)", "array(1i, 7i)"),
            ("bitcast<i32>(0x80000000u)", "i32(-2147483648)"),
        ] {
            assert_eq!(value(expression).as_deref(), Some(expected), "{expression}");
        }
    }

    #[test]
    fn what_is_an_error_stays() {
        for expression in [
            "1 + 1",
            "ldexp(1.0f, 200)",
            "bitcast<f32>(0x7f800000)",
            "1 << 63",
            "extractBits(1u, 30, 4)",
            "pack2x16float(vec2(1e6, 0))",
            "transpose(unknown)",
            "frexp(1.0).nothing",
        ] {
            assert_eq!(value(expression), None, "{expression}");
        }
    }

    #[test]
    fn scopes_and_places() {
        let text = "const a = ldexp(1.0, 1);
fn f(b: f32) {
    { const f = frexp(
        a); const e: u32 = (f.exp + 1) << 2; use_it(e); }
    let a = 3.0; { const c = ldexp(a, 1); }
    const d = ldexp(b, 1);
    let i: u32 = 3 + 1; let j = i;
    o = ldexp(b, 1) + ldexp(0.5, 3) + frexp(1e300).exp;
}";
        let expected = "const a = 2.0;
fn f(b: f32) {
    { 
 const e: u32 = 12u; use_it(e); }
    let a = 3.0; { const c = ldexp(a, 1); }
    const d = ldexp(b, 1);
    var i: u32 = 3 + 1; let j = i;
    o = ldexp(b, 1) + 4.0 + 997;
}";
        assert_eq!(evaluate(text).as_deref(), Some(expected));
        // A function of the shader hides the built-in one.
        assert_eq!(evaluate("fn ldexp() {} const x = ldexp(1.0, 1);"), None);
    }

    #[test]
    fn odd_texts_end() {
        let deep = format!("const x = {}1;", "-".repeat(100_000));
        let wide = (0..64).fold("const a0 = array(frexp(1f).exp);".to_owned(), |text, n| {
            text + &format!("const a{} = array(a{n}, a{n});", n + 1)
        });
        for text in [
            &*deep,
            &*wide,
            "const",
            "const x",
            "const x = ldexp(",
            "/*",
            "1e",
            "var<",
        ] {
            let _ = evaluate(text);
        }
    }
}
