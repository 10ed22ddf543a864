//! Parts that all routes share: extractors, answers, the error body and the OpenAPI document.
pub mod actor;
pub mod answer;
pub mod body;
pub mod conditional;
mod dry_run;
pub mod news;
pub mod openapi;
pub mod problem;
pub mod public;
pub mod routes;
pub mod upload;
pub mod valid;
mod values;

/// Media type of streams of events, which go on for as long as the client listens.
pub const EVENT_STREAM: &str = "text/event-stream";

pub use dry_run::{DryRun, Rehearsable};
pub(crate) use routes::routes;

pub use public::{Reader, Seen, Shown, Visitor, content_language};
pub use upload::Upload;
pub use valid::{OptionalBody, PathId, Query, RawBody, Valid};
