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

/// Condition for stays to come that wait for a room, worded like the index `stays_waiting`.
const WAITING: &str = "stays.room_id IS NULL AND stays.status IN ('held', 'confirmed')";

/// Condition for stays to come that wait for a room.
pub fn are_waiting() -> SqlLiteral<Bool> {
    as_indexed(WAITING)
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

    #[test]
    fn who_waits_is_the_same_in_the_database() {
        let words: Vec<String> = super::super::TO_COME.iter().map(|status| format!("'{status}'")).collect();
        let statuses = format!("status IN ({})", words.join(", "));
        assert_eq!(super::WAITING, format!("stays.room_id IS NULL AND stays.{statuses}"));
        let migration = include_str!("../../../../../migrations/2026-11-29-000032_waiting_stays/up.sql");
        assert!(migration.contains(&format!("ON stays (property_id, room_type_id, id) WHERE room_id IS NULL AND {statuses};")));
    }
}
