//! Connections over the network: slow ones end, idle ones make room, and refused bodies break none.
use crate::support::{TestApp, eventually};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum_server::Handle;
use futures_util::stream;
use hbs::config::Config;
use hbs::connections;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// Time in which everything here ends that is to end after a second.
const SOON: Duration = Duration::from_secs(4);
const GET: &str = "GET /fine HTTP/1.1\r\nHost: hotel.test\r\n\r\n";

/// HBS behind a socket of its own.
struct Served {
    _app: TestApp,
    address: SocketAddr,
    handle: Handle<SocketAddr>,
    task: JoinHandle<()>,
}

impl Served {
    /// Serves these routes, wrapped as those of HBS are.
    async fn routes(routes: Router, change: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::with(change).await;
        let router = hbs::middleware::wrap(routes, &app.app, Arc::default());
        Self::new(app, router)
    }

    fn new(app: TestApp, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener");
        let (address, handle) = (listener.local_addr().expect("an address"), Handle::new());
        let (inside, stop) = (app.app.clone(), handle.clone());
        let task = tokio::spawn(async move {
            connections::serve(&inside, router, listener, stop).await.expect("served");
        });
        Self { _app: app, address, handle, task }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.expect("a connection"))
    }

    /// A connection from another machine, which is this one.
    async fn connect_from(&self, last: u8) -> Client {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0))).expect("an address");
        Client(socket.connect(self.address).await.expect("a connection"))
    }

    async fn assert_healthy(&self) {
        let mut client = self.connect().await;
        for _ in 0..2 {
            client.send(GET.as_bytes()).await;
            assert_eq!(client.answer().await.status, 200);
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.handle.shutdown();
        self.task.abort();
    }
}

struct Client(TcpStream);

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn closes(&self) -> bool {
        self.head.to_lowercase().contains("\r\nconnection: close")
    }
}

impl Client {
    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("sent");
    }

    /// The next answer on the connection.
    async fn answer(&mut self) -> Answer {
        tokio::time::timeout(Duration::from_secs(20), self.read_answer()).await.expect("in time").expect("an answer")
    }

    async fn read_answer(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).expect("text");
        let status = head.split(' ').nth(1).expect("a status").parse().expect("a number");
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .map(|rest| rest.split("\r\n").next().expect("a number").parse::<usize>().expect("a number"));
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Answer { status, head, body })
    }

    /// Returns the time after which the other end closed the connection.
    async fn end(&mut self) -> Duration {
        let began = Instant::now();
        let mut bytes = [0; 4096];
        let all = async { while self.0.read(&mut bytes).await.is_ok_and(|length| length > 0) {} };
        tokio::time::timeout(Duration::from_secs(20), all).await.expect("it ends");
        began.elapsed()
    }

    /// Returns `true` if the other end keeps the connection open for that long.
    async fn lasts(&mut self, time: Duration) -> bool {
        let mut bytes = [0; 4096];
        let all = async { while self.0.read(&mut bytes).await.is_ok_and(|length| length > 0) {} };
        tokio::time::timeout(time, all).await.is_err()
    }

    /// Sends a byte now and then until the other end has closed the connection, and returns how long that took.
    async fn drip(self, bytes: &[u8]) -> Duration {
        let began = Instant::now();
        let (mut reader, mut writer) = self.0.into_split();
        let dripping = async {
            for byte in bytes.iter().cycle() {
                if writer.write_all(&[*byte]).await.is_err() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let mut end = [0; 4096];
        let ended = async { while reader.read(&mut end).await.is_ok_and(|length| length > 0) {} };
        tokio::select! {
            () = dripping => {}
            () = ended => {}
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("it does not end"),
        }
        began.elapsed()
    }
}

fn fine() -> Router {
    Router::new().route("/fine", get(async || "fine")).route("/take", post(async |body: Bytes| body.len().to_string()))
}

fn quick(config: &mut Config) {
    (config.header_timeout_seconds, config.idle_timeout_seconds) = (1, 2);
    (config.request_timeout_seconds, config.response_timeout_seconds) = (1, 1);
}

fn certificate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/support/tls/cert.pem")
}

fn with_tls(config: &mut Config) {
    quick(config);
    config.tls_cert = Some(certificate());
    config.tls_key = Some(certificate().with_file_name("key.pem"));
}

