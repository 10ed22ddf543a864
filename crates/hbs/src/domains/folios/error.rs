use crate::error::{DomainError, FieldError, Member, Problem};
use crate::money::{Currency, Money};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use utoipa::schema;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum FolioError {
    #[error("The folio is closed: open another one for what comes late.")]
    Closed(Uuid),
    #[error("The folio comes to {0}, and only one that comes to nothing can be closed.")]
    Unsettled(Money),
    #[error("A payment of the folio is under way, or something of it is about to be paid back.")]
    MoneyUnderWay,
    #[error("The group has an open master folio already.")]
    MasterExists(Uuid),
    #[error("There is no such folio at this hotel.")]
    UnknownTarget { pointer: &'static str },
    #[error("The hotel's folios are in {expected}.")]
    OtherCurrency { pointer: &'static str, expected: Currency },
    #[error("The amount must be more than nothing.")]
    NotPositive { pointer: &'static str },
    #[error("There is {0} at most.")]
    TooMuch(Money),
    #[error("Of {total} nothing can be split off in this way: at least the smallest unit must go, and as much must stay.")]
    NotDivisible { total: Money },
    #[error("Of the entries named, {} had been moved or taken back already.", .0.len())]
    NotOpen(Vec<Uuid>),
    #[error("There is nothing to be moved on the folio.")]
    NothingToMove,
    #[error("A tax and an allowance go with their price: name the price.")]
    GoesWithPrice { pointer: &'static str, entry_ids: Vec<Uuid> },
    #[error("The entry is part of the price of a stay: amend the booking, or grant an allowance.")]
    OfStay,
    #[error("The entry counts money that was paid: void or refund the payment.")]
    OfPayment,
    #[error("{date} is closed: the business date is {business_date}.")]
    DateClosed { date: NaiveDate, business_date: NaiveDate },
    #[error("Nothing is charged to this room: the folio does not take charges by room number.")]
    NoPost,
    #[error("The charge would bring the folio to {would_be}, beyond its limit of {limit}.")]
    LimitReached { would_be: Money, limit: Money },
    #[error("Nobody is checked in to room {0}.")]
    NobodyInRoom(String),
    #[error("A booking has at most {0} folios; use one of them.")]
    TooManyFolios(usize),
    #[error("A folio has at most {0} rules; remove one first.")]
    TooManyRoutings(usize),
    #[error("This is the folio of an account: things go to it only from other folios, with POST /v1/folios/{{id}}/to-account.")]
    OfAccount,
    #[error("The account is not active: nothing goes to it.")]
    AccountInactive,
    #[error("The account owes {balance}: {amount} more is beyond its limit of {limit}.")]
    CreditLimit { limit: Money, balance: Money, amount: Money },
    #[error("There is nothing to be paid on the folio: {0} is due.")]
    NothingDue(Money),
    #[error("Entries on an invoice stay on their folio: credit the invoice first.")]
    Invoiced,
    #[error("{found} entries would be split, and at most {most} are at once: name some of them, or move all.")]
    TooManyEntries { found: usize, most: usize },
}

pub const CLOSED: Problem = Problem {
    code: "folio.closed",
    status: 409,
    title: "Folio closed",
    about: "Nothing is posted to a closed folio, moved from it or to it. Open another one with `POST /v1/folios`; late charges go there.",
    members: &[Member::value("folio_id", "Folio that is closed.", || schema!(Uuid).into())],
};
pub const UNSETTLED: Problem = Problem {
    code: "folio.unsettled",
    status: 409,
    title: "Folio not settled",
    about: "A folio is closed once its entries come to nothing. Move what is left to another folio, or settle it first.",
    members: &[Member::object::<Money>("balance", "Balance of the folio.")],
};
pub const MONEY_UNDER_WAY: Problem = Problem {
    code: "folio.money_under_way",
    status: 409,
    title: "Money under way",
    about: "A payment of the folio has no end yet, or something of it is about to be paid back. It would come to a folio that is closed, and so to another one that is opened for it. Wait for it, void the payment, or reject the refund.",
    members: &[],
};
pub const MASTER_EXISTS: Problem = Problem {
    code: "folio.master_exists",
    status: 409,
    title: "Master folio exists",
    about: "A group has one open master folio. `folio_id` names it.",
    members: &[Member::value("folio_id", "Master folio of the group.", || schema!(Uuid).into())],
};
pub const UNKNOWN_TARGET: Problem = Problem {
    code: "folio.unknown_target",
    status: 422,
    title: "No such folio at this hotel",
    about: "Entries move between folios of one hotel. The folio named is not one of this hotel.",
    members: &[],
};
pub const OTHER_CURRENCY: Problem = Problem {
    code: "folio.other_currency",
    status: 422,
    title: "Other currency",
    about: "A folio has one currency, that of its hotel. Send the amount in that currency.",
    members: &[],
};
pub const NOT_POSITIVE: Problem = Problem {
    code: "folio.amount_not_positive",
    status: 422,
    title: "Amount not positive",
    about: "Amounts of charges, allowances and splits are more than nothing. To take something back, post an adjustment.",
    members: &[],
};
pub const TOO_MUCH: Problem = Problem {
    code: "folio.too_much",
    status: 409,
    title: "More than there is",
    about: "An allowance is at most what was charged, less what was allowed before; a split at most what its entries come to. `most` is the highest amount.",
    members: &[Member::object::<Money>("most", "Highest amount.")],
};
pub const NOT_DIVISIBLE: Problem = Problem {
    code: "folio.not_divisible",
    status: 409,
    title: "Cannot be split so",
    about: "A split moves at least the smallest unit of the currency and leaves at least as much. To move all of it, use `POST /v1/folios/{id}/move`.",
    members: &[Member::object::<Money>("total", "Amount that the entries come to.")],
};
pub const NOT_OPEN: Problem = Problem {
    code: "folio.entries_not_open",
    status: 409,
    title: "Entries moved or taken back",
    about: "An entry is moved, split, adjusted or taken back once; what was made of it is an entry of its own. `entry_ids` lists the entries that are not open on this folio. Read the folio again.",
    members: &[Member::value("entry_ids", "Entries that are not open on the folio.", || schema!(Vec<Uuid>).into())],
};
pub const NOTHING_TO_MOVE: Problem = Problem {
    code: "folio.nothing_to_move",
    status: 409,
    title: "Nothing to move",
    about: "The folio has no open entries of this kind: all were moved or taken back, or none lies within the dates.",
    members: &[],
};
pub const GOES_WITH_PRICE: Problem = Problem {
    code: "folio.goes_with_price",
    status: 422,
    title: "Goes with its price",
    about: "Taxes and allowances are moved with the price that they belong to, never alone. Name the price; they follow by themselves.",
    members: &[Member::value("entry_ids", "Taxes and allowances whose price was not named.", || schema!(Vec<Uuid>).into())],
};
pub const OF_STAY: Problem = Problem {
    code: "folio.entry_of_stay",
    status: 409,
    title: "Part of a stay's price",
    about: "Rooms, their taxes and fees are corrected where they come from: amend, reinstate or cancel the booking. For a service that was not as it should be, post an allowance.",
    members: &[],
};
pub const OF_PAYMENT: Problem = Problem {
    code: "folio.entry_of_payment",
    status: 409,
    title: "Entry of a payment",
    about: "Money that was paid is corrected where it comes from: void the payment on the day on which it was recorded, or refund it.",
    members: &[],
};
pub const DATE_CLOSED: Problem = Problem {
    code: "folio.date_closed",
    status: 409,
    title: "Date closed",
    about: "Nothing is charged for a date that the night audit has closed. Charge it on the business date, `business_date`.",
    members: &[Member::value("business_date", "Business date of the hotel.", || schema!(NaiveDate).into())],
};
pub const NO_POST: Problem = Problem {
    code: "folio.no_post",
    status: 409,
    title: "Charges not taken",
    about: "The folio does not take charges by room number (`no_post`). The guest pays at once, or the desk allows it.",
    members: &[],
};
pub const LIMIT_REACHED: Problem = Problem {
    code: "folio.limit_reached",
    status: 409,
    title: "Limit reached",
    about: "Charges by room number lead to a balance of at most `charge_limit`. The guest pays at once, or the desk raises the limit.",
    members: &[Member::object::<Money>("charge_limit", "Limit of the folio.")],
};
pub const NOBODY_IN_ROOM: Problem = Problem {
    code: "folio.nobody_in_room",
    status: 409,
    title: "Nobody in the room",
    about: "Charges by room number are for guests who are checked in. What comes after they have left goes to a folio of its own.",
    members: &[],
};
pub const TOO_MANY_FOLIOS: Problem = Problem {
    code: "folio.too_many_folios",
    status: 409,
    title: "Too many folios",
    about: "The number of folios of a booking is limited: whoever posts to one of them holds all. `most` is the limit, closed folios count. Use one of those that are there.",
    members: &[Member::value("most", "Highest number of folios.", || schema!(usize).into())],
};
pub const TOO_MANY_ROUTINGS: Problem = Problem {
    code: "folio.too_many_routings",
    status: 409,
    title: "Too many rules",
    about: "The number of rules that send entries to a folio is limited. `detail` names the limit; remove a rule that is not needed any more.",
    members: &[],
};
pub const TOO_MANY_ENTRIES: Problem = Problem {
    code: "folio.too_many_entries",
    status: 409,
    title: "Too many entries to split",
    about: "The number of entries that are split at once is limited to `most`, with the taxes and allowances that go along. Name some of them in `entry_ids`, or move all of them with `POST /v1/folios/{id}/move`.",
    members: &[Member::value("most", "Highest number of entries.", || schema!(usize).into())],
};

pub const OF_ACCOUNT: Problem = Problem {
    code: "folio.of_account",
    status: 409,
    title: "Folio of an account",
    about: "The debt of a company or agent comes from other folios, so nothing is charged, allowed, moved or split on the account's folio itself, and it is not changed or closed. Post it to the folio of a booking or of the house, and send it to the account with `POST /v1/folios/{id}/to-account`. An entry that went to the account by mistake is taken back by a correction.",
    members: &[],
};
pub const ACCOUNT_INACTIVE: Problem = Problem {
    code: "folio.account_inactive",
    status: 409,
    title: "Account not active",
    about: "Nothing goes to an account that is not active. Set `is_active` of the account to true, choose another one, or let the guests pay.",
    members: &[],
};
pub const CREDIT_LIMIT: Problem = Problem {
    code: "folio.credit_limit",
    status: 409,
    title: "Credit limit reached",
    about: "The balance of an account stays within its `credit_limit`. `balance` is what it owes, `amount` what was to come to it. Record what the account has paid, raise its limit, send less to it, or let the guests pay.",
    members: &[
        Member::object::<Money>("credit_limit", "Limit of the account."),
        Member::object::<Money>("balance", "Amount that the account owes."),
        Member::object::<Money>("amount", "Amount that was to come to it."),
    ],
};
pub const NOTHING_DUE: Problem = Problem {
    code: "folio.nothing_due",
    status: 409,
    title: "Nothing due",
    about: "Only what is due on a folio goes to an account: its entries up to the business date, less what was paid. `balance_due` is nothing, or negative if the hotel owes it.",
    members: &[Member::object::<Money>("balance_due", "Amount that is due on the folio.")],
};

pub const INVOICED: Problem = Problem {
    code: "folio.invoiced",
    status: 409,
    title: "Entry on an invoice",
    about: "Entries on an invoice are not moved or split: they could be billed again elsewhere. Credit the invoice first, with `POST /v1/invoices/{id}/credit`.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &CLOSED,
    &UNSETTLED,
    &MONEY_UNDER_WAY,
    &MASTER_EXISTS,
    &UNKNOWN_TARGET,
    &OTHER_CURRENCY,
    &NOT_POSITIVE,
    &TOO_MUCH,
    &NOT_DIVISIBLE,
    &NOT_OPEN,
    &NOTHING_TO_MOVE,
    &GOES_WITH_PRICE,
    &OF_STAY,
    &OF_PAYMENT,
    &DATE_CLOSED,
    &NO_POST,
    &LIMIT_REACHED,
    &NOBODY_IN_ROOM,
    &TOO_MANY_FOLIOS,
    &TOO_MANY_ROUTINGS,
    &OF_ACCOUNT,
    &ACCOUNT_INACTIVE,
    &CREDIT_LIMIT,
    &NOTHING_DUE,
    &TOO_MANY_ENTRIES,
    &INVOICED,
];

impl DomainError for FolioError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Closed(_) => &CLOSED,
            Self::Unsettled(_) => &UNSETTLED,
            Self::MoneyUnderWay => &MONEY_UNDER_WAY,
            Self::MasterExists(_) => &MASTER_EXISTS,
            Self::UnknownTarget { .. } => &UNKNOWN_TARGET,
            Self::OtherCurrency { .. } => &OTHER_CURRENCY,
            Self::NotPositive { .. } => &NOT_POSITIVE,
            Self::TooMuch(_) => &TOO_MUCH,
            Self::NotDivisible { .. } => &NOT_DIVISIBLE,
            Self::NotOpen(_) => &NOT_OPEN,
            Self::NothingToMove => &NOTHING_TO_MOVE,
            Self::GoesWithPrice { .. } => &GOES_WITH_PRICE,
            Self::OfStay => &OF_STAY,
            Self::OfPayment => &OF_PAYMENT,
            Self::DateClosed { .. } => &DATE_CLOSED,
            Self::NoPost => &NO_POST,
            Self::LimitReached { .. } => &LIMIT_REACHED,
            Self::NobodyInRoom(_) => &NOBODY_IN_ROOM,
            Self::TooManyFolios(_) => &TOO_MANY_FOLIOS,
            Self::TooManyRoutings(_) => &TOO_MANY_ROUTINGS,
            Self::OfAccount => &OF_ACCOUNT,
            Self::AccountInactive => &ACCOUNT_INACTIVE,
            Self::CreditLimit { .. } => &CREDIT_LIMIT,
            Self::NothingDue(_) => &NOTHING_DUE,
            Self::TooManyEntries { .. } => &TOO_MANY_ENTRIES,
            Self::Invoiced => &INVOICED,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let at = |pointer: &str, detail: &str| vec![FieldError::body(pointer, detail)];
        match self {
            Self::UnknownTarget { pointer } => at(pointer, "is not a folio of this hotel"),
            Self::OtherCurrency { pointer, expected } => at(&format!("{pointer}/currency"), &format!("must be {expected}")),
            Self::NotPositive { pointer } => at(&format!("{pointer}/amount"), "must be more than nothing"),
            Self::GoesWithPrice { pointer, .. } => at(pointer, "names taxes or allowances without their price"),
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        let member = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
        match self {
            Self::Closed(id) | Self::MasterExists(id) => member("folio_id", json!(id)),
            Self::Unsettled(balance) => member("balance", json!(balance)),
            Self::TooMuch(most) => member("most", json!(most)),
            Self::NotDivisible { total } => member("total", json!(total)),
            Self::NotOpen(entry_ids) | Self::GoesWithPrice { entry_ids, .. } => member("entry_ids", json!(entry_ids)),
            Self::DateClosed { business_date, .. } => member("business_date", json!(business_date)),
            Self::TooManyEntries { most, .. } | Self::TooManyFolios(most) => member("most", json!(most)),
            Self::LimitReached { limit, .. } => member("charge_limit", json!(limit)),
            Self::CreditLimit { limit, balance, amount } => Map::from_iter(
                [("credit_limit", limit), ("balance", balance), ("amount", amount)]
                    .map(|(name, money)| (name.to_owned(), json!(money))),
            ),
            Self::NothingDue(due) => member("balance_due", json!(due)),
            _ => Map::new(),
        }
    }
}
