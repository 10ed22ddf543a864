//! Payment links, through the API and against the demo gateway: whoever has one sees what is owed and pays it, once.
use crate::every_route::Exception::Public;
use crate::every_route::{Call, Request, World};
use crate::payments::gateway::Online;
use crate::payments::{PAYMENTS, balance, pay};
use crate::support::{Client, Reply, act, eur};
use serde_json::{Value, json};

const LINKS: &str = "/v1/payment-links";

/// The token of a link, from its address.
fn token(link: &Value) -> String {
    let url = link["url"].as_str().expect("an address");
    url.split_once("#token=").expect("a token").1.to_owned()
}

async fn make(online: &Online, more: Value) -> Reply {
    let mut body = json!({"booking_id": online.booking.id()});
    body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    online.hotel.manager.post(LINKS, &body).await
}

async fn show(client: &Client, deed: &str, token: &str) -> Reply {
    client.post(&format!("{LINKS}/{deed}"), &json!({"token": token})).await
}

async fn see(online: &Online, link: &Reply) -> Value {
    online.hotel.manager.get(&format!("{LINKS}/{}", link.id())).await.expect(200).body
}

#[tokio::test]
async fn whoever_has_a_link_pays_what_is_left_once() {
    let online = Online::new().await;
    let anybody = online.app.anonymous();
    pay(&online.hotel.manager, online.booking.id(), "50.00").await.expect(201);
    let link = make(&online, json!({})).await.expect(201);
    assert_eq!(
        (&link.body["status"], &link.body["amount"], &link.body["folio_id"], link.header("etag")),
        (&json!("open"), &Value::Null, &json!(online.booking.id()), "\"1\"")
    );
    let token = token(&link.body);
    let asked = show(&anybody, "open", &token).await.expect(200);
    assert_eq!(
        (&asked.body["hotel"], &asked.body["amount"], &asked.body["reference"], &asked.body["page"]),
        (&json!("Test Hotel"), &eur("150.00"), &online.booking.body["reference"], &Value::Null)
    );
    // Whoever begins twice is sent to the same page.
    let begun = show(&anybody, "pay", &token).await.expect(200);
    let again = show(&anybody, "pay", &token).await.expect(200);
    let page = begun.body["page"].as_str().expect("a page");
    assert_eq!(
        (&again.body, online.app.number("SELECT count(*) FROM payments WHERE method = 'gateway'").await),
        (&begun.body, 1)
    );
    assert_eq!(show(&anybody, "open", &token).await.expect(200).body["page"], page);
    online.gateway.choose(page, "succeeds").await;
    online.tell().await;
    online.app.consume().await;
    assert_eq!(balance(&online.hotel.manager, online.booking.id()).await, eur("0.00"));
    let over = show(&anybody, "pay", &token).await.expect(410);
    assert_eq!((over.code(), &over.body["link_status"]), ("payment_links.over", &json!("paid")));
    let paid = see(&online, &link).await;
    assert_eq!((&paid["status"], &paid["url"]), (&json!("paid"), &Value::Null));
    assert!(paid["payment_id"].is_string());
    online.app.assert_consistent().await;
}

#[tokio::test]
async fn a_link_of_a_fixed_amount_asks_for_that_and_is_over_once_it_is_paid() {
    let online = Online::new().await;
    let anybody = online.app.anonymous();
    let link = make(&online, json!({"amount": eur("60.00")})).await.expect(201);
    let begun = show(&anybody, "pay", &token(&link.body)).await.expect(200);
    assert_eq!(begun.body["amount"], eur("60.00"));
    online.gateway.choose(begun.body["page"].as_str().expect("a page"), "succeeds").await;
    online.tell().await;
    online.app.consume().await;
    assert_eq!(see(&online, &link).await["status"], "paid");
    assert_eq!(balance(&online.hotel.manager, online.booking.id()).await, eur("140.00"));
    let second = make(&online, json!({"amount": eur("140.00")})).await.expect(201);
    let begun = show(&anybody, "pay", &token(&second.body)).await.expect(200);
    online.gateway.choose(begun.body["page"].as_str().expect("a page"), "declined").await;
    online.tell().await;
    online.app.consume().await;
    let again = show(&anybody, "pay", &token(&second.body)).await.expect(200);
    assert_ne!(again.body["page"], begun.body["page"], "what was declined can be tried again");
    online.app.assert_consistent().await;
}

