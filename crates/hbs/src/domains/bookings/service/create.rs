//! Creating a booking: the transaction in which a room is sold.
//!
//! One attempt is one transaction of five round trips: BEGIN; claim the key, lock the inventory rows
//! and read what prices depend on; count the nights as sold and see which rooms are free; write
//! everything and store the answer; COMMIT. Locking and choosing are two statements: one statement
//! would choose on a snapshot from before the lock.
use super::arrange::{Need, make_room, widest_range};
use super::group::{GroupTerms, Left};
use super::guests;
use super::holds::{InTheWay, expire_in_the_way, overdue_in_the_way};
use super::letters;
use super::moves::move_stays;
use super::occupancy;
use super::{ATTEMPTS, Also};
use crate::answer::{Answer, etag};
use crate::app::App;
use crate::domains::bookings::dto::{BookingOut, CreateBooking, CreateWalkIn, RoomRequest, StayGuest, Viewer};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::events;
use crate::domains::bookings::model::{Booking, FolioKind, NewBooking, NewFolioEntry, NewStay, Stay, StayGuestRow, Terms};
use crate::domains::bookings::quote::Quote;
use crate::domains::bookings::reference;
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::{self, Limits, Status};
use crate::domains::bookings::selling::{self, Choice as Selling, DIRECT, Restricted, Sold, WALK_IN, Wish};
use crate::domains::catalogue::{Catalogue, Catalogues};
use crate::domains::groups::{self, GroupError};
use crate::domains::inventory::{self, Allotment, Counts, NightRow, Nights, RoomGap, solver};
use crate::domains::properties::{self, Property};
use crate::domains::rates::engine::{Asked, CancellationTerms, Party};
use crate::domains::rates::{HotelRates, pricing};
use crate::domains::rooms::{self, Room, RoomType};
use crate::error::OnConstraint;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause, Changes, Event};
use crate::security::permission::{BookingsOverride, BookingsPrice, BookingsWrite, StaysCheckIn};
use crate::security::{DataKey, OwnOr};
use crate::stamps;
use crate::stores::postgres::Conn;
use crate::texts::Languages;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use futures_util::try_join;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// A request with what is known before the transaction.
struct Order<'a> {
    request: &'a CreateBooking,
    nights: Nights,
    channel: &'a str,
    /// The rooms asked for, in their order.
    wishes: Vec<Wish<'a>>,
    /// What they have been quoted at.
    quote: Option<Quote>,
    /// With the group whose rooms are taken first.
    group: Option<&'a GroupTerms>,
    types: Vec<Uuid>,
    /// Rooms asked for, per type.
    wanted: BTreeMap<Uuid, i32>,
    guest_user_id: Option<Uuid>,
    viewer: Viewer,
    /// What its stays begin as.
    status: Status,
    ending: Ending<'a>,
    cause: Cause,
    now: DateTime<Utc>,
}

impl<'a> Order<'a> {
    /// By the rules for guests, at the price there is, or that was agreed on.
    fn of_guest(request: &'a CreateBooking, nights: Nights, group: Option<&'a GroupTerms>, cause: Cause) -> Self {
        let mut wanted = BTreeMap::new();
        for room in &request.rooms {
            *wanted.entry(room.room_type_id).or_insert(0) += 1;
        }
        Self {
            request,
            nights,
            channel: request.channel.as_deref().unwrap_or(DIRECT),
            wishes: request.rooms.iter().map(|room| wish(room, group)).collect(),
            quote: None,
            group,
            types: wanted.keys().copied().collect(),
            wanted,
            guest_user_id: request.guest_user_id,
            viewer: Viewer::Guest,
            status: if request.hold_minutes.is_some() { Status::Held } else { Status::Confirmed },
            ending: Ending::Sell,
            now: cause.at,
            cause,
        }
    }

    /// The rooms asked for, night by night.
    fn counts(&self) -> Counts {
        let of_type = |(kind, rooms): (&Uuid, &i32)| {
            let (kind, rooms) = (*kind, *rooms);
            self.nights.iter().map(move |night| ((night, kind), rooms))
        };
        self.wanted.iter().flat_map(of_type).collect()
    }
}

/// How an attempt ends that found rooms.
#[derive(Clone, Copy)]
enum Ending<'a> {
    Sell,
    /// What else the sale is about is written with it, or keeps it from being made.
    With(&'a Also),
    /// It was only asked whether it is possible, and is rolled back.
    Rehearse,
}

/// What an attempt came to.
enum Outcome {
    Done(Answer),
    /// Nothing was free, but what is overdue may be in the way.
    SoldOut(BookingError, InTheWay),
    /// Every night has a room, but none is free throughout.
    Scattered,
    /// The reference exists already.
    ReferenceTaken,
}

