use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    #[error("{0} requests wait for events already: let one end first.")]
    TooManyWaiting(usize),
}

pub const TOO_MANY_WAITING: Problem = Problem {
    code: "events.too_many_waiting",
    status: 429,
    title: "Too many requests wait",
    about: "A few requests of a caller may wait for events at each process, and a few hundred of all callers together. One for \
            each reader is enough. Without `wait`, the feed answers at once.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&TOO_MANY_WAITING];

impl DomainError for EventsError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::TooManyWaiting(_) => &TOO_MANY_WAITING,
        }
    }
}
