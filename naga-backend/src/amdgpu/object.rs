//! The HSA code object: an ELF file as ROCm's loader, `llvm-objdump` and our own driver take it.
//!
//! Laid out by hand, since the file is small and always the same: note, dynamic symbols, kernel
//! descriptor, code, dynamic section, symbols. Sources: LLVM's AMDGPUUsage, "Code Object" (version
//! 5), "Kernel Descriptor" and "Code Object V5 Metadata".

use rdna_isa::{Arch, Gen};

/// What the file says about a kernel.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// Symbol name of the kernel.
    pub name: &'a str,
    /// Die it is for.
    pub arch: Arch,
    /// Machine code, without the padding that the instruction fetcher needs.
    pub code: &'a [u32],
    /// Invocations of a workgroup.
    pub workgroup_size: [u32; 3],
    /// Vector registers used.
    pub vgprs: u32,
    /// Scalar registers used.
    pub sgprs: u32,
    /// Bytes of LDS.
    pub lds: u32,
    /// Bytes of scratch a lane.
    pub scratch: u32,
    /// Bytes of the argument block.
    pub argument_size: u32,
    /// Scalar registers filled before the workgroup ids, the argument pointer first.
    pub user_sgprs: u8,
    /// Workgroup ids wanted in x, y, z.
    pub workgroup_ids: [bool; 3],
    /// Axes of the local id that are read.
    pub local_id_axes: u8,
}

/// f32 denormals kept (bits 17:16), f16 and f64 denormals kept (19:18), rounding to nearest even.
const FLOAT_MODE: u32 = 0xf0 << 12;
const DX10_CLAMP: u32 = 1 << 21;
const MEM_ORDERED: u32 = 1 << 30;
const FORWARD_PROGRESS: u32 = 1 << 31;

/// `s_code_end`; the fetcher runs ahead of the program by up to 256 bytes.
const CODE_END: u32 = 0xbf9f_0000;
const CODE_END_WORDS: usize = 64;

