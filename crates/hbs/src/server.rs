//! HBS as a whole: the one place that knows both the app and all domains, and builds router, background work and document.
//!
//! Its tests are in `tests/api/architecture/composition.rs`: a unit test that named all domains would have the whole of HBS
//! compiled once more for the unit tests.
use crate::app::App;
use crate::config::Config;
use crate::domain::Setup;
use crate::domains::ALL;
use crate::error::Problem;
use crate::jobs::Job;
use crate::mail::Writer;
use crate::middleware::{self, Parameters, RateLimits};
use crate::outbox::{consumers, relay, sinks};
use crate::{Result, changes, error, http, idempotency, jobs, mail, media, refusals, sheets};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Pause between two looks whether the quarantine is over.
const LOOKS: Duration = Duration::from_secs(1);

/// The HTTP side before it belongs to an app: all routes, and what the document says of them.
#[derive(Clone)]
pub struct Api {
    routes: axum::Router<App>,
    parameters: Arc<Parameters>,
}

impl Api {
    pub fn new(config: &Config) -> Self {
        let (routes, api) = routes(config).split_for_parts();
        let parameters = Arc::new(Parameters::of(&api));
        let routes = routes
            .merge(http::openapi::pages(http::openapi::finish(api, &tags(), &problems().collect::<Vec<_>>())))
            .merge(http::problem::pages(problems().collect()))
            .fallback(http::openapi::not_found)
            .method_not_allowed_fallback(http::openapi::method_not_allowed);
        Self { routes, parameters }
    }

    /// The routes for an app, which must have the settings that they were made for.
    pub fn router(&self, app: &App) -> axum::Router {
        middleware::wrap(self.routes.clone().with_state(app.clone()), app, self.parameters.clone())
    }
}

/// The API document, as clients get it.
pub fn document(config: &Config) -> OpenApi {
    http::openapi::finish(routes(config).split_for_parts().1, &tags(), &problems().collect::<Vec<_>>())
}

fn routes(config: &Config) -> OpenApiRouter<App> {
    let setup = Setup { config, jobs: jobs() };
    ALL.iter().fold(OpenApiRouter::new(), |router, domain| router.merge((domain.router)(&setup)))
}

/// The headings of the document, in the order in which one meets them.
pub fn tags() -> Vec<(&'static str, &'static str)> {
    ALL.iter().filter_map(|domain| Some((domain.tag?, domain.about))).collect()
}

/// Returns every problem that the API knows.
pub fn problems() -> impl Iterator<Item = &'static Problem> {
    let shared = error::problems::ALL.iter().chain(media::PROBLEMS).chain(sheets::PROBLEMS);
    shared.chain(ALL.iter().flat_map(|domain| domain.problems)).copied()
}

/// Returns every job.
pub fn jobs() -> Arc<[Job]> {
    [idempotency::SWEEP, changes::SWEEP].into_iter().chain(ALL.iter().flat_map(|domain| domain.jobs.iter().copied())).collect()
}

/// Returns every consumer of events.
pub fn consumers() -> impl Iterator<Item = consumers::Consumer> {
    ALL.iter().flat_map(|domain| domain.consumers).copied()
}

/// The writer of the mails of all domains.
pub fn writer(config: &Config) -> Result<Writer> {
    Writer::new(&config.public_url, ALL.iter().filter_map(|domain| domain.letters).copied())
}

/// The work beside requests, until the process ends. What was restored and is in quarantine does only what keeps the process
/// itself in order, until that is over.
pub fn spawn_background(app: &App) -> Result<Vec<JoinHandle<()>>> {
    let mut tasks = vec![
        spawn(app, |app| async move { app.security.keep_in_step().await }),
        spawn(app, |app| async move { app.security.sweep_invalidations().await }),
        spawn(app, |app| async move { app.security.keep_keys().await }),
        spawn(app, |app| async move { app.security.flush_last_uses().await }),
        spawn(app, RateLimits::keep_small),
        spawn(app, middleware::sum_up_metrics),
        spawn(app, look_for_the_end_of_quarantine),
        spawn_free(app, "refusals", refusals::run),
        spawn_free(app, "person_keys", |app| app.person_keys.clone().keep_filled()),
        spawn_free(app, "jobs", |app| jobs::run(app, jobs())),
    ];
    for domain in ALL {
        for (n, task) in domain.tasks.iter().enumerate() {
            tasks.push(spawn_free(app, format!("{}.{n}", domain.name), task));
        }
    }
    if app.config.mail_delivery {
        let writer = writer(&app.config)?;
        tasks.push(spawn_free(app, "mail", |app| mail::run(app, writer)));
    }
    if app.config.audit_delivery {
        tasks.push(spawn_free(app, relay::LOCK, relay::run));
        tasks.extend(sinks::ALL.iter().map(|sink| spawn_free(app, sink.name, move |app| sinks::run(app, *sink))));
        tasks.extend(consumers().map(|consumer| spawn_free(app, consumer.name, move |app| consumers::run(app, consumer))));
    }
    Ok(tasks)
}

fn spawn<F: Future<Output = ()> + Send + 'static>(app: &App, work: impl FnOnce(App) -> F) -> JoinHandle<()> {
    tokio::spawn(work(app.clone()))
}

/// Looks for the end of the quarantine until it is over.
async fn look_for_the_end_of_quarantine(app: App) {
    while app.quarantine.is_on() {
        tokio::time::sleep(LOOKS).await;
        if let Err(error) = app.quarantine.look(&app.db).await {
            tracing::warn!(?error, "it could not be told whether the quarantine is over");
        }
    }
}

/// Work beside requests that has begun in this process, by name: none of it begins in quarantine.
#[derive(Debug, Default)]
pub struct Begun(Mutex<BTreeSet<String>>);

impl Begun {
    pub fn names(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, name: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }
}

/// Spawns work that begins when there is no quarantine.
fn spawn_free<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    name: impl Into<String>,
    work: impl FnOnce(App) -> F + Send + 'static,
) -> JoinHandle<()> {
    let (app, name) = (app.clone(), name.into());
    tokio::spawn(async move {
        app.quarantine.over().await;
        app.memory.of::<Begun>().note(name);
        work(app).await;
    })
}
