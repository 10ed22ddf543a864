//! Quoting a price that holds for a while.
use crate::app::App;
use crate::domains::bookings::dto::{
    CreateQuote, QuoteOut, QuoteRoom, QuotedExtraOut, QuotedNight, QuotedOffer, QuotedRoom, QuotedService, QuotedTax,
};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::TaxExemption;
use crate::domains::bookings::rules::extras::{Served, SoldExtra};
use crate::domains::bookings::rules::quote::Quote;
use crate::domains::bookings::rules::selling::{self, Asking, DIRECT, OfferedPrice, Sellable, Sold, SoldNight, SoldTax, Wish};
use crate::domains::bookings::rules::{self, Limits};
use crate::domains::bookings::service::people::{self, Payer};
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::extras::ExtraWish;
use crate::domains::inventory::{self, Nights};
use crate::domains::offers::{self, Buyer, Counter, OfferError, Person, SoldOffer};
use crate::domains::rates::engine::{Asked, NightPrice, Party, StayPrice};
use crate::domains::rates::{HotelRates, PriceLine, pricing};
use crate::error::Place;
use crate::guesses::Guesser;
use crate::money::Money;
use crate::security::Caller;
use crate::security::permission::{BookingsWrite, Permission};
use crate::stamps;
use crate::texts::Reading;
use crate::{Error, Result};
use chrono::TimeDelta;
use futures_util::try_join;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Quotes the price of rooms that can be booked now; it holds until it expires. One round trip; one more where the
/// hotel's catalogue has changed, for a code that is not in it, and where offers that are taken off have limits.
pub async fn quote(
    app: &App,
    caller: Option<&Caller>,
    guesser: Guesser,
    request: &CreateQuote,
    reading: &Reading,
) -> Result<QuoteOut> {
    let (property_id, nights) = (request.property_id, Nights::new(request.check_in, request.check_out));
    rules::check_order(nights).map_err(Error::invalid_fields)?;
    let mut wanted: BTreeMap<Uuid, i32> = BTreeMap::new();
    for room in &request.rooms {
        *wanted.entry(room.room_type_id).or_insert(0) += 1;
    }
    let types: Vec<Uuid> = wanted.keys().copied().collect();
    let conn = app.db.conn().await?;
    let (version, night_rates, rows) = try_join!(
        stamps::version(&conn, property_id),
        pricing::load_nights(&conn, property_id, Some(&types), nights),
        inventory::find_nights(&conn, property_id, nights),
    )?;
    let catalogue = Catalogues::of(app).get(&conn, property_id, version).await?;
    drop(conn);

    let catalogue = catalogue.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
    let (property, rates) = (&catalogue.property, catalogue.rates.at(night_rates));
    let now = app.clock.now();
    let code = match &request.code {
        Some(text) => Some(offers::given(app, guesser, property_id, &catalogue.offers, text, Place::Body).await?),
        None => None,
    };
    let limits = Limits::of(property, now);
    let is_staff = caller.is_some_and(|caller| caller.grants().holds(BookingsWrite::NAME, Some(property_id)));
    let limits = if is_staff { limits.for_staff() } else { limits };
    let rates = selling::opened(rates, is_staff, code.as_ref(), &catalogue);
    let mut errors = rules::check_limits(nights, request.rooms.len(), &limits).err().unwrap_or_default();
    let extras: Vec<Vec<ExtraWish>> =
        request.rooms.iter().map(|room| room.extras.iter().copied().map(ExtraWish::from).collect()).collect();
    let wishes: Vec<Wish<'_>> = request.rooms.iter().zip(&extras).map(|(room, extras)| wish(room, extras)).collect();
    let rooms = selling::sellable(&wishes, &catalogue, &rates).unwrap_or_else(|wrong| {
        errors.extend(wrong);
        Vec::new()
    });
    if !errors.is_empty() {
        return Err(Error::invalid_fields(errors));
    }
    let channel = request.channel.as_deref().unwrap_or(DIRECT);
    let asked = Asked { today: property.business_date(now), channel };
    let restricted = selling::restrictions(&rooms, &rates, nights, asked);
    if !restricted.is_empty() {
        return Err(BookingError::Restricted(restricted).into());
    }
    let short = inventory::shortages(&rows, &wanted, nights);
    if !short.is_empty() {
        return Err(BookingError::NoAvailability(short).into());
    }

    let asker = Asker {
        rooms: &rooms,
        rates: &rates,
        catalogue: &catalogue,
        nights,
        buyer: Buyer {
            local_date: property.local_time(now).date(),
            today: asked.today,
            channel,
            is_member: caller.is_some_and(|caller| caller.user_id().is_some() && !is_staff),
            code: code.as_ref(),
            without: &[],
        },
        user_id: caller.filter(|_| !is_staff).and_then(Caller::user_id),
    };
    let (prices, mut sold) = asker.prices(app).await?;
    let mut extras = selling::sold_extras(&rooms, &catalogue, nights)?;
    let (payer_id, exemption) = exemption(app, request, nights, is_staff).await?.unzip();
    if let Some(exemption) = &exemption {
        sold.iter_mut().for_each(|sold| exemption.leave_out(sold, &rates.tariff.rules.taxes));
        extras.iter_mut().flatten().for_each(|extra| exemption.leave_out_of_extra(extra));
    }
    let lines: Vec<Line<'_>> = rooms.iter().zip(sold).zip(extras).map(|((room, sold), extras)| (*room, sold, extras)).collect();
    let expires_at = now + TimeDelta::minutes(app.config.quote_minutes.into());
    let words = Words { rates: &rates, catalogue: &catalogue, reading, exemption: exemption.as_ref() };
    let quote = Quote::new(property_id, nights, channel, property.currency, expires_at, &lines);
    let quote = quote.with_code(code.as_ref().map(|code| code.code.clone()));
    let quote = quote.exempt(payer_id);
    Ok(QuoteOut {
        quote: quote.to_token(&app.security.data_key)?,
        expires_at,
        property_id,
        check_in: nights.from,
        check_out: nights.to,
        rooms: lines.iter().zip(&prices).map(|(line, price)| room_out(line, price, &words)).collect(),
        total: quote.total(),
    })
}

