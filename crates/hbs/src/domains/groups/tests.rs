use crate::every_route::{Call, Exception::Public, Request, World};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, book, eur};
use serde_json::{Value, json};

const GROUPS: &str = "/v1/groups";

/// Makes a group of so many doubles from the 10th to the 13th, at 80.00 a night, until the 5th.
fn wedding(hotel: &Hotel, rooms: i32) -> Value {
    json!({
        "property_id": hotel.id, "name": "Wedding of Ana and Rui", "code": "ana-rui", "cut_off": "2026-12-05",
        "contact": {"full_name": "Ana Sousa", "email": "ana@example.com"},
        "block": [{"room_type_id": hotel.double, "from": "2026-12-10", "to": "2026-12-13", "rooms": rooms}],
        "rates": [{"room_type_id": hotel.double, "nightly_price": eur("80.00")}],
    })
}

async fn make(hotel: &Hotel, rooms: i32) -> Reply {
    hotel.manager.post(GROUPS, &wedding(hotel, rooms)).await.expect(201)
}

/// Makes a booking with the code of the wedding.
fn of_group(hotel: &Hotel, check_in: &str, check_out: &str) -> Value {
    let mut request = hotel.request(check_in, check_out);
    request["group_code"] = json!("Ana-Rui");
    request
}

/// Returns a night of the group: agreed, picked up, left.
async fn night(hotel: &Hotel, group: &Reply, date: &str) -> [i64; 3] {
    let group = hotel.manager.get(&format!("{GROUPS}/{}", group.id())).await.expect(200);
    let nights = group.body["nights"].as_array().expect("nights");
    let night = nights.iter().find(|night| night["date"] == date).unwrap_or_else(|| panic!("{date} in {nights:?}"));
    ["blocked", "picked_up", "remaining"].map(|field| night[field].as_i64().expect("a number"))
}

/// Doubles that anybody can book.
async fn on_sale(app: &TestApp, hotel: &Hotel, date: &str) -> i64 {
    let sql = "SELECT capacity + overbooking - sold - allotted FROM inventory";
    app.number(&format!("{sql} WHERE room_type_id = '{}' AND night = '{date}'", hotel.double)).await
}

#[tokio::test]
async fn the_contact_of_a_group_need_not_have_an_address() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let mut request = wedding(&hotel, 2);
    request["contact"] = json!({"full_name": "Ana Sousa", "phone": "+351910000000"});
    let group = hotel.manager.post(GROUPS, &request).await.expect(201);
    let expected = json!({"full_name": "Ana Sousa", "email": null, "phone": "+351910000000"});
    assert_eq!(group.body["contact"], expected);
    let shown = hotel.manager.get(&format!("{GROUPS}/{}", group.id())).await.expect(200);
    assert_eq!(shown.body["contact"], expected);
}

