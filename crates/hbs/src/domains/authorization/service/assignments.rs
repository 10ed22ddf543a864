use super::{check_holds, letters};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::authorization::defaults::SUPER_ADMIN;
use crate::domains::authorization::dto::{AssignmentOut, CreateAssignment, HeldPermission};
use crate::domains::authorization::error::AuthorizationError;
use crate::domains::authorization::model::{Assignment, NewAssignment};
use crate::domains::authorization::repository;
use crate::domains::properties;
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{RolesAssign, UsersRead};
use crate::security::{Caller, Forget, Forgetting, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Returns the caller's permissions, for user interfaces.
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

/// Gives a user a role, at most with permissions that the caller holds.
pub async fn assign(
    app: &App,
    staff: &Staff<RolesAssign>,
    key: &IdempotencyKey,
    user_id: Uuid,
    request: CreateAssignment,
) -> Result<Answer> {
    let pointer = |_: usize| String::new();
    check_places(&staff.scope, &[request], pointer)?;
    let cause = staff.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(user_id)]);
    let answer = app
        .change(key, async |conn| {
            check_known(conn, &staff.scope, user_id).await?;
            let given = give_roles(conn, &staff.caller, &cause, user_id, &[request], pointer).await?;
            letters::queue(conn, letters::GIVEN, user_id, given.iter().map(|one| (one.role_id, one.property_id))).await?;
            let assignment = given.into_iter().next().or_404("role assignment")?;
            let location = format!("/v1/users/{user_id}/role-assignments/{}", assignment.id);
            forgetting.record(conn).await?;
            Answer::created(location, 1, &AssignmentOut::from(assignment))
        })
        .await?;
    app.security.forget(forgetting).await;
    app.mailer.wake();
    Ok(answer)
}

/// Refuses with 404 to give a role to somebody who has none within the scope: else giving one would be the way to see and to
/// suspend whomever one likes. They are invited, and take it themselves.
async fn check_known(conn: &Conn, scope: &Scope, user_id: Uuid) -> Result<()> {
    if scope.is_all() || repository::works_within(conn, scope, user_id).await? { Ok(()) } else { Err(Error::not_found("user")) }
}

