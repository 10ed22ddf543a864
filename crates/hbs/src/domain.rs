//! A domain, as the rest of HBS sees it: one value, listed in `domains::ALL`. Router, background work, document and pages
//! are built from the list, so that a domain more is one line there.
use crate::app::App;
use crate::config::Config;
use crate::error::Problem;
use crate::jobs::Job;
use crate::mail::Letters;
use crate::outbox::consumers::Consumer;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// A domain: everything that it adds to the whole.
#[derive(Clone, Copy)]
pub struct Domain {
    /// Name of the domain: its folder below `domains/`.
    pub name: &'static str,
    /// Tag of its operations in the API document; `None` if they have the tags of other domains.
    pub tag: Option<&'static str>,
    /// Sentence about the domain, which clients read below the tag.
    pub about: &'static str,
    pub router: fn(&Setup<'_>) -> OpenApiRouter<App>,
    /// Problems that its operations can answer with, beside those that any operation can.
    pub problems: &'static [&'static Problem],
    pub jobs: &'static [Job],
    pub consumers: &'static [Consumer],
    /// Mails that the domain writes.
    pub letters: Option<&'static Letters>,
    /// Work beside requests that is no job: it runs for as long as the process does.
    pub tasks: &'static [Task],
}

/// Work that runs for as long as the process does.
pub type Task = fn(App) -> BoxFuture<'static, ()>;

/// Inputs on which routers may depend.
pub struct Setup<'a> {
    pub config: &'a Config,
    /// The jobs of all domains, for the test clock.
    pub jobs: Arc<[Job]>,
}

impl Domain {
    /// A domain without operations, jobs and all: they are named where there are some.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            tag: None,
            about,
            router: |_| OpenApiRouter::new(),
            problems: &[],
            jobs: &[],
            consumers: &[],
            letters: None,
            tasks: &[],
        }
    }
}
