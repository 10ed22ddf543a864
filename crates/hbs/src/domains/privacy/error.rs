use super::model::erasure::ErasureObstacle;
use crate::error::{DomainError, Member, Problem};
use serde_json::{Map, Value, json};

#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    #[error("The person cannot be erased yet: {} kinds of obstacles stand in the way; see obstacles.", .0.len())]
    InTheWay(Vec<ErasureObstacle>),
    #[error("The person is busy at this moment: others hold their rows. Nothing was erased; try again.")]
    Busy,
    #[error("Five exports of this person were asked for within a day.")]
    TooManyExports,
    #[error("The address of this archive is no longer good, or the archive is removed.")]
    ExportOver,
    #[error("The address of this answer is no longer good.")]
    AnswerOver,
}

pub const IN_THE_WAY: Problem = Problem {
    code: "privacy.in_the_way",
    status: 409,
    title: "Not yet",
    about: "A person is erased once nothing is open: no stay ahead, no guest in the house, no balance, no payment, refund or dispute under way, and no role at a hotel. `obstacles` lists what is to be done first.",
    members: &[Member::list::<ErasureObstacle>(
        "obstacles",
        "Obstacles to the erasure, each with the bookings that it is about.",
    )],
};
pub const BUSY: Problem = Problem {
    code: "privacy.busy",
    status: 409,
    title: "Busy at this moment",
    about: "Other requests were changing what belongs to the person, again and again. An erasure gives way to them. Nothing was erased; try again.",
    members: &[],
};
pub const TOO_MANY_EXPORTS: Problem = Problem {
    code: "privacy.too_many_exports",
    status: 429,
    title: "Too many exports",
    about: "Five exports of a person can be asked for within a day. The newest one can be fetched for a week.",
    members: &[],
};
pub const EXPORT_OVER: Problem = Problem {
    code: "privacy.export_over",
    status: 410,
    title: "Address no longer good",
    about: "The address of an archive is good for 24 hours, and the archive is kept for a week. Show the export again for a new address.",
    members: &[],
};

pub const ANSWER_OVER: Problem = Problem {
    code: "privacy.answer_over",
    status: 410,
    title: "Address no longer good",
    about: "The address of the answer to an erasure is good for 30 days after the mail that has it. Staff of the whole installation can still show the erasure.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&IN_THE_WAY, &BUSY, &TOO_MANY_EXPORTS, &EXPORT_OVER, &ANSWER_OVER];

impl DomainError for PrivacyError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::InTheWay(_) => &IN_THE_WAY,
            Self::Busy => &BUSY,
            Self::TooManyExports => &TOO_MANY_EXPORTS,
            Self::ExportOver => &EXPORT_OVER,
            Self::AnswerOver => &ANSWER_OVER,
        }
    }
    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::InTheWay(obstacles) => Map::from_iter([("obstacles".to_owned(), json!(obstacles))]),
            Self::Busy | Self::TooManyExports | Self::ExportOver | Self::AnswerOver => Map::new(),
        }
    }
}