#[tokio::test]
async fn guests_of_a_group_take_what_is_set_aside_and_others_what_is_left() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let group = make(&hotel, 2).await;
    assert_eq!(group.header("location"), format!("{GROUPS}/{}", group.id()));
    assert_eq!((&group.body["code"], &group.body["status"]), (&json!("ANA-RUI"), &json!("open")));
    assert_eq!(on_sale(&app, &hotel, "2026-12-10").await, 1);

    let offer = app.anonymous().get(&format!("/v1/properties/{}/groups/ana-RUI", hotel.id)).await.expect(200);
    assert_eq!(offer.body["rates"], json!([{"room_type_id": hotel.double, "nightly_price": eur("80.00")}]));
    assert_eq!(offer.body["nights"][2], json!({"date": "2026-12-12", "room_type_id": hotel.double, "remaining": 2}));
    assert!(offer.body.get("contact").is_none());
    for unknown in ["other", "%00", "a%20b"] {
        app.anonymous().get(&format!("/v1/properties/{}/groups/{unknown}", hotel.id)).await.expect(404);
    }
    let mut both = of_group(&hotel, "2026-12-11", "2026-12-12");
    both["rooms"] = json!([both["rooms"][0], both["rooms"][0], both["rooms"][0]]);
    let both = book(&guest, &both).await.expect(201);
    assert_eq!(both.body["total"], eur("260.00"), "two rooms were agreed on");
    guest.post(&format!("/v1/bookings/{}/cancel", both.id()), &json!({})).await.expect(200);

    // At the agreed rate, and a night more than was agreed at the price of the day.
    let first = book(&guest, &of_group(&hotel, "2026-12-10", "2026-12-14")).await.expect(201);
    assert_eq!((&first.body["total"], &first.body["group_id"]), (&eur("340.00"), &group.body["id"]));
    assert_eq!(night(&hotel, &group, "2026-12-12").await, [2, 1, 1]);
    assert_eq!(night(&hotel, &group, "2026-12-13").await, [0, 1, 0]);
    assert_eq!((on_sale(&app, &hotel, "2026-12-12").await, on_sale(&app, &hotel, "2026-12-13").await), (1, 2));

    hotel.book(&guest, "2026-12-10", "2026-12-11").await;
    let refused = book(&guest, &hotel.request("2026-12-10", "2026-12-11")).await.expect(409);
    assert_eq!((refused.code(), &refused.body["nights"][0]["available"]), ("booking.no_availability", &json!(0)));
    let second = book(&guest, &of_group(&hotel, "2026-12-10", "2026-12-11")).await.expect(201);
    assert_eq!(night(&hotel, &group, "2026-12-10").await, [2, 2, 0]);
    let refused = book(&guest, &of_group(&hotel, "2026-12-10", "2026-12-11")).await.expect(409);
    assert_eq!(refused.code(), "booking.no_availability");
    app.assert_consistent().await;

    // An amendment takes from the group, too, at its rate; what is given up goes back to it.
    let amend = |reply: &Reply, body: Value| {
        let path = format!("/v1/bookings/{}/amend", reply.id());
        let guest = guest.clone();
        async move { guest.post(&path, &body).await }
    };
    let longer = amend(&second, json!({"check_out": "2026-12-13"})).await.expect(200);
    assert_eq!(longer.body["booking"]["total"], eur("240.00"));
    assert_eq!(night(&hotel, &group, "2026-12-12").await, [2, 2, 0]);
    amend(&second, json!({"check_in": "2026-12-11"})).await.expect(200);
    assert_eq!(night(&hotel, &group, "2026-12-10").await, [2, 1, 1]);
    guest.post(&format!("/v1/bookings/{}/cancel", first.id()), &json!({})).await.expect(200);
    assert_eq!(night(&hotel, &group, "2026-12-10").await, [2, 0, 2]);
    assert_eq!((on_sale(&app, &hotel, "2026-12-10").await, on_sale(&app, &hotel, "2026-12-13").await), (0, 3));
    app.assert_consistent().await;

    let listed = hotel.manager.get(&format!("{GROUPS}?property_id={}&q=RUI%20wed&status=open", hotel.id)).await.expect(200);
    assert_eq!(listed.body["items"][0]["contact"], group.body["contact"]);
    let former = hotel.manager.get(&format!("{GROUPS}?property_id={}&text=rui", hotel.id)).await.expect(200);
    assert_eq!(former.body, listed.body);
    let other = hotel.manager.get(&format!("{GROUPS}?property_id={}&q=rui%20tour", hotel.id)).await.expect(200);
    assert_eq!(other.body["items"], json!([]), "all of the words");
    assert_eq!(
        ["from", "to", "blocked", "picked_up", "remaining"].map(|field| listed.body["items"][0][field].clone()),
        [json!("2026-12-10"), json!("2026-12-13"), json!(6), json!(2), json!(4)]
    );
    let of_group = hotel.manager.get(&format!("/v1/bookings?group_id={}", group.id())).await.expect(200);
    assert_eq!(of_group.body["items"].as_array().map(Vec::len), Some(3));
    let kinds = app.event_kinds().await;
    assert!(kinds.contains(&"group.created".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn on_the_cut_off_date_what_is_left_goes_back_on_sale() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 2, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let group = make(&hotel, 2).await;
    let booking = book(&guest, &of_group(&hotel, "2026-12-10", "2026-12-13")).await.expect(201);
    let release = async || {
        (hbs::domains::groups::DOMAIN.jobs[0].run)(app.app.clone()).await.expect("released");
    };
    app.set_clock("2026-12-04T23:30:00Z");
    release().await;
    assert_eq!(on_sale(&app, &hotel, "2026-12-10").await, 0);
    app.set_clock("2026-12-05T00:30:00Z");
    release().await;
    release().await;
    assert_eq!(on_sale(&app, &hotel, "2026-12-10").await, 1);
    assert_eq!(night(&hotel, &group, "2026-12-10").await, [2, 1, 0]);
    let refused = book(&guest, &of_group(&hotel, "2026-12-10", "2026-12-11")).await.expect(409);
    assert_eq!(refused.code(), "groups.released");
    // The rate was for what was agreed on.
    let path = format!("/v1/bookings/{}/amend", booking.id());
    let longer = guest.post(&path, &json!({"check_out": "2026-12-14"})).await.expect(200);
    assert_eq!(longer.body["difference"], eur("100.00"));
    // Who leaves now leaves the room to anybody.
    guest.post(&format!("/v1/bookings/{}/cancel", booking.id()), &json!({})).await.expect(200);
    assert_eq!((on_sale(&app, &hotel, "2026-12-10").await, night(&hotel, &group, "2026-12-10").await), (2, [2, 0, 0]));
    let path = format!("{GROUPS}/{}", group.id());
    let now = hotel.manager.get(&path).await.expect(200);
    assert_eq!((&now.body["status"], now.header("etag")), (&json!("released"), "\"2\""));
    assert_eq!(hotel.manager.post(&format!("{path}/release"), &json!({})).await.expect(409).code(), "groups.released");
    let block = json!({"block": wedding(&hotel, 1)["block"]});
    let refused = hotel.manager.with("if-match", "\"2\"").put(&format!("{path}/block"), &block).await.expect(409);
    assert_eq!(refused.code(), "groups.released");
    let events = app.rows("SELECT changes FROM outbox WHERE kind = 'group.released'").await;
    assert_eq!((events.len(), &events[0]["changes"]["remaining"]), (1, &json!({"before": 3, "after": 0})));
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_group_that_cannot_be_released_holds_up_no_other() {
    let app = TestApp::new().await;
    let (first, second) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let groups = [make(&first, 1).await, make(&second, 1).await];
    let broken = groups[0].id();
    app.sql(&format!("ALTER TABLE groups ADD CONSTRAINT broken CHECK (id <> '{broken}' OR released_at IS NULL)")).await;
    let release = async || {
        let done = (hbs::domains::groups::DOMAIN.jobs[0].run)(app.app.clone()).await;
        (done.is_ok(), app.number("SELECT count(*) FROM groups WHERE released_at IS NOT NULL").await)
    };
    app.set_clock("2026-12-05T00:30:00Z");
    assert_eq!(release().await, (false, 1));
    app.sql("ALTER TABLE groups DROP CONSTRAINT broken").await;
    assert_eq!(release().await, (true, 2));
    app.assert_consistent().await;
}

#[tokio::test]
async fn the_hotel_sets_other_rooms_aside_and_releases_them_early() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, suites: 1, ..HotelSpec::default() }).await;
    let group = make(&hotel, 2).await;
    book(&hotel.manager, &of_group(&hotel, "2026-12-10", "2026-12-12")).await.expect(201);
    hotel.book(&hotel.manager, "2026-12-12", "2026-12-13").await;
    let path = format!("{GROUPS}/{}", group.id());
    let line =
        |kind: &str, from: &str, to: &str, rooms: i32| json!({"room_type_id": kind, "from": from, "to": to, "rooms": rooms});
    let put = |etag: &'static str, block: Value| {
        let (manager, path) = (hotel.manager.with("if-match", etag), format!("{path}/block"));
        async move { manager.put(&path, &json!({"block": block})).await }
    };
    let refused = put("\"1\"", json!([line(&hotel.double, "2026-12-10", "2026-12-13", 3)])).await.expect(409);
    assert_eq!(
        (refused.code(), &refused.body["nights"]),
        (
            "groups.no_availability",
            &json!([{"date": "2026-12-12", "room_type_id": hotel.double, "reason": "sold_out", "available": 0}])
        )
    );
    let lines = json!([line(&hotel.double, "2026-12-09", "2026-12-11", 3), line(&hotel.suite, "2026-12-10", "2026-12-11", 1)]);
    let changed = put("\"1\"", lines).await.expect(200);
    assert_eq!(changed.header("etag"), "\"2\"");
    assert_eq!(
        put("\"1\"", json!([line(&hotel.double, "2026-12-09", "2026-12-11", 1)])).await.expect(412).code(),
        "request.precondition_failed"
    );
    assert_eq!(night(&hotel, &group, "2026-12-09").await, [3, 0, 3]);
    assert_eq!(night(&hotel, &group, "2026-12-11").await, [0, 1, 0], "the stay is still there");
    for (date, left) in [("2026-12-09", 0), ("2026-12-10", 0), ("2026-12-11", 2), ("2026-12-12", 2)] {
        assert_eq!(on_sale(&app, &hotel, date).await, left, "{date}");
    }
    app.assert_consistent().await;

    let rate = json!({"room_type_id": hotel.double, "nightly_price": eur("80.00")});
    let many = json!({"rates": vec![rate; 101]});
    assert_eq!(hotel.manager.patch(&path, "\"2\"", &many).await.expect(422).pointers(), ["/rates"]);
    let patched =
        hotel.manager.patch(&path, "\"2\"", &json!({"notes": "Late arrivals", "contact": null, "rates": []})).await.expect(200);
    assert_eq!((&patched.body["contact"], &patched.body["rates"]), (&Value::Null, &json!([])));
    let full_price = book(&hotel.manager, &of_group(&hotel, "2026-12-09", "2026-12-10")).await.expect(201);
    assert_eq!(full_price.body["total"], eur("100.00"));
    let released = hotel.manager.post(&format!("{path}/release"), &json!({})).await.expect(200);
    assert_eq!((&released.body["status"], &released.body["version"]), (&json!("released"), &json!(4)));
    assert_eq!(on_sale(&app, &hotel, "2026-12-09").await, 2);
    app.assert_consistent().await;
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let wrong = async |change: &dyn Fn(&mut Value)| {
        let mut request = wedding(&hotel, 1);
        change(&mut request);
        hotel.manager.post(GROUPS, &request).await.expect(422).pointers().into_iter().map(String::from).collect::<Vec<_>>()
    };
    assert_eq!(wrong(&|request| request["code"] = json!("a b")).await, ["/code"]);
    assert_eq!(wrong(&|request| request["cut_off"] = json!("2026-12-11")).await, ["/cut_off"]);
    assert_eq!(wrong(&|request| request["cut_off"] = json!("2026-12-01")).await, ["/cut_off"]);
    assert_eq!(wrong(&|request| request["block"][0]["rooms"] = json!(0)).await, ["/block/0/rooms"]);
    assert_eq!(wrong(&|request| request["block"][0]["to"] = json!("2026-12-10")).await, ["/block/0/to"]);
    assert_eq!(wrong(&|request| request["block"][0]["room_type_id"] = json!(elsewhere.double)).await, ["/block/0/room_type_id"]);
    assert_eq!(
        wrong(&|request| request["rates"][0]["nightly_price"]["currency"] = json!("USD")).await,
        ["/rates/0/nightly_price/currency"]
    );
    assert_eq!(wrong(&|request| request["rate_plan_id"] = json!(hotel.double)).await, ["/rate_plan_id"]);
    make(&hotel, 1).await;
    let taken = hotel.manager.post(GROUPS, &wedding(&hotel, 1)).await.expect(409);
    assert_eq!((taken.code(), taken.pointers()), ("groups.code_taken", vec!["/code"]));
    let mut unknown = of_group(&hotel, "2026-12-10", "2026-12-11");
    unknown["group_code"] = json!("NOBODY");
    assert_eq!(book(&hotel.manager, &unknown).await.expect(422).pointers(), ["/group_code"]);
    let beyond = json!([{"room_type_id": hotel.double, "from": "2029-12-10", "to": "2029-12-11", "rooms": 1}]);
    let mut far = wedding(&hotel, 1);
    far["block"] = beyond;
    far["code"] = json!("far");
    let refused = hotel.manager.post(GROUPS, &far).await.expect(409);
    assert_eq!(refused.body["nights"][0]["reason"], json!("beyond_horizon"));
    app.assert_consistent().await;
}

