//! Reservations that another system made, as the rows of a spreadsheet say them. Each row is a stay of one room; rows with
//! the same channel and reference are one booking.
//!
//! What was sold was sold: restrictions and the hotel's limits do not hold here. Rooms do: every night
//! from today on is checked and counted as for a sale, and nobody is moved.
mod house;
mod paid;
mod price;
mod read;
pub mod rooming;

pub use house::House;
pub use paid::check_paid;
pub use read::{Draft, Hotel, span};

use crate::contact::Contact;
use crate::sheets::{CellError, Column, Row, optional, required};
use read::key;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

pub const COLUMNS: &[Column] = &[
    required(
        "reference",
        "4711-0815",
        "Reference of the booking in the other system. Rows with the same channel and reference are one booking.",
    ),
    optional("channel", "import", "Where it came from: lower-case letters, digits and _./-. Empty: import."),
    required("room_type", "DBL", "The code of a room type of the hotel."),
    optional("rate_plan", "STD", "The code of a rate plan that sells the type. Empty: the hotel's default plan."),
    optional("room", "", "The number of a room of the type, which the guest then keeps. Empty: any, and none for who has left."),
    required("check_in", "2027-07-01", "Day of arrival.").dates(),
    required("check_out", "2027-07-04", "Day of departure.").dates(),
    required("adults", "2", "1 to 50."),
    optional("children_ages", "7", "The age of each child on arrival, 0 to 17: 4 9 are two."),
    optional("status", "confirmed", "confirmed, checked_in or checked_out. Empty: confirmed."),
    required("contact_name", "Ana Sousa", "Whom to write to. Of a booking with several rows the first one says it."),
    optional("contact_email", "ana@example.com", "As the name. Empty: no mails are sent."),
    optional("contact_phone", "+351910000000", "As the name."),
    optional("guest_name", "Ana Sousa", "Who sleeps in this room."),
    optional("nightly_price", "", "Price per night, as prices are entered at the hotel. Needs bookings:price.").amounts(),
    optional(
        "total",
        "360.00",
        "Price of the stay, with all taxes. Needs bookings:price. Without either price, the plan's price is used.",
    )
    .amounts(),
    optional(
        "paid",
        "",
        "Amount paid before today, at the other system, at most what the booking costs. Needs payments:write. Rows are added up.",
    )
    .amounts(),
    optional("paid_method", "", "How it was paid: cash, card_terminal or bank_transfer."),
    optional("special_requests", "", "At most 2,000 characters. Of a booking with several rows the first one says it.")
        .paragraphs(),
    optional(
        "arrival_time",
        "22:30",
        "Local time at which they mean to arrive, as a text. Of several rows the first one says it.",
    ),
    optional("notes", "", "For staff, at most 2,000 characters. Of a booking with several rows the first one says it.")
        .paragraphs(),
    optional(
        "tags",
        "vip; wake-up:07:00",
        "For staff, separated by semicolons. Of a booking with several rows the first one says it.",
    ),
];

/// Returns `true` if any row sets a price, which needs a permission.
pub fn sets_prices(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.text("nightly_price").or_else(|| row.text("total")).is_some())
}

/// Returns `true` if any row says that something was paid, which needs a permission.
pub fn sets_payments(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.text("paid").is_some())
}

/// The rows of each booking, in the order in which their first ones stand. Those without a reference are not among them.
pub fn groups(rows: &[Row]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for (n, row) in rows.iter().enumerate() {
        let Some(key) = key(row) else { continue };
        match places.entry(key) {
            Entry::Occupied(place) => groups[*place.get()].push(n),
            Entry::Vacant(place) => {
                place.insert(groups.len());
                groups.push(vec![n]);
            }
        }
    }
    groups
}

/// Rooms of one booking, as for a request.
const MAX_ROOMS: usize = 50;

/// Makes one booking of each group, and checks what only the group as a whole can say.
pub fn join(groups: &[Vec<usize>], rows: &mut [Row], drafts: &mut [Option<Draft>]) {
    join_with(groups, rows, drafts, Hotel::contact);
}

/// Makes one booking of each group, with the contact that its first row gives.
fn join_with(
    groups: &[Vec<usize>],
    rows: &mut [Row],
    drafts: &mut [Option<Draft>],
    contact_of: impl Fn(&mut Row) -> Option<Contact>,
) {
    for group in groups {
        let booking_id = Uuid::now_v7();
        for n in group {
            if let Some(draft) = &mut drafts[*n] {
                draft.booking_id = booking_id;
            }
        }
        let first = group[0];
        let contact = contact_of(&mut rows[first]);
        if let (Some(contact), Some(draft)) = (contact, &mut drafts[first]) {
            draft.contact = Some(contact);
        }
        for n in group.iter().skip(MAX_ROOMS) {
            rows[*n].blame("reference", format!("a booking has at most {MAX_ROOMS} rooms"));
        }
        refuse_whole(group, rows);
    }
}

/// Refuses the bookings of which a row is wrong.
pub fn refuse_wholes(groups: &[Vec<usize>], rows: &mut [Row]) {
    for group in groups {
        refuse_whole(group, rows);
    }
}

/// A booking is imported whole: a row that is wrong keeps the others of its booking from being imported.
fn refuse_whole(group: &[usize], rows: &mut [Row]) {
    let Some(wrong) = group.iter().map(|n| &rows[*n]).find(|row| !row.errors.is_empty()).map(|row| row.number) else { return };
    for n in group {
        if rows[*n].errors.is_empty() {
            rows[*n].errors.push(CellError::new(Some("reference"), format!("row {wrong} of the same booking is wrong")));
        }
    }
}
