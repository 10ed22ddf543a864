//! Texts that clients send: one rule for all of them, and searches that find them however they are written.
use crate::every_route::Call;
use crate::support::{Hotel, HotelSpec, Log, Reply, TestApp};
use hbs::config::Config;
use http::Method;
use serde_json::{Map, Value, json};

pub fn document() -> Value {
    serde_json::to_value(hbs::server::document(&Config { test_clock: true, ..Config::defaults().expect("defaults") }))
        .expect("JSON")
}

/// Calls `found` for each schema below one, with the keys that lead to it: `[]` to the items of a list, `*` to the values of
/// an object with any keys.
pub fn walk<'d>(document: &'d Value, schema: &'d Value, at: &[&'d str], found: &mut impl FnMut(&[&'d str], &'d Value)) {
    if let Some(reference) = schema["$ref"].as_str() {
        return walk(document, document.pointer(&reference[1..]).expect("a schema"), at, found);
    }
    found(at, schema);
    for kind in ["oneOf", "anyOf", "allOf"] {
        schema[kind].as_array().into_iter().flatten().for_each(|one| walk(document, one, at, found));
    }
    let below = |key: &'d str| [at, &[key][..]].concat();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk(document, property, &below(name), found);
    }
    if schema["items"].is_object() {
        walk(document, &schema["items"], &below("[]"), found);
    }
    if schema["additionalProperties"].is_object() {
        walk(document, &schema["additionalProperties"], &below("*"), found);
    }
}

pub fn is_of_type(schema: &Value, kind: &str) -> bool {
    schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)))
}

/// Returns `true` for texts that are free, or have a form of their own: not for words of a list, ids and dates.
pub fn is_text(schema: &Value) -> bool {
    let is_other = ["uuid", "date", "date-time", "binary"].iter().any(|format| schema["format"] == *format);
    is_of_type(schema, "string") && schema["enum"].is_null() && !is_other
}

/// Puts a text, or another value, where the keys lead, with what is missing on the way, and returns the pointer there.
pub fn put(body: &mut Value, keys: &[&str], value: impl Into<Value>) -> String {
    let Some((key, rest)) = keys.split_first() else {
        *body = value.into();
        return String::new();
    };
    let (key, inner) = if *key == "[]" {
        if !body.is_array() {
            *body = json!([]);
        }
        let items = body.as_array_mut().expect("a list");
        if items.is_empty() {
            items.push(Value::Null);
        }
        ("0", &mut items[0])
    } else {
        if !body.is_object() {
            *body = Value::Object(Map::new());
        }
        let key = if *key == "*" { "pt" } else { key };
        (key, body.as_object_mut().expect("an object").entry(key).or_insert(Value::Null))
    };
    format!("/{key}{}", put(inner, rest, value))
}

/// Headers for which any value is fine, since what is not understood is as if it were not sent.
const LENIENT: [&str; 3] = ["Accept-Language", "If-None-Match", "If-Modified-Since"];

#[test]
fn the_document_tells_a_limit_of_every_input() {
    let document = document();
    let mut lacking = Vec::new();
    let mut seen = 0;
    let mut look = |place: String, schema: &Value| {
        let has = |names: &[&str]| names.iter().any(|name| !schema[*name].is_null());
        let number = is_of_type(schema, "integer") || is_of_type(schema, "number");
        let is_limited = if is_text(schema) {
            has(&["maxLength", "pattern"])
        } else if is_of_type(schema, "array") {
            has(&["maxItems"])
        } else if number && schema["enum"].is_null() {
            let is_between = has(&["minimum", "exclusiveMinimum"]) && has(&["maximum", "exclusiveMaximum"]);
            // Versions count on as long as there are numbers.
            is_between || place.ends_with("/version")
        } else {
            true
        };
        seen += 1;
        if !is_limited {
            lacking.push(place);
        }
    };
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("a name");
                if !LENIENT.contains(&name) {
                    walk(&document, &parameter["schema"], &[], &mut |_, schema| look(format!("{method} {path} {name}"), schema));
                }
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            walk(&document, body, &[], &mut |at, schema| look(format!("{method} {path} /{}", at.join("/")), schema));
        }
    }
    assert!(seen > 500, "{seen} inputs");
    assert!(lacking.is_empty(), "inputs without a limit: {lacking:#?}");
}

