//! Mail from the queue to the server: what is sent, how often, and to whom not.
use crate::support::{MailServer, PASSWORD, TestApp, eventually};
use chrono::TimeDelta;
use hbs::config::Config;
use hbs::mail::{self, Letter, Link, Mail, Queued};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use std::time::Duration;

const REGISTERED: &str = "ana@example.com";

async fn with_server(server: &MailServer) -> TestApp {
    TestApp::with(|config| {
        config.smtp_url = Some(server.url.clone());
        config.mail_from = "Hotel Miramar <no-reply@miramar.example>".into();
        config.public_url = "https://miramar.example/".into();
        config.mails_per_account_to_unproved = 1000;
    })
    .await
}

/// Lets the mails that wait be due now.
async fn due_now(app: &TestApp) {
    app.sql("UPDATE mail_queue SET due_at = now() - interval '1 second' WHERE due_at IS NOT NULL").await;
}

async fn queued(app: &TestApp) -> Vec<Value> {
    app.rows(
        "SELECT kind, address, attempts, due_at, due_at - updated_at AS pause, last_error FROM mail_queue ORDER BY created_at",
    )
    .await
}

#[tokio::test]
async fn a_mail_goes_to_the_mail_server_whole() {
    let mut server = MailServer::start(&[]).await;
    let app = with_server(&server).await;
    app.register(REGISTERED).await;
    assert_eq!(app.send_mail().await, 1);
    let sent = server.next().await;
    assert_eq!((&sent["from"], &sent["to"]), (&json!("no-reply@miramar.example"), &json!([REGISTERED])));
    assert_eq!(sent["kind"], "multipart/alternative");
    let headers = &sent["headers"];
    assert_eq!(headers["from"], "Hotel Miramar <no-reply@miramar.example>");
    assert_eq!(headers["to"], REGISTERED);
    assert_eq!(headers["subject"], "Confirm your e-mail address");
    assert_eq!(headers["auto-submitted"], "auto-generated");
    assert!(headers["message-id"].as_str().is_some_and(|id| id.ends_with("@miramar.example>")), "{headers}");
    assert!(headers["date"].as_str().is_some_and(|date| date.contains(':')), "{headers}");
    for format in ["text", "html"] {
        let text = sent[format].as_str().expect("both");
        assert!(text.contains("https://miramar.example/verify-email#token="), "{text}");
        assert!(text.contains("24 hours"), "{text}");
    }
    assert!(queued(&app).await.is_empty());

    let eva = json!({"email": "eva@example.com", "password": PASSWORD, "full_name": "Eva", "locale": "pt-PT"});
    app.anonymous().post("/v1/auth/register", &eva).await.expect(201);
    app.send_mail().await;
    let sent = server.next().await;
    assert_eq!(sent["headers"]["subject"], "Confirme o seu endereço de e-mail");
    assert!(sent["text"].as_str().is_some_and(|text| text.starts_with("Olá,")), "{sent}");
    assert_eq!(app.anonymous().get("/v1/dev/mailbox").await.status, 404, "no mailbox beside a mail server");
    assert!(!hbs::server::document(&app.app.config).to_json().expect("JSON").contains("/v1/dev/mailbox"));
}

