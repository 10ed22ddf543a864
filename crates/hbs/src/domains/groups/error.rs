use crate::domains::inventory::Shortage;
use crate::error::{DomainError, FieldError, Member, Problem};
use serde_json::{Map, Value, json};

#[derive(Debug, thiserror::Error)]
pub enum GroupError {
    #[error("There is a group with this code already.")]
    CodeTaken,
    #[error("On {} nights there are not as many rooms left.", .0.len())]
    NoAvailability(Vec<Shortage>),
    #[error("The group's rooms have been released.")]
    Released,
}

pub const CODE_TAKEN: Problem = Problem {
    code: "groups.code_taken",
    status: 409,
    title: "Code taken",
    about: "Within a property, each group has a code of its own, including released groups.",
    members: &[],
};
pub const NO_AVAILABILITY: Problem = Problem {
    code: "groups.no_availability",
    status: 409,
    title: "Not enough rooms",
    about: "Only rooms that could be sold can be set aside. `nights` lists the nights with fewer rooms left, or with none because they are beyond the horizon.",
    members: &[Member::list::<Shortage>("nights", "Nights with too few rooms, by room type.")],
};
pub const RELEASED: Problem = Problem {
    code: "groups.released",
    status: 409,
    title: "Released",
    about: "The remaining rooms of the group are on sale to anybody since its cut-off date, or since the hotel released them. A released group cannot set rooms aside again; make a new group.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&CODE_TAKEN, &NO_AVAILABILITY, &RELEASED];

impl DomainError for GroupError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::CodeTaken => &CODE_TAKEN,
            Self::NoAvailability(_) => &NO_AVAILABILITY,
            Self::Released => &RELEASED,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::CodeTaken => vec![FieldError::body("/code", "is taken")],
            Self::NoAvailability(_) | Self::Released => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::NoAvailability(nights) => Map::from_iter([("nights".into(), json!(nights))]),
            Self::CodeTaken | Self::Released => Map::new(),
        }
    }
}
