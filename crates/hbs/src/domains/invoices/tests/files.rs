//! The files of documents: XML that programs accept, and PDF that says what the JSON says.
use super::{INVOICES, issue, taxed};
use crate::support::{Client, HotelSpec, TestApp, act, day, eur, is_full_size, size, unique};
use hbs_devstack::Options;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// T-inv-pdf: a PDF with the XML inside, the same whenever it is asked for.
#[tokio::test]
async fn a_pdf_holds_the_xml_and_stays_as_it_is() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let booking = hotel.book(client, "2026-12-10", "2026-12-12").await;
    let invoice = issue(client, booking.id()).await;
    let path = format!("{INVOICES}/{}", invoice.id());
    app.consume().await;
    let pdf = client.get(&format!("{path}.pdf")).await.expect(200);
    assert_eq!(
        (pdf.header("content-type"), pdf.header("content-disposition"), pdf.header("etag")),
        ("application/pdf", "inline; filename=\"INV-2026-000001.pdf\"", "\"1\"")
    );
    assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
    let text = String::from_utf8_lossy(&pdf.bytes);
    assert!(
        text.contains("factur-x.xml") && text.contains("<pdfaid:part>3</pdfaid:part>"),
        "it says that it is PDF/A-3 and Factur-X"
    );
    assert_eq!(client.with("accept", "application/pdf, */*;q=0.1").get(&path).await.expect(200).bytes, pdf.bytes);
    let copy = client.get(&format!("{path}.pdf?copy=true")).await.expect(200);
    assert_ne!(copy.bytes, pdf.bytes);
    let kept = "SELECT count(*) FROM invoice_files WHERE digest = sha256(content)";
    assert_eq!(app.number(kept).await, 2);

    let xml = client.get(&format!("{path}.xml")).await.expect(200);
    assert_eq!(xml.header("content-type"), "application/xml");
    let text = String::from_utf8_lossy(&xml.bytes);
    for part in [
        "<ram:ID>INV-2026-000001</ram:ID>",
        "<ram:TypeCode>380</ram:TypeCode>",
        "<ram:CalculatedAmount>23.01</ram:CalculatedAmount>",
        "<ram:DuePayableAmount>200.00</ram:DuePayableAmount>",
        "<ram:ID schemeID=\"VA\">PT501234567</ram:ID>",
        "<ram:Name>Ana Sousa</ram:Name>",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(client.with("accept", "application/xml").get(&path).await.expect(200).bytes, xml.bytes);
    assert_eq!(client.get(&path).await.expect(200).body["number"], json!("INV-2026-000001"));
    client.get(&format!("{path}.docx")).await.expect(404);
    client.get(&format!("{INVOICES}/nothing.pdf")).await.expect(404);
}

#[tokio::test]
async fn a_hotel_without_tax_numbers_has_no_electronic_invoices() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    super::set(&hotel, &json!({"vat_id": null})).await.expect(200);
    let booking = hotel.book(&hotel.manager, "2026-12-10", "2026-12-12").await;
    let invoice = issue(&hotel.manager, booking.id()).await;
    let refused = hotel.manager.get(&format!("{INVOICES}/{}.xml", invoice.id())).await.expect(409);
    assert_eq!(refused.code(), "invoices.not_electronic");
    let pdf = hotel.manager.get(&format!("{INVOICES}/{}.pdf", invoice.id())).await.expect(200);
    assert!(!String::from_utf8_lossy(&pdf.bytes).contains("factur-x.xml"), "it is for people");
}

