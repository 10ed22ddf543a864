//! Requests to addresses that users name: to the internet, and never to what only this machine can reach.
//!
//! An address is checked before each request, redirects included, which are followed here and not by the client. A name
//! is resolved by `Guard`, and the client connects to just the addresses that it lets through: no second answer
//! of a name server can slip in between check and connection. There is no proxy that would resolve it anew.
use crate::{Error, Result, tls};
use futures_util::future::BoxFuture;
use http::{HeaderMap, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Maximum time of a request, redirects included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Maximum time of what is posted, until enough of the answer is read.
const POST_TIMEOUT: Duration = Duration::from_secs(15);
const MAX_REDIRECTS: usize = 3;
/// Connections to a host that are kept open while nothing is sent: those of a large round of a webhook.
const MAX_IDLE: usize = 32;
/// Time for which such a connection is kept: each needs a file of the process.
const IDLE: Duration = Duration::from_secs(5);
const PORTS: [u16; 2] = [80, 443];

/// Client that asks servers which users name.
pub struct Outgoing {
    client: Client,
    is_unguarded: bool,
}

/// Validators of something that was fetched before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// Answer of a server.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The content is unchanged.
    NotModified,
    Body {
        bytes: Vec<u8>,
        known: Known,
    },
}

/// Answer of a server to what was posted to it, whatever it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Posted {
    pub status: StatusCode,
    /// Header by which the server asks to be left alone for a while.
    pub retry_after: Option<String>,
    /// The beginning of the body; the rest was not read.
    pub body: Vec<u8>,
}

/// How names become addresses.
type Lookup = for<'a> fn(&'a str) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;

/// Asks the resolver of the machine.
fn look_up(name: &str) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

impl Outgoing {
    /// Makes a client. Unguarded, for development and tests: also `http`, any port and any address.
    pub fn new(is_unguarded: bool) -> Result<Self> {
        Self::resolving(is_unguarded, look_up)
    }

    fn resolving(is_unguarded: bool, look_up: Lookup) -> Result<Self> {
        tls::use_ring();
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(Arc::new(Guard { is_unguarded, look_up }))
            .pool_max_idle_per_host(MAX_IDLE)
            .pool_idle_timeout(IDLE)
            .user_agent(concat!("HBS/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, is_unguarded })
    }

    /// Returns the fault of an address, as far as the address itself shows it.
    pub fn check(&self, url: &str) -> Result<Url, String> {
        let url: Url = url.parse().map_err(|_| "is not a web address")?;
        check(&url, self.is_unguarded)?;
        Ok(url)
    }

    /// Fetches something of at most so many bytes. The text of an error is for whoever named the address, and does not
    /// hold it.
    pub async fn get(&self, url: &str, known: &Known, max_bytes: usize) -> Result<Fetched, String> {
        let all = tokio::time::timeout(TIMEOUT, self.follow(url, known, max_bytes)).await;
        all.unwrap_or_else(|_| Err(format!("the server took longer than {} s", TIMEOUT.as_secs())))
    }

    /// Posts a text, and reads at most so many bytes of the answer. Redirects are not followed: they are answers like others.
    /// The text of an error is for whoever named the address, and does not hold it.
    pub async fn post(&self, url: &str, headers: HeaderMap, body: String, max_bytes: usize) -> Result<Posted, String> {
        self.post_within(POST_TIMEOUT, url, headers, body, max_bytes).await
    }

    async fn post_within(
        &self,
        limit: Duration,
        url: &str,
        headers: HeaderMap,
        body: String,
        max_bytes: usize,
    ) -> Result<Posted, String> {
        let all = tokio::time::timeout(limit, self.hand_over(url, headers, body, max_bytes)).await;
        all.unwrap_or_else(|_| Err(format!("the server took longer than {} s", limit.as_secs())))
    }

    async fn hand_over(&self, url: &str, headers: HeaderMap, body: String, max_bytes: usize) -> Result<Posted, String> {
        let url = self.check(url).map_err(|wrong| format!("the address {wrong}"))?;
        let mut response = self.client.post(url).headers(headers).body(body).send().await.map_err(|error| failure(&error))?;
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        while body.len() < max_bytes {
            let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? else { break };
            let fits = chunk.len().min(max_bytes - body.len());
            body.extend_from_slice(&chunk[..fits]);
        }
        Ok(Posted { status: response.status(), retry_after, body })
    }

    async fn follow(&self, url: &str, known: &Known, max_bytes: usize) -> Result<Fetched, String> {
        let mut url = self.check(url).map_err(|wrong| format!("the address {wrong}"))?;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.ask(url.clone(), known).await?;
            match response.status() {
                StatusCode::NOT_MODIFIED => return Ok(Fetched::NotModified),
                status if status.is_redirection() => url = self.redirected(&url, &response)?,
                status if status.is_success() => return read(response, max_bytes).await,
                status => return Err(format!("the server answered {}", status.as_u16())),
            }
        }
        Err(format!("the server redirected more than {MAX_REDIRECTS} times"))
    }

    async fn ask(&self, url: Url, known: &Known) -> Result<Response, String> {
        let mut request = self.client.get(url);
        if let Some(etag) = &known.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &known.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, last_modified);
        }
        request.send().await.map_err(|error| failure(&error))
    }

    fn redirected(&self, from: &Url, response: &Response) -> Result<Url, String> {
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let location = location.ok_or("the server redirected to nowhere")?;
        let url = from.join(location).map_err(|_| "the server redirected to what is not an address")?;
        check(&url, self.is_unguarded).map_err(|wrong| format!("the server redirected to an address that {wrong}"))?;
        Ok(url)
    }
}

