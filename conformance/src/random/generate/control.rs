//! Control flow: loops, `switch`, early ways out and calls. Every loop counts its rounds in a
//! variable that nothing else writes, and a [`Place`] bounds how often all of them together run
//! what stands inside, so every kernel ends soon.

use super::{Generator, Place, BOOL, U32};
use crate::random::expr::Space;
use crate::random::tree::{Block, Expr, Loop, Stmt, Type};
use crate::scalar::Sc;

impl Generator {
    pub(super) fn switch(&mut self, inner: &Place) -> Block {
        let inner = &Place {
            breaks: true,
            ..inner.clone()
        };
        let signed = self.e.once_in(2);
        let sc = if signed { Sc::I32 } else { Sc::U32 };
        let ty = Type::Scalar(sc);
        let e = self.e.expr(&ty, 3);
        let e = if e.constant { self.e.runtime(&ty) } else { e };
        let suffix = if signed { "i" } else { "u" };
        let class = e.class;
        let selector = match self.e.below(9) {
            0 => Expr::literal(ty, format!("{}{suffix}", self.e.rng.below(6))),
            1 | 2 => e,
            3 | 4 if signed => Expr::new(ty, class, "($0 % 5i)", vec![e]),
            _ => Expr::new(ty, class, format!("($0 & 7{suffix})"), vec![e]),
        };
        let cases = 1 + self.e.below(5);
        let default = self.e.below(cases + 1);
        let mut value = if signed { -3i32 } else { 0 };
        let mut out = Vec::new();
        for i in 0..=cases {
            let mut labels = Vec::new();
            for _ in 0..self.e.below(3) {
                value += 1 + self.e.below(2) as i32;
                labels.push(format!("{value}{suffix}"));
            }
            if i == default {
                let at = self.e.below(labels.len() as u32 + 1) as usize;
                labels.insert(at, "default".into());
            }
            if labels.is_empty() {
                continue;
            }
            let head = match labels.as_slice() {
                [one] if one == "default" => "default".to_string(),
                _ => format!("case {}", labels.join(", ")),
            };
            let n = self.e.below(4);
            let body = self.statements(inner, n);
            out.push((head, body));
        }
        vec![Stmt::Switch(selector, out)]
    }

    /// A bound on rounds: an expression that may change from round to round, but never exceeds.
    fn rounds(&mut self, uniform: bool) -> (Expr, u32) {
        let most = [1, 2, 3, 4, 7, 16][self.e.below(6) as usize];
        if uniform {
            let e = self.uniform_word();
            let class = e.class;
            let text = format!("($0 % {}u)", most + 1);
            return (Expr::new(U32, class, text, vec![e]), most);
        }
        if self.e.once_in(2) {
            return (Expr::literal(U32, format!("{most}u")), most);
        }
        let e = self.e.expr(&U32, 2);
        let e = if e.constant { self.e.runtime(&U32) } else { e };
        let class = e.class;
        let text = format!("($0 % {}u)", most + 1);
        (Expr::new(U32, class, text, vec![e]), most)
    }

    pub(super) fn repeat(&mut self, place: &Place, inner: &Place) -> Block {
        let uniform = inner.uniform;
        let (bound, most) = self.rounds(uniform);
        if place.times * most > 48 {
            return self.assign();
        }
        let counter = self.fresh("c");
        let form = self.e.below(4);
        let inside = Place {
            breaks: !uniform,
            // What the body declares is seen by `continuing` if nothing jumps there.
            continues: !uniform && form != 3,
            times: place.times * most,
            ..inner.clone()
        };
        let scope = self.e.vars.len();
        self.constant_input(&counter, U32);
        let n = 1 + self.e.below(4);
        self.e.times = inside.times;
        let body = self.block(&inside, n);
        if form != 3 {
            self.e.vars.truncate(scope + 1);
        }
        let made = match form {
            0 => vec![Stmt::Loop(Loop {
                head: format!("for (var {counter} = 0u; {counter} < $0; {counter}++) {{"),
                args: vec![bound],
                body,
                tail: None,
            })],
            1 => vec![Stmt::Whole(vec![
                Stmt::Line(format!("var {counter} = 0u;"), Vec::new()),
                Stmt::Loop(Loop {
                    head: format!("while ({counter} < $0) {{ {counter} += 1u;"),
                    args: vec![bound],
                    body,
                    tail: None,
                }),
            ])],
            _ => {
                let still = Place {
                    breaks: false,
                    continues: false,
                    returns: None,
                    uniform: false,
                    depth: 4,
                    ..inside
                };
                let n = self.e.below(3);
                let tail = self.block(&still, n);
                let condition = match self.e.once_in(2) {
                    true if uniform => {
                        let e = self.uniform_word();
                        let class = e.class;
                        let text = format!("(($0 ^ {counter}) % 4u == 3u)");
                        Some(Expr::new(BOOL, class, text, vec![e]))
                    }
                    true => Some(self.e.expr(&BOOL, 2)),
                    false => None,
                };
                vec![Stmt::Whole(vec![
                    Stmt::Line(format!("var {counter} = 0u;"), Vec::new()),
                    Stmt::Loop(Loop {
                        head: format!("loop {{ if ({counter} >= $0) {{ break; }}"),
                        args: vec![bound],
                        body,
                        tail: Some((tail, format!("{counter}++;"), condition)),
                    }),
                ])]
            }
        };
        self.e.vars.truncate(scope);
        made
    }

    /// `break`, `continue` or `return` for some.
    pub(super) fn leave(&mut self, place: &Place) -> Block {
        let mut ways = Vec::new();
        if place.breaks {
            ways.push(Stmt::Line("break;".into(), Vec::new()));
        }
        if place.continues {
            ways.push(Stmt::Line("continue;".into(), Vec::new()));
        }
        match &place.returns {
            Some(None) if self.e.once_in(3) => {
                ways.push(Stmt::Line("return;".into(), Vec::new()));
            }
            Some(Some(ty)) => {
                let value = self.e.stored(ty, 2);
                ways.push(Stmt::Line("return $0;".into(), vec![value]));
            }
            Some(None) | None => {}
        }
        if ways.is_empty() {
            return self.assign();
        }
        let way = ways.swap_remove(self.e.below(ways.len() as u32) as usize);
        let condition = self.e.expr(&BOOL, 3);
        vec![Stmt::If(condition, vec![way], Vec::new())]
    }

    /// Calls a function, and declares what there is to point to if nothing is.
    pub(super) fn call(&mut self) -> Block {
        let n = self.e.functions.len() as u32;
        let i = self.e.below(n) as usize;
        let Some(s) = self.e.functions.get(i).cloned() else {
            return Vec::new();
        };
        let mut block = Vec::new();
        for (ty, space) in &s.params {
            let there = self.e.vars.iter().any(|v| {
                v.ty == *ty && v.pointee.as_ref().is_some_and(|p| Some(p.space) == *space)
            });
            if *space == Some(Space::Function) && (!there || self.e.once_in(3)) {
                block.push(self.declare_as(ty.clone(), true));
            }
        }
        let Some(call) = self.e.call_of(&s, 2) else {
            return block;
        };
        if self.e.once_in(3) {
            block.push(Stmt::Line("$0;".into(), vec![call]));
            return block;
        }
        let name = self.fresh("r");
        self.constant_input(&name, s.result);
        block.push(Stmt::Line(format!("let {name} = $0;"), vec![call]));
        block
    }
}
