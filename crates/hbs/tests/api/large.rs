//! A large hotel: what is free there is found, however many stays there are, and nobody moves who need not; and its reports are
//! there soon.
use crate::faults::Installed;
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, book, size};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

/// Stays of each busy room: they follow each other, six nights each with one between them.
const STAYS: usize = 11;

/// Number of busy rooms among those of the hotel.
fn busy_rooms() -> usize {
    size(273, 910)
}

/// Makes a hotel of 300 rooms with 3,003 stays to come, or of 1,000 with 10,010, all of them copies of one.
async fn crowded(app: &TestApp) -> Hotel {
    // The first one is there from the beginning.
    let (rooms, busy) = (size(300, 1000), busy_rooms());
    let hotel = app.hotel(HotelSpec { rooms: 1, ..HotelSpec::default() }).await;
    let first = hotel.book(&hotel.manager, "2027-05-01", "2027-05-02").await;
    let busy = format!("generate_series(1, {busy}) room, generate_series(0, {STAYS} - 1) n");
    let arrival = "'2026-12-02'::date + 7 * n + room % 7";
    let (booking_id, key) = ("md5('booking' || room || '-' || n)::uuid", first.id());
    let dates = format!("'check_in', {arrival}, 'check_out', {arrival} + 6, 'total_minor', 0");
    app.sql(&format!(
        "INSERT INTO rooms SELECT (jsonb_populate_record(t, jsonb_build_object('id', md5('room' || n)::uuid, 'number', (1000 + n)::text))).*
         FROM rooms t, generate_series(1, {rooms} - 1) n WHERE t.property_id = '{hotel}';
         INSERT INTO bookings SELECT (jsonb_populate_record(t, jsonb_build_object('id', {booking_id}, 'reference', 'CROWD-' || room || '-' || n, {dates}))).*
         FROM bookings t, {busy} WHERE t.id = '{key}';
         INSERT INTO stays SELECT (jsonb_populate_record(t, jsonb_build_object('id', md5('stay' || room || '-' || n)::uuid,
             'booking_id', {booking_id}, 'room_id', md5('room' || room)::uuid, {dates}))).*
         FROM stays t, {busy} WHERE t.booking_id = '{key}';
         INSERT INTO room_nights (property_id, room_id, night, stay_id, created_at, updated_at)
         SELECT property_id, room_id, night::date, id, created_at, updated_at
         FROM stays, generate_series(check_in::timestamp, check_out::timestamp - interval '1 day', interval '1 day') night
         WHERE property_id = '{hotel}' AND booking_id <> '{key}';
         UPDATE inventory i SET capacity = {rooms}, sold = (SELECT count(*) FROM room_nights n WHERE n.property_id = i.property_id AND n.night = i.night)
         WHERE room_type_id = '{double}';
         INSERT INTO outbox (event_id, stream_id, kind, entity, entity_id, booking_id, actor_kind, actor_id, changes, occurred_at)
         SELECT b.id, o.stream_id, o.kind, o.entity, b.id, b.id, o.actor_kind, o.actor_id, o.changes, o.occurred_at
         FROM outbox o, bookings b WHERE o.kind = 'booking.created' AND o.entity_id = '{key}' AND b.id <> '{key}';
         ANALYZE rooms, bookings, stays, room_nights, inventory",
        hotel = hotel.id,
        double = hotel.double,
    ))
    .await;
    hotel
}

/// The id that SQL made of a name.
async fn id(app: &TestApp, name: &str) -> String {
    app.rows(&format!("SELECT md5('{name}')::uuid AS id")).await[0]["id"].as_str().expect("an id").to_owned()
}

async fn moves(app: &TestApp) -> i64 {
    app.number("SELECT count(*) FROM outbox WHERE kind = 'stay.moved'").await
}

/// A request for one double in a room.
async fn in_room(app: &TestApp, hotel: &Hotel, room: &str, dates: [&str; 2]) -> Reply {
    let mut request = hotel.request(dates[0], dates[1]);
    request["rooms"][0]["room_id"] = json!(id(app, room).await);
    book(&hotel.manager, &request).await.expect(201)
}

