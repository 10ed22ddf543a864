//! Settings: defaults that are compiled in, then `hbs.toml`, then `HBS_*` variables.
pub mod dangers;

use crate::archive;
use crate::mail::settings::{sender, smtp};
#[cfg(debug_assertions)]
use crate::pauses::Pause;
use chrono::{NaiveTime, TimeDelta};
use dangers::{Finding, Level};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use ipnet::IpNet;
use mongodb::options::{ConnectionString, HostInfo};
use serde::{Deserialize, Deserializer, de};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use tokio_postgres::config::Host;

const DEFAULTS: &str = include_str!("config.default.toml");

/// Settings that can be read from a file named by `<setting>_file`, so that secrets need not
/// stand in the environment.
const FROM_FILE: &[&str] = &[
    "database_url",
    "person_keys_url",
    "mongodb_url",
    "redis_url",
    "data_key",
    "jwt_key",
    "smtp_url",
    "metrics_token",
    "object_store_access_key",
    "object_store_secret_key",
    "backup_access_key",
    "backup_secret_key",
    "drill_database_url",
    "drill_mongodb_url",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "demo_gateway_secret",
];

/// Settings whose variables are taken as they stand: a password of digits is not a number.
const TEXTS: &[&str] = &[
    "database_url",
    "person_keys_url",
    "mongodb_url",
    "redis_url",
    "mongodb_database",
    "redis_prefix",
    "data_key",
    "jwt_key",
    "smtp_url",
    "mail_from",
    "public_url",
    "metrics_token",
    "object_store_url",
    "object_store_region",
    "object_store_endpoint",
    "object_store_access_key",
    "object_store_secret_key",
    "backup_url",
    "backup_region",
    "backup_endpoint",
    "backup_access_key",
    "backup_secret_key",
    "backup_work_dir",
    "backup_recipient",
    "backup_identity_file",
    "backup_signers_file",
    "drill_database_url",
    "drill_mongodb_url",
    "drill_object_store_url",
    "drill_at",
    "postgres_tools",
    "stripe_secret_key",
    "stripe_webhook_secret",
    "stripe_api_url",
    "demo_gateway_url",
    "demo_gateway_secret",
    "log",
];

/// Name of the database of MongoDB for drills, where its address names none.
const DRILL_DATABASE: &str = "hbs_drill";

/// Variables of this prefix that say something to one command only.
const NOT_SETTINGS: &[&str] = &["admin_password"];

