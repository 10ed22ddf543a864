//! Accounts of companies and agents: of many who leave at once, none leaves an account more than it may owe, and nothing is
//! there twice, half, or nowhere.
use super::{Race, assert_tally, count, tally};
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, day, eur, post, size, together};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

async fn account(hotel: &Hotel, limit: Option<Value>) -> String {
    let account = json!({"property_id": hotel.id, "kind": "company", "name": "Acme Ltd", "credit_limit": limit});
    hotel.manager.post("/v1/accounts", &account).await.expect(201).id().to_owned()
}

/// Bookings whose guests are in the house from the first day on, for so many nights at 100.00.
async fn in_house(hotel: &Hotel, bookings: usize, nights: u64) -> Vec<Reply> {
    let mut booked = Vec::new();
    for _ in 0..bookings {
        let booking = hotel.book(&hotel.manager, day(0), day(nights)).await;
        act(&hotel.manager, &booking, "check-in").await.expect(200);
        booked.push(booking);
    }
    booked
}

fn check_out(hotel: &Hotel, booking: &Reply, account: &str) -> impl Future<Output = Reply> + Send + use<> {
    let early = json!({"to_account_id": account, "waive_fee": true, "reason": "Called home"});
    post(&hotel.manager, format!("/v1/bookings/{}/check-out", booking.id()), early)
}

async fn owed(app: &TestApp) -> i64 {
    app.number("SELECT coalesce(sum(balance_minor), 0)::bigint FROM folios WHERE kind = 'account'").await
}

/// An account owes nothing, or something already; whoever comes first opens its folio.
#[tokio::test(flavor = "multi_thread")]
async fn of_guests_who_leave_at_once_as_many_pass_as_the_limit_takes() {
    let bookings = size(8, 60);
    for owes_already in [false, true] {
        let race = Race::begin().await;
        let hotel = race.app.hotel(HotelSpec { rooms: 61, ..HotelSpec::default() }).await;
        let pass = bookings / 2;
        let limit = 100 * (pass + usize::from(owes_already));
        let acme = account(&hotel, Some(eur(&format!("{limit}.00")))).await;
        let booked = in_house(&hotel, bookings, 1).await;
        let before = in_house(&hotel, usize::from(owes_already), 1).await;
        race.app.move_clock(&format!("{}T10:00:00Z", day(1))).await;
        for booking in &before {
            check_out(&hotel, booking, &acme).await.expect(200);
        }
        let replies = together(booked.iter().map(|booking| check_out(&hotel, booking, &acme))).await;
        assert_tally(&replies, &[(200, "", pass), (409, "folio.credit_limit", bookings - pass)]);
        assert_eq!(owed(&race.app).await, i64::try_from(limit * 100).expect("a number"), "to the cent");
        let accounts = race.app.number("SELECT count(*) FROM folios WHERE kind = 'account'").await;
        assert_eq!(accounts, 1, "whoever came first opened it");
        let left = race.app.number("SELECT count(*) FROM bookings WHERE status = 'checked_out'").await;
        assert_eq!(left, i64::try_from(pass + before.len()).expect("a number"), "who was refused is in the house");
        race.end(&replies).await;
    }
}

/// Two guests at the limit of one account, over and over: exactly one passes each time.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_at_the_limit_one_passes() {
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 60, ..HotelSpec::default() }).await;
    let mut all = Vec::new();
    let mut pairs = Vec::new();
    for _ in 0..size(6, 30) {
        pairs.push((account(&hotel, Some(eur("150.00"))).await, in_house(&hotel, 2, 1).await));
    }
    race.app.move_clock(&format!("{}T10:00:00Z", day(1))).await;
    for (acme, booked) in &pairs {
        let replies = together(booked.iter().map(|booking| check_out(&hotel, booking, acme))).await;
        assert_tally(&replies, &[(200, "", 1), (409, "folio.credit_limit", 1)]);
        all.extend(replies);
    }
    assert_eq!(owed(&race.app).await, i64::try_from(pairs.len() * 10_000).expect("a number"));
    race.end(&all).await;
}

/// Charges come as the guests leave: what is on their folio then goes to the account, what comes later to a folio of its own.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_charged_as_guests_leave_is_the_accounts_or_comes_late() {
    let charges = size(10, 80);
    let race = Race::begin().await;
    let settings = json!({"requires_settled_folio": true});
    let hotel = race.app.hotel(HotelSpec { rooms: 1, settings, ..HotelSpec::default() }).await;
    let acme = account(&hotel, None).await;
    let booking = in_house(&hotel, 1, 1).await.remove(0);
    race.app.move_clock(&format!("{}T10:00:00Z", day(1))).await;
    let mut requests: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for n in 0..charges {
        if n == charges / 2 {
            requests.push(Box::pin(check_out(&hotel, &booking, &acme)));
        }
        let bar = json!({"description": "Bar", "amount": eur("5.00")});
        requests.push(Box::pin(post(&hotel.manager, format!("/v1/folios/{}/charges", booking.id()), bar)));
    }
    let replies = together(requests).await;
    assert_eq!(count(&replies, 200, ""), charges + 1, "{:?}", tally(&replies));
    let late = "SELECT coalesce(sum(balance_minor), 0)::bigint FROM folios WHERE booking_id IS NOT NULL AND id <> booking_id";
    let (owed, late) = (owed(&race.app).await, race.app.number(late).await);
    assert_eq!(owed + late, 10_000 + 500 * i64::try_from(charges).expect("a number"));
    assert!(owed >= 10_000, "the night is the account's: {owed}");
    let main = hotel.manager.get(&format!("/v1/folios/{}", booking.id())).await.expect(200);
    assert_eq!(main.body["balance"], eur("0.00"), "nothing is left where nobody looks");
    race.end(&replies).await;
}

