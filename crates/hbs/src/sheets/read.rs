//! Reading of spreadsheet files as rows.
use super::column::Column;
use super::error::SheetError;
use super::row::Row;
use super::table::Table;
use super::{delimited, workbook};

const ZIP_SIGNATURE: &[u8] = b"PK\x03\x04";
/// Beginning of compound files: workbooks of before 2007, and those with a password.
const COMPOUND_SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// The rows of a file below its header.
#[derive(Debug)]
pub struct Sheet {
    pub rows: Vec<Row>,
}

impl Sheet {
    /// Reads a file, whose first bytes determine its format. Its first line names the columns, in any order and any
    /// case. Empty rows are ignored.
    pub fn read(bytes: &[u8], columns: &[Column]) -> Result<Self, SheetError> {
        let mut table = Table::new(columns);
        if bytes.starts_with(ZIP_SIGNATURE) {
            workbook::read(bytes, &mut table)?;
        } else if bytes.starts_with(COMPOUND_SIGNATURE) {
            return Err(SheetError::OldWorkbook);
        } else {
            delimited::read(bytes, &mut table)?;
        }
        Ok(Self { rows: table.finish()? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::{optional, required};
    use super::super::limits::{
        Limit, MAX_CELL_CHARS, MAX_CELLS, MAX_DEPTH, MAX_ELEMENTS, MAX_ENTRIES, MAX_LINE, MAX_ROWS, MAX_SHARED_TEXTS,
    };
    use super::*;
    use std::fmt::Write as _;
    use std::io::{Cursor, Write as _};

    const COLUMNS: &[Column] = &[
        required("number", "101", ""),
        required("room_type", "DBL", ""),
        optional("floor", "1", ""),
        optional("from", "2026-12-24", "").dates(),
        optional("price", "120.00", "").amounts(),
    ];

    fn cells(bytes: &[u8]) -> Result<Vec<(usize, String, String)>, SheetError> {
        let sheet = Sheet::read(bytes, COLUMNS)?;
        let cell = |row: &Row, name| row.text(name).unwrap_or_default().to_owned();
        Ok(sheet.rows.iter().map(|row| (row.number, cell(row, "number"), cell(row, "floor"))).collect())
    }

    fn row(number: usize, first: &str, second: &str) -> (usize, String, String) {
        (number, first.into(), second.into())
    }

    fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in parts {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a part");
            zip.write_all(content.as_bytes()).expect("written");
        }
        zip.finish().expect("an archive").into_inner()
    }

    const RELATIONS: &str = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
        <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
        <Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="/xl/styles.xml"/>
        <Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="../xl/sharedStrings.xml"/>
        </Relationships>"#;
    const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
        <cellXfs><xf/><xf numFmtId="164"/><xf numFmtId="20"/><xf numFmtId="4"/></cellXfs></styleSheet>"#;

    /// A workbook with these parts: the start of the workbook, texts, and the sheet.
    fn book(start: &str, texts: &str, sheet: &str) -> Vec<u8> {
        let main =
            format!(r#"<workbook xmlns:r="r">{start}<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#);
        archive(&[
            ("xl/workbook.xml", &main),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/styles.xml", STYLES),
            ("xl/sharedStrings.xml", &format!("<sst count=\"9\" uniqueCount=\"4000000000\">{texts}</sst>")),
            ("xl/worksheets/sheet1.xml", sheet),
        ])
    }

    const TEXTS: &str = "<si><t>number</t></si><si><t>room_type</t></si><si><t>floor</t></si><si><t>from</t></si><si><t>price</t></si>\
        <si><r><t>D</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\">BL </t></r><rPh><t>dee</t></rPh></si><si><t>&lt;1&#233;_x0041_</t></si>";
    const HEADER: &str = "<row r=\"1\"><c t=\"s\"><v>0</v></c><c t=\"s\"><v>1</v></c><c t=\"s\"><v>2</v></c><c t=\"s\"><v>3</v></c><c t=\"s\"><v>4</v></c></row>";

    /// A sheet with the header and these rows.
    fn sheet(rows: &str) -> Vec<u8> {
        book(
            "",
            TEXTS,
            &format!("<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{HEADER}{rows}</sheetData></worksheet>"),
        )
    }

    fn rows_of(bytes: &[u8]) -> Vec<Row> {
        Sheet::read(bytes, COLUMNS).expect("a sheet").rows
    }

    fn errors(row: &Row) -> Vec<String> {
        row.errors.iter().map(|error| format!("{} {}", error.column.unwrap_or("-"), error.detail)).collect()
    }

    #[test]
    fn csv_as_spreadsheets_write_it() {
        let plain = "number,room_type,floor\n101,DBL,1\n\n102, DBL ,\n";
        assert_eq!(cells(plain.as_bytes()).expect("read"), [row(2, "101", "1"), row(4, "102", "")]);
        let european = "\u{feff}Number;Room Type;Floor\r\n\"1;1\";DBL;2\r\n";
        assert_eq!(cells(european.as_bytes()).expect("read"), [row(2, "1;1", "2")]);
        let tabs = "floor\tnumber\troom_type\n3\t7\tDBL\n";
        assert_eq!(cells(tabs.as_bytes()).expect("read"), [row(2, "7", "3")]);
        let told = "sep=;\r\nnumber;room_type;floor\r\n1,1;DBL;2\r\n";
        assert_eq!(cells(told.as_bytes()).expect("read"), [row(2, "1,1", "2")], "rows as Excel counts them");
        let odd = "\"SEP=^\"\nnumber^room_type\n1,1^DBL\n";
        assert_eq!(cells(odd.as_bytes()).expect("read"), [row(2, "1,1", "")]);
    }

    #[test]
    fn csv_in_other_encodings() {
        let text = "number;room_type;floor\n1;DBL;Größe – ñ €\n";
        let expected = [row(2, "1", "Größe – ñ €")];
        let (western, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        assert_eq!(cells(&western).expect("read"), expected);
        let units = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
        };
        assert_eq!(cells(&units([0xff, 0xfe], u16::to_le_bytes)).expect("read"), expected);
        assert_eq!(cells(&units([0xfe, 0xff], u16::to_be_bytes)).expect("read"), expected);
        for nothing in [
            &[0xff, 0xfe, 0x00][..],
            b"\xff\xfe\x00\xd8a\x00",
            b"number,room_type\n\xe9,\x81\n",
            b"\x89PNG\r\n\x1a\n",
            b"n\x00u\x00",
        ] {
            assert_eq!(cells(nothing), Err(SheetError::NotASheet), "{nothing:?}");
        }
        assert_eq!(cells(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"), Err(SheetError::OldWorkbook));
    }

    #[test]
    fn dates_and_amounts_are_read_as_the_whole_file_writes_them() {
        let mut rows = rows_of("number;room_type;from;price\n1;DBL;01/02/2026;1.234\n2;DBL;31/12/2026;99,50\n".as_bytes());
        let eur = "EUR".parse().expect("a currency");
        let read: Vec<_> = rows
            .iter_mut()
            .map(|row| (row.date("from").map(|day| day.to_string()), row.money("price", eur).map(|money| money.minor)))
            .collect();
        assert_eq!(read, [(Some("2026-02-01".into()), Some(123_400)), (Some("2026-12-31".into()), Some(9_950))]);
        let mut rows = rows_of("number;room_type;from;price\n1;DBL;01/02/2026;1,234\n".as_bytes());
        assert_eq!((rows[0].date("from"), rows[0].money("price", eur)), (None, None));
        assert!(errors(&rows[0])[0].starts_with("from \"01/02/2026\" can be"), "{:?}", rows[0].errors);
        assert!(errors(&rows[0])[1].starts_with("price \"1,234\" can be 1.234 or 1234"), "{:?}", rows[0].errors);
    }

    #[test]
    fn xlsx_with_numbers_and_dates() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet();
        for (column, name) in ["number", "room_type", "floor"].iter().enumerate() {
            sheet.write(0, u16::try_from(column).expect("small"), *name).expect("written");
        }
        sheet.write(1, 0, 101).expect("written");
        sheet.write(1, 1, "DBL").expect("written");
        let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 12, 24).expect("a date");
        let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_with_format(1, 2, &date, &format).expect("written");
        let bytes = book.save_to_buffer().expect("a file");
        assert_eq!(cells(&bytes).expect("read"), [row(2, "101", "2026-12-24")]);
        assert!(matches!(cells(&bytes[..bytes.len() / 2]), Err(SheetError::DamagedXlsx(_))));
    }

    #[test]
    fn xlsx_in_all_its_forms() {
        let rows = "<row r=\"3\" spans=\"1:3\"><c r=\"A3\"><v>101</v></c><c r=\"C3\" t=\"s\"><v>6</v></c><c r=\"B3\" t=\"s\"><v>5</v></c>\
            <c r=\"D3\" s=\"1\"><v>46380.75</v></c><c r=\"E3\" s=\"3\"><v>299.70000000000005</v></c></row>\
            <row><c t=\"inlineStr\"><is><t>7</t></is></c><c t=\"str\"><f>A1</f><v>DBL</v></c><c t=\"b\"><v>1</v></c><c t=\"d\"><v>2026-12-24T10:00:00</v></c></row>\
            <row r=\"9\"><c r=\"A9\" s=\"1\"/><c r=\"B9\"><v/></c><c r=\"C9\" t=\"str\"><f>\"\"</f><v></v></c></row>";
        let mut rows = rows_of(&sheet(rows));
        let eur = "EUR".parse().expect("a currency");
        let first = &mut rows[0];
        assert_eq!(
            (first.number, first.text("number"), first.text("room_type"), first.text("floor")),
            (3, Some("101"), Some("DBL"), Some("<1éA"))
        );
        assert_eq!(first.text("from"), Some("2026-12-24"));
        assert_eq!(first.money("price", eur).map(|money| money.minor), Some(29_970));
        let second = &rows[1];
        assert_eq!(
            (second.number, second.text("number"), second.text("room_type"), second.text("floor")),
            (4, Some("7"), Some("DBL"), Some("true"))
        );
        assert_eq!(second.text("from"), Some("2026-12-24"));
        assert_eq!(rows.len(), 2, "cells with a format and nothing in them are nothing");

        let rows = format!("{HEADER}<row><c><v>1</v></c><c t=\"s\"><v>5</v></c><c/><c s=\"1\"><v>44918</v></c></row>");
        let prefixed = rows.replace('<', "<x:").replace("<x:/", "</x:");
        let old = format!("<x:worksheet xmlns:x=\"x\"><x:sheetData>{prefixed}</x:sheetData></x:worksheet>");
        let old = book("<workbookPr date1904=\"1\"/>", TEXTS, &old);
        assert_eq!(rows_of(&old)[0].text("from"), Some("2026-12-24"), "days from 1904 on");
    }

    /// F8: whatever is imported, and in whatever column, a cell that does not know its value refuses its row.
    #[test]
    fn a_cell_that_does_not_know_refuses_its_row_whatever_its_column() {
        for (column, known) in COLUMNS.iter().enumerate() {
            for (cell, reason) in [
                ("t=\"e\"><v>#N/A</v>", "the cell has the error #N/A"),
                ("t=\"e\"><f>X1</f><v>#SPILL!</v>", "the cell has the error #SPILL!"),
                ("t=\"str\"><v>#REF!</v>", "the cell has the error #REF!"),
                (
                    "><f>A1</f>",
                    "the cell has a formula that was not computed; calculate the file and save it again, or paste the values",
                ),
                (
                    "><f t=\"shared\" si=\"4000000000\"/><v></v>",
                    "the cell has a formula that was not computed; calculate the file and save it again, or paste the values",
                ),
                (
                    "t=\"str\"><f>A1</f>",
                    "the cell has a formula that was not computed; calculate the file and save it again, or paste the values",
                ),
                ("t=\"x\"><v>1</v>", "the cell has a value of an unknown type"),
                ("><v>12,5</v>", "the cell has a number that cannot be read"),
            ] {
                let cells: String = (0..COLUMNS.len())
                    .map(|n| if n == column { format!("<c {cell}</c>") } else { "<c><v>1</v></c>".into() })
                    .collect();
                let mut rows = rows_of(&sheet(&format!("<row>{cells}</row>")));
                let name = known.name;
                let (row, expected) = (&mut rows[0], [format!("{name} {reason}")]);
                assert_eq!(errors(row), expected);
                row.needed(name, 10);
                row.integer(name, 1..=2);
                row.date(name);
                row.money(name, "EUR".parse().expect("a currency"));
                row.flag(name);
                assert_eq!(errors(row), expected, "nothing else is wrong with it");
            }
        }
        let rows = rows_of("number,room_type,floor\n1,DBL,#N/A\n2,=A1,\n3,DBL,3.51912E+11\n".as_bytes());
        let said: Vec<_> = rows.iter().map(|row| (row.number, errors(row).join(" / "))).collect();
        assert_eq!(said[0], (2, "floor the cell has the error #N/A".into()));
        assert!(said[1].1.starts_with("room_type the cell has a formula"), "{said:?}");
        assert!(said[2].1.starts_with("floor the cell has the number 3.51912E+11"), "{said:?}");
    }

    #[test]
    fn whole_numbers_may_have_noise() {
        let mut rows = rows_of(&sheet("<row><c><v>1.9999999999999998</v></c><c><v>2.5</v></c></row>"));
        assert_eq!((rows[0].integer("number", 1..=9), rows[0].integer("room_type", 1..=9)), (Some(2), None));
        assert_eq!(errors(&rows[0]), ["room_type \"2.5\" is not a whole number from 1 to 9"]);
    }

    /// Reads a workbook that must be beyond a limit.
    fn limit_of(bytes: &[u8]) -> Limit {
        match Sheet::read(bytes, COLUMNS) {
            Err(SheetError::TooLarge(limit)) => limit,
            other => panic!("{other:?}"),
        }
    }

    /// S1: what a workbook claims to have takes no memory.
    #[test]
    fn nothing_is_built_of_what_a_workbook_only_claims() {
        let cell = |place: &str| {
            format!("<row r=\"{}\"><c r=\"{place}\"><v>1</v></c></row>", place.trim_start_matches(char::is_alphabetic))
        };
        assert_eq!(limit_of(&sheet(&cell("XFD1048576"))), Limit::Columns);
        assert_eq!(limit_of(&sheet(&cell("AX1048576"))), Limit::Line(1_048_576));
        assert_eq!(limit_of(&sheet(&format!("{}{}", cell("A2"), cell("A100001")))), Limit::Line(MAX_LINE + 1));
        assert_eq!(rows_of(&sheet(&cell("A100000"))).len(), 1, "the size that a sheet claims is not looked at");
        let rows = "<row><c><v>1</v></c></row>".repeat(MAX_ROWS + 1);
        assert_eq!(limit_of(&sheet(&rows)), Limit::Rows);
        assert_eq!(limit_of(&sheet(&format!("<row>{}</row>", "<c s=\"1\"/>".repeat(MAX_CELLS + 1)))), Limit::Cells);
        assert_eq!(limit_of(&sheet(&"<a>".repeat(MAX_DEPTH + 1))), Limit::Depth);
        assert_eq!(limit_of(&sheet(&"<a/>".repeat(MAX_ELEMENTS))), Limit::Elements);
        assert_eq!(limit_of(&sheet(&format!("<row><c r=\"{}", "A".repeat(2 << 20)))), Limit::Event);
        assert_eq!(limit_of(&sheet(&"<!-- nothing at all, and much of it -->".repeat(4 << 20))), Limit::Unpacked);
        let long = format!("{TEXTS}<si><t>{}</t></si>", "x".repeat(MAX_CELL_CHARS));
        let refers = "<row><c t=\"s\"><v>7</v></c></row>".repeat(1_000);
        let many = book("", &long, &format!("<worksheet><sheetData>{HEADER}{refers}</sheetData></worksheet>"));
        assert_eq!(limit_of(&many), Limit::Text);
        assert_eq!(limit_of(&book("", &"<si/>".repeat(MAX_SHARED_TEXTS + 1), "<a/>")), Limit::SharedTexts);
        let parts: Vec<String> = (0..=MAX_ENTRIES).map(|n| n.to_string()).collect();
        assert_eq!(limit_of(&archive(&parts.iter().map(|name| (name.as_str(), "")).collect::<Vec<_>>())), Limit::Entries);
    }

    #[test]
    fn a_text_that_is_too_long_refuses_the_rows_that_have_it() {
        let long = format!("{TEXTS}<si><t>{}</t></si>", "x".repeat(900_000));
        let refers = "<row><c t=\"s\"><v>7</v></c></row>".repeat(1_000);
        let rows = rows_of(&book("", &long, &format!("<worksheet><sheetData>{HEADER}{refers}</sheetData></worksheet>")));
        assert_eq!(errors(&rows[999]), ["number the cell is longer than 32767 characters"]);
    }

    #[test]
    fn damaged_workbooks_are_refused() {
        let damaged = |bytes: &[u8]| match Sheet::read(bytes, COLUMNS) {
            Err(SheetError::DamagedXlsx(reason)) => reason,
            other => panic!("{other:?}"),
        };
        let bomb = format!("<!DOCTYPE x [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;\">]>", "x".repeat(100));
        let sheet_xml =
            format!("{bomb}<worksheet><sheetData>{HEADER}<row><c t=\"str\"><v>&b;</v></c></row></sheetData></worksheet>");
        assert_eq!(damaged(&book("", TEXTS, &sheet_xml)), "it has an entity that XLSX does not know");
        assert_eq!(damaged(&sheet("<row><c t=\"s\"><v>99</v></c></row>")), "a cell has a text that is not there");
        assert_eq!(damaged(&sheet("<row r=\"7\"/><row r=\"3\"/>")), "row 3 stands below row 7");
        assert_eq!(
            damaged(&sheet("<row r=\"7\"><c r=\"A7\"><v>1</v></c><c r=\"A7\"><v>2</v></c></row>")),
            "row 7 has two cells in one column"
        );
        assert_eq!(damaged(&sheet("<row r=\"0\"/>")), "row 0 stands below row 1");
        assert_eq!(damaged(&archive(&[("mimetype", "x")])), "it has no workbook");
        assert_eq!(damaged(&book("", TEXTS, "<worksheet><sheetData><row>")), "its end is missing");
        assert_eq!(damaged(&book("", TEXTS, "<chart/>")), "its first sheet has no cells");
        assert!(!damaged(&book("", TEXTS, "<worksheet><sheetData></row></sheetData></worksheet>")).is_empty());
    }

    #[test]
    fn csv_has_the_same_bounds() {
        let head = "number,room_type\n";
        assert_eq!(limit_of(format!("{head}{}", "1,DBL\n".repeat(MAX_ROWS + 1)).as_bytes()), Limit::Rows);
        assert_eq!(limit_of(format!("{head}{}1,DBL\n", "\n".repeat(MAX_LINE)).as_bytes()), Limit::Line(MAX_LINE + 2));
        assert_eq!(limit_of(format!("{head}{}x", ",".repeat(300)).as_bytes()), Limit::Columns);
        assert_eq!(limit_of(format!("{head}{}", ",".repeat(MAX_CELLS + 1)).as_bytes()), Limit::Cells);
        let rows = rows_of(format!("{head}1,{}\n", "x".repeat(MAX_CELL_CHARS + 1)).as_bytes());
        assert_eq!(errors(&rows[0]), ["room_type the cell is longer than 32767 characters"]);
    }

    #[test]
    fn errors_take_little_memory_however_many_there_are() {
        let mut text = "number,room_type\n".to_owned();
        for _ in 0..30_000 {
            writeln!(text, "x,{}", "y".repeat(200)).expect("written");
        }
        let mut rows = rows_of(text.as_bytes());
        for row in &mut rows {
            row.integer("number", 1..=2);
            row.integer("room_type", 1..=2);
        }
        assert_eq!(rows[0].errors.len(), 2);
        assert_eq!(rows[29_999].errors.len(), 1, "the first one only");
        assert!(rows[0].errors[1].detail.ends_with("y…\" is not a whole number from 1 to 2"), "{:?}", rows[0].errors);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| cells(text.as_bytes()).expect_err(text).to_string();
        assert_eq!(error(""), "has no rows below a header");
        assert_eq!(error("number,room_type\n"), "has no rows below a header");
        assert_eq!(error("number,floor\n1,1\n"), "lacks the column \"room_type\"");
        assert_eq!(error("number,room_type,number\n1,1,1\n"), "has the column \"number\" twice");
        assert_eq!(
            error("number,room_type,view\n1,1,1\n"),
            "has the column \"view\", which is not known; known are: number, room_type, floor, from, price"
        );
        let many = format!("number,room_type\n{}", "1,DBL\n".repeat(MAX_ROWS + 1));
        assert_eq!(error(&many), "has more than 50000 rows; split it");
    }
}
