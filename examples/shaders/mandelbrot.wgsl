// Escape counts of the Mandelbrot set, one pixel per invocation.
struct Params { width: u32, height: u32, limit: u32, }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> counts: array<u32>;

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (id.x >= params.width || id.y >= params.height) { return; }
    let scale = 3.0 / f32(params.width);
    let c = vec2<f32>((f32(id.x) + 0.5) * scale - 2.25,
                      (f32(id.y) + 0.5 - 0.5 * f32(params.height)) * scale);
    var z = vec2<f32>();
    var n = 0u;
    while (n < params.limit && dot(z, z) <= 4.0) {
        z = vec2<f32>(z.x * z.x - z.y * z.y, 2.0 * z.x * z.y) + c;
        n++;
    }
    counts[id.y * params.width + id.x] = n;
}
