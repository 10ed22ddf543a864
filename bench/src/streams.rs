//! `hbs-bench streams`: the memory of event streams that nothing happens on, whether heartbeats keep them open, and whether
//! others are answered while there are as many as there may be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use hbs::connections::max_files;
use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout_at};

use crate::api::Api;
use crate::database::print_check;
use crate::error::{Context, Error, Result};
use crate::load::{Connection, address, get};
use crate::progress::Progress;
use crate::server::{Needs, OwnArgs, OwnServer};
use crate::verdict::Verdict;

const PATH: &str = "/v1/notifications/stream";
/// A request of others.
const ME: &str = "/v1/me";
const ANSWERED: u16 = 200;
const OK: &[u8] = b"HTTP/1.1 200 ";
const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// The first event of a stream.
const READY: &[u8] = b"event: ready\n";
const HEARTBEAT: &[u8] = b": alive\n";
/// Status of the answer to one stream too many.
const FULL: u16 = 503;
/// Seconds for which a connection may be silent; heartbeats come every 15.
const IDLE_SECONDS: &str = "20";
/// Most memory of a stream, in bytes.
const BUDGET: u64 = 30_000;
/// Registrations under way at once.
const REGISTRATIONS: usize = 4;
/// Streams that are being opened at once: fewer than one address may have connections.
const OPENED_AT_ONCE: usize = 64;
/// Files of this program besides its streams.
const OTHER_FILES: usize = 128;
/// Time in which the server has begun to read the record.
const START_LIMIT: Duration = Duration::from_secs(30);
const START_POLL: Duration = Duration::from_millis(50);

#[derive(Debug, Args)]
pub struct StreamsArgs {
    /// Number of streams.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    streams: u32,
    /// Number of streams of each person.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10))]
    per_person: u32,
    /// Seconds for which the streams stay open, longer than a connection may be silent.
    #[arg(long, default_value_t = 45, value_parser = clap::value_parser!(u64).range(25..=600))]
    seconds: u64,
    /// Fail if a stream takes more memory than the budget.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    own: OwnArgs,
}

pub async fn run(args: StreamsArgs) -> Result<Verdict> {
    let count = usize::try_from(args.streams).context("too many streams")?;
    if max_files().is_some_and(|files| files < count + OTHER_FILES) {
        return Err(Error::new(format!("{count} streams need more open files: ulimit -n {}", count + OTHER_FILES)));
    }
    let mut own = OwnServer::start(&args.own, Needs::default()).await?;
    let tokens = register(&own.sign_in().await?, 1 + args.streams.div_ceil(args.per_person)).await?;
    let (other, tokens) = tokens.split_first().context("nobody was registered")?;
    // Anew, so that the memory in which passwords were hashed does not hide that of the streams; and with one stream more, which
    // is open before memory is measured.
    let most = (count + 1).to_string();
    own.restart(&[("HBS_MAX_STREAMS", most.as_str()), ("HBS_IDLE_TIMEOUT_SECONDS", IDLE_SECONDS)]).await?;
    let address = address(own.url()).await?;
    let _first = first(address, other).await?;

    let before = own.resident_bytes()?;
    let opened = open(address, tokens, count).await?;
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let streams = join_all(opened.into_iter().map(|stream| stream.listen(until))).await;
    let after = own.resident_bytes()?;
    let of_each = after.saturating_sub(before) / u64::from(args.streams);
    println!(
        "{count} streams of {} people: {} MB before, {} MB after {} s, {} kB each (budget {} kB)",
        tokens.len(),
        before / 1_000_000,
        after / 1_000_000,
        args.seconds,
        of_each.div_ceil(1000),
        BUDGET / 1000
    );
    let violations = check(&streams) + check_others(address, other).await?;
    own.stop().await?;
    Ok(Verdict::passed_if(violations == 0 && (!args.strict || of_each <= BUDGET)))
}

#[derive(Deserialize)]
struct Registered {
    access_token: String,
}

