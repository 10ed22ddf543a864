//! Random histories of folios: whatever happens, documents, folios, ledgers and reports tell of the same money.
use super::{INVOICES, ask, credit, folio};
use crate::payments::pay;
use crate::support::{Hotel, HotelSpec, Reply, TestApp, act, day, eur, size};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

/// Whole cents of an amount.
fn cents(money: &Value) -> i64 {
    money["amount"].as_str().expect("an amount").replace('.', "").parse().expect("cents")
}

/// An answer of what may be impossible by now.
fn tried(reply: Reply) -> Option<Reply> {
    assert!((200..300).contains(&reply.status) || reply.status == 409, "{} {}", reply.status, reply.body);
    (reply.status < 300).then_some(reply)
}

/// A booking to which things happen.
struct History<'a> {
    hotel: &'a Hotel,
    booking: Reply,
    /// Rule of the tax on what is had at the bar.
    vat: &'a str,
    invoices: Vec<String>,
}

impl History<'_> {
    /// Lets one thing happen.
    async fn go_on(&mut self, random: &mut StdRng) {
        let (client, id) = (&self.hotel.manager, self.booking.id());
        let amount = eur(&format!("{}.{:02}", random.random_range(1..40), random.random_range(0..100)));
        match random.random_range(0..9) {
            0 => {
                let charge =
                    json!({"description": "Bar", "amount": amount, "tax_rule_id": self.vat, "service_date": "2026-12-01"});
                tried(client.post(&format!("/v1/folios/{id}/charges"), &charge).await);
            }
            1 => drop(tried(pay(client, id, amount["amount"].as_str().expect("an amount")).await)),
            2 => drop(tried(ask(client, id, "advance").await)),
            3 | 4 => self.invoice().await,
            5 => {
                let known = folio(client, id).await;
                let rooms: Vec<&Value> =
                    known["entries"].as_array().expect("entries").iter().filter(|entry| entry["kind"] == "room").collect();
                let room = rooms[random.random_range(0..rooms.len())];
                let less = json!({"kind": "allowance", "entry_id": room["id"], "amount": amount, "reason": "Noise"});
                tried(client.post(&format!("/v1/folios/{id}/adjustments"), &less).await);
            }
            6 => {
                let Some(invoice) = self.invoices.last() else { return };
                let known = client.get(&format!("{INVOICES}/{invoice}")).await.expect(200).body;
                let mut lines = known["lines"].as_array().expect("lines").iter();
                let Some(line) = lines.find(|line| line["vat_category"] == "standard") else { return };
                let part = json!({"reason": "Noise", "lines": [{"line_id": line["id"], "amount": amount}]});
                tried(credit(client, invoice, &part).await);
            }
            7 => {
                let all = if random.random_bool(0.5) { json!({"reason": "Wrong payer"}) } else { follow() };
                for invoice in &self.invoices {
                    tried(credit(client, invoice, &all).await);
                }
            }
            // Most bookings go on.
            _ if random.random_bool(0.3) => drop(tried(act(client, &self.booking, "cancel").await)),
            _ => {}
        }
    }

    async fn invoice(&mut self) {
        if let Some(issued) = tried(ask(&self.hotel.manager, self.booking.id(), "invoice").await) {
            let with = issued.body["issued_with"].as_array().expect("a list").iter();
            self.invoices.extend(with.map(|id| id.as_str().expect("an id").to_owned()));
            self.invoices.push(issued.id().to_owned());
        }
    }
}

fn follow() -> Value {
    json!({"reason": "As agreed", "as_on_folio": true})
}

