//! Calendar imports: feeds of other programs by which a room, or rooms of a type, are blocked when they are taken elsewhere.
use super::exports::check_subject;
use super::take_over::{self, Asked, blocks_of, release_all, take_over};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::feeds::dto::{CreateFeedImport, FeedEchoOut, FeedFilter, FeedImportOut, UpdateFeedImport};
use crate::domains::feeds::error::FeedError;
use crate::domains::feeds::model::{FeedImport, NewFeedImport, PollState};
use crate::domains::feeds::{repository, rules};
use crate::error::Or404;
use crate::ical;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::outgoing::Known;
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{FeedsRead, FeedsWrite};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use uuid::Uuid;

pub async fn list(app: &App, staff: &Staff<FeedsRead>, filter: &FeedFilter, page: &PageQuery) -> Result<Page<FeedImportOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_imports(&conn, &staff.scope, filter.property_id, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |feed| feed.id)?;
    Ok(Page { items: show(app, &conn, items).await?, next_cursor })
}

pub async fn get(app: &App, staff: &Staff<FeedsRead>, id: Uuid) -> Result<FeedImportOut> {
    let conn = app.db.conn().await?;
    let feed = repository::find_import(&conn, &staff.scope, id).await?.or_404("feed")?;
    show_one(app, &conn, feed).await
}

/// Returns the nights that are taken for images of what the hotel has sold itself.
pub async fn echoes(app: &App, staff: &Staff<FeedsRead>, id: Uuid) -> Result<Page<FeedEchoOut>> {
    let conn = app.db.conn().await?;
    let feed = repository::find_import(&conn, &staff.scope, id).await?.or_404("feed")?;
    let is_told = repository::is_told(&conn, &feed).await?;
    let assumed = rules::assumed(&feed.echoes.0, &blocks_of(&conn, &feed).await?);
    Ok(Page::whole(assumed.into_iter().map(|echo| FeedEchoOut::new(echo, is_told)).collect()))
}

async fn show(app: &App, conn: &Conn, feeds: Vec<FeedImport>) -> Result<Vec<FeedImportOut>> {
    let open = repository::open_conflicts(conn, &feeds.iter().map(|feed| feed.id).collect::<Vec<_>>()).await?;
    let (stale_after, now) = (app.config.feed_stale_after(), app.clock.now());
    Ok(feeds.into_iter().map(|feed| FeedImportOut::new(feed, &open, stale_after, now)).collect())
}

async fn show_one(app: &App, conn: &Conn, feed: FeedImport) -> Result<FeedImportOut> {
    show(app, conn, vec![feed]).await?.pop().or_404("feed")
}

pub async fn create(app: &App, staff: &Staff<FeedsWrite>, key: &IdempotencyKey, request: CreateFeedImport) -> Result<Answer> {
    let CreateFeedImport { property_id, room_id, room_type_id, name, url } = request;
    staff.at(property_id)?;
    let url = url.map(|url| checked(app, &url)).transpose()?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        check_subject(conn, property_id, room_id, room_type_id).await?;
        let new = NewFeedImport {
            property_id,
            id: Uuid::now_v7(),
            room_id,
            room_type_id,
            name: &name,
            url: url.as_deref(),
            next_poll_at: url.as_ref().map(|_| now),
            created_at: now,
            updated_at: now,
        };
        let row = repository::insert_import(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&row).with("is_fetched", row.url.is_some())]).await?;
        let (id, version) = (row.id, row.version);
        Answer::created(format!("/v1/feed-imports/{id}"), version, &show_one(app, conn, row).await?)
    })
    .await
}

/// Returns an address in its one form. `webcal` is how pages say `https` of a calendar.
fn checked(app: &App, url: &str) -> Result<String> {
    const WEBCAL: &str = "webcal://";
    let is_webcal = url.get(..WEBCAL.len()).is_some_and(|start| start.eq_ignore_ascii_case(WEBCAL));
    let secure = is_webcal.then(|| format!("https://{}", &url[WEBCAL.len()..]));
    let url = secure.as_deref().unwrap_or(url);
    let url = app.outgoing.check(url).map_err(|wrong| Error::invalid("/url", wrong))?;
    Ok(url.into())
}

/// Gives a feed another name or address. From a new address it is fetched at once.
pub async fn update(
    app: &App,
    staff: &Staff<FeedsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateFeedImport,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let UpdateFeedImport { name, url } = patch;
    let url = url.map(|url| checked(app, &url)).transpose()?;
    app.change(key, async |conn| {
        let before = repository::lock_import(conn, &staff.scope, id).await?.or_404("feed")?;
        seen.check(before.version)?;
        let is_new = url.is_some() && url != before.url;
        let due = if is_new { Some(now) } else { before.next_poll_at };
        let url = url.as_deref().or(before.url.as_deref());
        let after = repository::update_import(conn, &before, (name.as_deref().unwrap_or(&before.name), url), due, now).await?;
        let event = Event::changed(&before, &after);
        let event = if is_new { event.with("has_new_url", true) } else { event };
        if event.is_empty() {
            return Answer::unchanged(before.version, &show_one(app, conn, before).await?);
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &show_one(app, conn, after).await?)
    })
    .await
}

/// Lets a feed be fetched as soon as may be.
pub async fn poll_now(app: &App, staff: &Staff<FeedsWrite>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    app.change(key, async |conn| {
        let feed = repository::lock_import(conn, &staff.scope, id).await?.or_404("feed")?;
        seen.check(feed.version)?;
        if feed.url.is_none() {
            return Err(FeedError::Uploaded.into());
        }
        let feed = repository::set_due(conn, &feed, now).await?;
        Answer::ok(feed.version, &show_one(app, conn, feed).await?)
    })
    .await
}

/// Takes a file over, which is all that the feed says from then on.
pub async fn upload(app: &App, staff: &Staff<FeedsWrite>, key: &IdempotencyKey, id: Uuid, file: &[u8]) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let unreadable = |wrong: &str| Error::from(FeedError::Unreadable(wrong.into()));
    let events = ical::read(file).map_err(unreadable)?;
    app.change(key, async |conn| {
        let feed = repository::lock_import(conn, &staff.scope, id).await?.or_404("feed")?;
        if feed.url.is_some() {
            return Err(FeedError::Polled.into());
        }
        let wanted = match take_over::wanted(app, conn, &feed, events, now).await? {
            Asked::Nights(wanted) => wanted,
            Asked::Refused(wrong) => return Err(unreadable(wrong)),
        };
        let report = take_over(conn, &feed, wanted, &cause).await?;
        repository::set_poll_state(conn, &feed, &PollState::read(Known::default(), None, now)).await?;
        Answer::done(&report)
    })
    .await
}

/// Ends a feed. Its blocks are released, from today on.
pub async fn delete(app: &App, staff: &Staff<FeedsWrite>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let feed = repository::lock_import(conn, &staff.scope, id).await?.or_404("feed")?;
        seen.check(feed.version)?;
        release_all(conn, &feed, &cause).await?;
        repository::delete_import(conn, &feed, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&feed)]).await?;
        Ok(Answer::no_content())
    })
    .await
}
