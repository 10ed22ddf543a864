//! Whoever is erased is looked for in every store, in what left the house, and in archives from before and after.
use super::erasing::{erase_me, unlisted};
use super::export::png;
use super::{Known, WORDS, guest_with_everything};
use crate::backups::{empty_stores, path_of};
use crate::support::{HotelSpec, Log, TestApp, stack};
use crate::webhooks::receiver::Receiver;
use hbs::config::Config;
use hbs::domains::backups::{self, Backup, Trust};
use hbs::domains::{audit, webhooks};
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;

/// Sets a picture of hers, sends one with her issue, and one with her review.
async fn add_pictures(known: &Known) {
    let Known { client, issue, review, .. } = known;
    let picture = async |method: Method, path: &str| client.upload(method, path, "image/png", &png()).await;
    let etag = client.get("/v1/me").await.expect(200).header("etag").to_owned();
    client.with("if-match", etag).upload(Method::PUT, "/v1/me/avatar", "image/png", &png()).await.expect(200);
    let messages = client.get(&format!("/v1/issues/{issue}/messages")).await.expect(200).body;
    let message = messages["items"][0]["id"].as_str().expect("an id");
    let attachments = format!("/v1/issues/{issue}/messages/{message}/attachments?name=shower.png");
    picture(Method::POST, &attachments).await.expect(201);
    picture(Method::POST, &format!("/v1/reviews/{review}/photos")).await.expect(201);
}

/// Lets everybody have all that there is to tell by now.
async fn tell_everybody(app: &TestApp) {
    app.consume().await;
    app.deliver().await;
    app.send_mail().await;
    while webhooks::deliver_due(&app.app).await.expect("served") > 0 {}
}

/// The places beside PostgreSQL in which she is found.
async fn found_beside(app: &TestApp) -> BTreeSet<String> {
    let parts = app.beside_postgresql().await;
    for collection in ["MongoDB: audit_logs", "MongoDB: booking_logs"] {
        assert!(parts.iter().any(|(place, _)| place == collection), "{collection} is searched");
    }
    let has = |content: &[u8], word: &str| content.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()));
    parts.into_iter().filter(|(_, content)| WORDS.iter().any(|word| has(content, word))).map(|(place, _)| place).collect()
}

async fn restored(app: &TestApp, backup: &Backup) -> TestApp {
    let empty = empty_stores(stack().await, &app.app.config).await;
    let restored = TestApp::on_nothing(empty).await;
    backups::restore(&restored.app, &path_of(&app.app.config, backup), Trust::Anybody, &|_| {}).await.expect("restored");
    restored
}

async fn assert_intact(app: &TestApp) {
    let chains = audit::verify_all(&app.app, |_| {}).await.expect("verified");
    assert!(chains.len() > 1, "{} chains", chains.len());
    for chain in chains {
        assert_eq!(chain.first_broken_seq, None, "{}", chain.stream_id);
    }
}

/// T-pri-grep, T-pri-chain and T-bak-erase: after an erasure nothing of the person is in PostgreSQL but what the answer lists, and
/// nothing at all in MongoDB, Redis, files, the log and what receivers of webhooks were sent. A backup that is made afterwards has as
/// little, and one from before has lost her when it leaves quarantine.
#[tokio::test]
async fn of_who_is_erased_nothing_is_in_any_store_and_nothing_comes_back_with_a_backup() {
    let log = Log::default();
    let listening = log.listen(tracing::Level::DEBUG);
    let own = TestApp::with_own_person_keys().await;
    let mut config = Config { outgoing_unguarded: true, access_log: true, ..own.app.config.clone() };
    // Archives of one day are all kept.
    (config.backup_keep_daily, config.backup_keep_weekly, config.backup_keep_monthly) = (0, 0, 0);
    let app = TestApp::on(config).await;
    app.app.person_keys.fill().await.expect("keys");
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let receiver = Receiver::start().await;
    let hook = json!({"property_id": hotel.id, "url": receiver.url("all"), "kinds": []});
    hotel.manager.post("/v1/webhooks", &hook).await.expect(201);
    let others: BTreeSet<String> = app.file_names().await.into_iter().collect();
    let known = guest_with_everything(&app, &hotel).await;
    let invoices: BTreeSet<String> = app.file_names().await.into_iter().collect();
    add_pictures(&known).await;
    tell_everybody(&app).await;
    app.keep_in_step(&known.client).await;
    let found = found_beside(&app).await;
    assert!(found.iter().any(|place| place.contains("session:")), "her session names her: {found:?}");
    let hers = app.file_names().await.into_iter().filter(|name| !invoices.contains(name)).count();
    assert!(hers >= 3, "avatar, attachment and photo: {hers}");
    assert!(!unlisted(&app).await.is_empty(), "there is something to find");
    assert_intact(&app).await;
    let older = backups::back_up(&app.app, &|_| {}).await.expect("a backup");

    erase_me(&known.client, false).await.expect(200);
    tell_everybody(&app).await;
    app.move_clock("2026-12-02T13:00:00Z").await;
    tell_everybody(&app).await;
    let nothing = (Vec::<String>::new(), BTreeSet::<String>::new());
    assert_eq!((unlisted(&app).await, found_beside(&app).await), nothing);
    let left: BTreeSet<String> = app.file_names().await.into_iter().collect();
    assert!(left.is_superset(&others) && left.is_subset(&invoices), "files of hers: {:?}", left.difference(&invoices));
    assert_intact(&app).await;
    let told = receiver.take();
    assert!(told.len() > 10, "{} messages", told.len());
    for message in &told {
        assert!(!WORDS.iter().any(|word| message.text.contains(word)), "{}", message.text);
    }

    let newer = restored(&app, &backups::back_up(&app.app, &|_| {}).await.expect("a backup")).await;
    assert_eq!((unlisted(&newer).await, found_beside(&newer).await), nothing, "in a backup from afterwards");

    let back = restored(&app, &older).await;
    assert!(!unlisted(&back).await.is_empty(), "she is back");
    assert_eq!(backups::resume(&back.app).await.expect("resumed").erasures, 1);
    assert_eq!((unlisted(&back).await, found_beside(&back).await), nothing, "in a backup from before");
    assert!(back.file_names().await.iter().all(|name| invoices.contains(name)), "her pictures are gone again");
    back.deliver().await;
    assert_intact(&back).await;

    drop(listening);
    // Where there is no mail server, what would have been sent is shown in the log, to whoever develops.
    let log = log.text();
    let lines: Vec<&str> = log.lines().filter(|line| !line.contains("a mail that would have been sent")).collect();
    assert!(lines.len() > 50, "{log}");
    let told: Vec<&&str> = lines.iter().filter(|line| WORDS.iter().any(|word| line.contains(word))).collect();
    assert!(told.is_empty(), "{told:?}");
}
