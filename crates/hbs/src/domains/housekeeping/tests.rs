use crate::every_route::{Call, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act};
use serde_json::{Value, json};

const TASKS: &str = "/v1/housekeeping/tasks";

/// Four doubles on two floors, all dirty.
async fn dirty_house(app: &TestApp) -> Hotel {
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    app.sql("UPDATE rooms SET floor = CASE WHEN number < '103' THEN '1' ELSE '2' END, housekeeping = 'dirty'").await;
    hotel
}

async fn attendant(app: &TestApp, hotel: &Hotel) -> Client {
    app.staff(&["rooms:read", "housekeeping:write"], Some(&hotel.id)).await
}

fn plan_of(hotel: &Hotel, attendants: &[&Client]) -> Value {
    let attendants: Vec<Value> = attendants.iter().map(|one| json!({"attendant_id": one.user_id()})).collect();
    json!({"property_id": hotel.id, "attendants": attendants})
}

async fn plan(hotel: &Hotel, attendants: &[&Client]) -> Value {
    hotel.manager.post("/v1/housekeeping/plan", &plan_of(hotel, attendants)).await.expect(200).body
}

/// The rooms of a day's tasks, in their order: all or one attendant's.
fn rooms(day: &Value, attendant: Option<&Client>) -> Vec<String> {
    let tasks = day["tasks"].as_array().expect("tasks").iter();
    let own = tasks.filter(|task| attendant.is_none_or(|one| task["attendant_id"] == one.user_id()));
    own.map(|task| task["room_number"].as_str().expect("a number").to_owned()).collect()
}

fn task<'a>(day: &'a Value, room: &str) -> &'a Value {
    day["tasks"].as_array().expect("tasks").iter().find(|task| task["room_number"] == room).expect("a task")
}

fn id(task: &Value) -> &str {
    task["id"].as_str().expect("an id")
}

async fn deed(client: &Client, task: &Value, action: &str) -> Reply {
    client.post(&format!("{TASKS}/{}/{action}", id(task)), &json!({})).await
}

async fn state_of(hotel: &Hotel, room: usize) -> Value {
    hotel.manager.get(&format!("/v1/rooms/{}", hotel.rooms[room])).await.expect(200).body["housekeeping"].clone()
}

#[tokio::test]
async fn a_day_is_a_list_that_is_printed() {
    let app = TestApp::new().await;
    let hotel = dirty_house(&app).await;
    let one = attendant(&app, &hotel).await;
    let day = plan(&hotel, &[&one]).await;
    let noted = hotel.manager.patch(&format!("{TASKS}/{}", id(task(&day, "101"))), "\"1\"", &json!({"notes": "=Cot"})).await;
    noted.expect(200);
    let list = async |client: &Client, query: &str| {
        client.get(&format!("{TASKS}?property_id={}&format={query}", hotel.id)).await.expect(200)
    };
    let csv = list(&hotel.manager, "csv").await;
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"housekeeping-2026-12-01.csv\"");
    let lines: Vec<&str> = csv.body.as_str().expect("a text").lines().collect();
    assert_eq!(lines.len(), 1 + 4, "{lines:?}");
    assert!(lines[1].starts_with("101,Test Person,1,departure,open,'=Cot,no,no,"), "{lines:?}");
    assert!(lines[1].ends_with(",1,dirty,vacant,30"), "{lines:?}");
    let floor = list(&one, "csv&mine=true&floor=2").await;
    assert_eq!(floor.body.as_str().map(|text| text.lines().count()), Some(1 + 2));
    let printed = list(&hotel.manager, "pdf").await;
    assert!(printed.bytes.starts_with(b"%PDF-1.7") && String::from_utf8_lossy(&printed.bytes).contains("Test Hotel"));
    assert!(list(&hotel.manager, "xlsx").await.bytes.starts_with(b"PK"));
}

