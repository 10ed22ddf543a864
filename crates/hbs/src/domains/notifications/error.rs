use super::model::{BroadcastStatus, NotificationKind};
use crate::error::{DomainError, FieldError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    #[error("{kind} cannot be turned off there: something waits for you, or it is part of a deal.")]
    Mandatory { kind: NotificationKind, pointer: String },
    #[error("The broadcast is {0}, and stays so.")]
    BroadcastOver(BroadcastStatus),
    #[error("You have {0} event streams open already: close one first.")]
    TooManyStreams(usize),
}

pub const MANDATORY: Problem = Problem {
    code: "notifications.mandatory",
    status: 409,
    title: "Cannot be turned off",
    about: "Some kinds of notifications are shown to everybody whom they concern, and mails that are part of a deal are always \
            sent. The preferences say which (`mandatory`).",
    members: &[],
};
pub const BROADCAST_OVER: Problem = Problem {
    code: "notifications.broadcast_over",
    status: 409,
    title: "Sent or cancelled already",
    about: "A broadcast can be cancelled until it goes out.",
    members: &[],
};
pub const TOO_MANY_STREAMS: Problem = Problem {
    code: "notifications.too_many_streams",
    status: 429,
    title: "Too many streams",
    about: "A person may have a few event streams open at each process. One for a whole browser is enough: its tabs can share it.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&MANDATORY, &BROADCAST_OVER, &TOO_MANY_STREAMS];

impl DomainError for NotificationError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Mandatory { .. } => &MANDATORY,
            Self::BroadcastOver(_) => &BROADCAST_OVER,
            Self::TooManyStreams(_) => &TOO_MANY_STREAMS,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Mandatory { pointer, .. } => vec![FieldError::body(pointer, "cannot be turned off")],
            Self::BroadcastOver(_) | Self::TooManyStreams(_) => Vec::new(),
        }
    }
}
