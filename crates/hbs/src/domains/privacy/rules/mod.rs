//! What is decided without I/O: the places of personal data, and how long the law keeps what.
pub mod export;
mod export_labels;
pub mod legal;
pub mod places;
