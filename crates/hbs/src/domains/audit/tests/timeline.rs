//! The history of a booking in words: exact sentences, in each language, for staff and for guests.
use super::items;
use crate::support::{Client, Hotel, HotelSpec, Reply, TestApp, act, book, eur};
use serde_json::{Value, json};

/// A reader of a booking's history, who reads on where they stopped.
struct Reader<'a> {
    app: &'a TestApp,
    client: Client,
    path: String,
    read: usize,
}

impl<'a> Reader<'a> {
    fn new(app: &'a TestApp, client: &Client, booking: &Reply) -> Self {
        Self { app, client: client.clone(), path: format!("/v1/bookings/{}/timeline?limit=200", booking.id()), read: 0 }
    }

    async fn all(&self, language: &str) -> Vec<Value> {
        self.app.deliver().await;
        let reply = self.client.with("accept-language", language).get(&self.path).await.expect(200);
        assert!(reply.header("content-language").contains(language), "{}", reply.header("content-language"));
        items(&reply).to_vec()
    }

    /// The sentences that are new, in English and in Portuguese.
    async fn next(&mut self) -> [Vec<String>; 2] {
        let mut new = [Vec::new(), Vec::new()];
        for (language, new) in ["en", "pt"].into_iter().zip(&mut new) {
            let all = self.all(language).await;
            *new = all[self.read..].iter().map(|entry| entry["summary"].as_str().expect("a sentence").to_owned()).collect();
        }
        self.read += new[0].len();
        new
    }

    async fn assert_next(&mut self, english: &[&str], portuguese: &[&str]) {
        let [in_english, in_portuguese] = self.next().await;
        assert_eq!(in_english, english);
        assert_eq!(in_portuguese, portuguese);
    }
}

async fn put_room(client: &Client, booking: &Reply, room_id: &str) -> Reply {
    let path = format!("/v1/bookings/{}", booking.id());
    let now = client.get(&path).await.expect(200);
    let stay = now.body["stays"][0]["id"].as_str().expect("an id");
    let path = format!("{path}/stays/{stay}/room");
    client.with("If-Match", now.header("etag").to_owned()).put(&path, &json!({"room_id": room_id})).await
}

async fn act_on(client: &Client, booking: &Reply, place: usize, action: &str, body: Value) -> Reply {
    let path = format!("/v1/bookings/{}", booking.id());
    let now = client.get(&path).await.expect(200);
    let stay = now.body["stays"][place]["id"].as_str().expect("an id");
    client.post(&format!("{path}/stays/{stay}/{action}"), &body).await
}

async fn three_rooms() -> (TestApp, Hotel) {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 3, ..HotelSpec::default() }).await;
    app.sql("UPDATE room_types SET name = 'Double', texts = '{\"pt\": {\"name\": \"Quarto duplo\"}}' WHERE code = 'DBL'").await;
    app.sql(&format!("UPDATE users SET full_name = 'Maria Costa' WHERE id = '{}'", hotel.manager.user_id())).await;
    (app, hotel)
}

