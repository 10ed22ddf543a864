use crate::every_route::{Call, Request, World};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, book, eur};
use serde_json::{Value, json};

const ACCOUNTS: &str = "/v1/accounts";

fn agency(property: &str) -> Value {
    json!({
        "property_id": property, "kind": "agent", "name": "Viagens São Brás, Lda.", "contact_name": "Rui Almeida",
        "email": "Contas@Example.com", "phone": "+351 210 000 000", "tax_id": "PT501234567", "payment_days": 30,
        "address": {"street": "Rua Augusta 12", "city": "Lisboa", "country": "PT"}, "credit_limit": eur("5000.00"),
        "notes": "Pays late",
    })
}

async fn make(hotel: &Hotel) -> Reply {
    hotel.manager.post(ACCOUNTS, &agency(&hotel.id)).await.expect(201)
}

#[tokio::test]
async fn an_account_is_added_changed_and_removed() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let manager = &hotel.manager;
    let made = make(&hotel).await;
    let path = format!("{ACCOUNTS}/{}", made.id());
    assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!((&made.body["email"], &made.body["is_active"]), (&json!("contas@example.com"), &json!(true)));
    assert_eq!(made.body["address"], json!({"street": "Rua Augusta 12", "city": "Lisboa", "postal_code": null, "country": "PT"}));
    assert_eq!(made.body["credit_limit"], eur("5000.00"));
    assert_eq!(manager.get(&path).await.expect(200).body, made.body);

    let change = json!({"payment_days": 14, "credit_limit": null, "address": null, "notes": null});
    let changed = manager.patch(&path, "\"1\"", &change).await.expect(200);
    assert_eq!(
        json!([changed.body["payment_days"], changed.body["credit_limit"], changed.body["address"], changed.body["notes"]]),
        json!([14, null, null, null])
    );
    assert_eq!((&changed.body["name"], changed.header("etag")), (&made.body["name"], "\"2\""));
    manager.patch(&path, "\"1\"", &change).await.expect(412);
    let same = manager.patch(&path, "\"2\"", &change).await.expect(200);
    assert_eq!((same.header("etag"), app.event_kinds().await.last().map(String::as_str)), ("\"2\"", Some("account.updated")));
    let told = app.rows("SELECT changes FROM outbox WHERE kind = 'account.created'").await;
    assert_eq!(told[0]["changes"]["name"], json!({"withheld": true}), "an agent can be a person");
    assert_eq!(told[0]["changes"]["payment_days"], json!({"before": null, "after": 30}));
    manager.delete(&path, "\"2\"").await.expect(204);
    manager.get(&path).await.expect(404);
}

#[tokio::test]
async fn accounts_are_searched_for_by_words_and_digits() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = make(&hotel).await;
    let mut other = agency(&hotel.id);
    other["kind"] = json!("company");
    other["name"] = json!("Other");
    other["phone"] = json!("+44 20 7946 0000");
    for field in ["contact_name", "email", "address"] {
        other[field] = Value::Null;
    }
    other["tax_id"] = json!("GB 123-456.789");
    let other = hotel.manager.post(ACCOUNTS, &other).await.expect(201);
    let found = async |query: &str| -> Vec<Value> {
        let list = hotel.manager.get(&format!("{ACCOUNTS}?property_id={}&{query}", hotel.id)).await.expect(200);
        list.body["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect()
    };
    for q in ["sao%20bras", "br%C3%A1s%20viagens", "210%20000%20000", "%2B351210", "contas%40example", "PT5012", "lisboa%20rui"] {
        assert_eq!(found(&format!("q={q}")).await, [made.body["id"].clone()], "{q}");
    }
    for q in ["0044%2020", "020.7946", "GB%20123", "123456789"] {
        assert_eq!(found(&format!("q={q}")).await, [other.body["id"].clone()], "{q}");
    }
    assert_eq!(found("kind=company").await, [other.body["id"].clone()]);
    assert_eq!(found("").await, [other.body["id"].clone(), made.body["id"].clone()], "newest first");
    assert_eq!(found("q=nobody").await, Vec::<Value>::new());
}