#[tokio::test]
async fn a_day_is_planned_worked_on_and_inspected() {
    let app = TestApp::new().await;
    let hotel = dirty_house(&app).await;
    let (one, other) = (attendant(&app, &hotel).await, attendant(&app, &hotel).await);
    let day = plan(&hotel, &[&one, &other]).await;
    assert_eq!(day["date"], "2026-12-01");
    assert_eq!(
        (rooms(&day, Some(&one)), rooms(&day, Some(&other))),
        (vec!["101".into(), "102".into()], vec!["103".into(), "104".into()])
    );
    let own = day["attendants"].as_array().expect("attendants").iter().find(|day| day["attendant_id"] == one.user_id());
    let own = own.expect("an attendant");
    assert_eq!((&own["tasks"], &own["credits"], &own["credits_done"]), (&json!(2), &json!(60), &json!(0)));
    let first = task(&day, "101");
    let expected = json!({"service": "departure", "credits": 30, "status": "open", "place": 1, "occupancy": "vacant",
                          "is_arriving": false, "housekeeping": "dirty", "floor": "1", "version": 1});
    for (name, value) in expected.as_object().expect("members") {
        assert_eq!(&first[name], value, "{name}");
    }

    let started = deed(&one, first, "start").await.expect(200);
    assert_eq!((&started.body["status"], started.header("etag")), (&json!("started"), "\"2\""));
    assert_eq!(started.body["started_at"], "2026-12-01T12:00:00Z");
    assert_eq!(state_of(&hotel, 0).await, "in_progress");
    assert_eq!(deed(&one, first, "start").await.expect(200).header("etag"), "\"2\"", "it is started already");
    assert_eq!(deed(&hotel.manager, first, "inspect").await.expect(409).code(), "housekeeping.wrong_status");
    let finished = deed(&one, first, "finish").await.expect(200);
    assert_eq!((&finished.body["housekeeping"], &finished.body["finished_by"]), (&json!("clean"), &json!(one.user_id())));
    assert_eq!(state_of(&hotel, 0).await, "clean");

    let both = app.staff(&["housekeeping:write", "housekeeping:plan"], Some(&hotel.id)).await;
    deed(&both, task(&day, "103"), "finish").await.expect(200);
    assert_eq!(deed(&both, task(&day, "103"), "inspect").await.expect(409).code(), "housekeeping.own_work");
    assert_eq!(deed(&both, first, "inspect").await.expect(200).body["inspected_by"], both.user_id());
    assert_eq!(state_of(&hotel, 0).await, "inspected");
    let again = deed(&both, first, "reopen").await.expect(200);
    assert_eq!(
        (&again.body["status"], &again.body["finished_at"], &again.body["inspected_at"]),
        (&json!("open"), &Value::Null, &Value::Null)
    );
    assert_eq!(state_of(&hotel, 0).await, "dirty");

    let skip = format!("{TASKS}/{}/skip", id(task(&day, "104")));
    assert_eq!(other.post(&skip, &json!({})).await.expect(422).pointers(), ["/reason"]);
    let skipped = other.post(&skip, &json!({"reason": "do_not_disturb"})).await.expect(200);
    assert_eq!((&skipped.body["skip_reason"], &skipped.body["housekeeping"]), (&json!("do_not_disturb"), &json!("dirty")));
    let kinds = app.event_kinds().await;
    for kind in ["created", "started", "finished", "inspected", "reopened", "skipped"] {
        assert!(kinds.contains(&format!("housekeeping_task.{kind}")), "{kind} is not on the record: {kinds:?}");
    }
    // What is of yesterday is not worked on.
    app.set_clock("2026-12-02T12:00:00Z");
    assert_eq!(deed(&one, first, "start").await.expect(409).code(), "housekeeping.not_today");
}

#[tokio::test]
async fn who_set_a_room_to_its_state_and_when_is_told() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    app.set_clock("2026-12-02T09:00:00Z");
    act(&hotel.manager, &booking, "check-out").await.expect(200);
    let maid = attendant(&app, &hotel).await;
    let room = format!("/v1/rooms/{}/housekeeping", hotel.rooms[0]);
    maid.post(&room, &json!({"state": "clean"})).await.expect(200);
    maid.post(&room, &json!({"state": "clean"})).await.expect(200);

    let path = format!("/v1/housekeeping/changes?property_id={}", hotel.id);
    let list = maid.get(&path).await.expect(200).body;
    let told: Vec<_> = list["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|change| json!([change["room_number"], change["before"], change["after"], change["actor_id"], change["changed_at"]]))
        .collect();
    let (maid_id, manager_id) = (maid.user_id(), hotel.manager.user_id());
    assert_eq!(
        told,
        [
            json!(["101", "dirty", "clean", maid_id, "2026-12-02T09:00:00Z"]),
            json!(["101", "clean", "dirty", manager_id, "2026-12-02T09:00:00Z"]),
        ],
        "the newest first, and nothing where nothing changes"
    );
    assert_eq!((&list["items"][0]["actor_kind"], list["items"][0]["actor_name"].is_string()), (&json!("user"), true));
    let other = maid.get(&format!("{path}&room_id={}", hotel.rooms[1])).await.expect(200);
    assert_eq!(other.body["items"], json!([]));
    let page = maid.get(&format!("{path}&limit=1")).await.expect(200);
    let next = maid.get(&format!("{path}&cursor={}", page.body["next_cursor"].as_str().expect("more"))).await.expect(200);
    assert_eq!((&next.body["items"][0], &next.body["next_cursor"]), (&list["items"][1], &Value::Null));
}

