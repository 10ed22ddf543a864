//! Tables that come a page at a time: whatever their length, one page of them is in memory.
use super::book::{Book, MOST_ROWS};
use super::delimited::csv_lines;
use super::download::Download;
use super::template::Format;
use super::value::Value;
use crate::error::FieldError;
use crate::{Error, Result};
use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};

/// Rows of a page.
pub type Rows = Vec<Vec<Value>>;

/// Pages to come.
pub type Pages = BoxStream<'static, Result<Rows>>;

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
        let Self { name, columns, count, mut pages } = self;
        if format == Format::Xlsx && count > MOST_ROWS {
            let detail = format!("is of {count} rows as xlsx, which has at most {MOST_ROWS}: ask for csv");
            return Err(Error::invalid_query(vec![FieldError::query("format", detail)]));
        }
        let (head, writer) = Writer::begin(format, columns)?;
        let rows = pages.next().await.transpose()?.unwrap_or_default();
        let (first, writer) = writer.add(rows).await?;
        let rest = stream::try_unfold((pages, Some(writer)), |(pages, writer)| async move {
            let Some(writer) = writer else { return Ok(None) };
            next(pages, writer).await.map(Some)
        });
        let rest = rest.map_err(|error| {
            tracing::warn!(?error, "an export ended early");
            std::io::Error::other("the export ended early")
        });
        Ok(Download::new(name, format, Body::from_stream(stream::iter([Ok(head), Ok(first)]).chain(rest))))
    }
}

/// What the next page came to, and what is to come; without a page, the end of the file.
async fn next(mut pages: Pages, writer: Writer) -> Result<(Bytes, (Pages, Option<Writer>))> {
    match pages.next().await.transpose()? {
        Some(rows) => {
            let (piece, writer) = writer.add(rows).await?;
            Ok((piece, (pages, Some(writer))))
        }
        None => Ok((writer.finish().await?, (pages, None))),
    }
}

/// A file that is being written.
enum Writer {
    Csv,
    Xlsx(Box<Book>),
}

impl Writer {
    /// Begins a file with its head.
    fn begin(format: Format, columns: &[&'static str]) -> Result<(Bytes, Self)> {
        Ok(match format {
            Format::Csv => (csv_lines([columns])?.into(), Self::Csv),
            Format::Xlsx => (Bytes::new(), Self::Xlsx(Box::new(Book::begin(columns)?))),
        })
    }

    /// Adds rows, and returns what has come of the file. That takes a while: workbooks are compressed.
    async fn add(self, rows: Rows) -> Result<(Bytes, Self)> {
        let add = move || -> Result<(Bytes, Self)> {
            match self {
                Self::Csv => Ok((csv_lines(rows.iter().map(|row| row.iter().map(Value::csv)))?.into(), Self::Csv)),
                Self::Xlsx(mut book) => {
                    book.add(&rows)?;
                    Ok((book.take().into(), Self::Xlsx(book)))
                }
            }
        };
        tokio::task::spawn_blocking(add).await.map_err(Error::internal)?
    }

    /// Ends the file.
    async fn finish(self) -> Result<Bytes> {
        let finish = move || -> Result<Bytes> {
            match self {
                Self::Csv => Ok(Bytes::new()),
                Self::Xlsx(book) => Ok(book.finish()?.into()),
            }
        };
        tokio::task::spawn_blocking(finish).await.map_err(Error::internal)?
    }
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
        let begun = paged(vec![Ok(vec![row("Ana", 1)]), fault()]).download(Format::Csv).await.expect("a file");
        assert!(bytes_of(begun).await.is_err());
    }

    #[tokio::test]
    async fn what_no_program_reads_is_refused() {
        let long = || Paged { count: MOST_ROWS + 1, ..paged(Vec::new()) };
        let refused = long().download(Format::Xlsx).await.err().expect("too long");
        assert!(format!("{refused:?}").contains("1048576 rows"), "{refused:?}");
        assert!(long().download(Format::Csv).await.is_ok());
    }
}
