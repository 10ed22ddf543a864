//! Folios themselves: read, opened, changed and closed.
use super::posting::new_folio;
use super::{check_of_payer, check_open, hold, summary};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::dto::{CreateFolio, FolioDetails, FolioFilter, FolioOut, FolioSummary, Payer, UpdateFolio};
use crate::domains::folios::error::FolioError;
use crate::domains::folios::model::{Folio, FolioChange, FolioEntry, FolioKind, NewFolio, PayerKind, Routing};
use crate::domains::folios::repository::{self, FolioFilterRow};
use crate::domains::{accounts, guests, properties};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::{Currency, Money};
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{BookingsRead, FoliosRead, FoliosWrite};
use crate::security::{OwnOr, Staff};
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use futures_util::try_join;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Maximum number of folios that a booking is given: whoever posts to one of them locks all.
const MOST_FOLIOS: usize = 50;

/// All that the folios of a booking have, as one, in a reader's languages.
pub async fn of_booking(app: &App, who: &OwnOr<BookingsRead>, booking_id: Uuid, reading: &Reading) -> Result<FolioOut> {
    let conn = app.db.conn().await?;
    let booking = repository::find_of_booking(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let (today, mut entries) = try_join!(
        repository::business_date(&conn, booking.property_id, app.clock.now()),
        repository::entries_in(&conn, booking.property_id, booking.id),
    )?;
    translate(&conn, booking.property_id, &mut entries, reading).await?;
    Ok(FolioOut::new(&booking, entries, today))
}

/// Puts what lines say into the reader's language, as far as what they name is still called as it was.
pub async fn translate(conn: &Conn, property_id: Uuid, entries: &mut [FolioEntry], reading: &Reading) -> Result<()> {
    let names: BTreeSet<&str> = entries.iter().map(|entry| entry.description.as_str()).collect();
    let found = repository::translations(conn, property_id, &names.into_iter().collect::<Vec<_>>()).await?;
    let Some(base) = found.first().map(|row| row.default_locale.clone()) else { return Ok(()) };
    let texts: HashMap<String, serde_json::Value> = found.into_iter().filter_map(|row| row.name.zip(row.texts)).collect();
    for entry in entries {
        let texts = texts.get(&entry.description).unwrap_or(&serde_json::Value::Null);
        entry.description = reading.name(&entry.description, texts, &base);
    }
    Ok(())
}

/// The folios of a booking, one by one.
pub async fn of_booking_each(app: &App, who: &OwnOr<BookingsRead>, booking_id: Uuid) -> Result<Page<FolioSummary>> {
    let conn = app.db.conn().await?;
    let booking = repository::find_of_booking(&conn, &who.reach, booking_id).await?.or_404("booking")?;
    let folios = repository::of_booking(&conn, booking.property_id, booking.id).await?;
    Ok(Page::whole(summaries(&conn, folios, app.clock.now()).await?))
}

async fn summaries(conn: &Conn, folios: Vec<Folio>, now: DateTime<Utc>) -> Result<Vec<FolioSummary>> {
    let ids: Vec<(Uuid, Uuid)> = folios.iter().map(|folio| (folio.property_id, folio.id)).collect();
    let standings = repository::standings(conn, &ids, now).await?;
    let shown = |folio: Folio| {
        let due_minor = standings.get(&folio.id).copied();
        FolioSummary::new(folio, due_minor)
    };
    Ok(folios.into_iter().map(shown).collect())
}

pub async fn list(app: &App, staff: &Staff<FoliosRead>, filter: &FolioFilter, page: &PageQuery) -> Result<Page<FolioSummary>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let FolioFilter { property_id, booking_id, group_id, kind, status } = *filter;
    let filter = FolioFilterRow { property_id, booking_id, group_id, kind, status };
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, &filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |folio| folio.id)?;
    Ok(Page { items: summaries(&conn, items, app.clock.now()).await?, next_cursor })
}

