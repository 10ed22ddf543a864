//! Files that are sent as they are: the body is the file.
use super::body;
use crate::app::App;
use crate::error::problems;
use crate::media::{MAX_BYTES, Turn};
use crate::security::Caller;
use crate::{Error, Result};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::request::Parts;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// A picture that was sent as the body. Its content determines its format.
pub struct Upload(pub Bytes);

/// A turn to upload a picture. It stands before the body in a handler's arguments: who waits has sent nothing yet.
pub struct UploadTurn(pub Turn);

impl FromRequestParts<App> for UploadTurn {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await?;
        app.media.turn(caller.id()).await.map(Self)
    }
}

/// A picture file, not in a form and not in base64.
pub struct PictureFile;

impl PartialSchema for PictureFile {
    fn schema() -> RefOr<Schema> {
        binary("A picture: JPEG, PNG or WebP.")
    }
}

impl ToSchema for PictureFile {}

/// A file in PDF, not in base64.
pub struct PdfFile;

impl PartialSchema for PdfFile {
    fn schema() -> RefOr<Schema> {
        binary("A document: PDF.")
    }
}

impl ToSchema for PdfFile {}

/// Makes the schema of a file.
pub fn binary(about: &str) -> RefOr<Schema> {
    let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).description(Some(about)).into()
}

/// Sets the body limit of operations that take pictures, in place of the limit in the settings.
pub fn picture_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_BYTES)
}

/// A picture or a document that was sent as the body. Its content determines its format, whatever it is called.
pub struct AttachmentFile(pub Bytes);

impl PartialSchema for AttachmentFile {
    fn schema() -> RefOr<Schema> {
        binary("A picture or a document: JPEG, PNG, WebP or PDF.")
    }
}

impl ToSchema for AttachmentFile {}

impl<S: Send + Sync> FromRequest<S> for AttachmentFile {
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        Ok(Self(body::read(request, state, "An attachment has at most 10 MiB.").await?))
    }
}

/// Maximum size of an uploaded calendar, in bytes.
const MAX_CALENDAR_BYTES: usize = 1024 * 1024;
const CALENDAR_TYPES: [&str; 3] = ["text/calendar", "text/plain", "application/octet-stream"];

/// A calendar that was sent as the body.
pub struct CalendarFile(pub Bytes);

impl PartialSchema for CalendarFile {
    fn schema() -> RefOr<Schema> {
        binary("A calendar: iCalendar (RFC 5545).")
    }
}

impl ToSchema for CalendarFile {}

/// Sets the body limit of operations that take calendars, in place of the limit in the settings.
pub fn calendar_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_CALENDAR_BYTES)
}

impl<S: Send + Sync> FromRequest<S> for CalendarFile {
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = body::media_type(request.headers());
        if !CALENDAR_TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind)) {
            let detail = "Send the file itself as the body, with Content-Type: text/calendar.";
            return Err(Error::client(&problems::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        Ok(Self(body::read(request, state, "A calendar has at most 1 MiB.").await?))
    }
}

/// Maximum size of an uploaded signature, in bytes.
const MAX_SIGNATURE_BYTES: usize = 1024 * 1024;
/// Bytes with which every PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A captured signature that was sent as the body: a PNG.
pub struct SignatureFile(pub Bytes);

/// Sets the body limit of operations that take signatures, in place of the limit in the settings.
pub fn signature_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_SIGNATURE_BYTES)
}

impl<S: Send + Sync> FromRequest<S> for SignatureFile {
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let is_png = body::media_type(request.headers()).eq_ignore_ascii_case("image/png");
        let file = body::read(request, state, "A signature has at most 1 MiB.").await?;
        if is_png && file.starts_with(PNG) {
            return Ok(Self(file));
        }
        let detail = "Send the signature itself, a PNG, as the body, with Content-Type: image/png.";
        Err(Error::client(&problems::UNSUPPORTED_MEDIA_TYPE, detail))
    }
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let kind = body::media_type(request.headers()).to_ascii_lowercase();
        if !kind.is_empty() && !kind.starts_with("image/") && kind != "application/octet-stream" {
            let detail = "Send the picture itself as the body, with Content-Type: image/jpeg, image/png or image/webp.";
            return Err(Error::client(&problems::UNSUPPORTED_MEDIA_TYPE, detail));
        }
        Ok(Self(body::read(request, state, "A picture has at most 10 MiB.").await?))
    }
}
