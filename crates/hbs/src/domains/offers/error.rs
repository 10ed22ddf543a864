use super::model::OnSale;
use super::rules::choice::{Buyer, Line};
use super::rules::conditions::Condition;
use crate::error::{DomainError, FieldError, Member, Place, Problem};
use crate::money::Currency;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::schema;
use uuid::Uuid;

#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    #[error("Nothing is left of {}.", named(.0))]
    Exhausted(Vec<Refused>),
    #[error("The offer has ended.")]
    Ended { offer_id: Uuid },
    #[error("The offer is not for this: {}", .0.iter().map(|refused| refused.asks.as_str()).collect::<Vec<_>>().join(" "))]
    NotApplicable(Vec<Refused>),
    #[error("The offer depends on who books, and of the contact nothing but a name is known.")]
    GuestUnknown { offer_id: Uuid },
    #[error("The code is not one of an offer of the hotel.")]
    CodeUnknown(Place),
    #[error("There is a code already that is this one or looks like it.")]
    CodeTaken { pointer: String },
    #[error("A share of the price is above 0 and at most 100 %.")]
    PercentOutOfBounds,
    #[error("{pointer}: amounts are in {currency} here.")]
    OtherCurrency { pointer: String, currency: Currency },
    #[error("{pointer}: the window ends before it begins.")]
    WindowReversed { pointer: &'static str },
    #[error("{pointer}: the hotel has no such room type.")]
    UnknownRoomType { pointer: String },
    #[error("{pointer}: the plan is derived and hidden, so its price is less already.")]
    HiddenPlan { pointer: String },
    #[error("An offer has at most {0} codes.")]
    TooManyCodes(i64),
    #[error("Codes are made for offers with the access single_use_codes.")]
    NoSingleUseCodes,
}

/// Condition of an offer that is not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Refused {
    /// Identifier of the offer.
    pub offer_id: Uuid,
    /// Name of the offer, in the property's language.
    #[schema(example = "Stay four nights, pay three")]
    pub name: String,
    /// Condition that is not met.
    pub condition: Condition,
    /// Demand of the condition, in words.
    #[schema(example = "The stay has at least 4 night(s).")]
    pub asks: String,
}

impl Refused {
    pub fn new(on_sale: &OnSale, condition: Condition) -> Self {
        let (offer, asks) = (&on_sale.offer, on_sale.asks(condition));
        Self { offer_id: offer.id, name: offer.name.clone(), condition, asks }
    }
}

impl OnSale {
    /// Checks that any of some rooms which are booked together gets the offer; for a bundle, all of them.
    pub fn check(&self, buyer: &Buyer<'_>, lines: &[Line<'_>]) -> Result<(), OfferError> {
        let Some(first) = lines.first() else { return Ok(()) };
        let mut refused: Vec<Refused> = Vec::new();
        self.of_buyer(buyer, first.nights.from, |condition, is_met| {
            if !is_met {
                refused.push(Refused::new(self, condition));
            }
        });
        if !lines.iter().any(|line| self.terms.fits(line)) {
            self.terms.of_stay(first, |condition, is_met| {
                if !is_met {
                    refused.push(Refused::new(self, condition));
                }
            });
        } else if refused.is_empty() && !self.terms.bundle.is_empty() && !self.has_bundle(lines) {
            refused.push(Refused::new(self, Condition::Bundle));
        }
        let is_exhausted = |refused: &Refused| matches!(refused.condition, Condition::Redemptions | Condition::PerDay);
        match refused.as_slice() {
            [] => Ok(()),
            [one] if is_exhausted(one) => Err(OfferError::Exhausted(refused)),
            _ => Err(OfferError::NotApplicable(refused)),
        }
    }

    fn has_bundle(&self, lines: &[Line<'_>]) -> bool {
        let count = |id: Uuid| lines.iter().filter(|line| line.room_type_id == id && self.terms.fits(line)).count();
        self.terms.bundle.iter().all(|(id, rooms)| usize::try_from(*rooms).is_ok_and(|rooms| count(*id) >= rooms))
    }
}