/// A link is closed by what is paid otherwise, and a folio has one at a time.
#[tokio::test]
async fn a_folio_has_one_link_and_none_once_it_is_paid_otherwise() {
    let online = Online::new().await;
    let link = make(&online, json!({})).await.expect(201);
    let second = make(&online, json!({})).await.expect(409);
    assert_eq!((second.code(), &second.body["payment_link_id"]), ("payment_links.open_exists", &json!(link.id())));
    pay(&online.hotel.manager, online.booking.id(), "200.00").await.expect(201);
    online.app.consume().await;
    assert_eq!(see(&online, &link).await["status"], "paid");
    assert_eq!(show(&online.app.anonymous(), "open", &token(&link.body)).await.expect(410).body["link_status"], "paid");
    assert_eq!(make(&online, json!({})).await.expect(409).code(), "payment_links.nothing_owed");
    online.app.assert_consistent().await;
}

/// Of many who make a link at once, one has made it.
#[tokio::test(flavor = "multi_thread")]
async fn of_links_that_are_made_at_once_one_is_made() {
    let online = Online::new().await;
    let made = futures_util::future::join_all((0..8).map(|_| make(&online, json!({})))).await;
    let mut statuses: Vec<u16> = made.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let token = token(&made.iter().find(|reply| reply.status == 201).expect("one").body);
    let anybody = online.app.anonymous();
    let begun = futures_util::future::join_all((0..8).map(|_| show(&anybody, "pay", &token))).await;
    assert!(begun.iter().all(|reply| reply.status == 200), "{:?}", begun.iter().map(|reply| &reply.body).collect::<Vec<_>>());
    assert_eq!(online.app.number("SELECT count(*) FROM payments").await, 1);
    let books = online.gateway.books().await;
    assert_eq!(books["payments"].as_array().map(Vec::len), Some(1), "{books}");
    assert_eq!(online.app.deadlocks().await, 0);
}

/// T-pay-tamper: a token that was changed in any place is none, and what it asks for does not stand in it.
#[tokio::test]
async fn a_link_that_was_tampered_with_is_none() {
    let online = Online::new().await;
    let anybody = online.app.anonymous();
    let link = make(&online, json!({"amount": eur("60.00")})).await.expect(201);
    let genuine = token(&link.body);
    show(&anybody, "open", &genuine).await.expect(200);
    for place in 0..genuine.len() {
        let mut letters: Vec<char> = genuine.chars().collect();
        letters[place] = if letters[place] == 'A' { 'B' } else { 'A' };
        let changed: String = letters.into_iter().collect();
        // The last letter of base64 may have bits that mean nothing.
        let reply = show(&anybody, "open", &changed).await;
        assert!(reply.status == 404 || place == genuine.len() - 1, "{place}: {} {}", reply.status, reply.body);
        if reply.status == 404 {
            show(&anybody, "pay", &changed).await.expect(404);
        }
    }
    // The link of a guest to a booking, or of another purpose, is none of these.
    for other in ["", "x", &genuine[1..], &format!("{genuine}{genuine}")] {
        let reply = show(&anybody, "open", other).await;
        assert!(matches!(reply.status, 404 | 422), "{other}: {}", reply.body);
    }
    for (change, told) in [
        ("amount_minor = 1", "is what it was made as"),
        ("currency = 'USD'", "is what it was made as"),
        ("expires_at = now() + interval '1 year'", "is what it was made as"),
    ] {
        let refused = online.app.try_sql(&format!("UPDATE payment_links SET {change}")).await.expect_err(change);
        assert!(refused.contains(told), "{refused}");
    }
    assert_eq!(online.app.number("SELECT count(*) FROM payments").await, 0);
}

