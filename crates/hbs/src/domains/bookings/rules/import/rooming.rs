//! Rooming lists: who of a group sleeps in which room, as the rows of a spreadsheet say it. Each row is a stay of one room;
//! rows with the same reference are one booking.
//!
//! Rooms are those of the group first, at its rates, and then what is on sale. The hotel's limits are for guests and do not
//! hold here; restrictions do for nights that were not agreed on.
use super::join_with;
use super::price::Price;
use super::read::{Draft, Hotel, arrival_time, children_ages, count_nights, nights, tags};
use crate::contact::Contact;
use crate::domains::bookings::rules::selling::{self, Sellable, Wish};
use crate::domains::inventory::Counts;
use crate::domains::rates::engine::{Asked, Party};
use crate::domains::stays::Status;
use crate::sheets::{Column, Row, optional, required};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use uuid::Uuid;

pub const COLUMNS: &[Column] = &[
    required(
        "reference",
        "1",
        "Number of the booking in the list, at most 60 characters. Rows with the same one are one booking.",
    ),
    required("guest_name", "Ana Sousa", "Who sleeps in this room."),
    required("room_type", "DBL", "The code of a room type of the hotel."),
    required("check_in", "2027-07-01", "Day of arrival.").dates(),
    required("check_out", "2027-07-04", "Day of departure.").dates(),
    required("adults", "2", "1 to 50."),
    optional("children_ages", "7", "The age of each child on arrival, 0 to 17: 4 9 are two."),
    optional(
        "rate_plan",
        "",
        "The code of a rate plan that sells the type. Empty: the group's plan, or else the hotel's default plan.",
    ),
    optional("room", "", "The number of a room of the type, which the guest then keeps. Empty: any."),
    optional(
        "contact_name",
        "",
        "Whom to write to about the booking. Empty: the group's contact. The first row of a booking says it.",
    ),
    optional("contact_email", "", "As the name."),
    optional("contact_phone", "", "As the name."),
    optional("special_requests", "", "At most 2,000 characters. Of a booking with several rows the first one says it.")
        .paragraphs(),
    optional(
        "arrival_time",
        "22:30",
        "Local time at which they mean to arrive, as a text. Of several rows the first one says it.",
    ),
    optional("notes", "", "For staff, at most 2,000 characters. Of a booking with several rows the first one says it.")
        .paragraphs(),
    optional("tags", "vip", "For staff, separated by semicolons. Of a booking with several rows the first one says it."),
];

/// Channel of bookings that come from rooming lists.
pub const CHANNEL: &str = "rooming_list";

/// What a group says for the rows of its list.
pub struct List<'a> {
    pub code: &'a str,
    /// Plan of rows that name none.
    pub rate_plan_id: Option<Uuid>,
    /// Contact of bookings that name none.
    pub contact: Option<Contact>,
}

impl List<'_> {
    /// The reference by which a booking of the list is known: two groups may have the same numbers.
    pub fn reference(&self, in_list: &str) -> String {
        format!("{}/{in_list}", self.code)
    }

    /// Returns the references of the bookings of a list.
    pub fn references(&self, rows: &[Row]) -> Vec<String> {
        rows.iter().filter_map(|row| row.text("reference")).map(|in_list| self.reference(in_list)).collect()
    }

    /// Makes one booking of the rows of each reference, with the group's contact where its first row names none.
    pub fn join(&self, groups: &[Vec<usize>], rows: &mut [Row], drafts: &mut [Option<Draft>]) {
        join_with(groups, rows, drafts, |row| self.contact(row));
    }

    fn contact(&self, row: &mut Row) -> Option<Contact> {
        let says_one = ["contact_name", "contact_email", "contact_phone"].into_iter().any(|column| row.text(column).is_some());
        if says_one {
            return Hotel::contact(row);
        }
        if self.contact.is_none() {
            row.blame("contact_name", "is empty, and the group has no contact");
        }
        self.contact.clone()
    }
}

