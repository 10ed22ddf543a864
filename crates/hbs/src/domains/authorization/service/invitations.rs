//! Invitations to a role: somebody who works elsewhere, or is a guest, works at a property once they say so themselves.
use super::assignments::{as_row, check_places, check_wanted, insert};
use super::{AuthorizationError, letters};
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authorization::dto::{
    AssignmentOut, CreateAssignment, InvitationFilter, MyRoleInvitation, RoleInvitationOut, SentRoleInvitation,
};
use crate::domains::authorization::model::{InvitationStatus, RoleInvitation};
use crate::domains::authorization::repository;
use crate::domains::properties;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{Permission, RolesAssign};
use crate::security::{Caller, Forget, Forgetting, Me, Staff};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// Time within which an invitation can be accepted, and in which who declined is not asked again.
pub(super) const INVITATION_LASTS: TimeDelta = TimeDelta::days(7);

/// Invites somebody with an account to roles at properties, at most with what the caller holds there, and tells them by mail.
/// Nothing of the account is given away: not whether they can sign in, have been asked already, or have declined.
pub async fn invite_to_roles(
    conn: &Conn,
    caller: &Caller,
    cause: &Cause,
    user_id: Uuid,
    wanted: &[CreateAssignment],
    pointer: impl Fn(usize) -> String,
) -> Result<Vec<RoleInvitationOut>> {
    check_places(caller.scope_of::<RolesAssign>()?, wanted, &pointer)?;
    let is_there = check_wanted(conn, caller, user_id, wanted, &pointer).await?.is_some();
    let now = Clock::real_now();
    let property_ids: Vec<Uuid> = wanted.iter().filter_map(|one| one.property_id).collect();
    let standing = repository::standing_invitations(conn, user_id, &property_ids, now).await?;
    let new = |role_id: Uuid, property_id: Uuid| RoleInvitation {
        id: Uuid::now_v7(),
        user_id,
        role_id,
        property_id,
        invited_by: caller.answerable(),
        status: InvitationStatus::Pending,
        expires_at: now + INVITATION_LASTS,
        created_at: now,
        updated_at: now,
    };
    let all: Vec<RoleInvitation> =
        wanted.iter().filter_map(|one| Some(new(one.role_id, one.property_id?))).filter(|_| is_there).collect();
    let is_new = |one: &&RoleInvitation| {
        !standing.iter().any(|known| (known.role_id, known.property_id) == (one.role_id, one.property_id))
    };
    let fresh: Vec<RoleInvitation> = all.iter().filter(is_new).cloned().collect();
    if !fresh.is_empty() {
        repository::insert_invitations(conn, &fresh).await?;
        outbox::publish(conn, cause, fresh.iter().map(Event::created)).await?;
        let places = fresh.iter().map(|one| (one.role_id, Some(one.property_id)));
        letters::queue(conn, letters::INVITATION, user_id, places).await?;
    }
    let known = |one: &RoleInvitation| {
        let same = |known: &&RoleInvitation| (known.role_id, known.property_id) == (one.role_id, one.property_id);
        let known = standing.iter().find(same).cloned().unwrap_or_else(|| one.clone());
        RoleInvitation { status: InvitationStatus::Pending, ..known }
    };
    Ok(all.iter().map(|one| known(one).into()).collect())
}

/// The invitations that wait for the caller.
pub async fn my_invitations(app: &App, me: &Me) -> Result<Vec<MyRoleInvitation>> {
    let conn = app.db.conn().await?;
    let rows = repository::list_invitations(&conn, me.user_id(), Clock::real_now()).await?;
    let mut names: HashMap<Uuid, String> = HashMap::new();
    for (invitation, ..) in &rows {
        if !names.contains_key(&invitation.property_id)
            && let Some(property) = properties::find(&conn, invitation.property_id).await?
        {
            names.insert(property.id, property.name);
        }
    }
    let shown = |(row, role_code, role_name): (RoleInvitation, String, String)| {
        let property_name = names.get(&row.property_id)?.clone();
        Some(MyRoleInvitation { invitation: row.into(), role_code, role_name, property_name })
    };
    Ok(rows.into_iter().filter_map(shown).collect())
}

/// The invitations that staff of the caller's properties have sent.
pub async fn sent_invitations(
    app: &App,
    staff: &Staff<RolesAssign>,
    filter: &InvitationFilter,
    page: &PageQuery,
) -> Result<Page<SentRoleInvitation>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let now = Clock::real_now();
    let rows = repository::list_sent_invitations(&conn, &staff.scope, filter, before, now, limit + 1).await?;
    let shown = |(row, role_code, role_name)| SentRoleInvitation::new(row, role_code, role_name);
    Ok(page.page(rows, |(row, ..)| row.id)?.map(shown))
}

