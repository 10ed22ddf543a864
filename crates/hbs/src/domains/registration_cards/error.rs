use crate::domains::stays::Status;
use crate::error::{DomainError, Problem};

#[derive(Debug, thiserror::Error)]
pub enum CardError {
    #[error("Nobody is on record as a guest of the stay.")]
    NoGuests,
    #[error("The stay is {0}: nobody is to sign for it.")]
    NotStaying(Status),
    #[error("The card is signed, and stays as it is; make another one.")]
    Signed,
    #[error("Another card has been made in the place of this one.")]
    Void,
    #[error("The stay or its guests have changed since the card was made; make another one.")]
    Outdated,
}

pub const NO_GUESTS: Problem = Problem {
    code: "registration_card.no_guests",
    status: 409,
    title: "No guests on record",
    about: "A registration card shows the guests who are on record. Record them first (`PUT …/stays/{stay_id}/guests`).",
    members: &[],
};
pub const NOT_STAYING: Problem = Problem {
    code: "registration_card.not_staying",
    status: 409,
    title: "Nobody comes",
    about: "No card is made for a stay that is cancelled, expired or a no-show. Reinstate the stay first if the guest is there.",
    members: &[],
};
pub const SIGNED: Problem = Problem {
    code: "registration_card.signed",
    status: 409,
    title: "Signed already",
    about: "A registration card is signed once and never changes after that. If something has changed, make another card.",
    members: &[],
};
pub const VOID: Problem = Problem {
    code: "registration_card.void",
    status: 409,
    title: "Void",
    about: "Only the newest card of a stay is valid, beside those that are signed.",
    members: &[],
};
pub const OUTDATED: Problem = Problem {
    code: "registration_card.outdated",
    status: 409,
    title: "Outdated",
    about: "The card does not say any more what is on record, so it is not to be signed. Make another card.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[&NO_GUESTS, &NOT_STAYING, &SIGNED, &VOID, &OUTDATED];

impl DomainError for CardError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NoGuests => &NO_GUESTS,
            Self::NotStaying(_) => &NOT_STAYING,
            Self::Signed => &SIGNED,
            Self::Void => &VOID,
            Self::Outdated => &OUTDATED,
        }
    }
}
