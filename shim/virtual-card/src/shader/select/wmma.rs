//! Wave matrix multiply-accumulate: none is modelled; naming one is an error when executed.

use rdna_isa::Op;

use crate::shader::alu::{Pick, Runs};

/// Picks the kernels of a matrix operation.
pub fn select(_op: Op, _p: Pick) -> Option<Runs> {
    None
}