/// U4: among thousands of stays, those in a room that goes out of order move to rooms that are free, and nobody else does; the
/// answer names guests and rooms.
#[tokio::test]
async fn what_is_free_is_found_among_thousands_of_stays() {
    let app = TestApp::new().await;
    let hotel = crowded(&app).await;
    let stays = i64::try_from(busy_rooms() * STAYS).expect("a number");
    assert_eq!(app.number("SELECT count(*) FROM stays").await, stays + 1);

    // Out of order: those in the room move to rooms that are free, and nobody else does.
    let block = json!({"property_id": hotel.id, "room_id": id(&app, "room5").await, "kind": "out_of_order", "reason": "Burst pipe",
                       "from": "2026-12-10", "to": "2027-01-20"});
    let hit = app
        .number("SELECT count(*) FROM stays WHERE room_id = md5('room5')::uuid AND check_in < '2027-01-20' AND check_out > '2026-12-10'")
        .await;
    let made = hotel.manager.post("/v1/room-blocks", &block).await.expect(201);
    let moved = made.body["moved"].as_array().expect("a list");
    assert_eq!((moved.len(), moves(&app).await), (usize::try_from(hit).expect("a number"), hit));
    for stay in moved {
        assert_eq!(stay["guest"], "Ana Sousa");
        assert!(stay["room_number"].as_str().is_some_and(|number| number != "1005"), "{stay}");
    }

    // Guests who stay on keep their room, and the next ones in it get another.
    let before = moves(&app).await;
    let guests = in_room(&app, &hotel, "room7", ["2026-12-01", "2026-12-02"]).await;
    act(&hotel.manager, &guests, "check-in").await.expect(200);
    let amend = format!("/v1/bookings/{}/amend", guests.id());
    let longer = hotel.manager.post(&amend, &json!({"check_out": "2026-12-04"})).await.expect(200);
    assert_eq!(longer.body["booking"]["stays"][0]["room_number"], "1007");
    assert_eq!(moves(&app).await, before + 1);

    // A long stay has a room that is free throughout, by itself and where dates are amended.
    let long = book(&hotel.manager, &hotel.request("2026-12-05", "2027-02-20")).await.expect(201);
    assert!(long.body["stays"][0]["room_number"].is_string());
    let short = in_room(&app, &hotel, "room14", ["2026-12-08", "2026-12-09"]).await;
    app.sql(&format!("UPDATE stays SET is_pinned = false WHERE booking_id = '{}'", short.id())).await;
    let amend = format!("/v1/bookings/{}/amend", short.id());
    let longer = hotel.manager.post(&amend, &json!({"check_out": "2027-01-08"})).await.expect(200);
    assert_ne!(longer.body["booking"]["stays"][0]["room_number"], Value::Null);
    assert_eq!(moves(&app).await, before + 1, "nobody else had to move");
    app.assert_consistent().await;
}

/// One booking in so many of those of years ago was never paid.
const UNPAID: usize = 20;

/// Adds bookings of some years ago, each of a night with its entries, most of them paid, all of them copies of one. Their dates are
/// closed.
async fn let_years_pass(app: &TestApp, hotel: &Hotel, bookings: usize) {
    let key = hotel.book(&hotel.manager, "2027-05-01", "2027-05-02").await.id().to_owned();
    let day = "'2020-01-01'::date + n % 2000";
    let dates = format!("'status', 'checked_out', 'check_in', {day}, 'check_out', {day} + 1");
    let copies = [
        ("bookings", "id", format!("'id', md5('booking' || n)::uuid, 'reference', 'PAST-' || n, {dates}")),
        (
            "folios",
            "id",
            format!(
                "'id', md5('booking' || n)::uuid, 'booking_id', md5('booking' || n)::uuid,
                 'balance_minor', CASE WHEN n % {UNPAID} = 0 THEN t.balance_minor ELSE 0 END"
            ),
        ),
        (
            "stays",
            "booking_id",
            format!(
                "'id', md5('stay' || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'room_id', null, 'status_on', {day} + 1, {dates}"
            ),
        ),
        (
            "folio_entries",
            "booking_id",
            format!(
                "'id', md5(t.kind || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'folio_id', md5('booking' || n)::uuid,
                 'stay_id', md5('stay' || n)::uuid, 'price_id', null, 'service_date', {day}, 'posted_on', {day}"
            ),
        ),
        (
            "folio_entries",
            "booking_id",
            format!(
                "'id', md5('paid' || t.kind || n)::uuid, 'booking_id', md5('booking' || n)::uuid, 'folio_id', md5('booking' || n)::uuid,
                 'stay_id', null, 'price_id', null, 'service_date', {day}, 'posted_on', {day}, 'kind', 'payment',
                 'amount_minor', -t.amount_minor, 'tax_rule_id', null, 'tax_included', null, 'tax_rate_ppm', null,
                 'payment_id', md5('payment' || n)::uuid"
            ),
        ),
    ];
    // The last of them are what was paid.
    let (charged, all) = (copies.len() - 1, format!("generate_series(1, {bookings}) n"));
    let paid = format!("(SELECT n FROM {all} WHERE n % {UNPAID} <> 0) paid");
    for (place, (table, of, other)) in copies.into_iter().enumerate() {
        let which = if place == charged { &paid } else { &all };
        app.sql(&format!(
            "SET session_replication_role = replica;
             INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({other}))).*
             FROM {table} t, {which} WHERE t.{of} = '{key}';
             ANALYZE {table}"
        ))
        .await;
    }
    app.sql(&format!(
        "SET session_replication_role = replica;
         INSERT INTO report_days (property_id, business_date, rooms_available, out_of_order, arrivals, departures, no_shows,
                                  cancellations, house_extra_minor, house_other_minor, house_tax_minor, created_at, updated_at)
         SELECT '{hotel}', day::date, 1000, 0, 0, 0, 0, 0, 0, 0, 0, day, day
         FROM generate_series('2020-01-01'::timestamp, '2025-12-31', interval '1 day') day;
         INSERT INTO report_stays (property_id, business_date, stay_id, room_type_id, rate_plan_id, channel, nights, guests,
                                   room_minor, extra_minor, fee_minor, other_minor, tax_minor, created_at, updated_at)
         SELECT s.property_id, s.check_in, s.id, s.booked_room_type_id, s.rate_plan_id, b.channel, 1, s.adults, 9434, 0, 0, 0, 566,
                s.created_at, s.created_at
         FROM stays s JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id
         WHERE s.property_id = '{hotel}' AND s.check_in < '2026-01-01';
         INSERT INTO report_arrivals (property_id, stay_id, business_date, room_type_id, rate_plan_id, channel, is_cancelled,
                                      is_no_show, nights, lead_days, created_at, updated_at)
         SELECT property_id, stay_id, business_date, room_type_id, rate_plan_id, channel, false, false, 1, 0, created_at, updated_at
         FROM report_stays WHERE property_id = '{hotel}';
         ANALYZE report_days, report_stays, report_arrivals",
        hotel = hotel.id
    ))
    .await;
}

