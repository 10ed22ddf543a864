//! A second factor: an authenticator (TOTP), and recovery codes for when it is lost.
use super::throttle::Attempt;
use super::{Origin, check_password, sessions, tell_of_second_factor};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::{
    MfaStatus, RecoveryCodesOut, RemoveTotp, Secret, SetUpTotp, SignedIn, TotpCode, TotpSecret, VerifyMfa,
};
use crate::domains::authentication::error::AuthError;
use crate::domains::authentication::model::{NewMfaToken, NewRecoveryCode, NewSecondFactor, User};
use crate::domains::authentication::{repository, rules};
use crate::error::Or404;
use crate::outbox::{self, Cause, Entity, Event};
use crate::security::{self, Forget, Forgetting, Me, random_secret, secret_hash};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use uuid::Uuid;

const TOKEN_LASTS: TimeDelta = TimeDelta::minutes(5);
const MOST_WRONG_CODES: i32 = 5;
/// Issuer that authenticators show beside their codes.
const ISSUER: &str = "HBS";
const REASON: &str = "second_factor_changed";

/// Proof of a second factor: a code or a recovery code.
enum Proof {
    Code(String),
    RecoveryCode(String),
}

impl Proof {
    /// Makes a proof of exactly one of the two; otherwise 422.
    fn of(code: Option<Secret>, recovery_code: Option<Secret>) -> Result<Self> {
        match (code, recovery_code) {
            (Some(code), None) => Ok(Self::Code(code.0)),
            (None, Some(code)) => Ok(Self::RecoveryCode(code.0)),
            (None, None) => Err(Error::invalid("/code", "is missing; a recovery_code can stand for it")),
            (Some(_), Some(_)) => Err(Error::invalid("/recovery_code", "must not be sent together with code")),
        }
    }

    fn wrong(&self) -> Error {
        let field = match self {
            Self::Code(_) => "/code",
            Self::RecoveryCode(_) => "/recovery_code",
        };
        AuthError::WrongCode { field }.into()
    }

    /// Uses the proof up, if it is right.
    async fn take(&self, app: &App, conn: &Conn, user_id: Uuid, cause: &Cause) -> Result<bool> {
        let now = Clock::real_now();
        match self {
            Self::Code(code) => take_code(app, conn, user_id, code, now).await,
            Self::RecoveryCode(code) => {
                let hash = rules::recovery_code_hash(user_id, code);
                let is_right = repository::take_recovery_code(conn, user_id, &hash, now).await? == 1;
                if is_right {
                    let left = repository::count_recovery_codes(conn, user_id).await?;
                    let event = Event::about::<User>("user.recovery_code_used", Entity::new(user_id));
                    outbox::publish(conn, cause, [event.and("recovery_codes_left", left + 1, left)]).await?;
                }
                Ok(is_right)
            }
        }
    }
}

/// Uses up the time step of a code, if the code is right and newer than the last one.
async fn take_code(app: &App, conn: &Conn, user_id: Uuid, code: &str, now: DateTime<Utc>) -> Result<bool> {
    let Some(sealed) = repository::find_sealed_secret(conn, user_id).await? else { return Ok(false) };
    let secret = app.security.data_key.open(&seal_purpose(user_id), &sealed).map_err(Error::internal)?;
    match rules::totp_step(&secret, code, now) {
        Some(step) => Ok(repository::take_step(conn, user_id, step, now).await? == 1),
        None => Ok(false),
    }
}

fn seal_purpose(user_id: Uuid) -> String {
    format!("totp:{user_id}")
}

pub async fn mfa_status(app: &App, me: &Me) -> Result<MfaStatus> {
    let conn = app.db.conn().await?;
    let user = repository::find_active(&conn, me.user_id()).await?.ok_or_else(security::unauthenticated)?;
    let recovery_codes_left = repository::count_recovery_codes(&conn, user.id).await?;
    Ok(MfaStatus { active: user.second_factor_since.is_some(), active_since: user.second_factor_since, recovery_codes_left })
}