/// The exemption from taxes of whoever will pay, if it is about any of the nights, and whose it is.
async fn exemption(app: &App, request: &CreateQuote, nights: Nights, is_staff: bool) -> Result<Option<(Uuid, TaxExemption)>> {
    let CreateQuote { property_id, account_id, guest_id, .. } = *request;
    let named = [("/account_id", account_id), ("/guest_id", guest_id)].into_iter().find(|(_, id)| id.is_some());
    let Some((pointer, _)) = named else { return Ok(None) };
    if !is_staff {
        return Err(Error::invalid(pointer, "is for staff of the hotel"));
    }
    let conn = app.db.conn().await?;
    people::check_account(&conn, property_id, account_id).await?;
    people::check_guest(&conn, property_id, guest_id).await?;
    let exemption = people::exemption(&conn, property_id, Payer { account_id, guest_id }, app.clock.now()).await?;
    Ok(exemption.filter(|(_, exemption)| exemption.concerns(nights)))
}

/// Rooms that are quoted, and who asks.
struct Asker<'a> {
    rooms: &'a [Sellable<'a>],
    rates: &'a HotelRates,
    catalogue: &'a Catalogue,
    nights: Nights,
    buyer: Buyer<'a>,
    user_id: Option<Uuid>,
}

impl Asker<'_> {
    /// The prices of the rooms, less what offers take off of which something is left for who asks. A code whose offer is for none of the
    /// rooms, or of which nothing is left, is told.
    async fn prices(&self, app: &App) -> Result<(Vec<StayPrice>, Vec<Sold>)> {
        self.check_code()?;
        let (mut without, mut counters): (Vec<Uuid>, Option<Vec<Counter>>) = (Vec::new(), None);
        loop {
            let (prices, sold) = self.prices_without(&without)?;
            let limited = selling::limited(&sold, self.catalogue);
            if !limited.is_empty() && counters.is_none() {
                counters = Some(self.counters(app, &limited).await?);
            }
            let today = self.buyer.today;
            let refused = selling::in_the_way(&sold, counters.as_deref().unwrap_or_default(), self.catalogue, today);
            if refused.is_empty() {
                selling::check_code_applies(self.rooms, &self.buyer, self.nights, self.catalogue, self.rates, &sold)?;
                return Ok((prices, sold));
            }
            selling::check_code_is_left(self.buyer.code, &refused)?;
            without.extend(refused.iter().map(|refused| refused.offer_id));
        }
    }

    fn prices_without(&self, without: &[Uuid]) -> Result<(Vec<StayPrice>, Vec<Sold>)> {
        let asking = Asking { on_sale: &self.catalogue.offers, buyer: Buyer { without, ..self.buyer } };
        let prices = selling::prices(self.rooms, self.rates, self.nights, &[], Some(&asking));
        let sold = |(room, priced): (&Sellable<'_>, OfferedPrice<'_>)| {
            let sold = selling::sold_with(room, self.rates, &priced.price, selling::sold_offers(&priced.offers, &asking))?;
            Ok((priced.price, sold))
        };
        let priced: Vec<(StayPrice, Sold)> = self.rooms.iter().zip(prices).map(sold).collect::<Result<_>>()?;
        Ok(priced.into_iter().unzip())
    }

    fn check_code(&self) -> Result<(), OfferError> {
        selling::check_code(self.buyer.code, self.catalogue, self.buyer.local_date)
    }

    /// What is counted of offers with limits that may be taken off: all that are on sale, as the next best may be one.
    async fn counters(&self, app: &App, limited: &[Uuid]) -> Result<Vec<Counter>> {
        let on_sale = self.catalogue.offers.iter().filter(|on_sale| on_sale.offer.is_limited()).map(|on_sale| on_sale.offer.id);
        let all: BTreeSet<Uuid> = on_sale.chain(limited.iter().copied()).collect();
        let all: Vec<Uuid> = all.into_iter().collect();
        let person = Person { user_id: self.user_id, ..Person::default() };
        let code_id = self.buyer.code.map(|code| code.id);
        let conn = app.db.conn().await?;
        Ok(offers::read_counters(&conn, self.catalogue.property.id, &all, person, code_id).await?)
    }
}

