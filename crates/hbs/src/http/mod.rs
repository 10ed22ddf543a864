//! What all routes share: extractors, answers, the error body and the OpenAPI document.
pub mod actor;
pub mod answer;
pub mod body;
pub mod conditional;
pub mod openapi;
pub mod page;
pub mod problem;
pub mod public;
pub mod upload;
pub mod valid;

pub use actor::{Caller, Me, OwnOr, Staff};
pub use conditional::{IfMatch, MustMatch};
pub use public::{Answers, Reader, Seen, Shown, Stamp, Visitor};
pub use upload::Upload;
pub use valid::{OptionalBody, PathId, Query, Valid};
