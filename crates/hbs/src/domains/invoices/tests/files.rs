//! The files of documents: XML that programs accept, and PDF that says what the JSON says.
use super::{INVOICES, issue, taxed};
use crate::support::TestApp;
use serde_json::json;

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
