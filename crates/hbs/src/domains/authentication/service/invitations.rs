//! Invitations of staff: somebody makes their account, and they choose its password.
use super::passwords::must_be_strong;
use super::{Origin, sessions, tokens};
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::{AcceptInvitation, SignedIn};
use crate::domains::authentication::error::AuthError;
use crate::domains::authentication::model::MailKind;
use crate::domains::authentication::model::Purpose;
use crate::domains::authentication::repository;
use crate::mail::{self, Mail};
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Queues the mail with which somebody of status `invited` gets in, in the transaction that makes
/// them or asks for it again; the link of an earlier one ends when it is sent. `email` is the user's
/// own. Ring `app.mailer.wake()` after the commit.
pub async fn invite(conn: &Conn, user_id: Uuid, email: &str) -> QueryResult<()> {
    mail::enqueue(conn, &[Mail::to_user(MailKind::Invitation.as_str(), user_id, email)]).await
}

/// Lets an invited user in: they choose a password, and the link proves their address.
pub async fn accept_invitation(app: &App, request: AcceptInvitation, origin: &Origin) -> Result<SignedIn> {
    let AcceptInvitation { token, password, full_name } = request;
    let conn = app.db.conn().await?;
    let found = tokens::find(&conn, &token.0, Purpose::Invitation).await?;
    let known_name = repository::find_invited_name(&conn, found.user_id).await?.ok_or(AuthError::TokenInvalid)?;
    drop(conn);
    must_be_strong("/password", &password, &[&found.email, full_name.as_deref().unwrap_or_default(), &known_name]).await?;
    let password_hash = app.security.passwords.hash(password.0, origin.ip).await?;

    let now = Clock::real_now();
    let cause = Cause::user(found.user_id, origin.request_id.clone(), app.clock.now()).sealing_with(&app.person_keys);
    let mut conn = app.db.conn().await?;
    let signed_in = conn
        .transaction(async |conn| {
            let invited = tokens::redeem(conn, &found, "invited", now).await?;
            if found.email != invited.email {
                return Err(AuthError::TokenInvalid.into());
            }
            let full_name = full_name.as_deref().unwrap_or(&invited.full_name);
            let user = repository::activate(conn, invited.id, full_name, &password_hash, now).await?;
            let event = Event::of("user.invitation_accepted", &user);
            let mut event = event.and("status", "invited", "active").and("email_verified", false, true);
            if full_name != invited.full_name {
                event = event.and("full_name", &invited.full_name, full_name);
            }
            outbox::publish(conn, &cause, [event]).await?;
            sessions::start(app, conn, user, origin).await
        })
        .await?;
    app.relay.wake();
    Ok(signed_in)
}
