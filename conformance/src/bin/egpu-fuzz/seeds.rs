//! What damage starts from: the shaders of the corpus in each language, and code objects of them.

use std::path::{Path, PathBuf};

use egpu_conformance::corpus;
use egpu_translate::Kind;
use naga_backend::{Options, Target};

use crate::{Arguments, Subject};

/// Shaders to start from.
pub fn seeds(a: &Arguments) -> Result<Vec<Vec<u8>>, String> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    let cases = corpus::cases()?;
    match a.subject {
        Subject::Shader(Kind::Wgsl) => {
            all.extend(cases.iter().map(|c| c.source.clone().into_bytes()));
        }
        Subject::Shader(Kind::Spirv) => {
            let spirv = |c: &corpus::Case| {
                let source = egpu_translate::parse("seed", Kind::Wgsl, c.source.as_bytes()).ok()?;
                let constants = c.constants.iter().map(|(k, v)| (k.clone(), *v)).collect();
                let words = egpu_translate::spirv(&source, &c.entry, &constants).ok()?;
                Some(words.iter().flat_map(|w| w.to_le_bytes()).collect())
            };
            all.extend(cases.iter().filter_map(spirv));
        }
        Subject::Shader(Kind::Glsl) => all.extend(GLSL.map(|text| text.as_bytes().to_vec())),
        Subject::Elf | Subject::Code => {
            for (n, c) in cases.iter().enumerate() {
                let target = ["gfx1100", "gfx1201"][n % 2];
                let Some(target) = Target::from_name(target) else {
                    continue;
                };
                let source = egpu_translate::parse("seed", Kind::Wgsl, c.source.as_bytes());
                let constants = c.constants.iter().map(|(k, v)| (k.clone(), *v)).collect();
                let options = Options::new(target);
                let compiled = source
                    .and_then(|s| egpu_translate::compile(&s, &c.entry, &constants, &options));
                if let Ok(compiled) = compiled {
                    all.push(compiled.object);
                }
            }
        }
    }
    if let Some(folder) = &a.seeds {
        further(folder, a.subject, &mut all);
    }
    match all.is_empty() {
        true => Err("nothing to start from".into()),
        false => Ok(all),
    }
}

fn further(folder: &Path, subject: Subject, all: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            further(&path, subject, all);
        } else if Kind::from_path(&path).map(Subject::Shader) == Some(subject) {
            all.extend(std::fs::read(&path).ok().filter(|b| b.len() < 1 << 15));
        }
    }
}

/// Small shaders in GLSL.
const GLSL: [&str; 4] = [
    "#version 450
layout(local_size_x = 64) in;
layout(set = 0, binding = 0) readonly buffer A { float a[]; };
layout(set = 0, binding = 1) buffer B { float b[]; };
layout(set = 0, binding = 2) uniform P { uint n; float scale; vec4 v; mat4 m; };
#define SQUARE(x) ((x) * (x))
#define TWICE(x) (SQUARE(x) + SQUARE(x))
shared float part[64];
float f(float x, inout float y) { y += x; return x * 2.0 + TWICE(y); }
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i >= n) { return; }
    float y = a[i];
    part[gl_LocalInvocationID.x] = f(scale, y);
    barrier();
    for (int k = 0; k < 4; ++k) { y += part[(gl_LocalInvocationID.x + k) % 64]; }
    b[i] = dot(m * v, vec4(y)) + (i > 3u ? 1.0 : mix(2.0, 3.0, y));
}
",
    "#version 450
layout(local_size_x = 8, local_size_y = 8) in;
struct S { vec3 p; int k; };
layout(std430, binding = 0) buffer A { S s[]; };
const int N = 3;
const float W[N] = float[N](0.25, 0.5, 0.25);
void main() {
    int i = int(gl_GlobalInvocationID.y * 8u + gl_GlobalInvocationID.x);
    vec3 t = vec3(0.0);
    int j = 0;
    while (true) {
        if (j >= N) break;
        t += s[i + j].p.zyx * W[j];
        j++;
    }
    switch (s[i].k & 3) { case 0: t.x = 1.0; break; case 1: t.y = abs(t.x); default: t.z = 2.0; }
    s[i].p = normalize(t); s[i].k = floatBitsToInt(t.x) ^ bitCount(i);
}
",
    "#version 450
layout(local_size_x = 32) in;
layout(binding = 0) buffer A { uint count; uint data[]; };
#ifdef X
#define Y 1
#else
#define Y 2
#endif
#if Y == 2
uint g(uint x) { return x << Y; }
#endif
void main() {
    uint i = gl_LocalInvocationIndex;
    uint old = atomicAdd(count, g(i));
    data[i] = old + uint(sin(float(i))) + data.length();
    do { old >>= 1; } while (old > 3u);
    data[i + 1u] = old;
}
",
    "#version 450
layout(local_size_x = 1) in;
layout(binding = 0) buffer A { ivec4 v; mat3 m; bvec2 b; } x;
void main() {
    mat3 t = transpose(x.m) * 2.0;
    ivec4 v = x.v; v.xy = v.yx; v[2] += v.w;
    if (all(lessThan(v, ivec4(4))) || x.v.x == 2) { t[1] = cross(t[0], t[2]); }
    x.m = inverse(t); x.v = v;
}
",
];
