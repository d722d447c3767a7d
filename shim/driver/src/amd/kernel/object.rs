//! HSA code objects: validation, the memory image, the kernel descriptor.
//!
//! Any compiler's objects are taken: a shared object for `amdgcn-amd-amdhsa`, code object version 3
//! to 6, whose descriptor is the symbol `NAME.kd`. Nothing in the file is trusted: every offset is
//! checked against the file and every address against the image, sizes are bounded before memory is
//! allocated for them, and what the driver cannot provide is an error that names it.

use amd_hw::die::{Die, Generation};
use object::elf;
use object::read::elf::{FileHeader, ProgramHeader, Rela, SectionHeader, Sym};
use object::Endianness;

use super::metadata::{self, KernelMetadata};

type Header = elf::FileHeader64<Endianness>;

/// Largest image: far above any kernel, far below VRAM.
const IMAGE_LIMIT: u64 = 256 << 20;
/// `s_code_end`: what the instruction prefetcher may find behind the last instruction.
const CODE_END: u32 = 0xbf9f_0000;
/// Bytes of it behind the image.
const CODE_PAD: u64 = 512;
/// Bytes of a kernel descriptor.
const DESCRIPTOR: u64 = 64;

const EM_AMDGPU: u16 = 224;
const OSABI_HSA: u8 = 64;
const NT_AMDGPU_METADATA: u32 = 32;

/// The machine field of the flags for each die, and its generation's generic target.
fn machines(die: Die) -> [u32; 2] {
    let own = match die {
        Die::Navi31 => 0x41,
        Die::Navi32 => 0x46,
        Die::Navi33 => 0x47,
        Die::Navi44 => 0x48,
        Die::Navi48 => 0x4e,
    };
    let generic = match die.generation() {
        Generation::Gfx11 => 0x54,
        Generation::Gfx12 => 0x59,
    };
    [own, generic]
}

/// Bits of the descriptor's kernel code properties: what user SGPRs hold, in this order.
#[allow(missing_docs)]
pub(crate) mod property {
    pub(crate) const PRIVATE_SEGMENT_BUFFER: u16 = 1;
    pub(crate) const DISPATCH_PTR: u16 = 1 << 1;
    pub(crate) const QUEUE_PTR: u16 = 1 << 2;
    pub(crate) const KERNARG_SEGMENT_PTR: u16 = 1 << 3;
    pub(crate) const DISPATCH_ID: u16 = 1 << 4;
    pub(crate) const FLAT_SCRATCH_INIT: u16 = 1 << 5;
    pub(crate) const PRIVATE_SEGMENT_SIZE: u16 = 1 << 6;
    pub(crate) const WAVEFRONT_SIZE32: u16 = 1 << 10;
    pub(crate) const DYNAMIC_STACK: u16 = 1 << 11;
}

/// A kernel descriptor's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    /// Bytes of LDS.
    pub lds: u32,
    /// Bytes of scratch for a lane.
    pub scratch: u32,
    /// Bytes of arguments.
    pub arguments: u32,
    /// First instruction, relative to the image.
    pub entry: u64,
    /// COMPUTE_PGM_RSRC1 to 3.
    pub rsrc: [u32; 3],
    /// Bits of [`property`].
    pub properties: u16,
}

/// A code object that was found good, and one kernel of it.
#[derive(Debug)]
pub(crate) struct CodeObject<'a> {
    /// Contents of the segments, and where they go in the image.
    segments: Vec<(u64, &'a [u8])>,
    relocations: Vec<Relocation>,
    /// Bytes of the image without padding.
    size: u64,
    /// The kernel.
    pub descriptor: Descriptor,
    /// What the note says of it.
    pub metadata: Option<KernelMetadata>,
}

#[derive(Clone, Copy, Debug)]
struct Relocation {
    /// Where, relative to the image.
    at: u64,
    kind: RelocationKind,
    /// Symbol's place in the image plus addend, wrapping.
    target: u64,
}

#[derive(Clone, Copy, Debug)]
enum RelocationKind {
    Abs32Low,
    Abs32High,
    Abs64,
    Rel32Low,
    Rel32High,
    Rel64,
}

