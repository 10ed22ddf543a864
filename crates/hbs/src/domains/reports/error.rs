use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("The hotels have different currencies ({0}): ask for those of one currency at once.")]
    DifferentCurrencies(String),
}

pub const DIFFERENT_CURRENCIES: Problem = Problem {
    code: "reports.different_currencies",
    status: 409,
    title: "Different currencies",
    about: "A report adds up amounts of one currency. Ask for the hotels of each currency by themselves.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&DIFFERENT_CURRENCIES];

impl DomainError for ReportError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::DifferentCurrencies(_) => &DIFFERENT_CURRENCIES,
        }
    }
}