/// `spoken` is what the request would be answered in: a guest's own languages.
pub async fn create(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    spoken: &Languages,
    request: CreateBooking,
) -> Result<Answer> {
    // Staff book in their own language for guests of any.
    let is_guest = !who.reach.scope.covers(request.property_id);
    let locale = request.locale.clone().or_else(|| letters::locale_of(spoken).filter(|_| is_guest));
    let request = CreateBooking { locale, ..request };
    sell_to(app, who, key, request, Status::Confirmed).await
}

/// Tries a sale to a guest and rolls it back: fails as the sale would. An answer that is no replay says that the guest can book.
pub async fn rehearse(app: &App, key: &IdempotencyKey, request: &CreateBooking, cause: &Cause) -> Result<Answer> {
    let nights = Nights::new(request.check_in, request.check_out);
    rules::check_order(nights).map_err(Error::invalid_fields)?;
    let order = Order { ending: Ending::Rehearse, ..Order::of_guest(request, nights, None, cause.clone()) };
    run(app, key, &order).await
}

/// Holds rooms for a guest who waits for them, together with what else that is written for, or not at all. By the rules for guests; the hotel
/// decides for how long.
pub async fn hold_for_guest(app: &App, request: &CreateBooking, cause: &Cause, also: &Also) -> Result<Answer> {
    let nights = Nights::new(request.check_in, request.check_out);
    let order = Order { ending: Ending::With(also), ..Order::of_guest(request, nights, None, cause.clone()) };
    run(app, &IdempotencyKey::none(), &order).await
}

/// Sells rooms that are ready to guests who are at the desk, and checks them in.
pub async fn walk_in(app: &App, who: &OwnOr<BookingsWrite>, key: &IdempotencyKey, request: CreateWalkIn) -> Result<Answer> {
    if !who.reach.scope.covers(request.property_id) {
        return Err(Error::not_found("property"));
    }
    who.caller.require::<StaysCheckIn>(request.property_id)?;
    let property = properties::find(&*app.db.conn().await?, request.property_id).await?;
    let property = property.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
    let request = request.into_booking(property.business_date(app.clock.now()), WALK_IN);
    sell_to(app, who, key, request, Status::CheckedIn).await
}

async fn sell_to(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    key: &IdempotencyKey,
    request: CreateBooking,
    status: Status,
) -> Result<Answer> {
    let nights = Nights::new(request.check_in, request.check_out);
    rules::check_order(nights).map_err(Error::invalid_fields)?;
    let status = if request.hold_minutes.is_some() { Status::Held } else { status };
    let group = group(app, &request).await?;
    run(app, key, &Order { status, ..order(app, who, &request, nights, group.as_ref())? }).await
}

async fn run(app: &App, key: &IdempotencyKey, order: &Order<'_>) -> Result<Answer> {
    let mut rearrange = false;
    for _ in 0..ATTEMPTS {
        match attempt(app, key, order, rearrange).await? {
            Outcome::Done(answer) => {
                app.relay.wake();
                app.mailer.wake();
                return Ok(answer);
            }
            Outcome::SoldOut(error, overdue) if overdue.is_empty() => return Err(error.into()),
            Outcome::SoldOut(_, overdue) => expire_in_the_way(app, &overdue, order.now).await?,
            Outcome::Scattered => rearrange = true,
            Outcome::ReferenceTaken => {}
        }
    }
    Err(BookingError::Busy.into())
}

async fn group(app: &App, request: &CreateBooking) -> Result<Option<GroupTerms>> {
    let Some(code) = &request.group_code else { return Ok(None) };
    if request.quote.is_some() {
        return Err(Error::invalid("/quote", "is not for rooms of a group, which have rates of their own"));
    }
    let conn = app.db.conn().await?;
    let group = match groups::code(code) {
        Some(code) => groups::find_by_code(&conn, request.property_id, &code).await?,
        None => None,
    };
    let group = group.ok_or_else(|| Error::invalid("/group_code", "is not the code of a group of the hotel"))?;
    Ok(Some(GroupTerms::of(&conn, group).await?))
}

