use crate::every_route::Exception::NotKeyed;
use crate::every_route::{Call, Request, World};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

const GUESTS: &str = "/v1/guests";

fn ana(property: &str) -> Value {
    json!({
        "property_id": property, "full_name": "Ana Sousa", "email": "Ana@Example.com", "phone": "+351 910 000 000",
        "locale": "pt-PT", "address": {"city": "Lisboa", "country": "PT"}, "birth_date": "1990-04-25", "nationality": "PT",
        "notes": "Allergic to nuts", "preferences": ["High floor"], "tags": ["Wine", "wine", "golf"], "is_vip": true,
    })
}

fn named(property: &str, name: &str) -> Value {
    json!({"property_id": property, "full_name": name})
}

async fn make(hotel: &Hotel, body: &Value) -> Reply {
    hotel.manager.post(GUESTS, body).await.expect(201)
}

async fn read(client: &Client, id: &str) -> Reply {
    client.get(&format!("{GUESTS}/{id}")).await.expect(200)
}

async fn merge(hotel: &Hotel, survivor: &str, merged: &str) -> Reply {
    hotel.manager.post(&format!("{GUESTS}/{survivor}/merge"), &json!({"merged_id": merged})).await
}

async fn unmerge(hotel: &Hotel, merged: &str) -> Reply {
    hotel.manager.post(&format!("{GUESTS}/{merged}/unmerge"), &json!({})).await
}

/// Returns a request with a contact, and perhaps the name of who stays.
fn of_contact(hotel: &Hotel, (from, to): (&str, &str), name: &str, email: &str, phone: Option<&str>) -> Value {
    let mut request = hotel.request(from, to);
    request["contact"] = json!({"full_name": name, "email": email, "phone": phone});
    request
}

fn guest_of(booking: &Reply) -> &str {
    booking.body["guest_id"].as_str().unwrap_or_else(|| panic!("no profile in {}", booking.body))
}

