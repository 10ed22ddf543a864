mod away;
mod demo;
mod excerpts;
mod information;
mod items;
mod media;
mod moves;
mod preview;
mod public;
mod remembered;
mod save;
mod slugs;
mod sweep;
mod versions;

pub use demo::{DemoPage, load as load_demo};
pub use excerpts::Excerpts;
pub use information::Information;
pub use items::{create, delete, get, list, update};
pub use media::{add as add_media, delete as delete_media, get as get_media, list as list_media};
pub use moves::{archive, give_back, publish, publish_due, schedule, submit, unschedule};
pub use preview::{ask as ask_for_preview, show as show_preview};
pub use public::{alternates, list as list_public, moved_to, page, search, sitemap};
pub use save::{add_locale, draft, restore, save};
pub use slugs::set as set_slug;
pub use sweep::{GRACE, sweep};
pub use versions::{compare, get as get_version, list as list_versions};

use super::dto::ContentLocaleOut;
use super::error::ContentError;
use super::model::{ContentId, Head, Item};
use super::repository;
use crate::Result;
use crate::answer::Answer;
use crate::error::{OnConstraint, Or404};
use crate::outbox::{self, Cause, Event};
use crate::security::{Permission, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use uuid::Uuid;

/// Refuses unless the permission holds at the hotel, or everywhere for what is of all hotels.
fn may<P: Permission>(staff: &Staff<P>, property_id: Option<Uuid>, deeds: &str) -> Result<()> {
    match property_id {
        Some(property_id) => staff.at(property_id),
        None => staff.everywhere(deeds),
    }
}

/// Content in a language, as an address names them.
pub struct Place {
    pub id: ContentId,
    pub locale: Locale,
}

impl Place {
    /// Reads the two parts of an address. What is no language is not there.
    pub fn new((id, locale): (ContentId, String)) -> Result<Self> {
        let locale = locale.parse().ok().or_404("language of this content")?;
        Ok(Self { id, locale })
    }
}

/// An item within the scope with one of its languages.
async fn find(conn: &Conn, scope: &Scope, place: &Place) -> Result<(Item, Head)> {
    let item = repository::find_item(conn, scope, place.id).await?.or_404("content")?;
    let head = repository::find_head(conn, &item, &place.locale).await?.or_404("language of this content")?;
    Ok((item, head))
}

/// The same, locked against other changes.
async fn lock(conn: &Conn, scope: &Scope, place: &Place) -> Result<(Item, Head)> {
    let item = repository::lock_item(conn, scope, place.id).await?.or_404("content")?;
    let head = repository::find_head(conn, &item, &place.locale).await?.or_404("language of this content")?;
    Ok((item, head))
}

/// Writes what a head has become, and tells of it. Where something becomes public at an address, nothing else is there any more.
async fn change_head(conn: &Conn, before: &Head, after: &Head, kind: &'static str, cause: &Cause) -> Result<Head> {
    let slug = after.slug.clone().unwrap_or_default();
    let written = repository::update_head(conn, after, cause.at).await;
    let after = written.on_constraint("content_locales_slug", || ContentError::SlugTaken(slug))?;
    if let Some(slug) = after.slug.as_deref().filter(|_| after.is_live()) {
        repository::delete_redirect(conn, after.site_id, &after.locale, slug).await?;
    }
    let event = Event::changed(before, &after).named(kind).with("locale", &after.locale);
    outbox::publish(conn, cause, [event]).await?;
    Ok(after)
}

/// Answers with a head that was changed, or with the one that there is.
fn answer(before: &Head, after: Option<Head>) -> Result<Answer> {
    match after {
        Some(after) => Answer::ok(after.version, &ContentLocaleOut::from(after)),
        None => Answer::unchanged(before.version, &ContentLocaleOut::from(before.clone())),
    }
}
