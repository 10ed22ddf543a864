//! Words of notifications that a hotel has in the place of the built-in ones.
use super::texts::Reader;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::content::Excerpts;
use crate::domains::notifications::dto::{TemplateOut, TemplatePreview, TemplateWords, TestSent};
use crate::domains::notifications::letters::TEST;
use crate::domains::notifications::model::{NotificationKind, Template};
use crate::domains::notifications::repository;
use crate::domains::notifications::rules::{self, Values, Words};
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::language::Language;
use crate::mail::{self, Mail};
use crate::outbox::{self, Event};
use crate::security::permission::TemplatesWrite;
use crate::security::{Me, Staff};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::version::MustMatch;
use crate::{Error, Result};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

type Editor = Staff<TemplatesWrite>;

/// The place of words: a hotel, a kind and a language.
#[derive(Debug, Clone)]
pub struct Place {
    pub property_id: Uuid,
    pub kind: NotificationKind,
    pub locale: Locale,
}

/// Words of every kind: the built-in ones in their languages, and the hotel's own in theirs.
pub async fn list(app: &App, staff: &Editor, property_id: Uuid) -> Result<Vec<TemplateOut>> {
    staff.at(property_id)?;
    let conn = app.db.conn().await?;
    properties::find(&conn, property_id).await?.or_404("property")?;
    let own = repository::templates_of(&conn, &[property_id]).await?;
    let mut shown = Vec::new();
    for kind in NotificationKind::ALL {
        let of_kind: Vec<&Template> = own.iter().filter(|own| own.kind == *kind).collect();
        let with_words = of_kind.iter().filter(|own| own.title.is_some()).map(|own| own.locale.clone());
        let built_in = Language::ALL.iter().map(|language| language.locale());
        let locales: BTreeSet<Locale> = built_in.chain(with_words).collect();
        for locale in locales {
            let row = of_kind.iter().find(|own| own.locale == locale).copied();
            shown.push(out(&Place { property_id, kind: *kind, locale }, row));
        }
    }
    Ok(shown)
}

pub async fn get(app: &App, staff: &Editor, place: &Place) -> Result<TemplateOut> {
    staff.at(place.property_id)?;
    let conn = app.db.conn().await?;
    properties::find(&conn, place.property_id).await?.or_404("property")?;
    let row = repository::find_template(&conn, place.property_id, place.kind, &place.locale).await?;
    Ok(out(place, row.as_ref()))
}

/// Words as the hotel has them, or the built-in ones where there are some in the language.
fn out(place: &Place, row: Option<&Template>) -> TemplateOut {
    let own = row.and_then(|row| row.title.clone().zip(row.body.clone()));
    let is_built_in = own.is_none();
    let language = Language::ALL.iter().find(|language| language.code() == place.locale.as_str());
    let built_in = language.map(|language| rules::built_in(place.kind, *language));
    let words = own.or(built_in.map(|(title, body)| (title.to_owned(), body.to_owned())));
    let (title, body) = words.unzip();
    TemplateOut {
        property_id: place.property_id,
        kind: place.kind,
        locale: place.locale.to_string(),
        is_built_in,
        title,
        body,
        variables: rules::names(place.kind),
        version: row.map_or(0, |row| row.version),
    }
}

/// Gives a hotel its own words.
pub async fn set(
    app: &App,
    staff: &Editor,
    key: &IdempotencyKey,
    seen: MustMatch,
    place: &Place,
    words: TemplateWords,
) -> Result<Answer> {
    staff.at(place.property_id)?;
    check(place.kind, &words)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let TemplateWords { title, body } = words;
    app.change(key, async |conn| {
        properties::find(conn, place.property_id).await?.or_404("property")?;
        let before = repository::lock_template(conn, place.property_id, place.kind, &place.locale).await?;
        seen.check(before.as_ref().map_or(0, |row| row.version))?;
        let Some(before) = before else {
            let new = Template {
                property_id: place.property_id,
                kind: place.kind,
                locale: place.locale.clone(),
                title: Some(title),
                body: Some(body),
                version: 1,
                created_at: now,
                updated_at: now,
            };
            if repository::begin_template(conn, &new).await? == 0 {
                return Err(crate::version::changed_meanwhile(1));
            }
            let event = Event::created(&new).named("notification_template.set");
            outbox::publish(conn, &cause, [event]).await?;
            return Answer::ok(new.version, &out(place, Some(&new)));
        };
        if (before.title.as_deref(), before.body.as_deref()) == (Some(&*title), Some(&*body)) {
            return Answer::unchanged(before.version, &out(place, Some(&before)));
        }
        let after = repository::set_template(conn, &before, Some((&title, &body)), now).await?;
        outbox::publish(conn, &cause, [changed(&before, &after, "notification_template.set")]).await?;
        Answer::ok(after.version, &out(place, Some(&after)))
    })
    .await
}