/// The meaning of each setting stands beside its default in `config.default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub environment: Environment,
    pub listen: SocketAddr,
    #[serde(deserialize_with = "optional")]
    pub tls_cert: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub tls_key: Option<PathBuf>,
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<Network>,
    #[serde(deserialize_with = "optional")]
    pub database_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub person_keys_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub mongodb_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub redis_url: Option<String>,
    pub mongodb_database: String,
    pub redis_prefix: String,
    pub database_pool_size: usize,
    #[serde(deserialize_with = "optional")]
    pub object_store_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub object_store_region: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub object_store_endpoint: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub object_store_access_key: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub object_store_secret_key: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub backup_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub backup_region: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub backup_endpoint: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub backup_access_key: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub backup_secret_key: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub backup_work_dir: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub backup_recipient: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub backup_identity_file: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub backup_signers_file: Option<PathBuf>,
    pub backup_every_hours: u32,
    pub backup_keep_daily: u32,
    pub backup_keep_weekly: u32,
    pub backup_keep_monthly: u32,
    #[serde(deserialize_with = "optional")]
    pub drill_database_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub drill_mongodb_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub drill_object_store_url: Option<String>,
    #[serde(deserialize_with = "time_of_day")]
    pub drill_at: NaiveTime,
    #[serde(deserialize_with = "optional")]
    pub postgres_tools: Option<PathBuf>,
    #[serde(deserialize_with = "optional")]
    pub data_key: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub jwt_key: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub smtp_url: Option<String>,
    pub mail_from: String,
    pub public_url: String,
    #[serde(deserialize_with = "optional")]
    pub stripe_secret_key: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub stripe_webhook_secret: Option<String>,
    pub stripe_api_url: String,
    pub gateway_timeout_seconds: u64,
    #[serde(deserialize_with = "optional")]
    pub demo_gateway_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub demo_gateway_secret: Option<String>,
    pub mails_per_minute: u32,
    pub mails_per_unproved_address: u32,
    pub mails_per_account_to_unproved: u32,
    #[serde(deserialize_with = "switch")]
    pub rate_limits: bool,
    pub feed_poll_minutes: u32,
    pub feed_stale_hours: u32,
    #[serde(deserialize_with = "switch")]
    pub outgoing_unguarded: bool,
    pub rate_limit_login_per_minute: u32,
    pub rate_limit_search_per_minute: u32,
    pub rate_limit_writes_per_minute: u32,
    pub rate_limit_reads_per_minute: u32,
    pub rate_limit_pictures_per_minute: u32,
    pub access_token_seconds: u32,
    pub session_days: u32,
    pub quote_minutes: u32,
    #[serde(deserialize_with = "list")]
    pub cors_origins: Vec<String>,
    pub body_limit_bytes: usize,
    pub request_timeout_seconds: u64,
    pub header_timeout_seconds: u64,
    pub idle_timeout_seconds: u64,
    pub response_timeout_seconds: u64,
    pub max_connections: usize,
    pub max_connections_per_address: usize,
    pub max_streams: usize,
    pub stream_events_kept: u32,
    pub shutdown_seconds: u64,
    pub log: String,
    #[serde(deserialize_with = "switch")]
    pub access_log: bool,
    #[serde(deserialize_with = "optional")]
    pub metrics_token: Option<String>,
    pub dev_dir: PathBuf,
    /// For tests, which kill the process there: not in a program that is built for release.
    #[cfg(debug_assertions)]
    #[serde(default)]
    pub pause_at: Option<Pause>,
    #[serde(deserialize_with = "switch")]
    pub test_clock: bool,
    #[serde(deserialize_with = "switch")]
    pub audit_delivery: bool,
    pub checkpoint_minutes: u32,
    pub outbox_kept_days: u32,
    #[serde(deserialize_with = "switch")]
    pub mail_delivery: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    Development,
    Production,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}")]
    Invalid(String),
    #[error("{key}: cannot read {path}: {source}")]
    File { key: String, path: String, source: std::io::Error },
    #[error("{key} is not set: set HBS_{} (only `hbs dev` provides what is missing)", key.to_uppercase())]
    Missing { key: &'static str },
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Finding>),
}

impl Config {
    /// The longest time that an access token is good for.
    pub fn token_lifetime(&self) -> TimeDelta {
        TimeDelta::seconds(self.access_token_seconds.into())
    }

    /// Reads the defaults, `hbs.toml` in the working directory and the environment, and refuses what is too dangerous.
    pub fn load() -> Result<Self, ConfigError> {
        Self::read()?.not_refused()
    }

    /// Reads the settings, however dangerous they are.
    pub fn read() -> Result<Self, ConfigError> {
        let environment = Env::prefixed("HBS_").ignore(NOT_SETTINGS).lowercase(true);
        let figment = Figment::from(Toml::string(DEFAULTS)).merge(Toml::file("hbs.toml")).merge(environment);
        Self::from(TEXTS.iter().fold(figment, |figment, key| match variable(key) {
            Some(text) => figment.merge((*key, text)),
            None => figment,
        }))
    }

