//! Guarantees: guests leave a means of payment on a page of the gateway, which keeps it, and what is due is charged to it later.
use super::create::words;
use super::order::{KEYS_LAST, page_of};
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::folios;
use crate::domains::payments::dto::GuaranteeOut;
use crate::domains::payments::error::PaymentError;
use crate::domains::payments::model::{Guarantee, GuaranteeId, GuaranteeStatus, Payment, PaymentMethod, Words};
use crate::domains::payments::repository;
use crate::domains::payments::service::record::check_method;
use crate::domains::properties;
use crate::error::Or404;
use crate::failures::Failures;
use crate::gateways::{self, GatewayError, GatewayIds, GatewayPayment, GatewayStatus, PaymentGateway, Purpose};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::OwnOr;
use crate::security::permission::{PaymentsRead, PaymentsWrite};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::TimeDelta;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Time after which a page is asked for, though nothing was told of it.
const ASKED_EVERY: TimeDelta = TimeDelta::minutes(10);
const BATCH: i64 = 100;

/// The guarantee of a booking: the one that can be charged, else the newest.
pub async fn get_guarantee(app: &App, who: &OwnOr<PaymentsRead>, booking_id: Uuid) -> Result<GuaranteeOut> {
    let conn = app.db.conn().await?;
    let booking = folios::find_of_booking(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let found = repository::guarantee_of_booking(&conn, booking.property_id, booking.id).await?;
    Ok(found.or_404("guarantee")?.into())
}

/// Opens a page on which a guarantee is left. Its row is committed before the gateway is called; sent again with its key, the
/// request goes on where it broke off.
pub async fn leave_guarantee(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, booking_id: Uuid) -> Result<Answer> {
    let begun = begin(app, who, &key.of_part(&[]), booking_id).await?;
    if let Some(answer) = app.begin_parts(key).await? {
        return Ok(answer);
    }
    let body: serde_json::Value = serde_json::from_str(begun.body.as_deref().unwrap_or_default()).map_err(Error::internal)?;
    let id: GuaranteeId = serde_json::from_value(body["id"].clone()).map_err(Error::internal)?;
    let property_id: Uuid = serde_json::from_value(body["property_id"].clone()).map_err(Error::internal)?;
    let found = repository::find_guarantee(&*app.db.conn().await?, property_id, id).await?.or_404("guarantee")?;
    let opened = if found.gateway_id.is_none() && found.is_open() { open(app, &found).await? } else { found };
    let (location, version) = (begun.location.unwrap_or_default(), opened.version);
    let answer = Answer::created(location, version, &GuaranteeOut::from(opened))?;
    app.end_parts(key, answer).await
}

async fn begin(app: &App, who: &OwnOr<PaymentsWrite>, key: &IdempotencyKey, booking_id: Uuid) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let provider = app.gateways.current().ok_or(PaymentError::NoGateway)?.provider();
    app.change(key, async |conn| {
        let booking = folios::find_of_booking(conn, &who.reach, booking_id).await?.or_404("booking")?;
        let property = properties::hold(conn, booking.property_id).await?.or_404("booking")?;
        check_method(conn, &property, PaymentMethod::Gateway).await?;
        folios::lock_of(conn, property.id, booking.id).await?;
        let known = repository::lock_guarantees(conn, property.id, booking.id).await?;
        let over = change_each(conn, &cause, known, Guarantee::is_open, GuaranteeStatus::Expired).await?;
        let words = words(app, conn, property.id, Some(booking.id), &property.name).await?;
        let guarantee = Guarantee {
            property_id: property.id,
            id: GuaranteeId::now_v7(),
            booking_id: booking.id,
            status: GuaranteeStatus::Pending,
            provider,
            customer_id: None,
            method_id: None,
            gateway_id: None,
            page: None,
            page_expires_at: Some(words.expires_at),
            words: Some(serde_json::to_value(words).map_err(Error::internal)?),
            ordered_at: Clock::real_now(),
            version: 1,
            created_at: cause.at,
            updated_at: cause.at,
        };
        repository::insert_guarantee(conn, &guarantee).await?;
        outbox::publish(conn, &cause, over.into_iter().chain([Event::created(&guarantee)])).await?;
        let location = format!("/v1/bookings/{}/guarantee", booking.id);
        Answer::created(location, guarantee.version, &GuaranteeOut::from(guarantee))
    })
    .await
}

