//! A bucket with as much of S3 as is needed: files are written, whole or in parts, read, listed and removed, without looking at
//! signatures.
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{Method, StatusCode, header};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

/// Date on which all files were written: long ago.
const DATE: &str = "Sun, 22 Nov 2020 12:00:00 GMT";
const LARGEST: usize = 64 << 20;

#[derive(Default)]
struct Kept {
    files: BTreeMap<String, Bytes>,
    /// Parts of files that are not complete.
    parts: BTreeMap<u64, Bytes>,
    /// Files whose names end like this are not taken.
    refused: Option<&'static str>,
    /// Files whose names end like this are not removed.
    held: Option<&'static str>,
}

#[derive(Clone)]
pub struct Bucket {
    kept: Arc<Mutex<Kept>>,
    pub endpoint: String,
}

impl Bucket {
    /// Starts a server with one bucket of the name `bucket`.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("an address");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let bucket = Self { kept: Arc::default(), endpoint };
        let router = axum::Router::new().fallback(answer).with_state(bucket.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        bucket
    }

    pub fn names(&self) -> Vec<String> {
        self.kept.lock().expect("a bucket").files.keys().cloned().collect()
    }

    /// Takes no file whose name ends like this from now on.
    pub fn refuse(&self, ending: Option<&'static str>) {
        self.kept.lock().expect("a bucket").refused = ending;
    }

    /// Removes no file whose name ends like this from now on.
    pub fn hold(&self, ending: Option<&'static str>) {
        self.kept.lock().expect("a bucket").held = ending;
    }
}

async fn answer(State(bucket): State<Bucket>, request: Request) -> Response {
    assert!(request.headers().contains_key("authorization"), "signed");
    let method = request.method().clone();
    let name = request.uri().path().trim_start_matches("/bucket").trim_start_matches('/').to_owned();
    let query: HashMap<String, String> =
        form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()).into_owned().collect();
    let range = request.headers().get(header::RANGE).and_then(|range| range.to_str().ok()).and_then(range_of);
    let body = to_bytes(request.into_body(), LARGEST).await.expect("a body");
    let mut kept = bucket.kept.lock().expect("a bucket");
    if kept.refused.is_some_and(|ending| name.ends_with(ending)) && matches!(method, Method::PUT | Method::POST) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match method {
        Method::POST if query.contains_key("uploads") => {
            kept.parts.clear();
            "<?xml version=\"1.0\"?><InitiateMultipartUploadResult><UploadId>one</UploadId></InitiateMultipartUploadResult>"
                .into_response()
        }
        Method::PUT if query.contains_key("partNumber") => {
            kept.parts.insert(query["partNumber"].parse().expect("a number"), body);
            [(header::ETAG, "\"1\"")].into_response()
        }
        Method::POST => {
            let whole: Vec<Bytes> = std::mem::take(&mut kept.parts).into_values().collect();
            kept.files.insert(name, whole.concat().into());
            "<?xml version=\"1.0\"?><CompleteMultipartUploadResult><ETag>\"1\"</ETag></CompleteMultipartUploadResult>"
                .into_response()
        }
        Method::PUT => {
            kept.files.insert(name, body);
            [(header::ETAG, "\"1\"")].into_response()
        }
        Method::GET if name.is_empty() => list(&kept, query.get("prefix").map_or("", String::as_str)),
        Method::GET | Method::HEAD => match (kept.files.get(&name), range) {
            (Some(content), None) => ([(header::ETAG, "\"1\""), (header::LAST_MODIFIED, DATE)], content.clone()).into_response(),
            (Some(content), Some((from, until))) => {
                let range = format!("bytes {from}-{until}/{}", content.len());
                let headers = [
                    (header::ETAG, "\"1\"".to_owned()),
                    (header::LAST_MODIFIED, DATE.to_owned()),
                    (header::CONTENT_RANGE, range),
                ];
                (StatusCode::PARTIAL_CONTENT, headers, content.slice(from..=until)).into_response()
            }
            (None, _) => StatusCode::NOT_FOUND.into_response(),
        },
        Method::DELETE if kept.held.is_some_and(|ending| name.ends_with(ending)) => StatusCode::FORBIDDEN.into_response(),
        Method::DELETE => {
            kept.files.remove(&name);
            StatusCode::NO_CONTENT.into_response()
        }
        _ => StatusCode::NOT_IMPLEMENTED.into_response(),
    }
}

/// First and last byte of a range.
fn range_of(header: &str) -> Option<(usize, usize)> {
    let (from, until) = header.strip_prefix("bytes=")?.split_once('-')?;
    Some((from.parse().ok()?, until.parse().ok()?))
}

fn list(kept: &Kept, prefix: &str) -> Response {
    let of = |(name, content): (&String, &Bytes)| {
        format!(
            "<Contents><Key>{name}</Key><LastModified>2020-11-22T12:00:00Z</LastModified><ETag>\"1\"</ETag><Size>{}</Size></Contents>",
            content.len()
        )
    };
    let items: String = kept.files.iter().filter(|(name, _)| name.starts_with(prefix)).map(of).collect();
    format!("<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>").into_response()
}
