use crate::boundary::assert_problem;
use crate::every_route::Exception::{AnswersWith, NotVersioned, Public};
use crate::every_route::{Call, Request, TODAY};
use crate::support::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn health_names_each_store() {
    let app = TestApp::new().await;
    let stranger = app.anonymous();
    let live = stranger.get("/health/live").await.expect(200);
    assert_eq!(live.body, json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}));
    let ready = stranger.get("/health/ready").await.expect(200);
    let stores = json!({"mongodb": "ok", "person_keys": "ok", "postgresql": "ok", "redis": "ok"});
    assert_eq!(ready.body, json!({"status": "ok", "stores": stores, "undelivered_events": 0}));
    app.guest().await;
    assert_eq!(stranger.get("/health/ready").await.expect(200).body["undelivered_events"], 2, "the registration and the session");
    app.deliver().await;
    assert_eq!(stranger.get("/health/ready").await.expect(200).body["undelivered_events"], 0);
}

#[tokio::test]
async fn a_store_that_is_away_is_named() {
    // A port on which nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = TestApp::with(|config| config.redis_url = Some(format!("redis://127.0.0.1:{port}"))).await;
    let ready = app.anonymous().get("/health/ready").await.expect(200);
    assert_eq!((&ready.body["status"], &ready.body["stores"]["redis"]), (&json!("degraded"), &json!("unreachable")));
    let mut config = app.app.config.clone();
    config.database_url = Some(format!("postgres://127.0.0.1:{port}/hbs"));
    let app = TestApp::on_nothing(config).await;
    let ready = app.anonymous().get("/health/ready").await.expect(503);
    assert_eq!((&ready.body["status"], &ready.body["stores"]["postgresql"]), (&json!("down"), &json!("unreachable")));
    let refused = app.anonymous().get("/v1/properties").await;
    assert_problem(&refused, 503, "server.unavailable");
    assert_eq!(refused.header("retry-after"), "1");
}

#[tokio::test]
async fn metrics_are_for_the_operator() {
    let app = TestApp::with(|config| config.metrics_token = Some("operator".into())).await;
    let stranger = app.anonymous();
    assert_problem(&stranger.get("/metrics").await, 404, "request.not_found");
    assert_problem(&stranger.with("authorization", "Bearer guess").get("/metrics").await, 404, "request.not_found");
    let reply = stranger.with("authorization", "Bearer operator").get("/metrics").await.expect(200);
    assert!(reply.header("content-type").starts_with("text/plain"), "{}", reply.header("content-type"));
    let closed = TestApp::new().await;
    assert_problem(&closed.anonymous().with("authorization", "Bearer ").get("/metrics").await, 404, "request.not_found");
}

#[tokio::test]
async fn the_test_clock_is_there_only_where_the_settings_say_so() {
    let app = TestApp::new().await;
    let now = json!({"now": "2027-05-01T10:00:00Z"});
    assert_eq!(app.anonymous().put("/v1/test/clock", &now).await.expect(200).body, now);
    assert_eq!(app.app.clock.now().to_rfc3339(), "2027-05-01T10:00:00+00:00");
    let reply = app.anonymous().put("/v1/test/clock", &json!({"now": "noon"})).await;
    assert_problem(&reply, 422, "request.invalid");
    assert_eq!(reply.pointers(), ["/now"]);
    let without = TestApp::with(|config| config.test_clock = false).await;
    assert_problem(&without.anonymous().put("/v1/test/clock", &now).await, 404, "request.not_found");
    let document = without.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(document.body["paths"]["/v1/test/clock"], Value::Null);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("live", async |_| Call::plain()).but(Public, "asked by whoever runs HBS"),
        Request::new("ready", async |_| Call::plain()).but(Public, "asked by whoever runs HBS"),
        Request::new("metrics", async |_| Call::plain())
            .but(Public, "asked by whoever runs HBS, from where HBS runs or with a token")
            .but(AnswersWith(404), "only for loopback addresses and bearers of the token"),
        Request::new("set_clock", async |_| Call::plain().json(&json!({"now": format!("{TODAY}T12:00:00Z")})))
            .but(Public, "only where the settings have a test clock")
            .but(NotVersioned, "the clock is not a thing with a history"),
        Request::new("mailbox", async |_| Call::plain()).but(Public, "only where mails go to nobody"),
    ]
}