#[tokio::test]
async fn the_life_of_a_booking_is_told_in_sentences() {
    let (app, hotel) = three_rooms().await;
    let desk = &hotel.manager;
    let mut request = hotel.request_for(0, "2026-12-01", "2026-12-03");
    request["hold_minutes"] = json!(30);
    let booking = book(desk, &request).await.expect(201);
    let reference = booking.body["reference"].as_str().expect("a reference");
    let mut reader = Reader::new(&app, desk, &booking);
    reader
        .assert_next(
            &[
                &format!(
                    "Maria Costa made booking {reference} from Tuesday, 1 December 2026 to Thursday, 3 December 2026, for \
                     200.00 EUR (held)."
                ),
                "Maria Costa booked the stay: Double, from Tuesday, 1 December 2026 to Thursday, 3 December 2026, room 101.",
            ],
            &[
                &format!(
                    "Maria Costa fez a reserva {reference}, de terça-feira, 1 de dezembro de 2026 a quinta-feira, 3 de dezembro \
                     de 2026, por 200,00 EUR (retida)."
                ),
                "Maria Costa reservou a estadia: Quarto duplo, de terça-feira, 1 de dezembro de 2026 a quinta-feira, 3 de \
                 dezembro de 2026, quarto 101.",
            ],
        )
        .await;
    act(desk, &booking, "confirm").await.expect(200);
    reader
        .assert_next(
            &["Maria Costa changed the booking from held to confirmed.", "Maria Costa confirmed the stay."],
            &["Maria Costa mudou a reserva de retida para confirmada.", "Maria Costa confirmou a estadia."],
        )
        .await;
    put_room(desk, &booking, &hotel.rooms[1]).await.expect(200);
    reader
        .assert_next(
            &["Maria Costa moved the stay from room 101 to room 102."],
            &["Maria Costa mudou a estadia de quarto (antes quarto 101, agora quarto 102)."],
        )
        .await;
    desk.post(&format!("/v1/bookings/{}/amend", booking.id()), &json!({"check_out": "2026-12-04"})).await.expect(200);
    reader
        .assert_next(
            &[
                "Maria Costa amended the booking, now from Tuesday, 1 December 2026 to Friday, 4 December 2026; its total went \
                 from 200.00 EUR to 300.00 EUR.",
                "Maria Costa amended the stay: departure from Thursday, 3 December 2026 to Friday, 4 December 2026; total from \
                 200.00 EUR to 300.00 EUR.",
            ],
            &[
                "Maria Costa alterou a reserva, agora de terça-feira, 1 de dezembro de 2026 a sexta-feira, 4 de dezembro de 2026; \
                 o total passou de 200,00 EUR para 300,00 EUR.",
                "Maria Costa alterou a estadia: partida de quinta-feira, 3 de dezembro de 2026 para sexta-feira, 4 de dezembro de \
                 2026; total de 200,00 EUR para 300,00 EUR.",
            ],
        )
        .await;
    act(desk, &booking, "check-in").await.expect(200);
    reader
        .assert_next(
            &["Maria Costa changed the booking from confirmed to checked in.", "Maria Costa checked in the stay."],
            &["Maria Costa mudou a reserva de confirmada para com check-in feito.", "Maria Costa fez o check-in da estadia."],
        )
        .await;
    act(desk, &booking, "undo-check-in").await.expect(200);
    reader
        .assert_next(
            &["Maria Costa changed the booking from checked in to confirmed.", "Maria Costa undid the check-in of the stay."],
            &["Maria Costa mudou a reserva de com check-in feito para confirmada.", "Maria Costa anulou o check-in da estadia."],
        )
        .await;
}