#[tokio::test]
async fn what_is_refused_for_now_is_sent_later_with_a_new_link() {
    let mut server = MailServer::start(&["451 4.3.0 try later", "535 5.7.8 who are you"]).await;
    let app = with_server(&server).await;
    app.register(REGISTERED).await;
    assert_eq!(app.send_mail().await, 1);
    assert_eq!(server.next().await["refused"], REGISTERED);
    let waiting = queued(&app).await;
    assert_eq!((&waiting[0]["attempts"], &waiting[0]["pause"]), (&json!(1), &json!("00:00:30")));
    assert!(waiting[0]["last_error"].as_str().is_some_and(|text| text.contains("451")), "{waiting:?}");
    assert_eq!(app.send_mail().await, 0, "it is not due");

    due_now(&app).await;
    assert_eq!(app.send_mail().await, 1);
    assert_eq!(server.next().await["refused"], REGISTERED);
    assert_eq!(queued(&app).await[0]["pause"], "00:01:00", "a wrong password of ours is no reason to give up");
    due_now(&app).await;
    assert_eq!(app.send_mail().await, 1);
    let sent = server.next().await;
    let (_, token) = sent["text"].as_str().expect("text").split_once("#token=").expect("a link");
    let token = token.split_whitespace().next().expect("a token");
    assert!(queued(&app).await.is_empty());
    assert_eq!(app.number("SELECT count(*) FROM user_tokens").await, 1, "each attempt voids the link of the one before");
    app.anonymous().post("/v1/auth/email/verify", &json!({"token": token})).await.expect(200);
}

#[tokio::test]
async fn what_can_not_be_delivered_is_given_up() {
    let server = MailServer::start(&["550 5.1.1 no such mailbox", "451 later"]).await;
    let app = with_server(&server).await;
    app.register(REGISTERED).await;
    app.send_mail().await;
    let given_up = queued(&app).await;
    assert_eq!((&given_up[0]["attempts"], &given_up[0]["due_at"]), (&json!(1), &Value::Null));
    assert!(given_up[0]["last_error"].as_str().is_some_and(|text| text.contains("550")), "{given_up:?}");

    app.register("eva@example.com").await;
    app.sql("UPDATE mail_queue SET created_at = now() - interval '24 hours' WHERE due_at IS NOT NULL").await;
    app.send_mail().await;
    let given_up = app.rows("SELECT due_at FROM mail_queue WHERE address = 'eva@example.com'").await;
    assert_eq!(given_up, [json!({"due_at": null})], "a day is enough");
    let bounces = app.rows("SELECT mailbox, code FROM mail_bounces").await;
    assert_eq!(bounces, [json!({"mailbox": REGISTERED, "code": "550"})], "a mailbox that there is not gets no more");
}

/// A mail of which nothing can be noted has no other sent twice.
#[tokio::test]
async fn a_mail_of_which_nothing_can_be_noted_holds_up_no_other() {
    let app = TestApp::new().await;
    for address in [REGISTERED, "eva@example.com"] {
        app.register(address).await;
    }
    app.sql("ALTER TABLE mail_queue ADD CONSTRAINT broken CHECK (last_error IS NULL)").await;
    app.sql(&format!("UPDATE mail_queue SET kind = 'no_such_letter' WHERE address = '{REGISTERED}'")).await;
    assert_eq!(app.send_mail().await, 2);
    let waiting = queued(&app).await;
    assert_eq!((waiting.len(), &waiting[0]["address"], &waiting[0]["last_error"]), (1, &json!(REGISTERED), &Value::Null));
    due_now(&app).await;
    app.send_mail().await;
    assert_eq!(app.mail_to("eva@example.com").await.len(), 1);
}

/// Budgets of the mails of a batch are counted in one commit.
#[tokio::test]
async fn mails_that_are_sent_together_are_paid_for_together() {
    let app = TestApp::with(|config| config.mails_per_minute = 0).await;
    for n in 0..3 {
        app.register(&format!("ana{n}@example.com")).await;
    }
    assert_eq!(app.send_mail().await, 3);
    let spent = app.rows("SELECT count(*) AS subjects, count(DISTINCT xmin::text) AS commits FROM mail_budgets").await;
    assert_eq!(spent, [json!({"subjects": 6, "commits": 1})], "of each mail its mailbox and its account");
}

