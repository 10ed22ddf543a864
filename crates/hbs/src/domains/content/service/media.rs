use super::super::dto::{ContentMediaOut, MediaFilter, NewMediaQuery};
use super::super::error::ContentError;
use super::super::model::{Media, MediaId};
use super::super::repository;
use super::may;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::media::{self, Purpose, Received};
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::ContentWrite;
use crate::version::MustMatch;

pub async fn list(
    app: &App,
    staff: &Staff<ContentWrite>,
    filter: &MediaFilter,
    page: &PageQuery,
) -> Result<Page<ContentMediaOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_media(&conn, &staff.scope, filter, before, limit + 1).await?;
    Ok(page.page(rows, |media| media.id)?.map(Into::into))
}

pub async fn get(app: &App, staff: &Staff<ContentWrite>, id: MediaId) -> Result<ContentMediaOut> {
    let conn = app.db.conn().await?;
    Ok(repository::find_media(&conn, &staff.scope, id).await?.or_404("picture")?.into())
}

/// Adds a picture, written anew and in several sizes.
pub async fn add(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    query: NewMediaQuery,
    received: Received,
) -> Result<Answer> {
    let NewMediaQuery { property_id, name, focal_x, focal_y } = query;
    may(staff, property_id, "Adding pictures for content of all hotels")?;
    let id = MediaId::now_v7();
    let picture = app.media.prepare(id.into(), received, Purpose::Photo).await?;
    picture.store(&app.objects).await?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let new = Media {
        property_id,
        id,
        name,
        key: picture.key.clone(),
        format: picture.format,
        sizes: serde_json::json!(picture.sizes()),
        focal_x,
        focal_y,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let added = app.change(key, async |conn| {
        if let Some(property_id) = property_id {
            properties::find(conn, property_id).await?.or_404("property")?;
        }
        repository::insert_media(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&new)]).await?;
        Answer::created(format!("/v1/content-media/{id}"), new.version, &ContentMediaOut::from(new.clone()))
    });
    picture.kept_if_made(&app.objects, added.await).await
}

/// Removes a picture that no version shows, with its files.
pub async fn delete(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: MediaId,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let mut files = Vec::new();
    let answer = app
        .change(key, async |conn| {
            let row = repository::lock_media(conn, &staff.scope, id).await?.or_404("picture")?;
            seen.check(row.version)?;
            let showing = repository::showing(conn, id).await?;
            if !showing.is_empty() {
                return Err(ContentError::MediaUsed(showing).into());
            }
            repository::delete_media(conn, &row, now).await?;
            outbox::publish(conn, &cause, [Event::removed(&row)]).await?;
            files = media::file_names(&row.key, row.format, &row.sizes());
            Ok(Answer::no_content())
        })
        .await?;
    app.objects.remove(&files).await;
    Ok(answer)
}
