//! Amending a booking: other dates, types, plans or guests for its stays.
//!
//! All is done in one transaction, rooms and prices included, and rolled back where it was only asked what it would come to.
mod events;
mod price;
mod wanted;
mod write;

use crate::answer::{Answer, etag};
use crate::app::App;
use crate::domains::bookings::dto::{AmendedEntry, AmendmentOut};
use crate::domains::bookings::model::commands::{Amend, AmendStay};
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository::{self, Live};
use crate::domains::bookings::rules::agreement::Agreement;
use crate::domains::bookings::rules::amendment::{Mention, Wanted};
use crate::domains::bookings::service::also::Also;
use crate::domains::bookings::service::attempts::{Ended, Setback, UseCase, until_done, within};
use crate::domains::bookings::service::caps;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::read;
use crate::domains::bookings::service::rooms::check_ready;
use crate::domains::bookings::service::rooms::occupancy::{self, Placement, Shift};
use crate::domains::folios::NewFolioEntry;
use crate::domains::inventory::{self, Allotment, AllottedNight, Counts, NightRow};
use crate::domains::offers::{self, Concerned};
use crate::domains::properties;
use crate::domains::stays::Status;
use crate::error::Or404;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::Cause;
use crate::security::permission::{BookingsOverride, BookingsPrice};
use crate::security::{Caller, Reach, Scope};
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use price::{Priced, Pricer};
use uuid::Uuid;
use write::Amendment;

/// An amendment of a booking.
pub struct AmendRequest<'a> {
    pub booking_id: Uuid,
    pub amend: &'a Amend,
    pub is_dry_run: bool,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub caller: &'a Caller,
    pub cause: &'a Cause,
    /// Agreement with staff, if there is one: the amendment is then done as by them.
    pub agreed: Option<Agreed<'a>>,
    /// Further write in the transaction of the amendment.
    pub also: Option<&'a Also>,
}

/// Agreement on an amendment, and the rooms that are set aside for it.
#[derive(Clone, Copy)]
pub struct Agreed<'a> {
    pub agreement: &'a Agreement,
    pub allotment_id: Uuid,
}

/// Result of a rehearsed amendment.
#[derive(Debug)]
pub struct Rehearsed {
    /// Version of the booking that was to be amended.
    pub version: i64,
    pub group_id: Option<Uuid>,
    pub total: Money,
    pub difference: Money,
    pub agreement: Agreement,
    /// The rooms that it needs beyond what the booking has.
    pub more: Counts,
    answer: Answer,
}

impl<'a> AmendRequest<'a> {
    /// Makes a request to be done, whatever the version.
    pub fn new(booking_id: Uuid, amend: &'a Amend, reach: &'a Reach, caller: &'a Caller, cause: &'a Cause) -> Self {
        Self { booking_id, amend, is_dry_run: false, seen: IfMatch(None), reach, caller, cause, agreed: None, also: None }
    }

    fn is_by_staff(&self, property_id: Uuid) -> bool {
        self.agreed.is_some() || self.reach.scope.covers(property_id)
    }
}

pub async fn amend(app: &App, key: &IdempotencyKey, request: &AmendRequest<'_>) -> Result<Answer> {
    match until_done(app, key, request, request.cause.at).await? {
        Ended::Done(answer) => Ok(answer),
        Ended::Rehearsed(rehearsed) => Ok(rehearsed.answer),
    }
}

/// Lets guests in the house stay until another day, for somebody who may amend bookings of the hotel. It is a part of a transaction, as
/// `within` says.
pub async fn extend_stay(
    app: &App,
    conn: &mut Conn,
    caller: &Caller,
    (property_id, booking_id, stay_id): (Uuid, Uuid, Uuid),
    check_out: NaiveDate,
    cause: &Cause,
) -> Result<()> {
    let stay = AmendStay { check_out: Some(check_out), ..AmendStay::of(stay_id) };
    let amended = Amend { stays: vec![stay], ..Amend::default() };
    let reach = Reach::of_scope(Scope::Properties([property_id].into()));
    within(app, conn, &AmendRequest::new(booking_id, &amended, &reach, caller, cause)).await
}

/// Rehearses an amendment. An answer is that to an earlier request with the key.
pub async fn rehearse_amendment(app: &App, key: &IdempotencyKey, request: &AmendRequest<'_>) -> Result<Ended<Box<Rehearsed>>> {
    let rehearsal = AmendRequest { is_dry_run: true, ..*request };
    until_done(app, key, &rehearsal, request.cause.at).await
}

