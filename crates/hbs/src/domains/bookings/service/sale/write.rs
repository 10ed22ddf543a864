//! Writing a sale: everything that is new, in the last round trip before COMMIT.
use super::choose::Rooms;
use super::events;
use super::offer::Offer;
use super::order::{Ending, Order};
use super::price::{Priced, PricedStay};
use crate::answer::{Answer, etag};
use crate::domains::bookings::dto::{BookingOut, Shown, StayExtraOut};
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::commands::SellRoom;
use crate::domains::bookings::model::{Booking, MailKind, NewBooking, NewStay, Stay, StayGuestRow, TaxExemption, Terms};
use crate::domains::bookings::repository;
use crate::domains::bookings::rules::extras::SoldExtra;
use crate::domains::bookings::rules::redemptions::{self, OfBooking};
use crate::domains::bookings::rules::reference;
use crate::domains::bookings::rules::selling::Sold;
use crate::domains::bookings::service::attempts::{Ended, Setback};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::{guests, letters};
use crate::domains::extras::{self, PostedPer, StayExtra};
use crate::domains::folios::{self, FolioKind, NewFolioEntry};
use crate::domains::guests::{self as profiles, Profile, Settled};
use crate::domains::inventory;
use crate::domains::offers;
use crate::domains::stays::{Status, departure};
use crate::error::OnConstraint;
use crate::idempotency::{self, IdempotencyKey};
use crate::language::Language;
use crate::money::Money;
use crate::outbox;
use crate::security::DataKey;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::TimeDelta;
use futures_util::try_join;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// A sale that has its prices and rooms.
pub struct Sale<'a> {
    pub order: &'a Order<'a>,
    pub offer: &'a Offer<'a>,
    pub priced: Priced,
    pub rooms: Rooms,
}

