use super::model::{Assignment, Role};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, exists};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use hbs_schema::{role_assignments, role_permissions, roles, users};
use uuid::Uuid;

pub async fn list_roles(mut conn: &Conn) -> QueryResult<Vec<Role>> {
    roles::table.order(roles::code).select(Role::as_select()).load(&mut conn).await
}

pub async fn find_role(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Role>> {
    roles::table.find(id).select(Role::as_select()).first(&mut conn).await.optional()
}

pub async fn find_role_by_code(mut conn: &Conn, code: &str) -> QueryResult<Option<Role>> {
    roles::table.filter(roles::code.eq(code)).select(Role::as_select()).first(&mut conn).await.optional()
}

/// A role, locked against others who count its holders.
pub async fn lock_role(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Role>> {
    roles::table.find(id).select(Role::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

/// (role, permission) of all roles.
pub async fn list_role_permissions(mut conn: &Conn) -> QueryResult<Vec<(Uuid, String)>> {
    role_permissions::table
        .order((role_permissions::role_id, role_permissions::permission))
        .select((role_permissions::role_id, role_permissions::permission))
        .load(&mut conn)
        .await
}

pub async fn permissions_of_role(mut conn: &Conn, role_id: Uuid) -> QueryResult<Vec<String>> {
    role_permissions::table
        .filter(role_permissions::role_id.eq(role_id))
        .order(role_permissions::permission)
        .select(role_permissions::permission)
        .load(&mut conn)
        .await
}

/// Adds a role unless one with its code exists. The row if it was added.
pub async fn insert_role(
    mut conn: &Conn,
    code: &str,
    name: &str,
    description: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<Role>> {
    diesel::insert_into(roles::table)
        .values((
            roles::id.eq(Uuid::now_v7()),
            roles::code.eq(code),
            roles::name.eq(name),
            roles::description.eq(description),
            roles::created_at.eq(now),
            roles::updated_at.eq(now),
        ))
        .on_conflict(roles::code)
        .do_nothing()
        .returning(Role::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

pub async fn add_permissions(mut conn: &Conn, role_id: Uuid, permissions: &[&str], now: DateTime<Utc>) -> QueryResult<usize> {
    let rows: Vec<_> = permissions
        .iter()
        .map(|permission| {
            (
                role_permissions::role_id.eq(role_id),
                role_permissions::permission.eq(*permission),
                role_permissions::created_at.eq(now),
                role_permissions::updated_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(role_permissions::table).values(rows).on_conflict_do_nothing().execute(&mut conn).await
}

pub async fn user_exists(mut conn: &Conn, id: Uuid) -> QueryResult<bool> {
    diesel::select(exists(users::table.find(id).filter(users::is_deleted.eq(false)))).get_result(&mut conn).await
}

/// A user's assignments within the scope; those at all properties only with a scope of all.
pub async fn list_assignments(mut conn: &Conn, scope: &Scope, user_id: Uuid) -> QueryResult<Vec<Assignment>> {
    role_assignments::table
        .filter(role_assignments::user_id.eq(user_id))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(role_assignments::property_id.eq_any(scope.ids())))
        .order(role_assignments::id)
        .select(Assignment::as_select())
        .load(&mut conn)
        .await
}

pub async fn lock_assignment(mut conn: &Conn, scope: &Scope, user_id: Uuid, id: Uuid) -> QueryResult<Option<Assignment>> {
    role_assignments::table
        .find(id)
        .filter(role_assignments::user_id.eq(user_id))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(role_assignments::property_id.eq_any(scope.ids())))
        .select(Assignment::as_select())
        .for_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert_assignment(
    mut conn: &Conn,
    user_id: Uuid,
    role_id: Uuid,
    property_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Assignment> {
    diesel::insert_into(role_assignments::table)
        .values((
            role_assignments::id.eq(Uuid::now_v7()),
            role_assignments::user_id.eq(user_id),
            role_assignments::role_id.eq(role_id),
            role_assignments::property_id.eq(property_id),
            role_assignments::created_at.eq(now),
            role_assignments::updated_at.eq(now),
        ))
        .returning(Assignment::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn delete_assignment(mut conn: &Conn, id: Uuid) -> QueryResult<usize> {
    diesel::delete(role_assignments::table.find(id)).execute(&mut conn).await
}

/// Living holders of a role at all properties.
pub async fn count_holders(mut conn: &Conn, role_id: Uuid) -> QueryResult<i64> {
    role_assignments::table
        .inner_join(users::table)
        .filter(role_assignments::role_id.eq(role_id))
        .filter(role_assignments::property_id.is_null())
        .filter(users::is_deleted.eq(false))
        .filter(users::status.eq("active"))
        .select(count_star())
        .get_result(&mut conn)
        .await
}
