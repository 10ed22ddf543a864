use super::rules::selling::Restricted;
use crate::domains::extras::{
    ARCHIVED as EXTRA_ARCHIVED, DATE_OUTSIDE_STAY, HAS_OWN_DAYS, QUANTITY_OUT_OF_BOUNDS, UNKNOWN as EXTRA_UNKNOWN,
};
use crate::domains::groups::RELEASED as GROUP_RELEASED;
use crate::domains::inventory::Shortage;
use crate::domains::offers::{
    CODE_UNKNOWN as OFFER_CODE_UNKNOWN, ENDED as OFFER_ENDED, EXHAUSTED as OFFER_EXHAUSTED, GUEST_UNKNOWN as OFFER_GUEST_UNKNOWN,
    NOT_APPLICABLE as OFFER_NOT_APPLICABLE,
};
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::{Action, Status};
use crate::error::{DomainError, FieldError, Member, Problem};
use crate::money::Money;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use utoipa::schema;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error("There are not enough rooms on {} of the nights.", .0.iter().map(|night| night.date).collect::<BTreeSet<_>>().len())]
    NoAvailability(Vec<Shortage>),
    #[error("Every night has a room, but no room is free throughout{}.", if *.proven { "; no rearrangement makes one free" } else { ", and no rearrangement was found in time" })]
    NoSingleRoom { proven: bool },
    #[error("Room {number} is not free on these nights.")]
    RoomTaken { line: usize, number: String },
    #[error("The rate plan is not sold like this: {}.", worded(.0))]
    Restricted(Vec<Restricted>),
    #[error("The quote held until {0}.")]
    QuoteExpired(DateTime<Utc>),
    #[error("The price is {actual} now, not {expected}.")]
    PriceChanged { expected: Money, actual: Money },
    #[error("There is a booking of this channel with this external reference already.")]
    ExternalReferenceTaken,
    #[error("At most {0} holds at a time; confirm or cancel one first.")]
    TooManyHolds(i32),
    #[error("Guests have at most {0} bookings to come here at a time; ask the hotel for more.")]
    TooManyBookings(i32),
    #[error("The bookings of a guest here have at most {0} nights together; ask the hotel for more.")]
    TooManyNights(i32),
    #[error("The e-mail address of the account has yet to be verified; the booking is confirmed once it is.")]
    EmailNotVerified,
    #[error("Something is due when booking; the booking is confirmed once that is paid.")]
    PaymentDue,
    #[error("The e-mail address of the account has yet to be verified; bookings made with it are yours once it is.")]
    AddressNotVerified,
    #[error("The link does not work (any more); have it sent anew at POST /v1/bookings/look-up.")]
    LinkInvalid,
    #[error("A stay that is {from} cannot become {to}.")]
    IllegalMove { from: Status, to: Status },
    #[error("{action} is possible from {check_in} on; today is {today} at the hotel.")]
    TooEarly { action: Action, check_in: NaiveDate, today: NaiveDate },
    #[error("A guest of {check_in} can be recorded as a no-show from {} on; it is {} at the hotel.", .cutoff.format("%H:%M"), .now.format("%H:%M"))]
    NoShowTooEarly { check_in: NaiveDate, cutoff: NaiveTime, now: NaiveTime },
    #[error("{action} was possible {}; today is {today} at the hotel.", .last.map_or_else(|| "before".to_owned(), |last| format!("until {last}")))]
    TooLate { action: Action, last: Option<NaiveDate>, today: NaiveDate },
    #[error("The hold has expired and its rooms are on sale again.")]
    HoldExpired,
    #[error("In {} of the stays, no guest is on record with date of birth, nationality and document.", .0.len())]
    IdentityMissing(Vec<Uuid>),
    #[error("A stay that is {0} cannot be amended.")]
    NotAmendable(Status),
    #[error("By its cancellation policy this would cost {0} by now; ask the hotel.")]
    AmendmentNotFree(Money),
    #[error("The booking has changed since the agreement.")]
    AgreementOutdated,
    #[error("The hold has been extended already, which is possible only once.")]
    HoldExtended,
    #[error("Room {number} is {}.", .housekeeping.words())]
    RoomNotReady { number: String, housekeeping: Housekeeping },
    #[error("There is a balance of {0} to be settled.")]
    BalanceDue(Money),
    #[error("Room {0} still has guests who have not been checked out.")]
    RoomOccupied(String),
    #[error("Room {0}, in which the guests are, is not free on the added nights, and whoever has it then cannot be moved.")]
    GuestsRoomTaken(String),
    #[error("The stay has no room yet; assign one first.")]
    NoRoomAssigned,
    #[error("{0}")]
    NotSwappable(&'static str),
    #[error("The guests have no room there: {0}.")]
    RoomTooSmall(String),
    #[error("Room {0} is not free on all nights of the stay.")]
    RoomNotFree(String),
    #[error("No room of the type is free on all nights of the stay.")]
    NoFreeRoom,
    #[error("A stay that is {0} cannot be given another room.")]
    RoomIsFinal(Status),
    #[error("The guests have moved to another room on {0}; check them out instead.")]
    GuestsMoved(NaiveDate),
    #[error("The stay is exempt from taxes already.")]
    ExemptAlready,
    #[error("The stay is not exempt from taxes then.")]
    NotExempt,
    #[error(
        "{plan} has no price by day for {room_type}. Set the day_price of the room type in the rate plan, or choose another plan."
    )]
    NoDayPrice { line: usize, plan: String, room_type: String },
    #[error("The stay is day use: {0}.")]
    DayUse(&'static str),
    #[error("The hotel is busy with these nights; try again.")]
    Busy,
}