/// Makes people, and returns their access tokens.
async fn register(api: &Api, people: u32) -> Result<Vec<Arc<str>>> {
    let progress = Progress::new("accounts", usize::try_from(people).unwrap_or(usize::MAX));
    let registered = stream::iter(0..people).map(|number| {
        let progress = &progress;
        async move {
            let email = format!("listener-{number:05}@bench.test");
            let body = json!({"email": email, "password": format!("Bench-{number}-correct-horse-battery"), "full_name": "Bench"});
            let Registered { access_token } = api.post("/auth/register", &body).await.context("cannot register an account")?;
            progress.step();
            Ok::<_, Error>(Arc::<str>::from(access_token))
        }
    });
    let tokens = registered.buffer_unordered(REGISTRATIONS).try_collect().await?;
    progress.finish();
    Ok(tokens)
}

/// A client that listens to a stream.
struct Listener {
    stream: TcpStream,
    /// All that has come.
    text: Vec<u8>,
    has_ended: bool,
}

impl Listener {
    /// Opens a stream, and waits for its first event.
    async fn open(address: SocketAddr, bearer: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context("cannot connect for a stream")?;
        let mut listener = Self { stream, text: Vec::new(), has_ended: false };
        listener.stream.write_all(&get(PATH, bearer)).await.context("cannot ask for a stream")?;
        while !contains(&listener.text, READY) {
            let is_refused = contains(&listener.text, END_OF_HEAD) && !listener.text.starts_with(OK);
            if is_refused || listener.stream.read_buf(&mut listener.text).await.context("cannot read a stream")? == 0 {
                return Err(Error::new(format!("no stream: {}", String::from_utf8_lossy(&listener.text))));
            }
        }
        Ok(listener)
    }

    /// Listens for a while, or until the stream ends.
    async fn listen(mut self, until: Instant) -> Self {
        loop {
            match timeout_at(until, self.stream.read_buf(&mut self.text)).await {
                Err(_) => return self,
                Ok(Ok(length)) if length > 0 => {}
                Ok(_) => return Self { has_ended: true, ..self },
            }
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Opens one stream, once the server can tell what happens.
async fn first(address: SocketAddr, bearer: &str) -> Result<Listener> {
    let began = Instant::now();
    loop {
        match Listener::open(address, bearer).await {
            Err(_) if began.elapsed() < START_LIMIT => sleep(START_POLL).await,
            opened => return opened,
        }
    }
}

/// Opens so many streams of these people, each of whom has about as many.
async fn open(address: SocketAddr, tokens: &[Arc<str>], count: usize) -> Result<Vec<Listener>> {
    let progress = Progress::new("streams", count);
    let opened = stream::iter(tokens.iter().cycle().take(count)).map(|token| {
        let progress = &progress;
        async move {
            let listener = Listener::open(address, token).await?;
            progress.step();
            Ok::<_, Error>(listener)
        }
    });
    let streams = opened.buffer_unordered(OPENED_AT_ONCE).try_collect().await?;
    progress.finish();
    Ok(streams)
}

/// Counts the streams that have ended, and those without a heartbeat.
fn check(streams: &[Listener]) -> i64 {
    let count = |is_so: fn(&Listener) -> bool| {
        let number = streams.iter().filter(|stream| is_so(stream)).count();
        i64::try_from(number).unwrap_or(i64::MAX)
    };
    let (ended, silent) = (count(|stream| stream.has_ended), count(|stream| !contains(&stream.text, HEARTBEAT)));
    print_check("heartbeats keep a stream open beyond the time for which a connection may be silent", ended);
    print_check("every stream has heartbeats", silent);
    ended + silent
}

/// While there are as many streams as there may be, one more is refused, and requests are answered.
async fn check_others(address: SocketAddr, bearer: &str) -> Result<i64> {
    let mut connection = Connection::open(address).await?;
    let refused = i64::from(connection.exchange(&get(PATH, bearer)).await?.status != FULL);
    print_check("one stream more than there may be is refused", refused);
    let answered = i64::from(connection.exchange(&get(ME, bearer)).await?.status != ANSWERED);
    print_check("requests are answered beside as many streams as there may be", answered);
    Ok(refused + answered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_in_what_has_come() {
        let text = b"HTTP/1.1 200 OK\r\n\r\n1f\r\nid: 7\nevent: ready\ndata: {}\n\n\r\n10\r\n: alive\nid: 7\n\n\r\n";
        assert!(text.starts_with(OK) && contains(text, READY) && contains(text, HEARTBEAT));
        assert!(!contains(&text[..30], READY) && !contains(b"", READY));
    }
}