#[tokio::test]
async fn a_link_ends_by_itself_or_is_cancelled() {
    let online = Online::new().await;
    let anybody = online.app.anonymous();
    let link = make(&online, json!({"expires_at": "2026-12-02T12:00:00Z"})).await.expect(201);
    let path = format!("{LINKS}/{}/cancel", link.id());
    let stale = online.hotel.manager.with("if-match", "\"7\"").send(http::Method::POST, &path, None).await;
    assert_eq!(stale.expect(412).code(), "request.precondition_failed");
    let cancelled = online.hotel.manager.send(http::Method::POST, &path, None).await.expect(200);
    assert_eq!((&cancelled.body["status"], &cancelled.body["url"]), (&json!("cancelled"), &Value::Null));
    let again = online.hotel.manager.send(http::Method::POST, &path, None).await.expect(410);
    assert_eq!(again.body["link_status"], "cancelled");
    assert_eq!(show(&anybody, "pay", &token(&link.body)).await.expect(410).body["link_status"], "cancelled");

    let second = make(&online, json!({"expires_at": "2026-12-02T12:00:00Z"})).await.expect(201);
    online.app.set_clock("2026-12-02T12:00:00Z");
    assert_eq!(show(&anybody, "open", &token(&second.body)).await.expect(410).body["link_status"], "expired");
    assert_eq!(see(&online, &second).await["status"], "expired", "though nobody has noted that yet");
    let third = make(&online, json!({})).await.expect(201);
    online.app.move_clock("2026-12-10T00:00:00Z").await;
    assert_eq!(online.app.number("SELECT count(*) FROM payment_links WHERE status = 'expired'").await, 2);
    let list = async |query: &str| {
        let found = online.hotel.manager.get(&format!("{LINKS}?property_id={}{query}", online.hotel.id)).await.expect(200);
        found.body["items"].as_array().expect("a list").iter().map(|one| one["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(list("&status=expired").await, [json!(third.id()), json!(second.id())]);
    assert_eq!((list("&status=cancelled").await, list("&status=open").await), (vec![json!(link.id())], vec![]));
    assert_eq!(list("&limit=1").await, [json!(third.id())]);
}

/// F17: a link that cannot be ended keeps no other one from it.
#[tokio::test]
async fn a_link_that_cannot_be_ended_keeps_no_other_from_it() {
    let online = Online::new().await;
    let other = online.hotel.book(&online.guest, "2026-12-14", "2026-12-16").await;
    let first = make(&online, json!({"expires_at": "2026-12-02T11:00:00Z"})).await.expect(201);
    let second = make(&online, json!({"booking_id": other.id(), "expires_at": "2026-12-02T12:00:00Z"})).await.expect(201);
    let fault = format!(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a fault of the test'; END $$;
         CREATE TRIGGER fail BEFORE UPDATE ON payment_links FOR EACH ROW WHEN (OLD.id = '{}') EXECUTE FUNCTION fail();",
        first.id()
    );
    online.app.sql(&fault).await;
    online.app.move_clock_in_vain("2026-12-03T00:00:00Z").await;
    let ended = online.app.rows("SELECT id::text AS id FROM payment_links WHERE status = 'expired'").await;
    assert_eq!(ended, [json!({"id": second.id()})]);
}

#[tokio::test]
async fn a_link_is_mailed_while_it_works() {
    let online = Online::new().await;
    let link = make(&online, json!({"email": "Rui@Example.com", "amount": eur("60.00")})).await.expect(201);
    assert_eq!(link.body["email"], "rui@example.com");
    online.app.send_mail().await;
    let mails = online.app.anonymous().get("/v1/dev/mailbox?to=rui@example.com").await.expect(200);
    let mail = &mails.body["items"][0];
    assert_eq!(mail["subject"], "Test Hotel asks you to pay 60.00 EUR");
    let text = mail["text"].as_str().expect("a text");
    let token = text.split("/pay#token=").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a token");
    assert_eq!(show(&online.app.anonymous(), "open", token).await.expect(200).body["amount"], eur("60.00"));
}

#[tokio::test]
async fn what_is_wrong_is_refused_by_name() {
    let online = Online::new().await;
    for (body, status, code, pointer) in [
        (json!({"amount": eur("200.01")}), 409, "payment_links.exceeds_balance", ""),
        (json!({"amount": eur("0.00")}), 422, "payments.amount_not_positive", "/amount/amount"),
        (json!({"amount": {"amount": "1.00", "currency": "USD"}}), 422, "payments.other_currency", "/amount/currency"),
        (json!({"expires_at": "2026-12-01T12:00:00Z"}), 422, "request.invalid", "/expires_at"),
        (json!({"expires_at": "2027-12-01T12:00:00Z"}), 422, "request.invalid", "/expires_at"),
        (json!({"email": "nobody"}), 422, "request.invalid", "/email"),
        (json!({"folio_id": online.booking.id()}), 422, "request.invalid", "/folio_id"),
    ] {
        let refused = make(&online, body.clone()).await;
        assert_eq!((refused.status, refused.code()), (status, code), "{body}: {}", refused.body);
        assert_eq!(refused.pointers().first().copied().unwrap_or_default(), pointer, "{body}");
    }
    online.guest.post(LINKS, &json!({"booking_id": online.booking.id()})).await.expect(403);
    act(&online.hotel.manager, &online.booking, "cancel").await.expect(200);
    assert_eq!(make(&online, json!({})).await.expect(409).code(), "payment_links.nothing_owed");
    assert_eq!(online.hotel.manager.get(PAYMENTS).await.expect(200).body["items"], json!([]));
}

/// A link over more than is left asks for nothing that could be paid: it ends, and is in the way of no other one.
#[tokio::test]
async fn a_link_over_more_than_is_left_ends() {
    let online = Online::new().await;
    let anybody = online.app.anonymous();
    let first = make(&online, json!({"amount": eur("150.00")})).await.expect(201);
    pay(&online.hotel.manager, online.booking.id(), "100.00").await.expect(201);
    // Also before anybody has told the link of it.
    let second = make(&online, json!({"amount": eur("80.00")})).await.expect(201);
    assert_eq!(see(&online, &first).await["status"], "cancelled");
    let page = show(&anybody, "pay", &token(&second.body)).await.expect(200).body["page"].clone();
    pay(&online.hotel.manager, online.booking.id(), "20.00").await.expect(201);
    online.app.consume().await;
    assert_eq!(see(&online, &second).await["status"], "open", "80.00 is left, and on its way");
    allow(&online, "30.00").await;
    online.app.consume().await;
    assert_eq!(see(&online, &second).await["status"], "open", "what is on its way may come");
    online.gateway.choose(page.as_str().expect("a page"), "declined").await;
    online.tell().await;
    online.app.consume().await;
    assert_eq!(see(&online, &second).await["status"], "cancelled");
    assert_eq!(make(&online, json!({"amount": eur("50.00")})).await.expect(201).body["status"], "open");
    online.app.assert_consistent().await;
}

/// Makes what the guests owe less by an allowance.
async fn allow(online: &Online, amount: &str) {
    let folio = online.hotel.manager.get(&format!("/v1/folios/{}", online.booking.id())).await.expect(200);
    let mut entries = folio.body["entries"].as_array().expect("entries").iter();
    let night = entries.find(|entry| entry["kind"] == "room").expect("a night")["id"].clone();
    let allowance = json!({"kind": "allowance", "entry_id": night, "amount": eur(amount), "reason": "Noise"});
    let path = format!("/v1/folios/{}/adjustments", online.booking.id());
    online.hotel.manager.post(&path, &allowance).await.expect(200);
}

pub fn requests() -> Vec<Request> {
    vec![
        Request::new("list_payment_links", async |w| {
            a_link(w).await;
            Call::plain()
        }),
        Request::new("create_payment_link", async |w| Call::plain().json(&json!({"booking_id": w.booking().await}))),
        Request::new("get_payment_link", async |w| Call::to(a_link(w).await.id())),
        Request::new("cancel_payment_link", async |w| Call::to(a_link(w).await.id())),
        Request::new("open_payment_link", async |w| Call::plain().json(&json!({"token": token(&a_link(w).await.body)})))
            .but(Public, "whoever was sent the link has no account"),
        Request::new("pay_payment_link", async |w| Call::plain().json(&json!({"token": token(&a_link(w).await.body)})))
            .but(Public, "whoever was sent the link has no account"),
    ]
}

/// The open link of the owner's booking.
async fn a_link(w: &World) -> Reply {
    let made = w.admin.post(LINKS, &json!({"booking_id": w.booking().await})).await;
    match made.body["payment_link_id"].as_str() {
        Some(id) => w.admin.get(&format!("{LINKS}/{id}")).await.expect(200),
        None => made.expect(201),
    }
}
