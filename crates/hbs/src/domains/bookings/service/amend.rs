//! Amending a booking: other dates, types, plans or guests for its stays.
//!
//! All is done in one transaction, rooms and prices included, and rolled back where it was only asked what it would come to.
use super::attempts::{Attempt, Stop};
use super::create::folio_of;
use super::group::{GroupTerms, Left};
use super::letters;
use super::occupancy::{self, Placement, Shift};
use super::read;
use super::{ATTEMPTS, Also, wanted};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::agreement::Agreement;
use crate::domains::bookings::amendment::{Pricing, Said, Wanted};
use crate::domains::bookings::dto::{AmendBooking, AmendedEntry, AmendmentOut, StayAmendment};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::events;
use crate::domains::bookings::fees::{self, Leaving};
use crate::domains::bookings::model::{Booking, FolioEntry, NewFolioEntry, NewStay, Stay, Terms};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::rules::{self, Action, Status};
use crate::domains::bookings::selling::{self, Restricted, Sold};
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::inventory::{self, Allotment, AllottedNight, Counts, NightRow, Nights};
use crate::domains::properties;
use crate::domains::rates::engine::Asked;
use crate::domains::rates::{HotelRates, Rate, pricing};
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause, Changes, Event};
use crate::security::permission::{BookingsOverride, BookingsPrice};
use crate::security::{Caller, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result, stamps};
use chrono::NaiveDate;
use diesel_async::AsyncConnection;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// What is to become of which booking.
pub struct AmendRequest<'a> {
    pub booking_id: Uuid,
    pub body: &'a AmendBooking,
    pub is_dry_run: bool,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub caller: &'a Caller,
    pub cause: &'a Cause,
    /// Where it was agreed on with staff: it is done as by them.
    pub agreed: Option<Agreed<'a>>,
    /// What is written with it.
    pub also: Option<&'a Also>,
}

/// What was agreed on, and the rooms that are set aside for it.
#[derive(Clone, Copy)]
pub struct Agreed<'a> {
    pub agreement: &'a Agreement,
    pub allotment_id: Uuid,
}

/// What an amendment would come to.
#[derive(Debug)]
pub struct Rehearsed {
    /// Of the booking that was to be amended.
    pub version: i64,
    pub group_id: Option<Uuid>,
    pub total: Money,
    pub difference: Money,
    pub agreement: Agreement,
    /// The rooms that it needs beyond what the booking has.
    pub more: Counts,
    /// Whether anything would be otherwise.
    pub changes: bool,
    pub(super) answer: Answer,
}

enum Done {
    Answer(Answer),
    Rehearsed(Box<Rehearsed>),
}

pub async fn amend(app: &App, key: &IdempotencyKey, request: &AmendRequest<'_>) -> Result<Answer> {
    match run(app, key, request).await? {
        Done::Answer(answer) => Ok(answer),
        Done::Rehearsed(rehearsed) => Ok(rehearsed.answer),
    }
}

/// Lets guests in the house stay until another day, for somebody who may amend bookings of the hotel.
pub async fn extend_stay(
    app: &App,
    caller: &Caller,
    (property_id, booking_id, stay_id): (Uuid, Uuid, Uuid),
    check_out: NaiveDate,
    cause: &Cause,
) -> Result<()> {
    let stay = StayAmendment { check_out: Some(check_out), ..StayAmendment::of(stay_id) };
    let request = AmendRequest {
        booking_id,
        body: &AmendBooking { stays: vec![stay], ..AmendBooking::default() },
        is_dry_run: false,
        seen: IfMatch(None),
        reach: &Reach { owner: None, scope: Scope::Properties([property_id].into()) },
        caller,
        cause,
        agreed: None,
        also: None,
    };
    amend(app, &IdempotencyKey::none(), &request).await?;
    Ok(())
}

/// What an amendment would come to, or the answer to an earlier request with the key.
pub async fn rehearse_amendment(
    app: &App,
    key: &IdempotencyKey,
    request: &AmendRequest<'_>,
) -> Result<Result<Box<Rehearsed>, Answer>> {
    match run(app, key, request).await? {
        Done::Answer(answer) => Ok(Err(answer)),
        Done::Rehearsed(rehearsed) => Ok(Ok(rehearsed)),
    }
}

