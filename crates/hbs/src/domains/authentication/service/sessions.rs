use super::recovery::{But, take_back};
use super::throttle::Attempt;
use super::{Origin, second_factor};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::{AccountKeys, Login, Refresh, Secret, SessionOut, SignedIn};
use crate::domains::authentication::error::{AuthError, TOO_MANY_ATTEMPTS, WRONG_CODE, WRONG_CREDENTIALS, WRONG_MFA_TOKEN};
use crate::domains::authentication::model::{KnownToken, NewRefreshToken, NewSession, User};
use crate::domains::authentication::repository;
use crate::domains::authentication::rules::{LoginName, REFRESH_GRACE};
use crate::error::problems;
use crate::outbox::{self, Cause, Entity, Event};
use crate::page::{Page, PageQuery};
use crate::security::{self, Forget, Forgetting, Me, Passwords, Person, Turn, random_secret, secret_hash};
use crate::stores::postgres::Conn;
use crate::{Error, Result, refusals};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Result of a right password.
enum Entry {
    SignedIn(Box<SignedIn>),
    CodeNeeded(Secret),
    /// The account or its password has changed meanwhile.
    Refused,
}

/// Signs a user in. The answer is the same, and takes as long, whether or not there is such an account. What fails is on the
/// record.
pub async fn login(app: &App, request: Login, origin: &Origin) -> Result<SignedIn> {
    let mut meant = None;
    let entered = enter(app, request, origin, &mut meant).await;
    entered.map_err(|error| refused(app, meant, origin, error))
}

/// Counts a failed sign-in for the record, if the error is one.
pub(super) fn refused(app: &App, user_id: Option<Uuid>, origin: &Origin, error: Error) -> Error {
    let failures = [&WRONG_CREDENTIALS, &TOO_MANY_ATTEMPTS, &WRONG_CODE, &WRONG_MFA_TOKEN];
    if let Some(failure) = failures.into_iter().find(|failure| error.is(failure)) {
        refusals::failed_sign_in(app, user_id, origin.ip, origin.request_id.clone(), failure.code);
    }
    error
}

/// Lets a user in, and says on the way whose account is meant.
async fn enter(app: &App, request: Login, origin: &Origin, meant: &mut Option<Uuid>) -> Result<SignedIn> {
    let login = LoginName::parse(&request.login);
    let turn = app.security.passwords.turn(origin.ip).await?;
    let conn = app.db.conn().await?;
    let (owner, unproved) =
        futures_util::try_join!(repository::find_by_login(&conn, &login), repository::find_unproved(&conn, &login))?;
    *meant = owner.as_ref().or(unproved.as_ref()).map(|(user, _)| user.id);
    let candidates = match unproved {
        Some(unproved) => {
            let own = Attempt::by(&conn, unproved.0.id, origin.ip).await?;
            vec![(Some(unproved), own), owner_unseen(&conn, owner, origin).await?]
        }
        None => {
            let user_id = owner.as_ref().map(|(user, _)| user.id);
            let attempt = Attempt::to_sign_in(&conn, user_id, &login, origin.ip).await?;
            vec![(owner, attempt)]
        }
    };
    // Hashing takes long: others can have the connection meanwhile.
    drop(conn);
    let (found, attempt) = first_that_fits(app, turn, &request.password, candidates).await?.ok_or(AuthError::WrongCredentials)?;
    let (user, _) = found.filter(|(_, may_sign_in)| *may_sign_in).ok_or(AuthError::WrongCredentials)?;
    let new_hash = newer_hash(app, &user, request.password, origin).await?;

    let mut conn = app.db.conn().await?;
    let entry = conn.transaction(async |conn| let_in(app, conn, &user, new_hash, attempt, origin).await).await?;
    app.relay.wake();
    match entry {
        Entry::SignedIn(signed_in) => Ok(*signed_in),
        Entry::CodeNeeded(mfa_token) => Err(AuthError::MfaRequired { mfa_token }.into()),
        Entry::Refused => Err(AuthError::WrongCredentials.into()),
    }
}

/// Somebody who may be meant by a login, with the attempt to be them.
type Candidate = (Option<(User, bool)>, Attempt);

