//! The committed register tables are what the generator writes.

#[path = "../examples/generate-registers.rs"]
mod generator;

#[test]
fn committed_tables_are_current() {
    let (table, fields) = generator::generate(
        include_str!("../registers/amd-registers.tsv"),
        include_str!("../registers/amd-register-fields.tsv"),
    );
    assert!(
        table == include_str!("../src/registers/table.rs"),
        "table.rs is stale: run the generator"
    );
    assert!(
        fields == include_str!("../src/registers/fields.rs"),
        "fields.rs is stale: run the generator"
    );
}