fn named(refused: &[Refused]) -> String {
    let mut names: Vec<String> = refused.iter().map(|one| format!("{:?}", one.name)).collect();
    names.dedup();
    names.join(" and ")
}

pub const EXHAUSTED: Problem = Problem {
    code: "offers.exhausted",
    status: 409,
    title: "Nothing left of the offer",
    about: "An offer can be limited: in all, for each guest, for each day and by a budget, and a code can be good for one booking. Nothing is left of one that the price depends on, so nothing was booked: a guest never pays more without being asked. Ask for a new price, or leave the code out.",
    members: &[Member::list::<Refused>("conditions", "Limits that are reached, each with its offer.")],
};
pub const ENDED: Problem = Problem {
    code: "offers.ended",
    status: 409,
    title: "Offer ended",
    about: "The offer of the code is over. A quote that was made before holds its price until it expires.",
    members: &[Member::value("offer_id", "Identifier of the offer.", || schema!(Uuid).into())],
};
pub const NOT_APPLICABLE: Problem = Problem {
    code: "offers.not_applicable",
    status: 409,
    title: "Offer not for this",
    about: "The offer of the code is not for this stay, or not for who books it. `conditions` lists those that are not met, and `POST /v1/offers/validate` all that it has.",
    members: &[Member::list::<Refused>("conditions", "Conditions that are not met.")],
};
pub const GUEST_UNKNOWN: Problem = Problem {
    code: "offers.guest_unknown",
    status: 409,
    title: "Guest unknown",
    about: "The offer is limited for each guest, or is for a first booking, and of the contact nothing is known by which the guest would be known again: give an e-mail address, a phone number of at least 6 digits, a guest profile or an account, or leave the code out.",
    members: &[Member::value("offer_id", "Identifier of the offer.", || schema!(Uuid).into())],
};
pub const CODE_UNKNOWN: Problem = Problem {
    code: "offers.code_unknown",
    status: 422,
    title: "No such code",
    about: "The code is not one of an offer of the property. Letters count in either case, and letters and digits that look alike are one. Whoever tries many codes has to wait.",
    members: &[],
};
pub const CODE_TAKEN: Problem = Problem {
    code: "offers.code_taken",
    status: 409,
    title: "Code taken",
    about: "Within a property, no two codes are the same or look alike: `SUMMER10` and `SUMMER1O` would be one to a guest.",
    members: &[],
};
pub const PERCENT_OUT_OF_BOUNDS: Problem = Problem {
    code: "offers.percent_out_of_bounds",
    status: 422,
    title: "Percentage out of bounds",
    about: "An offer takes off more than 0 and at most 100 % of a price.",
    members: &[],
};
pub const OTHER_CURRENCY: Problem = Problem {
    code: "offers.other_currency",
    status: 422,
    title: "Other currency",
    about: "Amounts of offers are in the currency of their property.",
    members: &[Member::value("currency", "Currency of the property.", || schema!(String).into())],
};
pub const WINDOW_REVERSED: Problem = Problem {
    code: "offers.window_reversed",
    status: 422,
    title: "Window ends before it begins",
    about: "The last date of a window is not before its first. Both are included.",
    members: &[],
};
pub const UNKNOWN_ROOM_TYPE: Problem = Problem {
    code: "offers.unknown_room_type",
    status: 422,
    title: "No such room type",
    about: "The room types of an offer, and of a bundle, are of its property. `GET /v1/room-types` lists them.",
    members: &[],
};
pub const HIDDEN_PLAN: Problem = Problem {
    code: "offers.hidden_plan",
    status: 422,
    title: "Derived and hidden plan",
    about: "The price of a plan that is derived and hidden is less already for whoever has its code. An offer for such a plan is of the kind `plan_access`, and takes nothing off.",
    members: &[],
};
pub const TOO_MANY_CODES: Problem = Problem {
    code: "offers.too_many_codes",
    status: 409,
    title: "Too many codes",
    about: "The number of codes of an offer is limited. Make another offer for more.",
    members: &[],
};
pub const NO_SINGLE_USE_CODES: Problem = Problem {
    code: "offers.no_single_use_codes",
    status: 409,
    title: "No offer with single-use codes",
    about: "Batches of codes are made for offers with the access `single_use_codes`. An offer with the access `code` has the one code that it says.",
    members: &[],
};

