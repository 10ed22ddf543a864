//! Bookings and stays in the record of events.
use super::{Booking, NewBooking, NewStay, Stay};
use crate::outbox::{Entity, Recorded};
use uuid::Uuid;

impl Recorded for Booking {
    const ENTITY: &'static str = "booking";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "reference",
        "status",
        "channel",
        "user_id",
        "created_by",
        "created_by_key",
        "check_in",
        "check_out",
        "currency",
        "total_minor",
        "hold_expires_at",
        "is_hold_extended",
        "group_id",
        "locale",
        "awaits_proof",
        "awaits_payment",
        "account_id",
        "contact_proved_at",
        "arrival_time",
        // Beside its fields.
        "total",
        "fee",
        "waived_fee",
        "unpaid_balance",
        "ignored_restrictions",
        "quote_expires_at",
        "imported",
        "first_night",
        "lines",
        "stay_id",
        "stay_extra_id",
        "extra_id",
        "quantity",
        "date",
        "exempt_from",
        "exempt_until",
        "tax_rule_ids",
        "to_account_id",
    ];
    const SEALED: &'static [&'static str] = &[
        "external_reference",
        "contact_name",
        "contact_email",
        "contact_phone",
        "guest_id",
        "special_requests",
        "notes",
        "tags",
        "reason",
        "exemption_reference",
    ];

    fn entity(&self) -> Entity {
        booking(self.property_id, self.id)
    }
}

impl Recorded for NewBooking<'_> {
    const ENTITY: &'static str = Booking::ENTITY;
    const OPEN: &'static [&'static str] = Booking::OPEN;
    const SEALED: &'static [&'static str] = Booking::SEALED;

    fn entity(&self) -> Entity {
        booking(self.property_id, self.id)
    }
}

/// Returns a booking as an entity, in its own timeline.
fn booking(property_id: Uuid, id: Uuid) -> Entity {
    Entity::new(id).at(property_id).in_booking(id)
}

impl Recorded for Stay {
    const ENTITY: &'static str = "stay";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "booking_id",
        "position",
        "status",
        "room_type_id",
        "room_id",
        "is_pinned",
        "check_in",
        "check_out",
        "adults",
        "children_ages",
        "total_minor",
        "rate_plan_id",
        "cancellation_terms",
        "booked_room_type_id",
        "booked_check_out",
        "status_on",
        "moved_on",
        "late_on",
        "priced_at",
        "split_from",
        "split_into",
        "is_day_use",
        // Beside its fields.
        "nightly_price",
        "registered_guests",
        "ignored_capacity",
        "row",
    ];
    const SEALED: &'static [&'static str] = &["guest_name", "guest_id", "reason"];

    fn entity(&self) -> Entity {
        Self::entity_of(self.property_id, self.booking_id, self.id)
    }
}

impl Recorded for NewStay {
    const ENTITY: &'static str = Stay::ENTITY;
    const OPEN: &'static [&'static str] = Stay::OPEN;
    const SEALED: &'static [&'static str] = Stay::SEALED;

    fn entity(&self) -> Entity {
        Stay::entity_of(self.property_id, self.booking_id, self.id)
    }
}

impl Stay {
    /// Returns a stay as an entity, in the timeline of its booking. Its row need not have been read.
    pub fn entity_of(property_id: Uuid, booking_id: Uuid, id: Uuid) -> Entity {
        Entity::new(id).at(property_id).in_booking(booking_id)
    }
}