#[tokio::test]
async fn what_is_charged_paid_and_refunded_is_told_with_its_amount() {
    let (app, hotel) = three_rooms().await;
    let desk = &hotel.manager;
    let booking = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    let mut reader = Reader::new(&app, desk, &booking);
    reader.next().await;
    let folio = format!("/v1/folios/{}", booking.id());
    desk.post(&format!("{folio}/charges"), &json!({"description": "Bar", "amount": eur("1250.00")})).await.expect(200);
    reader
        .assert_next(
            &["Maria Costa charged 1,250.00 EUR to the folio (extra 1,250.00 EUR)."],
            &["Maria Costa debitou 1\u{a0}250,00 EUR na conta (extra 1\u{a0}250,00 EUR)."],
        )
        .await;
    let cash = json!({"booking_id": booking.id(), "method": "cash", "amount": eur("100.00")});
    let cash = desk.post("/v1/payments", &cash).await.expect(201);
    reader
        .assert_next(
            &["Maria Costa recorded a payment of 100.00 EUR by cash (captured)."],
            &["Maria Costa registou um pagamento de 100,00 EUR por numerário (cobrado)."],
        )
        .await;
    let wanted = json!({"payment_id": cash.id(), "amount": eur("40.00"), "reason": "No hot water"});
    let refund = desk.post("/v1/refunds", &wanted).await.expect(201);
    reader
        .assert_next(
            &[
                "Maria Costa requested a refund of 40.00 EUR.",
                "Maria Costa changed the payment of 100.00 EUR (cash): amount being refunded from 0.00 EUR to 40.00 EUR.",
            ],
            &[
                "Maria Costa pediu um reembolso de 40,00 EUR.",
                "Maria Costa atualizou o pagamento de 100,00 EUR (numerário): valor em reembolso de 0,00 EUR para 40,00 EUR.",
            ],
        )
        .await;
    let other = app.staff(&["refunds:approve", "payments:read"], Some(&hotel.id)).await;
    app.sql(&format!("UPDATE users SET full_name = 'Rui Dias' WHERE id = '{}'", other.user_id())).await;
    other.post(&format!("/v1/refunds/{}/approve", refund.id()), &json!({})).await.expect(200);
    reader
        .assert_next(
            &[
                "Rui Dias approved the refund of 40.00 EUR.",
                "Rui Dias completed the refund of 40.00 EUR.",
                "Rui Dias changed the payment of 100.00 EUR (cash): refunded amount from 0.00 EUR to 40.00 EUR; amount being \
                 refunded from 40.00 EUR to 0.00 EUR.",
            ],
            &[
                "Rui Dias aprovou o reembolso de 40,00 EUR.",
                "Rui Dias concluiu o reembolso de 40,00 EUR.",
                "Rui Dias atualizou o pagamento de 100,00 EUR (numerário): valor reembolsado de 0,00 EUR para 40,00 EUR; valor em \
                 reembolso de 40,00 EUR para 0,00 EUR.",
            ],
        )
        .await;
    // Whoever decided is named in the details too, and nothing that is an id.
    let all = reader.all("en").await;
    let approved = all.iter().find(|entry| entry["kind"] == "refund.approved").expect("an entry");
    let by = json!({"field": "decided_by", "label": "decided by", "before": null, "after": "Rui Dias", "is_withheld": false});
    assert!(approved["details"].as_array().expect("a list").contains(&by), "{approved}");
    for entry in &all {
        let told = format!("{} {}", entry["summary"], entry["details"]);
        for id in [booking.id(), cash.id(), refund.id(), other.user_id(), desk.user_id(), &hotel.rooms[0]] {
            assert!(!told.contains(id), "{id} is in {told}");
        }
    }
}

#[tokio::test]
async fn stays_that_are_split_cancelled_and_missed_are_told_apart() {
    let (app, hotel) = three_rooms().await;
    let desk = &hotel.manager;
    let booking = book(desk, &hotel.request_for(0, "2026-12-10", "2026-12-14")).await.expect(201);
    let mut reader = Reader::new(&app, desk, &booking);
    reader.next().await;
    act_on(desk, &booking, 0, "split", json!({"night": "2026-12-12"})).await.expect(200);
    reader
        .assert_next(
            &[
                "Maria Costa split a stay of the booking.",
                "Maria Costa split stay 1; it ends on Saturday, 12 December 2026 and goes on in stay 2.",
                "Maria Costa made stay 2 out of the later nights of stay 1, from Saturday, 12 December 2026 to Monday, 14 \
                 December 2026.",
            ],
            &[
                "Maria Costa dividiu uma estadia da reserva.",
                "Maria Costa dividiu a estadia 1; termina em sábado, 12 de dezembro de 2026 e continua como estadia 2.",
                "Maria Costa criou a estadia 2 com as últimas noites (antes estadia 1), de sábado, 12 de dezembro de 2026 a \
                 segunda-feira, 14 de dezembro de 2026.",
            ],
        )
        .await;
    act_on(desk, &booking, 1, "cancel", json!({})).await.expect(200);
    reader
        .assert_next(
            &[
                "Maria Costa changed the status of a part of the booking; its total went from 400.00 EUR to 200.00 EUR.",
                "Maria Costa cancelled stay 2.",
            ],
            &[
                "Maria Costa mudou o estado de uma parte da reserva; o total passou de 400,00 EUR para 200,00 EUR.",
                "Maria Costa cancelou a estadia 2.",
            ],
        )
        .await;
    act_on(desk, &booking, 1, "reinstate", json!({})).await.expect(200);
    reader
        .assert_next(
            &[
                "Maria Costa changed the status of a part of the booking; its total went from 200.00 EUR to 400.00 EUR.",
                "Maria Costa reinstated stay 2.",
            ],
            &[
                "Maria Costa mudou o estado de uma parte da reserva; o total passou de 200,00 EUR para 400,00 EUR.",
                "Maria Costa repôs a estadia 2.",
            ],
        )
        .await;
    act(desk, &booking, "cancel").await.expect(200);
    let [english, portuguese] = reader.next().await;
    assert_eq!(
        english[0],
        "Maria Costa changed the booking from confirmed to cancelled; its total went from 400.00 EUR to 0.00 EUR."
    );
    assert_eq!(portuguese[1..], ["Maria Costa cancelou a estadia 1.", "Maria Costa cancelou a estadia 2."]);

    let missed = hotel.book(desk, "2026-12-01", "2026-12-03").await;
    let mut reader = Reader::new(&app, desk, &missed);
    reader.next().await;
    act(desk, &missed, "no-show").await.expect(200);
    let [english, portuguese] = reader.next().await;
    assert_eq!(english[1], "Maria Costa recorded the stay as a no-show.");
    assert_eq!(portuguese[1], "Maria Costa registou a não comparência da estadia.");
}

