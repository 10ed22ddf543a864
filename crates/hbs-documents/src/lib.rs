//! Documents that a hotel hands out, as PDF: a head, a table that goes on over pages, totals at the end of it, and a file inside.
//!
//! It knows no hotel and no invoice: a [`Sheet`] is what stands where, in words that are final. The same sheet gives the same
//! bytes. The crate is apart from the rest of HBS because what it is built on changes seldom and takes long to compile.
mod fonts;
mod layout;
mod write;
mod xmp;

pub use write::{Fault, write};

/// A document, ready to be laid out on A4 paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Title in the properties of the file.
    pub title: String,
    /// Language of the words, such as `pt`.
    pub language: String,
    pub created: Moment,
    pub logo: Option<Logo>,
    /// Name and address of who writes it, the name first.
    pub sender: Vec<String>,
    /// Name and address of who gets it.
    pub recipient: Vec<String>,
    /// Heading, such as `Invoice`.
    pub heading: String,
    /// Word across the head of each page, such as `Copy`.
    pub mark: Option<String>,
    /// Facts about the document, such as its number and date: pairs of a label and a value.
    pub facts: Vec<(String, String)>,
    /// Sentences above the table.
    pub introduction: Vec<String>,
    pub table: Table,
    /// Further tables below it, over the whole width.
    pub more: Vec<Table>,
    /// Further tables beside the totals, such as taxes by rate.
    pub breakdown: Option<Table>,
    /// Totals of the document: pairs of a label and an amount, of which the last is set in bold.
    pub totals: Vec<(String, String)>,
    /// Sentences below the totals.
    pub notes: Vec<String>,
    /// Lines at the foot of each page.
    pub footer: Vec<String>,
    /// Words for the number of a page: `{page}` and `{pages}` stand for numbers.
    pub page_words: String,
    /// Words at the end of a page whose table goes on.
    pub goes_on: String,
    pub attachment: Option<Attachment>,
}

/// A time in UTC, as the properties of a file have it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moment {
    pub year: u16,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// Picture at the head of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    pub format: LogoFormat,
    pub content: Vec<u8>,
}

/// Format of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogoFormat {
    Jpeg,
    Png,
    Webp,
}

/// A table, whose head stands on each page again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<Column>,
    /// As many cells a row as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub title: String,
    /// Share of the width: so much of the sum of all.
    pub width: u16,
    pub align: Align,
}

/// Side of a column at which its cells begin or end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A file inside the document, for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub mime_type: String,
    pub description: String,
    pub content: Vec<u8>,
    /// Level of Factur-X at which it is an invoice, such as `EN 16931`; none if it is something else.
    pub factur_x: Option<String>,
}
