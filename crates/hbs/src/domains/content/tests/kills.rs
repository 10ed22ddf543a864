//! HBS is killed on the way of a version to its two stores.
use super::{CONTENT, at, body, page};
use crate::faults::{Installed, NOON, Server, eventually};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, unique};
use chrono::TimeDelta;
use futures_util::TryStreamExt;
use hbs::clock::Clock;
use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const POINTS: [&str; 4] = ["before_document", "after_document", "before_commit", "after_commit"];

/// The ids of all documents.
async fn documents(app: &TestApp) -> BTreeSet<String> {
    let found = app.app.mongo.database().collection::<Document>("content_docs").find(doc! {}).await.expect("a cursor");
    let all: Vec<Document> = found.try_collect().await.expect("documents");
    all.iter().map(|document| document.get_str("_id").expect("an id").to_owned()).collect()
}

/// The ids of all versions.
async fn versions(app: &TestApp) -> BTreeSet<String> {
    let rows = app.rows("SELECT id FROM content_versions").await;
    rows.iter().map(|row| row["id"].as_str().expect("an id").to_owned()).collect()
}

/// Sends a request that nobody waits for, and kills the process when it is at its pause.
async fn kill(installed: &Installed, hotel: &Hotel, point: &str, send: (http::Method, String, Option<String>, Value)) {
    let pauses = || installed.output().matches("paused for good").count();
    let before = pauses();
    let mut server: Server = installed.serve_with(&[("HBS_PAUSE_AT", point)]).await;
    let (method, path, etag, body) = send;
    let mut request = server.http.request(method, server.url(&path)).bearer_auth(hotel.manager.access_token()).json(&body);
    request = request.header("idempotency-key", unique("key"));
    if let Some(etag) = etag {
        request = request.header("if-match", etag);
    }
    let sent = tokio::spawn(async move { drop(request.send().await) });
    eventually("it is at the point", async || pauses() > before).await;
    server.child.kill().await.expect("killed");
    sent.abort();
}

/// T-cms-two: killed at each step between the two stores, no head names a version without its document, what was not committed is
/// not there, and documents without a version are swept.
#[tokio::test(flavor = "multi_thread")]
async fn no_head_is_without_its_version_in_two_stores_however_hbs_is_killed() {
    let installed = Installed::new().await;
    let app = &installed.inside;
    app.set_clock(NOON);
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = hotel.manager.post(CONTENT, &page(&hotel.id, "en", "pool", "First.")).await.expect(201);
    let path = at(made.id(), "en");
    let read = async || -> Reply { hotel.manager.get(&path).await.expect(200) };
    for (place, point) in POINTS.into_iter().enumerate() {
        let before = read().await;
        let (is_written, is_committed) = (place >= 1, place == 3);
        let text = format!("Killed {point}.");
        let version = json!({"content": body("Pool", &text)});
        let (known_documents, known_versions) = (documents(app).await, versions(app).await);
        let etag = before.header("etag").to_owned();
        kill(&installed, &hotel, point, (http::Method::PUT, path.clone(), Some(etag), version)).await;
        let new = page(&hotel.id, "en", &format!("page-{place}"), &text);
        kill(&installed, &hotel, point, (http::Method::POST, CONTENT.to_owned(), None, new)).await;

        let (all_documents, all_versions) = (documents(app).await, versions(app).await);
        assert!(all_versions.is_subset(&all_documents), "{point}: a version without its document");
        let added = (all_documents.len() - known_documents.len(), all_versions.len() - known_versions.len());
        assert_eq!(added, (if is_written { 2 } else { 0 }, if is_committed { 2 } else { 0 }), "{point}");
        let after = read().await;
        if is_committed {
            assert_eq!(after.body["content"]["blocks"][0]["text"]["markdown"], text.as_str());
        } else {
            assert_eq!(after.bytes, before.bytes, "{point}");
        }
        let listed = hotel.manager.get(&format!("{CONTENT}?property_id={}", hotel.id)).await.expect(200).body;
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(if is_committed { 2 } else { 1 }), "{point}");
    }
    // Those that may be about to get their version are left alone.
    let sweep = async |before| hbs::domains::content::sweep(&app.app, before).await.expect("swept");
    assert_eq!(sweep(Clock::real_now() - TimeDelta::days(1)).await, 0);
    assert_eq!(sweep(Clock::real_now() + TimeDelta::minutes(1)).await, 4);
    assert_eq!(documents(app).await, versions(app).await);
    assert_eq!(sweep(Clock::real_now() + TimeDelta::minutes(1)).await, 0);
    assert_eq!(read().await.body["content"]["blocks"][0]["text"]["markdown"], "Killed after_commit.");
    installed.stack.stop().await.expect("stopped");
}
