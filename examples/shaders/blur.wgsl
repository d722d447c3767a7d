// Separable Gaussian blur of an RGB image in 0..1; run once along rows and once along columns.
struct Params { width: u32, height: u32, step_x: i32, step_y: i32, }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> target_image: array<vec4<f32>>;

const WEIGHTS = array<f32, 5>(0.2270270270, 0.1945945946, 0.1216216216, 0.0540540541, 0.0162162162);

fn pixel(x: i32, y: i32) -> vec4<f32> {
    let cx = clamp(x, 0, i32(params.width) - 1);
    let cy = clamp(y, 0, i32(params.height) - 1);
    return source[cy * i32(params.width) + cx];
}

@compute @workgroup_size(16, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if (any(id.xy >= vec2<u32>(params.width, params.height))) { return; }
    let x = i32(id.x);
    let y = i32(id.y);
    var sum = pixel(x, y) * WEIGHTS[0];
    for (var i = 1; i < 5; i++) {
        let dx = params.step_x * i;
        let dy = params.step_y * i;
        sum += (pixel(x + dx, y + dy) + pixel(x - dx, y - dy)) * WEIGHTS[i];
    }
    target_image[id.y * params.width + id.x] = sum;
}