impl Image<'_> {
    /// COMPUTE_PGM_RSRC1: CU mode (WGP_MODE 0), IEEE off.
    fn rsrc1(&self) -> u32 {
        let granules = self.vgprs.max(1).div_ceil(8) - 1;
        let clamp = match self.arch.gen() {
            Gen::Gfx11 => DX10_CLAMP,
            // The bit means workgroup round robin here; clamping is always on.
            Gen::Gfx12 => 0,
        };
        granules | FLOAT_MODE | clamp | MEM_ORDERED | FORWARD_PROGRESS
    }

    /// COMPUTE_PGM_RSRC2. LDS_SIZE is the loader's to fill in.
    fn rsrc2(&self) -> u32 {
        let [x, y, z] = self.workgroup_ids.map(u32::from);
        u32::from(self.scratch > 0)
            | u32::from(self.user_sgprs) << 1
            | x << 7
            | y << 8
            | z << 9
            | u32::from(self.local_id_axes.saturating_sub(1)) << 11
    }

    /// COMPUTE_PGM_RSRC3: instruction prefetch in units of 128 bytes.
    fn rsrc3(&self) -> u32 {
        let lines = (self.code.len() as u32 * 4).div_ceil(128);
        match self.arch.gen() {
            Gen::Gfx11 => lines.min(0x3f) << 4,
            Gen::Gfx12 => lines.min(0xff) << 4,
        }
    }

    /// The 64-byte kernel descriptor; `entry` is the code's address relative to it.
    fn descriptor(&self, entry: i64) -> [u8; 64] {
        const KERNARG_SEGMENT_PTR: u16 = 1 << 3;
        const WAVEFRONT_SIZE32: u16 = 1 << 10;
        let mut out = [0; 64];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.lds.to_le_bytes());
        put(4, &self.scratch.to_le_bytes());
        put(8, &self.argument_size.to_le_bytes());
        put(16, &entry.to_le_bytes());
        put(44, &self.rsrc3().to_le_bytes());
        put(48, &self.rsrc1().to_le_bytes());
        put(52, &self.rsrc2().to_le_bytes());
        put(56, &(KERNARG_SEGMENT_PTR | WAVEFRONT_SIZE32).to_le_bytes());
        out
    }

    /// The metadata map of code object version 5, in MessagePack.
    fn metadata(&self) -> Vec<u8> {
        let mut m = MessagePack::default();
        m.map(3);
        m.text("amdhsa.kernels");
        m.array(1);
        m.map(14);
        m.text(".args");
        m.array(u32::from(self.argument_size > 0));
        if self.argument_size > 0 {
            m.map(3);
            m.pair(".offset", 0);
            m.pair(".size", self.argument_size);
            m.text(".value_kind");
            m.text("by_value");
        }
        m.pair(".group_segment_fixed_size", self.lds);
        m.pair(".kernarg_segment_align", 16);
        m.pair(".kernarg_segment_size", self.argument_size);
        m.pair(
            ".max_flat_workgroup_size",
            self.workgroup_size.iter().product(),
        );
        m.text(".name");
        m.text(self.name);
        m.pair(".private_segment_fixed_size", self.scratch);
        m.text(".reqd_workgroup_size");
        m.array(3);
        self.workgroup_size.iter().for_each(|&n| m.uint(n));
        m.pair(".sgpr_count", self.sgprs);
        m.text(".symbol");
        m.text(&format!("{}.kd", self.name));
        m.text(".uses_dynamic_stack");
        m.bool(false);
        m.pair(".vgpr_count", self.vgprs);
        m.pair(".wavefront_size", 32);
        m.text(".workgroup_processor_mode");
        m.uint(0);
        m.text("amdhsa.target");
        m.text(&format!("amdgcn-amd-amdhsa--{}", self.arch.name()));
        m.text("amdhsa.version");
        m.array(2);
        m.uint(1);
        m.uint(2);
        m.0
    }
}

/// The part of MessagePack that metadata needs.
#[derive(Default)]
struct MessagePack(Vec<u8>);

impl MessagePack {
    fn uint(&mut self, value: u32) {
        match value {
            0..=0x7f => self.0.push(value as u8),
            _ => {
                self.0.push(0xce);
                self.0.extend(value.to_be_bytes());
            }
        }
    }

    fn bool(&mut self, value: bool) {
        self.0.push(0xc2 + value as u8);
    }

    fn text(&mut self, text: &str) {
        self.0.push(0xdb);
        self.0.extend((text.len() as u32).to_be_bytes());
        self.0.extend(text.as_bytes());
    }

    fn array(&mut self, items: u32) {
        self.0.push(0xdd);
        self.0.extend(items.to_be_bytes());
    }

    fn map(&mut self, pairs: u32) {
        self.0.push(0xdf);
        self.0.extend(pairs.to_be_bytes());
    }

    fn pair(&mut self, key: &str, value: u32) {
        self.text(key);
        self.uint(value);
    }
}

const SHT_PROGBITS: u32 = 1;
const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHT_HASH: u32 = 5;
const SHT_DYNAMIC: u32 = 6;
const SHT_NOTE: u32 = 7;
const SHT_DYNSYM: u32 = 11;
const SHF_WRITE: u64 = 1;
const SHF_ALLOC: u64 = 2;
const SHF_EXECINSTR: u64 = 4;
const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const PT_NOTE: u32 = 4;
const PT_PHDR: u32 = 6;
const PF_X: u32 = 1;
const PF_W: u32 = 2;
const PF_R: u32 = 4;

const HEADER: u64 = 64;
const PROGRAM_HEADER: u64 = 56;
const PAGE: u64 = 0x1000;

#[derive(Clone, Copy, Default)]
struct Section {
    name: u32,
    kind: u32,
    flags: u64,
    offset: u64,
    size: u64,
    link: u32,
    info: u32,
    align: u64,
    entry: u64,
}

