use super::model::RequestStatus;
use crate::error::{DomainError, Member, Problem};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum ChangeRequestError {
    #[error("There is a request for this booking already.")]
    AlreadyOpen,
    #[error("No request is needed: the guest can make the change at {do_at}.")]
    NotNeeded { do_at: String },
    #[error("A change request that is {from} cannot become {to}.")]
    IllegalMove { from: RequestStatus, to: RequestStatus },
    #[error("The rooms were set aside until {0}.")]
    Lapsed(DateTime<Utc>),
}

pub const ALREADY_OPEN: Problem = Problem {
    code: "change_request.already_open",
    status: 409,
    title: "Asked already",
    about: "A booking can have one open request at a time. Withdraw that request, or answer its proposal.",
    members: &[],
};
pub const NOT_NEEDED: Problem = Problem {
    code: "change_request.not_needed",
    status: 409,
    title: "No request needed",
    about: "The guest can make this change without a fee: send it to `do_at`.",
    members: &[Member::value("do_at", "Address at which the change can be made without asking.", || schema!(String).into())],
};
pub const ILLEGAL_MOVE: Problem = Problem {
    code: "change_request.illegal_move",
    status: 409,
    title: "Not possible in this state",
    about: "An open request can be granted, refused, withdrawn, or answered with a proposal; a proposal can be accepted or declined, or lapses. `from` and `to` name the states.",
    members: &[
        Member::object::<RequestStatus>("from", "Current status of the request."),
        Member::object::<RequestStatus>("to", "Status that was asked for."),
    ],
};
pub const LAPSED: Problem = Problem {
    code: "change_request.lapsed",
    status: 409,
    title: "Proposal lapsed",
    about: "A proposal holds for 30 minutes. Ask the hotel again.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&ALREADY_OPEN, &NOT_NEEDED, &ILLEGAL_MOVE, &LAPSED];

impl DomainError for ChangeRequestError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::AlreadyOpen => &ALREADY_OPEN,
            Self::NotNeeded { .. } => &NOT_NEEDED,
            Self::IllegalMove { .. } => &ILLEGAL_MOVE,
            Self::Lapsed(_) => &LAPSED,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::NotNeeded { do_at } => Map::from_iter([("do_at".into(), json!(do_at))]),
            Self::IllegalMove { from, to } => Map::from_iter([("from".into(), json!(from)), ("to".into(), json!(to))]),
            Self::AlreadyOpen | Self::Lapsed(_) => Map::new(),
        }
    }
}