/// T-rep-recon: after all things that happen to a booking, what documents say is what the entries that they hold come to, and
/// what reports say is what came to the ledgers.
#[tokio::test(flavor = "multi_thread")]
async fn documents_folios_ledgers_and_reports_tell_of_the_same_money() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { rooms: 4, taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let client = &hotel.manager;
    let levy = json!({"property_id": hotel.id, "name": "City tax", "kind": "per_person_night", "amount": eur("2.00"), "is_included": false,
                      "vat_treatment": "levy_outside"});
    client.post("/v1/tax-rules", &levy).await.expect(201);
    let vat = json!({"property_id": hotel.id, "name": "IVA 23 %", "percent": "23", "is_on_nights": false});
    let vat = client.post("/v1/tax-rules", &vat).await.expect(201).id().to_owned();
    for seed in 0..size(6, 1000) {
        let seed = u64::try_from(seed).expect("a number");
        let mut random = StdRng::seed_from_u64(seed);
        let from = 10 + 5 * (seed % 60);
        let nights: u64 = random.random_range(1..5);
        let mut request = hotel.request(day(from), day(from + nights));
        request["rooms"][0]["nightly_price"] = eur(["99.00", "110.00", "87.35"][random.random_range(0..3)]);
        let booking = client.post("/v1/bookings", &request).await.expect(201);
        assert_eq!(folio(client, booking.id()).await["balance"], booking.body["total"], "the folio is what was quoted");
        let mut history = History { hotel: &hotel, booking, vat: &vat, invoices: Vec::new() };
        for _ in 0..random.random_range(4..14) {
            history.go_on(&mut random).await;
        }
        history.invoice().await;
        assert_same(&app, &hotel, seed).await;
        // Rooms are free for those who come later.
        tried(act(client, &history.booking, "cancel").await);
    }
    app.assert_consistent().await;
    let chains = hbs::domains::invoices::verify(&app.app).await.expect("verified");
    assert_eq!(chains.faults, Vec::new());
    let verified = hbs::domains::folios::verify(&app.app).await.expect("verified");
    assert_eq!((verified.unrecorded, verified.faults), (0, Vec::new()));
}

async fn assert_same(app: &TestApp, hotel: &Hotel, seed: u64) {
    let documents = "SELECT coalesce(sum(CASE WHEN i.kind = 'credit_note' THEN -i.total_minor ELSE i.total_minor END), 0)::bigint
                     FROM invoices i WHERE i.kind IN ('invoice', 'levy', 'credit_note')";
    let held = "SELECT coalesce(sum(e.amount_minor), 0)::bigint FROM folio_entries e WHERE EXISTS (
                SELECT FROM invoice_entries i WHERE i.property_id = e.property_id AND i.entry_id = e.id AND i.released_by IS NULL)";
    assert_eq!(app.number(documents).await, app.number(held).await, "documents and what they hold, history {seed}");
    let (on_documents, on_folios) = super::taxes(app).await;
    assert_eq!(on_documents, on_folios, "taxes of documents and of what they hold, history {seed}");

    let period = format!("property_id={}&from=2026-12-01&to=2028-11-30", hotel.id);
    let read = async |report: &str| hotel.manager.get(&format!("/v1/reports/{report}?{period}")).await.expect(200).body;
    let ledger = async |name: &str| {
        let sql = "SELECT coalesce(-sum(amount_minor), 0)::bigint FROM ledger_entries";
        app.number(&format!("{sql}('{}') WHERE ledger = '{name}'", hotel.id)).await
    };
    let (taxes, revenue) = (read("taxes").await, read("revenue").await);
    let lines = taxes["items"].as_array().expect("lines").iter().filter(|line| line["vat_treatment"] == "vat");
    let invoiced: i64 = lines.map(|line| cents(&line["invoiced"])).sum();
    assert_eq!(invoiced, on_documents, "taxes that are reported as invoiced, history {seed}");
    assert_eq!(cents(&taxes["invoiced"]) + cents(&taxes["difference"]), cents(&taxes["total"]), "history {seed}");
    assert_eq!(
        (cents(&taxes["total"]), cents(&revenue["total"]["taxes"])),
        (ledger("tax").await, ledger("tax").await),
        "history {seed}"
    );
    assert_eq!(cents(&revenue["total"]["total_revenue"]), ledger("revenue").await, "history {seed}");
}
