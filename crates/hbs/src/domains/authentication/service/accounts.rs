use super::{Origin, passwords, sessions, verification};
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::contact::emails;
use crate::domains::authentication::dto::{Register, SignedIn};
use crate::domains::authentication::error::AuthError;
use crate::domains::authentication::model::{NewUser, User};
use crate::domains::authentication::repository;
use crate::error::{Error, OnConstraint};
use crate::language::Language;
use crate::outbox::{self, Cause, Event};
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Language of mails to users who chose none.
const DEFAULT_LOCALE: &str = "en";

/// An account to be made.
pub struct NewAccount {
    pub email: String,
    pub password: String,
    pub full_name: String,
    pub phone: Option<String>,
}

/// Makes an account and signs its owner in. Whether somebody has the address or the number already makes no difference to
/// the answer, nor to the work for it: that is looked at when the mail is sent, and told to the owner alone. `spoken` are the
/// languages of the person's browser.
pub async fn register(app: &App, request: Register, spoken: &[Locale], origin: &Origin) -> Result<SignedIn> {
    let Register { email, password, full_name, phone, locale } = request;
    passwords::must_be_strong("/password", &password, &[&email, &full_name]).await?;
    let hash = app.security.passwords.hash(password.0.clone(), origin.ip).await?;
    let account = NewAccount { email, password: password.0, full_name, phone };
    let cause = Cause::anonymous(origin.request_id.clone(), app.clock.now()).sealing_with(&app.person_keys);
    let locale = locale.or_else(|| Language::preferred(spoken).map(String::from)).unwrap_or_else(|| DEFAULT_LOCALE.into());
    let mut conn = app.db.conn().await?;
    let signed_in = conn
        .transaction(async |conn| {
            let user = insert_account(conn, &account, &hash, &locale, IsVerified::No, &cause).await?;
            verification::ask_for_verification(conn, user.id, &user.email).await?;
            sessions::start(app, conn, user, origin).await
        })
        .await?;
    app.relay.wake();
    app.mailer.wake();
    Ok(signed_in)
}

/// Makes an account without signing anybody in, whose address counts as verified: for the command
/// line and for demo data. How good the password is, is up to the caller.
pub async fn create_account(app: &App, conn: &Conn, account: &NewAccount, cause: &Cause) -> Result<Uuid> {
    let hash = app.security.passwords.hash(account.password.clone(), None).await?;
    Ok(insert_account(conn, account, &hash, DEFAULT_LOCALE, IsVerified::Yes, cause).await?.id)
}

/// Returns the account that an address is of, if it is of one.
pub async fn account_of(conn: &Conn, email: &str) -> Result<Option<Uuid>> {
    Ok(repository::owner_of_address(conn, email).await?.map(|owner| owner.id))
}

/// Proof of an address: known to be its owner's, or not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum IsVerified {
    Yes,
    No,
}

async fn insert_account(
    conn: &Conn,
    account: &NewAccount,
    password_hash: &str,
    locale: &str,
    is_verified: IsVerified,
    cause: &Cause,
) -> Result<User> {
    let now = Clock::real_now();
    let email = emails::normalize(&account.email);
    let new = NewUser {
        id: Uuid::now_v7(),
        email: &email,
        phone: account.phone.as_deref(),
        full_name: &account.full_name,
        password_hash,
        email_verified_at: (is_verified == IsVerified::Yes).then_some(now),
        phone_verified_at: account.phone.as_ref().filter(|_| is_verified == IsVerified::Yes).map(|_| now),
        locale,
        created_at: now,
        updated_at: now,
    };
    let user = match repository::insert_user(conn, &new).await {
        Err(error) if is_on(&error, "users_phone_key") => return Err(Error::invalid("/phone", "is an account's already")),
        result => result.on_constraint("users_email_key", || AuthError::EmailTaken)?,
    };
    let event = Event::of("user.registered", &user).with("email", &user.email).with("full_name", &user.full_name);
    outbox::publish(conn, cause, [event.with("phone", &user.phone).with("status", "active")]).await?;
    Ok(user)
}

fn is_on(error: &diesel::result::Error, constraint: &str) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, info) if info.constraint_name() == Some(constraint))
}
