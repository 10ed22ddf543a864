//! `hbs check`: what is dangerous about the settings and about what they lead to, and what is missing.
use crate::config::Config;
use crate::config::dangers::{self, Finding, Level};
use crate::domains::authentication;
use crate::person_keys::PersonKeys;
use crate::security::{DataKey, Security};
use crate::stores::mongo::Mongo;
use crate::stores::objects::Objects;
use crate::stores::postgres::Db;
use crate::stores::redis::Redis;
use crate::{Error, Result, connections, mail, seed};
use bytes::Bytes;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

/// Maximum time that a store may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
const NOT_REACHED: &str = "cannot be reached";
/// The oldest PostgreSQL that is tested with.
const OLDEST_POSTGRESQL: i32 = 150_000;

/// Prints a line for each finding, and how many there are. Fails if something is refused or dangerous.
pub async fn run() -> ExitCode {
    let found = match Config::read() {
        Ok(config) => Box::pin(all(&config)).await,
        Err(error) => vec![Finding::refused("settings", error.to_string())],
    };
    let count = |level: Level| found.iter().filter(|finding| finding.level == level).count();
    for finding in &found {
        let level = match finding.level {
            Level::Refused => "refused",
            Level::Danger => "danger ",
            Level::Note => "note   ",
        };
        println!("{level}  {}", finding.to_string().replace('\n', " "));
    }
    let (refused, dangers, notes) = (count(Level::Refused), count(Level::Danger), count(Level::Note));
    println!("{refused} refused, {dangers} dangerous, {notes} to know");
    if refused + dangers == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn all(config: &Config) -> Vec<Finding> {
    let mut found = dangers::of(config);
    if !config.is_production() {
        found.push(Finding::note("environment", "is development: what production refuses was not looked for"));
    }
    found.extend(files(config));
    let (postgresql, person_keys, mongodb, redis, objects, mail) = tokio::join!(
        postgresql(config),
        person_keys(config),
        mongodb(config),
        redis(config),
        objects(config),
        mail_server(config)
    );
    found.extend([postgresql, person_keys, mongodb, redis, objects, mail].into_iter().flatten());
    found.sort_by_key(|finding| finding.level);
    found
}

fn files(config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    for (key, path) in [("tls_cert", &config.tls_cert), ("tls_key", &config.tls_key)] {
        if let Some(Err(error)) = path.as_ref().map(std::fs::read) {
            found.push(Finding::refused(key, format!("cannot be read: {error}")));
        }
    }
    if let Some(files) = connections::max_files().filter(|files| *files < config.max_connections + config.database_pool_size) {
        let text = format!("is more than the {files} files that the process may have open (ulimit -n) allow");
        found.push(Finding::note("max_connections", text));
    }
    found
}

/// The address of a store, if it is set; else what is missing.
fn address<'a>(key: &'static str, url: Option<&'a String>) -> Result<&'a str, Vec<Finding>> {
    let missing = || vec![Finding::refused(key, format!("is not set: set HBS_{}", key.to_uppercase()))];
    url.map(String::as_str).ok_or_else(missing)
}

async fn postgresql(config: &Config) -> Vec<Finding> {
    const KEY: &str = "database_url";
    let url = match address(KEY, config.database_url.as_ref()) {
        Ok(url) => url,
        Err(missing) => return missing,
    };
    let Ok(db) = Db::new(url, 2) else { return vec![Finding::refused(KEY, "is not the address of a PostgreSQL")] };
    let Ok(Ok(condition)) = timeout(PATIENCE, db.condition()).await else { return vec![Finding::refused(KEY, NOT_REACHED)] };
    let mut found = Vec::new();
    if condition.version < OLDEST_POSTGRESQL {
        found.push(Finding::refused(KEY, format!("leads to PostgreSQL {}, and 15 is needed", condition.version / 10_000)));
    }
    if condition.is_superuser {
        found.push(Finding::note(KEY, "has the name of a superuser, and HBS needs only the database's owner"));
    }
    for (name, is_on) in [
        ("fsync", condition.fsync),
        ("full_page_writes", condition.full_page_writes),
        ("synchronous_commit", condition.commits_last),
    ] {
        if !is_on {
            found.push(Finding::danger(KEY, format!("leads to a PostgreSQL with {name} off: what was answered can be lost")));
        }
    }
    match timeout(PATIENCE, db.pending_migrations()).await {
        Ok(Ok(0)) => found.extend(of_migrated(config, &db).await),
        Ok(Ok(missing)) => {
            found.push(Finding::refused(KEY, format!("leads to a database that lacks {missing} migrations: run `hbs migrate`")));
        }
        _ => found.push(Finding::refused(KEY, "leads to a database whose migrations cannot be read")),
    }
    found
}

async fn of_migrated(config: &Config, db: &Db) -> Vec<Finding> {
    let mut found = Vec::new();
    if config.is_production() {
        match demo_accounts(db).await {
            Ok(demo) => found.extend(demo),
            Err(_) => found.push(Finding::refused("database_url", "leads to a database whose accounts cannot be read")),
        }
    }
    if let Some(Ok(data_key)) = config.data_key.as_deref().map(DataKey::from_base64)
        && let Ok(redis) = Redis::new("redis://127.0.0.1", "")
        && let Ok(security) = Security::new(db.clone(), redis, data_key)
        && security.check_keys().await.is_err()
    {
        found.push(Finding::refused("data_key", "does not open the signing keys that are in the database"));
    }
    found
}

/// The accounts whose passwords everybody knows, which production refuses.
pub async fn demo_accounts(db: &Db) -> Result<Option<Finding>> {
    let staff = seed::STAFF.iter().map(|member| member.email);
    let demo: Vec<&str> = staff.chain(seed::GUESTS.iter().map(|(email, _)| *email)).collect();
    let conn = db.conn().await?;
    let there = authentication::active_among(&conn, &demo).await?;
    let text = || format!("leads to accounts of the demo, whose password is known: remove or suspend {}", there.join(", "));
    Ok((!there.is_empty()).then(|| Finding::refused("database_url", text())))
}

/// Findings about the database of the keys of persons; where nothing says where that is, those about the one of HBS tell.
async fn person_keys(config: &Config) -> Vec<Finding> {
    const KEY: &str = "person_keys_url";
    let Ok(url) = config.person_keys_address() else { return Vec::new() };
    let Ok(keys) = PersonKeys::new(&url) else { return vec![Finding::refused(KEY, "is not the address of a PostgreSQL")] };
    match timeout(PATIENCE, keys.answers()).await {
        Ok(true) => Vec::new(),
        _ => {
            let text = "leads to no database with the keys of persons: what events say of people is not kept. Run `hbs migrate`";
            vec![Finding::danger(KEY, text)]
        }
    }
}

async fn mongodb(config: &Config) -> Vec<Finding> {
    const KEY: &str = "mongodb_url";
    let url = match address(KEY, config.mongodb_url.as_ref()) {
        Ok(url) => url,
        Err(missing) => return missing,
    };
    let Ok(mongo) = Mongo::new(url, &config.mongodb_database).await else {
        return vec![Finding::refused(KEY, "is not the address of a MongoDB")];
    };
    let Ok(Ok(rights)) = timeout(PATIENCE, mongo.rights()).await else { return vec![Finding::refused(KEY, NOT_REACHED)] };
    let mut found = Vec::new();
    if rights.may_change_the_record {
        let text = "has a user who may change what is on the record: give them the role of scripts/mongodb-user.js";
        found.push(Finding::danger(KEY, text));
    }
    if !rights.is_replicated {
        found.push(Finding::note(KEY, "leads to a server without a replica set, which can be one of one member"));
    }
    found
}

async fn redis(config: &Config) -> Vec<Finding> {
    const KEY: &str = "redis_url";
    let url = match address(KEY, config.redis_url.as_ref()) {
        Ok(url) => url,
        Err(missing) => return missing,
    };
    let Ok(redis) = Redis::new(url, &config.redis_prefix) else {
        return vec![Finding::refused(KEY, "is not the address of a Redis")];
    };
    match timeout(PATIENCE, redis.ping()).await {
        Ok(Ok(())) => Vec::new(),
        _ => vec![Finding::refused(KEY, NOT_REACHED)],
    }
}

/// Writes, reads and removes a small file.
async fn objects(config: &Config) -> Vec<Finding> {
    const KEY: &str = "object_store_url";
    let name = format!("check-{}", Uuid::now_v7());
    let try_out = async {
        let objects = Objects::new(config)?;
        objects.put(&name, "text/plain", Bytes::from_static(b"written by hbs check")).await?;
        let is_there = objects.get(&name).await?.is_some();
        objects.delete(&name).await?;
        Ok::<_, Error>(is_there)
    };
    match timeout(PATIENCE, try_out).await {
        Ok(Ok(true)) => Vec::new(),
        _ => vec![Finding::refused(KEY, "takes no files: one could not be written, read and removed there")],
    }
}

async fn mail_server(config: &Config) -> Vec<Finding> {
    const KEY: &str = "smtp_url";
    let Some(Ok(server)) = config.smtp_url.as_deref().map(mail::settings::smtp) else { return Vec::new() };
    let server: AsyncSmtpTransport<Tokio1Executor> = server.timeout(Some(PATIENCE)).build();
    match timeout(PATIENCE, server.test_connection()).await {
        Ok(Ok(true)) => Vec::new(),
        _ => vec![Finding::refused(KEY, "leads to a mail server that cannot be reached, or refuses the password")],
    }
}

/// Refuses a database that production must not serve, and warns of what is dangerous.
pub async fn before_serving(config: &Config, db: &Db) -> Result<()> {
    for finding in dangers::of(config).iter().filter(|finding| finding.level == Level::Danger) {
        tracing::warn!(setting = finding.about, "{}", finding.text);
    }
    match demo_accounts(db).await? {
        Some(finding) if config.is_production() => Err(Error::internal(finding.to_string())),
        _ => Ok(()),
    }
}
