//! A lean load generator: HTTP/1.1 over kept connections, each of which sends its next request when it
//! has read the whole answer to the one before. It shares the machine with what it measures, so
//! what it does not do counts as much as what it does.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};

use crate::error::{Context, Error, Result};
use crate::stats::{per_second, percentile};

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
const READ_AHEAD: usize = 16 * 1024;
/// Number of characters of an unexpected answer that an error message quotes.
const QUOTED: usize = 600;

/// The address of a server from its `http://` URL.
pub async fn address(url: &str) -> Result<SocketAddr> {
    let plain = url.strip_prefix("http://").context(format!("{url} is not a plain http:// address"))?;
    let authority = plain.split('/').next().unwrap_or_default();
    let host = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let mut found = lookup_host(&host).await.context(format!("cannot find {host}"))?;
    found.next().context(format!("{host} has no address"))
}

/// A request with its head and body, as it goes over the wire.
pub fn get(path: &str, bearer: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {bearer}\r\n\r\n").into_bytes()
}

/// Makes a GET request of somebody who is not signed in.
pub fn get_public(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n").into_bytes()
}

pub fn post(path: &str, bearer: &str, idempotency_key: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {bearer}\r\nIdempotency-Key: {idempotency_key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Makes a POST request of somebody who is not signed in.
pub fn post_public(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, in the buffer of its connection.
pub struct Answer<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.context(format!("cannot connect to {address}"))?;
        stream.set_nodelay(true).context("cannot set TCP_NODELAY")?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_AHEAD) })
    }

    pub async fn exchange(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.buffer.clear();
        self.stream.write_all(request).await.context("cannot send a request")?;
        let head_end = loop {
            self.read_more().await?;
            if let Some(end) = find(&self.buffer, END_OF_HEAD) {
                break end;
            }
        };
        let head = Head::parse(&self.buffer[..head_end])?;
        let body = head_end + END_OF_HEAD.len();
        let end = body + head.content_length;
        while self.buffer.len() < end {
            self.read_more().await?;
        }
        Ok(Answer { status: head.status, body: &self.buffer[body..end] })
    }

    async fn read_more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.buffer).await.context("cannot read an answer")? {
            0 => Err(Error::new("the server closed a connection in the middle of an answer")),
            _ => Ok(()),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    content_length: usize,
}

impl Head {
    fn parse(head: &[u8]) -> Result<Self> {
        let head = str::from_utf8(head).context("the head of an answer is not text")?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let content_length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok());
        match (status, content_length) {
            (Some(status), Some(content_length)) => Ok(Self { status, content_length }),
            _ => Err(Error::new(format!("an answer without a length:\n{head}"))),
        }
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// A load: the same kind of request over some connections for a while.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub address: SocketAddr,
    pub connections: usize,
    pub duration: Duration,
    /// Expected status; any other ends the load with an error.
    pub expected: u16,
}

#[derive(Debug, Default)]
pub struct Measured {
    /// Latencies of the requests, sorted.
    pub latencies: Vec<Duration>,
    pub elapsed: Duration,
}

impl Measured {
    pub fn per_second(&self) -> f64 {
        per_second(self.latencies.len(), self.elapsed)
    }

    pub fn percentile(&self, percent: usize) -> Duration {
        percentile(&self.latencies, percent)
    }

    /// Joins several rounds into one.
    pub fn together(rounds: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::default();
        for round in rounds {
            all.latencies.extend(round.latencies);
            all.elapsed += round.elapsed;
        }
        all.latencies.sort_unstable();
        all
    }
}

impl Load {
    /// Runs the load. `request` makes the bytes of each request.
    pub async fn run(&self, request: impl Fn() -> Vec<u8> + Clone + Send + 'static) -> Result<Measured> {
        let opened = (0..self.connections).map(|_| Connection::open(self.address));
        let connections = try_join_all(opened).await?;
        let began = Instant::now();
        let until = began + self.duration;
        let expected = self.expected;
        let clients = connections.into_iter().map(|connection| {
            let request = request.clone();
            tokio::spawn(client(connection, request, expected, until))
        });
        let results = try_join_all(clients).await.context("a client failed")?;
        let elapsed = began.elapsed();
        let mut latencies = Vec::new();
        for result in results {
            latencies.extend(result?);
        }
        latencies.sort_unstable();
        Ok(Measured { latencies, elapsed })
    }
}

async fn client(
    mut connection: Connection,
    request: impl Fn() -> Vec<u8>,
    expected: u16,
    until: Instant,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    loop {
        let request = request();
        let sent = Instant::now();
        if sent >= until {
            return Ok(latencies);
        }
        let answer = connection.exchange(&request).await?;
        if answer.status != expected {
            return Err(unexpected(&answer));
        }
        latencies.push(sent.elapsed());
    }
}

fn unexpected(answer: &Answer<'_>) -> Error {
    let body = &answer.body[..answer.body.len().min(QUOTED)];
    Error::new(format!("unexpected answer {}: {}", answer.status, String::from_utf8_lossy(body)))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn a_head_gives_status_and_length() {
        let head = Head::parse(b"HTTP/1.1 201 Created\r\nDate: x\r\nCONTENT-LENGTH: 12").expect("a head");
        assert_eq!(head, Head { status: 201, content_length: 12 });
        assert!(Head::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked").is_err());
        assert!(Head::parse(b"nonsense").is_err());
    }

    /// Answers each request of one connection with the given bytes, in two pieces.
    async fn serve(answer: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 1024];
            while stream.read(&mut request).await.expect("a request") > 0 {
                let (first, second) = answer.split_at(answer.len() / 2);
                stream.write_all(first).await.expect("sent");
                stream.flush().await.expect("sent");
                stream.write_all(second).await.expect("sent");
            }
        });
        address
    }

    #[tokio::test]
    async fn answers_are_read_whole_and_timed() {
        let address = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").await;
        let load = Load { address, connections: 1, duration: Duration::from_millis(50), expected: 200 };
        let measured = load.run(|| get("/", "token")).await.expect("measured");
        assert!(!measured.latencies.is_empty());
        assert!(measured.elapsed >= Duration::from_millis(50));
    }

    #[tokio::test]
    async fn another_status_is_an_error_with_the_body() {
        let address = serve(b"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nlater").await;
        let load = Load { address, connections: 1, duration: Duration::from_secs(1), expected: 200 };
        let error = load.run(|| get("/", "token")).await.expect_err("refused");
        assert_eq!(error.to_string(), "unexpected answer 503: later");
    }
}
