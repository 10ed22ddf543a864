//! Tests of the boundary, which holds for every request, and of the pages beside the API.
use crate::support::{Client, HotelSpec, Reply, TestApp};
use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hbs::config::Environment;
use http::Method;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Asserts that an answer is an error body, whole.
#[track_caller]
pub fn assert_problem(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code()), (status, code), "{}", reply.body);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    assert_eq!(reply.body["type"], format!("/problems/{code}"));
    assert_eq!(reply.body["status"], status);
    for member in ["title", "detail"] {
        assert!(reply.body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", reply.body);
    }
    assert!(!reply.header("x-request-id").is_empty());
    assert_eq!(reply.body["request_id"], reply.header("x-request-id"));
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "errors have the security headers too");
}

async fn register(client: &Client, body: &str) -> Reply {
    client.send(Method::POST, "/v1/auth/register", Some(body.into())).await
}

#[tokio::test]
async fn whatever_is_wrong_is_a_problem_with_a_request_id() {
    let app = TestApp::with(|config| config.body_limit_bytes = 1000).await;
    let (stranger, guest) = (app.anonymous(), app.guest().await);
    assert_problem(&stranger.get("/v1/nothing").await, 404, "request.not_found");
    assert_problem(&stranger.get("/").await, 404, "request.not_found");
    assert_problem(&stranger.get("/v1/properties/not-a-uuid").await, 404, "request.not_found");
    let reply = stranger.send(Method::DELETE, "/v1/auth/register", None).await;
    assert_problem(&reply, 405, "request.method_not_allowed");
    assert_eq!(reply.header("allow"), "POST");
    let reply = stranger.send(Method::PUT, "/v1/properties", Some("{}".into())).await;
    assert_problem(&reply, 405, "request.method_not_allowed");
    assert_eq!(reply.header("allow"), "GET,HEAD,POST");

    let text = stranger.with("content-type", "text/plain");
    assert_problem(&register(&text, "{}").await, 415, "request.unsupported_media_type");
    assert_problem(&stranger.send(Method::POST, "/v1/auth/register", None).await, 415, "request.unsupported_media_type");
    let twice = r#"{"login": "ana", "password": "x"}{"login": "ana"}"#;
    assert_problem(&stranger.send(Method::POST, "/v1/auth/login", Some(twice.into())).await, 400, "request.malformed");
    for broken in ["", "{", "{\"email\": }", "not json", "\u{feff}{}"] {
        let reply = register(&stranger.with("content-type", "application/json"), broken).await;
        assert_problem(&reply, 400, "request.malformed");
    }
    assert_problem(&register(&stranger, "[]").await, 422, "request.invalid");
    let large = json!({"email": "ana@example.com", "password": "x".repeat(1000), "full_name": "Ana"}).to_string();
    assert_problem(&register(&stranger, &large).await, 413, "request.too_large");
    let keyed = guest.with("idempotency-key", "1");
    assert_problem(&keyed.send(Method::POST, "/v1/bookings", Some(large)).await, 413, "request.too_large");
    let long_key = guest.with("idempotency-key", "k".repeat(256));
    let reply = long_key.post("/v1/bookings", &json!({})).await;
    assert_problem(&reply, 400, "request.malformed");
    assert_eq!(reply.pointers(), ["/Idempotency-Key"]);
    let reply = stranger.get("/v1/me").await;
    assert_problem(&reply, 401, "auth.unauthenticated");
    assert_eq!(reply.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn text_that_the_database_cannot_hold_is_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for path in ["/v1/properties?city=a%00b", "/v1/rooms?number=%00", "/v1/bookings?contact=%00", "/v1/audit-logs?kind=%00"] {
        assert_problem(&hotel.manager.get(path).await, 422, "request.invalid");
    }
    let mut booking = hotel.request("2026-12-10", "2026-12-11");
    booking["special_requests"] = json!("a\u{0}b");
    assert_problem(&hotel.manager.post("/v1/bookings", &booking).await, 422, "request.invalid");
    let mut booking = hotel.request("2026-12-10", "2026-12-11");
    booking["special_requests"] = json!("a backslash, as in \\u0000, is fine");
    hotel.manager.post("/v1/bookings", &booking).await.expect(201);
    assert_eq!(app.number("SELECT count(*) FROM bookings").await, 1);
}

#[tokio::test]
async fn a_panic_is_our_fault_and_nobodys_end() {
    let app = TestApp::with(|config| config.cors_origins = vec!["https://hotel.example".into()]).await;
    async fn panics() -> &'static str {
        panic!("with a secret in it")
    }
    let routes = Router::new().route("/panic", get(panics)).route("/fine", get(async || "fine"));
    let client = Client::new(hbs::middleware::wrap(routes, &app.app, Arc::default()), None);
    let reply = client.with("origin", "https://hotel.example").get("/panic").await;
    assert_problem(&reply, 500, "server.internal");
    assert_eq!(reply.header("access-control-allow-origin"), "https://hotel.example", "its page may read the error");
    assert!(!reply.body.to_string().contains("secret"), "{}", reply.body);
    assert_eq!(client.get("/fine").await.expect(200).body, "fine");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let app = TestApp::with(|config| config.request_timeout_seconds = 1).await;
    async fn hangs() {
        std::future::pending::<()>().await;
    }
    let client = Client::new(hbs::middleware::wrap(Router::new().route("/hangs", get(hangs)), &app.app, Arc::default()), None);
    assert_problem(&client.get("/hangs").await, 503, "request.timeout");
}

