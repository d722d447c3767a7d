//! The metadata note of a code object (NT_AMDGPU_METADATA): MessagePack, read as far as needed.
//!
//! LLVM's AMDGPUUsage, "Code Object V3-V5 Metadata". The note is optional for a loader, but the
//! workgroup size is nowhere else: in HSA the dispatch packet has it, here the kernel must.

/// An argument that the driver fills in because the source never mentions it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    /// Workgroups in a dimension, u32.
    BlockCount(usize),
    /// Work items of a workgroup in a dimension, u16.
    GroupSize(usize),
    /// Work items of the last, partial workgroup in a dimension, u16; always 0 here.
    Remainder(usize),
    /// Number of dimensions, u16.
    GridDims,
    /// First work item's id in a dimension, u64; always 0 here.
    GlobalOffset(usize),
}

/// What the note says of one kernel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KernelMetadata {
    /// Symbol of the descriptor, `name.kd`.
    pub symbol: String,
    /// Workgroup size, if the source fixes it.
    pub workgroup: Option<[u32; 3]>,
    /// Largest workgroup that the code was compiled for.
    pub max_workgroup: Option<u32>,
    /// Bytes of all arguments, hidden ones included.
    pub argument_bytes: Option<u32>,
    /// Hidden arguments and their offsets.
    pub hidden: Vec<(u32, Hidden)>,
}

/// Nesting beyond this is not metadata.
const DEPTH: u32 = 32;

#[derive(Clone, Debug, PartialEq)]
enum Value<'a> {
    Unsigned(u64),
    Text(&'a str),
    Array(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// Nil, booleans, floats, negative numbers, binary: nothing here asks for them.
    Other,
}

impl<'a> Value<'a> {
    fn get(&self, key: &str) -> Option<&Value<'a>> {
        let Value::Map(entries) = self else {
            return None;
        };
        entries
            .iter()
            .find(|(k, _)| *k == Value::Text(key))
            .map(|(_, value)| value)
    }

    fn unsigned(&self) -> Option<u32> {
        match self {
            Value::Unsigned(value) => u32::try_from(*value).ok(),
            _ => None,
        }
    }

    fn text(&self) -> Option<&'a str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn items(&self) -> &[Value<'a>] {
        match self {
            Value::Array(items) => items,
            _ => &[],
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        let bytes = self.bytes(bytes)?;
        Some(bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }

    fn text(&mut self, length: u64) -> Option<Value<'a>> {
        let bytes = self.bytes(usize::try_from(length).ok()?)?;
        std::str::from_utf8(bytes).ok().map(Value::Text)
    }

    fn skip(&mut self, length: u64) -> Option<Value<'a>> {
        self.bytes(usize::try_from(length).ok()?)?;
        Some(Value::Other)
    }

    fn array(&mut self, count: u64, depth: u32) -> Option<Value<'a>> {
        // Each element takes at least a byte, so a false count ends the loop soon.
        let mut items = Vec::new();
        for _ in 0..count {
            items.push(self.value(depth)?);
        }
        Some(Value::Array(items))
    }

    fn map(&mut self, count: u64, depth: u32) -> Option<Value<'a>> {
        let mut entries = Vec::new();
        for _ in 0..count {
            entries.push((self.value(depth)?, self.value(depth)?));
        }
        Some(Value::Map(entries))
    }

    fn value(&mut self, depth: u32) -> Option<Value<'a>> {
        let depth = depth.checked_sub(1)?;
        let tag = self.bytes(1)?[0];
        match tag {
            0x00..=0x7f => Some(Value::Unsigned(tag.into())),
            0x80..=0x8f => self.map((tag & 0xf).into(), depth),
            0x90..=0x9f => self.array((tag & 0xf).into(), depth),
            0xa0..=0xbf => self.text((tag & 0x1f).into()),
            0xc0..=0xc3 => Some(Value::Other),
            0xc4..=0xc6 => {
                let length = self.number(1 << (tag - 0xc4))?;
                self.skip(length)
            }
            0xc7..=0xc9 => {
                let length = self.number(1 << (tag - 0xc7))?;
                self.skip(length.checked_add(1)?)
            }
            0xca => self.skip(4),
            0xcb => self.skip(8),
            0xcc..=0xcf => Some(Value::Unsigned(self.number(1 << (tag - 0xcc))?)),
            0xd0..=0xd3 => self.skip(1 << (tag - 0xd0)),
            0xd4..=0xd8 => self.skip(1 + (1 << (tag - 0xd4))),
            0xd9..=0xdb => {
                let length = self.number(1 << (tag - 0xd9))?;
                self.text(length)
            }
            0xdc | 0xdd => {
                let count = self.number(2 << (tag - 0xdc))?;
                self.array(count, depth)
            }
            0xde | 0xdf => {
                let count = self.number(2 << (tag - 0xde))?;
                self.map(count, depth)
            }
            0xe0..=0xff => Some(Value::Other),
        }
    }
}

