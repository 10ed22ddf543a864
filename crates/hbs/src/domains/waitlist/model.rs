use crate::contact::Contact;
use crate::domains::bookings::{Sell, SellRoom};
use crate::outbox::{Entity, Recorded};
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use hbs_schema::waitlist_entries;
use serde::Serialize;
use uuid::Uuid;

text_enum! {
    /// Status of a waitlist entry: `waiting`; `offered` while rooms are held for the guest; `booked` if the guest took
    /// the offer, `lapsed` if not; `expired` if no rooms came back in time; `left` if the guest left the waitlist.
    pub enum EntryStatus {
        Waiting = "waiting",
        /// Rooms are held; the guest confirms or cancels that booking.
        Offered = "offered",
        /// The guest took the offer.
        Booked = "booked",
        /// The guest let the offer lapse.
        Lapsed = "lapsed",
        /// No rooms came back in time.
        Expired = "expired",
        /// The guest left the waitlist.
        Left = "left",
    }
}

/// An entry of a waitlist.
#[derive(Debug, Clone, Serialize, Queryable, QueryableByName, Selectable, Insertable)]
#[diesel(table_name = waitlist_entries, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Entry {
    pub property_id: Uuid,
    pub id: Uuid,
    pub status: EntryStatus,
    pub user_id: Option<Uuid>,
    pub contact_name: String,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub room_type_id: Uuid,
    pub rate_plan_id: Option<Uuid>,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    /// Number of rooms, each for these guests.
    pub rooms: i32,
    pub adults: i32,
    pub children_ages: Vec<Option<i32>>,
    /// Last date on which an offer is welcome.
    pub wait_until: NaiveDate,
    pub booking_id: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Recorded for Entry {
    const ENTITY: &'static str = "waitlist_entry";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "status",
        "user_id",
        "room_type_id",
        "rate_plan_id",
        "check_in",
        "check_out",
        "rooms",
        "adults",
        "children_ages",
        "wait_until",
        "booking_id",
        "hold_expires_at",
    ];
    const SEALED: &'static [&'static str] = &["contact_name", "contact_email", "contact_phone"];

    /// Returns the entry as an entity, in the timeline of the booking that was held for it.
    fn entity(&self) -> Entity {
        Entity::new(self.id).at(self.property_id).in_booking(self.booking_id)
    }
}

/// Names with which an entry is shown.
#[derive(Debug, Default, Queryable)]
pub struct Names {
    pub property_name: String,
    pub room_type_name: String,
    /// Reference of the booking that holds the rooms.
    pub reference: Option<String>,
}

impl Entry {
    pub fn contact(&self) -> Contact {
        let Self { contact_name, contact_email, contact_phone, .. } = self.clone();
        Contact { full_name: contact_name, email: contact_email, phone: contact_phone }
    }

    pub fn children_ages(&self) -> Vec<i32> {
        self.children_ages.iter().flatten().copied().collect()
    }

    /// Makes the command to book, or to hold for some minutes, what the guest waits for.
    pub fn sale(&self, hold_minutes: Option<i32>) -> Sell {
        let room = SellRoom::of_type(self.room_type_id, self.rate_plan_id, self.adults, self.children_ages());
        let rooms = (0..self.rooms).map(|_| room.clone()).collect();
        let sale = Sell::to_guest(self.property_id, (self.check_in, self.check_out), rooms, self.contact());
        Sell { guest_user_id: self.user_id, hold_minutes, ..sale }
    }
}
