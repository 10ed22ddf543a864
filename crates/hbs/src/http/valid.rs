//! Extractors of bodies, queries and paths, whose errors name the value at fault.
use super::{body, values};
use crate::error::{FieldError, Place, problems};
use crate::findings::worded;
use crate::plain_text::{self, Clean};
use crate::{Error, Result};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use garde::Validate;
use http::header;
use http::request::Parts;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use uuid::Uuid;

/// A JSON body that has parsed and passed its `garde` rules.
pub struct Valid<T>(pub T);

impl<S, T> FromRequest<S> for Valid<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        if !is_json(&request) {
            return Err(Error::client(&problems::UNSUPPORTED_MEDIA_TYPE, "Send JSON with Content-Type: application/json."));
        }
        let body = body::read(request, state, "The body is larger than the server accepts.").await?;
        let value = parse(&body)?;
        check(&value, Place::Body)?;
        Ok(Self(value))
    }
}

/// A JSON body in which every field is optional, as is the body itself.
pub struct OptionalBody<T>(pub T);

impl<S, T> FromRequest<S> for OptionalBody<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Default + Validate<Context = ()>,
{
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let is_empty = http_body::Body::is_end_stream(request.body());
        if is_empty && !request.headers().contains_key(header::CONTENT_TYPE) {
            return Ok(Self(T::default()));
        }
        Valid::from_request(request, state).await.map(|Valid(value)| Self(value))
    }
}

/// A body as it came, for what is signed byte by byte.
pub struct RawBody(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Error;
    async fn from_request(request: Request, state: &S) -> Result<Self> {
        body::read(request, state, "The body is larger than the server accepts.").await.map(Self)
    }
}

fn is_json(request: &Request) -> bool {
    let essence = body::media_type(request.headers());
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    refuse_nul(body)?;
    let json = &mut serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(Clean::new(&mut *json)).map_err(|error| {
        let pointer = pointer_of(error.path());
        let inner = error.into_inner();
        if inner.is_data() {
            Error::invalid_fields(vec![blame(Place::Body, pointer, &inner.to_string())])
        } else if is_other_value(&inner, body) {
            Error::invalid(pointer, "must be a text, one of those that the document lists")
        } else {
            Error::client(&problems::MALFORMED, format!("The body is not JSON: {inner}."))
        }
    })?;
    json.end().map_err(|error| Error::client(&problems::MALFORMED, format!("The body is not JSON: {error}.")))?;
    Ok(value)
}