impl Hotel {
    /// The stay of a row of a rooming list, at the price of the day; notes in the row what is wrong with it.
    pub fn rooming_draft(&self, row: &mut Row, list: &List<'_>, nights_before: &mut i64) -> Option<Draft> {
        let in_list = row.needed("reference", 60);
        let reference = in_list.map(|in_list| list.reference(&in_list));
        if reference.as_ref().is_some_and(|reference| self.has(CHANNEL, reference)) {
            row.blame("reference", "has been booked for the group already");
        }
        let kind = self.kind(row);
        let nights = nights(row).filter(|nights| self.is_to_come(row, nights.from));
        row.needed("adults", usize::MAX);
        let adults = row.integer("adults", 1..=50);
        let children_ages = children_ages(row);
        let guest_name = row.needed("guest_name", 200);
        let special_requests = row.short("special_requests", 2000);
        let (arrival_time, notes, tags) = (arrival_time(row), row.short("notes", 2000), tags(row));
        let room = kind.and_then(|kind| self.room(row, kind));
        let (kind, nights, adults, children_ages) = (kind?, nights?, adults?, children_ages?);
        count_nights(row, nights, nights_before);
        let party = Party { adults, children_ages: &children_ages };
        let plan = match list.rate_plan_id.filter(|_| row.text("rate_plan").is_none()) {
            Some(id) if self.sells(id, kind.id) => Some(id),
            Some(_) => {
                row.blame("rate_plan", "is empty, and the group's plan does not sell this room type");
                None
            }
            None => self.plan(row, kind),
        };
        self.check_capacity(row, kind, party);
        let sold = self.sold(row, kind, plan?, nights, party, Price::Listed)?;
        let draft = Draft {
            booking_id: Uuid::now_v7(),
            contact: None,
            special_requests,
            arrival_time,
            notes,
            tags,
            row: row.number,
            channel: CHANNEL.to_owned(),
            reference: reference?,
            kind: kind.id,
            kind_name: kind.name.clone(),
            room,
            is_named: room.is_some(),
            nights,
            adults,
            children_ages,
            status: Status::Confirmed,
            guest_name,
            sold,
            paid: None,
        };
        row.errors.is_empty().then_some(draft)
    }

    fn is_to_come(&self, row: &mut Row, check_in: NaiveDate) -> bool {
        let today = self.today();
        if check_in < today {
            row.blame("check_in", format!("is in the past: today is {today} at the hotel"));
        }
        check_in >= today
    }

    /// Prices a draft anew, with the prices that were agreed on for some of its nights, and notes the restrictions of others in
    /// the row.
    pub fn price_as_agreed(&self, row: &mut Row, draft: &mut Draft, agreed: &BTreeMap<NaiveDate, i64>, is_covered: bool) {
        let Some(kind) = self.kind_of(draft.kind) else { return };
        let rate_plan_id = draft.sold.rate_plan_id;
        if !is_covered {
            let asked = Asked { today: self.today(), channel: CHANNEL };
            for restriction in self.rates().tariff.restrictions(rate_plan_id, kind.id, draft.nights, asked) {
                row.refuse(format!("goes beyond what was agreed on, and {restriction}"));
            }
        }
        let party = Party { adults: draft.adults, children_ages: &draft.children_ages };
        let wish = Wish { room_type_id: kind.id, rate_plan_id: Some(rate_plan_id), party, nightly_price: None, extras: &[] };
        let line = Sellable { wish, basis: selling::basis(kind), rate_plan_id };
        let price = selling::price(&line, self.rates(), draft.nights, agreed);
        match selling::sold(&line, self.rates(), &price) {
            Ok(sold) => draft.sold = sold,
            Err(_) => row.blame("rate_plan", "has no cancellation policy"),
        }
    }
}

/// The rooms of drafts, night by night.
pub fn counts<'d>(drafts: impl IntoIterator<Item = &'d Draft>) -> Counts {
    let mut counts = Counts::new();
    for draft in drafts {
        for night in draft.nights.iter() {
            *counts.entry((night, draft.kind)).or_insert(0) += 1;
        }
    }
    counts
}
