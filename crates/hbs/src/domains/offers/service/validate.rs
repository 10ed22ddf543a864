//! Explaining offers: which conditions a stay meets, one by one.
use super::codes::given_to;
use super::offers::load;
use crate::app::App;
use crate::domains::inventory::Nights;
use crate::domains::offers::dto::{CheckedCondition, ValidateOffer, ValidatedOffer};
use crate::domains::offers::model::{Access, Counter, OfferKind, OnSale, Person};
use crate::domains::offers::repository::{codes, redemptions};
use crate::domains::offers::rules::choice::{Buyer, GivenCode, Line};
use crate::domains::offers::rules::codes::key as code_key;
use crate::domains::offers::rules::conditions::Condition;
use crate::domains::properties;
use crate::domains::rates::engine::Party;
use crate::error::{Or404, Place};
use crate::guesses::Guesser;
use crate::security::Caller;
use crate::security::permission::{BookingsWrite, Permission};
use crate::{Error, Result};
use uuid::Uuid;

/// Explains an offer for a stay, by its code or its id.
pub async fn validate(app: &App, caller: Option<&Caller>, guesser: Guesser, request: &ValidateOffer) -> Result<ValidatedOffer> {
    let nights = Nights::new(request.check_in, request.check_out);
    if nights.count() == 0 {
        return Err(Error::invalid("/check_out", "must be after check_in"));
    }
    let property = properties::find(&*app.db.conn().await?, request.property_id).await?;
    let property = property.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
    let (on_sale, code) = find(app, guesser, request).await?;
    let now = app.clock.now();
    // Staff book for others.
    let is_staff = caller.is_some_and(|caller| caller.grants().holds(BookingsWrite::NAME, Some(property.id)));
    let guest = Person { user_id: caller.filter(|_| !is_staff).and_then(Caller::user_id), ..Person::default() };
    let buyer = Buyer {
        local_date: property.local_time(now).date(),
        today: property.business_date(now),
        channel: request.channel.as_deref().unwrap_or("direct"),
        is_member: guest.user_id.is_some(),
        code: code.as_ref(),
        without: &[],
    };
    let party = Party { adults: request.adults, children_ages: &request.children_ages };
    let (room_type_id, rate_plan_id) = (request.room_type_id, request.rate_plan_id);
    let line = Line { nights, room_type_id, rate_plan_id, party, bands: &[] };
    let counter = counter(app, &on_sale, guest, code.as_ref()).await?;
    let conditions = checked(&on_sale, &buyer, &line, Counted { counter, is_guest_known: !guest.is_nobody() });
    Ok(ValidatedOffer {
        offer_id: on_sale.offer.id,
        applies: conditions.iter().all(|one| one.is_met != Some(false)),
        name: on_sale.offer.name,
        conditions,
    })
}

/// The offer that is meant, with the code that was given. An offer with a code is not shown to whoever only has its id.
async fn find(app: &App, guesser: Guesser, request: &ValidateOffer) -> Result<(OnSale, Option<GivenCode>)> {
    let property_id = request.property_id;
    match (&request.code, request.offer_id) {
        (Some(text), None) => {
            let code = match given_to(app, guesser, property_id, text, Place::Body).await {
                Ok(code) => code,
                // An offer that is over is explained, too.
                Err(error) => archived(app, property_id, text).await?.ok_or(error)?,
            };
            let on_sale = load(&*app.db.conn().await?, property_id, code.offer_id).await?.or_404("offer")?;
            Ok((on_sale, Some(code)))
        }
        (None, Some(id)) => {
            let on_sale = load(&*app.db.conn().await?, property_id, id).await?;
            let on_sale = on_sale.filter(|one| one.offer.access == Access::Automatic);
            Ok((on_sale.ok_or_else(|| Error::invalid("/offer_id", "is not an offer of the property that needs no code"))?, None))
        }
        _ => Err(Error::invalid("/code", "or offer_id is needed, and only one of them")),
    }
}

async fn archived(app: &App, property_id: Uuid, text: &str) -> Result<Option<GivenCode>> {
    let Some(key) = code_key(text) else { return Ok(None) };
    let found = codes::find(&*app.db.conn().await?, property_id, &key).await?;
    Ok(found.filter(|(_, is_archived)| *is_archived).map(|(code, _)| (&code).into()))
}

/// What is counted of the offer, for the guest and of the code; not asked where no condition depends on it.
async fn counter(app: &App, on_sale: &OnSale, guest: Person<'_>, code: Option<&GivenCode>) -> Result<Option<Counter>> {
    let offer = &on_sale.offer;
    if !offer.is_personal() && offer.access != Access::SingleUseCodes {
        return Ok(None);
    }
    let conn = app.db.conn().await?;
    let code_id = code.map(|code| code.id);
    Ok(redemptions::read_counters(&conn, offer.property_id, &[offer.id], guest, code_id).await?.pop())
}

/// What is counted of an offer, and whether anything is known of who would book.
#[derive(Clone, Copy)]
struct Counted {
    counter: Option<Counter>,
    is_guest_known: bool,
}

fn checked(on_sale: &OnSale, buyer: &Buyer<'_>, line: &Line<'_>, counted: Counted) -> Vec<CheckedCondition> {
    let mut conditions = Vec::new();
    let mut tell = |condition: Condition, is_met: Option<bool>| {
        conditions.push(CheckedCondition { condition, is_met, asks: on_sale.asks(condition) });
    };
    on_sale.of_buyer(buyer, line.nights.from, |condition, is_met| tell(condition, Some(is_met)));
    on_sale.terms.of_stay(line, |condition, is_met| tell(condition, Some(is_met)));
    let offer = &on_sale.offer;
    let Counted { counter, is_guest_known } = counted;
    let of_guest = counter.filter(|_| is_guest_known);
    let is_within = |counter: Counter| offer.max_per_guest.is_none_or(|most| counter.of_guest < i64::from(most));
    // What depends on who books, where that is not said, and with what else, is known then.
    let counted = [
        (Condition::FirstBookingOnly, offer.first_booking_only, of_guest.map(|counter| !counter.is_known)),
        (Condition::PerGuest, offer.max_per_guest.is_some(), of_guest.map(is_within)),
        (Condition::Budget, offer.budget_minor.is_some(), None),
        (Condition::SingleUse, offer.access == Access::SingleUseCodes, counter.map(|counter| !counter.code_is_used)),
        (Condition::Bundle, offer.kind == OfferKind::Bundle, None),
    ];
    for (condition, _, is_met) in counted.into_iter().filter(|(_, is_asked, _)| *is_asked) {
        tell(condition, is_met);
    }
    conditions
}
