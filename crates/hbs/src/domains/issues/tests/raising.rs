use super::{ISSUES, found, raise, raised, read, say, texts, wanted};
use crate::support::{Client, HotelSpec, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn guests_raise_issues_for_their_bookings_and_in_general() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let stay = booking.body["stays"][0]["id"].clone();
    let made = raise(&guest, &hotel, json!({"booking_id": booking.id(), "stay_id": stay})).await;
    assert_eq!(made.header("location"), format!("{ISSUES}/{}", made.id()));
    assert_eq!(
        made.body,
        json!({"id": made.id(), "property_id": hotel.id, "status": "open", "category": "room_defect",
               "subject": "The shower is cold", "origin": "guest", "booking_id": booking.id(),
               "reference": booking.body["reference"], "stay_id": stay, "unread": 0, "answered_at": null, "resolved_at": null,
               "closed_at": null, "staff": null, "version": 1, "created_at": "2026-12-01T12:00:00Z",
               "updated_at": "2026-12-01T12:00:00Z"})
    );
    let general = raise(&guest, &hotel, json!({"category": "feedback", "subject": "Thanks"})).await;
    assert_eq!(general.body["booking_id"], Value::Null);
    assert_eq!(found(&guest, "limit=10").await, [general.id(), made.id()], "the newest first");

    // The staff see whose it is, and when it is due: at four hours of service from noon.
    let seen = read(&hotel.manager, made.id()).await.body;
    let expected = json!({"is_internal": false, "priority": "normal", "team": "maintenance", "assignee_id": null,
                          "guest_name": "Ana Sousa", "room_number": "101", "answer_due_at": "2026-12-01T16:00:00Z",
                          "paused_since": null, "room_block": null});
    for (name, value) in expected.as_object().expect("members") {
        assert_eq!(&seen["staff"][name], value, "{name}");
    }
    assert_eq!(seen["unread"], 1);
    assert_eq!(read(&hotel.manager, general.id()).await.body["staff"]["guest_name"], "Test Person");
    assert_eq!(texts(&hotel.manager, made.id()).await, ["Since this morning"]);

    // Of another guest, and of another hotel's staff, it is nobody's business.
    let stranger = app.guest().await;
    stranger.get(&format!("{ISSUES}/{}", made.id())).await.expect(404);
    say(&stranger, made.id(), json!({"text": "Me too"})).await.expect(404);
    assert_eq!(found(&stranger, "limit=10").await, Vec::<String>::new());
    assert_eq!(stranger.post(ISSUES, &wanted(&hotel, &json!({"booking_id": booking.id()}))).await.expect(404).status, 404);
}

