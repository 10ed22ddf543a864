//! Search. One function a use case; the search of one property is here.
mod alternatives;
mod asked;
mod calendar;
mod hotels;
mod offers;

pub use calendar::calendar;
pub use hotels::search_hotels;

use super::dto::{NightOut, Obstacle, OfferSort, OfferedPlan, OfferedType, SearchOut, SearchQuery, TaxOut};
use crate::app::App;
use crate::domains::bookings::QuotedOffer;
use crate::domains::bookings::rules::{self, Limits};
use crate::domains::bookings::selling::{self, Asking, DIRECT, OfferedPrice, Sellable, Wish};
use crate::domains::catalogue::{Catalogue, Catalogues, OnOffer};
use crate::domains::inventory::{self, NightRow, Nights, Shortage};
use crate::domains::properties::Property;
use crate::domains::rates::engine::{self, Asked, NightPrice, Party, Reduced, Restriction, StayPrice, TaxLine};
use crate::domains::rates::{HotelRates, RatePlan, pricing};
use crate::domains::reviews::{self, Score};
use crate::domains::rooms::RoomType;
use crate::error::Or404;
use crate::guesses::Guesser;
use crate::money::Money;
use crate::security::Caller;
use crate::security::permission::{BookingsWrite, Permission};
use crate::stamps;
use crate::texts::Reading;
use crate::{Error, Result};
use alternatives::alternatives;
use asked::{Guests, buyer, given_code, wrong};
use futures_util::try_join;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Searches a hotel's room types for free rooms, with prices. One round trip, however many nights, types and plans; one
/// more where the hotel's catalogue has changed, one for a code that is not in it, and one for other dates where nothing can be
/// booked.
pub async fn search(
    app: &App,
    caller: Option<&Caller>,
    guesser: Guesser,
    query: &SearchQuery,
    reading: &Reading,
) -> Result<SearchOut> {
    let nights = Nights::new(query.check_in, query.check_out);
    rules::check_order(nights).map_err(Error::invalid_query)?;
    let guests = Guests::of(query.adults, query.children.as_ref(), query.children_ages.as_ref(), query.rooms)?;
    let wanted = guests.rooms;

    let conn = app.db.conn().await?;
    let (version, night_rates, rows, scores) = try_join!(
        stamps::version(&conn, query.property_id),
        pricing::load_nights(&conn, query.property_id, None, nights),
        inventory::find_nights(&conn, query.property_id, nights),
        reviews::scores_of_types(&conn, query.property_id),
    )?;
    let catalogue = Catalogues::of(app).get(&conn, query.property_id, version).await?;
    drop(conn);
    let catalogue = catalogue.or_404("property")?;
    let (property, rates) = (&catalogue.property, catalogue.rates.at(night_rates));
    let now = app.clock.now();
    let code = given_code(app, guesser, &catalogue, query.code.as_deref(), now).await?;
    let limits = Limits::of(property, now);
    let is_staff = caller.is_some_and(|caller| caller.grants().holds(BookingsWrite::NAME, Some(property.id)));
    let limits = if is_staff { limits.for_staff() } else { limits };
    let rates = selling::opened(rates, is_staff, code.as_ref(), &catalogue);
    let is_member = caller.is_some_and(|caller| caller.user_id().is_some() && !is_staff);
    let channel = query.channel.as_deref().unwrap_or(DIRECT);
    rules::check_limits(nights, usize::try_from(wanted).unwrap_or(0), &limits).map_err(Error::invalid_query)?;
    let ages = guests.ages([&rates])?;
    guests.check_ages(&ages, property)?;
    let search = Search {
        query,
        party: Party { adults: guests.adults, children_ages: &ages },
        wanted,
        limits,
        max_total: max_total(query, property)?,
        property,
        catalogue: &catalogue,
        asking: Asking { on_sale: &catalogue.offers, buyer: buyer(property, now, channel, is_member, code.as_ref()) },
        reading,
    };

    let types: Vec<&OnOffer> = catalogue.types.iter().filter(|on_offer| search.includes(on_offer, &rates)).collect();
    let look = Look { search: &search, rates: &rates, rows: &rows, nights };
    let score = |kind: &RoomType| scores.get(&kind.id).copied().unwrap_or_default();
    let offer = |on_offer: &&OnOffer| look.offer(on_offer, score(&on_offer.kind)).transpose();
    let mut items = types.iter().filter_map(offer).collect::<Result<Vec<_>>>()?;
    match query.sort.unwrap_or(OfferSort::Price) {
        OfferSort::Price => items.sort_by_key(|item| (!item.bookable, item.total.minor)),
        OfferSort::Name => items.sort_by_cached_key(|item| (!item.bookable, item.name.to_lowercase())),
    }
    let alternatives = if types.is_empty() || items.iter().any(|item| item.bookable) {
        Vec::new()
    } else {
        alternatives(app, &search, &rates, &types, nights).await?
    };
    Ok(SearchOut {
        property_id: property.id,
        check_in: nights.from,
        check_out: nights.to,
        rooms: wanted,
        items,
        alternatives,
        reviews: scores.values().copied().sum::<Score>().into(),
    })
}

