//! The cells of a sheet, in the order in which they stand.
use super::xml::{Xml, attribute, attributes, unescaped};
use super::{Book, damaged};
use crate::sheets::cell::Cell;
use crate::sheets::error::SheetError;
use crate::sheets::limits::{Limit, MAX_CELLS, MAX_COLUMNS};
use crate::sheets::table::Table;
use quick_xml::events::{BytesStart, Event};
use std::io::BufRead;

/// The lines of a sheet, and where the next cell is.
struct Lines<'a, 'b> {
    table: &'a mut Table<'b>,
    /// Number of the row, from 1 on.
    number: usize,
    /// Filled cells of the row by column, from 0 on.
    cells: Vec<(usize, Cell<'static>)>,
    next_column: usize,
    count: usize,
}

/// Reads the rows of a sheet. What it says of its size is not looked at.
pub fn read<R: BufRead>(part: &mut Xml<R>, book: &Book, table: &mut Table<'_>) -> Result<(), SheetError> {
    let mut lines = Lines { table, number: 0, cells: Vec::new(), next_column: 0, count: 0 };
    let mut is_inside = false;
    loop {
        let start = match part.next()? {
            Event::Start(start) => start,
            Event::End(end) if end.local_name().as_ref() == "sheetData" => return lines.end_row(),
            Event::Eof => return Err(damaged("its first sheet has no cells")),
            _ => continue,
        };
        match start.local_name().as_ref() {
            "sheetData" => is_inside = true,
            "row" if is_inside => lines.begin_row(&start)?,
            "c" if is_inside => {
                let [place, style, kind] = attributes(&start, ["r", "s", "t"])?;
                let column = lines.place(place.as_deref())?;
                let head = Head::new(kind, style.as_deref());
                let cell = head.read(part, book)?;
                lines.put(column, cell)?;
            }
            _ => {}
        }
    }
}

impl Lines<'_, '_> {
    fn begin_row(&mut self, start: &BytesStart<'_>) -> Result<(), SheetError> {
        let told = attribute(start, "r")?.map(|number| number.parse::<usize>().map_err(|_| damaged("a row has no number")));
        let number = told.transpose()?.unwrap_or(self.number + 1);
        self.go_to(number)
    }

    /// Goes to a row. Rows stand in order, so that no more than one is held.
    fn go_to(&mut self, number: usize) -> Result<(), SheetError> {
        if number < self.number.max(1) {
            return Err(damaged(format!("row {number} stands below row {}", self.number)));
        }
        if number > self.number {
            self.end_row()?;
            self.number = number;
        }
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), SheetError> {
        self.next_column = 0;
        let cells = std::mem::take(&mut self.cells);
        self.table.add(self.number, &cells)
    }

    /// Returns the column of a cell that begins.
    fn place(&mut self, place: Option<&str>) -> Result<usize, SheetError> {
        self.count += 1;
        if self.count > MAX_CELLS {
            return Err(Limit::Cells.into());
        }
        let column = match place {
            Some(name) => {
                let (row, column) = coordinates(name).ok_or_else(|| damaged("a cell has no place"))?;
                self.go_to(row)?;
                column
            }
            None => self.next_column,
        };
        self.next_column = column + 1;
        Ok(column)
    }

    fn put(&mut self, column: usize, cell: Cell<'static>) -> Result<(), SheetError> {
        if cell.is_empty() {
            return Ok(());
        }
        if column >= MAX_COLUMNS {
            return Err(Limit::Columns.into());
        }
        if self.cells.iter().any(|(other, _)| *other == column) {
            return Err(damaged(format!("row {} has two cells in one column", self.number)));
        }
        self.cells.push((column, cell));
        Ok(())
    }
}

/// Returns row (from 1 on) and column (from 0 on) of a cell such as `B7`.
fn coordinates(name: &str) -> Option<(usize, usize)> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, digits) = name.split_at(letters);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=3).contains(&letters.len()) || !is_number {
        return None;
    }
    let column = letters.bytes().fold(0, |column, letter| column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    Some((digits.parse().ok().filter(|row| *row > 0)?, column - 1))
}

/// Beginning of a cell.
struct Head {
    kind: Option<String>,
    style: usize,
}

impl Head {
    fn new(kind: Option<String>, style: Option<&str>) -> Self {
        Self { kind, style: style.and_then(|style| style.parse().ok()).unwrap_or(0) }
    }

    fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or("n")
    }

    fn read<R: BufRead>(&self, part: &mut Xml<R>, book: &Book) -> Result<Cell<'static>, SheetError> {
        let outside = part.depth().saturating_sub(1);
        let (mut has_formula, mut value) = (false, None);
        while part.depth() > outside {
            let Event::Start(start) = part.next()? else { continue };
            match start.local_name().as_ref() {
                "v" if self.kind() != "inlineStr" => part.text_into(value.get_or_insert_default())?,
                "is" => part.rich_text_into(value.get_or_insert_default())?,
                name => {
                    has_formula |= name == "f";
                    part.skip()?;
                }
            }
        }
        self.cell(has_formula, value, book)
    }

    fn cell(&self, has_formula: bool, value: Option<String>, book: &Book) -> Result<Cell<'static>, SheetError> {
        let is_text = matches!(self.kind(), "str" | "inlineStr");
        // A formula may come to an empty text, but not to an empty number.
        let value = match value {
            Some(value) if is_text || !value.trim().is_empty() => value,
            _ if has_formula => return Ok(Cell::uncomputed()),
            _ => return Ok(Cell::empty()),
        };
        let cell = match self.kind() {
            "n" if book.styles.shows_dates(self.style) => Cell::date(&value, book.is_1904),
            "n" => Cell::number(&value),
            "s" => {
                let text = value.trim().parse().ok().and_then(|number| book.texts.get(number));
                Cell::text(text.ok_or_else(|| damaged("a cell has a text that is not there"))?).into_owned()
            }
            "str" | "inlineStr" => Cell::text(&unescaped(value)).into_owned(),
            "b" => Cell::flag(matches!(value.trim(), "1" | "true")),
            "e" => Cell::error(&value),
            "d" => Cell::iso_date(&value),
            _ => Cell::unknown_type(),
        };
        Ok(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_cells() {
        for (name, place) in [("A1", (1, 0)), ("Z9", (9, 25)), ("aa10", (10, 26)), ("XFD1048576", (1_048_576, 16_383))] {
            assert_eq!(coordinates(name), Some(place), "{name}");
        }
        for name in ["", "A", "1", "A0", "AAAA1", "A-1", "A1B", "Ä1", "A99999999999999999999"] {
            assert_eq!(coordinates(name), None, "{name}");
        }
    }
}
