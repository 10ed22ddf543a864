//! Decisions about content that need no I/O.
pub mod blocks;
pub mod diff;
pub mod excerpts;
pub mod in_mail;
pub mod json_ld;
pub mod markdown;
pub mod schedule;
pub mod sitemap;
pub mod states;