#[tokio::test]
async fn attendants_see_their_own_rooms_and_no_guests() {
    let app = TestApp::new().await;
    let hotel = dirty_house(&app).await;
    let booking = hotel.manager.post("/v1/bookings", &hotel.request_for(3, "2026-12-01", "2026-12-03")).await.expect(201);
    let (one, other) = (attendant(&app, &hotel).await, attendant(&app, &hotel).await);
    plan(&hotel, &[&one, &other]).await;
    let path = format!("{TASKS}?property_id={}", hotel.id);
    let own = other.get(&format!("{path}&mine=true")).await.expect(200).body;
    assert_eq!(rooms(&own, None), ["104", "103"], "guests come into 104");
    assert_eq!(task(&own, "104")["is_arriving"], true);
    assert_eq!(own["attendants"].as_array().map(Vec::len), Some(2), "whatever is shown");
    let text = own.to_string();
    assert!(!text.contains("Ana") && !text.contains(booking.id()) && !text.contains("HBS-"), "it names nobody: {text}");
    let by_filter = async |filter: &str| rooms(&one.get(&format!("{path}&{filter}")).await.expect(200).body, None);
    assert_eq!(by_filter("floor=1").await, ["101", "102"]);
    assert_eq!(by_filter("status=skipped").await, Vec::<String>::new());
    assert_eq!(by_filter(&format!("attendant_id={}", other.user_id())).await, ["104", "103"]);
    assert_eq!(by_filter("date=2026-12-02").await, Vec::<String>::new());
    one.get(&format!("{path}&status=asleep")).await.expect(422);
    // Whoever only makes up rooms does not plan them.
    assert_eq!(
        one.post("/v1/housekeeping/plan", &plan_of(&hotel, &[])).await.expect(403).body["permission"],
        "housekeeping:plan"
    );
}

#[tokio::test]
async fn a_plan_follows_who_stays_and_who_leaves() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let mut inside = Vec::new();
    for (room, to) in [(0, "2026-12-02"), (1, "2026-12-04")] {
        let booking = hotel.manager.post("/v1/bookings", &hotel.request_for(room, "2026-12-01", to)).await.expect(201);
        act(&hotel.manager, &booking, "check-in").await.expect(200);
        inside.push(booking);
    }
    let block = json!({"property_id": hotel.id, "room_id": hotel.rooms[3], "kind": "out_of_order", "reason": "paint",
                       "from": "2026-12-02", "to": "2026-12-03"});
    hotel.manager.post("/v1/room-blocks", &block).await.expect(201);
    let maid = attendant(&app, &hotel).await;
    let ahead = {
        let mut ahead = plan_of(&hotel, &[&maid]);
        ahead["date"] = json!("2026-12-02");
        hotel.manager.post("/v1/housekeeping/plan", &ahead).await.expect(200).body
    };
    let services = |day: &Value| -> Vec<Value> {
        let tasks = day["tasks"].as_array().expect("tasks").iter();
        tasks.map(|task| json!([task["room_number"], task["service"], task["credits"], task["status"]])).collect()
    };
    let expected = [json!(["101", "departure", 30, "open"]), json!(["102", "stay_over", 20, "open"])];
    assert_eq!(services(&ahead), expected);

    app.set_clock("2026-12-02T12:00:00Z");
    app.sql("UPDATE rooms SET housekeeping = 'dirty' WHERE number IN ('103', '104')").await;
    let today = plan(&hotel, &[&maid]).await;
    let with_103 = [expected[0].clone(), expected[1].clone(), json!(["103", "departure", 30, "open"])];
    assert_eq!(services(&today), with_103, "104 is out of order");
    assert_eq!(services(&plan(&hotel, &[&maid]).await), with_103, "planned again");
    deed(&maid, task(&today, "102"), "finish").await.expect(200);
    // Who was to stay leaves, and 103 has been made up by somebody else.
    act(&hotel.manager, &inside[1], "check-out").await.expect(200);
    hotel.manager.post(&format!("/v1/rooms/{}/housekeeping", hotel.rooms[2]), &json!({"state": "clean"})).await.expect(200);
    let later = plan(&hotel, &[&maid]).await;
    assert_eq!(services(&later), [expected[0].clone(), json!(["102", "departure", 30, "open"])]);
    for (date, finding) in [("2026-12-01", "is in the past"), ("2026-12-10", "is more than 7 days ahead")] {
        let mut wrong = plan_of(&hotel, &[]);
        wrong["date"] = json!(date);
        let refused = hotel.manager.post("/v1/housekeeping/plan", &wrong).await.expect(422);
        assert_eq!(refused.pointers(), ["/date"]);
        assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains(finding)), "{}", refused.body);
    }
}