#[tokio::test]
async fn guests_by_a_link_raise_issues_for_their_booking() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.anonymous().post("/v1/bookings/guest", &hotel.request("2026-12-10", "2026-12-12")).await.expect(201);
    let token = app.token_for("ana@example.com").await;
    let opened = app.anonymous().post("/v1/bookings/access", &json!({"token": token})).await.expect(200);
    let access = format!("Bearer {}", opened.body["access_token"].as_str().expect("a token"));
    let guest: Client = app.anonymous().with("authorization", access);
    let booking = opened.body["booking"]["id"].as_str().expect("an id");
    let made = raise(&guest, &hotel, json!({})).await;
    assert_eq!(made.body["booking_id"], booking, "theirs, unless they say so");
    say(&hotel.manager, made.id(), json!({"text": "We come"})).await.expect(201);
    assert_eq!(read(&guest, made.id()).await.body["unread"], 1);
    assert_eq!(texts(&guest, made.id()).await, ["Since this morning", "We come"]);
    assert_eq!(found(&guest, "limit=10").await, [made.id()]);
    let other = hotel.book(&app.guest().await, "2026-12-10", "2026-12-12").await;
    guest.post(ISSUES, &wanted(&hotel, &json!({"booking_id": other.id()}))).await.expect(404);

    // An account that makes the booking its own has the issue with it; the link has it no more.
    app.sql(&format!("UPDATE bookings SET user_id = '{}' WHERE id = '{booking}'", hotel.manager.user_id())).await;
    guest.get(&format!("{ISSUES}/{}", made.id())).await.expect(404);
    assert_eq!(found(&guest, "limit=10").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_only_staff_decide_is_refused_to_guests() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (guest, booking, issue) = raised(&app, &hotel).await;
    for (field, value) in [
        ("room_id", json!(hotel.rooms[0])),
        ("priority", json!("urgent")),
        ("team", json!("finance")),
        ("assignee_id", json!(guest.user_id())),
        ("is_internal", json!(true)),
    ] {
        let body = wanted(&hotel, &json!({field: value, "booking_id": booking.id()}));
        assert_eq!(guest.post(ISSUES, &body).await.expect(422).pointers(), [format!("/{field}")]);
    }
    assert_eq!(say(&guest, &issue, json!({"text": "x", "is_note": true})).await.expect(422).pointers(), ["/is_note"]);
    assert_eq!(say(&guest, &issue, json!({"text": "x", "status": "closed"})).await.expect(422).pointers(), ["/status"]);
    guest.patch(&format!("{ISSUES}/{issue}"), "\"1\"", &json!({"status": "closed"})).await.expect(403);
    for field in ["subject", "text"] {
        let body = wanted(&hotel, &json!({field: " ", "booking_id": booking.id()}));
        assert_eq!(guest.post(ISSUES, &body).await.expect(422).pointers(), [format!("/{field}")]);
    }
    let long = wanted(&hotel, &json!({"text": "x".repeat(5001), "booking_id": booking.id()}));
    assert_eq!(guest.post(ISSUES, &long).await.expect(422).pointers(), ["/text"]);
    // Filters by what only staff know find nothing of one's own.
    assert_eq!(found(&guest, "priority=normal").await, Vec::<String>::new());
    assert_eq!(found(&guest, "status=open").await, [issue]);
}

#[tokio::test]
async fn a_guest_has_so_many_open_issues_and_no_more() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    for _ in 0..20 {
        raise(&guest, &hotel, json!({})).await;
    }
    assert_eq!(guest.post(ISSUES, &wanted(&hotel, &json!({}))).await.expect(409).code(), "issue.too_many");
}

#[tokio::test]
async fn staff_raise_issues_for_rooms_and_stays_and_among_themselves() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let booking = guest.post("/v1/bookings", &hotel.request("2026-12-10", "2026-12-12")).await.expect(201);
    let agent = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    let of_room = raise(&agent, &hotel, json!({"room_id": hotel.rooms[1], "assignee_id": agent.user_id()})).await;
    assert_eq!(
        (&of_room.body["staff"]["room_number"], &of_room.body["staff"]["is_internal"], &of_room.body["staff"]["assignee_name"]),
        (&json!("102"), &json!(true), &json!("Test Person"))
    );
    // About a booking, and still not for its guest.
    let among = raise(&agent, &hotel, json!({"booking_id": booking.id(), "subject": "Difficult"})).await;
    guest.get(&format!("{ISSUES}/{}", among.id())).await.expect(404);
    let open = raise(&agent, &hotel, json!({"booking_id": booking.id(), "is_internal": false, "subject": "Your flight"})).await;
    assert_eq!(read(&guest, open.id()).await.body["unread"], 1);
    assert_eq!(found(&guest, "limit=10").await, [open.id()]);
    assert_eq!(open.body["answered_at"], "2026-12-01T12:00:00Z", "the staff have said the first word");

    let refused = async |more: Value| agent.post(ISSUES, &wanted(&hotel, &more)).await.expect(422);
    assert_eq!(refused(json!({"is_internal": false})).await.pointers(), ["/booking_id"]);
    assert_eq!(refused(json!({"room_id": hotel.double})).await.pointers(), ["/room_id"]);
    assert_eq!(refused(json!({"booking_id": hotel.double})).await.pointers(), ["/booking_id"]);
    assert_eq!(refused(json!({"stay_id": booking.body["stays"][0]["id"]})).await.pointers(), ["/stay_id"]);
    assert_eq!(refused(json!({"assignee_id": guest.user_id()})).await.pointers(), ["/assignee_id"]);
    let stay = json!({"booking_id": booking.id(), "stay_id": booking.body["stays"][0]["id"]});
    assert_eq!(raise(&agent, &hotel, stay).await.body["staff"]["room_number"], "101", "the room of the stay");
}

