use super::{ISSUES, change, found, raise, raised, read, say};
use crate::support::{Hotel, HotelSpec, TestApp};
use serde_json::{Value, json};

/// Weekdays from nine to five, closed on some dates.
async fn office_hours(hotel: &Hotel, holidays: &[&str]) {
    let day = json!([{"from": "09:00", "to": "17:00"}]);
    let target = |answer: i32, solution: i32| json!({"answer_minutes": answer, "solution_minutes": solution});
    let settings = json!({
        "hours": {"monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day, "saturday": [], "sunday": []},
        "holidays": holidays,
        "targets": {"low": target(480, 4800), "normal": target(120, 960), "high": target(60, 480), "urgent": target(15, 60)},
        "recipients": [],
    });
    let path = format!("/v1/properties/{}/issue-settings", hotel.id);
    hotel.manager.with("if-match", "\"0\"").put(&path, &settings).await.expect(200);
}

async fn due(hotel: &Hotel, issue: &str) -> (Value, Value) {
    let staff = read(&hotel.manager, issue).await.body["staff"].clone();
    (staff["answer_due_at"].clone(), staff["solution_due_at"].clone())
}

/// Events of targets that were missed: which, of which issue, and when it was due.
async fn missed(app: &TestApp) -> Vec<(String, String)> {
    let sql = "SELECT kind, changes #>> '{due_at,after}' AS due FROM outbox
               WHERE kind IN ('issue.answer_overdue', 'issue.solution_overdue') ORDER BY id";
    let text = |row: &Value, name: &str| row[name].as_str().expect("text").to_owned();
    app.rows(sql).await.iter().map(|row| (text(row, "kind"), text(row, "due"))).collect()
}

/// T-iss-sla: thirty days with weekends, a holiday, the end of summer time and pauses. What is due when was worked out by hand;
/// each level is told once.
#[tokio::test]
async fn iss_sla_thirty_days_tell_each_level_once() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    app.set_clock("2026-10-09T07:00:00Z");
    office_hours(&hotel, &["2026-10-12"]).await;
    let guest = app.guest().await;

    // Friday 9 October, 16:30 in Lisbon, summer time. Two hours of service: 30 minutes that day, Monday is a holiday, the rest on
    // Tuesday until 10:30. Sixteen hours: 0:30 on Friday, 8:00 on Tuesday, 7:30 on Wednesday until 16:30.
    app.move_clock("2026-10-09T15:30:00Z").await;
    let issue = raise(&guest, &hotel, json!({})).await.id().to_owned();
    assert_eq!(due(&hotel, &issue).await, (json!("2026-10-13T09:30:00Z"), json!("2026-10-14T15:30:00Z")));
    for quiet in ["2026-10-10T12:00:00Z", "2026-10-12T12:00:00Z", "2026-10-13T09:29:00Z"] {
        app.move_clock(quiet).await;
        assert_eq!(missed(&app).await, [], "{quiet}");
    }
    app.move_clock("2026-10-13T09:30:00Z").await;
    let answer = ("issue.answer_overdue".to_owned(), "2026-10-13T09:30:00Z".to_owned());
    assert_eq!(missed(&app).await, std::slice::from_ref(&answer));
    app.move_clock("2026-10-13T10:00:00Z").await;
    assert_eq!(missed(&app).await, std::slice::from_ref(&answer), "told once");

    // Tuesday 11:30 in Lisbon: answered at last, and waiting for the guest. 3:00 of the 16:00 hours are used.
    app.move_clock("2026-10-13T10:30:00Z").await;
    say(&hotel.manager, &issue, json!({"text": "Which tap?", "status": "waiting"})).await.expect(201);
    assert_eq!(due(&hotel, &issue).await, (Value::Null, Value::Null));
    app.move_clock("2026-10-22T12:00:00Z").await;
    assert_eq!(missed(&app).await, std::slice::from_ref(&answer), "nothing is overdue while it waits for the guest");

    // Thursday 22 October, 15:00 in Lisbon: the guest replies. Thirteen hours are left: 2:00 on Thursday, 8:00 on Friday, 3:00 on
    // Monday until 12:00, which is winter time: 12:00 UTC.
    app.move_clock("2026-10-22T14:00:00Z").await;
    say(&guest, &issue, json!({"text": "The left one"})).await.expect(201);
    assert_eq!(due(&hotel, &issue).await, (Value::Null, json!("2026-10-26T12:00:00Z")));
    assert_eq!(read(&hotel.manager, &issue).await.body["staff"]["paused_since"], Value::Null);

    // Solved on Friday at 17:00 with 3:00 left; the guest is not content on Tuesday at 10:00: due at 13:00.
    app.move_clock("2026-10-23T16:00:00Z").await;
    change(&hotel.manager, &issue, json!({"status": "resolved"})).await.expect(200);
    app.move_clock("2026-10-27T10:00:00Z").await;
    say(&guest, &issue, json!({"text": "Still cold"})).await.expect(201);
    assert_eq!(due(&hotel, &issue).await.1, json!("2026-10-27T13:00:00Z"));
    app.move_clock("2026-10-27T12:59:00Z").await;
    assert_eq!(missed(&app).await, std::slice::from_ref(&answer));
    let solution = ("issue.solution_overdue".to_owned(), "2026-10-27T13:00:00Z".to_owned());
    for day in 28..=31 {
        app.move_clock(&format!("2026-10-{day}T12:00:00Z")).await;
        assert_eq!(missed(&app).await, [answer.clone(), solution.clone()]);
    }

    // Waiting, reopened and given another priority, it is late still, and nobody is told again.
    say(&hotel.manager, &issue, json!({"text": "Better?", "status": "waiting"})).await.expect(201);
    app.move_clock("2026-11-03T12:00:00Z").await;
    say(&guest, &issue, json!({"text": "No"})).await.expect(201);
    change(&hotel.manager, &issue, json!({"priority": "urgent"})).await.expect(200);
    app.move_clock("2026-11-09T12:00:00Z").await;
    assert_eq!(missed(&app).await, [answer, solution]);
    let seen = read(&hotel.manager, &issue).await.body["staff"].clone();
    assert_eq!(
        (&seen["answer_breached_at"], &seen["solution_breached_at"]),
        (&json!("2026-10-13T09:30:00Z"), &json!("2026-10-27T13:00:00Z"))
    );
    let overdue = hotel.manager.get(&format!("{ISSUES}?property_id={}&is_overdue=true", hotel.id)).await.expect(200).body;
    assert_eq!(overdue["items"][0]["id"], issue);
}

