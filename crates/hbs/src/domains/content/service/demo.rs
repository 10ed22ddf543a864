//! Demo content: pages that are public, with pictures of none.
use super::super::dto::ContentBody;
use super::super::model::{ContentId, ContentKind, Head, Item};
use super::super::repository;
use super::super::rules::states;
use super::change_head;
use super::save::{Draft, New, insert_head};
use crate::app::App;
use crate::outbox::{self, Cause, Event};
use crate::texts::Locale;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use serde_json::Value;
use uuid::Uuid;

/// A page of the demo site in its languages: language, address, and content as the API takes it.
pub struct DemoPage {
    pub kind: ContentKind,
    pub name: &'static str,
    pub position: i32,
    pub texts: Vec<(&'static str, &'static str, Value)>,
}

/// Adds and publishes those pages of a hotel's site that are not there yet.
pub async fn load(app: &App, property_id: Uuid, pages: Vec<DemoPage>) -> Result<()> {
    for page in pages {
        let conn = app.db.conn().await?;
        let there = match page.texts.first() {
            Some((_, slug, _)) => !repository::live_at_slug(&conn, Some(property_id), slug).await?.is_empty(),
            None => true,
        };
        drop(conn);
        if !there {
            add(app, property_id, page).await?;
        }
    }
    Ok(())
}

async fn add(app: &App, property_id: Uuid, page: DemoPage) -> Result<()> {
    let DemoPage { kind, name, position, texts } = page;
    let now = app.clock.now();
    let (id, cause) = (ContentId::now_v7(), Cause::system(now));
    let mut versions = Vec::new();
    for (locale, slug, content) in texts {
        let locale: Locale = locale.parse().map_err(|wrong: String| Error::internal(wrong))?;
        let content: ContentBody = serde_json::from_value(content).map_err(Error::internal)?;
        let draft = Draft::of(kind, content)?;
        versions.push((draft.write(app, id, &locale).await?, locale, slug, draft));
    }
    let property_id = Some(property_id);
    let item = Item { property_id, id, kind, name: name.to_owned(), position, version: 1, created_at: now, updated_at: now };
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        repository::insert_item(conn, &item).await?;
        outbox::publish(conn, &cause, [Event::created(&item)]).await?;
        for (version_id, locale, slug, draft) in &versions {
            let new = New { id: *version_id, number: 1, locale, restored_from: None, cause: &cause };
            draft.record(conn, &item, &[], new).await?;
            let head = Head::draft(&item, locale.clone(), Some((*slug).to_owned()), *version_id, now);
            insert_head(conn, &head).await?;
            outbox::publish(conn, &cause, [Event::created(&head)]).await?;
            change_head(conn, &head, &states::published(&head, kind, now)?, "content_locale.published", &cause).await?;
        }
        Ok::<_, Error>(())
    })
    .await
}
