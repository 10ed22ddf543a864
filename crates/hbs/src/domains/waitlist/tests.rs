use crate::every_route::{Call, Exception::RefusedElsewhere, Request, TODAY, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, eur};
use serde_json::{Value, json};

const WAITLIST: &str = "/v1/waitlist";

fn wish(hotel: &Hotel, check_in: &str, check_out: &str) -> Value {
    json!({
        "property_id": hotel.id, "room_type_id": hotel.double, "check_in": check_in, "check_out": check_out, "adults": 2,
        "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"},
    })
}

async fn join(client: &Client, hotel: &Hotel, check_in: &str, check_out: &str) -> Reply {
    client.post(WAITLIST, &wish(hotel, check_in, check_out)).await.expect(201)
}

async fn leave(client: &Client, entry: &Reply) -> Reply {
    client.post(&format!("{WAITLIST}/{}/leave", entry.id()), &json!({})).await
}

async fn see(client: &Client, entry: &Reply) -> Reply {
    client.get(&format!("{WAITLIST}/{}", entry.id())).await.expect(200)
}

/// Returns status and place in line.
async fn standing(client: &Client, entry: &Reply) -> (String, Value) {
    let entry = see(client, entry).await.body;
    (entry["status"].as_str().expect("a status").to_owned(), entry["position"].clone())
}

fn at(status: &str, position: impl Into<Value>) -> (String, Value) {
    (status.to_owned(), position.into())
}

async fn cancel(client: &Client, booking: &Reply) {
    client.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
}

/// A hotel whose one room is sold for three nights, and guests who wait for it.
struct Line {
    app: TestApp,
    hotel: Hotel,
    owner: Client,
    sold: Reply,
    first: Client,
    second: Client,
    /// Entry of the first guest, for the first two nights.
    entry: Reply,
    /// Entry of the second guest, for the last two nights.
    next: Reply,
    /// Entry of the second guest, for the last night.
    apart: Reply,
}

impl Line {
    async fn form() -> Self {
        let app = TestApp::new().await;
        let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
        let [owner, first, second] = [app.guest().await, app.guest().await, app.guest().await];
        let sold = hotel.book(&owner, "2026-12-10", "2026-12-13").await;
        let entry = first.post(WAITLIST, &Self::wish_of_the_first(&hotel)).await.expect(201);
        let next = join(&second, &hotel, "2026-12-11", "2026-12-13").await;
        let apart = join(&second, &hotel, "2026-12-12", "2026-12-13").await;
        Self { app, hotel, owner, sold, first, second, entry, next, apart }
    }

    fn wish_of_the_first(hotel: &Hotel) -> Value {
        let mut wish = wish(hotel, "2026-12-10", "2026-12-12");
        wish["wait_until"] = "2026-12-08".into();
        wish
    }

    /// Brings the room back. Returns the first one's entry and the booking that is offered with it.
    async fn is_offered(&self) -> (Reply, Reply) {
        cancel(&self.owner, &self.sold).await;
        self.app.consume().await;
        let offered = see(&self.first, &self.entry).await;
        let path = format!("/v1/bookings/{}", offered.body["booking_id"].as_str().expect("a booking"));
        let held = self.first.get(&path).await.expect(200);
        assert_eq!(offered.body["reference"], held.body["reference"]);
        (offered, held)
    }
}

#[tokio::test]
async fn staff_put_people_in_line_who_have_no_address() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let sold = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let mut by_phone = wish(&hotel, "2026-12-10", "2026-12-12");
    by_phone["contact"] = json!({"full_name": "Ana Sousa", "phone": "+351910000000"});
    assert_eq!(app.guest().await.post(WAITLIST, &by_phone).await.expect(422).pointers(), ["/contact/email"]);
    let entry = hotel.manager.post(WAITLIST, &by_phone).await.expect(201);
    assert_eq!(entry.body["contact"]["email"], Value::Null);
    let again = hotel.manager.post(WAITLIST, &by_phone).await.expect(409);
    assert_eq!(again.code(), "waitlist.already_waiting", "known by the number");

    cancel(&hotel.manager, &sold).await;
    app.consume().await;
    assert_eq!(standing(&hotel.manager, &entry).await, at("offered", Value::Null));
    assert_eq!(app.number("SELECT count(*) FROM mail_queue WHERE kind = 'waitlist_offered'").await, 0, "staff call");
}

