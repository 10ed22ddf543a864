//! Who is told in HBS of what is said in issues.
use super::{ISSUES, change, raise, raised, say};
use crate::support::{Client, HotelSpec, TestApp};
use serde_json::{Value, json};

/// The notifications of a kind that somebody has: how many things each tells of, the newest first.
async fn told(app: &TestApp, client: &Client, kind: &str) -> Vec<Value> {
    app.consume().await;
    let list = client.get(&format!("/v1/notifications?kind={kind}")).await.expect(200).body;
    list["items"].as_array().expect("a list").iter().map(|one| one["count"].clone()).collect()
}

#[tokio::test]
async fn replies_reach_who_sees_to_the_issue() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let agent = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    let colleague = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    let reader = app.staff(&["issues:read"], Some(&hotel.id)).await;
    let (guest, _, issue) = raised(&app, &hotel).await;
    let none: [Value; 0] = [];
    assert_eq!(told(&app, &agent, "issue_replied").await, none, "it is new, which is told by itself");
    say(&guest, &issue, json!({"text": "Are you coming?"})).await.expect(201);
    assert_eq!(told(&app, &agent, "issue_replied").await, [json!(1)], "nobody sees to it");
    assert_eq!(told(&app, &colleague, "issue_replied").await, [json!(1)]);
    assert_eq!(told(&app, &reader, "issue_replied").await, none, "who can do nothing about it");

    change(&hotel.manager, &issue, json!({"assignee_id": agent.user_id()})).await.expect(200);
    assert_eq!(told(&app, &agent, "issue_assigned").await, [json!(1)]);
    assert_eq!(told(&app, &colleague, "issue_assigned").await, none);
    for status in ["in_progress", "closed"] {
        change(&hotel.manager, &issue, json!({"status": status})).await.expect(200);
        say(&guest, &issue, json!({"text": "Still cold"})).await.expect(201);
    }
    assert_eq!(told(&app, &agent, "issue_replied").await, [json!(3)], "several are one until they are read");
    assert_eq!(told(&app, &colleague, "issue_replied").await, [json!(1)], "it is the agent's");

    // Whoever takes an issue knows that they have.
    change(&colleague, &issue, json!({"assignee_id": colleague.user_id()})).await.expect(200);
    assert_eq!(told(&app, &colleague, "issue_assigned").await, none);
    // Whoever may not see to issues any more is not waited for.
    app.sql(&format!("DELETE FROM role_assignments WHERE user_id = '{}'", colleague.user_id())).await;
    say(&guest, &issue, json!({"text": "Nobody?"})).await.expect(201);
    assert_eq!(told(&app, &agent, "issue_replied").await, [json!(4)]);
    let at_once = raise(&hotel.manager, &hotel, json!({"assignee_id": agent.user_id()})).await;
    assert_eq!(at_once.body["staff"]["assignee_id"], agent.user_id());
    assert_eq!(told(&app, &agent, "issue_assigned").await, [json!(2)]);
}

#[tokio::test]
async fn guests_are_told_of_issues_of_their_bookings_whoever_raised_them() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    // An issue that was raised by the link of a booking is told to the account that has the booking by now.
    app.anonymous().post("/v1/bookings/guest", &hotel.request("2026-12-14", "2026-12-16")).await.expect(201);
    let token = app.token_for("ana@example.com").await;
    let opened = app.anonymous().post("/v1/bookings/access", &json!({"token": token})).await.expect(200);
    let access = format!("Bearer {}", opened.body["access_token"].as_str().expect("a token"));
    let by_link = raise(&app.anonymous().with("authorization", access), &hotel, json!({})).await;
    let booking = opened.body["booking"]["id"].as_str().expect("an id");
    let claimer = app.guest().await;
    app.sql(&format!("UPDATE bookings SET user_id = '{}' WHERE id = '{booking}'", claimer.user_id())).await;
    say(&hotel.manager, by_link.id(), json!({"text": "We come"})).await.expect(201);
    assert_eq!(told(&app, &claimer, "my_issue_answered").await, [json!(1)]);
    assert_eq!(claimer.get(&format!("{ISSUES}/{}", by_link.id())).await.expect(200).body["status"], "in_progress");

    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let none: [Value; 0] = [];
    // Among the staff, nobody else is told, whatever is said.
    let among = raise(&hotel.manager, &hotel, json!({"booking_id": booking.id()})).await;
    say(&hotel.manager, among.id(), json!({"text": "Difficult"})).await.expect(201);
    change(&hotel.manager, among.id(), json!({"status": "resolved"})).await.expect(200);
    assert_eq!(told(&app, &guest, "my_issue_answered").await, none);
    let open = raise(&hotel.manager, &hotel, json!({"booking_id": booking.id(), "is_internal": false})).await;
    assert_eq!(told(&app, &guest, "my_issue_answered").await, [json!(1)], "the hotel has the first word");
    say(&hotel.manager, open.id(), json!({"text": "Your hat is here"})).await.expect(201);
    assert_eq!(told(&app, &guest, "my_issue_answered").await, [json!(1), json!(1)]);
    assert_eq!(told(&app, &claimer, "my_issue_answered").await, [json!(1)], "it is not theirs");
}
