//! Recovery: what ends when somebody takes an account back, signs out everywhere or is kept out. This is the one list of all
//! by which an account can be used; `tests/api/architecture/credentials.rs` holds it against the tables.
//!
//! | credential | password reset by mail | password change | sign out everywhere | suspension, deletion | second factor reset |
//! | --- | --- | --- | --- | --- | --- |
//! | `sessions`, with their `refresh_tokens` | end | the others end | end | end | end |
//! | `user_tokens`: links in mails, tokens between password and code | void but the proof of the present address | likewise | likewise | void | void |
//! | `mail_queue`: links that are about to be mailed | withdrawn but the proof of the present address | likewise | likewise | withdrawn | stay: a notice |
//! | `api_keys` | end unless they are to be kept | end if asked for | end if asked for | of no use; end with a deletion | stay |
//! | `second_factors`, `recovery_codes` | stay: the mail is no second factor | stay | stay | end with a deletion | end |
//!
//! There are no remembered devices: an address that is known only counts its failures apart.
use super::sessions;
use crate::Result;
use crate::clock::Clock;
use crate::domains::authentication::dto::AccountKeys;
use crate::domains::authentication::model::{EndedKey, MailKind, Purpose, User};
use crate::domains::authentication::repository;
use crate::mail;
use crate::outbox::{self, Cause, Entity, Event};
use crate::security;
use crate::stores::postgres::Conn;
use uuid::Uuid;

/// Exceptions from what ends.
#[derive(Clone, Copy)]
pub(super) struct But {
    /// The session in which the owner asks.
    pub session: Option<Uuid>,
    /// `true` if the keys that the account has made go on.
    pub keys: bool,
}

/// Ends what somebody else may have made of an account, in the owner's name, and says what has become of its keys. The
/// caller makes processes forget the user after COMMIT.
pub(super) async fn take_back(conn: &Conn, user: &User, but: But, reason: &str, cause: &Cause) -> Result<AccountKeys> {
    repository::void_user_tokens_but(conn, user.id, Purpose::VerifyEmail, &user.email).await?;
    mail::withdraw(conn, user.id, MailKind::VerifyEmail.as_str(), &user.email).await?;
    repository::delete_mfa_tokens(conn, user.id).await?;
    sessions::end_all(conn, user.id, but.session, reason, cause).await?;
    keys(conn, user.id, but, cause).await
}

async fn keys(conn: &Conn, user_id: Uuid, but: But, cause: &Cause) -> Result<AccountKeys> {
    let now = Clock::real_now();
    let live = security::live_keys_of(conn, user_id, now).await?;
    if but.keys {
        return Ok(AccountKeys { ended_api_keys: Vec::new(), api_keys: live.into_iter().map(Into::into).collect() });
    }
    let ended = security::end_keys_of(conn, user_id, now).await?;
    let event = |id: Uuid| Event::about::<EndedKey>("api_key.revoked", Entity::new(id)).with("revoked_at", now);
    outbox::publish(conn, cause, ended.iter().map(|key| event(key.id))).await?;
    Ok(AccountKeys { ended_api_keys: live.into_iter().map(Into::into).collect(), api_keys: Vec::new() })
}

/// Keeps somebody out: ends their sessions, and what was mailed to them or is about to be. The caller makes
/// processes forget the user after COMMIT.
pub async fn shut_out(conn: &Conn, user_id: Uuid, reason: &str, cause: &Cause) -> Result<()> {
    sessions::end_all(conn, user_id, None, reason, cause).await?;
    repository::void_all_user_tokens(conn, user_id).await?;
    mail::withdraw_all(conn, user_id).await?;
    Ok(())
}