/// A string table under construction.
struct Strings(Vec<u8>);

impl Strings {
    fn new() -> Strings {
        Strings(vec![0])
    }

    fn add(&mut self, text: &str) -> u32 {
        let at = self.0.len() as u32;
        self.0.extend(text.as_bytes());
        self.0.push(0);
        at
    }
}

fn symbol(name: u32, kind: u8, section: u16, value: u64, size: u64) -> [u8; 24] {
    const GLOBAL: u8 = 1 << 4;
    const PROTECTED: u8 = 3;
    let mut out = [0; 24];
    out[..4].copy_from_slice(&name.to_le_bytes());
    out[4] = GLOBAL | kind;
    out[5] = PROTECTED;
    out[6..8].copy_from_slice(&section.to_le_bytes());
    out[8..16].copy_from_slice(&value.to_le_bytes());
    out[16..].copy_from_slice(&size.to_le_bytes());
    out
}

/// Writes the file. Offsets in the file equal addresses, so loaders may map it whole.
pub fn write(image: &Image<'_>) -> Vec<u8> {
    // Section numbers, in order of the table below.
    const TEXT: u16 = 6;
    const RODATA: u16 = 5;
    const DYNSYM: u32 = 2;
    const DYNSTR: u32 = 4;
    const STRTAB: u32 = 9;
    const SECTIONS: usize = 11;
    const PROGRAM_HEADERS: u64 = 6;

    let descriptor_name = format!("{}.kd", image.name);
    let mut dynstr = Strings::new();
    let name_at = dynstr.add(image.name);
    let descriptor_at = dynstr.add(&descriptor_name);
    let mut names = Strings::new();

    let mut file = vec![0u8; (HEADER + PROGRAM_HEADERS * PROGRAM_HEADER) as usize];
    let mut sections = [Section::default(); SECTIONS];
    let mut place = |file: &mut Vec<u8>, n: usize, name: &str, mut s: Section, data: &[u8]| {
        file.resize((file.len() as u64).next_multiple_of(s.align) as usize, 0);
        s.name = names.add(name);
        s.offset = file.len() as u64;
        s.size = data.len() as u64;
        file.extend(data);
        sections[n] = s;
        s.offset
    };
    let section = |kind, flags, align| Section {
        kind,
        flags,
        align,
        ..Section::default()
    };

    let metadata = image.metadata();
    let mut note = Vec::new();
    const NT_AMDGPU_METADATA: u32 = 32;
    for word in [7, metadata.len() as u32, NT_AMDGPU_METADATA] {
        note.extend(word.to_le_bytes());
    }
    note.extend(b"AMDGPU\0\0");
    note.extend(&metadata);
    note.resize(note.len().next_multiple_of(4), 0);
    place(
        &mut file,
        1,
        ".note",
        section(SHT_NOTE, SHF_ALLOC, 4),
        &note,
    );

    // The addresses in the symbols are known once everything before the code is placed; all sizes
    // are, so the layout is computed forwards with a symbol table of the right size.
    let symbols = Section {
        link: DYNSTR,
        info: 1,
        entry: 24,
        ..section(SHT_DYNSYM, SHF_ALLOC, 8)
    };
    let dynsym_at = place(&mut file, DYNSYM as usize, ".dynsym", symbols, &[0; 72]);
    let mut hash = Vec::new();
    // One bucket, so no hash is needed: symbol 1, then 2, then the end.
    for word in [1u32, 3, 1, 0, 2, 0] {
        hash.extend(word.to_le_bytes());
    }
    let hashes = Section {
        link: DYNSYM,
        entry: 4,
        ..section(SHT_HASH, SHF_ALLOC, 4)
    };
    let hash_at = place(&mut file, 3, ".hash", hashes, &hash);
    let strings = section(SHT_STRTAB, SHF_ALLOC, 1);
    let dynstr_at = place(&mut file, DYNSTR as usize, ".dynstr", strings, &dynstr.0);
    let rodata = section(SHT_PROGBITS, SHF_ALLOC, 64);
    let descriptor = place(&mut file, RODATA as usize, ".rodata", rodata, &[0; 64]);
    let read_only_end = file.len() as u64;

    file.resize(file.len().next_multiple_of(PAGE as usize), 0);
    let words = image.code.iter().copied().chain([CODE_END; CODE_END_WORDS]);
    let text_bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    let code = section(SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 256);
    let text = place(&mut file, TEXT as usize, ".text", code, &text_bytes);
    let text_end = file.len() as u64;
    let at = descriptor as usize;
    file[at..at + 64].copy_from_slice(&image.descriptor(text as i64 - descriptor as i64));

    const STT_OBJECT: u8 = 1;
    const STT_FUNC: u8 = 2;
    let mut table = [0; 72];
    let function = symbol(name_at, STT_FUNC, TEXT, text, image.code.len() as u64 * 4);
    table[24..48].copy_from_slice(&function);
    table[48..].copy_from_slice(&symbol(descriptor_at, STT_OBJECT, RODATA, descriptor, 64));
    let at = dynsym_at as usize;
    file[at..at + 72].copy_from_slice(&table);

    file.resize(file.len().next_multiple_of(PAGE as usize), 0);
    let mut dynamic = Vec::new();
    const DT_NULL: u64 = 0;
    const DT_HASH: u64 = 4;
    const DT_STRTAB: u64 = 5;
    const DT_SYMTAB: u64 = 6;
    const DT_STRSZ: u64 = 10;
    const DT_SYMENT: u64 = 11;
    for (tag, value) in [
        (DT_SYMTAB, dynsym_at),
        (DT_SYMENT, 24),
        (DT_STRTAB, dynstr_at),
        (DT_STRSZ, dynstr.0.len() as u64),
        (DT_HASH, hash_at),
        (DT_NULL, 0),
    ] {
        dynamic.extend(tag.to_le_bytes());
        dynamic.extend(value.to_le_bytes());
    }
    let dynamics = Section {
        link: DYNSTR,
        entry: 16,
        ..section(SHT_DYNAMIC, SHF_ALLOC | SHF_WRITE, 8)
    };
    let dynamic_at = place(&mut file, 7, ".dynamic", dynamics, &dynamic);
    let symbols = Section {
        link: STRTAB,
        info: 1,
        entry: 24,
        ..section(SHT_SYMTAB, 0, 8)
    };
    place(&mut file, 8, ".symtab", symbols, &table);
    place(
        &mut file,
        STRTAB as usize,
        ".strtab",
        section(SHT_STRTAB, 0, 1),
        &dynstr.0,
    );
    let own_name = names.add(".shstrtab");
    let shstrtab_at = file.len() as u64;
    file.extend(&names.0);
    sections[10] = Section {
        name: own_name,
        offset: shstrtab_at,
        size: names.0.len() as u64,
        ..section(SHT_STRTAB, 0, 1)
    };

    file.resize(file.len().next_multiple_of(8), 0);
    let section_headers = file.len() as u64;
    for s in &sections {
        let address = if s.flags & SHF_ALLOC != 0 {
            s.offset
        } else {
            0
        };
        file.extend(s.name.to_le_bytes());
        file.extend(s.kind.to_le_bytes());
        for word in [s.flags, address, s.offset, s.size] {
            file.extend(word.to_le_bytes());
        }
        file.extend(s.link.to_le_bytes());
        file.extend(s.info.to_le_bytes());
        file.extend(s.align.to_le_bytes());
        file.extend(s.entry.to_le_bytes());
    }

    let mut head = Vec::with_capacity((HEADER + PROGRAM_HEADERS * PROGRAM_HEADER) as usize);
    // 64-bit, little endian, ELFOSABI_AMDGPU_HSA, code object version 5.
    head.extend(b"\x7fELF\x02\x01\x01\x40\x03\0\0\0\0\0\0\0");
    const ET_DYN: u16 = 3;
    const EM_AMDGPU: u16 = 224;
    head.extend(ET_DYN.to_le_bytes());
    head.extend(EM_AMDGPU.to_le_bytes());
    head.extend(1u32.to_le_bytes());
    for word in [0, HEADER, section_headers] {
        head.extend(word.to_le_bytes());
    }
    head.extend(image.arch.elf_mach().to_le_bytes());
    for half in [
        HEADER,
        PROGRAM_HEADER,
        PROGRAM_HEADERS,
        64,
        SECTIONS as u64,
        10,
    ] {
        head.extend((half as u16).to_le_bytes());
    }
    let note = sections[1];
    for (kind, flags, offset, size, align) in [
        (PT_PHDR, PF_R, HEADER, PROGRAM_HEADERS * PROGRAM_HEADER, 8),
        (PT_LOAD, PF_R, 0, read_only_end, PAGE),
        (PT_LOAD, PF_R | PF_X, text, text_end - text, PAGE),
        (PT_LOAD, PF_R | PF_W, dynamic_at, dynamic.len() as u64, PAGE),
        (PT_DYNAMIC, PF_R | PF_W, dynamic_at, dynamic.len() as u64, 8),
        (PT_NOTE, PF_R, note.offset, note.size, 4),
    ] {
        head.extend(kind.to_le_bytes());
        head.extend(flags.to_le_bytes());
        for word in [offset, offset, offset, size, size, align] {
            head.extend(word.to_le_bytes());
        }
    }
    file[..head.len()].copy_from_slice(&head);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    const S_ENDPGM: u32 = 0xbfb0_0000;

    fn image(arch: Arch) -> Image<'static> {
        Image {
            name: "main",
            arch,
            code: &[S_ENDPGM],
            workgroup_size: [64, 2, 1],
            vgprs: 20,
            sgprs: 18,
            lds: 1200,
            scratch: 260,
            argument_size: 48,
            user_sgprs: 13,
            workgroup_ids: [true; 3],
            local_id_axes: 3,
        }
    }

    #[test]
    fn resource_words_are_llvms() {
        // LLVM 22 for three workgroup ids, 3-D local ids and scratch on gfx1100: RSRC2 0x139b,
        // and RSRC1 0xe0af0000 with WGP_MODE and IEEE, which we leave off.
        let image = image(Arch::Gfx1100);
        assert_eq!(image.rsrc2(), 0x139b);
        assert_eq!(image.rsrc1() & !0x3f, 0xe0af_0000 & !(1 << 29) & !(1 << 23));
        assert_eq!(image.rsrc1() & 0x3f, 2);
    }

    #[test]
    fn layout() {
        for arch in Arch::ALL {
            let file = write(&image(arch));
            let half = |at: usize| u16::from_le_bytes([file[at], file[at + 1]]);
            let long =
                |at: usize| u64::from_le_bytes(std::array::from_fn(|i| file[at + i])) as usize;
            assert_eq!(&file[..4], b"\x7fELF");
            assert_eq!(half(18), 224);
            assert_eq!(Arch::from_elf_flags(file[48].into()), Some(arch));
            let (sections, count) = (long(40), half(60) as usize);
            assert_eq!(file.len(), sections + count * 64);
            // .rodata and .text
            let (rodata, text) = (long(sections + 5 * 64 + 24), long(sections + 6 * 64 + 24));
            assert_eq!(rodata % 64, 0);
            assert_eq!(text % 256, 0);
            assert_eq!(rodata + long(rodata + 16), text);
            assert_eq!(file[text..text + 4], S_ENDPGM.to_le_bytes());
            assert_eq!(file[text + 4..text + 8], CODE_END.to_le_bytes());
        }
    }
}
