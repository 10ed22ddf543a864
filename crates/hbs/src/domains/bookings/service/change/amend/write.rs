//! Writing an amendment.
use super::AmendRequest;
use super::events;
use super::price::{Amended, HeldAfter, Priced};
use crate::domains::bookings::dto::LostOffer;
use crate::domains::bookings::model::{Booking, NewStay, Stay, StayMove, TaxExemption, Terms};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::rules;
use crate::domains::bookings::rules::redemptions::{self, OfBooking};
use crate::domains::bookings::rules::selling::Sold;
use crate::domains::bookings::service::attempts::Setback;
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::letters;
use crate::domains::bookings::service::people;
use crate::domains::bookings::service::rooms::occupancy::{self, Placement, Shift};
use crate::domains::folios::{self, NewFolioEntry};
use crate::domains::inventory::Nights;
use crate::domains::offers::{self, Person};
use crate::domains::rooms;
use crate::domains::stays::Status;
use crate::money::{Currency, Money};
use crate::outbox;
use crate::{Error, Result};
use std::collections::HashMap;
use uuid::Uuid;

/// A booking with its stays as they are to be, and the rooms that they have then.
pub struct Amendment<'a> {
    pub request: &'a AmendRequest<'a>,
    /// The booking as it was.
    pub booking: &'a Booking,
    pub stays: Vec<Amended>,
    pub total: Money,
    pub after: NewState,
}

impl<'a> Amendment<'a> {
    pub fn new(
        request: &'a AmendRequest<'a>,
        booking: &'a Booking,
        stays: &[Stay],
        priced: Priced,
        shifts: &[Shift],
        placement: &Placement,
    ) -> Self {
        let Priced { stays: amended, total } = priced;
        let after = state_after(booking, stays, &amended, total);
        Self { request, booking, stays: with_rooms(amended, shifts, placement), total, after }
    }

    /// The lines that it adds to the folio.
    pub fn lines(&self) -> impl Iterator<Item = NewFolioEntry> {
        self.stays.iter().flat_map(|amended| amended.all_lines().cloned())
    }

    /// Returns `true` if any stay becomes another one, or is added.
    pub fn changes(&self) -> bool {
        self.stays.iter().any(Amended::changes)
    }

    pub async fn write(&self, desk: &Desk<'_>, shifts: &[Shift], placement: &Placement) -> Result<(), Setback> {
        let Desk { conn, cause, .. } = *desk;
        let (property_id, booking) = (desk.property_id(), self.booking);
        let bookings = placement.moves.bookings().chain([booking.id]).collect();
        repository::lock_bookings(conn, property_id, bookings).await?;
        if !repository::move_booking(conn, booking, &self.after, cause.at).await? {
            return Err(Setback::Changed);
        }
        let added = self.added(desk)?;
        self.write_stays(desk, &added).await?;
        self.write_offers(desk).await?;
        people::name_stays(conn, cause, booking, &self.named()).await?;
        occupancy::write(desk, shifts, placement).await?;
        let lines: Vec<NewFolioEntry> = self.lines().collect();
        let posted = folios::append(conn, property_id, booking.id, &lines, cause.at).await.map_err(Setback::of_folio)?;
        self.leave_rooms(desk, shifts).await?;
        outbox::publish(conn, cause, events::of_amendment(self, &added, &posted)).await?;
        occupancy::publish_moves(desk, placement).await?;
        letters::queue(
            conn,
            letters::of_amendment(self.after.status),
            (property_id, booking.id),
            booking.contact_email.as_deref(),
        )
        .await?;
        Ok(())
    }

    /// Notes the rooms that guests in the house leave, which are to be made up.
    async fn leave_rooms(&self, desk: &Desk<'_>, shifts: &[Shift]) -> Result<()> {
        let moves = shifts.iter().filter_map(|shift| Some((&shift.stay, shift.moves_on?)));
        let left: Vec<StayMove> = moves.clone().filter_map(|(stay, moved_on)| stay.left_on(moved_on, desk.now())).collect();
        if !left.is_empty() {
            repository::record_moves(desk.conn, &left).await?;
        }
        let rooms: Vec<Uuid> = moves.filter_map(|(stay, _)| stay.room_id).collect();
        rooms::mark_dirty(desk.conn, desk.property_id(), &rooms, desk.cause).await?;
        Ok(())
    }

