//! The pages that show the document. They change only with the program, so browsers keep them; each is compressed once,
//! when it is first asked for.
use super::not_found;
use crate::app::App;
use crate::http::Seen;
use crate::{Error, Result};
use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, StatusCode, header};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::{Arc, OnceLock};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

/// Address of the document.
const DOCUMENT: &str = "/openapi.json";

/// Files that the page consists of, with their media types.
const FILES: [(&str, &str); 7] = [
    ("index.html", "text/html; charset=utf-8"),
    ("index.css", "text/css"),
    ("swagger-ui.css", "text/css"),
    ("swagger-ui-bundle.js", "text/javascript"),
    ("swagger-ui-standalone-preset.js", "text/javascript"),
    ("swagger-initializer.js", "text/javascript"),
    ("favicon-32x32.png", "image/png"),
];

/// A browser asks for a page again after ten minutes, and gets it again only if it has changed.
const CACHE_CONTROL: &str = "public, max-age=600";

/// Routes of the document, and of the page that shows it.
pub fn pages(api: OpenApi) -> Router<App> {
    let document = Arc::new(Kept::default());
    let api = Arc::new(api);
    let files: Arc<[Kept; FILES.len()]> = Arc::default();
    let show = move |path: Option<Path<String>>, seen: Seen, asked: HeaderMap| {
        let name = path.map_or_else(|| "index.html".to_owned(), |Path(name)| name);
        let files = files.clone();
        async move {
            let Some(place) = FILES.iter().position(|(file, _)| *file == name) else { return Err(not_found().await) };
            files[place].answer(&seen, &asked, FILES[place].1, || file(&name))
        }
    };
    Router::new()
        .route(
            DOCUMENT,
            get(async move |seen: Seen, asked: HeaderMap| {
                document.answer(&seen, &asked, "application/json", || Ok(api.to_json().map_err(Error::internal)?.into()))
            }),
        )
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(show.clone()))
        .route("/docs/{*file}", get(show))
}

/// Reads a file of the page. Its tags are collapsed at first: all operations together are a very long page.
fn file(name: &str) -> Result<Bytes> {
    let config = Config::from(DOCUMENT).doc_expansion("none").filter(true).default_models_expand_depth(-1).deep_linking(true);
    let file = utoipa_swagger_ui::serve(name, Arc::new(config)).map_err(|error| Error::internal(error.to_string()))?;
    let file = file.ok_or_else(|| Error::internal(format!("{name} is not part of Swagger UI")))?;
    Ok(file.bytes.into_owned().into())
}

/// A page, from when it is first asked for.
#[derive(Default)]
struct Kept(OnceLock<Page>);

/// A page as it is sent.
struct Page {
    /// Weak, without its `W/`: it names the page, however it is encoded.
    etag: String,
    plain: Bytes,
    compressed: Bytes,
}

impl Kept {
    fn answer(
        &self,
        seen: &Seen,
        asked: &HeaderMap,
        content_type: &'static str,
        read: impl FnOnce() -> Result<Bytes>,
    ) -> Result<Response> {
        let page = match self.0.get() {
            Some(page) => page,
            None => {
                let page = Page::new(read()?)?;
                self.0.get_or_init(|| page)
            }
        };
        let kept = [(header::ETAG, format!("W/{}", page.etag)), (header::CACHE_CONTROL, CACHE_CONTROL.to_owned())];
        if seen.has(&page.etag) {
            return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
        }
        let whole = [(header::CONTENT_TYPE, content_type)];
        Ok(if takes_gzip(asked) {
            let encoded = [(header::CONTENT_ENCODING, "gzip"), (header::VARY, "accept-encoding")];
            (kept, whole, encoded, page.compressed.clone()).into_response()
        } else {
            (kept, whole, page.plain.clone()).into_response()
        })
    }
}

/// Returns `true` if a client names gzip, and not with the weight 0 (RFC 9110, 12.5.3).
fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("gzip") && weight.is_some_and(|weight| weight > 0.0)
    })
}

impl Page {
    fn new(plain: Bytes) -> Result<Self> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&plain).map_err(Error::internal)?;
        let compressed = encoder.finish().map_err(Error::internal)?.into();
        let hash = Sha256::digest(&plain);
        Ok(Self { etag: format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&hash[..12])), plain, compressed })
    }
}