async fn read(mut response: Response, max_bytes: usize) -> Result<Fetched, String> {
    let too_large = || format!("it has more than {max_bytes} bytes");
    if response.content_length().is_some_and(|length| usize::try_from(length).map_or(true, |length| length > max_bytes)) {
        return Err(too_large());
    }
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let known = Known { etag: text(header::ETAG), last_modified: text(header::LAST_MODIFIED) };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if bytes.len() + chunk.len() > max_bytes {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Fetched::Body { bytes, known })
}

/// Words a failure without the address, which may hold a secret.
fn failure(error: &reqwest::Error) -> String {
    if is_refused(error) {
        return "the address is not one of the internet".into();
    }
    if error.is_connect() { "the server could not be reached".into() } else { "the connection broke off".into() }
}

fn is_refused(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<NotPublic>() {
            return true;
        }
        source = error.source();
    }
    false
}

fn check(url: &Url, is_unguarded: bool) -> Result<(), String> {
    let is_secure = url.scheme() == "https" || (is_unguarded && url.scheme() == "http");
    if !is_secure {
        return Err("must begin with https://".into());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a name or a password".into());
    }
    if !is_unguarded && url.port().is_some_and(|port| !PORTS.contains(&port)) {
        return Err("must be at port 80 or 443".into());
    }
    let host = url.host_str().unwrap_or_default();
    // A number is not resolved, so the guard would not see it.
    let number: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    if !is_unguarded && number.is_some_and(|address| !is_public(address)) {
        return Err(NotPublic.to_string());
    }
    Ok(())
}

/// Reason why a name is not connected to.
#[derive(Debug, thiserror::Error)]
#[error("is not one of the internet")]
struct NotPublic;

