//! Parts that all routes share: extractors, answers, the error body and the OpenAPI document.
pub mod actor;
pub mod answer;
pub mod body;
pub mod conditional;
pub mod news;
pub mod openapi;
pub mod problem;
pub mod public;
pub mod upload;
pub mod valid;

pub use public::{Reader, Seen, Shown, Visitor};
pub use upload::Upload;
pub use valid::{OptionalBody, PathId, Query, Valid};