#[tokio::test]
async fn a_request_id_is_taken_if_it_is_sane() {
    let app = TestApp::new().await;
    let stranger = app.anonymous();
    assert_eq!(
        stranger.with("x-request-id", "order-7:a/b_c.d+e=").get("/health/live").await.header("x-request-id"),
        "order-7:a/b_c.d+e="
    );
    let first = stranger.get("/health/live").await;
    assert_ne!(first.header("x-request-id"), stranger.get("/health/live").await.header("x-request-id"));
    for insane in ["", "a b", "a\"b", "<script>", &"x".repeat(101)] {
        let given = stranger.with("x-request-id", insane).get("/health/live").await.header("x-request-id").to_owned();
        assert!(uuid::Uuid::parse_str(&given).is_ok(), "{insane:?} became {given:?}");
    }
}

#[tokio::test]
async fn browsers_of_known_origins_may_call() {
    let app = TestApp::with(|config| config.cors_origins = vec!["https://booking.example".into()]).await;
    let browser = app.anonymous().with("origin", "https://booking.example");
    let preflight = browser
        .with("access-control-request-method", "PATCH")
        .with("access-control-request-headers", "authorization,if-match,idempotency-key")
        .send(Method::OPTIONS, "/v1/bookings", None)
        .await
        .expect(200);
    assert_eq!(preflight.header("access-control-allow-origin"), "https://booking.example");
    assert_eq!(preflight.header("access-control-allow-methods"), "GET,POST,PUT,PATCH,DELETE");
    let allowed = preflight.header("access-control-allow-headers");
    assert!(
        ["authorization", "if-match", "idempotency-key", "content-type"].iter().all(|name| allowed.contains(name)),
        "{allowed}"
    );
    for (path, status) in [("/health/live", 200), ("/v1/me", 401), ("/v1/nothing", 404)] {
        let reply = browser.get(path).await.expect(status);
        assert_eq!(reply.header("access-control-allow-origin"), "https://booking.example", "{path}");
        assert!(reply.header("access-control-expose-headers").contains("etag"), "{path}");
        let foreign = app.anonymous().with("origin", "https://evil.example").get(path).await.expect(status);
        assert_eq!(foreign.header("access-control-allow-origin"), "", "{path}");
    }
    let closed = TestApp::new().await;
    let reply = closed.anonymous().with("origin", "https://booking.example").get("/health/live").await.expect(200);
    assert_eq!(reply.header("access-control-allow-origin"), "", "nobody, unless the settings say who");
    let open = TestApp::with(|config| config.cors_origins = vec!["*".into()]).await;
    let reply = open.anonymous().with("origin", "https://booking.example").get("/health/live").await.expect(200);
    assert_eq!(reply.header("access-control-allow-origin"), "*");
}

/// U16: a front end under development is served by this machine, at whatever port is free.
#[tokio::test]
async fn in_development_pages_of_this_machine_may_call() {
    async fn allowed(app: &TestApp, origin: &str) -> String {
        let reply = app.anonymous().with("origin", origin).get("/v1/me").await.expect(401);
        reply.header("access-control-allow-origin").to_owned()
    }
    const HERE: [&str; 5] =
        ["http://localhost:5173", "https://localhost", "http://127.0.0.1:3000", "http://127.0.0.2", "http://[::1]:8080"];
    const ELSEWHERE: [&str; 8] = [
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example:3000",
        "http://evil.example",
        "http://192.168.1.7:3000",
        "http://0.0.0.0:3000",
        "null",
        "file://localhost",
        "localhost:3000",
    ];
    let named = "https://booking.example";
    let dev = TestApp::with(|config| config.cors_origins = vec![named.into()]).await;
    for origin in HERE.into_iter().chain([named]) {
        assert_eq!(allowed(&dev, origin).await, origin);
    }
    for origin in ELSEWHERE {
        assert_eq!(allowed(&dev, origin).await, "", "{origin}");
    }
    let preflight = dev
        .anonymous()
        .with("origin", HERE[0])
        .with("access-control-request-method", "PATCH")
        .with("access-control-request-headers", "authorization,if-match")
        .send(Method::OPTIONS, "/v1/bookings", None)
        .await
        .expect(200);
    assert_eq!(preflight.header("access-control-allow-origin"), HERE[0]);
    assert!(preflight.header("access-control-allow-headers").contains("authorization"));

    for origins in [vec![], vec![named.to_owned()]] {
        let production = TestApp::with(|config| {
            config.environment = Environment::Production;
            config.cors_origins = origins.clone();
        })
        .await;
        for origin in HERE.into_iter().chain(ELSEWHERE) {
            assert_eq!(allowed(&production, origin).await, "", "{origin} in production");
        }
        assert_eq!(allowed(&production, named).await, if origins.is_empty() { "" } else { named });
    }
}