    async fn write_stays(&self, desk: &Desk<'_>, added: &[NewStay]) -> Result<(), Setback> {
        for Amended { wanted, after, .. } in self.stays.iter().filter(|amended| !amended.wanted.is_new() && amended.changes()) {
            if !repository::amend_stay(desk.conn, &wanted.stay, after, desk.now()).await? {
                return Err(Setback::Changed);
            }
        }
        if !added.is_empty() {
            repository::insert_stays(desk.conn, added).await?;
            let exempt: Vec<TaxExemption> = self.stays.iter().filter_map(|amended| amended.exemption.clone()).collect();
            repository::insert_exemptions(desk.conn, &exempt).await?;
        }
        Ok(())
    }

    /// Writes what offers take off stays then, which of them have lost some, and the offers of rooms that are added.
    async fn write_offers(&self, desk: &Desk<'_>) -> Result<()> {
        let (conn, now) = (desk.conn, desk.now());
        for HeldAfter { held, nights, is_lost } in self.stays.iter().flat_map(|amended| &amended.offers) {
            match is_lost {
                true => offers::lose(conn, held, desk.today, nights, now).await?,
                false if held.nights != *nights => offers::amend(conn, held, nights, now).await?,
                false => 0,
            };
        }
        let added = self.stays.iter().filter(|amended| amended.wanted.is_new());
        let sold: Vec<(Uuid, &Sold)> = added.filter_map(|amended| Some((amended.after.id, amended.sold.as_ref()?))).collect();
        let of = OfBooking {
            property_id: desk.property_id(),
            booking_id: self.booking.id,
            person: Person {
                user_id: self.booking.user_id,
                email: self.booking.contact_email.as_deref(),
                phone: self.booking.contact_phone.as_deref(),
                guest_id: self.booking.guest_id,
            },
            sold_on: desk.today,
            now,
        };
        let (redeemed, of_stays) = redemptions::of(&of, &sold);
        Ok(offers::insert(conn, &redeemed, &of_stays).await?)
    }

    /// Returns the offers that stays lose, with what that costs.
    pub fn lost_offers(&self, currency: Currency) -> Vec<LostOffer> {
        let lost = |amended: &Amended| {
            let nights = amended.wanted.nights;
            let lost = amended.offers.iter().filter(|after| after.is_lost);
            let told = |after: &HeldAfter| LostOffer {
                stay_id: after.held.stay_id,
                offer_id: after.held.offer_id,
                name: after.held.name.clone(),
                cost: Money::new(after.cost(nights), currency),
            };
            lost.map(told).collect::<Vec<_>>()
        };
        self.stays.iter().flat_map(lost).collect()
    }

    /// Stays of which it is said anew who stays: those that are named otherwise than before, and rooms that are added with a name.
    fn named(&self) -> Vec<(Uuid, Option<String>)> {
        let is_named = |amended: &&Amended| {
            let name = &amended.wanted.guest_name;
            if amended.wanted.is_new() { name.is_some() } else { *name != amended.wanted.stay.guest_name }
        };
        self.stays.iter().filter(is_named).map(|amended| (amended.after.id, amended.wanted.guest_name.clone())).collect()
    }

    /// The rooms that are new, as they are to be stored.
    fn added(&self, desk: &Desk<'_>) -> Result<Vec<NewStay>> {
        let new = self.stays.iter().filter(|amended| amended.wanted.is_new());
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
                is_day_use: false,
                created_at: desk.now(),
                updated_at: desk.now(),
            })
        })
        .collect()
    }
}

fn with_rooms(amended: Vec<Amended>, shifts: &[Shift], placement: &Placement) -> Vec<Amended> {
    let with_room = |((mut amended, shift), room_id): ((Amended, &Shift), &Option<Uuid>)| {
        let before = &amended.wanted.stay;
        amended.after.moved_on = shift.moves_on.filter(|from| *from > before.check_in).or(before.moved_on);
        amended.after.is_pinned = before.is_pinned && *room_id == before.room_id;
        amended.after.room_id = *room_id;
        amended
    };
    amended.into_iter().zip(shifts).zip(&placement.rooms).map(with_room).collect()
}

fn state_after(booking: &Booking, stays: &[Stay], amended: &[Amended], total: Money) -> NewState {
    let after: HashMap<Uuid, &Stay> = amended.iter().map(|amended| (amended.after.id, &amended.after)).collect();
    let there = stays.iter().map(|stay| after.get(&stay.id).copied().unwrap_or(stay));
    let added = amended.iter().filter(|amended| amended.wanted.is_new()).map(|amended| &amended.after);
    let (statuses, nights): (Vec<Status>, Vec<Nights>) = there.chain(added).map(|stay| (stay.status, stay.dates())).unzip();
    NewState {
        status: booking.status,
        total_minor: total.minor,
        hold_expires_at: booking.hold_expires_at,
        nights: rules::booking_nights(&statuses, &nights, booking.nights()),
    }
}
