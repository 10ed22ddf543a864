//! Mails to people about their accounts, worded when they are sent.
use super::tokens;
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::model::{MailKind, Purpose, User};
use crate::domains::authentication::{repository, rules};
use crate::error::Error;
use crate::mail::{self, Letter, Link, Queued};
use crate::stores::postgres::Conn;
use diesel_async::AsyncConnection;
use serde_json::Value;

/// The words of a queued mail, with a new link if it has one. None: whoever it was for has gone, was
/// suspended, or needs it no more.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let kind: MailKind = mail.kind.parse().map_err(|error: String| Error::internal(error))?;
    if kind == MailKind::Deleted {
        let locale = mail.params["locale"].as_str().unwrap_or_default().to_owned();
        let params = mail.params.clone();
        return Ok(Some(Letter { kind: kind.as_str(), locale, name: None, link: None, params, attachment: None }));
    }
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let Some(user) = lock_recipient(conn, mail, kind).await? else { return Ok(None) };
        // Looked at after the lock: a change of the password takes mails back that were claimed already.
        if !mail::is_queued(conn, mail.id).await? {
            return Ok(None);
        }
        let letter = match kind {
            MailKind::VerifyEmail => with_link(conn, mail, kind, user, Purpose::VerifyEmail).await?,
            MailKind::ResetPassword => with_link(conn, mail, kind, user, Purpose::ResetPassword).await?,
            MailKind::Invitation => with_link(conn, mail, kind, user, Purpose::Invitation).await?,
            _ => Some(letter(mail, kind, user, None)),
        };
        Ok::<_, Error>(letter)
    })
    .await
}

/// The person a mail is about. Who forgot a password is looked up only now, by the address, so that
/// asking takes the same time whether or not there is an account.
async fn lock_recipient(conn: &Conn, mail: &Queued, kind: MailKind) -> Result<Option<User>> {
    let user_id = match mail.user_id {
        Some(id) => Some(id),
        None => repository::find_active_by_email(conn, &mail.address).await?,
    };
    let status = match kind {
        MailKind::Invitation => "invited",
        MailKind::Suspended => "suspended",
        _ => "active",
    };
    match user_id {
        Some(id) => Ok(repository::lock_user(conn, id, status).await?),
        None => Ok(None),
    }
}

async fn with_link(conn: &Conn, mail: &Queued, kind: MailKind, user: User, purpose: Purpose) -> Result<Option<Letter>> {
    let asked_again_too_soon = mail.attempts == 1
        && repository::sent_since(conn, user.id, purpose, &mail.address, Clock::real_now() - rules::LINK_PAUSE).await?;
    if asked_again_too_soon || !still_makes_sense(mail, kind, &user) {
        return Ok(None);
    }
    if purpose == Purpose::VerifyEmail
        && let Some(owner) = repository::owner_of_address(conn, &mail.address).await?.filter(|owner| owner.id != user.id)
    {
        // Whoever gave the address has been told nothing; its owner is.
        return Ok(Some(letter(mail, MailKind::AddressInUse, owner, None)));
    }
    let token = tokens::issue(conn, user.id, purpose, &mail.address).await?;
    let page = match purpose {
        Purpose::VerifyEmail => "verify-email",
        Purpose::ResetPassword => "reset-password",
        Purpose::Invitation => "accept-invitation",
    };
    Ok(Some(letter(mail, kind, user, Some(Link { page, token, lifetime: tokens::lifetime(purpose) }))))
}

/// A mail to an address that is no longer the user's, or that has been proved, is one too many. The
/// address of a change is not the user's yet.
fn still_makes_sense(mail: &Queued, kind: MailKind, user: &User) -> bool {
    match kind {
        MailKind::VerifyEmail if is_change(mail) => mail.address != user.email,
        MailKind::VerifyEmail => mail.address == user.email && user.email_verified_at.is_none(),
        _ => mail.address == user.email,
    }
}

fn is_change(mail: &Queued) -> bool {
    mail.params.get("email").is_some()
}

fn letter(mail: &Queued, kind: MailKind, user: User, link: Option<Link>) -> Letter {
    // Who has yet to prove an address could write anything into somebody else's mail by way of a name.
    let is_known = match kind {
        MailKind::VerifyEmail => false,
        MailKind::Invitation => true,
        _ => user.email_verified_at.is_some(),
    };
    let mut params = mail.params.clone();
    if let Value::Object(params) = &mut params {
        params.insert("change".into(), is_change(mail).into());
        // What is in clear in the queue for the sake of the worker is not for the text.
        params.remove("email");
    }
    Letter { kind: kind.as_str(), locale: user.locale, name: is_known.then_some(user.full_name), link, params, attachment: None }
}