    /// The defaults alone, for tests.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from(Figment::from(Toml::string(DEFAULTS)))
    }

    fn from(mut figment: Figment) -> Result<Self, ConfigError> {
        for key in FROM_FILE {
            let file_key = format!("{key}_file");
            if let Ok(path) = figment.extract_inner::<String>(&file_key) {
                let text =
                    std::fs::read_to_string(&path).map_err(|source| ConfigError::File { key: file_key.clone(), path, source })?;
                figment = figment.merge((*key, text.trim()));
            }
        }
        let mut values: figment::value::Dict = figment.extract().map_err(wrong)?;
        values.retain(|key, _| !FROM_FILE.iter().any(|name| *key == format!("{name}_file")));
        Figment::from(figment::providers::Serialized::defaults(values)).extract::<Self>().map_err(wrong)?.checked()
    }

    fn checked(self) -> Result<Self, ConfigError> {
        let invalid = |key: &str, what: &str| Err(ConfigError::Invalid(format!("{key}: {what}")));
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return invalid("tls_cert", "needs tls_key, and the other way round");
        }
        if self.object_store_access_key.is_some() != self.object_store_secret_key.is_some() {
            return invalid("object_store_access_key", "needs object_store_secret_key, and the other way round");
        }
        // The relay and two sinks have one each while they work, a consumer and a running job two; one is for requests.
        for (key, number, least) in [
            ("database_pool_size", u64::try_from(self.database_pool_size).unwrap_or(0), 8),
            ("access_token_seconds", self.access_token_seconds.into(), 1),
            ("session_days", self.session_days.into(), 1),
            ("quote_minutes", self.quote_minutes.into(), 1),
            ("mails_per_unproved_address", self.mails_per_unproved_address.into(), 1),
            ("mails_per_account_to_unproved", self.mails_per_account_to_unproved.into(), 1),
            ("feed_poll_minutes", self.feed_poll_minutes.into(), 1),
            ("feed_stale_hours", self.feed_stale_hours.into(), 1),
            ("body_limit_bytes", u64::try_from(self.body_limit_bytes).unwrap_or(0), 1),
            ("gateway_timeout_seconds", self.gateway_timeout_seconds, 1),
            ("request_timeout_seconds", self.request_timeout_seconds, 1),
            ("header_timeout_seconds", self.header_timeout_seconds, 1),
            ("idle_timeout_seconds", self.idle_timeout_seconds, 1),
            ("response_timeout_seconds", self.response_timeout_seconds, 1),
            ("max_connections", u64::try_from(self.max_connections).unwrap_or(0), 1),
            ("max_connections_per_address", u64::try_from(self.max_connections_per_address).unwrap_or(0), 1),
            ("max_streams", u64::try_from(self.max_streams).unwrap_or(0), 1),
            ("stream_events_kept", self.stream_events_kept.into(), 1),
            ("rate_limit_login_per_minute", self.rate_limit_login_per_minute.into(), 1),
            ("rate_limit_search_per_minute", self.rate_limit_search_per_minute.into(), 1),
            ("rate_limit_writes_per_minute", self.rate_limit_writes_per_minute.into(), 1),
            ("rate_limit_reads_per_minute", self.rate_limit_reads_per_minute.into(), 1),
            ("rate_limit_pictures_per_minute", self.rate_limit_pictures_per_minute.into(), 1),
        ] {
            if number < least {
                return invalid(key, &format!("must be at least {least}"));
            }
        }
        if let Err(error) = sender(&self.mail_from) {
            return invalid("mail_from", &format!("is not a mailbox such as \"Hotel <no-reply@hotel.example>\": {error}"));
        }
        if let Some(Err(error)) = self.smtp_url.as_deref().map(smtp) {
            return invalid("smtp_url", &format!("is not the address of a mail server: {error}"));
        }
        if !is_web_address(&self.public_url) {
            return invalid("public_url", "is not an address such as https://hotel.example");
        }
        let gateways = [("stripe_api_url", Some(&self.stripe_api_url)), ("demo_gateway_url", self.demo_gateway_url.as_ref())];
        for (key, url) in gateways {
            if url.is_some_and(|url| !is_web_address(url)) {
                return invalid(key, "is not an address such as https://api.stripe.com");
            }
        }
        if let Some(database) = self.database_url.as_deref() {
            let keys = self.person_keys_address()?;
            if database_of(database).is_some_and(|place| database_of(&keys) == Some(place)) {
                return invalid("person_keys_url", "leads to the database of HBS itself, whose archives would have the keys");
            }
        }
        if self.backup_url.as_deref().is_some_and(|url| !is_place_of_files(url)) {
            return invalid("backup_url", "is no folder such as file:///var/backups/hbs, and no bucket such as s3://backups/hbs");
        }
        if self.backup_url.as_deref().is_some_and(|url| url.starts_with("s3://")) && self.backup_work_dir.is_none() {
            return invalid("backup_work_dir", "a bucket needs a folder in which archives are written and read");
        }
        if self.backup_access_key.is_some() != self.backup_secret_key.is_some() {
            return invalid("backup_access_key", "needs backup_secret_key, and the other way round");
        }
        if self.backup_recipient.as_deref().is_some_and(|key| archive::Recipient::parse(key).is_none()) {
            return invalid("backup_recipient", "is not a public key of age such as age1…");
        }
        if self.backup_url.is_some() != self.backup_recipient.is_some() {
            return invalid("backup_url", "needs backup_recipient, and the other way round");
        }
        if self.backup_every_hours > 0 && self.backup_url.is_none() {
            return invalid("backup_every_hours", "needs backup_url");
        }
        self.check_drills()?;
        if self.demo_gateway_url.is_some() && self.demo_gateway_secret.is_none() {
            return invalid("demo_gateway_url", "needs demo_gateway_secret");
        }
        Ok(self)
    }

    /// Stores for drills are named together, with what a drill needs, and are none of those of HBS itself: they are emptied.
    fn check_drills(&self) -> Result<(), ConfigError> {
        let invalid = |what: &str| Err(ConfigError::Invalid(format!("drill_database_url: {what}")));
        let urls = [&self.drill_database_url, &self.drill_mongodb_url, &self.drill_object_store_url];
        if urls.iter().all(|url| url.is_none()) {
            return Ok(());
        }
        let [database, mongodb, files] = urls.map(|url| url.as_deref().unwrap_or_default());
        let are_places = database.starts_with("postgres") && mongodb.starts_with("mongodb") && is_place_of_files(files);
        if !are_places {
            return invalid(
                "drills need this (postgres://…), drill_mongodb_url (mongodb://…) and drill_object_store_url (file:///… or s3://…)",
            );
        }
        if [database, mongodb, files].iter().any(|url| self.is_own_store(url)) {
            return invalid("drills need stores of their own, and one of these is that of HBS itself");
        }
        if self.backup_url.is_none() || self.backup_identity_file.is_none() {
            return invalid("drills need backup_url and backup_identity_file");
        }
        Ok(())
    }

    /// Returns `true` if the address of a store for drills leads to a store of HBS itself, in whatever words.
    pub fn is_own_store(&self, url: &str) -> bool {
        let keys = self.person_keys_address().ok();
        let mut databases = self.database_url.iter().chain(&keys);
        let mut files = self.object_store_url.iter().chain(&self.backup_url);
        let is_mongodb = |own: &String| is_same_mongodb(own, url) && drill_database_of(url) == self.mongodb_database;
        databases.any(|own| database_of(own).is_some_and(|place| database_of(url) == Some(place)))
            || self.mongodb_url.as_ref().is_some_and(is_mongodb)
            || files.any(|own| own.trim_end_matches('/') == url.trim_end_matches('/'))
    }

    fn not_refused(self) -> Result<Self, ConfigError> {
        let mut refused = dangers::of(&self);
        refused.retain(|finding| finding.level == Level::Refused);
        if refused.is_empty() { Ok(self) } else { Err(ConfigError::Refused(refused)) }
    }

    /// Returns the address of the database of the keys of persons: unless it is set, that of HBS with `_keys` after the name of
    /// its database.
    pub fn person_keys_address(&self) -> Result<String, ConfigError> {
        if let Some(url) = &self.person_keys_url {
            return Ok(url.clone());
        }
        let database = required("database_url", self.database_url.as_ref())?;
        beside(database).ok_or_else(|| {
            ConfigError::Invalid("person_keys_url: must be set, since database_url is no URL that names a database".into())
        })
    }

    /// The host of `public_url`: what this installation is called.
    pub fn host(&self) -> String {
        let uri: Option<http::Uri> = self.public_url.parse().ok();
        uri.and_then(|uri| uri.host().map(str::to_ascii_lowercase)).unwrap_or_default()
    }

    /// The pause between two looks at a feed.
    pub fn feed_pause(&self) -> TimeDelta {
        TimeDelta::minutes(self.feed_poll_minutes.into())
    }

    pub fn feed_stale_after(&self) -> TimeDelta {
        TimeDelta::hours(self.feed_stale_hours.into())
    }

    pub fn is_production(&self) -> bool {
        self.environment == Environment::Production
    }

    /// Returns `true` if a peer is a proxy whose `X-Forwarded-For` counts.
    pub fn trusts_proxy(&self, peer: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.0.contains(&peer))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place")]
