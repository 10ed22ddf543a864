use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::layout::{Layout, remove_dir_all};
use crate::process::{Launch, Signals, recorded};
use crate::programs::Programs;
use crate::server::{Kind, exited};
use crate::{Error, Server};

/// The startup message of protocol 3.0 after its length: user and database are both `hbs`.
const STARTUP: &[u8] = b"\x00\x03\x00\x00user\0hbs\0database\0hbs\0\0";
const TERMINATE: &[u8] = b"X\x00\x00\x00\x04";

/// For all servers; the rest is as installed.
const SETTINGS: [&str; 7] = [
    "listen_addresses=127.0.0.1",
    // Not needed, and its path could be too long.
    "unix_socket_directories=",
    "max_connections=300",
    // A test makes all tables in one transaction, which locks each of them and their indexes, and several do so at once.
    "max_locks_per_transaction=256",
    "shared_buffers=256MB",
    "jit=off",
    "timezone=UTC",
];

/// For data that no power failure must survive. Commits are still handed to the system before they
/// are acknowledged, so that they survive the end of the server.
const NOT_DURABLE: [&str; 2] = ["fsync=off", "full_page_writes=off"];

pub(crate) fn url(port: u16) -> String {
    format!("postgres://hbs@127.0.0.1:{port}/hbs")
}

pub(crate) fn server(programs: &Programs, layout: &Layout, port: u16, durable: bool) -> Server {
    let mut arguments = vec!["-D".into(), data(layout).into()];
    arguments.extend(["-p".into(), port.to_string().into()]);
    arguments.extend(settings(durable));
    Server {
        kind: Kind::Postgres,
        port,
        launch: launch(layout, Kind::Postgres.name(), programs.postgres.clone(), arguments, Kind::Postgres.signals()),
    }
}

/// Makes the data directory with the database `hbs`, unless it is there. Only for the holder of
/// the starting lock.
pub(crate) async fn create_database(programs: &Programs, layout: &Layout, durable: bool) -> Result<(), Error> {
    if data(layout).exists() {
        return Ok(());
    }
    // Under another name until it is complete: we may be killed at any moment.
    let new = layout.postgres.join("new");
    stop_creation(layout).await?;
    remove_dir_all(&new)?;
    run(&initdb(programs, layout, &new, durable), "").await?;
    let single_user = single_user(programs, layout, &new, durable);
    run(&single_user, "CREATE DATABASE hbs\n").await?;
    let data = data(layout);
    fs::rename(&new, &data).map_err(Error::io("create", &data))
}

/// Removes PostgreSQL's own lock of the data directory if the process in it is another program.
/// After a power failure the number can be that of anything, and PostgreSQL would refuse to start.
pub(crate) fn remove_stale_lock(layout: &Layout) -> Result<(), Error> {
    let lock = data(layout).join("postmaster.pid");
    let Ok(text) = fs::read_to_string(&lock) else {
        return Ok(());
    };
    let pid = text.lines().next().unwrap_or_default();
    match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(command) if !String::from_utf8_lossy(&command).contains("postgres") => {
            fs::remove_file(&lock).map_err(Error::io("remove", &lock))
        }
        // Either it may be in use, or there is no such process, which PostgreSQL itself notices.
        _ => Ok(()),
    }
}

fn data(layout: &Layout) -> PathBuf {
    layout.postgres.join("data")
}

fn settings(durable: bool) -> impl Iterator<Item = OsString> {
    let not_durable = if durable { &[][..] } else { &NOT_DURABLE };
    SETTINGS.iter().chain(not_durable).flat_map(|setting| ["-c".into(), (*setting).into()])
}

fn initdb(programs: &Programs, layout: &Layout, data: &Path, durable: bool) -> Launch {
    let mut arguments: Vec<OsString> =
        ["--username=hbs", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"].map(OsString::from).into();
    if !durable {
        arguments.push("--no-sync".into());
    }
    arguments.extend(["-D".into(), data.into()]);
    creation(layout, programs.initdb.clone(), arguments)
}

/// PostgreSQL without a network, which executes its standard input.
fn single_user(programs: &Programs, layout: &Layout, data: &Path, durable: bool) -> Launch {
    let mut arguments: Vec<OsString> = vec!["--single".into(), "-D".into(), data.into()];
    arguments.extend(settings(durable));
    arguments.push("postgres".into());
    creation(layout, programs.postgres.clone(), arguments)
}

const CREATION: &str = "postgres-creation";
/// Maximum time that an interrupted creation may go on before it is killed.
const CREATION_STOP_LIMIT: Duration = Duration::from_secs(10);

fn creation(layout: &Layout, program: PathBuf, arguments: Vec<OsString>) -> Launch {
    // Interrupted, it is done anew from the start; but only killed, it leaves shared memory.
    let signals = Signals { stop: "TERM", discard: "TERM" };
    launch(layout, CREATION, program, arguments, signals)
}

/// Ends what a killed process of ours began.
async fn stop_creation(layout: &Layout) -> Result<(), Error> {
    match recorded(&layout.pid_file(CREATION)) {
        Some(process) => process.stop("TERM", CREATION_STOP_LIMIT).await,
        None => Ok(()),
    }
}

async fn run(launch: &Launch, input: &str) -> Result<(), Error> {
    let failed = |source| Error::io("run", &launch.program)(source);
    let mut child = launch.command()?.stdin(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // If it does not read its input, its exit status says so.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let status = child.wait().await.map_err(failed)?;
    if status.success() { Ok(()) } else { Err(exited(Kind::Postgres, launch)) }
}

fn launch(layout: &Layout, name: &str, program: PathBuf, arguments: Vec<OsString>, signals: Signals) -> Launch {
    Launch {
        program,
        arguments,
        user: layout.postgres_user,
        dir: layout.postgres.clone(),
        log: layout.log(name),
        pid_file: layout.pid_file(name),
        signals,
    }
}

/// Returns `true` if the server lets the user `hbs` into the database `hbs`.
pub(crate) async fn answers(port: u16) -> io::Result<bool> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let length = u32::try_from(STARTUP.len() + 4).map_err(io::Error::other)?;
    stream.write_u32(length).await?;
    stream.write_all(STARTUP).await?;
    loop {
        match read_message(&mut stream).await? {
            b'Z' => break,
            b'E' => return Ok(false),
            _ => {}
        }
    }
    stream.write_all(TERMINATE).await?;
    Ok(true)
}

/// Reads a message and returns its type.
async fn read_message(stream: &mut TcpStream) -> io::Result<u8> {
    let kind = stream.read_u8().await?;
    let length = stream.read_u32().await?;
    let mut body = stream.take(u64::from(length.saturating_sub(4)));
    tokio::io::copy(&mut body, &mut tokio::io::sink()).await?;
    Ok(kind)
}