#[tokio::test]
async fn whoever_cannot_be_taken_off_the_line_holds_up_no_other() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-13").await;
    let (first, second) = (app.guest().await, app.guest().await);
    let broken = join(&first, &hotel, "2026-12-10", "2026-12-12").await;
    let other = join(&second, &hotel, "2026-12-10", "2026-12-12").await;
    let refused = format!("id <> '{}' OR status = 'waiting'", broken.id());
    app.sql(&format!("ALTER TABLE waitlist_entries ADD CONSTRAINT broken CHECK ({refused})")).await;
    app.move_clock_in_vain("2026-12-20T12:00:00Z").await;
    let status =
        async |id: &str| app.rows(&format!("SELECT status FROM waitlist_entries WHERE id = '{id}'")).await[0]["status"].clone();
    assert_eq!((status(broken.id()).await, status(other.id()).await), (json!("waiting"), json!("expired")));
    app.sql("ALTER TABLE waitlist_entries DROP CONSTRAINT broken").await;
    app.move_clock("2026-12-20T12:01:00Z").await;
    assert_eq!(status(broken.id()).await, "expired");
}

/// Lets everybody's time be over, and returns whether all could be taken off the line, with the number of those who were.
async fn serve(app: &TestApp) -> (bool, i64) {
    app.set_clock("2026-12-20T12:00:00Z");
    let done = (hbs::domains::waitlist::DOMAIN.jobs[0].run)(app.app.clone()).await;
    (done.is_ok(), app.number("SELECT count(*) FROM waitlist_entries WHERE status = 'expired'").await)
}

/// More entries than are read at a time cannot be ended, and what comes after them is.
#[tokio::test]
async fn whoever_cannot_be_taken_off_the_line_does_not_stand_before_all_others() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-13").await;
    let entry = join(&app.guest().await, &hotel, "2026-12-10", "2026-12-12").await;
    app.sql(&format!(
        "INSERT INTO waitlist_entries SELECT (jsonb_populate_record(t, jsonb_build_object(
             'id', ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'user_id', null,
             'contact_email', 'guest' || n || '@example.com'))).*
         FROM waitlist_entries t, generate_series(1, 250) n WHERE t.id = '{}';
         ALTER TABLE waitlist_entries ADD CONSTRAINT broken CHECK (id::text NOT LIKE '00000000-%' OR status = 'waiting')",
        entry.id()
    ))
    .await;
    assert_eq!(serve(&app).await, (false, 1));
    app.sql("ALTER TABLE waitlist_entries DROP CONSTRAINT broken").await;
    assert_eq!(serve(&app).await, (true, 251));
}

#[tokio::test]
async fn without_the_database_nobody_is_taken_off_the_line_one_by_one() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-13").await;
    for _ in 0..2 {
        join(&app.guest().await, &hotel, "2026-12-10", "2026-12-12").await;
    }
    app.disconnect_at("UPDATE ON waitlist_entries").await;
    assert_eq!(serve(&app).await, (false, 0));
    assert_eq!(app.reconnect().await, 1);
    assert_eq!(serve(&app).await, (true, 2));
}

#[tokio::test]
async fn who_waits_sees_their_place_in_line() {
    let Line { app, hotel, first, second, entry, next, apart, .. } = Line::form().await;
    assert_eq!((entry.header("location"), entry.header("etag")), (format!("{WAITLIST}/{}", entry.id()).as_str(), "\"1\""));
    assert_eq!(
        entry.body,
        json!({"id": entry.id(), "property_id": hotel.id, "property_name": "Test Hotel", "status": "waiting", "position": 1,
               "room_type_id": hotel.double, "room_type_name": "DBL", "reference": null,
               "rate_plan_id": null, "check_in": "2026-12-10", "check_out": "2026-12-12", "rooms": 1, "adults": 2,
               "children_ages": [], "contact": {"full_name": "Ana Sousa", "email": "ana@example.com", "phone": null},
               "guest_user_id": first.user_id(), "wait_until": "2026-12-08", "booking_id": null, "offer_expires_at": null,
               "version": 1, "created_at": "2026-12-01T12:00:00Z", "updated_at": "2026-12-01T12:00:00Z"})
    );
    assert_eq!(
        (&next.body["position"], &apart.body["position"]),
        (&json!(2), &json!(2)),
        "only those with the same nights count"
    );
    app.consume().await;
    assert_eq!(standing(&first, &entry).await, at("waiting", 1), "there is nothing yet");
    assert_eq!(leave(&second, &next).await.expect(200).body["status"], "left");
    assert_eq!(standing(&second, &next).await, at("left", Value::Null));
    assert_eq!(leave(&second, &next).await.expect(409).code(), "waitlist.not_waiting");
    app.assert_consistent().await;
}

