//! An event, and how it is written.
use super::changes::Changes;
use super::{Entity, Recorded, SYSTEM_STREAM};
use crate::person_keys::PersonKeys;
use crate::reliance::Reliance;
use crate::request_id::RequestId;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::outbox;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::Arc;
use uuid::Uuid;

text_enum! {
    /// Kind of an actor.
    pub enum ActorKind {
        User = "user",
        /// An API key of an integration.
        ApiKey = "api_key",
        /// A guest without an account, by the link that was mailed to a booking's contact.
        GuestLink = "guest_link",
        /// A caller who is not signed in, such as one who registers.
        Anonymous = "anonymous",
        /// HBS itself: a job or the command line.
        System = "system",
    }
}

/// Cause of an event: the actor, the request and the time.
#[derive(Debug, Clone)]
pub struct Cause {
    actor_kind: ActorKind,
    actor_id: Option<Uuid>,
    request_id: Option<RequestId>,
    /// Notes of the request, which learn at which properties it changed something.
    reliance: Option<Arc<Reliance>>,
    /// Keys that personal values are sealed with. A cause comes to whoever publishes anyway, so neither connections nor the
    /// process as a whole need to know of keys; without them, such values are withheld for good.
    keys: Option<PersonKeys>,
    pub at: DateTime<Utc>,
}

impl Cause {
    /// The cause with the notes of its request.
    #[must_use]
    pub fn noted_in(self, reliance: Arc<Reliance>) -> Self {
        Self { reliance: Some(reliance), ..self }
    }

    /// The cause of events whose personal values are sealed.
    #[must_use]
    pub fn sealing_with(self, keys: &PersonKeys) -> Self {
        Self { keys: Some(keys.clone()), ..self }
    }

    pub fn user(id: Uuid, request_id: RequestId, at: DateTime<Utc>) -> Self {
        Self::of(ActorKind::User, Some(id), Some(request_id), at)
    }

    pub fn api_key(id: Uuid, request_id: RequestId, at: DateTime<Utc>) -> Self {
        Self::of(ActorKind::ApiKey, Some(id), Some(request_id), at)
    }

    /// Caused by a guest without an account. Who that is, the booking says.
    pub fn guest_link(booking_id: Uuid, request_id: RequestId, at: DateTime<Utc>) -> Self {
        Self::of(ActorKind::GuestLink, Some(booking_id), Some(request_id), at)
    }

    pub fn anonymous(request_id: RequestId, at: DateTime<Utc>) -> Self {
        Self::of(ActorKind::Anonymous, None, Some(request_id), at)
    }

    /// The user who did it, if a user did.
    pub fn user_id(&self) -> Option<Uuid> {
        self.actor_id.filter(|_| self.actor_kind == ActorKind::User)
    }

    /// The key of the integration that did it, if one did.
    pub fn api_key_id(&self) -> Option<Uuid> {
        self.actor_id.filter(|_| self.actor_kind == ActorKind::ApiKey)
    }

    /// Returns the actor, for tables that keep it themselves.
    pub fn actor(&self) -> (ActorKind, Option<Uuid>) {
        (self.actor_kind, self.actor_id)
    }

    pub fn system(at: DateTime<Utc>) -> Self {
        Self::of(ActorKind::System, None, None, at)
    }

    fn of(actor_kind: ActorKind, actor_id: Option<Uuid>, request_id: Option<RequestId>, at: DateTime<Utc>) -> Self {
        Self { actor_kind, actor_id, request_id, reliance: None, keys: None, at }
    }
}

/// Event of a change of one entity.
#[derive(Debug, Clone)]
pub struct Event {
    /// Kind of the event, such as `booking.created`.
    kind: Cow<'static, str>,
    /// Name of the changed entity, such as `booking`.
    entity: &'static str,
    which: Entity,
    changes: Changes,
}

impl Event {
    /// An event of something new, with all its fields: `booking.created`.
    pub fn created<R: Recorded + Serialize>(row: &R) -> Self {
        Self::derived(row, "created").noting(|changes| changes.and_all(row))
    }

    /// An event of something that changed, with the fields that differ: `booking.updated`.
    pub fn changed<R: Recorded + Serialize>(before: &R, after: &R) -> Self {
        Self::derived(after, "updated").noting(|changes| changes.and_differing(before, after))
    }

