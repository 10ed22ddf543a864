mod blocking;
mod canned;
mod caps;
mod files;
mod leaking;
mod letters;
mod merging;
mod raising;
mod requests;
mod targets;
mod telling;
mod working;
mod xss;

pub use requests::requests;

use crate::support::{Client, Hotel, Reply, TestApp};
use serde_json::{Value, json};

const ISSUES: &str = "/v1/issues";

/// An issue of a guest, with what differs from the usual one.
fn wanted(hotel: &Hotel, more: &Value) -> Value {
    let mut issue = json!({"property_id": hotel.id, "category": "room_defect", "subject": "The shower is cold",
                           "text": "Since this morning"});
    for (name, value) in more.as_object().into_iter().flatten() {
        issue[name] = value.clone();
    }
    issue
}

async fn raise(client: &Client, hotel: &Hotel, more: Value) -> Reply {
    client.post(ISSUES, &wanted(hotel, &more)).await.expect(201)
}

/// A guest with an account, their booking, and an issue of that.
async fn raised(app: &TestApp, hotel: &Hotel) -> (Client, Reply, String) {
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let issue = raise(&guest, hotel, json!({"booking_id": booking.id()})).await.id().to_owned();
    (guest, booking, issue)
}

async fn say(client: &Client, issue: &str, body: Value) -> Reply {
    client.post(&format!("{ISSUES}/{issue}/messages"), &body).await
}

async fn read(client: &Client, issue: &str) -> Reply {
    client.get(&format!("{ISSUES}/{issue}")).await.expect(200)
}

/// Moves an issue as somebody who has read it.
async fn change(client: &Client, issue: &str, patch: Value) -> Reply {
    let etag = read(client, issue).await.header("etag").to_owned();
    client.patch(&format!("{ISSUES}/{issue}"), &etag, &patch).await
}

/// Merges an issue into another one.
async fn merge(hotel: &Hotel, issue: &str, into: &str) -> Reply {
    hotel.manager.post(&format!("{ISSUES}/{issue}/merge"), &json!({"issue_id": into})).await
}

/// The texts of the messages that somebody is shown.
async fn texts(client: &Client, issue: &str) -> Vec<String> {
    let messages = client.get(&format!("{ISSUES}/{issue}/messages")).await.expect(200).body;
    let items = messages["items"].as_array().expect("a list").iter();
    items.map(|message| message["text"].as_str().expect("text").to_owned()).collect()
}

/// The ids of the issues that somebody finds.
async fn found(client: &Client, query: &str) -> Vec<String> {
    let list = client.get(&format!("{ISSUES}?{query}")).await.expect(200).body;
    let items = list["items"].as_array().expect("a list").iter();
    items.map(|issue| issue["id"].as_str().expect("an id").to_owned()).collect()
}