#[tokio::test]
async fn nobody_waits_twice_or_for_what_can_be_booked_or_in_the_past() {
    let Line { hotel, first, second, .. } = Line::form().await;
    let again = Line::wish_of_the_first(&hotel);
    assert_eq!(first.post(WAITLIST, &again).await.expect(409).code(), "waitlist.already_waiting");
    let bookable = first.post(WAITLIST, &wish(&hotel, "2026-12-13", "2026-12-14")).await.expect(409);
    assert_eq!((bookable.code(), &bookable.body["book_at"]), ("waitlist.bookable", &json!("/v1/bookings")));
    let mut past = wish(&hotel, "2026-12-10", "2026-12-11");
    past["wait_until"] = "2026-11-20".into();
    assert_eq!(second.post(WAITLIST, &past).await.expect(422).pointers(), ["/wait_until"]);
}

#[tokio::test]
async fn what_comes_back_is_held_for_who_waits_first() {
    let line = Line::form().await;
    let (offered, held) = line.is_offered().await;
    let Line { app, hotel, first, second, next, apart, .. } = line;
    assert_eq!(
        (&offered.body["status"], &offered.body["position"], &offered.body["offer_expires_at"], offered.header("etag")),
        (&json!("offered"), &Value::Null, &json!("2026-12-02T00:00:00Z"), "\"2\"")
    );
    assert_eq!(
        (&held.body["status"], &held.body["hold_expires_at"], &held.body["guest_user_id"], &held.body["total"]),
        (&json!("held"), &json!("2026-12-02T00:00:00Z"), &json!(first.user_id()), &eur("200.00"))
    );
    assert_eq!(standing(&second, &next).await, at("waiting", 1), "one night of it is held for the other");
    assert_eq!(standing(&second, &apart).await, at("offered", Value::Null), "that night is nobody's yet");
    assert_eq!(
        second.post("/v1/bookings", &hotel.request("2026-12-10", "2026-12-11")).await.expect(409).code(),
        "booking.no_availability"
    );
    app.assert_consistent().await;
}

/// An offer is held for longer than guests hold rooms.
#[tokio::test]
async fn an_offer_is_no_way_to_hold_other_rooms_or_nights() {
    let line = Line::form().await;
    let (_, held) = line.is_offered().await;
    let path = format!("/v1/bookings/{}/amend", held.id());
    let room = json!({"room_type_id": line.hotel.double, "adults": 1, "check_in": "2026-12-20", "check_out": "2026-12-21"});
    let more = json!({"add_rooms": [room]});
    assert_eq!(line.first.post(&path, &more).await.expect(422).pointers(), ["/add_rooms"]);
    let longer = json!({"check_out": "2026-12-28"});
    assert_eq!(line.first.post(&path, &longer).await.expect(422).pointers(), ["/check_out"]);
}

#[tokio::test]
async fn an_offer_is_mailed_with_what_it_is_and_how_long_it_stands() {
    let line = Line::form().await;
    let (_, held) = line.is_offered().await;
    let mails = line.app.mail_to("ana@example.com").await;
    let text =
        mails.iter().map(|mail| mail["text"].as_str().expect("text")).find(|text| text.contains("10 December")).expect("a mail");
    let reference = held.body["reference"].as_str().expect("a reference");
    let path = format!("/bookings/{}", held.id());
    for words in [
        "Test Hotel",
        "1 × DBL",
        "Thursday, 10 December 2026 to Saturday, 12 December 2026",
        "200.00 EUR",
        reference,
        "Wednesday, 2 December 2026, 00:00",
        &path,
    ] {
        assert!(text.contains(words), "{words} is not in {text}");
    }
    assert!(!text.contains("Ana Sousa"), "the address is not known to be theirs");
}

