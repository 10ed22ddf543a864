use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("The audit trail cannot be read at the moment; nothing of it is lost.")]
    Unavailable,
    #[error("The entry has no personal values that were sealed: there is nothing to reveal.")]
    NothingToReveal,
    #[error("The key of the personal values of the entry was destroyed: nobody can read them any more.")]
    KeyDestroyed,
    #[error("The keys of personal values cannot be read at the moment.")]
    KeysUnavailable,
}

pub const UNAVAILABLE: Problem = Problem {
    code: "audit.unavailable",
    status: 503,
    title: "Audit trail not available",
    about: "MongoDB, from which the audit trail is read, is away. Meanwhile, entries are kept and delivered later.",
    members: &[],
};

pub const NOTHING_TO_REVEAL: Problem = Problem {
    code: "audit.nothing_to_reveal",
    status: 409,
    title: "Nothing to reveal",
    about: "The entry of the audit trail has no personal values, or they were not kept: there was no key for them at the time.",
    members: &[],
};

pub const KEY_DESTROYED: Problem = Problem {
    code: "audit.key_destroyed",
    status: 410,
    title: "Personal values erased",
    about: "The person was erased, and with them the key of what the entry says of them. That it changed stays on the record.",
    members: &[],
};

pub const KEYS_UNAVAILABLE: Problem = Problem {
    code: "audit.keys_unavailable",
    status: 503,
    title: "Keys of personal values not available",
    about: "The database of the keys of persons is away. Nothing of it is lost: ask again later.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&UNAVAILABLE, &NOTHING_TO_REVEAL, &KEY_DESTROYED, &KEYS_UNAVAILABLE];

impl DomainError for AuditError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Unavailable => &UNAVAILABLE,
            Self::NothingToReveal => &NOTHING_TO_REVEAL,
            Self::KeyDestroyed => &KEY_DESTROYED,
            Self::KeysUnavailable => &KEYS_UNAVAILABLE,
        }
    }
}
