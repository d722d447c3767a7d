// One leapfrog step of all-pairs gravity, tiled through workgroup memory.
struct Params { count: u32, dt: f32, softening: f32, }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> old: array<vec4<f32>>; // xyz, mass
@group(0) @binding(2) var<storage, read_write> next: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> velocity: array<vec4<f32>>;
var<workgroup> tile: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {
    let me = old[id.x];
    var acceleration = vec3<f32>();
    for (var first = 0u; first < params.count; first += 64u) {
        tile[l] = old[first + l];
        workgroupBarrier();
        for (var j = 0u; j < 64u; j++) {
            let d = tile[j].xyz - me.xyz;
            let r = inverseSqrt(dot(d, d) + params.softening);
            acceleration += d * (tile[j].w * r * r * r);
        }
        workgroupBarrier();
    }
    let v = velocity[id.x].xyz + acceleration * params.dt;
    velocity[id.x] = vec4<f32>(v, 0.0);
    next[id.x] = vec4<f32>(me.xyz + v * params.dt, me.w);
}