#[tokio::test]
async fn a_guest_reads_of_the_hotel_and_of_rooms_that_are_certain() {
    let (app, hotel) = three_rooms().await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-01", "2026-12-03").await;
    let reference = booking.body["reference"].as_str().expect("a reference");
    let mut reader = Reader::new(&app, &guest, &booking);
    let made = format!(
        "The guest made booking {reference} from Tuesday, 1 December 2026 to Thursday, 3 December 2026, for 200.00 EUR \
         (confirmed)."
    );
    let [english, portuguese] = reader.next().await;
    let booked = "The guest booked the stay: Double, from Tuesday, 1 December 2026 to Thursday, 3 December 2026";
    assert_eq!(english, [made, format!("{booked}.")], "no room yet: another may be given");
    assert!(portuguese[0].starts_with("O hóspede fez a reserva"), "{portuguese:?}");
    let path = format!("/v1/bookings/{}", booking.id());
    let etag = hotel.manager.get(&path).await.expect(200).header("etag").to_owned();
    let patch = json!({"notes": "Difficult", "special_requests": "A cot, please"});
    hotel.manager.patch(&path, &etag, &patch).await.expect(200);
    act(&hotel.manager, &booking, "check-in").await.expect(200);
    reader
        .assert_next(
            &[
                "The hotel changed the booking: special requests changed.",
                "The hotel changed the booking from confirmed to checked in.",
                "The hotel checked in the stay.",
            ],
            &[
                "O hotel atualizou a reserva: pedidos especiais com alterações.",
                "O hotel mudou a reserva de confirmada para com check-in feito.",
                "O hotel fez o check-in da estadia.",
            ],
        )
        .await;
    let now = hotel.manager.get(&path).await.expect(200);
    let number = now.body["stays"][0]["room_number"].as_str().expect("a number");
    let all = reader.all("en").await;
    assert_eq!(all[1]["summary"], format!("{booked}, room {number}."), "where they are is certain by now");
    let of_room = json!({"field": "room_id", "label": "room", "before": null, "after": number, "is_withheld": false});
    assert!(all[1]["details"].as_array().expect("a list").contains(&of_room), "{}", all[1]);
    let withheld = json!({"field": "special_requests", "label": "special requests", "before": null, "after": null,
                          "is_withheld": true});
    assert_eq!(all[2]["details"], json!([withheld]));
    assert!(!json!(all).to_string().contains("Maria Costa"), "{all:?}");

    // Staff read who did it, and that the guest is one.
    let of_staff = Reader::new(&app, &hotel.manager, &booking).all("en").await;
    assert_eq!(of_staff[1]["summary"], format!("{booked}, room {number}."));
    assert_eq!(of_staff[2]["summary"], "Maria Costa changed the booking: notes changed; special requests changed.");
    assert_eq!(of_staff[2]["changes"], json!({"notes": {"withheld": true}, "special_requests": {"withheld": true}}));
}

