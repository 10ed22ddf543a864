use super::check_holds;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authorization::defaults::{DEFAULT_ROLES, DefaultRole, SUPER_ADMIN};
use crate::domains::authorization::dto::{CreateRole, RoleOut, UpdateRole};
use crate::domains::authorization::error::AuthorizationError;
use crate::domains::authorization::model::{NewRole, Role};
use crate::domains::authorization::repository;
use crate::error::{FieldError, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{RolesWrite, is_known};
use crate::security::{Forget, Forgetting, Staff};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use std::collections::{BTreeSet, HashMap};
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

pub async fn get_role(app: &App, id: Uuid) -> Result<RoleOut> {
    let conn = app.db.conn().await?;
    let (role, permissions) =
        futures_util::try_join!(repository::find_role(&conn, id), repository::permissions_of_role(&conn, id))?;
    Ok(RoleOut::new(role.or_404("role")?, permissions))
}

/// Adds a role, with at most the permissions that its maker holds at all properties.
pub async fn create_role(app: &App, staff: &Staff<RolesWrite>, key: &IdempotencyKey, request: CreateRole) -> Result<Answer> {
    staff.everywhere("Changing a role, which is the same at all properties,")?;
    let CreateRole { code, name, description, permissions, requires_second_factor } = request;
    let permissions = known(&permissions)?;
    check_holds(&staff.caller, everywhere_of(permissions.iter().copied()))?;
    let now = Clock::real_now();
    let cause = staff.caller.cause(app.clock.now());
    let new = NewRole {
        id: Uuid::now_v7(),
        code: &code,
        name: &name,
        description: &description,
        requires_second_factor,
        created_at: now,
        updated_at: now,
    };
    let names: Vec<&str> = permissions.into_iter().collect();
    app.change(key, async |conn| {
        let role = repository::insert_role(conn, &new).await?.ok_or(AuthorizationError::CodeTaken)?;
        repository::add_permissions(conn, role.id, &names, now).await?;
        outbox::publish(conn, &cause, [Event::created(&role).with("permissions", &names)]).await?;
        let (id, version) = (role.id, role.version);
        let permissions = names.iter().map(|name| (*name).to_owned()).collect();
        Answer::created(format!("/v1/roles/{id}"), version, &RoleOut::new(role, permissions))
    })
    .await
}

/// Changes a role. What it gains or loses, its editor holds at all properties; who has the role
/// feels it at once.
pub async fn update_role(
    app: &App,
    staff: &Staff<RolesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    patch: UpdateRole,
) -> Result<Answer> {
    staff.everywhere("Changing a role, which is the same at all properties,")?;
    let (change, permissions) = patch.into_parts();
    let wanted = permissions.as_deref().map(known).transpose()?;
    let now = Clock::real_now();
    let cause = staff.caller.cause(app.clock.now());
    let mut forgetting = Forgetting::default();
    let answer = app
        .change(key, async |conn| {
            let before = repository::lock_role(conn, id).await?.or_404("role")?;
            seen.check(before.version)?;
            if before.code == SUPER_ADMIN && (change.name.is_some() || change.description.is_some() || wanted.is_some()) {
                return Err(AuthorizationError::Protected.into());
            }
            let had = repository::permissions_of_role(conn, id).await?;
            let had: BTreeSet<&str> = had.iter().map(String::as_str).collect();
            let has = wanted.clone().unwrap_or_else(|| had.clone());
            check_holds(&staff.caller, everywhere_of(had.symmetric_difference(&has).copied()))?;
            // Without the second factor the role is easier to use: that is giving all of it anew. With it,
            // all of it is taken from those who have none.
            if change.requires_second_factor.is_some_and(|asks| asks != before.requires_second_factor) {
                check_holds(&staff.caller, everywhere_of(has.iter().copied()))?;
            }
            let added: Vec<&str> = has.difference(&had).copied().collect();
            let removed: Vec<&str> = had.difference(&has).copied().collect();
            if !added.is_empty() {
                repository::add_permissions(conn, id, &added, now).await?;
            }
            repository::remove_permissions(conn, id, &removed).await?;
            let after = repository::update_role(conn, id, &change, now).await?;
            let mut event = Event::changed(&before, &after);
            if had != has {
                event = event.and("permissions", &had, &has);
            }
            if event.is_empty() {
                return Answer::unchanged(before.version, &RoleOut::new(before, has.into_iter().map(String::from).collect()));
            }
            forgetting = Forgetting::new(repository::holders(conn, id).await?.into_iter().map(Forget::User));
            forgetting.record(conn).await?;
            outbox::publish(conn, &cause, [event]).await?;
            Answer::ok(after.version, &RoleOut::new(after, has.into_iter().map(String::from).collect()))
        })
        .await?;
    app.security.forget(forgetting).await;
    Ok(answer)
}

/// Removes a role that nobody has.
pub async fn delete_role(
    app: &App,
    staff: &Staff<RolesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    staff.everywhere("Changing a role, which is the same at all properties,")?;
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let role = repository::lock_role_to_delete(conn, id).await?.or_404("role")?;
        seen.check(role.version)?;
        if role.code == SUPER_ADMIN {
            return Err(AuthorizationError::Protected.into());
        }
        let permissions = repository::permissions_of_role(conn, id).await?;
        check_holds(&staff.caller, everywhere_of(permissions.iter().map(String::as_str)))?;
        let assignments = repository::count_assignments(conn, id).await?;
        if assignments > 0 {
            return Err(AuthorizationError::InUse(assignments).into());
        }
        repository::delete_role(conn, id).await?;
        let event = Event::of("role.deleted", &role).and("code", &role.code, None::<()>);
        outbox::publish(conn, &cause, [event.and("permissions", permissions, None::<()>)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

fn everywhere_of<'a>(names: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = (&'a str, Option<Uuid>)> {
    names.into_iter().map(|name| (name, None))
}

/// Returns the permissions, each once, or 422 for names that are none.
fn known(names: &[String]) -> Result<BTreeSet<&str>> {
    let unknown = names.iter().enumerate().filter(|(_, name)| !is_known(name));
    let errors: Vec<FieldError> = unknown
        .map(|(n, name)| FieldError::body(format!("/permissions/{n}"), format!("{name:?} is not one of GET /v1/permissions")))
        .collect();
    if errors.is_empty() { Ok(names.iter().map(String::as_str).collect()) } else { Err(Error::invalid_fields(errors)) }
}

/// Writes the default roles that are missing, and gives the super administrator new permissions.
pub async fn ensure_default_roles(app: &App, conn: &Conn) -> Result<()> {
    for role in DEFAULT_ROLES {
        ensure_role(app, conn, role).await?;
    }
    Ok(())
}

async fn ensure_role(app: &App, conn: &Conn, role: &DefaultRole) -> Result<()> {
    let now = app.clock.now();
    let new = NewRole {
        id: Uuid::now_v7(),
        code: role.code,
        name: role.name,
        description: role.description,
        requires_second_factor: false,
        created_at: now,
        updated_at: now,
    };
    let added = repository::insert_role(conn, &new).await?;
    let row = match &added {
        Some(row) => row.clone(),
        None if role.permissions.is_some() => return Ok(()),
        None => repository::find_role_by_code(conn, role.code).await?.or_404("role")?,
    };
    let gained = repository::add_permissions(conn, row.id, &role.permission_names(), now).await?;
    if gained == 0 {
        return Ok(());
    }
    let kind = if added.is_some() { "role.created" } else { "role.updated" };
    let event = Event::of(kind, &row).with("permissions", role.permission_names());
    outbox::publish(conn, &Cause::system(now), [event]).await?;
    Ok(())
}