/// Who books what for whom. Staff book for others; guests for themselves, at the price there is.
fn order<'a>(
    app: &App,
    who: &OwnOr<BookingsWrite>,
    request: &'a CreateBooking,
    nights: Nights,
    group: Option<&'a GroupTerms>,
) -> Result<Order<'a>> {
    let is_staff = who.reach.scope.covers(request.property_id);
    let guest_user_id = match request.guest_user_id {
        Some(id) if !is_staff && who.caller.user_id() != Some(id) => {
            return Err(Error::invalid("/guest_user_id", "only staff of the hotel book for somebody else"));
        }
        Some(id) => Some(id),
        None if is_staff => None,
        None => Some(who.caller.user_id().ok_or_else(|| Error::not_found("property"))?),
    };
    if !is_staff && (request.channel.is_some() || request.external_reference.is_some()) {
        let pointer = if request.channel.is_some() { "/channel" } else { "/external_reference" };
        return Err(Error::invalid(pointer, "is for staff of the hotel"));
    }
    if request.external_reference.is_some() && request.channel.is_none() {
        return Err(Error::invalid("/channel", "is needed with an external_reference"));
    }
    if let Some(line) = request.rooms.iter().position(|room| room.nightly_price.is_some()) {
        who.caller.require::<BookingsPrice>(request.property_id)?;
        if !is_staff {
            return Err(Error::invalid(format!("/rooms/{line}/nightly_price"), "only who books for others sets a price"));
        }
    }
    if let Some(line) = request.rooms.iter().position(|room| !room.guests.is_empty()) {
        if !is_staff {
            return Err(Error::invalid(format!("/rooms/{line}/guests"), "is for staff of the hotel"));
        }
        who.caller.require::<StaysCheckIn>(request.property_id)?;
    }
    for (line, room) in request.rooms.iter().enumerate() {
        let wrong = |place| Error::invalid(format!("/rooms/{line}/guests/{place}/birth_date"), "is not past");
        guests::check_born(&room.guests, app.clock.now()).map_err(wrong)?;
    }
    if request.ignore_restrictions {
        who.caller.require::<BookingsOverride>(request.property_id)?;
        if !is_staff {
            return Err(Error::invalid("/ignore_restrictions", "only who books for others sells against restrictions"));
        }
    }
    let named = request.rooms.iter().position(|room| room.room_id.is_some());
    if let Some(line) = named.filter(|_| !is_staff) {
        return Err(Error::invalid(format!("/rooms/{line}/room_id"), "only staff of the hotel choose a room by name"));
    }
    let quote = request.quote.as_deref().map(|token| Quote::from_token(token, &app.security.data_key)).transpose()?;
    let order = Order::of_guest(request, nights, group, who.caller.cause(app.clock.now()));
    if let Some(quote) = &quote {
        let differences = quote.differences(request.property_id, nights, order.channel, &order.wishes);
        if !differences.is_empty() {
            return Err(Error::invalid_fields(differences));
        }
    }
    let viewer = if is_staff { Viewer::Staff } else { Viewer::Guest };
    Ok(Order { quote, guest_user_id, viewer, ..order })
}

/// As asked for; where that names no plan, in the group's.
fn wish<'a>(room: &'a RoomRequest, group: Option<&GroupTerms>) -> Wish<'a> {
    Wish {
        room_type_id: room.room_type_id,
        rate_plan_id: group.map_or(room.rate_plan_id, |group| group.plan(room.rate_plan_id)),
        party: Party { adults: room.adults, children_ages: &room.children_ages },
        nightly_price: room.nightly_price,
    }
}

async fn attempt(app: &App, key: &IdempotencyKey, order: &Order<'_>, rearrange: bool) -> Result<Outcome> {
    let mut conn = app.db.conn().await?;
    let reference = reference::draw();
    let result = conn
        .transaction(async |conn| {
            let range = if rearrange { range_to_rearrange(conn, order).await? } else { order.nights };
            let prepared = match prepare(app, conn, key, order, range).await? {
                Ok(prepared) => prepared,
                Err(answer) => return Ok(Outcome::Done(answer)),
            };
            sell(conn, key, order, &prepared, &reference, rearrange, &app.security.data_key).await
        })
        .await;
    match result {
        Err(Stop::Outcome(outcome)) => Ok(outcome),
        Err(Stop::Error(error)) => Err(error),
        Ok(outcome) => Ok(outcome),
    }
}

/// Why a transaction is rolled back: a failure, or an outcome that needs another attempt.
enum Stop {
    Outcome(Outcome),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Error(error.into())
    }
}

/// What the first round trip brings.
struct Prepared<'a> {
    catalogue: Arc<Catalogue>,
    rates: HotelRates,
    rows: Vec<NightRow>,
    set_aside: Option<Allotment>,
    /// Each line with its plan.
    lines: Vec<Selling<'a>>,
    /// The restrictions against which staff sell.
    ignored: Vec<Restricted>,
}

/// Claims the key, locks, and reads what the sale depends on: or finds the answer to an earlier request.
async fn prepare<'a>(
    app: &App,
    conn: &Conn,
    key: &IdempotencyKey,
    order: &Order<'a>,
    range: Nights,
) -> Result<Result<Prepared<'a>, Answer>, Stop> {
    let property_id = order.request.property_id;
    let of_db = |error: diesel::result::Error| Error::from(error);
    let (replay, guest, rows, version, night_rates) = try_join!(
        idempotency::claim(conn, key),
        async { lock_guest(conn, order).await.map_err(of_db) },
        async { inventory::lock(conn, property_id, &order.types, range).await.map_err(of_db) },
        async { stamps::version(conn, property_id).await.map_err(of_db) },
        async { pricing::load_nights(conn, property_id, Some(&order.types), order.nights).await.map_err(of_db) },
    )?;
    if let Some(answer) = replay {
        return Ok(Err(answer));
    }
    let catalogue = Catalogues::of(app).get(conn, property_id, version).await?;
    let catalogue = catalogue.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
    let (property, rates) = (&catalogue.property, catalogue.rates.at(night_rates));
    if !guest {
        return Err(Error::invalid("/guest_user_id", "is not a user").into());
    }
    if let Some(quote) = &order.quote {
        quote.check_holds(order.now)?;
    }
    let lines = validate(order, &catalogue, &rates)?;
    let set_aside = set_aside(conn, order).await?;
    let is_agreed = set_aside.as_ref().is_some_and(|agreed| agreed.covers(&order.counts()));
    let ignored = if is_agreed { Vec::new() } else { check_restrictions(order, property, &rates, &lines)? };
    let rows = match &set_aside {
        Some(allotment) => allotment.seen_by_its_own(&rows, &order.counts()),
        None => rows,
    };
    if order.request.hold_minutes.is_some() {
        check_hold_cap(conn, order, property).await?;
    }
    Ok(Ok(Prepared { catalogue, rates, rows, set_aside, lines, ignored }))
}

