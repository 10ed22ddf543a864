//! Offer of a hotel for an order, with the inventory rows of its nights locked.
use super::order::{Ending, Order};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Guest, TaxExemption};
use crate::domains::bookings::repository::{self, Live};
use crate::domains::bookings::rules::selling::{self, Restricted, Sellable, Wish};
use crate::domains::bookings::rules::{self, Limits};
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::bookings::service::caps;
use crate::domains::bookings::service::group::GroupTerms;
use crate::domains::bookings::service::holds::overdue_in_the_way;
use crate::domains::bookings::service::people::{self, Payer};
use crate::domains::bookings::service::rooms::occupancy;
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::groups::{self, GroupError};
use crate::domains::guests::{self, Sighting};
use crate::domains::inventory::{self, Allotment, NightRow, Nights};
use crate::domains::offers::{self, Counter, OfferError, OnSale};
use crate::domains::payments;
use crate::domains::properties::Property;
use crate::domains::rates::engine::{Asked, RestrictionReason};
use crate::domains::rates::{HotelRates, Rate, pricing};
use crate::error::{FieldError, problems};
use crate::idempotency::{self, IdempotencyKey};
use crate::stores::postgres::Conn;
use crate::{Error, Result, stamps};
use diesel::QueryResult;
use futures_util::try_join;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

/// The hotel as the locked rows and its catalogue have it.
pub struct Offer<'a> {
    /// `true` if the rooms are only held because the guest has yet to prove an address.
    pub awaits_proof: bool,
    /// `true` if the rooms are only held because the guest has yet to pay what is due when booking.
    pub awaits_payment: bool,
    pub catalogue: Arc<Catalogue>,
    pub rates: HotelRates,
    /// Inventory of all locked nights, as it is for a booking of the group.
    pub rows: Vec<NightRow>,
    /// Rooms set aside for the group.
    pub set_aside: Option<Allotment>,
    /// Rooms asked for, each with its plan.
    pub rooms: Vec<Sellable<'a>>,
    /// The restrictions against which staff sell.
    pub ignored: Vec<Restricted>,
    /// What is known of everybody whom the order names.
    pub sightings: Vec<Sighting>,
    /// What is counted of the limited offers that it may be sold with, which are locked.
    pub counters: Vec<Counter>,
    /// Exemption from taxes of whoever pays, if it is about any of the nights.
    pub exemption: Option<TaxExemption>,
}

impl Offer<'_> {
    pub fn property(&self) -> &Property {
        &self.catalogue.property
    }

    /// The rows of the nights that are to be sold.
    pub fn rows_of(&self, nights: Nights) -> Vec<NightRow> {
        self.rows.iter().filter(|row| nights.contains(row.night)).copied().collect()
    }
}

/// Result of the first round trip.
pub struct Locked {
    guest: LockedGuest,
    rows: Vec<NightRow>,
    /// Version of the hotel's catalogue.
    version: Option<i64>,
    night_rates: Vec<Rate>,
    sightings: Vec<Sighting>,
}

/// The guest of an order, as far as the sale needs to know.
struct LockedGuest {
    /// `true` if the guest is a user, if there must be one.
    is_known: bool,
    is_proved: bool,
    /// What a guest who books has already; none where staff book.
    live: Option<Live>,
}

/// Claims the key, locks, and reads what the sale depends on. An answer is that to an earlier request with the key.
pub async fn lock(conn: &Conn, key: &IdempotencyKey, order: &Order<'_>, range: Nights) -> Result<(Option<Answer>, Locked)> {
    let property_id = order.sell.property_id;
    let named = order.people();
    let (replay, (is_known, is_proved), live, rows, version, night_rates, sightings) = try_join!(
        idempotency::claim(conn, key),
        async { Ok(lock_guest(conn, order).await?) },
        async { Ok(lock_live(conn, order).await?) },
        async { Ok(inventory::lock(conn, property_id, &order.types, range).await?) },
        async { Ok(stamps::version(conn, property_id).await?) },
        async { Ok(pricing::load_nights(conn, property_id, Some(&order.types), order.sell.nights).await?) },
        async { Ok(guests::look_up(conn, property_id, &named).await?) },
    )?;
    let guest = LockedGuest { is_known, is_proved, live };
    Ok((replay, Locked { guest, rows, version, night_rates, sightings }))
}

/// Locks a guest who books, or who gets a hold: what they have is counted. Of others asks only whether they exist. Returns
/// whether the guest is a user, if there must be one, and has proved an address.
async fn lock_guest(conn: &Conn, order: &Order<'_>) -> QueryResult<(bool, bool)> {
    match (order.guest_user_id, order.sell.hold_minutes, order.sell.guest_user_id) {
        (Some(user_id), hold, _) if hold.is_some() || !order.is_by_staff() => {
            let found = repository::lock_user(conn, user_id).await?;
            Ok((found.is_some(), found.unwrap_or(false)))
        }
        (Some(user_id), _, Some(_)) => Ok((repository::user_exists(conn, user_id).await?, true)),
        _ => Ok((true, true)),
    }
}