/// Makes a secret for an authenticator. Codes are asked for only when one has shown that the secret arrived.
pub async fn set_up_totp(app: &App, me: &Me, origin: &Origin, request: SetUpTotp) -> Result<TotpSecret> {
    check_password(app, me.user_id(), request.current_password, origin).await?;
    let now = Clock::real_now();
    let secret: [u8; rules::TOTP_SECRET_BYTES] = rand::random();
    let new = NewSecondFactor {
        user_id: me.user_id(),
        secret: app.security.data_key.seal(&seal_purpose(me.user_id()), &secret)?,
        last_step: None,
        created_at: now,
        updated_at: now,
    };
    let cause = me.caller.cause(app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let user = lock(conn, me).await?;
        if user.second_factor_since.is_some() {
            return Err(AuthError::SecondFactorActive.into());
        }
        repository::put_second_factor(conn, &new).await?;
        let event = Event::of("user.second_factor_begun", &user).and("second_factor", "none", "unconfirmed");
        outbox::publish(conn, &cause, [event]).await?;
        Ok::<_, Error>(())
    })
    .await?;
    app.relay.wake();
    let (secret, otpauth_uri) = rules::totp_invitation(&secret, ISSUER, &me.person().email)?;
    Ok(TotpSecret { secret, otpauth_uri })
}

/// Turns the second factor on: the authenticator has proved that it has the secret. Sessions that did
/// not show it end.
pub async fn confirm_totp(app: &App, me: &Me, origin: &Origin, request: TotpCode) -> Result<RecoveryCodesOut> {
    let (proof, cause) = (Proof::Code(request.code.0), me.caller.cause(app.clock.now()));
    let mut conn = app.db.conn().await?;
    let forgetting = Forgetting::new([Forget::User(me.user_id())]);
    let codes = conn
        .transaction(async |conn| {
            let user = lock(conn, me).await?;
            if user.second_factor_since.is_some() {
                return Err(AuthError::SecondFactorActive.into());
            }
            if repository::find_sealed_secret(conn, user.id).await?.is_none() {
                return Err(AuthError::NoSecondFactor.into());
            }
            if !try_proof(app, conn, &user, &proof, origin, &cause).await? {
                return Ok(None);
            }
            forgetting.record(conn).await?;
            turn_on(conn, me, &user, &cause).await.map(Some)
        })
        .await?;
    drop(conn);
    app.relay.wake();
    let recovery_codes = codes.ok_or_else(|| proof.wrong())?;
    app.security.forget(forgetting).await;
    Ok(RecoveryCodesOut { recovery_codes })
}

async fn turn_on(conn: &Conn, me: &Me, user: &User, cause: &Cause) -> Result<Vec<String>> {
    let now = Clock::real_now();
    repository::set_second_factor_since(conn, user.id, Some(now), now).await?;
    repository::mark_second_factor(conn, me.session.id, now).await?;
    sessions::end_all(conn, user.id, Some(me.session.id), REASON, cause).await?;
    let event = Event::of("user.second_factor_activated", user).and("second_factor", "unconfirmed", "active");
    outbox::publish(conn, cause, [event]).await?;
    tell_of_second_factor(conn, user, "activated").await?;
    new_recovery_codes(conn, user.id, now).await
}

/// Turns the second factor off. Permissions that roles grant only with it are withheld from then on.
pub async fn remove_totp(app: &App, me: &Me, origin: &Origin, request: RemoveTotp) -> Result<()> {
    let RemoveTotp { current_password, code, recovery_code } = request;
    let (proof, cause) = (Proof::of(code, recovery_code)?, me.caller.cause(app.clock.now()));
    check_password(app, me.user_id(), current_password, origin).await?;
    let mut conn = app.db.conn().await?;
    let forgetting = Forgetting::new([Forget::User(me.user_id())]);
    let removed = conn
        .transaction(async |conn| {
            let user = lock_with_factor(conn, me).await?;
            if !try_proof(app, conn, &user, &proof, origin, &cause).await? {
                return Ok(None);
            }
            turn_off(conn, &user, &cause).await?;
            forgetting.record(conn).await?;
            tell_of_second_factor(conn, &user, "removed").await.map(Some)
        })
        .await?;
    drop(conn);
    app.relay.wake();
    removed.ok_or_else(|| proof.wrong())?;
    app.security.forget(forgetting).await;
    Ok(())
}

