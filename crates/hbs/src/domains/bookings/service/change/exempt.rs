//! Exemption of a stay from taxes: what is to come is taken back, and what comes to the stay is charged without.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::dto::ExemptStay;
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay, TaxExemption};
use crate::domains::bookings::repository::{self, NewState};
use crate::domains::bookings::service::attempts::{Ended, Setback, UseCase, until_done};
use crate::domains::bookings::service::desk::Desk;
use crate::domains::bookings::service::read::answer;
use crate::domains::catalogue::Catalogues;
use crate::domains::folios::{self, FolioEntry, NewFolioEntry};
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::{self, IdempotencyKey};
use crate::money::Money;
use crate::outbox::{self, Cause, Event};
use crate::security::Reach;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result, stamps};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::convert::Infallible;
use uuid::Uuid;

/// A stay that is to bear no taxes.
pub struct ExemptRequest<'a> {
    pub booking_id: Uuid,
    pub stay_id: Uuid,
    pub exempt: &'a ExemptStay,
    pub seen: IfMatch,
    pub reach: &'a Reach,
    pub cause: &'a Cause,
}

/// Exempts a stay from taxes, for somebody who may do so at the hotel.
pub async fn exempt_stay(app: &App, key: &IdempotencyKey, request: &ExemptRequest<'_>) -> Result<Answer> {
    match until_done(app, key, request, request.cause.at).await? {
        Ended::Done(answer) => Ok(answer),
        Ended::Rehearsed(never) => match never {},
    }
}

impl UseCase for ExemptRequest<'_> {
    type Rehearsed = Infallible;

    fn attempt<'a>(
        &'a self,
        app: &'a App,
        conn: &'a Conn,
        key: &'a IdempotencyKey,
        _: bool,
    ) -> BoxFuture<'a, Result<Ended<Infallible>, Setback>> {
        async move {
            if let Some(answer) = idempotency::claim(conn, key).await? {
                return Ok(Ended::Done(answer));
            }
            let booking = self.find(conn).await?;
            self.seen.check(booking.version)?;
            let property = properties::hold(conn, booking.property_id).await?.or_404("booking")?;
            let desk = Desk::new(conn, &property, self.cause, false);
            let stays = repository::stays_of(conn, &[&booking]).await?;
            let stay = stays.iter().find(|stay| stay.id == self.stay_id).or_404("stay")?;
            let exemption = self.exemption(app, &desk, stay).await?;
            self.write(&desk, &booking, stay, &exemption).await?;
            let answer = answer(conn, self.reach, self.find(conn).await?).await?;
            idempotency::store(conn, key, &answer).await?;
            Ok(Ended::Done(answer))
        }
        .boxed()
    }
}

impl ExemptRequest<'_> {
    async fn find(&self, conn: &Conn) -> Result<Booking> {
        repository::find(conn, self.reach, self.booking_id).await?.or_404("booking")
    }

    /// The exemption as it is to be stored, if the stay can be exempt.
    async fn exemption(&self, app: &App, desk: &Desk<'_>, stay: &Stay) -> Result<TaxExemption> {
        let (conn, property_id) = (desk.conn, desk.property_id());
        if !stay.status.is_live() {
            return Err(BookingError::NotAmendable(stay.status).into());
        }
        let ExemptStay { from, tax_rule_ids, reason, reference } = self.exempt.clone();
        if from >= stay.check_out {
            return Err(Error::invalid("/from", format!("must be before the day of departure, {}", stay.check_out)));
        }
        if !repository::exemptions_of(conn, &[(property_id, stay.id)]).await?.is_empty() {
            return Err(BookingError::ExemptAlready.into());
        }
        let version = stamps::version(conn, property_id).await?;
        let catalogue = Catalogues::of(app).get(conn, property_id, version).await?.or_404("booking")?;
        let is_known = |id: &Uuid| catalogue.rates.has_tax(*id);
        if let Some(place) = tax_rule_ids.iter().flatten().position(|id| !is_known(id)) {
            return Err(Error::invalid(format!("/tax_rule_ids/{place}"), "is not a tax rule of the property"));
        }
        Ok(TaxExemption {
            property_id,
            stay_id: stay.id,
            from_date: from,
            tax_rule_ids: tax_rule_ids.map(|ids| ids.into_iter().map(Some).collect()),
            reason,
            reference,
            created_at: desk.now(),
            updated_at: desk.now(),
        })
    }

    async fn write(&self, desk: &Desk<'_>, booking: &Booking, stay: &Stay, exemption: &TaxExemption) -> Result<(), Setback> {
        let Desk { conn, today, .. } = *desk;
        let (property_id, now) = (desk.property_id(), desk.now());
        let folio = folios::entries(conn, property_id, booking.id).await?;
        let taken = exemption.taken_back(&folios::open(&folio), today);
        let sum = |lines: &mut dyn Iterator<Item = &FolioEntry>| lines.map(|line| line.amount_minor).sum::<i64>();
        let state = NewState {
            status: booking.status,
            total_minor: booking.total_minor - sum(&mut taken.iter()),
            hold_expires_at: booking.hold_expires_at,
            nights: booking.nights(),
        };
        if !repository::move_booking(conn, booking, &state, now).await? {
            return Err(Setback::Changed);
        }
        let of_price = sum(&mut taken.iter().filter(|line| line.is_of_price()));
        let after = Stay { total_minor: stay.total_minor - of_price, ..stay.clone() };
        if !repository::amend_stay(conn, stay, &after, now).await? {
            return Err(Setback::Changed);
        }
        repository::insert_exemption(conn, exemption).await?;
        let lines: Vec<NewFolioEntry> = taken.iter().map(folios::reversal).collect();
        let posted = folios::append(conn, property_id, booking.id, &lines, now).await.map_err(Setback::of_folio)?;
        let money = |minor| Money::new(minor, booking.currency);
        let mut event = Event::of("booking.tax_exempted", booking)
            .and("total", money(booking.total_minor), money(state.total_minor))
            .with("stay_id", stay.id)
            .with("exempt_from", exemption.from_date)
            .with("tax_rule_ids", &exemption.tax_rule_ids)
            .with("reason", &exemption.reason)
            .with("exemption_reference", &exemption.reference);
        if !posted.is_empty() {
            event = event.with("lines", posted);
        }
        let of_stay = Event::changed(stay, &after).named("stay.amended");
        let told = [event].into_iter().chain(Some(of_stay).filter(|event| !event.is_empty()));
        outbox::publish(conn, self.cause, told).await?;
        Ok(())
    }
}
