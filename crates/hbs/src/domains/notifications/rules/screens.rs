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
    /// What has no version that its id names: the prices of a hotel, where each night has its own, or a language of content. The
    /// number of the event in the stream of the hotel, which grows with each, is told instead.
    Numbered,
}

const fn seen_as(kind: &'static str, permission: &'static str) -> Seen {
    Seen { kind, permission, of: Of::Thing }
}

const fn numbered(kind: &'static str, permission: &'static str) -> Seen {
    Seen { kind, permission, of: Of::Numbered }
}

const fn of_booking(permission: &'static str) -> Seen {
    Seen { kind: "booking.changed", permission, of: Of::Booking }
}

/// Entities of hotels by their names in the record, in alphabetical order.
const SCREENS: &[(&str, Seen)] = &[
    ("account", seen_as("account.changed", "accounts:read")),
    ("amenity", seen_as("amenity.changed", "rooms:read")),
    ("booking", of_booking("bookings:read")),
    ("cancellation_policy", seen_as("rates.changed", "rates:read")),
    ("change_request", seen_as("change_request.changed", "bookings:read")),
    ("content", seen_as("content.changed", "content:write")),
    ("content_locale", numbered("content_locale.changed", "content:write")),
    ("content_media", seen_as("content_media.changed", "content:write")),
    ("drawer", seen_as("drawer.changed", "payments:read")),
    ("extra", seen_as("extra.changed", "extras:read")),
    ("feed_conflict", seen_as("feed_conflict.changed", "feeds:read")),
    ("feed_export", seen_as("feed_export.changed", "feeds:read")),
    ("feed_import", seen_as("feed_import.changed", "feeds:read")),
    ("folio", seen_as("folio.changed", "folios:read")),
    ("group", seen_as("group.changed", "groups:read")),
    ("guarantee", seen_as("guarantee.changed", "payments:read")),
    ("guest", seen_as("guest.changed", "guests:read")),
    ("housekeeping_credits", seen_as("housekeeping.changed", "rooms:read")),
    ("housekeeping_task", seen_as("housekeeping.changed", "rooms:read")),
    ("image", seen_as("image.changed", "rooms:read")),
    ("invoice", seen_as("invoice.changed", "invoices:read")),
    ("issue", seen_as("issue.changed", "issues:read")),
    ("lost_item", seen_as("lost_item.changed", "lost_property:read")),
    ("notification_broadcast", seen_as("broadcast.changed", "notifications:broadcast")),
    ("offer", seen_as("offer.changed", "offers:read")),
    ("payment", seen_as("payment.changed", "payments:read")),
    ("payment_due", numbered("payment_due.changed", "payments:read")),
    ("payment_link", seen_as("payment_link.changed", "payments:read")),
    ("property", seen_as("property.changed", "rooms:read")),
    ("rate_plan", seen_as("rates.changed", "rates:read")),
    ("refund", seen_as("refund.changed", "payments:read")),
    ("registration_card", seen_as("registration_card.changed", "guests:read")),
    ("review", seen_as("review.changed", "reviews:respond")),
    ("review_report", numbered("review_report.changed", "reviews:moderate")),
    ("room", seen_as("room.changed", "rooms:read")),
    ("room_block", seen_as("room.changed", "rooms:read")),
    ("room_discrepancy", seen_as("housekeeping.changed", "rooms:read")),
    ("room_type", seen_as("room.changed", "rooms:read")),
    ("stay", of_booking("bookings:read")),
    ("tax_rule", seen_as("rates.changed", "rates:read")),
    ("waitlist_entry", seen_as("waitlist.changed", "bookings:read")),
];

/// Events about hotels that change what another entity shows.
const BY_EVENT: &[(&str, Seen)] = &[("rates.updated", numbered("rates.changed", "rates:read"))];

/// Returns how screens are told of an event at a hotel, if they are.
pub fn seen(event: &str, entity: &str) -> Option<Seen> {
    let named = |list: &[(&str, Seen)], name: &str| list.iter().find(|(one, _)| *one == name).map(|(_, seen)| *seen);
    named(BY_EVENT, event).or_else(|| named(SCREENS, entity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::events::KINDS;
    use crate::outbox::has_version;
    use crate::security::permission::is_known;
    use std::collections::BTreeSet;

    const SETTING: &str =
        "settings, which are read when somebody sets them, and which their version keeps from being set blindly";
    const RIGHTS: &str = "rights, which are asked for at each request";
    const OF_PERSON: &str = "a person's own, of no hotel";
    const OF_INSTALLATION: &str = "an affair of those who run the installation";
    const ONLY_RECORD: &str = "a line of the audit trail, which changes nothing that a screen shows";

    /// Entities that screens are not told of, with the reason.
    const UNSEEN: &[(&str, &str)] = &[
        ("access", ONLY_RECORD),
        ("api_key", RIGHTS),
        ("audit_log", OF_INSTALLATION),
        ("backup", OF_INSTALLATION),
        ("canned_answer", "words that are read when somebody begins to answer"),
        ("erasure", OF_INSTALLATION),
        ("gl_codes", SETTING),
        ("invoice_settings", SETTING),
        ("issue_settings", SETTING),
        ("issue_view", "a filter that somebody has saved: what it finds is told by itself"),
        ("mail_opt_out", OF_PERSON),
        ("notification", "told to its person alone, whatever they hold"),
        ("notification_settings", OF_PERSON),
        ("notification_template", SETTING),
        ("payment_settings", SETTING),
        ("personal_data", ONLY_RECORD),
        ("privacy_export", "told by mail to whoever has asked for it"),
        ("registration_terms", SETTING),
        ("retention_rules", SETTING),
        ("role", RIGHTS),
        ("role_assignment", RIGHTS),
        ("role_invitation", RIGHTS),
        ("session", OF_PERSON),
        ("sign_in", ONLY_RECORD),
        ("user", OF_PERSON),
        ("webhook", OF_INSTALLATION),
        ("wishlist_item", OF_PERSON),
    ];

    /// Whatever there are events about is told on screens, or somebody has decided that it is not.
    #[test]
    fn every_entity_is_told_of_or_excepted() {
        let entities: BTreeSet<&str> = KINDS.iter().map(|kind| kind.entity).collect();
        let decided = SCREENS.iter().map(|(entity, _)| *entity).chain(UNSEEN.iter().map(|(entity, _)| *entity));
        let mut known = BTreeSet::new();
        for entity in decided {
            assert!(known.insert(entity), "{entity} is in both lists");
        }
        assert_eq!(known, entities, "each entity of domains/events/rules/kinds.rs is in one list, and no other is");
        assert!(UNSEEN.iter().all(|(_, reason)| !reason.is_empty()));
    }

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
        assert_eq!(seen("rates.updated", "property").map(|seen| (seen.kind, seen.of)), Some(("rates.changed", Of::Numbered)));
        assert_eq!(seen("session.started", "session"), None);
    }
}
