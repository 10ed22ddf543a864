//! Rules that let documents go while the desk writes some.
use super::Race;
use crate::support::{HotelSpec, Reply, size};
use hbs::domains::retention;
use serde_json::{Value, json};

/// T-pri-race: a document that is written while a rule lets the old one go is there, or was refused: never half of it, and never
/// gone without the desk being told.
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_races_the_rule_is_there_or_was_refused() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let documents = |number: &str| json!({"documents": [{"kind": "passport", "number": number, "country": "PT"}]});
    let mut paths = Vec::new();
    for round in 0..size(6, 60) {
        let guest = json!({"property_id": hotel.id, "full_name": format!("Guest {round}")});
        let guest = hotel.manager.post("/v1/guests", &guest).await.expect(201);
        let path = format!("/v1/guests/{}/documents", guest.id());
        hotel.manager.with("if-match", "\"1\"").put(&path, &documents("CA123456")).await.expect(200);
        paths.push(path);
    }
    race.app.set_clock("2027-03-01T12:00:00Z");
    let rule = async || retention::apply(&race.app.app).await.expect("applied");
    let desk = async || {
        let mut replies: Vec<Reply> = Vec::new();
        for path in &paths {
            replies.push(hotel.manager.with("if-match", "\"2\"").put(path, &documents("CB654321")).await);
        }
        replies
    };
    let (_, mut replies) = tokio::join!(rule(), desk());
    for (path, reply) in paths.iter().zip(&replies) {
        let shown = hotel.manager.get(path).await.expect(200).body;
        let numbers: Vec<&Value> = shown["documents"].as_array().expect("a list").iter().map(|one| &one["number"]).collect();
        match reply.status {
            200 => assert_eq!(numbers, [&json!("•••• 4321")], "{path}"),
            412 => assert!(numbers.is_empty(), "{path}: {numbers:?}"),
            other => panic!("{path}: {other}: {}", reply.body),
        }
    }
    // Those that were written stay, and those that went can be written anew.
    assert_eq!(rule().await, 0);
    for (path, refused) in paths.iter().zip(replies.clone()).filter(|(_, reply)| reply.status == 412) {
        assert_eq!(refused.code(), "request.precondition_failed");
        replies.push(hotel.manager.with("if-match", "\"3\"").put(path, &documents("CB654321")).await.expect(200));
    }
    race.app.set_clock("2026-12-01T12:00:00Z");
    race.end(&replies).await;
}