fn variable(key: &str) -> Option<String> {
    std::env::var(format!("HBS_{}", key.to_uppercase())).ok()
}

/// Words figment's findings as `key: what is wrong`, without where in its own workings.
fn wrong(error: figment::Error) -> ConfigError {
    let findings = error.into_iter().map(|finding| match finding.path.last() {
        Some(key) => format!("{key}: {}", finding.kind),
        None => finding.kind.to_string(),
    });
    ConfigError::Invalid(findings.collect::<Vec<_>>().join("; "))
}

/// Returns `true` for an address to which a path can be added, of letters that mean nothing in HTML.
fn is_web_address(text: &str) -> bool {
    let is_plain = text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._~:/%[]".contains(letter));
    let address = text.parse::<http::Uri>().ok().filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    is_plain && address.is_some_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
}

/// Returns `true` for a folder, and for a bucket that has a name.
fn is_place_of_files(url: &str) -> bool {
    let bucket = url.strip_prefix("s3://").and_then(|place| place.split('/').next());
    url.starts_with("file:///") || bucket.is_some_and(|bucket| !bucket.is_empty())
}

/// Returns a value that must be set when no private server stands in for it.
pub fn required<'a>(key: &'static str, value: Option<&'a String>) -> Result<&'a str, ConfigError> {
    value.map(String::as_str).ok_or(ConfigError::Missing { key })
}