/// Takes a role that the caller was invited to, if whoever invited them could still give it.
pub async fn accept(app: &App, me: &Me, key: &IdempotencyKey, id: Uuid) -> Result<Answer> {
    let cause = me.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(me.user_id())]);
    let answer = app
        .change(key, async |conn| {
            let now = Clock::real_now();
            let seen = own(conn, me, id).await?;
            // Roles are locked before people and invitations, as where they are given.
            repository::share_roles(conn, &[seen.role_id]).await?;
            let is_proved = repository::share_user(conn, me.user_id()).await?.or_404("role invitation")?;
            let before = repository::lock_invitation(conn, id, now).await?.or_404("role invitation")?;
            if !is_proved {
                return Err(AuthorizationError::Unverified.into());
            }
            check_giver(conn, &before).await?;
            let after = repository::set_invitation_status(conn, id, InvitationStatus::Accepted, now).await?;
            outbox::publish(conn, &cause, [Event::changed(&before, &after).named("role_invitation.accepted")]).await?;
            let assignment = given(conn, &before, &cause).await?;
            forgetting.record(conn).await?;
            Answer::created(format!("/v1/users/{}/role-assignments/{}", assignment.user_id, assignment.id), 1, &assignment)
        })
        .await?;
    app.security.forget(forgetting).await;
    Ok(answer)
}

async fn given(conn: &Conn, invitation: &RoleInvitation, cause: &Cause) -> Result<AssignmentOut> {
    let RoleInvitation { user_id, role_id, property_id, .. } = *invitation;
    let row = as_row(user_id, &CreateAssignment { role_id, property_id: Some(property_id) }, cause.at);
    let given = insert(conn, &[row]).await?;
    outbox::publish(conn, cause, given.iter().map(Event::created)).await?;
    Ok(given.into_iter().next().or_404("role assignment")?.into())
}

/// Refuses a role that whoever invited to it could not give any more.
async fn check_giver(conn: &Conn, invitation: &RoleInvitation) -> Result<()> {
    let by = invitation.invited_by;
    let (held, wanted, is_there) = futures_util::try_join!(
        repository::permissions_held(conn, by),
        repository::permissions_of_role(conn, invitation.role_id),
        async { Ok(repository::addressee(conn, by).await?.is_some()) },
    )?;
    let holds = |permission: &str| {
        let is_here = |place: &Option<Uuid>| place.is_none_or(|place| place == invitation.property_id);
        held.iter().any(|(name, place)| name == permission && is_here(place))
    };
    let could = is_there && holds(RolesAssign::NAME) && wanted.iter().all(|permission| holds(permission));
    if could { Ok(()) } else { Err(AuthorizationError::InvitationLapsed.into()) }
}

/// Declines a role that the caller was invited to.
pub async fn decline(app: &App, me: &Me, key: &IdempotencyKey, id: Uuid) -> Result<Answer> {
    let cause = me.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        own(conn, me, id).await?;
        end(conn, id, InvitationStatus::Declined, "role_invitation.declined", &cause).await
    })
    .await
}

/// Takes an invitation back.
pub async fn withdraw(app: &App, staff: &Staff<RolesAssign>, key: &IdempotencyKey, id: Uuid) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find_invitation(conn, id).await?.filter(|found| staff.scope.covers(found.property_id));
        found.or_404("role invitation")?;
        end(conn, id, InvitationStatus::Withdrawn, "role_invitation.withdrawn", &cause).await
    })
    .await
}

async fn own(conn: &Conn, me: &Me, id: Uuid) -> Result<RoleInvitation> {
    let found = repository::find_invitation(conn, id).await?.filter(|found| found.user_id == me.user_id());
    found.ok_or_else(|| Error::not_found("role invitation"))
}

async fn end(conn: &Conn, id: Uuid, status: InvitationStatus, kind: &'static str, cause: &Cause) -> Result<Answer> {
    let now: DateTime<Utc> = Clock::real_now();
    let before = repository::lock_invitation(conn, id, now).await?.or_404("role invitation")?;
    let after = repository::set_invitation_status(conn, id, status, now).await?;
    outbox::publish(conn, cause, [Event::changed(&before, &after).named(kind)]).await?;
    Ok(Answer::no_content())
}