/// T-iss-sla: a late answer is told as late although no job came between, and an answer in time is not.
#[tokio::test]
async fn iss_sla_a_late_answer_is_late_without_any_job() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    office_hours(&hotel, &[]).await;
    let (_, _, late) = raised(&app, &hotel).await;
    let (_, _, early) = raised(&app, &hotel).await;
    app.set_clock("2026-12-01T13:59:59Z");
    say(&hotel.manager, &early, json!({"text": "We come"})).await.expect(201);
    app.set_clock("2026-12-01T14:00:00Z");
    say(&hotel.manager, &late, json!({"text": "We come"})).await.expect(201);
    assert_eq!(missed(&app).await, [("issue.answer_overdue".to_owned(), "2026-12-01T14:00:00Z".to_owned())]);
    app.move_clock("2026-12-01T15:00:00Z").await;
    assert_eq!(missed(&app).await.len(), 1);
    let breached = async |issue: &str| read(&hotel.manager, issue).await.body["staff"]["answer_breached_at"].clone();
    assert_eq!((breached(&late).await, breached(&early).await), (json!("2026-12-01T14:00:00Z"), Value::Null));
}

/// F17: an issue of which nothing can be told keeps nobody from hearing of the others.
#[tokio::test]
async fn an_issue_that_cannot_be_told_of_keeps_no_other_from_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    office_hours(&hotel, &[]).await;
    let (_, _, first) = raised(&app, &hotel).await;
    let (_, _, second) = raised(&app, &hotel).await;
    app.sql(&format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault of the test'; END $$;
         CREATE TRIGGER fail BEFORE UPDATE OF answer_breached_at ON issues FOR EACH ROW WHEN (OLD.id = '{first}') EXECUTE FUNCTION fail();"
    ))
    .await;
    app.move_clock_in_vain("2026-12-01T15:00:00Z").await;
    let breached = async |issue: &str| read(&hotel.manager, issue).await.body["staff"]["answer_breached_at"].clone();
    assert_eq!((breached(&first).await, breached(&second).await), (Value::Null, json!("2026-12-01T14:00:00Z")));
}