/// Lists each restriction once, however many rooms it affects.
fn worded(restricted: &[Restricted]) -> String {
    let mut texts: Vec<String> = restricted.iter().map(|restricted| restricted.restriction.to_string()).collect();
    let mut seen = BTreeSet::new();
    texts.retain(|text| seen.insert(text.clone()));
    texts.join("; ")
}

pub const NO_AVAILABILITY: Problem = Problem {
    code: "booking.no_availability",
    status: 409,
    title: "No availability",
    about: "Some nights have fewer rooms of a type than you asked for. `nights` lists each with its type, the reason and how many there are.",
    members: &[Member::list::<Shortage>("nights", "Nights with too few rooms, by room type.")],
};
pub const NO_SINGLE_ROOM: Problem = Problem {
    code: "booking.no_single_room",
    status: 409,
    title: "No single room",
    about: "Each night has a free room of the type, but no one room is free for the whole stay, and the stays that may move could not be rearranged. `proven` says whether that is impossible or was not found in time. Split the stay or change its dates.",
    members: &[Member::value(
        "proven",
        "True if no rearrangement makes a room free; false if the time to search for one was up.",
        || schema!(bool).into(),
    )],
};
pub const ROOM_TAKEN: Problem = Problem {
    code: "booking.room_taken",
    status: 409,
    title: "Room taken",
    about: "The room that you named is not free on all nights: leave `room_id` out to get any room of the type. Or guests in the house are to stay on in theirs, and those who have it next cannot be moved: they are pinned to it, are in the house, or there is no other room for them.",
    members: &[],
};
pub const NO_FREE_ROOM: Problem = Problem {
    code: "booking.no_free_room",
    status: 409,
    title: "No free room",
    about: "No room of the stay's type is free on all its nights. Move another stay first, or release a room block.",
    members: &[],
};
pub const NOT_SWAPPABLE: Problem = Problem {
    code: "booking.not_swappable",
    status: 409,
    title: "Rooms cannot be swapped",
    about: "Two stays can swap rooms only if both are still to come and have rooms of one type, and if each room is free on the nights of the other stay but for these two.",
    members: &[],
};
pub const ROOM_IS_FINAL: Problem = Problem {
    code: "booking.room_is_final",
    status: 409,
    title: "Room is final",
    about: "Only stays to come can be given a room, and guests in the house another one for the remaining nights: the rooms of past nights stay on record. `stay_status` is the stay's status.",
    members: &[Member::object::<Status>("stay_status", "Status of the stay.")],
};
pub const ROOM_TOO_SMALL: Problem = Problem {
    code: "booking.room_too_small",
    status: 409,
    title: "Room too small",
    about: "A room of this type does not take the guests of the stay; `detail` says how many it takes. Choose another room; staff with `stays:override` may send `ignore_capacity` with a reason.",
    members: &[],
};
pub const RESTRICTED: Problem = Problem {
    code: "booking.restricted",
    status: 409,
    title: "Restricted",
    about: "The restrictions of a rate plan prevent this sale: `nights` lists each restriction with the room asked for, its plan, the date, the reason and, where there is one, the limit. Change the dates or the plan; staff with `bookings:override` may send `ignore_restrictions`.",
    members: &[Member::list::<Restricted>("nights", "Restrictions that prevent the sale, by room and night.")],
};
pub const QUOTE_EXPIRED: Problem = Problem {
    code: "booking.quote_expired",
    status: 409,
    title: "Quote expired",
    about: "The price of a quote holds until it expires. Ask for another quote, or book without one at the current price.",
    members: &[],
};
pub const PRICE_CHANGED: Problem = Problem {
    code: "booking.price_changed",
    status: 409,
    title: "Price changed",
    about: "The total differs from `expected_total`. `actual_total` is the current one.",
    members: &[Member::object::<Money>("actual_total", "Total at the current prices.")],
};
pub const EXTERNAL_REFERENCE_TAKEN: Problem = Problem {
    code: "booking.external_reference_taken",
    status: 409,
    title: "External reference taken",
    about: "Within a property and channel, an external reference belongs to one booking.",
    members: &[],
};
pub const TOO_MANY_HOLDS: Problem = Problem {
    code: "booking.too_many_holds",
    status: 409,
    title: "Too many holds",
    about: "A guest can have only so many holds at a time; the property sets how many.",
    members: &[],
};
pub const TOO_MANY_BOOKINGS: Problem = Problem {
    code: "booking.too_many_bookings",
    status: 409,
    title: "Too many bookings",
    about: "What guests can book at a time is limited, for each account and for each e-mail address: the number of bookings to come, holds too, and their nights, counted by room. The property sets how many.",
    members: &[],
};
pub const PAYMENT_DUE: Problem = Problem {
    code: "booking.payment_due",
    status: 409,
    title: "Payment due",
    about: "The rate plan asks for the price, or a part of it, when booking. The rooms are held until it is paid: pay with `POST /v1/payments` and the method `gateway`, and the booking is confirmed by itself. `GET /v1/bookings/{id}/payments-due` lists what is due. Staff can confirm without.",
    members: &[],
};
pub const EMAIL_NOT_VERIFIED: Problem = Problem {
    code: "booking.email_not_verified",
    status: 409,
    title: "E-mail address not verified",
    about: "The property confirms bookings only of guests who have verified the e-mail address of their account. Use the link in the mail that was sent there, or ask for another; bookings that wait for it are confirmed then, if their hold has not expired. Nor can an account claim the bookings of an address before it is verified.",
    members: &[],
};
pub const LINK_INVALID: Problem = Problem {
    code: "booking.link_invalid",
    status: 422,
    title: "Link does not work",
    about: "The token is of no link, or of one that has ended: links to a booking work until 30 days after the departure, while the booking has the address that they were mailed to and belongs to no account. `POST /v1/bookings/look-up` has a new one mailed.",
    members: &[],
};
pub const ILLEGAL_MOVE: Problem = Problem {
    code: "booking.illegal_move",
    status: 409,
    title: "Not possible in this state",
    about: "No stay of the booking can take this action in its state. `from` and `to` name the states.",
    members: &[
        Member::object::<Status>("from", "Current status of the stay."),
        Member::object::<Status>("to", "Status that was asked for."),
    ],
};
pub const TOO_EARLY: Problem = Problem {
    code: "booking.too_early",
    status: 409,
    title: "Too early",
    about: "Guests can be checked in, or recorded as a no-show, on the day of arrival or later, by the date at the hotel; as a no-show not before the hotel's no-show cut-off.",
    members: &[],
};
pub const TOO_LATE: Problem = Problem {
    code: "booking.too_late",
    status: 409,
    title: "Too late",
    about: "Guests can be checked in until the day before departure. They can cancel until the day of arrival ends. An action on a stay can be undone only on the same business date.",
    members: &[],
};
pub const HOLD_EXPIRED: Problem = Problem {
    code: "booking.hold_expired",
    status: 409,
    title: "Hold expired",
    about: "A hold can be confirmed only before it expires. Book anew, or ask the hotel: staff can still confirm it at the held price if rooms are free.",
    members: &[],
};
pub const IDENTITY_MISSING: Problem = Problem {
    code: "booking.identity_missing",
    status: 409,
    title: "Guests not registered",
    about: "The hotel checks guests in only when at least one guest of each room is on record with date of birth, nationality and document. `stays` lists the stays without such a guest; register them at `/v1/bookings/{id}/stays/{stay_id}/guests`, or for a walk-in in `guests` of each room.",
    members: &[Member::value("stays", "Stays without a registered guest.", || schema!(Vec<Uuid>).into())],
};
pub const ROOM_OCCUPIED: Problem = Problem {
    code: "booking.room_occupied",
    status: 409,
    title: "Room occupied",
    about: "Other guests have not been checked out of the room yet. Check them out, or give the stay another room.",
    members: &[],
};
pub const NOT_AMENDABLE: Problem = Problem {
    code: "booking.not_amendable",
    status: 409,
    title: "Not amendable",
    about: "Only stays that are held, confirmed or in the house can be amended; guests can amend theirs only before they arrive. `stay_status` is the stay's status.",
    members: &[Member::object::<Status>("stay_status", "Status of the stay.")],
};
pub const AMENDMENT_NOT_FREE: Problem = Problem {
    code: "booking.amendment_not_free",
    status: 409,
    title: "Amendment not free",
    about: "Guests can amend a booking only as long as they could cancel it for free. Ask the hotel: its staff can amend it. `fee` is the price of cancelling now.",
    members: &[Member::object::<Money>("fee", "Fee if the booking were cancelled now.")],
};
pub const AGREEMENT_OUTDATED: Problem = Problem {
    code: "booking.agreement_outdated",
    status: 409,
    title: "Agreement outdated",
    about: "A stay has changed since the hotel made its proposal. Ask the hotel again.",
    members: &[],
};
pub const HOLD_EXTENDED: Problem = Problem {
    code: "booking.hold_extended",
    status: 409,
    title: "Hold extended already",
    about: "A hold can be extended only once. Confirm or cancel it.",
    members: &[],
};
pub const ROOM_NOT_READY: Problem = Problem {
    code: "booking.room_not_ready",
    status: 409,
    title: "Room not ready",
    about: "Guests can be checked only into rooms that are clean or inspected; with the setting `requires_inspection`, only into rooms that are inspected. Wait for housekeeping, give the stay another room, or, with `stays:override` and a reason, send `ignore_housekeeping`.",
    members: &[],
};
pub const BALANCE_DUE: Problem = Problem {
    code: "booking.balance_due",
    status: 409,
    title: "Balance due",
    about: "The last guests of a booking in the house can be checked out only when its folio is settled, but for stays that are to come. `balance` is the amount due, negative if the hotel owes it. Settle it, let an account pay it with `to_account_id`, or, with `stays:override` and a reason, send `ignore_balance`.",
    members: &[Member::object::<Money>("balance", "Amount due; negative if the hotel owes it.")],
};
pub const NO_ROOM_ASSIGNED: Problem = Problem {
    code: "booking.no_room_assigned",
    status: 409,
    title: "No room assigned",
    about: "A stay that was sold beyond capacity, or whose room a forced block took, has no room, and waits for one: it gets the first that comes free, or at check-in any that is. Now there is none. Free one, and try again.",
    members: &[],
};
pub const GUESTS_MOVED: Problem = Problem {
    code: "booking.guests_moved",
    status: 409,
    title: "Guests have moved",
    about: "A check-in can no longer be undone when the guests have slept in one room and moved to another. Check them out: the nights that are left are on sale again.",
    members: &[],
};
pub const BUSY: Problem = Problem {
    code: "booking.busy",
    status: 503,
    title: "Too busy",
    about: "The booking changed again and again while the request tried to change it. Try again.",
    members: &[],
};

