//! groups 1
//! bind 0.0 = iota:f32:64
//! bind 0.1 = iota:u32:16
//! bind 0.2 = zeros:256
//! out 0.2 = f32
struct Light { position: vec3<f32>, power: f32 }
struct U { m: mat3x3<f32>, lights: array<Light, 3>, scale: vec2<f32>, n: u32 }
@group(0) @binding(0) var<uniform> u: U;
@group(0) @binding(1) var<uniform> list: array<vec4<u32>, 4>;
@group(0) @binding(2) var<storage, read_write> o: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) i: u32) {
    let l = u.lights[i % 3u];
    let v = u.m * l.position + u.m[i % 3u];
    o[i] = v.x + v.y + v.z + l.power * u.scale.y + f32(list[i % 4u][i / 16u]);
}
