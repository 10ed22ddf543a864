use super::model::{BroadcastStatus, NotificationKind};
use crate::error::{DomainError, FieldError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    #[error("{kind} cannot be turned off there: something waits for you, or it is part of a deal.")]
    Mandatory { kind: NotificationKind, pointer: String },
    #[error("Prove your e-mail address first: such mails are ended for an address, whoever has an account with it.")]
    Unproved { pointer: String },
    #[error("The preferences of the account bring these mails back: sign in, and say there which you want.")]
    ByPreferences,
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
pub const UNPROVED: Problem = Problem {
    code: "notifications.unproved",
    status: 409,
    title: "Prove your address first",
    about: "Mails about reviews go to an address, with an account or without one. Only whoever has proved that an address is theirs \
            can end them there; each of these mails has an address by which they are ended, too.",
    members: &[],
};
pub const BY_PREFERENCES: Problem = Problem {
    code: "notifications.by_preferences",
    status: 409,
    title: "Brought back by preferences",
    about: "A mail can end mails to an account, and cannot bring them back: its preferences do, for whoever is signed in. What goes \
            to an address without an account is brought back by the token of any of its mails.",
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

pub const PROBLEMS: &[&Problem] = &[&MANDATORY, &UNPROVED, &BY_PREFERENCES, &BROADCAST_OVER, &TOO_MANY_STREAMS];

impl DomainError for NotificationError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Mandatory { .. } => &MANDATORY,
            Self::Unproved { .. } => &UNPROVED,
            Self::ByPreferences => &BY_PREFERENCES,
            Self::BroadcastOver(_) => &BROADCAST_OVER,
            Self::TooManyStreams(_) => &TOO_MANY_STREAMS,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::Mandatory { pointer, .. } => vec![FieldError::body(pointer, "cannot be turned off")],
            Self::Unproved { pointer } => vec![FieldError::body(pointer, "takes an address that you have proved")],
            Self::ByPreferences | Self::BroadcastOver(_) | Self::TooManyStreams(_) => Vec::new(),
        }
    }
}