#[tokio::test]
async fn rooms_are_given_by_hand_too() {
    let app = TestApp::new().await;
    let hotel = dirty_house(&app).await;
    let (one, other, guest) = (attendant(&app, &hotel).await, attendant(&app, &hotel).await, app.guest().await);
    let attendants = hotel.manager.get(&format!("/v1/housekeeping/attendants?property_id={}", hotel.id)).await.expect(200).body;
    let ids: Vec<&Value> = attendants["attendants"].as_array().expect("a list").iter().map(|one| &one["attendant_id"]).collect();
    assert!(ids.contains(&&json!(one.user_id())) && !ids.contains(&&json!(guest.user_id())), "{attendants}");
    let wrong = hotel.manager.post("/v1/housekeeping/plan", &plan_of(&hotel, &[&one, &guest, &one])).await.expect(422);
    assert_eq!(wrong.pointers(), ["/attendants/1/attendant_id", "/attendants/2/attendant_id"]);

    let day = plan(&hotel, &[&one]).await;
    assert_eq!(rooms(&day, Some(&one)).len(), 4);
    let task_ids = [id(task(&day, "104")), id(task(&day, "101"))];
    let give = json!({"property_id": hotel.id, "attendant_id": other.user_id(), "task_ids": task_ids});
    let given = hotel.manager.post(&format!("{TASKS}/assign"), &give).await.expect(200);
    assert_eq!(rooms(&json!({"tasks": given.body["items"]}), None), ["104", "101"], "in the order in which they are named");
    let events = app.number("SELECT count(*) FROM outbox").await;
    assert_eq!(hotel.manager.post(&format!("{TASKS}/assign"), &give).await.expect(200).body, given.body);
    assert_eq!(app.number("SELECT count(*) FROM outbox").await, events, "they are theirs already");
    for (task_ids, pointer) in [(json!([task_ids[0], task_ids[0]]), "/task_ids/1"), (json!([one.user_id()]), "/task_ids/0")] {
        let wrong = json!({"property_id": hotel.id, "attendant_id": other.user_id(), "task_ids": task_ids});
        assert_eq!(hotel.manager.post(&format!("{TASKS}/assign"), &wrong).await.expect(422).pointers(), [pointer]);
    }

    // A room that is needed at once comes first, with what is to be minded.
    let path = format!("{TASKS}/{}", id(task(&day, "103")));
    let change = json!({"attendant_id": other.user_id(), "is_rush": true, "changes_linen": true, "has_turn_down": true,
                        "credits": 45,
                        "notes": "Cot for a baby"});
    let changed = hotel.manager.patch(&path, "\"1\"", &change).await.expect(200);
    for (name, value) in change.as_object().expect("members") {
        assert_eq!(&changed.body[name], value, "{name}");
    }
    assert_eq!(changed.body["place"], 3);
    let nobody = hotel.manager.patch(&path, changed.header("etag"), &json!({"attendant_id": guest.user_id()})).await.expect(422);
    assert_eq!(nobody.pointers(), ["/attendant_id"]);
    let seen = other.get(&format!("{TASKS}?property_id={}&mine=true", hotel.id)).await.expect(200).body;
    assert_eq!(rooms(&seen, None), ["103", "104", "101"]);
    let own = seen["attendants"].as_array().expect("attendants").iter().find(|day| day["attendant_id"] == other.user_id());
    assert_eq!(own.expect("an attendant")["credits"], 105);

    // What is left is shared anew only if that is asked for, and what has been begun stays.
    deed(&one, task(&day, "102"), "start").await.expect(200);
    let part_time = json!({"attendant_id": other.user_id(), "max_credits": 60});
    let anew = json!({"property_id": hotel.id, "attendants": [part_time], "redistribute": true});
    let anew = hotel.manager.post("/v1/housekeeping/plan", &anew).await.expect(200).body;
    assert_eq!(rooms(&anew, Some(&one)), ["102"]);
    let others = rooms(&anew, Some(&other));
    assert_eq!(others.len(), 2, "two of 30 credits, but not the one of 45: {others:?}");
    assert!(!others.contains(&"103".to_owned()), "{others:?}");
    assert_eq!((&task(&anew, "103")["attendant_id"], &task(&anew, "103")["place"]), (&Value::Null, &json!(0)));
}

