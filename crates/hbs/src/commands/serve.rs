//! Serving, from start to a graceful end.
use super::{check, logging};
use crate::app::App;
use crate::config::Config;
use crate::ending::Ending;
use crate::outbox::sinks;
use crate::server::{self, Api};
use crate::{Error, Result, connections, refusals};
use axum_server::Handle;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Time that MongoDB has at the start to tell how far its part of the record goes: HBS starts without it.
const PATIENCE_WITH_MONGODB: Duration = Duration::from_secs(2);

pub async fn run(config: Config) -> Result<ExitCode> {
    let _guard = logging::to_stdout(&config.log)?;
    let listener = bind(&config)?;
    let app = App::new(config, Some(install_metrics()?)).await?;
    let missing = app.db.pending_migrations().await?;
    if missing > 0 {
        return Err(Error::internal(format!("the database lacks {missing} migrations; run `hbs migrate` first")));
    }
    if !app.person_keys.answers().await {
        tracing::warn!("the database of the keys of persons is away or not migrated: personal values of events are withheld");
    }
    check::before_serving(&app.config, &app.db).await?;
    app.security.ensure_signing_key(app.config.jwt_key.as_deref()).await?;
    serve(app, listener).await?;
    Ok(ExitCode::SUCCESS)
}

/// Takes the address before anything else, so that a taken one is told at once.
pub fn bind(config: &Config) -> Result<TcpListener> {
    let listener = TcpListener::bind(config.listen).map_err(|error| {
        Error::internal(format!("cannot listen on {}: {error}; set HBS_LISTEN to another address", config.listen))
    })?;
    listener.set_nonblocking(true).map_err(Error::internal)?;
    Ok(listener)
}

pub fn install_metrics() -> Result<PrometheusHandle> {
    PrometheusBuilder::new().set_buckets(BUCKETS).map_err(Error::internal)?.install_recorder().map_err(Error::internal)
}

/// Serves until SIGINT or SIGTERM, then lets requests in flight finish.
pub async fn serve(app: App, listener: TcpListener) -> Result<()> {
    look_at_the_past(&app).await?;
    let handle = Handle::new();
    let background = server::spawn_background(&app)?;
    tokio::spawn(shut_down_on_signal(app.clone(), handle.clone(), Duration::from_secs(app.config.shutdown_seconds)));
    tracing::info!(
        address = listener.local_addr().ok().map(tracing::field::display),
        tls = app.config.tls_cert.is_some(),
        "serving"
    );

    let served = connections::serve(&app, Api::new(&app.config).router(&app), listener, handle).await;
    for task in background {
        task.abort();
    }
    if let Err(error) = refusals::write(&app).await {
        tracing::warn!(?error, "refusals of the last minute could not be put on the record");
    }
    if let Err(error) = app.person_keys.give_back().await {
        tracing::debug!(?error, "keys that were not used are left over");
    }
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// Looks whether the stores were restored: what is in quarantine is told, and two stores that are not of one time are refused.
async fn look_at_the_past(app: &App) -> Result<()> {
    if app.quarantine.look(&app.db).await?.is_some() {
        tracing::warn!("HBS was restored from a backup and is in quarantine: it sends and changes nothing until `hbs resume`");
    }
    match tokio::time::timeout(PATIENCE_WITH_MONGODB, sinks::ahead(app)).await {
        Ok(Ok(Some(ahead))) => Err(Error::internal(ahead)),
        Ok(Ok(None)) => Ok(()),
        Ok(Err(_)) | Err(_) => {
            tracing::warn!("MongoDB is away: whether it is of the same time as PostgreSQL could not be told");
            Ok(())
        }
    }
}

async fn shut_down_on_signal(app: App, handle: Handle<SocketAddr>, patience: Duration) {
    wait_for_signal().await;
    tracing::info!("shutting down");
    app.memory.of::<Ending>().begin();
    handle.graceful_shutdown(Some(patience));
}

pub async fn wait_for_signal() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
