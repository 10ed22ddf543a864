use super::dto::InvitationFilter;
use super::model::{Addressee, Assignment, InvitationStatus, NewAssignment, NewRole, Role, RoleChange, RoleHeld, RoleInvitation};
use crate::security::Scope;
use crate::stores::postgres::{Conn, RunQueryDsl};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use hbs_schema::{role_assignments, role_invitations, role_permissions, roles, users};
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

/// A role, locked against others who change it, give it or count its holders.
pub async fn lock_role(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Role>> {
    roles::table.find(id).select(Role::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

/// A role, locked to be removed: whoever gives it waits.
pub async fn lock_role_to_delete(mut conn: &Conn, id: Uuid) -> QueryResult<Option<Role>> {
    roles::table.find(id).select(Role::as_select()).for_update().first(&mut conn).await.optional()
}

pub async fn lock_role_by_code(mut conn: &Conn, code: &str) -> QueryResult<Option<Role>> {
    roles::table.filter(roles::code.eq(code)).select(Role::as_select()).for_no_key_update().first(&mut conn).await.optional()
}

/// Returns the existing ones of the roles, kept from changing until the transaction ends, in the order of their ids.
pub async fn share_roles(mut conn: &Conn, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    roles::table.filter(roles::id.eq_any(ids)).order(roles::id).select(roles::id).for_share().load(&mut conn).await
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

/// (role, permission) of some roles.
pub async fn permissions_of_roles(mut conn: &Conn, role_ids: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    role_permissions::table
        .filter(role_permissions::role_id.eq_any(role_ids))
        .select((role_permissions::role_id, role_permissions::permission))
        .load(&mut conn)
        .await
}

/// Adds a role unless one with its code exists. The row if it was added.
pub async fn insert_role(mut conn: &Conn, new: &NewRole<'_>) -> QueryResult<Option<Role>> {
    diesel::insert_into(roles::table)
        .values(new)
        .on_conflict(roles::code)
        .do_nothing()
        .returning(Role::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

pub async fn update_role(mut conn: &Conn, id: Uuid, change: &RoleChange, now: DateTime<Utc>) -> QueryResult<Role> {
    diesel::update(roles::table.find(id))
        .set((change, roles::version.eq(roles::version + 1), roles::updated_at.eq(now)))
        .returning(Role::as_returning())
        .get_result(&mut conn)
        .await
}

/// Removes a role with its permissions.
pub async fn delete_role(mut conn: &Conn, id: Uuid) -> QueryResult<usize> {
    diesel::delete(roles::table.find(id)).execute(&mut conn).await
}

pub async fn remove_permissions(mut conn: &Conn, role_id: Uuid, permissions: &[&str]) -> QueryResult<usize> {
    let removed = role_permissions::table
        .filter(role_permissions::role_id.eq(role_id))
        .filter(role_permissions::permission.eq_any(permissions));
    diesel::delete(removed).execute(&mut conn).await
}

/// Returns everybody who has a role somewhere.
pub async fn holders(mut conn: &Conn, role_id: Uuid) -> QueryResult<Vec<Uuid>> {
    role_assignments::table
        .filter(role_assignments::role_id.eq(role_id))
        .select(role_assignments::user_id)
        .distinct()
        .load(&mut conn)
        .await
}

pub async fn count_assignments(mut conn: &Conn, role_id: Uuid) -> QueryResult<i64> {
    role_assignments::table.filter(role_assignments::role_id.eq(role_id)).count().get_result(&mut conn).await
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
    diesel::select(exists(users::table.find(id).filter(not(users::is_deleted)))).get_result(&mut conn).await
}

/// Returns whether a user's address is known to be theirs, or will be when they accept their invitation. The user is
/// kept from being removed until the transaction ends. None: there is no such user.
pub async fn share_user(mut conn: &Conn, id: Uuid) -> QueryResult<Option<bool>> {
    let is_proved = users::status.eq("invited").or(users::email_verified_at.is_not_null());
    let user = users::table.find(id).filter(not(users::is_deleted)).select(is_proved).for_share();
    user.first(&mut conn).await.optional()
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

/// The roles that people have within the scope; those at all properties only with a scope of all.
pub async fn roles_held(mut conn: &Conn, scope: &Scope, user_ids: &[Uuid]) -> QueryResult<Vec<RoleHeld>> {
    role_assignments::table
        .inner_join(roles::table)
        .filter(role_assignments::user_id.eq_any(user_ids))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(role_assignments::property_id.eq_any(scope.ids())))
        .order(role_assignments::id)
        .select((
            role_assignments::user_id,
            role_assignments::id,
            role_assignments::role_id,
            roles::code,
            role_assignments::property_id,
        ))
        .load(&mut conn)
        .await
}

/// Returns the permissions of a person's roles, second factor or not: (permission, property or all).
pub async fn permissions_held(mut conn: &Conn, user_id: Uuid) -> QueryResult<Vec<(String, Option<Uuid>)>> {
    role_assignments::table
        .inner_join(roles::table.inner_join(role_permissions::table))
        .filter(role_assignments::user_id.eq(user_id))
        .select((role_permissions::permission, role_assignments::property_id))
        .load(&mut conn)
        .await
}

/// The role of an assignment within the scope.
pub async fn role_of_assignment(mut conn: &Conn, scope: &Scope, user_id: Uuid, id: Uuid) -> QueryResult<Option<Uuid>> {
    role_assignments::table
        .find(id)
        .filter(role_assignments::user_id.eq(user_id))
        .filter(scope.is_all().into_sql::<Bool>().nullable().or(role_assignments::property_id.eq_any(scope.ids())))
        .select(role_assignments::role_id)
        .first(&mut conn)
        .await
        .optional()
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

pub async fn insert_assignments(mut conn: &Conn, new: &[NewAssignment]) -> QueryResult<Vec<Assignment>> {
    diesel::insert_into(role_assignments::table).values(new).returning(Assignment::as_returning()).get_results(&mut conn).await
}

pub async fn delete_assignment(mut conn: &Conn, id: Uuid) -> QueryResult<usize> {
    diesel::delete(role_assignments::table.find(id)).execute(&mut conn).await
}

/// Takes all roles away from somebody.
pub async fn delete_assignments_of(mut conn: &Conn, user_id: Uuid) -> QueryResult<Vec<Assignment>> {
    diesel::delete(role_assignments::table.filter(role_assignments::user_id.eq(user_id)))
        .returning(Assignment::as_returning())
        .get_results(&mut conn)
        .await
}

/// Returns the users who have a role at all properties and can sign in.
pub async fn active_holders(mut conn: &Conn, role_id: Uuid) -> QueryResult<Vec<Uuid>> {
    role_assignments::table
        .inner_join(users::table)
        .filter(role_assignments::role_id.eq(role_id))
        .filter(role_assignments::property_id.is_null())
        .filter(not(users::is_deleted))
        .filter(users::status.eq("active"))
        .select(users::id)
        .load(&mut conn)
        .await
}

/// Returns `true` if a user has a role at one of the properties of a scope.
pub async fn works_within(mut conn: &Conn, scope: &Scope, user_id: Uuid) -> QueryResult<bool> {
    let there = role_assignments::table
        .filter(role_assignments::user_id.eq(user_id))
        .filter(role_assignments::property_id.eq_any(scope.ids()));
    diesel::select(exists(there)).get_result(&mut conn).await
}

/// Whom a letter about roles is for, while they can sign in.
pub async fn addressee(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<Addressee>> {
    users::table
        .find(user_id)
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .select((users::email, users::full_name, users::locale, users::email_verified_at.is_not_null()))
        .first(&mut conn)
        .await
        .optional()
}

// Role invitations

/// Invitations that somebody was sent to one of these properties and that are neither over nor taken back: also those that they
/// declined, so that nobody asks them again and again.
pub async fn standing_invitations(
    mut conn: &Conn,
    user_id: Uuid,
    property_ids: &[Uuid],
    now: DateTime<Utc>,
) -> QueryResult<Vec<RoleInvitation>> {
    role_invitations::table
        .filter(role_invitations::user_id.eq(user_id))
        .filter(role_invitations::property_id.eq_any(property_ids))
        .filter(role_invitations::status.eq_any([InvitationStatus::Pending, InvitationStatus::Declined]))
        .filter(role_invitations::expires_at.gt(now))
        .select(RoleInvitation::as_select())
        .load(&mut conn)
        .await
}

pub async fn insert_invitations(mut conn: &Conn, new: &[RoleInvitation]) -> QueryResult<usize> {
    diesel::insert_into(role_invitations::table).values(new).execute(&mut conn).await
}

/// The invitations that wait for somebody, the newest first, each with the role's code and name.
pub async fn list_invitations(
    mut conn: &Conn,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Vec<(RoleInvitation, String, String)>> {
    role_invitations::table
        .inner_join(roles::table)
        .filter(role_invitations::user_id.eq(user_id))
        .filter(role_invitations::status.eq(InvitationStatus::Pending))
        .filter(role_invitations::expires_at.gt(now))
        .order(role_invitations::id.desc())
        .select((RoleInvitation::as_select(), roles::code, roles::name))
        .load(&mut conn)
        .await
}

/// The invitations to roles at properties in scope that are neither accepted nor taken back nor over, the newest first, each with
/// the role's code and name. `before` is the last id seen.
pub async fn list_sent_invitations(
    mut conn: &Conn,
    scope: &Scope,
    filter: &InvitationFilter,
    before: Option<Uuid>,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<(RoleInvitation, String, String)>> {
    let mut query = role_invitations::table
        .inner_join(roles::table)
        .filter(role_invitations::status.eq_any([InvitationStatus::Pending, InvitationStatus::Declined]))
        .filter(role_invitations::expires_at.gt(now))
        .order(role_invitations::id.desc())
        .limit(limit)
        .select((RoleInvitation::as_select(), roles::code, roles::name))
        .into_boxed();
    if !scope.is_all() {
        query = query.filter(role_invitations::property_id.eq_any(scope.ids()));
    }
    let InvitationFilter { property_id, user_id } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(role_invitations::property_id.eq(property_id));
    }
    if let Some(user_id) = user_id {
        query = query.filter(role_invitations::user_id.eq(user_id));
    }
    if let Some(before) = before {
        query = query.filter(role_invitations::id.lt(before));
    }
    query.load(&mut conn).await
}

/// An invitation, by its id, without a lock.
pub async fn find_invitation(mut conn: &Conn, id: Uuid) -> QueryResult<Option<RoleInvitation>> {
    role_invitations::table.find(id).select(RoleInvitation::as_select()).first(&mut conn).await.optional()
}

/// An invitation that waits, locked.
pub async fn lock_invitation(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<Option<RoleInvitation>> {
    role_invitations::table
        .find(id)
        .filter(role_invitations::status.eq(InvitationStatus::Pending))
        .filter(role_invitations::expires_at.gt(now))
        .select(RoleInvitation::as_select())
        .for_update()
        .first(&mut conn)
        .await
        .optional()
}

pub async fn set_invitation_status(
    mut conn: &Conn,
    id: Uuid,
    status: InvitationStatus,
    now: DateTime<Utc>,
) -> QueryResult<RoleInvitation> {
    diesel::update(role_invitations::table.find(id))
        .set((role_invitations::status.eq(status), role_invitations::updated_at.eq(now)))
        .returning(RoleInvitation::as_returning())
        .get_result(&mut conn)
        .await
}
