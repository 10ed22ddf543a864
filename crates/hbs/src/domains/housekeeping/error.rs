use super::model::{TaskAction, TaskStatus};
use crate::error::{DomainError, Problem};
use chrono::NaiveDate;

#[derive(Debug, thiserror::Error)]
pub enum HousekeepingError {
    #[error("A task that is {status} cannot take the action {action}.")]
    WrongStatus { status: TaskStatus, action: TaskAction },
    #[error("The task is of {0}; only tasks of today can be worked on.")]
    NotToday(NaiveDate),
    #[error("Whoever has made up a room does not inspect it.")]
    OwnWork,
    #[error("The desk says the same of the room.")]
    NoDiscrepancy,
    #[error("A discrepancy of the room has been reported already and is open.")]
    AlreadyReported,
    #[error("The discrepancy is resolved already.")]
    AlreadyResolved,
}

pub const WRONG_STATUS: Problem = Problem {
    code: "housekeeping.wrong_status",
    status: 409,
    title: "Not possible now",
    about: "Tasks are started, finished and inspected in this order. What is finished or skipped can be reopened.",
    members: &[],
};
pub const NOT_TODAY: Problem = Problem {
    code: "housekeeping.not_today",
    status: 409,
    title: "Not a task of today",
    about: "Only tasks of the hotel's business date can be started, finished, skipped, inspected and reopened.",
    members: &[],
};
pub const OWN_WORK: Problem = Problem {
    code: "housekeeping.own_work",
    status: 409,
    title: "Own work",
    about: "A room is inspected by a second person: not by the one who has finished it.",
    members: &[],
};
pub const NO_DISCREPANCY: Problem = Problem {
    code: "housekeeping.no_discrepancy",
    status: 409,
    title: "No discrepancy",
    about: "The room was found as the desk has it, so there is nothing to report.",
    members: &[],
};
pub const ALREADY_REPORTED: Problem = Problem {
    code: "housekeeping.already_reported",
    status: 409,
    title: "Reported already",
    about: "A room has at most one open discrepancy. The desk resolves it; then another one can be reported.",
    members: &[],
};
pub const ALREADY_RESOLVED: Problem = Problem {
    code: "housekeeping.already_resolved",
    status: 409,
    title: "Resolved already",
    about: "A discrepancy is resolved once, and stays as it was resolved.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&WRONG_STATUS, &NOT_TODAY, &OWN_WORK, &NO_DISCREPANCY, &ALREADY_REPORTED, &ALREADY_RESOLVED];

impl DomainError for HousekeepingError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::WrongStatus { .. } => &WRONG_STATUS,
            Self::NotToday(_) => &NOT_TODAY,
            Self::OwnWork => &OWN_WORK,
            Self::NoDiscrepancy => &NO_DISCREPANCY,
            Self::AlreadyReported => &ALREADY_REPORTED,
            Self::AlreadyResolved => &ALREADY_RESOLVED,
        }
    }
}
