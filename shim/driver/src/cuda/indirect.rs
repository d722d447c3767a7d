//! Kernels whose grid is in the card's memory.
//!
//! The CUDA driver has no launch that reads its grid from memory. Of the ways around that, reading
//! it back stalls the queue, and device-side launches and updatable graph nodes need NVIDIA's device
//! runtime library, which users do not have. So the kernel gets a second entry point: launched with
//! as many workgroups as the card holds at once, each takes the places of a loop over the grid that
//! it reads itself. It costs one more compilation, when a kernel is first used so, and one barrier
//! and two divisions for each workgroup.
//!
//! The second entry point is made of the first one's text: reads of `%ctaid` and `%nctaid` become
//! reads of registers, returns become jumps to the end of the loop, and the address of the grid
//! follows the argument block. A dimension above 65535 makes it a grid without workgroups, as
//! WebGPU asks.

use std::fmt::Write;

use super::object::{tokens, Frame};

/// Name of the second entry point.
pub(crate) const ENTRY: &str = "egpu_indirect";

/// Most workgroups along an axis.
const MAX_GROUPS: u32 = 65535;

/// A module with the second entry point alone, and where the grid's address goes in its arguments.
pub(crate) fn rewrite(text: &str, frame: &Frame) -> (String, u32) {
    let address_at = frame.argument_bytes().next_multiple_of(8);
    let bytes = address_at + 8;
    let mut out = String::with_capacity(text.len() + 2048);

    // Everything outside of the entry stays: target, version, variables of the module, other entries.
    out += &text[..frame.name_at.start];
    out += ENTRY;
    let block = match &frame.block {
        Some(block) => {
            out += &text[frame.name_at.end..block.bytes_at.start];
            let _ = write!(out, "{bytes}");
            out += &text[block.bytes_at.end..frame.body.start];
            block.name.as_str()
        }
        None => {
            let rest = &text[frame.after_name..frame.body.start];
            // An empty list of parameters goes.
            let rest = match tokens(rest).nth(1) {
                Some(close) if close.text == ")" => &rest[close.range().end..],
                _ => rest,
            };
            let _ = write!(out, "(.param .align 16 .b8 egpu_args[{bytes}]){rest}");
            "egpu_args"
        }
    };
    let _ = write!(
        out,
        "
    .reg .pred %egpu_p;
    .reg .b32 %egpu_nx, %egpu_ny, %egpu_nz, %egpu_cx, %egpu_cy, %egpu_cz, %egpu_m, %egpu_q;
    .reg .b64 %egpu_a, %egpu_i, %egpu_n, %egpu_s, %egpu_t;
    ld.param.u64 %egpu_a, [{block}+{address_at}];
    ld.global.u32 %egpu_nx, [%egpu_a];
    ld.global.u32 %egpu_ny, [%egpu_a+4];
    ld.global.u32 %egpu_nz, [%egpu_a+8];
    max.u32 %egpu_m, %egpu_nx, %egpu_ny;
    max.u32 %egpu_m, %egpu_m, %egpu_nz;
    setp.gt.u32 %egpu_p, %egpu_m, {MAX_GROUPS};
    @%egpu_p bra $egpu_end;
    mul.wide.u32 %egpu_n, %egpu_nx, %egpu_ny;
    cvt.u64.u32 %egpu_t, %egpu_nz;
    mul.lo.u64 %egpu_n, %egpu_n, %egpu_t;
    mov.u32 %egpu_m, %ctaid.x;
    cvt.u64.u32 %egpu_i, %egpu_m;
    mov.u32 %egpu_m, %nctaid.x;
    cvt.u64.u32 %egpu_s, %egpu_m;
$egpu_group:
    setp.ge.u64 %egpu_p, %egpu_i, %egpu_n;
    @%egpu_p bra $egpu_end;
    cvt.u64.u32 %egpu_t, %egpu_nx;
    div.u64 %egpu_a, %egpu_i, %egpu_t;
    mul.lo.u64 %egpu_t, %egpu_a, %egpu_t;
    sub.u64 %egpu_t, %egpu_i, %egpu_t;
    cvt.u32.u64 %egpu_cx, %egpu_t;
    cvt.u32.u64 %egpu_q, %egpu_a;
    div.u32 %egpu_cz, %egpu_q, %egpu_ny;
    mul.lo.u32 %egpu_m, %egpu_cz, %egpu_ny;
    sub.u32 %egpu_cy, %egpu_q, %egpu_m;
    {{"
    );
    let body = &text[frame.body.clone()];
    let mut copied = 0;
    for token in tokens(body) {
        let instead = match token.text {
            "%ctaid.x" => "%egpu_cx",
            "%ctaid.y" => "%egpu_cy",
            "%ctaid.z" => "%egpu_cz",
            "%nctaid.x" => "%egpu_nx",
            "%nctaid.y" => "%egpu_ny",
            "%nctaid.z" => "%egpu_nz",
            "ret" | "exit" => "bra $egpu_next",
            _ => continue,
        };
        out += &body[copied..token.at];
        out += instead;
        copied = token.range().end;
    }
    out += &body[copied..];
    out += "
    }
$egpu_next:
    bar.sync 0;
    add.u64 %egpu_i, %egpu_i, %egpu_s;
    bra $egpu_group;
$egpu_end:
    ret;
";
    out += &text[frame.body.end..];
    (out, address_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_entry_reads_its_grid() {
        let text = ".visible .entry main(.param .align 16 .b8 args[20])\n.reqntid 8, 1, 1\n{\n\
                    mov.u32 %r1, %ctaid.y; @%p1 ret; mov.u32 %r2, %nctaid.z; ret;\n}\n";
        let frame = Frame::parse(text, "main").expect("a kernel");
        let (second, at) = rewrite(text, &frame);
        assert_eq!(at, 24);
        let again = Frame::parse(&second, ENTRY).expect("still a kernel");
        assert_eq!(again.argument_bytes(), 32);
        assert_eq!(again.workgroup_size, [8, 1, 1]);
        assert!(second.contains("mov.u32 %r1, %egpu_cy; @%p1 bra $egpu_next;"));
        assert!(second.contains("mov.u32 %r2, %egpu_nz; bra $egpu_next;"));
        assert!(second.contains("ld.param.u64 %egpu_a, [args+24];"));
    }

    #[test]
    fn kernels_without_arguments_get_a_block() {
        for head in ["main()", "main"] {
            let text = format!(".entry {head} .reqntid 1 {{ ret; }}");
            let frame = Frame::parse(&text, "main").expect("a kernel");
            let (second, at) = rewrite(&text, &frame);
            let again = Frame::parse(&second, ENTRY).expect("still a kernel");
            assert_eq!((at, again.argument_bytes()), (0, 8));
        }
    }
}