/// What is set aside for the group, once the rows are locked and it can change no more.
async fn set_aside(conn: &Conn, order: &Order<'_>) -> Result<Option<Allotment>> {
    let Some(GroupTerms { group, .. }) = order.group else { return Ok(None) };
    let is_open = groups::find_in(conn, group.property_id, group.id).await?.is_some_and(|group| group.released_at.is_none());
    if !is_open {
        return Err(GroupError::Released.into());
    }
    occupancy::set_aside(conn, group.property_id, Some(group.id)).await
}

/// Locks the guest of a hold, whose holds are counted; of others asks only whether they exist.
async fn lock_guest(conn: &Conn, order: &Order<'_>) -> diesel::QueryResult<bool> {
    match (order.guest_user_id, order.request.hold_minutes, order.request.guest_user_id) {
        (Some(user_id), Some(_), _) => repository::lock_user(conn, user_id).await,
        (Some(user_id), None, Some(_)) => repository::user_exists(conn, user_id).await,
        _ => Ok(true),
    }
}

async fn check_hold_cap(conn: &Conn, order: &Order<'_>, property: &Property) -> Result<()> {
    if order.viewer == Viewer::Staff {
        return Ok(());
    }
    let Some(user_id) = order.guest_user_id else { return Ok(()) };
    let held = repository::live_holds(conn, property.id, user_id, order.now).await?;
    if held >= i64::from(property.max_live_holds) {
        Err(BookingError::TooManyHolds(property.max_live_holds).into())
    } else {
        Ok(())
    }
}

fn validate<'a>(order: &Order<'a>, catalogue: &Catalogue, rates: &HotelRates) -> Result<Vec<Selling<'a>>> {
    let property = &catalogue.property;
    let limits = Limits::of(property, order.now);
    let limits = if order.viewer == Viewer::Staff { limits.for_staff() } else { limits };
    let mut errors = rules::check_limits(order.nights, order.request.rooms.len(), &limits).err().unwrap_or_default();
    let lines = selling::choose(&wishes_as_quoted(order), catalogue, rates).unwrap_or_else(|wrong| {
        errors.extend(wrong);
        Vec::new()
    });
    // What HBS holds by itself, it holds for as long as the hotel says.
    let is_capped = !matches!(order.ending, Ending::With(_));
    if is_capped && order.request.hold_minutes.is_some_and(|minutes| minutes > property.max_hold_minutes) {
        let most = property.max_hold_minutes;
        errors
            .push(crate::error::FieldError::body("/hold_minutes", format!("this hotel holds rooms for at most {most} minutes")));
    }
    if order.request.expected_total.is_some_and(|total| total.currency != property.currency) {
        errors.push(crate::error::FieldError::body("/expected_total/currency", format!("must be {}", property.currency)));
    }
    if errors.is_empty() { Ok(lines) } else { Err(Error::invalid_fields(errors)) }
}

/// With a quote, its plans are meant where the request names none.
fn wishes_as_quoted<'a>(order: &Order<'a>) -> Vec<Wish<'a>> {
    let mut wishes = order.wishes.clone();
    for (wish, quoted) in wishes.iter_mut().zip(order.quote.iter().flat_map(|quote| &quote.rooms)) {
        wish.rate_plan_id = Some(quoted.rate_plan_id);
    }
    wishes
}

