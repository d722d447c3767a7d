#!/usr/bin/env python3
"""Writes ../text.txt: what AMD's pseudocode says that instructions do, for edge values.

usage: generate.py > ../text.txt      (needs PyPI's tinygrad 0.14.0, and llvm-mc 19 or newer as $LLVM_MC)

The pseudocode is read from the installed package (which took it from AMD's documents) and evaluated
by pseudocode.py; nothing of it is written out, only operands and results. LLVM's assembler makes the
code, so an instruction that a card does not have drops out by itself.
"""
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from tinygrad.runtime.autogen.amd.rdna3.str_pcode import PCODE as RDNA3
from tinygrad.runtime.autogen.amd.rdna4.str_pcode import PCODE as RDNA4

from local import SKIPPED as LOCAL_SKIPPED, Local
from pseudocode import Machine, Mode, NotCovered, Parser, Val, is_nan, typed

LLVM_MC = os.environ.get("LLVM_MC", "llvm-mc-22")
LANES = 32

# ---- operands -----------------------------------------------------------------------------------

F32 = [0, 1 << 31, 0x3f800000, 0xbf800000, 0x3f000000, 0x3fc00000, 0x40200000, 0xc0200000,
       0x1, 0x80000001, 0x7fffff, 0x800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
       0x7fc00001, 0x7f800001, 0xffc01234, 0x4b000001, 0x4f000000, 0xcf000000, 0x4f7fffff, 0x477fe000,
       0x477ff000, 0x3eaaaaab, 0x40490fdb, 0x501502f9, 0x2edbe6ff, 0x437f8000, 0x3f7fffff, 0xc2c80000]
F64 = [0, 1 << 63, 0x3ff0 << 48, 0xbff0 << 48, 0x3fe0 << 48, 0x3ff8 << 48, 0x4004 << 48, 0xc004 << 48,
       0x1, (1 << 63) | 1, 0xfffffffffffff, 0x10000000000000, 0x7fefffffffffffff, 0xffefffffffffffff,
       0x7ff0 << 48, 0xfff0 << 48, 0x7ff8000000000001, 0x7ff0000000000001, 0xfff8000000001234,
       0x4330000000000001, 0x41e0 << 48, 0xc1e0 << 48, 0x41efffffffe00000, 0x40efffe000000000,
       0x36a0 << 48, 0x3fd5555555555555, 0x400921fb54442d18, 0x4202a05f20000000, 0x3ddb7cdfd9d7bdbb,
       0x406ff00000000000, 0x3fefffffffffffff, 0xc059 << 48]
F16 = [0, 0x8000, 0x3c00, 0xbc00, 0x3800, 0x3e00, 0x4100, 0xc100, 0x1, 0x8001, 0x3ff, 0x400, 0x7bff, 0xfbff,
       0x7c00, 0xfc00, 0x7e01, 0x7c01, 0xfe12, 0x6401, 0x7800, 0xf800, 0x77ff, 0x5bf8, 0x3555, 0x4248,
       0x1419, 0x63d0, 0x3bff, 0xd640, 0x0200, 0x3001]
INT = [0, 1, 2, 0xffffffff, 0x80000000, 0x7fffffff, 0x7fff, 0x8000, 0xffff, 0xffff8000, 0x80, 0x7f, 0xff,
       0x1f, 0x20, 0x3f, 0x40, 0x12345678, 0xdeadbeef, 0x55555555, 0xaaaaaaaa, 0x00800000, 0x7fffff,
       0xff800000, 0x10001, 0x01020304, 0xf0e0d0c0, 0x80008000, 0x000c0bf0, 0x00070004, 0x00200010, 5]


