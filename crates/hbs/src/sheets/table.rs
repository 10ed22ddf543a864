//! The lines of a file as they are read: the first one names the columns, the others are rows.
use super::cell::{Cell, Kind};
use super::column::{Column, Content};
use super::error::SheetError;
use super::limits::{Limit, MAX_COLUMNS, MAX_LINE, MAX_ROWS, MAX_TEXT_BYTES};
use super::row::{Habits, Header, Row, quoted};
use std::sync::Arc;

/// Lines that were read so far.
pub struct Table<'a> {
    columns: &'a [Column],
    header: Option<Arc<Header>>,
    habits: Habits,
    rows: Vec<Row>,
    text_bytes: usize,
}

impl<'a> Table<'a> {
    pub fn new(columns: &'a [Column]) -> Self {
        Self { columns, header: None, habits: Habits::default(), rows: Vec::new(), text_bytes: 0 }
    }

    /// Adds a line, whose number is that of spreadsheets, with its cells by column. Lines without content are passed over.
    pub fn add(&mut self, number: usize, cells: &[(usize, Cell<'_>)]) -> Result<(), SheetError> {
        let filled: Vec<&(usize, Cell<'_>)> = cells.iter().filter(|(_, cell)| !cell.is_empty()).collect();
        if filled.is_empty() {
            return Ok(());
        }
        if number > MAX_LINE {
            return Err(Limit::Line(number).into());
        }
        if filled.iter().any(|(column, _)| *column >= MAX_COLUMNS) {
            return Err(Limit::Columns.into());
        }
        let Some(header) = self.header.clone() else {
            self.header = Some(Arc::new(Header::new(known_columns(&filled, self.columns)?)));
            return Ok(());
        };
        self.text_bytes += filled.iter().map(|(_, cell)| cell.text.len()).sum::<usize>();
        if self.text_bytes > MAX_TEXT_BYTES {
            return Err(Limit::Text.into());
        }
        if self.rows.len() >= MAX_ROWS {
            return Err(Limit::Rows.into());
        }
        self.learn(&header, &filled);
        self.rows.push(Row::new(number, header, &filled));
        Ok(())
    }

    /// Learns from texts how the file writes dates and amounts.
    fn learn(&mut self, header: &Header, cells: &[&(usize, Cell<'_>)]) {
        for (column, cell) in cells {
            match header.column(*column).map(|column| column.content) {
                Some(Content::Date) if cell.kind == Kind::Text => self.habits.dates.learn(&cell.text),
                Some(Content::Amount) if cell.kind == Kind::Text => self.habits.amounts.learn(&cell.text),
                _ => {}
            }
        }
    }

    pub fn finish(self) -> Result<Vec<Row>, SheetError> {
        match self.header {
            Some(header) if !self.rows.is_empty() => {
                header.settle(self.habits);
                Ok(self.rows)
            }
            _ => Err(SheetError::Empty),
        }
    }
}

/// Returns the column at each place of the header; none for an empty cell.
fn known_columns(header: &[&(usize, Cell<'_>)], columns: &[Column]) -> Result<Vec<Option<Column>>, SheetError> {
    let mut named: Vec<Option<Column>> = Vec::new();
    for (place, cell) in header {
        let wanted = cell.text.to_lowercase().replace(' ', "_");
        let column = columns.iter().find(|column| column.name == wanted).ok_or_else(|| {
            let known: Vec<&str> = columns.iter().map(|column| column.name).collect();
            SheetError::UnknownColumn(quoted(&cell.text), known.join(", "))
        })?;
        if named.iter().flatten().any(|known| known.name == column.name) {
            return Err(SheetError::TwiceColumn(quoted(&cell.text)));
        }
        named.resize(named.len().max(place + 1), None);
        named[*place] = Some(*column);
    }
    let is_there = |column: &&Column| named.iter().flatten().any(|known| known.name == column.name);
    match columns.iter().filter(|column| column.required).find(|column| !is_there(column)) {
        Some(missing) => Err(SheetError::MissingColumn(missing.name)),
        None => Ok(named),
    }
}
