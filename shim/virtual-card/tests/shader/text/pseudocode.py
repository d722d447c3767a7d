"""Evaluates the pseudocode of AMD's instruction set documents.

A parser and an evaluator of that notation, and nothing of the virtual card: values are bit patterns
with a type, floating point is exact rational arithmetic rounded once as MODE says. Where the text
calls a function that it does not define (f32_to_i32, exponent, ...) the definition is here, after
the documents' prose. `NotCovered` is raised for what is not understood, never a guess made.
"""
import math
import re
from fractions import Fraction


class NotCovered(Exception):
    pass


# ---- values -------------------------------------------------------------------------------------

FORMATS = {16: (5, 10), 32: (8, 23), 64: (11, 52)}
# E4M3 with no infinity and one NaN, and E5M2.
SMALL_FORMATS = {"fp": (4, 3), "bf": (5, 2)}


class Val:
    """`bits` of `width`, read as kind u, i, b (bits), f, bf (bfloat16) or x (an exact rational in
    `bits`). `vague` marks a NaN that an operation made: its sign and payload are nobody's promise."""
    __slots__ = ("bits", "width", "kind", "vague")

    def __init__(self, bits, width, kind, vague=False):
        if kind != "x":
            bits &= (1 << width) - 1
        self.bits, self.width, self.kind, self.vague = bits, width, kind, vague

    def int(self):
        if self.kind == "i" and self.bits >> (self.width - 1):
            return self.bits - (1 << self.width)
        return self.bits

    def true(self):
        return self.bits != 0


def u(v, width=32):
    return Val(v, width, "u")


def i32(v):
    return Val(v, 32, "i")


class Mode:
    """Rounding (n, +, -, 0), whether denormals are kept, MODE.IEEE."""
    def __init__(self, round32="n", round16_64="n", denorm32=True, denorm16_64=True, ieee=False):
        self.round = {16: round16_64, 32: round32, 64: round16_64}
        self.denorm = {16: denorm16_64, 32: denorm32, 64: denorm16_64}
        self.ieee = ieee


def split(v):
    e, m = FORMATS[v.width]
    return v.bits >> (e + m), v.bits >> m & ((1 << e) - 1), v.bits & ((1 << m) - 1)


def is_nan(v):
    if v.kind == "x":
        return False
    e, _ = FORMATS[v.width]
    _, exp, man = split(v)
    return exp == (1 << e) - 1 and man != 0


def is_inf(v):
    if v.kind == "x":
        return False
    e, _ = FORMATS[v.width]
    _, exp, man = split(v)
    return exp == (1 << e) - 1 and man == 0


def is_denormal(v):
    _, exp, man = split(v)
    return exp == 0 and man != 0


def negative(v):
    return v.bits < 0 if v.kind == "x" else split(v)[0] == 1


def exact(v):
    """The number that a finite value stands for."""
    if v.kind == "x":
        return v.bits
    e, m = FORMATS[v.width]
    sign, exp, man = split(v)
    if exp:
        man |= 1 << m
    else:
        exp = 1
    r = Fraction(man) * Fraction(2) ** (exp - (1 << (e - 1)) + 1 - m)
    return -r if sign else r


def inf(width, sign):
    e, m = FORMATS[width]
    return Val(sign << (e + m) | ((1 << e) - 1) << m, width, "f")


def nan(width):
    e, m = FORMATS[width]
    return Val(((1 << e) - 1) << m | 1 << (m - 1), width, "f", vague=True)


def zero(width, sign):
    return Val(sign << (width - 1), width, "f")


def rounded(r, width, how, sign=None):
    """The float nearest to `r` in the sense of `how`; `sign` is that of a zero."""
    e, m = FORMATS[width]
    if r == 0:
        return zero(width, sign or 0)
    sign = int(r < 0)
    a = abs(r)
    exp = a.numerator.bit_length() - a.denominator.bit_length()
    if Fraction(2) ** exp > a:
        exp -= 1
    bias = (1 << (e - 1)) - 1
    exp = max(exp, 1 - bias)
    scaled = a / Fraction(2) ** (exp - m)
    q, rest = divmod(scaled.numerator, scaled.denominator)
    rest = Fraction(rest, scaled.denominator)
    away = {"n": rest > Fraction(1, 2) or rest == Fraction(1, 2) and q & 1,
            "+": rest > 0 and not sign, "-": rest > 0 and sign, "0": False}[how]
    q += int(away)
    if q >> (m + 1):
        q, exp = q >> 1, exp + 1
    if exp > bias:
        finite = how == "0" or how == "+" and sign or how == "-" and not sign
        top = inf(width, sign)
        return Val(top.bits - 1, width, "f") if finite else top
    biased = exp + bias if q >> m else 0
    return Val(sign << (e + m) | biased << m | q & ((1 << m) - 1), width, "f")