/// The restrictions in the way, if they are to be ignored; else there are none.
fn check_restrictions(
    order: &Order<'_>,
    property: &Property,
    rates: &HotelRates,
    lines: &[Selling<'_>],
) -> Result<Vec<Restricted>> {
    let asked = Asked { today: property.business_date(order.now), channel: order.channel };
    let restricted = selling::restrictions(lines, rates, order.nights, asked);
    if restricted.is_empty() || order.request.ignore_restrictions {
        Ok(restricted)
    } else {
        Err(BookingError::Restricted(restricted).into())
    }
}

/// A stay as it will be, with the lines of its folio.
struct Line {
    stay_id: Uuid,
    rate_plan_id: Uuid,
    terms: CancellationTerms,
    folio: Vec<NewFolioEntry>,
    total: i64,
}

async fn sell(
    conn: &mut Conn,
    key: &IdempotencyKey,
    order: &Order<'_>,
    prepared: &Prepared<'_>,
    reference: &str,
    rearrange: bool,
    data_key: &DataKey,
) -> Result<Outcome, Stop> {
    let property_id = order.request.property_id;
    if order.status == Status::CheckedIn && prepared.catalogue.property.requires_identity {
        check_guests(order.request)?;
    }
    let in_range: Vec<NightRow> = prepared.rows.iter().filter(|row| order.nights.contains(row.night)).copied().collect();
    let short = inventory::shortages(&in_range, &order.wanted, order.nights);
    if !short.is_empty() {
        // While the nights are locked no hold can expire: what is not found here is not in the way.
        let overdue = overdue_in_the_way(conn, property_id, order.nights, order.now).await?;
        return Err(Stop::Outcome(Outcome::SoldOut(BookingError::NoAvailability(short), overdue)));
    }
    let lines = lines(order, prepared)?;
    let total = Money::new(lines.iter().map(|line| line.total).sum(), prepared.catalogue.property.currency);
    if let Some(expected) = order.request.expected_total.filter(|expected| *expected != total) {
        return Err(Error::from(BookingError::PriceChanged { expected, actual: total }).into());
    }

    let shared = &*conn;
    let gaps = async { Ok(inventory::gaps(shared, property_id, &order.types, order.nights).await?) };
    let ((), mut gaps) = try_join!(count(shared, order, prepared), gaps)?;
    if order.status == Status::CheckedIn {
        leave_out_unready(shared, order, &mut gaps).await?;
    }

    let choice = choose(order, &in_range, &gaps)?;
    let rooms = match choice.scattered.is_empty() {
        true => choice.rooms,
        false if rearrange => rearranged(shared, order, prepared, &gaps, choice).await?,
        false => return Err(Stop::Outcome(Outcome::Scattered)),
    };
    if order.status == Status::CheckedIn && rooms.contains(&None) {
        return Err(Error::from(BookingError::NoRoomAssigned).into());
    }
    write(shared, key, order, prepared, reference, lines, total, &rooms, &gaps, data_key).await
}

/// Guests at the desk show who they are, where the hotel must know.
fn check_guests(request: &CreateBooking) -> Result<()> {
    let is_unknown = |room: &RoomRequest| !room.guests.iter().any(StayGuest::is_identified);
    match request.rooms.iter().position(is_unknown) {
        Some(line) => {
            let detail = "needs somebody with birth_date, nationality and document: the hotel must know its guests";
            Err(Error::invalid(format!("/rooms/{line}/guests"), detail))
        }
        None => Ok(()),
    }
}

/// Counts the nights as sold, of a group as picked up.
async fn count(conn: &Conn, order: &Order<'_>, prepared: &Prepared<'_>) -> Result<()> {
    let property_id = order.request.property_id;
    if prepared.set_aside.is_some() {
        return occupancy::count(conn, property_id, prepared.set_aside.as_ref(), &order.counts(), order.now).await;
    }
    let take = |(kind, rooms): (&Uuid, &i32)| inventory::take(conn, property_id, *kind, order.nights, *rooms, order.now);
    futures_util::future::try_join_all(order.wanted.iter().map(take)).await?;
    Ok(())
}

/// Guests at the desk go to rooms that others have left and that are ready.
async fn leave_out_unready(conn: &Conn, order: &Order<'_>, gaps: &mut Vec<RoomGap>) -> Result<()> {
    let rooms: Vec<Uuid> = gaps.iter().map(|gap| gap.room_id).collect();
    let (unready, in_use) = try_join!(rooms::not_ready(conn, &rooms), async {
        Ok(repository::rooms_with_guests(conn, order.request.property_id, &rooms).await?)
    },)?;
    if let Some((_, number)) = in_use.iter().find(|(id, _)| order.request.rooms.iter().any(|room| room.room_id == Some(*id))) {
        return Err(BookingError::RoomOccupied(number.clone()).into());
    }
    let named = |room: &Room| order.request.rooms.iter().any(|request| request.room_id == Some(room.id));
    if let Some(room) = unready.iter().find(|room| named(room)) {
        return Err(BookingError::RoomNotReady { number: room.number.clone(), housekeeping: room.housekeeping }.into());
    }
    let is_free =
        |gap: &RoomGap| !unready.iter().any(|room| room.id == gap.room_id) && !in_use.iter().any(|(id, _)| *id == gap.room_id);
    gaps.retain(is_free);
    Ok(())
}

/// What each room costs, by the quote if there is one, as lines of the folio.
fn lines(order: &Order<'_>, prepared: &Prepared<'_>) -> Result<Vec<Line>> {
    let sold = match &order.quote {
        Some(quote) => quote.sold(),
        None => {
            let rates = &prepared.rates;
            let mut left = prepared.set_aside.as_ref().map(Left::of);
            let sold = |line: &Selling<'_>| {
                let agreed = agreed_nights(order, line.room.room_type_id, left.as_mut());
                selling::sold(line, rates, &selling::price(line, rates, order.nights, &agreed))
            };
            prepared.lines.iter().map(sold).collect::<Result<_>>()?
        }
    };
    let line = |(sold, line): (Sold, &Selling<'_>)| {
        let kind = prepared.catalogue.room_type(line.room.room_type_id);
        Ok(line_of(sold, kind.ok_or_else(|| Error::internal("a room type that was chosen is not there"))?))
    };
    sold.into_iter().zip(&prepared.lines).map(line).collect()
}