/// Gives those of some guarantees that are meant another status. Returns their events.
async fn change_each(
    conn: &Conn,
    cause: &Cause,
    known: Vec<Guarantee>,
    is_meant: impl Fn(&Guarantee) -> bool,
    status: GuaranteeStatus,
) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for before in known.into_iter().filter(is_meant) {
        let wanted = Guarantee { status, page: None, ..before.clone() };
        let after = repository::change_guarantee(conn, &wanted, cause.at).await?;
        events.push(Event::changed(&before, &after));
    }
    Ok(events)
}

fn gateway_of<'a>(app: &'a App, guarantee: &Guarantee) -> Result<&'a dyn PaymentGateway, GatewayError> {
    app.gateways.of(guarantee.provider).ok_or(GatewayError::NotDone("its gateway is not in the settings"))
}

/// Orders the page of a guarantee, and writes what comes of it.
async fn open(app: &App, guarantee: &Guarantee) -> Result<Guarantee> {
    let outcome = give(app, guarantee).await;
    settle(app, guarantee, outcome).await
}

async fn give(app: &App, guarantee: &Guarantee) -> Result<GatewayPayment, GatewayError> {
    let words: Words = serde_json::from_value(guarantee.words.clone().unwrap_or_default())
        .map_err(|_| GatewayError::NotDone("the words of the order cannot be read"))?;
    let conn = app.db.conn().await.map_err(|_| GatewayError::NotDone("the hotel could not be read"))?;
    let property = properties::find(&conn, guarantee.property_id).await.ok().flatten();
    drop(conn);
    let currency = property.ok_or(GatewayError::NotDone("the hotel could not be read"))?.currency;
    let order = page_of(guarantee.id.into(), Purpose::Guarantee { currency }, words);
    gateway_of(app, guarantee)?.checkout(guarantee.id.into(), &order).await
}

/// Lets a guarantee follow what its gateway has said. It comes to the same however often it is done.
async fn settle(app: &App, found: &Guarantee, outcome: Result<GatewayPayment, GatewayError>) -> Result<Guarantee> {
    let cause = Cause::system(app.clock.now());
    let mut conn = app.db.conn().await?;
    let after = conn.transaction(async |conn| settle_in(conn, found, &outcome, &cause).await).await?;
    app.relay.wake();
    Ok(after)
}

async fn settle_in(
    conn: &Conn,
    found: &Guarantee,
    outcome: &Result<GatewayPayment, GatewayError>,
    cause: &Cause,
) -> Result<Guarantee> {
    properties::hold(conn, found.property_id).await?.or_404("guarantee")?;
    folios::lock_of(conn, found.property_id, found.booking_id).await?;
    let all = repository::lock_guarantees(conn, found.property_id, found.booking_id).await?;
    let (own, others): (Vec<Guarantee>, Vec<Guarantee>) = all.into_iter().partition(|one| one.id == found.id);
    let before = own.into_iter().next().or_404("guarantee")?;
    let wanted = match outcome {
        Ok(told) => followed(&before, told),
        Err(error) if error.keeps_key() => return Ok(before),
        Err(_) if before.is_open() => Guarantee { status: GuaranteeStatus::Failed, page: None, ..before.clone() },
        Err(_) => return Ok(before),
    };
    let is_new = wanted.status == GuaranteeStatus::Stored && before.status != GuaranteeStatus::Stored;
    let is_replaced = |one: &Guarantee| is_new && one.status == GuaranteeStatus::Stored;
    let replaced = change_each(conn, cause, others, is_replaced, GuaranteeStatus::Replaced).await?;
    let event = Event::changed(&before, &wanted);
    if event.is_empty() {
        return Ok(before);
    }
    let after = repository::change_guarantee(conn, &wanted, cause.at).await?;
    let event = if is_new { event.named("guarantee.stored") } else { event };
    outbox::publish(conn, cause, replaced.into_iter().chain([event])).await?;
    Ok(after)
}