#[tokio::test]
async fn filters_are_saved_for_oneself_or_for_all() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let agent = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    let views = "/v1/issue-views";
    let new = |name: &str, is_shared: bool| json!({"property_id": hotel.id, "name": name, "is_shared": is_shared, "filter": {"team": "maintenance", "q": "shower"}});
    let own = agent.post(views, &new("Água", false)).await.expect(201);
    let shared = agent.post(views, &new("For all", true)).await.expect(201);
    assert_eq!(own.body["filter"]["team"], "maintenance");
    assert_eq!(agent.post(views, &new("AGUA", true)).await.expect(409).code(), "issue_view.name_taken");
    let mut wrong = new("Wrong", false);
    wrong["filter"]["team"] = json!("pirates");
    assert_eq!(agent.post(views, &wrong).await.expect(422).pointers(), ["/filter/team"]);
    let names = async |client: &Client| {
        let list = client.get(&format!("{views}?property_id={}", hotel.id)).await.expect(200).body;
        let shown = list["items"].as_array().expect("a list").iter();
        shown.map(|view| (view["name"].as_str().expect("text").to_owned(), view["is_own"] == true)).collect::<Vec<_>>()
    };
    assert_eq!(names(&agent).await, [("Água".to_owned(), true), ("For all".to_owned(), true)]);
    assert_eq!(names(&hotel.manager).await, [("For all".to_owned(), false)]);
    assert_eq!(agent.get(&format!("{views}/{}", own.id())).await.expect(200).body, own.body);
    hotel.manager.get(&format!("{views}/{}", own.id())).await.expect(404);
    hotel.manager.delete(&format!("{views}/{}", own.id()), "\"1\"").await.expect(404);
    hotel.manager.delete(&format!("{views}/{}", shared.id()), "\"1\"").await.expect(204);
    assert_eq!(names(&agent).await, [("Água".to_owned(), true)]);
}

#[tokio::test]
async fn issues_are_found_by_what_they_are_and_by_what_was_said() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let (_, booking, issue) = raised(&app, &hotel).await;
    let agent = app.staff(&["issues:read", "issues:write"], Some(&hotel.id)).await;
    let urgent = json!({"priority": "urgent", "subject": "Água quente", "category": "noise", "assignee_id": agent.user_id()});
    let urgent = raise(&agent, &hotel, urgent).await.id().to_owned();
    say(&agent, &issue, json!({"text": "A plumber comes at noon"})).await.expect(201);
    let (by_booking, by_person) = (format!("booking_id={}", booking.id()), format!("assignee_id={}", agent.user_id()));
    for (query, expected) in [
        ("is_open=true", vec![&urgent, &issue]),
        ("is_open=false", vec![]),
        ("status=in_progress", vec![&issue]),
        ("category=noise", vec![&urgent]),
        ("priority=urgent", vec![&urgent]),
        ("team=front_desk", vec![&urgent]),
        ("is_unassigned=true", vec![&issue]),
        ("is_unassigned=false", vec![&urgent]),
        ("is_overdue=false", vec![&urgent, &issue]),
        ("is_overdue=true", vec![]),
        ("q=AGUA", vec![&urgent]),
        ("q=plumber%20SHOWER", vec![&issue]),
        ("q=plumber%20agua", vec![]),
        (by_booking.as_str(), vec![&issue]),
        (by_person.as_str(), vec![&urgent]),
    ] {
        assert_eq!(
            found(&agent, &format!("property_id={}&{query}", hotel.id)).await,
            expected.into_iter().cloned().collect::<Vec<_>>(),
            "{query}"
        );
    }
    let counts = agent.get(&format!("{ISSUES}/counts?property_id={}", hotel.id)).await.expect(200).body;
    assert_eq!(
        counts,
        json!({"property_id": hotel.id, "open": 1, "in_progress": 1, "waiting": 0, "resolved": 0, "unassigned": 1, "mine": 1,
               "answer_overdue": 0, "solution_overdue": 0, "teams": {"front_desk": 1, "maintenance": 1}})
    );
}
