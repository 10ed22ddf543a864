//! Passwords: forgotten, reset, changed, and good enough.
use super::{Origin, check_password, sessions, throttle, tokens, verification};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::{ChangePassword, ForgotPassword, ResetPassword, Secret};
use crate::domains::authentication::error::AuthError;
use crate::domains::authentication::model::MailKind;
use crate::domains::authentication::model::{Purpose, User};
use crate::domains::authentication::{repository, rules};
use crate::mail::{self, Mail};
use crate::outbox::{self, Cause, Event};
use crate::security::{self, Forget, Forgetting, Me};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Returns the reason why a password is too easy to guess, in words for its owner; `about` is what is known of them. It
/// takes up to some tens of milliseconds, so it runs off the async threads.
pub async fn password_weakness(password: String, about: Vec<String>) -> Result<Option<String>> {
    let look = move || {
        let about: Vec<&str> = about.iter().map(String::as_str).collect();
        rules::weakness(&password, &about)
    };
    tokio::task::spawn_blocking(look).await.map_err(Error::internal)
}

/// Refuses a password that is easy to guess, by the field that it stands in.
pub(super) async fn must_be_strong(pointer: &str, password: &Secret, about: &[&str]) -> Result<()> {
    let about = about.iter().map(ToString::to_string).collect();
    match password_weakness(password.0.clone(), about).await? {
        Some(weakness) => Err(Error::invalid(pointer, weakness)),
        None => Ok(()),
    }
}

/// Queues the mail with which a password is reset. Whether there is such an account is looked at
/// when it is sent: here, everybody gets the same answer after the same work.
pub async fn forgot_password(app: &App, request: ForgotPassword) -> Result<()> {
    let conn = app.db.conn().await?;
    let params = serde_json::json!({});
    let mail = Mail { kind: MailKind::ResetPassword.as_str(), address: &request.email, user_id: None, booking: None, params };
    mail::enqueue(&conn, &[mail]).await?;
    app.mailer.wake();
    Ok(())
}

/// Sets a new password for who has the link that was mailed, and ends all their sessions. It signs
/// nobody in: who has a second factor still needs it.
pub async fn reset_password(app: &App, request: ResetPassword, origin: &Origin) -> Result<()> {
    let ResetPassword { token, password } = request;
    let conn = app.db.conn().await?;
    let found = tokens::find(&conn, &token.0, Purpose::ResetPassword).await?;
    let user = repository::find_active(&conn, found.user_id).await?.ok_or(AuthError::TokenInvalid)?;
    // Hashing takes long: others can have the connection meanwhile.
    drop(conn);
    must_be_strong("/password", &password, &[&user.email, &user.full_name]).await?;
    let password_hash = app.security.passwords.hash(password.0, origin.ip).await?;

    let now = Clock::real_now();
    let cause = Cause::user(user.id, origin.request_id.clone(), app.clock.now());
    let forgetting = Forgetting::new([Forget::User(user.id)]);
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let user = tokens::redeem(conn, &found, "active", now).await?;
        if found.email != user.email {
            return Err(AuthError::TokenInvalid.into());
        }
        // Codes count together with passwords: who reads the mail must not get guesses of them by it.
        if user.second_factor_since.is_none() {
            throttle::clear(conn, user.id).await?;
        }
        let verified = verification::verify(conn, &user, now).await?;
        let mut events = replace_password(conn, &user, &password_hash, None, "password_reset", &cause, &forgetting, now).await?;
        events.extend(verified);
        outbox::publish(conn, &cause, events).await?;
        Ok::<_, Error>(())
    })
    .await?;
    drop(conn);
    after_change(app, forgetting).await;
    Ok(())
}

/// Sets a new password for a user who knows the current one, and ends their other sessions.
pub async fn change_password(app: &App, me: &Me, origin: &Origin, request: ChangePassword) -> Result<()> {
    let ChangePassword { current_password, new_password } = request;
    let conn = app.db.conn().await?;
    let user = repository::find_active(&conn, me.user_id()).await?.ok_or_else(security::unauthenticated)?;
    drop(conn);
    let is_same = current_password.0 == new_password.0;
    check_password(app, user.id, current_password, origin).await?;
    if is_same {
        return Err(Error::invalid("/new_password", "must be another than the current one"));
    }
    must_be_strong("/new_password", &new_password, &[&user.email, &user.full_name]).await?;
    let password_hash = app.security.passwords.hash(new_password.0, origin.ip).await?;

    let now = Clock::real_now();
    let cause = me.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(user.id)]);
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let locked = repository::lock_user(conn, user.id, "active").await?.ok_or_else(security::unauthenticated)?;
        if locked.password_hash != user.password_hash {
            return Err(AuthError::WrongPassword.into());
        }
        let events =
            replace_password(conn, &locked, &password_hash, Some(me.session.id), "password_changed", &cause, &forgetting, now)
                .await?;
        outbox::publish(conn, &cause, events).await?;
        Ok::<_, Error>(())
    })
    .await?;
    drop(conn);
    after_change(app, forgetting).await;
    Ok(())
}

/// Stores a new password and takes away what the old one could have led to: sessions, links that are
/// on their way, a change of address that somebody else may have asked for.
async fn replace_password(
    conn: &Conn,
    user: &User,
    password_hash: &str,
    but: Option<Uuid>,
    reason: &str,
    cause: &Cause,
    forgetting: &Forgetting,
    now: DateTime<Utc>,
) -> Result<Vec<Event>> {
    repository::set_password(conn, user.id, password_hash, now).await?;
    repository::void_user_tokens_but(conn, user.id, Purpose::VerifyEmail, &user.email).await?;
    mail::withdraw(conn, user.id, MailKind::VerifyEmail.as_str(), &user.email).await?;
    mail::enqueue(conn, &[Mail::to_user(MailKind::PasswordChanged.as_str(), user.id, &user.email)]).await?;
    repository::delete_mfa_tokens(conn, user.id).await?;
    forgetting.record(conn).await?;
    sessions::end_all(conn, user.id, but, reason, cause).await?;
    Ok(vec![Event::of("user.password_changed", user).withheld("password")])
}

async fn after_change(app: &App, forgetting: Forgetting) {
    app.security.forget(forgetting).await;
    app.relay.wake();
    app.mailer.wake();
}
