"""Local memory: what the text says of the DS format.

Each lane has 16 bytes in each of three blocks of 512: the first is left alone, the second starts as
the first source, the third as what D0 starts as. Offsets are chosen so that an instruction touches
the second block, and with a stride of 64 elements the third too. ../text.rs lays memory out alike.
"""
import re

from pseudocode import Machine, Mode, Parser, Val

BLOCK = 512
# Text in another notation, or about what a lane alone does not have.
SKIPPED = re.compile(r"SWIZZLE|APPEND|CONSUME|ADDTID|BVH|GWS|GS_REG|ORDERED|NOP")
SOURCES = (("DATA2", 1), ("DATA", 2))


class Memory:
    """Bytes, of which some belong to a NaN that is anybody's."""
    def __init__(self, start):
        self.bytes, self.vague, self.written = bytearray(start), set(), {}

    def read(self, at, n):
        return int.from_bytes(self.bytes[at:at + n], "little")

    def write(self, at, n, bits, vague=False):
        self.bytes[at:at + n] = (bits & ((1 << 8 * n) - 1)).to_bytes(n, "little")
        self.written[at] = n
        if vague:
            self.vague.add(at)


class Local:
    """An instruction of the DS format, in one of its forms."""
    def __init__(self, name, text):
        self.name = name
        text = re.sub(r"\bLDS\[(\w+)\] =", r"MEM[\1].u32 =", text).replace("LDS[", "MEM[")
        self.text = re.sub(r"\bVGPR\[(\w+)\]\[(\w+)\]", r"VGPR_\2[\1]", text)
        self.tree = Parser(self.text).program()
        self.cross = "VGPR_" in self.text
        self.returns = bool(re.search(r"RTN|LOAD|PERMUTE", name))
        self.uses = {"DATA": 32} if self.cross else \
            {r: max(w, 32) for r in ("DATA", "DATA2", "RETURN_DATA") if (w := self.width(r))}

    def width(self, r):
        found = [int(w) for w in re.findall(rf"\b{r}\.[uifb]+(\d+)", self.text)]
        found += [32 * int(n) for n in re.findall(rf"\b{r} : 32'U\[(\d)\]", self.text)]
        found += [int(hi) + 1 for hi in re.findall(rf"\b{r}\[(\d+) : \d+\]", self.text)]
        found += [64] * bool(re.search(rf"\b{r} = S1\.u64", self.text))
        found += [32] * bool(re.search(rf"\b{r} = tmp\b", self.text))
        return max(found, default=0)

    def offsets(self):
        """Of the one or two accesses, as the assembler has them."""
        if self.cross:
            return (8,)
        if "OFFSET1.u32" in self.text:
            scale = int(re.search(r"OFFSET1\.u32 \* (\d+)U", self.text).group(1))
            second = BLOCK if scale >= 256 else 16 - scale
            return BLOCK // scale, (BLOCK + second) // scale
        # Narrow accesses are not at a dword's start.
        narrow = re.search(r"MEM\[ADDR\]\.[uib](8|16)\b", self.text)
        return (BLOCK + (0 if not narrow else 3 if narrow.group(1) == "8" else 2),)

    def assembly(self):
        n = self.name.lower()
        def reg(at, width):
            words = (width + 31) // 32
            return f"v{at}" if words == 1 else f"v[{at}:{at + words - 1}]"
        operands = [reg(8, self.uses.get("RETURN_DATA", 32))] if self.returns else []
        operands.append("v0" if self.cross else "v15")
        operands += [reg(at, self.uses[r]) for r, at in (("DATA", 4), ("DATA2", 2)) if r in self.uses]
        o = self.offsets()
        return f"{n} {', '.join(operands)} " + \
            (f"offset:{o[0]}" if len(o) == 1 else f"offset0:{o[0]} offset1:{o[1]}")

    def rows(self):
        """Tables of memory (of the addresses, where lanes exchange data), DATA2 and DATA."""
        kind = re.search(r"_(F16|F32|F64)$", self.name)
        kind = kind.group(1).lower() if kind else None
        if self.cross:
            return ["lane0", "int1", "int2"]
        if kind:
            return [kind + "0", kind + "2", kind + "1"]
        widest = max(self.uses.get(r, 0) for r in ("DATA", "RETURN_DATA"))
        kind = "quad" if widest > 64 or len(self.offsets()) > 1 or "DATA" not in self.uses else \
            "wide" if widest > 32 else "int"
        # A comparison that holds now and then: equal values meet in three lanes.
        return [kind + "0", kind + "1", kind + "2"]

    def names(self, tables, lane):
        rows, o = self.rows(), self.offsets()
        base = 16 * lane
        address = base if re.search(r"OFFSET\w*\.u32", self.text) or "ADDR0" in self.text else base + o[0]
        names = {"ADDR": Val(address, 32, "u"), "ADDR_BASE": Val(base, 32, "u"),
                 "vgpr_a": Val(base, 32, "u"), "offset": Val(o[0], 32, "u"), "OFFSET": Val(o[0], 32, "u"),
                 "S0": Val(base, 32, "u"), "S1": Val(tables[rows[2]][lane], 128, "b"),
                 "RETURN_DATA": Val(tables["quad3"][lane], 128, "b")}
        if len(o) == 2:
            names |= {f"OFFSET{i}": Val(v, 8, "u") for i, v in enumerate(o)}
        else:
            names |= {"OFFSET0": Val(o[0] & 0xff, 8, "u"), "OFFSET1": Val(o[0] >> 8, 8, "u")}
        return names | {r: Val(tables[rows[i]][lane], 128, "b") for r, i in SOURCES}

    def exchange(self, tables, lanes, exec_mask):
        """All lanes at once, some of them off."""
        rows = self.rows()
        def column(t):
            return [Val(tables[t][lane] & 0xffffffff, 32, "u") for lane in range(lanes)]
        names = {"VGPR_ADDR": column(rows[0]), "VGPR_DATA0": column(rows[2]), "VGPR_VDST": column("quad3"),
                 "EXEC": Val(exec_mask, 64, "b"), "OFFSET": Val(self.offsets()[0], 16, "u"),
                 "WAVE64": Val(0, 1, "u")}
        machine = Machine(Mode(), None, names)
        machine.run(self.tree)
        return " d=" + ",".join(f"{v.bits:x}" for v in machine.names["VGPR_VDST"])

    def run(self, tables, lanes, exec_mask):
        """The line's results: d= what is returned, m= and w= the lane's dwords in both blocks."""
        if self.cross:
            return self.exchange(tables, lanes, exec_mask)
        d, memories = [], []
        for lane in range(lanes):
            start = bytearray(3 * BLOCK)
            for block, table in ((1, self.rows()[0]), (2, "quad3")):
                at = block * BLOCK + 16 * lane
                start[at:at + 16] = tables[table][lane].to_bytes(16, "little")
            memory = Memory(start)
            machine = Machine(Mode(), None, self.names(tables, lane), memory)
            machine.run(self.tree)
            memories.append(memory)
            if self.returns:
                v = machine.names["RETURN_DATA"]
                words = [x.bits for x in v] if isinstance(v, list) else [v.bits]
                bits = sum(x << 32 * i for i, x in enumerate(words))
                d.append(f"{bits % (1 << self.uses['RETURN_DATA']):x}")
        blocks = (self.after(memories, block) for block in (1, 2))
        return "".join(f" {name}=" + ",".join(x) for name, x in zip("dmw", (d, *blocks)) if x)

    def after(self, memories, block):
        """Each lane's dwords in a block, up to the last that a lane wrote."""
        places = [block * BLOCK + 16 * lane for lane in range(len(memories))]
        ends = [a + n - at for memory, at in zip(memories, places)
                for a, n in memory.written.items() if at <= a < at + 16]
        out, n = [], (max(ends, default=0) + 3) // 4
        for memory, at in zip(memories, places) if n else ():
            if memory.vague and self.name.endswith("F16"):
                out.append(f"{memory.read(at, 4):x}h")
            elif memory.vague:
                out.append("n")
            else:
                # The first says how many dwords there are.
                out.append(f"{memory.read(at, 4 * n):0{1 if out else 8 * n}x}")
        return out
