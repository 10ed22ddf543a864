//! Invoices: of many who issue at once, each gets the number after the last, also where others are rolled back; and of one
//! document no more is credited than there is.
use super::{Race, count, tally};
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, day, eur, eventually, post, size, together};
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};
use std::time::Duration;

async fn taxed(app: &TestApp, rooms: u32) -> Hotel {
    app.hotel(HotelSpec { rooms, taxes: &[("IVA 13 %", "13")], ..HotelSpec::default() }).await
}

/// Folios of as many bookings, each of a night of its own.
async fn folios(hotel: &Hotel, count: usize) -> Vec<String> {
    let mut folios = Vec::new();
    for n in 0..count {
        let from = 10 + u64::try_from(n).expect("a number") % 60;
        folios.push(hotel.book(&hotel.manager, day(from), day(from + 1)).await.id().to_owned());
    }
    folios
}

fn invoice(folio: &str) -> Value {
    json!({"folio_id": folio, "kind": "invoice"})
}

/// T-inv-seq: 64 who issue, of whom 30 % are rolled back after they had their number: numbers 1 to n, in the order of time.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_follow_each_other_whoever_is_rolled_back() {
    let clerks = size(20, 64);
    let race = Race::begin().await;
    let hotel = taxed(&race.app, 3).await;
    let folios = folios(&hotel, clerks).await;
    // A dry run does all of it, number included, and is rolled back.
    let path = |n: usize| if n % 10 < 3 { "/v1/invoices?dry_run=true" } else { "/v1/invoices" };
    let replies = together(folios.iter().enumerate().map(|(n, folio)| post(&hotel.manager, path(n), invoice(folio)))).await;
    let rolled_back = (0..clerks).filter(|n| n % 10 < 3).count();
    assert_eq!(count(&replies, 201, ""), clerks, "{:?}", tally(&replies));
    let issued = i64::try_from(clerks - rolled_back).expect("a number");
    assert_no_gap(&race.app, issued).await;
    // Those that were rolled back are issued now, and go on.
    let rest = (0..clerks).filter(|n| n % 10 < 3).map(|n| post(&hotel.manager, "/v1/invoices", invoice(&folios[n])));
    let rest = together(rest).await;
    assert_eq!(count(&rest, 201, ""), rolled_back, "{:?}", tally(&rest));
    assert_no_gap(&race.app, i64::try_from(clerks).expect("a number")).await;
    race.end(&replies).await;
}

async fn assert_no_gap(app: &TestApp, issued: i64) {
    let numbers = "SELECT (count(*) = max(number) AND count(DISTINCT number) = count(*) AND min(number) = 1)::int::bigint FROM invoices WHERE kind = 'invoice'";
    assert_eq!(app.number(numbers).await, 1, "a gap or a number twice");
    assert_eq!(app.number("SELECT max(number) FROM invoices WHERE kind = 'invoice'").await, issued);
    let unordered = "SELECT count(*) FROM invoices a JOIN invoices b ON a.kind = b.kind AND b.number > a.number AND b.issued_at < a.issued_at";
    assert_eq!(app.number(unordered).await, 0, "numbers are not in the order of time");
    let chains = hbs::domains::invoices::verify(&app.app).await.expect("verified");
    assert_eq!((chains.documents, chains.faults), (issued, Vec::new()));
}

/// T-inv-once: of many who invoice one folio, one does.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_invoices_a_folio() {
    let clerks = size(12, 50);
    let race = Race::begin().await;
    let hotel = taxed(&race.app, 2).await;
    let folio = folios(&hotel, 1).await.remove(0);
    let replies = together((0..clerks).map(|_| post(&hotel.manager, "/v1/invoices", invoice(&folio)))).await;
    assert_eq!(count(&replies, 201, ""), 1, "{:?}", tally(&replies));
    assert_eq!(count(&replies, 409, "invoices.nothing_to_invoice"), clerks - 1, "{:?}", tally(&replies));
    assert_no_gap(&race.app, 1).await;
    race.end(&replies).await;
}