/// S3: heads that drip, first or later ones, and connections that say nothing come to an end, and nobody else waits for them.
#[tokio::test(flavor = "multi_thread")]
async fn heads_that_drip_and_connections_that_wait_end_and_others_go_on() {
    let served = Served::routes(fine(), quick).await;
    let first = async { served.connect().await.drip(b"A").await };
    let whole_line = async {
        let mut client = served.connect().await;
        client.send(b"GET /fine HTTP/1.1\r\nHost: hotel.test\r\n").await;
        client.drip(b"X-Slow: 1\r\n").await
    };
    let second = async {
        let mut client = served.connect().await;
        client.send(GET.as_bytes()).await;
        assert_eq!(client.answer().await.status, 200);
        client.drip(b"GET /fine HTTP/1.1\r\nX-Slow: 1\r\n").await
    };
    let silent = async { served.connect().await.end().await };
    let idle = async {
        let mut client = served.connect().await;
        client.send(GET.as_bytes()).await;
        assert_eq!(client.answer().await.status, 200);
        client.end().await
    };
    let healthy = async {
        let mut client = served.connect().await;
        // For longer than any of the limits, with pauses that are shorter.
        for _ in 0..6 {
            client.send(GET.as_bytes()).await;
            assert_eq!(client.answer().await.body, b"fine");
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        served.assert_healthy().await;
    };
    let (first, whole_line, second, silent, idle, ()) = futures_util::join!(first, whole_line, second, silent, idle, healthy);
    for (what, took, least) in [
        ("the first head", first, 1),
        ("the first head after a line", whole_line, 1),
        ("the second head", second, 1),
        ("nothing at all", silent, 1),
        ("the pause after a request", idle, 2),
    ] {
        let least = Duration::from_secs(least) - Duration::from_millis(100);
        assert!(took >= least && took < SOON, "{what}: {took:?}");
    }
}

/// A stream of events on which nothing happens but for a heartbeat now and then.
fn heartbeats(pause: Duration) -> impl IntoResponse {
    let beats = stream::unfold((), move |()| async move {
        tokio::time::sleep(pause).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b": alive\n\n")), ()))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(beats))
}

/// A stream lasts beyond the time of a connection that waits, as long as it tells something; there are so many and no more, and
/// they keep nobody out who asks something.
#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_outlive_the_idle_limit_and_streams_are_counted_apart() {
    let streams = fine()
        .route("/lively", get(async || heartbeats(Duration::from_millis(200))))
        .route("/silent", get(async || heartbeats(Duration::from_secs(60))));
    let served = Served::routes(streams, |config| {
        quick(config);
        (config.max_streams, config.max_connections_per_address) = (2, 2);
    })
    .await;
    let open = async |path: &str| {
        let mut client = served.connect().await;
        client.send(format!("GET {path} HTTP/1.1\r\nHost: hotel.test\r\n\r\n").as_bytes()).await;
        let answer = client.answer().await;
        (client, answer)
    };
    let (mut lively, begun) = open("/lively").await;
    assert_eq!(begun.status, 200, "{}", begun.head);
    let began = Instant::now();
    let (mut silent, begun) = open("/silent").await;
    assert_eq!(begun.status, 200, "{}", begun.head);
    let (_refused, answer) = open("/lively").await;
    assert_eq!(answer.status, 503, "{}", answer.head);
    let problem = String::from_utf8_lossy(&answer.body);
    assert!(problem.contains("There are as many event streams as there may be."), "{problem}");
    served.assert_healthy().await;

    silent.end().await;
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(1900) && took < SOON, "{took:?}");
    assert!(lively.lasts(Duration::from_secs(3)).await, "it goes on");
    eventually(SOON, async || open("/lively").await.1.status == 200).await;
}

/// A TLS connection that speaks when it is asked to, on a thread that may wait.
fn tls(address: SocketAddr) -> StreamOwned<ClientConnection, std::net::TcpStream> {
    hbs::tls::use_ring();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(certificate()).expect("a certificate")).expect("a root");
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").expect("a name");
    let connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    let stream = std::net::TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_millis(50))).expect("a socket");
    StreamOwned::new(connection, stream)
}

