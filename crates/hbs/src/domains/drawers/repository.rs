use super::dto::DrawerFilter;
use super::model::{Drawer, DrawerId, DrawerStatus, Movement, OfPayment};
use crate::security::Scope;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Uuid as SqlUuid};
use hbs_schema::{drawer_movements, drawers};
use uuid::Uuid;

/// The open drawer of a person at a hotel, held until the transaction ends: nobody closes it meanwhile.
pub async fn hold_open(mut conn: &Conn, property_id: Uuid, user_id: Uuid) -> QueryResult<Option<DrawerId>> {
    drawers::table
        .filter(drawers::property_id.eq(property_id))
        .filter(drawers::user_id.eq(user_id))
        .filter(drawers::status.eq(DrawerStatus::Open))
        .select(drawers::id)
        .for_share()
        .first(&mut conn)
        .await
        .optional()
}

/// Returns `true` if a drawer is open, and holds it then until the transaction ends.
pub async fn is_open(mut conn: &Conn, property_id: Uuid, id: DrawerId) -> QueryResult<bool> {
    let open: Option<DrawerId> = drawers::table
        .find((property_id, id))
        .filter(drawers::status.eq(DrawerStatus::Open))
        .select(drawers::id)
        .for_share()
        .first(&mut conn)
        .await
        .optional()?;
    Ok(open.is_some())
}

/// A drawer within the scope.
pub async fn find(mut conn: &Conn, scope: &Scope, id: DrawerId) -> QueryResult<Option<Drawer>> {
    drawers::table
        .filter(drawers::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(drawers::property_id.eq_any(scope.ids())))
        .select(Drawer::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The open drawer of a person at a hotel, if there is one.
pub async fn open_of(mut conn: &Conn, property_id: Uuid, user_id: Uuid) -> QueryResult<Option<DrawerId>> {
    drawers::table
        .filter(drawers::property_id.eq(property_id))
        .filter(drawers::user_id.eq(user_id))
        .filter(drawers::status.eq(DrawerStatus::Open))
        .select(drawers::id)
        .first(&mut conn)
        .await
        .optional()
}

/// A drawer of a hotel, locked.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: DrawerId) -> QueryResult<Option<Drawer>> {
    drawers::table.find((property_id, id)).select(Drawer::as_select()).for_update().first(&mut conn).await.optional()
}

/// Drawers within the scope, the newest first. `before` is the last id seen.
pub async fn list(
    mut conn: &Conn,
    scope: &Scope,
    filter: &DrawerFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Drawer>> {
    let mut query = drawers::table.order(drawers::id.desc()).limit(limit).select(Drawer::as_select()).into_boxed();
    if !scope.is_all() {
        query = query.filter(drawers::property_id.eq_any(scope.ids()));
    }
    let DrawerFilter { property_id, user_id, status, from, to } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(drawers::property_id.eq(property_id));
    }
    if let Some(user_id) = user_id {
        query = query.filter(drawers::user_id.eq(user_id));
    }
    if let Some(status) = status {
        query = query.filter(drawers::status.eq(status));
    }
    if let Some(from) = from {
        query = query.filter(drawers::business_date.ge(from));
    }
    if let Some(to) = to {
        query = query.filter(drawers::business_date.le(to));
    }
    if let Some(before) = before {
        query = query.filter(drawers::id.lt(before));
    }
    query.load(&mut conn).await
}

pub async fn insert(mut conn: &Conn, new: &Drawer) -> QueryResult<usize> {
    diesel::insert_into(drawers::table).values(new).execute(&mut conn).await
}

pub async fn insert_movement(mut conn: &Conn, new: &Movement) -> QueryResult<usize> {
    diesel::insert_into(drawer_movements::table).values(new).execute(&mut conn).await
}

/// Grows the version of a drawer, into which cash went or out of which it came.
pub async fn touch(mut conn: &Conn, row: &Drawer, now: DateTime<Utc>) -> QueryResult<Drawer> {
    diesel::update(drawers::table.find((row.property_id, row.id)))
        .set((drawers::version.eq(drawers::version + 1), drawers::updated_at.eq(now)))
        .returning(Drawer::as_returning())
        .get_result(&mut conn)
        .await
}

/// Closes a drawer, whose row is locked.
pub async fn close(
    mut conn: &Conn,
    row: &Drawer,
    (counted_minor, expected_minor): (i64, i64),
    note: Option<&str>,
    now: DateTime<Utc>,
) -> QueryResult<Drawer> {
    diesel::update(drawers::table.find((row.property_id, row.id)))
        .set((
            drawers::status.eq(DrawerStatus::Closed),
            drawers::counted_minor.eq(counted_minor),
            drawers::expected_minor.eq(expected_minor),
            drawers::note.eq(note),
            drawers::closed_at.eq(now),
            drawers::version.eq(drawers::version + 1),
            drawers::updated_at.eq(now),
        ))
        .returning(Drawer::as_returning())
        .get_result(&mut conn)
        .await
}

/// The movements of a drawer, the oldest first.
pub async fn movements(mut conn: &Conn, property_id: Uuid, id: DrawerId) -> QueryResult<Vec<Movement>> {
    drawer_movements::table
        .filter(drawer_movements::property_id.eq(property_id))
        .filter(drawer_movements::drawer_id.eq(id))
        .order(drawer_movements::id)
        .select(Movement::as_select())
        .load(&mut conn)
        .await
}

/// The cash of payments and refunds in a drawer, the oldest first. What was voided is not there.
pub async fn of_payments(mut conn: &Conn, property_id: Uuid, id: DrawerId) -> QueryResult<Vec<OfPayment>> {
    let statement = constant_sql(
        "SELECT 'payment' AS kind, id, captured_minor AS amount_minor, created_at AS at FROM payments \
         WHERE property_id = $1 AND drawer_id = $2 AND captured_minor > 0 \
         UNION ALL SELECT 'refund', id, -amount_minor, coalesce(completed_at, updated_at) FROM refunds \
         WHERE property_id = $1 AND drawer_id = $2 AND status = 'completed' ORDER BY at, id",
    );
    Cached(statement.bind::<SqlUuid, _>(property_id).bind::<SqlUuid, _>(id)).load(&mut conn).await
}