/// A folio with a page of its entries: those of accounts and of the house grow for years.
pub async fn get(app: &App, staff: &Staff<FoliosRead>, id: Uuid, page: &PageQuery) -> Result<FolioDetails> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let folio = repository::find(&conn, &staff.scope, id).await?.or_404("folio")?;
    let entries = repository::entries_after(&conn, &folio, after, limit + 1).await?;
    let entries = page.page(entries, |entry| (entry.created_at, entry.id))?;
    let currency = folio.currency;
    Ok(FolioDetails::new(summary(&conn, folio, app.clock.now()).await?, entries, currency))
}

/// Opens a folio more. A master takes the rooms of its group's bookings to come, and their taxes.
pub async fn create(app: &App, staff: &Staff<FoliosWrite>, key: &IdempotencyKey, request: CreateFolio) -> Result<Answer> {
    let CreateFolio { property_id, booking_id, group_id, kind, name, payer, no_post, charge_limit } = request;
    staff.at(property_id)?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let property = properties::hold(conn, property_id).await?.or_404("property")?;
        check_owner(conn, staff, property_id, (kind, booking_id, group_id)).await?;
        let charge_limit_minor = limit(charge_limit, property.currency)?;
        let (guest_id, account_id) = payer_of(conn, property_id, payer, None).await?;
        let new = NewFolio {
            booking_id,
            group_id,
            kind,
            name: name.as_deref(),
            no_post,
            charge_limit_minor,
            guest_id,
            account_id,
            ..new_folio(property_id, property.currency, cause.at)
        };
        if let Some(group_id) = group_id {
            // With the group locked: nobody opens another one meanwhile.
            if let Some(id) = repository::open_master(conn, property_id, group_id).await? {
                return Err(FolioError::MasterExists(id).into());
            }
        }
        if let Some(booking_id) = booking_id {
            check_number(conn, property_id, booking_id).await?;
        }
        let folio = repository::insert(conn, &new).await?;
        if group_id.is_some() {
            repository::insert_routing(conn, &rooms_of_group(&folio)).await?;
        }
        outbox::publish(conn, &cause, [Event::created(&folio)]).await?;
        let (location, version) = (format!("/v1/folios/{}", folio.id), folio.version);
        let entries = Page::whole(Vec::new());
        let currency = folio.currency;
        Answer::created(location, version, &FolioDetails::new(summary(conn, folio, cause.at).await?, entries, currency))
    })
    .await
}

/// Checks that a booking can have one more folio. It locks the main one, whose id is the booking's: nobody opens another one
/// meanwhile.
async fn check_number(conn: &Conn, property_id: Uuid, booking_id: Uuid) -> Result<()> {
    repository::lock(conn, property_id, booking_id).await?.or_404("folio")?;
    let folios = repository::of_booking(conn, property_id, booking_id).await?;
    if folios.len() < MOST_FOLIOS { Ok(()) } else { Err(FolioError::TooManyFolios(MOST_FOLIOS).into()) }
}

/// The rule by which a master takes rooms and their taxes, and leaves extras to the guests.
fn rooms_of_group(master: &Folio) -> Routing {
    Routing {
        property_id: master.property_id,
        id: Uuid::now_v7(),
        folio_id: master.id,
        booking_id: None,
        group_id: master.group_id,
        stay_id: None,
        kinds: vec![Some(FolioKind::Room)],
        from_date: None,
        to_date: None,
        cap_minor: None,
        created_at: master.created_at,
    }
}

/// Checks that a folio is of what its kind says.
async fn check_owner(
    conn: &Conn,
    staff: &Staff<FoliosWrite>,
    property_id: Uuid,
    (kind, booking_id, group_id): (PayerKind, Option<Uuid>, Option<Uuid>),
) -> Result<()> {
    match (kind, booking_id, group_id) {
        (PayerKind::Account, ..) => Err(Error::invalid("/kind", "is opened by itself when something first goes to the account")),
        (PayerKind::Guest | PayerKind::Company, Some(booking_id), None) => {
            let booking = repository::find_of_booking(conn, &staff.reach(), booking_id).await?;
            match booking.filter(|booking| booking.property_id == property_id) {
                Some(_) => Ok(()),
                None => Err(Error::invalid("/booking_id", "is not a booking of the property")),
            }
        }
        (PayerKind::Guest | PayerKind::Company, None, _) => {
            Err(Error::invalid("/booking_id", "is needed for this kind of folio"))
        }
        (PayerKind::Master, None, Some(group_id)) => match repository::lock_group(conn, property_id, group_id).await? {
            true => Ok(()),
            false => Err(Error::invalid("/group_id", "is not a group of the property")),
        },
        (PayerKind::Master, _, None) => Err(Error::invalid("/group_id", "is needed for a master folio")),
        (PayerKind::House, None, None) => Ok(()),
        (PayerKind::Guest | PayerKind::Company, _, Some(_)) | (PayerKind::House, None, Some(_)) => {
            Err(Error::invalid("/group_id", "is for master folios"))
        }
        (PayerKind::Master | PayerKind::House, Some(_), _) => {
            Err(Error::invalid("/booking_id", "is for folios of guests and companies"))
        }
    }
}

