//! Words of a hotel's own.
use super::support::{inbox, tell, titles, wish};
use crate::content::{CONTENT, at, body, information, publish, published, save};
use crate::support::{HotelSpec, TestApp};
use serde_json::{Value, json};

/// T-not-tpl: words that cannot be filled in are refused, and a name is no markup.
#[tokio::test]
async fn not_tpl_own_words_are_checked_and_what_they_name_is_inert() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let editor = app.staff(&["templates:write"], Some(&hotel.id)).await;
    let path = |place: &str| format!("/v1/properties/{}/notification-templates/{place}", hotel.id);
    let words = path("my_booking_confirmed/en");
    let shown = editor.get(&words).await.expect(200);
    assert_eq!((shown.header("etag"), &shown.body["is_built_in"]), ("\"0\"", &json!(true)));
    assert!(shown.body["variables"].as_array().is_some_and(|names| names.contains(&json!("reference"))), "{}", shown.body);
    let set = async |etag: &str, title: &str, body: &str| {
        editor.with("if-match", etag).put(&words, &json!({"title": title, "body": body})).await
    };
    for wrong in ["{{ contact_email }}", "{% for x in name %}x{% endfor %}", "{{ name | safe }}", "{% if name %}"] {
        assert_eq!(set("\"0\"", "Fine", wrong).await.expect(422).pointers(), ["/body"], "{wrong}");
    }
    editor.get(&path("my_booking_confirmed/english")).await.expect(404);
    editor.get(&path("nonsense/en")).await.expect(404);
    let own = set("\"0\"", "See you soon, {{ name }}", "{{ reference }} at {{ hotel }}").await.expect(200);
    assert_eq!((own.header("etag"), &own.body["is_built_in"]), ("\"1\"", &json!(false)));
    assert_eq!(set("\"0\"", "A", "B").await.code(), "request.precondition_failed");
    let german = path("my_booking_confirmed/de");
    editor.with("if-match", "\"0\"").put(&german, &json!({"title": "Bis bald", "body": "{{ reference }}"})).await.expect(200);
    let all = editor.get(&format!("/v1/properties/{}/notification-templates", hotel.id)).await.expect(200);
    assert!(all.body.to_string().contains("Bis bald") && all.body["items"].as_array().is_some_and(|all| all.len() > 30));
    let preview = editor.post(&format!("{words}/preview"), &json!({"title": "{{ reference }}", "body": "Hi {{ name }}"})).await;
    assert_eq!(preview.expect(200).body, json!({"title": "HBS-7KQ2M9XA", "body": "Hi Ana Sousa"}));

    let guest = app.guest().await;
    app.sql(&format!("UPDATE users SET full_name = '<b>{{{{ hotel }}}}</b>' WHERE id = '{}'", guest.user_id())).await;
    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["guest_user_id"] = json!(guest.user_id());
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let reference = booking.body["reference"].as_str().expect("a reference");
    tell(&app).await;
    assert_eq!(titles(&guest).await, ["See you soon, <b>{{ hotel }}</b>"], "plain text, which nothing fills in again");

    // Words that break all the same give way to the built-in ones.
    app.sql("UPDATE notification_templates SET title = '{{ gone }}' WHERE locale = 'en'").await;
    assert_eq!(titles(&guest).await, [format!("Your booking {reference} at Test Hotel is confirmed")]);
    let broken = editor.get(&words).await.expect(200);
    editor.delete(&words, broken.header("etag")).await.expect(204);
    editor.delete(&words, "\"2\"").await.expect(404);
    let again = editor.get(&words).await.expect(200);
    assert_eq!((&again.body["is_built_in"], again.header("etag")), (&json!(true), "\"2\""));
    assert!(inbox(&guest).await[0]["body"].as_str().is_some_and(|body| body.contains("Arrival: Thursday, 10 December 2026")));
    let events = app.rows("SELECT changes::text FROM outbox WHERE kind LIKE 'notification_template.%'").await;
    assert!(!format!("{events:?}").contains("See you soon"), "texts are withheld from the record: {events:?}");
}

/// T-not-tpl: a mail goes out with the built-in words, whatever has become of a hotel's own, and with markup of nobody.
#[tokio::test]
async fn not_tpl_mails_go_out_whatever_the_words() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let desk = super::support::keen_desk(&app, &hotel).await;
    wish(&desk, &json!({"time_zone": "Europe/Lisbon"})).await;
    app.sql(&format!(
        "UPDATE users SET full_name = '<script>x</script>' WHERE id = '{0}';
         INSERT INTO notification_templates VALUES ('{1}', 'booking_created', 'en', '{{% broken', 'x', 1, now(), now())",
        desk.user_id(),
        hotel.id
    ))
    .await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    tell(&app).await;
    app.set_clock("2026-12-01T13:00:00Z");
    super::support::deliver(&app).await;
    let address = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", desk.user_id())).await[0]["email"].clone();
    let mails = app.mail_to(address.as_str().expect("an address")).await;
    let mail = mails.iter().find(|mail| mail["subject"].to_string().contains("new booking")).expect("the mail");
    assert!(!mail["html"].to_string().contains("<script>"), "{mail}");
    assert!(mail["text"].to_string().contains("<script>x</script>"), "as the person is called: {mail}");
}