async fn turn_off(conn: &Conn, user: &User, cause: &Cause) -> Result<()> {
    let now = Clock::real_now();
    forget_second_factor(conn, user.id).await?;
    repository::delete_mfa_tokens(conn, user.id).await?;
    repository::set_second_factor_since(conn, user.id, None, now).await?;
    let sessions = repository::lock_sessions(conn, user.id, None, now).await?;
    repository::unmark_second_factor(conn, &sessions, now).await?;
    let event = Event::of("user.second_factor_removed", user).and("second_factor", "active", "none");
    outbox::publish(conn, cause, [event]).await?;
    Ok(())
}

/// Removes the secrets of somebody's second factor.
pub async fn forget_second_factor(conn: &Conn, user_id: Uuid) -> Result<()> {
    repository::delete_second_factor(conn, user_id).await?;
    repository::delete_recovery_codes(conn, user_id).await?;
    Ok(())
}

/// Turns somebody's second factor off because they have lost it: ends all their sessions and sends
/// them a notice. False if they have none. The caller decides who may, and makes processes forget the
/// user after COMMIT.
pub async fn reset_second_factor(conn: &Conn, user_id: Uuid, cause: &Cause) -> Result<bool> {
    let user = repository::lock_anybody(conn, user_id).await?.or_404("user")?;
    if user.second_factor_since.is_none() {
        // An authenticator that never proved itself is of no use to anybody either.
        repository::delete_second_factor(conn, user_id).await?;
        return Ok(false);
    }
    turn_off(conn, &user, cause).await?;
    repository::void_all_user_tokens(conn, user_id).await?;
    sessions::end_all(conn, user_id, None, REASON, cause).await?;
    tell_of_second_factor(conn, &user, "reset").await?;
    Ok(true)
}

/// Makes new recovery codes; the old ones are void.
pub async fn replace_recovery_codes(app: &App, me: &Me, origin: &Origin, request: TotpCode) -> Result<RecoveryCodesOut> {
    let (proof, cause) = (Proof::Code(request.code.0), me.caller.cause(app.clock.now()));
    let mut conn = app.db.conn().await?;
    let codes = conn
        .transaction(async |conn| {
            let user = lock_with_factor(conn, me).await?;
            if !try_proof(app, conn, &user, &proof, origin, &cause).await? {
                return Ok(None);
            }
            let left = repository::count_recovery_codes(conn, user.id).await?;
            let codes = new_recovery_codes(conn, user.id, Clock::real_now()).await?;
            let event = Event::of("user.recovery_codes_replaced", &user).and("recovery_codes_left", left, codes.len());
            outbox::publish(conn, &cause, [event]).await?;
            tell_of_second_factor(conn, &user, "recovery_codes_replaced").await?;
            Ok::<_, Error>(Some(codes))
        })
        .await?;
    app.relay.wake();
    let recovery_codes = codes.ok_or_else(|| proof.wrong())?;
    Ok(RecoveryCodesOut { recovery_codes })
}

/// Refuses unless exactly one proof of a second factor was sent.
pub(super) fn needs_proof(code: Option<&Secret>, recovery_code: Option<&Secret>) -> Result<()> {
    Proof::of(code.cloned(), recovery_code.cloned()).map(drop)
}

/// Uses up a proof of the caller's second factor, which is 422 if it is wrong.
pub(super) async fn check_proof(
    app: &App,
    me: &Me,
    origin: &Origin,
    code: Option<Secret>,
    recovery_code: Option<Secret>,
) -> Result<()> {
    let (proof, cause) = (Proof::of(code, recovery_code)?, me.caller.cause(app.clock.now()));
    let mut conn = app.db.conn().await?;
    let is_right = conn
        .transaction(async |conn| {
            let user = lock_with_factor(conn, me).await?;
            try_proof(app, conn, &user, &proof, origin, &cause).await
        })
        .await?;
    app.relay.wake();
    if is_right { Ok(()) } else { Err(proof.wrong()) }
}

