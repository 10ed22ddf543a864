//! Conditions on stays in the words of their partial indexes.
use crate::stores::postgres::as_indexed;
use diesel::expression::SqlLiteral;
use diesel::sql_types::Bool;

/// Condition for [`LIVE`](super::LIVE), worded like the index `stays_live`.
const LIVE: &str = "stays.status IN ('held', 'confirmed', 'checked_in')";

/// Condition for stays to come, and stays whose guests are in the house.
pub fn are_live() -> SqlLiteral<Bool> {
    as_indexed(LIVE)
}

/// Condition for stays whose guests are in the house, worded like the index `stays_one_in_a_room`.
pub fn are_in_house() -> SqlLiteral<Bool> {
    as_indexed("stays.status = 'checked_in'")
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_live_is_the_same_in_the_database() {
        let words: Vec<String> = super::super::LIVE.iter().map(|status| format!("'{status}'")).collect();
        let condition = format!("status IN ({})", words.join(", "));
        assert_eq!(super::LIVE, format!("stays.{condition}"));
        let migration = include_str!("../../../../../migrations/2026-11-23-000022_partial_indexes/up.sql");
        assert!(migration.contains(&format!("CREATE INDEX stays_live ON stays (property_id, check_in) WHERE {condition};")));
    }
}
