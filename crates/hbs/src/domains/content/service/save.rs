//! New versions: the document first, then the head that names it.
use super::super::dto::{AddContentLocale, ContentBody, ContentDraftOut, RestoreContent, SaveContent};
use super::super::error::ContentError;
use super::super::model::{
    ContentId, ContentKind, Head, Item, MAX_LOCALES, MediaId, Version, VersionId, VersionLink, VersionMedia, site_of,
};
use super::super::repository::{self, documents};
use super::super::rules::{blocks, states};
use super::away::away;
use super::{Place, change_head, find, remembered};
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::error::{FieldError, OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::pauses::Pause;
use crate::security::Staff;
use crate::security::permission::ContentWrite;
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::version::{IfMatch, MustMatch, changed_meanwhile};
use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::slice;

/// Content that is right for its kind, with what it refers to.
pub(super) struct Draft {
    pub content: ContentBody,
    digest: Vec<u8>,
    pub links: Vec<ContentId>,
    media: Vec<MediaId>,
}

impl Draft {
    /// Checks content, as far as that takes no store.
    pub(super) fn of(kind: ContentKind, content: ContentBody) -> Result<Self> {
        let faults = blocks::faults(kind, &content);
        if !faults.is_empty() {
            return Err(Error::invalid_fields(faults));
        }
        let json = serde_json::to_vec(&content).map_err(Error::internal)?;
        let links = content.links().collect::<BTreeSet<_>>().into_iter().collect();
        let media = content.pictures().map(|picture| picture.media_id).collect::<BTreeSet<_>>().into_iter().collect();
        Ok(Self { digest: Sha256::digest(&json).to_vec(), links, media, content })
    }

    /// Writes the document of a version that nothing names yet.
    pub(super) async fn write(&self, app: &App, content_id: ContentId, locale: &Locale) -> Result<VersionId> {
        let id = VersionId::now_v7();
        app.pauses.here(Pause::BeforeDocument).await;
        let written = documents::insert(&app.mongo, id, content_id, locale, &self.content, Clock::real_now()).await;
        written.map_err(|error| away(&error))?;
        app.pauses.here(Pause::AfterDocument).await;
        Ok(id)
    }

    /// Writes the row of a version whose document is there. `locked` are the items to which it links, as far as they are there.
    pub(super) async fn record(&self, conn: &Conn, item: &Item, locked: &[Item], new: New<'_>) -> Result<()> {
        let New { id, number, locale, restored_from, cause } = new;
        self.check_references(conn, item, locked).await?;
        let (site_id, content_id, at) = (item.site_id(), item.id, cause.at);
        let version = Version {
            site_id,
            content_id,
            locale: locale.clone(),
            id,
            number,
            title: self.content.title.clone(),
            summary: self.content.summary.clone(),
            text: blocks::words(&self.content),
            digest: self.digest.clone(),
            author_id: cause.user_id(),
            restored_from,
            created_at: at,
            updated_at: at,
        };
        let link = |target_id: &ContentId| VersionLink {
            site_id,
            content_id,
            locale: locale.clone(),
            version_id: id,
            target_id: *target_id,
            created_at: at,
            updated_at: at,
        };
        let picture = |media_id: &MediaId| VersionMedia {
            site_id,
            content_id,
            locale: locale.clone(),
            version_id: id,
            media_id: *media_id,
            created_at: at,
            updated_at: at,
        };
        let links: Vec<VersionLink> = self.links.iter().map(link).collect();
        let media: Vec<VersionMedia> = self.media.iter().map(picture).collect();
        Ok(repository::insert_version(conn, &version, &links, &media).await?)
    }

    /// Checks that what it links to and what it shows is there, at the same site or that of all hotels. Both stay until the end
    /// of the transaction.
    async fn check_references(&self, conn: &Conn, item: &Item, locked: &[Item]) -> Result<()> {
        let is_reachable = |target: &Item| [item.site_id(), site_of(None)].contains(&target.site_id());
        let is_there = |id: &ContentId| *id == item.id || locked.iter().any(|target| target.id == *id && is_reachable(target));
        let shared = repository::share_media(conn, item.site_id(), &self.media).await?;
        let mut faults = Vec::new();
        for (place, block) in self.content.blocks.iter().enumerate() {
            let one = ContentBody { title: String::new(), summary: None, blocks: vec![block.clone()] };
            let pointer = format!("/content/blocks/{place}/{}", block.name());
            if !one.links().all(|id| is_there(&id)) {
                faults.push(FieldError::body(format!("{pointer}/content_id"), "is no content of this hotel, or of all hotels"));
            }
            if !one.pictures().all(|picture| shared.contains(&picture.media_id)) {
                faults.push(FieldError::body(pointer, "has a picture that is not there for this hotel, or for all hotels"));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid_fields(faults)) }
    }
}

/// Facts about a version that is recorded.
pub(super) struct New<'a> {
    pub id: VersionId,
    pub number: i32,
    pub locale: &'a Locale,
    pub restored_from: Option<i32>,
    pub cause: &'a Cause,
}

/// Writes the head of a language that is new.
pub(super) async fn insert_head(conn: &Conn, head: &Head) -> Result<()> {
    let slug = || head.slug.clone().unwrap_or_default();
    let inserted = repository::insert_head(conn, head).await;
    inserted.on_constraint("content_locales_slug", || ContentError::SlugTaken(slug())).map(drop)
}

/// Shows the version that is worked on in a language.
pub async fn draft(app: &App, staff: &Staff<ContentWrite>, place: &Place) -> Result<ContentDraftOut> {
    let conn = app.db.conn().await?;
    let (_, head) = find(&conn, &staff.scope, place).await?;
    drop(conn);
    let content = remembered::one(app, head.working_id).await?;
    Ok(ContentDraftOut { locale: head.into(), content: (*content).clone() })
}