/// Hands out a token for a code to be sent with.
pub(super) async fn ask_for_code(conn: &Conn, user_id: Uuid) -> Result<Secret> {
    let (now, token) = (Clock::real_now(), random_secret());
    let new =
        NewMfaToken { token_hash: secret_hash(&token), user_id, expires_at: now + TOKEN_LASTS, created_at: now, updated_at: now };
    repository::insert_mfa_token(conn, &new).await?;
    Ok(Secret(token))
}

/// Result of a second step of signing in.
enum Verified {
    SignedIn(Box<SignedIn>),
    WrongCode { user_id: Uuid },
    WrongToken,
}

/// The second step of signing in.
pub async fn verify_mfa(app: &App, request: VerifyMfa, origin: &Origin) -> Result<SignedIn> {
    let VerifyMfa { mfa_token, code, recovery_code } = request;
    let (proof, hash) = (Proof::of(code, recovery_code)?, secret_hash(&mfa_token.0));
    let mut conn = app.db.conn().await?;
    let verified = conn.transaction(async |conn| verify_within(app, conn, &hash, &proof, origin).await).await?;
    drop(conn);
    app.relay.wake();
    match verified {
        Verified::SignedIn(signed_in) => Ok(*signed_in),
        Verified::WrongCode { user_id } => Err(sessions::refused(app, Some(user_id), origin, proof.wrong())),
        Verified::WrongToken => Err(sessions::refused(app, None, origin, AuthError::WrongMfaToken.into())),
    }
}

async fn verify_within(app: &App, conn: &Conn, token_hash: &[u8], proof: &Proof, origin: &Origin) -> Result<Verified> {
    let now = Clock::real_now();
    let Some(user_id) = repository::owner_of_mfa_token(conn, token_hash).await? else { return Ok(Verified::WrongToken) };
    let Some(user) = repository::lock_active(conn, user_id).await? else { return Ok(Verified::WrongToken) };
    if repository::take_mfa_token(conn, token_hash, MOST_WRONG_CODES, now).await? == 0 {
        return Ok(Verified::WrongToken);
    }
    let cause = Cause::user(user_id, origin.request_id.clone(), app.clock.now()).sealing_with(&app.person_keys);
    if !try_proof(app, conn, &user, proof, origin, &cause).await? {
        repository::fail_mfa_token(conn, token_hash, now).await?;
        return Ok(Verified::WrongCode { user_id });
    }
    let signed_in = sessions::start_with(app, conn, user, origin, Some(now)).await?;
    Ok(Verified::SignedIn(Box::new(signed_in)))
}

/// Counts the attempt, and uses the proof up if it is right. A wrong one is to be committed: only then
/// it counts.
async fn try_proof(app: &App, conn: &Conn, user: &User, proof: &Proof, origin: &Origin, cause: &Cause) -> Result<bool> {
    let attempt = Attempt::by(conn, user.id, origin.ip).await?;
    let is_right = proof.take(app, conn, user.id, cause).await?;
    if is_right {
        attempt.succeeded(conn).await?;
    }
    Ok(is_right)
}

async fn lock(conn: &Conn, me: &Me) -> Result<User> {
    repository::lock_active(conn, me.user_id()).await?.ok_or_else(security::unauthenticated)
}

async fn lock_with_factor(conn: &Conn, me: &Me) -> Result<User> {
    let user = lock(conn, me).await?;
    if user.second_factor_since.is_none() {
        return Err(AuthError::NoSecondFactor.into());
    }
    Ok(user)
}

async fn new_recovery_codes(conn: &Conn, user_id: Uuid, now: DateTime<Utc>) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..rules::RECOVERY_CODES).map(|_| rules::recovery_code(rand::random())).collect();
    let rows: Vec<_> = codes
        .iter()
        .map(|code| rules::recovery_code_hash(user_id, code))
        .map(|code_hash| NewRecoveryCode { user_id, code_hash, created_at: now, updated_at: now })
        .collect();
    repository::delete_recovery_codes(conn, user_id).await?;
    repository::insert_recovery_codes(conn, &rows).await?;
    Ok(codes)
}