/// Most memory that a process has had, in MB.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    value.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1000
}

/// T-rep-stream: reports over a million bookings take little memory, and ten seconds at most.
#[tokio::test(flavor = "multi_thread")]
async fn reports_over_many_bookings_take_little_memory_and_time() {
    const MOST_MB: u64 = 50;
    const LONGEST: Duration = Duration::from_secs(10);
    let bookings = size(2_000, 1_000_000);
    let installed = Installed::new().await;
    let hotel = installed.inside.hotel(HotelSpec { rooms: 1, taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let_years_pass(&installed.inside, &hotel, bookings).await;
    let mut server = installed.serve_with(&[]).await;
    let before = peak(server.child.id().expect("a process"));
    let years = "from=2020-01-01&to=2025-12-31";
    let open = "balances?date=2025-12-31&format=csv".to_owned();
    for query in [
        format!("stays?group=arrival_month&{years}"),
        "stays?group=arrival_month&from=2024-06-01&to=2024-06-30".to_owned(),
        format!("occupancy?group=month&{years}"),
        format!("revenue?group=month&{years}"),
        format!("revenue?group=channel&{years}&format=xlsx"),
        format!("cancellations?{years}&format=csv"),
        "flash?date=2023-06-30&format=pdf".to_owned(),
        format!("payments?group=day&{years}&format=pdf"),
        format!("taxes?{years}"),
        format!("payments?{years}"),
        "balances?date=2025-12-31".to_owned(),
        open.clone(),
        "balances?date=2025-12-31&format=xlsx".to_owned(),
        "balances?date=2020-06-30&format=csv".to_owned(),
        "balances?date=2022-09-30".to_owned(),
        "register?date=2024-06-30".to_owned(),
    ] {
        let began = Instant::now();
        let path = format!("/v1/reports/{query}&property_id={}", hotel.id);
        let request = server.http.get(server.url(&path)).bearer_auth(hotel.manager.access_token());
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{query}");
        let body = answer.bytes().await.expect("a body");
        if query == open {
            assert_eq!(body.iter().filter(|byte| **byte == b'\n').count(), 1 + bookings / UNPAID, "all are in the file");
        }
        let length = body.len();
        let (took, most) = (began.elapsed(), peak(server.child.id().expect("a process")));
        println!("{query} over {bookings} bookings: {took:?}, {length} bytes, at most {most} MB");
        assert!(took < LONGEST, "{query}: {took:?}");
        assert!(most.saturating_sub(before) < MOST_MB, "{query}: {before} MB before, {most} MB at most");
    }
    let sold =
        hotel.manager.get(&format!("/v1/reports/stays?group=arrival_month&{years}&property_id={}", hotel.id)).await.expect(200);
    let months = sold.body["items"].as_array().expect("months").iter();
    let reservations: u64 = months.map(|month| month["reservations"].as_u64().expect("a number")).sum();
    assert_eq!(reservations, u64::try_from(bookings).expect("a number"));
    server.child.kill().await.expect("killed");
    installed.stack.stop().await.expect("stopped");
}
