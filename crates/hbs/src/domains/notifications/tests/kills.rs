//! HBS is killed while mails and events go out, and started again: nothing is missing.
use crate::faults::{Installed, eventually};
use crate::support::{HotelSpec, MailServer, TestApp, size};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Mails of a process that may be sent and not yet noted as such: those under way at once, and those being noted.
const UNDER_WAY: usize = 20;
/// Pause between two attempts to reach a process that is away.
const PAUSE: Duration = Duration::from_millis(10);

/// Notifications of one person, each with a mail that is due.
async fn queue(app: &TestApp, user_id: &str, mails: usize) {
    app.sql(&format!(
        "INSERT INTO notifications (user_id, id, kind, reason, dedup_key, entity, entity_id, params, created_at, updated_at)
         SELECT '{user_id}', md5('n' || n)::uuid, 'broadcast', 'broadcast', 'kill:' || n, 'test', md5('n' || n)::uuid,
                jsonb_build_object('subject', 'News ' || n, 'message', 'Text'), now(), now() FROM generate_series(1, {mails}) n;
         INSERT INTO mail_queue (id, kind, address, user_id, params, due_at, created_at, updated_at)
         SELECT md5('m' || n)::uuid, 'notification', email, id, jsonb_build_object('notification_ids', jsonb_build_array(md5('n' || n)::uuid)),
                now(), now(), now() FROM users, generate_series(1, {mails}) n WHERE id = '{user_id}'"
    ))
    .await;
}

/// Follows the stream of a process that comes and goes, for as long as it is asked to, and returns its ids after the first.
async fn follow(
    url: Arc<Mutex<Option<String>>>,
    token: String,
    is_over: Arc<AtomicBool>,
    heard: Arc<AtomicI64>,
) -> (i64, Vec<i64>) {
    let http = crate::faults::http_client();
    let (mut begun, mut last, mut ids) = (None, None::<i64>, Vec::new());
    while !is_over.load(Ordering::Relaxed) {
        let Some(url) = url.lock().expect("not poisoned").clone() else {
            sleep(PAUSE).await;
            continue;
        };
        let mut request = http.get(url).bearer_auth(&token);
        if let Some(last) = last {
            request = request.header("last-event-id", last.to_string());
        }
        let answer = request.send().await.ok().filter(|answer| answer.status() == 200);
        let Some(mut response) = answer else {
            sleep(PAUSE).await;
            continue;
        };
        let mut text = String::new();
        while !is_over.load(Ordering::Relaxed) {
            match timeout(Duration::from_millis(200), response.chunk()).await {
                Err(_) => continue,
                Ok(Ok(Some(piece))) => text.push_str(std::str::from_utf8(&piece).expect("text")),
                Ok(_) => break,
            }
            while let Some(at) = text.find("\n\n") {
                let block: String = text.drain(..at + 2).collect();
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                let id = field("id: ").and_then(|id| id.parse::<i64>().ok()).expect("an id");
                match field("event: ") {
                    Some("ready") => _ = begun.get_or_insert(id),
                    Some("reset") => panic!("nothing is too old here"),
                    Some(_) => ids.push(id),
                    None => {}
                }
                last = Some(id);
                heard.store(id, Ordering::Relaxed);
            }
        }
    }
    (begun.expect("it has begun"), ids)
}

