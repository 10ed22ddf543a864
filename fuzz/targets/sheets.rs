//! Spreadsheets: CSV as it is, and the parts of a workbook, which nobody could find through the compression.
#![no_main]
use hbs::sheets::{Column, Sheet, optional, required};
use libfuzzer_sys::fuzz_target;
use std::io::{Cursor, Write};
use zip::CompressionMethod::Stored;
use zip::write::SimpleFileOptions;

const COLUMNS: &[Column] = &[
    required("number", "", ""),
    required("room_type", "", ""),
    optional("from", "", "").dates(),
    optional("price", "", "").amounts(),
];
const MAIN: &str = "<workbook><workbookPr date1904=\"0\"/><sheets><sheet id=\"a\"/></sheets></workbook>";
const RELATIONS: &str = "<Relationships><Relationship Id=\"a\" Type=\"/worksheet\" Target=\"sheet.xml\"/>\
    <Relationship Id=\"b\" Type=\"/styles\" Target=\"styles.xml\"/><Relationship Id=\"c\" Type=\"/sharedStrings\" Target=\"texts.xml\"/></Relationships>";
/// Between the parts of a workbook in an input.
const CUT: &[u8] = b"\n---\n";

fuzz_target!(|input: &[u8]| {
    match input.split_first() {
        Some((b'w', parts)) => read(&workbook(parts)),
        Some((_, file)) => read(file),
        None => {}
    }
});

/// Reads a file, and each cell of it as all that a cell can be.
fn read(file: &[u8]) {
    let Ok(sheet) = Sheet::read(file, COLUMNS) else { return };
    for mut row in sheet.rows {
        for Column { name, .. } in COLUMNS {
            row.needed(name, 20);
            row.integer(name, 1..=365);
            row.date(name);
            row.flag(name);
            for currency in ["EUR", "JPY", "KWD"] {
                if let Some(money) = row.money(name, currency.parse().expect("a currency")) {
                    assert!(money.minor >= 0);
                }
            }
            if let Some(text) = row.text(name) {
                let again = hbs::sheets::safe_cell(text);
                assert_eq!(hbs::sheets::without_guards(&again), text, "{again:?}");
            }
        }
    }
}

fn workbook(parts: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, content: &[u8]| {
        zip.start_file(name, SimpleFileOptions::default().compression_method(Stored)).expect("a part");
        zip.write_all(content).expect("written");
    };
    put("xl/workbook.xml", MAIN.as_bytes());
    put("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes());
    let mut rest = parts;
    for name in ["xl/sheet.xml", "xl/texts.xml", "xl/styles.xml"] {
        let end = rest.windows(CUT.len()).position(|window| window == CUT).unwrap_or(rest.len());
        put(name, &rest[..end]);
        rest = rest.get(end + CUT.len()..).unwrap_or_default();
    }
    zip.finish().expect("an archive").into_inner()
}
