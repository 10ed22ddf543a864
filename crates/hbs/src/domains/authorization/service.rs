use super::defaults::{DEFAULT_ROLES, DefaultRole, SUPER_ADMIN};
use super::dto::{AssignmentOut, CreateAssignment, HeldPermission, RoleOut};
use super::error::AuthorizationError;
use super::model::{Assignment, Role};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::properties;
use crate::error::OnConstraint;
use crate::http::{Caller, Staff};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Changes, Event};
use crate::security::Forget;
use crate::security::permission::{RolesAssign, UsersRead};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use std::collections::HashMap;
use uuid::Uuid;

/// Every role with its permissions.
pub async fn list_roles(app: &App) -> Result<Vec<RoleOut>> {
    let conn = app.db.conn().await?;
    let (roles, permissions) = futures_util::try_join!(repository::list_roles(&conn), repository::list_role_permissions(&conn))?;
    let mut by_role: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (role_id, permission) in permissions {
        by_role.entry(role_id).or_default().push(permission);
    }
    let out = |role: Role| {
        let permissions = by_role.remove(&role.id).unwrap_or_default();
        RoleOut::new(role, permissions)
    };
    Ok(roles.into_iter().map(out).collect())
}

/// What the caller holds, for user interfaces.
pub fn my_permissions(caller: &Caller) -> Vec<HeldPermission> {
    caller.grants().iter().map(|(permission, scope)| HeldPermission::new(permission, scope)).collect()
}

pub async fn list_assignments(app: &App, staff: &Staff<UsersRead>, user_id: Uuid) -> Result<Vec<AssignmentOut>> {
    let conn = app.db.conn().await?;
    let assignments = repository::list_assignments(&conn, &staff.scope, user_id).await?;
    // Where one has no say, nobody is known.
    if assignments.is_empty() && !(staff.scope.is_all() && repository::user_exists(&conn, user_id).await?) {
        return Err(Error::not_found("user"));
    }
    Ok(assignments.into_iter().map(Into::into).collect())
}

/// Gives somebody a role, at most with what one holds oneself.
pub async fn assign(
    app: &App,
    staff: &Staff<RolesAssign>,
    key: &IdempotencyKey,
    user_id: Uuid,
    request: &CreateAssignment,
) -> Result<Answer> {
    let CreateAssignment { role_id, property_id } = *request;
    match property_id {
        Some(property_id) => staff.at(property_id)?,
        None if staff.scope.is_all() => {}
        None => return Err(Error::invalid("/property_id", "is needed: you assign roles at single properties only")),
    }
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let answer = app
        .change(key, async |conn| {
            if !repository::user_exists(conn, user_id).await? {
                return Err(Error::not_found("user"));
            }
            if let Some(property_id) = property_id {
                properties::find(conn, property_id).await?.ok_or_else(|| Error::invalid("/property_id", "is not a property"))?;
            }
            repository::find_role(conn, role_id).await?.ok_or_else(|| Error::invalid("/role_id", "is not a role"))?;
            check_escalation(conn, &staff.caller, role_id, property_id).await?;
            let assignment = repository::insert_assignment(conn, user_id, role_id, property_id, now)
                .await
                .on_constraint("role_assignments_once", || AuthorizationError::AlreadyAssigned)?;
            let event = event("role_assignment.created", &assignment, Changes::created(&assignment));
            outbox::publish(conn, &cause, [event]).await?;
            let location = format!("/v1/users/{user_id}/role-assignments/{}", assignment.id);
            Answer::created(location, 1, &AssignmentOut::from(assignment))
        })
        .await?;
    app.security.forget(app, Forget::User(user_id)).await;
    Ok(answer)
}

/// Takes a role away from somebody.
pub async fn unassign(app: &App, staff: &Staff<RolesAssign>, key: &IdempotencyKey, user_id: Uuid, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let answer = app
        .change(key, async |conn| {
            let not_found = || Error::not_found("role assignment");
            let assignment = repository::lock_assignment(conn, &staff.scope, user_id, id).await?.ok_or_else(not_found)?;
            check_escalation(conn, &staff.caller, assignment.role_id, assignment.property_id).await?;
            let role = repository::lock_role(conn, assignment.role_id).await?.ok_or_else(not_found)?;
            if role.code == SUPER_ADMIN
                && assignment.property_id.is_none()
                && repository::count_holders(conn, role.id).await? <= 1
            {
                return Err(AuthorizationError::LastSuperAdmin.into());
            }
            repository::delete_assignment(conn, id).await?;
            let changes = Changes::between(&assignment, &serde_json::json!({})).and("role_id", assignment.role_id, None::<()>);
            outbox::publish(conn, &cause, [event("role_assignment.deleted", &assignment, changes)]).await?;
            Ok(Answer::no_content())
        })
        .await?;
    app.security.forget(app, Forget::User(user_id)).await;
    Ok(answer)
}

async fn check_escalation(conn: &Conn, caller: &Caller, role_id: Uuid, property_id: Option<Uuid>) -> Result<()> {
    let permissions = repository::permissions_of_role(conn, role_id).await?;
    let missing: Vec<String> =
        permissions.into_iter().filter(|permission| !caller.grants().holds(permission, property_id)).collect();
    if missing.is_empty() { Ok(()) } else { Err(AuthorizationError::Escalation(missing).into()) }
}

fn event(kind: &'static str, assignment: &Assignment, changes: Changes) -> Event {
    Event {
        kind,
        property_id: assignment.property_id,
        entity: "role_assignment",
        entity_id: assignment.id,
        booking_id: None,
        changes,
    }
}

/// Writes the default roles that are missing, and gives the super administrator what is new.
pub async fn ensure_default_roles(app: &App, conn: &Conn) -> Result<()> {
    for role in DEFAULT_ROLES {
        ensure_role(app, conn, role).await?;
    }
    Ok(())
}

async fn ensure_role(app: &App, conn: &Conn, role: &DefaultRole) -> Result<()> {
    let now = app.clock.now();
    let added = repository::insert_role(conn, role.code, role.name, role.description, now).await?;
    let row = match &added {
        Some(row) => row.clone(),
        None if role.permissions.is_some() => return Ok(()),
        None => repository::find_role_by_code(conn, role.code).await?.ok_or_else(|| Error::not_found("role"))?,
    };
    let gained = repository::add_permissions(conn, row.id, &role.permission_names(), now).await?;
    if gained == 0 {
        return Ok(());
    }
    let kind = if added.is_some() { "role.created" } else { "role.updated" };
    let changes = Changes::field("permissions", None::<()>, role.permission_names());
    let event = Event { kind, property_id: None, entity: "role", entity_id: row.id, booking_id: None, changes };
    outbox::publish(conn, &Cause::system(now), [event]).await?;
    Ok(())
}

/// Gives a role by its code: for the command line and for demo data.
pub async fn assign_by_code(app: &App, conn: &Conn, user_id: Uuid, code: &str, property_id: Option<Uuid>) -> Result<()> {
    let now = app.clock.now();
    let role = repository::find_role_by_code(conn, code).await?.ok_or_else(|| Error::not_found("role"))?;
    let assignment = repository::insert_assignment(conn, user_id, role.id, property_id, now)
        .await
        .on_constraint("role_assignments_once", || AuthorizationError::AlreadyAssigned)?;
    let event = event("role_assignment.created", &assignment, Changes::created(&assignment));
    outbox::publish(conn, &Cause::system(now), [event]).await?;
    Ok(())
}
