use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("Bookings, guests or others refer to the account; set is_active to false instead.")]
    InUse,
}

pub const IN_USE: Problem = Problem {
    code: "accounts.in_use",
    status: 409,
    title: "Account in use",
    about: "Bookings, groups, guest profiles or folios refer to the account, so it stays. Set `is_active` to false: nobody can book for it then.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&IN_USE];

impl DomainError for AccountError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::InUse => &IN_USE,
        }
    }
}
