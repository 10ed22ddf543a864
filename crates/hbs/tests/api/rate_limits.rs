//! Nobody asks more often than their budget allows, and nobody pays for others.
use crate::support::{Client, Reply, TestApp, size, together};
use axum::Extension;
use axum::extract::ConnectInfo;
use hbs::config::Config;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Instant;

const PROXY: &str = "10.0.0.1";

/// HBS behind a proxy, with budgets.
async fn limited(change: impl FnOnce(&mut Config)) -> TestApp {
    let app = TestApp::with(|config| {
        config.rate_limits = true;
        config.trusted_proxies = vec![PROXY.parse().expect("an address")];
        change(config);
    });
    let app = behind_proxy(app.await);
    // The first connection may take longer than a request waits for Redis.
    let _ = app.app.redis.ping().await;
    app
}

fn behind_proxy(mut app: TestApp) -> TestApp {
    let peer: SocketAddr = format!("{PROXY}:1234").parse().expect("an address");
    app.router = app.router.clone().layer(Extension(ConnectInfo(peer)));
    app
}

fn from(client: &Client, address: &str) -> Client {
    client.with("x-forwarded-for", address)
}

async fn wrong_login(client: &Client) -> Reply {
    client.post("/v1/auth/login", &json!({"login": "nobody@example.com", "password": "wrong password"})).await
}

#[track_caller]
fn assert_refused(reply: &Reply, budget: &str) {
    assert_eq!((reply.status, reply.code(), &reply.body["budget"]), (429, "request.rate_limited", &Value::from(budget)));
    let seconds: u32 = reply.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(reply.header("ratelimit").starts_with(&format!("\"{budget}\";r=0;t=")), "{:?}", reply.headers);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert!(!reply.header("x-request-id").is_empty());
}

#[tokio::test]
async fn sign_in_is_limited_by_address() {
    let app = limited(|config| config.rate_limit_login_per_minute = 3).await;
    let guest = from(&app.anonymous(), "192.0.2.1");
    for left in [2, 1, 0] {
        let reply = wrong_login(&guest).await.expect(401);
        assert_eq!(reply.header("ratelimit-policy"), "\"login\";q=3;w=60");
        assert_eq!(reply.header("ratelimit"), format!("\"login\";r={left};t={}", 20 * (3 - left)));
    }
    assert_refused(&wrong_login(&guest).await, "login");
    assert_refused(&from(&guest, "192.0.2.1").post("/v1/auth/register", &json!({})).await, "login");
    guest.get("/v1/me").await.expect(401);
    wrong_login(&from(&app.anonymous(), "192.0.2.2")).await.expect(401);
    // A token does not help: whoever guesses passwords may have an account.
    let someone =
        from(&app.anonymous(), "192.0.2.3").post("/v1/auth/register", &registration("ana@example.com")).await.expect(201);
    let signed_in = Client::new(app.router.clone(), Some(someone.body));
    assert_refused(&wrong_login(&from(&signed_in, "192.0.2.1")).await, "login");
}

fn registration(email: &str) -> Value {
    json!({"email": email, "password": "correct horse battery", "full_name": "Test Person"})
}

#[tokio::test]
async fn neighbours_in_one_ipv6_network_share_a_budget() {
    let app = limited(|config| config.rate_limit_login_per_minute = 1).await;
    wrong_login(&from(&app.anonymous(), "2001:db8:1:1::1")).await.expect(401);
    assert_refused(&wrong_login(&from(&app.anonymous(), "2001:db8:1:1:ffff::2")).await, "login");
    wrong_login(&from(&app.anonymous(), "2001:db8:1:2::1")).await.expect(401);
}

#[tokio::test]
async fn thousands_of_attempts_are_refused_and_others_sign_in() {
    let app = limited(|_| {}).await;
    let elsewhere = from(&app.anonymous(), "192.0.2.1");
    elsewhere.post("/v1/auth/register", &registration("ana@example.com")).await.expect(201);
    let attacker = from(&app.anonymous(), "198.51.100.7");
    let began = Instant::now();
    let clients = 16;
    let attempts = size(2_000, 10_000) / clients;
    let storm = together((0..clients).map(|_| {
        let attacker = attacker.clone();
        async move {
            let mut refused = 0;
            for _ in 0..attempts {
                let reply = wrong_login(&attacker).await;
                assert!([401, 429, 503].contains(&reply.status), "{}", reply.body);
                refused += usize::from(reply.status == 429);
            }
            refused
        }
    }));
    let others = async {
        let mut statuses = Vec::new();
        for _ in 0..5 {
            let login = json!({"login": "ana@example.com", "password": "correct horse battery"});
            statuses.push(elsewhere.post("/v1/auth/login", &login).await.status);
        }
        statuses
    };
    let (refused, statuses) = futures_util::join!(storm, others);
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    let (refused, sent) = (refused.iter().sum::<usize>(), attempts * clients);
    // 30 at once, as many if Redis was ever slow, and one every two seconds.
    let most = 30 + 30 + usize::try_from(began.elapsed().as_secs()).expect("a number");
    assert!(sent - refused <= most, "{} of {sent} were let through", sent - refused);
}

