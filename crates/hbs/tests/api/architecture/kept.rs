//! Files stay for as long as something refers to them: whatever holds their keys is asked before they are swept.
use super::source::root;
use std::collections::BTreeSet;
use std::fs;

/// Columns that are called keys and hold none of files, with what they hold.
const OF_NO_FILE: &[(&str, &str)] = &[
    ("guests.name_key", "a name to compare"),
    ("guests.phone_key", "a number to compare"),
    ("notifications.dedup_key", "what is told once"),
    ("notifications.group_key", "what is told together"),
    ("offer_codes.code_key", "a code to compare"),
    ("rooms.number_key", "a number to compare"),
];

/// The columns of the schema that are texts and are called keys.
fn keys() -> BTreeSet<String> {
    let schema = fs::read_to_string(root().join("../../hbs-schema/src/lib.rs")).expect("the schema");
    let mut found = BTreeSet::new();
    for block in schema.split("diesel::table! {").skip(1) {
        let (head, rest) = block.split_once('{').expect("a table");
        let (columns, _) = rest.split_once('}').expect("its columns");
        let table = head.split_whitespace().next().expect("a name");
        let pairs = columns.lines().filter_map(|line| line.trim().split_once(" -> "));
        let texts = pairs.filter(|(name, kind)| (*name == "key" || name.ends_with("_key")) && kind.contains("Text"));
        found.extend(texts.map(|(name, _)| format!("{table}.{name}")));
    }
    found
}

#[test]
fn no_file_is_swept_that_something_refers_to() {
    let code = fs::read_to_string(root().join("domains/images/repository.rs")).expect("the queries");
    let (_, asked) = code.split_once("pub async fn referenced").expect("the query");
    let found = keys();
    for (column, what) in OF_NO_FILE {
        assert!(found.contains(*column), "{column}, which held {what}, is gone: take it off the list");
    }
    for column in found.iter().filter(|column| OF_NO_FILE.iter().all(|(other, _)| other != column)) {
        let asks = format!("{}.eq_any(keys)", column.replace('.', "::"));
        assert!(asked.contains(&asks), "{column} holds keys of files, and the sweep does not ask there");
    }
}