impl UseCase for AmendRequest<'_> {
    type Rehearsed = Box<Rehearsed>;

    fn attempt<'a>(
        &'a self,
        app: &'a App,
        conn: &'a Conn,
        key: &'a IdempotencyKey,
        rearrange: bool,
    ) -> BoxFuture<'a, Result<Ended<Box<Rehearsed>>, Setback>> {
        async move {
            if let Some(answer) = idempotency::claim(conn, key).await? {
                return Ok(Ended::Done(answer));
            }
            let booking = find(conn, self).await?;
            self.seen.check(booking.version)?;
            check_what_is_for_staff(self, &booking)?;
            let live = self.lock_guest(conn, &booking).await?;
            let property = properties::hold(conn, booking.property_id).await?.or_404("booking")?;
            let desk = Desk::new(conn, &property, self.cause, rearrange);
            let stays = repository::stays_of(conn, &[&booking]).await?;
            let wanted = self.wanted(&desk, &booking, &stays)?;
            if let Some(live) = live {
                caps::check_amended(live, &stays, &wanted, &property)?;
            }

            let mut shifts: Vec<Shift> = wanted.iter().map(|one| shift(one, desk.today, self.agreed.is_some())).collect();
            occupancy::recall(&desk, shifts.iter_mut()).await?;
            let rows = self.lock(&desk, &booking, &shifts).await?;
            let priced = Pricer::load(app, &desk, self, &booking, &wanted).await?.price(wanted)?;
            // Who asks for today's prices need not know them: that they are what they were is an answer.
            if !priced.changes() && self.also.is_none() && !self.amend.reprice {
                return Err(wanted::changes_nothing(self.amend, &stays).into());
            }
            self.follow(&desk, &booking, &stays, &priced).await?;
            let placement = occupancy::place(&desk, &booking, &shifts, &rows).await?;
            check_ready(&desk, &movers(&shifts, &placement), true).await?;
            let amendment = Amendment::new(self, &booking, &stays, priced, &shifts, &placement);
            if amendment.changes() {
                amendment.write(&desk, &shifts, &placement).await?;
            }

            if self.is_dry_run {
                // To be sent as `If-Match` with the amendment itself.
                let seen = Some(etag(booking.version));
                let answer = Answer { etag: seen, ..answer(conn, self, &booking, &amendment).await? };
                return Ok(Ended::Rehearsed(Box::new(rehearsed(answer, &amendment, &shifts))));
            }
            let answer = self.answer(conn, &booking, &amendment).await?;
            idempotency::store(conn, key, &answer, &[]).await?;
            Ok(Ended::Done(answer))
        }
        .boxed()
    }
}

impl AmendRequest<'_> {
    /// Locks a guest who amends, and returns what they have beside the booking; none where staff do, or agreed.
    async fn lock_guest(&self, conn: &Conn, booking: &Booking) -> Result<Option<Live>> {
        if self.is_by_staff(booking.property_id) {
            return Ok(None);
        }
        Ok(Some(caps::lock(conn, booking, booking.contact_email.as_deref(), self.cause.at).await?))
    }

    /// The stays as they are to be, if the hotel allows that.
    fn wanted(&self, desk: &Desk<'_>, booking: &Booking, stays: &[Stay]) -> Result<Vec<Wanted>> {
        let wanted = wanted::wanted(self.amend, booking, stays, desk.today)?;
        wanted::check(desk, self, &wanted, booking, stays)?;
        if let Some(Agreed { agreement, .. }) = self.agreed {
            // Before anything is taken back: the nights that are locked are those that were agreed on.
            agreement.check(&wanted)?;
        }
        // A rehearsal for others tells them by itself, and a further write is one of its own.
        if wanted.is_empty() && self.also.is_none() {
            return Err(wanted::changes_nothing(self.amend, stays));
        }
        Ok(wanted)
    }

    /// Locks the nights concerned of a booking that is still as it was read. With an agreement, what is set aside for it is on sale then.
    async fn lock(&self, desk: &Desk<'_>, booking: &Booking, shifts: &[Shift]) -> Result<Vec<NightRow>, Setback> {
        let rows = occupancy::lock(desk, &shifts.iter().collect::<Vec<_>>()).await?;
        if !repository::is_current(desk.conn, booking).await? {
            return Err(Setback::Changed);
        }
        match self.agreed {
            Some(agreed) => Ok(take_back(desk, agreed.allotment_id, rows).await?),
            None => Ok(rows),
        }
    }

    /// Counts the offers of the booking as its stays are to be, before any booking is locked. What it takes off more than before must be
    /// within the limits.
    async fn follow(&self, desk: &Desk<'_>, booking: &Booking, stays: &[Stay], priced: &Priced) -> Result<()> {
        if priced.stays.iter().all(|amended| amended.offers.is_empty()) {
            return Ok(());
        }
        let (conn, property_id) = (desk.conn, desk.property_id());
        let mut held = offers::held(conn, property_id, booking.id).await?;
        for after in priced.stays.iter().flat_map(|amended| &amended.offers) {
            let own = held.iter_mut().find(|held| (held.stay_id, held.offer_id) == (after.held.stay_id, after.held.offer_id));
            if let Some(held) = own {
                held.discount_minor = after.nights.values().sum();
                held.lost_on = if after.is_lost { Some(desk.today) } else { held.lost_on };
            }
        }
        let concerned: Vec<Concerned> = stays.iter().map(concerned).collect();
        offers::follow(conn, (property_id, booking.id), &concerned, &held, desk.now()).await
    }

    /// Makes the answer: that of a further write, or else the amended booking.
    async fn answer(&self, conn: &Conn, booking: &Booking, amendment: &Amendment<'_>) -> Result<Answer> {
        let other = match self.also {
            Some(also) => also(conn, &find(conn, self).await?).await?,
            None => None,
        };
        match other {
            Some(answer) => Ok(answer),
            None => answer(conn, self, booking, amendment).await,
        }
    }
}

