use super::model::{
    KnownToken, LiveSession, NewMfaToken, NewRecoveryCode, NewRefreshToken, NewSecondFactor, NewSession, NewUser, NewUserToken,
    ProfileChange, Purpose, Reserved, User,
};
use super::rules::LoginName;
use crate::contact::emails;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use chrono::{DateTime, Utc};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Timestamptz};
use hbs_schema::{login_failures, recovery_codes, refresh_tokens, second_factors, sessions, user_tokens, users};
use uuid::Uuid;

pub async fn find_active(mut conn: &Conn, id: Uuid) -> QueryResult<Option<User>> {
    users::table
        .find(id)
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .select(User::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The id of somebody active, by their address: its owner, or while nobody has proved it, who gave it last.
pub async fn find_active_by_email(mut conn: &Conn, email: &str) -> QueryResult<Option<Uuid>> {
    let found: Option<(Uuid, bool)> = users::table
        .filter(users::email.eq(email))
        .filter(not(users::is_deleted))
        .order((owns_address().desc(), users::id.desc()))
        .select((users::id, users::status.eq("active")))
        .first(&mut conn)
        .await
        .optional()?;
    Ok(found.filter(|(_, is_active)| *is_active).map(|(id, _)| id))
}

/// Accounts whose address is theirs alone, as the index says: they have proved it, or were invited by it.
#[diesel::dsl::auto_type]
fn owns_address() -> _ {
    users::email_verified_at.is_not_null().or(users::password_hash.is_null())
}

/// The owner of an address: whoever has proved it, or was invited by it.
pub async fn owner_of_address(mut conn: &Conn, email: &str) -> QueryResult<Option<User>> {
    users::table
        .filter(users::email.eq(emails::normalize(email)))
        .filter(not(users::is_deleted))
        .filter(owns_address())
        .select(User::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Returns the name of a user who was invited and has not come yet.
pub async fn find_invited_name(mut conn: &Conn, id: Uuid) -> QueryResult<Option<String>> {
    users::table
        .find(id)
        .filter(users::status.eq("invited"))
        .filter(not(users::is_deleted))
        .select(users::full_name)
        .first(&mut conn)
        .await
        .optional()
}

pub async fn insert_user(mut conn: &Conn, new: &NewUser<'_>) -> QueryResult<User> {
    diesel::insert_into(users::table).values(new).returning(User::as_returning()).get_result(&mut conn).await
}

/// A person, locked, so that what depends on their address, password and tokens happens one after the other.
pub async fn lock_user(mut conn: &Conn, id: Uuid, status: &str) -> QueryResult<Option<User>> {
    users::table
        .find(id)
        .filter(users::status.eq(status))
        .filter(not(users::is_deleted))
        .select(User::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Notes that an address has proved to be its owner's.
pub async fn set_verified(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set((users::email_verified_at.eq(now), users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .returning(User::as_returning())
        .get_result(&mut conn)
        .await
}

/// Sets another address, which has proved to be its owner's.
pub async fn set_email(mut conn: &Conn, id: Uuid, email: &str, now: DateTime<Utc>) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set((
            users::email.eq(email),
            users::email_verified_at.eq(now),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .returning(User::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn set_password(mut conn: &Conn, id: Uuid, password_hash: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(users::table.find(id))
        .set((users::password_hash.eq(password_hash), users::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Activates a user who was invited: with a password, and an address that the invitation has proved.
pub async fn activate(mut conn: &Conn, id: Uuid, full_name: &str, password_hash: &str, now: DateTime<Utc>) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set((
            users::status.eq("active"),
            users::full_name.eq(full_name),
            users::password_hash.eq(password_hash),
            users::email_verified_at.eq(now),
            users::version.eq(users::version + 1),
            users::updated_at.eq(now),
        ))
        .returning(User::as_returning())
        .get_result(&mut conn)
        .await
}

pub async fn insert_user_token(mut conn: &Conn, new: &NewUserToken<'_>) -> QueryResult<usize> {
    diesel::insert_into(user_tokens::table).values(new).execute(&mut conn).await
}

/// The person and the address of a token that can be used, to look before it is.
pub async fn find_user_token(
    mut conn: &Conn,
    token_hash: &[u8],
    purpose: Purpose,
    now: DateTime<Utc>,
) -> QueryResult<Option<(Uuid, Option<String>)>> {
    user_tokens::table
        .find(token_hash)
        .filter(user_tokens::purpose.eq(purpose))
        .filter(user_tokens::used_at.is_null())
        .filter(user_tokens::expires_at.gt(now))
        .select((user_tokens::user_id, user_tokens::email))
        .first(&mut conn)
        .await
        .optional()
}

/// Uses a token up. 0 if it cannot be used any more.
pub async fn use_user_token(mut conn: &Conn, token_hash: &[u8], now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(user_tokens::table.find(token_hash))
        .filter(user_tokens::used_at.is_null())
        .filter(user_tokens::expires_at.gt(now))
        .set((user_tokens::used_at.eq(now), user_tokens::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Voids all tokens of a user that have not been used.
pub async fn void_all_user_tokens(mut conn: &Conn, user_id: Uuid) -> QueryResult<usize> {
    diesel::delete(user_tokens::table)
        .filter(user_tokens::user_id.eq(user_id))
        .filter(user_tokens::used_at.is_null())
        .execute(&mut conn)
        .await
}

/// Voids a user's tokens of one purpose.
pub async fn void_user_tokens(mut conn: &Conn, user_id: Uuid, purpose: Purpose) -> QueryResult<usize> {
    diesel::delete(user_tokens::table)
        .filter(user_tokens::user_id.eq(user_id))
        .filter(user_tokens::purpose.eq(purpose))
        .filter(user_tokens::used_at.is_null())
        .execute(&mut conn)
        .await
}

/// Voids a user's tokens of every purpose, but those of one purpose that were sent to an address.
pub async fn void_user_tokens_but(mut conn: &Conn, user_id: Uuid, purpose: Purpose, email: &str) -> QueryResult<usize> {
    diesel::delete(user_tokens::table)
        .filter(user_tokens::user_id.eq(user_id))
        .filter(user_tokens::used_at.is_null())
        .filter(user_tokens::purpose.ne(purpose).or(user_tokens::email.is_distinct_from(email)))
        .execute(&mut conn)
        .await
}

/// Returns `true` if a usable token was sent to an address since an instant.
pub async fn sent_since(
    mut conn: &Conn,
    user_id: Uuid,
    purpose: Purpose,
    email: &str,
    since: DateTime<Utc>,
) -> QueryResult<bool> {
    let recent = user_tokens::table
        .filter(user_tokens::user_id.eq(user_id))
        .filter(user_tokens::purpose.eq(purpose))
        .filter(user_tokens::email.eq(email))
        .filter(user_tokens::used_at.is_null())
        .filter(user_tokens::created_at.gt(since));
    diesel::select(exists(recent)).get_result(&mut conn).await
}

pub async fn delete_expired_user_tokens(mut conn: &Conn, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(user_tokens::table.filter(user_tokens::expires_at.lt(now))).execute(&mut conn).await
}

/// Deletes refresh tokens of sessions that ended before an instant.
pub async fn delete_old_refresh_tokens(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<usize> {
    let ended = sessions::table
        .filter(sessions::expires_at.lt(before).or(sessions::revoked_at.is_not_null().and(sessions::revoked_at.lt(before))))
        .select(sessions::id);
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(ended))).execute(&mut conn).await
}

/// Deletes sessions that ended before an instant and have no refresh tokens left.
pub async fn delete_old_sessions(mut conn: &Conn, before: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(
        sessions::table
            .filter(sessions::expires_at.lt(before).or(sessions::revoked_at.is_not_null().and(sessions::revoked_at.lt(before))))
            .filter(diesel::dsl::not(exists(refresh_tokens::table.filter(refresh_tokens::session_id.eq(sessions::id))))),
    )
    .execute(&mut conn)
    .await
}

pub async fn insert_session(mut conn: &Conn, new: &NewSession) -> QueryResult<usize> {
    diesel::insert_into(sessions::table).values(new).execute(&mut conn).await
}

pub async fn insert_refresh_token(mut conn: &Conn, new: &NewRefreshToken) -> QueryResult<usize> {
    diesel::insert_into(refresh_tokens::table).values(new).execute(&mut conn).await
}

/// A refresh token, used or not. Its session is locked, so that two uses come one after the other.
pub async fn lock_refresh_token(mut conn: &Conn, token_hash: &[u8]) -> QueryResult<Option<KnownToken>> {
    let session = refresh_tokens::table.inner_join(sessions::table).filter(refresh_tokens::token_hash.eq(token_hash)).select((
        sessions::id,
        sessions::user_id,
        refresh_tokens::used_at,
        refresh_tokens::used_by,
        sessions::expires_at,
        sessions::revoked_at,
    ));
    session.for_update().first(&mut conn).await.optional()
}

/// Uses a refresh token up, and notes the device that did.
pub async fn mark_used(mut conn: &Conn, token_hash: &[u8], device: &[u8], now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(refresh_tokens::table.find(token_hash))
        .set((refresh_tokens::used_at.eq(now), refresh_tokens::used_by.eq(device), refresh_tokens::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Returns `true` if there is such a refresh token and nobody has used it.
pub async fn is_unused(mut conn: &Conn, token_hash: &[u8]) -> QueryResult<bool> {
    let unused = refresh_tokens::table.find(token_hash).filter(refresh_tokens::used_at.is_null());
    diesel::select(exists(unused)).get_result(&mut conn).await
}

pub async fn touch_session(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id))
        .set((sessions::last_used_at.eq(now), sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Ends a session. 0 if it had ended before.
pub async fn revoke_session(mut conn: &Conn, id: Uuid, reason: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(sessions::table.find(id).filter(sessions::revoked_at.is_null()))
        .set((sessions::revoked_at.eq(now), sessions::revoked_reason.eq(reason), sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

// Signing in

/// Finds the owner of an address or number, whether they may sign in or not, and whether they may. A number has an owner
/// only once it is proved.
pub async fn find_by_login(mut conn: &Conn, login: &LoginName) -> QueryResult<Option<(User, bool)>> {
    let people = users::table.filter(not(users::is_deleted)).select((User::as_select(), users::status.eq("active")));
    match login {
        LoginName::Email(email) => people.filter(users::email.eq(email)).filter(owns_address()).first(&mut conn).await.optional(),
        LoginName::Phone(phone) => {
            let proved = people.filter(users::phone.eq(phone)).filter(users::phone_verified_at.is_not_null());
            proved.first(&mut conn).await.optional()
        }
    }
}

/// Finds who gave an address last without having proved it, and whether they may sign in.
pub async fn find_unproved(mut conn: &Conn, login: &LoginName) -> QueryResult<Option<(User, bool)>> {
    let LoginName::Email(email) = login else { return Ok(None) };
    users::table
        .filter(users::email.eq(email))
        .filter(not(users::is_deleted))
        .filter(not(owns_address()))
        .order(users::id.desc())
        .select((User::as_select(), users::status.eq("active")))
        .first(&mut conn)
        .await
        .optional()
}

/// Locks a user who may act: their way in is decided by one request at a time.
pub async fn lock_active(conn: &Conn, id: Uuid) -> QueryResult<Option<User>> {
    lock_user(conn, id, "active").await
}

pub async fn set_last_login(mut conn: &Conn, user_id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    Cached(diesel::update(users::table.find(user_id)).set(users::last_login_at.eq(now))).execute(&mut conn).await
}

/// Stores a new hash of the same password.
pub async fn set_password_hash(mut conn: &Conn, user_id: Uuid, hash: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id))
        .set((users::password_hash.eq(hash), users::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

// Throttling

/// Counts an attempt as failed before it is made, unless attempts are locked: one statement, so that
/// of many at once no more get through than one after the other. None: locked.
///
/// `pauses`: seconds of lock after the first failure, the second and so on. Failures before
/// `forgotten` do not count.
pub async fn reserve_attempt(
    mut conn: &Conn,
    subject: &[u8],
    pauses: &[i64],
    forgotten: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Option<Reserved>> {
    let reserve = constant_sql(
        "INSERT INTO login_failures AS f (subject, failures, last_failed_at, locked_until, created_at, updated_at)
         VALUES ($1, 1, $2, CASE WHEN ($3)[1] > 0 THEN $2 + ($3)[1] * interval '1 second' END, $2, $2)
         ON CONFLICT (subject) DO UPDATE SET
             failures = CASE WHEN f.last_failed_at < $4 THEN 1 ELSE f.failures + 1 END,
             locked_until = (
                 SELECT CASE WHEN pause > 0 THEN $2 + pause * interval '1 second' END
                 FROM (SELECT ($3)[CASE WHEN f.last_failed_at < $4 THEN 1 ELSE least(f.failures + 1, cardinality($3)) END]) p (pause)
             ),
             last_failed_at = $2, updated_at = $2
         WHERE f.locked_until IS NULL OR f.locked_until <= $2
         RETURNING locked_until",
    );
    let reserve = reserve.bind::<Binary, _>(subject).bind::<Timestamptz, _>(now);
    let reserve = reserve.bind::<Array<BigInt>, _>(pauses).bind::<Timestamptz, _>(forgotten);
    Cached(reserve).get_result(&mut conn).await.optional()
}

/// Returns the end of the lock-out of attempts, if there is one.
pub async fn locked_until(mut conn: &Conn, subject: &[u8]) -> QueryResult<Option<DateTime<Utc>>> {
    let lock = login_failures::table.find(subject).select(login_failures::locked_until);
    Ok(lock.first(&mut conn).await.optional()?.flatten())
}

/// Returns the ends of the lock-outs of these subjects, for those that have one.
pub async fn locks_of(mut conn: &Conn, subjects: &[Vec<u8>], now: DateTime<Utc>) -> QueryResult<Vec<(Vec<u8>, DateTime<Utc>)>> {
    login_failures::table
        .filter(login_failures::subject.eq_any(subjects))
        .filter(login_failures::locked_until.gt(now))
        .select((login_failures::subject, login_failures::locked_until.assume_not_null()))
        .load(&mut conn)
        .await
}

/// Takes back one reserved attempt, with the lock that it brought.
pub async fn give_back_attempt(
    mut conn: &Conn,
    subject: &[u8],
    lock: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    use diesel::dsl::case_when;
    let counted = login_failures::table.find(subject);
    let last = diesel::delete(counted.filter(login_failures::failures.eq(1)));
    let fewer = diesel::update(counted.filter(login_failures::failures.gt(1))).set((
        login_failures::failures.eq(login_failures::failures - 1),
        login_failures::locked_until.eq(case_when(
            login_failures::locked_until.is_not_distinct_from(lock),
            None::<DateTime<Utc>>.into_sql::<diesel::sql_types::Nullable<Timestamptz>>(),
        )
        .otherwise(login_failures::locked_until)),
        login_failures::updated_at.eq(now),
    ));
    // In this order: what one attempt leaves as the last one is not taken back twice.
    Ok(last.execute(&mut conn).await? + fewer.execute(&mut conn).await?)
}

/// Forgets the failures of these subjects.
pub async fn clear_failures(mut conn: &Conn, subjects: &[Vec<u8>]) -> QueryResult<usize> {
    Cached(diesel::delete(login_failures::table.filter(login_failures::subject.eq_any(subjects)))).execute(&mut conn).await
}

/// Forgets the failures whose last one was before `forgotten`.
pub async fn sweep_failures(mut conn: &Conn, forgotten: DateTime<Utc>) -> QueryResult<usize> {
    diesel::delete(login_failures::table.filter(login_failures::last_failed_at.lt(forgotten))).execute(&mut conn).await
}

/// Returns `true` if a user has signed in from an address since an instant.
pub async fn has_signed_in_from(mut conn: &Conn, user_id: Uuid, address: &str, since: DateTime<Utc>) -> QueryResult<bool> {
    let there = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::created_at.gt(since))
        .filter(sessions::ip_address.eq(address));
    diesel::select(exists(there)).get_result(&mut conn).await
}

/// Returns every address from which a user has signed in.
pub async fn addresses_of(mut conn: &Conn, user_id: Uuid) -> QueryResult<Vec<String>> {
    sessions::table
        .filter(sessions::user_id.eq(user_id))
        .select(sessions::ip_address.assume_not_null())
        .filter(sessions::ip_address.is_not_null())
        .distinct()
        .load(&mut conn)
        .await
}

// Sessions

/// Returns a user's sessions, newest first, older than `before`.
pub async fn list_sessions(
    mut conn: &Conn,
    user_id: Uuid,
    before: Option<Uuid>,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<LiveSession>> {
    let mut live = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .into_boxed();
    if let Some(before) = before {
        live = live.filter(sessions::id.lt(before));
    }
    live.select(LiveSession::as_select()).order(sessions::id.desc()).limit(limit).load(&mut conn).await
}

/// Returns `true` if a user has this session and it has neither ended nor been revoked.
pub async fn is_live_session_of(mut conn: &Conn, user_id: Uuid, id: Uuid, now: DateTime<Utc>) -> QueryResult<bool> {
    let live = sessions::table
        .find(id)
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now));
    diesel::select(exists(live)).get_result(&mut conn).await
}

/// Locks a user's sessions, all or all but one, in the order of their ids.
pub async fn lock_sessions(mut conn: &Conn, user_id: Uuid, but: Option<Uuid>, now: DateTime<Utc>) -> QueryResult<Vec<Uuid>> {
    sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(sessions::id.ne(but.unwrap_or(Uuid::nil())))
        .select(sessions::id)
        .order(sessions::id)
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Ends sessions that have been locked.
pub async fn revoke_sessions(mut conn: &Conn, ids: &[Uuid], reason: &str, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(sessions::table.filter(sessions::id.eq_any(ids)))
        .set((sessions::revoked_at.eq(now), sessions::revoked_reason.eq(reason), sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Returns `true` if a session began after an instant.
pub async fn began_after(mut conn: &Conn, session_id: Uuid, instant: DateTime<Utc>) -> QueryResult<bool> {
    let fresh = sessions::table.find(session_id).filter(sessions::created_at.gt(instant));
    diesel::select(exists(fresh)).get_result(&mut conn).await
}

// Second factor

/// Stores the secret of an authenticator that has yet to prove that it has it.
pub async fn put_second_factor(mut conn: &Conn, new: &NewSecondFactor) -> QueryResult<usize> {
    diesel::insert_into(second_factors::table)
        .values(new)
        .on_conflict(second_factors::user_id)
        .do_update()
        .set(new)
        .execute(&mut conn)
        .await
}

/// The sealed secret of somebody's authenticator.
pub async fn find_sealed_secret(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<Vec<u8>>> {
    second_factors::table.find(user_id).select(second_factors::secret).first(&mut conn).await.optional()
}

/// Uses up a time step and all before it. 0 if it was used before.
pub async fn take_step(mut conn: &Conn, user_id: Uuid, step: i64, now: DateTime<Utc>) -> QueryResult<usize> {
    let unused = second_factors::last_step.is_null().or(second_factors::last_step.lt(step).assume_not_null());
    diesel::update(second_factors::table.find(user_id).filter(unused))
        .set((second_factors::last_step.eq(step), second_factors::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Uses up a recovery code. 0 if there is no such code or it was used before.
pub async fn take_recovery_code(mut conn: &Conn, user_id: Uuid, code_hash: &[u8], now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(recovery_codes::table.find((user_id, code_hash)).filter(recovery_codes::used_at.is_null()))
        .set((recovery_codes::used_at.eq(now), recovery_codes::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

pub async fn delete_recovery_codes(mut conn: &Conn, user_id: Uuid) -> QueryResult<usize> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user_id))).execute(&mut conn).await
}

pub async fn insert_recovery_codes(mut conn: &Conn, codes: &[NewRecoveryCode]) -> QueryResult<usize> {
    diesel::insert_into(recovery_codes::table).values(codes).execute(&mut conn).await
}

pub async fn count_recovery_codes(mut conn: &Conn, user_id: Uuid) -> QueryResult<i64> {
    recovery_codes::table
        .filter(recovery_codes::user_id.eq(user_id))
        .filter(recovery_codes::used_at.is_null())
        .count()
        .get_result(&mut conn)
        .await
}

pub async fn delete_second_factor(mut conn: &Conn, user_id: Uuid) -> QueryResult<usize> {
    diesel::delete(second_factors::table.find(user_id)).execute(&mut conn).await
}

/// Sets the time since when a second factor is asked for.
pub async fn set_second_factor_since(
    mut conn: &Conn,
    user_id: Uuid,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::update(users::table.find(user_id))
        .set((users::second_factor_since.eq(since), users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Locks a user, whether they may act or not.
pub async fn lock_anybody(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<User>> {
    users::table
        .find(user_id)
        .filter(not(users::is_deleted))
        .select(User::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Notes that the second factor was shown in a session.
pub async fn mark_second_factor(mut conn: &Conn, session_id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(sessions::table.find(session_id))
        .set((sessions::second_factor_at.eq(now), sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Notes that no second factor was shown in sessions.
pub async fn unmark_second_factor(mut conn: &Conn, session_ids: &[Uuid], now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(sessions::table.filter(sessions::id.eq_any(session_ids)))
        .set((sessions::second_factor_at.eq(None::<DateTime<Utc>>), sessions::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

/// Purpose in `user_tokens` of the token between password and code.
const MFA: &str = "second_factor";

pub async fn insert_mfa_token(mut conn: &Conn, new: &NewMfaToken) -> QueryResult<usize> {
    diesel::insert_into(user_tokens::table).values((new, user_tokens::purpose.eq(MFA))).execute(&mut conn).await
}

/// Returns the owner of a token, whatever its state.
pub async fn owner_of_mfa_token(mut conn: &Conn, token_hash: &[u8]) -> QueryResult<Option<Uuid>> {
    user_tokens::table
        .find(token_hash)
        .filter(user_tokens::purpose.eq(MFA))
        .select(user_tokens::user_id)
        .first(&mut conn)
        .await
        .optional()
}

/// Uses up a token. 0 if it has been used, is over, or has seen too many failures.
pub async fn take_mfa_token(mut conn: &Conn, token_hash: &[u8], most_failures: i32, now: DateTime<Utc>) -> QueryResult<usize> {
    let good = user_tokens::table
        .find(token_hash)
        .filter(user_tokens::used_at.is_null())
        .filter(user_tokens::expires_at.gt(now))
        .filter(user_tokens::failures.lt(most_failures));
    diesel::update(good).set((user_tokens::used_at.eq(now), user_tokens::updated_at.eq(now))).execute(&mut conn).await
}

/// Gives a token back that was taken, with a failure more.
pub async fn fail_mfa_token(mut conn: &Conn, token_hash: &[u8], now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(user_tokens::table.find(token_hash))
        .set((
            user_tokens::used_at.eq(None::<DateTime<Utc>>),
            user_tokens::failures.eq(user_tokens::failures + 1),
            user_tokens::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

pub async fn delete_mfa_tokens(mut conn: &Conn, user_id: Uuid) -> QueryResult<usize> {
    let tokens = user_tokens::table.filter(user_tokens::user_id.eq(user_id)).filter(user_tokens::purpose.eq(MFA));
    diesel::delete(tokens).execute(&mut conn).await
}

// Profile

pub async fn update_profile(mut conn: &Conn, id: Uuid, change: &ProfileChange, now: DateTime<Utc>) -> QueryResult<User> {
    diesel::update(users::table.find(id))
        .set((change, users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .returning(User::as_returning())
        .get_result(&mut conn)
        .await
}

/// Sets the picture of a user who may sign in.
pub async fn set_avatar(mut conn: &Conn, id: Uuid, key: &str, now: DateTime<Utc>) -> QueryResult<Option<User>> {
    diesel::update(users::table.find(id).filter(users::status.eq("active")).filter(not(users::is_deleted)))
        .set((users::avatar_key.eq(key), users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .returning(User::as_returning())
        .get_result(&mut conn)
        .await
        .optional()
}

/// Returns those of these addresses that somebody can sign in with.
pub async fn active_among(mut conn: &Conn, emails: &[&str]) -> QueryResult<Vec<String>> {
    users::table
        .filter(users::email.eq_any(emails))
        .filter(users::status.eq("active"))
        .filter(not(users::is_deleted))
        .order(users::email)
        .select(users::email)
        .load(&mut conn)
        .await
}

/// Locks a user and returns the key of their picture, if they have one.
pub async fn lock_avatar(mut conn: &Conn, id: Uuid) -> QueryResult<Option<String>> {
    let key = users::table.find(id).select(users::avatar_key).for_no_key_update();
    Ok(key.first::<Option<String>>(&mut conn).await.optional()?.flatten())
}

/// Removes the picture of a user. 0 if they have none.
pub async fn clear_avatar(mut conn: &Conn, id: Uuid, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(users::table.find(id).filter(users::avatar_key.is_not_null()))
        .set((users::avatar_key.eq(None::<String>), users::version.eq(users::version + 1), users::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
