//! Reviews: what guests say of their stays, the hotel's answers, and the figures that come of them. The sums are exact at every
//! instant: a trigger keeps them in the transaction of each change.
mod dto;
mod error;
mod jobs;
mod letters;
mod model;
mod repository;
mod routes;
mod rules;
mod service;

pub use dto::RatingOut;
pub use model::{Ratings, Review, ReviewId, ReviewStatus, Score, TravelType};
pub use repository::{insert, scores_of_hotels, scores_of_types};
pub use service::{Forgotten, forget_author, forget_guests};

use crate::domain::Domain;

pub const DOMAIN: Domain = Domain {
    tag: Some("reviews"),
    router: |_| routes::router(),
    problems: error::PROBLEMS,
    jobs: jobs::JOBS,
    letters: Some(&letters::LETTERS),
    ..Domain::new("reviews", "Reviews of stays, and the hotel's answers.")
};
