use super::model::LostItemStatus;
use crate::error::{DomainError, Problem};
use chrono::NaiveDate;

#[derive(Debug, thiserror::Error)]
pub enum LostPropertyError {
    #[error("The item is {0} already.")]
    Closed(LostItemStatus),
    #[error("The item is kept, so there is nothing to reopen.")]
    NotClosed,
    #[error("The item is kept until {0}; to dispose of it before, change keep_until first.")]
    KeptUntil(NaiveDate),
}

pub const CLOSED: Problem = Problem {
    code: "lost_property.closed",
    status: 409,
    title: "Closed already",
    about: "An item that was returned, sent or disposed of is not there any more. Reopen it if that was a slip.",
    members: &[],
};
pub const NOT_CLOSED: Problem = Problem {
    code: "lost_property.not_closed",
    status: 409,
    title: "Not closed",
    about: "Only items that were returned, sent or disposed of can be reopened.",
    members: &[],
};
pub const KEPT_UNTIL: Problem = Problem {
    code: "lost_property.kept_until",
    status: 409,
    title: "Kept longer",
    about: "An item is disposed of only after the last day on which it is kept. What cannot be kept so long gets another `keep_until` first.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&CLOSED, &NOT_CLOSED, &KEPT_UNTIL];

impl DomainError for LostPropertyError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Closed(_) => &CLOSED,
            Self::NotClosed => &NOT_CLOSED,
            Self::KeptUntil(_) => &KEPT_UNTIL,
        }
    }
}