/// What became of a mail is counted once, and once it is noted.
#[tokio::test]
async fn a_mail_is_counted_when_it_is_noted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let app = TestApp::new().await;
    for address in [REGISTERED, "eva@example.com"] {
        app.register(address).await;
    }
    app.sql(&format!("UPDATE mail_queue SET kind = 'no_such_letter' WHERE address = '{REGISTERED}'")).await;
    app.sql("ALTER TABLE mail_log ADD CONSTRAINT broken CHECK (kind <> 'no_such_letter')").await;
    assert_eq!(app.send_mail().await, 2);
    let text = metrics.render();
    let counted: Vec<&str> = text.lines().filter(|line| line.starts_with("hbs_mail_total")).collect();
    assert_eq!(counted, ["hbs_mail_total{kind=\"verify_email\",outcome=\"sent\"} 1"]);
}

/// Without the database nothing is noted, and it is not tried mail by mail either.
#[tokio::test]
async fn without_the_database_mails_are_not_noted_one_by_one() {
    let app = TestApp::new().await;
    for n in 0..5 {
        app.register(&format!("ana{n}@example.com")).await;
    }
    let writer = hbs::server::writer(&app.app.config).expect("texts that parse");
    app.disconnect_at("INSERT ON mail_log").await;
    mail::send_due(&app.app, &writer).await.expect_err("nothing can be noted");
    // Those that are sent at the same time are noted together.
    let attempts = app.reconnect().await;
    assert!(attempts <= 5, "{attempts}");
    assert_eq!(queued(&app).await.len(), 5, "they are under way still");
    due_now(&app).await;
    app.send_mail().await;
    assert_eq!(queued(&app).await, Vec::<Value>::new());
}

#[tokio::test]
async fn nobody_to_talk_to_is_no_reason_to_forget() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let app = TestApp::with(|config| config.smtp_url = Some(format!("smtp://127.0.0.1:{port}"))).await;
    app.register(REGISTERED).await;
    assert_eq!(app.send_mail().await, 1);
    let waiting = queued(&app).await;
    assert_eq!((&waiting[0]["attempts"], &waiting[0]["pause"]), (&json!(1), &json!("00:00:30")), "{waiting:?}");
}

#[tokio::test]
async fn two_workers_send_each_mail_once() {
    let mut server = MailServer::start(&[]).await;
    let app = with_server(&server).await;
    let guest = app.register(REGISTERED).await;
    let user_id = guest.user_id().parse().expect("an id");
    app.sql("DELETE FROM mail_queue").await;
    let addresses: Vec<String> = (0..25).map(|n| format!("a{n}@example.com")).collect();
    let mails: Vec<_> = addresses.iter().map(|address| Mail::to_user("password_changed", user_id, address)).collect();
    mail::enqueue(&app.app.db.conn().await.expect("a connection"), &mails).await.expect("queued");
    let second = TestApp::on(app.app.config.clone()).await;
    let (one, other) = futures_util::join!(app.send_mail(), second.send_mail());
    assert_eq!(one + other, 25);
    let mut sent = Vec::new();
    for _ in 0..25 {
        sent.push(server.next().await["to"][0].as_str().expect("an address").to_owned());
    }
    sent.sort_unstable();
    let mut expected = addresses.clone();
    expected.sort_unstable();
    assert_eq!(sent, expected);
    assert!(queued(&app).await.is_empty());
}

#[tokio::test]
async fn the_worker_is_woken_by_what_gives_cause() {
    let app = TestApp::with_background().await;
    app.register(REGISTERED).await;
    let mailbox = async || app.anonymous().get("/v1/dev/mailbox").await.expect(200).body["items"].clone();
    eventually(Duration::from_secs(5), async || mailbox().await.as_array().is_some_and(|mails| mails.len() == 1)).await;
    eventually(Duration::from_secs(5), async || queued(&app).await.is_empty()).await;
}

#[tokio::test]
async fn a_mail_that_a_process_left_behind_is_sent_by_another() {
    let app = TestApp::new().await;
    app.register(REGISTERED).await;
    app.sql("UPDATE mail_queue SET attempts = 1, due_at = now() + interval '5 minutes'").await;
    assert!(app.mail_to(REGISTERED).await.is_empty(), "claimed");
    due_now(&app).await;
    assert_eq!(app.mail_to(REGISTERED).await.len(), 1);
}

