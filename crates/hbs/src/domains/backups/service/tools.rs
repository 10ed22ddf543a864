//! PostgreSQL's own programs, which dump and restore.
use crate::config::{Config, database_name, required};
use crate::{Error, Result};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::str::FromStr;
use tokio::io::AsyncReadExt;
use tokio::process::{ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode};

/// Number of bytes of what a program says that are kept.
const MAX_WORDS: usize = 2000;

/// A program on the database of the settings. It is told where by its environment: arguments are for everybody to see, and the
/// address has a password.
pub fn program(config: &Config, name: &str) -> Result<Command> {
    let url = required("database_url", config.database_url.as_ref()).map_err(Error::internal)?;
    let place = tokio_postgres::Config::from_str(url).map_err(|_| Error::internal("database_url: is not an address"))?;
    let path = config.postgres_tools.as_deref().map_or_else(|| Path::new(name).to_owned(), |folder| folder.join(name));
    let mut command = Command::new(path);
    let hosts = place.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let ports = place.get_ports().iter().map(ToString::to_string);
    let mut set = |variable: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            command.env(variable, value);
        }
    };
    set("PGHOST", Some(hosts.collect::<Vec<_>>().join(",")));
    set("PGPORT", Some(ports.collect::<Vec<_>>().join(",")));
    set("PGUSER", place.get_user().map(Into::into));
    set("PGPASSWORD", place.get_password().map(|password| String::from_utf8_lossy(password).into_owned()));
    set("PGDATABASE", Some(database_name(&place).to_owned()));
    set("PGOPTIONS", place.get_options().map(Into::into));
    set("PGAPPNAME", Some(format!("hbs {name}")));
    set(
        "PGSSLMODE",
        match place.get_ssl_mode() {
            SslMode::Disable => Some("disable".into()),
            SslMode::Require => Some("require".into()),
            _ => None,
        },
    );
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// The name of the database of the settings.
pub fn database_of(config: &Config) -> Result<String> {
    let url = required("database_url", config.database_url.as_ref()).map_err(Error::internal)?;
    let place = tokio_postgres::Config::from_str(url).map_err(|_| Error::internal("database_url: is not an address"))?;
    Ok(database_name(&place).to_owned())
}

/// Reads what a program says while it works, so that it does not wait for somebody to listen.
pub fn listen(stderr: Option<ChildStderr>) -> JoinHandle<String> {
    tokio::spawn(async move {
        let mut words = Vec::new();
        if let Some(mut stderr) = stderr {
            let mut piece = [0; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut piece).await {
                let room = MAX_WORDS.saturating_sub(words.len()).min(count);
                words.extend_from_slice(&piece[..room]);
            }
        }
        String::from_utf8_lossy(&words).trim().replace('\n', "; ")
    })
}

/// Says how a program ended, unless that was well.
pub async fn check(member: &str, program: &str, status: ExitStatus, words: JoinHandle<String>) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    let words = words.await.unwrap_or_default();
    let words = if words.is_empty() { String::new() } else { format!(": {words}") };
    Err(Error::internal(format!("{member}: {program} ended with {status}{words}")))
}

/// Words that a program could not be started.
pub fn not_started(program: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::internal(format!("{program} could not be started: {error}; see postgres_tools"))
}
