use super::dto::{AccountOut, InviteUser, InvitedOut, Place, UserFilter};
use super::error::UserError;
use super::model::{Account, NewAccount, UserStatus};
use super::repository;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::api_keys::{self, ApiKey};
use crate::domains::authentication;
use crate::domains::authorization::{self, RoleHeld};
use crate::error::{FieldError, OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Entity, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{RolesAssign, UsersDelete, UsersInvite, UsersRead, UsersSuspend};
use crate::security::{Caller, Forget, Forgetting, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use std::collections::HashMap;
use uuid::Uuid;

const DEFAULT_LOCALE: &str = "en";

// Reading

pub async fn list(app: &App, staff: &Staff<UsersRead>, filter: &UserFilter, page: &PageQuery) -> Result<Page<AccountOut>> {
    let limit = page.limit()?;
    let after = page.after::<Place>()?;
    if after.as_ref().is_some_and(|place| !place.is_in(filter.sort)) {
        return Err(Error::invalid_fields(vec![FieldError::query("cursor", "is of a list in another order")]));
    }
    if let Some(property_id) = filter.property_id {
        staff.at(property_id)?;
    }
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, &staff.scope, filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |account| Place::of(filter.sort, account))?;
    Ok(Page { items: show(&conn, &staff.scope, items).await?, next_cursor })
}

pub async fn get(app: &App, staff: &Staff<UsersRead>, id: Uuid) -> Result<AccountOut> {
    let conn = app.db.conn().await?;
    let ids = [id];
    let (account, held) =
        futures_util::try_join!(repository::find(&conn, id), authorization::roles_held(&conn, &staff.scope, &ids))?;
    let account = account.filter(|_| staff.scope.is_all() || !held.is_empty()).or_404("user")?;
    show_one(&conn, &staff.scope, account).await
}

async fn show_one(conn: &Conn, scope: &Scope, account: Account) -> Result<AccountOut> {
    show(conn, scope, vec![account]).await?.pop().or_404("user")
}

/// Returns accounts with their lock-outs and their roles within the scope; of people who are not the scope's alone no more
/// than who they are and what they do there.
async fn show(conn: &Conn, scope: &Scope, accounts: Vec<Account>) -> Result<Vec<AccountOut>> {
    let ids: Vec<Uuid> = accounts.iter().map(|account| account.id).collect();
    let (held, locked, elsewhere) = futures_util::try_join!(
        authorization::roles_held(conn, scope, &ids),
        authentication::locked_until(conn, &ids),
        repository::elsewhere(conn, scope, &ids)
    )?;
    let mut by_user: HashMap<Uuid, Vec<RoleHeld>> = HashMap::new();
    for one in held {
        by_user.entry(one.user_id).or_default().push(one);
    }
    let out = |account: Account| {
        let (locked_until, held) = (locked.get(&account.id).copied(), by_user.remove(&account.id).unwrap_or_default());
        let is_whole = !elsewhere.contains(&account.id);
        let shown = AccountOut::new(account, locked_until, held);
        if is_whole { shown } else { shown.restricted() }
    };
    Ok(accounts.into_iter().map(out).collect())
}

// Inviting

/// Makes an account for a member of staff and invites them by mail. They choose a password when they come. Somebody with an
/// account that is not the caller's to see is invited to the roles, and takes them themselves.
pub async fn invite(app: &App, staff: &Staff<UsersInvite>, key: &IdempotencyKey, request: InviteUser) -> Result<Answer> {
    let InviteUser { email, full_name, phone, locale, assignments } = request;
    let pointer = |n: usize| format!("/assignments/{n}");
    authorization::check_places(&staff.scope, &assignments, pointer)?;
    if assignments.is_empty() && !staff.scope.is_all() {
        return Err(Error::invalid("/assignments", "needs one at least: you invite people to work at single properties only"));
    }
    if !assignments.is_empty() {
        authorization::check_places(staff.caller.scope_of::<RolesAssign>()?, &assignments, pointer)?;
    }
    let now = Clock::real_now();
    let cause = staff.caller.cause(app.clock.now());
    if let Some(owner) = stranger(app, staff, &email).await? {
        return app
            .change(key, async |conn| {
                let caller = &staff.caller;
                let items = authorization::invite_to_roles(conn, caller, &cause, owner, &assignments, pointer).await?;
                Ok(Answer { status: 202, ..Answer::done(&InvitedOut { role_invitations: items })? })
            })
            .await
            .inspect(|_| app.mailer.wake());
    }
    let new = NewAccount {
        id: Uuid::now_v7(),
        email: &email,
        phone: phone.as_deref(),
        full_name: &full_name,
        status: UserStatus::Invited,
        locale: locale.as_deref().unwrap_or(DEFAULT_LOCALE),
        created_at: now,
        updated_at: now,
    };
    app.change(key, async |conn| {
        let account = insert(conn, &new).await?;
        outbox::publish(conn, &cause, [Event::created(&account).named("user.invited")]).await?;
        authorization::give_roles(conn, &staff.caller, &cause, account.id, &assignments, pointer).await?;
        authentication::invite(conn, account.id, &account.email).await?;
        let (id, version) = (account.id, account.version);
        Answer::created(format!("/v1/users/{id}"), version, &show_one(conn, &staff.scope, account).await?)
    })
    .await
    .inspect(|_| app.mailer.wake())
}

async fn insert(conn: &Conn, new: &NewAccount<'_>) -> Result<Account> {
    repository::insert(conn, new).await.on_constraint("users_email_key", || UserError::EmailTaken)
}

/// The owner of an address, where they are not within a scope of some properties.
async fn stranger(app: &App, staff: &Staff<UsersInvite>, email: &str) -> Result<Option<Uuid>> {
    if staff.scope.is_all() {
        return Ok(None);
    }
    let conn = app.db.conn().await?;
    let Some(owner) = repository::owner_of_address(&conn, email).await? else { return Ok(None) };
    let held = authorization::roles_held(&conn, &staff.scope, &[owner]).await?;
    Ok(Some(owner).filter(|_| held.is_empty()))
}

/// Sends the invitation again.
pub async fn resend_invitation(
    app: &App,
    staff: &Staff<UsersInvite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let account = lock_within(conn, &staff.caller, &staff.scope, id).await?;
        seen.check(account.version)?;
        if account.status != UserStatus::Invited {
            return Err(UserError::NotInvited(account.status).into());
        }
        authentication::invite(conn, id, &account.email).await?;
        let event = Event::of("user.invited_again", &account).and("status", account.status, account.status);
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(account.version, &show_one(conn, &staff.scope, account).await?)
    })
    .await
    .inspect(|_| app.mailer.wake())
}

