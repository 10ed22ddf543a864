//! The folio of a booking.
use super::stay;
use crate::support::{HotelSpec, TestApp, act, eur};
use serde_json::Value;

#[tokio::test]
async fn the_folio_says_what_the_guest_pays_and_what_was_taken_back() {
    let app = TestApp::new().await;
    let hotel = app.hotel(HotelSpec { taxes: &[("VAT 6 %", "6"), ("City 1 %", "1")], ..HotelSpec::default() }).await;
    let guest = app.guest().await;
    let booking = hotel.book(&guest, "2026-12-10", "2026-12-12").await;
    let path = format!("/v1/bookings/{}/folio", booking.id());
    let folio = guest.get(&path).await.expect(200);
    let line = |entry: &Value| {
        let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
        format!(
            "{} {} {} {}",
            text("service_date"),
            text("kind"),
            text("description"),
            entry["amount"]["amount"].as_str().expect("text")
        )
    };
    let mut lines: Vec<String> = folio.body["entries"].as_array().expect("a list").iter().map(line).collect();
    lines.sort_unstable();
    let expected = [
        "2026-12-10 room DBL 93.46",
        "2026-12-10 tax City 1 % 0.93",
        "2026-12-10 tax VAT 6 % 5.61",
        "2026-12-11 room DBL 93.46",
        "2026-12-11 tax City 1 % 0.93",
        "2026-12-11 tax VAT 6 % 5.61",
    ];
    assert_eq!(lines, expected, "each night sums to the gross 100.00");
    assert_eq!((&folio.body["balance"], &folio.body["booking_id"]), (&eur("200.00"), &booking.body["id"]));
    assert!(folio.body["entries"].as_array().expect("a list").iter().all(|entry| entry["stay_id"] == stay(&booking, 0)["id"]));

    act(&guest, &booking, "cancel").await.expect(200);
    let after = guest.get(&path).await.expect(200);
    let entries = after.body["entries"].as_array().expect("a list");
    assert_eq!((entries.len(), &after.body["balance"]), (12, &eur("0.00")));
    for entry in folio.body["entries"].as_array().expect("a list") {
        assert!(entries.contains(entry), "what is written stays");
        let reversal = entries
            .iter()
            .find(|other| other["reverses_id"] == entry["id"])
            .unwrap_or_else(|| panic!("{entry} is not taken back"));
        assert_eq!(reversal["amount"]["amount"], format!("-{}", entry["amount"]["amount"].as_str().expect("text")));
        assert_eq!((&reversal["service_date"], &reversal["tax_rule_id"]), (&entry["service_date"], &entry["tax_rule_id"]));
    }

    act(&hotel.manager, &booking, "reinstate").await.expect(200);
    let back = guest.get(&path).await.expect(200);
    let entries = back.body["entries"].as_array().expect("a list");
    assert_eq!((entries.len(), &back.body["balance"]), (18, &eur("200.00")));
    for entry in folio.body["entries"].as_array().expect("a list") {
        let restored = entries.iter().filter(|other| other["restores_id"] == entry["id"]).map(|other| &other["amount"]);
        assert_eq!(restored.collect::<Vec<_>>(), [&entry["amount"]], "each is charged anew, by one that names it");
    }
    app.guest().await.get(&path).await.expect(404);
}