/// Books for a contact of this name, in a room of somebody with another.
async fn book(hotel: &Hotel, name: &str, guest: &str) -> Reply {
    let mut request = hotel.request("2026-12-10", "2026-12-11");
    request["contact"] = json!({"full_name": name, "email": " Ana.Contact@Example.COM "});
    request["rooms"][0]["guest_name"] = json!(guest);
    hotel.manager.post("/v1/bookings", &request).await.expect(201)
}

/// F18, S14: names are trimmed and composed, and those that show nothing, break lines or turn the direction of writing are
/// refused.
#[tokio::test]
async fn names_are_stored_in_one_form() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let made = book(&hotel, " Zoe\u{308} Mu\u{308}ller\u{a0}", "\u{feff}Jose\u{301}\n").await;
    assert_eq!(made.body["contact"]["full_name"], "Zoë Müller");
    assert_eq!(made.body["contact"]["email"], "ana.contact@example.com");
    assert_eq!(made.body["stays"][0]["guest_name"], "José");

    let booking = format!("/v1/bookings/{}", made.id());
    let patch = json!({"contact": {"email": " Zoe@Example.com"}, "special_requests": " a\r\nb "});
    let patched = hotel.manager.patch(&booking, made.header("etag"), &patch).await.expect(200);
    assert_eq!(
        (&patched.body["contact"]["email"], &patched.body["special_requests"]),
        (&json!("zoe@example.com"), &json!("a\nb"))
    );

    // Limits hold for what is stored.
    let long = json!({"contact": {"full_name": format!("  {}  ", "e\u{301}".repeat(200))}});
    let reply = hotel.manager.patch(&booking, patched.header("etag"), &long).await.expect(200);
    assert_eq!(reply.body["contact"]["full_name"], "é".repeat(200));
    for name in ["   ", "\u{200b}\u{200b}", "Ana\r\nBcc: x@example.com", "\u{1b}[2J", "A\u{202e}nA", "A\u{200b}na"] {
        let patch = json!({"contact": {"full_name": name}});
        let refused = hotel.manager.patch(&booking, "\"3\"", &patch).await.expect(422);
        assert_eq!(refused.pointers(), ["/contact/full_name"], "{name:?}");
    }
    let texts = json!({"texts": {"pt": {"name": "\u{2067}", "description": "a"}}});
    let property = hotel.manager.get(&format!("/v1/properties/{}", hotel.id)).await.expect(200);
    let refused = hotel.manager.patch(&format!("/v1/properties/{}", hotel.id), property.header("etag"), &texts).await.expect(422);
    assert_eq!(refused.pointers(), ["/texts/pt/name"]);
}

/// F18: a room number is taken however it is written: with blanks, in another case, or with characters that do not show.
#[tokio::test]
async fn a_room_has_a_number_once_however_it_is_written() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let room = |number: &str| json!({"property_id": hotel.id, "room_type_id": hotel.double, "number": number});
    let made = hotel.manager.post("/v1/rooms", &room(" 12a\u{301} ")).await.expect(201);
    assert_eq!(made.body["number"], "12á");
    for taken in ["101 ", "\u{a0}101", "101\u{200b}", "12Á", "12A\u{301}"] {
        let reply = hotel.manager.post("/v1/rooms", &room(taken)).await.expect(409);
        assert_eq!(reply.code(), "room.number_taken", "{taken:?}");
    }
    let path = format!("/v1/rooms/{}", made.id());
    let renamed = hotel.manager.patch(&path, "\"1\"", &json!({"number": "12Á"})).await.expect(200);
    assert_eq!(renamed.body["number"], "12Á", "its own number in another case is not taken");
    hotel.manager.patch(&path, "\"2\"", &json!({"number": "101 "})).await.expect(409);

    let import = format!("/v1/rooms/import?property_id={}&dry_run=true", hotel.id);
    let file = "number,room_type,floor\n12á,DBL,1\n103\u{a0},DBL,\u{200b}\n103,DBL,1\n10\u{202e}4,DBL,1\n";
    let report = hotel.manager.upload(Method::POST, &import, "text/csv", file.as_bytes()).await;
    let rows = report.body["items"].as_array().expect("rows");
    let columns: Vec<&Value> = rows.iter().map(|row| &row["errors"][0]["column"]).collect();
    assert_eq!(columns, [&json!("number"), &Value::Null, &json!("number"), &json!("number")], "{}", report.body);
}

