use super::model::RefundStatus;
use crate::error::{DomainError, FieldError, Member, Problem};
use crate::money::{Currency, Money};
use serde_json::{Map, Value, json};

#[derive(Debug, thiserror::Error)]
pub enum RefundError {
    #[error("Of the payment {0} can be paid back.")]
    ExceedsRefundable(Money),
    #[error("Of the entries {0} is left: no more is paid back for them.")]
    ExceedsEntries(Money),
    #[error("Refunds are in the currency of the payment, {0}.")]
    OtherCurrency(Currency),
    #[error("The amount must be more than nothing.")]
    NotPositive,
    #[error("A refund that is {status} cannot be {done}.")]
    IllegalMove { status: RefundStatus, done: &'static str },
    #[error("Whoever asked for a refund does not approve it: somebody else does.")]
    SamePerson,
    #[error("The payment is disputed by the payer's bank: what it decides is paid back.")]
    Disputed,
}

pub const EXCEEDS_REFUNDABLE: Problem = Problem {
    code: "refunds.exceeds_refundable",
    status: 409,
    title: "More than can be paid back",
    about: "Of a payment, at most `refundable` is paid back: what was captured, less what was paid back before and what others have asked for. It is nothing while the payment is not captured.",
    members: &[Member::object::<Money>("refundable", "Amount that can be paid back.")],
};
pub const EXCEEDS_ENTRIES: Problem = Problem {
    code: "refunds.exceeds_entries",
    status: 409,
    title: "More than the entries come to",
    about: "A refund for some entries of a folio is at most what they come to with their taxes and allowances, less what refunds that name them have asked for before; `most` is that.",
    members: &[Member::object::<Money>("most", "Amount that the entries come to.")],
};
pub const OTHER_CURRENCY: Problem = Problem {
    code: "refunds.other_currency",
    status: 422,
    title: "Other currency",
    about: "A refund is in the currency of its payment. Send the amount in that currency.",
    members: &[],
};
pub const NOT_POSITIVE: Problem = Problem {
    code: "refunds.amount_not_positive",
    status: 422,
    title: "Amount not positive",
    about: "The amount of a refund is more than nothing.",
    members: &[],
};
pub const ILLEGAL_MOVE: Problem = Problem {
    code: "refunds.illegal_move",
    status: 409,
    title: "Not in this state",
    about: "The refund is in a state, `refund_status`, in which this cannot be done: refunds are approved or rejected once. Read it again.",
    members: &[Member::object::<RefundStatus>("refund_status", "Status of the refund.")],
};
pub const SAME_PERSON: Problem = Problem {
    code: "refunds.same_person",
    status: 403,
    title: "Approved by the same person",
    about: "A refund is approved by somebody else than who asked for it; the person of an API key is whoever made it. A hotel without a second person sets `allows_own_approval` in its payment settings.",
    members: &[],
};

pub const DISPUTED: Problem = Problem {
    code: "refunds.disputed",
    status: 409,
    title: "Payment disputed",
    about: "The payer's bank takes the payment back, or is about to. Nothing else is paid back of it meanwhile: it would be paid back twice. Answer the dispute at the gateway.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] =
    &[&EXCEEDS_REFUNDABLE, &EXCEEDS_ENTRIES, &OTHER_CURRENCY, &NOT_POSITIVE, &ILLEGAL_MOVE, &SAME_PERSON, &DISPUTED];

impl DomainError for RefundError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::ExceedsRefundable(_) => &EXCEEDS_REFUNDABLE,
            Self::ExceedsEntries(_) => &EXCEEDS_ENTRIES,
            Self::OtherCurrency(_) => &OTHER_CURRENCY,
            Self::NotPositive => &NOT_POSITIVE,
            Self::IllegalMove { .. } => &ILLEGAL_MOVE,
            Self::SamePerson => &SAME_PERSON,
            Self::Disputed => &DISPUTED,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::OtherCurrency(expected) => vec![FieldError::body("/amount/currency", format!("must be {expected}"))],
            Self::NotPositive => vec![FieldError::body("/amount/amount", "must be more than nothing")],
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        let member = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
        match self {
            Self::ExceedsRefundable(refundable) => member("refundable", json!(refundable)),
            Self::ExceedsEntries(most) => member("most", json!(most)),
            Self::IllegalMove { status, .. } => member("refund_status", json!(status)),
            _ => Map::new(),
        }
    }
}
