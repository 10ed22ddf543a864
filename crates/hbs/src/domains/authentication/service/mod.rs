//! Use cases: `accounts` and `invitations` make them, `verification` and `passwords` keep them their
//! owners', `profile` and `avatar` are what people change of themselves, `sessions` lets them in and out, `throttle`
//! makes guessing slow, `second_factor` asks for more than a password, `presence` for both again, `recovery` ends what others
//! may have made of an account, `letters` says what is mailed.
mod accounts;
mod avatar;
mod invitations;
mod letters;
mod passwords;
mod presence;
mod profile;
mod recovery;
mod second_factor;
mod sessions;
mod throttle;
mod tokens;
mod verification;

pub use accounts::{NewAccount, account_of, create_account, register};
pub use avatar::{delete_avatar, set_avatar};
pub use invitations::{accept_invitation, invite};
pub use letters::prepare_mail;
pub use passwords::{change_password, forgot_password, password_weakness, reset_password};
pub use presence::{Presence, confirm_presence};
pub use profile::update_me;
pub use recovery::shut_out;
pub use second_factor::{
    confirm_totp, forget_second_factor, mfa_status, remove_totp, replace_recovery_codes, reset_second_factor, set_up_totp,
    verify_mfa,
};
pub use sessions::{list_sessions, login, logout, logout_all, refresh, revoke_session};
pub use throttle::{clear as clear_lock_outs, locked_until, sweep as sweep_failures};
pub use tokens::sweep;
pub use verification::{request_email_change, resend_verification, verify_email};

use super::dto::Secret;
use super::error::AuthError;
use super::model::User;
use super::repository;
use crate::Result;
use crate::app::App;
use crate::domains::authentication::model::MailKind;
use crate::mail::{self, Mail};
use crate::request_id::RequestId;
use crate::security::{self, Me, Turn};
use crate::stores::postgres::Conn;
use diesel::QueryResult;
use std::net::IpAddr;
use throttle::Attempt;
use uuid::Uuid;

/// Origin of a sign-in.
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub request_id: RequestId,
}

/// Checks that the owner of the account asks, and not somebody at their open session.
async fn check_password(app: &App, user_id: Uuid, password: Secret, origin: &Origin) -> Result<()> {
    let turn = app.security.passwords.turn(origin.ip).await?;
    let conn = app.db.conn().await?;
    let user = repository::find_active(&conn, user_id).await?.ok_or_else(security::unauthenticated)?;
    let attempt = Attempt::by(&conn, user_id, origin.ip).await?;
    // Hashing takes long: others can have the connection meanwhile.
    drop(conn);
    let fits = verify(app, &turn, password, user.password_hash, attempt).await?;
    let attempt = fits.ok_or(AuthError::WrongPassword)?;
    attempt.password_was_right(&*app.db.conn().await?, user.second_factor_since.is_some()).await
}

/// The attempt, if the password fits. It stays counted if it does not, and is given back if the server
/// cannot find out.
async fn verify(app: &App, turn: &Turn<'_>, password: Secret, hash: Option<String>, attempt: Attempt) -> Result<Option<Attempt>> {
    match turn.verify(password.0, hash).await {
        Ok(fits) => Ok(Some(attempt).filter(|_| fits)),
        Err(error) => {
            attempt.give_back(&*app.db.conn().await?).await?;
            Err(error)
        }
    }
}

/// Queues a notice to somebody that their account was suspended. Ring `app.mailer.wake()` after the commit.
pub async fn tell_of_suspension(conn: &Conn, user_id: Uuid, email: &str) -> QueryResult<()> {
    mail::enqueue(conn, &[Mail::to_user(MailKind::Suspended.as_str(), user_id, email)]).await
}

/// Queues a notice to somebody that their account was deleted, in the language that it had. Ring `app.mailer.wake()` after the
/// commit.
pub async fn tell_of_deletion(conn: &Conn, email: &str, locale: &str) -> QueryResult<()> {
    let params = serde_json::json!({"locale": locale});
    let kind = MailKind::Deleted.as_str();
    mail::enqueue(conn, &[Mail { kind, address: email, user_id: None, booking: None, params }]).await
}

/// Queues a notice to somebody that an API key was made in their name. Ring `app.mailer.wake()` after the commit.
pub async fn tell_of_new_key(conn: &Conn, me: &Me, name: &str) -> QueryResult<()> {
    let params = serde_json::json!({"name": name});
    let person = me.person();
    mail::enqueue(conn, &[Mail { params, ..Mail::to_user(MailKind::ApiKeyCreated.as_str(), person.id, &person.email) }]).await
}

/// Queues a notice to a person that their second factor has changed.
async fn tell_of_second_factor(conn: &Conn, user: &User, change: &str) -> Result<()> {
    let params = serde_json::json!({"change": change});
    let mail = Mail { params, ..Mail::to_user(MailKind::SecondFactorChanged.as_str(), user.id, &user.email) };
    mail::enqueue(conn, &[mail]).await?;
    Ok(())
}