/// T-not-kill: killed again and again while mails and events go out, HBS sends each mail, and a double has the id of the first;
/// every stream has every id, in order and once.
#[tokio::test(flavor = "multi_thread")]
async fn not_kill_no_mail_and_no_event_is_missing() {
    let (mails, kills) = (size(60, 1000), size(3, 50));
    let mut mail_server = MailServer::start(&[]).await;
    let installed = Installed::new().await;
    let app = TestApp::on(installed.config.clone()).await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let desk = app.staff(&["rooms:read"], Some(&hotel.id)).await;
    app.sql("DELETE FROM mail_queue").await;
    queue(&app, desk.user_id(), mails).await;
    let smtp = mail_server.url.clone();
    let more = [("HBS_SMTP_URL", smtp.as_str()), ("HBS_PUBLIC_URL", "https://miramar.example")];

    let (url, is_over) = (Arc::new(Mutex::new(None)), Arc::new(AtomicBool::new(false)));
    let heard: Vec<Arc<AtomicI64>> = (0..size(3, 10)).map(|_| Arc::default()).collect();
    let follow = |heard: &Arc<AtomicI64>| follow(url.clone(), desk.access_token().to_owned(), is_over.clone(), heard.clone());
    let streams: Vec<_> = heard.iter().map(|heard| tokio::spawn(follow(heard))).collect();
    // Read all the time: a mail server that nobody listens to takes no mails.
    let sent: Arc<Mutex<Vec<Value>>> = Arc::default();
    let taken = sent.clone();
    let reader = tokio::spawn(async move {
        loop {
            let mail = mail_server.next().await;
            taken.lock().expect("not poisoned").push(mail);
        }
    });
    let count = || sent.lock().expect("not poisoned").len();
    for round in 0..kills {
        let mut server = installed.serve_with(&more).await;
        *url.lock().expect("not poisoned") = Some(server.url("/v1/notifications/stream"));
        // In the middle of the work: some of this round's mails have come, and not all.
        let wanted = mails * (round + 1) / (kills + 1);
        eventually("some of its mails have come", async || count() >= wanted).await;
        let state = if round % 2 == 0 { "dirty" } else { "clean" };
        for room in &hotel.rooms {
            let path = format!("/v1/rooms/{room}/housekeeping");
            hotel.manager.post(&path, &json!({"housekeeping": state})).await.expect(200);
        }
        server.child.kill().await.expect("killed");
        *url.lock().expect("not poisoned") = None;
        // The claims of the process that is gone run out.
        app.sql("UPDATE mail_queue SET due_at = now() WHERE due_at IS NOT NULL").await;
    }
    let mut server = installed.serve_with(&more).await;
    *url.lock().expect("not poisoned") = Some(server.url("/v1/notifications/stream"));
    eventually("the queue is empty", async || app.number("SELECT count(*) FROM mail_queue").await == 0).await;
    let numbered = "SELECT count(*) FROM outbox WHERE position IS NULL";
    eventually("every event has its place", async || app.number(numbered).await == 0).await;

    // What the queue has let go was taken by the server before: its word is on the way.
    let subjects = || -> BTreeSet<String> {
        let sent = sent.lock().expect("not poisoned");
        sent.iter().map(|mail| mail["headers"]["subject"].to_string()).collect()
    };
    eventually("every mail has come", async || subjects().len() == mails).await;
    reader.abort();
    let sent = std::mem::take(&mut *sent.lock().expect("not poisoned"));
    let mut by_subject: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mail in &sent {
        let header = |name: &str| mail["headers"][name].as_str().expect("a header").to_owned();
        by_subject.entry(header("subject")).or_default().insert(header("message-id"));
    }
    assert_eq!(by_subject.len(), mails, "a mail is missing");
    assert!(by_subject.values().all(|ids| ids.len() == 1), "a double has another id: {by_subject:?}");
    let doubles = sent.len() - mails;
    println!("{mails} mails, {kills} kills: {doubles} doubles");
    assert!(doubles <= kills * UNDER_WAY, "{doubles} doubles after {kills} kills");
    let logged = app.number("SELECT count(*) FROM mail_log WHERE outcome = 'sent'").await;
    assert_eq!(usize::try_from(logged).expect("a number"), mails);

    let rows = "SELECT position FROM outbox WHERE entity IN ('property', 'room', 'room_block', 'room_type') ORDER BY position";
    let table: Vec<i64> = app.rows(rows).await.iter().map(|row| row["position"].as_i64().expect("a number")).collect();
    let last = *table.last().expect("events");
    let has_come = |heard: &Arc<AtomicI64>| heard.load(Ordering::Relaxed) >= last;
    eventually("the streams have come so far", async || heard.iter().all(has_come)).await;
    is_over.store(true, Ordering::Relaxed);
    for stream in streams {
        let (begun, ids) = stream.await.expect("the stream");
        let expected: Vec<i64> = table.iter().copied().filter(|id| *id > begun).collect();
        assert_eq!(ids, expected, "after {begun}");
    }
    server.child.kill().await.expect("killed");
    installed.stack.stop().await.expect("stopped");
}