#[tokio::test]
async fn an_offer_is_declined_and_taken_like_any_hold() {
    let line = Line::form().await;
    let (offered, held) = line.is_offered().await;
    let Line { app, first, second, entry, next, .. } = line;
    let leaving = leave(&first, &entry).await.expect(409);
    assert_eq!(
        (leaving.code(), &leaving.body["entry_status"], &leaving.body["booking_id"]),
        ("waitlist.not_waiting", &json!("offered"), &offered.body["booking_id"])
    );
    act(&first, &held, "confirm").await.expect(200);
    let mails = app.mail_to("ana@example.com").await;
    assert!(
        mails.iter().any(|mail| mail["text"].as_str().is_some_and(|text| text.contains("Thank you for your booking"))),
        "{mails:?}"
    );
    assert!(!format!("{mails:?}").contains("Ana Sousa"), "nor is it by having waited");
    app.consume().await;
    assert_eq!(standing(&first, &entry).await, at("booked", Value::Null));
    leave(&second, &next).await.expect(200);
    let kinds = app.event_kinds().await;
    for kind in ["created", "offered", "booked", "left"] {
        assert!(kinds.contains(&format!("waitlist_entry.{kind}")), "{kind}: {kinds:?}");
    }
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_offer_that_lapses_goes_to_the_next() {
    let app = TestApp::new().await;
    let spec = HotelSpec { rooms: 1, settings: json!({"waitlist_hold_minutes": 90}), ..HotelSpec::default() };
    let hotel = app.hotel(spec).await;
    let guests = [app.guest().await, app.guest().await, app.guest().await];
    let sold = hotel.book(&hotel.manager, "2026-12-02", "2026-12-04").await;
    let mut entries = Vec::new();
    for guest in &guests {
        entries.push(join(guest, &hotel, "2026-12-02", "2026-12-04").await);
    }
    cancel(&hotel.manager, &sold).await;
    app.consume().await;
    assert_eq!(see(&guests[0], &entries[0]).await.body["offer_expires_at"], "2026-12-01T13:30:00Z");

    // Time goes by, and everybody gets a chance; nobody gets another.
    for (now, states) in [
        ("2026-12-01T13:31:00Z", [at("lapsed", Value::Null), at("offered", Value::Null), at("waiting", 1)]),
        ("2026-12-01T15:02:00Z", [at("lapsed", Value::Null), at("lapsed", Value::Null), at("offered", Value::Null)]),
        ("2026-12-01T16:33:00Z", [at("lapsed", Value::Null), at("lapsed", Value::Null), at("lapsed", Value::Null)]),
    ] {
        app.move_clock(now).await;
        for n in 0..3 {
            assert_eq!(standing(&guests[n], &entries[n]).await, states[n], "{n} at {now}");
        }
    }
    // Now it is anybody's; whoever waits longer than they wanted waits no more.
    let again = hotel.book(&hotel.manager, "2026-12-02", "2026-12-04").await;
    let mut request = wish(&hotel, "2026-12-03", "2026-12-04");
    request["wait_until"] = "2026-12-01".into();
    let [short, long] =
        [guests[0].post(WAITLIST, &request).await.expect(201), join(&guests[1], &hotel, "2026-12-03", "2026-12-04").await];
    app.move_clock("2026-12-02T00:30:00Z").await;
    assert_eq!(standing(&guests[0], &short).await, at("expired", Value::Null));
    assert_eq!(standing(&guests[1], &long).await, at("waiting", 1));
    app.set_clock("2026-12-03T14:00:00Z");
    cancel(&hotel.manager, &again).await;
    app.consume().await;
    let offered = see(&guests[1], &long).await.body;
    assert_eq!(
        (&offered["status"], &offered["offer_expires_at"]),
        (&json!("offered"), &json!("2026-12-03T15:00:00Z")),
        "no later than check-in"
    );
    app.move_clock("2026-12-04T00:30:00Z").await;
    assert_eq!(standing(&guests[1], &long).await, at("lapsed", Value::Null));
    app.assert_consistent().await;
}

#[tokio::test]
async fn who_cannot_be_served_is_in_nobodys_way() {
    let app = TestApp::new().await;
    let spec = HotelSpec { rooms: 2, settings: json!({"max_live_holds": 1}), ..HotelSpec::default() };
    let hotel = app.hotel(spec).await;
    let [couple, holder, patient] = [app.guest().await, app.guest().await, app.guest().await];
    let sold = [
        hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await,
        hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await,
    ];
    let mut hold = hotel.request("2026-12-20", "2026-12-21");
    hold["hold_minutes"] = 60.into();
    let held = holder.post("/v1/bookings", &hold).await.expect(201);

    let mut two = wish(&hotel, "2026-12-10", "2026-12-12");
    two["rooms"] = 2.into();
    let two = couple.post(WAITLIST, &two).await.expect(201);
    let capped = join(&holder, &hotel, "2026-12-10", "2026-12-12").await;
    let fits = join(&patient, &hotel, "2026-12-11", "2026-12-12").await;
    assert_eq!(fits.body["position"], 3);
    cancel(&hotel.manager, &sold[0]).await;
    app.consume().await;
    assert_eq!(standing(&couple, &two).await, at("waiting", 1), "they want two rooms");
    assert_eq!(standing(&holder, &capped).await, at("waiting", 2), "they hold as much as they may");
    assert_eq!(standing(&patient, &fits).await, at("offered", Value::Null));

    // What was in the way of the second is gone; the first gets both rooms once both are there.
    cancel(&patient, &Reply { body: json!({"id": see(&patient, &fits).await.body["booking_id"]}), ..fits.clone() }).await;
    cancel(&hotel.manager, &sold[1]).await;
    cancel(&holder, &held).await;
    app.consume().await;
    assert_eq!(standing(&patient, &fits).await, at("lapsed", Value::Null));
    assert_eq!(standing(&couple, &two).await, at("offered", Value::Null));
    assert_eq!(standing(&holder, &capped).await, at("waiting", 1));
    let booking = see(&couple, &two).await.body["booking_id"].clone();
    let booking = couple.get(&format!("/v1/bookings/{}", booking.as_str().expect("an id"))).await.expect(200);
    assert_eq!(booking.body["stays"].as_array().map(Vec::len), Some(2));

    // A room more is a room for who waits.
    let room = json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": "103"});
    app.admin().await.post("/v1/rooms", &room).await.expect(201);
    app.consume().await;
    assert_eq!(standing(&holder, &capped).await, at("offered", Value::Null));
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_wait_for_themselves_and_staff_enter_others() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, settings: json!({"max_child_age": 12}), ..HotelSpec::default() }).await;
    let [guest, other] = [app.guest().await, app.guest().await];
    let sold = hotel.book(&hotel.manager, "2026-12-10", "2026-12-20").await;
    let with = |changes: Value| {
        let mut request = wish(&hotel, "2026-12-10", "2026-12-12");
        request.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        request
    };
    for (changes, pointers) in [
        (json!({"guest_user_id": other.user_id()}), vec!["/guest_user_id"]),
        (json!({"wait_until": "2026-12-11"}), vec!["/wait_until"]),
        (json!({"check_out": "2026-12-10"}), vec!["/check_out"]),
        (json!({"check_in": "2026-11-30"}), vec!["/check_in"]),
        (json!({"adults": 3}), vec!["/adults"]),
        (json!({"adults": 3, "rooms": 2}), vec!["/adults"]),
        (json!({"rooms": 6}), vec!["/rooms"]),
        (json!({"children_ages": [13]}), vec!["/children_ages/0"]),
        (json!({"room_type_id": hotel.id}), vec!["/room_type_id"]),
        (json!({"rate_plan_id": hotel.id}), vec!["/rate_plan_id"]),
        (json!({"property_id": hotel.double}), vec!["/property_id"]),
    ] {
        let refused = guest.post(WAITLIST, &with(changes.clone())).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{changes}: {}", refused.body);
    }
    let entry = guest.with("idempotency-key", "once").post(WAITLIST, &with(json!({}))).await.expect(201);
    let caller = hotel
        .manager
        .post(WAITLIST, &with(json!({"contact": {"full_name": "Rui", "email": "RUI@example.com"}})))
        .await
        .expect(201);
    assert_eq!((&caller.body["guest_user_id"], &caller.body["position"]), (&Value::Null, &json!(2)));
    let same = with(json!({"contact": {"full_name": "Rui Costa", "email": "rui@example.com"}}));
    assert_eq!(hotel.manager.post(WAITLIST, &same).await.expect(409).code(), "waitlist.already_waiting");
    let named = hotel.manager.post(WAITLIST, &with(json!({"guest_user_id": other.user_id()}))).await.expect(201);

    let ids =
        |reply: Reply| reply.body["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(guest.get(WAITLIST).await.expect(200)), [entry.body["id"].clone()]);
    let query =
        format!("{WAITLIST}?property_id={}&status=waiting&room_type_id={}&night=2026-12-11&limit=2", hotel.id, hotel.double);
    let page = hotel.manager.get(&query).await.expect(200);
    let cursor = page.body["next_cursor"].as_str().expect("a cursor").to_owned();
    assert_eq!(ids(page), [entry.body["id"].clone(), caller.body["id"].clone()], "by their place in line");
    assert_eq!(ids(hotel.manager.get(&format!("{query}&cursor={cursor}")).await.expect(200)), [named.body["id"].clone()]);
    assert_eq!(ids(hotel.manager.get(&format!("{WAITLIST}?night=2026-12-12")).await.expect(200)), Vec::<Value>::new());
    other.get(&format!("{WAITLIST}/{}", entry.id())).await.expect(404);
    leave(&other, &entry).await.expect(404);

    // The same answer, whatever has become of the rooms.
    cancel(&hotel.manager, &sold).await;
    let again = guest.with("idempotency-key", "once").post(WAITLIST, &with(json!({}))).await.expect(201);
    assert_eq!((&again.body, again.header("idempotency-replayed")), (&entry.body, "true"));
    app.consume().await;
    assert_eq!(standing(&guest, &entry).await, at("offered", Value::Null));
    // Somebody without an account gets a hold that staff confirm.
    hotel
        .manager
        .post(
            &format!("/v1/bookings/{}/cancel", see(&guest, &entry).await.body["booking_id"].as_str().expect("an id")),
            &json!({}),
        )
        .await
        .expect(200);
    app.consume().await;
    let held = see(&hotel.manager, &caller).await.body;
    assert_eq!(held["status"], "offered");
    hotel
        .manager
        .post(&format!("/v1/bookings/{}/confirm", held["booking_id"].as_str().expect("an id")), &json!({}))
        .await
        .expect(200);
    app.assert_consistent().await;

    let count = |n: u32| wish(&hotel, "2026-12-10", &format!("2026-12-{n}"));
    app.sql("UPDATE inventory SET sold = capacity").await;
    for n in 11..31 {
        guest.post(WAITLIST, &count(n)).await.expect(201);
    }
    assert_eq!(guest.post(WAITLIST, &count(31)).await.expect(409).code(), "waitlist.full");
    hotel.manager.post(WAITLIST, &count(31)).await.expect(201);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("join_waitlist", async |w| Call::plain().json(&owners_wish(w, "2026-12-03").await))
            .but(RefusedElsewhere(422), "anybody waits for themselves; somebody else is entered by staff of the hotel only"),
        Request::new("list_waitlist", async |w| {
            an_entry(w).await;
            Call::plain()
        }),
        Request::new("get_waitlist_entry", async |w| Call::to(&an_entry(w).await)),
        Request::new("leave_waitlist", async |w| Call::to(&an_entry(w).await)),
    ]
}

/// Makes a wish for a suite, of which there are none.
async fn owners_wish(w: &World, check_out: &str) -> Value {
    let hotel = w.hotel().await;
    let mut wish = wish(hotel, TODAY, check_out);
    wish["room_type_id"] = json!(hotel.suite);
    wish["guest_user_id"] = json!(w.owner.user_id());
    wish
}

async fn an_entry(w: &World) -> String {
    w.admin.post(WAITLIST, &owners_wish(w, "2026-12-02").await).await.expect(201).id().to_owned()
}