/// A quoted room: what it is sold for, and the extras with it.
type Line<'a> = (Sellable<'a>, Sold, Vec<SoldExtra>);

fn wish<'a>(room: &'a QuoteRoom, extras: &'a [ExtraWish]) -> Wish<'a> {
    Wish {
        room_type_id: room.room_type_id,
        rate_plan_id: room.rate_plan_id,
        party: Party { adults: room.adults, children_ages: &room.children_ages },
        nightly_price: None,
        extras,
    }
}

/// What quotes are told in: a hotel's names, in the reader's languages.
struct Words<'a> {
    rates: &'a HotelRates,
    catalogue: &'a Catalogue,
    reading: &'a Reading,
    exemption: Option<&'a TaxExemption>,
}

impl Words<'_> {
    /// The lines by which taxes are taken off a night that the payer does not bear: what the room and the extras with it bear less
    /// than others would.
    fn exempt(&self, night: &NightPrice, sold: &SoldNight) -> Vec<PriceLine> {
        let Words { rates, catalogue, reading, exemption } = self;
        let Some(exemption) = exemption else { return Vec::new() };
        let property = &catalogue.property;
        let left = |id: Uuid| sold.taxes.iter().find(|tax| tax.tax_rule_id == id).map_or(0, |tax| tax.amount_minor);
        let of_room = night.taxes.iter().map(|tax| (tax.tax_rule_id, left(tax.tax_rule_id) - tax.amount_minor));
        let of_extras = night.included.iter().flat_map(|extra| &extra.taxes);
        let gone = of_extras.filter(|tax| exemption.covers(night.date, Some(tax.tax_rule_id)));
        let line = |(id, off_minor): (Uuid, i64)| {
            let name = rates.tax_name_for(id, reading, &property.default_locale);
            PriceLine::exempt(name, Money::new(off_minor, property.currency))
        };
        of_room.chain(gone.map(|tax| (tax.tax_rule_id, -tax.amount_minor))).filter(|(_, off)| *off != 0).map(line).collect()
    }
}

fn room_out((room, sold, extras): &Line<'_>, price: &StayPrice, words: &Words<'_>) -> QuotedRoom {
    let Words { rates, catalogue, reading, .. } = words;
    let property = &catalogue.property;
    let money = |minor| Money::new(minor, property.currency);
    let name_of = |id: Uuid| catalogue.offer_name(id, reading);
    let night = |(night, sold): (&NightPrice, &SoldNight)| {
        let exempt = words.exempt(night, sold);
        let off: i64 = exempt.iter().map(|line| line.amount.minor).sum();
        let mut lines = rates.explain(night, property.currency, reading, &property.default_locale, name_of);
        lines.extend(exempt);
        QuotedNight { date: night.date, price: money(night.total() + off), lines }
    };
    let offer = |offer: &SoldOffer| QuotedOffer {
        offer_id: offer.offer_id,
        name: name_of(offer.offer_id),
        code: offer.code.as_ref().map(|code| code.code.clone()),
        discount: money(sold.off(offer.offer_id).values().sum()),
    };
    QuotedRoom {
        room_type_id: room.basis.room_type_id,
        rate_plan_id: room.rate_plan_id,
        adults: room.wish.party.adults,
        children_ages: room.wish.party.children_ages.to_vec(),
        cancellation_policy: sold.terms.text_in(reading.language(&property.default_locale), property.currency),
        total: money(sold.total()),
        offers: sold.offers.iter().map(offer).collect(),
        nightly: price.nights.iter().zip(&sold.nights).map(night).collect(),
        extras: extras.iter().map(|extra| extra_out(extra, words)).collect(),
    }
}

fn extra_out(extra: &SoldExtra, words: &Words<'_>) -> QuotedExtraOut {
    let Words { rates, catalogue, reading, .. } = words;
    let (property, wish) = (&catalogue.property, extra.wish);
    let money = |minor| Money::new(minor, property.currency);
    let texts = catalogue.extras.iter().find(|offered| offered.extra.id == wish.extra_id).map(|offered| &offered.extra.texts);
    let tax = |tax: &SoldTax| QuotedTax {
        tax_rule_id: tax.tax_rule_id,
        name: rates.tax_name_for(tax.tax_rule_id, reading, &property.default_locale),
        amount: money(tax.amount_minor),
    };
    let service = |served: &Served| QuotedService {
        date: served.date,
        units: served.units,
        price: money(served.total()),
        taxes: served.taxes.iter().map(tax).collect(),
    };
    QuotedExtraOut {
        extra_id: wish.extra_id,
        name: reading.name(&extra.name, texts.unwrap_or(&serde_json::Value::Null), &property.default_locale),
        quantity: wish.quantity,
        total: money(extra.total()),
        services: extra.services.iter().map(service).collect(),
    }
}