fn concerned(stay: &Stay) -> Concerned {
    Concerned { stay_id: stay.id, is_live: !matches!(stay.status, Status::Cancelled | Status::Expired) }
}

async fn find(conn: &Conn, request: &AmendRequest<'_>) -> Result<Booking> {
    repository::find(conn, request.reach, request.booking_id).await?.or_404("booking")
}

/// Gives up what is set aside for this, so that it can be counted as sold. The rows as they are then.
async fn take_back(desk: &Desk<'_>, allotment_id: Uuid, rows: Vec<NightRow>) -> Result<Vec<NightRow>> {
    let allotment = Allotment::read(desk.conn, desk.property_id(), allotment_id).await?;
    inventory::release_allotment(desk.conn, &allotment, desk.now()).await?;
    let remaining = |row: &NightRow| {
        let own = allotment.nights().find(|night| (night.night, night.room_type_id) == (row.night, row.room_type_id));
        own.map_or(0, AllottedNight::remaining)
    };
    Ok(rows.into_iter().map(|row| NightRow { allotted: row.allotted - remaining(&row), ..row }).collect())
}

fn check_what_is_for_staff(request: &AmendRequest<'_>, booking: &Booking) -> Result<()> {
    if request.agreed.is_some() {
        return Ok(());
    }
    let (caller, amend) = (request.caller, request.amend);
    let is_staff = request.is_by_staff(booking.property_id);
    let for_staff = |pointer: String| if is_staff { Ok(()) } else { Err(Error::invalid(pointer, "is for staff of the hotel")) };
    let of_stays = amend.stays.iter().enumerate().map(|(place, stay)| (Mention::Stay(place), stay.nightly_price));
    let of_added = amend.add_rooms.iter().enumerate().map(|(place, room)| (Mention::Added(place), room.nightly_price));
    for (mention, price) in of_stays.chain(of_added).filter_map(|(mention, price)| Some((mention, price?))) {
        for_staff(mention.pointer("nightly_price"))?;
        caller.require::<BookingsPrice>(booking.property_id)?;
        if price.currency != booking.currency {
            return Err(Error::invalid(mention.pointer("nightly_price/currency"), format!("must be {}", booking.currency)));
        }
    }
    if amend.ignore_restrictions {
        for_staff("/ignore_restrictions".into())?;
        caller.require::<BookingsOverride>(booking.property_id)?;
    }
    if amend.reprice {
        for_staff("/reprice".into())?;
    }
    Ok(())
}

/// Returns the rooms to which guests in the house move.
fn movers(shifts: &[Shift], placement: &Placement) -> Vec<Uuid> {
    let moves = |(shift, room_id): (&Shift, &Option<Uuid>)| room_id.filter(|_| shift.moves_on.is_some());
    shifts.iter().zip(&placement.rooms).filter_map(moves).collect()
}

fn shift(wanted: &Wanted, today: NaiveDate, may_go_without: bool) -> Shift {
    let is_in_house = wanted.stay.status == Status::CheckedIn;
    let changes_type = wanted.occupied_type() != wanted.stay.room_type_id;
    Shift {
        moves_on: (is_in_house && changes_type).then_some(today.max(wanted.stay.check_in)),
        left: Vec::new(),
        may_go_without,
        before: wanted.had(),
        after: Some(wanted.nights),
        room_type_id: wanted.occupied_type(),
        is_in_house,
        is_arriving: false,
        has_begun: false,
        stay: wanted.stay.clone(),
    }
}

fn rehearsed(answer: Answer, amendment: &Amendment<'_>, shifts: &[Shift]) -> Rehearsed {
    let Amendment { booking, stays, total, .. } = amendment;
    let mut more = occupancy::deltas(shifts);
    more.retain(|_, rooms| *rooms > 0);
    Rehearsed {
        version: booking.version,
        group_id: booking.group_id,
        total: *total,
        difference: Money::new(total.minor - booking.total_minor, booking.currency),
        agreement: Agreement::of(stays.iter().filter_map(|amended| Some((&amended.wanted, amended.sold.as_ref()?)))),
        more,
        answer,
    }
}

async fn answer(conn: &Conn, request: &AmendRequest<'_>, before: &Booking, amendment: &Amendment<'_>) -> Result<Answer> {
    let booking = find(conn, request).await?;
    let (version, currency) = (booking.version, booking.currency);
    let lines: Vec<NewFolioEntry> = amendment.lines().collect();
    let body = AmendmentOut {
        dry_run: request.is_dry_run,
        is_dry_run: request.is_dry_run,
        total_before: Money::new(before.total_minor, currency),
        difference: Money::new(booking.total_minor - before.total_minor, currency),
        lost_offers: amendment.lost_offers(currency),
        entries: lines.into_iter().map(|line| AmendedEntry::new(line, currency)).collect(),
        booking: read::show_one(conn, request.reach, booking).await?,
    };
    Answer::ok(version, &body)
}
