//! Columns of sheets, as domains say them.

/// A column that a sheet may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub required: bool,
    /// Description of the column for the template.
    pub about: &'static str,
    pub example: &'static str,
    /// Kind of the column's cells.
    pub content: Content,
}

/// Kind of the cells of a column. Cells of one kind show how the file writes all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Text,
    /// Texts of several lines.
    Paragraphs,
    Date,
    Amount,
}

/// Makes a column that every sheet must have.
pub const fn required(name: &'static str, example: &'static str, about: &'static str) -> Column {
    Column { name, required: true, about, example, content: Content::Text }
}

/// Makes a column that can be left out.
pub const fn optional(name: &'static str, example: &'static str, about: &'static str) -> Column {
    Column { name, required: false, about, example, content: Content::Text }
}

impl Column {
    /// Returns the same column, with dates in it.
    pub const fn dates(self) -> Self {
        Self { content: Content::Date, ..self }
    }

    /// Returns the same column, whose cells may have several lines.
    pub const fn paragraphs(self) -> Self {
        Self { content: Content::Paragraphs, ..self }
    }

    /// Returns the same column, with amounts of money in it.
    pub const fn amounts(self) -> Self {
        Self { content: Content::Amount, ..self }
    }
}
