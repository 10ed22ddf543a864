//! Changes that people make to their own accounts.
use super::{Origin, check_password, verification};
use crate::Error;
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::{UpdateMe, UpdatedMe};
use crate::domains::authentication::model::{MailKind, Profile, ProfileChange, User};
use crate::domains::authentication::repository;
use crate::idempotency::IdempotencyKey;
use crate::mail::{self, Mail};
use crate::outbox::{self, Cause, Event};
use crate::security::{self, Forget, Forgetting, Me};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;

/// Changes the caller's profile. A new address is only written to: it is theirs once they answer.
pub async fn update_me(
    app: &App,
    me: &Me,
    origin: &Origin,
    key: &IdempotencyKey,
    seen: MustMatch,
    patch: UpdateMe,
) -> Result<Answer> {
    let UpdateMe { full_name, phone, locale, email, current_password } = patch;
    let change = ProfileChange { full_name, phone, phone_verified_at: None, locale };
    let new_email = email.filter(|email| *email != me.person().email);
    if new_email.is_some() {
        let password =
            current_password.ok_or_else(|| Error::invalid("/current_password", "is missing; a change of email needs it"))?;
        check_password(app, me.user_id(), password, origin).await?;
    }
    let cause = me.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(me.user_id())]);
    let answer = app
        .change(key, async |conn| {
            let before = repository::lock_active(conn, me.user_id()).await?.ok_or_else(security::unauthenticated)?;
            seen.check(before.version)?;
            let after = apply(conn, before, &change, &cause).await?;
            if let Some(email) = &new_email {
                ask_for_proof(conn, &after, email, &cause).await?;
            }
            let (version, user) = (after.version, security::Person::from(after).into());
            forgetting.record(conn).await?;
            Answer::ok(version, &UpdatedMe { user, pending_email: new_email.clone() })
        })
        .await?;
    app.security.forget(forgetting).await;
    app.mailer.wake();
    Ok(answer)
}

/// Writes the differences, if there are any.
async fn apply(conn: &Conn, before: User, change: &ProfileChange, cause: &Cause) -> Result<User> {
    let old = Profile::of(&before);
    let new = Profile {
        id: old.id,
        full_name: change.full_name.clone().unwrap_or_else(|| old.full_name.clone()),
        phone: change.phone.clone().unwrap_or_else(|| old.phone.clone()),
        locale: change.locale.clone().unwrap_or_else(|| old.locale.clone()),
    };
    if new == old {
        return Ok(before);
    }
    let phone_verified_at = (new.phone != old.phone).then_some(None);
    let change = ProfileChange { phone_verified_at, ..change.clone() };
    let after = repository::update_profile(conn, before.id, &change, Clock::real_now()).await?;
    outbox::publish(conn, cause, [Event::changed(&old, &new)]).await?;
    Ok(after)
}

/// Queues the mail by which the owner of a new address proves it, and one to the present address. That the new one is
/// somebody else's is told to nobody but them.
async fn ask_for_proof(conn: &Conn, user: &User, email: &str, cause: &Cause) -> Result<()> {
    mail::enqueue(conn, &[Mail::to_user(MailKind::EmailChangeAsked.as_str(), user.id, &user.email)]).await?;
    outbox::publish(conn, cause, [Event::of("user.email_change_asked", user).and("email", &user.email, email)]).await?;
    Ok(verification::request_email_change(conn, user.id, email).await?)
}