/// S16: no answer lets scripts or styles run that are written into a page, and every one has the headers that browsers heed.
#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let app = TestApp::new().await;
    for path in ["/health/live", "/v1/nothing", "/docs/", "/problems", "/openapi.json"] {
        let reply = app.anonymous().get(path).await;
        let is_program = path.starts_with("/docs") || path == "/openapi.json";
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", if is_program { "public, max-age=600" } else { "no-store" }),
        ] {
            assert_eq!(reply.header(name), value, "{path}: {name}");
        }
        let policy = reply.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src"), "{path}: {policy}");
        let has_scripts = policy.contains("default-src 'self'");
        assert_eq!(has_scripts, path.starts_with("/docs"), "{path}: scripts of our own run, on this page only: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(reply.header("strict-transport-security"), "", "not without a certificate");
    }
}

/// S16: nothing is written into the pages themselves but one style, which the policy names by its digest.
#[tokio::test]
async fn pages_need_no_more_than_their_policies_allow() {
    let app = TestApp::new().await;
    let page = app.anonymous().get("/problems").await.expect(200);
    let text = page.body.as_str().expect("text");
    let styles: Vec<&str> = text.split("<style>").skip(1).filter_map(|rest| rest.split("</style>").next()).collect();
    let [style] = styles.as_slice() else { panic!("one style: {text}") };
    let digest = BASE64_STANDARD.encode(Sha256::digest(style));
    assert!(page.header("content-security-policy").contains(&format!("style-src 'sha256-{digest}'")), "{style}");
    assert!(!text.contains("style=") && !text.contains("<script"), "{text}");
    let docs = app.anonymous().get("/docs/").await.expect(200);
    let text = docs.body.as_str().expect("text");
    assert!(!text.contains("<style") && !text.contains("style=") && !text.contains("onload="), "{text}");
    assert!(text.split("<script").skip(1).all(|script| script.trim_start().starts_with("src=\"./")), "{text}");
    // Its scripts make no styles that a policy is asked for: neither elements nor attributes.
    for script in ["swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-initializer.js"] {
        let text = app.anonymous().get(&format!("/docs/{script}")).await.expect(200).body.as_str().expect("text").to_owned();
        for maker in ["createElement(\"style\")", "setAttribute(\"style\"", "insertAdjacentHTML"] {
            assert!(!text.contains(maker), "{script}: {maker}");
        }
    }
}

/// S16: no mail goes to an address of the network, in whatever notation.
#[tokio::test]
async fn mail_goes_to_domains_and_not_to_numbers() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for address in ["x@[127.0.0.1]", "x@[IPv6:::1]", "x@127.0.0.1", "x@2130706433", "x@0x7f.1"] {
        let account = json!({"email": address, "password": "correct horse battery", "full_name": "Ana"});
        let reply = app.anonymous().post("/v1/auth/register", &account).await.expect(422);
        assert_eq!(reply.pointers(), ["/email"], "{address}: {}", reply.body);
        let mut booking = hotel.request("2026-12-10", "2026-12-11");
        booking["contact"]["email"] = json!(address);
        let reply = hotel.manager.post("/v1/bookings", &booking).await.expect(422);
        assert!(reply.pointers().iter().all(|pointer| *pointer == "/contact/email"), "{address}: {}", reply.body);
    }
    assert_eq!(app.number("SELECT count(*) FROM mail_queue WHERE address LIKE '%@[%' OR address ~ '@[0-9.]+$'").await, 0);
}

