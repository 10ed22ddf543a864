//! Public reads: answered in the reader's language, and not sent again while they are unchanged.
//!
//! An answer is read and written as JSON once, and [kept](crate::kept) with the [`Stamp`] of what it shows. Each request
//! asks for the stamp as it is now: so an answer is right from the moment of a change on, on every process.
use crate::error::FieldError;
use crate::http::openapi;
use crate::kept::{Kept, KeptAnswers};
use crate::numbers::hex;
use crate::stamps::Stamp;
use crate::texts::{Languages, Locale};
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// Cache header of public reads: anybody may keep an answer but asks each time, so that it is right directly after a
/// change.
const REVALIDATE: &str = "public, max-age=0, must-revalidate";
/// Maximum number of languages that are read from `Accept-Language`.
const MAX_WISHES: usize = 20;

/// Reader of an answer that exists in one language.
#[derive(Debug)]
pub struct Visitor {
    /// Path and query of the request.
    target: String,
    seen: Seen,
}

/// Reader of an answer that exists in several languages.
#[derive(Debug)]
pub struct Reader {
    /// Languages that the reader wants, best first.
    pub wanted: Vec<Locale>,
    visitor: Visitor,
}

/// Validators of a client's copy of something with a time of change: `If-None-Match`, and `If-Modified-Since` if that
/// is not sent (RFC 9110, 13.1.3).
#[derive(Debug, Default)]
pub struct Freshness {
    seen: Seen,
    since: Option<DateTime<Utc>>,
}

impl<S: Send + Sync> FromRequestParts<S> for Freshness {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let seen = Seen::from_request_parts(parts, state).await?;
        let since = parts.headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
        let since = since.and_then(|text| DateTime::parse_from_rfc2822(text).ok()).map(|since| since.to_utc());
        Ok(Self { seen, since })
    }
}

impl Freshness {
    /// Answers 304 if the client has exactly this content, and the text otherwise. `changed_at` is to the second and
    /// differs for each content.
    pub fn answer(&self, content_type: &'static str, text: String, etag: &str, changed_at: DateTime<Utc>) -> Response {
        let is_fresh = match (&self.seen.0, self.since) {
            (Some(_), _) => self.seen.has(etag),
            (None, Some(since)) => changed_at <= since,
            (None, None) => false,
        };
        let mut response = match is_fresh {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => ([(header::CONTENT_TYPE, content_type)], text).into_response(),
        };
        let changed_at = changed_at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        for (name, value) in
            [(header::ETAG, etag), (header::LAST_MODIFIED, &changed_at), (header::CACHE_CONTROL, "private, no-cache")]
        {
            put(response.headers_mut(), name, value);
        }
        response
    }
}

impl IntoParams for Freshness {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let since = "`Last-Modified` of your copy: 304 without a body if it is unchanged. `If-None-Match` takes precedence.";
        let mut parameters = Visitor::into_params(place);
        parameters.push(openapi::header("If-Modified-Since", Required::False, since));
        parameters
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Languages {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(accepted(&parts.headers)))
    }
}

impl IntoParams for Languages {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let language =
            "Languages that the person reads, best first: of texts in the answer, and of mails if the body names none.";
        vec![openapi::header("Accept-Language", Required::False, language)]
    }
}

/// Content of a public answer.
pub struct Shown<T> {
    pub body: T,
    /// Version of a single thing: it leads the entity tag, which can then be used as `If-Match` too.
    pub version: Option<i64>,
    pub languages: Vec<Locale>,
}

impl<T> Shown<T> {
    /// Makes the content of an answer that exists in one language.
    pub fn new(body: T, version: Option<i64>) -> Self {
        Self { body, version, languages: Vec::new() }
    }
}

/// The `If-None-Match` header.
#[derive(Debug, Default, Clone)]
pub struct Seen(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for Seen {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let tags = parts.headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let tags = tags.collect::<Vec<_>>().join(",");
        Ok(Self(Some(tags).filter(|tags| !tags.is_empty())))
    }
}

