mod access_tokens;
mod addresses;
mod inviting;
mod links;
mod lock_outs;
mod passwords;
mod profile;
mod registering;
mod requests;
mod second_factor;
mod sessions;
mod signing_in;

pub use requests::requests;

use crate::support::{Client, PASSWORD, Reply, TestApp};
use serde_json::{Value, json};

const NEW_PASSWORD: &str = "violet kettle orbit";

fn ana() -> Value {
    json!({"email": "Ana@Example.com", "password": PASSWORD, "full_name": "Ana Sousa", "phone": "+351910000000"})
}

async fn login(app: &TestApp, login: &str, password: &str) -> Reply {
    app.anonymous().post("/v1/auth/login", &json!({"login": login, "password": password})).await
}

async fn refresh(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/auth/refresh", &json!({"refresh_token": token})).await
}

fn token<'a>(reply: &'a Reply, name: &str) -> &'a str {
    reply.body[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", reply.body))
}

fn client(app: &TestApp, signed_in: Reply) -> Client {
    Client::new(app.router.clone(), Some(signed_in.body))
}

/// An error's body without what differs from request to request.
fn lasting(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    body["request_id"] = Value::Null;
    body
}

async fn forgot(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/v1/auth/password/forgot", &json!({"email": email})).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Reply {
    app.anonymous().post("/v1/auth/password/reset", &json!({"token": token, "password": password})).await
}

/// Asks for a new password and returns the token that was mailed.
async fn reset_token(app: &TestApp, email: &str) -> String {
    forgot(app, email).await.expect(202);
    app.token_for(email).await
}

async fn verify(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/auth/email/verify", &json!({"token": token})).await
}

async fn accept(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/v1/auth/invitations/accept", &json!({"token": token, "password": NEW_PASSWORD})).await
}

#[track_caller]
fn assert_token_invalid(reply: &Reply) {
    assert_eq!((reply.status, reply.code(), reply.pointers()), (422, "auth.token_invalid", vec!["/token"]), "{}", reply.body);
}

/// Lets the time pass that a lock lasts.
async fn unlock(app: &TestApp) {
    app.sql("UPDATE login_failures SET locked_until = now() - interval '1 second'").await;
}