pub const EXEMPT_ALREADY: Problem = Problem {
    code: "booking.exempt_already",
    status: 409,
    title: "Exempt already",
    about: "A stay has one exemption from taxes, which the booking shows. Once it is withdrawn and over, another can be granted.",
    members: &[],
};
pub const NOT_EXEMPT: Problem = Problem {
    code: "booking.not_exempt",
    status: 409,
    title: "Not exempt",
    about: "The stay bears its taxes from that date on: it was never exempt from any, or that was withdrawn already.",
    members: &[],
};

pub const NO_DAY_PRICE: Problem = Problem {
    code: "booking.no_day_price",
    status: 409,
    title: "Not sold by day",
    about: "Day use has a price of its own, the `day_price` of the room type in the rate plan, and this plan has none for it. Set it, choose another plan, or, with `bookings:price`, send a `nightly_price`.",
    members: &[],
};
pub const DAY_USE: Problem = Problem {
    code: "booking.day_use",
    status: 409,
    title: "Not for day use",
    about: "A stay by day has one room, one day and the price of it: it is not split, amended or given further rooms. Cancel it and sell it anew. Guests in the house who stay the night after all get a later `check_out` from the staff, and nothing else in the same request but a `nightly_price`.",
    members: &[],
};

/// Problems of every sale.
pub const SALE: &[&Problem] = &[
    &NO_AVAILABILITY,
    &NO_SINGLE_ROOM,
    &ROOM_TAKEN,
    &RESTRICTED,
    &PRICE_CHANGED,
    &EXTERNAL_REFERENCE_TAKEN,
    &NO_ROOM_ASSIGNED,
    &NO_DAY_PRICE,
    &GROUP_RELEASED,
    &BUSY,
    &EXTRA_UNKNOWN,
    &EXTRA_ARCHIVED,
    &QUANTITY_OUT_OF_BOUNDS,
    &DATE_OUTSIDE_STAY,
    &HAS_OWN_DAYS,
    &OFFER_CODE_UNKNOWN,
    &OFFER_ENDED,
    &OFFER_EXHAUSTED,
    &OFFER_NOT_APPLICABLE,
    &OFFER_GUEST_UNKNOWN,
];

