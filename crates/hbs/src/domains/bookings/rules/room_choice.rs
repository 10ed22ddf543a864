//! Choice of a room for a stay: what speaks against each, and which are better. Pure.
use crate::words::text_enum;
use chrono::NaiveDate;

text_enum! {
    /// Reason against a room for a stay: others have it on some of the nights (`taken`), a block has (`blocked`), it is too
    /// small for the guests (`too_small`), its type has no room left on some of the nights (`sold_out`), other guests have
    /// not left it (`occupied`), or it is not made up (`not_ready`).
    pub enum RoomObjection {
        /// Another stay has the room on some of the nights.
        Taken = "taken",
        /// A block has the room on some of the nights.
        Blocked = "blocked",
        /// The room does not take the guests.
        TooSmall = "too_small",
        /// All rooms of its type are sold on some of the nights.
        SoldOut = "sold_out",
        /// Other guests are in the room.
        Occupied = "occupied",
        /// The room is not made up.
        NotReady = "not_ready",
    }
}

/// Merits of a room, the better the less: by what matters most.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Merits {
    /// `true` if something keeps the stay from being given the room.
    pub is_out: bool,
    /// `true` unless the stay has the room.
    pub is_other: bool,
    /// `true` unless the room is of the type that the stay is in.
    pub is_of_other_type: bool,
    /// `true` if guests could not go to the room now, where they would.
    pub is_unready: bool,
    /// Number of nights between others around the stay; the largest number where there is nobody on one side.
    pub gap: i64,
    /// Number on the door, as rooms are ordered.
    pub number: (usize, String),
}

/// Returns the length of the gap in which a stay would be, by the occupied nights next to it.
pub fn gap(before: Option<NaiveDate>, after: Option<NaiveDate>) -> i64 {
    match (before, after) {
        (Some(before), Some(after)) => (after - before).num_days() - 1,
        _ => i64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::december;

    #[test]
    fn better_rooms_come_first() {
        let plain = Merits {
            is_out: false,
            is_other: true,
            is_of_other_type: false,
            is_unready: false,
            gap: i64::MAX,
            number: (3, "105".into()),
        };
        let ordered = [
            Merits { is_other: false, is_unready: true, ..plain.clone() },
            Merits { gap: gap(Some(december(9)), Some(december(12))), number: (3, "109".into()), ..plain.clone() },
            Merits { gap: gap(Some(december(1)), Some(december(12))), ..plain.clone() },
            plain.clone(),
            Merits { number: (4, "1001".into()), ..plain.clone() },
            Merits { is_unready: true, ..plain.clone() },
            Merits { is_of_other_type: true, ..plain.clone() },
            Merits { is_out: true, gap: 1, ..plain },
        ];
        let mut sorted = ordered.to_vec();
        sorted.reverse();
        sorted.sort();
        assert_eq!(sorted, ordered);
        assert_eq!((gap(Some(december(9)), Some(december(12))), gap(None, Some(december(12)))), (2, i64::MAX));
    }
}
