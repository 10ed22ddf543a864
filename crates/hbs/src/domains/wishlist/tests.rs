use crate::every_route::Exception::{NotVersioned, OfOwner};
use crate::every_route::{Call, Request};
use crate::support::{Hotel, HotelSpec, TestApp, together};
use serde_json::{Value, json};

const LIST: &str = "/v1/me/wishlist";

async fn hotel() -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    let spec = HotelSpec { suites: 1, prices: "net", taxes: &[("VAT", "10")], ..HotelSpec::default() };
    let hotel = app.hotel(spec).await;
    (app, hotel)
}

fn wish(room_type: &str) -> Value {
    json!({"room_type_id": room_type})
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().expect("items").iter().filter_map(|item| item["room_type_name"].as_str()).collect()
}

#[tokio::test]
async fn wishes_are_added_listed_and_taken_off() {
    let (app, hotel) = hotel().await;
    let (guest, other) = (app.guest().await, app.guest().await);
    let added = guest.post(LIST, &wish(&hotel.double)).await.expect(201);
    assert_eq!(added.header("location"), format!("{LIST}/{}", added.id()));
    assert_eq!(added.body["property_name"], "Test Hotel");
    assert_eq!(added.body["base_price"], json!({"amount": "100.00", "currency": "EUR"}));
    assert_eq!(added.body["offer"], Value::Null);
    guest.post(LIST, &wish(&hotel.suite)).await.expect(201);

    let list = guest.get(LIST).await.expect(200);
    assert_eq!(names(&list.body), ["STE", "DBL"], "the newest first");
    assert_eq!(names(&other.get(LIST).await.body), Vec::<&str>::new(), "nobody else's");

    let foreign = other.delete(&format!("{LIST}/{}", added.id()), "\"1\"").await;
    assert_eq!((foreign.status, foreign.code()), (404, "request.not_found"));
    guest.delete(&format!("{LIST}/{}", added.id()), "\"1\"").await.expect(204);
    assert_eq!(names(&guest.get(LIST).await.body), ["STE"]);
    assert_eq!(guest.delete(&format!("{LIST}/{}", added.id()), "\"1\"").await.status, 404);
    let kinds = app.event_kinds().await;
    let wishes: Vec<_> = kinds.iter().filter(|kind| kind.starts_with("wishlist_item")).collect();
    assert_eq!(wishes, ["wishlist_item.added", "wishlist_item.added", "wishlist_item.removed"]);
}

#[tokio::test]
async fn each_says_what_it_costs_and_whether_it_is_free() {
    let (app, hotel) = hotel().await;
    let guest = app.guest().await;
    for kind in [&hotel.double, &hotel.suite] {
        guest.post(LIST, &wish(kind)).await.expect(201);
    }
    hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let offers = async |query: &str| {
        let list = guest.get(&format!("{LIST}?{query}")).await.expect(200).body;
        list["items"].as_array().expect("items").iter().map(|item| item["offer"].clone()).collect::<Vec<_>>()
    };
    let shown = |offer: &Value| {
        assert_eq!(offer["bookable"], json!(offer["rate_plan_id"].is_string()), "{offer}");
        assert_eq!(offer["default_total"], offer["total"], "there is no other plan: {offer}");
        (offer["available"].as_i64().unwrap_or(-1), offer["total"]["amount"].as_str().map(String::from))
    };
    let both = async |query: &str| offers(query).await.iter().map(shown).collect::<Vec<_>>();
    let total = |amount: &str| Some(amount.to_owned());
    assert_eq!(both("check_in=2026-12-11&check_out=2026-12-14").await, [(1, total("825.00")), (1, total("330.00"))]);
    let four = both("check_in=2026-12-12&check_out=2026-12-13&adults=4").await;
    assert_eq!(four, [(1, total("275.00")), (2, None)], "four adults need the suite");
    hotel.book(&hotel.manager, "2026-12-11", "2026-12-12").await;
    let full = both("check_in=2026-12-11&check_out=2026-12-14").await;
    assert_eq!(full[1], (0, None), "right after the last room is sold");
    let beyond = both("check_in=2032-01-01&check_out=2032-01-02").await;
    assert_eq!(beyond, [(0, None), (0, None)], "beyond the horizon");
    app.sql("UPDATE rate_plans SET min_stay = 2").await;
    assert_eq!(both("check_in=2026-12-20&check_out=2026-12-21").await, [(1, None), (2, None)], "no plan sells one night");
    assert_eq!(both("check_in=2026-12-20&check_out=2026-12-22").await, [(1, total("550.00")), (2, total("220.00"))]);
}

