//! Arbitrary dwords decode without panic, and what decodes is what encodes.

use rdna_isa::{decode, encode, Gen};

/// xorshift64*: repeatable, and good enough to reach every opcode.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    }
}

/// Decodes one stream; what decodes must print, and encode to dwords that decode to the same again.
fn check(words: &[u32], gen: Gen) -> bool {
    let Ok((packet, used)) = decode(words, gen) else {
        return false;
    };
    assert!(!packet.display(gen).to_string().is_empty());
    let mut again = Vec::new();
    if let Err(error) = encode(&packet, gen, &mut again) {
        panic!(
            "{:08x?} decodes to {packet:?}, which does not encode: {error}",
            &words[..used]
        );
    }
    assert_eq!(again.len(), used, "{:08x?} {packet:?}", &words[..used]);
    assert_eq!(packet.dwords(gen), used, "{packet:?}");
    assert_eq!(
        decode(&again, gen),
        Ok((packet, used)),
        "{:08x?}",
        &words[..used]
    );
    true
}

fn run(mut count: u64, seed: u64) -> [u64; 2] {
    let mut random = Random(seed);
    let mut decoded = [0; 2];
    while count > 0 {
        count -= 1;
        let mut words = [random.next(), random.next(), random.next(), random.next()];
        // Half of the time, a first dword that begins some format, and fewer wild registers.
        if count & 1 == 0 {
            const HEADS: [u32; 20] = [
                0x00, 0x20, 0x7c, 0x7e, 0x80, 0xb0, 0xbe, 0xbf, 0xc8, 0xcc, 0xcd, 0xce, 0xd4, 0xd8,
                0xdc, 0xe0, 0xc4, 0xec, 0xf4, 0xd6,
            ];
            let head = HEADS[random.next() as usize % HEADS.len()];
            words[0] = words[0] & 0x03ff_ffff | head << 24;
            words[1] &= random.next();
        }
        let length = 1 + random.next() as usize % 4;
        for (i, gen) in [Gen::Gfx11, Gen::Gfx12].into_iter().enumerate() {
            decoded[i] += u64::from(check(&words[..length], gen));
        }
    }
    decoded
}

#[test]
fn random_dwords() {
    let decoded = run(400_000, 0x9e37_79b9_7f4a_7c15);
    assert!(
        decoded.iter().all(|&n| n > 40_000),
        "too few decode: {decoded:?}"
    );
}

/// `FUZZ_SECONDS=600 cargo test -p rdna-isa --test fuzz -- --ignored --nocapture`
#[test]
#[ignore = "runs for $FUZZ_SECONDS (60)"]
fn random_dwords_at_length() {
    let seconds = std::env::var("FUZZ_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(60);
    let start = std::time::Instant::now();
    let (mut seed, mut total, mut rounds) = (1u64, [0u64; 2], 0u64);
    while start.elapsed().as_secs() < seconds {
        seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1) | 1;
        let decoded = run(100_000, seed);
        total = [total[0] + decoded[0], total[1] + decoded[1]];
        rounds += 1;
    }
    println!(
        "{} streams; decoded: gfx11 {}, gfx12 {}",
        rounds * 100_000,
        total[0],
        total[1]
    );
}