fn relocation_kind(number: u32) -> Option<RelocationKind> {
    Some(match number {
        1 | 6 => RelocationKind::Abs32Low,
        2 => RelocationKind::Abs32High,
        // RELATIVE64 is ABS64 whose symbol is the image.
        3 | 13 => RelocationKind::Abs64,
        4 | 10 => RelocationKind::Rel32Low,
        11 => RelocationKind::Rel32High,
        5 => RelocationKind::Rel64,
        _ => return None,
    })
}

const R_AMDGPU_NONE: u32 = 0;
const R_AMDGPU_RELATIVE64: u32 = 13;

impl<'a> CodeObject<'a> {
    /// Checks a file and finds a kernel in it. The error says what is wrong.
    pub(crate) fn parse(data: &'a [u8], entry: &str, die: Die) -> Result<CodeObject<'a>, String> {
        let header = Header::parse(data).map_err(|e| format!("not a 64-bit ELF file: {e}"))?;
        let endian = header
            .endian()
            .map_err(|e| format!("not a 64-bit ELF file: {e}"))?;
        if header.e_machine(endian).0 != EM_AMDGPU || endian != Endianness::Little {
            return Err(format!(
                "made for machine {}, not for AMDGPU",
                header.e_machine(endian)
            ));
        }
        if header.e_ident().os_abi.0 != OSABI_HSA {
            return Err(format!(
                "OS ABI {} instead of {OSABI_HSA} (amdhsa)",
                header.e_ident().os_abi.0
            ));
        }
        let machine = header.e_flags(endian).0 & 0xff;
        if !machines(die).contains(&machine) {
            return Err(format!(
                "compiled for machine {machine:#x}, this card is {} ({:#x})",
                die.arch(),
                machines(die)[0]
            ));
        }

        let (segments, low, size, executable) = load_segments(header, endian, data)?;
        let in_image = |address: u64, length: u64| -> Result<u64, String> {
            match address.checked_sub(low) {
                Some(at) if at.checked_add(length).is_some_and(|end| end <= size) => Ok(at),
                _ => Err(format!(
                    "address {address:#x} ({length} bytes) lies outside the loaded segments"
                )),
            }
        };

        let sections = header
            .sections(endian, data)
            .map_err(|e| format!("bad section table: {e}"))?;
        let dynamic = sections
            .symbols(endian, data, elf::SHT_DYNSYM)
            .map_err(|e| format!("bad dynamic symbol table: {e}"))?;
        let table = if dynamic.is_empty() {
            sections
                .symbols(endian, data, elf::SHT_SYMTAB)
                .map_err(|e| format!("bad symbol table: {e}"))?
        } else {
            dynamic
        };

        let wanted = format!("{entry}.kd");
        let mut names = Vec::new();
        let mut found = None;
        for symbol in table.iter() {
            let Ok(name) = symbol.name(endian, table.strings()) else {
                continue;
            };
            if name == wanted.as_bytes() && symbol.st_shndx(endian) != elf::SHN_UNDEF {
                found = Some(symbol.st_value(endian));
            } else if let Some(kernel) = name.strip_suffix(b".kd") {
                names.push(String::from_utf8_lossy(kernel).into_owned());
            }
        }
        let descriptor_address = found.ok_or_else(|| match names.as_slice() {
            [] => format!("no kernel {entry}, and no other"),
            names => format!("no kernel {entry}; there are: {}", names.join(", ")),
        })?;
        let descriptor_at = in_image(descriptor_address, DESCRIPTOR)?;

        let mut relocations = Vec::new();
        for section in sections.iter() {
            if section.sh_type(endian) == elf::SHT_REL {
                return Err("it has relocations without addends".into());
            }
            let Some((entries, link)) = section
                .rela(endian, data)
                .map_err(|e| format!("bad relocation section: {e}"))?
            else {
                continue;
            };
            // Without ALLOC a section is for linkers and debuggers.
            if section.sh_flags(endian).0 & elf::SHF_ALLOC.0 == 0 {
                continue;
            }
            let symbols = sections
                .symbol_table_by_index(endian, data, link)
                .map_err(|e| format!("bad relocation section: {e}"))?;
            for rela in entries {
                let number = rela.r_type(endian, false).0;
                if number == R_AMDGPU_NONE {
                    continue;
                }
                let kind = relocation_kind(number)
                    .ok_or_else(|| format!("relocation type {number} is not supported"))?;
                let width = match kind {
                    RelocationKind::Abs64 | RelocationKind::Rel64 => 8,
                    _ => 4,
                };
                let addend = rela.r_addend.get(endian) as u64;
                let symbol = match rela.symbol(endian, false) {
                    Some(index) if number != R_AMDGPU_RELATIVE64 => {
                        let symbol = symbols
                            .symbol(index)
                            .map_err(|e| format!("bad relocation: {e}"))?;
                        if symbol.st_shndx(endian) == elf::SHN_UNDEF {
                            let name = symbol.name(endian, symbols.strings()).unwrap_or_default();
                            return Err(format!(
                                "symbol {} is not defined",
                                String::from_utf8_lossy(name)
                            ));
                        }
                        symbol.st_value(endian)
                    }
                    _ => 0,
                };
                relocations.push(Relocation {
                    at: in_image(rela.r_offset.get(endian), width)?,
                    kind,
                    target: symbol.wrapping_add(addend).wrapping_sub(low),
                });
            }
        }

        let mut object = CodeObject {
            segments,
            relocations,
            size,
            descriptor: Descriptor {
                lds: 0,
                scratch: 0,
                arguments: 0,
                entry: 0,
                rsrc: [0; 3],
                properties: 0,
            },
            metadata: metadata_of(header, endian, data)
                .into_iter()
                .flatten()
                .find(|kernel| kernel.symbol == wanted),
        };
        object.descriptor = object.read_descriptor(descriptor_at)?;
        let code = object.descriptor.entry;
        if !executable
            .iter()
            .any(|range| range.start <= code && code + 4 <= range.end)
        {
            return Err(format!("the kernel's entry {code:#x} is not in code"));
        }
        if !code.is_multiple_of(256) {
            return Err(format!(
                "the kernel's entry {code:#x} is not aligned to 256 bytes"
            ));
        }
        object.check_descriptor()?;
        Ok(object)
    }

    fn read_descriptor(&self, at: u64) -> Result<Descriptor, String> {
        let mut bytes = [0; DESCRIPTOR as usize];
        for (start, content) in &self.segments {
            for (i, byte) in bytes.iter_mut().enumerate() {
                let from = (at + i as u64).checked_sub(*start);
                if let Some(found) = from.and_then(|from| content.get(from as usize)) {
                    *byte = *found;
                }
            }
        }
        let word = |i: usize| u32::from_le_bytes(std::array::from_fn(|b| bytes[i + b]));
        let offset = i64::from_le_bytes(std::array::from_fn(|b| bytes[16 + b]));
        let entry = at
            .checked_add_signed(offset)
            .filter(|entry| *entry < self.size)
            .ok_or_else(|| format!("the kernel's entry offset {offset:#x} is out of range"))?;
        if bytes[58] != 0 || bytes[59] != 0 {
            return Err("argument preloading is not a feature of this card".into());
        }
        Ok(Descriptor {
            lds: word(0),
            scratch: word(4),
            arguments: word(8),
            entry,
            rsrc: [word(48), word(52), word(44)],
            properties: u16::from_le_bytes([bytes[56], bytes[57]]),
        })
    }

    fn check_descriptor(&self) -> Result<(), String> {
        let d = &self.descriptor;
        for (bit, what) in [
            (property::PRIVATE_SEGMENT_BUFFER, "a private segment buffer"),
            (property::QUEUE_PTR, "a queue pointer"),
            (property::FLAT_SCRATCH_INIT, "a flat scratch base"),
        ] {
            if d.properties & bit != 0 {
                return Err(format!(
                    "it asks for {what}, which this driver does not provide"
                ));
            }
        }
        if d.lds > 64 << 10 {
            return Err(format!("{} bytes of LDS, at most 65536", d.lds));
        }
        // WAVESIZE has 15 bits of 256 bytes on gfx11; 64 lanes.
        if d.scratch > 128 << 10 {
            return Err(format!(
                "{} bytes of scratch a lane, at most 131072",
                d.scratch
            ));
        }
        if d.arguments > 1 << 16 {
            return Err(format!("{} bytes of arguments, at most 65536", d.arguments));
        }
        Ok(())
    }

    /// Bytes that the image takes in memory.
    pub(crate) fn image_size(&self) -> u64 {
        self.size + CODE_PAD
    }

    /// The image as it must lie at `base`, a multiple of 4 KiB.
    pub(crate) fn image(&self, base: u64) -> Vec<u8> {
        let mut image = vec![0u8; self.size as usize];
        for (at, content) in &self.segments {
            image[*at as usize..][..content.len()].copy_from_slice(content);
        }
        for relocation in &self.relocations {
            let place = base.wrapping_add(relocation.at);
            let absolute = base.wrapping_add(relocation.target);
            let relative = absolute.wrapping_sub(place);
            let bytes: &[u8] = match relocation.kind {
                RelocationKind::Abs32Low => &(absolute as u32).to_le_bytes(),
                RelocationKind::Abs32High => &((absolute >> 32) as u32).to_le_bytes(),
                RelocationKind::Abs64 => &absolute.to_le_bytes(),
                RelocationKind::Rel32Low => &(relative as u32).to_le_bytes(),
                RelocationKind::Rel32High => &((relative >> 32) as u32).to_le_bytes(),
                RelocationKind::Rel64 => &relative.to_le_bytes(),
            };
            image[relocation.at as usize..][..bytes.len()].copy_from_slice(bytes);
        }
        image.resize(image.len().next_multiple_of(4), 0);
        while (image.len() as u64) < self.image_size() {
            image.extend_from_slice(&CODE_END.to_le_bytes());
        }
        image
    }
}

type Segments<'a> = (Vec<(u64, &'a [u8])>, u64, u64, Vec<std::ops::Range<u64>>);