impl Seen {
    /// Returns the entity tags, without their quotes.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        let tags = self.0.as_deref().unwrap_or_default().split(',').map(str::trim);
        tags.filter_map(|tag| tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"'))
    }

    /// Returns `true` if the client has this content. Weak tags count as well (RFC 9110, 13.1.2).
    pub fn has(&self, etag: &str) -> bool {
        let Some(tags) = &self.0 else { return false };
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let seen = Seen::from_request_parts(parts, state).await?;
        Ok(Self { target: parts.uri.to_string(), seen })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Ok(visitor) = Visitor::from_request_parts(parts, state).await;
        let asked = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let wanted = match asked.into_iter().find(|(name, _)| name == "locale") {
            Some((_, text)) => {
                vec![text.parse().map_err(|wrong: String| Error::invalid_fields(vec![FieldError::query("locale", wrong)]))?]
            }
            None => accepted(&parts.headers),
        };
        Ok(Self { wanted, visitor })
    }
}

impl Reader {
    /// Answers like [`Visitor::show`], with the content in these languages.
    pub async fn show<T: Serialize>(
        &self,
        answers: &KeptAnswers,
        stamp: Stamp,
        read: impl AsyncFnOnce() -> Result<Shown<T>>,
    ) -> Result<Response> {
        let mut response = self.visitor.show_in(&self.wanted, answers, stamp, read).await?;
        put(response.headers_mut(), header::VARY, "accept-language");
        Ok(response)
    }
}

impl Visitor {
    /// Answers from the kept answer if its stamp is unchanged, and reads the content otherwise; 304 if the reader has
    /// exactly that.
    ///
    /// `stamp` was asked for just now, before anything that `read` reads: a kept answer is as new, or newer and made
    /// anew next time.
    pub async fn show<T: Serialize>(
        &self,
        answers: &KeptAnswers,
        stamp: Stamp,
        read: impl AsyncFnOnce() -> Result<Shown<T>>,
    ) -> Result<Response> {
        self.show_in(&[], answers, stamp, read).await
    }

    async fn show_in<T: Serialize>(
        &self,
        wanted: &[Locale],
        answers: &KeptAnswers,
        stamp: Stamp,
        read: impl AsyncFnOnce() -> Result<Shown<T>>,
    ) -> Result<Response> {
        let asked = (self.target.clone(), wanted.to_owned());
        if let Some(kept) = answers.get(&asked, &stamp) {
            return Ok(self.answer(&kept));
        }
        let kept = Arc::new(keep(stamp, &read().await?)?);
        answers.keep(asked, Arc::clone(&kept));
        Ok(self.answer(&kept))
    }

    fn answer(&self, kept: &Kept) -> Response {
        let mut response = if self.seen.has(&kept.etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, "application/json")], kept.body.clone()).into_response()
        };
        for (name, value) in
            [(header::ETAG, kept.etag.as_str()), (header::CACHE_CONTROL, REVALIDATE), (header::CONTENT_LANGUAGE, &kept.languages)]
        {
            put(response.headers_mut(), name, value);
        }
        response
    }
}

/// Makes the answer that is kept. Its entity tag is a digest of the content, the same on every process.
fn keep<T: Serialize>(stamp: Stamp, shown: &Shown<T>) -> Result<Kept> {
    let body = serde_json::to_vec(&shown.body).map_err(Error::internal)?;
    let digest = hex(&Sha256::digest(&body)[..8]);
    let etag = shown.version.map_or_else(|| format!("\"{digest}\""), |version| format!("\"{version}-{digest}\""));
    Ok(Kept { stamp, etag, languages: listed(&shown.languages), body: body.into() })
}

fn listed(languages: &[Locale]) -> String {
    let languages: BTreeSet<&str> = languages.iter().map(Locale::as_str).collect();
    languages.into_iter().collect::<Vec<_>>().join(", ")
}

