//! Parallel copies as sequences of moves.
//!
//! All sources are read before any destination is written. Cycles need a swap: `v_swap_b32` for
//! vector registers, three moves through vcc_hi for scalar ones (vcc_hi holds nothing in wave32,
//! and XOR swaps would destroy SCC).

use rdna_isa::{Inst, Op, Operand, Sreg};

use super::mir::Bank;

/// One destination and its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Bank of the destination.
    pub bank: Bank,
    /// Destination register.
    pub to: u8,
    /// Source: a register of the same bank, or of the scalar one, or a constant.
    pub from: Operand,
}

fn register(bank: Bank, n: u8) -> Operand {
    match bank {
        Bank::S => Operand::Sgpr(Sreg(n)),
        Bank::V => Operand::Vgpr(n),
    }
}

fn mov(bank: Bank, to: u8, from: Operand) -> Inst {
    let op = match bank {
        Bank::S => Op::S_MOV_B32,
        Bank::V => Op::V_MOV_B32,
    };
    Inst::new(op, &[register(bank, to), from])
}

/// Appends the moves that perform `pairs` at once.
pub fn sequence(pairs: &[Pair], out: &mut Vec<Inst>) {
    // Vector destinations first: their sources may be scalar registers that are overwritten, and
    // never the reverse.
    for bank in [Bank::V, Bank::S] {
        let mut pending: Vec<(u8, Operand)> = pairs
            .iter()
            .filter(|p| p.bank == bank && p.from != register(bank, p.to))
            .map(|p| (p.to, p.from))
            .collect();
        while !pending.is_empty() {
            let ready = pending.iter().position(|&(to, _)| {
                let own = register(bank, to);
                !pending.iter().any(|&(_, from)| from == own)
            });
            if let Some(n) = ready {
                let (to, from) = pending.swap_remove(n);
                out.push(mov(bank, to, from));
                continue;
            }
            // Only cycles are left, all within this bank.
            let (to, from) = pending[0];
            let (Operand::Vgpr(source) | Operand::Sgpr(Sreg(source))) = from else {
                out.push(mov(bank, to, from));
                pending.remove(0);
                continue;
            };
            match bank {
                Bank::V => out.push(Inst::new(
                    Op::V_SWAP_B32,
                    &[register(bank, to), register(bank, source)],
                )),
                Bank::S => {
                    let temporary = Operand::Sgpr(Sreg::VCC_HI);
                    out.push(Inst::new(Op::S_MOV_B32, &[temporary, register(bank, to)]));
                    out.push(mov(bank, to, register(bank, source)));
                    out.push(mov(bank, source, temporary));
                }
            }
            // `to` is right now; what was in it is in `source`.
            pending.remove(0);
            for (_, from) in &mut pending {
                if *from == register(bank, to) {
                    *from = register(bank, source);
                } else if *from == register(bank, source) {
                    *from = register(bank, to);
                }
            }
            pending.retain(|&(to, from)| from != register(bank, to));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the moves over register files that hold their own numbers.
    fn run(pairs: &[Pair]) -> [Vec<u32>; 2] {
        let mut insts = Vec::new();
        sequence(pairs, &mut insts);
        let mut files = [
            (0..128).map(|n| n + 1000).collect::<Vec<u32>>(),
            (0..256).collect(),
        ];
        let read = |files: &[Vec<u32>; 2], o: Operand| match o {
            Operand::Sgpr(Sreg(n)) => files[0][n as usize],
            Operand::Vgpr(n) => files[1][n as usize],
            Operand::Literal(bits) => bits,
            other => panic!("{other:?}"),
        };
        let write = |files: &mut [Vec<u32>; 2], o: Operand, value| match o {
            Operand::Sgpr(Sreg(n)) => files[0][n as usize] = value,
            Operand::Vgpr(n) => files[1][n as usize] = value,
            other => panic!("{other:?}"),
        };
        for inst in insts {
            let (a, b) = (inst.operands[0], inst.operands[1]);
            let value = read(&files, b);
            if inst.op == Op::V_SWAP_B32 {
                let other = read(&files, a);
                write(&mut files, b, other);
            }
            write(&mut files, a, value);
        }
        files
    }

    #[test]
    fn all_sources_are_read_first() {
        // Every mapping of four registers onto four, in both banks at once.
        for code in 0..256u32 {
            let map = |n: u32| code >> (2 * n) & 3;
            let mut pairs = Vec::new();
            for n in 0..4 {
                pairs.push(Pair {
                    bank: Bank::S,
                    to: n as u8,
                    from: Operand::s(map(n) as u8),
                });
                pairs.push(Pair {
                    bank: Bank::V,
                    to: n as u8,
                    from: Operand::v(map(n) as u8),
                });
            }
            pairs.push(Pair {
                bank: Bank::V,
                to: 9,
                from: Operand::s(2),
            });
            pairs.push(Pair {
                bank: Bank::S,
                to: 8,
                from: Operand::Literal(77),
            });
            let files = run(&pairs);
            for n in 0..4 {
                assert_eq!(files[0][n as usize], 1000 + map(n), "{code:#x}");
                assert_eq!(files[1][n as usize], map(n), "{code:#x}");
            }
            assert_eq!((files[1][9], files[0][8]), (1002, 77));
        }
    }
}