pub const PROBLEMS: &[&Problem] = &[
    &EXHAUSTED,
    &ENDED,
    &NOT_APPLICABLE,
    &GUEST_UNKNOWN,
    &CODE_UNKNOWN,
    &CODE_TAKEN,
    &PERCENT_OUT_OF_BOUNDS,
    &OTHER_CURRENCY,
    &WINDOW_REVERSED,
    &UNKNOWN_ROOM_TYPE,
    &HIDDEN_PLAN,
    &TOO_MANY_CODES,
    &NO_SINGLE_USE_CODES,
];

impl DomainError for OfferError {
    fn problem(&self) -> &'static Problem {
        match self {
            Self::Exhausted(_) => &EXHAUSTED,
            Self::Ended { .. } => &ENDED,
            Self::NotApplicable(_) => &NOT_APPLICABLE,
            Self::GuestUnknown { .. } => &GUEST_UNKNOWN,
            Self::CodeUnknown(_) => &CODE_UNKNOWN,
            Self::CodeTaken { .. } => &CODE_TAKEN,
            Self::PercentOutOfBounds => &PERCENT_OUT_OF_BOUNDS,
            Self::OtherCurrency { .. } => &OTHER_CURRENCY,
            Self::WindowReversed { .. } => &WINDOW_REVERSED,
            Self::UnknownRoomType { .. } => &UNKNOWN_ROOM_TYPE,
            Self::HiddenPlan { .. } => &HIDDEN_PLAN,
            Self::TooManyCodes(_) => &TOO_MANY_CODES,
            Self::NoSingleUseCodes => &NO_SINGLE_USE_CODES,
        }
    }

    fn fields(&self) -> Vec<FieldError> {
        let at = |pointer: &str, detail: &str| vec![FieldError::body(pointer, detail)];
        match self {
            Self::CodeUnknown(place) => {
                vec![FieldError { place: *place, ..FieldError::body("/code", "is not a code of an offer of the hotel") }]
            }
            Self::CodeTaken { pointer } => at(pointer, "is taken, or looks like one that is"),
            Self::PercentOutOfBounds => at("/percent", "must be above 0 and at most 100"),
            Self::OtherCurrency { pointer, currency } => at(pointer, &format!("must be {currency}, the property's currency")),
            Self::WindowReversed { pointer } => at(pointer, "must not be before the first date of the window"),
            Self::UnknownRoomType { pointer } => at(pointer, "is not a room type of the property"),
            Self::HiddenPlan { pointer } => at(pointer, "is a derived and hidden plan, which an offer of this kind is not for"),
            Self::Exhausted(_)
            | Self::Ended { .. }
            | Self::NotApplicable(_)
            | Self::GuestUnknown { .. }
            | Self::TooManyCodes(_)
            | Self::NoSingleUseCodes => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::Exhausted(conditions) | Self::NotApplicable(conditions) => {
                Map::from_iter([("conditions".into(), json!(conditions))])
            }
            Self::Ended { offer_id } | Self::GuestUnknown { offer_id } => Map::from_iter([("offer_id".into(), json!(offer_id))]),
            Self::OtherCurrency { currency, .. } => Map::from_iter([("currency".into(), json!(currency))]),
            _ => Map::new(),
        }
    }
}