#[tokio::test]
async fn extras_and_folios_are_named_as_they_are_called_today() {
    let (app, hotel) = three_rooms().await;
    let desk = &hotel.manager;
    let booking = hotel.book(desk, "2026-12-10", "2026-12-12").await;
    let parking = json!({"property_id": hotel.id, "name": "Parking", "price": eur("10.00"), "posted": "per_night"});
    let parking = desk.post("/v1/extras", &parking).await.expect(201);
    let stay = booking.body["stays"][0]["id"].as_str().expect("an id");
    let path = format!("/v1/bookings/{}/stays/{stay}/extras", booking.id());
    desk.post(&path, &json!({"extra_id": parking.id()})).await.expect(200);
    let company = json!({"property_id": hotel.id, "booking_id": booking.id(), "kind": "company", "name": "Acme Ltd"});
    let company = desk.post("/v1/folios", &company).await.expect(201);
    let path = format!("/v1/folios/{}/move", booking.id());
    desk.post(&path, &json!({"to_folio_id": company.id()})).await.expect(200);
    app.sql("UPDATE extras SET name = 'Car park', texts = '{\"pt\": {\"name\": \"Estacionamento\"}}'").await;

    let reader = Reader::new(&app, desk, &booking);
    for (language, expected) in [
        (
            "en",
            [
                "Maria Costa added 1 × Car park for the stay; the total of the booking went from 200.00 EUR to 220.00 EUR.",
                "Maria Costa opened a folio (company).",
                "Maria Costa moved 220.00 EUR to another folio, company folio.",
            ],
        ),
        (
            "pt",
            [
                "Maria Costa acrescentou 1 × Estacionamento para a estadia; o total da reserva passou de 200,00 EUR para 220,00 EUR.",
                "Maria Costa abriu uma conta (empresa).",
                "Maria Costa passou 220,00 EUR para outra conta: conta (empresa).",
            ],
        ),
    ] {
        let all = reader.all(language).await;
        for (kind, sentence) in ["booking.extra_added", "folio.created", "folio.moved"].into_iter().zip(expected) {
            let entry = all.iter().find(|entry| entry["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"));
            assert_eq!(entry["summary"], sentence);
            assert!(!entry["details"].to_string().contains("Acme"), "the name of a payer is withheld: {entry}");
        }
    }
}

/// A room that was removed since keeps its last number, in whatever language.
#[tokio::test]
async fn what_was_removed_since_keeps_its_name() {
    let (app, hotel) = three_rooms().await;
    let desk = &hotel.manager;
    let booking = book(desk, &hotel.request_for(0, "2026-12-10", "2026-12-12")).await.expect(201);
    put_room(desk, &booking, &hotel.rooms[1]).await.expect(200);
    app.sql(&format!("UPDATE rooms SET is_deleted = true, deleted_at = now() WHERE id = '{}'", hotel.rooms[0])).await;
    let all = Reader::new(&app, desk, &booking).all("en").await;
    assert_eq!(all.last().expect("an entry")["summary"], "Maria Costa moved the stay from room 101 to room 102.");
}

#[tokio::test]
async fn every_entry_of_a_long_history_has_its_own_names() {
    let (app, hotel) = three_rooms().await;
    let desk = &hotel.manager;
    let booking = book(desk, &hotel.request_for(0, "2026-12-10", "2026-12-12")).await.expect(201);
    for place in [1, 2, 0, 1, 2] {
        put_room(desk, &booking, &hotel.rooms[place]).await.expect(200);
    }
    app.deliver().await;
    let path = format!("/v1/bookings/{}/timeline", booking.id());
    let long = desk.get(&path).await.expect(200);
    let moves = items(&long).iter().filter(|entry| entry["kind"] == "stay.moved");
    let told: Vec<&str> = moves.map(|entry| entry["summary"].as_str().expect("a sentence")).collect();
    assert_eq!(told.len(), 5);
    assert_eq!(told[4], "Maria Costa moved the stay from room 102 to room 103.");
}