#[tokio::test]
async fn the_report_counts_what_was_met_and_what_was_not() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    office_hours(&hotel, &[]).await;
    let guest = app.guest().await;
    let mut raised = Vec::new();
    for _ in 0..3 {
        raised.push(raise(&guest, &hotel, json!({})).await.id().to_owned());
    }
    raise(&hotel.manager, &hotel, json!({"priority": "urgent"})).await;
    app.set_clock("2026-12-01T12:30:00Z");
    say(&hotel.manager, &raised[0], json!({"text": "Done", "status": "resolved"})).await.expect(201);
    app.set_clock("2026-12-01T14:30:00Z");
    say(&hotel.manager, &raised[1], json!({"text": "We come"})).await.expect(201);
    app.move_clock("2026-12-01T14:31:00Z").await;
    let report = async |dates: &str| hotel.manager.get(&format!("{ISSUES}/report?property_id={}&{dates}", hotel.id)).await;
    let body = report("from=2026-12-01&to=2026-12-01").await.expect(200).body;
    let row = |priority: &str, numbers: [i64; 5], median: Value| {
        let [raised, answered, answer_missed, resolved, solution_missed] = numbers;
        json!({"priority": priority, "raised": raised, "answered": answered, "answer_missed": answer_missed,
               "median_answer_minutes": median, "resolved": resolved, "solution_missed": solution_missed})
    };
    let expected = [row("urgent", [1, 0, 0, 0, 1], Value::Null), row("normal", [3, 2, 2, 1, 0], json!(90))];
    assert_eq!(body["priorities"], json!(expected));
    assert_eq!(report("from=2026-12-02&to=2026-12-31").await.expect(200).body["priorities"], json!([]));
    assert_eq!(report("from=2026-12-02&to=2026-12-01").await.expect(422).pointers(), ["/to"]);
    assert_eq!(report("from=2026-12-02&to=2027-12-04").await.expect(422).pointers(), ["/to"]);
}

#[tokio::test]
async fn another_priority_has_other_targets_from_the_beginning() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    office_hours(&hotel, &[]).await;
    let (_, _, issue) = raised(&app, &hotel).await;
    assert_eq!(due(&hotel, &issue).await, (json!("2026-12-01T14:00:00Z"), json!("2026-12-03T12:00:00Z")));
    app.set_clock("2026-12-01T12:30:00Z");
    change(&hotel.manager, &issue, json!({"priority": "high"})).await.expect(200);
    assert_eq!(due(&hotel, &issue).await, (json!("2026-12-01T13:00:00Z"), json!("2026-12-02T12:00:00Z")));
    let same = change(&hotel.manager, &issue, json!({"priority": "high", "status": "open"})).await.expect(200);
    assert_eq!(same.header("etag"), "\"2\"", "nothing changed");
}

