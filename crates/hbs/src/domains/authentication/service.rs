use super::dto::{Login, Refresh, Register, SignedIn};
use super::error::AuthError;
use super::model::{NewRefreshToken, NewSession, NewUser, User};
use super::repository;
use crate::app::App;
use crate::clock::Clock;
use crate::error::OnConstraint;
use crate::http::Caller;
use crate::middleware::RequestId;
use crate::outbox::{self, Cause, Changes, Event};
use crate::security::{Forget, Person, random_secret, secret_hash};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use std::net::IpAddr;
use uuid::Uuid;

/// From where somebody signs in.
pub struct Origin {
    pub ip: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub request_id: RequestId,
}

/// An account to be made.
pub struct NewAccount {
    pub email: String,
    pub password: String,
    pub full_name: String,
    pub phone: Option<String>,
}

/// Makes an account and signs its owner in.
pub async fn register(app: &App, request: Register, origin: &Origin) -> Result<SignedIn> {
    let Register { email, password, full_name, phone } = request;
    let hash = app.security.passwords.hash(password.0.clone()).await?;
    let account = NewAccount { email, password: password.0, full_name, phone };
    let cause = Cause::anonymous(origin.request_id.clone(), app.clock.now());
    let mut conn = app.db.conn().await?;
    let signed_in = conn
        .transaction(async |conn| {
            let user = insert_account(conn, &account, &hash, &cause).await?;
            start_session(app, conn, user, origin).await
        })
        .await?;
    app.relay.wake();
    Ok(signed_in)
}

/// Makes an account without signing anybody in: for the command line and for demo data.
pub async fn create_account(app: &App, conn: &Conn, account: &NewAccount, cause: &Cause) -> Result<Uuid> {
    let hash = app.security.passwords.hash(account.password.clone()).await?;
    Ok(insert_account(conn, account, &hash, cause).await?.id)
}

pub async fn is_email_taken(conn: &Conn, email: &str) -> Result<bool> {
    Ok(repository::email_exists(conn, email).await?)
}

async fn insert_account(conn: &Conn, account: &NewAccount, password_hash: &str, cause: &Cause) -> Result<User> {
    let now = Clock::real_now();
    let email = account.email.to_lowercase();
    let new = NewUser {
        id: Uuid::now_v7(),
        email: &email,
        phone: account.phone.as_deref(),
        full_name: &account.full_name,
        password_hash,
        created_at: now,
        updated_at: now,
    };
    let user = match repository::insert_user(conn, &new).await {
        Err(error) if is_on(&error, "users_phone_key") => return Err(AuthError::PhoneTaken.into()),
        result => result.on_constraint("users_email_key", || AuthError::EmailTaken)?,
    };
    let none = None::<()>;
    let changes =
        Changes::field("email", none, none).and("full_name", none, none).and("phone", none, none).and("status", none, "active");
    outbox::publish(conn, cause, [event("user.registered", "user", user.id, changes)]).await?;
    Ok(user)
}

fn is_on(error: &diesel::result::Error, constraint: &str) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, info) if info.constraint_name() == Some(constraint))
}

/// Signs somebody in. The answer is the same, and takes as long, whether or not there is such an account.
pub async fn login(app: &App, request: Login, origin: &Origin) -> Result<SignedIn> {
    let conn = app.db.conn().await?;
    let user = repository::find_active_by_login(&conn, &request.login).await?;
    // Hashing takes long: others can have the connection meanwhile.
    drop(conn);
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let fits = app.security.passwords.verify(request.password.0, hash).await?;
    let user = user.filter(|_| fits).ok_or(AuthError::WrongCredentials)?;

    let mut conn = app.db.conn().await?;
    let signed_in = conn.transaction(async |conn| start_session(app, conn, user.clone(), origin).await).await?;
    app.relay.wake();
    Ok(signed_in)
}

async fn start_session(app: &App, conn: &Conn, user: User, origin: &Origin) -> Result<SignedIn> {
    let now = Clock::real_now();
    let session = NewSession {
        id: Uuid::now_v7(),
        user_id: user.id,
        ip_address: origin.ip.map(|ip| ip.to_string()),
        user_agent: origin.user_agent.as_ref().map(|agent| agent.chars().take(500).collect()),
        expires_at: now + TimeDelta::days(app.config.session_days.into()),
        last_used_at: now,
        created_at: now,
        updated_at: now,
    };
    repository::insert_session(conn, &session).await?;
    let cause = Cause::user(user.id, origin.request_id.clone(), app.clock.now());
    let started = event("session.started", "session", session.id, Changes::created(&session));
    outbox::publish(conn, &cause, [started]).await?;
    issue_tokens(app, conn, user.into(), session.id, now).await
}