class Floats:
    """Arithmetic under a MODE."""
    def __init__(self, mode):
        self.mode = mode

    def source(self, v):
        """Denormal sources are flushed where MODE says so."""
        if v.kind == "f" and not self.mode.denorm[v.width] and is_denormal(v):
            return zero(v.width, split(v)[0])
        return v

    def result(self, r, width, sign=0):
        v = rounded(r, width, self.mode.round[width], sign)
        if not self.mode.denorm[width] and is_denormal(v):
            return zero(width, split(v)[0])
        return v

    def add(self, a, b, width):
        a, b = self.source(a), self.source(b)
        if is_nan(a) or is_nan(b) or is_inf(a) and is_inf(b) and negative(a) != negative(b):
            return nan(width)
        if is_inf(a) or is_inf(b):
            return inf(width, int(negative(a if is_inf(a) else b)))
        both = negative(a) and negative(b)
        sign = int(both or self.mode.round[width] == "-" and (negative(a) or negative(b)))
        return self.result(exact(a) + exact(b), width, sign)

    def mul(self, a, b, width):
        a, b = self.source(a), self.source(b)
        sign = int(negative(a) != negative(b))
        if is_nan(a) or is_nan(b):
            return nan(width)
        if is_inf(a) or is_inf(b):
            other = b if is_inf(a) else a
            return nan(width) if not is_inf(other) and exact(other) == 0 else inf(width, sign)
        return self.result(exact(a) * exact(b), width, sign)

    def div(self, a, b, width):
        a, b = self.source(a), self.source(b)
        sign = int(negative(a) != negative(b))
        if is_nan(a) or is_nan(b) or is_inf(a) and is_inf(b):
            return nan(width)
        if is_inf(a):
            return inf(width, sign)
        if is_inf(b):
            return zero(width, sign)
        if exact(b) == 0:
            return nan(width) if exact(a) == 0 else inf(width, sign)
        return self.result(exact(a) / exact(b), width, sign)

    def fma(self, a, b, c, width):
        a, b, c = self.source(a), self.source(b), self.source(c)
        if is_nan(a) or is_nan(b) or is_nan(c):
            return nan(width)
        sign = int(negative(a) != negative(b))
        if is_inf(a) or is_inf(b):
            other = b if is_inf(a) else a
            if not is_inf(other) and exact(other) == 0 or is_inf(c) and int(negative(c)) != sign:
                return nan(width)
            return inf(width, sign)
        if is_inf(c):
            return c
        product = exact(a) * exact(b)
        zero_sign = sign if sign == int(negative(c)) else int(self.mode.round[width] == "-")
        return self.result(product + exact(c), width, zero_sign)

    def sqrt(self, a):
        a = self.source(a)
        if is_nan(a) or negative(a) and exact(a) != 0:
            return nan(a.width)
        if is_inf(a) or exact(a) == 0:
            return a
        # More bits than any format has, and an odd one that says whether more follow.
        shift = 1300
        x = exact(a) * Fraction(4) ** shift
        n = x.numerator // x.denominator
        root = math.isqrt(n)
        r = Fraction(2 * root + int(root * root != x), 2 ** (shift + 1))
        return self.result(r, a.width)

    def convert(self, v, width):
        if v.kind == "x":
            return self.result(v.bits, width)
        v = self.source(v)
        if is_nan(v):
            return Val(quiet(v).bits, width, "f") if v.width == width else nan(width)
        if is_inf(v):
            return inf(width, int(negative(v)))
        return self.result(exact(v), width, int(negative(v)))


def quiet(v):
    _, m = FORMATS[v.width]
    return Val(v.bits | 1 << (m - 1), v.width, "f", v.vague)


def compare(a, b):
    """-1, 0, 1; None where a NaN takes part."""
    if a.kind in ("f", "x") or b.kind in ("f", "x"):
        if is_nan(a) or is_nan(b):
            return None
        def key(v):
            return (1 if not negative(v) else -1, 0) if is_inf(v) else (0, exact(v))
        x, y = key(a), key(b)
    else:
        x, y = a.int(), b.int()
    return (x > y) - (x < y)


