use super::model::Untied;
use crate::error::{DomainError, Member, Problem};
use serde_json::{Map, Value, json};

#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    #[error("{}", worded(.0))]
    DoesNotTie(Vec<Untied>),
}

/// Names each ledger with its difference.
fn worded(untied: &[Untied]) -> String {
    let told = |one: &Untied| {
        format!("The ledger `{}` would be {}, and not {}: {} too much.", one.ledger, one.found, one.expected, one.difference)
    };
    untied.iter().map(told).collect::<Vec<_>>().join(" ")
}

pub const DOES_NOT_TIE: Problem = Problem {
    code: "openings.does_not_tie",
    status: 409,
    title: "Trial balance does not tie",
    about: "Balances are brought in when the ledgers of guests, deposits and accounts come to what the trial balance of the other system says. `ledgers` lists each that would not, with the difference: a row is missing, is there twice, or has another amount; or a reservation with nights before today was imported whose folio no row names. Nothing was brought in.",
    members: &[Member::list::<Untied>("ledgers", "Ledgers that would come to something else.")],
};

pub const PROBLEMS: &[&Problem] = &[&DOES_NOT_TIE];

impl DomainError for OpeningError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::DoesNotTie(_) => &DOES_NOT_TIE,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::DoesNotTie(untied) => Map::from_iter([("ledgers".to_owned(), json!(untied))]),
        }
    }
}
