//! Files that people fetch.
use super::template::Format;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;

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