/// Adds a language to content.
pub async fn add_locale(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    id: ContentId,
    request: AddContentLocale,
) -> Result<Answer> {
    let AddContentLocale { locale, slug, content } = request;
    let conn = app.db.conn().await?;
    let known = repository::find_item(&conn, &staff.scope, id).await?.or_404("content")?;
    drop(conn);
    let draft = Draft::of(known.kind, content)?;
    let version_id = draft.write(app, id, &locale).await?;
    let cause = staff.caller.cause(app.clock.now());
    let answer = app
        .change(key, async |conn| {
            let (item, locked) = lock_with_targets(conn, id, &draft).await?;
            if repository::find_head(conn, &item, &locale).await?.is_some() {
                return Err(ContentError::LocaleTaken(locale.clone()).into());
            }
            if repository::heads_of(conn, slice::from_ref(&item)).await?.len() >= MAX_LOCALES {
                return Err(ContentError::TooManyLocales(MAX_LOCALES).into());
            }
            let new = New { id: version_id, number: 1, locale: &locale, restored_from: None, cause: &cause };
            draft.record(conn, &item, &locked, new).await?;
            let head = Head::draft(&item, locale.clone(), slug.clone(), version_id, cause.at);
            insert_head(conn, &head).await?;
            outbox::publish(conn, &cause, [Event::created(&head)]).await?;
            app.pauses.here(Pause::BeforeCommit).await;
            let location = format!("/v1/content/{id}/locales/{locale}");
            let content = draft.content.clone();
            Answer::created(location, head.version, &ContentDraftOut { locale: head.into(), content })
        })
        .await?;
    app.pauses.here(Pause::AfterCommit).await;
    Ok(answer)
}

/// Locks an item whose scope has been asked for, with those to which a draft links.
async fn lock_with_targets(conn: &Conn, id: ContentId, draft: &Draft) -> Result<(Item, Vec<Item>)> {
    let ids: Vec<ContentId> = draft.links.iter().copied().chain([id]).collect();
    let locked = repository::lock_items(conn, &ids).await?;
    let item = locked.iter().find(|item| item.id == id).cloned().or_404("content")?;
    Ok((item, locked))
}

/// Saves a new version, which is worked on from now on.
pub async fn save(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    place: &Place,
    request: SaveContent,
) -> Result<Answer> {
    let conn = app.db.conn().await?;
    let (item, head) = find(&conn, &staff.scope, place).await?;
    drop(conn);
    let draft = Draft::of(item.kind, request.content)?;
    save_as_next(app, staff, key, (IfMatch(Some(seen.0)), None), &head, &draft).await
}

/// Makes an earlier version the next one, to be worked on again.
pub async fn restore(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    place: &Place,
    request: RestoreContent,
) -> Result<Answer> {
    let conn = app.db.conn().await?;
    let (item, head) = find(&conn, &staff.scope, place).await?;
    let version = repository::find_version(&conn, &head, request.number).await?;
    drop(conn);
    let version = version.ok_or_else(|| Error::invalid("/number", "is no version of this content in this language"))?;
    let content = remembered::one(app, version.id).await?;
    let draft = Draft::of(item.kind, (*content).clone())?;
    save_as_next(app, staff, key, (seen, Some(version.number)), &head, &draft).await
}

/// Writes a version after that of a head as it was read. A request that is refused, was done before, or brings nothing new writes
/// no document.
async fn save_as_next(
    app: &App,
    staff: &Staff<ContentWrite>,
    key: &IdempotencyKey,
    (seen, restored_from): (IfMatch, Option<i32>),
    known: &Head,
    draft: &Draft,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let (id, locale) = (known.content_id, &known.locale);
    let is_wanted = seen.check(known.version).is_ok() && !is_same(app, known, draft).await?;
    let version_id = if is_wanted { Some(draft.write(app, id, locale).await?) } else { None };
    let answer = app
        .change(key, async |conn| {
            let (item, locked) = lock_with_targets(conn, id, draft).await?;
            let before = repository::find_head(conn, &item, locale).await?.or_404("language of this content")?;
            seen.check(before.version)?;
            let out = |head: Head| ContentDraftOut { locale: head.into(), content: draft.content.clone() };
            if working_digest(conn, &before).await?.as_ref() == Some(&draft.digest) {
                return Answer::unchanged(before.version, &out(before));
            }
            // What was worked on when it was read was the same, and is not any more.
            let version_id = version_id.ok_or_else(|| changed_meanwhile(before.version))?;
            let number = before.working_number + 1;
            draft.record(conn, &item, &locked, New { id: version_id, number, locale, restored_from, cause: &cause }).await?;
            let kind = if restored_from.is_some() { "content_locale.restored" } else { "content_locale.saved" };
            let after = change_head(conn, &before, &states::saved(&before, version_id), kind, &cause).await?;
            app.pauses.here(Pause::BeforeCommit).await;
            Answer::ok(after.version, &out(after))
        })
        .await?;
    app.pauses.here(Pause::AfterCommit).await;
    Ok(answer)
}

async fn is_same(app: &App, head: &Head, draft: &Draft) -> Result<bool> {
    let conn = app.db.conn().await?;
    Ok(working_digest(&conn, head).await?.as_ref() == Some(&draft.digest))
}

async fn working_digest(conn: &Conn, head: &Head) -> Result<Option<Vec<u8>>> {
    Ok(repository::find_version(conn, head, head.working_number).await?.map(|version| version.digest))
}
