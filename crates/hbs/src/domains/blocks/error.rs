use super::dto::StayInTheWay;
use crate::error::{DomainError, Member, Problem};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    #[error("Without the room, {} nights would be sold beyond capacity.", .nights.len())]
    NoCapacity { nights: Vec<NaiveDate>, stays: Vec<StayInTheWay> },
    #[error("{} stays in the room cannot be given another one.", .stays.len())]
    StaysInTheWay { stays: Vec<StayInTheWay>, proven: bool },
    #[error("Another block holds the room back on some of these nights.")]
    Overlap { blocks: Vec<uuid::Uuid> },
    #[error("The block ended on {0}; make a new one instead.")]
    Ended(NaiveDate),
    #[error("The room is being given another type at this moment; try again.")]
    RoomChanged,
    #[error("The block follows a calendar import; change it there, or end the import.")]
    OfFeed,
}

pub const NO_CAPACITY: Problem = Problem {
    code: "room_blocks.no_capacity",
    status: 409,
    title: "Sold already",
    about: "The block would leave fewer rooms of the type than are sold. `nights` lists the nights, `stays` the stays in the room on them and why they could not stay or move. With `inventory:override` it can be forced: the nights are overbooked then, and stays that do not fit lose their room. Guests in the house never do.",
    members: &[
        Member::value("nights", "Nights that would be oversold.", || schema!(Vec<NaiveDate>).into()),
        Member::list::<StayInTheWay>("stays", "Stays of the room on these nights."),
    ],
};
pub const STAYS_IN_THE_WAY: Problem = Problem {
    code: "room_blocks.stays_in_the_way",
    status: 409,
    title: "Stays in the way",
    about: "Guests have the room on these nights and cannot be given another one of the type. `stays` lists them, each with `why`: `pinned` to the room, `checked_in`, `checked_out` before the end, `overdue` (to be checked in or recorded as a no-show first), `no_show`, or `no_room` if none is free throughout; `proven` is false if the time to search for one was up. With `inventory:override` the block can be forced, but never against guests in the house.",
    members: &[
        Member::list::<StayInTheWay>("stays", "Stays that keep the room, each with the reason."),
        Member::value("proven", "True if no rearrangement frees the room; false if the time to search for one was up.", || {
            schema!(bool).into()
        }),
    ],
};
pub const OVERLAP: Problem = Problem {
    code: "room_blocks.overlap",
    status: 409,
    title: "Blocked already",
    about: "On each night, at most one block takes a room off sale. `blocks` lists those in the way; change or release them first.",
    members: &[Member::value("blocks", "Blocks that have some of the nights.", || schema!(Vec<Uuid>).into())],
};
pub const ENDED: Problem = Problem {
    code: "room_blocks.ended",
    status: 409,
    title: "Block has ended",
    about: "A block whose last night is past keeps its dates, and there is nothing to release.",
    members: &[],
};

pub const ROOM_CHANGED: Problem = Problem {
    code: "room_blocks.room_changed",
    status: 409,
    title: "Room changed meanwhile",
    about: "The room was given another type while the block was being made. Look at it and try again.",
    members: &[],
};

pub const OF_FEED: Problem = Problem {
    code: "room_blocks.of_feed",
    status: 409,
    title: "Block follows a calendar",
    about: "`external` blocks are what an imported calendar says (`feed_id`). They change and end with its events, and when the import is ended.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&NO_CAPACITY, &STAYS_IN_THE_WAY, &OVERLAP, &ENDED, &ROOM_CHANGED, &OF_FEED];

/// Returns `true` if a room could not be blocked because of the stays in it.
pub fn is_in_the_way(error: &crate::Error) -> bool {
    [&NO_CAPACITY, &STAYS_IN_THE_WAY, &OVERLAP].into_iter().any(|problem| error.is(problem))
}

impl DomainError for BlockError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NoCapacity { .. } => &NO_CAPACITY,
            Self::StaysInTheWay { .. } => &STAYS_IN_THE_WAY,
            Self::Overlap { .. } => &OVERLAP,
            Self::Ended(_) => &ENDED,
            Self::RoomChanged => &ROOM_CHANGED,
            Self::OfFeed => &OF_FEED,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::NoCapacity { nights, stays } => {
                Map::from_iter([("nights".into(), json!(nights)), ("stays".into(), json!(stays))])
            }
            Self::StaysInTheWay { stays, proven } => {
                Map::from_iter([("stays".into(), json!(stays)), ("proven".into(), json!(proven))])
            }
            Self::Overlap { blocks } => Map::from_iter([("blocks".into(), json!(blocks))]),
            Self::Ended(_) | Self::RoomChanged | Self::OfFeed => Map::new(),
        }
    }
}
