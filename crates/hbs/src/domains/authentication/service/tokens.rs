//! One-time tokens that are sent to people: only their hashes are stored.
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::error::AuthError;
use crate::domains::authentication::model::{NewUserToken, Purpose, User};
use crate::domains::authentication::{repository, rules};
use crate::security::{random_secret, secret_hash};
use crate::stores::postgres::Conn;
use crate::{Result, mail};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Makes a token for somebody who is locked. Older ones for the same purpose are good for nothing
/// from now on.
pub(super) async fn issue(conn: &Conn, user_id: Uuid, purpose: Purpose, email: &str) -> Result<String> {
    let now = Clock::real_now();
    let token = random_secret();
    let new = NewUserToken {
        token_hash: secret_hash(&token),
        user_id,
        purpose,
        email,
        expires_at: now + lifetime(purpose),
        created_at: now,
        updated_at: now,
    };
    repository::void_user_tokens(conn, user_id, purpose).await?;
    repository::insert_user_token(conn, &new).await?;
    Ok(token)
}

pub(super) const fn lifetime(purpose: Purpose) -> TimeDelta {
    match purpose {
        Purpose::VerifyEmail => rules::VERIFICATION_LIFETIME,
        Purpose::ResetPassword => rules::RESET_LIFETIME,
        Purpose::Invitation => rules::INVITATION_LIFETIME,
    }
}

/// A token that looks good, with its owner.
pub(super) struct Found {
    hash: Vec<u8>,
    pub user_id: Uuid,
    /// Address to which the token was sent.
    pub email: String,
}

/// Looks a token up without using it, so that nothing costly is done for one that is made up.
pub(super) async fn find(conn: &Conn, token: &str, purpose: Purpose) -> Result<Found> {
    let hash = secret_hash(token);
    let (user_id, email) =
        repository::find_user_token(conn, &hash, purpose, Clock::real_now()).await?.ok_or(AuthError::TokenInvalid)?;
    Ok(Found { hash, user_id, email: email.ok_or(AuthError::TokenInvalid)? })
}

/// Locks the person in `status` whom a token belongs to, and uses the token up.
pub(super) async fn redeem(conn: &Conn, found: &Found, status: &str, now: DateTime<Utc>) -> Result<User> {
    let user = repository::lock_user(conn, found.user_id, status).await?.ok_or(AuthError::TokenInvalid)?;
    if repository::use_user_token(conn, &found.hash, now).await? == 0 {
        return Err(AuthError::TokenInvalid.into());
    }
    Ok(user)
}

/// Forgets what has expired: tokens, sessions long ended, mails long given up. Returns the number of rows.
pub async fn sweep(app: &App) -> Result<usize> {
    let now = Clock::real_now();
    let conn = app.db.conn().await?;
    let tokens = repository::delete_expired_user_tokens(&conn, now).await?;
    let refresh_tokens = repository::delete_old_refresh_tokens(&conn, now - rules::KEEP_SESSIONS).await?;
    let sessions = repository::delete_old_sessions(&conn, now - rules::KEEP_SESSIONS).await?;
    let mails = mail::sweep(&conn).await?;
    Ok(tokens + refresh_tokens + sessions + mails)
}