/// Returns `true` if there is a number, null or the like where a word of a list should be: for serde_json that is broken JSON.
fn is_other_value(finding: &serde_json::Error, body: &[u8]) -> bool {
    finding.to_string().starts_with("expected value ") && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Turns serde's finding about a value into a field error: without its "at line 1 column 7", since the pointer says
/// where, and for a missing or unknown field with a pointer to that field rather than around it.
fn blame(place: Place, pointer: String, finding: &str) -> FieldError {
    let what = finding.rsplit_once(" at line ").map_or(finding, |(what, _)| what);
    let named = |prefix: &str| what.strip_prefix(prefix)?.split('`').next().map(|name| format!("{pointer}/{}", escape(name)));
    if let Some(pointer) = named("missing field `") {
        return FieldError { pointer, place, detail: "is missing".into() };
    }
    // Found while its name is read, so that mostly the path leads to the field itself.
    let itself = |field: String| if pointer.ends_with(&field[pointer.len()..]) { pointer.clone() } else { field };
    if let Some(field) = named("duplicate field `") {
        return FieldError { pointer: itself(field), place, detail: "is there more than once".into() };
    }
    if let Some(field) = named("unknown field `") {
        let known = what.split_once(", ").map_or("nothing is expected", |(_, expected)| expected);
        return FieldError { pointer: itself(field), place, detail: format!("is not known; {known}") };
    }
    FieldError { pointer, place, detail: without_value(what) }
}

/// Removes the value from serde's "invalid type: integer `1234`, expected a string": it may be a password, and whoever
/// sent it knows it.
fn without_value(finding: &str) -> String {
    let kinds = |rest: &str| {
        let (found, expected) = rest.rsplit_once(", expected ")?;
        let kind = found.split(['`', '"']).next().unwrap_or_default().trim_end();
        Some((found_as(kind).to_owned(), expected_as(expected).to_owned()))
    };
    if let Some((found, expected)) = finding.strip_prefix("invalid type: ").and_then(kinds) {
        return format!("invalid type: {found}, expected {expected}");
    }
    if let Some((_, expected)) = finding.strip_prefix("invalid value: integer ").and_then(kinds) {
        return format!("is out of range for {expected}");
    }
    match finding.strip_prefix("unknown variant ").and_then(|rest| rest.rsplit_once(", expected ")) {
        Some((_, words)) => format!("must be {words}"),
        None => in_words(finding).to_owned(),
    }
}

/// Says what a value must be, where parsers say how they failed.
fn in_words(finding: &str) -> &str {
    match finding {
        "invalid digit found in string" | "cannot parse integer from empty string" => "must be a whole number",
        "number too large to fit in target type" | "number too small to fit in target type" => "is out of range",
        "invalid float literal" | "cannot parse float from empty string" => "must be a number",
        "provided string was not `true` or `false`" => "must be true or false",
        uuid if uuid.starts_with("UUID parsing failed") => "must be a UUID",
        other => other,
    }
}

/// Returns what JSON calls a kind of value that serde has found.
fn found_as(kind: &str) -> &str {
    match kind {
        "sequence" => "a list",
        "map" => "an object",
        "string" => "a string",
        "boolean" => "a boolean",
        "integer" => "a whole number",
        "floating point" => "a number with decimals",
        other => other,
    }
}

/// Returns what JSON calls a kind of value that serde has expected.
fn expected_as(kind: &str) -> &str {
    match kind {
        "a sequence" => "a list",
        "a map" => "an object",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "a formatted UUID string" => "a UUID",
        other if other.starts_with("struct ") => "an object",
        other => other,
    }
}

/// Refuses NUL characters: PostgreSQL's text cannot hold them, nor is there a reason to send them.
fn refuse_nul(body: &[u8]) -> Result<()> {
    const ESCAPED: &[u8] = br"\u0000";
    if !body.windows(ESCAPED.len()).any(|window| window == ESCAPED) {
        return Ok(());
    }
    match serde_json::from_slice(body).ok().and_then(|json| find_nul(&json, "")) {
        Some(pointer) => Err(Error::invalid(pointer, "must not hold a NUL character")),
        None => Ok(()),
    }
}

fn find_nul(json: &serde_json::Value, pointer: &str) -> Option<String> {
    use serde_json::Value;
    match json {
        Value::String(text) => text.contains('\0').then(|| pointer.to_owned()),
        Value::Array(items) => items.iter().enumerate().find_map(|(n, item)| find_nul(item, &format!("{pointer}/{n}"))),
        Value::Object(fields) => fields.iter().find_map(|(key, value)| find_nul(value, &format!("{pointer}/{}", escape(key)))),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } | Segment::Enum { variant: key } => format!("{pointer}/{}", escape(key)),
        Segment::Unknown => pointer,
    })
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn check<T: Validate<Context = ()>>(value: &T, place: Place) -> Result<()> {
    let Err(report) = value.validate() else { return Ok(()) };
    let errors = report
        .iter()
        .map(|(path, error)| FieldError { pointer: garde_pointer(&path.to_string()), place, detail: worded(error.message()) })
        .collect();
    Err(Error::invalid_fields(errors))
}

/// Turns `rooms[0].adults` into `/rooms/0/adults`.
fn garde_pointer(path: &str) -> String {
    let flat = path.replace('[', ".").replace(']', "");
    flat.split('.').filter(|key| !key.is_empty()).map(|key| format!("/{key}")).collect()
}

