//! Whatever an account can be used by is on the list of what recovery ends: `authentication/service/recovery.rs`.
use super::source::root;
use std::collections::BTreeSet;
use std::fs;

/// Tables with secrets of others than people, with the reason.
const NOT_OF_PEOPLE: &[(&str, &str)] = &[
    ("audit_keys", "HBS's own"),
    ("feed_exports", "the address of a calendar, which a hotel renews"),
    ("review_invitations", "the link of a booking, which writes one review and signs nobody in"),
    ("signing_keys", "HBS's own"),
    ("webhooks", "what their messages are signed with, which a hotel rotates; it signs nobody in"),
];

/// Parts of names of columns that hold secrets, sealed or as a hash.
const SECRETS: &[&str] = &["token_hash", "code_hash", "secret"];

/// The tables of the schema that have secrets.
fn with_secrets() -> BTreeSet<String> {
    let schema = fs::read_to_string(root().join("../../hbs-schema/src/lib.rs")).expect("the schema");
    let mut found = BTreeSet::new();
    for table in schema.split("diesel::table! {").skip(1) {
        let (head, rest) = table.split_once('{').expect("a table");
        let (columns, _) = rest.split_once('}').expect("its columns");
        let names = columns.lines().filter_map(|line| line.trim().split(" -> ").next());
        if names.into_iter().any(|name| SECRETS.iter().any(|part| name.contains(part))) {
            found.insert(head.split_whitespace().next().expect("a name").to_owned());
        }
    }
    found
}

/// S6: whoever takes an account back ends, or is told of, all by which it can be used.
#[test]
fn recovery_covers_all_by_which_an_account_can_be_used() {
    let recovery = fs::read_to_string(root().join("domains/authentication/service/recovery.rs")).expect("the list");
    let rows: Vec<&str> = recovery.lines().filter(|line| line.starts_with("//! | `")).collect();
    let is_listed = |table: &str| rows.iter().any(|row| row.contains(&format!("`{table}`")));
    let found = with_secrets();
    for (table, reason) in NOT_OF_PEOPLE {
        assert!(!is_listed(table), "{table} is said to be {reason}");
    }
    for table in ["api_keys", "recovery_codes", "refresh_tokens", "second_factors", "user_tokens"] {
        assert!(found.contains(table), "{table}: {found:?}");
    }
    let others = NOT_OF_PEOPLE.iter().map(|(table, _)| (*table).to_owned()).collect();
    for table in found.difference(&others) {
        assert!(is_listed(table), "{table} has secrets, and recovery does not say what becomes of them");
    }
}
