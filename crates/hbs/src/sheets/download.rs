//! Files to fetch: their lines, and how they are sent.
use super::template::Format;
use crate::{Error, Result};
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;

/// Writes lines as CSV in UTF-8. Texts that people wrote are for [`safe_cell`](super::safe_cell) before.
pub fn csv_lines<L, C>(lines: impl IntoIterator<Item = L>) -> Result<Vec<u8>>
where
    L: IntoIterator<Item = C>,
    C: AsRef<[u8]>,
{
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(line).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

/// A spreadsheet as a download.
pub struct Download {
    /// Name of the file, without its extension.
    name: String,
    format: Format,
    body: Body,
}

impl Download {
    pub fn new(name: impl Into<String>, format: Format, body: impl Into<Body>) -> Self {
        Self { name: name.into(), format, body: body.into() }
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let Self { name, format, body } = self;
        let disposition = format!("attachment; filename=\"{name}.{}\"", format.extension());
        ([(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)], body)
            .into_response()
    }
}