#[tokio::test]
async fn many_tasks_are_done_at_once() {
    let app = TestApp::new().await;
    let hotel = dirty_house(&app).await;
    let maid = attendant(&app, &hotel).await;
    let day = plan(&hotel, &[]).await;
    let ids: Vec<&str> = ["101", "102", "103", "104"].iter().map(|room| id(task(&day, room))).collect();
    let many = async |client: &Client, action: &str, ids: &[&str]| {
        client.post(&format!("{TASKS}/act"), &json!({"property_id": hotel.id, "action": action, "task_ids": ids})).await
    };
    deed(&hotel.manager, task(&day, "102"), "finish").await.expect(200);
    let absent = uuid::Uuid::now_v7().to_string();
    let done = many(&maid, "finish", &[ids[0], ids[1], &absent, ids[2]]).await.expect(200);
    let results = done.body["results"].as_array().expect("results");
    let told: Vec<_> = results.iter().map(|one| (one["task"]["status"].clone(), one["code"].clone())).collect();
    let finished = (json!("finished"), Value::Null);
    assert_eq!(told, [finished.clone(), finished.clone(), (Value::Null, json!("request.not_found")), finished]);
    assert_eq!(results[0]["task"]["attendant_id"], maid.user_id(), "who makes up what is nobody's has it");
    assert_eq!(app.number("SELECT count(*) FROM rooms WHERE housekeeping = 'clean'").await, 3);

    assert_eq!(many(&maid, "inspect", &ids).await.expect(403).body["permission"], "housekeeping:plan");
    let inspected = many(&hotel.manager, "inspect", &ids).await.expect(200);
    let codes: Vec<&Value> = inspected.body["results"].as_array().expect("results").iter().map(|one| &one["code"]).collect();
    let (none, own, wrong) = (&Value::Null, &json!("housekeeping.own_work"), &json!("housekeeping.wrong_status"));
    assert_eq!(codes, [none, own, none, wrong], "the manager has finished 102; 104 is open");
    assert_eq!(app.number("SELECT count(*) FROM rooms WHERE housekeeping = 'inspected'").await, 2);
    assert_eq!(many(&maid, "skip", &ids).await.expect(422).pointers(), ["/reason"]);
    assert_eq!(many(&maid, "start", &[ids[3], ids[3]]).await.expect(422).pointers(), ["/task_ids/1"]);
    assert_eq!(many(&maid, "start", &[]).await.expect(422).pointers(), ["/task_ids"]);
}

#[tokio::test]
async fn credits_say_how_much_work_a_room_is() {
    let app = TestApp::new().await;
    let hotel = dirty_house(&app).await;
    let all = format!("/v1/housekeeping/credits?property_id={}", hotel.id);
    let usual = hotel.manager.get(&all).await.expect(200).body;
    let of_type = |kind: &str, (departure, stay_over): (i32, i32), version: i64| {
        let (property_id, room_type_id) = (&hotel.id, kind);
        json!({"property_id": property_id, "room_type_id": room_type_id, "departure": departure, "stay_over": stay_over,
               "version": version})
    };
    assert_eq!(usual["credits"], json!([of_type(&hotel.double, (30, 20), 0), of_type(&hotel.suite, (30, 20), 0)]));
    let path = format!("/v1/housekeeping/credits/{}", hotel.double);
    let set = |etag: &'static str, departure: i32| {
        let manager = hotel.manager.with("if-match", etag);
        let path = path.clone();
        async move { manager.put(&path, &json!({"departure": departure, "stay_over": 20})).await }
    };
    assert_eq!(set("\"1\"", 40).await.expect(412).code(), "request.precondition_failed");
    assert_eq!(set("\"0\"", 30).await.expect(200).header("etag"), "\"0\"", "so much it is already");
    assert_eq!(set("\"0\"", 40).await.expect(200).header("etag"), "\"1\"");
    assert_eq!(set("\"0\"", 50).await.expect(412).code(), "request.precondition_failed");
    assert_eq!(set("\"1\"", 1001).await.expect(422).pointers(), ["/departure"]);
    let day = plan(&hotel, &[]).await;
    assert_eq!(task(&day, "101")["credits"], 40);
    set("\"1\"", 60).await.expect(200);
    assert_eq!(task(&plan(&hotel, &[]).await, "101")["credits"], 40, "tasks keep theirs");
}