# ---- text to tree -------------------------------------------------------------------------------

TOKEN = re.compile(r"""
    (?P<comment>//[^\n]*) | (?P<space>\s+)
  | (?P<cast>\d+'[UIFB](?![0-9A-Za-z]))
  | (?P<sized>\d+'(?:0x[0-9a-fA-F]+|\d+\.\d+|\d+)U?)
  | (?P<float>\d+\.\d+F?) | (?P<int>(?:0x[0-9a-fA-F]+|\d+)(?:ULL|LL|U|L)?)
  | (?P<name>[A-Za-z_][A-Za-z_0-9]*)
  | (?P<op>\*\*|<<|>>|<=|>=|==|!=|<>|&&|\|\||\+=|-=|\+:|[-+*/%&|^~!<>=?:;,.(){}\[\]])
""", re.X)

LEVELS = [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!=", "<>"], ["<", ">", "<=", ">="],
          ["<<", ">>"], ["+", "-"], ["*", "/", "%"], ["**"]]


class Parser:
    def __init__(self, text):
        self.tokens, self.at = [], 0
        pos = 0
        while pos < len(text):
            m = TOKEN.match(text, pos)
            if not m:
                raise NotCovered(f"text {text[pos:pos + 20]!r}")
            pos = m.end()
            if m.lastgroup not in ("comment", "space"):
                self.tokens.append((m.lastgroup, m.group()))

    def peek(self, ahead=0):
        i = self.at + ahead
        return self.tokens[i][1] if i < len(self.tokens) else None

    def kind(self):
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1][1]

    def accept(self, *texts):
        if self.peek() in texts and self.kind() in ("op", "name"):
            return self.next()
        return None

    def expect(self, text):
        if self.peek() != text:
            raise NotCovered(f"{self.peek()!r} where {text!r} is expected")
        return self.next()

    def program(self):
        body = self.block()
        if self.peek() is not None:
            raise NotCovered(f"{self.peek()!r} after the end")
        return body

    def block(self, *ends):
        out = []
        while self.peek() is not None and self.peek() not in ("endif", "elsif", "else", "endfor") + ends:
            if not self.accept(";"):
                out.append(self.statement())
        return out

    def statement(self):
        if self.accept("if"):
            arms, other = [], []
            condition = self.expression()
            self.expect("then")
            arms.append((condition, self.block()))
            while self.accept("elsif"):
                condition = self.expression()
                self.expect("then")
                arms.append((condition, self.block()))
            if self.accept("else"):
                other = self.block()
            self.expect("endif")
            return ("if", arms, other)
        if self.accept("for"):
            name = self.next()
            self.expect("in")
            first = self.expression()
            self.expect(":")
            last = self.expression()
            self.expect("do")
            body = self.block()
            self.expect("endfor")
            return ("for", name, first, last, body)
        if self.accept("declare"):
            name = self.next()
            self.expect(":")
            ty = self.next()
            count = None
            if self.accept("["):
                count = self.expression()
                self.expect("]")
            return ("declare", name, ty, count)
        if self.accept("return"):
            return ("return", self.expression())
        if self.accept("break"):
            return ("break",)
        target = self.expression()
        how = self.accept("=", "+=", "-=")
        if how is None:
            return ("do", target)
        if self.accept("lambda"):
            return ("lambda", target[1], *self.function())
        value = self.expression()
        if how != "=":
            value = ("binary", how[0], target, value)
        return ("set", target, value)

    def function(self):
        self.expect("(")
        names = [self.next()]
        while self.accept(","):
            names.append(self.next())
        self.expect(")")
        self.expect("(")
        if self.peek() in ("if", "declare", "for"):
            body = self.block(")")
        else:
            body = [("return", self.expression())]
        self.expect(")")
        return names, body

    def expression(self):
        condition = self.binary(0)
        if not self.accept("?"):
            return condition
        yes = self.expression()
        self.expect(":")
        return ("choose", condition, yes, self.expression())

    def binary(self, level):
        if level == len(LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while op := self.accept(*LEVELS[level]):
            left = ("binary", op, left, self.binary(level + 1))
        return left

    def unary(self):
        if op := self.accept("-", "+", "~", "!"):
            return ("unary", op, self.unary())
        return self.postfix(self.primary())

    def primary(self):
        kind, text = self.kind(), self.peek()
        if kind == "cast":
            self.next()
            self.expect("(")
            value = self.expression()
            self.expect(")")
            return ("cast", text, value)
        if kind == "sized":
            self.next()
            width, digits = text.rstrip("U").split("'")
            if "." in digits:
                return ("const", rounded(Fraction(digits), int(width), "n"))
            return ("const", Val(int(digits, 0), int(width), "u"))
        if kind == "float":
            self.next()
            return ("const", rounded(Fraction(text.rstrip("F")), 32 if text.endswith("F") else 64, "n"))
        if kind == "int":
            self.next()
            digits = re.match(r"0x[0-9a-fA-F]+|\d+", text).group()
            suffix = text[len(digits):]
            width = 64 if "LL" in suffix else 32
            return ("const", Val(int(digits, 0), width, "u" if "U" in suffix else "i"))
        if kind == "name":
            name = self.next()
            if self.peek() == "(":
                self.next()
                arguments = []
                while not self.accept(")"):
                    arguments.append(self.expression())
                    self.accept(",")
                return ("call", name, arguments)
            return ("name", name)
        if self.accept("("):
            value = self.expression()
            self.expect(")")
            return value
        if self.accept("{"):
            parts = [self.expression()]
            while self.accept(","):
                parts.append(self.expression())
            self.expect("}")
            return ("join", parts)
        raise NotCovered(f"{text!r}")

    def postfix(self, value):
        while True:
            if self.accept("."):
                value = ("as", self.next(), value)
            elif self.accept("["):
                first = self.expression()
                if self.accept(":"):
                    value = ("slice", value, first, self.expression())
                elif self.accept("+:"):
                    value = ("part", value, first, self.expression())
                else:
                    value = ("index", value, first)
                self.expect("]")
            else:
                return value


# ---- evaluation ---------------------------------------------------------------------------------

class Return(Exception):
    pass


class Break(Exception):
    pass


def typed(name):
    m = re.fullmatch(r"(bf|fp(?=8)|[uifb])(\d+)", name)
    if not m:
        raise NotCovered(f"type {name}")
    return m.group(1), int(m.group(2))


LETTER = {"U": "u", "I": "i", "F": "f", "B": "b"}


class Machine:
    """Runs a tree over `names` (registers, and whatever the text assigns). `library` finds the tree
    of another instruction by name, for text that calls one."""
    def __init__(self, mode, library, names, memory=None):
        self.mode, self.floats, self.library = mode, Floats(mode), library
        self.names, self.lambdas, self.memory = names, {}, memory

    def run(self, body):
        for statement in body:
            self.step(statement)

    def step(self, s):
        what = s[0]
        if what == "set" and s[1] == ("as", "INVALID", ("name", "TRAPSTS")):
            pass
        elif what == "set" and s[1] == ("name", "ROUND_MODE"):
            self.mode.round = self.value(s[2])
        elif what == "set":
            self.assign(s[1], self.value(s[2]))
        elif what == "if":
            for condition, body in s[1]:
                if self.value(condition).true():
                    return self.run(body)
            self.run(s[2])
        elif what == "for":
            first, last = self.value(s[2]), self.value(s[3])
            for n in range(first.int(), last.int() + 1):
                self.names[s[1]] = Val(n, first.width, first.kind)
                try:
                    self.run(s[4])
                except Break:
                    break
        elif what == "declare":
            width, letter = s[2].split("'")
            width, kind = int(width), LETTER[letter]
            if s[3] is None:
                self.names.setdefault(s[1], Val(0, width, kind))
            elif s[1] == "S":
                self.names["S"] = [self.names[f"S{i}"] for i in range(3)]
            else:
                self.names[s[1]] = [Val(0, width, kind)] * self.value(s[3]).int()
        elif what == "lambda":
            self.lambdas[s[1]] = (s[2], s[3])
        elif what == "return":
            raise Return(self.value(s[1]))
        elif what == "break":
            raise Break()
        else:
            raise NotCovered(f"a statement without effect: {s[1]}")

    def call(self, names, body, arguments):
        inner = Machine(self.mode, self.library, dict(self.names), self.memory)
        inner.names.update(zip(names, arguments))
        inner.lambdas = self.lambdas
        try:
            inner.run(body)
        except Return as r:
            return r.args[0]
        raise NotCovered("a function without a result")

    # Where results go: nested selections of a named register.
    def assign(self, target, value):
        kind = target[0]
        if kind == "name":
            old = self.names.get(target[1])
            if target[1] in ("D0", "D1") or isinstance(old, Val) and old.kind == "reg":
                self.names[target[1]] = Val(value.bits, 128, "b", value.vague)
            else:
                self.names[target[1]] = value
        elif kind == "as":
            k, width = typed(target[1])
            if value.kind in ("f", "x") and k == "f" and (value.kind == "x" or value.width != width):
                value = self.floats.convert(value, width)
            elif value.kind in ("f", "x") and k != "f" and k != "b" and value.width != width:
                raise NotCovered("a float assigned to an integer")
            if target[2][0] in ("name", "index") and width >= 32 and target[2][1] != ("name", "MEM"):
                old = self.place(target[2])
                whole = width if target[2] in (("name", "SCC"),) else None
                keep = old.bits >> width << width if old is not None and old.width > width and not whole else 0
                self.assign(target[2], Val(keep | self.extend(value, width) & ((1 << width) - 1),
                                           max(width, old.width if old is not None else 0), "b" if keep else k,
                                           value.vague))
            else:
                self.assign_bits(target[2], 0, width, self.extend(value, width), value.vague)
        elif kind == "slice":
            hi, lo = self.value(target[2]).int(), self.value(target[3]).int()
            bits = value.bits
            self.assign_bits(target[1], lo, hi - lo + 1, bits, value.vague)
        elif kind == "index":
            if target[1] == ("name", "MEM"):
                raise NotCovered("untyped memory")
            base = self.names.get(target[1][1]) if target[1][0] == "name" else None
            n = self.value(target[2]).int()
            if isinstance(base, list):
                self.names[target[1][1]] = base[:n] + [value] + base[n + 1:]
            else:
                self.assign_bits(target[1], n, 1, value.bits & 1, False)
        elif kind == "join":
            at = 0
            for part in reversed(target[1]):
                _, width = typed(part[1])
                self.assign(part, Val(value.bits >> at, width, "b"))
                at += width
        else:
            raise NotCovered(f"assignment to {kind}")

    def extend(self, value, width):
        return value.int() & ((1 << width) - 1) if value.kind in ("i", "u") else value.bits

    def place(self, target):
        if target[0] == "name":
            v = self.names.get(target[1])
            return v if isinstance(v, Val) else None
        return None

    def assign_bits(self, target, lo, width, bits, vague):
        if target[0] == "as":
            return self.assign_bits(target[2], lo, width, bits, vague)
        if target[0] == "slice":
            return self.assign_bits(target[1], lo + self.value(target[3]).int(), width, bits, vague)
        if target[0] == "index" and target[1] == ("name", "MEM"):
            return self.memory.write(self.value(target[2]).int(), width // 8, bits, vague)
        if target[0] != "name":
            raise NotCovered("a selection of a selection")
        old = self.names.get(target[1], Val(0, 32, "b"))
        mask = ((1 << width) - 1) << lo
        whole = max(old.width, lo + width)
        self.names[target[1]] = Val(old.bits & ~mask | bits << lo & mask, whole,
                                    old.kind if old.kind in ("u", "i") else "b", old.vague or vague)

    def value(self, e):
        kind = e[0]
        if kind == "const":
            return e[1]
        if kind == "name":
            return self.name(e[1])
        if kind == "as":
            if e[2] == ("name", "WAVE_MODE"):
                return u(int(self.mode.ieee), 1)
            if e[2][0] == "index" and e[2][1] == ("name", "MEM"):
                k, width = typed(e[1])
                return Val(self.memory.read(self.value(e[2][2]).int(), width // 8), width, k)
            return self.reinterpret(self.value(e[2]), e[1])
        if kind == "cast":
            width, letter = e[1].split("'")
            return self.cast(self.value(e[2]), int(width), LETTER[letter])
        if kind == "slice":
            v, a, b = self.value(e[1]), self.value(e[2]).int(), self.value(e[3]).int()
            if a < b:
                n = b - a + 1
                return u(sum((v.bits >> a + i & 1) << (n - 1 - i) for i in range(n)), n)
            return Val(v.bits >> b, a - b + 1, "u", v.vague)
        if kind == "part":
            v = self.value(e[1])
            return u(v.bits >> self.value(e[2]).int(), self.value(e[3]).int())
        if kind == "index":
            if e[1][0] == "name" and isinstance(self.names.get(e[1][1]), list):
                return self.names[e[1][1]][self.value(e[2]).int()]
            return u(self.value(e[1]).bits >> self.value(e[2]).int(), 1)
        if kind == "join":
            bits, width = 0, 0
            for part in e[1]:
                v = self.value(part)
                bits, width = bits << v.width | v.bits, width + v.width
            return u(bits, width)
        if kind == "choose":
            return self.value(e[2] if self.value(e[1]).true() else e[3])
        if kind == "unary":
            return self.unary(e[1], self.value(e[2]))
        if kind == "binary":
            return self.binary(e)
        if kind == "call":
            return self.function(e[1], [self.value(a) for a in e[2]])
        raise NotCovered(kind)

    def name(self, name):
        if name in self.names:
            return self.names[name]
        if name == "ROUND_MODE":
            return self.mode.round
        if name == "ROUND_TOWARD_ZERO":
            return dict.fromkeys(self.mode.round, "0")
        e = {"INF": lambda: inf(64, 0), "PI": lambda: Val(Fraction("3.14159265358979323846264338327950288"), 0, "x"),
             "MAX_FLOAT_F32": lambda: Val(0x7f7fffff, 32, "f"),
             "OVERFLOW_F32": lambda: inf(32, 0), "OVERFLOW_F64": lambda: inf(64, 0),
             "UNDERFLOW_F32": lambda: zero(32, 0), "UNDERFLOW_F64": lambda: zero(64, 0),
             "NAN": lambda: nan(64), "WAVE32": lambda: u(1, 1)}.get(name)
        if e is None:
            raise NotCovered(f"name {name}")
        return e()

    def reinterpret(self, v, name):
        k, width = typed(name)
        if v.kind == "f" and v.width == 64 and k == "f" and width != 64:
            # INF.f32 and the like: constants of another width.
            return nan(width) if is_nan(v) else self.floats.convert(v, width)
        if v.kind == "x":
            return self.floats.convert(v, width)
        bits = v.int() if v.width < width and v.kind == "i" else v.bits
        return Val(bits, width, k, v.vague)

    def cast(self, v, width, kind):
        if v.kind in SMALL_FORMATS and v.width == 8 and (width, kind) == (32, "f"):
            return small_float(v)
        if v.kind == "bf":
            raise NotCovered("a cast of another float format")
        if kind == "f":
            if v.kind == "x":
                return Val(v.bits, 0, "x")
            if v.kind == "f":
                if is_nan(v) and v.width != width:
                    # Wider or narrower, the payload keeps its upper bits.
                    a, b = FORMATS[v.width][1], FORMATS[width][1]
                    sign, _, man = split(v)
                    man = man << (b - a) if b > a else man >> (a - b)
                    top = inf(width, sign).bits
                    return Val(top | (man or 1), width, "f", v.vague)
                return self.floats.convert(v, width) if v.width > width else rounded_same(v, width)
            return Val(v.bits, width, "f")
        if v.kind in ("f", "x"):
            raise NotCovered("a float cast to bits")
        return Val(v.int(), width, kind, v.vague)

    def unary(self, op, v):
        if op == "!":
            return u(int(not v.true()), 1)
        if op == "+":
            return v
        if op == "~":
            width = v.width if v.width == 1 else max(v.width, 32)
            return Val(~self.extend(v, width), width, v.kind)
        if v.kind == "f":
            return Val(v.bits ^ 1 << (v.width - 1), v.width, "f", v.vague)
        if v.kind == "x":
            return Val(-v.bits, 0, "x")
        return Val(-v.int(), max(v.width, 32), "i")

    def binary(self, e):
        op = e[1]
        if op == "&&":
            return u(int(self.value(e[2]).true() and self.value(e[3]).true()), 1)
        if op == "||":
            return u(int(self.value(e[2]).true() or self.value(e[3]).true()), 1)
        denormal = ("as", "f32", ("name", "DENORM")), ("as", "f64", ("name", "DENORM"))
        if op == "==" and e[3] in denormal:
            return u(int(is_denormal(self.value(e[2]))), 1)
        a, b = self.value(e[2]), self.value(e[3])
        if "bf" in (a.kind, b.kind):
            raise NotCovered("arithmetic in another float format")
        if op in ("==", "!=", "<>", "<", ">", "<=", ">="):
            if a.kind == "f":
                a = self.floats.source(a)
            if b.kind == "f":
                b = self.floats.source(b)
            c = compare(a, b)
            if c is None:
                return u(int(op == "!="), 1)
            return u(int({"==": c == 0, "!=": c != 0, "<>": c != 0, "<": c < 0, ">": c > 0,
                          "<=": c <= 0, ">=": c >= 0}[op]), 1)
        if op == "**":
            power = max(-5000, min(5000, b.int()))
            return Val(exact(a) ** power, 0, "x")
        if a.kind in ("f", "x") or b.kind in ("f", "x"):
            return self.float_binary(op, a, b)
        if op in ("<<", ">>"):
            width = max(a.width, 32)
            n = b.int()
            if n < 0 or n > 4096:
                raise NotCovered("a shift by that much")
            return Val(a.int() << n if op == "<<" else a.int() >> n, width, a.kind)
        width = max(a.width, b.width, 32)
        kind = "i" if a.kind == b.kind == "i" else "u"
        x, y = a.int(), b.int()
        if op in ("/", "%") and (x < 0 or y <= 0):
            raise NotCovered(f"{op} of a negative number")
        r = {"/": lambda: x // y, "%": lambda: x % y, "+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "&": lambda: x & y,
             "|": lambda: x | y, "^": lambda: x ^ y}.get(op)
        if r is None:
            raise NotCovered(f"integer {op}")
        return Val(r(), width, kind)

    def float_binary(self, op, a, b):
        if a.kind == b.kind == "x":
            r = {"+": a.bits + b.bits, "-": a.bits - b.bits, "*": a.bits * b.bits}[op]
            return Val(r, 0, "x")
        if a.kind not in ("f", "x") or b.kind not in ("f", "x"):
            raise NotCovered("float and integer mixed")
        width = max(a.width, b.width)
        if op == "+":
            return self.floats.add(a, b, width)
        if op == "-":
            return self.floats.add(a, self.unary("-", b), width)
        if op == "*":
            return self.floats.mul(a, b, width)
        if op == "/":
            return self.floats.div(a, b, width)
        raise NotCovered(f"float {op}")

    def function(self, name, a):
        if name in self.lambdas:
            return self.call(*self.lambdas[name], a)
        if m := re.fullmatch(r"v_(\w+)", name):
            body = self.library(name.upper())
            names = {f"S{i}": Val(v.bits, 128, "b") for i, v in enumerate(a)}
            names["D0"] = Val(0, 128, "b")
            inner = Machine(self.mode, self.library, names, self.memory)
            inner.run(body)
            suffix = name.rsplit("_", 1)[1]
            kind, width = ("u", 32) if suffix in ("u8",) else typed(suffix)
            if name.startswith("v_cvt_i16") or name.startswith("v_cvt_u16"):
                kind, width = name[6], 16
            return Val(inner.names["D0"].bits, width, kind, inner.names["D0"].vague)
        if m := re.fullmatch(r"(bf16|[uif]\d+)_to_(\w+)", name):
            return self.conversion(m.group(1), m.group(2), a[0])
        if name in ("fp8_to_f32", "bf8_to_f32"):
            return small_float(Val(a[0].bits, 8, name[:2]))
        f = getattr(self, "f_" + name, None)
        if f is None:
            raise NotCovered(f"function {name}")
        return f(*a)

    def conversion(self, source, target, v):
        if source == "bf16":
            return Val(v.bits << 16, 32, "f", v.vague)
        k, width = typed(source)
        v = Val(v.int() if v.kind in "iu" else v.bits, width, k, v.vague)
        if target in ("snorm", "unorm"):
            return self.norm(v, target == "snorm")
        tk, tw = typed(target)
        if k == "f" and tk == "f":
            return self.floats.convert(v, tw)
        if tk == "f":
            return self.floats.result(Fraction(v.int()), tw)
        low, high = (-(1 << tw - 1), (1 << tw - 1) - 1) if tk == "i" else (0, (1 << tw) - 1)
        if k == "f":
            v = self.floats.source(v)
            if is_nan(v):
                n = 0
            elif is_inf(v):
                n = low if negative(v) else high
            else:
                x = exact(v)
                n = -(-x.numerator // x.denominator) if x < 0 else x.numerator // x.denominator
        else:
            n = v.int()
        return Val(max(low, min(high, n)), tw, tk)

    def norm(self, v, signed):
        v = self.floats.source(v)
        scale = 32767 if signed else 65535
        low = Fraction(-1 if signed else 0)
        if is_nan(v):
            x = Fraction(0)
        elif is_inf(v):
            x = low if negative(v) else Fraction(1)
        else:
            x = max(low, min(Fraction(1), exact(v)))
        return Val(round(x * scale), 16, "i" if signed else "u")

    # The functions that the text uses without defining them.
    def f_fma(self, a, b, c):
        return self.floats.fma(a, b, c, max(a.width, b.width, c.width))

    def f_abs(self, v):
        return Val(v.bits & ~(1 << v.width - 1), v.width, "f", v.vague)

    def f_sign(self, v):
        return u(int(negative(v)), 1)

    def f_isNAN(self, v):
        return u(int(is_nan(v)), 1)

    def f_isQuietNAN(self, v):
        return u(int(is_nan(v) and v.bits >> (FORMATS[v.width][1] - 1) & 1), 1)

    def f_isSignalNAN(self, v):
        return u(int(is_nan(v) and not v.bits >> (FORMATS[v.width][1] - 1) & 1), 1)

    def f_cvtToQuietNAN(self, v):
        return quiet(v)

    def f_exponent(self, v):
        return i32(split(v)[1])

    def f_mantissa(self, v):
        # The fraction in [0.5, 1) with the sign, as frexp has it.
        x = exact(v)
        if x == 0:
            return v
        e = abs(x).numerator.bit_length() - abs(x).denominator.bit_length()
        r = x / Fraction(2) ** e
        while abs(r) >= 1:
            r /= 2
        while abs(r) < Fraction(1, 2):
            r *= 2
        return rounded(r, v.width, "n")

    def f_ldexp(self, v, n):
        if is_nan(v) or is_inf(v):
            return v
        return self.floats.result(exact(v) * Fraction(2) ** n.int(), v.width, int(negative(v)))

    def integral(self, v, how):
        v = self.floats.source(v)
        if is_nan(v):
            return quiet(v)
        if is_inf(v):
            return v
        return rounded(Fraction(how(exact(v))), v.width, "n", int(negative(v)))

    def f_trunc(self, v):
        return self.integral(v, int)

    def f_floor(self, v):
        return self.integral(v, lambda x: x.numerator // x.denominator)

    def f_fract(self, v):
        if is_nan(v) or is_inf(v):
            return nan(v.width)
        x = exact(v)
        return rounded(x - x.numerator // x.denominator, v.width, "n")

    def f_isEven(self, v):
        return u(int(not (is_nan(v) or is_inf(v)) and exact(v) % 2 == 0), 1)

    def f_sqrt(self, v):
        return self.floats.sqrt(v)

    # Within a unit in the last place, which is all that hardware promises.
    def rough(self, v, function):
        v = self.floats.source(v)
        if is_nan(v):
            return nan(v.width)
        r = function(float("-inf" if negative(v) else "inf") if is_inf(v) else float(exact(v)))
        if r in (float("inf"), float("-inf")):
            return inf(v.width, int(r < 0))
        return nan(v.width) if r != r else self.floats.result(Fraction(r), v.width)

    def f_pow(self, base, v):
        assert exact(base) == 2
        return self.rough(v, lambda x: 2.0 ** x if x < 1000 else float("inf"))

    def f_log2(self, v):
        def log2(x):
            return float("-inf") if x == 0 else float("nan") if x < 0 else math.log2(x)
        return self.rough(v, log2)

    def f_CalcDsAddr(self, base, offset):
        return u(base.bits + offset.bits)

    def f_signext(self, v):
        return Val(v.int(), 64, "i")

    def f_signext_from_bit(self, v, n):
        n = n.int()
        if n == 0:
            return Val(0, v.width, "i")
        bits = v.bits & ((1 << n) - 1)
        return Val(bits - (1 << n) if bits >> (n - 1) else bits, v.width, "i")


def small_float(v):
    """A float of eight bits as one of 32, which holds them all."""
    e, m = SMALL_FORMATS[v.kind]
    sign, exp, man = v.bits >> 7, v.bits >> m & ((1 << e) - 1), v.bits & ((1 << m) - 1)
    if exp == (1 << e) - 1 and (v.kind == "bf" or man == (1 << m) - 1):
        return nan(32) if man else inf(32, sign)
    bias = (1 << (e - 1)) - 1
    man |= (1 << m) * bool(exp)
    r = Fraction(man) * Fraction(2) ** (max(exp, 1) - bias - m)
    return rounded(-r if sign else r, 32, "n", sign)


def rounded_same(v, width):
    """A float in a format that is at least as wide."""
    if is_inf(v):
        return inf(width, int(negative(v)))
    return rounded(exact(v), width, "n", int(negative(v)))