async fn run(app: &App, key: &IdempotencyKey, request: &AmendRequest<'_>) -> Result<Done> {
    let mut next = Attempt::default();
    for _ in 0..ATTEMPTS {
        let mut conn = app.db.conn().await?;
        let result = conn.transaction(async |conn| attempt(app, conn, key, request, next).await).await;
        drop(conn);
        if let Err(Stop::Rehearsed(rehearsed)) = result {
            return Ok(Done::Rehearsed(rehearsed));
        }
        if let Some(answer) = next.finish(app, result, request.cause.at).await? {
            return Ok(Done::Answer(answer));
        }
    }
    Err(BookingError::Busy.into())
}

async fn attempt(
    app: &App,
    conn: &mut Conn,
    key: &IdempotencyKey,
    request: &AmendRequest<'_>,
    Attempt { rearrange }: Attempt,
) -> Result<Answer, Stop> {
    if let Some(answer) = idempotency::claim(conn, key).await? {
        return Ok(answer);
    }
    let (reach, cause) = (request.reach, request.cause);
    let booking = repository::find(conn, reach, request.booking_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    request.seen.check(booking.version)?;
    let is_staff = request.agreed.is_some() || reach.scope.covers(booking.property_id);
    check_what_is_for_staff(request, &booking, is_staff)?;
    let property = &properties::hold(conn, booking.property_id).await?.ok_or_else(|| Error::not_found("booking"))?;
    let stays = repository::stays_of(conn, &[&booking]).await?;
    let today = property.business_date(cause.at);
    let wanted = wanted::wanted(request.body, &booking, &stays, today)?;
    wanted::check(&wanted, request.body, (&booking, &stays), property, cause.at, is_staff)?;
    if let Some(Agreed { agreement, .. }) = request.agreed {
        // Before anything is taken back: the nights that are locked are those that were agreed on.
        agreement.check(&wanted)?;
    }

    let shifts: Vec<Shift> = wanted.iter().map(|one| shift(one, request.agreed.is_some())).collect();
    let rows = occupancy::lock(conn, property.id, &shifts.iter().collect::<Vec<_>>(), today, rearrange).await?;
    if !repository::is_current(conn, &booking).await? {
        return Err(Stop::Changed);
    }
    let rows = match request.agreed {
        Some(agreed) => take_back(conn, property.id, agreed.allotment_id, rows, cause).await?,
        None => rows,
    };
    // After the rows are locked: what was changed before is not sold.
    let version = stamps::version(conn, property.id).await?;
    let catalogue = Catalogues::of(app).get(conn, property.id, version).await?;
    let catalogue = catalogue.ok_or_else(|| Error::not_found("booking"))?;
    let rates = catalogue.rates.at(load_rates(conn, property.id, &wanted).await?);
    let folio = repository::folio(conn, &booking).await?;
    let group = GroupTerms::of_booking(conn, property.id, booking.group_id).await?;
    let set_aside = occupancy::set_aside(conn, property.id, booking.group_id).await?;
    let sale = Sale {
        request,
        booking: &booking,
        catalogue: &catalogue,
        rates: &rates,
        group: group.as_ref(),
        set_aside: set_aside.as_ref(),
        folio: &folio,
        today,
        cause,
    };
    if !is_staff {
        sale.check_is_free(&wanted)?;
    }
    let amended = sale.price(wanted)?;
    let total = Money::new(booking.total_minor + amended.iter().map(Amended::difference).sum::<i64>(), booking.currency);
    if let Some(expected) = request.body.expected_total.filter(|expected| *expected != total) {
        return Err(Error::from(BookingError::PriceChanged { expected, actual: total }).into());
    }
    let placement = occupancy::place(conn, &booking, &shifts, &rows, today, cause, rearrange).await?;

    let state = state_after(&booking, &stays, &amended, total);
    let bookings = placement.moved_bookings().chain([booking.id]).collect();
    repository::lock_bookings(conn, property.id, bookings).await?;
    if !repository::move_booking(conn, &booking, &state, cause.at).await? {
        return Err(Stop::Changed);
    }
    let amended = with_rooms(amended, &placement);
    for Amended { wanted, after, .. } in amended.iter().filter(|amended| !amended.wanted.is_new()) {
        if !repository::amend_stay(conn, &wanted.stay, after, cause.at).await? {
            return Err(Stop::Changed);
        }
    }
    let added = added(&amended, cause)?;
    if !added.is_empty() {
        repository::insert_stays(conn, &added).await?;
    }
    occupancy::write(conn, property.id, &shifts, &placement, cause).await?;
    let lines: Vec<NewFolioEntry> = amended.iter().flat_map(|amended| amended.lines.iter().cloned()).collect();
    repository::insert_folio(conn, property.id, booking.id, &lines, cause.at).await?;
    outbox::publish(conn, cause, events(request, &booking, &state, &amended, &added)).await?;
    let told = letters::of_amendment(state.status).filter(|_| !amended.is_empty());
    letters::queue(conn, told, (property.id, booking.id), &booking.contact_email).await?;

    if request.is_dry_run {
        let answer = Answer { etag: None, ..answer(conn, request, &booking, lines).await? };
        return Err(Stop::Rehearsed(Box::new(rehearsed(answer, &booking, total, &amended, &shifts))));
    }
    let answer = match request.also {
        Some(also) => {
            let after = repository::find(conn, reach, booking.id).await?.ok_or_else(|| Error::not_found("booking"))?;
            also(conn, &after).await?
        }
        None => None,
    };
    let answer = match answer {
        Some(answer) => answer,
        None => self::answer(conn, request, &booking, lines).await?,
    };
    idempotency::store(conn, key, &answer).await?;
    Ok(answer)
}

/// Gives up what is set aside for this, so that it can be counted as sold. The rows as they are then.
async fn take_back(
    conn: &Conn,
    property_id: Uuid,
    allotment_id: Uuid,
    rows: Vec<NightRow>,
    cause: &Cause,
) -> Result<Vec<NightRow>> {
    let allotment = Allotment::read(conn, property_id, allotment_id).await?;
    inventory::release_allotment(conn, &allotment, cause.at).await?;
    let remaining = |row: &NightRow| {
        let own = allotment.nights().find(|night| (night.night, night.room_type_id) == (row.night, row.room_type_id));
        own.map_or(0, AllottedNight::remaining)
    };
    Ok(rows.into_iter().map(|row| NightRow { allotted: row.allotted - remaining(&row), ..row }).collect())
}

fn rehearsed(answer: Answer, booking: &Booking, total: Money, amended: &[Amended], shifts: &[Shift]) -> Rehearsed {
    let mut more = occupancy::deltas(shifts);
    more.retain(|_, rooms| *rooms > 0);
    Rehearsed {
        version: booking.version,
        group_id: booking.group_id,
        total,
        difference: Money::new(total.minor - booking.total_minor, booking.currency),
        agreement: Agreement::of(amended.iter().filter_map(|amended| Some((&amended.wanted, amended.sold.as_ref()?)))),
        more,
        changes: !amended.is_empty(),
        answer,
    }
}

fn check_what_is_for_staff(request: &AmendRequest<'_>, booking: &Booking, is_staff: bool) -> Result<()> {
    if request.agreed.is_some() {
        return Ok(());
    }
    let (caller, body) = (request.caller, request.body);
    let for_staff = |pointer: String| if is_staff { Ok(()) } else { Err(Error::invalid(pointer, "is for staff of the hotel")) };
    let of_stays = body.stays.iter().enumerate().map(|(place, stay)| (Said::Stay(place), stay.nightly_price));
    let of_added = body.add_rooms.iter().enumerate().map(|(place, room)| (Said::Added(place), room.nightly_price));
    for (said, price) in of_stays.chain(of_added).filter_map(|(said, price)| Some((said, price?))) {
        for_staff(said.pointer("nightly_price"))?;
        caller.require::<BookingsPrice>(booking.property_id)?;
        if price.currency != booking.currency {
            return Err(Error::invalid(said.pointer("nightly_price/currency"), format!("must be {}", booking.currency)));
        }
    }
    if body.ignore_restrictions {
        for_staff("/ignore_restrictions".into())?;
        caller.require::<BookingsOverride>(booking.property_id)?;
    }
    if body.reprice {
        for_staff("/reprice".into())?;
    }
    Ok(())
}

fn shift(wanted: &Wanted, may_go_without: bool) -> Shift {
    Shift {
        may_go_without,
        before: wanted.had(),
        after: Some(wanted.nights),
        room_type_id: wanted.occupied_type(),
        is_in_house: wanted.stay.status == Status::CheckedIn,
        stay: wanted.stay.clone(),
    }
}

/// What the nights say themselves, with the days of departure.
async fn load_rates(conn: &Conn, property_id: Uuid, wanted: &[Wanted]) -> Result<Vec<Rate>> {
    let types: Vec<Uuid> = wanted.iter().map(|one| one.room_type_id).collect();
    let Some(nights) = Nights::around(wanted.iter().map(|one| one.nights)) else { return Ok(Vec::new()) };
    Ok(pricing::load_nights(conn, property_id, Some(&types), nights).await?)
}

/// A stay before and after, with the lines between.
struct Amended {
    wanted: Wanted,
    after: Stay,
    lines: Vec<NewFolioEntry>,
    /// What staff sold against.
    ignored: Vec<Restricted>,
    /// The price of a night, as listed and as set by staff.
    set_price: Option<(Money, Money)>,
    /// None: it costs what it did.
    sold: Option<Sold>,
}

impl Amended {
    fn difference(&self) -> i64 {
        self.lines.iter().map(|line| line.amount_minor).sum()
    }
}

/// What an amendment is priced by.
struct Sale<'a> {
    request: &'a AmendRequest<'a>,
    booking: &'a Booking,
    catalogue: &'a Catalogue,
    rates: &'a HotelRates,
    group: Option<&'a GroupTerms>,
    /// For the group.
    set_aside: Option<&'a Allotment>,
    folio: &'a [FolioEntry],
    today: NaiveDate,
    cause: &'a Cause,
}

