//! Profiles, read and changed.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::accounts;
use crate::domains::guests::dto::{
    CreateGuest, GuestDuplicate, GuestDuplicates, GuestFilter, GuestOut, GuestStay, GuestSummary, UpdateGuest,
};
use crate::domains::guests::error::GuestError;
use crate::domains::guests::model::{Candidate, Guest, GuestChange};
use crate::domains::guests::repository;
use crate::domains::guests::rules::duplicates::{self, DuplicateReason};
use crate::domains::properties;
use crate::error::{OnForeignKey, Or404};
use crate::idempotency::IdempotencyKey;
use crate::money::Currency;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{GuestsRead, GuestsWrite, TaxExemptionsWrite};
use crate::security::{Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::{DateTime, Days, NaiveDate, Utc};
use futures_util::try_join;
use uuid::Uuid;

pub async fn list(app: &App, staff: &Staff<GuestsRead>, filter: &GuestFilter, page: &PageQuery) -> Result<Page<GuestSummary>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, filter, after, limit + 1).await?;
    Ok(page.page(rows, |guest| guest.id)?.map(GuestSummary::from))
}

pub async fn get(app: &App, staff: &Staff<GuestsRead>, id: Uuid) -> Result<GuestOut> {
    let conn = app.db.conn().await?;
    let (guest, currency) = repository::find(&conn, &staff.scope, id).await?.or_404("guest")?;
    shown(&conn, guest, currency).await
}

/// Shows a profile with its figures: two queries more, in one round trip.
pub(super) async fn shown(conn: &Conn, guest: Guest, currency: Currency) -> Result<GuestOut> {
    let (merged, statistics) = try_join!(repository::merged_into(conn, &guest), repository::statistics(conn, &guest))?;
    Ok(GuestOut::new(guest, merged, statistics, currency))
}

/// Lists the stays of a guest, with those of merged profiles.
pub async fn stays(app: &App, staff: &Staff<GuestsRead>, id: Uuid, page: &PageQuery) -> Result<Page<GuestStay>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let (guest, currency) = repository::find(&conn, &staff.scope, id).await?.or_404("guest")?;
    let rows = repository::stays_of(&conn, &guest, after, limit + 1).await?;
    Ok(page.page(rows, |stay| (stay.check_in, stay.id))?.map(|stay| GuestStay::new(stay, currency)))
}

/// Lists the profiles that may be of the same person, the likeliest first.
pub async fn duplicates(app: &App, staff: &Staff<GuestsRead>, id: Uuid) -> Result<GuestDuplicates> {
    let conn = app.db.conn().await?;
    let (guest, _) = repository::find(&conn, &staff.scope, id).await?.or_404("guest")?;
    let rated = repository::duplicates(&conn, &guest).await?.into_iter().map(|(guest, candidate)| {
        let reasons = reasons_of(&candidate);
        (duplicates::score(&reasons, candidate.is_born_otherwise), (guest, reasons))
    });
    let ranked = duplicates::ranked(rated.collect(), |(guest, _)| guest.id);
    let item = |(score, (guest, reasons)): (i32, (Guest, Vec<DuplicateReason>))| GuestDuplicate {
        guest: GuestSummary::from(guest),
        score,
        reasons,
    };
    Ok(GuestDuplicates { items: ranked.into_iter().map(item).collect() })
}

fn reasons_of(candidate: &Candidate) -> Vec<DuplicateReason> {
    [
        (candidate.has_email, DuplicateReason::Email),
        (candidate.has_phone, DuplicateReason::Phone),
        (candidate.has_name, DuplicateReason::Name),
        (candidate.has_birth_date, DuplicateReason::BirthDate),
    ]
    .into_iter()
    .filter_map(|(has, reason)| has.then_some(reason))
    .collect()
}

pub async fn create(app: &App, staff: &Staff<GuestsWrite>, key: &IdempotencyKey, request: CreateGuest) -> Result<Answer> {
    staff.at(request.property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    check_born(request.birth_date, cause.at)?;
    app.change(key, async |conn| {
        let property = properties::find(conn, request.property_id).await?.or_404("property")?;
        check_account(conn, request.property_id, request.account_id).await?;
        let guest = request.clone().into_guest(cause.at);
        repository::insert_profile(conn, &guest).await?;
        outbox::publish(conn, &cause, [Event::created(&guest)]).await?;
        let (location, version) = (format!("/v1/guests/{}", guest.id), guest.version);
        Answer::created(location, version, &shown(conn, guest, property.currency).await?)
    })
    .await
}

pub async fn update(
    app: &App,
    staff: &Staff<GuestsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateGuest,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    check_born(patch.birth_date.flatten(), cause.at)?;
    app.change(key, async |conn| {
        let (before, currency) = lock(conn, &staff.scope, id).await?;
        seen.check(before.version)?;
        check_alone(&before)?;
        check_account(conn, before.property_id, patch.account_id.flatten()).await?;
        if let Some(exemption) = &patch.tax_exemption {
            staff.caller.require::<TaxExemptionsWrite>(before.property_id)?;
            accounts::check_exemption(conn, before.property_id, exemption.as_ref()).await?;
        }
        let after = repository::update(conn, &before, GuestChange::from(patch.clone()), cause.at).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &shown(conn, before, currency).await?);
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &shown(conn, after, currency).await?)
    })
    .await
}

/// Removes a profile that nothing refers to: the database is asked by removing it.
pub async fn delete(app: &App, staff: &Staff<GuestsWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let (guest, _) = lock(conn, &staff.scope, id).await?;
        seen.check(guest.version)?;
        repository::delete(conn, &guest).await.on_foreign_key(|| GuestError::InUse)?;
        outbox::publish(conn, &cause, [Event::removed(&guest)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// The profile, locked against other changes.
pub(super) async fn lock(conn: &Conn, scope: &Scope, id: Uuid) -> Result<(Guest, Currency)> {
    let (found, currency) = repository::find(conn, scope, id).await?.or_404("guest")?;
    let guest = repository::lock(conn, found.property_id, &[id]).await?.pop().or_404("guest")?;
    Ok((guest, currency))
}

/// Refuses to change a profile that was merged: it is kept as it was.
pub(super) fn check_alone(guest: &Guest) -> Result<()> {
    if guest.merged_into_id.is_some() { Err(GuestError::Merged(guest.survivor_id).into()) } else { Ok(()) }
}

/// Wherever the hotel is, its date is not later than tomorrow.
fn check_born(date: Option<NaiveDate>, now: DateTime<Utc>) -> Result<()> {
    match date {
        Some(date) if date > now.date_naive() + Days::new(1) => Err(Error::invalid("/birth_date", "is not past")),
        _ => Ok(()),
    }
}

async fn check_account(conn: &Conn, property_id: Uuid, account_id: Option<Uuid>) -> Result<()> {
    let Some(id) = account_id else { return Ok(()) };
    match accounts::find_in(conn, property_id, id).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid("/account_id", "is not an account of the hotel")),
    }
}