#[tokio::test]
async fn the_desk_learns_of_what_it_believes_wrongly() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let booking = hotel.manager.post("/v1/bookings", &hotel.request_for(0, "2026-12-01", "2026-12-03")).await.expect(201);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    let maid = attendant(&app, &hotel).await;
    let report = async |room: usize, found: &str| {
        let body =
            json!({"property_id": hotel.id, "room_id": hotel.rooms[room], "found": found, "notes": "Nothing in the wardrobe"});
        maid.post("/v1/housekeeping/discrepancies", &body).await
    };
    assert_eq!(report(0, "occupied").await.expect(409).code(), "housekeeping.no_discrepancy");
    assert_eq!(report(1, "vacant").await.expect(409).code(), "housekeeping.no_discrepancy");
    let skip = report(0, "vacant").await.expect(201);
    assert_eq!(
        (&skip.body["kind"], &skip.body["room_number"], &skip.body["status"]),
        (&json!("skip"), &json!("101"), &json!("open"))
    );
    assert_eq!((&skip.body["reported_by"], skip.body["reported_by_name"].is_string()), (&json!(maid.user_id()), true));
    assert_eq!(report(0, "vacant").await.expect(409).code(), "housekeeping.already_reported");
    let sleep = report(1, "occupied").await.expect(201);
    assert_eq!(sleep.body["kind"], "sleep");

    let list = format!("/v1/housekeeping/discrepancies?property_id={}", hotel.id);
    let kinds = |reply: &Reply| -> Vec<Value> {
        reply.body["items"].as_array().expect("a list").iter().map(|one| one["kind"].clone()).collect()
    };
    assert_eq!(kinds(&maid.get(&list).await.expect(200)), ["sleep", "skip"]);
    let path = format!("/v1/housekeeping/discrepancies/{}/resolve", skip.id());
    let resolution = json!({"resolution": "Left without checking out"});
    let desk = hotel.manager.with("if-match", "\"1\"");
    let resolved = desk.post(&path, &resolution).await.expect(200);
    assert_eq!((&resolved.body["status"], &resolved.body["resolved_by"]), (&json!("resolved"), &json!(hotel.manager.user_id())));
    assert_eq!(desk.post(&path, &resolution).await.expect(412).code(), "request.precondition_failed");
    assert_eq!(hotel.manager.post(&path, &resolution).await.expect(409).code(), "housekeeping.already_resolved");
    assert_eq!(kinds(&maid.get(&format!("{list}&status=open")).await.expect(200)), ["sleep"]);
    assert_eq!(kinds(&maid.get(&format!("{list}&room_id={}", hotel.rooms[0])).await.expect(200)), ["skip"]);
    report(0, "vacant").await.expect(201);
}

#[tokio::test]
async fn hotels_that_inspect_send_guests_into_inspected_rooms_only() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, settings: json!({"requires_inspection": true}), ..HotelSpec::default() }).await;
    let booking = hotel.book(&hotel.manager, "2026-12-01", "2026-12-02").await;
    let room = format!("/v1/rooms/{}/housekeeping", hotel.rooms[0]);
    for (state, detail) in [
        ("clean", "Room 101 is not inspected yet."),
        ("in_progress", "Room 101 is being made up."),
        ("dirty", "Room 101 is dirty."),
    ] {
        hotel.manager.post(&room, &json!({"state": state})).await.expect(200);
        let refused = act(&hotel.manager, &booking, "check-in").await.expect(409);
        assert_eq!((refused.code(), &refused.body["detail"]), ("booking.room_not_ready", &json!(detail)), "{state}");
    }
    hotel.manager.post(&room, &json!({"state": "inspected"})).await.expect(200);
    act(&hotel.manager, &booking, "check-in").await.expect(200);

    let other = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let booking = other.book(&other.manager, "2026-12-01", "2026-12-02").await;
    let room = format!("/v1/rooms/{}/housekeeping", other.rooms[0]);
    other.manager.post(&room, &json!({"state": "in_progress"})).await.expect(200);
    assert_eq!(act(&other.manager, &booking, "check-in").await.expect(409).code(), "booking.room_not_ready");
    other.manager.post(&room, &json!({"state": "clean"})).await.expect(200);
    act(&other.manager, &booking, "check-in").await.expect(200);
}