/// What the nights of a room were agreed at with its group: those on which rooms are left of what was set aside, after the rooms before it.
fn agreed_nights(order: &Order<'_>, room_type_id: Uuid, left: Option<&mut Left<'_>>) -> BTreeMap<NaiveDate, i64> {
    let (Some(group), Some(left)) = (order.group, left) else { return BTreeMap::new() };
    let nights: Vec<NaiveDate> = order.nights.iter().filter(|night| left.take(*night, room_type_id)).collect();
    group.at_its_rate(&nights, room_type_id)
}

fn line_of(sold: Sold, kind: &RoomType) -> Line {
    let stay_id = Uuid::now_v7();
    let (folio, total) = (folio_of(stay_id, &sold, &kind.name), sold.total());
    Line { stay_id, rate_plan_id: sold.rate_plan_id, terms: sold.terms, folio, total }
}

/// The lines of a folio for what is sold: each night's room, then its taxes.
pub fn folio_of(stay_id: Uuid, sold: &Sold, room_type: &str) -> Vec<NewFolioEntry> {
    let mut folio = Vec::new();
    for night in &sold.nights {
        let line = |kind, amount_minor, description: &str, tax_rule_id| NewFolioEntry {
            stay_id,
            kind,
            service_date: night.date,
            amount_minor,
            description: description.to_owned(),
            tax_rule_id,
            reverses_id: None,
        };
        folio.push(line(FolioKind::Room, night.room_minor, room_type, None));
        folio.extend(night.taxes.iter().map(|tax| line(FolioKind::Tax, tax.amount_minor, &tax.name, Some(tax.tax_rule_id))));
    }
    folio
}

/// A room for each line, or none for lines that are sold beyond capacity.
struct Choice {
    rooms: Vec<Option<Uuid>>,
    /// The types of which every night has a room, but no room has all nights.
    scattered: Vec<Uuid>,
}

fn choose(order: &Order<'_>, rows: &[NightRow], gaps: &[RoomGap]) -> Result<Choice> {
    let mut scattered = Vec::new();
    let mut taken = Vec::new();
    let mut chosen = vec![None; order.request.rooms.len()];
    for (line, room) in order.request.rooms.iter().enumerate() {
        let Some(room_id) = room.room_id else { continue };
        let gap = gaps
            .iter()
            .find(|gap| gap.room_id == room_id && gap.room_type_id == room.room_type_id)
            .ok_or_else(|| Error::invalid(format!("/rooms/{line}/room_id"), "is not a room of this type"))?;
        if taken.contains(&room_id) || !gap.is_free(order.nights) {
            return Err(BookingError::RoomTaken { line, number: gap.number.clone() }.into());
        }
        taken.push(room_id);
        chosen[line] = Some(room_id);
    }
    for (line, room) in order.request.rooms.iter().enumerate().filter(|(_, room)| room.room_id.is_none()) {
        match solver::best_fit(gaps, room.room_type_id, order.nights, &taken) {
            Some(gap) => {
                taken.push(gap.room_id);
                chosen[line] = Some(gap.room_id);
            }
            None if is_overbooked(order, rows, room.room_type_id) || scattered.contains(&room.room_type_id) => {}
            None => scattered.push(room.room_type_id),
        }
    }
    Ok(Choice { rooms: chosen, scattered })
}

/// Whether the sale goes beyond the rooms that there are on some night: then a stay goes without.
fn is_overbooked(order: &Order<'_>, rows: &[NightRow], room_type_id: Uuid) -> bool {
    let wanted = order.wanted[&room_type_id];
    rows.iter().any(|row| row.room_type_id == room_type_id && row.rooms_left() < wanted)
}

async fn range_to_rearrange(conn: &Conn, order: &Order<'_>) -> Result<Nights, Stop> {
    let property_id = order.request.property_id;
    let property = properties::find(conn, property_id).await?;
    let today = property.map_or(order.nights.from, |property| property.business_date(order.now));
    Ok(widest_range(conn, property_id, &order.types, order.nights, today).await?)
}

