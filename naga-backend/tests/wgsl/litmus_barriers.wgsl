//! groups 12
//! bind 0.0 = zeros:12288
//! bind 0.1 = zeros:12288
//! bind 0.2 = zeros:6144
//! out 0.2 = u32
// Message passing and store buffering between the waves of a workgroup: after the barrier all see
// what each has written before it, in storage and in workgroup memory, however often the same words
// were read before.
@group(0) @binding(0) var<storage, read_write> data: array<u32>;
@group(0) @binding(1) var<storage, read_write> flag: array<u32>;
@group(0) @binding(2) var<storage, read_write> o: array<u32>;
var<workgroup> near: array<u32, 128>;
@compute @workgroup_size(128)
fn main(@builtin(local_invocation_index) i: u32, @builtin(workgroup_id) id: vec3<u32>) {
    let base = id.x * 256u;
    var wrong = 0u;
    var sum = 0u;
    for (var round = 1u; round <= 5u; round++) {
        let other = (i * 33u + round * 32u) % 128u;
        // Bring the old words into whatever caches there are.
        sum += data[base + other] + flag[base + 128u + other];
        storageBarrier();
        data[base + i] = round * 7u + i;
        flag[base + 128u + i] = round;
        near[i] = round * 11u + i;
        storageBarrier();
        wrong += u32(flag[base + 128u + other] != round);
        wrong += u32(data[base + other] != round * 7u + other);
        workgroupBarrier();
        wrong += u32(near[other] != round * 11u + other);
        workgroupBarrier();
        storageBarrier();
    }
    o[id.x * 128u + i] = wrong * 1000000u + i + 1u + sum;
}