/// The kernels that a note describes; `None` if it is no well-formed note.
pub(crate) fn parse(note: &[u8]) -> Option<Vec<KernelMetadata>> {
    let root = Reader(note).value(DEPTH)?;
    let kernels = root.get("amdhsa.kernels")?.items();
    Some(kernels.iter().map(kernel).collect())
}

fn kernel(value: &Value<'_>) -> KernelMetadata {
    let number = |key| value.get(key).and_then(Value::unsigned);
    let workgroup = value.get(".reqd_workgroup_size").and_then(|size| {
        let size: Vec<u32> = size.items().iter().filter_map(Value::unsigned).collect();
        <[u32; 3]>::try_from(size).ok()
    });
    let arguments = value.get(".args").map_or(&[][..], Value::items);
    KernelMetadata {
        symbol: value
            .get(".symbol")
            .and_then(Value::text)
            .unwrap_or_default()
            .to_owned(),
        workgroup,
        max_workgroup: number(".max_flat_workgroup_size"),
        argument_bytes: number(".kernarg_segment_size"),
        hidden: arguments.iter().filter_map(hidden).collect(),
    }
}

fn hidden(argument: &Value<'_>) -> Option<(u32, Hidden)> {
    let offset = argument.get(".offset")?.unsigned()?;
    let kind = match argument.get(".value_kind")?.text()? {
        "hidden_block_count_x" => Hidden::BlockCount(0),
        "hidden_block_count_y" => Hidden::BlockCount(1),
        "hidden_block_count_z" => Hidden::BlockCount(2),
        "hidden_group_size_x" => Hidden::GroupSize(0),
        "hidden_group_size_y" => Hidden::GroupSize(1),
        "hidden_group_size_z" => Hidden::GroupSize(2),
        "hidden_remainder_x" => Hidden::Remainder(0),
        "hidden_remainder_y" => Hidden::Remainder(1),
        "hidden_remainder_z" => Hidden::Remainder(2),
        "hidden_global_offset_x" => Hidden::GlobalOffset(0),
        "hidden_global_offset_y" => Hidden::GlobalOffset(1),
        "hidden_global_offset_z" => Hidden::GlobalOffset(2),
        "hidden_grid_dims" => Hidden::GridDims,
        _ => return None,
    };
    Some((offset, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(s: &str) -> Vec<u8> {
        assert!(s.len() < 32);
        let mut out = vec![0xa0 | s.len() as u8];
        out.extend(s.as_bytes());
        out
    }

    fn note() -> Vec<u8> {
        let mut out = vec![0x82];
        out.extend(text("amdhsa.version"));
        out.extend([0x92, 1, 2]);
        out.extend(text("amdhsa.kernels"));
        out.extend([0x91, 0x84]);
        out.extend(text(".symbol"));
        out.extend(text("main.kd"));
        out.extend(text(".reqd_workgroup_size"));
        out.extend([0x93, 64, 2, 0xcc, 1]);
        out.extend(text(".kernarg_segment_size"));
        out.extend([0xcd, 1, 4]);
        out.extend(text(".args"));
        out.extend([0x91, 0x82]);
        out.extend(text(".offset"));
        out.push(16);
        out.extend(text(".value_kind"));
        out.extend(text("hidden_block_count_y"));
        out
    }

    #[test]
    fn reads_what_is_needed() {
        let kernels = parse(&note()).unwrap();
        assert_eq!(kernels.len(), 1);
        assert_eq!(kernels[0].symbol, "main.kd");
        assert_eq!(kernels[0].workgroup, Some([64, 2, 1]));
        assert_eq!(kernels[0].argument_bytes, Some(260));
        assert_eq!(kernels[0].hidden, [(16, Hidden::BlockCount(1))]);
    }

    #[test]
    fn rubbish_is_refused() {
        let note = note();
        for cut in 0..note.len() {
            assert_eq!(parse(&note[..cut]), None);
        }
        // Endless nesting and false counts.
        assert_eq!(parse(&[0x91; 10_000]), None);
        assert_eq!(parse(&[0xdf, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(parse(&[0xdb, 0xff, 0xff, 0xff, 0xff]), None);
    }
}
