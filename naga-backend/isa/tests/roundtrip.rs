//! Every row in every legal form encodes, decodes to itself, and encodes to the same dwords.

mod cases;

use rdna_isa::{decode, encode, Gen};

fn check(gen: Gen) {
    let cases = cases::cases(gen);
    assert!(cases.len() > 10_000, "only {} cases", cases.len());
    for case in cases {
        let packet = case.packet;
        let mut words = Vec::new();
        if let Err(error) = encode(&packet, gen, &mut words) {
            panic!("{packet:?}: {error}");
        }
        assert_eq!(words.len(), packet.dwords(gen), "{packet:?}");
        let (decoded, used) = match decode(&words, gen) {
            Ok(decoded) => decoded,
            Err(error) => panic!("{packet:?} {words:08x?}: {error}"),
        };
        assert_eq!(used, words.len(), "{packet:?}");
        assert_eq!(decoded, packet, "{words:08x?}");
        for length in 0..words.len() {
            assert!(
                decode(&words[..length], gen).is_err(),
                "{packet:?} cut to {length}"
            );
        }
    }
}

#[test]
fn gfx11() {
    check(Gen::Gfx11);
}

#[test]
fn gfx12() {
    check(Gen::Gfx12);
}
