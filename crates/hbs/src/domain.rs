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
    /// Its folder below `domains/`.
    pub name: &'static str,
    /// The heading under which the API document has its operations; `None` where they stand under those of other domains.
    pub tag: Option<&'static str>,
    /// A sentence on what it is about, as clients read it below the tag.
    pub about: &'static str,
    pub router: fn(&Setup<'_>) -> OpenApiRouter<App>,
    /// Every problem that its operations can answer with, beside those that any operation can.
    pub problems: &'static [&'static Problem],
    pub jobs: &'static [Job],
    pub consumers: &'static [Consumer],
    /// The mails that it writes.
    pub letters: Option<&'static Letters>,
    /// Work beside requests that is no job: it runs for as long as the process does.
    pub tasks: &'static [Task],
}

/// Work that runs for as long as the process does.
pub type Task = fn(App) -> BoxFuture<'static, ()>;

/// What routers may depend on.
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
