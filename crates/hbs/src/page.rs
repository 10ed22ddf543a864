//! Lists: `{"items": [...], "next_cursor": null}`.
use crate::clock::YEARS;
use crate::error::FieldError;
use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub const MAX_LIMIT: i64 = 200;
const DEFAULT_LIMIT: i64 = 50;
const NUL: &[u8] = br"\u0000";

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// Items of the page, in the order of the list.
    pub items: Vec<T>,
    /// Cursor of the next page, to be sent as `cursor`; null on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes the only page of a list that is always whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }

    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }
}

/// Query parameters of every list: the size and the beginning of the page.
#[derive(Debug, Default, Clone, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
#[serde(default)]
pub struct PageQuery {
    /// Maximum number of items, 1 to 200.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(example = 50, default = 50, minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Cursor of the page: `next_cursor` of the page before.
    #[garde(inner(length(chars, max = 2000)))]
    #[param(max_length = 2000)]
    pub cursor: Option<String>,
}

/// Returns `true` if dates and instants of a cursor are such as we give: whoever makes a cursor up could name others, which
/// PostgreSQL's calendar does not have.
fn is_plausible(place: &Value) -> bool {
    match place {
        Value::String(text) => {
            let date = text.parse::<NaiveDate>().map(|date| date.year());
            let year = date.or_else(|_| text.parse::<DateTime<Utc>>().map(|time| time.year()));
            year.map_or(true, |year| YEARS.contains(&year))
        }
        Value::Array(items) => items.iter().all(is_plausible),
        Value::Object(members) => members.values().all(is_plausible),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

impl PageQuery {
    pub fn limit(&self) -> Result<i64> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(Error::invalid_fields(vec![FieldError::query("limit", format!("must be from 1 to {MAX_LIMIT}"))])),
        }
    }

    /// Returns the place after which the page begins.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        BASE64_URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            // JSON writes NUL so, and PostgreSQL's text cannot hold it.
            .filter(|bytes| !bytes.windows(NUL.len()).any(|window| window == NUL))
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .filter(is_plausible)
            .and_then(|place| serde_json::from_value(place).ok())
            .map(Some)
            .ok_or_else(|| Error::invalid_fields(vec![FieldError::query("cursor", "is not a next_cursor of this list")]))
    }

    /// Makes a page of the rows found when one more than `limit` was asked for.
    pub fn page<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl FnOnce(&T) -> K) -> Result<Page<T>> {
        let limit = usize::try_from(self.limit()?).map_err(Error::internal)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = match rows.last() {
            Some(last) if more => {
                let key = serde_json::to_vec(&key(last)).map_err(Error::internal)?;
                Some(BASE64_URL_SAFE_NO_PAD.encode(key))
            }
            _ => None,
        };
        Ok(Page { items: rows, next_cursor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    fn place<K: DeserializeOwned>(cursor: &Value) -> Result<Option<K>> {
        PageQuery { limit: None, cursor: Some(BASE64_URL_SAFE_NO_PAD.encode(cursor.to_string())) }.after()
    }

    #[test]
    fn a_cursor_that_somebody_made_up_names_no_time_beyond_the_calendar() {
        let (id, id_text) = (Uuid::nil(), Uuid::nil().to_string());
        let date = NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date");
        let found = place::<(NaiveDate, Uuid)>(&json!(["2026-12-01", id_text])).expect("a place");
        assert_eq!(found, Some((date, id)));
        let found = place::<(String, Uuid)>(&json!(["-9 lives", id_text])).expect("a place");
        assert_eq!(found, Some(("-9 lives".to_owned(), id)));
        for time in ["-9999-01-01", "-262143-01-01", "+262142-12-31", "-9999-01-01T00:00:00Z"] {
            assert!(place::<Value>(&json!([time, id_text])).is_err(), "{time}");
            assert!(place::<Value>(&json!({"at": {"Time": time}})).is_err(), "{time}");
        }
    }
}
