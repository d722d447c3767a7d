//! The buffers of a kernel: how they are bound, filled and declared. Every invocation has words of
//! its own in each that is written, so that no order shows; what may be written out of bounds is
//! never compared, but lies among buffers that are.

use super::{Generator, F32, FLOATS, OUTPUTS, U32};
use crate::device::Feature;
use crate::random::tree::{Class, Type};
use crate::scalar::Sc;
use std::rc::Rc;

impl Generator {
    /// Buffers: how they are bound and declared; what can be read of them comes into scope.
    pub(super) fn memory(&mut self) -> (Vec<String>, Vec<String>) {
        let n = self.invocations;
        let class = Class::variable(Some(Sc::F32));
        let mut words = |count: u32, floats: bool| {
            let words: Vec<String> = (0..count)
                .map(|_| {
                    let bits = match self.e.below(4) {
                        0 => self.e.below(8),
                        1 => 1 << self.e.below(32),
                        2 => u32::MAX - self.e.below(4),
                        _ => self.e.rng.u32(),
                    };
                    let small = (bits % (1 << (class.high - class.low + 1))) as i32
                        - (1 << (class.high - class.low));
                    let value = small as f32 * 2f32.powi(class.low);
                    let bits = if floats { value.to_bits() } else { bits };
                    bits.to_string()
                })
                .collect();
            words.join(",")
        };
        let uniform = format!(
            "{},{},{},0",
            words(20, false),
            words(12, true),
            words(3, true)
        );
        let mut header = vec![
            format!("bind 0.0 = u32:{uniform}"),
            format!("bind 0.1 = u32:{}", words(64, false)),
            format!("bind 0.2 = u32:{}", words(52, true)),
            format!("bind 0.3 = zeros:{}", n * OUTPUTS * 4),
            format!("bind 0.4 = zeros:{}", n * FLOATS * 4),
            format!("bind 0.5 = zeros:{}", n * 4),
            format!("bind 0.6 = i32:1,2,-1,0,5,2147483647,{}", i32::MIN),
            "bind 0.7 = zeros:68".into(),
            format!("bind 0.9 = zeros:{}", n * 4),
            "out 0.3 = u32".into(),
            "out 0.4 = f32 abs 1".into(),
            "out 0.5 = u32".into(),
            "out 0.6 = i32".into(),
        ];
        let needs: Vec<&str> = self.e.features.iter().map(|f| f.name()).collect();
        if !needs.is_empty() {
            header.insert(0, format!("needs {}", needs.join(" ")));
        }
        let mut globals: Vec<String> = [
            "struct U { a: vec4<u32>, b: array<vec4<i32>, 4>, c: mat3x3<f32>, d: vec3<f32>, zero: u32 }",
            "struct F { s: array<f32, 16>, v: array<vec3<f32>, 4>, m: array<mat4x2<f32>, 2>, q: vec4<f32> }",
            "@group(0) @binding(0) var<uniform> uni: U;",
            "@group(0) @binding(1) var<storage, read> inp: array<u32>;",
            "@group(0) @binding(2) var<storage, read> fin: F;",
            "@group(0) @binding(3) var<storage, read_write> out: array<u32>;",
            "@group(0) @binding(4) var<storage, read_write> fout: array<f32>;",
            "@group(0) @binding(5) var<storage, read_write> own: array<atomic<u32>>;",
            "@group(0) @binding(6) var<storage, read_write> tally: array<atomic<i32>, 7>;",
            "@group(0) @binding(7) var<storage, read_write> junk: array<u32>;",
            "@group(0) @binding(9) var<storage, read_write> cross_: array<u32>;",
            "var<workgroup> counts: array<atomic<u32>, 4>;",
            "var<private> gid: u32;",
            "var<private> lane: u32;",
        ]
        .map(String::from)
        .to_vec();
        let vector = |n, sc| Type::Vector(n, sc);
        self.constant_input("uni.a", vector(4, Sc::U32));
        self.constant_input("uni.b", Type::Array(Rc::new(vector(4, Sc::I32)), 4));
        self.constant_input("uni.c", Type::Matrix(3, 3, Sc::F32));
        self.constant_input("uni.d", vector(3, Sc::F32));
        self.constant_input("fin.s", Type::Array(Rc::new(F32), 16));
        self.constant_input("fin.v", Type::Array(Rc::new(vector(3, Sc::F32)), 4));
        self.constant_input(
            "fin.m",
            Type::Array(Rc::new(Type::Matrix(4, 2, Sc::F32)), 2),
        );
        self.constant_input("fin.q", vector(4, Sc::F32));
        self.constant_input("gid", U32);
        let edges: Vec<String> = (0..16).map(|_| self.e.number(Sc::U32)).collect();
        globals.push(format!(
            "const table = array<u32, 16>({});",
            edges.join(", ")
        ));
        if self.e.has(Feature::Subgroups) {
            self.constant_input("lane", U32);
        }
        if self.e.has(Feature::Atomic64) {
            header.push(format!("bind 0.10 = zeros:{}", n * 8));
            header.push("out 0.10 = u64".into());
            globals.push(
                "@group(0) @binding(10) var<storage, read_write> wide: array<atomic<u64>>;".into(),
            );
        }
        if self.e.has(Feature::AtomicF32) {
            header.push("bind 0.11 = zeros:12".into());
            header.push("out 0.11 = f32".into());
            globals.push(
                "@group(0) @binding(11) var<storage, read_write> sums: array<atomic<f32>, 3>;"
                    .into(),
            );
        }
        // A structure in storage memory, one for each invocation.
        let shareable: Vec<usize> = (0..self.e.structs.len())
            .filter(|&i| !self.e.has_bool(&Type::Struct(i)))
            .collect();
        if let Some(&i) = shareable.first() {
            // More than any layout needs.
            let bytes = n * self.e.scalars(&Type::Struct(i)) * 32;
            header.push(format!("bind 0.8 = zeros:{bytes}"));
            globals.push(format!(
                "@group(0) @binding(8) var<storage, read_write> recs: array<S{i}>;"
            ));
            self.variable("recs[gid]", Type::Struct(i), None);
        }
        (header, globals)
    }
}