/// Returns an address with `_keys` after the name of its database; none if it names no database.
fn beside(url: &str) -> Option<String> {
    let (place, query) = url.split_once('?').map_or((url, None), |(place, query)| (place, Some(query)));
    let (_, name) = place.split_once("://")?.1.split_once('/')?;
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    (!name.is_empty()).then(|| format!("{place}_keys{query}"))
}

/// Returns servers, ports and name of the database that an address leads to.
fn database_of(url: &str) -> Option<(Vec<Host>, Vec<u16>, String)> {
    let place: tokio_postgres::Config = url.parse().ok()?;
    let ports = if place.get_ports().is_empty() { vec![5432] } else { place.get_ports().to_vec() };
    Some((place.get_hosts().to_vec(), ports, database_name(&place).to_owned()))
}

/// Returns the name of the database that an address leads to: as for every client, the user's if it names none.
pub fn database_name(place: &tokio_postgres::Config) -> &str {
    place.get_dbname().or_else(|| place.get_user()).unwrap_or_default()
}

/// Returns the name of the database that the address of a MongoDB for drills leads to.
pub fn drill_database_of(url: &str) -> &str {
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
    let name = path.and_then(|path| path.split('?').next());
    name.filter(|name| !name.is_empty()).unwrap_or(DRILL_DATABASE)
}