#[tokio::test]
async fn processes_share_the_budgets_for_sign_in_search_and_writes() {
    let app = limited(|config| {
        config.rate_limit_login_per_minute = 2;
        config.rate_limit_search_per_minute = 2;
        config.rate_limit_pictures_per_minute = 2;
        config.rate_limit_writes_per_minute = 2;
    })
    .await;
    let second = behind_proxy(TestApp::on(app.app.config.clone()).await);
    second.app.redis.ping().await.expect("Redis");
    for (budget, method, path) in [
        ("login", "POST", "/v1/auth/login"),
        ("search", "GET", "/v1/availability"),
        ("pictures", "PUT", "/v1/me/avatar"),
        ("writes", "POST", "/v1/bookings"),
    ] {
        let send = async |process: &TestApp| {
            let method = method.parse().expect("a method");
            from(&process.anonymous(), "192.0.2.1").send(method, path, Some("{}".into())).await
        };
        for process in [&app, &second] {
            assert_ne!(send(process).await.status, 429, "{budget}");
        }
        for process in [&app, &second] {
            assert_refused(&send(process).await, budget);
        }
    }
}

#[tokio::test]
async fn people_have_budgets_of_their_own_wherever_they_come_from() {
    let app = limited(|config| config.rate_limit_reads_per_minute = 4).await;
    let (ana, rui) = (from(&app.guest().await, "192.0.2.1"), from(&app.guest().await, "192.0.2.1"));
    for left in (0..4).rev() {
        let reply = ana.get("/v1/me").await.expect(200);
        assert!(reply.header("ratelimit").starts_with(&format!("\"reads\";r={left};")), "{:?}", reply.headers);
    }
    assert_refused(&ana.get("/v1/me").await, "reads");
    assert_refused(&from(&ana, "192.0.2.99").get("/v1/properties").await, "reads");
    rui.get("/v1/me").await.expect(200);
    // Made-up tokens do not make new budgets.
    for attempt in 0..4 {
        let stranger = from(&app.anonymous(), "192.0.2.50").with("authorization", format!("Bearer {attempt}.b.c"));
        stranger.get("/v1/me").await.expect(401);
    }
    assert_refused(&from(&app.anonymous(), "192.0.2.50").get("/v1/properties").await, "reads");
}

#[tokio::test]
async fn what_machines_ask_for_is_not_limited() {
    let app = limited(|config| {
        config.rate_limit_reads_per_minute = 1;
        config.rate_limit_writes_per_minute = 1;
    })
    .await;
    let probe = from(&app.anonymous(), "192.0.2.1");
    for path in ["/health/live", "/.well-known/jwks.json", "/problems", "/openapi.json"] {
        for _ in 0..3 {
            let reply = probe.get(path).await.expect(200);
            assert_eq!(reply.header("ratelimit"), "", "{path}");
        }
    }
    probe.get("/v1/properties").await.expect(200);
    assert_refused(&probe.get("/v1/properties").await, "reads");
}

#[tokio::test]
async fn without_redis_each_process_limits_by_itself() {
    let app = limited(|config| {
        config.redis_url = Some("redis://127.0.0.1:1".into());
        config.rate_limit_login_per_minute = 2;
    })
    .await;
    let second = behind_proxy(TestApp::on(app.app.config.clone()).await);
    for process in [&app, &second] {
        let guest = from(&process.anonymous(), "192.0.2.1");
        for _ in 0..2 {
            wrong_login(&guest).await.expect(401);
        }
        assert_refused(&wrong_login(&guest).await, "login");
    }
}

#[tokio::test]
async fn a_refusal_reaches_pages_of_other_origins() {
    let app = limited(|config| {
        config.cors_origins = vec!["https://hotel.example".into()];
        config.rate_limit_reads_per_minute = 1;
    })
    .await;
    let page = from(&app.anonymous(), "192.0.2.1").with("origin", "https://hotel.example");
    page.get("/v1/properties").await.expect(200);
    let reply = page.get("/v1/properties").await;
    assert_refused(&reply, "reads");
    assert_eq!(reply.header("access-control-allow-origin"), "https://hotel.example");
    let exposed = reply.header("access-control-expose-headers");
    assert!(["ratelimit", "ratelimit-policy", "retry-after"].iter().all(|name| exposed.contains(name)), "{exposed}");
}