impl Sale<'_> {
    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.booking.currency)
    }

    fn open(&self, stay: &Stay) -> Vec<FolioEntry> {
        fees::open(&fees::of_stay(self.folio, stay.id))
    }

    /// Guests amend as long as they could cancel for nothing, and before they come.
    fn check_is_free(&self, wanted: &[Wanted]) -> Result<()> {
        let property = &self.catalogue.property;
        for one in wanted.iter().filter(|one| !one.is_new() && !one.costs_the_same()) {
            let stay = &one.stay;
            if stay.status == Status::CheckedIn {
                return Err(BookingError::NotAmendable(stay.status).into());
            }
            rules::check_to_come(Action::Cancel, stay.check_in, self.today)?;
            let leaving = Leaving {
                action: Action::Cancel,
                now: self.cause.at,
                today: self.today,
                check_in: property.check_in_instant(stay.check_in),
                from: stay.check_in,
                is_waived: false,
            };
            let fee = fees::settle(stay, &self.open(stay), leaving).fee_minor;
            if fee > 0 {
                return Err(BookingError::AmendmentNotFree(self.money(fee)).into());
            }
        }
        Ok(())
    }

    fn price(&self, wanted: Vec<Wanted>) -> Result<Vec<Amended>> {
        let mut left = self.set_aside.map(|allotment| Left::after(allotment, &wanted));
        let amended: Vec<Amended> = wanted.into_iter().map(|one| self.price_one(one, left.as_mut())).collect::<Result<_>>()?;
        let restricted: Vec<Restricted> = amended.iter().flat_map(|amended| amended.ignored.iter().copied()).collect();
        if restricted.is_empty() || self.request.body.ignore_restrictions {
            Ok(amended)
        } else {
            Err(BookingError::Restricted(restricted).into())
        }
    }

    /// Of guests in the house: the nights before today.
    fn stayed(&self, stay: &Stay) -> Option<Nights> {
        let stayed = Nights::new(stay.check_in, self.today.clamp(stay.check_in, stay.check_out));
        Some(stayed).filter(|_| stay.status == Status::CheckedIn)
    }

    /// `left` of what is set aside for the group, after the stays before it.
    fn price_one(&self, wanted: Wanted, left: Option<&mut Left<'_>>) -> Result<Amended> {
        let wanted = match self.group.filter(|_| wanted.is_new()) {
            Some(group) => Wanted { rate_plan_id: group.plan(wanted.rate_plan_id), ..wanted },
            None => wanted,
        };
        if wanted.costs_the_same() && !self.request.body.reprice {
            let after = Stay { guest_name: wanted.guest_name.clone(), ..wanted.stay.clone() };
            return Ok(Amended { wanted, after, lines: Vec::new(), ignored: Vec::new(), set_price: None, sold: None });
        }
        let invalid = |(field, detail): (&str, String)| Error::invalid(wanted.said.pointer(field), detail);
        let agreed = self.request.agreed.map(|agreed| agreed.agreement.sold(&wanted)).transpose()?;
        let choice = match agreed {
            Some(sold) => selling::choose_agreed(&wanted, sold, self.catalogue),
            None => selling::choose_amended(&wanted, self.catalogue, self.rates),
        };
        let choice = choice.map_err(invalid)?;
        let open = self.open(&wanted.stay);
        let mut pricing = Pricing {
            rates: self.rates,
            room: choice.room,
            rate_plan_id: choice.rate_plan_id,
            agreed: BTreeMap::new(),
            open: &open,
            open_from: self.catalogue.property.open_from(),
            stayed: self.stayed(&wanted.stay),
            reprice: self.request.body.reprice,
            is_gross: self.catalogue.property.is_gross(),
        };
        let covered = match (self.group, left) {
            (Some(group), Some(left)) => group.covered(&wanted, &pricing.charged(), left),
            _ => Vec::new(),
        };
        pricing.agreed = self.group.map(|group| group.at_its_rate(&covered, wanted.room_type_id)).unwrap_or_default();
        let asked = Asked { today: self.today, channel: &self.booking.channel };
        let (room_type_id, rate_plan_id) = (choice.room.room_type_id, choice.rate_plan_id);
        let place = usize::try_from(wanted.stay.position).unwrap_or(0);
        // Neither of what was agreed on with the guest, nor of what was agreed on with the group.
        let is_agreed = agreed.is_some() || wanted.nights.iter().eq(covered);
        let restricted = if is_agreed { Vec::new() } else { pricing.restrictions(&wanted, asked) };
        let restricted = restricted.into_iter();
        let ignored = restricted.map(|restriction| Restricted { room: place, room_type_id, rate_plan_id, restriction }).collect();
        let sold = match (agreed, &wanted.stay.cancellation_terms) {
            (Some(sold), _) => sold.clone(),
            (None, Some(Terms(terms))) if wanted.sells_the_same() => {
                Sold { rate_plan_id, terms: terms.clone(), nights: pricing.nights(&wanted) }
            }
            (None, _) => Sold { rate_plan_id, terms: self.rates.terms(rate_plan_id)?.clone(), nights: pricing.nights(&wanted) },
        };
        let set_price = wanted.nightly_price_minor.map(|set| (self.money(pricing.listed(&wanted)), self.money(set)));
        let lines = pricing.difference(folio_of(wanted.stay.id, &sold, choice.name));
        let after = after(&wanted, &lines, rate_plan_id, Terms(sold.terms.clone()));
        Ok(Amended { wanted, after, lines, ignored, set_price, sold: Some(sold) })
    }
}