/// F19, U9: people, groups and places are found by composed and decomposed letters alike, and without accents.
#[tokio::test]
async fn people_are_found_however_their_names_are_written() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let booking = book(&hotel, "Jürgen Müller-Łoś", "Søren Straße").await;
    let other = book(&hotel, "Bob", "Bob").await;
    let found = async |query: String| {
        let reply = hotel.manager.get(&format!("/v1/bookings?property_id={}&{query}", hotel.id)).await.expect(200);
        reply.body["items"].as_array().expect("items").iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    for text in ["M%C3%BCller", "Mu%CC%88ller", "muller", "M%C3%9CLLER", "jurgen+muller-los", "%C5%81O%C5%9A", "+M%C3%BCller+"] {
        assert_eq!(found(format!("contact={text}")).await, [booking.id()], "{text}");
        assert_eq!(found(format!("guest={text}")).await, [booking.id()], "{text}");
    }
    for text in ["soren", "S%C3%98REN", "strasse", "STRASSE", "stra%C3%9Fe"] {
        assert_eq!(found(format!("guest={text}")).await, [booking.id()], "{text}");
        assert!(found(format!("contact={text}")).await.is_empty(), "{text}");
    }
    assert_eq!(found("contact=ana.contact%40EXAMPLE".into()).await, [other.id(), booking.id()], "an address, in any case");
    for text in ["%25", "_", "M%5C%25"] {
        assert!(found(format!("contact={text}")).await.is_empty(), "{text} stands for itself");
    }
    // What was stored before texts had one form is found, too.
    app.sql(&format!("UPDATE bookings SET contact_name = normalize(contact_name, NFD) WHERE id = '{}'", booking.id())).await;
    assert_eq!(found("contact=M%C3%BCller".into()).await, [booking.id()]);

    let admin = app.admin().await;
    let guest = app.register("jm@example.com").await;
    app.sql(&format!("UPDATE users SET full_name = 'Jürgen Müller' WHERE id = '{}'", guest.user_id())).await;
    for text in ["muller", "Mu%CC%88ller", "M%C3%BCLLER", "JM%40example"] {
        let reply = admin.get(&format!("/v1/users?q={text}")).await.expect(200);
        assert_eq!(reply.body["items"][0]["id"], guest.user_id(), "{text}");
        assert_eq!(reply.body["items"].as_array().map(Vec::len), Some(1), "{text}");
    }

    let group = json!({"property_id": hotel.id, "name": "Hochzeit Müller", "code": "MUE-2026", "cut_off": "2026-12-05",
                       "block": [{"room_type_id": hotel.double, "from": "2026-12-20", "to": "2026-12-21", "rooms": 1}]});
    let group = hotel.manager.post("/v1/groups", &group).await.expect(201);
    for text in ["hochzeit+muller", "mu%CC%88ller", "mue-2026"] {
        let reply = hotel.manager.get(&format!("/v1/groups?property_id={}&text={text}", hotel.id)).await.expect(200);
        assert_eq!(reply.body["items"][0]["id"], group.id(), "{text}");
    }

    app.sql(&format!("UPDATE properties SET city = 'São Paulo' WHERE id = '{}'", hotel.id)).await;
    for city in ["sao+paulo", "S%C3%83O+PAULO", "Sa%CC%83o+Paulo"] {
        let reply = app.anonymous().get(&format!("/v1/properties?city={city}")).await.expect(200);
        assert_eq!(reply.body["items"][0]["id"], hotel.id, "{city}");
        let dates = "check_in=2026-12-10&check_out=2026-12-11";
        let reply = app.anonymous().get(&format!("/v1/availability/hotels?{dates}&city={city}")).await.expect(200);
        assert_eq!(reply.body["items"][0]["property_id"], hotel.id, "{city}");
    }
}

