use super::{ISSUES, change, raise, read, say};
use crate::support::{Hotel, HotelSpec, Reply, TestApp};
use serde_json::{Value, json};

/// An issue of the staff about the first room.
async fn defect(hotel: &Hotel) -> String {
    raise(&hotel.manager, hotel, json!({"room_id": hotel.rooms[0]})).await.id().to_owned()
}

async fn block(hotel: &Hotel, issue: &str, more: Value) -> Reply {
    let mut body = json!({"kind": "out_of_order", "from": "2026-12-05", "to": "2026-12-10"});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    hotel.manager.post(&format!("{ISSUES}/{issue}/room-block"), &body).await
}

async fn state(hotel: &Hotel, issue: &str) -> Value {
    read(&hotel.manager, issue).await.body["staff"]["room_block"]["state"].clone()
}

async fn capacity(app: &TestApp, hotel: &Hotel, night: &str) -> i64 {
    app.number(&format!("SELECT capacity FROM inventory WHERE room_type_id = '{}' AND night = '{night}'", hotel.double)).await
}

/// T-iss-block: the block of a room ends when its issue is solved, by whichever way.
#[tokio::test]
async fn iss_block_the_room_is_back_on_sale_once_it_is_solved() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for way in ["status", "message", "closed"] {
        let issue = defect(&hotel).await;
        let made = block(&hotel, &issue, json!({})).await.expect(201);
        assert_eq!(
            (&made.body["block"]["reason"], &made.body["block"]["room_number"]),
            (&json!("The shower is cold"), &json!("101"))
        );
        assert_eq!(made.header("location"), format!("/v1/room-blocks/{}", made.body["block"]["id"].as_str().expect("an id")));
        assert_eq!((state(&hotel, &issue).await, capacity(&app, &hotel, "2026-12-06").await), (json!("active"), 1));
        assert_eq!(block(&hotel, &issue, json!({})).await.expect(409).code(), "issue.blocked_already");
        app.assert_consistent().await;
        match way {
            "status" => change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200),
            "message" => say(&hotel.manager, &issue, json!({"text": "Done", "status": "resolved"})).await.expect(201),
            _ => change(&hotel.manager, &issue, json!({"status": "closed"})).await.expect(200),
        };
        assert_eq!((state(&hotel, &issue).await, capacity(&app, &hotel, "2026-12-06").await), (json!("solved"), 2), "{way}");
        app.assert_consistent().await;
        assert_eq!(block(&hotel, &issue, json!({})).await.expect(409).code(), "issue.illegal_move");
    }
    let kinds = app.event_kinds().await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "room_block.released").count(), 3);
    assert_eq!(kinds.iter().filter(|kind| *kind == "issue.room_blocked").count(), 3);
}

/// T-iss-block: where somebody has ended the block by hand, the issue says so, and solving it ends no other block.
#[tokio::test]
async fn iss_block_an_end_by_hand_is_told() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let issue = defect(&hotel).await;
    let made = block(&hotel, &issue, json!({})).await.expect(201);
    let path = made.header("location").to_owned();
    hotel.manager.patch(&path, "\"1\"", &json!({"to": "2026-12-08"})).await.expect(200);
    assert_eq!(read(&hotel.manager, &issue).await.body["staff"]["room_block"]["to"], "2026-12-08", "as it is now");
    hotel.manager.delete(&path, "\"2\"").await.expect(204);
    assert_eq!(state(&hotel, &issue).await, "ended_by_hand");
    let by_hand = json!({"property_id": hotel.id, "room_id": hotel.rooms[0], "kind": "frozen", "reason": "Painting",
                         "from": "2026-12-05", "to": "2026-12-07"});
    hotel.manager.post("/v1/room-blocks", &by_hand).await.expect(201);
    change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200);
    assert_eq!((state(&hotel, &issue).await, capacity(&app, &hotel, "2026-12-06").await), (json!("ended_by_hand"), 1));

    // Reopened, the room can be blocked anew; a block whose nights are past is over.
    change(&hotel.manager, &issue, json!({"status": "open"})).await.expect(200);
    block(&hotel, &issue, json!({"from": "2026-12-07", "to": "2026-12-08"})).await.expect(201);
    app.set_clock("2026-12-08T12:00:00Z");
    assert_eq!(state(&hotel, &issue).await, "over");
    change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200);
    assert_eq!(state(&hotel, &issue).await, "over");
    app.assert_consistent().await;
}

/// T-iss-block: a room that is sold is blocked by force only, which asks for its own permission.
#[tokio::test]
async fn iss_block_a_sold_room_needs_the_override() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    hotel.manager.post("/v1/bookings", &hotel.request_for(0, "2026-12-06", "2026-12-08")).await.expect(201);
    let issue = defect(&hotel).await;
    let refused = block(&hotel, &issue, json!({})).await.expect(409);
    assert_eq!(refused.code(), "room_blocks.no_capacity");
    assert_eq!(state(&hotel, &issue).await, Value::Null);
    let path = format!("{ISSUES}/{issue}/room-block");
    let forced =
        json!({"kind": "out_of_order", "from": "2026-12-05", "to": "2026-12-10", "force": true, "force_reason": "Water"});
    for (permissions, permission) in [
        (&["issues:read", "issues:write"][..], "room_blocks:write"),
        (&["issues:read", "issues:write", "room_blocks:write"], "inventory:override"),
    ] {
        let agent = app.staff(permissions, Some(&hotel.id)).await;
        assert_eq!(agent.post(&path, &forced).await.expect(403).body["permission"], permission);
    }
    let made = hotel.manager.post(&path, &forced).await.expect(201);
    assert_eq!(made.body["block"]["unassigned"].as_array().map(Vec::len), Some(1), "{}", made.body);
    app.assert_consistent().await;
    change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200);
    app.assert_consistent().await;

    // What is wrong with the request points to where it is.
    let issue = defect(&hotel).await;
    assert_eq!(block(&hotel, &issue, json!({"from": "2026-11-30"})).await.expect(422).pointers(), ["/from"]);
    assert_eq!(block(&hotel, &issue, json!({"kind": "external"})).await.expect(422).pointers(), ["/kind"]);
    let without = raise(&hotel.manager, &hotel, json!({})).await.id().to_owned();
    assert_eq!(block(&hotel, &without, json!({})).await.expect(409).code(), "issue.no_room");
    let stale = hotel.manager.with("if-match", "\"7\"").post(&format!("{ISSUES}/{issue}/room-block"), &forced).await.expect(412);
    assert_eq!(stale.code(), "request.precondition_failed");
    assert_eq!(state(&hotel, &issue).await, Value::Null, "nothing was half done");
    assert_eq!(app.number("SELECT count(*) FROM room_blocks WHERE NOT is_deleted").await, 0);
    app.assert_consistent().await;
}