/// Returns the header that says which languages an answer's texts are in, if it has any.
pub fn content_language(languages: &[Locale]) -> Option<[(HeaderName, String); 1]> {
    (!languages.is_empty()).then(|| [(header::CONTENT_LANGUAGE, listed(languages))])
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value)
        && !value.is_empty()
    {
        headers.append(name, value);
    }
}

impl IntoParams for Reader {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let locale = ParameterBuilder::new()
            .name("locale")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some("Language of texts, such as `pt`, `pt-BR` or `zh-Hant`, in place of `Accept-Language`. Texts without a translation are in their base language."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$"))))
            .build();
        let language = "Languages of texts, best first. Texts without a translation are in their base language.";
        let mut parameters = vec![locale, openapi::header("Accept-Language", Required::False, language)];
        parameters.extend(Visitor::into_params(place));
        parameters
    }
}

impl IntoParams for Visitor {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let seen = "`ETag` of your copy: 304 without a body if it is unchanged.";
        vec![openapi::header("If-None-Match", Required::False, seen)]
    }
}

/// Reads the languages of `Accept-Language`, best first (RFC 9110, 12.5.4). Entries that make no sense are ignored.
fn accepted(headers: &HeaderMap) -> Vec<Locale> {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut wishes: Vec<(f32, Locale)> = values.flat_map(|value| value.split(',')).filter_map(wish).take(MAX_WISHES).collect();
    wishes.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    wishes.into_iter().map(|(_, locale)| locale).collect()
}

/// Reads a language with its weight, as far as texts tell languages apart: `zh-hant-tw-x-any;q=0.8` as `zh-Hant-TW` and 0.8.
fn wish(text: &str) -> Option<(f32, Locale)> {
    let (range, weight) = text.split_once(';').map_or((text, "q=1"), |(range, weight)| (range, weight));
    let weight: f32 = weight.trim().strip_prefix("q=")?.trim().parse().ok()?;
    let mut parts = range.trim().split('-').peekable();
    let mut tag = parts.next()?.to_ascii_lowercase();
    if let Some(script) = parts.next_if(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic())) {
        let (first, rest) = script.split_at(1);
        tag.push_str(&format!("-{}{}", first.to_ascii_uppercase(), rest.to_ascii_lowercase()));
    }
    if let Some(region) =
        parts.next_if(|part| part.len() == 2 || part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
    {
        tag.push_str(&format!("-{}", region.to_ascii_uppercase()));
    }
    let locale = tag.parse().ok()?;
    (weight > 0.0).then_some((weight, locale))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_come_best_first() {
        let accepted = |text: &str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, HeaderValue::try_from(text).expect("a value"))]);
            accepted(&headers).iter().map(Locale::to_string).collect::<Vec<_>>()
        };
        assert_eq!(accepted("pt-BR, pt;q=0.9, en;q=0.8"), ["pt-BR", "pt", "en"]);
        assert_eq!(accepted("en;q=0.5,zh-hant-tw-x-any;q=0.8, de-at-1996"), ["de-AT", "zh-Hant-TW", "en"]);
        assert_eq!(accepted("es-419, SR-LATN;q=0.9, zh-Hans;q=0.1"), ["es-419", "sr-Latn", "zh-Hans"]);
        assert_eq!(accepted("fr;q=0, *, en;q=x, 12, de; q=0.1"), ["de"]);
        assert!(accepted("").is_empty());
    }

    #[test]
    fn what_is_there_need_not_come_again() {
        let seen = |text: &str| Seen(Some(text.into()));
        assert!(seen("\"a\", W/\"b\"").has("\"b\"") && seen("*").has("\"b\"") && seen("\"b\"").has("\"b\""));
        assert!(!seen("\"a\"").has("\"b\"") && !Seen(None).has("\"b\"") && !seen("b").has("\"b\""));
    }
}