/// Problems of every amendment.
pub const AMENDMENT: &[&Problem] = &[
    &NOT_AMENDABLE,
    &DAY_USE,
    &TOO_LATE,
    &NO_AVAILABILITY,
    &NO_SINGLE_ROOM,
    &NO_FREE_ROOM,
    &ROOM_TAKEN,
    &RESTRICTED,
    &PRICE_CHANGED,
    &GROUP_RELEASED,
    &BUSY,
    &OFFER_EXHAUSTED,
];

/// Problems of finding rooms for stays that come back, or that stay longer.
pub const ROOMS: &[&Problem] = &[&NO_AVAILABILITY, &NO_SINGLE_ROOM, &NO_FREE_ROOM, &ROOM_TAKEN, &OFFER_EXHAUSTED];

/// Problems of every move of stays from one status to another.
pub const MOVE: &[&Problem] = &[&ILLEGAL_MOVE, &BUSY];

pub const PROBLEMS: &[&Problem] = &[
    &EXEMPT_ALREADY,
    &NOT_EXEMPT,
    &NO_AVAILABILITY,
    &NO_SINGLE_ROOM,
    &ROOM_TAKEN,
    &RESTRICTED,
    &QUOTE_EXPIRED,
    &PRICE_CHANGED,
    &EXTERNAL_REFERENCE_TAKEN,
    &TOO_MANY_HOLDS,
    &TOO_MANY_BOOKINGS,
    &EMAIL_NOT_VERIFIED,
    &PAYMENT_DUE,
    &LINK_INVALID,
    &ILLEGAL_MOVE,
    &TOO_EARLY,
    &TOO_LATE,
    &HOLD_EXPIRED,
    &IDENTITY_MISSING,
    &ROOM_NOT_READY,
    &BALANCE_DUE,
    &ROOM_OCCUPIED,
    &NOT_AMENDABLE,
    &AMENDMENT_NOT_FREE,
    &AGREEMENT_OUTDATED,
    &HOLD_EXTENDED,
    &NO_ROOM_ASSIGNED,
    &NO_FREE_ROOM,
    &ROOM_IS_FINAL,
    &GUESTS_MOVED,
    &ROOM_TOO_SMALL,
    &NOT_SWAPPABLE,
    &NO_DAY_PRICE,
    &DAY_USE,
    &BUSY,
];