/// Search request, whatever the dates.
struct Search<'a> {
    query: &'a SearchQuery,
    property: &'a Property,
    catalogue: &'a Catalogue,
    asking: Asking<'a>,
    /// The languages of the answer.
    reading: &'a Reading,
    /// Guests in each room.
    party: Party<'a>,
    /// Number of rooms.
    wanted: i32,
    limits: Limits,
    max_total: Option<i64>,
}

impl Search<'_> {
    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.property.currency)
    }

    fn offer_out(&self, reduced: &Reduced<'_>) -> QuotedOffer {
        let code = self.asking.buyer.code.filter(|code| code.offer_id == reduced.offer_id);
        QuotedOffer {
            offer_id: reduced.offer_id,
            name: self.catalogue.offer_name(reduced.offer_id, self.reading),
            code: code.map(|code| code.code.clone()),
            discount: self.money(reduced.total()),
        }
    }

    /// Returns `true` if a type is asked for and takes the guests.
    fn includes(&self, OnOffer { kind, amenities, .. }: &OnOffer, rates: &HotelRates) -> bool {
        let has_all = || {
            let codes = self.query.amenities.iter().flat_map(|codes| codes.split(','));
            codes.map(str::trim).filter(|code| !code.is_empty()).all(|code| amenities.iter().any(|own| own == code))
        };
        self.query.room_type_id.is_none_or(|id| id == kind.id)
            && selling::check_capacity(kind, rates, self.party).is_ok()
            && has_all()
    }
}

/// A search at some dates.
struct Look<'a> {
    search: &'a Search<'a>,
    rates: &'a HotelRates,
    rows: &'a [NightRow],
    nights: Nights,
}

/// A plan for a type.
struct Priced<'a> {
    plan: &'a RatePlan,
    price: StayPrice,
    offers: Vec<Reduced<'a>>,
    /// Price for all rooms.
    total: i64,
    restrictions: Vec<Restriction>,
}

impl<'a> Look<'a> {
    fn rows_of(&self, room_type_id: Uuid) -> Vec<NightRow> {
        let in_stay = |row: &&NightRow| row.room_type_id == room_type_id && self.nights.contains(row.night);
        self.rows.iter().filter(in_stay).copied().collect()
    }

    fn shortages(&self, kind: &RoomType, own: &[NightRow]) -> Vec<Shortage> {
        inventory::shortages(own, &BTreeMap::from([(kind.id, self.search.wanted)]), self.nights)
    }