async fn items(client: &Client, path: &str) -> Vec<Value> {
    client.get(path).await.expect(200).body["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn a_profile_is_added_changed_and_removed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let made = make(&hotel, &ana(&hotel.id)).await;
    let path = format!("{GUESTS}/{}", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!((&made.body["email"], &made.body["tags"]), (&json!("ana@example.com"), &json!(["wine", "golf"])));
    assert_eq!(made.body["address"], json!({"street": null, "city": "Lisboa", "postal_code": null, "country": "PT"}));
    assert_eq!((&made.body["survivor_id"], &made.body["merged_into_id"]), (&made.body["id"], &Value::Null));
    assert_eq!(made.body["statistics"]["revenue"], eur("0.00"));
    assert_eq!(read(manager, made.id()).await.body, made.body);

    let change = json!({"full_name": "Ana Sousa Lima", "notes": null, "tags": ["GOLF"], "birth_date": null, "is_vip": false});
    let changed = manager.patch(&path, "\"1\"", &change).await.expect(200);
    let fields = ["full_name", "notes", "tags", "birth_date", "is_vip", "phone"].map(|field| changed.body[field].clone());
    assert_eq!(json!(fields), json!(["Ana Sousa Lima", null, ["golf"], null, false, "+351 910 000 000"]));
    manager.patch(&path, "\"1\"", &change).await.expect(412);
    assert_eq!(manager.patch(&path, "\"2\"", &change).await.expect(200).header("etag"), "\"2\"", "it is so already");
    assert_eq!(app.event_kinds().await.iter().filter(|kind| kind.starts_with("guest.")).count(), 2);
    let in_clear =
        "SELECT count(*) FROM outbox WHERE kind LIKE 'guest.%' AND changes::text ~* 'sousa|ana@|nuts|wine|lisboa|910 000'";
    assert_eq!(app.number(in_clear).await, 0, "people are not on the record");
    manager.delete(&path, "\"2\"").await.expect(204);
    manager.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_profile_that_makes_no_sense_is_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (field, value, pointer) in [
        ("full_name", json!(" "), "/full_name"),
        ("email", json!("nobody"), "/email"),
        ("phone", json!("1"), "/phone"),
        ("birth_date", json!("2999-01-01"), "/birth_date"),
        ("nationality", json!("Portugal"), "/nationality"),
        ("tags", json!([""]), "/tags/0"),
        ("account_id", json!(hotel.double), "/account_id"),
        ("locale", json!("Portuguese"), "/locale"),
    ] {
        let mut request = ana(&hotel.id);
        request[field] = value.clone();
        assert_eq!(hotel.manager.post(GUESTS, &request).await.expect(422).pointers(), [pointer], "{field} {value}");
    }
}

#[tokio::test]
async fn profiles_are_searched_for_however_they_are_written() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let mut zoe = named(&hotel.id, "Zoë Müller-Almeida");
    zoe["email"] = json!("zoe.m@mueller.example");
    zoe["phone"] = json!("+49 (30) 901-820");
    zoe["tags"] = json!(["Late"]);
    let zoe = make(&hotel, &zoe).await;
    make(&hotel, &ana(&hotel.id)).await;
    for q in [
        "zoe",
        "ZOE%20MULLER",
        "muller%20zoe",
        "almeida%20zo%C3%AB",
        "Mu%CC%88ller",
        "mueller.example",
        "49%2030%20901820",
        "004930%20901820",
        "30.901.820",
        "901-820",
    ] {
        let found = items(&hotel.manager, &format!("{GUESTS}?property_id={}&q={q}", hotel.id)).await;
        assert_eq!(found.iter().map(|guest| guest["id"].clone()).collect::<Vec<_>>(), [zoe.body["id"].clone()], "{q}");
    }
    for query in ["email=ZOE.M%40mueller.example", "tag=LATE", "is_vip=false"] {
        let found = items(&hotel.manager, &format!("{GUESTS}?{query}")).await;
        assert_eq!((found.len(), &found[0]["id"]), (1, &zoe.body["id"]), "{query}");
    }
    let page = hotel.manager.get(&format!("{GUESTS}?limit=1")).await.expect(200);
    assert_eq!(page.body["items"][0]["full_name"], "Ana Sousa", "newest first");
    let next = page.body["next_cursor"].as_str().expect("another page");
    let rest = hotel.manager.get(&format!("{GUESTS}?limit=1&cursor={next}")).await.expect(200);
    assert_eq!((&rest.body["items"][0]["id"], &rest.body["next_cursor"]), (&zoe.body["id"], &Value::Null));
    assert!(rest.body["items"][0].get("notes").is_none(), "lists do not show what is noted");
}

#[tokio::test]
async fn what_is_typed_finds_its_profile_or_makes_one() {
    let app = TestApp::new().await;
    let (hotel, elsewhere) =
        (app.hotel(HotelSpec { rooms: 9, ..HotelSpec::default() }).await, app.hotel(HotelSpec::default()).await);
    let desk = &hotel.manager;
    let nights = ("2026-12-10", "2026-12-11");
    let booked = async |name: &str, email: &str, phone: Option<&str>| {
        book(desk, &of_contact(&hotel, nights, name, email, phone)).await.expect(201)
    };
    let first = booked("Ana Sousa", "ana@example.com", Some("+351 910 000 000")).await;
    let profile = read(desk, guest_of(&first)).await;
    assert_eq!(
        json!([profile.body["full_name"], profile.body["email"], profile.body["phone"], profile.body["user_id"]]),
        json!(["Ana Sousa", "ana@example.com", "+351 910 000 000", null])
    );
    let same = [
        booked("ana sousa", "ANA@example.com", None).await,
        booked("Sousa, Ana", "other@example.com", Some("00351910000000")).await,
    ];
    for one in &same {
        assert_eq!(guest_of(one), guest_of(&first), "the same name, and the address or the number");
    }
    for other in
        [booked("Rui Sousa", "ana@example.com", Some("+351 910 000 000")).await, booked("Ana Sousa", "a@example.com", None).await]
    {
        assert_ne!(guest_of(&other), guest_of(&first), "another name, or the name alone");
    }
    let there = book(&elsewhere.manager, &elsewhere.request("2026-12-10", "2026-12-11")).await.expect(201);
    assert_ne!(guest_of(&there), guest_of(&first), "another hotel");
    assert_eq!(desk.get(&format!("/v1/bookings/{}", same[0].id())).await.expect(200).body["guest_id"], first.body["guest_id"]);
    let list = items(desk, &format!("/v1/bookings?guest_id={}", guest_of(&first))).await;
    assert_eq!(list.len(), 3);
    let events = "SELECT count(*) FROM outbox WHERE kind = 'guest.created'";
    assert_eq!(app.number(events).await, 4, "each profile once on the record");

    // A contact who becomes another one has another profile; one whose address alone is new is known by the number.
    let path = format!("/v1/bookings/{}", first.id());
    let moved = desk.patch(&path, "\"1\"", &json!({"contact": {"email": "new@example.com"}})).await.expect(200);
    assert_eq!(guest_of(&moved), guest_of(&first));
    let other = desk.patch(&path, "\"2\"", &json!({"contact": {"full_name": "Eva Lima"}})).await.expect(200);
    assert_ne!(guest_of(&other), guest_of(&first));
    // The desk can say whose it is.
    let chosen = desk.patch(&path, "\"3\"", &json!({"guest_id": guest_of(&first)})).await.expect(200);
    assert_eq!((guest_of(&chosen), &chosen.body["contact"]["full_name"]), (guest_of(&first), &json!("Eva Lima")));
    assert_eq!(desk.patch(&path, "\"4\"", &json!({"guest_id": guest_of(&there)})).await.expect(422).pointers(), ["/guest_id"]);
    let mut request = of_contact(&hotel, nights, "Somebody", "somebody@example.com", None);
    request["guest_id"] = first.body["guest_id"].clone();
    assert_eq!(guest_of(&book(desk, &request).await.expect(201)), guest_of(&first));
    request["guest_id"] = there.body["guest_id"].clone();
    assert_eq!(book(desk, &request).await.expect(422).pointers(), ["/guest_id"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn guests_who_book_for_themselves_have_one_profile_and_do_not_see_it() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let email = app.rows(&format!("SELECT email FROM users WHERE id = '{}'", guest.user_id())).await[0]["email"].clone();
    let email = email.as_str().expect("an address");
    let nights = ("2026-12-10", "2026-12-11");
    // The desk has booked for the guest before.
    let by_desk = book(&hotel.manager, &of_contact(&hotel, nights, "Ana Sousa", email, None)).await.expect(201);
    assert_eq!(read(&hotel.manager, guest_of(&by_desk)).await.body["user_id"], Value::Null);
    let own = book(&guest, &of_contact(&hotel, nights, "Ana Sousa", email, None)).await.expect(201);
    assert_eq!((&own.body["guest_id"], &own.body["account_id"]), (&Value::Null, &Value::Null), "guests do not see profiles");
    let linked = read(&hotel.manager, guest_of(&by_desk)).await;
    assert_eq!(linked.body["user_id"], guest.user_id());
    assert_eq!(linked.body["statistics"]["bookings"], 2);
    // Known by the account, whatever the address; and nobody else's account is linked.
    let other = book(&guest, &of_contact(&hotel, nights, "Ana Sousa", "work@example.com", None)).await.expect(201);
    let for_friend = book(&guest, &of_contact(&hotel, nights, "Rui Almeida", email, None)).await.expect(201);
    let seen = async |booking: &Reply| hotel.manager.get(&format!("/v1/bookings/{}", booking.id())).await.expect(200);
    assert_eq!(guest_of(&seen(&other).await), guest_of(&by_desk));
    assert_ne!(guest_of(&seen(&for_friend).await), guest_of(&by_desk));
    assert_eq!(app.number("SELECT count(*) FROM guests WHERE user_id IS NOT NULL").await, 1);
    guest.get(&format!("{GUESTS}/{}", guest_of(&by_desk))).await.expect(403);
    let mut request = hotel.request("2026-12-10", "2026-12-11");
    request["guest_id"] = by_desk.body["guest_id"].clone();
    assert_eq!(book(&guest, &request).await.expect(422).pointers(), ["/guest_id"]);
    let patch = guest.patch(&format!("/v1/bookings/{}", own.id()), "\"1\"", &json!({"guest_id": guest_of(&by_desk)})).await;
    assert_eq!(patch.expect(422).pointers(), ["/guest_id"]);
}

#[tokio::test]
async fn who_stays_has_a_profile_beside_the_contact() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let mut request = of_contact(&hotel, ("2026-12-01", "2026-12-03"), "Ana Sousa", "ana@example.com", None);
    request["rooms"] = json!([
        {"room_type_id": hotel.double, "adults": 1, "guest_name": "ANA SOUSA"},
        {"room_type_id": hotel.double, "adults": 1, "guest_name": "Rui Almeida"},
        {"room_type_id": hotel.double, "adults": 1, "guest_name": "Almeida, Rui"},
    ]);
    let booking = book(desk, &request).await.expect(201);
    let guests: Vec<&Value> = (0..3).map(|n| &booking.body["stays"][n]["guest_id"]).collect();
    assert!(guests[0].is_null() && guests[1].is_string() && guests[1] == guests[2], "{guests:?}");
    let path = format!("/v1/bookings/{}", booking.id());
    assert_eq!(desk.get(&path).await.expect(200).body, booking.body);
    let rui = guests[1].as_str().expect("an id").to_owned();
    let of_rui = read(desk, &rui).await;
    assert_eq!(json!([of_rui.body["full_name"], of_rui.body["email"]]), json!(["Rui Almeida", null]));

    // Whoever is registered is the contact, who stays under that name, or somebody new; being registered again makes nobody new.
    let stay = booking.body["stays"][1]["id"].as_str().expect("an id");
    let registered = async |etag: &str, guests: Value| {
        desk.with("if-match", etag).put(&format!("{path}/stays/{stay}/guests"), &json!({"guests": guests})).await.expect(200)
    };
    let eva = json!({"full_name": "Eva Lima", "birth_date": "1999-01-02", "nationality": "ES"});
    registered("\"1\"", json!([{"full_name": "Rui Almeida"}, eva, {"full_name": "Ana Sousa"}])).await;
    let profiles = async || {
        let rows = app.rows("SELECT guest_id FROM stay_guests ORDER BY position").await;
        rows.iter().map(|row| row["guest_id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    let first = profiles().await;
    assert_eq!((first[0].as_str(), first[2].as_str()), (rui.as_str(), guest_of(&booking)));
    let of_eva = read(desk, &first[1]).await;
    assert_eq!(json!([of_eva.body["birth_date"], of_eva.body["nationality"]]), json!(["1999-01-02", "ES"]));
    registered("\"2\"", json!([eva, {"full_name": "Rui Almeida"}])).await;
    assert_eq!(profiles().await, [first[1].clone(), rui.clone()]);

    // A stay under another name, and a room that is added.
    let renamed = json!({"stays": [{"stay_id": booking.body["stays"][2]["id"], "guest_name": "Pedro"}],
                         "add_rooms": [{"room_type_id": hotel.double, "adults": 1, "guest_name": "Ana Sousa"}]});
    desk.post(&format!("{path}/amend"), &renamed).await.expect(200);
    let now = desk.get(&path).await.expect(200).body;
    assert_eq!((&now["stays"][1]["guest_id"], &now["stays"][3]["guest_id"]), (&json!(rui), &Value::Null));
    let pedro = read(desk, now["stays"][2]["guest_id"].as_str().expect("an id")).await;
    assert_eq!(pedro.body["full_name"], "Pedro");
    app.assert_consistent().await;
}

#[tokio::test]
async fn a_profile_tells_stays_and_spending() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 5, taxes: &[("IVA", "6")], ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let booked = async |nights, name: &str, companion: Option<&str>| {
        let mut request = of_contact(&hotel, nights, name, "ana@example.com", None);
        request["rooms"][0]["guest_name"] = json!(companion);
        book(desk, &request).await.expect(201)
    };
    let stayed = booked(("2026-12-01", "2026-12-03"), "Ana Sousa", None).await;
    act(desk, &stayed, "check-in").await.expect(200);
    let for_rui = booked(("2026-12-01", "2026-12-02"), "Ana Sousa", Some("Rui Almeida")).await;
    act(desk, &for_rui, "check-in").await.expect(200);
    let cancelled = booked(("2026-12-05", "2026-12-06"), "Ana Sousa", None).await;
    act(desk, &cancelled, "cancel").await.expect(200);
    booked(("2026-12-20", "2026-12-22"), "Ana Sousa", None).await;

    let of_ana = read(desk, guest_of(&stayed)).await;
    assert_eq!(
        of_ana.body["statistics"],
        json!({"bookings": 4, "stays": 1, "nights": 2, "cancelled": 1, "no_shows": 0, "revenue": eur("200.00"),
               "first_check_in": "2026-12-01", "last_check_out": "2026-12-03", "next_check_in": "2026-12-20"})
    );
    let stays = items(desk, &format!("{GUESTS}/{}/stays", guest_of(&stayed))).await;
    let days: Vec<&Value> = stays.iter().map(|stay| &stay["check_in"]).collect();
    assert_eq!(days, ["2026-12-20", "2026-12-05", "2026-12-01"], "latest first, and not the one under Rui's name");
    assert_eq!(
        json!([stays[2]["booking_id"], stays[2]["status"], stays[2]["total"], stays[2]["is_companion"]]),
        json!([stayed.body["id"], "checked_in", eur("200.00"), false])
    );
    let rui = for_rui.body["stays"][0]["guest_id"].as_str().expect("an id");
    assert_eq!(read(desk, rui).await.body["statistics"]["revenue"], eur("100.00"));
    let page = desk.get(&format!("{GUESTS}/{}/stays?limit=2", guest_of(&stayed))).await.expect(200);
    let next = page.body["next_cursor"].as_str().expect("another page");
    let rest = items(desk, &format!("{GUESTS}/{}/stays?limit=2&cursor={next}", guest_of(&stayed))).await;
    assert_eq!((rest.len(), &rest[0]), (1, &stays[2]));
}

#[tokio::test]
async fn duplicates_are_found_with_their_reasons() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let me = make(&hotel, &ana(&hotel.id)).await;
    let like = async |change: Value| {
        let mut body = named(&hotel.id, "Somebody");
        for (name, value) in change.as_object().expect("an object") {
            body[name] = value.clone();
        }
        make(&hotel, &body).await.id().to_owned()
    };
    let by_mail = like(json!({"full_name": "A. Sousa", "email": "ana@example.com"})).await;
    let by_all = like(
        json!({"full_name": "SOUSA Ana", "email": "ana@example.com", "phone": "00351 910000000", "birth_date": "1990-04-25"}),
    )
    .await;
    let by_birth = like(json!({"full_name": "Ana Lima", "birth_date": "1990-04-25"})).await;
    let by_name = like(json!({"full_name": "Ana Sousa"})).await;
    like(json!({"full_name": "Ana Sousa", "birth_date": "1970-01-01"})).await;
    like(json!({"full_name": "Rui", "birth_date": "1990-04-25"})).await;
    let found = items(&hotel.manager, &format!("{GUESTS}/{}/duplicates", me.id())).await;
    let told: Vec<(&str, &Value)> =
        found.iter().map(|one| (one["guest"]["id"].as_str().expect("an id"), &one["reasons"])).collect();
    assert_eq!(
        told,
        [
            (by_all.as_str(), &json!(["email", "phone", "name", "birth_date"])),
            (&by_mail, &json!(["email"])),
            (&by_name, &json!(["name"])),
            (&by_birth, &json!(["birth_date"])),
        ]
    );
    assert!(found.iter().map(|one| one["score"].as_i64()).is_sorted_by(|one, other| one >= other));
    merge(&hotel, me.id(), &by_all).await.expect(200);
    let left = items(&hotel.manager, &format!("{GUESTS}/{}/duplicates", me.id())).await;
    assert_eq!(left.len(), 3, "who is merged is none");
}

#[tokio::test]
async fn merging_loses_nothing_and_can_be_taken_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 6, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let nights = ("2026-12-01", "2026-12-02");
    let one = book(desk, &of_contact(&hotel, nights, "Ana Sousa", "ana@example.com", None)).await.expect(201);
    let two =
        book(desk, &of_contact(&hotel, nights, "Ana Sousa", "a.sousa@example.com", Some("+351 910 000 000"))).await.expect(201);
    let (survivor, merged) = (guest_of(&one).to_owned(), guest_of(&two).to_owned());
    let details = json!({"notes": "Comes by train", "tags": ["golf"], "preferences": ["High floor"], "is_vip": true,
                         "birth_date": "1990-04-25", "address": {"city": "Lisboa", "country": "PT"}});
    desk.patch(&format!("{GUESTS}/{merged}"), "\"1\"", &details).await.expect(200);
    desk.patch(&format!("{GUESTS}/{survivor}"), "\"1\"", &json!({"notes": "Allergic to nuts", "tags": ["wine"]}))
        .await
        .expect(200);
    let (before, other) = (read(desk, &survivor).await, read(desk, &merged).await);
    let bookings = format!("/v1/bookings?property_id={}", hotel.id);
    let shown = desk.get(&bookings).await.expect(200);

    let done = merge(&hotel, &survivor, &merged).await.expect(200);
    let fields = |reply: &Reply| {
        ["email", "phone", "notes", "tags", "preferences", "is_vip", "birth_date", "address"]
            .map(|field| reply.body[field].clone())
    };
    assert_eq!(
        json!(fields(&done)),
        json!([
            "ana@example.com",
            "+351 910 000 000",
            "Allergic to nuts\n\nComes by train",
            ["wine", "golf"],
            ["High floor"],
            true,
            "1990-04-25",
            other.body["address"]
        ])
    );
    assert_eq!(
        (&done.body["merged"][0]["id"], &done.body["merged"][0]["email"]),
        (&json!(merged), &json!("a.sousa@example.com"))
    );
    assert_eq!(done.body["statistics"]["bookings"], 2, "bookings follow");
    let sync = shown.body["sync"].as_str().expect("a mark");
    let news = desk.get(&format!("{bookings}&updated_since={sync}")).await.expect(200);
    assert_eq!(
        (&news.body["is_delta"], news.body["items"].as_array().map(Vec::len)),
        (&json!(false), Some(2)),
        "all rows may be others"
    );
    assert_eq!(guest_of(&desk.get(&format!("/v1/bookings/{}", two.id())).await.expect(200)), survivor);
    for id in [&survivor, &merged] {
        assert_eq!(items(desk, &format!("/v1/bookings?guest_id={id}")).await.len(), 2, "by either id");
    }
    assert_eq!(items(desk, &format!("{GUESTS}/{survivor}/stays")).await.len(), 2);
    let gone = read(desk, &merged).await;
    assert_eq!((&gone.body["merged_into_id"], &gone.body["survivor_id"]), (&json!(survivor), &json!(survivor)));
    assert_eq!(fields(&gone), fields(&other), "it is kept as it was");
    // It is not listed, cannot be changed, and finds its survivor.
    let listed = items(desk, &format!("{GUESTS}?q=a.sousa%40example.com")).await;
    assert_eq!((listed.len(), &listed[0]["id"]), (1, &json!(survivor)));
    let refused = desk.patch(&format!("{GUESTS}/{merged}"), gone.header("etag"), &json!({"notes": "x"})).await.expect(409);
    assert_eq!((refused.code(), &refused.body["survivor_id"]), ("guests.merged", &json!(survivor)));
    assert_eq!(merge(&hotel, &survivor, &merged).await.expect(409).code(), "guests.merged");
    assert_eq!(merge(&hotel, &survivor, &survivor).await.expect(422).pointers(), ["/merged_id"]);
    assert_eq!(desk.delete(&format!("{GUESTS}/{survivor}"), done.header("etag")).await.expect(409).code(), "guests.in_use");
    // Whoever is typed like it meanwhile is the survivor, and its own afterwards.
    let meanwhile = book(desk, &of_contact(&hotel, nights, "Ana Sousa", "a.sousa@example.com", None)).await.expect(201);
    assert_eq!(guest_of(&meanwhile), survivor);

    let back = unmerge(&hotel, &merged).await.expect(200);
    assert_eq!(fields(&back), fields(&other));
    assert_eq!((&back.body["merged_into_id"], &back.body["statistics"]["bookings"]), (&Value::Null, &json!(2)));
    let restored = read(desk, &survivor).await;
    assert_eq!((fields(&restored), &restored.body["merged"]), (fields(&before), &json!([])));
    assert_eq!(restored.body["statistics"], before.body["statistics"]);
    assert_eq!(unmerge(&hotel, &merged).await.expect(409).code(), "guests.not_merged");
    let kinds = app.event_kinds().await;
    assert!(kinds.contains(&"guest.merged".to_owned()) && kinds.contains(&"guest.unmerged".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn merges_upon_merges_are_taken_back_in_turn() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, ..HotelSpec::default() }).await;
    let desk = &hotel.manager;
    let mut ids = Vec::new();
    for email in ["a@example.com", "b@example.com", "c@example.com"] {
        let booking = book(desk, &of_contact(&hotel, ("2026-12-01", "2026-12-02"), "Ana", email, None)).await.expect(201);
        ids.push(guest_of(&booking).to_owned());
    }
    let bookings = async |id: &str| read(desk, id).await.body["statistics"]["bookings"].clone();
    merge(&hotel, &ids[1], &ids[0]).await.expect(200);
    merge(&hotel, &ids[2], &ids[1]).await.expect(200);
    assert_eq!(bookings(&ids[2]).await, 3);
    assert_eq!(read(desk, &ids[0]).await.body["survivor_id"], json!(ids[2]));
    assert_eq!(read(desk, &ids[2]).await.body["merged"].as_array().map(Vec::len), Some(2));
    let refused = unmerge(&hotel, &ids[0]).await.expect(409);
    assert_eq!((refused.code(), &refused.body["merged_id"]), ("guests.merged_further", &json!(ids[1])));
    unmerge(&hotel, &ids[1]).await.expect(200);
    assert_eq!((bookings(&ids[1]).await, bookings(&ids[2]).await), (json!(2), json!(1)));
    unmerge(&hotel, &ids[0]).await.expect(200);
    for id in &ids {
        let profile = read(desk, id).await;
        assert_eq!((&profile.body["survivor_id"], &profile.body["statistics"]["bookings"]), (&json!(id), &json!(1)));
        assert_eq!(profile.body["merged"], json!([]));
    }
    let elsewhere = app.hotel(HotelSpec::default()).await;
    let stranger = make(&elsewhere, &named(&elsewhere.id, "Ana")).await;
    assert_eq!(merge(&hotel, &ids[0], stranger.id()).await.expect(422).pointers(), ["/merged_id"], "another hotel's");
}

#[tokio::test]
async fn documents_are_kept_apart_and_reading_them_is_on_the_record() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = make(&hotel, &ana(&hotel.id)).await;
    let path = format!("{GUESTS}/{}/documents", guest.id());
    let passport = json!({"kind": "passport", "number": "CA123456", "country": "PT", "expires_on": "2031-04-25"});
    let put = async |client: &Client, etag: &str, documents: Value| {
        client.with("if-match", etag).put(&path, &json!({"documents": documents})).await
    };
    let clerk = app.staff(&["guests:read", "guests:write"], Some(&hotel.id)).await;
    clerk.get(&path).await.expect(403);
    put(&clerk, "\"1\"", json!([passport])).await.expect(403);
    let writer = app.staff(&["guest_documents:write"], Some(&hotel.id)).await;
    let done = put(&writer, "\"1\"", json!([passport])).await.expect(200);
    let masked = json!({"kind": "passport", "number": "•••• 3456", "country": "PT", "expires_on": "2031-04-25"});
    assert_eq!((done.header("etag"), &done.body["documents"]), ("\"2\"", &json!([masked])));
    assert_eq!(put(&writer, "\"2\"", json!([passport])).await.expect(200).header("etag"), "\"2\"", "they are so already");
    writer.get(&path).await.expect(403);
    let reader = app.staff(&["guest_documents:read"], Some(&hotel.id)).await;
    let shown = reader.get(&path).await.expect(200);
    assert_eq!((&shown.body, shown.header("etag")), (&done.body, "\"2\""));
    let told = app.rows("SELECT kind, actor_id, changes FROM outbox WHERE kind LIKE 'guest.documents%' ORDER BY id").await;
    assert_eq!(
        told.iter().map(|event| event["kind"].as_str().expect("a kind")).collect::<Vec<_>>(),
        ["guest.documents_set", "guest.documents_read"]
    );
    assert_eq!(told[1]["actor_id"], reader.user_id());
    assert_eq!(told[0]["changes"]["documents"], json!({"before": 0, "after": 1}));
    assert!(!read(&hotel.manager, guest.id()).await.body.to_string().contains("CA123456"));
    // One is shown in full, and who saw it is on the record.
    let path_to_reveal = format!("{path}/reveal");
    writer.post(&path_to_reveal, &json!({"position": 0})).await.expect(403);
    clerk.post(&path_to_reveal, &json!({"position": 0})).await.expect(403);
    let full = reader.post(&path_to_reveal, &json!({"position": 0})).await.expect(200);
    assert_eq!((&full.body, full.header("etag")), (&passport, "\"2\""));
    assert_eq!(reader.post(&path_to_reveal, &json!({"position": 1})).await.expect(422).pointers(), ["/position"]);
    reader.with("if-match", "\"1\"").post(&path_to_reveal, &json!({"position": 0})).await.expect(412);
    let told = app.rows("SELECT entity, entity_id, actor_id, changes FROM outbox WHERE kind = 'personal_data.revealed'").await;
    assert_eq!((told.len(), &told[0]["entity"], &told[0]["entity_id"]), (1, &json!("personal_data"), &json!(guest.id())));
    assert_eq!(
        (&told[0]["actor_id"], &told[0]["changes"]["source"]["after"]),
        (&json!(reader.user_id()), &json!("guest_document"))
    );
    for sql in [
        "SELECT count(*) FROM outbox WHERE changes::text LIKE '%CA123456%'",
        "SELECT count(*) FROM idempotency_keys WHERE body LIKE '%CA123456%'",
        "SELECT count(*) FROM guest_documents WHERE encode(number, 'escape') LIKE '%CA123456%'",
    ] {
        assert_eq!(app.number(sql).await, 0, "{sql}");
    }
    let wrong = put(&writer, "\"2\"", json!([{"kind": "passport", "number": "", "country": "Portugal"}])).await.expect(422);
    assert_eq!(wrong.pointers(), ["/documents/0/country", "/documents/0/number"]);
    // What is sent back as it is shown stays as it is; what is not on record cannot be meant.
    assert_eq!(put(&writer, "\"2\"", json!([masked])).await.expect(200).header("etag"), "\"2\"");
    let renewed = json!({"kind": "passport", "number": "•••• 3456", "country": "PT", "expires_on": "2036-04-25"});
    let card = json!({"kind": "identity_card", "number": "12345678", "country": "PT"});
    put(&writer, "\"2\"", json!([card, renewed])).await.expect(200);
    let kept = reader.post(&path_to_reveal, &json!({"position": 1})).await.expect(200).body;
    assert_eq!((&kept["number"], &kept["expires_on"]), (&json!("CA123456"), &json!("2036-04-25")));
    let unknown = json!([card, {"kind": "passport", "number": "•••• 3456", "country": "ES"}]);
    assert_eq!(put(&writer, "\"3\"", unknown).await.expect(422).pointers(), ["/documents/1/number"]);
    put(&writer, "\"3\"", json!([])).await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM guest_documents").await, 0);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_guests", async |w| {
            a_guest(w).await;
            Call::plain()
        }),
        Request::new("create_guest", async |w| Call::plain().json(&ana(w.property().await))),
        Request::new("get_guest", async |w| Call::to(&a_guest(w).await)),
        Request::new("update_guest", async |w| Call::to(&a_guest(w).await).json(&json!({"notes": "Another note"}))),
        Request::new("delete_guest", async |w| Call::to(&a_guest(w).await)),
        Request::new("list_guest_stays", async |w| Call::to(&a_guest(w).await)),
        Request::new("list_guest_duplicates", async |w| Call::to(&a_guest(w).await)),
        Request::new("merge_guests", async |w| {
            let merged = a_guest(w).await;
            Call::to(&a_guest(w).await).json(&json!({"merged_id": merged}))
        }),
        Request::new("unmerge_guest", async |w| {
            let (survivor, merged) = (a_guest(w).await, a_guest(w).await);
            w.admin.post(&format!("{GUESTS}/{survivor}/merge"), &json!({"merged_id": merged})).await.expect(200);
            Call::to(&merged)
        }),
        Request::new("get_guest_documents", async |w| Call::to(&a_guest(w).await)),
        Request::new("reveal_guest_document", async |w| {
            let guest = a_guest(w).await;
            let documents = json!({"documents": [{"kind": "passport", "number": "CA123456", "country": "PT"}]});
            let path = format!("{GUESTS}/{guest}/documents");
            w.admin.with("if-match", "\"1\"").put(&path, &documents).await.expect(200);
            Call::to(&guest).json(&json!({"position": 0}))
        })
        .but(NotKeyed, "each reveal is on the record, and a kept answer would outlive the document"),
        Request::new("set_guest_documents", async |w| {
            let document = json!({"kind": "passport", "number": "CA123456", "country": "PT"});
            Call::to(&a_guest(w).await).json(&json!({"documents": [document]}))
        }),
    ]
}

async fn a_guest(w: &World) -> String {
    w.admin.post(GUESTS, &ana(w.property().await)).await.expect(201).id().to_owned()
}