/// What a guest who books has already, by account and by mailbox, which is locked. Nothing is taken by a rehearsal.
async fn lock_live(conn: &Conn, order: &Order<'_>) -> QueryResult<Option<Live>> {
    if order.is_by_staff() || matches!(order.ending, Ending::Rehearse) {
        return Ok(None);
    }
    let (sell, user_id) = (order.sell, order.guest_user_id);
    caps::beside(conn, sell.property_id, user_id, sell.contact.email.as_deref(), None, order.now()).await.map(Some)
}

/// Error for a guest who is no user: one whom staff name, or the caller, whose account went a moment ago.
fn unknown_guest(order: &Order<'_>) -> Error {
    match order.sell.guest_user_id {
        Some(_) => Error::invalid("/guest_user_id", "is not a user"),
        None => Error::client(&problems::UNAUTHENTICATED, "Your account is not there any more."),
    }
}

/// Checks the order against what the hotel allows.
pub async fn offer<'a>(app: &App, conn: &Conn, order: &Order<'a>, locked: Locked) -> Result<Offer<'a>> {
    let Locked { guest, rows, version, night_rates, sightings } = locked;
    let catalogue = Catalogues::of(app).get(conn, order.sell.property_id, version).await?;
    let catalogue = catalogue.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
    let rates = opened(order, &catalogue, catalogue.rates.at(night_rates));
    if !guest.is_known {
        return Err(unknown_guest(order));
    }
    if let Some(quote) = &order.quote {
        quote.check_holds(order.now())?;
    }
    let rooms = sellable(order, &catalogue, &rates)?;
    let set_aside = set_aside(conn, order).await?;
    let is_agreed = set_aside.as_ref().is_some_and(|agreed| agreed.covers(&order.counts()));
    let ignored = if is_agreed { Vec::new() } else { check_restrictions(order, &catalogue.property, &rates, &rooms)? };
    let rows = match &set_aside {
        Some(allotment) => allotment.seen_by_its_own(&rows, &order.counts()),
        None => rows,
    };
    let settings = &catalogue.property.settings;
    let is_unproved = settings.requires_verified_email && !guest.is_proved;
    let awaits_proof = order.is_by_visitor || is_unproved && !order.is_by_staff();
    let awaits_payment = awaits_payment(app, conn, order, &rates, &rooms).await?;
    check_live_holds(conn, order, &catalogue.property, awaits_proof || awaits_payment).await?;
    if let Some(live) = guest.live {
        caps::check(live, order.counts().values().copied().map(i64::from).sum(), settings)?;
    }
    check_identified(order, &catalogue.property)?;
    people::check_guest(conn, order.sell.property_id, order.sell.guest_id).await?;
    people::check_account(conn, order.sell.property_id, order.sell.account_id).await?;
    let exemption = exemption(conn, order).await?;
    // The contact is the first of those whom the order names.
    let guest_id = order.sell.guest_id.or_else(|| sightings.first().and_then(|contact| contact.id));
    let counters = lock_offers(conn, order, order.person(guest_id), &catalogue, (&rates, &rooms)).await?;
    Ok(Offer {
        awaits_proof: awaits_proof && order.sell.hold_minutes.is_none(),
        awaits_payment,
        catalogue,
        rates,
        rows,
        set_aside,
        rooms,
        ignored,
        sightings,
        counters,
        exemption,
    })
}

/// The exemption of whoever pays and is named, if it is about any of the nights. A quote holds for whom it was made.
async fn exemption(conn: &Conn, order: &Order<'_>) -> Result<Option<TaxExemption>> {
    let sell = order.sell;
    let payer = Payer { account_id: sell.account_id, guest_id: sell.guest_id };
    let exemption = people::exemption(conn, sell.property_id, payer, order.now()).await?;
    let (payer_id, exemption) = exemption.filter(|(_, exemption)| exemption.concerns(sell.nights)).unzip();
    if order.quote.as_ref().is_some_and(|quote| quote.exempt_payer_id != payer_id) {
        return Err(Error::invalid("/quote", "was made with other taxes: ask for one for the account or the guest that pays"));
    }
    Ok(exemption)
}

