use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("The file {0}.")]
    Unreadable(String),
    #[error("This feed is fetched from its address; files cannot be uploaded to it.")]
    Polled,
    #[error("This feed has no address that it could be fetched from; upload its file.")]
    Uploaded,
    #[error("The conflict is {0} already.")]
    NotOpen(super::model::ConflictStatus),
    #[error("There is nothing to confirm: the conflict is not about a calendar that has lost its events.")]
    NotEmpty,
}

pub const UNREADABLE: Problem = Problem {
    code: "feeds.unreadable",
    status: 422,
    title: "Calendar cannot be read",
    about: "The file is not a whole calendar (RFC 5545), from BEGIN:VCALENDAR to END:VCALENDAR, or it has too many events to come. Nothing was changed.",
    members: &[],
};
pub const POLLED: Problem = Problem {
    code: "feeds.polled",
    status: 409,
    title: "Feed is fetched",
    about: "Files can be uploaded only to feeds without a `url`. Feeds with a `url` are fetched from there.",
    members: &[],
};
pub const UPLOADED: Problem = Problem {
    code: "feeds.uploaded",
    status: 409,
    title: "Feed is uploaded",
    about: "The feed has no `url`. Upload its file, or give it a `url`.",
    members: &[],
};
pub const NOT_OPEN: Problem = Problem {
    code: "feeds.conflict_not_open",
    status: 409,
    title: "Conflict is not open",
    about: "Only a conflict that is open can be dismissed. It may have been resolved meanwhile.",
    members: &[],
};

pub const NOT_EMPTY: Problem = Problem {
    code: "feeds.nothing_to_confirm",
    status: 409,
    title: "Nothing to confirm",
    about: "Only a conflict with the reason `empty` can be confirmed: its calendar has lost all its events, and confirming that releases their blocks. Other conflicts can be dismissed.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&UNREADABLE, &POLLED, &UPLOADED, &NOT_OPEN, &NOT_EMPTY];

impl DomainError for FeedError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Unreadable(_) => &UNREADABLE,
            Self::Polled => &POLLED,
            Self::Uploaded => &UPLOADED,
            Self::NotOpen(_) => &NOT_OPEN,
            Self::NotEmpty => &NOT_EMPTY,
        }
    }
}
