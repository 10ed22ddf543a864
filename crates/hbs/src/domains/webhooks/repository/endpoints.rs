use crate::domains::webhooks::dto::WebhookFilter;
use crate::domains::webhooks::model::{NewWebhook, Webhook, WebhookHealth, WebhookId, WebhookState};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::webhooks;
use uuid::Uuid;

/// Lets one at a time make webhooks until the transaction ends, so that their number is what it was counted.
pub async fn lock_number(mut conn: &Conn) -> QueryResult<usize> {
    constant_sql("SELECT pg_advisory_xact_lock(hashtext(current_schema()), hashtext('webhooks'))").execute(&mut conn).await
}

/// The number of webhooks, disabled ones included.
pub async fn count(mut conn: &Conn) -> QueryResult<i64> {
    webhooks::table.filter(not(webhooks::is_deleted)).count().get_result(&mut conn).await
}

/// Says whether there is a webhook that is told of events.
pub async fn is_any_enabled(mut conn: &Conn) -> QueryResult<bool> {
    let enabled = webhooks::table.filter(webhooks::is_enabled).filter(not(webhooks::is_deleted));
    diesel::select(exists(enabled)).get_result(&mut conn).await
}

pub async fn insert(mut conn: &Conn, new: &NewWebhook<'_>) -> QueryResult<Webhook> {
    diesel::insert_into(webhooks::table).values(new).returning(Webhook::as_returning()).get_result(&mut conn).await
}

/// Webhooks within the scope, in the order of their ids. Those of all properties are within the scope of all. `after` is the
/// last id seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &WebhookFilter,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Webhook>> {
    let mut query = webhooks::table
        .filter(not(webhooks::is_deleted))
        .order(webhooks::id)
        .limit(limit)
        .select(Webhook::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(webhooks::property_id.eq_any(ids));
    }
    let WebhookFilter { property_id, is_enabled } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(webhooks::property_id.eq(property_id));
    }
    if let Some(is_enabled) = is_enabled {
        query = query.filter(webhooks::is_enabled.eq(is_enabled));
    }
    if let Some(after) = after {
        query = query.filter(webhooks::id.gt(after));
    }
    query.load(&mut conn).await
}

pub async fn find(mut conn: &Conn, scope: &Scope, id: WebhookId) -> QueryResult<Option<Webhook>> {
    webhooks::table
        .find(id)
        .filter(scope.is_all().into_sql::<Bool>().or(webhooks::property_id.eq_any(scope.ids())))
        .filter(not(webhooks::is_deleted))
        .select(Webhook::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A webhook within the scope, locked against other changes and against attempts that are about to begin.
pub async fn lock(mut conn: &Conn, scope: &Scope, id: WebhookId) -> QueryResult<Option<Webhook>> {
    webhooks::table
        .find(id)
        .filter(scope.is_all().into_sql::<Bool>().or(webhooks::property_id.eq_any(scope.ids())))
        .filter(not(webhooks::is_deleted))
        .select(Webhook::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// A webhook that an attempt was made for, whatever has become of it.
pub async fn lock_any(mut conn: &Conn, id: WebhookId) -> QueryResult<Option<Webhook>> {
    webhooks::table.find(id).select(Webhook::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

pub async fn update(mut conn: &Conn, row: &Webhook, state: &WebhookState, now: DateTime<Utc>) -> QueryResult<Webhook> {
    diesel::update(webhooks::table.find(row.id))
        .set((state, webhooks::version.eq(webhooks::version + 1), webhooks::updated_at.eq(now)))
        .returning(Webhook::as_returning())
        .get_result(&mut conn)
        .await
}

/// Writes a new secret, and until when the one before it signs, too.
pub async fn set_secret(
    mut conn: &Conn,
    row: &Webhook,
    secret: &[u8],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Webhook> {
    diesel::update(webhooks::table.find(row.id))
        .set((
            webhooks::secret.eq(secret),
            webhooks::previous_secret.eq(&row.secret),
            webhooks::previous_secret_until.eq(until),
            webhooks::version.eq(webhooks::version + 1),
            webhooks::updated_at.eq(now),
        ))
        .returning(Webhook::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete(mut conn: &Conn, row: &Webhook, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(webhooks::table.find(row.id))
        .set((
            webhooks::is_deleted.eq(true),
            webhooks::deleted_at.eq(now),
            webhooks::version.eq(webhooks::version + 1),
            webhooks::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Notes what came of attempts. That makes no new version.
pub async fn set_health(mut conn: &Conn, id: WebhookId, health: &WebhookHealth) -> QueryResult<usize> {
    Cached(diesel::update(webhooks::table.find(id)).set(health)).execute(&mut conn).await
}
