use super::model::{PaymentMethod, PaymentStatus};
use crate::error::{DomainError, FieldError, Member, Problem};
use crate::gateways::EventFault;
use crate::money::{Currency, Money};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use utoipa::schema;

#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    #[error("The payment is more than what is left to be paid: {0}.")]
    ExceedsBalance(Money),
    #[error("The hotel does not take this method of payment.")]
    MethodNotTaken(Vec<PaymentMethod>),
    #[error("The hotel's folios are in {expected}.")]
    OtherCurrency { pointer: &'static str, expected: Currency },
    #[error("The amount must be more than nothing.")]
    NotPositive,
    #[error("A payment that is {status} cannot be {done}.")]
    IllegalMove { status: PaymentStatus, done: &'static str },
    #[error("The payment was recorded on {recorded_on}, and the business date is {business_date}: refund it.")]
    DateOver { recorded_on: NaiveDate, business_date: NaiveDate },
    #[error("Of the payment {0} is paid back or asked for: reject the refunds, or refund the rest.")]
    HasRefunds(Money),
    #[error("The drawer into which the cash went was counted: refund the payment.")]
    DrawerCounted,
    #[error("The hotel has no payment gateway: its operator sets one up.")]
    NoGateway,
    #[error("{0} payments of the folio are under way already: pay on one of their pages, or let them end.")]
    TooManyUnderWay(i64),
    #[error("{0} is authorized: no more is captured.")]
    ExceedsAuthorized(Money),
    #[error("Nobody knows yet whether the last order was done: the gateway is being asked.")]
    Unclear,
    #[error("The gateway has an order of this payment that is not done yet.")]
    Ordered,
    #[error("The event was not taken: {0}.")]
    Event(EventFault),
}

pub const EXCEEDS_BALANCE: Problem = Problem {
    code: "payments.exceeds_balance",
    status: 409,
    title: "More than the balance",
    about: "A payment is at most what is left to be paid on its folio, less payments that are under way; `balance` is that. With `overpay` and the permission payments:overpay it can be more, as a deposit on what is to come.",
    members: &[Member::object::<Money>("balance", "Amount that is left to be paid.")],
};
pub const METHOD_NOT_TAKEN: Problem = Problem {
    code: "payments.method_not_taken",
    status: 409,
    title: "Method not taken",
    about: "The hotel does not take this method of payment. `methods` lists those that it takes; they are in its payment settings.",
    members: &[Member::value("methods", "Methods that the hotel takes.", || schema!(Vec<String>).into())],
};
pub const OTHER_CURRENCY: Problem = Problem {
    code: "payments.other_currency",
    status: 422,
    title: "Other currency",
    about: "Payments are in the currency of the hotel. Send the amount in that currency.",
    members: &[],
};
pub const NOT_POSITIVE: Problem = Problem {
    code: "payments.amount_not_positive",
    status: 422,
    title: "Amount not positive",
    about: "The amount of a payment is more than nothing. To give money back, refund a payment.",
    members: &[],
};
pub const ILLEGAL_MOVE: Problem = Problem {
    code: "payments.illegal_move",
    status: 409,
    title: "Not in this state",
    about: "The payment is in a state, `payment_status`, in which this cannot be done. Read the payment again. What was captured is paid back by a refund.",
    members: &[Member::object::<PaymentStatus>("payment_status", "Status of the payment.")],
};
pub const DATE_OVER: Problem = Problem {
    code: "payments.date_over",
    status: 409,
    title: "Recorded on an earlier date",
    about: "A payment that was recorded by mistake is voided on the business date on which it was recorded. Later, refund it.",
    members: &[Member::value("business_date", "Business date of the hotel.", || schema!(NaiveDate).into())],
};
pub const HAS_REFUNDS: Problem = Problem {
    code: "payments.has_refunds",
    status: 409,
    title: "Refunds of the payment",
    about: "A payment of which something is paid back, or asked for, is not voided. Reject the refunds that are open, or refund the rest.",
    members: &[],
};
pub const DRAWER_COUNTED: Problem = Problem {
    code: "payments.drawer_counted",
    status: 409,
    title: "Drawer counted",
    about: "Cash that was recorded by mistake is voided while the drawer into which it went is open. Once that was counted, refund the payment.",
    members: &[],
};

pub const NO_GATEWAY: Problem = Problem {
    code: "payments.no_gateway",
    status: 409,
    title: "No payment gateway",
    about: "Payments through a gateway need one: its operator sets it up (HBS_STRIPE_SECRET_KEY). Other methods can be recorded.",
    members: &[],
};
pub const TOO_MANY_UNDER_WAY: Problem = Problem {
    code: "payments.too_many_under_way",
    status: 409,
    title: "Too many payments under way",
    about: "The number of payments through a gateway that guests have under way on a folio at a time is limited. Pay on one of their pages (`next_action`), or wait until these end, which takes two hours.",
    members: &[],
};
pub const EXCEEDS_AUTHORIZED: Problem = Problem {
    code: "payments.exceeds_authorized",
    status: 409,
    title: "More than is authorized",
    about: "A payment is captured once, with at most the amount that is authorized (`authorized`). The rest is free again.",
    members: &[Member::object::<Money>("authorized", "Amount that is authorized.")],
};
pub const UNCLEAR: Problem = Problem {
    code: "payments.unclear",
    status: 409,
    title: "End of an order unknown",
    about: "The gateway did not answer an order, so nobody knows whether it was done. Nothing else is ordered of the payment until that is known: HBS asks by itself, and `POST /v1/payments/{id}/retry` asks now.",
    members: &[],
};
pub const ORDERED: Problem = Problem {
    code: "payments.ordered",
    status: 409,
    title: "An order is under way",
    about: "The gateway has an order of this payment whose end is not known yet. Wait until it is; `POST /v1/payments/{id}/retry` gives it again.",
    members: &[],
};
pub const EVENT_UNSIGNED: Problem = Problem {
    code: "payments.event_unsigned",
    status: 400,
    title: "Event without a signature",
    about: "Events of gateways are signed. This one has no signature, or none that can be read.",
    members: &[],
};
pub const EVENT_FORGED: Problem = Problem {
    code: "payments.event_forged",
    status: 400,
    title: "Signature of an event wrong",
    about: "The signature is not that of the event: it is forged, was changed on its way, or the secret in the settings is another one.",
    members: &[],
};
pub const EVENT_TOO_OLD: Problem = Problem {
    code: "payments.event_too_old",
    status: 400,
    title: "Event too old",
    about: "The signature is older than some minutes: somebody may have recorded the event and sends it again. Gateways sign anew each time they send one.",
    members: &[],
};
pub const EVENT_TOO_EARLY: Problem = Problem {
    code: "payments.event_too_early",
    status: 400,
    title: "Event from the future",
    about: "The time in the signature lies ahead: the clocks of the gateway and of this server are apart.",
    members: &[],
};
pub const EVENT_UNREADABLE: Problem = Problem {
    code: "payments.event_unreadable",
    status: 400,
    title: "Event unreadable",
    about: "The event is signed rightly and cannot be read: it is no event of this gateway, or of another version of its API.",
    members: &[],
};

/// Problems of events, which their operation names.
pub const EVENT: &[&Problem] = &[&EVENT_UNSIGNED, &EVENT_FORGED, &EVENT_TOO_OLD, &EVENT_TOO_EARLY, &EVENT_UNREADABLE];

pub const PROBLEMS: &[&Problem] = &[
    &EXCEEDS_BALANCE,
    &METHOD_NOT_TAKEN,
    &OTHER_CURRENCY,
    &NOT_POSITIVE,
    &ILLEGAL_MOVE,
    &DATE_OVER,
    &HAS_REFUNDS,
    &DRAWER_COUNTED,
    &NO_GATEWAY,
    &TOO_MANY_UNDER_WAY,
    &EXCEEDS_AUTHORIZED,
    &UNCLEAR,
    &ORDERED,
    &EVENT_UNSIGNED,
    &EVENT_FORGED,
    &EVENT_TOO_OLD,
    &EVENT_TOO_EARLY,
    &EVENT_UNREADABLE,
];

impl DomainError for PaymentError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::ExceedsBalance(_) => &EXCEEDS_BALANCE,
            Self::MethodNotTaken(_) => &METHOD_NOT_TAKEN,
            Self::OtherCurrency { .. } => &OTHER_CURRENCY,
            Self::NotPositive => &NOT_POSITIVE,
            Self::IllegalMove { .. } => &ILLEGAL_MOVE,
            Self::DateOver { .. } => &DATE_OVER,
            Self::HasRefunds(_) => &HAS_REFUNDS,
            Self::DrawerCounted => &DRAWER_COUNTED,
            Self::NoGateway => &NO_GATEWAY,
            Self::TooManyUnderWay(_) => &TOO_MANY_UNDER_WAY,
            Self::ExceedsAuthorized(_) => &EXCEEDS_AUTHORIZED,
            Self::Unclear => &UNCLEAR,
            Self::Ordered => &ORDERED,
            Self::Event(EventFault::Missing | EventFault::Malformed) => &EVENT_UNSIGNED,
            Self::Event(EventFault::Forged) => &EVENT_FORGED,
            Self::Event(EventFault::TooOld) => &EVENT_TOO_OLD,
            Self::Event(EventFault::TooEarly) => &EVENT_TOO_EARLY,
            Self::Event(EventFault::Unreadable) => &EVENT_UNREADABLE,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::OtherCurrency { pointer, expected } => {
                vec![FieldError::body(format!("{pointer}/currency"), format!("must be {expected}"))]
            }
            Self::NotPositive => vec![FieldError::body("/amount/amount", "must be more than nothing")],
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        let member = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
        match self {
            Self::ExceedsBalance(balance) => member("balance", json!(balance)),
            Self::ExceedsAuthorized(authorized) => member("authorized", json!(authorized)),
            Self::MethodNotTaken(methods) => member("methods", json!(methods)),
            Self::IllegalMove { status, .. } => member("payment_status", json!(status)),
            Self::DateOver { business_date, .. } => member("business_date", json!(business_date)),
            _ => Map::new(),
        }
    }
}