#[tokio::test]
async fn a_test_goes_to_whoever_asks_for_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let editor = app.staff(&["templates:write"], Some(&hotel.id)).await;
    let path = format!("/v1/properties/{}/notification-templates/broadcast/pt/test", hotel.id);
    let sent = editor.post(&path, &json!({"title": "{{ subject }}", "body": "{{ message }}"})).await.expect(200);
    let mails = app.mail_to(sent.body["to"].as_str().expect("an address")).await;
    assert_eq!(mails[0]["subject"], "Test: Breakfast moves", "{mails:?}");
}

/// T-not-tpl: words show what the hotel has published, in the reader's language and as it is by now, as text and not without end.
#[tokio::test]
async fn not_tpl_own_words_show_what_the_hotel_has_published() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, editor) = (app.guest().await, app.staff(&["templates:write"], Some(&hotel.id)).await);
    let words = format!("/v1/properties/{}/notification-templates/my_booking_confirmed/en", hotel.id);
    let shown = editor.get(&words).await.expect(200);
    for name in ["hotel_information", "policy", "announcement"] {
        assert!(shown.body["variables"].as_array().is_some_and(|names| names.contains(&json!(name))), "{}", shown.body);
    }
    let own = json!({"title": "See you soon", "body": "{{ reference }}{% if policy %}\n{{ policy }}{% endif %}"});
    let set = async |path: &str, own: &Value| editor.with("if-match", "\"0\"").put(path, own).await;
    let alone = json!({"title": "{{ policy }}", "body": "{{ policy }}"});
    assert_eq!(set(&words, &alone).await.expect(422).pointers(), ["/title", "/body"], "there may be no policy");
    set(&words, &own).await.expect(200);

    let mut request = hotel.request("2026-12-10", "2026-12-12");
    request["guest_user_id"] = json!(guest.user_id());
    let booking = hotel.manager.post("/v1/bookings", &request).await.expect(201);
    let reference = booking.body["reference"].as_str().expect("a reference").to_owned();
    tell(&app).await;
    let read = async || inbox(&guest).await[0]["body"].as_str().expect("a body").to_owned();
    let tried = async || {
        let preview = editor.post(&format!("{words}/preview"), &own).await.expect(200);
        preview.body["body"].as_str().expect("a body").to_owned()
    };
    assert_eq!(read().await, reference, "nothing is published");

    // A draft is told to nobody, and what is published at once.
    let written = body("Rules", "No **parties**, {{ name }} & <script>alert(1)</script>.");
    let policy = json!({"property_id": hotel.id, "kind": "policy", "name": "Rules", "locale": "en", "content": written});
    let made = hotel.manager.post(CONTENT, &policy).await.expect(201);
    assert_eq!(read().await, reference, "a draft");
    publish(&hotel.manager, made.id(), "en").await;
    let text = "No parties, {{ name }} & <script>alert(1)</script>.";
    assert_eq!(read().await, format!("{reference}\n{text}"), "as it is written, and filled in no more");
    assert_eq!(tried().await, format!("HBS-7KQ2M9XA\n{text}"));
    let sent = editor.post(&format!("{words}/test"), &own).await.expect(200);
    let mail = app.mail_to(sent.body["to"].as_str().expect("an address")).await.swap_remove(0);
    assert!(mail["text"].as_str().is_some_and(|told| told.contains(text)), "{mail}");
    let html = mail["html"].as_str().expect("HTML");
    assert!(html.contains("No parties") && !html.contains("<script>"), "{html}");

    // In the reader's language, whatever the language of the words.
    let portuguese = json!({"locale": "pt", "content": body("Regras", "Sem festas.")});
    hotel.manager.post(&format!("{CONTENT}/{}/locales", made.id()), &portuguese).await.expect(201);
    publish(&hotel.manager, made.id(), "pt").await;
    assert!(read().await.ends_with(text), "an English reader");
    set(&words.replace("/en", "/pt"), &own).await.expect(200);
    let me = guest.get("/v1/me").await.expect(200);
    guest.patch("/v1/me", me.header("etag"), &json!({"locale": "pt-BR"})).await.expect(200);
    assert_eq!(read().await, format!("{reference}\nSem festas."));

    // Another version holds when it is public; one that is long is cut; one of all hotels is for those that have none.
    save(&hotel.manager, made.id(), "pt", &"palavra ".repeat(1000)).await;
    assert_eq!(read().await, format!("{reference}\nSem festas."));
    publish(&hotel.manager, made.id(), "pt").await;
    let long = read().await;
    assert!(long.ends_with("palavra…") && (1400..1530).contains(&long.chars().count()), "{} characters", long.chars().count());
    published(&app.admin().await, &information(None, "en", "Ask for the shuttle.")).await;
    let info = json!({"title": "{{ hotel }}", "body": "{{ reference }}: {{ hotel_information }}"});
    let preview = editor.post(&format!("{words}/preview"), &info).await.expect(200);
    assert_eq!(preview.body["body"], "HBS-7KQ2M9XA: Ask for the shuttle.");
    for locale in ["en", "pt"] {
        hotel.manager.post(&format!("{}/archive", at(made.id(), locale)), &json!({})).await.expect(200);
    }
    assert_eq!(read().await, reference, "what was withdrawn is told no more");
}
