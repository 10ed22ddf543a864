use super::super::dto::{ContentFilter, ContentOut, CreateContent, UpdateContent};
use super::super::error::ContentError;
use super::super::model::{ContentId, Head, Item, ItemChange, MAX_ITEMS};
use super::super::repository;
use super::may;
use super::save::{Draft, New, insert_head};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::pauses::Pause;
use crate::security::Staff;
use crate::security::permission::{ContentPublish, ContentWrite};
use crate::version::MustMatch;
use crate::{Error, Result};
use std::collections::HashMap;

pub async fn list(app: &App, staff: &Staff<ContentWrite>, filter: &ContentFilter, page: &PageQuery) -> Result<Page<ContentOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let items = repository::list_items(&conn, &staff.scope, filter, before, limit + 1).await?;
    let page = page.page(items, |item| item.id)?;
    let mut heads: HashMap<ContentId, Vec<_>> = HashMap::new();
    for head in repository::heads_of(&conn, &page.items).await? {
        heads.entry(head.content_id).or_default().push(head);
    }
    Ok(page.map(|item| {
        let heads = heads.remove(&item.id).unwrap_or_default();
        ContentOut::new(item, heads)
    }))
}

pub async fn get(app: &App, staff: &Staff<ContentWrite>, id: ContentId) -> Result<ContentOut> {
    let conn = app.db.conn().await?;
    let item = repository::find_item(&conn, &staff.scope, id).await?.or_404("content")?;
    let heads = repository::heads_of(&conn, std::slice::from_ref(&item)).await?;
    Ok(ContentOut::new(item, heads))
}

/// Adds content with its first language, as a draft.
pub async fn create(app: &App, staff: &Staff<ContentWrite>, key: &IdempotencyKey, request: CreateContent) -> Result<Answer> {
    let CreateContent { property_id, kind, name, position, locale, slug, content } = request;
    may(staff, property_id, "Adding content of all hotels")?;
    let draft = Draft::of(kind, content)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let id = ContentId::now_v7();
    let version_id = draft.write(app, id, &locale).await?;
    let item = Item { property_id, id, kind, name, position, version: 1, created_at: now, updated_at: now };
    let answer = app
        .change(key, async |conn| {
            if let Some(property_id) = property_id {
                properties::find(conn, property_id).await?.or_404("property")?;
            }
            if repository::begin_item(conn, item.site_id()).await? >= MAX_ITEMS {
                return Err(ContentError::TooManyItems(MAX_ITEMS).into());
            }
            let targets = repository::lock_items(conn, &draft.links).await?;
            repository::insert_item(conn, &item).await?;
            let new = New { id: version_id, number: 1, locale: &locale, restored_from: None, cause: &cause };
            draft.record(conn, &item, &targets, new).await?;
            let head = Head::draft(&item, locale.clone(), slug.clone(), version_id, now);
            insert_head(conn, &head).await?;
            outbox::publish(conn, &cause, [Event::created(&item), Event::created(&head)]).await?;
            app.pauses.here(Pause::BeforeCommit).await;
            Answer::created(format!("/v1/content/{id}"), item.version, &ContentOut::new(item.clone(), vec![head]))
        })
        .await?;
    app.pauses.here(Pause::AfterCommit).await;
    Ok(answer)
}

/// Changes what staff know content by, and its place in lists.
pub async fn update(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: ContentId,
    patch: UpdateContent,
) -> Result<Answer> {
    let UpdateContent { name, position } = patch;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let before = repository::lock_item(conn, &staff.scope, id).await?.or_404("content")?;
        seen.check(before.version)?;
        let heads = repository::heads_of(conn, std::slice::from_ref(&before)).await?;
        let change = ItemChange { name: name.clone(), position };
        let after = repository::update_item(conn, &before, &change, cause.at).await?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &ContentOut::new(before, heads));
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &ContentOut::new(after, heads))
    })
    .await
}

/// Removes content, unless other content links to it. What is public is for those to remove who may publish.
pub async fn delete(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: ContentId,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let item = repository::lock_item(conn, &staff.scope, id).await?.or_404("content")?;
        seen.check(item.version)?;
        let heads = repository::heads_of(conn, std::slice::from_ref(&item)).await?;
        if heads.iter().any(|head| head.is_live()) {
            may_publish(staff, &item)?;
        }
        let linking = repository::linking(conn, id).await?;
        if !linking.is_empty() {
            return Err(ContentError::Linked(linking).into());
        }
        repository::delete_item(conn, &item, now).await?;
        repository::mark_heads_deleted(conn, &item, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&item)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

/// Refuses with 403 unless the caller may publish the content as well.
pub(super) fn may_publish(staff: &Staff<ContentWrite>, item: &Item) -> Result<(), Error> {
    match item.property_id {
        Some(property_id) => staff.caller.require::<ContentPublish>(property_id),
        None => Staff::<ContentPublish>::prove(staff.caller.clone())?.everywhere("Publishing content of all hotels"),
    }
}
