//! `hbs demo-gateway`: the demo gateway, a process of its own beside HBS, and how `hbs dev` starts it.
use super::{dev, logging, serve};
use crate::config::Config;
use crate::{Error, Result, tls};
use clap::Args;
use hbs_demo_gateway::{Gateway, Options};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// Address that it has unless another program does.
const USUAL_PORT: u16 = 8090;
/// Time that it may take to start.
const TO_START: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug, Args)]
pub struct DemoGateway {
    /// Address on which it listens
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL_PORT)))]
    listen: SocketAddr,
    /// Folder of its books and of its secret, unless HBS_DEMO_GATEWAY_SECRET is set [default: demo-gateway in dev_dir]
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Address to which it sends events [default: that of HBS on this machine]
    #[arg(long)]
    webhook_url: Option<String>,
    /// Seconds by which late answers are late
    #[arg(long, default_value_t = 5)]
    late: u64,
    /// End when the standard input does: with the process that started it
    #[arg(long)]
    until_stdin_ends: bool,
}

pub async fn run(config: &Config, command: DemoGateway) -> Result<ExitCode> {
    if config.is_production() {
        return Err(Error::internal("the demo gateway is not for production: it takes payments without money"));
    }
    let _guard = logging::to_stdout(&config.log)?;
    tls::use_ring();
    let dir = command.dir.unwrap_or_else(|| dir(config));
    let secret = match &config.demo_gateway_secret {
        Some(secret) => secret.clone(),
        None => secret(&dir)?,
    };
    let listener = tokio::net::TcpListener::bind(command.listen).await.map_err(|error| {
        Error::internal(format!("cannot listen on {}: {error}; name another address with --listen", command.listen))
    })?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let options = Options {
        dir,
        url: url(address),
        secret,
        webhook_url: Some(command.webhook_url.unwrap_or_else(|| webhook_url(config))),
        late: Duration::from_secs(command.late),
        client: reqwest::Client::builder().no_proxy().build().map_err(Error::internal)?,
    };
    let gateway = Gateway::open(options).map_err(Error::internal)?;
    tracing::info!(%address, "the demo gateway serves");
    let end = async move {
        tokio::select! {
            () = serve::wait_for_signal() => {}
            () = end_of_stdin(), if command.until_stdin_ends => {}
        }
    };
    hbs_demo_gateway::serve(gateway, listener, end).await.map_err(Error::internal)?;
    Ok(ExitCode::SUCCESS)
}

/// Starts it beside HBS, and names it in the settings. It ends with the process that has started it, however that ends.
pub async fn start(config: &mut Config) -> Result<Child> {
    let dir = dir(config);
    std::fs::create_dir_all(&dir).map_err(Error::internal)?;
    let secret = secret(&dir)?;
    let address = address(&dir)?;
    let log = dir.join("log");
    let output = std::fs::OpenOptions::new().create(true).append(true).open(&log).map_err(Error::internal)?;
    let mut child = Command::new(std::env::current_exe().map_err(Error::internal)?)
        .args(["demo-gateway", "--until-stdin-ends", "--listen", &address.to_string()])
        .args(["--webhook-url", &webhook_url(config)])
        .arg("--dir")
        .arg(&dir)
        .env("HBS_DEMO_GATEWAY_SECRET", &secret)
        .stdin(Stdio::piped())
        .stdout(output.try_clone().map_err(Error::internal)?)
        .stderr(output)
        .kill_on_drop(true)
        .spawn()
        .map_err(Error::internal)?;
    let started = tokio::time::timeout(TO_START, async {
        while TcpStream::connect(address).await.is_err() && matches!(child.try_wait(), Ok(None)) {
            tokio::time::sleep(POLL).await;
        }
    });
    if started.await.is_err() || !matches!(child.try_wait(), Ok(None)) {
        return Err(Error::internal(format!("the demo gateway does not start: see {}", log.display())));
    }
    (config.demo_gateway_url, config.demo_gateway_secret) = (Some(url(address)), Some(secret));
    Ok(child)
}

fn dir(config: &Config) -> PathBuf {
    config.dev_dir.join("demo-gateway")
}

fn secret(dir: &Path) -> Result<String> {
    std::fs::create_dir_all(dir).map_err(Error::internal)?;
    dev::dev_secret(&dir.join("secret"), || Ok(crate::security::new_data_key()))
}

/// The address that it had the last time, if that is free: pages that are open stay where they are.
fn address(dir: &Path) -> Result<SocketAddr> {
    let path = dir.join("address");
    let kept = std::fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    let wanted = [kept, Some(SocketAddr::from((Ipv4Addr::LOCALHOST, USUAL_PORT)))];
    let bind = |address| TcpListener::bind(address).and_then(|listener| listener.local_addr());
    let free = wanted.into_iter().flatten().find_map(|address| bind(address).ok());
    let address = free.map_or_else(|| bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), Ok).map_err(Error::internal)?;
    std::fs::write(&path, address.to_string()).map_err(Error::internal)?;
    Ok(address)
}

fn url(address: SocketAddr) -> String {
    format!("http://{}", reachable(address))
}

/// Address at which HBS takes events.
fn webhook_url(config: &Config) -> String {
    let scheme = if config.tls_cert.is_some() { "https" } else { "http" };
    format!("{scheme}://{}/v1/payments/webhooks/demo", reachable(config.listen))
}

/// Address of this machine under which something is reached that listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() { SocketAddr::from((Ipv4Addr::LOCALHOST, address.port())) } else { address }
}

/// Waits until nobody holds the other end any more. On a thread of its own, which no end of the process waits for.
async fn end_of_stdin() {
    let (sender, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let mut some = [0; 64];
        while std::io::stdin().read(&mut some).is_ok_and(|bytes| bytes > 0) {}
        let _ = sender.send(());
    });
    let _ = ended.await;
}