/// S16: codes of groups cannot be guessed: whoever tries some is stopped, and nobody else.
#[tokio::test]
async fn codes_are_not_guessed() {
    let app = TestApp::with(|config| config.rate_limits = true).await;
    let hotel = app.hotel(HotelSpec::default()).await;
    make(&hotel, 1).await;
    let offers = format!("/v1/properties/{}/groups", hotel.id);
    let (attacker, other) = (app.anonymous().from("192.0.2.1"), app.anonymous().from("192.0.2.2"));
    for n in 0..20 {
        attacker.get(&format!("{offers}/ana-rui")).await.expect(200);
        attacker.get(&format!("{offers}/guess-{n}")).await.expect(404);
    }
    for code in ["guess-21", "ana-rui", "%00"] {
        let refused = attacker.get(&format!("{offers}/{code}")).await.expect(429);
        assert_eq!((refused.code(), &refused.body["budget"]), ("request.rate_limited", &json!("codes")));
        assert!((1..=600).contains(&refused.header("retry-after").parse::<u32>().expect("seconds")));
    }
    other.get(&format!("{offers}/ana-rui")).await.expect(200);
    // Whoever books with codes that they do not have is stopped, too, and nobody else is.
    let (guest, another) = (app.guest().await, app.guest().await);
    let mut request = of_group(&hotel, "2026-12-11", "2026-12-12");
    for n in 0..20 {
        request["group_code"] = json!(format!("GUESS-{n}"));
        assert_eq!(book(&guest, &request).await.expect(422).pointers(), ["/group_code"]);
    }
    let right = of_group(&hotel, "2026-12-11", "2026-12-12");
    assert_eq!(book(&guest, &right).await.expect(429).body["budget"], "codes");
    book(&another, &right).await.expect(201);
}

