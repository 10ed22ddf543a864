//! Workbooks (XLSX) that no spreadsheet program would write.
use std::io::{Cursor, Write};

pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

const MAIN: &str = r#"<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const RELATIONS: &str = r#"<Relationships>
    <Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>
    <Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/>
    </Relationships>"#;

/// A workbook whose shared texts and sheet are these elements.
pub fn workbook(texts: &str, sheet: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in [
        ("xl/workbook.xml", MAIN),
        ("xl/_rels/workbook.xml.rels", RELATIONS),
        ("xl/sharedStrings.xml", texts),
        ("xl/worksheets/sheet1.xml", sheet),
    ] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        zip.write_all(content.as_bytes()).expect("written");
    }
    zip.finish().expect("an archive").into_inner()
}

/// A workbook with a header and one row, whose cells are the elements' content: `t="e"><v>#N/A</v>` or, for a text, the text.
pub fn one_row(header: &str, cells: &[&str]) -> Vec<u8> {
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let header: String = header.split(',').map(text).collect();
    let cell = |cell: &&str| if cell.contains('<') { format!("<c {cell}</c>") } else { text(cell) };
    let cells: String = cells.iter().map(cell).collect();
    workbook("<sst/>", &format!("<worksheet><sheetData><row>{header}</row><row>{cells}</row></sheetData></worksheet>"))
}
