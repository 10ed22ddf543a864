//! The metadata that Factur-X wants in a file, added as an update at its end: the library that writes PDF has no
//! way to say it.
use crate::Attachment;

const NAMESPACE: &str = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#";

/// Returns a PDF whose metadata says that it holds an invoice. None if it is not as the library writes it.
pub fn with_factur_x(pdf: &[u8], attachment: &Attachment, level: &str) -> Option<Vec<u8>> {
    let catalog = find(pdf, b"/Type /Catalog").or_else(|| find(pdf, b"/Type/Catalog"))?;
    let number = number_after(&pdf[catalog..], b"/Metadata")?;
    let object = find(pdf, format!("\n{number} 0 obj").as_bytes())? + 1;
    let start = object + find(&pdf[object..], b"stream")? + b"stream".len();
    let start = start + pdf[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let end = start + find(&pdf[start..], b"endstream")?;
    let packet = std::str::from_utf8(&pdf[start..end]).ok()?.trim_end();
    let packet = said(packet, attachment, level)?;

    let trailer = find_last(pdf, b"trailer")?;
    let entries = trailer + find(&pdf[trailer..], b"<<")? + 2;
    let last = find_last(pdf, b"startxref")?;
    let entries_end = entries + find_last(pdf.get(entries..last)?, b">>")?;
    let previous: usize = text(&pdf[last + b"startxref".len()..]).split_whitespace().next()?.parse().ok()?;

    let mut updated = pdf.to_vec();
    if updated.last() != Some(&b'\n') {
        updated.push(b'\n');
    }
    let offset = updated.len();
    let head = format!("{number} 0 obj\n<<\n  /Type /Metadata\n  /Subtype /XML\n  /Length {}\n>>\nstream\n", packet.len());
    updated.extend_from_slice(head.as_bytes());
    updated.extend_from_slice(packet.as_bytes());
    updated.extend_from_slice(b"\nendstream\nendobj\n");
    let table = updated.len();
    updated.extend_from_slice(format!("xref\n{number} 1\n{offset:010} 00000 n\r\ntrailer\n<<").as_bytes());
    updated.extend_from_slice(&pdf[entries..entries_end]);
    updated.extend_from_slice(format!("\n  /Prev {previous}\n>>\nstartxref\n{table}\n%%EOF\n").as_bytes());
    Some(updated)
}

/// The packet with the description of the schema and what it says.
fn said(packet: &str, attachment: &Attachment, level: &str) -> Option<String> {
    let properties = [
        ("DocumentFileName", "The name of the embedded XML document"),
        ("DocumentType", "The type of the hybrid document"),
        ("Version", "The version of the standard of the embedded XML document"),
        ("ConformanceLevel", "The conformance level of the embedded XML document"),
    ];
    let described: String = properties
        .iter()
        .map(|(name, about)| {
            format!(
                "<rdf:li rdf:parseType=\"Resource\"><pdfaProperty:name>{name}</pdfaProperty:name>\
                 <pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>\
                 <pdfaProperty:description>{about}</pdfaProperty:description></rdf:li>"
            )
        })
        .collect();
    let schema = format!(
        "<rdf:li xmlns:pdfaSchema=\"http://www.aiim.org/pdfa/ns/schema#\" xmlns:pdfaProperty=\"http://www.aiim.org/pdfa/ns/property#\" \
         rdf:parseType=\"Resource\"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>\
         <pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>\
         <pdfaSchema:property><rdf:Seq>{described}</rdf:Seq></pdfaSchema:property></rdf:li>"
    );
    let values = format!(
        "<rdf:Description xmlns:fx=\"{NAMESPACE}\" rdf:about=\"\"><fx:DocumentType>INVOICE</fx:DocumentType>\
         <fx:DocumentFileName>{}</fx:DocumentFileName><fx:Version>1.0</fx:Version>\
         <fx:ConformanceLevel>{level}</fx:ConformanceLevel></rdf:Description>",
        attachment.name
    );
    let schemas = packet.find("<pdfaExtension:schemas")?;
    let bag = schemas + packet[schemas..].find("</rdf:Bag></pdfaExtension:schemas>")?;
    let end = packet.rfind("</rdf:RDF>")?;
    Some([&packet[..bag], &schema, &packet[bag..end], &values, &packet[end..]].concat())
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

fn find_last(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|window| window == word)
}

/// The number that follows a word.
fn number_after(bytes: &[u8], word: &[u8]) -> Option<usize> {
    let at = find(bytes, word)? + word.len();
    text(&bytes[at..]).split_whitespace().next()?.parse().ok()
}

/// The first bytes as text, as far as they are plain.
fn text(bytes: &[u8]) -> String {
    bytes.iter().take(40).map(|byte| char::from(*byte)).collect()
}
