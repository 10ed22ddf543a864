//! XLSX, read as it streams by: nothing is built of a size that the file only claims.
//!
//! The libraries that read workbooks trust what a file says of itself (how many texts it has, how far its cells reach),
//! make cells with an unknown error an error of the file, and do not tell a formula without a value from an empty cell.
mod cells;
mod package;
mod styles;
mod texts;
mod xml;

use super::error::SheetError;
use super::table::Table;
use package::{Package, Relations};
use quick_xml::events::Event;
use std::io::BufRead;
use styles::Styles;
use texts::Texts;
use xml::{Xml, attribute};

const MAIN_PART: &str = "xl/workbook.xml";

/// Texts and styles that the cells of a workbook refer to.
struct Book {
    texts: Texts,
    styles: Styles,
    /// `true` if days are counted from 1904 on.
    is_1904: bool,
}

/// Reads the lines of the first sheet of a workbook.
pub fn read(bytes: &[u8], table: &mut Table<'_>) -> Result<(), SheetError> {
    let mut package = Package::open(bytes)?;
    let main = package.relations("")?.of_kind("/officeDocument").unwrap_or(MAIN_PART).to_owned();
    let relations = package.relations(&main)?;
    let (sheet, is_1904) = match package.part(&main)? {
        Some(mut part) => overview(&mut part, &relations)?,
        None => return Err(damaged("it has no workbook")),
    };
    let styles = match package.referred(&relations, "/styles")? {
        Some(mut part) => Styles::read(&mut part)?,
        None => Styles::default(),
    };
    let texts = match package.referred(&relations, "/sharedStrings")? {
        Some(mut part) => Texts::read(&mut part)?,
        None => Texts::default(),
    };
    let mut part = package.part(&sheet)?.ok_or_else(|| damaged("its first sheet is missing"))?;
    cells::read(&mut part, &Book { texts, styles, is_1904 }, table)
}

/// Returns where the first sheet is, and whether days are counted from 1904 on.
fn overview<R: BufRead>(part: &mut Xml<R>, relations: &Relations) -> Result<(String, bool), SheetError> {
    let (mut sheet, mut is_1904) = (None, false);
    loop {
        match part.next()? {
            Event::Start(start) if start.local_name().as_ref() == "workbookPr" => {
                if let Some(value) = attribute(&start, "date1904")? {
                    is_1904 = value == "1" || value == "true";
                }
            }
            Event::Start(start) if start.local_name().as_ref() == "sheet" && sheet.is_none() => {
                let id = attribute(&start, "id")?.unwrap_or_default();
                sheet = relations.sheet(&id).map(str::to_owned);
            }
            Event::Eof => return sheet.map(|sheet| (sheet, is_1904)).ok_or_else(|| damaged("it has no sheet with cells")),
            _ => {}
        }
    }
}

fn damaged(reason: impl Into<String>) -> SheetError {
    SheetError::DamagedXlsx(reason.into())
}
