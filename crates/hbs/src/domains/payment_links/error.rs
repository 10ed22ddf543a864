use super::model::{LinkStatus, PaymentLinkId};
use crate::error::{DomainError, Member, Problem};
use crate::money::Money;
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum PaymentLinkError {
    #[error("The folio has an open payment link already: cancel that one first.")]
    OpenExists(PaymentLinkId),
    #[error("The payment link is {0}: nothing is paid by it any more.")]
    Over(LinkStatus),
    #[error("There is nothing to be paid on the folio, or it is being paid.")]
    NothingOwed,
    #[error("The link asks for more than what is left to be paid: {0}.")]
    ExceedsBalance(Money),
}

pub const OPEN_EXISTS: Problem = Problem {
    code: "payment_links.open_exists",
    status: 409,
    title: "Payment link open",
    about: "A folio has one open payment link at a time, so that nothing is asked for twice. `payment_link_id` names it; cancel it first.",
    members: &[Member::value("payment_link_id", "Payment link that is open.", || schema!(Uuid).into())],
};
pub const OVER: Problem = Problem {
    code: "payment_links.over",
    status: 410,
    title: "Payment link over",
    about: "The payment link is paid, by itself or otherwise, was cancelled, or is past its time; `link_status` says which. Ask the hotel for another one.",
    members: &[Member::object::<LinkStatus>("link_status", "Status of the payment link.")],
};
pub const NOTHING_OWED: Problem = Problem {
    code: "payment_links.nothing_owed",
    status: 409,
    title: "Nothing to be paid",
    about: "Nothing is left to be paid on the folio, less payments that are under way: there is nothing that a link could ask for.",
    members: &[],
};
pub const EXCEEDS_BALANCE: Problem = Problem {
    code: "payment_links.exceeds_balance",
    status: 409,
    title: "More than the balance",
    about: "A payment link asks for no more than what is left to be paid on its folio, less payments that are under way; `balance` is that.",
    members: &[Member::object::<Money>("balance", "Amount that is left to be paid.")],
};

pub const PROBLEMS: &[&Problem] = &[&OPEN_EXISTS, &OVER, &NOTHING_OWED, &EXCEEDS_BALANCE];

impl DomainError for PaymentLinkError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::OpenExists(_) => &OPEN_EXISTS,
            Self::Over(_) => &OVER,
            Self::NothingOwed => &NOTHING_OWED,
            Self::ExceedsBalance(_) => &EXCEEDS_BALANCE,
        }
    }

    fn extra(&self) -> Map<String, Value> {
        let member = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
        match self {
            Self::OpenExists(id) => member("payment_link_id", json!(id)),
            Self::Over(status) => member("link_status", json!(status)),
            Self::ExceedsBalance(balance) => member("balance", json!(balance)),
            Self::NothingOwed => Map::new(),
        }
    }
}
