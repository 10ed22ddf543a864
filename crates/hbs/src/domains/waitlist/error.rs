use super::model::EntryStatus;
use crate::error::{DomainError, Member, Problem};
use serde_json::{Map, Value, json};
use utoipa::schema;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum WaitlistError {
    #[error("There is no need to wait: these rooms can be booked now.")]
    Bookable,
    #[error("The guest is on the waitlist for these rooms and dates already.")]
    AlreadyWaiting,
    #[error("A guest can be on at most {0} waitlists at a time; leave one first.")]
    Full(i64),
    #[error("An entry that is {status} cannot be left.")]
    NotWaiting { status: EntryStatus, booking_id: Option<Uuid> },
}

pub const BOOKABLE: Problem = Problem {
    code: "waitlist.bookable",
    status: 409,
    title: "Can be booked now",
    about: "A waitlist is only for rooms that cannot be booked. Book at `book_at`, with the same dates, room type and guests, before somebody else does.",
    members: &[Member::value("book_at", "Address at which the rooms can be booked.", || schema!(String).into())],
};
pub const ALREADY_WAITING: Problem = Problem {
    code: "waitlist.already_waiting",
    status: 409,
    title: "Waiting already",
    about: "A guest can have one entry for a room type and dates, and keeps the place in line. To change anything else, leave and join again.",
    members: &[],
};
pub const FULL: Problem = Problem {
    code: "waitlist.full",
    status: 409,
    title: "Waiting for too much",
    about: "The number of waitlists on which a guest can be at a time is limited, offers included, at all hotels together. The answer names the limit.",
    members: &[],
};
pub const NOT_WAITING: Problem = Problem {
    code: "waitlist.not_waiting",
    status: 409,
    title: "Not waiting",
    about: "Only an entry that waits can be left. If rooms are held already (`entry_status` is `offered`), cancel the booking `booking_id` instead; all other entries have ended.",
    members: &[
        Member::object::<EntryStatus>("entry_status", "Status of the entry."),
        Member::value("booking_id", "Booking that holds rooms for the entry; null if there is none.", || {
            schema!(Option<Uuid>).into()
        }),
    ],
};

pub const PROBLEMS: &[&Problem] = &[&BOOKABLE, &ALREADY_WAITING, &FULL, &NOT_WAITING];

impl DomainError for WaitlistError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Bookable => &BOOKABLE,
            Self::AlreadyWaiting => &ALREADY_WAITING,
            Self::Full(_) => &FULL,
            Self::NotWaiting { .. } => &NOT_WAITING,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::Bookable => Map::from_iter([("book_at".into(), json!("/v1/bookings"))]),
            Self::NotWaiting { status, booking_id } => {
                Map::from_iter([("entry_status".into(), json!(status)), ("booking_id".into(), json!(booking_id))])
            }
            Self::AlreadyWaiting | Self::Full(_) => Map::new(),
        }
    }
}
