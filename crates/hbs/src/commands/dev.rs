//! `hbs dev`: everything that HBS needs, on this machine, for one developer.
use super::{demo_gateway, logging, prepare, serve};
use crate::app::App;
use crate::config::{Config, dev_data_key_path};
use crate::security::new_data_key;
use crate::seed;
use crate::{Error, Result};
use hbs_devstack::{DevStack, Options};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::ExitCode;

pub async fn run(mut config: Config) -> Result<ExitCode> {
    if config.is_production() {
        return Err(Error::internal("`hbs dev` is not for production; use `hbs serve`"));
    }
    std::fs::create_dir_all(&config.dev_dir)
        .map_err(|error| Error::internal(format!("{}: {error}", config.dev_dir.display())))?;
    let log = config.dev_dir.join("hbs.log");
    let _guard = logging::to_file(&config.log, &log)?;
    let listener = serve::bind(&config)?;
    let stack = private_stores(&mut config).await?;
    if config.data_key.is_none() {
        config.data_key = Some(dev_secret(&dev_data_key_path(&config.dev_dir), || Ok(new_data_key()))?);
    }
    let has_gateway = config.demo_gateway_url.is_some() || config.stripe_secret_key.is_some();
    let gateway = if has_gateway { None } else { Some(demo_gateway::start(&mut config).await?) };
    let app = App::new(config, Some(serve::install_metrics()?)).await?;
    prepare(&app).await?;
    seed::demo(&app).await?;
    app.security.ensure_signing_key(app.config.jwt_key.as_deref()).await?;
    greet(listener.local_addr().map_err(Error::internal)?, &app.config, &log);
    serve::serve(app, listener).await?;
    // Dropping it stops the stores in the background: Ctrl-C answers at once.
    drop((stack, gateway));
    Ok(ExitCode::SUCCESS)
}

/// Starts private stores for those that the settings do not name.
async fn private_stores(config: &mut Config) -> Result<Option<DevStack>> {
    if config.database_url.is_some() && config.mongodb_url.is_some() && config.redis_url.is_some() {
        return Ok(None);
    }
    println!("Starting PostgreSQL, Redis and MongoDB in {} …", config.dev_dir.display());
    let stack = DevStack::start(Options::keep(&config.dev_dir)).await.map_err(|error| Error::internal(error.to_string()))?;
    config.database_url.get_or_insert_with(|| stack.database_url().into());
    config.mongodb_url.get_or_insert_with(|| stack.mongodb_url().into());
    config.redis_url.get_or_insert_with(|| stack.redis_url().into());
    Ok(Some(stack))
}

/// A secret of this development directory, made when it is first needed.
pub fn dev_secret(path: &Path, make: impl FnOnce() -> Result<String>) -> Result<String> {
    if let Ok(secret) = std::fs::read_to_string(path) {
        return Ok(secret);
    }
    let secret = make()?;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(Error::internal)?;
    file.write_all(secret.as_bytes()).map_err(Error::internal)?;
    Ok(secret)
}

fn greet(address: SocketAddr, config: &Config, log: &Path) {
    let scheme = if config.tls_cert.is_some() { "https" } else { "http" };
    println!("\nHBS serves {scheme}://{address}\n  API docs   {scheme}://{address}/docs\n  log        {}", log.display());
    if let Some(url) = &config.demo_gateway_url {
        println!("  payments   {url}, the demo gateway: no money moves");
    }
    println!();
    println!("Logins (password {}):", seed::DEMO_PASSWORD);
    for member in seed::STAFF {
        let place = if member.everywhere { "all hotels" } else { "Hotel Miramar" };
        println!("  {:<28} {:<17} {place}", member.email, member.role);
    }
    for (email, _) in seed::GUESTS {
        println!("  {email:<28} guest");
    }
    println!("\nCtrl-C stops it; the data stays in {}.", config.dev_dir.display());
}
