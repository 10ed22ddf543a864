//! Passwords: forgotten, reset, changed, and good enough.
use super::recovery::{But, take_back};
use super::{Origin, check_password, throttle, tokens, verification};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::{AccountKey, AccountKeys, ChangePassword, ForgotPassword, ResetPassword, Secret};
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
pub async fn reset_password(app: &App, request: ResetPassword, origin: &Origin) -> Result<AccountKeys> {
    let ResetPassword { token, password, keep_api_keys } = request;
    let conn = app.db.conn().await?;
    let found = tokens::find(&conn, &token.0, Purpose::ResetPassword).await?;
    let user = repository::find_active(&conn, found.user_id).await?.ok_or(AuthError::TokenInvalid)?;
    // Hashing takes long: others can have the connection meanwhile.
    drop(conn);
    must_be_strong("/password", &password, &[&user.email, &user.full_name]).await?;
    let password_hash = app.security.passwords.hash(password.0, origin.ip).await?;

    let now = Clock::real_now();
    let cause = Cause::user(user.id, origin.request_id.clone(), app.clock.now()).sealing_with(&app.person_keys);
    let forgetting = Forgetting::new([Forget::User(user.id)]);
    let mut conn = app.db.conn().await?;
    let keys = conn
        .transaction(async |conn| {
            let user = tokens::redeem(conn, &found, "active", now).await?;
            if found.email != user.email {
                return Err(AuthError::TokenInvalid.into());
            }
            // Codes count together with passwords: who reads the mail must not get guesses of them by it.
            if user.second_factor_since.is_none() {
                throttle::clear(conn, user.id).await?;
            }
            let verified = verification::verify(conn, &user, now).await?;
            let but = But { session: None, keys: keep_api_keys };
            let keys = replace_password(conn, &user, &password_hash, but, "password_reset", &cause, now).await?;
            outbox::publish(conn, &cause, verified).await?;
            forgetting.record(conn).await?;
            Ok::<_, Error>(keys)
        })
        .await?;
    drop(conn);
    after_change(app, forgetting).await;
    Ok(keys)
}

/// Sets a new password for a user who knows the current one, and ends their other sessions.
pub async fn change_password(app: &App, me: &Me, origin: &Origin, request: ChangePassword) -> Result<AccountKeys> {
    let ChangePassword { current_password, new_password, end_api_keys } = request;
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
    let keys = conn
        .transaction(async |conn| {
            let locked = repository::lock_user(conn, user.id, "active").await?.ok_or_else(security::unauthenticated)?;
            if locked.password_hash != user.password_hash {
                return Err(AuthError::WrongPassword.into());
            }
            let but = But { session: Some(me.session.id), keys: !end_api_keys };
            let keys = replace_password(conn, &locked, &password_hash, but, "password_changed", &cause, now).await?;
            forgetting.record(conn).await?;
            Ok::<_, Error>(keys)
        })
        .await?;
    drop(conn);
    after_change(app, forgetting).await;
    Ok(keys)
}

/// Stores a new password, takes away what the old one could have led to, and tells the owner of both.
async fn replace_password(
    conn: &Conn,
    user: &User,
    password_hash: &str,
    but: But,
    reason: &str,
    cause: &Cause,
    now: DateTime<Utc>,
) -> Result<AccountKeys> {
    repository::set_password(conn, user.id, password_hash, now).await?;
    let keys = take_back(conn, user, but, reason, cause).await?;
    let names = |keys: &[AccountKey]| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
    let params = serde_json::json!({"ended_keys": names(&keys.ended_api_keys), "keys": names(&keys.api_keys)});
    let told = Mail { params, ..Mail::to_user(MailKind::PasswordChanged.as_str(), user.id, &user.email) };
    mail::enqueue(conn, &[told]).await?;
    outbox::publish(conn, cause, [Event::of("user.password_changed", user).withheld("password")]).await?;
    Ok(keys)
}

async fn after_change(app: &App, forgetting: Forgetting) {
    app.security.forget(forgetting).await;
    app.relay.wake();
    app.mailer.wake();
}