async fn issue_tokens(app: &App, conn: &Conn, person: Person, session_id: Uuid, now: DateTime<Utc>) -> Result<SignedIn> {
    let refresh_token = random_secret();
    let token = NewRefreshToken { token_hash: secret_hash(&refresh_token), session_id, created_at: now, updated_at: now };
    repository::insert_refresh_token(conn, &token).await?;
    let expires_in = app.config.access_token_seconds;
    let access_token = app.security.keys.issue(person.id, session_id, now.timestamp(), expires_in)?;
    Ok(SignedIn { user: person.into(), access_token, refresh_token, token_type: "Bearer", expires_in })
}

/// What a refresh token turned out to be.
enum Refreshed {
    Fresh(Box<SignedIn>),
    /// It had been used: its session has been ended.
    Reused(Uuid),
    Unknown,
}

/// Gives new tokens for a refresh token, which is used up. Using one again ends its session.
pub async fn refresh(app: &App, request: &Refresh, origin: &Origin) -> Result<SignedIn> {
    let hash = secret_hash(&request.refresh_token.0);
    let mut conn = app.db.conn().await?;
    let refreshed = conn.transaction(async |conn| use_refresh_token(app, conn, &hash, origin).await).await?;
    drop(conn);
    app.relay.wake();
    match refreshed {
        Refreshed::Fresh(signed_in) => Ok(*signed_in),
        Refreshed::Reused(session_id) => {
            tracing::warn!(%session_id, "a refresh token was used twice; the session is over");
            metrics::counter!("hbs_refresh_token_reuse_total").increment(1);
            app.security.forget(app, Forget::Session(session_id)).await;
            Err(AuthError::WrongRefreshToken.into())
        }
        Refreshed::Unknown => Err(AuthError::WrongRefreshToken.into()),
    }
}

async fn use_refresh_token(app: &App, conn: &Conn, hash: &[u8], origin: &Origin) -> Result<Refreshed> {
    let now = Clock::real_now();
    let Some(token) = repository::lock_refresh_token(conn, hash).await? else { return Ok(Refreshed::Unknown) };
    if token.revoked_at.is_some() || token.session_expires_at <= now {
        return Ok(Refreshed::Unknown);
    }
    let cause = Cause::user(token.user_id, origin.request_id.clone(), app.clock.now());
    if token.used_at.is_some() {
        end_session(conn, token.session_id, "refresh_reuse", &cause, now).await?;
        return Ok(Refreshed::Reused(token.session_id));
    }
    let Some(user) = repository::find_active(conn, token.user_id).await? else { return Ok(Refreshed::Unknown) };
    repository::mark_used(conn, hash, now).await?;
    repository::touch_session(conn, token.session_id, now).await?;
    let signed_in = issue_tokens(app, conn, user.into(), token.session_id, now).await?;
    Ok(Refreshed::Fresh(Box::new(signed_in)))
}

/// Ends the caller's session.
pub async fn logout(app: &App, caller: &Caller) -> Result<()> {
    let now = Clock::real_now();
    let cause = caller.cause(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        end_session(conn, caller.session_id(), "logout", &cause, now).await?;
        Ok::<_, Error>(())
    })
    .await?;
    drop(conn);
    app.security.forget(app, Forget::Session(caller.session_id())).await;
    app.relay.wake();
    Ok(())
}

async fn end_session(conn: &Conn, session_id: Uuid, reason: &str, cause: &Cause, now: DateTime<Utc>) -> Result<()> {
    if repository::revoke_session(conn, session_id, reason, now).await? == 1 {
        let changes = Changes::field("revoked_reason", None::<()>, reason);
        outbox::publish(conn, cause, [event("session.ended", "session", session_id, changes)]).await?;
    }
    Ok(())
}

fn event(kind: &'static str, entity: &'static str, entity_id: Uuid, changes: Changes) -> Event {
    Event { kind, property_id: None, entity, entity_id, booking_id: None, changes }
}