/// Guests leave to an account while the night audit closes the date: each transfer is in the books of this date or of the next.
#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_as_a_date_closes_is_in_its_books_or_in_the_next() {
    let bookings = size(8, 60);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec { rooms: 60, ..HotelSpec::default() }).await;
    let acme = account(&hotel, None).await;
    let booked = in_house(&hotel, bookings, 4).await;
    let path = format!("/v1/properties/{}/night-audit", hotel.id);
    let audit = |date: u64| post(&hotel.manager, path.clone(), json!({"business_date": day(date)}));
    race.app.set_clock(&format!("{}T02:00:00Z", day(1)));
    audit(0).await.expect(200);
    race.app.set_clock(&format!("{}T02:00:00Z", day(2)));
    let mut requests: Vec<BoxFuture<'static, Reply>> = Vec::new();
    for (n, booking) in booked.iter().enumerate() {
        if n == bookings / 2 {
            requests.push(Box::pin(audit(1)));
        }
        requests.push(Box::pin(check_out(&hotel, booking, &acme)));
    }
    let replies = together(requests).await;
    assert_eq!(count(&replies, 200, ""), bookings + 1, "{:?}", tally(&replies));
    race.app.set_clock(&format!("{}T02:00:00Z", day(3)));
    audit(2).await.expect(200);
    let nights = race.app.number("SELECT coalesce(sum(total_minor), 0)::bigint FROM bookings").await;
    let closing = "SELECT closing_minor FROM ledger_days WHERE ledger = 'city' ORDER BY business_date DESC LIMIT 1";
    assert_eq!((owed(&race.app).await, race.app.number(closing).await), (nights, nights));
    let guests = "SELECT closing_minor FROM ledger_days WHERE ledger = 'guest' ORDER BY business_date DESC LIMIT 1";
    assert_eq!(race.app.number(guests).await, 0, "nobody else owes anything");
    let verified = hbs::domains::folios::verify(&race.app.app).await.expect("verified");
    assert_eq!((verified.closed_dates, verified.faults), (3, Vec::new()));
    race.end(&replies).await;
}

/// Clerks send one folio to an account, and take back what they sent; a request that is sent again has one effect.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_goes_to_an_account_once() {
    let clerks = size(12, 80);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let acme = account(&hotel, None).await;
    let booked = in_house(&hotel, 2, 1).await;
    race.app.move_clock(&format!("{}T10:00:00Z", day(1))).await;
    let send =
        |booking: &Reply| post(&hotel.manager, format!("/v1/folios/{}/to-account", booking.id()), json!({"account_id": acme}));
    let mut replies = together((0..clerks).map(|_| send(&booked[0]))).await;
    assert_tally(&replies, &[(200, "", 1), (409, "folio.nothing_due", clerks - 1)]);

    let sent = replies.iter().find(|reply| reply.status == 200).expect("one").body["entries"].clone();
    let wrong = |entry: &Value| json!({"kind": "correction", "entry_id": entry["id"], "reason": "Another account"});
    let back = (0..clerks).map(|n| {
        let entry = &sent[n % 2];
        post(&hotel.manager, format!("/v1/folios/{}/adjustments", entry["folio_id"].as_str().expect("an id")), wrong(entry))
    });
    let back = together(back).await;
    assert_tally(&back, &[(200, "", 1), (409, "folio.entries_not_open", clerks - 1)]);
    assert_eq!(owed(&race.app).await, 0);

    let keyed = hotel.manager.with("idempotency-key", "the-same");
    let again = Hotel { manager: keyed, ..hotel };
    let same = together((0..clerks).map(|_| check_out(&again, &booked[1], &acme))).await;
    assert_tally(&same, &[(200, "", clerks)]);
    assert!(same.iter().all(|reply| reply.body == same[0].body), "the same answer");
    assert_eq!(owed(&race.app).await, 10_000, "and one effect");
    replies.extend(back);
    replies.extend(same);
    race.end(&replies).await;
}

/// The balances of another system, sent by several people at once: they are there once.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_hotel_begins_with_is_brought_in_once() {
    // As many as may wait for an import from one address.
    let people = size(6, 14);
    let race = Race::begin().await;
    let hotel = race.app.hotel(HotelSpec::default()).await;
    let acme = account(&hotel, None).await;
    let path = format!("/v1/opening-balances/import?property_id={}&guest=0.00&deposits=0.00&city=120.00", hotel.id);
    let rows = format!("id,kind,account,balance\nC1,account,{acme},100.00\nC2,account,{acme},20.00\n");
    let send = || {
        let (client, path, rows) = (hotel.manager.with("content-type", "text/csv"), path.clone(), rows.clone());
        async move { client.send(http::Method::POST, &path, Some(rows)).await }
    };
    let replies = together((0..people).map(|_| send())).await;
    assert_tally(&replies, &[(200, "", people)]);
    let ids = |reply: &Reply| [0, 1].map(|row: usize| reply.body["items"][row]["id"].clone());
    assert!(replies.iter().all(|reply| ids(reply) == ids(&replies[0])), "all of them name the same entries");
    assert_eq!(owed(&race.app).await, 12_000);
    race.end(&replies).await;
}