/// T-inv-credit: never more of a line is credited than it has, nor more tax of a rate.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_credits_no_more_than_a_line_has_is_taken_back() {
    let clerks = size(15, 100);
    let race = Race::begin().await;
    let hotel = taxed(&race.app, 2).await;
    let booking = hotel.book(&hotel.manager, day(10), day(12)).await;
    let issued = hotel.manager.post("/v1/invoices", &invoice(booking.id())).await.expect(201);
    let path = format!("/v1/invoices/{}/credit", issued.id());
    let amounts = ["60.00", "50.00", "40.00", "30.00", "33.33"];
    let body = |n: usize| {
        let line = &issued.body["lines"][n % 2]["id"];
        let all = json!({"reason": "Noise", "lines": [{"line_id": line}]});
        let part = json!({"reason": "Noise", "lines": [{"line_id": line, "amount": eur(amounts[n % amounts.len()])}]});
        if n % 7 == 6 { all } else { part }
    };
    let replies = together((0..clerks).map(|n| post(&hotel.manager, path.clone(), body(n)))).await;
    let is_expected = |reply: &Reply| {
        reply.status == 201
            || ["invoices.exceeds_line", "invoices.nothing_to_credit", "folio.too_much", "folio.entries_not_open"]
                .contains(&reply.code())
    };
    assert!(replies.iter().all(is_expected), "{:?}", tally(&replies));
    for (what, sql) in [
        (
            "lines of which more is credited than they have",
            "SELECT count(*) FROM invoice_lines l WHERE l.credits_id IS NULL AND l.total_minor <
             (SELECT coalesce(sum(c.total_minor), 0) FROM invoice_lines c WHERE c.property_id = l.property_id AND c.credits_id = l.id)",
        ),
        (
            "documents whose credited amount is not what was credited",
            "SELECT count(*) FROM invoice_states s WHERE s.credited_minor <>
             (SELECT coalesce(sum(i.total_minor), 0) FROM invoices i WHERE i.property_id = s.property_id AND i.corrects_id = s.invoice_id AND i.kind = 'credit_note')",
        ),
        (
            "taxes of which more is credited than there is",
            "SELECT count(*) FROM invoices i WHERE i.kind = 'invoice' AND i.tax_minor <
             (SELECT coalesce(sum(c.tax_minor), 0) FROM invoices c WHERE c.property_id = i.property_id AND c.corrects_id = i.id AND c.kind = 'credit_note')",
        ),
    ] {
        assert_eq!(race.app.number(sql).await, 0, "{what}");
    }
    let rest = credit_rest(&hotel.manager, &path).await;
    assert!(rest.status == 201 || rest.code() == "invoices.nothing_to_credit", "{}", rest.body);
    let sums = "SELECT sum(CASE kind WHEN 'invoice' THEN tax_minor ELSE -tax_minor END)::bigint FROM invoices";
    assert_eq!(race.app.number(sums).await, 0, "the parts come to the whole");
    race.end(&replies).await;
}

async fn credit_rest(client: &Client, path: &str) -> Reply {
    client.post(path, &json!({"reason": "The rest"})).await
}

/// A booking whose three nights a company has paid on a folio of its own, which is closed: the booking and that folio. The taxes
/// of its nights are a cent less than that of their sum.
async fn closed_company(hotel: &Hotel) -> (Reply, String) {
    let client = &hotel.manager;
    let booking = hotel.book(client, day(10), day(13)).await;
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company"});
    let company = client.post("/v1/folios", &company).await.expect(201).id().to_owned();
    let to_company = json!({"to_folio_id": company});
    client.post(&format!("/v1/folios/{}/move", booking.id()), &to_company).await.expect(200);
    let cash = json!({"folio_id": company, "method": "cash", "amount": eur("300.00")});
    client.post("/v1/payments", &cash).await.expect(201);
    client.post(&format!("/v1/folios/{company}/close"), &json!({})).await.expect(200);
    (booking, company)
}

/// Who invoices a folio that is closed posts its cents to another one, and takes both in the order of all.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_folio_is_not_held_while_another_one_is_waited_for() {
    let race = Race::begin().await;
    let hotel = taxed(&race.app, 2).await;
    let (booking, company) = closed_company(&hotel).await;
    let main = format!("SELECT FROM folios WHERE id = '{}' FOR NO KEY UPDATE", booking.id());
    let mut holder = race.app.transaction(&main).await;
    let release = async {
        eventually(Duration::from_secs(5), async || race.app.waiting_for_locks().await == 1).await;
        let company = format!("SELECT FROM folios WHERE id = '{company}' FOR NO KEY UPDATE NOWAIT");
        let is_free = race.app.try_sql(&company).await;
        holder.batch_execute("ROLLBACK").await.expect("released");
        is_free
    };
    let (issued, is_free) = futures_util::join!(post(&hotel.manager, "/v1/invoices", invoice(&company)), release);
    assert_eq!(is_free, Ok(()), "it is held while the main folio is waited for");
    assert_eq!((issued.status, &issued.body["tax"]), (201, &eur("34.51")), "{}", issued.body);
    race.end(&[issued]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_folios_are_invoiced_beside_whoever_posts_to_their_bookings() {
    let bookings = size(10, 60);
    let race = Race::begin().await;
    let hotel = taxed(&race.app, 60).await;
    let mut requests: Vec<futures_util::future::BoxFuture<'static, Reply>> = Vec::new();
    for _ in 0..bookings {
        let (booking, company) = closed_company(&hotel).await;
        let amend = format!("/v1/bookings/{}/amend", booking.id());
        let charges = format!("/v1/folios/{}/charges", booking.id());
        requests.push(Box::pin(post(&hotel.manager, amend, json!({"check_out": day(14)}))));
        requests.push(Box::pin(post(&hotel.manager, "/v1/invoices", invoice(&company))));
        requests.push(Box::pin(post(&hotel.manager, charges, json!({"description": "Bar", "amount": eur("5.00")}))));
    }
    let replies = together(requests).await;
    let of_kind = |n: usize| replies.iter().skip(n).step_by(3).cloned().collect::<Vec<Reply>>();
    assert_eq!(count(&of_kind(0), 200, ""), bookings, "{:?}", tally(&replies));
    assert_eq!(count(&of_kind(1), 201, ""), bookings, "{:?}", tally(&replies));
    assert_eq!(count(&of_kind(2), 200, ""), bookings, "{:?}", tally(&replies));
    let taxes = "SELECT count(*) FROM invoices WHERE tax_minor = 3451 AND total_minor = 30000";
    assert_eq!(race.app.number(taxes).await, i64::try_from(bookings).expect("a number"));
    race.end(&replies).await;
}