    /// An event of something that is no more: `booking.deleted`.
    pub fn removed(row: &impl Recorded) -> Self {
        let mut event = Self::derived(row, "deleted");
        event.changes.tell("is_deleted".into(), Value::from(false), Value::from(true));
        event
    }

    /// An event of a row, whose facts are still to come.
    pub fn of<R: Recorded>(kind: &'static str, row: &R) -> Self {
        Self::about::<R>(kind, row.entity())
    }

    /// An event of something that was not read, whose facts are still to come.
    pub fn about<R: Recorded>(kind: impl Into<Cow<'static, str>>, entity: Entity) -> Self {
        Self { kind: kind.into(), entity: R::ENTITY, which: entity, changes: Changes::none(R::OPEN, R::SEALED) }
    }

    fn derived<R: Recorded>(row: &R, verb: &str) -> Self {
        Self::about::<R>(format!("{}.{verb}", R::ENTITY), row.entity())
    }

    /// The event under a particular name: `image.added`.
    #[must_use]
    pub fn named(self, kind: &'static str) -> Self {
        Self { kind: kind.into(), ..self }
    }

    /// Adds a fact, shown in clear or sealed if the row says so.
    #[must_use]
    pub fn and(self, fact: &str, before: impl Serialize, after: impl Serialize) -> Self {
        self.noting(|changes| changes.and(fact, before, after))
    }

    /// Adds a fact that had no value before.
    #[must_use]
    pub fn with(self, fact: &str, value: impl Serialize) -> Self {
        self.and(fact, None::<()>, value)
    }

    /// Adds a fact whose value is kept in no form.
    #[must_use]
    pub fn withheld(mut self, fact: &str) -> Self {
        self.changes.withhold(fact.into());
        self
    }

    /// Returns `true` if the event has nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn noting(self, note: impl FnOnce(Changes) -> Changes) -> Self {
        Self { changes: note(self.changes), ..self }
    }
}

#[derive(Insertable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct NewRow<'a> {
    event_id: Uuid,
    stream_id: Uuid,
    kind: Cow<'static, str>,
    entity: &'a str,
    entity_id: Uuid,
    booking_id: Option<Uuid>,
    actor_kind: ActorKind,
    actor_id: Option<Uuid>,
    request_id: Option<&'a str>,
    changes: serde_json::Value,
    occurred_at: DateTime<Utc>,
    version: Option<i64>,
}

/// Writes events in the transaction of the changes they tell of.
pub async fn publish(mut conn: &Conn, cause: &Cause, events: impl IntoIterator<Item = Event>) -> QueryResult<()> {
    let rows = rows(cause, events);
    if rows.is_empty() {
        return Ok(());
    }
    Cached(diesel::insert_into(outbox::table).values(rows)).execute(&mut conn).await.map(|_| ())
}

/// Publishes many events: one statement, whatever their number.
pub async fn publish_many(mut conn: &Conn, cause: &Cause, events: impl IntoIterator<Item = Event>) -> QueryResult<()> {
    let rows = rows(cause, events);
    let statement = constant_sql(
        "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, booking_id, changes, version, \
                             actor_kind, actor_id, request_id, occurred_at) \
         SELECT new.event_id, new.stream_id, new.kind, new.entity, new.entity_id, new.booking_id, new.changes, new.version, \
                $9, $10, $11, $12 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY \
             AS new(event_id, stream_id, kind, entity, entity_id, booking_id, changes, version, place) ORDER BY new.place",
    );
    Cached(
        statement
            .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.event_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.stream_id).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| &*row.kind).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.entity).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.entity_id).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(rows.iter().map(|row| row.booking_id).collect::<Vec<_>>())
            .bind::<Array<Jsonb>, _>(rows.iter().map(|row| &row.changes).collect::<Vec<_>>())
            .bind::<Array<Nullable<BigInt>>, _>(rows.iter().map(|row| row.version).collect::<Vec<_>>())
            .bind::<Text, _>(cause.actor_kind.as_str())
            .bind::<Nullable<SqlUuid>, _>(cause.actor_id)
            .bind::<Nullable<Text>, _>(cause.request_id.as_ref().map(RequestId::as_str))
            .bind::<Timestamptz, _>(cause.at),
    )
    .execute(&mut conn)
    .await
    .map(|_| ())
}