/// Judgement of files by programs that HBS has no part in; none where they are not installed, which a run in full does not accept.
async fn judged(files: &[(&str, Vec<u8>)]) -> Option<Vec<Value>> {
    let dir = std::env::temp_dir().join(unique("invoices"));
    fs::create_dir_all(&dir).expect("a folder");
    let mut paths = Vec::new();
    for (name, content) in files {
        let path = dir.join(name);
        fs::write(&path, content).expect("a file");
        paths.push(path);
    }
    let python = Options::throw_away().venv.join("bin/python");
    let mut process = Command::new(&python)
        .args(["-c", include_str!("../../../../tests/api/support/einvoices.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", python.display()));
    let input = json!(paths).to_string();
    process.stdin.take().expect("input").write_all(input.as_bytes()).await.expect("written");
    let output = process.wait_with_output().await.expect("an end");
    fs::remove_dir_all(&dir).expect("removed");
    match serde_json::from_slice(&output.stdout).expect("JSON") {
        Value::Array(judged) => Some(judged),
        missing => {
            assert!(!is_full_size(), "not judged: {missing}; scripts/install-deps.sh judges");
            eprintln!("SKIPPED, not judged: {missing}; scripts/install-deps.sh judges");
            None
        }
    }
}

/// Returns `true` for a file that says of itself that it is an XRechnung.
fn is_xrechnung(content: &[u8]) -> bool {
    String::from_utf8_lossy(content).contains("kosit:xrechnung_3.0")
}

/// T-inv-en: whatever is on folios, the documents of it pass the official rules of EN 16931. 300 nights of 99.00 at 6 %, a city
/// tax, an exempt levy, a cancellation fee, extras at another rate, a discount, an allowance, a deposit, credit notes in parts and
/// as a whole are among them. Those that say that they are an XRechnung pass the rules of that, too.
#[tokio::test(flavor = "multi_thread")]
async fn documents_pass_the_rules_of_en_16931() {
    let app = TestApp::new().await;
    let rooms = if is_full_size() { 60 } else { 10 };
    let hotel = app.hotel(HotelSpec { rooms, taxes: &[("IVA 6 %", "6")], ..HotelSpec::default() }).await;
    let client = &hotel.manager;
    super::set(&hotel, &json!({"vat_id": "PT501234567", "iban": "PT50000201231234567890154", "bic": "CGDIPTPL"}))
        .await
        .expect(200);
    app.sql(
        "UPDATE properties SET city = 'Lisboa', postal_code = '1100-053', email = 'hotel@example.com', phone = '+351210000000'",
    )
    .await;
    let levy = |name: &str, treatment: &str, amount: &str| json!({"property_id": hotel.id, "name": name, "kind": "per_person_night", "amount": eur(amount), "is_included": false, "vat_treatment": treatment});
    client.post("/v1/tax-rules", &levy("City tax", "levy_outside", "2.00")).await.expect(201);
    client.post("/v1/tax-rules", &levy("Spa levy", "levy_exempt", "0.55")).await.expect(201);
    let vat = json!({"property_id": hotel.id, "name": "IVA 23 %", "percent": "23", "is_on_nights": false});
    let vat = client.post("/v1/tax-rules", &vat).await.expect(201).id().to_owned();
    // Stays of some length cost less, and whoever cancels on the last day pays half, with the tax of the room.
    let offer = json!({"property_id": hotel.id, "name": "Ten off", "kind": "percent", "percent": "10", "access": "automatic",
                       "min_nights": 3, "max_nights": 30});
    client.post("/v1/offers", &offer).await.expect(201);
    app.sql(
        "INSERT INTO cancellation_windows (property_id, policy_id, hours_before, fee_kind, fee_value, created_at, updated_at)
         SELECT property_id, id, 24, 'percent', 500000, now(), now() FROM cancellation_policies;
         UPDATE cancellation_policies SET late_cancellation_fee_tax = 'as_room'",
    )
    .await;
    let mut random = StdRng::seed_from_u64(7);
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut kinds = BTreeSet::new();
    for round in 0..size(6, 1000) {
        let nights = if round == 0 { 60 } else { random.random_range(1..12) };
        // No more than so many rooms are taken at once.
        let from = 10 + 12 * (u64::try_from(round).expect("a number") % 25);
        let mut request = hotel.request(day(from), day(from + nights));
        request["rooms"][0]["adults"] = json!(random.random_range(1..3));
        if round == 0 {
            request["rooms"] = json!(vec![json!({"room_type_id": hotel.double, "adults": 1, "nightly_price": eur("99.00")}); 5]);
        }
        let booking = client.post("/v1/bookings", &request).await.expect(201);
        for _ in 0..random.random_range(0..4) {
            let cents = random.random_range(100..9_999);
            let charge = json!({"description": "Bar <& more>", "amount": eur(&format!("{}.{:02}", cents / 100, cents % 100)), "tax_rule_id": vat,
                                "service_date": "2026-12-01"});
            client.post(&format!("/v1/folios/{}/charges", booking.id()), &charge).await.expect(200);
        }
        if random.random_bool(0.5) {
            crate::payments::pay(client, booking.id(), "60.00").await.expect(201);
            super::ask(client, booking.id(), "advance").await.expect(201);
        }
        let invoice = if round % 3 == 0 {
            let address = json!({"street": "Rathausplatz 1", "city": "Köln", "postal_code": "50667", "country": "DE"});
            let payer = json!({"name": "Stadt Köln", "address": address, "email": "rechnung@example.com"});
            let wanted =
                json!({"folio_id": booking.id(), "kind": "invoice", "payer": payer, "buyer_reference": "04011000-12345-03"});
            client.post(INVOICES, &wanted).await.expect(201)
        } else {
            issue(client, booking.id()).await
        };
        let lines = invoice.body["lines"].as_array().expect("lines");
        let night = lines.iter().find(|line| line["vat_percent"] == "6").expect("a night");
        let part = json!({"reason": "Noise", "lines": [{"line_id": night["id"], "amount": eur("3.33")}]});
        super::credit(client, invoice.id(), &part).await.expect(201);
        if random.random_bool(0.5) {
            super::credit(client, invoice.id(), &json!({"reason": "Wrong payer"})).await.expect(201);
            let payer = json!({"name": "Ação & Söhne, Lda.", "tax_id": "DE123456789", "address": {"country": "DE"}});
            let again = json!({"folio_id": booking.id(), "kind": "invoice", "payer": payer, "corrects_id": invoice.id(), "language": "de"});
            client.post(INVOICES, &again).await.expect(201);
        }
        let mut documents = documents_of(client, booking.id()).await;
        if round % 2 == 1 {
            let late = hotel.book(client, "2026-12-01", "2026-12-02").await;
            act(client, &late, "cancel").await.expect(200);
            let fee = issue(client, late.id()).await;
            assert_eq!(fee.body["total"], eur("52.55"), "half of a night, a levy of 1.10 and a city tax of 4.00");
            documents.extend(documents_of(client, late.id()).await);
        }
        for document in documents {
            let id = document["id"].as_str().expect("an id");
            kinds.insert(document["kind"].as_str().expect("a kind").to_owned());
            for (name, query) in [("xml", ""), ("ubl.xml", "?syntax=ubl")] {
                let xml = client.get(&format!("{INVOICES}/{id}.xml{query}")).await.expect(200).bytes.to_vec();
                files.push((format!("{id}.{name}"), xml));
            }
        }
    }
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), ["advance", "credit_note", "invoice", "levy"]);
    app.assert_consistent().await;
    let (documents, folios) = super::taxes(&app).await;
    assert_eq!(documents, folios, "documents and folios tell of one tax");
    let genuine = files.len();
    // The judges are awake: one whose sum is wrong does not pass.
    for place in [0, 1] {
        let (name, content) = &files[place];
        let text = String::from_utf8_lossy(content);
        let wrong = text.replacen("<ram:TaxBasisTotalAmount>", "<ram:TaxBasisTotalAmount>1", 1);
        let wrong =
            wrong.replacen("<cbc:TaxExclusiveAmount currencyID=\"EUR\">", "<cbc:TaxExclusiveAmount currencyID=\"EUR\">1", 1);
        assert_ne!(wrong, text, "{name}");
        let name = format!("wrong-{name}");
        files.push((name, wrong.into_bytes()));
    }
    // Nor does an XRechnung that does not name its process, which others need not.
    let process = "<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>";
    let german: Vec<(String, String)> = files
        .iter()
        .filter(|(_, content)| is_xrechnung(content))
        .map(|(name, content)| (format!("german-{name}"), String::from_utf8_lossy(content).replacen(process, "", 1)))
        .collect();
    let levies = files.iter().filter(|(_, content)| {
        is_xrechnung(content) && String::from_utf8_lossy(content).contains("<cac:TaxCategory><cbc:ID>O</cbc:ID>")
    });
    assert!(levies.count() > 0 && german.len() > 1, "invoices and levies are XRechnungen");
    files.extend(german.into_iter().take(2).map(|(name, text)| (name, text.into_bytes())));
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    let mut judgements = Vec::new();
    // Whoever judges keeps something of each file in memory.
    for some in files.chunks(1000) {
        let Some(judged) = judged(some).await else { return };
        judgements.extend(judged);
    }
    for (place, ((name, content), judgement)) in files.iter().zip(judgements).enumerate() {
        let is_faultless = judgement["faults"] == json!([]);
        assert_eq!(is_faultless, place < genuine, "{name}: {judgement} {}", String::from_utf8_lossy(content));
    }
}

