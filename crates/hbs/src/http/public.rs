//! What anybody may read: in the reader's language, and not sent again while it is the same.
//!
//! Nothing is kept in the process. The entity tag is a digest of the content, so an answer is right from the
//! moment of a change on, on every process, whatever changed: a text, a picture, the date at the hotel.
use crate::error::FieldError;
use crate::http::openapi;
use crate::texts::Locale;
use crate::{Error, Result};
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

/// Kept by whoever likes, asked about each time: so that it is right directly after a change.
const REVALIDATE: &str = "public, max-age=0, must-revalidate";
/// Nobody reads more than that.
const MAX_WISHES: usize = 20;

/// Who reads: in which languages, and what they have already.
#[derive(Debug, Default)]
pub struct Reader {
    /// Best first.
    pub wanted: Vec<Locale>,
    seen: Seen,
}

/// `If-None-Match`.
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
    /// Whether the client has this content. Weak tags count as well (RFC 9110, 13.1.2).
    pub fn has(&self, etag: &str) -> bool {
        let Some(tags) = &self.0 else { return false };
        tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Ok(seen) = Seen::from_request_parts(parts, state).await;
        let asked = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let wanted = match asked.into_iter().find(|(name, _)| name == "locale") {
            Some((_, text)) => {
                vec![text.parse().map_err(|wrong: String| Error::invalid_fields(vec![FieldError::query("locale", wrong)]))?]
            }
            None => accepted(&parts.headers),
        };
        Ok(Self { wanted, seen })
    }
}

impl Reader {
    /// Answers with what was read, or 304 if the reader has just that.
    ///
    /// `version` is that of a single thing: it leads the entity tag, which then does as `If-Match` too.
    pub fn show(&self, body: &impl Serialize, version: Option<i64>, languages: &[&Locale]) -> Result<Response> {
        let body = serde_json::to_vec(body).map_err(Error::internal)?;
        let digest = Sha256::digest(&body);
        let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let etag = version.map_or_else(|| format!("\"{digest}\""), |version| format!("\"{version}-{digest}\""));
        let mut response = if self.seen.has(&etag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        };
        let mut names: Vec<&str> = languages.iter().map(|locale| locale.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        for (name, value) in [
            (header::ETAG, etag),
            (header::CACHE_CONTROL, REVALIDATE.to_owned()),
            (header::VARY, "accept-language".to_owned()),
            (header::CONTENT_LANGUAGE, names.join(", ")),
        ] {
            put(response.headers_mut(), name, &value);
        }
        Ok(response)
    }
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value)
        && !value.is_empty()
    {
        headers.append(name, value);
    }
}

impl IntoParams for Reader {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let locale = ParameterBuilder::new()
            .name("locale")
            .parameter_in(ParameterIn::Query)
            .required(Required::False)
            .description(Some("The language of texts, such as `pt` or `pt-BR`, instead of `Accept-Language`. Where there is no text in it, the base text stands."))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build();
        let language = "The languages of texts, best first. Where there is no text in any, the base text stands.";
        vec![
            locale,
            openapi::header("Accept-Language", Required::False, language),
            openapi::header(
                "If-None-Match",
                Required::False,
                "The `ETag` of what you have: 304 without a body if it is the same.",
            ),
        ]
    }
}

/// The languages of `Accept-Language`, best first (RFC 9110, 12.5.4). What makes no sense is left out.
fn accepted(headers: &HeaderMap) -> Vec<Locale> {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut wishes: Vec<(f32, Locale)> = values.flat_map(|value| value.split(',')).filter_map(wish).take(MAX_WISHES).collect();
    wishes.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    wishes.into_iter().map(|(_, locale)| locale).collect()
}

/// `zh-Hant-TW;q=0.8` as `zh-TW` with its weight.
fn wish(text: &str) -> Option<(f32, Locale)> {
    let (range, weight) = text.split_once(';').map_or((text, "q=1"), |(range, weight)| (range, weight));
    let weight: f32 = weight.trim().strip_prefix("q=")?.trim().parse().ok()?;
    let mut parts = range.trim().split('-');
    let language = parts.next()?.to_ascii_lowercase();
    let region = parts.find(|part| part.len() == 2).map(|region| format!("-{}", region.to_ascii_uppercase()));
    let locale = format!("{language}{}", region.unwrap_or_default()).parse().ok()?;
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
        assert_eq!(accepted("en;q=0.5,zh-Hant-TW;q=0.8, de-at"), ["de-AT", "zh-TW", "en"]);
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
