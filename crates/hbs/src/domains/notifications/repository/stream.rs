use crate::stores::postgres::{Conn, RunQueryDsl};
use diesel::prelude::*;
use hbs_schema::notifications;
use std::collections::HashMap;
use uuid::Uuid;

/// The versions of some notifications of some people.
pub async fn versions(mut conn: &Conn, user_ids: &[Uuid], ids: &[Uuid]) -> QueryResult<HashMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = notifications::table
        .filter(notifications::user_id.eq_any(user_ids))
        .filter(notifications::id.eq_any(ids))
        .select((notifications::id, notifications::version))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().collect())
}
