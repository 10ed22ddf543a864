use crate::domains::rates::model::{CancellationPolicy, CancellationPolicyFields, CancellationWindow, FeeKind};
use crate::money::Currency;
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::not;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{cancellation_policies, cancellation_windows, properties, rate_plans};
use uuid::Uuid;

/// A policy, whoever asks, with its property's currency.
pub async fn find(mut conn: &Conn, id: Uuid) -> QueryResult<Option<(CancellationPolicy, Currency)>> {
    cancellation_policies::table
        .inner_join(properties::table)
        .filter(cancellation_policies::id.eq(id))
        .filter(not(cancellation_policies::is_deleted))
        .filter(not(properties::is_deleted))
        .select((CancellationPolicy::as_select(), properties::currency))
        .first(&mut conn)
        .await
        .optional()
}

/// The property of a policy within the scope.
pub async fn property_of(mut conn: &Conn, scope: &Scope, id: Uuid) -> QueryResult<Option<Uuid>> {
    cancellation_policies::table
        .filter(cancellation_policies::id.eq(id))
        .filter(scope.is_all().into_sql::<Bool>().or(cancellation_policies::property_id.eq_any(scope.ids())))
        .filter(not(cancellation_policies::is_deleted))
        .select(cancellation_policies::property_id)
        .first(&mut conn)
        .await
        .optional()
}

pub async fn find_by_code(mut conn: &Conn, property_id: Uuid, code: &str) -> QueryResult<Option<CancellationPolicy>> {
    cancellation_policies::table
        .filter(cancellation_policies::property_id.eq(property_id))
        .filter(cancellation_policies::code.eq(code))
        .filter(not(cancellation_policies::is_deleted))
        .select(CancellationPolicy::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Finds a policy of a property. The caller holds the lock of the property where this must not change.
pub async fn find_of(mut conn: &Conn, property_id: Uuid, id: Uuid) -> QueryResult<Option<CancellationPolicy>> {
    cancellation_policies::table
        .find((property_id, id))
        .filter(not(cancellation_policies::is_deleted))
        .select(CancellationPolicy::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Returns the windows of a policy, the one that begins first comes first.
pub async fn windows(mut conn: &Conn, property_id: Uuid, policy_id: Uuid) -> QueryResult<Vec<CancellationWindow>> {
    cancellation_windows::table
        .filter(cancellation_windows::property_id.eq(property_id))
        .filter(cancellation_windows::policy_id.eq(policy_id))
        .order(cancellation_windows::hours_before.desc())
        .select(CancellationWindow::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert(
    mut conn: &Conn,
    property_id: Uuid,
    fields: &CancellationPolicyFields,
    now: DateTime<Utc>,
) -> QueryResult<CancellationPolicy> {
    diesel::insert_into(cancellation_policies::table)
        .values((
            cancellation_policies::property_id.eq(property_id),
            cancellation_policies::id.eq(Uuid::now_v7()),
            fields,
            cancellation_policies::created_at.eq(now),
            cancellation_policies::updated_at.eq(now),
        ))
        .returning(CancellationPolicy::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn update(
    mut conn: &Conn,
    row: &CancellationPolicy,
    fields: &CancellationPolicyFields,
    now: DateTime<Utc>,
) -> QueryResult<CancellationPolicy> {
    diesel::update(cancellation_policies::table.find((row.property_id, row.id)))
        .set((
            fields,
            cancellation_policies::version.eq(cancellation_policies::version + 1),
            cancellation_policies::updated_at.eq(now),
        ))
        .returning(CancellationPolicy::as_returning())
        .get_result(&mut conn)
        .await
}

/// Makes these the windows of a policy.
pub async fn set_windows(
    mut conn: &Conn,
    row: &CancellationPolicy,
    windows: &[(i32, FeeKind, i64)],
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let old = cancellation_windows::table
        .filter(cancellation_windows::property_id.eq(row.property_id))
        .filter(cancellation_windows::policy_id.eq(row.id));
    diesel::delete(old).execute(&mut conn).await?;
    let rows: Vec<_> = windows
        .iter()
        .map(|(hours_before, fee_kind, fee_value)| {
            (
                cancellation_windows::property_id.eq(row.property_id),
                cancellation_windows::policy_id.eq(row.id),
                cancellation_windows::hours_before.eq(hours_before),
                cancellation_windows::fee_kind.eq(fee_kind),
                cancellation_windows::fee_value.eq(fee_value),
                cancellation_windows::created_at.eq(now),
                cancellation_windows::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(cancellation_windows::table).values(rows).execute(&mut conn).await
}

pub async fn delete(mut conn: &Conn, row: &CancellationPolicy, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(cancellation_policies::table.find((row.property_id, row.id)))
        .set((
            cancellation_policies::is_deleted.eq(true),
            cancellation_policies::deleted_at.eq(now),
            cancellation_policies::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Returns the number of plans that sell under the policy.
pub async fn plans_under(mut conn: &Conn, row: &CancellationPolicy) -> QueryResult<i64> {
    rate_plans::table
        .filter(rate_plans::property_id.eq(row.property_id))
        .filter(rate_plans::cancellation_policy_id.eq(row.id))
        .filter(not(rate_plans::is_deleted))
        .count()
        .get_result(&mut conn)
        .await
}
