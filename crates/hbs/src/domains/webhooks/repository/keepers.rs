//! People who see to webhooks.
use crate::domains::webhooks::model::Webhook;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use hbs_schema::{users, webhooks};
use uuid::Uuid;

#[derive(QueryableByName)]
struct Keeper {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    email: String,
}

/// People who hold a permission at a property, or with `None` at all of them, may sign in and have proved their address.
pub async fn keepers(mut conn: &Conn, permission: &str, property_id: Option<Uuid>) -> QueryResult<Vec<(Uuid, String)>> {
    let query = constant_sql(
        "SELECT DISTINCT u.id, u.email FROM role_permissions p \
         JOIN role_assignments a ON a.role_id = p.role_id AND (a.property_id IS NULL OR a.property_id = $2) \
         JOIN users u ON u.id = a.user_id AND u.status = 'active' AND NOT u.is_deleted AND u.email_verified_at IS NOT NULL \
         WHERE p.permission = $1 ORDER BY u.id LIMIT 100",
    );
    let query = query.bind::<Text, _>(permission).bind::<Nullable<SqlUuid>, _>(property_id);
    let rows: Vec<Keeper> = Cached(query).load(&mut conn).await?;
    Ok(rows.into_iter().map(|Keeper { id, email }| (id, email)).collect())
}

/// The address, name and language of somebody who may sign in.
pub async fn addressee(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<(String, String, String)>> {
    users::table
        .find(user_id)
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .select((users::email, users::full_name, users::locale))
        .first(&mut conn)
        .await
        .optional()
}

/// A webhook that is still disabled.
pub async fn find_disabled(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Webhook>> {
    webhooks::table
        .filter(webhooks::id.eq(id))
        .filter(not(webhooks::is_enabled))
        .filter(not(webhooks::is_deleted))
        .select(Webhook::as_select())
        .first(&mut conn)
        .await
        .optional()
}
