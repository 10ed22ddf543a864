//! Bounds on what a file may become, each checked before anything of that size is built: a small file can hold very much
//! of nothing.

/// Maximum number of rows of a file.
pub const MAX_ROWS: usize = 50_000;
/// Last line that may hold anything. Lines below it are refused: who has rows there must not believe that they were read.
pub const MAX_LINE: usize = 100_000;
/// Maximum number of columns.
pub const MAX_COLUMNS: usize = 256;
/// Maximum number of cells, empty ones included.
pub const MAX_CELLS: usize = 1_000_000;
/// Maximum length of a cell, in characters: that of Excel.
pub const MAX_CELL_CHARS: usize = 32_767;
/// Maximum size of the texts of all cells, and of the texts that cells share, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;
/// Maximum number of texts that cells share.
pub const MAX_SHARED_TEXTS: usize = 1_000_000;
/// Maximum number of formats of cells.
pub const MAX_STYLES: usize = 65_536;
/// Maximum size of the parts of an XLSX that are read, unpacked and together, in bytes.
pub const MAX_UNPACKED_BYTES: u64 = 128 * 1024 * 1024;
/// Maximum size of one tag, text or comment, in bytes.
pub const MAX_EVENT_BYTES: usize = 1024 * 1024;
/// Maximum number of elements of a part: a million cells with a value and a format each have some three million. Each takes its
/// time, however little is in it.
pub const MAX_ELEMENTS: usize = 4_000_000;
/// Maximum number of elements within each other.
pub const MAX_DEPTH: usize = 64;
/// Maximum number of files in an XLSX, which is a ZIP archive.
pub const MAX_ENTRIES: usize = 2_000;
/// Maximum number of errors that are noted of a file. Beyond that, each row has its first one.
pub const MAX_ERRORS: usize = 10_000;
/// Maximum length of what an error says, in characters.
pub const MAX_DETAIL_CHARS: usize = 500;

/// A bound that a file goes beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Limit {
    #[error("has more than {MAX_ROWS} rows; split it")]
    Rows,
    #[error("has something in line {0}; lines up to {MAX_LINE} are read, so split it")]
    Line(usize),
    #[error("has something beyond column {MAX_COLUMNS}")]
    Columns,
    #[error("has more than {MAX_CELLS} cells, empty ones with a format included; split it")]
    Cells,
    #[error("has more than {} MiB of text in its cells; split it", MAX_TEXT_BYTES >> 20)]
    Text,
    #[error("has more than {MAX_SHARED_TEXTS} different texts; split it")]
    SharedTexts,
    #[error("has more than {MAX_STYLES} formats of cells")]
    Styles,
    #[error("unpacks to more than {} MiB; split it", MAX_UNPACKED_BYTES >> 20)]
    Unpacked,
    #[error("has a tag or a text of more than {} MiB", MAX_EVENT_BYTES >> 20)]
    Event,
    #[error("has more than {MAX_ELEMENTS} elements in one part; split it")]
    Elements,
    #[error("has more than {MAX_DEPTH} elements within each other")]
    Depth,
    #[error("is an archive of more than {MAX_ENTRIES} files")]
    Entries,
}