/// The owner of an address that somebody else has given too. Nothing tells whether there is an owner: without one, nobody's
/// password is checked in their place, and where they are locked out, likewise.
async fn owner_unseen(conn: &Conn, owner: Option<(User, bool)>, origin: &Origin) -> Result<Candidate> {
    let Some(owner) = owner else { return Ok((None, Attempt::uncounted())) };
    match Attempt::by(conn, owner.0.id, origin.ip).await {
        Ok(attempt) => Ok((Some(owner), attempt)),
        Err(error) if error.is(&TOO_MANY_ATTEMPTS) => Ok((None, Attempt::uncounted())),
        Err(error) => Err(error),
    }
}

/// The first candidate whose password it is. Of the others, the attempts count as failed, unless somebody else was meant.
async fn first_that_fits(app: &App, turn: Turn<'_>, password: &Secret, candidates: Vec<Candidate>) -> Result<Option<Candidate>> {
    let (mut fitting, mut others) = (None, Vec::new());
    let mut candidates = candidates.into_iter();
    while let Some((found, attempt)) = candidates.next() {
        let hash = found.as_ref().and_then(|(user, _)| user.password_hash.clone());
        match turn.verify(password.0.clone(), hash).await {
            Ok(true) => {
                fitting = Some((found, attempt));
                others.extend(candidates.by_ref().map(|(_, attempt)| attempt));
            }
            Ok(false) => others.push(attempt),
            Err(error) => {
                others.extend([attempt].into_iter().chain(candidates.map(|(_, attempt)| attempt)));
                give_back(app, others).await?;
                return Err(error);
            }
        }
    }
    if fitting.is_some() {
        give_back(app, others).await?;
    }
    Ok(fitting)
}

async fn give_back(app: &App, attempts: Vec<Attempt>) -> Result<()> {
    if attempts.is_empty() {
        return Ok(());
    }
    let conn = app.db.conn().await?;
    for attempt in attempts {
        attempt.give_back(&conn).await?;
    }
    Ok(())
}

/// A hash by the parameters of today, where the one there is was made by others. It can wait for a less
/// busy moment.
async fn newer_hash(app: &App, user: &User, password: Secret, origin: &Origin) -> Result<Option<String>> {
    if !user.password_hash.as_deref().is_some_and(Passwords::is_outdated) {
        return Ok(None);
    }
    match app.security.passwords.hash(password.0, origin.ip).await {
        Err(error) if error.is(&problems::BUSY) => Ok(None),
        hash => hash.map(Some),
    }
}

/// Opens a session for a user whose password was right, or asks for a code.
async fn let_in(
    app: &App,
    conn: &Conn,
    seen: &User,
    new_hash: Option<String>,
    attempt: Attempt,
    origin: &Origin,
) -> Result<Entry> {
    let user = repository::lock_active(conn, seen.id).await?.filter(|user| user.password_hash == seen.password_hash);
    let Some(user) = user else { return Ok(Entry::Refused) };
    if let Some(hash) = new_hash {
        repository::set_password_hash(conn, user.id, &hash, Clock::real_now()).await?;
    }
    let needs_code = user.second_factor_since.is_some();
    attempt.password_was_right(conn, needs_code).await?;
    if needs_code {
        return second_factor::ask_for_code(conn, user.id).await.map(Entry::CodeNeeded);
    }
    start(app, conn, user, origin).await.map(|signed_in| Entry::SignedIn(Box::new(signed_in)))
}

/// Starts a session for a user who has proved who they are.
pub(super) async fn start(app: &App, conn: &Conn, user: User, origin: &Origin) -> Result<SignedIn> {
    start_with(app, conn, user, origin, None).await
}

/// Starts a session in which a second factor may have been shown.
pub(super) async fn start_with(
    app: &App,
    conn: &Conn,
    user: User,
    origin: &Origin,
    second_factor_at: Option<DateTime<Utc>>,
) -> Result<SignedIn> {
    let now = Clock::real_now();
    let session = NewSession {
        id: Uuid::now_v7(),
        user_id: user.id,
        ip_address: origin.ip.map(|ip| ip.to_string()),
        user_agent: origin.user_agent.as_ref().map(|agent| agent.chars().take(500).collect()),
        second_factor_at,
        expires_at: now + TimeDelta::days(app.config.session_days.into()),
        last_used_at: now,
        created_at: now,
        updated_at: now,
    };
    futures_util::try_join!(repository::insert_session(conn, &session), repository::set_last_login(conn, user.id, now))?;
    let cause = Cause::user(user.id, origin.request_id.clone(), app.clock.now()).sealing_with(&app.person_keys);
    outbox::publish(conn, &cause, [Event::created(&session).named("session.started")]).await?;
    let refresh_token = random_secret();
    store_refresh_token(conn, &refresh_token, session.id, now).await?;
    signed_in(app, user.into(), session.id, refresh_token, now)
}