#[tokio::test]
async fn nobody_is_written_to_who_has_gone() {
    let app = TestApp::new().await;
    for (n, gone) in [
        "UPDATE users SET status = 'suspended', suspended_at = now(), suspended_reason = 'test'",
        "UPDATE users SET is_deleted = true, deleted_at = now()",
    ]
    .into_iter()
    .enumerate()
    {
        let address = format!("gone{n}@example.com");
        app.register(&address).await;
        app.anonymous().post("/v1/auth/password/forgot", &json!({"email": address})).await.expect(202);
        app.sql(&format!("{gone} WHERE email = '{address}'")).await;
        assert!(app.mail_to(&address).await.is_empty(), "{gone}");
    }
    assert!(queued(&app).await.is_empty());
    assert_eq!(app.number("SELECT count(*) FROM user_tokens").await, 0);
}

#[tokio::test]
async fn a_mail_that_is_taken_back_after_it_was_claimed_makes_no_link() {
    let app = TestApp::new().await;
    let guest = app.register(REGISTERED).await;
    app.sql("DELETE FROM mail_queue").await;
    let claimed = Queued {
        id: uuid::Uuid::now_v7(),
        kind: "verify_email".into(),
        address: "eve@example.com".into(),
        user_id: Some(guest.user_id().parse().expect("an id")),
        params: json!({"email": "eve@example.com"}),
        attempts: 1,
        created_at: hbs::clock::Clock::real_now(),
        property_id: None,
        booking_id: None,
    };
    let writer = hbs::server::writer(&app.app.config).expect("texts that parse");
    let letters = writer.prepare(&app.app, &[claimed]).await;
    assert!(matches!(letters.as_slice(), [Ok(None)]), "{letters:?}");
    assert_eq!(app.number("SELECT count(*) FROM user_tokens").await, 0);
}