/// Reads until the text has come, or the other end has closed the connection.
fn read_until(stream: &mut impl Read, text: Option<&str>) -> String {
    let (began, mut all, mut bytes) = (Instant::now(), Vec::new(), [0; 4096]);
    loop {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not end");
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(length) => all.extend(&bytes[..length]),
            Err(error) if [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&error.kind()) => {}
            Err(_) => break,
        }
        if text.is_some_and(|text| String::from_utf8_lossy(&all).contains(text)) {
            break;
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Drips over TLS until the other end has closed the connection, and returns how long that took.
fn drip_over_tls(mut stream: StreamOwned<ClientConnection, std::net::TcpStream>, bytes: &[u8]) -> Duration {
    let began = Instant::now();
    for byte in bytes.iter().cycle() {
        assert!(began.elapsed() < Duration::from_secs(20), "it does not end");
        if stream.write_all(&[*byte]).and_then(|()| stream.flush()).is_err() {
            break;
        }
        let mut end = [0; 64];
        match stream.read(&mut end) {
            Err(error) if [std::io::ErrorKind::WouldBlock, std::io::ErrorKind::TimedOut].contains(&error.kind()) => {}
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
    }
    began.elapsed()
}

/// S3: slow clients are no better off over TLS, from the handshake on.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_over_tls_from_the_handshake_on() {
    let served = Served::routes(fine(), with_tls).await;
    let address = served.address;
    let blocking = |work: fn(SocketAddr) -> Duration| tokio::task::spawn_blocking(move || work(address));
    let first = blocking(|address| drip_over_tls(tls(address), b"GET /fine HTTP/1.1\r\nX: 1\r\n"));
    let second = blocking(|address| {
        let mut stream = tls(address);
        stream.write_all(GET.as_bytes()).expect("sent");
        assert!(read_until(&mut stream, Some("fine")).starts_with("HTTP/1.1 200"));
        drip_over_tls(stream, b"GET /fine HTTP/1.1\r\nX: 1\r\n")
    });
    let idle = blocking(|address| {
        let mut stream = tls(address);
        stream.write_all(GET.as_bytes()).expect("sent");
        let answer = read_until(&mut stream, Some("fine"));
        assert!(answer.contains("strict-transport-security"), "{answer}");
        let began = Instant::now();
        read_until(&mut stream, None);
        began.elapsed()
    });
    let silent = async { served.connect().await.end().await };
    // The beginning of a ClientHello, and then no more of it.
    let handshake = async {
        let mut client = served.connect().await;
        client.send(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).await;
        client.end().await
    };
    let (first, second, idle, silent, handshake) = futures_util::join!(first, second, idle, silent, handshake);
    let of_tls = [("the first head", first), ("the second head", second), ("the pause", idle)];
    let of_tls = of_tls.map(|(what, took)| (what, took.expect("a thread")));
    for (what, took) in of_tls.into_iter().chain([("silence", silent), ("half a handshake", handshake)]) {
        assert!(took >= Duration::from_millis(900) && took < SOON, "{what}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_drips_is_given_up_and_so_is_who_does_not_read() {
    let large = get(async || Body::from(vec![b'x'; 64 * 1024 * 1024]));
    let served = Served::routes(fine().route("/large", large), quick).await;
    let dripping = async {
        let mut client = served.connect().await;
        client.send(b"POST /take HTTP/1.1\r\nHost: hotel.test\r\nContent-Length: 200000\r\n\r\n").await;
        let began = Instant::now();
        let (mut reader, mut writer) = client.0.into_split();
        let drip = async {
            while writer.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            std::future::pending::<()>().await;
        };
        let mut answer = Vec::new();
        tokio::select! {
            () = drip => {}
            _ = reader.read_to_end(&mut answer) => {}
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("it does not end"),
        }
        (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
    };
    let unread = async {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small window");
        let mut client = Client(socket.connect(served.address).await.expect("a connection"));
        client.send(b"GET /large HTTP/1.1\r\nHost: hotel.test\r\n\r\n").await;
        // Whoever reads a little now and then holds it no longer than who reads nothing.
        let (mut read, mut bytes) = (0, vec![0; 512]);
        for _ in 0..150 {
            read += client.0.read(&mut bytes).await.unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // What was on its way may come yet.
        bytes.resize(1024 * 1024, 0);
        while let Ok(length @ 1..) = client.0.read(&mut bytes).await {
            read += length;
        }
        read
    };
    let ((answer, took), read, ()) = futures_util::join!(dripping, unread, served.assert_healthy());
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("request.timeout"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert!(read < 64 * 1024 * 1024, "{read} bytes");
}

/// S3: many idle connections of one address make room, and keep nobody out.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_make_room_and_keep_nobody_out() {
    let hanging = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&hanging);
    let hangs = get(async move || {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::pending::<()>().await;
    });
    let served = Served::routes(fine().route("/hangs", hangs), |config| {
        config.max_connections_per_address = 20;
        config.max_connections = 30;
        (config.header_timeout_seconds, config.idle_timeout_seconds) = (60, 60);
    })
    .await;
    let mut waiting = Vec::new();
    for n in 0..20 {
        let mut client = served.connect().await;
        if n % 2 == 0 {
            client.send(b"GET /fine HTTP/1.1\r\n").await;
        } else {
            client.send(GET.as_bytes()).await;
            assert_eq!(client.answer().await.status, 200);
        }
        waiting.push(client);
    }
    let took = async { waiting[0].end().await };
    let ((), took) = futures_util::join!(served.assert_healthy(), took);
    assert!(took < SOON, "the first of them is gone: {took:?}");

    // Those at work stay, and one more is refused at once.
    drop(waiting);
    let mut working = Vec::new();
    for _ in 0..20 {
        let mut client = served.connect().await;
        client.send(b"GET /hangs HTTP/1.1\r\nHost: hotel.test\r\n\r\n").await;
        working.push(client);
    }
    eventually(SOON, async || hanging.load(Ordering::SeqCst) == 20).await;
    let mut one_more = served.connect().await;
    let began = Instant::now();
    let is_refused = one_more.0.write_all(GET.as_bytes()).await.is_err() || one_more.read_answer().await.is_none();
    assert!(is_refused && began.elapsed() < SOON);
    // Others come from elsewhere, up to the number for all, and then the one that has waited longest makes room.
    let mut elsewhere = Vec::new();
    for last in 2..13 {
        let mut client = served.connect_from(last).await;
        client.send(GET.as_bytes()).await;
        assert_eq!(client.answer().await.status, 200, "127.0.0.{last}");
        elsewhere.push(client);
    }
    assert!(elsewhere[0].end().await < SOON);
    elsewhere[10].send(GET.as_bytes()).await;
    assert_eq!(elsewhere[10].answer().await.status, 200);
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("short");
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], content].concat()
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: u8 = 4;
const HEADERS: u8 = 1;
const DATA: u8 = 0;
const PING: u8 = 6;
/// The end of the stream, and of the headers.
const ALL: u8 = 5;

impl Client {
    async fn begin_http2(&mut self) {
        self.send(PREFACE).await;
        self.send(&frame(SETTINGS, 0, 0, &[])).await;
    }

    /// Reads frames until one of a kind.
    async fn frame(&mut self, wanted: u8) -> Vec<u8> {
        loop {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.expect("a frame");
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut content = vec![0; usize::try_from(length).expect("a length")];
            self.0.read_exact(&mut content).await.expect("a frame");
            if head[3] == wanted {
                return content;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_holds_for_http2() {
    let served = Served::routes(fine(), quick).await;
    let questions = frame(PING, 0, 0, &[7; 8]);
    let without_request = async {
        let mut client = served.connect().await;
        client.begin_http2().await;
        let settings = client.frame(SETTINGS).await;
        let value = |name: u16| {
            let found = settings.chunks(6).find(|setting| setting[..2] == name.to_be_bytes());
            found.map(|setting| u32::from_be_bytes(setting[2..6].try_into().expect("four bytes")))
        };
        assert_eq!((value(3), value(6)), (Some(100), Some(16 * 1024)), "streams at once, and size of headers");
        client.drip(&questions).await
    };
    let after_request = async {
        let mut client = served.connect().await;
        client.begin_http2().await;
        // GET, http, /, and a literal :authority with the path after it.
        let headers = [b"\x82\x86\x04\x05/fine\x41\x0ahotel.test".as_slice()].concat();
        client.send(&frame(HEADERS, ALL, 1, &headers)).await;
        assert_eq!(client.frame(DATA).await, b"fine");
        client.drip(&questions).await
    };
    let (without_request, after_request, ()) = futures_util::join!(without_request, after_request, served.assert_healthy());
    assert!(without_request >= Duration::from_millis(900) && without_request < SOON, "{without_request:?}");
    assert!(after_request >= Duration::from_millis(1900) && after_request < SOON, "{after_request:?}");
}

/// S9: an answer that comes before the body was read leaves the connection usable, or says that it ends.
#[tokio::test(flavor = "multi_thread")]
async fn refused_bodies_break_no_connection() {
    let app = TestApp::with(|config| config.body_limit_bytes = 1000).await;
    let token = app.guest().await.access_token().to_owned();
    let router = app.router.clone();
    let served = Served::new(app, router);
    let post = |path: &str, kind: &str, token: Option<&str>, length: usize| {
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: hotel.test\r\n{token}Content-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.into_bytes(), vec![b'x'; length]].concat()
    };
    let json = "application/json";
    let small = [
        (post("/v1/bookings", json, None, 30_000), 401),
        (post("/v1/nothing", json, None, 60_000), 404),
        (post("/v1/auth/login", "text/plain", None, 40_000), 415),
        (post("/v1/auth/login", json, None, 50_000), 413),
        (post("/v1/bookings", json, Some(&token), 1001), 413),
        (post("/v1/properties/x/images", "image/png", None, 64 * 1024), 401),
        (post("/health/live", json, None, 20_000), 405),
    ];
    let mut client = served.connect().await;
    for n in 0..700 {
        let (request, status) = &small[n % small.len()];
        client.send(request).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.closes()), (*status, false), "the {n}th: {}", answer.head);
    }
    // Sent in pieces, so that the answer is there before the body is.
    for n in [0, 1, 2, 3, 5, 6].repeat(4) {
        let (request, status) = &small[n];
        let (begun, rest) = request.split_at(request.len() / 2);
        client.send(begun).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.closes()), (*status, false), "the {n}th: {}", answer.head);
        client.send(rest).await;
    }
    client.send(b"GET /health/live HTTP/1.1\r\nHost: hotel.test\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 200);

    // After larger ones, and those of unknown size, the connection ends, and the answer, which comes whole, says so.
    for (path, status) in [("/v1/bookings", 401), ("/v1/nothing", 404), ("/v1/auth/login", 413)] {
        let mut client = served.connect().await;
        client.send(&post(path, json, None, 3_000_000)).await;
        let answer = client.answer().await;
        assert_eq!((answer.status, answer.closes()), (status, true), "{path}: {}", answer.head);
        assert!(answer.body.starts_with(b"{"), "{path}");
        assert!(client.end().await < SOON, "{path}");
    }
    let mut client = served.connect().await;
    let head = "POST /v1/bookings HTTP/1.1\r\nHost: hotel.test\r\nContent-Type: application/json\r\n";
    client.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").as_bytes()).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.closes()), (401, true), "{}", answer.head);
    client.send(b"0\r\n\r\n").await;
    assert!(client.end().await < SOON);
    // Whoever waits for a word before the body is sent gets the answer instead.
    let mut client = served.connect().await;
    client.send(format!("{head}Content-Length: 500\r\nExpect: 100-continue\r\n\r\n").as_bytes()).await;
    let answer = client.answer().await;
    assert_eq!((answer.status, answer.closes()), (401, true), "{}", answer.head);
    assert!(client.end().await < SOON);
}

/// S16: a request without one host, or with two, is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_host() {
    let served = Served::routes(fine(), |_| {}).await;
    for (head, status) in [
        ("GET /fine HTTP/1.1\r\nHost: hotel.test\r\n\r\n", 200),
        ("GET /fine HTTP/1.1\r\nHost: hotel.test:8080\r\n\r\n", 200),
        ("GET /fine HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200),
        ("GET /fine HTTP/1.0\r\n\r\n", 200),
        ("GET /fine HTTP/1.1\r\n\r\n", 400),
        ("GET /fine HTTP/1.1\r\nHost: \r\n\r\n", 400),
        ("GET /fine HTTP/1.1\r\nHost: hotel.test\r\nHost: hotel.test\r\n\r\n", 400),
        ("GET /fine HTTP/1.1\r\nHost: hotel.test\r\nHost: evil.test\r\n\r\n", 400),
        ("GET /fine HTTP/1.0\r\nHost: hotel.test\r\nHost: evil.test\r\n\r\n", 400),
        ("GET /fine HTTP/1.1\r\nHost: hotel.test, evil.test\r\n\r\n", 400),
        ("GET /fine HTTP/1.1\r\nHost: hotel.test/path\r\n\r\n", 400),
        ("GET /fine HTTP/1.1\r\nHost: user@hotel.test\r\n\r\n", 400),
    ] {
        let mut client = served.connect().await;
        client.send(head.as_bytes()).await;
        let answer = client.answer().await;
        assert_eq!(answer.status, status, "{head:?}");
        if status == 400 {
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(text.contains("request.malformed") && text.contains("`Host`"), "{text}");
        }
    }
}
