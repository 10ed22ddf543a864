//! Tables that come a page at a time: whatever their length, one page of them is in memory.
use super::book::{Book, MOST_ROWS};
use super::delimited::csv_lines;
use super::download::Download;
use super::template::Format;
use super::value::Value;
use crate::error::FieldError;
use crate::{Error, Result};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use std::fs::File;
use tokio::io::AsyncReadExt;

/// Bytes of a file that are read at once.
const PIECE: usize = 64 * 1024;

/// Rows of a page.
pub type Rows = Vec<Vec<Value>>;

/// Pages to come.
pub type Pages = BoxStream<'static, Result<Rows>>;

/// Pieces of a file to come.
type Pieces = BoxStream<'static, Result<Bytes>>;

/// A table of which the rows come in pages.
pub struct Paged {
    /// Name of the file, without its extension.
    pub name: String,
    pub columns: &'static [&'static str],
    /// Number of all rows.
    pub count: usize,
    pub pages: Pages,
}

impl Paged {
    /// Makes a file of it, which is written as it is fetched. Fails if the first page does; a failure after that ends the file.
    pub async fn download(self, format: Format) -> Result<Download> {
        let Self { name, columns, count, pages } = self;
        if format == Format::Xlsx && count > MOST_ROWS {
            let detail = format!("is of {count} rows as xlsx, which has at most {MOST_ROWS}: ask for csv");
            return Err(Error::invalid_query(vec![FieldError::query("format", detail)]));
        }
        let pieces = match format {
            Format::Csv => delimited(columns, pages).await?,
            Format::Xlsx => workbook(columns, pages).await?,
        };
        let pieces = pieces.map_err(|error| {
            tracing::warn!(?error, "an export ended early");
            std::io::Error::other("the export ended early")
        });
        Ok(Download::new(name, format, Body::from_stream(pieces)))
    }
}

/// A file of lines, of which each page is sent on.
async fn delimited(columns: &'static [&'static str], mut pages: Pages) -> Result<Pieces> {
    let head = Bytes::from(csv_lines([columns])?);
    let first = lines(&pages.next().await.transpose()?.unwrap_or_default())?;
    Ok(stream::iter([Ok(head), Ok(first)]).chain(pages.map(|rows| lines(&rows?))).boxed())
}

fn lines(rows: &[Vec<Value>]) -> Result<Bytes> {
    Ok(csv_lines(rows.iter().map(|row| row.iter().map(Value::csv)))?.into())
}

/// A workbook, of which the parts stand in another order than its rows come: it is written to a temporary file, page by page, and
/// sent on once that is whole.
async fn workbook(columns: &'static [&'static str], mut pages: Pages) -> Result<Pieces> {
    let first = pages.next().await.transpose()?.unwrap_or_default();
    let begun = apart(move || with_rows(Book::begin(columns)?, &first)).await?;
    let whole = async move {
        let book = pages.try_fold(begun, |book, rows| apart(move || with_rows(book, &rows))).await?;
        Ok::<Pieces, Error>(content(apart(move || book.into_file()).await?))
    };
    Ok(stream::once(whole).try_flatten().boxed())
}

fn with_rows(mut book: Book, rows: &[Vec<Value>]) -> Result<Book> {
    book.add(rows)?;
    Ok(book)
}

/// Does apart from the requests what takes a while: workbooks are files, and are compressed.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// The content of a file.
fn content(file: File) -> Pieces {
    let pieces = stream::try_unfold(tokio::fs::File::from_std(file), |mut file| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let length = file.read_buf(&mut piece).await.map_err(Error::internal)?;
        Ok::<_, Error>((length > 0).then(|| (piece.freeze(), file)))
    });
    pieces.boxed()
}

#[cfg(test)]
mod tests {
    use super::super::column::{Column, optional};
    use super::super::read::Sheet;
    use super::*;
    use axum::body::to_bytes;
    use axum::response::IntoResponse;

    fn paged(pages: Vec<Result<Rows>>) -> Paged {
        Paged { name: "figures".to_owned(), columns: &["name", "number"], count: 3, pages: stream::iter(pages).boxed() }
    }

    fn row(name: &str, number: i64) -> Vec<Value> {
        vec![Value::from(name), Value::from(number)]
    }

    async fn bytes_of(download: Download) -> Result<Bytes, axum::Error> {
        to_bytes(download.into_response().into_body(), usize::MAX).await
    }

    #[tokio::test]
    async fn pages_are_one_file() {
        let pages = || paged(vec![Ok(vec![row("=Ana", 1), row("Bo", 2)]), Ok(vec![row("Cy", 3)])]);
        let csv = bytes_of(pages().download(Format::Csv).await.expect("a file")).await.expect("whole");
        assert_eq!(csv, "name,number\n'=Ana,1\nBo,2\nCy,3\n");
        let book = bytes_of(pages().download(Format::Xlsx).await.expect("a file")).await.expect("whole");
        let columns: &[Column] = &[optional("name", "", ""), optional("number", "", "")];
        let sheet = Sheet::read(&book, columns).expect("readable");
        let names: Vec<Option<&str>> = sheet.rows.iter().map(|row| row.text("name")).collect();
        assert_eq!(names, [Some("=Ana"), Some("Bo"), Some("Cy")]);
        let none = bytes_of(paged(Vec::new()).download(Format::Csv).await.expect("a file")).await.expect("whole");
        assert_eq!(none, "name,number\n");
    }

    #[tokio::test]
    async fn what_fails_is_not_whole() {
        let fault = || Err(Error::internal("gone"));
        assert!(paged(vec![fault()]).download(Format::Csv).await.is_err());
        for format in [Format::Csv, Format::Xlsx] {
            let begun = paged(vec![Ok(vec![row("Ana", 1)]), fault()]).download(format).await.expect("a file");
            assert!(bytes_of(begun).await.is_err(), "{format:?}");
        }
    }

    #[tokio::test]
    async fn what_no_program_reads_is_refused() {
        let long = || Paged { count: MOST_ROWS + 1, ..paged(Vec::new()) };
        let refused = long().download(Format::Xlsx).await.err().expect("too long");
        assert!(format!("{refused:?}").contains("1048576 rows"), "{refused:?}");
        assert!(long().download(Format::Csv).await.is_ok());
    }
}
