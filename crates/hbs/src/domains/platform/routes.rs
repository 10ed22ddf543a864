use super::dto::{ClockOut, Health, Live, MailboxOut, MailboxQuery, SetClock};
use super::service;
use crate::app::App;
use crate::domain::Setup;
use crate::error::problems;
use crate::http::{Query, Valid, routes};
use crate::jobs::Job;
use crate::mail;
use crate::middleware::ClientIp;
use crate::{Error, Result};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, header};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

/// Routes of the platform. The test clock and the mailbox exist only if the settings say so.
pub fn router(setup: &Setup<'_>) -> OpenApiRouter<App> {
    let router = OpenApiRouter::new().routes(routes!(live)).routes(routes!(ready)).routes(routes!(metrics));
    let clock = OpenApiRouter::new().routes(routes!(set_clock)).layer(Extension(setup.jobs.clone()));
    let router = if setup.config.test_clock { router.merge(clock) } else { router };
    if mail::keeps_mailbox(setup.config) { router.routes(routes!(mailbox)) } else { router }
}

/// Show whether the process runs.
///
/// The answer is 200 whatever the state of the stores, which `GET /health/ready` shows.
#[utoipa::path(get, path = "/health/live", tag = "platform", security(()), responses((status = 200, body = Live)))]
pub async fn live() -> Json<Live> {
    Json(Live { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Show whether the server is ready, with the state of each store.
///
/// The answer is 200 also if the server is `degraded`: without MongoDB events wait, without Redis it is slower, without
/// the database of the keys of persons (`person_keys`) events keep no personal values.
#[utoipa::path(get, path = "/health/ready", tag = "platform", security(()),
    responses((status = 200, body = Health), (status = 503, description = "PostgreSQL is not available", body = Health)))]
pub async fn ready(app: App) -> (StatusCode, Json<Health>) {
    let health = service::health(&app).await;
    let status = if health.status == "down" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    (status, Json(health))
}

/// Show metrics for Prometheus.
///
/// Needs the `metrics_token` of the settings or, outside of production, a loopback address.
#[utoipa::path(get, path = "/metrics", tag = "platform", security(()),
    responses((status = 200, body = String, content_type = "text/plain")), extensions(("x-problems" = json!([problems::NOT_FOUND]))))]
pub async fn metrics(
    app: App,
    client: ClientIp,
    headers: HeaderMap,
) -> Result<([(header::HeaderName, &'static str); 1], String)> {
    // Behind a proxy on the same machine everybody comes from there: not good enough for production.
    let is_local = !app.config.is_production() && client.0.is_some_and(|ip| ip.is_loopback());
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    let has_token = app.config.metrics_token.is_some() && token == app.config.metrics_token.as_deref();
    if !is_local && !has_token {
        return Err(Error::client(&problems::NOT_FOUND, "There is nothing at this address."));
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], service::metrics(&app).await))
}

/// Set the test clock.
///
/// Dates, holds and jobs follow it; everything due by the new time is done before the answer. Exists only if
/// `test_clock` is on, which production refuses.
#[utoipa::path(put, path = "/v1/test/clock", tag = "platform", security(()), request_body = SetClock, responses((status = 200, body = ClockOut)))]
pub async fn set_clock(app: App, Extension(jobs): Extension<Arc<[Job]>>, Valid(body): Valid<SetClock>) -> Result<Json<ClockOut>> {
    Ok(Json(service::set_clock(&app, &jobs, body.now).await?))
}

/// List the mails that were sent in development.
///
/// The answer has the last 200 mails of this process, newest first. Exists only in development and without a mail
/// server in the settings (`smtp_url`): such mails reach nobody, so developers find their links here.
#[utoipa::path(get, path = "/v1/dev/mailbox", tag = "platform", security(()), params(MailboxQuery), responses((status = 200, body = MailboxOut)))]
pub async fn mailbox(app: App, Query(query): Query<MailboxQuery>) -> Json<MailboxOut> {
    Json(service::mailbox(&app, query.to.as_deref()))
}