/// Returns `true` if a guest has to pay something when booking, and can: staff sell without.
async fn awaits_payment(app: &App, conn: &Conn, order: &Order<'_>, rates: &HotelRates, rooms: &[Sellable<'_>]) -> Result<bool> {
    if order.is_by_staff() || app.gateways.current().is_none() {
        return Ok(false);
    }
    let is_asked = match &order.quote {
        Some(quote) => quote.sold().iter().any(|sold| sold.terms.payment.ask_at_once()),
        None => {
            let terms = rooms.iter().map(|room| rates.terms(room.rate_plan_id)).collect::<Result<Vec<_>>>()?;
            terms.iter().any(|terms| terms.payment.ask_at_once())
        }
    };
    Ok(is_asked && payments::takes_gateway(conn, order.sell.property_id).await?)
}

/// The rates with the hidden plans that are sold to whoever asks: all by staff, else those that the code, the quote or the group names.
fn opened(order: &Order<'_>, catalogue: &Catalogue, rates: HotelRates) -> HotelRates {
    let quoted = order.quote.iter().flat_map(|quote| quote.rooms.iter().map(|room| room.rate_plan_id));
    let of_group = order.group.iter().filter_map(|terms| terms.group.rate_plan_id);
    let rates = selling::opened(rates, order.is_by_staff(), order.code.as_ref(), catalogue);
    rates.opened(quoted.chain(of_group))
}

/// Locks the counters of the offers with limits that the rooms may be sold with, in one round trip; none where there are none.
async fn lock_offers(
    conn: &Conn,
    order: &Order<'_>,
    person: offers::Person<'_>,
    catalogue: &Catalogue,
    (rates, rooms): (&HotelRates, &[Sellable<'_>]),
) -> Result<Vec<Counter>> {
    selling::check_code(order.code.as_ref(), catalogue, catalogue.property.local_time(order.now()).date())?;
    let buyer = order.buyer(&catalogue.property, &[]);
    let nights = order.sell.nights;
    let may_get = |on_sale: &&OnSale| {
        let fits = |room: &Sellable<'_>| on_sale.terms.fits(&selling::line(room, rates, nights));
        on_sale.offer.is_limited() && on_sale.is_for(&buyer, nights.from) && rooms.iter().any(fits)
    };
    let limited: BTreeSet<Uuid> = match &order.quote {
        // Whatever has become of its offers since.
        Some(quote) => quote.sold().iter().flat_map(|sold| sold.offers.iter().map(|offer| offer.offer_id)).collect(),
        None if order.group.is_some() || order.sell.is_day_use => BTreeSet::new(),
        None => catalogue.offers.iter().filter(may_get).map(|on_sale| on_sale.offer.id).collect(),
    };
    if limited.is_empty() {
        return Ok(Vec::new());
    }
    let limited: Vec<Uuid> = limited.into_iter().collect();
    if person.is_nobody() {
        refuse_nobody(order, catalogue, &limited)?;
    }
    let code_id = order.code.as_ref().map(|code| code.id).or_else(|| order.quoted_code());
    let mut counters = offers::counters(conn, order.sell.property_id, &limited, person, code_id).await?;
    if person.is_nobody() {
        counters.iter_mut().for_each(Counter::close_to_nobody);
    }
    Ok(counters)
}

/// Refuses offers that depend on who books to somebody who would not be known again, where a code or a quote asks for one.
fn refuse_nobody(order: &Order<'_>, catalogue: &Catalogue, limited: &[Uuid]) -> Result<(), OfferError> {
    let is_asked = |id: Uuid| order.quote.is_some() || order.code.as_ref().is_some_and(|code| code.offer_id == id);
    let is_personal = |id: Uuid| catalogue.offer(id).is_some_and(|on_sale| on_sale.offer.is_personal());
    match limited.iter().copied().find(|id| is_asked(*id) && is_personal(*id)) {
        Some(offer_id) => Err(OfferError::GuestUnknown { offer_id }),
        None => Ok(()),
    }
}

/// The rooms asked for with their plans, or what is wrong with the order.
fn sellable<'a>(order: &Order<'a>, catalogue: &Catalogue, rates: &HotelRates) -> Result<Vec<Sellable<'a>>> {
    let mut errors = check_limits(order, &catalogue.property);
    let rooms = selling::sellable(&wishes_as_quoted(order), catalogue, rates).unwrap_or_else(|wrong| {
        errors.extend(wrong);
        Vec::new()
    });
    errors.extend(check_hold_minutes(order, &catalogue.property));
    errors.extend(check_currency(order, &catalogue.property));
    if errors.is_empty() { Ok(rooms) } else { Err(Error::invalid_fields(errors)) }
}

/// Returns the wishes of an order; with a quote, its plans are meant where the request names none.
fn wishes_as_quoted<'a>(order: &Order<'a>) -> Vec<Wish<'a>> {
    let mut wishes = order.wishes.clone();
    for (wish, quoted) in wishes.iter_mut().zip(order.quote.iter().flat_map(|quote| &quote.rooms)) {
        wish.rate_plan_id = Some(quoted.rate_plan_id);
    }
    wishes
}