// Keeping people out and letting them in

/// Suspends a user: ends their sessions and keeps them from signing in. The last super administrator stays.
pub async fn suspend(
    app: &App,
    staff: &Staff<UsersSuspend>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    reason: &str,
) -> Result<Answer> {
    let now = Clock::real_now();
    let cause = staff.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(id)]);
    let answer = app
        .change(key, async |conn| {
            let last = authorization::keep_a_super_admin(conn, id).await;
            let before = lock_within(conn, &staff.caller, &staff.scope, id).await?;
            not_oneself(&staff.caller, id)?;
            seen.check(before.version)?;
            if before.status == UserStatus::Suspended {
                return Err(UserError::IllegalMove { from: before.status, to: UserStatus::Suspended }.into());
            }
            last?;
            let after = repository::suspend(conn, id, reason, now).await?;
            outbox::publish(conn, &cause, [Event::changed(&before, &after).named("user.suspended")]).await?;
            authentication::shut_out(conn, id, "suspended", &cause).await?;
            if before.status == UserStatus::Active {
                authentication::tell_of_suspension(conn, id, &before.email).await?;
            }
            forgetting.record(conn).await?;
            Answer::ok(after.version, &show_one(conn, &staff.scope, after).await?)
        })
        .await?;
    app.security.forget(forgetting).await;
    app.mailer.wake();
    Ok(answer)
}

/// Reactivates a suspended user; one without a password yet must be invited again.
pub async fn reactivate(app: &App, staff: &Staff<UsersSuspend>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let now = Clock::real_now();
    let cause = staff.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(id)]);
    let answer = app
        .change(key, async |conn| {
            let before = lock_within(conn, &staff.caller, &staff.scope, id).await?;
            seen.check(before.version)?;
            let to = if before.has_password { UserStatus::Active } else { UserStatus::Invited };
            if before.status != UserStatus::Suspended {
                return Err(UserError::IllegalMove { from: before.status, to }.into());
            }
            let after = repository::reactivate(conn, id, to, now).await?;
            outbox::publish(conn, &cause, [Event::changed(&before, &after).named("user.reactivated")]).await?;
            forgetting.record(conn).await?;
            Answer::ok(after.version, &show_one(conn, &staff.scope, after).await?)
        })
        .await?;
    app.security.forget(forgetting).await;
    Ok(answer)
}