#[tokio::test]
async fn settings_of_service_are_checked() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let path = format!("/v1/properties/{}/issue-settings", hotel.id);
    let usual = hotel.manager.get(&path).await.expect(200);
    assert_eq!((&usual.body["version"], &usual.body["hours"]["sunday"]), (&json!(0), &json!([{"from": "08:00", "to": "20:00"}])));
    let wrong = async |at: &str, value: Value| {
        let mut body = usual.body.clone();
        for known in ["property_id", "version"] {
            body.as_object_mut().expect("an object").remove(known);
        }
        *body.pointer_mut(at).expect("a place") = value;
        hotel.manager.with("if-match", "\"0\"").put(&path, &body).await.expect(422)
    };
    for (at, value, pointer) in [
        ("/hours/monday", json!([{"from": "10:00", "to": "09:00"}]), "/hours/monday/0"),
        ("/hours/monday", json!([{"from": "10:00", "to": "12:00"}, {"from": "11:00", "to": "13:00"}]), "/hours/monday/1"),
        ("/hours/monday/0/from", json!("25:00"), "/hours/monday/0/from"),
        ("/targets/low/answer_minutes", json!(0), "/targets/low/answer_minutes"),
        ("/targets/low/solution_minutes", json!(1), "/targets/low/solution_minutes"),
        ("/holidays", json!(["0001-01-01"]), "/holidays/0"),
        ("/holidays", json!(["2026-02-30"]), "/holidays/0"),
        ("/recipients", json!(["nobody"]), "/recipients/0"),
    ] {
        assert_eq!(wrong(at, value.clone()).await.pointers(), [pointer], "{at} {value}");
    }
    let day = json!([]);
    let never =
        json!({"monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day, "saturday": day, "sunday": day});
    assert_eq!(wrong("/hours", never).await.pointers(), ["/hours"]);
    let elsewhere = app.staff(&["issues:read", "properties:update"], Some(&app.hotel(HotelSpec::default()).await.id)).await;
    elsewhere.get(&path).await.expect(404);
}

/// Overdue is what is due by now and is missing, in lists as in numbers; what was ever late is another question.
#[tokio::test]
async fn overdue_is_the_same_in_lists_and_in_numbers() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    office_hours(&hotel, &[]).await;
    let (_, _, late) = raised(&app, &hotel).await;
    app.move_clock("2026-12-01T13:00:00Z").await;
    let (_, _, early) = raised(&app, &hotel).await;
    let overdue = async || {
        let counts = hotel.manager.get(&format!("{ISSUES}/counts?property_id={}", hotel.id)).await.expect(200).body;
        counts["answer_overdue"].as_i64().expect("a number") + counts["solution_overdue"].as_i64().expect("a number")
    };
    let list = async |filter: &str| found(&hotel.manager, &format!("property_id={}&{filter}", hotel.id)).await;
    // Also before any job has noted it.
    app.set_clock("2026-12-01T14:00:00Z");
    assert_eq!((overdue().await, list("is_overdue=true").await), (1, vec![late.clone()]));
    assert_eq!((list("is_overdue=false").await, list("has_missed=true").await), (vec![early.clone()], vec![]));
    app.move_clock("2026-12-01T14:10:00Z").await;
    assert_eq!((list("is_overdue=true").await, list("has_missed=true").await), (vec![late.clone()], vec![late.clone()]));
    say(&hotel.manager, &late, json!({"text": "We come"})).await.expect(201);
    assert_eq!((overdue().await, list("is_overdue=true").await), (0, vec![]), "it was answered");
    assert_eq!(list("is_overdue=false").await, [early.clone(), late.clone()]);
    assert_eq!((list("has_missed=true").await, list("has_missed=false").await), (vec![late.clone()], vec![early]));
    // Solved late, nothing of it is due any more.
    app.move_clock("2026-12-03T13:00:00Z").await;
    assert!(list("is_overdue=true").await.contains(&late));
    change(&hotel.manager, &late, json!({"status": "resolved"})).await.expect(200);
    assert!(!list("is_overdue=true").await.contains(&late));
    let filter = json!({"is_overdue": true, "has_missed": true});
    let view = json!({"property_id": hotel.id, "name": "Late", "filter": filter});
    let saved = hotel.manager.post("/v1/issue-views", &view).await.expect(201).body;
    assert_eq!((&saved["filter"]["is_overdue"], &saved["filter"]["has_missed"]), (&json!(true), &json!(true)));
}
