//! HBS is killed while documents get their numbers.
use super::INVOICES;
use crate::faults::{Installed, NOON, Server, eventually};
use crate::support::{Hotel, HotelSpec, TestApp, day, post, size, together, unique};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

const ISSUED: &str = "SELECT count(*) FROM invoices WHERE kind = 'invoice'";

fn invoice(folio: &str) -> Value {
    json!({"folio_id": folio, "kind": "invoice"})
}

/// Asks for an invoice of each folio at once, and waits for no answer. Three of ten are dry runs, other ones in each round: those
/// get a number, and are rolled back.
fn ask_all(server: &Server, hotel: &Hotel, folios: &[String], round: usize) -> Vec<JoinHandle<()>> {
    let ask = |(n, folio): (usize, &String)| {
        let path = if (n + 3 * round) % 10 < 3 { format!("{INVOICES}?dry_run=true") } else { INVOICES.to_owned() };
        let request = server.http.post(server.url(&path)).bearer_auth(hotel.manager.access_token());
        let request = request.header("idempotency-key", unique("key")).json(&invoice(folio));
        tokio::spawn(async move { drop(request.send().await) })
    };
    folios.iter().enumerate().map(ask).collect()
}

async fn kill(mut server: Server, asked: Vec<JoinHandle<()>>) {
    server.child.kill().await.expect("killed");
    for request in asked {
        request.abort();
    }
}

/// Asserts that numbers are 1 to n in the order of time, and each document is linked to the one before.
async fn assert_no_gap(app: &TestApp) {
    let gaps = "SELECT count(*) FROM (SELECT number, lag(number, 1, 0::bigint) OVER times AS last, issued_at, lag(issued_at) OVER times AS before
                FROM invoices WHERE kind = 'invoice' WINDOW times AS (ORDER BY number)) i WHERE number <> last + 1 OR issued_at < before";
    assert_eq!(app.number(gaps).await, 0, "a gap, or numbers that are not in the order of time");
    let chains = hbs::domains::invoices::verify(&app.app).await.expect("verified");
    assert_eq!((chains.documents, chains.faults), (app.number(ISSUED).await, Vec::new()));
}

/// T-inv-seq: many who issue at once, 30 % of them rolled back, HBS killed with a number in hand and in the middle of many:
/// numbers 1 to n.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_have_no_gap_however_hbs_is_killed() {
    let installed = Installed::new().await;
    let app = &installed.inside;
    app.set_clock(NOON);
    let hotel = app.hotel(HotelSpec { rooms: 10, taxes: &[("IVA 13 %", "13")], ..HotelSpec::default() }).await;
    let mut folios = Vec::new();
    for n in 0..size(20, 64) {
        let night = 10 + u64::try_from(n / 10).expect("a number");
        folios.push(hotel.book(&hotel.manager, day(night), day(night + 1)).await.id().to_owned());
    }

    let server = installed.serve_with(&[("HBS_PAUSE_AT", "after_number")]).await;
    let asked = ask_all(&server, &hotel, &folios, 0);
    eventually("somebody has a number", async || installed.output().contains("paused for good")).await;
    kill(server, asked).await;
    assert_eq!(app.number(ISSUED).await, 0, "the number in hand is nobody's");

    for round in 1..=size(2, 5) {
        let server = installed.serve_with(&[]).await;
        let before = app.number(ISSUED).await;
        let asked = ask_all(&server, &hotel, &folios, round);
        eventually("some are issued", async || app.number(ISSUED).await > before || asked.iter().all(JoinHandle::is_finished))
            .await;
        kill(server, asked).await;
    }
    // What was under way when it was killed ends by itself, one way or the other.
    let at_work =
        "SELECT count(*) FROM pg_stat_activity WHERE state IN ('active', 'idle in transaction') AND pid <> pg_backend_pid()";
    eventually("nobody is at work any more", async || app.number(at_work).await == 0).await;
    assert_no_gap(app).await;

    let rest = together(folios.iter().map(|folio| post(&hotel.manager, INVOICES, invoice(folio)))).await;
    for reply in rest {
        assert!(reply.status == 201 || reply.code() == "invoices.nothing_to_invoice", "{}", reply.body);
    }
    assert_eq!(app.number(ISSUED).await, i64::try_from(folios.len()).expect("a number"));
    assert_no_gap(app).await;
    app.assert_consistent().await;
    installed.stack.stop().await.expect("stopped");
}