/// Its room comes later.
fn after(wanted: &Wanted, lines: &[NewFolioEntry], rate_plan_id: Uuid, terms: Terms) -> Stay {
    Stay {
        room_type_id: wanted.occupied_type(),
        booked_room_type_id: wanted.room_type_id,
        check_in: wanted.nights.from,
        check_out: wanted.nights.to,
        adults: wanted.adults,
        children_ages: wanted.children_ages.iter().copied().map(Some).collect(),
        guest_name: wanted.guest_name.clone(),
        total_minor: wanted.stay.total_minor + lines.iter().map(|line| line.amount_minor).sum::<i64>(),
        rate_plan_id: Some(rate_plan_id),
        cancellation_terms: Some(terms),
        ..wanted.stay.clone()
    }
}

fn with_rooms(amended: Vec<Amended>, placement: &Placement) -> Vec<Amended> {
    let with_room = |(mut amended, room_id): (Amended, &Option<Uuid>)| {
        let before = &amended.wanted.stay;
        amended.after.is_pinned = before.is_pinned && *room_id == before.room_id;
        amended.after.room_id = *room_id;
        amended
    };
    amended.into_iter().zip(&placement.rooms).map(with_room).collect()
}

/// The rooms that are new, as they are to be stored.
fn added(amended: &[Amended], cause: &Cause) -> Result<Vec<NewStay>> {
    let new = amended.iter().filter(|amended| amended.wanted.is_new());
    new.map(|amended| {
        let sold = amended.sold.as_ref().ok_or_else(|| Error::internal("a room that was added has no price"))?;
        let Stay { id, position, status, room_type_id, room_id, check_in, check_out, .. } = amended.after;
        Ok(NewStay {
            property_id: amended.after.property_id,
            id,
            booking_id: amended.after.booking_id,
            position,
            status,
            room_type_id,
            room_id,
            is_pinned: false,
            check_in,
            check_out,
            adults: amended.wanted.adults,
            children_ages: amended.wanted.children_ages.clone(),
            guest_name: amended.wanted.guest_name.clone(),
            total_minor: amended.after.total_minor,
            rate_plan_id: sold.rate_plan_id,
            cancellation_terms: Terms(sold.terms.clone()),
            booked_room_type_id: room_type_id,
            status_on: amended.after.status_on,
            created_at: cause.at,
            updated_at: cause.at,
        })
    })
    .collect()
}