/// Moves stays of the scattered types until the lines fit. The caller holds the rows of all nights concerned.
async fn rearranged(
    conn: &Conn,
    order: &Order<'_>,
    prepared: &Prepared<'_>,
    gaps: &[RoomGap],
    choice: Choice,
) -> Result<Vec<Option<Uuid>>, Stop> {
    let property_id = order.request.property_id;
    let today = prepared.catalogue.property.business_date(order.now);
    let locked_to = prepared.rows.iter().map(|row| row.night).max().unwrap_or(order.nights.to);
    let mut chosen = choice.rooms;
    let (mut moved, mut moves) = (Vec::new(), Vec::new());
    let asked = || order.request.rooms.iter().enumerate();
    let taken: Vec<(Uuid, Nights)> = asked().filter_map(|(_, room)| Some((room.room_id?, order.nights))).collect();
    for kind in &choice.scattered {
        let open: Vec<usize> =
            asked().filter(|(_, room)| room.room_type_id == *kind && room.room_id.is_none()).map(|(line, _)| line).collect();
        let need = Need {
            room_type_id: *kind,
            rooms: gaps.iter().filter(|gap| gap.room_type_id == *kind).map(|gap| gap.room_id).collect(),
            wanted: vec![order.nights; open.len()],
            taken: &taken,
        };
        let arranged = make_room(conn, property_id, need, today, locked_to).await?;
        moved.extend(arranged.occupancies);
        moves.extend(arranged.moves);
        for (line, room) in open.into_iter().zip(arranged.rooms) {
            chosen[line] = Some(room);
        }
    }
    // All types at once, so that the bookings are locked in one order.
    move_stays(conn, property_id, &moved, &moves, &Cause::system(order.now)).await?;
    Ok(chosen)
}

/// The last round trip before COMMIT: everything that is new, and the answer.
#[expect(clippy::too_many_arguments, reason = "one step of one transaction; a struct would only rename them")]
async fn write(
    conn: &Conn,
    key: &IdempotencyKey,
    order: &Order<'_>,
    prepared: &Prepared<'_>,
    reference: &str,
    lines: Vec<Line>,
    total: Money,
    rooms: &[Option<Uuid>],
    gaps: &[RoomGap],
    data_key: &DataKey,
) -> Result<Outcome, Stop> {
    let request = order.request;
    let property_id = prepared.catalogue.property.id;
    let hold_expires_at = request.hold_minutes.map(|minutes| order.now + TimeDelta::minutes(minutes.into()));
    let booking = NewBooking {
        property_id,
        id: Uuid::now_v7(),
        reference,
        status: order.status,
        channel: order.channel,
        external_reference: request.external_reference.as_deref(),
        user_id: order.guest_user_id,
        created_by: order.cause.user_id(),
        created_by_key: order.cause.api_key_id(),
        contact_name: &request.contact.full_name,
        contact_email: &request.contact.email,
        contact_phone: request.contact.phone.as_deref(),
        special_requests: request.special_requests.as_deref(),
        check_in: order.nights.from,
        check_out: order.nights.to,
        currency: prepared.catalogue.property.currency,
        total_minor: total.minor,
        hold_expires_at,
        group_id: order.group.map(|group| group.group.id),
        locale: request.locale.as_ref(),
        created_at: order.now,
        updated_at: order.now,
    };
    let stays = new_stays(order, &booking, &lines, rooms, prepared.catalogue.property.business_date(order.now));
    let nights: Vec<_> = stays.iter().filter_map(|stay| Some((stay.id, stay.room_id?, order.nights))).collect();
    let prices = set_prices(order, prepared);
    let folio: Vec<NewFolioEntry> = lines.into_iter().flat_map(|line| line.folio).collect();
    let events = events(order, &booking, &stays, &prices, &prepared.ignored, total);
    let guests = guest_rows(order, property_id, &stays, data_key)?;
    let answer = answer(order, &booking, &stays, gaps)?;

    let of_db = |error: diesel::result::Error| Error::from(error);
    let insert = async {
        repository::insert_booking(conn, &booking)
            .await
            .on_constraint("bookings_external_reference_key", || BookingError::ExternalReferenceTaken)
    };
    let written = try_join!(
        insert,
        async { repository::insert_stays(conn, &stays).await.map_err(of_db) },
        async { inventory::occupy(conn, property_id, &nights, order.now).await.map_err(of_db) },
        async { repository::insert_folio(conn, property_id, booking.id, &folio, order.now).await.map_err(of_db) },
        async { repository::insert_guests(conn, &guests).await.map_err(of_db) },
        async { outbox::publish(conn, &order.cause, events).await.map_err(of_db) },
        async {
            letters::queue(conn, letters::of_sale(order.status), (property_id, booking.id), booking.contact_email)
                .await
                .map_err(of_db)
        },
        async { idempotency::store(conn, key, &answer).await.map_err(of_db) },
    );
    match written {
        Ok(_) => end(conn, order, &booking, answer).await,
        Err(error) if error.violates("bookings_reference_key") => Err(Stop::Outcome(Outcome::ReferenceTaken)),
        Err(error) => Err(error.into()),
    }
}