/// Returns `true` if two addresses of MongoDB name the same servers, or one that is the same.
fn is_same_mongodb(one: &str, other: &str) -> bool {
    let servers = |url: &str| ConnectionString::parse(url).ok().map(|place| place.host_info);
    match (servers(one), servers(other)) {
        (Some(HostInfo::HostIdentifiers(one)), Some(HostInfo::HostIdentifiers(other))) => {
            one.iter().any(|server| other.contains(server))
        }
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Returns the path at which `hbs dev` keeps its data key.
pub fn dev_data_key_path(dev_dir: &Path) -> PathBuf {
    dev_dir.join("data-key")
}

/// A network, or one address.
#[derive(Debug, Clone, Copy)]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<IpNet>()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map(Self)
            .map_err(|_| format!("{text:?} is neither an address nor a network such as 10.0.0.0/8"))
    }
}

/// Deserializes an optional setting: empty text means that it is not set.
fn optional<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(de::Error::custom) }
}

/// Deserializes a list, or text with commas as in a variable.
fn list<'de, D: Deserializer<'de>, T: FromStr>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        List(Vec<String>),
        Text(String),
    }
    let items = match Form::deserialize(deserializer)? {
        Form::List(items) => items,
        Form::Text(text) => text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(String::from).collect(),
    };
    items.iter().map(|item| item.parse().map_err(de::Error::custom)).collect()
}

/// Deserializes a time of day such as `04:30`.
fn time_of_day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M").map_err(|_| de::Error::custom("must be a time of day such as 04:30"))
}