fn state_after(booking: &Booking, stays: &[Stay], amended: &[Amended], total: Money) -> NewState {
    let after: HashMap<Uuid, &Stay> = amended.iter().map(|amended| (amended.after.id, &amended.after)).collect();
    let there = stays.iter().map(|stay| after.get(&stay.id).copied().unwrap_or(stay));
    let added = amended.iter().filter(|amended| amended.wanted.is_new()).map(|amended| &amended.after);
    let (statuses, nights): (Vec<Status>, Vec<Nights>) = there.chain(added).map(|stay| (stay.status, stay.nights())).unzip();
    NewState {
        status: booking.status,
        total_minor: total.minor,
        hold_expires_at: booking.hold_expires_at,
        nights: rules::booking_nights(&statuses, &nights, booking.nights()),
    }
}

async fn answer(conn: &Conn, request: &AmendRequest<'_>, before: &Booking, lines: Vec<NewFolioEntry>) -> Result<Answer> {
    let reach = request.reach;
    let booking = repository::find(conn, reach, before.id).await?.ok_or_else(|| Error::not_found("booking"))?;
    let (version, currency) = (booking.version, booking.currency);
    let body = AmendmentOut {
        is_dry_run: request.is_dry_run,
        total_before: Money::new(before.total_minor, currency),
        difference: Money::new(booking.total_minor - before.total_minor, currency),
        entries: lines.into_iter().map(|line| AmendedEntry::new(line, currency)).collect(),
        booking: read::show_one(conn, reach, booking).await?,
    };
    Answer::ok(version, &body)
}

