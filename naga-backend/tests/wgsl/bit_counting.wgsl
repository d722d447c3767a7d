//! groups 1
//! bind 0.0 = u32:0,1,2,3,4294967295,2147483648,65536,4080,305419896,2863311530,1431655765,128,255,256,16777216,4294967294
//! bind 0.1 = zeros:512
//! out 0.1 = u32
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> o: array<array<u32, 8>>;
@compute @workgroup_size(16)
fn main(@builtin(local_invocation_index) i: u32) {
    let x = a[i];
    o[i] = array(countOneBits(x), countLeadingZeros(x), countTrailingZeros(x), reverseBits(x),
        firstLeadingBit(x), firstTrailingBit(x), u32(firstLeadingBit(i32(x))), u32(firstTrailingBit(i32(x))));
}