#[tokio::test]
async fn bookings_are_made_for_active_accounts_of_the_hotel() {
    let app = TestApp::new().await;
    let (hotel, elsewhere) = (app.hotel(HotelSpec::default()).await, app.hotel(HotelSpec::default()).await);
    let (account, strange) = (make(&hotel).await, make(&elsewhere).await);
    let with = |account: &Reply| {
        let mut request = hotel.request("2026-12-10", "2026-12-12");
        request["account_id"] = account.body["id"].clone();
        request
    };
    let booking = book(&hotel.manager, &with(&account)).await.expect(201);
    assert_eq!(booking.body["account_id"], account.body["id"]);
    let path = format!("/v1/bookings/{}", booking.id());
    assert_eq!(hotel.manager.get(&path).await.expect(200).body["account_id"], account.body["id"]);
    let of_account = hotel.manager.get(&format!("/v1/bookings?account_id={}", account.id())).await.expect(200);
    assert_eq!(of_account.body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(book(&hotel.manager, &with(&strange)).await.expect(422).pointers(), ["/account_id"]);
    assert_eq!(book(&app.guest().await, &with(&account)).await.expect(422).pointers(), ["/account_id"], "guests do not name one");

    let group = json!({"property_id": hotel.id, "name": "Meeting", "cut_off": "2026-12-05", "account_id": account.id(),
                       "block": [{"room_type_id": hotel.double, "from": "2026-12-14", "to": "2026-12-15", "rooms": 1}]});
    let agreed = hotel.manager.post("/v1/groups", &group).await.expect(201);

    let used = format!("{ACCOUNTS}/{}", account.id());
    assert_eq!(hotel.manager.delete(&used, "\"1\"").await.expect(409).code(), "accounts.in_use");
    hotel.manager.patch(&used, "\"1\"", &json!({"is_active": false})).await.expect(200);
    assert_eq!(book(&hotel.manager, &with(&account)).await.expect(422).pointers(), ["/account_id"]);
    assert_eq!(hotel.manager.post("/v1/groups", &group).await.expect(422).pointers(), ["/account_id"]);
    let same = json!({"account_id": account.id(), "notes": "Late"});
    hotel.manager.patch(&format!("/v1/groups/{}", agreed.id()), agreed.header("etag"), &same).await.expect(200);
    // What it has stays, and can be changed and taken away.
    hotel.manager.patch(&path, "\"1\"", &json!({"account_id": account.id(), "special_requests": "Late"})).await.expect(200);
    let taken = hotel.manager.patch(&path, "\"2\"", &json!({"account_id": null})).await.expect(200);
    assert_eq!(taken.body["account_id"], Value::Null);
    let refused = hotel.manager.patch(&path, "\"3\"", &json!({"account_id": account.id()})).await.expect(422);
    assert_eq!(refused.pointers(), ["/account_id"]);
    app.assert_consistent().await;
}

#[tokio::test]
async fn an_account_that_makes_no_sense_is_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    for (field, value, pointer) in [
        ("kind", json!("friend"), "/kind"),
        ("name", json!(""), "/name"),
        ("email", json!("nobody"), "/email"),
        ("email", json!("x@127.0.0.1"), "/email"),
        ("payment_days", json!(-1), "/payment_days"),
        ("payment_days", json!(366), "/payment_days"),
        ("credit_limit", json!({"amount": "-0.01", "currency": "EUR"}), "/credit_limit"),
        ("credit_limit", json!({"amount": "1.00", "currency": "USD"}), "/credit_limit/currency"),
        ("address", json!({"country": "Portugal"}), "/address/country"),
        ("tax_id", json!(""), "/tax_id"),
    ] {
        let mut request = agency(&hotel.id);
        request[field] = value.clone();
        let refused = hotel.manager.post(ACCOUNTS, &request).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{field} {value}");
    }
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_accounts", async |w| {
            an_account(w).await;
            Call::plain()
        }),
        Request::new("create_account", async |w| Call::plain().json(&agency(w.property().await))),
        Request::new("get_account", async |w| Call::to(&an_account(w).await)),
        Request::new("update_account", async |w| Call::to(&an_account(w).await).json(&json!({"payment_days": 10}))),
        Request::new("delete_account", async |w| Call::to(&an_account(w).await)),
    ]
}

async fn an_account(w: &World) -> String {
    w.admin.post(ACCOUNTS, &agency(w.property().await)).await.expect(201).id().to_owned()
}