async fn store_refresh_token(conn: &Conn, refresh_token: &str, session_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let token = NewRefreshToken { token_hash: secret_hash(refresh_token), session_id, created_at: now, updated_at: now };
    repository::insert_refresh_token(conn, &token).await?;
    Ok(())
}

/// The answer to somebody signed in, with a new access token.
fn signed_in(app: &App, person: Person, session_id: Uuid, refresh_token: String, now: DateTime<Utc>) -> Result<SignedIn> {
    let expires_in = app.config.access_token_seconds;
    let access_token = app.security.keys.issue(person.id, session_id, now.timestamp(), expires_in)?;
    Ok(SignedIn { user: person.into(), access_token, refresh_token, token_type: "Bearer", expires_in })
}

/// Result of a refresh token.
enum Refreshed {
    Fresh(Box<SignedIn>),
    /// The token had been used: its session has been ended.
    Reused {
        session_id: Uuid,
        forgetting: Forgetting,
    },
    Unknown,
}

/// Gives new tokens for a refresh token, which is used up. Using one again ends its session, but for the same device within
/// some seconds: two pages of a browser that refresh at once are not a theft.
pub async fn refresh(app: &App, request: &Refresh, origin: &Origin) -> Result<SignedIn> {
    let mut conn = app.db.conn().await?;
    let token = &request.refresh_token.0;
    let refreshed = conn.transaction(async |conn| use_refresh_token(app, conn, token, origin).await).await?;
    drop(conn);
    app.relay.wake();
    match refreshed {
        Refreshed::Fresh(signed_in) => Ok(*signed_in),
        Refreshed::Reused { session_id, forgetting } => {
            tracing::warn!(%session_id, "a refresh token was used twice; the session is over");
            metrics::counter!("hbs_refresh_token_reuse_total").increment(1);
            app.security.forget(forgetting).await;
            Err(AuthError::WrongRefreshToken.into())
        }
        Refreshed::Unknown => Err(AuthError::WrongRefreshToken.into()),
    }
}

async fn use_refresh_token(app: &App, conn: &Conn, refresh_token: &str, origin: &Origin) -> Result<Refreshed> {
    let (now, hash) = (Clock::real_now(), secret_hash(refresh_token));
    let Some(token) = repository::lock_refresh_token(conn, &hash).await? else { return Ok(Refreshed::Unknown) };
    if token.revoked_at.is_some() || token.session_expires_at <= now {
        return Ok(Refreshed::Unknown);
    }
    let (successor, device) = (successor(app, refresh_token), device_digest(app, origin));
    if token.used_at.is_some() && !is_forgiven(conn, &token, &successor, &device, now).await? {
        return end_reused(app, conn, &token, origin, now).await;
    }
    let Some(user) = repository::find_active(conn, token.user_id).await? else { return Ok(Refreshed::Unknown) };
    if token.used_at.is_none() {
        repository::mark_used(conn, &hash, &device, now).await?;
        repository::touch_session(conn, token.session_id, now).await?;
        store_refresh_token(conn, &successor, token.session_id, now).await?;
    }
    let signed_in = signed_in(app, user.into(), token.session_id, successor, now)?;
    Ok(Refreshed::Fresh(Box::new(signed_in)))
}

/// The token that comes after a refresh token. It is made of that one with the data key: so it can be given twice though only
/// its hash is stored, and nobody who has the old one alone can tell it.
fn successor(app: &App, refresh_token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(app.security.data_key.digest(format!("refresh successor:{refresh_token}").as_bytes()))
}

/// A digest of the address and the browser of a request.
fn device_digest(app: &App, origin: &Origin) -> Vec<u8> {
    let device = format!("device:{:?}:{:?}", origin.ip, origin.user_agent);
    app.security.data_key.digest(device.as_bytes())
}

