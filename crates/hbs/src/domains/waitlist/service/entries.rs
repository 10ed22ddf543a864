use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, NO_AVAILABILITY, NO_SINGLE_ROOM};
use crate::domains::waitlist::dto::{JoinWaitlist, WaitlistEntryOut, WaitlistFilter};
use crate::domains::waitlist::error::WaitlistError;
use crate::domains::waitlist::model::{Entry, EntryStatus};
use crate::domains::waitlist::repository::{self, WithOffer};
use crate::error::{OnConstraint, Or404, problems};
use crate::forgetting::{Forgotten, Past};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::OwnOr;
use crate::security::permission::{BookingsRead, BookingsWrite};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, changed_meanwhile};
use crate::{Error, Result};
use chrono::Days;
use futures_util::try_join;
use uuid::Uuid;

/// Maximum number of live entries of a guest at a time, at all hotels together.
const MAX_LIVE: i64 = 20;

/// Puts a guest in line for rooms that cannot be booked.
pub async fn join(app: &App, who: &OwnOr<BookingsWrite>, key: &IdempotencyKey, request: JoinWaitlist) -> Result<Answer> {
    let is_staff = who.reach.scope.covers(request.property_id);
    let user_id = match request.guest_user_id {
        Some(id) if !is_staff && who.caller.user_id() != Some(id) => {
            return Err(Error::invalid("/guest_user_id", "only staff of the hotel can enter somebody else"));
        }
        Some(id) => Some(id),
        None if is_staff => None,
        // A link to a booking is no account to wait by, whatever the hotel.
        None if who.reach.guest.is_some() => who.caller.require::<BookingsWrite>(request.property_id).map(|()| None)?,
        None => Some(who.caller.user_id().or_404("property")?),
    };
    if !is_staff {
        request.contact.needed_email()?;
    }
    // Nowhere is the date more than a day behind.
    let yesterday = app.clock.now().date_naive() - Days::new(1);
    if request.wait_until.is_some_and(|until| until < yesterday) {
        return Err(Error::invalid("/wait_until", "is past"));
    }
    if request.wait_until.is_some_and(|until| until > request.check_in) {
        return Err(Error::invalid("/wait_until", "must not be after the day of arrival"));
    }
    let now = app.clock.now();
    let cause = who.caller.cause(now);
    let entry = request.into_entry(user_id, now);
    if let Some(replay) = check_sold_out(app, key, &entry, &cause).await? {
        return Ok(replay);
    }
    app.change(key, async |conn| {
        if let Some(user_id) = user_id {
            let live = repository::lock_and_count(conn, user_id).await?;
            if !is_staff && live >= MAX_LIVE {
                return Err(WaitlistError::Full(MAX_LIVE).into());
            }
        }
        repository::insert(conn, &entry).await.on_constraint("waitlist_entries_once", || WaitlistError::AlreadyWaiting)?;
        outbox::publish(conn, &cause, [Event::created(&entry)]).await?;
        let (location, version) = (format!("/v1/waitlist/{}", entry.id), entry.version);
        Answer::created(location, version, &show_one(conn, (entry, None)).await?)
    })
    .await
}

/// Tries the sale: it must fail for want of rooms, and for nothing else. What comes back between this and the entry is seen by
/// whoever consumes the entry's event. An answer is that to an earlier request with the key.
async fn check_sold_out(app: &App, key: &IdempotencyKey, entry: &Entry, cause: &Cause) -> Result<Option<Answer>> {
    match bookings::rehearse(app, key, &entry.sale(None), cause).await {
        Ok(answer) if answer.replayed => Ok(Some(answer)),
        Ok(_) => Err(WaitlistError::Bookable.into()),
        Err(error) if error.is(&NO_AVAILABILITY) || error.is(&NO_SINGLE_ROOM) => Ok(None),
        Err(error) => Err(in_words_of_entry(error)),
    }
}

/// Words an error for an entry: its rooms are all alike, so an error of the first room is one of the entry.
fn in_words_of_entry(error: Error) -> Error {
    match error {
        Error::Client(mut client) => {
            client.errors.retain(|error| !error.pointer.starts_with("/rooms/") || error.pointer.starts_with("/rooms/0/"));
            for error in &mut client.errors {
                if let Some(field) = error.pointer.strip_prefix("/rooms/0") {
                    error.pointer = field.to_owned();
                }
            }
            if client.problem.code == problems::INVALID.code {
                Error::invalid_fields(client.errors)
            } else {
                Error::Client(client)
            }
        }
        internal @ Error::Internal { .. } => internal,
    }
}

pub async fn list(
    app: &App,
    who: &OwnOr<BookingsRead>,
    filter: &WaitlistFilter,
    page: &PageQuery,
) -> Result<Page<WaitlistEntryOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &who.reach, filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |(entry, _)| entry.id)?;
    Ok(Page { items: show(&conn, items).await?, next_cursor })
}

pub async fn get(app: &App, who: &OwnOr<BookingsRead>, id: Uuid) -> Result<WaitlistEntryOut> {
    let conn = app.db.conn().await?;
    let row = repository::find(&conn, &who.reach, id).await?.or_404("waitlist entry")?;
    show_one(&conn, row).await
}

pub async fn leave(app: &App, who: &OwnOr<BookingsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = who.caller.cause(now);
    app.change(key, async |conn| {
        let found = repository::find(conn, &who.reach, id).await?;
        let (before, _) = found.or_404("waitlist entry")?;
        seen.check(before.version)?;
        if before.status != EntryStatus::Waiting {
            return Err(WaitlistError::NotWaiting { status: before.status, booking_id: before.booking_id }.into());
        }
        let after = repository::set_status(conn, &before, EntryStatus::Left, None, now).await?;
        let after = after.ok_or_else(|| changed_meanwhile(before.version + 1))?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("waitlist_entry.left")]).await?;
        let version = after.version;
        Answer::ok(version, &show_one(conn, (after, None)).await?)
    })
    .await
}

/// Entries with their names and their places in line: one round trip more, however many there are.
async fn show(conn: &Conn, rows: Vec<WithOffer>) -> Result<Vec<WaitlistEntryOut>> {
    let ids: Vec<Uuid> = rows.iter().map(|(entry, _)| entry.id).collect();
    let (positions, mut names) = try_join!(repository::positions(conn, &ids), repository::names(conn, &ids))?;
    let out = |(entry, expires_at): WithOffer| {
        let position = positions.get(&entry.id).copied();
        let names = names.remove(&entry.id).unwrap_or_default();
        WaitlistEntryOut::new(entry, names, position, expires_at)
    };
    Ok(rows.into_iter().map(out).collect())
}

async fn show_one(conn: &Conn, row: WithOffer) -> Result<WaitlistEntryOut> {
    show(conn, vec![row]).await?.pop().or_404("waitlist entry")
}

/// Forgets entries that are due: they are over, and so is the day for which rooms were wanted.
pub async fn forget_entries(conn: &Conn, past: Past, limit: i64) -> Result<Forgotten> {
    let due = repository::due_entries(conn, past, limit).await?;
    Ok(Forgotten::things(repository::delete(conn, past.property_id, &due.ids).await?))
}