fn check_limits(order: &Order<'_>, property: &Property) -> Vec<FieldError> {
    let limits = Limits::of(property, order.now());
    let limits = match &order.group {
        _ if order.is_by_staff() => limits.for_staff(),
        Some(_) => limits.for_groups(),
        None => limits,
    };
    rules::check_limits(order.sell.nights, order.sell.rooms.len(), &limits).err().unwrap_or_default()
}

fn check_hold_minutes(order: &Order<'_>, property: &Property) -> Option<FieldError> {
    // What HBS holds by itself, it holds for as long as the hotel says.
    let is_capped = !matches!(order.ending, Ending::With(_));
    let most = property.settings.max_hold_minutes;
    let is_too_long = is_capped && order.sell.hold_minutes.is_some_and(|minutes| minutes > most);
    is_too_long.then(|| FieldError::body("/hold_minutes", format!("this hotel holds rooms for at most {most} minutes")))
}

fn check_currency(order: &Order<'_>, property: &Property) -> Option<FieldError> {
    let is_other = order.sell.expected_total.is_some_and(|total| total.currency != property.currency);
    is_other.then(|| FieldError::body("/expected_total/currency", format!("must be {}", property.currency)))
}

/// Returns the rooms set aside for the group, once the rows are locked and they can change no more.
async fn set_aside(conn: &Conn, order: &Order<'_>) -> Result<Option<Allotment>> {
    let Some(GroupTerms { group, .. }) = &order.group else { return Ok(None) };
    let is_open = groups::find_in(conn, group.property_id, group.id).await?.is_some_and(|group| group.released_at.is_none());
    if !is_open {
        return Err(GroupError::Released.into());
    }
    occupancy::set_aside(conn, group.property_id, Some(group.id)).await
}

/// The restrictions in the way, if they are to be ignored; else there are none. Of day use, which is no night, only that the date
/// is not sold at all.
fn check_restrictions(
    order: &Order<'_>,
    property: &Property,
    rates: &HotelRates,
    rooms: &[Sellable<'_>],
) -> Result<Vec<Restricted>> {
    let asked = Asked { today: property.business_date(order.now()), channel: order.channel };
    let mut restricted = selling::restrictions(rooms, rates, order.sell.nights, asked);
    if order.sell.is_day_use {
        restricted.retain(|one| one.restriction.reason == RestrictionReason::StopSell);
    }
    if restricted.is_empty() || order.sell.ignore_restrictions {
        Ok(restricted)
    } else {
        Err(BookingError::Restricted(restricted).into())
    }
}

/// Checks that a guest has no more holds than the hotel allows at a time.
async fn check_live_holds(conn: &Conn, order: &Order<'_>, property: &Property, awaits: bool) -> Result<()> {
    let is_limited = (order.sell.hold_minutes.is_some() || awaits) && !order.is_by_staff();
    let held = match (order.guest_user_id, &order.sell.contact.email) {
        (Some(user_id), _) if is_limited => repository::live_holds(conn, property.id, user_id, order.now()).await?,
        (None, Some(email)) if order.is_by_visitor => {
            repository::live_holds_of_mailbox(conn, property.id, email, order.now()).await?
        }
        _ => return Ok(()),
    };
    if held >= i64::from(property.settings.max_live_holds) {
        Err(BookingError::TooManyHolds(property.settings.max_live_holds).into())
    } else {
        Ok(())
    }
}

/// Checks that guests at the desk show who they are, where the hotel requires it.
fn check_identified(order: &Order<'_>, property: &Property) -> Result<()> {
    if !order.is_walk_in() || !property.settings.requires_identity {
        return Ok(());
    }
    match order.sell.rooms.iter().position(|room| !room.guests.iter().any(Guest::is_identified)) {
        Some(line) => {
            let detail = "needs somebody with birth_date, nationality and document: the hotel must know its guests";
            Err(Error::invalid(format!("/rooms/{line}/guests"), detail))
        }
        None => Ok(()),
    }
}

/// Checks that every night has as many rooms as are asked for in all.
pub async fn check_nights(conn: &Conn, order: &Order<'_>, offer: &Offer<'_>) -> Result<(), Setback> {
    let nights = order.sell.nights;
    let short = inventory::shortages(&offer.rows_of(nights), &order.wanted, nights);
    if short.is_empty() {
        return Ok(());
    }
    // While the nights are locked no hold can expire: what is not found here is not in the way.
    let overdue = overdue_in_the_way(conn, order.sell.property_id, nights, order.now()).await?;
    Err(Setback::SoldOut(BookingError::NoAvailability(short), overdue))
}