def tables():
    """Edge values by kind, shuffled differently for each source so that they meet each other."""
    rng = random.Random(11)
    halves = [a | b << 16 for a, b in zip(F16, rng.sample(F16, 32))]
    wide = [a | b << 32 for a, b in zip(INT, rng.sample(INT, 32))]
    wide[:4] = [0, 1, (1 << 64) - 1, 1 << 63]
    quads = [a | b << 64 for a, b in zip(wide, rng.sample(wide, 32))]
    # What shifts, selectors and exponents like to see.
    small = [i if i < 24 else INT[i] for i in range(32)]
    out = {}
    for name, base in [("f32", F32), ("f64", F64), ("f16", halves), ("int", INT), ("wide", wide),
                       ("quad", quads), ("small", small)]:
        out[name + "0"] = base
        for n in (1, 2, 3):
            other = rng.sample(base, 32)
            # Equal operands, and both zeros, meet too.
            for i in (3 * n, 3 * n + 1, 3 * n + 2):
                other[i] = base[i]
            out[f"{name}{n}"] = other
        out[name + "1"][0], out[name + "1"][1] = base[1], base[0]
    # Every magnitude of eight-bit floats; lanes' numbers with more bits around them.
    rng = random.Random(12)
    out["f80"] = [sum((32 * i + n | (n + i & 1) << 7) << 8 * i for i in range(4)) for n in range(32)]
    out["f81"] = [rng.getrandbits(32) for _ in range(32)]
    out["lane0"] = [rng.randrange(1 << 20) << 7 | rng.randrange(128) for _ in range(32)]
    return out


TABLES = tables()

# ---- instructions -------------------------------------------------------------------------------

# Text that says nothing about one lane, or that is only done in part (see ../text.rs).
SKIPPED = re.compile(r"MOVREL|SWAPREL|PERMLANE|READLANE|WRITELANE|READFIRSTLANE|WMMA|GETPC|SETPC|SWAPPC|"
                     r"RFE|GETREG|SETREG|CALL|WAIT|VERSION|TRIG_PREOP|SWAP_B|CVT_OFF|SENDMSG|BARRIER|"
                     r"SLEEP|ALLOC|SIN_F|COS_F|PREFETCH|TTRACE|MONITOR")
# Hardware's approximations: a unit in the last place either way.
ROUGH = re.compile(r"V_(S_)?(EXP|LOG|RCP|RSQ|SQRT)_")


def ulps(ins):
    """How far hardware may be off, in units of the last place: a double is a first estimate of 23 good bits."""
    if not ROUGH.match(ins.name):
        return 0
    return 1 << 30 if ins.uses["D0"] == ("f", 64) else 1


def base_name(key):
    return re.sub(r"_E(32|64)$", "", key.name)


class Instruction:
    def __init__(self, key, text, opsel=0):
        self.opsel = opsel
        self.name, self.format = base_name(key), type(key).__name__.removesuffix("Op")
        if self.format == "SOPK" and "SIMM16" not in text:
            # gfx12's text calls the constant S0.
            text = text.replace("S0.", "SIMM16.")
        text = text.replace("VGPR[laneId][SRC0.u32]", "S0")
        self.text = text
        self.tree = Parser(text).program()
        self.uses = {r: self.type_of(r) for r in ("S0", "S1", "S2", "D0", "D1")}

    def type_of(self, r):
        """Kind and width under which the text knows a register: the widest of its uses."""
        found = [typed(t) for t in re.findall(rf"\b{r}\.((?:bf|[uifb])\d+)\b(?!\[laneId\])", self.text)]
        found += [("b", max(int(a), int(b)) + 1) for a, b in
                  re.findall(rf"\b{r}(?:\.\w+)?\[(\d+) : (\d+)\]", self.text)]
        found += [typed(t) for t in re.findall(rf"\b{r}\[\d+ : \d+\]\.(\w+)", self.text)
                  if t not in ("u32",)]
        if not found:
            return ("b", 32) if re.search(rf"\b{r}\b", self.text) else None
        width = max(w for _, w in found)
        kinds = [k for k, w in found if k == "f"] or [k for k, w in found if w == width]
        if kinds[0] == "f" and width == 64 and ("f", 32) in found:
            return "b", width
        if kinds[0] == "f":
            return ("f", max([w for k, w in found if k == "f"])) if width <= 64 else ("b", width)
        return kinds[0], width


