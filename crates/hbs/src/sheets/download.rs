//! Files that people fetch.
use super::template::Format;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header;

/// A file as a download.
pub struct Download {
    name: String,
    media_type: &'static str,
    body: Body,
}

impl Download {
    /// A spreadsheet, with its name without the extension.
    pub fn new(name: impl AsRef<str>, format: Format, body: impl Into<Body>) -> Self {
        let name = format!("{}.{}", name.as_ref(), format.extension());
        Self { name, media_type: format.media_type(), body: body.into() }
    }

    /// A document in PDF, with its name without the extension.
    pub fn pdf(name: &str, body: impl Into<Body>) -> Self {
        Self { name: format!("{name}.pdf"), media_type: "application/pdf", body: body.into() }
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let Self { name, media_type, body } = self;
        let disposition = format!("attachment; filename=\"{name}\"");
        ([(header::CONTENT_TYPE, media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)], body).into_response()
    }
}
