//! Cuts a kernel down while it still shows what it shows: greedily, from whole functions and runs
//! of statements to single operands. A step that makes it invalid is not taken, since then it does
//! not show it any more; and no step can make a result less exact than the generator did.

use super::tree::{Block, Expr, Kernel, Stmt, Type};
use crate::scalar::Sc;

/// The smallest kernel that is found for which `shows` holds, as it must for `kernel`.
pub fn reduce(kernel: &Kernel, shows: &mut dyn FnMut(&Kernel) -> bool) -> Kernel {
    let mut best = kernel.clone();
    loop {
        let before = best.size();
        for pass in [
            Pass::Runs(16),
            Pass::Runs(4),
            Pass::Runs(1),
            Pass::Unwrap,
            Pass::Expressions,
            Pass::Declarations,
        ] {
            let mut at = 0;
            while let Some(candidate) = step(&best, pass, at) {
                if candidate.size() < best.size() && shows(&candidate) {
                    best = candidate;
                } else {
                    at += 1;
                }
            }
        }
        if best.size() >= before {
            return best;
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Pass {
    /// Leaves out that many statements in a row.
    Runs(usize),
    /// Puts the inside of a statement in its place.
    Unwrap,
    /// Puts an operand, or a constant, in an expression's place.
    Expressions,
    /// Leaves out functions, declarations and workgroups.
    Declarations,
}

/// The kernel after step `at` of a pass, or `None` when there are no more.
fn step(kernel: &Kernel, pass: Pass, at: usize) -> Option<Kernel> {
    let mut out = kernel.clone();
    let mut left = at;
    let done = match pass {
        Pass::Declarations => declarations(&mut out, &mut left),
        Pass::Runs(n) => out
            .functions
            .iter_mut()
            .any(|f| runs(&mut f.body, n, &mut left)),
        Pass::Unwrap => out
            .functions
            .iter_mut()
            .any(|f| unwrap(&mut f.body, &mut left)),
        Pass::Expressions => out
            .functions
            .iter_mut()
            .any(|f| block_exprs(&mut f.body, &mut left)),
    };
    done.then_some(out)
}

/// Counts down; true when it is this one's turn.
fn turn(left: &mut usize) -> bool {
    match *left {
        0 => true,
        _ => {
            *left -= 1;
            false
        }
    }
}

fn declarations(kernel: &mut Kernel, left: &mut usize) -> bool {
    // Not the entry point, which is last.
    for i in 0..kernel.functions.len().saturating_sub(1) {
        if turn(left) {
            kernel.functions.remove(i);
            return true;
        }
    }
    for i in 0..kernel.globals.len() {
        if turn(left) {
            kernel.globals.remove(i);
            return true;
        }
    }
    for s in 0..kernel.structs.len() {
        for m in 0..kernel.structs[s].len() {
            if kernel.structs[s].len() > 1 && turn(left) {
                kernel.structs[s].remove(m);
                return true;
            }
        }
        if turn(left) {
            kernel.structs.remove(s);
            return true;
        }
    }
    if kernel.groups != [1; 3] && turn(left) {
        kernel.groups = [1; 3];
        return true;
    }
    for i in 0..kernel.header.len() {
        if turn(left) {
            kernel.header.remove(i);
            return true;
        }
    }
    false
}

/// Blocks directly inside a statement.
fn blocks(stmt: &mut Stmt) -> Vec<&mut Block> {
    match stmt {
        Stmt::Line(..) => Vec::new(),
        Stmt::If(_, accept, reject) => vec![accept, reject],
        Stmt::Switch(_, cases) => cases.iter_mut().map(|(_, block)| block).collect(),
        Stmt::Loop(l) => {
            let mut all = vec![&mut l.body];
            all.extend(l.tail.as_mut().map(|(block, ..)| block));
            all
        }
        Stmt::Whole(block) | Stmt::Scope(block) => vec![block],
    }
}

fn runs(block: &mut Block, n: usize, left: &mut usize) -> bool {
    let starts = if n == 1 {
        block.len()
    } else {
        block.len().div_ceil(n)
    };
    for i in 0..starts {
        if turn(left) {
            let from = i * n;
            block.drain(from..(from + n).min(block.len()));
            return true;
        }
    }
    block.iter_mut().any(|stmt| inside(stmt, n, left))
}

/// Statements inside of one that may be left out.
fn inside(stmt: &mut Stmt, n: usize, left: &mut usize) -> bool {
    match stmt {
        // Only what stands inside of its parts.
        Stmt::Whole(block) => block.iter_mut().any(|stmt| inside(stmt, n, left)),
        Stmt::Switch(_, cases) if n == 1 => {
            for i in 0..cases.len() {
                if turn(left) {
                    cases.remove(i);
                    return true;
                }
            }
            cases.iter_mut().any(|(_, block)| runs(block, n, left))
        }
        Stmt::Line(..) | Stmt::If(..) | Stmt::Switch(..) | Stmt::Loop(_) | Stmt::Scope(_) => {
            blocks(stmt).into_iter().any(|block| runs(block, n, left))
        }
    }
}

fn unwrap(block: &mut Block, left: &mut usize) -> bool {
    for i in 0..block.len() {
        let count = blocks(&mut block[i]).len();
        let whole = matches!(block[i], Stmt::Whole(_));
        for b in 0..count {
            if !whole && turn(left) {
                let body = std::mem::take(blocks(&mut block[i])[b]);
                block.splice(i..=i, body);
                return true;
            }
        }
        if let Stmt::Loop(l) = &mut block[i] {
            if let Some((_, _, condition)) = &mut l.tail {
                if condition.is_some() && turn(left) {
                    *condition = None;
                    return true;
                }
            }
        }
        for inner in blocks(&mut block[i]) {
            if unwrap(inner, left) {
                return true;
            }
        }
    }
    false
}

fn block_exprs(block: &mut Block, left: &mut usize) -> bool {
    block.iter_mut().any(|stmt| stmt_exprs(stmt, left))
}

fn stmt_exprs(stmt: &mut Stmt, left: &mut usize) -> bool {
    let own = match stmt {
        Stmt::Line(text, args) => {
            // What is assigned to must remain a place.
            let place = text.starts_with("$0") as usize;
            if let Some(target) = args.first_mut().filter(|_| place == 1) {
                if target.args.iter_mut().any(|index| expr(index, left)) {
                    return true;
                }
            }
            args.iter_mut().skip(place).any(|e| expr(e, left))
        }
        Stmt::If(e, ..) | Stmt::Switch(e, _) => expr(e, left),
        Stmt::Loop(l) => {
            let condition = l
                .tail
                .as_mut()
                .and_then(|(_, _, condition)| condition.as_mut());
            l.args.iter_mut().chain(condition).any(|e| expr(e, left))
        }
        Stmt::Whole(_) | Stmt::Scope(_) => false,
    };
    own || blocks(stmt)
        .into_iter()
        .any(|block| block_exprs(block, left))
}

fn expr(e: &mut Expr, left: &mut usize) -> bool {
    for constant in constants(&e.ty) {
        if e.text != constant && turn(left) {
            *e = Expr::literal(e.ty.clone(), constant);
            return true;
        }
    }
    for i in 0..e.args.len() {
        let fits = e.args[i].ty == e.ty && (e.args[i].class.within(e.class) || !is_float(&e.ty));
        if fits && turn(left) {
            *e = e.args.swap_remove(i);
            return true;
        }
    }
    e.args.iter_mut().any(|arg| expr(arg, left))
}

fn is_float(ty: &Type) -> bool {
    ty.scalar().is_some_and(Sc::is_float)
}

/// The simplest values of a type.
fn constants(ty: &Type) -> Vec<String> {
    let numbers: [&str; 2] = match ty {
        Type::Scalar(Sc::Bool) => ["false", "true"],
        Type::Scalar(Sc::I32) => ["0i", "1i"],
        Type::Scalar(Sc::U32) => ["0u", "1u"],
        Type::Scalar(Sc::F32) => ["0f", "1f"],
        Type::Scalar(Sc::F16) => ["0h", "1h"],
        Type::Scalar(Sc::F64) => ["0lf", "1lf"],
        Type::Scalar(Sc::I64) => ["0li", "1li"],
        Type::Scalar(Sc::U64) => ["0lu", "1lu"],
        // A pointer has this for its type, and no constants.
        Type::Array(_, 0) => return Vec::new(),
        Type::Scalar(_)
        | Type::Vector(..)
        | Type::Matrix(..)
        | Type::Array(..)
        | Type::Struct(_) => return vec![format!("{}()", ty.wgsl())],
    };
    numbers.map(String::from).to_vec()
}