/// U17: mail goes to domains of any letters, which are one however they are written.
#[tokio::test]
async fn mail_goes_to_domains_of_any_letters() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booked = async |email: &str| {
        let mut booking = hotel.request("2026-12-10", "2026-12-11");
        booking["contact"]["email"] = json!(email);
        hotel.manager.post("/v1/bookings", &booking).await
    };
    let made = booked("Ana@MÜNCHEN.example").await.expect(201);
    assert_eq!(made.body["contact"]["email"], "ana@xn--mnchen-3ya.example");
    // It is one address, however it is written.
    let account = json!({"email": "ana@münchen.example", "password": "correct horse battery", "full_name": "Ana"});
    let guest = app.anonymous().post("/v1/auth/register", &account).await.expect(201);
    assert_eq!(guest.body["user"]["email"], "ana@xn--mnchen-3ya.example");
    for login in ["ana@münchen.example", "ana@xn--mnchen-3ya.example"] {
        app.anonymous().post("/v1/auth/login", &json!({"login": login, "password": "correct horse battery"})).await.expect(200);
    }
    // What stands before the domain is for its mail server, and few take more than ASCII there.
    let refused = booked("müller@example.com").await.expect(422);
    assert_eq!(refused.pointers(), ["/contact/email"], "{}", refused.body);
}

#[tokio::test]
async fn every_problem_has_its_page() {
    let app = TestApp::new().await;
    let stranger = app.anonymous();
    let index = stranger.get("/problems").await.expect(200);
    assert!(index.header("content-type").starts_with("text/html"));
    let index = index.body.as_str().expect("text").to_owned();
    let links: Vec<&str> = index.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(links.len() > 30, "{links:?}");
    for problem in hbs::server::problems() {
        assert!(links.contains(&format!("/problems/{}", problem.code).as_str()), "{} is not in the list", problem.code);
    }
    for link in links {
        let page = stranger.get(link).await.expect(200);
        let code = link.trim_start_matches("/problems/");
        assert!(page.body.as_str().expect("text").contains(&format!("<code>{code}</code>")), "{link}: {}", page.body);
    }
    assert_problem(&stranger.get("/problems/no.such").await, 404, "request.not_found");
}

#[tokio::test]
async fn large_answers_are_compressed_for_those_who_can_read_it() {
    let app = TestApp::new().await;
    let plain = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(plain.header("content-encoding"), "");
    let zipped = app.anonymous().with("accept-encoding", "gzip").get("/openapi.json").await.expect(200);
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert_eq!(zipped.bytes[..2], [0x1f, 0x8b], "the first bytes of gzip");
    assert!(zipped.bytes.len() * 4 < plain.bytes.len(), "{} of {}", zipped.bytes.len(), plain.bytes.len());
}

#[tokio::test]
async fn the_document_and_its_page_are_served() {
    let app = TestApp::new().await;
    let served = app.anonymous().get("/openapi.json").await.expect(200);
    assert_eq!(served.body, serde_json::to_value(hbs::server::document(&app.app.config)).unwrap());
    assert_eq!(app.anonymous().get("/docs").await.expect(308).header("location"), "/docs/");
    let page = app.anonymous().get("/docs/").await.expect(200);
    let page = page.body.as_str().expect("text");
    assert!(page.contains("swagger-ui") && !page.contains("<script>"), "{page}");
    let sources: Vec<&str> =
        page.split("src=\"").skip(1).chain(page.split("href=\"").skip(1)).filter_map(|rest| rest.split('"').next()).collect();
    assert!(sources.len() > 4, "{page}");
    for source in sources.into_iter().filter(|source| !source.contains("favicon-16")) {
        let name = source.strip_prefix("./").or(Some(source)).filter(|name| !name.contains("//"));
        let file = app.anonymous().get(&format!("/docs/{}", name.expect("nothing is fetched from elsewhere"))).await;
        assert!(!file.expect(200).bytes.is_empty(), "{source}");
    }
    assert_problem(&app.anonymous().get("/docs/nothing.js").await, 404, "request.not_found");
}

/// U16: browsers keep the document and its page for as long as they are the same.
#[tokio::test]
async fn the_document_and_its_page_are_kept_by_browsers() {
    let app = TestApp::new().await;
    for path in ["/openapi.json", "/docs/", "/docs/swagger-ui-bundle.js"] {
        let browser = app.anonymous().with("accept-encoding", "gzip, br");
        let first = browser.get(path).await.expect(200);
        let (etag, weight) = (first.header("etag"), first.bytes.len());
        assert!(etag.starts_with("W/\"") && weight < 600_000, "{path}: {etag}, {weight} bytes");
        let again = browser.with("if-none-match", etag).get(path).await.expect(304);
        assert!(again.bytes.is_empty() && again.header("etag") == etag, "{path}");
        browser.with("if-none-match", format!("\"other\", {etag}")).get(path).await.expect(304);
        let plain = app.anonymous().with("accept-encoding", "gzip;q=0").get(path).await.expect(200);
        assert_eq!((plain.header("content-encoding"), plain.header("etag")), ("", etag), "{path}");
    }
}