/// Checks that roles can be given at these places within a scope: elsewhere is 404. `pointer` leads to the n-th in the
/// body.
pub fn check_places(scope: &Scope, wanted: &[CreateAssignment], pointer: impl Fn(usize) -> String) -> Result<()> {
    for (n, CreateAssignment { property_id, .. }) in wanted.iter().enumerate() {
        match property_id {
            Some(property_id) if !scope.covers(*property_id) => return Err(Error::not_found("property")),
            None if !scope.is_all() => {
                let detail = "is needed: you assign roles at single properties only";
                return Err(Error::invalid(format!("{}/property_id", pointer(n)), detail));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Gives somebody roles, at most with what the caller holds there. The roles stay as they are until
/// the transaction ends: nobody gains by a role that changes meanwhile.
pub async fn give_roles(
    conn: &Conn,
    caller: &Caller,
    cause: &Cause,
    user_id: Uuid,
    wanted: &[CreateAssignment],
    pointer: impl Fn(usize) -> String,
) -> Result<Vec<Assignment>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let is_proved = check_wanted(conn, caller, user_id, wanted, &pointer).await?.or_404("user")?;
    if !is_proved {
        return Err(AuthorizationError::Unverified.into());
    }
    let given = insert(conn, &wanted.iter().map(|one| as_row(user_id, one, cause.at)).collect::<Vec<_>>()).await?;
    let events = given.iter().map(Event::created);
    outbox::publish(conn, cause, events).await?;
    Ok(given)
}

/// Checks that roles and properties exist and that the caller holds all that is in them there. Returns whether the user's
/// address is known to be theirs, if there is such a user.
pub(super) async fn check_wanted(
    conn: &Conn,
    caller: &Caller,
    user_id: Uuid,
    wanted: &[CreateAssignment],
    pointer: impl Fn(usize) -> String,
) -> Result<Option<bool>> {
    let role_ids: Vec<Uuid> = wanted.iter().map(|one| one.role_id).collect();
    let property_ids: Vec<Uuid> = wanted.iter().filter_map(|one| one.property_id).collect();
    let (roles, is_proved, properties) = futures_util::try_join!(
        repository::share_roles(conn, &role_ids),
        repository::share_user(conn, user_id),
        properties::existing(conn, &property_ids)
    )?;
    for (n, CreateAssignment { role_id, property_id }) in wanted.iter().enumerate() {
        if property_id.is_some_and(|id| !properties.contains(&id)) {
            return Err(Error::invalid(format!("{}/property_id", pointer(n)), "is not a property"));
        }
        if !roles.contains(role_id) {
            return Err(Error::invalid(format!("{}/role_id", pointer(n)), "is not a role"));
        }
    }
    check_escalation(conn, caller, wanted).await?;
    Ok(is_proved)
}

pub(super) fn as_row(user_id: Uuid, one: &CreateAssignment, now: DateTime<Utc>) -> NewAssignment {
    NewAssignment {
        id: Uuid::now_v7(),
        user_id,
        role_id: one.role_id,
        property_id: one.property_id,
        created_at: now,
        updated_at: now,
    }
}

pub(super) async fn insert(conn: &Conn, new: &[NewAssignment]) -> Result<Vec<Assignment>> {
    repository::insert_assignments(conn, new).await.on_constraint("role_assignments_once", || AuthorizationError::AlreadyAssigned)
}

async fn check_escalation(conn: &Conn, caller: &Caller, places: &[CreateAssignment]) -> Result<()> {
    let role_ids: Vec<Uuid> = places.iter().map(|one| one.role_id).collect();
    let mut by_role: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (role_id, permission) in repository::permissions_of_roles(conn, &role_ids).await? {
        by_role.entry(role_id).or_default().push(permission);
    }
    let asked_for = places.iter().flat_map(|one| {
        let permissions = by_role.get(&one.role_id).map(Vec::as_slice).unwrap_or_default();
        permissions.iter().map(|permission| (permission.as_str(), one.property_id))
    });
    check_holds(caller, asked_for)
}

/// Refuses with 403 if a user holds permissions that the caller does not.
pub async fn check_power_over(conn: &Conn, caller: &Caller, user_id: Uuid) -> Result<()> {
    let held = repository::permissions_held(conn, user_id).await?;
    check_holds(caller, held.iter().map(|(permission, property_id)| (permission.as_str(), *property_id)))
}

/// Takes a role away from somebody.
pub async fn unassign(app: &App, staff: &Staff<RolesAssign>, key: &IdempotencyKey, user_id: Uuid, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(user_id)]);
    let answer = app
        .change(key, async |conn| {
            let role_id = repository::role_of_assignment(conn, &staff.scope, user_id, id).await?.or_404("role assignment")?;
            let role = repository::lock_role(conn, role_id).await?.or_404("role assignment")?;
            let assignment = repository::lock_assignment(conn, &staff.scope, user_id, id).await?.or_404("role assignment")?;
            let Assignment { role_id, property_id, .. } = assignment;
            check_escalation(conn, &staff.caller, &[CreateAssignment { role_id, property_id }]).await?;
            if role.code == SUPER_ADMIN && property_id.is_none() {
                check_others(conn, role_id, user_id).await?;
            }
            repository::delete_assignment(conn, id).await?;
            outbox::publish(conn, &cause, [taken(&assignment)]).await?;
            forgetting.record(conn).await?;
            Ok(Answer::no_content())
        })
        .await?;
    app.security.forget(forgetting).await;
    Ok(answer)
}

/// 409 if somebody who is about to go is the last who can do everything. It lets one at a time do
/// so: to be called before any user is locked.
pub async fn keep_a_super_admin(conn: &Conn, user_id: Uuid) -> Result<()> {
    match repository::lock_role_by_code(conn, SUPER_ADMIN).await? {
        Some(role) => check_others(conn, role.id, user_id).await,
        None => Ok(()),
    }
}

async fn check_others(conn: &Conn, role_id: Uuid, user_id: Uuid) -> Result<()> {
    let holders = repository::active_holders(conn, role_id).await?;
    if holders == [user_id] { Err(AuthorizationError::LastSuperAdmin.into()) } else { Ok(()) }
}

/// Takes all roles away from somebody who goes.
pub async fn take_all_roles(conn: &Conn, cause: &Cause, user_id: Uuid) -> Result<()> {
    let gone = repository::delete_assignments_of(conn, user_id).await?;
    outbox::publish(conn, cause, gone.iter().map(taken)).await?;
    Ok(())
}

fn taken(assignment: &Assignment) -> Event {
    Event::of("role_assignment.deleted", assignment).and("role_id", assignment.role_id, None::<()>)
}

/// Gives a role by its code: for the command line and for demo data.
pub async fn assign_by_code(app: &App, conn: &Conn, user_id: Uuid, code: &str, property_id: Option<Uuid>) -> Result<()> {
    let now = app.clock.now();
    let role = repository::find_role_by_code(conn, code).await?.or_404("role")?;
    let new = NewAssignment { id: Uuid::now_v7(), user_id, role_id: role.id, property_id, created_at: now, updated_at: now };
    let given = insert(conn, &[new]).await?;
    let events = given.iter().map(Event::created);
    outbox::publish(conn, &Cause::system(now), events).await?;
    Ok(())
}