/// The guarantee as its gateway has it. One that is stored stays so.
fn followed(before: &Guarantee, told: &GatewayPayment) -> Guarantee {
    if matches!(before.status, GuaranteeStatus::Stored | GuaranteeStatus::Replaced) {
        return before.clone();
    }
    let gateway_id = Some(told.ids.id.clone());
    let of = |status, page| Guarantee { status, page, gateway_id: gateway_id.clone(), ..before.clone() };
    match (told.status, &told.guarantee) {
        (GatewayStatus::Stored, Some(means)) => Guarantee {
            customer_id: Some(means.customer_id.clone()),
            method_id: Some(means.method_id.clone()),
            ..of(GuaranteeStatus::Stored, None)
        },
        // Another page has been opened since: this one is not offered any more.
        (GatewayStatus::Open | GatewayStatus::Processing, _) if before.status == GuaranteeStatus::Expired => before.clone(),
        (GatewayStatus::Open, _) => of(GuaranteeStatus::RequiresAction, told.page.clone()),
        (GatewayStatus::Processing, _) => of(GuaranteeStatus::Pending, None),
        (GatewayStatus::Voided | GatewayStatus::Expired, _) => of(GuaranteeStatus::Expired, None),
        _ => of(GuaranteeStatus::Failed, None),
    }
}

/// Keeps a means of payment that was left with a payment as the guarantee of its booking. The payment is locked.
pub async fn keep(conn: &Conn, payment: &Payment, booking_id: Uuid, means: &gateways::Guarantee, cause: &Cause) -> Result<()> {
    let Some(provider) = payment.provider else { return Ok(()) };
    let known = repository::lock_guarantees(conn, payment.property_id, booking_id).await?;
    // Whether it is charged or not: it was kept once.
    if known.iter().any(|one| one.method_id.as_deref() == Some(means.method_id.as_str())) {
        return Ok(());
    }
    let is_stored = |one: &Guarantee| one.status == GuaranteeStatus::Stored;
    let replaced = change_each(conn, cause, known, is_stored, GuaranteeStatus::Replaced).await?;
    let guarantee = Guarantee {
        property_id: payment.property_id,
        id: GuaranteeId::now_v7(),
        booking_id,
        status: GuaranteeStatus::Stored,
        provider,
        customer_id: Some(means.customer_id.clone()),
        method_id: Some(means.method_id.clone()),
        gateway_id: None,
        page: None,
        page_expires_at: None,
        words: None,
        ordered_at: Clock::real_now(),
        version: 1,
        created_at: cause.at,
        updated_at: cause.at,
    };
    repository::insert_guarantee(conn, &guarantee).await?;
    let event = Event::created(&guarantee).named("guarantee.stored");
    outbox::publish(conn, cause, replaced.into_iter().chain([event])).await?;
    Ok(())
}

/// Asks the gateway how a guarantee stands, by itself or by the order of its page, and lets the guarantee follow.
pub async fn ask(app: &App, guarantee: &Guarantee) -> Result<()> {
    let outcome = asked(app, guarantee).await;
    if let Err(error) = &outcome
        && error.keeps_key()
    {
        return Err(Error::unavailable(format!("The gateway did not answer: {error}.")));
    }
    settle(app, guarantee, outcome).await.map(drop)
}

async fn asked(app: &App, guarantee: &Guarantee) -> Result<GatewayPayment, GatewayError> {
    let gateway = gateway_of(app, guarantee)?;
    if let Some(id) = guarantee.gateway_id.clone() {
        return gateway.payment(&GatewayIds { id, transaction_id: None }).await;
    }
    if let Some(found) = gateway.find_payment(guarantee.id.into(), guarantee.ordered_at).await? {
        return Ok(found);
    }
    let is_remembered = Clock::real_now() - guarantee.ordered_at < KEYS_LAST;
    if is_remembered { give(app, guarantee).await } else { Err(GatewayError::Refused { code: "not_done".into() }) }
}

/// Asks for the guarantees of which nothing was told for a while.
pub async fn reconcile(app: &App, failures: &mut Failures) -> Result<()> {
    let now = Clock::real_now();
    let conn = app.db.conn().await?;
    let providers = app.gateways.providers();
    let open = repository::guarantees_to_be_asked(&conn, &providers, (now - ASKED_EVERY, now), BATCH).await?;
    drop(conn);
    for guarantee in open {
        failures.note_fault("a guarantee could not be asked for", guarantee.id, ask(app, &guarantee).await)?;
    }
    Ok(())
}
