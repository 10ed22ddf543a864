use super::model::DrawerId;
use crate::error::{DomainError, FieldError, Member, Problem};
use crate::money::Currency;
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum DrawerError {
    #[error("You have an open drawer at the hotel already: count that one first.")]
    OpenExists(DrawerId),
    #[error("The drawer is closed: nothing goes into it or out of it any more.")]
    Closed,
    #[error("The drawer is somebody else's, who answers for it.")]
    OfSomebodyElse,
    #[error("The hotel's cash is in {expected}.")]
    OtherCurrency { pointer: &'static str, expected: Currency },
}

pub const OPEN_EXISTS: Problem = Problem {
    code: "drawers.open_exists",
    status: 409,
    title: "Drawer open",
    about: "A person has one open drawer at a hotel, to which all cash goes that they take. `drawer_id` names it; close it before another one is opened.",
    members: &[Member::value("drawer_id", "Drawer that is open.", || schema!(Uuid).into())],
};
pub const CLOSED: Problem = Problem {
    code: "drawers.closed",
    status: 409,
    title: "Drawer closed",
    about: "A drawer is counted once, and its count stays; open another drawer for what comes later.",
    members: &[],
};
pub const OF_SOMEBODY_ELSE: Problem = Problem {
    code: "drawers.of_somebody_else",
    status: 403,
    title: "Drawer of somebody else",
    about: "Whoever opened a drawer answers for it: they alone take cash out of it and count it. Others read it once it is closed.",
    members: &[],
};
pub const OTHER_CURRENCY: Problem = Problem {
    code: "drawers.other_currency",
    status: 422,
    title: "Other currency",
    about: "Cash of a drawer is in the currency of the hotel. Send the amount in that currency.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&OPEN_EXISTS, &CLOSED, &OF_SOMEBODY_ELSE, &OTHER_CURRENCY];

impl DomainError for DrawerError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::OpenExists(_) => &OPEN_EXISTS,
            Self::Closed => &CLOSED,
            Self::OfSomebodyElse => &OF_SOMEBODY_ELSE,
            Self::OtherCurrency { .. } => &OTHER_CURRENCY,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::OtherCurrency { pointer, expected } => {
                vec![FieldError::body(format!("{pointer}/currency"), format!("must be {expected}"))]
            }
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::OpenExists(id) => Map::from_iter([("drawer_id".to_owned(), json!(id))]),
            _ => Map::new(),
        }
    }
}
