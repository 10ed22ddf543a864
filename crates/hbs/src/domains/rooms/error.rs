use crate::error::{DomainError, FieldError, Member, Problem};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    #[error("There is a room type with this code already.")]
    TypeCodeTaken,
    #[error("There is a room with this number already.")]
    NumberTaken,
    #[error("There is an amenity with this code already.")]
    AmenityCodeTaken,
    #[error("Without the room, {} nights would be sold beyond capacity.", .0.len())]
    NeededForSales(Vec<NaiveDate>),
    #[error("The room is taken on nights to come, by a guest or a block; give the guest another one, release the block.")]
    Occupied,
    #[error("The type still has rooms; remove them or change their type first.")]
    TypeHasRooms,
    #[error("The type still has stays to come; move or cancel them first.")]
    TypeHasStays,
    #[error("A room type has changed in the meantime: its version is {version} now.")]
    TypeChanged {
        /// Place of the room type in the request.
        place: usize,
        version: i64,
    },
}

pub const TYPE_CODE_TAKEN: Problem = Problem {
    code: "room_type.code_taken",
    status: 409,
    title: "Code taken",
    about: "Within a property, each room type has a code of its own.",
    members: &[],
};
pub const NUMBER_TAKEN: Problem = Problem {
    code: "room.number_taken",
    status: 409,
    title: "Number taken",
    about: "Within a property, each room has a number of its own.",
    members: &[],
};
pub const AMENITY_CODE_TAKEN: Problem = Problem {
    code: "amenity.code_taken",
    status: 409,
    title: "Code taken",
    about: "Within a property, each amenity has a code of its own.",
    members: &[],
};
pub const NEEDED_FOR_SALES: Problem = Problem {
    code: "room.needed_for_sales",
    status: 409,
    title: "Sold already",
    about: "The change would leave fewer rooms than are sold. `nights` lists the nights.",
    members: &[Member::value("nights", "Nights that would be oversold.", || schema!(Vec<NaiveDate>).into())],
};
pub const OCCUPIED: Problem = Problem {
    code: "room.occupied",
    status: 409,
    title: "Room occupied",
    about: "A room can be removed, or given another type, only when no stay has it today or later and no block holds it back.",
    members: &[],
};
pub const TYPE_HAS_ROOMS: Problem = Problem {
    code: "room_type.has_rooms",
    status: 409,
    title: "Type has rooms",
    about: "A room type can be removed only when no room is of this type.",
    members: &[],
};
pub const TYPE_HAS_STAYS: Problem = Problem {
    code: "room_type.has_stays",
    status: 409,
    title: "Type has stays",
    about: "A room type can be removed only when none of its nights to come is sold.",
    members: &[],
};
pub const TYPE_CHANGED: Problem = Problem {
    code: "room_type.changed",
    status: 409,
    title: "Room type changed in the meantime",
    about: "One of the room types that were to be changed together has a newer version than the request names. None was changed.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &TYPE_CODE_TAKEN,
    &NUMBER_TAKEN,
    &AMENITY_CODE_TAKEN,
    &NEEDED_FOR_SALES,
    &OCCUPIED,
    &TYPE_HAS_ROOMS,
    &TYPE_HAS_STAYS,
    &TYPE_CHANGED,
];

impl DomainError for RoomError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::TypeCodeTaken => &TYPE_CODE_TAKEN,
            Self::NumberTaken => &NUMBER_TAKEN,
            Self::AmenityCodeTaken => &AMENITY_CODE_TAKEN,
            Self::NeededForSales(_) => &NEEDED_FOR_SALES,
            Self::Occupied => &OCCUPIED,
            Self::TypeHasRooms => &TYPE_HAS_ROOMS,
            Self::TypeHasStays => &TYPE_HAS_STAYS,
            Self::TypeChanged { .. } => &TYPE_CHANGED,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::TypeCodeTaken | Self::AmenityCodeTaken => vec![FieldError::body("/code", "is taken")],
            Self::TypeChanged { place, .. } => {
                vec![FieldError::body(format!("/assignments/{place}/version"), "is not the current one")]
            }
            Self::NumberTaken => vec![FieldError::body("/number", "is taken")],
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::NeededForSales(nights) => Map::from_iter([("nights".into(), json!(nights))]),
            _ => Map::new(),
        }
    }
}