impl DomainError for BookingError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::NoAvailability(_) => &NO_AVAILABILITY,
            Self::NoSingleRoom { .. } => &NO_SINGLE_ROOM,
            Self::RoomTaken { .. } | Self::RoomNotFree(_) | Self::GuestsRoomTaken(_) => &ROOM_TAKEN,
            Self::NoFreeRoom => &NO_FREE_ROOM,
            Self::NotSwappable(_) => &NOT_SWAPPABLE,
            Self::RoomIsFinal(_) => &ROOM_IS_FINAL,
            Self::GuestsMoved(_) => &GUESTS_MOVED,
            Self::RoomTooSmall(_) => &ROOM_TOO_SMALL,
            Self::Restricted(_) => &RESTRICTED,
            Self::QuoteExpired(_) => &QUOTE_EXPIRED,
            Self::PriceChanged { .. } => &PRICE_CHANGED,
            Self::ExternalReferenceTaken => &EXTERNAL_REFERENCE_TAKEN,
            Self::TooManyHolds(_) => &TOO_MANY_HOLDS,
            Self::TooManyBookings(_) | Self::TooManyNights(_) => &TOO_MANY_BOOKINGS,
            Self::EmailNotVerified | Self::AddressNotVerified => &EMAIL_NOT_VERIFIED,
            Self::PaymentDue => &PAYMENT_DUE,
            Self::LinkInvalid => &LINK_INVALID,
            Self::IllegalMove { .. } => &ILLEGAL_MOVE,
            Self::TooEarly { .. } | Self::NoShowTooEarly { .. } => &TOO_EARLY,
            Self::TooLate { .. } => &TOO_LATE,
            Self::HoldExpired => &HOLD_EXPIRED,
            Self::IdentityMissing(_) => &IDENTITY_MISSING,
            Self::RoomOccupied(_) => &ROOM_OCCUPIED,
            Self::NotAmendable(_) => &NOT_AMENDABLE,
            Self::AmendmentNotFree(_) => &AMENDMENT_NOT_FREE,
            Self::AgreementOutdated => &AGREEMENT_OUTDATED,
            Self::HoldExtended => &HOLD_EXTENDED,
            Self::RoomNotReady { .. } => &ROOM_NOT_READY,
            Self::BalanceDue(_) => &BALANCE_DUE,
            Self::NoRoomAssigned => &NO_ROOM_ASSIGNED,
            Self::ExemptAlready => &EXEMPT_ALREADY,
            Self::NotExempt => &NOT_EXEMPT,
            Self::NoDayPrice { .. } => &NO_DAY_PRICE,
            Self::DayUse(_) => &DAY_USE,
            Self::Busy => &BUSY,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        match self {
            Self::RoomTaken { line, number } => {
                vec![FieldError::body(format!("/rooms/{line}/room_id"), format!("room {number} is not free"))]
            }
            Self::RoomNotFree(number) => vec![FieldError::body("/room_id", format!("room {number} is not free"))],
            Self::RoomTooSmall(detail) => vec![FieldError::body("/room_id", detail.clone())],
            Self::NoDayPrice { line, .. } => {
                vec![FieldError::body(format!("/rooms/{line}/rate_plan_id"), "has no price by day for the room type")]
            }
            Self::QuoteExpired(_) => vec![FieldError::body("/quote", "has expired")],
            Self::LinkInvalid => vec![FieldError::body("/token", "is not of a link that works")],
            Self::PriceChanged { .. } => vec![FieldError::body("/expected_total", "is not the current total")],
            Self::ExternalReferenceTaken => vec![FieldError::body("/external_reference", "is taken")],
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::IdentityMissing(stays) => Map::from_iter([("stays".into(), json!(stays))]),
            Self::NoAvailability(nights) => Map::from_iter([("nights".into(), json!(nights))]),
            Self::Restricted(nights) => Map::from_iter([("nights".into(), json!(nights))]),
            Self::NoSingleRoom { proven } => Map::from_iter([("proven".into(), json!(proven))]),
            Self::PriceChanged { actual, .. } => Map::from_iter([("actual_total".into(), json!(actual))]),
            Self::BalanceDue(balance) => Map::from_iter([("balance".into(), json!(balance))]),
            Self::AmendmentNotFree(fee) => Map::from_iter([("fee".into(), json!(fee))]),
            Self::RoomIsFinal(status) | Self::NotAmendable(status) => Map::from_iter([("stay_status".into(), json!(status))]),
            Self::IllegalMove { from, to } => Map::from_iter([("from".into(), json!(from)), ("to".into(), json!(to))]),
            _ => Map::new(),
        }
    }
}