def table_for(ins, source):
    kind, width = ins.uses[source]
    if kind == "f":
        return {16: "f16", 32: "f32", 64: "f64"}[width]
    if width > 64:
        return "quad"
    if width > 32:
        return "wide"
    if re.search(r"\b(fp|bf)8(_to_|\b)", ins.text):
        return "f8"
    # Shift counts, bit numbers, selectors, exponents.
    if re.search(rf"\b{source}(\.\w+)?\[(\d+|\d+ : \d+)\]\.u32\b", ins.text) or "**" in ins.text:
        return "small"
    return "int"


REGISTERS = {"S0": 0, "S1": 2, "S2": 4, "D0": 8}


def register(file, at, width):
    n = (width + 31) // 32
    return f"{file}{at}" if n <= 1 else f"{file}[{at}:{at + n - 1}]"


def candidates(ins):
    """Ways in which an assembler may want to see it."""
    n = ins.name.lower()
    vector = n.startswith("v_")
    file = "v" if vector else "s"
    def reg(r):
        kind, width = ins.uses[r] or ("b", 32)
        return register(file, REGISTERS[r], width)
    sources = [reg(r) for r in ("S0", "S1", "S2") if ins.uses[r]]
    if vector:
        if "D0.u64[laneId]" in ins.text:
            return [f"{n}_e64 s10, " + ", ".join(sources)]
        if "EXEC.u64[laneId]" in ins.text:
            return [f"{n}_e64 " + ", ".join(sources)]
        d = reg("D0")
        if "VCC.u64[laneId]" in ins.text and "CNDMASK" in ins.name:
            return [f"{n}_e64 {d}, {', '.join(sources)}, vcc_lo"]
        if "_CO_CI_" in ins.name:
            return [f"{n}_e64 {d}, s10, {', '.join(sources)}, vcc_lo"]
        if "_CO_" in ins.name or "DIV_SCALE" in ins.name or "D1" in ins.text:
            return [f"{n} {d}, {'vcc_lo' if 'DIV_SCALE' in ins.name else 's10'}, {', '.join(sources)}"]
        body = f"{d}, " + ", ".join(sources)
        if ins.opsel:
            return [f"{n}_e64 {body} op_sel:[{ins.opsel},0]"]
        return [f"{n}_e64 {body}", f"{n} {body}", f"{n}_e32 {body}"]
    if ins.format == "SOPC":
        return [f"{n} " + ", ".join(sources)]
    if ins.format == "SOPK":
        return [f"{n} {reg('D0' if ins.uses['D0'] else 'S0')}, 0x8765"]
    return [f"{n} {reg('D0')}, " + ", ".join(sources)]


def assemble(cpu, lines):
    """Hexadecimal code of each line, or None where there is no such instruction."""
    run = subprocess.run([LLVM_MC, "--triple=amdgcn", f"--mcpu={cpu}", "--show-encoding"],
                         input="\n".join(lines), capture_output=True, text=True)
    bad = {int(m) for m in re.findall(r"<stdin>:(\d+):\d+: error", run.stderr)}
    good = iter(re.findall(r"encoding: \[([^\]]*)\]", run.stdout))
    return [None if i + 1 in bad else next(good).replace("0x", "").replace(",", "") for i in range(len(lines))]


# ---- modes --------------------------------------------------------------------------------------

def modes(ins, arch):
    """Name (MODE's low bits, and 'i' for IEEE) and meaning of the modes that an instruction is run in."""
    if re.match(r"V_(S_)?(EXP|LOG|RCP|RSQ|SQRT)_(IFLAG_)?F32", ins.name):
        # Hardware's transcendental unit knows no f32 denormals, whatever MODE says.
        yield "f0", Mode(denorm32=False)
        return
    yield "f0", Mode()
    floats = any(t and t[0] == "f" for t in ins.uses.values())
    if "WAVE_MODE.IEEE" in ins.text and arch == "gfx11":
        yield "f0i", Mode(ieee=True)
    if re.fullmatch(r"V_(ADD|MUL|FMA)_F(16|32|64)|V_CVT_F16_F32|V_CVT_F32_F64|V_CVT_F32_[UI]32|V_PK_FMA_F16|"
                    r"V_SUB_F32|V_LDEXP_F32|V_CMP_LT_F32|V_CMP_EQ_F16|V_RNDNE_F32|V_FMAC_F32",
                    ins.name) and floats:
        yield "f5", Mode("+", "+")
        yield "fa", Mode("-", "-")
        yield "ff", Mode("0", "0")
        yield "00", Mode(denorm32=False, denorm16_64=False)