/// Profiles of everybody who is named.
struct People {
    contact: Option<Profile>,
    /// Profile of who stays in each room, if that is not the contact.
    stays: Vec<Option<Profile>>,
    /// Profiles of those who are registered, in the order of the rooms.
    registered: Vec<Profile>,
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
        let extras = self.new_extras(desk, &booking);
        let exempt: Vec<TaxExemption> = stays.iter().filter_map(|stay| self.exemption_of(stay.id)).collect();
        let sold: Vec<(Uuid, &Sold)> = self.priced.stays.iter().map(|stay| (stay.id, &stay.sold)).collect();
        let person = order.person(booking.guest_id);
        let of = OfBooking { property_id, booking_id: booking.id, person, sold_on: desk.today, now };
        let (redeemed, of_stays) = redemptions::of(&of, &sold);
        let people = self.people();
        let guests = self.guest_rows(desk, &stays, &people, data_key)?;
        let named: Vec<(Uuid, Option<Uuid>)> =
            stays.iter().zip(&people.stays).filter_map(|(stay, guest)| Some((stay.id, Some(guest.as_ref()?.id)))).collect();
        let letter = if order.is_by_visitor { Some(MailKind::Access) } else { letters::of_sale(self.status()) };
        let answer = self.answer(&booking, &stays, &people)?;
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
        let Settled { new, links, .. } = &self.rooms.people;
        let written = try_join!(
            async { Ok(profiles::insert(conn, property_id, new, Some(booking.id), now).await?) },
            async { Ok(profiles::link(conn, links, now).await?) },
            insert,
            async { Ok(repository::insert_stays(conn, &stays).await?) },
            async { Ok(repository::insert_exemptions(conn, &exempt).await?) },
            async { Ok(repository::set_stay_guests(conn, property_id, &named).await?) },
            async { Ok(inventory::occupy(conn, property_id, &nights, now).await?) },
            async { Ok(offers::insert(conn, &redeemed, &of_stays).await?) },
            async { Ok(extras::insert_sold(conn, &extras).await?) },
            async { Ok(folios::append_drafts(conn, property_id, vec![draft], now).await?) },
            async { Ok(repository::insert_guests(conn, &guests).await?) },
            async { Ok(outbox::publish(conn, cause, told).await?) },
            async { Ok(letters::queue(conn, letter, (property_id, booking.id), booking.contact_email).await?) },
            async { Ok(idempotency::store(conn, key, &answer, &[]).await?) },
        );
        match written {
            Ok(_) => end(conn, order, &booking, answer).await,
            Err(error) if error.violates("bookings_reference_key") => Err(Setback::ReferenceTaken),
            // A profile that was found has been removed meanwhile.
            Err(error) if error.violates("bookings_guest") => Err(Setback::Changed),
            Err(error) => Err(offers::worded(error, redeemed.iter().map(|redeemed| redeemed.offer)).into()),
        }
    }

    /// The status that the stays begin with: a hold, where the guest has something to prove or to pay first.
    fn status(&self) -> Status {
        if self.awaits() { Status::Held } else { self.order.status }
    }

    /// Minutes for which the rooms are held, if they are.
    fn hold_minutes(&self) -> Option<i32> {
        let for_now = self.awaits().then_some(self.offer.property().settings.max_hold_minutes);
        self.order.sell.hold_minutes.or(for_now)
    }

    /// Returns `true` if the rooms are only held until the guest has done something.
    fn awaits(&self) -> bool {
        self.offer.awaits_proof || self.offer.awaits_payment
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
            check_out: departure(sell.nights.from, sell.nights.to, sell.is_day_use),
            currency: total.currency,
            total_minor: total.minor,
            hold_expires_at: self.hold_minutes().map(|minutes| now + TimeDelta::minutes(minutes.into())),
            group_id: order.group.as_ref().map(|terms| terms.group.id),
            locale: sell.locale.as_ref(),
            awaits_proof: self.offer.awaits_proof,
            awaits_payment: self.offer.awaits_payment,
            guest_id: self.rooms.people.profiles.first().map(|contact| contact.id),
            account_id: sell.account_id,
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
            check_in: self.order.sell.nights.from,
            check_out: self.order.sell.nights.to,
            adults: asked.adults,
            children_ages: asked.children_ages.clone(),
            guest_name: asked.guest_name.clone(),
            total_minor: priced.total_minor,
            rate_plan_id: priced.rate_plan_id,
            cancellation_terms: Terms(priced.terms.clone()),
            booked_room_type_id: asked.room_type_id,
            status_on: desk.today,
            is_day_use: self.order.sell.is_day_use,
            created_at: booking.created_at,
            updated_at: booking.updated_at,
        });
        new.collect()
    }

    /// The exemption from taxes that a stay gets from whoever pays.
    fn exemption_of(&self, stay_id: Uuid) -> Option<TaxExemption> {
        self.offer.exemption.clone().map(|exemption| TaxExemption { stay_id, ..exemption })
    }

    fn new_extras(&self, desk: &Desk<'_>, booking: &NewBooking<'_>) -> Vec<StayExtra> {
        let of_stay = |stay: &PricedStay| {
            let of = (booking.property_id, booking.id, stay.id);
            stay.extras.iter().map(|(id, extra)| extra.row(*id, of, desk.now())).collect::<Vec<_>>()
        };
        self.priced.stays.iter().flat_map(of_stay).collect()
    }

    /// Divides the profiles of everybody who is named, in the order of `Order::people`.
    fn people(&self) -> People {
        let mut profiles = self.rooms.people.profiles.iter().copied();
        let contact = profiles.next();
        let rooms = &self.order.sell.rooms;
        let mut of_name =
            |room: &SellRoom| room.guest_name.as_ref().and_then(|_| profiles.next()).filter(|one| Some(*one) != contact);
        let stays = rooms.iter().map(&mut of_name).collect();
        People { contact, stays, registered: profiles.collect() }
    }

    fn guest_rows(&self, desk: &Desk<'_>, stays: &[NewStay], people: &People, data_key: &DataKey) -> Result<Vec<StayGuestRow>> {
        let mut profiles = people.registered.iter();
        let mut of_room = |(room, stay): (&SellRoom, &NewStay)| {
            let own: Vec<Profile> = profiles.by_ref().take(room.guests.len()).copied().collect();
            guests::rows(stay.property_id, stay.id, &room.guests, &own, data_key, desk.now())
        };
        let rows: Vec<_> = self.order.sell.rooms.iter().zip(stays).map(&mut of_room).collect::<Result<_>>()?;
        Ok(rows.into_iter().flatten().collect())
    }

    /// Returns what the booking is shown with: nothing is paid yet, so its balance is its price.
    fn shown(&self, booking: &NewBooking<'_>) -> Shown {
        let group = self.order.group.as_ref().map(|terms| (terms.group.id, terms.group.name.clone()));
        let exempt = |stay: &PricedStay| Some((stay.id, self.exemption_of(stay.id)?.into()));
        Shown {
            room_numbers: self.rooms.numbers.clone(),
            room_types: self.offer.catalogue.room_types().map(|kind| (kind.id, kind.name.clone())).collect(),
            groups: group.into_iter().collect(),
            balances: HashMap::from([(booking.id, booking.total_minor)]),
            moves: Vec::new(),
            extras: self.priced.stays.iter().flat_map(|stay| self.shown_extras(stay)).collect(),
            exemptions: self.priced.stays.iter().filter_map(exempt).collect(),
        }
    }

    /// The extras of a stay as they are shown: those that are sold with it, then those that are in its price.
    fn shown_extras(&self, stay: &PricedStay) -> Vec<StayExtraOut> {
        let money = |minor| Money::new(minor, self.priced.total.currency);
        let plain = |extra_id: Uuid, name: &str, quantity: i32, total_minor: i64| StayExtraOut {
            stay_id: stay.id,
            id: None,
            extra_id,
            name: name.to_owned(),
            posted: self.posted(extra_id),
            quantity,
            date: None,
            in_price: true,
            removed_on: None,
            total: money(total_minor),
        };
        let sold = |(id, extra): &(Uuid, SoldExtra)| StayExtraOut {
            id: Some(*id),
            date: extra.wish.date,
            in_price: false,
            ..plain(extra.wish.extra_id, &extra.name, extra.wish.quantity, extra.total())
        };
        let mut shown: Vec<StayExtraOut> = stay.extras.iter().map(sold).collect();
        let mut in_price: BTreeMap<(&str, Uuid), (i32, i64)> = BTreeMap::new();
        let prices = || stay.folio.iter().filter_map(|line| Some((line, line.extra.filter(|extra| extra.in_price)?)));
        for (line, extra) in prices().filter(|(line, _)| line.kind == FolioKind::Extra) {
            let (units, _) = in_price.entry((line.description.as_str(), extra.extra_id)).or_default();
            *units = extra.units.max(*units);
        }
        for (line, extra) in prices() {
            let own = in_price.iter_mut().find(|((_, id), _)| *id == extra.extra_id);
            if let Some((_, (_, total_minor))) = own {
                *total_minor += line.amount_minor;
            }
        }
        shown.extend(in_price.into_iter().map(|((name, id), (units, total_minor))| plain(id, name, units, total_minor)));
        shown
    }

    /// The way in which an extra of the hotel is charged.
    fn posted(&self, extra_id: Uuid) -> PostedPer {
        let offered = self.offer.catalogue.extras.iter().find(|offered| offered.extra.id == extra_id);
        offered.map_or(PostedPer::Once, |offered| offered.extra.posted)
    }

    /// Makes the answer from what is written: nothing is read for it.
    fn answer(&self, booking: &NewBooking<'_>, stays: &[NewStay], people: &People) -> Result<Answer> {
        let survivor = |profile: &Profile| profile.survivor_id;
        let with_guest = |(stay, guest): (&NewStay, &Option<Profile>)| Stay {
            guest_id: guest.as_ref().map(survivor),
            ..Stay::from(stay.clone())
        };
        let stays: Vec<Stay> = stays.iter().zip(&people.stays).map(with_guest).collect();
        let own = Booking { guest_id: people.contact.as_ref().map(survivor), ..Booking::from(booking) };
        let shown = self.shown(booking);
        let body = BookingOut::new(own, stays, &shown, self.order.viewer, Language::English);
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