#[tokio::test]
async fn the_mailbox_shows_the_newest_first_and_can_be_filtered() {
    let app = TestApp::new().await;
    for address in [REGISTERED, "eva@example.com"] {
        app.register(address).await;
        app.send_mail().await;
    }
    let all = app.anonymous().get("/v1/dev/mailbox").await.expect(200).body;
    let addresses: Vec<_> = all["items"].as_array().expect("mails").iter().map(|mail| mail["to"].clone()).collect();
    assert_eq!(addresses, ["eva@example.com", REGISTERED]);
    let one = app.anonymous().get("/v1/dev/mailbox?to=ANA@example.com").await.expect(200).body;
    assert_eq!(one["items"], json!([all["items"][1]]));
    for member in ["to", "subject", "text", "html", "date"] {
        assert!(one["items"][0][member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {one}");
    }
    assert_eq!(app.anonymous().get("/v1/dev/mailbox?from=x").await.expect(422).pointers(), ["/from"]);
}

/// The languages that mails are written in.
const LANGUAGES: &[&str] = &["en", "pt"];

/// The kinds of letters that have a link with a token: those about bookings, where the guest has no account.
const WITH_LINK: &[&str] = &[
    "verify_email",
    "reset_password",
    "invitation",
    "booking_access",
    "booking_look_up",
    "booking_confirmed",
    "booking_changed",
    "issue_answered",
    "payment_link",
    "review_invitation",
];

fn letter(kind: &'static str, locale: &str) -> Letter {
    let link = Link { page: "reset-password", token: "t0ken".into(), lifetime: TimeDelta::hours(48) };
    let stay = json!({
        "room_type": "Double <b>", "guest_name": "Eva <b>", "adults": 2, "children": 1, "ages": "7", "check_in": null, "check_out": null,
        "total": "220.00 EUR", "terms": "Free.", "is_cancelled": false,
    });
    let mut params = json!({
        "title": "News of <b>", "text": "Breakfast <b>is on the terrace tomorrow, from eight o'clock on.", "kind": "broadcast",
        "items": [{"title": "News of <b>", "text": "Breakfast <b>is on the terrace."}, {"title": "More", "text": "News"}],
        "change": true, "name": "Key <b>", "role": "Desk <b>", "days": 7, "room_type": "Double room", "until": "2026-12-20 18:00", "booking_id": "b",
        "held_until": "2026-12-20 18:00", "status": "requested", "amount": "60.00 EUR",
        "difference": "20.00 EUR", "answer": "A suite <b>from Monday on.",
        "hotel": {"name": "Hotel <b>", "address": "Rua 1", "phone": "+351", "email": null},
        "reference": "HBS-7KQ2M9XA", "check_in": "1", "check_out": "2", "check_in_time": "15:00", "check_out_time": "11:00",
        "issues": [{"id": "i", "hotel": "Hotel <b>", "reference": "HBS-7KQ2M9XA", "answers": ["We come <b>."],
                    "subject": "The shower <b> is cold", "category": "room_defect", "priority": "high"}],
        "again": [{"id": "j", "subject": "The light <b> is out", "category": "room_defect", "priority": "low"}],
        "nights": 1, "stays": [stay], "lines": [{"name": "Tax <b>", "amount": "2.00 EUR"}], "rooms": "218.00 EUR", "fee": null, "total": "220.00 EUR",
        "information": {"title": "How to reach us <b>", "parts": [
            {"heading": "By train <b>", "html": "<p>Line <strong>2</strong>.</p>", "text": "Line **2**."},
            {"heading": null, "html": null, "text": "Day and night <b>"},
        ]},
    });
    for (name, value) in [
        ("number", "2026-INV-7"),
        ("is_copy", "yes"),
        ("payable", "20.00 EUR"),
        ("due", "2026-12-20"),
        ("response", "Thank you <b>."),
        ("host", "hooks.example.com"),
        ("reason", "failing"),
        ("address", "https://hotel.example/v1/exports/e/download?signature=s"),
    ] {
        params[name] = value.into();
    }
    Letter { kind, locale: locale.into(), name: Some("Ana <b>\r\nSousa".into()), link: Some(link), params, attachment: None }
}

#[test]
fn every_kind_is_written_in_every_language() {
    let mut config = Config::defaults().expect("defaults");
    config.public_url = "https://hotel.example/".into();
    let writer = hbs::server::writer(&config).expect("texts that parse");
    assert!(writer.kinds().count() >= 11, "the letters of all domains");
    for code in LANGUAGES {
        for kind in writer.kinds() {
            let text = writer.render(&letter(kind, code)).unwrap_or_else(|error| panic!("{code} {kind}: {error:?}"));
            assert!((5..80).contains(&text.subject.len()), "{code} {kind}: {:?}", text.subject);
            assert!(!text.subject.contains('\n') && text.plain.len() > 80, "{code} {kind}: {}", text.plain);
            assert!(text.html.contains(&format!("<html lang=\"{code}\">")), "{}", text.html);
            assert!(!text.html.contains("<b>"), "a name is not markup: {}", text.html);
            assert!(!text.plain.contains("&#") && !text.plain.contains("{{"), "{}", text.plain);
            let has_link = text.plain.contains("https://hotel.example/reset-password#token=t0ken");
            let asks = WITH_LINK.contains(&kind);
            assert_eq!(has_link, asks, "{code} {kind}: {}", text.plain);
            assert_eq!(text.html.contains("#token=t0ken"), asks, "{code} {kind}: {}", text.html);
            for other in LANGUAGES.iter().filter(|other| *other != code) {
                assert_ne!(writer.render(&letter(kind, other)).expect("text").plain, text.plain, "{kind}");
            }
        }
    }
}
