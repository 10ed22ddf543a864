//! Writing a sale: everything that is new, in the last round trip before COMMIT.
use super::choose::Rooms;
use super::events;
use super::offer::Offer;
use super::order::{Ending, Order};
use super::price::Priced;
use crate::answer::{Answer, etag};
use crate::domains::bookings::dto::{BookingOut, Shown};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::commands::SellRoom;
use crate::domains::bookings::model::{Booking, MailKind, NewBooking, NewStay, Stay, StayGuestRow, Terms};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::reference;
use crate::domains::bookings::service::attempts::{Ended, Setback};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::{guests, letters};
use crate::domains::folios::{self, NewFolioEntry};
use crate::domains::inventory;
use crate::domains::stays::Status;
use crate::error::OnConstraint;
use crate::idempotency::{self, IdempotencyKey};
use crate::language::Language;
use crate::outbox;
use crate::security::DataKey;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::TimeDelta;
use futures_util::try_join;
use std::collections::HashMap;
use uuid::Uuid;

/// A sale that has its prices and rooms.
pub struct Sale<'a> {
    pub order: &'a Order<'a>,
    pub offer: &'a Offer<'a>,
    pub priced: Priced,
    pub rooms: Rooms,
}

impl Sale<'_> {
    pub async fn write(&self, desk: &Desk<'_>, key: &IdempotencyKey, data_key: &DataKey) -> Result<Ended<Answer>, Setback> {
        let Desk { conn, cause, .. } = *desk;
        let (property_id, now, order) = (desk.property_id(), desk.now(), self.order);
        let reference = reference::draw();
        let booking = self.new_booking(desk, &reference);
        let stays = self.new_stays(desk, &booking);
        let nights: Vec<_> = stays.iter().filter_map(|stay| Some((stay.id, stay.room_id?, order.sell.nights))).collect();
        let folio: Vec<NewFolioEntry> = self.priced.stays.iter().flat_map(|stay| stay.folio.iter().cloned()).collect();
        let guests = self.guest_rows(desk, &stays, data_key)?;
        let letter = if order.is_by_visitor { Some(MailKind::Access) } else { letters::of_sale(self.status()) };
        let answer = self.answer(&booking, &stays)?;
        let mut routings = match booking.group_id {
            Some(group_id) => folios::routings_of_group(conn, property_id, group_id).await?,
            None => Vec::new(),
        };
        let draft = folios::draft(booking.id, &folio, &mut routings);
        let told = events::of_sale(self, &booking, &stays, &draft.told());

        let insert = async {
            repository::insert_booking(conn, &booking)
                .await
                .on_constraint("bookings_external_reference_key", || BookingError::ExternalReferenceTaken)
        };
        let written = try_join!(
            insert,
            async { Ok(repository::insert_stays(conn, &stays).await?) },
            async { Ok(inventory::occupy(conn, property_id, &nights, now).await?) },
            async { Ok(folios::append_drafts(conn, property_id, vec![draft], now).await?) },
            async { Ok(repository::insert_guests(conn, &guests).await?) },
            async { Ok(outbox::publish(conn, cause, told).await?) },
            async { Ok(letters::queue(conn, letter, (property_id, booking.id), booking.contact_email).await?) },
            async { Ok(idempotency::store(conn, key, &answer).await?) },
        );
        match written {
            Ok(_) => end(conn, order, &booking, answer).await,
            Err(error) if error.violates("bookings_reference_key") => Err(Setback::ReferenceTaken),
            Err(error) => Err(error.into()),
        }
    }

    /// The status that the stays begin with: a hold, where the guest has something to prove first.
    fn status(&self) -> Status {
        if self.offer.awaits_proof { Status::Held } else { self.order.status }
    }

    /// Minutes for which the rooms are held, if they are.
    fn hold_minutes(&self) -> Option<i32> {
        let until_proved = self.offer.awaits_proof.then_some(self.offer.property().settings.max_hold_minutes);
        self.order.sell.hold_minutes.or(until_proved)
    }

    fn new_booking<'b>(&'b self, desk: &Desk<'_>, reference: &'b str) -> NewBooking<'b> {
        let (order, sell, total, now) = (self.order, self.order.sell, self.priced.total, desk.now());
        NewBooking {
            property_id: desk.property_id(),
            id: Uuid::now_v7(),
            reference,
            status: self.status(),
            channel: order.channel,
            external_reference: sell.external_reference.as_deref(),
            user_id: order.guest_user_id,
            created_by: desk.cause.user_id(),
            created_by_key: desk.cause.api_key_id(),
            contact_name: &sell.contact.full_name,
            contact_email: sell.contact.email.as_deref(),
            contact_phone: sell.contact.phone.as_deref(),
            special_requests: sell.special_requests.as_deref(),
            check_in: sell.nights.from,
            check_out: sell.nights.to,
            currency: total.currency,
            total_minor: total.minor,
            hold_expires_at: self.hold_minutes().map(|minutes| now + TimeDelta::minutes(minutes.into())),
            group_id: order.group.as_ref().map(|terms| terms.group.id),
            locale: sell.locale.as_ref(),
            awaits_proof: self.offer.awaits_proof,
            arrival_time: sell.arrival_time,
            notes: sell.notes.as_deref(),
            tags: &sell.tags,
            created_at: now,
            updated_at: now,
        }
    }

    fn new_stays(&self, desk: &Desk<'_>, booking: &NewBooking<'_>) -> Vec<NewStay> {
        let asked = self.order.sell.rooms.iter().zip(&self.priced.stays).zip(&self.rooms.chosen).zip(0..);
        let new = asked.map(|(((asked, priced), room_id), position)| NewStay {
            property_id: booking.property_id,
            id: priced.id,
            booking_id: booking.id,
            position,
            status: booking.status,
            room_type_id: asked.room_type_id,
            room_id: *room_id,
            is_pinned: asked.room_id.is_some(),
            check_in: booking.check_in,
            check_out: booking.check_out,
            adults: asked.adults,
            children_ages: asked.children_ages.clone(),
            guest_name: asked.guest_name.clone(),
            total_minor: priced.total_minor,
            rate_plan_id: priced.rate_plan_id,
            cancellation_terms: Terms(priced.terms.clone()),
            booked_room_type_id: asked.room_type_id,
            status_on: desk.today,
            created_at: booking.created_at,
            updated_at: booking.updated_at,
        });
        new.collect()
    }

    fn guest_rows(&self, desk: &Desk<'_>, stays: &[NewStay], data_key: &DataKey) -> Result<Vec<StayGuestRow>> {
        let of_room =
            |(room, stay): (&SellRoom, &NewStay)| guests::rows(stay.property_id, stay.id, &room.guests, data_key, desk.now());
        let rows: Vec<_> = self.order.sell.rooms.iter().zip(stays).map(of_room).collect::<Result<_>>()?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Returns what the booking is shown with: nothing is paid yet, so its balance is its price.
    fn shown(&self, booking: &NewBooking<'_>) -> Shown {
        let group = self.order.group.as_ref().map(|terms| (terms.group.id, terms.group.name.clone()));
        Shown {
            room_numbers: self.rooms.numbers.clone(),
            room_types: self.offer.catalogue.room_types().map(|kind| (kind.id, kind.name.clone())).collect(),
            groups: group.into_iter().collect(),
            balances: HashMap::from([(booking.id, booking.total_minor)]),
        }
    }

    /// Makes the answer from what is written: nothing is read for it.
    fn answer(&self, booking: &NewBooking<'_>, stays: &[NewStay]) -> Result<Answer> {
        let stays: Vec<Stay> = stays.iter().cloned().map(Stay::from).collect();
        let shown = self.shown(booking);
        let body = BookingOut::new(Booking::from(booking), stays, &shown, self.order.viewer, Language::English);
        Ok(Answer {
            status: 201,
            location: Some(format!("/v1/bookings/{}", booking.id)),
            etag: Some(etag(1)),
            body: Some(serde_json::to_string(&body).map_err(Error::internal)?),
            replayed: false,
            is_secret: false,
            is_unchanged: false,
        })
    }
}

async fn end(conn: &Conn, order: &Order<'_>, booking: &NewBooking<'_>, answer: Answer) -> Result<Ended<Answer>, Setback> {
    match order.ending {
        Ending::Sell => Ok(Ended::Done(answer)),
        Ending::With(also) => Ok(Ended::Done(also(conn, &Booking::from(booking)).await?.unwrap_or(answer))),
        Ending::Rehearse => Ok(Ended::Rehearsed(answer)),
    }
}
