//! What tests of notifications need of the world.
use crate::support::{Client, Hotel, Reply, TestApp};
use hbs::outbox::consumers;
use hbs::outbox::relay;
use hbs::server;
use http::Method;
use serde_json::{Value, json};

pub const NOTIFICATIONS: &str = "/v1/notifications";
pub const PREFERENCES: &str = "/v1/notifications/preferences";
pub const BROADCASTS: &str = "/v1/notification-broadcasts";

/// Lets people be told of every event that there is, and of nothing else.
pub async fn tell(app: &TestApp) {
    let consumer = server::consumers().find(|consumer| consumer.name == "notifications").expect("the consumer");
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
    while consumers::consume_batch(&app.app, consumer).await.expect("a consumer") > 0 {}
    while relay::number_batch(&app.app).await.expect("the relay") > 0 {}
}

/// Sends what is due by now to people, and every mail that comes of it.
pub async fn deliver(app: &TestApp) {
    queue(app).await;
    app.send_mail().await;
}

/// Sends what is due by now to people, but for mails, which are queued.
pub async fn queue(app: &TestApp) {
    work(app).await.expect("the work");
}

/// Sends what can be sent of what is due by now, and every mail that comes of it, where something cannot be sent.
pub async fn deliver_in_part(app: &TestApp) {
    work(app).await.expect_err("a job that says what it could not do");
    app.send_mail().await;
}

async fn work(app: &TestApp) -> hbs::Result<()> {
    let job = server::jobs().iter().find(|job| job.name == "notifications.work").copied().expect("the job");
    (job.run)(app.app.clone()).await
}

/// The notifications of a person.
pub async fn inbox(person: &Client) -> Vec<Value> {
    person.get(NOTIFICATIONS).await.expect(200).body["items"].as_array().expect("a list").clone()
}

/// The titles of a person's notifications, the newest first.
pub async fn titles(person: &Client) -> Vec<String> {
    inbox(person).await.iter().map(|item| item["title"].as_str().expect("a title").to_owned()).collect()
}

pub async fn unread(person: &Client) -> i64 {
    person.get("/v1/notifications/unread-count").await.expect(200).body["unread"].as_i64().expect("a number")
}

/// Tells the owner of a booking that it is confirmed, and returns the id of that.
pub async fn tell_of_booking(app: &TestApp, owner: &Client, booking_id: &str) -> String {
    tell(app).await;
    let all = inbox(owner).await;
    let of_booking = all.iter().find(|item| item["link"]["booking_id"] == booking_id);
    of_booking.unwrap_or_else(|| panic!("nobody told of {booking_id}: {all:?}"))["id"].as_str().expect("an id").to_owned()
}

/// The path by which mails like this one are ended.
pub fn path_to_end(mail: &Value) -> String {
    let address = mail["unsubscribe"].as_str().unwrap_or_else(|| panic!("no address to end it by: {mail}"));
    let (_, path) = address.split_once("/v1/").expect("a path");
    format!("/v1/{path}")
}

/// Presses the button of a mail program that ends mails like this one.
pub async fn end_by(app: &TestApp, mail: &Value) {
    let program = app.anonymous().with("content-type", "application/x-www-form-urlencoded");
    let body = Some("List-Unsubscribe=One-Click".to_owned());
    program.send(Method::POST, &path_to_end(mail), body).await.expect(204);
}

/// Wishes for a kind.
pub async fn wish(person: &Client, wishes: &Value) -> Reply {
    let etag = person.get(PREFERENCES).await.expect(200).header("etag").to_owned();
    person.patch(PREFERENCES, &etag, wishes).await.expect(200)
}

/// A member of the desk who wants to hear of every booking, also by mail.
pub async fn keen_desk(app: &TestApp, hotel: &Hotel) -> Client {
    let desk = app.staff(&["bookings:read", "bookings:write", "rooms:read"], Some(&hotel.id)).await;
    let all = json!({"in_app": true, "email": true});
    wish(&desk, &json!({"kinds": {"booking_created": all, "booking_cancelled": all, "bookings_imported": all}})).await;
    desk
}
