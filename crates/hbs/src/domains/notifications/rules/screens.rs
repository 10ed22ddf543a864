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
    /// What it is told of as a change of.
    pub of: Of,
}

/// What a change is told of as a change of: by its id and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// The thing itself.
    Thing,
    /// The booking that the thing is part of.
    Booking,
    /// The prices of a hotel. They have no version, since each night has its own: the number of the event in the stream of the
    /// hotel, which grows with each, is told instead.
    Prices,
}

const fn seen_as(kind: &'static str, permission: &'static str) -> Seen {
    Seen { kind, permission, of: Of::Thing }
}

const fn of_booking(permission: &'static str) -> Seen {
    Seen { kind: "booking.changed", permission, of: Of::Booking }
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
const BY_EVENT: &[(&str, Seen)] = &[("rates.updated", Seen { kind: "rates.changed", permission: "rates:read", of: Of::Prices })];

/// Returns how screens are told of an event at a hotel, if they are.
pub fn seen(event: &str, entity: &str) -> Option<Seen> {
    let named = |list: &[(&str, Seen)], name: &str| list.iter().find(|(one, _)| *one == name).map(|(_, seen)| *seen);
    named(BY_EVENT, event).or_else(|| named(SCREENS, entity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::has_version;
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
    fn whatever_screens_are_told_of_has_a_version() {
        for (entity, _) in SCREENS.iter().filter(|(_, seen)| seen.of == Of::Thing) {
            assert!(has_version(entity), "{entity}");
        }
        assert!(has_version("booking"), "as which stays are told of");
    }

    #[test]
    fn a_stay_is_a_change_of_its_booking() {
        let told = seen("stay.moved", "stay").expect("told");
        assert_eq!((told.kind, told.of), ("booking.changed", Of::Booking));
        assert_eq!(seen("rates.updated", "property").map(|seen| (seen.kind, seen.of)), Some(("rates.changed", Of::Prices)));
        assert_eq!(seen("session.started", "session"), None);
    }
}