/// Deserializes a switch: `true`, `on` or `1`; `false`, `off` or `0`.
fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Form {
        Bool(bool),
        Number(u8),
        Text(String),
    }
    match Form::deserialize(deserializer)? {
        Form::Bool(value) => Ok(value),
        Form::Number(0) => Ok(false),
        Form::Number(1) => Ok(true),
        Form::Text(text) if text.eq_ignore_ascii_case("on") => Ok(true),
        Form::Text(text) if text.eq_ignore_ascii_case("off") => Ok(false),
        _ => Err(de::Error::custom("must be on or off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(values: &str) -> Result<Config, ConfigError> {
        Config::from(Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(values)))?.not_refused()
    }

    const PRODUCTION: &str = "environment = \"production\"\njwt_key = \"k\"\nobject_store_url = \"s3://b\"";

    #[test]
    fn a_bad_value_is_refused_by_its_key() {
        for (values, key) in [
            ("listen = \"nowhere\"", "listen"),
            ("test_clock = \"perhaps\"", "test_clock"),
            ("trusted_proxies = \"10.0.0.0/8, me\"", "trusted_proxies"),
            ("database_pool_size = 7", "database_pool_size"),
            ("database_url = \"postgres://u:p@db.example\"", "person_keys_url"),
            (
                "database_url = \"postgres://u:p@db.example/hbs\"\nperson_keys_url = \"postgres://u:p@db.example:5432/hbs?application_name=x\"",
                "person_keys_url",
            ),
            ("tls_cert = \"cert.pem\"", "tls_key"),
            ("no_such_setting = 1", "no_such_setting"),
            ("environment = \"production\"\ntest_clock = true", "test_clock"),
            ("environment = \"production\"\noutgoing_unguarded = true", "outgoing_unguarded"),
            ("header_timeout_seconds = 0", "header_timeout_seconds"),
            ("max_connections = 0", "max_connections"),
            ("feed_poll_minutes = 0", "feed_poll_minutes"),
            ("environment = \"production\"", "data_key"),
            ("jwt_key_file = \"/nowhere/key.pem\"", "jwt_key_file"),
            ("mail_from = \"HBS\"", "mail_from"),
            ("smtp_url = \"mail.example\"", "smtp_url"),
            ("smtp_url = \"http://mail.example\"", "smtp_url"),
            ("public_url = \"hotel.example\"", "public_url"),
            ("stripe_api_url = \"api.stripe.com\"", "stripe_api_url"),
            ("demo_gateway_url = \"http://127.0.0.1:8090\"", "demo_gateway_secret"),
            ("gateway_timeout_seconds = 0", "gateway_timeout_seconds"),
            ("drill_at = \"25:00\"", "drill_at"),
            ("drill_mongodb_url = \"mongodb://drills/drill\"", "drill_database_url"),
            ("backup_url = \"s3://backups/hbs\"", "backup_work_dir"),
            ("backup_url = \"s3:///hbs\"\nbackup_work_dir = \"/var/tmp/hbs\"", "backup_url: is no folder"),
            ("stripe_secret_key = \"pk_test_u:p@\"", "stripe_secret_key"),
            ("public_url = \"https://hotel.example/#home\"", "public_url"),
            (PRODUCTION, "smtp_url"),
            (&format!("{PRODUCTION}\nsmtp_url = \"smtps://u:p@mail.example\""), "public_url"),
        ] {
            let error = with(values).expect_err(values).to_string();
            assert!(error.to_lowercase().contains(key), "{values}: {error}");
            assert!(!error.contains("u:p@"), "a password is shown: {error}");
        }
    }

    #[test]
    fn keys_are_beside_the_database_unless_they_are_elsewhere() {
        let address = |values: &str| with(values).expect("valid").person_keys_address().expect("an address");
        let database = "database_url = \"postgres://u:p@db.example/hbs?sslmode=require\"";
        assert_eq!(address(database), "postgres://u:p@db.example/hbs_keys?sslmode=require");
        let elsewhere = "person_keys_url = \"postgres://u:p@keys.example/hbs\"";
        assert_eq!(address(&format!("{database}\n{elsewhere}")), "postgres://u:p@keys.example/hbs");
    }

    #[test]
    fn no_store_for_drills_is_one_of_hbs_itself() {
        let own = "database_url = \"postgres://u:p@db.example/hbs?sslmode=require\"\nobject_store_url = \"s3://files/hbs\"\n\
                   mongodb_url = \"mongodb://u:p@m1.example,m2.example/?tls=true\"\nmongodb_database = \"hbs\"";
        let told = |database: &str, mongodb: &str, files: &str| {
            let drills = format!(
                "drill_database_url = \"{database}\"\ndrill_mongodb_url = \"{mongodb}\"\ndrill_object_store_url = \"{files}\""
            );
            with(&format!("{own}\n{drills}")).expect_err("no place of archives is named").to_string()
        };
        let (database, mongodb) = ("postgres://u:p@db.example/drill", "mongodb://u:p@m1.example/drill");
        let files = "s3://files/drill";
        for elsewhere in [mongodb, "mongodb://u:p@m1.example", "mongodb://u:p@m3.example/hbs"] {
            let told = told(database, elsewhere, files);
            assert!(told.contains("drills need backup_url"), "{elsewhere} is another one: {told}");
        }
        for (database, mongodb, files) in [
            ("postgres://other:q@db.example:5432/hbs", mongodb, files),
            ("postgresql://other:q@db.example/hbs_keys", mongodb, files),
            (database, "mongodb://other:q@m2.example:27017/hbs?tls=true", files),
            (database, mongodb, "s3://files/hbs/"),
        ] {
            let told = told(database, mongodb, files);
            assert!(told.contains("drills need stores of their own"), "{database} {mongodb} {files}: {told}");
            assert!(!told.contains("u:p@") && !told.contains("other:q@"), "a password is shown: {told}");
        }
    }

    #[test]
    fn lists_and_switches_read_as_variables_write_them() {
        let config =
            with("cors_origins = \"https://a.example, https://b.example\"\ntest_clock = 1\naccess_log = \"off\"").expect("valid");
        assert_eq!(config.cors_origins, ["https://a.example", "https://b.example"]);
        assert!(config.test_clock && !config.access_log);
    }
}