/// The query of an address, parsed and checked.
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = clean_query(parts.uri.query().unwrap_or_default())?;
        let value = serde_path_to_error::deserialize(values::parameters(&query)).map_err(|error| {
            let pointer = pointer_of(error.path());
            Error::invalid_fields(vec![blame(Place::Query, pointer, &error.into_inner().to_string())])
        })?;
        check(&value, Place::Query)?;
        Ok(Self(value))
    }
}

/// Returns the query with each of its texts in its one form.
fn clean_query(query: &str) -> Result<Cow<'_, str>> {
    let mut pairs = Vec::new();
    let mut is_clean = true;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let cleaned = plain_text::line(&value);
        let cleaned = cleaned.map_err(|unclean| Error::invalid_fields(vec![FieldError::query(&name, unclean.to_string())]))?;
        is_clean &= cleaned == value;
        pairs.push((name, cleaned.into_owned()));
    }
    if is_clean {
        return Ok(query.into());
    }
    Ok(form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into())
}

/// The `{id}` of an address, or a tuple of them. A value that is not a UUID names nothing: 404.
pub struct PathId<T = Uuid>(pub T);

/// Detail for an address whose parts cannot be read.
const NO_SUCH_PLACE: &str =
    "There is nothing at this address: an id in it is not a UUID, or a word in it is none of those that there are.";

impl<S, T> FromRequestParts<S> for PathId<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let Path(id) =
            Path::<T>::from_request_parts(parts, state).await.map_err(|_| Error::client(&problems::NOT_FOUND, NO_SUCH_PLACE))?;
        Ok(Self(id))
    }
}

/// Deserializes a field of a merge patch that can be left out but not removed: null is refused.
pub fn present<'de, D: serde::Deserializer<'de>, T: serde::Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Dates of hotels, within [`YEARS`](crate::clock::YEARS).
pub mod dates {
    use crate::clock::YEARS;
    use chrono::{Datelike, NaiveDate};
    use serde::{Deserialize, Deserializer, de};

    pub fn plausible<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
        let text = String::deserialize(deserializer)?;
        let date = text.parse::<NaiveDate>().ok().filter(|date| YEARS.contains(&date.year()));
        date.ok_or_else(|| de::Error::custom(format!("{text:?} is not a date such as \"2026-12-24\"")))
    }

    /// Deserializes a date that may be left out.
    pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
        plausible(deserializer).map(Some)
    }

    /// Deserializes a date that may be null.
    pub fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<NaiveDate>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        plausible(de::value::StringDeserializer::<D::Error>::new(text)).map(Some)
    }
}

/// Instants, within [`YEARS`](crate::clock::YEARS).
pub mod instants {
    use crate::clock::YEARS;
    use chrono::{DateTime, Datelike, Utc};
    use serde::{Deserialize, Deserializer, de};

    pub fn plausible<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = DateTime::parse_from_rfc3339(&text).ok().map(|time| time.to_utc());
        let time = time.filter(|time| YEARS.contains(&time.year()));
        time.ok_or_else(|| de::Error::custom(format!("{text:?} is not a time such as \"2026-12-24T10:00:00Z\"")))
    }

    /// Deserializes an instant that may be left out, but is not null.
    pub fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        plausible(deserializer).map(Some)
    }

    /// Deserializes an instant that may be null.
    pub fn nullable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        plausible(de::value::StringDeserializer::<D::Error>::new(text)).map(Some)
    }
}

/// Sets of values in queries: separated by commas, or each under a key of its own.
pub mod sets {
    use serde::de::{Deserializer, Error, SeqAccess, Visitor};
    use std::fmt;

    /// Deserializes a set that may be left out, from its values with commas between them.
    pub fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: TryFrom<String, Error: fmt::Display>,
    {
        required(deserializer).map(Some)
    }

    /// Deserializes a set from its values with commas between them.
    pub fn required<'de, D, T>(deserializer: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: TryFrom<String, Error: fmt::Display>,
    {
        T::try_from(deserializer.deserialize_seq(Joined)?).map_err(D::Error::custom)
    }

