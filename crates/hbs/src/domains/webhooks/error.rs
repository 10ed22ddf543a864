use super::model::DisabledReason;
use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("There are {0} webhooks already, which is as many as there may be. Delete those that nobody needs.")]
    TooMany(i64),
    #[error("The webhook is disabled ({0}). Enable it first.")]
    Disabled(DisabledReason),
    #[error("A replay of this webhook is still on its way to its end. Start another one after it.")]
    ReplayRunning,
    #[error("This event is about to be sent already.")]
    Pending,
}

pub const TOO_MANY: Problem = Problem {
    code: "webhooks.too_many",
    status: 409,
    title: "Too many webhooks",
    about: "An installation has at most 1,000 webhooks, disabled ones included. Delete those that nobody needs.",
    members: &[],
};
pub const DISABLED: Problem = Problem {
    code: "webhooks.disabled",
    status: 409,
    title: "Webhook is disabled",
    about: "Nothing is sent to a webhook that is disabled. Its `disabled_reason` says why it is; a change of `is_enabled` \
            enables it again.",
    members: &[],
};
pub const REPLAY_RUNNING: Problem = Problem {
    code: "webhooks.replay_running",
    status: 409,
    title: "Replay is running",
    about: "A webhook has one replay at a time. `is_replaying` says whether one is running.",
    members: &[],
};
pub const PENDING: Problem = Problem {
    code: "webhooks.pending",
    status: 409,
    title: "Event is pending",
    about: "The event waits for its first attempt, so there is nothing to send again yet.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&TOO_MANY, &DISABLED, &REPLAY_RUNNING, &PENDING];

impl DomainError for WebhookError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::TooMany(_) => &TOO_MANY,
            Self::Disabled(_) => &DISABLED,
            Self::ReplayRunning => &REPLAY_RUNNING,
            Self::Pending => &PENDING,
        }
    }
}
