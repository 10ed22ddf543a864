//! What screens are told of: which entities of the record, under which name, and to whom.
//!
//! A stream tells that something has changed, and never what: whoever may see it reads it anew.

/// A change as the stream tells of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Name of the change, such as `booking.changed`.
    pub kind: &'static str,
    /// Permission that whoever is told holds at the hotel.
    pub permission: &'static str,
    /// `true` if it is told of as a change of the booking that it is part of.
    pub is_of_booking: bool,
}

const fn seen_as(kind: &'static str, permission: &'static str) -> Seen {
    Seen { kind, permission, is_of_booking: false }
}

const fn of_booking(permission: &'static str) -> Seen {
    Seen { kind: "booking.changed", permission, is_of_booking: true }
}

/// Entities of hotels by their names in the record, in alphabetical order.
const SCREENS: &[(&str, Seen)] = &[
    ("account", seen_as("account.changed", "accounts:read")),
    ("booking", of_booking("bookings:read")),
    ("change_request", seen_as("change_request.changed", "bookings:read")),
    ("feed_conflict", seen_as("feed_conflict.changed", "feeds:read")),
    ("feed_import", seen_as("feed_import.changed", "feeds:read")),
    ("folio", seen_as("folio.changed", "folios:read")),
    ("group", seen_as("group.changed", "groups:read")),
    ("guest", seen_as("guest.changed", "guests:read")),
    ("housekeeping_task", seen_as("housekeeping.changed", "rooms:read")),
    ("issue", seen_as("issue.changed", "issues:read")),
    ("lost_item", seen_as("lost_item.changed", "lost_property:read")),
    ("notification_broadcast", seen_as("broadcast.changed", "notifications:broadcast")),
    ("payment", seen_as("payment.changed", "payments:read")),
    ("property", seen_as("property.changed", "rooms:read")),
    ("rate_plan", seen_as("rates.changed", "rates:read")),
    ("refund", seen_as("refund.changed", "payments:read")),
    ("review", seen_as("review.changed", "reviews:respond")),
    ("room", seen_as("room.changed", "rooms:read")),
    ("room_block", seen_as("room.changed", "rooms:read")),
    ("room_discrepancy", seen_as("housekeeping.changed", "rooms:read")),
    ("room_type", seen_as("room.changed", "rooms:read")),
    ("stay", of_booking("bookings:read")),
    ("tax_rule", seen_as("rates.changed", "rates:read")),
    ("waitlist_entry", seen_as("waitlist.changed", "bookings:read")),
];

/// Events about hotels that change what another entity shows.
const BY_EVENT: &[(&str, Seen)] = &[("rates.updated", seen_as("rates.changed", "rates:read"))];

/// Returns how screens are told of an event at a hotel, if they are.
pub fn seen(event: &str, entity: &str) -> Option<Seen> {
    let named = |list: &[(&str, Seen)], name: &str| list.iter().find(|(one, _)| *one == name).map(|(_, seen)| *seen);
    named(BY_EVENT, event).or_else(|| named(SCREENS, entity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security::permission::is_known;

    #[test]
    fn screens_are_told_by_permissions_that_there_are() {
        for (entity, Seen { kind, permission, .. }) in SCREENS.iter().chain(BY_EVENT) {
            assert!(is_known(permission), "{entity}: {permission}");
            assert!(kind.ends_with(".changed"), "{kind}");
        }
        assert!(SCREENS.is_sorted_by_key(|(entity, _)| *entity));
    }

    #[test]
    fn a_stay_is_a_change_of_its_booking() {
        let told = seen("stay.moved", "stay").expect("told");
        assert_eq!((told.kind, told.is_of_booking), ("booking.changed", true));
        assert_eq!(seen("rates.updated", "property").map(|seen| seen.kind), Some("rates.changed"));
        assert_eq!(seen("session.started", "session"), None);
    }
}