fn rows(cause: &Cause, events: impl IntoIterator<Item = Event>) -> Vec<NewRow<'_>> {
    let events: Vec<Event> = events.into_iter().collect();
    if let Some(reliance) = &cause.reliance {
        reliance.at(events.iter().filter_map(|event| event.which.property_id));
    }
    events.into_iter().map(|event| row(cause, event)).collect()
}

fn row(cause: &Cause, event: Event) -> NewRow<'_> {
    let Event { kind, entity, which: Entity { id, property_id, booking_id }, changes } = event;
    let event_id = Uuid::now_v7();
    NewRow {
        event_id,
        stream_id: property_id.unwrap_or(SYSTEM_STREAM),
        kind,
        entity,
        entity_id: id,
        booking_id,
        actor_kind: cause.actor_kind,
        actor_id: cause.actor_id,
        request_id: cause.request_id.as_ref().map(RequestId::as_str),
        version: changes.version(),
        changes: changes.into_json(event_id, cause.keys.as_ref()),
        occurred_at: cause.at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Clone, Serialize)]
    struct Review {
        stars: i32,
        text: Option<String>,
        photos: Vec<String>,
        version: i64,
    }

    impl Recorded for Review {
        const ENTITY: &'static str = "review";
        const OPEN: &'static [&'static str] = &["stars", "is_answered"];

        fn entity(&self) -> Entity {
            Entity::new(Uuid::max()).at(Uuid::nil()).in_booking(None)
        }
    }

    fn review(stars: i32, text: &str) -> Review {
        Review { stars, text: Some(text.into()), photos: vec!["ana.jpg".into()], version: i64::from(stars) }
    }

    fn told(event: Event) -> (String, Value) {
        assert_eq!((event.entity, event.which), ("review", Entity::new(Uuid::max()).at(Uuid::nil())));
        (event.kind.into_owned(), event.changes.into_json(Uuid::nil(), None))
    }

    #[test]
    fn of_what_a_row_does_not_name_no_value_is_told() {
        let withheld = json!({"withheld": true});
        let expected = json!({"stars": {"before": null, "after": 5}, "text": withheld, "photos": withheld});
        assert_eq!(told(Event::created(&review(5, "Ana was kind"))), ("review.created".into(), expected));
    }

    #[test]
    fn only_what_differs_is_told() {
        let (before, after) = (review(5, "Ana was kind"), review(4, "Ana was kind"));
        let expected = json!({"stars": {"before": 5, "after": 4}});
        assert_eq!(told(Event::changed(&before, &after)), ("review.updated".into(), expected));
        assert!(Event::changed(&before, &before).is_empty());
    }

    #[test]
    fn a_version_is_that_after_the_change_or_none() {
        let version = |event: Event| event.changes.version();
        let (before, after) = (review(5, "Ana was kind"), review(4, "Ana was kind"));
        assert_eq!(version(Event::created(&before)), Some(5), "stars stand for it here");
        assert_eq!(version(Event::changed(&before, &after)), Some(4));
        let unwritten = Review { text: None, ..before.clone() };
        assert_eq!(version(Event::changed(&before, &unwritten)), None, "the version of before says nothing");
        assert_eq!(version(Event::of("review.answered", &before)), None);
    }

    #[test]
    fn what_is_no_more_is_told_by_that() {
        let expected = json!({"is_deleted": {"before": false, "after": true}});
        assert_eq!(told(Event::removed(&review(5, "Ana was kind"))), ("review.deleted".into(), expected));
    }

    #[test]
    fn facts_beside_those_of_the_row_are_told_by_the_same_rule() {
        let event = Event::of("review.answered", &review(5, "Ana was kind"));
        let event = event.and("is_answered", false, true).with("answer", "Thank you, Ana").withheld("stars");
        let withheld = json!({"withheld": true});
        let expected = json!({"is_answered": {"before": false, "after": true}, "answer": withheld, "stars": withheld});
        assert_eq!(told(event), ("review.answered".into(), expected));
    }
}