#[tokio::test]
async fn an_offer_is_wished_for_with_its_price_and_availability() {
    let (app, hotel) = hotel().await;
    let guest = app.guest().await;
    let offer = json!({
        "property_id": hotel.id, "name": "Suites for less", "kind": "percent", "percent": "10", "access": "automatic",
        "room_types": [{"room_type_id": hotel.suite}],
    });
    let made = hotel.manager.post("/v1/offers", &offer).await.expect(201);
    let added = guest.post(LIST, &json!({"offer_id": made.id()})).await.expect(201);
    assert_eq!(
        json!([added.body["offer_name"], added.body["offer_id"], added.body["room_type_id"], added.body["base_price"]]),
        json!(["Suites for less", made.id(), null, null])
    );
    guest.post(LIST, &wish(&hotel.suite)).await.expect(201);
    let list = guest.get(&format!("{LIST}?check_in=2026-12-10&check_out=2026-12-11")).await.expect(200).body;
    let told = |item: &Value| {
        let offer = &item["offer"];
        json!([offer["room_type_id"], offer["available"], offer["bookable"], offer["total"]["amount"]])
    };
    let expected = json!([hotel.suite, 1, true, "247.50"]);
    assert_eq!([told(&list["items"][0]), told(&list["items"][1])], [expected.clone(), expected], "250.00 less 10 %, and VAT");
    let again = guest.post(LIST, &json!({"offer_id": made.id()})).await.expect(409);
    assert_eq!((again.code(), again.pointers()), ("wishlist.already_there", vec!["/offer_id"]));
    for body in [json!({}), json!({"offer_id": made.id(), "room_type_id": hotel.suite})] {
        assert_eq!(guest.post(LIST, &body).await.expect(422).pointers(), ["/room_type_id"]);
    }
    hotel.manager.patch(&format!("/v1/offers/{}", made.id()), "\"1\"", &json!({"is_archived": true})).await.expect(200);
    let left = guest.get(LIST).await.expect(200).body;
    assert_eq!(left["items"].as_array().map(Vec::len), Some(1), "what is over is not shown");
    hotel.manager.delete(&format!("/v1/offers/{}", made.id()), "\"2\"").await.expect(204);
}

#[tokio::test]
async fn bad_input_is_named() {
    let (app, hotel) = hotel().await;
    let guest = app.guest().await;
    let unknown = guest.post(LIST, &wish(&hotel.id)).await;
    assert_eq!((unknown.status, unknown.pointers()), (422, vec!["/room_type_id"]));
    guest.post(LIST, &wish(&hotel.double)).await.expect(201);
    let again = guest.post(LIST, &wish(&hotel.double)).await;
    assert_eq!((again.status, again.code(), again.pointers()), (409, "wishlist.already_there", vec!["/room_type_id"]));
    for (query, pointer) in [
        ("check_in=2026-12-11", "/check_out"),
        ("check_out=2026-12-11", "/check_in"),
        ("check_in=2026-12-11&check_out=2026-12-11", "/check_out"),
        ("check_in=2026-12-11&check_out=2026-12-12&adults=0", "/adults"),
        ("adults=0", "/adults"),
        ("check_in=soon&check_out=2026-12-12", "/check_in"),
        ("check_in=2026-12-11&check_out=2026-12-12&children_ages=4,18", "/children_ages"),
    ] {
        let reply = guest.get(&format!("{LIST}?{query}")).await;
        assert_eq!((reply.status, reply.pointers()), (422, vec![pointer]), "{query}");
    }
}

#[tokio::test]
async fn what_is_not_sold_any_more_is_not_listed() {
    let (app, hotel) = hotel().await;
    let guest = app.guest().await;
    guest.post(LIST, &wish(&hotel.double)).await.expect(201);
    app.sql(&format!("UPDATE room_types SET is_deleted = true, deleted_at = now() WHERE id = '{}'", hotel.double)).await;
    assert_eq!(names(&guest.get(LIST).await.body), Vec::<&str>::new());
    assert_eq!(guest.post(LIST, &wish(&hotel.double)).await.status, 422);
}

#[tokio::test]
async fn a_wish_sent_several_times_at_once_is_there_once_and_the_limit_holds() {
    let (app, hotel) = hotel().await;
    let guest = app.guest().await;
    let send = |kind: String| {
        let guest = guest.clone();
        async move { guest.post(LIST, &wish(&kind)).await.status }
    };
    let mut statuses = together((0..8).map(|_| send(hotel.double.clone()))).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    app.sql(&format!(
        "INSERT INTO room_types (property_id, id, code, name, max_adults, max_children, max_guests, base_price_minor, created_at, updated_at)
         SELECT '{0}', gen_random_uuid(), 'T' || n, 'T', 2, 0, 2, 100, now(), now() FROM generate_series(1, 198) n;
         INSERT INTO wishlist_items (id, user_id, property_id, room_type_id, created_at, updated_at)
         SELECT gen_random_uuid(), '{1}', property_id, id, now(), now() FROM room_types WHERE code LIKE 'T%'",
        hotel.id,
        guest.user_id()
    ))
    .await;
    guest.post(LIST, &wish(&hotel.suite)).await.expect(201);
    app.sql(&format!("DELETE FROM wishlist_items WHERE room_type_id = '{0}'; INSERT INTO room_types (property_id, id, code, name, max_adults, max_children, max_guests, base_price_minor, created_at, updated_at) VALUES ('{1}', gen_random_uuid(), 'LAST', 'T', 2, 0, 2, 100, now(), now()); INSERT INTO wishlist_items (id, user_id, property_id, room_type_id, created_at, updated_at) SELECT gen_random_uuid(), '{2}', property_id, id, now(), now() FROM room_types WHERE code = 'LAST'", hotel.suite, hotel.id, guest.user_id())).await;
    let full = guest.post(LIST, &wish(&hotel.suite)).await;
    assert_eq!((full.status, full.code()), (409, "wishlist.full"));
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_wishlist", async |_| Call::plain()),
        Request::new("add_to_wishlist", async |w| Call::plain().json(&wish(&w.hotel().await.double))),
        Request::new("remove_from_wishlist", async |w| {
            Call::to(w.owner.post(LIST, &wish(&w.hotel().await.double)).await.expect(201).id())
        })
        .but(NotVersioned, "a wish is made and taken back, never changed")
        .but(OfOwner, "others' wishes are nobody's to see"),
    ]
}