/// Lifts the lock-out of a user who has sent too many wrong passwords.
pub async fn unlock(app: &App, staff: &Staff<UsersSuspend>, key: &IdempotencyKey, seen: IfMatch, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let account = lock_within(conn, &staff.caller, &staff.scope, id).await?;
        seen.check(account.version)?;
        let locked = authentication::locked_until(conn, &[id]).await?;
        if authentication::clear_lock_outs(conn, id).await? > 0 {
            let event = Event::of("user.unlocked", &account).and("locked_until", locked.get(&id), None::<()>);
            outbox::publish(conn, &cause, [event]).await?;
        }
        Answer::ok(account.version, &show_one(conn, &staff.scope, account).await?)
    })
    .await
}

/// Removes an account: it keeps its bookings, and loses everything by which somebody could act.
/// E-mail address and phone number are free again.
pub async fn delete(app: &App, staff: &Staff<UsersDelete>, key: &IdempotencyKey, seen: MustMatch, id: Uuid) -> Result<Answer> {
    let now = Clock::real_now();
    let cause = staff.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(id)]);
    let answer = app
        .change(key, async |conn| {
            let last = authorization::keep_a_super_admin(conn, id).await;
            let before = lock_within(conn, &staff.caller, &staff.scope, id).await?;
            not_oneself(&staff.caller, id)?;
            seen.check(before.version)?;
            last?;
            authorization::take_all_roles(conn, &cause, id).await?;
            authentication::forget_second_factor(conn, id).await?;
            authentication::clear_lock_outs(conn, id).await?;
            repository::delete(conn, id, now).await?;
            let mut events = vec![Event::removed(&before)];
            let keys = api_keys::revoke_keys(conn, id, now).await?;
            let revoked = |key_id| Event::about::<ApiKey>("api_key.revoked", Entity::new(key_id)).with("revoked_at", now);
            events.extend(keys.into_iter().map(revoked));
            outbox::publish(conn, &cause, events).await?;
            authentication::shut_out(conn, id, "deleted", &cause).await?;
            if before.email_verified_at.is_some() {
                authentication::tell_of_deletion(conn, &before.email, &before.locale).await?;
            }
            forgetting.record(conn).await?;
            Ok(Answer::no_content())
        })
        .await?;
    app.mailer.wake();
    app.security.forget(forgetting).await;
    Ok(answer)
}

/// Takes the second factor away from somebody who has lost their device, and tells them by mail.
pub async fn reset_second_factor(
    app: &App,
    staff: &Staff<UsersSuspend>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(id)]);
    let answer = app
        .change(key, async |conn| {
            let before = lock_within(conn, &staff.caller, &staff.scope, id).await?;
            not_oneself(&staff.caller, id)?;
            seen.check(before.version)?;
            if !authentication::reset_second_factor(conn, id, &cause).await? {
                return Err(Error::not_found("second factor"));
            }
            forgetting.record(conn).await?;
            Ok(Answer::no_content())
        })
        .await?;
    app.security.forget(forgetting).await;
    app.mailer.wake();
    Ok(answer)
}

// Whom one may act on

/// An account, locked, if it is within the scope and within the power of the caller: staff of some
/// properties act on those who work there, and are nowhere else, also not as guests; and nobody on who holds more than they
/// do.
async fn lock_within(conn: &Conn, caller: &Caller, scope: &Scope, id: Uuid) -> Result<Account> {
    let ids = [id];
    let (account, held, elsewhere) = futures_util::try_join!(
        repository::lock(conn, id),
        authorization::roles_held(conn, &Scope::All, &ids),
        repository::elsewhere(conn, scope, &ids)
    )?;
    let account = account.or_404("user")?;
    let is_within = |one: &RoleHeld| one.property_id.map_or_else(|| scope.is_all(), |property_id| scope.covers(property_id));
    if !scope.is_all() && !held.iter().any(is_within) {
        return Err(Error::not_found("user"));
    }
    if elsewhere.contains(&id) {
        return Err(UserError::BeyondScope.into());
    }
    authorization::check_power_over(conn, caller, id).await?;
    Ok(account)
}

fn not_oneself(caller: &Caller, id: Uuid) -> Result<()> {
    if caller.user_id() == Some(id) { Err(UserError::Oneself.into()) } else { Ok(()) }
}
