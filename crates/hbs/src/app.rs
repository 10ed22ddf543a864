//! Everything that a request may use: stores, settings, and what the process remembers. It knows no domain.
use crate::clock::Clock;
use crate::config::{Config, required};
use crate::gateways::{DemoGateway, Gateways, PaymentGateway, Stripe};
use crate::kept::KeptAnswers;
use crate::mail::Mailer;
use crate::media::Media;
use crate::memory::Memory;
use crate::outbox::relay::Relay;
use crate::outgoing::Outgoing;
use crate::pauses::Pauses;
use crate::person_keys::PersonKeys;
use crate::quarantine::Quarantine;
use crate::security::{DataKey, Security};
use crate::stamps::Versions;
use crate::stores::mongo::Mongo;
use crate::stores::objects::Objects;
use crate::stores::postgres::Db;
use crate::stores::redis::Redis;
use crate::{Error, Result};
use axum::extract::{FromRequestParts, State};
use metrics_exporter_prometheus::PrometheusHandle;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// Shared state of the process. It is one `Arc`, so cloning it per request is free.
#[derive(Clone, FromRequestParts)]
#[from_request(via(State))]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub person_keys: PersonKeys,
    pub mongo: Mongo,
    pub redis: Redis,
    pub objects: Objects,
    pub media: Media,
    pub memory: Memory,
    pub answers: KeptAnswers,
    pub versions: Versions,
    pub security: Security,
    pub relay: Relay,
    pub mailer: Mailer,
    pub outgoing: Outgoing,
    pub gateways: Gateways,
    pub pauses: Pauses,
    pub quarantine: Quarantine,
    pub metrics: Option<PrometheusHandle>,
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
        let person_keys = PersonKeys::new(&config.person_keys_address().map_err(Error::internal)?)?;
        let mongo = Mongo::new(setting("mongodb_url", config.mongodb_url.as_ref())?, &config.mongodb_database).await?;
        let redis = Redis::new(setting("redis_url", config.redis_url.as_ref())?, &config.redis_prefix)?;
        let objects = Objects::new(&config)?;
        let data_key = DataKey::from_base64(setting("data_key", config.data_key.as_ref())?).map_err(Error::internal)?;
        Ok(Self(Arc::new(Parts {
            clock: Clock::default(),
            security: Security::new(db.clone(), redis.clone(), data_key)?,
            versions: Versions::new(db.clone()),
            db,
            person_keys,
            mongo,
            redis,
            objects,
            media: Media::new()?,
            memory: Memory::default(),
            answers: KeptAnswers::default(),
            relay: Relay::default(),
            mailer: Mailer::new(&config)?,
            outgoing: Outgoing::new(config.outgoing_unguarded)?,
            gateways: gateways(&config)?,
            #[cfg(debug_assertions)]
            pauses: Pauses::at(config.pause_at),
            #[cfg(not(debug_assertions))]
            pauses: Pauses::default(),
            quarantine: Quarantine::default(),
            metrics,
            config,
        })))
    }
}

/// The gateways that the settings name. New payments go through the first.
pub fn gateways(config: &Config) -> Result<Gateways> {
    let patience = Duration::from_secs(config.gateway_timeout_seconds);
    let mut all: Vec<Box<dyn PaymentGateway>> = Vec::new();
    if let Some(secret_key) = &config.stripe_secret_key {
        let webhook_secret = config.stripe_webhook_secret.as_deref().unwrap_or_default();
        all.push(Box::new(Stripe::new(&config.stripe_api_url, secret_key, webhook_secret, patience)?));
    }
    if let (Some(url), Some(secret)) = (&config.demo_gateway_url, &config.demo_gateway_secret) {
        all.push(Box::new(DemoGateway::new(url, secret, patience)?));
    }
    Ok(Gateways::new(all))
}
