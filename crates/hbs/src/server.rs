//! HBS as a whole: the one place that knows both the app and all domains, and builds router, background work and document.
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
use std::sync::Arc;
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
fn tags() -> Vec<(&'static str, &'static str)> {
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

/// The work beside requests, until the process ends. What was restored and is in quarantine does only what keeps the process itself
/// in order, until that is over.
pub fn spawn_background(app: &App) -> Result<Vec<JoinHandle<()>>> {
    let mut tasks = vec![
        spawn(app, |app| async move { app.security.keep_in_step().await }),
        spawn(app, |app| async move { app.security.sweep_invalidations().await }),
        spawn(app, |app| async move { app.security.keep_keys().await }),
        spawn(app, |app| async move { app.security.flush_last_uses().await }),
        spawn(app, RateLimits::keep_small),
        spawn(app, middleware::sum_up_metrics),
        spawn(app, refusals::run),
        spawn(app, look_for_the_end_of_quarantine),
        spawn_free(app, |app| app.person_keys.clone().keep_filled()),
        spawn_free(app, |app| jobs::run(app, jobs())),
    ];
    tasks.extend(ALL.iter().flat_map(|domain| domain.tasks).map(|task| spawn_free(app, task)));
    if app.config.mail_delivery {
        let writer = writer(&app.config)?;
        tasks.push(spawn_free(app, |app| mail::run(app, writer)));
    }
    if app.config.audit_delivery {
        tasks.push(spawn_free(app, relay::run));
        tasks.extend(sinks::ALL.iter().map(|sink| spawn_free(app, move |app| sinks::run(app, *sink))));
        tasks.extend(consumers().map(|consumer| spawn_free(app, move |app| consumers::run(app, consumer))));
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

/// Spawns work that begins when there is no quarantine.
fn spawn_free<F: Future<Output = ()> + Send + 'static>(
    app: &App,
    work: impl FnOnce(App) -> F + Send + 'static,
) -> JoinHandle<()> {
    let app = app.clone();
    tokio::spawn(async move {
        app.quarantine.over().await;
        work(app).await;
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::security;
    use crate::stores::postgres::lock_of;
    use ::http::StatusCode;
    use std::collections::BTreeSet;

    #[test]
    fn codes_of_problems_are_unique_and_well_formed() {
        let codes: Vec<_> = problems().map(|problem| problem.code).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        for problem in problems() {
            assert!(problem.code.split('.').count() == 2 && !problem.about.is_empty(), "{problem:?}");
            assert!(
                StatusCode::from_u16(problem.status).is_ok_and(|status| status.is_client_error() || status.is_server_error())
            );
        }
    }

    #[test]
    fn work_of_one_process_at_a_time_has_a_lock_of_its_own() {
        let jobs = jobs();
        let mut works: Vec<&str> = jobs.iter().map(|job| job.name).collect();
        works.extend(sinks::ALL.iter().map(|sink| sink.name));
        works.extend(consumers().map(|consumer| consumer.name));
        works.extend([relay::LOCK, security::KEYS_LOCK]);
        assert_eq!(works.iter().map(|work| lock_of(work)).collect::<BTreeSet<_>>().len(), works.len());
    }

    #[test]
    fn a_lock_is_the_same_in_every_version() {
        assert_eq!((lock_of(""), lock_of("a"), lock_of("foobar")), (-2_128_831_035, -468_965_076, -1_080_231_576));
    }

    /// Processes of two versions run side by side during an upgrade.
    #[test]
    fn work_that_had_a_number_before_it_had_a_name_keeps_it() {
        let numbered = ["outbox.relay", "audit_logs", "booking_logs", "security.signing_keys"];
        assert_eq!(numbered.map(lock_of), [1, 2, 3, 900]);
    }

    #[test]
    fn every_tag_of_the_document_is_a_domains() {
        let document = document(&Config::defaults().expect("defaults"));
        let tags: Vec<_> = tags().into_iter().map(|(tag, _)| tag.to_owned()).collect();
        assert_eq!(tags.iter().collect::<BTreeSet<_>>().len(), tags.len(), "a tag twice");
        let items = document.paths.paths.values();
        let operations = items.flat_map(|item| [&item.get, &item.put, &item.post, &item.delete, &item.patch]).flatten();
        let used: BTreeSet<String> = operations.flat_map(|operation| operation.tags.clone().unwrap_or_default()).collect();
        assert_eq!(used, tags.into_iter().collect(), "tags that operations have, and those of the domains");
    }
}
