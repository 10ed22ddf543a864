//! Verification of e-mail addresses.
use super::{Origin, tokens};
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::{EmailVerified, VerifyEmail};
use crate::domains::authentication::error::AuthError;
use crate::domains::authentication::model::MailKind;
use crate::domains::authentication::model::{Purpose, User};
use crate::domains::authentication::repository;
use crate::error::{Error, OnConstraint};
use crate::mail::{self, Mail};
use crate::outbox::{self, Cause, Event};
use crate::security::{Forget, Forgetting, Me};
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use serde_json::json;
use uuid::Uuid;

/// Takes the proof that an address is its owner's. If it is not the address of the account, it
/// becomes that: it was sent because a change was asked for.
pub async fn verify_email(app: &App, request: VerifyEmail, origin: &Origin) -> Result<EmailVerified> {
    let now = Clock::real_now();
    let mut conn = app.db.conn().await?;
    let forgetting = conn
        .transaction(async |conn| {
            let found = tokens::find(conn, &request.token.0, Purpose::VerifyEmail).await?;
            let user = tokens::redeem(conn, &found, "active", now).await?;
            let cause = Cause::user(user.id, origin.request_id.clone(), app.clock.now()).sealing_with(&app.person_keys);
            let events = if found.email == user.email {
                Vec::from_iter(verify(conn, &user, now).await?)
            } else {
                vec![change_email(conn, &user, &found.email, now).await?]
            };
            outbox::publish(conn, &cause, events).await?;
            let forgetting = Forgetting::new([Forget::User(user.id)]);
            forgetting.record(conn).await?;
            Ok::<_, Error>(forgetting)
        })
        .await?;
    drop(conn);
    app.security.forget(forgetting).await;
    app.relay.wake();
    app.mailer.wake();
    Ok(EmailVerified { email_verified: true })
}

/// Notes that the user's own address is proved, if it was not.
pub(super) async fn verify(conn: &Conn, user: &User, now: DateTime<Utc>) -> Result<Option<Event>> {
    if user.email_verified_at.is_some() {
        return Ok(None);
    }
    repository::set_verified(conn, user.id, now).await.on_constraint("users_email_key", || AuthError::EmailTaken)?;
    Ok(Some(Event::of("user.email_verified", user).and("email_verified", false, true)))
}

async fn change_email(conn: &Conn, user: &User, email: &str, now: DateTime<Utc>) -> Result<Event> {
    repository::set_email(conn, user.id, email, now).await.on_constraint("users_email_key", || AuthError::EmailTaken)?;
    // What was sent to the old address no longer opens the account.
    repository::void_user_tokens(conn, user.id, Purpose::ResetPassword).await?;
    mail::enqueue(conn, &[Mail::to_user(MailKind::EmailChanged.as_str(), user.id, &user.email)]).await?;
    let event = Event::of("user.email_changed", user).and("email", &user.email, email);
    Ok(event.and("email_verified", user.email_verified_at.is_some(), true))
}

/// Sends the mail that verifies the caller's address again, if it is not verified.
pub async fn resend_verification(app: &App, me: &Me) -> Result<()> {
    let person = me.person();
    if person.email_verified {
        return Ok(());
    }
    let conn = app.db.conn().await?;
    ask_for_verification(&conn, person.id, &person.email).await?;
    app.mailer.wake();
    Ok(())
}

/// Queues the mail by which a new account's address is verified.
pub(super) async fn ask_for_verification(conn: &Conn, user_id: Uuid, email: &str) -> QueryResult<()> {
    mail::enqueue(conn, &[Mail::to_user(MailKind::VerifyEmail.as_str(), user_id, email)]).await
}

/// Queues a mail to a new address. Once its link is used, the address becomes the user's: until
/// then, and if it is taken by then, nothing changes. `new_email` is in its normal form
/// (`contact::emails`) and not the user's present one. Ring `app.mailer.wake()` after the commit.
pub async fn request_email_change(conn: &Conn, user_id: Uuid, new_email: &str) -> QueryResult<()> {
    let params = json!({"email": new_email});
    mail::withdraw(conn, user_id, MailKind::VerifyEmail.as_str(), new_email).await?;
    mail::enqueue(conn, &[Mail { params, ..Mail::to_user(MailKind::VerifyEmail.as_str(), user_id, new_email) }]).await
}
