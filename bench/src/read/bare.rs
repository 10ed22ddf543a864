//! The limit of a read: an axum handler that returns bytes it already has. It runs as its own process
//! (`hbs-bench bare`, hidden), with a runtime like the server's.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;
use clap::Args;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::error::{Context, Result};
use crate::verdict::Verdict;

#[derive(Debug, Args)]
pub struct BareArgs {
    /// The path that is answered.
    path: String,
    /// The file that holds the body of the answer.
    body: PathBuf,
}

/// Prints its URL and serves until it is killed.
pub async fn run(args: BareArgs) -> Result<Verdict> {
    let body = std::fs::read(&args.body).context(format!("cannot read {}", args.body.display()))?;
    let body = Bytes::from(body);
    let handler = move || async move { ([(CONTENT_TYPE, "application/json")], body) };
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen")?;
    println!("http://{}", listener.local_addr().context("cannot listen")?);
    axum::serve(listener, Router::new().route(&args.path, get(handler))).await.context("cannot serve")?;
    Ok(Verdict::Passed)
}

/// Starts the handler in a process of its own, which ends with the returned child.
pub async fn spawn(path: &str, body: &Path) -> Result<(Child, String)> {
    let program = env::current_exe().context("cannot find this program")?;
    let mut process = Command::new(program)
        .args(["bare".as_ref(), path.as_ref(), body.as_os_str()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start the bare handler")?;
    let output = process.stdout.take().context("the bare handler has no output")?;
    let mut lines = BufReader::new(output).lines();
    let url = lines.next_line().await.context("cannot read from the bare handler")?;
    Ok((process, url.context("the bare handler did not start")?))
}
