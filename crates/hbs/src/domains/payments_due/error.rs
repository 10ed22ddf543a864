use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum PaymentsDueError {
    #[error("Nothing is due of the booking today, or it is being paid.")]
    NothingDue,
    #[error("The booking has no guarantee that can be charged.")]
    NoGuarantee,
}

pub const NOTHING_DUE: Problem = Problem {
    code: "payments_due.nothing_due",
    status: 409,
    title: "Nothing due",
    about: "A guarantee is charged with what is due by the business date and not paid, less payments that are under way. Of this booking that is nothing.",
    members: &[],
};
pub const NO_GUARANTEE: Problem = Problem {
    code: "payments_due.no_guarantee",
    status: 409,
    title: "No guarantee",
    about: "No means of payment is stored for the booking. Guests leave one with `POST /v1/bookings/{id}/guarantee`, or with a payment that has `stores_guarantee`.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&NOTHING_DUE, &NO_GUARANTEE];

impl DomainError for PaymentsDueError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NothingDue => &NOTHING_DUE,
            Self::NoGuarantee => &NO_GUARANTEE,
        }
    }
}
