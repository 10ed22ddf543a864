//! A valid request for each operation, for `every_route`.
use super::NEW_PASSWORD;
use crate::every_route::Exception::{AnswersWith, NotKeyed, NotVersioned, Public};
use crate::every_route::{Call, Request, World};
use crate::support::{PASSWORD, unique};
use serde_json::json;

const NO_AUTHENTICATOR: &str = "this person has no authenticator, nor begun to set one up; see the tests of second factors";
const SECRET: &str = "the answer holds secrets, which are not stored";
const ONCE: &str = "each code is good once";

pub fn requests() -> Vec<Request> {
    [of_accounts(), of_passwords(), of_sessions(), of_second_factors(), of_profiles()].into_iter().flatten().collect()
}

fn of_accounts() -> Vec<Request> {
    vec![
        Request::new("register", async |_| {
            Call::plain().json(&json!({"email": new_address(), "password": PASSWORD, "full_name": "New Person"}))
        })
        .but(Public, "nobody has an account before"),
        Request::new("verify_email", async |w| Call::plain().json(&json!({"token": mailed(w, "verify_email").await})))
            .but(Public, "the link in the mail is the proof"),
        Request::new("resend_verification", async |_| Call::plain())
            .but(NotKeyed, "asked again at once, no second mail goes out"),
        Request::new("accept_invitation", async |w| {
            Call::plain().json(&json!({"token": mailed(w, "invitation").await, "password": NEW_PASSWORD}))
        })
        .but(Public, "the link in the mail is the proof"),
    ]
}

fn of_passwords() -> Vec<Request> {
    vec![
        Request::new("forgot_password", async |w| Call::plain().json(&json!({"email": registered(w).await})))
            .but(Public, "whoever forgot the password cannot sign in"),
        Request::new("reset_password", async |w| {
            Call::plain().json(&json!({"token": mailed(w, "reset_password").await, "password": NEW_PASSWORD}))
        })
        .but(Public, "the link in the mail is the proof"),
        Request::new("change_password", async |_| {
            Call::plain().json(&json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD}))
        })
        .but(NotKeyed, "again, the current password is another"),
    ]
}

fn of_sessions() -> Vec<Request> {
    vec![
        Request::new("login", async |w| Call::plain().json(&json!({"login": registered(w).await, "password": PASSWORD})))
            .but(Public, "this is the sign-in"),
        Request::new("refresh", async |w| Call::plain().json(&json!({"refresh_token": w.app.guest().await.refresh_token()})))
            .but(Public, "the access token may have ended"),
        Request::new("logout", async |_| Call::plain()).but(NotKeyed, "signing out twice is signing out"),
        Request::new("logout_all", async |_| Call::plain()).but(NotKeyed, "signing out twice is signing out"),
        Request::new("list_sessions", async |_| Call::plain()),
        Request::new("revoke_session", async |_| Call::to(&uuid::Uuid::now_v7().to_string()))
            .but(AnswersWith(404), "sessions are one's own, and those of a new guest are not known here")
            .but(NotVersioned, "a session is begun and ended, never changed")
            .but(NotKeyed, "a session ends once"),
        Request::new("jwks", async |_| Call::plain()).but(Public, "others verify our tokens with it"),
    ]
}

fn of_second_factors() -> Vec<Request> {
    vec![
        Request::new("get_mfa", async |_| Call::plain()),
        Request::new("set_up_totp", async |_| Call::plain().json(&json!({"current_password": PASSWORD}))).but(NotKeyed, SECRET),
        Request::new("confirm_totp", async |_| Call::plain().json(&json!({"code": "000000"})))
            .but(NotKeyed, SECRET)
            .but(AnswersWith(409), NO_AUTHENTICATOR),
        Request::new("remove_totp", async |_| Call::plain().json(&json!({"current_password": PASSWORD, "code": "000000"})))
            .but(NotVersioned, "the password and a code say more than a version")
            .but(NotKeyed, ONCE)
            .but(AnswersWith(409), NO_AUTHENTICATOR),
        Request::new("replace_recovery_codes", async |_| Call::plain().json(&json!({"code": "000000"})))
            .but(NotKeyed, SECRET)
            .but(AnswersWith(409), NO_AUTHENTICATOR),
        Request::new("verify_mfa", async |_| Call::plain().json(&json!({"mfa_token": "unknown", "code": "000000"})))
            .but(Public, "this is the second half of the sign-in")
            .but(AnswersWith(401), "the token comes from a sign-in just before; see the tests of second factors"),
    ]
}

fn of_profiles() -> Vec<Request> {
    let replaced = "a picture of one's own is replaced and removed, never edited";
    vec![
        Request::new("get_me", async |_| Call::plain()),
        Request::new("update_me", async |_| Call::plain().json(&json!({"full_name": "Another Name", "locale": "pt-PT"}))),
        Request::new("set_avatar", async |_| Call::plain().picture()).but(NotVersioned, replaced),
        Request::new("delete_avatar", async |_| Call::plain()).but(NotVersioned, replaced),
    ]
}

fn new_address() -> String {
    format!("{}@example.com", unique("new"))
}

/// The address of somebody who has an account.
async fn registered(w: &World) -> String {
    let address = new_address();
    w.app.register(&address).await;
    address
}

/// Returns the token of the link in a mail to a new user.
async fn mailed(w: &World, purpose: &str) -> String {
    let (token, address) = (unique("token"), new_address());
    let status = if purpose == "invitation" { "invited" } else { "active" };
    w.app
        .sql(&format!(
            "INSERT INTO users (id, email, full_name, password_hash, status, created_at, updated_at)
             VALUES (gen_random_uuid(), '{address}', 'Test', '-', '{status}', now(), now());
             INSERT INTO user_tokens (token_hash, user_id, purpose, email, expires_at, created_at, updated_at)
             SELECT sha256('{token}'), id, '{purpose}', email, now() + interval '1 hour', now(), now()
             FROM users WHERE email = '{address}'"
        ))
        .await;
    token
}