/// Returns `true` if a used token is good once more: just now the same device used it, and nobody has used its successor.
async fn is_forgiven(conn: &Conn, token: &KnownToken, successor: &str, device: &[u8], now: DateTime<Utc>) -> Result<bool> {
    let is_just_now = token.used_at.is_some_and(|used_at| now < used_at + REFRESH_GRACE);
    if !is_just_now || token.used_by.as_deref() != Some(device) {
        return Ok(false);
    }
    Ok(repository::is_unused(conn, &secret_hash(successor)).await?)
}

/// Ends the session of a token that was used again.
async fn end_reused(app: &App, conn: &Conn, token: &KnownToken, origin: &Origin, now: DateTime<Utc>) -> Result<Refreshed> {
    let (session_id, cause) = (token.session_id, Cause::user(token.user_id, origin.request_id.clone(), app.clock.now()));
    end_session(conn, session_id, "refresh_reuse", &cause, now).await?;
    let forgetting = Forgetting::new([Forget::Session(session_id)]);
    forgetting.record(conn).await?;
    Ok(Refreshed::Reused { session_id, forgetting })
}

/// Ends the caller's session.
pub async fn logout(app: &App, me: &Me) -> Result<()> {
    let now = Clock::real_now();
    let cause = me.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::Session(me.session.id)]);
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        end_session(conn, me.session.id, "logout", &cause, now).await?;
        forgetting.record(conn).await?;
        Ok::<_, Error>(())
    })
    .await?;
    drop(conn);
    app.security.forget(forgetting).await;
    app.relay.wake();
    Ok(())
}

async fn end_session(conn: &Conn, session_id: Uuid, reason: &str, cause: &Cause, now: DateTime<Utc>) -> Result<()> {
    if repository::revoke_session(conn, session_id, reason, now).await? == 1 {
        outbox::publish(conn, cause, [ended(session_id, reason)]).await?;
    }
    Ok(())
}

fn ended(session_id: Uuid, reason: &str) -> Event {
    Event::about::<NewSession>("session.ended", Entity::new(session_id)).with("revoked_reason", reason)
}

/// The caller's sessions, newest first.
pub async fn list_sessions(app: &App, me: &Me, page: &PageQuery) -> Result<Page<SessionOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let sessions = repository::list_sessions(&conn, me.user_id(), before, Clock::real_now(), limit + 1).await?;
    Ok(page.page(sessions, |session| session.id)?.map(|session| SessionOut::new(session, me.session.id)))
}

/// Ends one of the caller's sessions.
pub async fn revoke_session(app: &App, me: &Me, id: Uuid) -> Result<()> {
    let now = Clock::real_now();
    let cause = me.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::Session(id)]);
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        if !repository::is_live_session_of(conn, me.user_id(), id, now).await? {
            return Err(Error::not_found("session"));
        }
        end_session(conn, id, "revoked", &cause, now).await?;
        forgetting.record(conn).await?;
        Ok(())
    })
    .await?;
    drop(conn);
    app.security.forget(forgetting).await;
    app.relay.wake();
    Ok(())
}

/// Ends all of the caller's sessions, with what else they may have led to, and says which keys there are.
pub async fn logout_all(app: &App, me: &Me, end_api_keys: bool) -> Result<AccountKeys> {
    let cause = me.caller.cause(app.clock.now());
    let forgetting = Forgetting::new([Forget::User(me.user_id())]);
    let mut conn = app.db.conn().await?;
    let keys = conn
        .transaction(async |conn| {
            let user = repository::lock_active(conn, me.user_id()).await?.ok_or_else(security::unauthenticated)?;
            let keys = take_back(conn, &user, But { session: None, keys: !end_api_keys }, "logout_all", &cause).await?;
            forgetting.record(conn).await?;
            Ok::<_, Error>(keys)
        })
        .await?;
    drop(conn);
    app.security.forget(forgetting).await;
    app.relay.wake();
    Ok(keys)
}

/// Ends a user's sessions, all or all but one. The caller makes processes forget the user after COMMIT.
pub(super) async fn end_all(conn: &Conn, user_id: Uuid, but: Option<Uuid>, reason: &str, cause: &Cause) -> Result<()> {
    let now = Clock::real_now();
    let sessions = repository::lock_sessions(conn, user_id, but, now).await?;
    repository::revoke_sessions(conn, &sessions, reason, now).await?;
    outbox::publish(conn, cause, sessions.into_iter().map(|id| ended(id, reason))).await?;
    Ok(())
}