/// Asks with a query that is beyond a limit which the document tells.
#[tokio::test]
async fn queries_beyond_their_limits_are_refused() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let guest = app.guest().await;
    let calendar = format!("/v1/availability/calendar?property_id={}", hotel.id);
    let search = format!("/v1/availability?property_id={}&check_in=2026-12-10&check_out=2026-12-11", hotel.id);
    for (client, path, pointer) in [
        (&guest, "/v1/me/wishlist?adults=0".to_owned(), "/adults"),
        (&guest, "/v1/me/wishlist?adults=51".into(), "/adults"),
        (&guest, format!("/v1/me/wishlist?children_ages={}", ["7"; 51].join(",")), "/children_ages"),
        (&guest, format!("{search}&adults=0"), "/adults"),
        (&guest, format!("{search}&rooms=0"), "/rooms"),
        (&guest, format!("{search}&max_price=-1"), "/max_price"),
        (&guest, format!("{search}&channel=A%20B"), "/channel"),
        (&guest, format!("{calendar}&nights=0"), "/nights"),
        (&guest, format!("{calendar}&days=401"), "/days"),
        (&guest, "/v1/properties?country=PRT".into(), "/country"),
        (&guest, "/v1/properties?limit=0".into(), "/limit"),
        (&hotel.manager, format!("/v1/bookings?contact={}", "x".repeat(201)), "/contact"),
        (&hotel.manager, format!("/v1/rooms?number={}", "1".repeat(21)), "/number"),
    ] {
        let reply = client.get(&path).await.expect(422);
        assert_eq!((reply.pointers(), &reply.body["errors"][0]["in"]), (vec![pointer], &json!("query")), "{path}");
    }
    guest.get(&format!("/v1/me/wishlist?children_ages={}", ["7"; 50].join(","))).await.expect(200);
    let kind = json!({"property_id": hotel.id, "code": "d bl", "name": "x", "max_adults": 1, "max_children": 0, "max_guests": 1,
                      "base_price": {"amount": "1.00", "currency": "EUR"}});
    assert_eq!(hotel.manager.post("/v1/room-types", &kind).await.expect(422).pointers(), ["/code"]);
}

/// S12: no address that misses a secret one by a letter, a slash or a case is in the log.
#[tokio::test]
async fn addresses_that_almost_are_secrets_are_not_logged() {
    let app = TestApp::with(|config| {
        config.access_log = true;
        config.metrics_token = Some("operator".into());
    })
    .await;
    let hotel = app.hotel(HotelSpec::default()).await;
    let export = json!({"property_id": hotel.id, "name": "Partner", "room_id": hotel.rooms[0]});
    let export = hotel.manager.post("/v1/feed-exports", &export).await.expect(201);
    let path = export.body["path"].as_str().expect("a path");
    let secret = path.rsplit('/').next().and_then(|file| file.strip_suffix(".ics")).expect("a secret");

    let log = Log::default();
    let guard = log.listen(tracing::Level::TRACE);
    let stranger = app.anonymous();
    stranger.get(path).await.expect(200);
    for miss in [
        format!("{path}/"),
        format!("{path}/x"),
        format!("/{path}"),
        format!("/V1/feeds/{secret}.ics"),
        format!("/v1/Feeds/{secret}.ics"),
        format!("/v1//feeds/{secret}.ics"),
        format!("/v1/feeds%2F{secret}.ics"),
        format!("/v1/feeds/{secret}"),
        format!("/v1/feeds/{secret}.ICS"),
        format!("/feeds/{secret}.ics"),
        format!("/v1/feed-exports/{secret}"),
        format!("/v1/properties/{secret}/groups/{secret}"),
        format!("/v1/feeds?file={secret}.ics"),
        format!("/v1/properties/{}?x={secret}", hotel.id),
    ] {
        stranger.get(&miss).await;
        hotel.manager.send(Method::POST, &miss, Some("{".into())).await;
    }
    drop(guard);
    let text = log.text();
    assert_eq!(text.matches("micros=").count(), 29, "{text}");
    assert!(!text.contains(secret), "{text}");
    assert!(text.contains("unmatched") && text.contains(&format!("/v1/properties/{}", hotel.id)), "{text}");
    let metrics = stranger.with("authorization", "Bearer operator").get("/metrics").await.expect(200);
    assert!(!metrics.body.to_string().contains(secret));
}

#[test]
fn a_text_is_put_where_the_keys_lead() {
    let mut body = json!({"a": [{"b": 1}], "c": null});
    assert_eq!(put(&mut body, &["a", "[]", "b"], "x"), "/a/0/b");
    assert_eq!(put(&mut body, &["c", "*", "d"], "y"), "/c/pt/d");
    assert_eq!(body, json!({"a": [{"b": "x"}], "c": {"pt": {"d": "y"}}}));
    let call = Call::plain().json(&body);
    assert_eq!((call.body(), Call::plain().body()), (Some(body), None));
}