/// Returns the profile or the account that pays, if it is one of the hotel. An account for which nothing is to be booked any
/// more can only stay the payer that it is.
async fn payer_of(
    conn: &Conn,
    property_id: Uuid,
    payer: Option<Payer>,
    known: Option<Uuid>,
) -> Result<(Option<Uuid>, Option<Uuid>)> {
    match payer {
        None => Ok((None, None)),
        Some(Payer { guest_id: Some(id), account_id: None }) => match guests::find_in(conn, property_id, id).await? {
            Some(_) => Ok((Some(id), None)),
            None => Err(Error::invalid("/payer/guest_id", "is not a profile of the property")),
        },
        Some(Payer { guest_id: None, account_id: Some(id) }) => {
            accounts::check(conn, property_id, id, known, "/payer/account_id").await?;
            Ok((None, Some(id)))
        }
        Some(_) => Err(Error::invalid("/payer", "give exactly one of `guest_id` and `account_id`")),
    }
}

fn limit(limit: Option<Money>, currency: Currency) -> Result<Option<i64>> {
    match limit {
        Some(limit) if limit.currency != currency => {
            Err(FolioError::OtherCurrency { pointer: "/charge_limit", expected: currency }.into())
        }
        Some(limit) if limit.minor < 0 => Err(Error::invalid("/charge_limit/amount", "must not be negative")),
        limit => Ok(limit.map(|limit| limit.minor)),
    }
}

pub async fn update(
    app: &App,
    staff: &Staff<FoliosWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateFolio,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let UpdateFolio { name, payer, no_post, charge_limit } = patch;
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("folio")?;
        hold(conn, found.property_id).await?;
        let before = repository::lock(conn, found.property_id, found.id).await?.or_404("folio")?;
        seen.check(before.version)?;
        check_open(&before)?;
        check_of_payer(&before)?;
        let charge_limit_minor = charge_limit.map(|new| limit(new, before.currency)).transpose()?;
        let (guest_id, account_id) = match payer {
            Some(payer) => {
                let (guest_id, account_id) = payer_of(conn, before.property_id, payer, before.account_id).await?;
                (Some(guest_id), Some(account_id))
            }
            None => (None, None),
        };
        let change = FolioChange { name, no_post, charge_limit_minor, guest_id, account_id };
        let after = repository::change(conn, &before, &change, cause.at).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &summary(conn, before, cause.at).await?);
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &summary(conn, after, cause.at).await?)
    })
    .await
}

/// Closes a folio that comes to nothing.
pub async fn close(app: &App, staff: &Staff<FoliosWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("folio")?;
        hold(conn, found.property_id).await?;
        let before = repository::lock(conn, found.property_id, found.id).await?.or_404("folio")?;
        seen.check(before.version)?;
        check_open(&before)?;
        check_of_payer(&before)?;
        if before.balance_minor != 0 {
            return Err(FolioError::Unsettled(Money::new(before.balance_minor, before.currency)).into());
        }
        // What comes late for a booking goes to another folio of it.
        if before.booking_id.is_none() && repository::has_money_under_way(conn, before.property_id, before.id).await? {
            return Err(FolioError::MoneyUnderWay.into());
        }
        let after = repository::close(conn, &before, cause.at).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("folio.closed")]).await?;
        Answer::ok(after.version, &summary(conn, after, cause.at).await?)
    })
    .await
}
