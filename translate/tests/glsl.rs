//! GLSL that is odd, and GLSL that naga does not survive.

use egpu_translate::{compile, parse, Error, Kind};
use naga_backend::{Options, Target};

fn translate(text: &str) -> Result<(), Error> {
    let source = parse("test", Kind::Glsl, text.as_bytes())?;
    for target in ["gfx1100", "gfx1201"] {
        let options = Options::new(Target::from_name(target).unwrap());
        compile(&source, "main", &Default::default(), &options)?;
    }
    Ok(())
}

/// naga's front end loads every member of a block where the shader begins.
#[test]
fn an_unused_block_compiles() {
    translate(
        "#version 450
        layout(set = 0, binding = 0, std140) uniform U { vec3 a; ivec2 b; };
        void main() { }",
    )
    .unwrap();
}

#[test]
fn macros_do_not_explode() {
    let chain: String = (0..60)
        .map(|n| format!("#define m{} m{n} + m{n}\n", n + 1))
        .collect();
    let text = format!("#version 450\n{chain}\nvoid main() {{ int a = m60; }}");
    assert!(matches!(translate(&text), Err(Error::Limit { .. })));
}

/// What naga panics on is an error for us, with the place of the panic.
#[test]
fn a_panic_of_naga_is_an_error() {
    let text = "#version 450
        float f[4294967295u][4294967295u][3];
        void main() { f[0][0][0] = 1.0; }";
    match translate(text) {
        Err(Error::Internal { phase, what }) => {
            assert_eq!(phase, "parsing");
            assert!(what.contains("naga"), "{what}");
        }
        // A later naga may know better.
        Err(Error::Parse(_) | Error::Validation(_)) => {}
        other => panic!("{other:?}"),
    }
}