fn events(request: &AmendRequest<'_>, booking: &Booking, state: &NewState, amended: &[Amended], added: &[NewStay]) -> Vec<Event> {
    let none = None::<()>;
    let total = |minor| Money::new(minor, booking.currency);
    let mut changes = Changes::field("total", total(booking.total_minor), total(state.total_minor));
    if booking.nights() != state.nights {
        changes =
            changes.and("check_in", booking.check_in, state.nights.from).and("check_out", booking.check_out, state.nights.to);
    }
    if let Some(reason) = &request.body.reason {
        changes = changes.and("reason", none, reason);
    }
    let ignored: Vec<Restricted> = amended.iter().flat_map(|amended| amended.ignored.iter().copied()).collect();
    if !ignored.is_empty() {
        changes = changes.and("ignored_restrictions", none, ignored);
    }
    let mut told = vec![events::of_booking("booking.amended", booking.property_id, booking.id, changes)];
    let there = amended.iter().filter(|amended| !amended.wanted.is_new());
    let of_stay = |kind, id, changes: Changes, price: Option<(Money, Money)>| {
        let changes = match price {
            Some((listed, set)) => changes.and("nightly_price", listed, set),
            None => changes,
        };
        events::of_stay(kind, booking.property_id, booking.id, id, changes)
    };
    told.extend(there.map(|Amended { wanted: Wanted { stay, .. }, after, set_price, .. }| {
        of_stay("stay.amended", stay.id, Changes::between(stay, after), *set_price)
    }));
    let prices = amended.iter().filter(|amended| amended.wanted.is_new()).map(|amended| amended.set_price);
    told.extend(added.iter().zip(prices).map(|(stay, price)| of_stay("stay.created", stay.id, Changes::created(stay), price)));
    told
}