# ---- running the text ---------------------------------------------------------------------------

class Library:
    def __init__(self, text):
        self.trees = {}
        for key, t in text.items():
            self.trees.setdefault(base_name(key), t)

    def __call__(self, name):
        # gfx12 says min_num where gfx11 said min.
        for n in (name, name.replace("MIN_", "MIN_NUM_").replace("MAX_", "MAX_NUM_")):
            if n in self.trees:
                return Parser(self.trees[n]).program()
        raise NotCovered(f"instruction {name}")


VCC_IN = 0xa5c3_5a3c
EXEC_IN = 0xf0f0_c3a5


def run(ins, mode, library, rows):
    """Results of all lanes: D0 words (None for a NaN that is anybody's), mask result, SCC, EXEC."""
    vector = ins.name.startswith("V_")
    words = 0
    out = {"d": [], "mask": 0, "scc": 0, "exec": []}
    for lane in range(LANES):
        names = {r: Val(TABLES[t][lane], 128, "b") for r, t in rows.items()}
        start = names["S0"].bits if "DIV_SCALE" in ins.name else TABLES["quad3"][lane]
        names["D0"] = Val(start, 128, "b")
        names["D1"] = Val(0, 128, "b")
        names["VCC"] = Val(VCC_IN if vector else TABLES["wide3"][lane], 64, "b")
        names["EXEC"] = Val(EXEC_IN, 64, "b")
        names["SCC"] = Val(lane & 1, 1, "u")
        names["SIMM16"] = Val(0x8765, 16, "b")
        names["laneId"] = Val(lane, 32, "u")
        names["NEG"] = Val(0, 3, "u")
        names["OPSEL"] = Val(ins.opsel, 4, "u")
        machine = Machine(mode, library, names)
        machine.run(ins.tree)
        n = machine.names
        d = n["D0"]
        if vector:
            if "D0.u64[laneId]" in ins.text:
                out["mask"] |= (d.bits >> lane & 1) << lane
            elif "EXEC.u64[laneId]" in ins.text:
                out["mask"] |= (n["EXEC"].bits >> lane & 1) << lane
            elif "DIV_SCALE" in ins.name:
                out["mask"] |= (n["VCC"].bits & 1) << lane
            elif "D1" in ins.text:
                out["mask"] |= (n["D1"].bits & 1) << lane
            elif "_CO_" in ins.name:
                out["mask"] |= (n["VCC"].bits >> lane & 1) << lane
        else:
            out["scc"] |= int(n["SCC"].bits != 0) << lane
            out["exec"].append(n["EXEC"].bits & 0xffffffff)
        words = (ins.uses["D0"] or ("b", 32))[1]
        out["d"].append((d.bits, d.vague))
    out["words"] = (words + 31) // 32
    return out


def result_text(ins, out):
    """d=WORD,... with 'n' for NaNs whose bits nobody promises."""
    if "D0.u64[laneId]" in ins.text or "EXEC.u64[laneId]" in ins.text or ins.format == "SOPC" \
            or not ins.uses["D0"]:
        return ""
    kind, width = ins.uses["D0"]
    keep = 1 << 32 * out["words"]
    def one(bits, vague):
        if vague and kind == "f" and width >= 32:
            return "n"
        # Halves, of which one may be anybody's NaN.
        return f"{bits % keep:x}" + "h" * vague
    return " d=" + ",".join(one(*d) for d in out["d"])


