use crate::error::{DomainError, FieldError, Member, Problem};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum ExtraError {
    #[error("{pointer}: the hotel has no such extra.")]
    Unknown { pointer: String },
    #[error("{pointer}: the extra {name:?} is not sold any more.")]
    Archived { pointer: String, name: String },
    #[error("{pointer}: {name:?} is sold {} with a stay.", bounds(*.min, *.max))]
    QuantityOutOfBounds { pointer: String, name: String, min: i32, max: Option<i32> },
    #[error("{pointer}: the stay is from {check_in} to {check_out}.")]
    DateOutsideStay { pointer: String, check_in: NaiveDate, check_out: NaiveDate },
    #[error("{pointer}: {name:?} has days of its own.")]
    HasOwnDays { pointer: String, name: String },
    #[error("{pointer}: all days on which it would be served are over.")]
    NothingLeft { pointer: String },
    #[error("The extra was served, or its day has come: post an adjustment to the folio.")]
    Served,
}

fn bounds(min: i32, max: Option<i32>) -> String {
    match max {
        Some(max) if max == min => format!("{min} times"),
        Some(max) => format!("{min} to {max} times"),
        None => format!("at least {min} times"),
    }
}

pub const UNKNOWN: Problem = Problem {
    code: "extra.unknown",
    status: 422,
    title: "No such extra",
    about: "The extra named is not one of this hotel. `GET /v1/extras` lists those that it sells.",
    members: &[],
};
pub const ARCHIVED: Problem = Problem {
    code: "extra.archived",
    status: 409,
    title: "Extra not sold",
    about: "The hotel does not sell the extra any more. What was sold of it goes on.",
    members: &[],
};
pub const QUANTITY_OUT_OF_BOUNDS: Problem = Problem {
    code: "extra.quantity_out_of_bounds",
    status: 422,
    title: "Quantity out of bounds",
    about: "An extra says how many of it are sold with a stay: `min_quantity` and `max_quantity`, which is null where there is no highest number.",
    members: &[
        Member::value("min_quantity", "Lowest number that is sold with a stay.", || schema!(i32).into()),
        Member::value("max_quantity", "Highest number that is sold with a stay; null for no highest number.", || {
            schema!(Option<i32>).into()
        }),
    ],
};
pub const DATE_OUTSIDE_STAY: Problem = Problem {
    code: "extra.date_outside_stay",
    status: 422,
    title: "Date outside the stay",
    about: "An extra is served on a day of the stay, from the day of arrival to that of departure.",
    members: &[
        Member::value("check_in", "Day of arrival.", || schema!(NaiveDate).into()),
        Member::value("check_out", "Day of departure.", || schema!(NaiveDate).into()),
    ],
};
pub const HAS_OWN_DAYS: Problem = Problem {
    code: "extra.has_own_days",
    status: 422,
    title: "Extra with days of its own",
    about: "A date is chosen for extras that are charged once (`posted` is `once`). Any other is served on the days that `day` says.",
    members: &[],
};
pub const NOTHING_LEFT: Problem = Problem {
    code: "extra.nothing_left",
    status: 409,
    title: "No day left",
    about: "All days of the stay on which the extra would be served are over. What was served all the same is posted to the folio as a charge.",
    members: &[],
};
pub const SERVED: Problem = Problem {
    code: "extra.served",
    status: 409,
    title: "Extra served",
    about: "An extra is removed before the day on which it is served. Once the guests are in the house and its day has come, it is taken back by `POST /v1/folios/{id}/adjustments`.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] =
    &[&UNKNOWN, &ARCHIVED, &QUANTITY_OUT_OF_BOUNDS, &DATE_OUTSIDE_STAY, &HAS_OWN_DAYS, &NOTHING_LEFT, &SERVED];

impl DomainError for ExtraError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Unknown { .. } => &UNKNOWN,
            Self::Archived { .. } => &ARCHIVED,
            Self::QuantityOutOfBounds { .. } => &QUANTITY_OUT_OF_BOUNDS,
            Self::DateOutsideStay { .. } => &DATE_OUTSIDE_STAY,
            Self::HasOwnDays { .. } => &HAS_OWN_DAYS,
            Self::NothingLeft { .. } => &NOTHING_LEFT,
            Self::Served => &SERVED,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let at = |pointer: &str, detail: String| vec![FieldError::body(pointer, detail)];
        match self {
            Self::Unknown { pointer } => at(pointer, "is not an extra of the property".into()),
            Self::Archived { pointer, .. } => at(pointer, "is an extra that is not sold any more".into()),
            Self::QuantityOutOfBounds { pointer, min, max, .. } => at(pointer, format!("is sold {}", bounds(*min, *max))),
            Self::DateOutsideStay { pointer, check_in, check_out } => {
                at(pointer, format!("must be from {check_in} to {check_out}"))
            }
            Self::HasOwnDays { pointer, .. } => at(pointer, "is for extras that are charged once".into()),
            Self::NothingLeft { pointer } => at(pointer, "would be served on days that are over".into()),
            Self::Served => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::QuantityOutOfBounds { min, max, .. } => {
                Map::from_iter([("min_quantity".into(), json!(min)), ("max_quantity".into(), json!(max))])
            }
            Self::DateOutsideStay { check_in, check_out, .. } => {
                Map::from_iter([("check_in".into(), json!(check_in)), ("check_out".into(), json!(check_out))])
            }
            _ => Map::new(),
        }
    }
}