#[tokio::test]
async fn a_group_without_a_code_gets_one_that_nobody_guesses() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    let mut request = wedding(&hotel, 1);
    request.as_object_mut().expect("an object").remove("code");
    let mut codes = Vec::new();
    for _ in 0..2 {
        let group = hotel.manager.post(GROUPS, &request).await.expect(201);
        let code = group.body["code"].as_str().expect("a code").to_owned();
        assert!(code.len() == 10 && code.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()), "{code}");
        app.anonymous().get(&format!("/v1/properties/{}/groups/{}", hotel.id, code.to_lowercase())).await.expect(200);
        codes.push(code);
    }
    assert_ne!(codes[0], codes[1]);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_groups", async |w| {
            a_group(w).await;
            Call::plain()
        }),
        Request::new("create_group", async |w| Call::plain().json(&wedding(w.hotel().await, 1))),
        Request::new("get_group", async |w| Call::to(&a_group(w).await)),
        Request::new("update_group", async |w| Call::to(&a_group(w).await).json(&json!({"name": "Another name"}))),
        Request::new("set_group_block", async |w| {
            let block = &wedding(w.hotel().await, 2)["block"];
            Call::to(&a_group(w).await).json(&json!({"block": block}))
        }),
        Request::new("release_group", async |w| Call::to(&a_group(w).await)),
        Request::new("get_group_offer", async |w| {
            a_group(w).await;
            Call::to(w.property().await).and("ana-rui")
        })
        .but(Public, "whoever has the group's code sees what it gets"),
    ]
}

async fn a_group(w: &World) -> String {
    make(w.hotel().await, 1).await.id().to_owned()
}