    /// The plans that have the type at a price that is looked for: the best first.
    fn plans(&self, kind: &RoomType) -> Vec<Priced<'a>> {
        let Search { query, max_total, .. } = self.search;
        let asked_for = |plan: &&RatePlan| query.rate_plan_id.is_none_or(|id| id == plan.id);
        let mut plans: Vec<Priced<'a>> = self
            .rates
            .sold_for(kind.id)
            .filter(asked_for)
            .map(|plan| self.priced(kind, plan))
            .filter(|priced| max_total.is_none_or(|most| priced.total <= most))
            .collect();
        plans.sort_by_key(|priced| (!priced.restrictions.is_empty(), priced.total));
        plans
    }

    fn priced(&self, kind: &RoomType, plan: &'a RatePlan) -> Priced<'a> {
        let Search { query, party, wanted, limits, .. } = self.search;
        let asked = Asked { today: limits.today, channel: query.channel.as_deref().unwrap_or(DIRECT) };
        let wish = Wish { room_type_id: kind.id, rate_plan_id: Some(plan.id), party: *party, nightly_price: None, extras: &[] };
        let line = Sellable { wish, basis: selling::basis(kind), rate_plan_id: plan.id };
        let OfferedPrice { price, offers } = selling::price_with(&line, self.rates, self.nights, &self.search.asking);
        let total = price.total().saturating_mul(i64::from(*wanted));
        let restrictions = self.rates.tariff.restrictions(plan.id, kind.id, self.nights, asked);
        Priced { plan, price, offers, total, restrictions }
    }

    /// The price in the plan that is sold where a booking names none, if it sells the stay. It may be no plan that is
    /// looked for.
    fn default_total(&self, kind: &RoomType, plans: &[OfferedPlan]) -> Option<Money> {
        let plan = self.rates.sold_for(kind.id).find(|plan| plan.is_default)?;
        if let Some(offered) = plans.iter().find(|offered| offered.rate_plan_id == plan.id) {
            let is_restricted = offered.reasons.iter().any(|obstacle| obstacle.rate_plan_id.is_some());
            return (!is_restricted).then_some(offered.total);
        }
        let priced = self.priced(kind, plan);
        priced.restrictions.is_empty().then(|| self.search.money(priced.total))
    }

    /// The cheapest way to book the type, if there is one: type, plan and total.
    fn cheapest(&self, kind: &RoomType) -> Option<(Uuid, Uuid, i64)> {
        if !self.shortages(kind, &self.rows_of(kind.id)).is_empty() {
            return None;
        }
        let best = self.plans(kind).into_iter().next().filter(|priced| priced.restrictions.is_empty())?;
        Some((kind.id, best.plan.id, best.total))
    }

    /// A type with its plans; nothing if no plan that is looked for has it.
    fn offer(&self, OnOffer { kind, amenities, images }: &OnOffer, score: Score) -> Result<Option<OfferedType>> {
        let own = self.rows_of(kind.id);
        let shortages: Vec<Obstacle> = self.shortages(kind, &own).into_iter().map(Obstacle::from).collect();
        let plans: Vec<OfferedPlan> =
            self.plans(kind).into_iter().map(|priced| self.offered_plan(kind, priced, &shortages)).collect::<Result<_>>()?;
        let Some(best) = plans.first() else { return Ok(None) };
        let (name, description) = self.in_words(&kind.name, &kind.description, &kind.texts);
        let is_whole = i64::try_from(own.len()).is_ok_and(|rows| rows == self.nights.count());
        Ok(Some(OfferedType {
            room_type_id: kind.id,
            name,
            description,
            max_adults: kind.max_adults,
            max_children: kind.max_children,
            max_guests: kind.max_guests,
            beds: serde_json::from_value(kind.beds.clone()).unwrap_or_default(),
            size_sqm: kind.size_sqm,
            amenities: amenities.clone(),
            images: images.clone(),
            reviews: score.into(),
            available: if is_whole { own.iter().map(NightRow::available).min().unwrap_or(0) } else { 0 },
            bookable: best.bookable,
            total: best.total,
            nightly: best.nightly.clone(),
            default_total: self.default_total(kind, &plans),
            reasons: if shortages.is_empty() { best.reasons.clone() } else { shortages },
            plans,
        }))
    }

    fn offered_plan(&self, kind: &RoomType, priced: Priced<'_>, shortages: &[Obstacle]) -> Result<OfferedPlan> {
        let Priced { plan, price, offers, total, restrictions } = priced;
        let terms = self.rates.terms(plan.id)?;
        let restrictions = restrictions.into_iter().map(|restriction| Obstacle::restriction(kind.id, plan.id, restriction));
        let mut reasons: Vec<Obstacle> = shortages.iter().cloned().chain(restrictions).collect();
        reasons.sort_by_key(|obstacle| obstacle.date);
        let Search { property, reading, .. } = self.search;
        let language = reading.language(&property.default_locale);
        let (name, description) = self.in_words(&plan.name, &plan.description, &plan.texts);
        let deposit = plan.deposit_ppm.map(|ppm| self.search.money(engine::share(total, ppm.into())));
        Ok(OfferedPlan {
            rate_plan_id: plan.id,
            code: plan.code.clone(),
            name,
            description,
            is_default: plan.is_default,
            board: plan.board,
            payment_policy: plan.payment_policy,
            deposit,
            payment_terms: plan.payment_policy.text_in(language, deposit, plan.rest_days_before),
            cancellation_policy_name: self.rates.policy_name_for(plan, reading, &property.default_locale)?,
            cancellation_policy: terms.text_in(language, property.currency),
            is_refundable: !terms.is_non_refundable,
            bookable: reasons.is_empty(),
            total: self.search.money(total),
            offers: offers.iter().map(|reduced| self.search.offer_out(reduced)).collect(),
            nightly: price.nights.iter().map(|night| self.night_out(night)).collect(),
            reasons,
        })
    }

    /// A name and a description as the reader wants them.
    fn in_words(&self, name: &str, description: &str, texts: &serde_json::Value) -> (String, String) {
        self.search.reading.texts(name, description, texts, &self.search.property.default_locale)
    }

    fn night_out(&self, night: &NightPrice) -> NightOut {
        let Search { property, reading, .. } = self.search;
        let tax = |line: &TaxLine| TaxOut {
            name: self.rates.tax_name_for(line.tax_rule_id, reading, &property.default_locale),
            amount: self.search.money(line.amount_minor),
        };
        let explain = self.search.query.explain.unwrap_or(false);
        NightOut {
            date: night.date,
            price: self.search.money(night.total()),
            taxes: night.taxes.iter().map(tax).collect(),
            lines: explain.then(|| {
                let name_of = |id: Uuid| self.search.catalogue.offer_name(id, reading);
                self.rates.explain(night, property.currency, reading, &property.default_locale, name_of)
            }),
        }
    }
}

fn max_total(query: &SearchQuery, property: &Property) -> Result<Option<i64>> {
    let parse = |text: &String| {
        Money::parse(text, property.currency).map(|money| money.minor).map_err(|detail| wrong("max_price", detail))
    };
    query.max_price.as_ref().map(parse).transpose()
}