fn guest_rows(order: &Order<'_>, property_id: Uuid, stays: &[NewStay], data_key: &DataKey) -> Result<Vec<StayGuestRow>> {
    let of_room = |(room, stay): (&RoomRequest, &NewStay)| guests::rows(property_id, stay.id, &room.guests, data_key, order.now);
    let rows: Vec<_> = order.request.rooms.iter().zip(stays).map(of_room).collect::<Result<_>>()?;
    Ok(rows.into_iter().flatten().collect())
}

async fn end(conn: &Conn, order: &Order<'_>, booking: &NewBooking<'_>, answer: Answer) -> Result<Outcome, Stop> {
    match order.ending {
        Ending::Sell => Ok(Outcome::Done(answer)),
        Ending::With(also) => Ok(Outcome::Done(also(conn, &Booking::from(booking)).await?.unwrap_or(answer))),
        Ending::Rehearse => Err(Stop::Outcome(Outcome::Done(answer))),
    }
}

/// Where staff set a price: what the plan asks for the first night, and what they set.
fn set_prices(order: &Order<'_>, prepared: &Prepared<'_>) -> Vec<Option<(Money, Money)>> {
    let listed = |line: &Selling<'_>| {
        let minor = prepared.rates.tariff.night_minor(line.rate_plan_id, line.room, order.nights.from, line.wish.party);
        Money::new(minor, prepared.catalogue.property.currency)
    };
    prepared.lines.iter().map(|line| line.wish.nightly_price.map(|set| (listed(line), set))).collect()
}

fn new_stays(
    order: &Order<'_>,
    booking: &NewBooking<'_>,
    lines: &[Line],
    rooms: &[Option<Uuid>],
    today: NaiveDate,
) -> Vec<NewStay> {
    let requests = order.request.rooms.iter().zip(lines).zip(rooms).zip(0..);
    requests
        .map(|(((request, line), room_id), position)| NewStay {
            property_id: booking.property_id,
            id: line.stay_id,
            booking_id: booking.id,
            position,
            status: booking.status,
            room_type_id: request.room_type_id,
            room_id: *room_id,
            is_pinned: request.room_id.is_some(),
            check_in: booking.check_in,
            check_out: booking.check_out,
            adults: request.adults,
            children_ages: request.children_ages.clone(),
            guest_name: request.guest_name.clone(),
            total_minor: line.total,
            rate_plan_id: line.rate_plan_id,
            cancellation_terms: Terms(line.terms.clone()),
            booked_room_type_id: request.room_type_id,
            status_on: today,
            created_at: order.now,
            updated_at: order.now,
        })
        .collect()
}

/// One event for the booking and one for each stay, with the listed price where another was set.
fn events(
    order: &Order<'_>,
    booking: &NewBooking<'_>,
    stays: &[NewStay],
    prices: &[Option<(Money, Money)>],
    ignored: &[Restricted],
    total: Money,
) -> Vec<Event> {
    let none = None::<()>;
    let changes = Changes::field("reference", none, booking.reference)
        .and("status", none, booking.status)
        .and("channel", none, booking.channel)
        .and("external_reference", none, booking.external_reference)
        .and("user_id", none, booking.user_id)
        .and("check_in", none, booking.check_in)
        .and("check_out", none, booking.check_out)
        .and("total", none, total)
        .and("hold_expires_at", none, booking.hold_expires_at)
        .and("group_id", none, booking.group_id)
        .and("contact_name", none, none)
        .and("contact_email", none, none);
    let changes = if ignored.is_empty() { changes } else { changes.and("ignored_restrictions", none, ignored) };
    let changes = match &order.quote {
        Some(quote) => changes.and("quote_expires_at", none, quote.expires_at),
        None => changes,
    };
    let mut told = vec![events::of_booking("booking.created", booking.property_id, booking.id, changes)];
    told.extend(stays.iter().zip(prices).map(|(stay, price)| {
        let changes = Changes::created(stay);
        let changes = match price {
            Some((listed, set)) => changes.and("nightly_price", listed, set),
            None => changes,
        };
        events::of_stay("stay.created", booking.property_id, booking.id, stay.id, changes)
    }));
    told
}

fn answer(order: &Order<'_>, booking: &NewBooking<'_>, stays: &[NewStay], gaps: &[RoomGap]) -> Result<Answer> {
    let numbers: HashMap<Uuid, String> = gaps.iter().map(|gap| (gap.room_id, gap.number.clone())).collect();
    let (row, stays) = (Booking::from(booking), stays.iter().cloned().map(Stay::from).collect());
    let id = row.id;
    let body = serde_json::to_string(&BookingOut::new(row, stays, &numbers, order.viewer)).map_err(Error::internal)?;
    Ok(Answer {
        status: 201,
        location: Some(format!("/v1/bookings/{id}")),
        etag: Some(etag(1)),
        body: Some(body),
        replayed: false,
        is_secret: false,
    })
}
