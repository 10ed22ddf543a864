//! Conditions on stays in the words of their partial indexes.
use crate::stores::postgres::as_indexed;
use diesel::expression::SqlLiteral;
use diesel::sql_types::Bool;

/// [`LIVE`](super::LIVE), as the index `stays_live` has it.
const LIVE: &str = "stays.status IN ('held', 'confirmed', 'checked_in')";

/// Stays that are to come, or whose guests are in the house.
pub fn are_live() -> SqlLiteral<Bool> {
    as_indexed(LIVE)
}

/// Stays whose guests are in the house: as the index `stays_one_in_a_room` has them.
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
