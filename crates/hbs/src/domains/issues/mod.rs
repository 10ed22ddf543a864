//! Issues: what guests and staff report, who sees to it and by when, and what is said about it. Guests see what is said to them;
//! notes, priorities and people are the staff's.
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use model::IssueCategory;
pub use repository::due_attachments;
pub use service::{DemoAnswer, DemoIssue, forget_attachments, load_answers_for_demo, load_for_demo};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("issues"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    letters: Some(&letters::LETTERS),
    ..Domain::new("issues", "Issues of guests and staff: messages, targets, answers, and who sees to it.")
};