/// A task for the hotel's first room.
async fn a_task(w: &World) -> String {
    let room = format!("/v1/rooms/{}/housekeeping", w.room().await);
    w.admin.post(&room, &json!({"state": "dirty"})).await.expect(200);
    let day = w.admin.post("/v1/housekeeping/plan", &json!({"property_id": w.property().await})).await.expect(200).body;
    id(&day["tasks"][0]).to_owned()
}

async fn a_finished_task(w: &World) -> String {
    let task = a_task(w).await;
    w.admin.post(&format!("{TASKS}/{task}/finish"), &json!({})).await.expect(200);
    task
}

async fn a_discrepancy(w: &World) -> String {
    let body = json!({"property_id": w.property().await, "room_id": w.room().await, "found": "occupied"});
    w.admin.post("/v1/housekeeping/discrepancies", &body).await.expect(201).id().to_owned()
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("get_housekeeping_day", async |w| Call::about(w.property().await)),
        Request::new("plan_housekeeping", async |w| {
            let room = format!("/v1/rooms/{}/housekeeping", w.room().await);
            w.admin.post(&room, &json!({"state": "dirty"})).await.expect(200);
            Call::plain().json(&json!({"property_id": w.property().await}))
        }),
        Request::new("assign_housekeeping_tasks", async |w| {
            let task = a_task(w).await;
            Call::plain().json(&json!({"property_id": w.property().await, "attendant_id": null, "task_ids": [task]}))
        }),
        Request::new("act_on_housekeeping_tasks", async |w| {
            let task = a_task(w).await;
            Call::plain().json(&json!({"property_id": w.property().await, "action": "start", "task_ids": [task]}))
        }),
        Request::new("get_housekeeping_task", async |w| Call::to(&a_task(w).await)),
        Request::new("update_housekeeping_task", async |w| Call::to(&a_task(w).await).json(&json!({"is_rush": true}))),
        Request::new("start_housekeeping_task", async |w| Call::to(&a_task(w).await)),
        Request::new("finish_housekeeping_task", async |w| Call::to(&a_task(w).await)),
        Request::new("inspect_housekeeping_task", async |w| Call::to(&a_finished_task(w).await)),
        Request::new("skip_housekeeping_task", async |w| Call::to(&a_task(w).await).json(&json!({"reason": "declined"}))),
        Request::new("reopen_housekeeping_task", async |w| Call::to(&a_finished_task(w).await)),
        Request::new("get_housekeeping_attendants", async |w| Call::about(w.property().await)),
        Request::new("get_housekeeping_credits", async |w| Call::about(w.property().await)),
        Request::new("set_housekeeping_credits", async |w| {
            let room_type = w.hotel().await.double.clone();
            let path = format!("/v1/housekeeping/credits/{room_type}");
            w.admin.with("if-match", "\"0\"").put(&path, &json!({"departure": 35, "stay_over": 25})).await.expect(200);
            Call::to(&room_type).json(&json!({"departure": 40, "stay_over": 25}))
        }),
        Request::new("list_discrepancies", async |w| {
            a_discrepancy(w).await;
            Call::about(w.property().await)
        }),
        Request::new("get_discrepancy", async |w| Call::to(&a_discrepancy(w).await)),
        Request::new("report_discrepancy", async |w| {
            Call::plain().json(&json!({"property_id": w.property().await, "room_id": w.room().await, "found": "occupied"}))
        }),
        Request::new("resolve_discrepancy", async |w| {
            Call::to(&a_discrepancy(w).await).json(&json!({"resolution": "A walk-in of last night"}))
        }),
        Request::new("list_housekeeping_changes", async |w| {
            a_task(w).await;
            Call::about(w.property().await)
        }),
    ]
}
