//! Content of websites: pages, banners, questions, policies and the like, of one hotel or of all, each in its languages.
//!
//! A version is a document in MongoDB that is written first and never changed. Of each language of an item there is a head in
//! PostgreSQL: its address, its state, and which versions are worked on, public, and to be public. Heads are what changes, with
//! their events.
mod dto;
mod error;
mod jobs;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use model::{ContentKind, VersionId};
pub use repository::documents;
pub use repository::version_ids;
pub use rules::in_mail::InMail;
pub use service::{DemoPage, Excerpts, Information, load_demo, publish_due, sweep};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("content"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    ..Domain::new(
        "content",
        "Content of websites: pages, banners, questions and the like, in languages that go each its own way.",
    )
};