/// The documents of a folio.
async fn documents_of(client: &Client, folio: &str) -> Vec<Value> {
    let list = client.get(&format!("{INVOICES}?folio_id={folio}&limit=200")).await.expect(200);
    list.body["items"].as_array().expect("a list").clone()
}

/// T-inv-pdf: what another program reads out of the PDF is what the JSON says, on as many pages as it takes, in other
/// scripts too.
#[tokio::test]
async fn a_pdf_is_read_back_by_another_program() {
    let app = TestApp::new().await;
    let hotel = taxed(&app).await;
    let client = &hotel.manager;
    let mut files = Vec::new();
    let mut expected = Vec::new();
    for (from, nights, payer) in [(10, 2, "Ana Sousa"), (12, 40, "Μαρία Παπαδοπούλου"), (52, 75, "王小明 Иван Петров")]
    {
        let booking = hotel.book(client, day(from), day(from + nights)).await;
        let wanted = json!({"folio_id": booking.id(), "kind": "invoice", "language": "pt-PT", "payer": {"name": payer}});
        let invoice = client.post(INVOICES, &wanted).await.expect(201);
        let path = format!("{INVOICES}/{}", invoice.id());
        let xml = client.get(&format!("{path}.xml")).await.expect(200).bytes;
        files.push((format!("{nights}.pdf"), client.get(&format!("{path}.pdf")).await.expect(200).bytes.to_vec()));
        expected.push((invoice.body, payer, String::from_utf8_lossy(&xml).into_owned()));
    }
    let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, content)| (name.as_str(), content.clone())).collect();
    let Some(read) = judged(&files).await else { return };
    for ((invoice, payer, xml), read) in expected.iter().zip(read) {
        assert_eq!((&read["name"], read["xml"].as_str()), (&json!("factur-x.xml"), Some(xml.as_str())));
        let pages: Vec<&str> =
            read["pages"].as_array().expect("pages").iter().map(|page| page.as_str().expect("a text")).collect();
        let (all, last) = (pages.concat(), pages[pages.len() - 1]);
        let amount = |value: &Value| value["amount"].as_str().expect("an amount").replace('.', ",");
        let figure = |value: &Value| {
            let amount = amount(value);
            let whole = amount.len() - 3;
            if whole > 3 { format!("{} {}", &amount[..whole - 3], &amount[whole - 3..]) } else { amount }
        };
        let solid = |text: &str| text.split_whitespace().collect::<String>();
        assert!(all.contains(invoice["number"].as_str().expect("a number")) && solid(&all).contains(&solid(payer)), "{all}");
        assert!(
            last.contains(&figure(&invoice["payable"])) && last.contains("A pagar"),
            "the totals are on the last page: {last}"
        );
        for line in invoice["lines"].as_array().expect("lines") {
            assert!(all.contains(&amount(&line["net"])), "{line}");
        }
        let lines = invoice["lines"].as_array().expect("lines").len();
        assert!(
            pages.len() == 1 || lines > 10 && pages.iter().all(|page| page.contains(&format!("de {}", pages.len()))),
            "{pages:?}"
        );
    }
}
