//! groups 1
//! bind 0.0 = iota:i32:64
//! bind 0.1 = zeros:256
//! out 0.1 = i32
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> o: array<i32>;
fn classify(x: i32) -> i32 {
    switch x {
        case 1, 2, 3: { return 10; }
        default: { return 20; }
        case -5: { return 30; }
        case 7: { if (x > 100) { return 1; } }
        case 8, 9: { }
    }
    return 40;
}
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = a[id.x];
    var r = 0;
    switch x % 6 {
        case 0: { r = 1; }
        case 1, default: { r = 2; if (x > 20) { break; } r = 3; }
        case 4: { r = 4; }
        case 5: { r = classify(x - 10); }
    }
    switch u32(x) { default: { r += 100; } }
    o[id.x] = r;
}
