//! An event, and how it is written.
use super::{Changes, SYSTEM_STREAM};
use crate::request_id::RequestId;
use crate::stores::postgres::{Cached, Conn, constant_sql};
use crate::words::text_enum;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use hbs_schema::outbox;
use uuid::Uuid;

text_enum! {
    /// Who acted.
    pub enum ActorKind {
        User = "user",
        /// An integration.
        ApiKey = "api_key",
        /// Somebody who is not signed in, such as one who registers.
        Anonymous = "anonymous",
        /// HBS itself: a job or the command line.
        System = "system",
    }
}

/// Who did it, in which request, and when.
#[derive(Debug, Clone)]
pub struct Cause {
    actor_kind: ActorKind,
    actor_id: Option<Uuid>,
    request_id: Option<RequestId>,
    pub at: DateTime<Utc>,
}

impl Cause {
    pub fn user(id: Uuid, request_id: RequestId, at: DateTime<Utc>) -> Self {
        Self { actor_kind: ActorKind::User, actor_id: Some(id), request_id: Some(request_id), at }
    }

    pub fn api_key(id: Uuid, request_id: RequestId, at: DateTime<Utc>) -> Self {
        Self { actor_kind: ActorKind::ApiKey, actor_id: Some(id), request_id: Some(request_id), at }
    }

    pub fn anonymous(request_id: RequestId, at: DateTime<Utc>) -> Self {
        Self { actor_kind: ActorKind::Anonymous, actor_id: None, request_id: Some(request_id), at }
    }

    /// The user who did it, if a user did.
    pub fn user_id(&self) -> Option<Uuid> {
        self.actor_id.filter(|_| self.actor_kind == ActorKind::User)
    }

    /// The key of the integration that did it, if one did.
    pub fn api_key_id(&self) -> Option<Uuid> {
        self.actor_id.filter(|_| self.actor_kind == ActorKind::ApiKey)
    }

    /// Who did it, for tables that keep that themselves.
    pub fn actor(&self) -> (ActorKind, Option<Uuid>) {
        (self.actor_kind, self.actor_id)
    }

    pub fn system(at: DateTime<Utc>) -> Self {
        Self { actor_kind: ActorKind::System, actor_id: None, request_id: None, at }
    }
}

/// One entity changed.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened: `booking.created`.
    pub kind: &'static str,
    /// The property it belongs to, if it belongs to one.
    pub property_id: Option<Uuid>,
    /// What was changed: `booking`.
    pub entity: &'static str,
    pub entity_id: Uuid,
    /// The booking in whose timeline it stands, if it stands in one.
    pub booking_id: Option<Uuid>,
    pub changes: Changes,
}

#[derive(Insertable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
struct NewRow<'a> {
    event_id: Uuid,
    stream_id: Uuid,
    kind: &'a str,
    entity: &'a str,
    entity_id: Uuid,
    booking_id: Option<Uuid>,
    actor_kind: ActorKind,
    actor_id: Option<Uuid>,
    request_id: Option<&'a str>,
    changes: serde_json::Value,
    occurred_at: DateTime<Utc>,
}

/// Writes events in the transaction of the changes they tell of.
pub async fn publish(mut conn: &Conn, cause: &Cause, events: impl IntoIterator<Item = Event>) -> QueryResult<()> {
    let rows: Vec<_> = events.into_iter().map(|event| row(cause, event)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    Cached(diesel::insert_into(outbox::table).values(rows)).execute(&mut conn).await.map(|_| ())
}

/// The same for many events: one statement, whatever their number.
pub async fn publish_many(mut conn: &Conn, cause: &Cause, events: impl IntoIterator<Item = Event>) -> QueryResult<()> {
    let rows: Vec<_> = events.into_iter().map(|event| row(cause, event)).collect();
    let statement = constant_sql(
        "INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, booking_id, changes, \
                             actor_kind, actor_id, request_id, occurred_at) \
         SELECT new.event_id, new.stream_id, new.kind, new.entity, new.entity_id, new.booking_id, new.changes, \
                $8, $9, $10, $11 FROM unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY \
             AS new(event_id, stream_id, kind, entity, entity_id, booking_id, changes, place) ORDER BY new.place",
    );
    Cached(
        statement
            .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.event_id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.stream_id).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(rows.iter().map(|row| row.entity).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| row.entity_id).collect::<Vec<_>>())
            .bind::<Array<Nullable<SqlUuid>>, _>(rows.iter().map(|row| row.booking_id).collect::<Vec<_>>())
            .bind::<Array<Jsonb>, _>(rows.iter().map(|row| &row.changes).collect::<Vec<_>>())
            .bind::<Text, _>(cause.actor_kind.as_str())
            .bind::<Nullable<SqlUuid>, _>(cause.actor_id)
            .bind::<Nullable<Text>, _>(cause.request_id.as_ref().map(RequestId::as_str))
            .bind::<Timestamptz, _>(cause.at),
    )
    .execute(&mut conn)
    .await
    .map(|_| ())
}

fn row(cause: &Cause, event: Event) -> NewRow<'_> {
    let Event { kind, property_id, entity, entity_id, booking_id, changes } = event;
    NewRow {
        event_id: Uuid::now_v7(),
        stream_id: property_id.unwrap_or(SYSTEM_STREAM),
        kind,
        entity,
        entity_id,
        booking_id,
        actor_kind: cause.actor_kind,
        actor_id: cause.actor_id,
        request_id: cause.request_id.as_ref().map(RequestId::as_str),
        changes: changes.into_json(),
        occurred_at: cause.at,
    }
}
