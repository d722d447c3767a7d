//! groups 1,1,1
//! needs int64
//! bind 0.1 = u32:2687293488,2428584881,2,4294967292,6,4294967292,32768,1,4,4294967295,2,2849577004,4294967292,39765859,1,33554432,8192,3802081392,3,256,6,1259460205,0,685319466,4294967295,131072,32,1773416959,788340380,4294967293,7,4294967293,3638486636,5,8,4294967293,4294967294,1073741824,1,4,1024,6,0,3067532094,8,4294967293,4294967292,4294967292,1524698596,268435456,2,2048,1024,4294967294,16777216,4294967294,4294967292,158746327,64,3474482233,3,4294967295,1045188940,1024
//! bind 0.3 = zeros:768
//! out 0.3 = u32
// Found by random kernels: more scalar registers change places than there are.
@group(0) @binding(1) var<storage, read> inp: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<u32>;
var<private> gid: u32;
@compute @workgroup_size(48, 1, 1)
fn main(@builtin(global_invocation_id) g3: vec3<u32>, @builtin(local_invocation_id) l3: vec3<u32>, @builtin(local_invocation_index) li: u32, @builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) nw: vec3<u32>) {
    gid = g3.x;
    var v9 = array<array<vec2<u64>, 3>, 3>(array<vec2<u64>, 3>(vec2<u64>(), max(vec2<u64>(4294967295lu, 492258436821140850lu), vec2<u64>((u64(inp[18]) * 0x100000001lu), (u64(inp[29]) * 0x100000001lu))), vec2<u64>((u64(inp[61]) * 0x100000001lu), (u64(inp[52]) * 0x100000001lu))), array<vec2<u64>, 3>(vec2<u64>((u64(inp[43]) * 0x100000001lu), (u64(inp[1]) * 0x100000001lu)), vec3<u64>((u64(inp[46]) * 0x100000001lu), (u64(inp[0]) * 0x100000001lu), (u64(inp[47]) * 0x100000001lu)).zy, vec2<u64>((u64(inp[22]) * 0x100000001lu), (u64(inp[33]) * 0x100000001lu))), array<vec2<u64>, 3>(vec2<u64>((u64(inp[3]) * 0x100000001lu), (u64(inp[11]) * 0x100000001lu)), vec2<u64>((u64(inp[8]) * 0x100000001lu), (u64(inp[5]) * 0x100000001lu)), vec2<u64>((u64(inp[33]) * 0x100000001lu), (u64(inp[18]) * 0x100000001lu))));
    for (var c10 = 0u; c10 < 4u; c10++) {
        var c11 = 0u;
        loop { if (c11 >= c10) { break; }
            v9 = array<array<vec2<u64>, 3>, 3>(array<vec2<u64>, 3>(vec2<u64>(), vec2<u64>(), v9[2i][1u]), array<vec2<u64>, 3>(), array<vec2<u64>, 3>(vec2<u64>(), select(v9[2i][0u], vec2<u64>(), vec2<bool>(((inp[16] & 1u) == 1u), ((inp[34] & 1u) == 1u))), vec2<u64>()));
            continuing {
                c11++;
            }
        }
        v9 = array<array<vec2<u64>, 3>, 3>(array<vec2<u64>, 3>(v9[2i][2i], vec2<u64>(), v9[2i][2i]), array<vec2<u64>, 3>(v9[0i][2i], v9[0u][1u], v9[0i][0i]), v9[c10]);
    }
    let sum19 = v9[0u][2i];
    out[gid * 4u + 2u] += 1u + u32(sum19.x % 4294967291lu) * 1u + u32(sum19.y % 4294967291lu) * 3u;
}