def local_lines(arch, text, cpu):
    """Lines of the DS format, or why there is none."""
    found = []
    for key, t in text.items():
        name = base_name(key)
        if type(key).__name__ != "DSOp" or LOCAL_SKIPPED.search(name):
            continue
        try:
            found.append(Local(name, t))
        except NotCovered as e:
            yield None, str(e), name
    for ins, code in zip(found, assemble(cpu, [i.assembly() for i in found])):
        try:
            if code:
                result = ins.run(TABLES, LANES, EXEC_IN)
                yield f"{arch} {ins.name.lower()} {code} f0 {','.join(ins.rows())} u=0{result}", None, None
            else:
                yield None, f"no such form: {ins.assembly()}", ins.name
        except NotCovered as e:
            yield None, str(e), ins.name


def main():
    texts = {"gfx11": (RDNA3, "gfx1100"), "gfx12": (RDNA4, "gfx1201")}
    refused = defaultdict(list)
    lines, count = [], defaultdict(int)
    for arch, (text, cpu) in texts.items():
        library, seen, found = Library(text), set(), []
        for key, t in text.items():
            name, form = base_name(key), type(key).__name__.removesuffix("Op")
            if form not in ("SOP1", "SOP2", "SOPC", "SOPK", "VOP1", "VOP2", "VOP3", "VOP3SD", "VOP3P", "VOPC"):
                continue
            if name in seen or SKIPPED.search(name) or form == "VOPC":
                continue
            if form.startswith("SOP") and "EXEC.u64" in t:
                continue
            seen.add(name)
            try:
                found += [Instruction(key, t, o) for o in range(2 if "OPSEL[0]" in t else 1)]
            except NotCovered as e:
                refused[str(e)].append(f"{arch} {name}")
        wanted = [(ins, c) for ins in found for c in candidates(ins)]
        codes = assemble(cpu, [c for _, c in wanted])
        chosen = {}
        for (ins, c), code in zip(wanted, codes):
            if code:
                chosen.setdefault((ins.name, ins.opsel), (ins, code))
        for (name, _), (ins, code) in chosen.items():
            for mode_name, mode in modes(ins, arch):
                rows = {s: table_for(ins, s) + str(i) for i, s in enumerate(("S0", "S1", "S2")) if ins.uses[s]}
                try:
                    out = run(ins, mode, library, rows)
                except NotCovered as e:
                    refused[str(e)].append(f"{arch} {name}")
                    break
                line = f"{arch} {name.lower()} {code} {mode_name} "
                line += ",".join(rows.values()) or "-"
                line += f" u={ulps(ins):x}"
                line += result_text(ins, out)
                if name.startswith("V_"):
                    if out["mask"] or "laneId" in ins.text or "VCC" in ins.text or "D1" in ins.text:
                        line += f" mask={out['mask']:x}"
                else:
                    if "SCC" in ins.text:
                        line += f" scc={out['scc']:x}"
                    if "EXEC" in ins.text:
                        line += " exec=" + ",".join(f"{e:x}" for e in out["exec"])
                lines.append(line)
                count[arch] += 1
        for line, why, name in local_lines(arch, text, cpu):
            if line:
                lines.append(line)
                count[arch] += 1
            else:
                refused[why].append(f"{arch} {name}")
    print("# What AMD's pseudocode gives for edge values; written by text/generate.py.")
    print("# table NAME VALUE...: one value a lane. Then a line a run:")
    print("# generation instruction code MODE sources u=ULPS [d=result of each lane] [mask=] [scc=] [exec=]")
    print("# or, of local memory, what its first block holds then in m=, and the next in w=.")
    print("# A result n is any NaN; one that ends in h may have any NaN in a half that has one.")
    for name, values in TABLES.items():
        print(f"table {name} " + ",".join(f"{v:x}" for v in values))
    print("\n".join(lines))
    print(dict(count), file=sys.stderr)
    for why, names in sorted(refused.items(), key=lambda x: -len(x[1])):
        print(f"not covered: {why}: {len(names)}: {' '.join(names[:6])}", file=sys.stderr)


if __name__ == "__main__":
    main()