/// Resolver of names that refuses those that lead to where only this machine can go.
struct Guard {
    is_unguarded: bool,
    look_up: Lookup,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let Self { is_unguarded, look_up } = *self;
        Box::pin(async move {
            let found = look_up(name.as_str()).await?;
            if !is_unguarded && found.iter().any(|address| !is_public(address.ip())) {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// Networks that are not the internet's: the special ones of IANA's registry.
const NOT_PUBLIC_V4: [(Ipv4Addr, u32); 14] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, what is reserved, and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];
/// Within 2000::/3, outside of which nothing is public: neither loopback, link-local and unique local addresses nor those
/// that hold an IPv4 address (`::ffff:…`, `64:ff9b::…`).
const NOT_PUBLIC_V6: [(Ipv6Addr, u32); 4] = [
    // Teredo and other protocols.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4: an IPv4 address in disguise.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
const PUBLIC_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Returns `true` if an address is one of the internet.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let in_network =
                |(network, length): &(Ipv4Addr, u32)| (address.to_bits() ^ network.to_bits()).leading_zeros() >= *length;
            !NOT_PUBLIC_V4.iter().any(in_network)
        }
        IpAddr::V6(address) => {
            let in_network =
                |(network, length): &(Ipv6Addr, u32)| (address.to_bits() ^ network.to_bits()).leading_zeros() >= *length;
            in_network(&PUBLIC_V6) && !NOT_PUBLIC_V6.iter().any(in_network)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internet_is_public() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "fe80::1",
            "fec0::1",
            "fc00::1",
            "fd12:3456::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2001:10::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
        ] {
            assert!(!is_public(address.parse().expect(address)), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "193.0.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::1",
            "2003::1",
        ] {
            assert!(is_public(address.parse().expect(address)), "{address}");
        }
    }

    #[tokio::test]
    async fn addresses_that_lead_elsewhere_are_refused() {
        let guarded = Outgoing::new(false).expect("a client");
        for url in [
            "http://example.com/a.ics",
            "ftp://example.com/a.ics",
            "file:///etc/passwd",
            "https://user@example.com/",
            "https://user:secret@example.com/",
            "https://example.com:8443/",
            "https://example.com:22/",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://017700000001/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[::ffff:7f00:1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[fe80::1]/",
            "https://127.1/",
            "https://0/",
            "https://127.0.0.1./",
            "https://127.0.0.1:443/",
            "https://%31%32%37.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "not an address",
            "https://",
        ] {
            guarded.check(url).expect_err(url);
            guarded.get(url, &Known::default(), 10).await.expect_err(url);
        }
        for url in ["https://example.com/a.ics?s=1", "https://example.com:443/", "https://8.8.8.8/"] {
            guarded.check(url).expect(url);
        }
        // By its name, which is looked up when it is connected to.
        let error = guarded.get("https://localhost/a.ics", &Known::default(), 10).await.expect_err("loopback");
        assert_eq!(error, "the address is not one of the internet");
        for name in ["https://localhost./", "https://LOCALHOST/", "https://ip6-localhost/"] {
            guarded.get(name, &Known::default(), 10).await.expect_err(name);
        }
        Outgoing::new(true).expect("a client").check("http://127.0.0.1:8080/a.ics").expect("for tests");
    }

    /// Answers of a name server that changes its mind: the first is of the internet, all others of this machine.
    static ASKED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

    fn rebinding(_: &str) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
        let first = ASKED.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        let address: SocketAddr = if first { ([8, 8, 8, 8], 0).into() } else { ([127, 0, 0, 1], 0).into() };
        Box::pin(async move { Ok(vec![address]) })
    }

    /// T-wh-ssrf: the answer that is checked is the one that is connected to, so there is none to be changed in between.
    #[tokio::test]
    async fn a_name_that_is_bound_anew_leads_nowhere() {
        let guard = Guard { is_unguarded: false, look_up: rebinding };
        let resolve = async || guard.resolve("rebind.example".parse().expect("a name")).await;
        let first: Vec<SocketAddr> = resolve().await.expect("public").collect();
        assert_eq!(first, [SocketAddr::from(([8, 8, 8, 8], 0))], "what was checked is what is handed on");
        assert!(resolve().await.is_err_and(|error| error.is::<NotPublic>()));
        let client = Outgoing::resolving(false, rebinding).expect("a client");
        let posted = client.post("https://rebind.example/hook", HeaderMap::new(), "{}".into(), 10).await;
        assert_eq!(posted, Err("the address is not one of the internet".into()));
    }

    /// T-wh-ssrf: what is posted is guarded as what is fetched is.
    #[tokio::test]
    async fn nothing_is_posted_to_this_machine() {
        let guarded = Outgoing::new(false).expect("a client");
        for url in [
            "http://example.com/",
            "https://user:secret@example.com/",
            "https://example.com:25/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://017700000001/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://localhost/",
            "https://169.254.169.254/latest/meta-data/",
        ] {
            guarded.post(url, HeaderMap::new(), "{}".into(), 10).await.expect_err(url);
        }
    }

    /// A server of one connection that answers in its own way: `pause` before each piece of the body, which has no end. Says
    /// how many bytes it could get rid of.
    async fn endless(piece: &'static [u8], pause: Duration) -> (String, tokio::task::JoinHandle<usize>) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).await.expect("a request") > 0);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n").await.expect("a head");
            let mut written = 0;
            while stream.write_all(piece).await.is_ok() {
                written += piece.len();
                tokio::time::sleep(pause).await;
            }
            written
        });
        (url, served)
    }

    /// T-wh-dead: of an answer without end, the beginning is read and the rest is not.
    #[tokio::test]
    async fn an_endless_answer_is_cut() {
        let (url, served) = endless(&[b'x'; 16 * 1024], Duration::ZERO).await;
        let client = Outgoing::new(true).expect("a client");
        let posted = client.post(&url, HeaderMap::new(), "{}".into(), 64 * 1024).await.expect("an answer");
        assert_eq!((posted.status, posted.body.len()), (StatusCode::OK, 64 * 1024));
        let written = served.await.expect("an end");
        assert!(written < 64 * 1024 * 1024, "{written} bytes were taken");
    }

    /// T-wh-dead: whoever answers byte by byte is cut, whatever came so far.
    #[tokio::test]
    async fn an_answer_that_drips_is_cut() {
        let (url, served) = endless(b"x", Duration::from_millis(20)).await;
        let client = Outgoing::new(true).expect("a client");
        let limit = Duration::from_secs(1);
        let posted = client.post_within(limit, &url, HeaderMap::new(), "{}".into(), 64 * 1024).await;
        assert_eq!(posted, Err("the server took longer than 1 s".into()));
        assert!(served.await.expect("an end") < 1000);
    }
}