    struct Joined;

    impl<'de> Visitor<'de> for Joined {
        type Value = String;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("values separated by commas")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<String, A::Error> {
            let mut all: Vec<String> = Vec::new();
            while let Some(value) = values.next_element()? {
                all.push(value);
            }
            Ok(all.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_point_to_the_field() {
        let pointer = |finding: &str| {
            let FieldError { pointer, detail, .. } = blame(Place::Body, "/rooms/0".into(), finding);
            format!("{pointer} {detail}")
        };
        assert_eq!(pointer("missing field `adults` at line 1 column 9"), "/rooms/0/adults is missing");
        assert_eq!(pointer("unknown field `adult`, expected `adults`"), "/rooms/0/adult is not known; expected `adults`");
        assert_eq!(pointer("unknown field `0`, there are no fields"), "/rooms/0 is not known; there are no fields");
        assert_eq!(pointer("duplicate field `adults` at line 1 column 9"), "/rooms/0/adults is there more than once");
        assert_eq!(pointer("duplicate field `0`"), "/rooms/0 is there more than once");
        assert_eq!(
            pointer("invalid type: null, expected i32 at line 1 column 2"),
            "/rooms/0 invalid type: null, expected a whole number"
        );
        for (shown, told) in [
            ("integer `12345678`", "a whole number"),
            ("floating point `1.5`", "a number with decimals"),
            ("string \"a, expected `b`\"", "a string"),
            ("sequence", "a list"),
        ] {
            let finding = pointer(&format!("invalid type: {shown}, expected a string at line 1 column 9"));
            assert_eq!(finding, format!("/rooms/0 invalid type: {told}, expected a string"), "may be a secret");
        }
        let range = pointer("invalid value: integer `99999999999`, expected i32 at line 1 column 30");
        assert_eq!(range, "/rooms/0 is out of range for a whole number");
        let word = pointer("unknown variant `x`, expected one of `clean`, `dirty` at line 1 column 9");
        assert_eq!(word, "/rooms/0 must be one of `clean`, `dirty`");
        for (finding, told) in [
            ("UUID parsing failed: invalid length: found 0", "must be a UUID"),
            ("invalid digit found in string", "must be a whole number"),
            ("provided string was not `true` or `false`", "must be true or false"),
        ] {
            assert_eq!(pointer(finding), format!("/rooms/0 {told}"));
        }
        let nul = |body: &str| refuse_nul(body.as_bytes()).is_err();
        assert!(nul(r#"{"a": ["x\u0000"]}"#) && !nul(r#"{"a": "\\u0000"}"#) && !nul(r#"{"a": "b"}"#));
    }

    #[test]
    fn another_value_than_a_word_is_no_broken_json() {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Kind {
            A,
        }
        #[derive(serde::Deserialize)]
        struct Body {
            kind: Kind,
        }
        let read = |body: &str| parse::<Body>(body.as_bytes()).map(|Body { kind: Kind::A }| ());
        assert!(read(r#"{"kind": "a"}"#).is_ok());
        for body in [r#"{"kind": null}"#, r#"{"kind": 1}"#, r#"{"kind": [1]}"#, r#"{"kind": "c"}"#] {
            assert!(read(body).is_err_and(|error| error.is(&problems::INVALID)), "{body}");
        }
        for body in [r#"{"kind": }"#, r#"{"kind": nul}"#, r#"{"kind": null"#] {
            assert!(read(body).is_err_and(|error| error.is(&problems::MALFORMED)), "{body}");
        }
    }

    #[test]
    fn pointers_lead_to_the_value() {
        assert_eq!(garde_pointer("rooms[0].children_ages[2]"), "/rooms/0/children_ages/2");
        assert_eq!(garde_pointer("contact.email"), "/contact/email");
        assert_eq!(escape("a/b~c"), "a~1b~0c");
    }
}