/// Segments relative to the lowest address, that address, the image's size, and what is code.
fn load_segments<'a>(
    header: &Header,
    endian: Endianness,
    data: &'a [u8],
) -> Result<Segments<'a>, String> {
    let programs = header
        .program_headers(endian, data)
        .map_err(|e| format!("bad program headers: {e}"))?;
    let loads: Vec<_> = programs
        .iter()
        .filter(|p| p.p_type(endian) == elf::PT_LOAD && p.p_memsz(endian) > 0)
        .collect();
    let low = loads
        .iter()
        .map(|p| p.p_vaddr(endian) & !0xfff)
        .min()
        .ok_or("nothing in it is to be loaded")?;
    let mut segments = Vec::new();
    let mut executable = Vec::new();
    let mut size = 0;
    for program in loads {
        let address = program.p_vaddr(endian) - low;
        let end = address
            .checked_add(program.p_memsz(endian))
            .filter(|end| *end <= IMAGE_LIMIT)
            .ok_or_else(|| format!("the image is larger than {IMAGE_LIMIT} bytes"))?;
        if program.p_align(endian) > 4096 {
            return Err(format!(
                "a segment wants alignment {}, at most 4096",
                program.p_align(endian)
            ));
        }
        let content = program
            .data(endian, data)
            .map_err(|()| "a segment lies outside the file")?;
        if content.len() as u64 > program.p_memsz(endian) {
            return Err("a segment is larger in the file than in memory".into());
        }
        if program.p_flags(endian).0 & elf::PF_X.0 != 0 {
            executable.push(address..end);
        }
        segments.push((address, content));
        size = size.max(end);
    }
    Ok((segments, low, size, executable))
}

fn metadata_of(header: &Header, endian: Endianness, data: &[u8]) -> Option<Vec<KernelMetadata>> {
    for program in header.program_headers(endian, data).ok()? {
        let Ok(Some(mut notes)) = program.notes(endian, data) else {
            continue;
        };
        while let Ok(Some(note)) = notes.next() {
            if note.name() == b"AMDGPU" && note.n_type(endian).0 == NT_AMDGPU_METADATA {
                return metadata::parse(note.desc());
            }
        }
    }
    None
}