/// Lets the built-in words hold again.
pub async fn reset(app: &App, staff: &Editor, key: &IdempotencyKey, seen: MustMatch, place: &Place) -> Result<Answer> {
    staff.at(place.property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let before = lock_own(conn, place).await?;
        seen.check(before.version)?;
        let after = repository::set_template(conn, &before, None, now).await?;
        outbox::publish(conn, &cause, [changed(&before, &after, "notification_template.reset")]).await?;
        Ok(Answer::no_content())
    })
    .await
}

async fn lock_own(conn: &Conn, place: &Place) -> Result<Template> {
    let row = repository::lock_template(conn, place.property_id, place.kind, &place.locale).await?;
    row.filter(|row| row.title.is_some()).or_404("template of the hotel's own")
}

/// The event of a change: which words they were is withheld, as in all texts that people write.
fn changed(before: &Template, after: &Template, name: &'static str) -> Event {
    let event = Event::changed(before, after).named(name);
    event.with("kind", after.kind).with("locale", &after.locale)
}

fn check(kind: NotificationKind, words: &TemplateWords) -> Result<()> {
    let errors = rules::check(kind, &words.title, &words.body);
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

/// Shows words filled in with examples. Nothing is kept.
pub async fn preview(app: &App, staff: &Editor, key: &IdempotencyKey, place: &Place, words: TemplateWords) -> Result<Answer> {
    staff.at(place.property_id)?;
    check(place.kind, &words)?;
    app.change(key, async |conn| {
        let words = filled(conn, place, &words, "Ana Sousa").await?;
        Ok(Answer { is_unchanged: true, ..Answer::done(&TemplatePreview::from(words))? })
    })
    .await
}

/// Sends words to whoever tries them, filled in with examples.
pub async fn send_test(app: &App, staff: &Editor, key: &IdempotencyKey, place: &Place, words: TemplateWords) -> Result<Answer> {
    staff.at(place.property_id)?;
    check(place.kind, &words)?;
    let me = Me::of(staff.caller.clone())?;
    let now = app.clock.now();
    let cause = me.caller.cause(now);
    let (reader, address) = (Reader::of(&me), me.person().email.clone());
    let answer = app
        .change(key, async |conn| {
            let words = filled(conn, place, &words, &reader.name).await?;
            let params = json!({"kind": place.kind, "title": words.title, "text": words.body});
            mail::enqueue(conn, &[Mail { params, ..Mail::to_user(TEST, me.user_id(), &address) }]).await?;
            let row = Template {
                property_id: place.property_id,
                kind: place.kind,
                locale: place.locale.clone(),
                title: None,
                body: None,
                version: 0,
                created_at: now,
                updated_at: now,
            };
            let event = Event::of("notification_template.tested", &row).with("kind", place.kind).with("locale", &place.locale);
            outbox::publish(conn, &cause, [event]).await?;
            Answer::done(&TestSent { to: address.clone() })
        })
        .await?;
    app.mailer.wake();
    Ok(answer)
}

async fn filled(conn: &Conn, place: &Place, words: &TemplateWords, name: &str) -> Result<Words> {
    let property = properties::find(conn, place.property_id).await?.or_404("property")?;
    let published = Excerpts::find(conn, &[property.id], &rules::content_in([words.body.as_str()])).await?;
    let content = rules::content(|kind| published.of(&property, kind, std::slice::from_ref(&place.locale)));
    let values = Values { name, hotel: &property.name, content: &content, ..Values::default() };
    Ok(rules::example(place.kind, &place.locale, &words.title, &words.body, &values))
}
