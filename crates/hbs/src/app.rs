//! Everything that a request may use, and how it is put together.
use crate::clock::Clock;
use crate::config::{Config, required};
use crate::domains::bookings::References;
use crate::domains::catalogue::Catalogues;
use crate::http::Answers;
use crate::mail::{self, Mailer};
use crate::media::Media;
use crate::middleware::{RateLimits, RequestMetrics};
use crate::outbox::relay::{self, Relay};
use crate::outbox::{consumers, sinks};
use crate::outgoing::Outgoing;
use crate::security::{self, DataKey, Security};
use crate::stores::mongo::Mongo;
use crate::stores::objects::Objects;
use crate::stores::postgres::Db;
use crate::stores::redis::Redis;
use crate::{Error, Result, domains, http, jobs, middleware};
use axum::extract::{FromRequestParts, State};
use metrics_exporter_prometheus::PrometheusHandle;
use std::ops::Deref;
use std::sync::Arc;

/// One `Arc`, so cloning it per request is free.
#[derive(Clone, FromRequestParts)]
#[from_request(via(State))]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub mongo: Mongo,
    pub redis: Redis,
    pub objects: Objects,
    pub media: Media,
    pub catalogues: Catalogues,
    pub answers: Answers,
    pub security: Security,
    pub relay: Relay,
    pub mailer: Mailer,
    pub outgoing: Outgoing,
    pub references: References,
    pub metrics: Option<PrometheusHandle>,
    pub rate_limits: RateLimits,
    pub request_metrics: RequestMetrics,
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Sets everything up by the settings. Stores are connected to when they are first used.
    pub async fn new(config: Config, metrics: Option<PrometheusHandle>) -> Result<Self> {
        let setting = |key, value| required(key, value).map_err(Error::internal);
        let db = Db::new(setting("database_url", config.database_url.as_ref())?, config.database_pool_size)?;
        let mongo = Mongo::new(setting("mongodb_url", config.mongodb_url.as_ref())?, &config.mongodb_database).await?;
        let redis = Redis::new(setting("redis_url", config.redis_url.as_ref())?, &config.redis_prefix)?;
        let objects = Objects::new(&config)?;
        let data_key = DataKey::from_base64(setting("data_key", config.data_key.as_ref())?).map_err(Error::internal)?;
        Ok(Self(Arc::new(Parts {
            clock: Clock::default(),
            db,
            mongo,
            redis,
            objects,
            media: Media::new()?,
            catalogues: Catalogues::default(),
            answers: Answers::default(),
            security: Security::new(data_key)?,
            relay: Relay::default(),
            mailer: Mailer::new(&config)?,
            outgoing: Outgoing::new(config.outgoing_unguarded)?,
            references: References::default(),
            metrics,
            rate_limits: RateLimits::new(&config),
            request_metrics: RequestMetrics::default(),
            config,
        })))
    }

    /// The HTTP side.
    pub fn router(&self) -> axum::Router {
        let (router, api) = domains::router(&self.config).split_for_parts();
        let router = router
            .merge(http::openapi::pages(http::openapi::finish(api)))
            .fallback(http::openapi::not_found)
            .method_not_allowed_fallback(http::openapi::method_not_allowed)
            .with_state(self.clone());
        middleware::wrap(router, self)
    }

    /// The work beside requests, until the process ends.
    pub fn spawn_background(&self) -> Vec<tokio::task::JoinHandle<()>> {
        let mut tasks = vec![
            tokio::spawn(security::keep_in_step(self.clone())),
            tokio::spawn(security::sweep_invalidations(self.clone())),
            tokio::spawn(security::keep_keys(self.clone())),
            tokio::spawn(security::flush_last_uses(self.clone())),
            tokio::spawn(RateLimits::keep_small(self.clone())),
            tokio::spawn(domains::feeds::run(self.clone())),
            tokio::spawn(jobs::run(self.clone())),
        ];
        if self.config.mail_delivery {
            tasks.push(tokio::spawn(mail::run(self.clone(), domains::prepare_mail)));
        }
        if self.config.audit_delivery {
            tasks.push(tokio::spawn(relay::run(self.clone())));
            tasks.extend(sinks::ALL.iter().map(|sink| tokio::spawn(sinks::run(self.clone(), *sink))));
            tasks.extend(domains::consumers().into_iter().map(|consumer| tokio::spawn(consumers::run(self.clone(), consumer))));
        }
        tasks
    }
}
