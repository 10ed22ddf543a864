use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("The audit trail cannot be read at the moment; nothing of it is lost.")]
    Unavailable,
}

pub const UNAVAILABLE: Problem = Problem {
    code: "audit.unavailable",
    status: 503,
    title: "Audit trail not available",
    about: "MongoDB, from which the audit trail is read, is away. Meanwhile, entries are kept and delivered later.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&UNAVAILABLE];

impl DomainError for AuditError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Unavailable => &UNAVAILABLE,
        }
    }
}
