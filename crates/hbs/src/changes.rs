//! Changes of a hotel since an answer: which bookings and rooms are not as the answer showed them.
//!
//! Triggers note in `changes` which transaction changed what. An answer carries a [`Mark`]: what had been committed when it was
//! made, as PostgreSQL tells it (`pg_current_snapshot()`). Later, what is new is whatever was changed by a transaction that the
//! mark does not know as committed. So a transaction that was slow to commit is not missed, however old its numbers and times
//! are, and nobody waits for anybody: each transaction writes rows of its own.
use crate::error::FieldError;
use crate::jobs::Job;
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, constant_sql};
use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Uuid as SqlUuid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use uuid::Uuid;

/// Hours for which changes are kept, by PostgreSQL's clock. A mark is good for half of that, so that what committed after it is
/// still there, however long it took.
const KEPT_HOURS: i32 = 6;

/// Most changes that an answer tells one by one; with more, the whole is sent again.
const MAX_TOLD: usize = 2_000;

/// A mark of an answer: what it was made from, for asking what has changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Transactions that were committed, as text of `pg_snapshot`.
    #[serde(rename = "s")]
    snapshot: String,
    /// Time of the answer by PostgreSQL's clock, in seconds since 1970.
    #[serde(rename = "t")]
    at: i64,
    /// Digest of what was asked for.
    #[serde(rename = "q")]
    asked: u64,
    /// Date at the hotel, where the answer depends on it.
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    date: Option<NaiveDate>,
}

impl Mark {
    /// Reads a mark as answers carry it; none if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mark: Self = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        // PostgreSQL is to read it as a snapshot, and is not asked whether it is one.
        is_snapshot(&mark.snapshot).then_some(mark)
    }

    /// Returns the mark as answers carry it.
    pub fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// Returns `true` for `xmin:xmax:` and perhaps transactions between the two, rising and separated by commas.
fn is_snapshot(text: &str) -> bool {
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number > 0);
    let mut parts = text.split(':');
    let (Some(low), Some(high), Some(between), None) =
        (parts.next().and_then(number), parts.next().and_then(number), parts.next(), parts.next())
    else {
        return false;
    };
    let mut last = low - 1;
    let mut rises = |text: &str| number(text).is_some_and(|one| one > std::mem::replace(&mut last, one) && one < high);
    low <= high && (between.is_empty() || between.split(',').all(&mut rises))
}

/// Request that marks are made for: its parameters, without the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked(u64);

impl Asked {
    /// Makes a digest of what is asked for: FNV-1a, the same on every process.
    pub fn new(what: &str) -> Self {
        Self(what.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }
}

/// Things of a hotel that have changed since a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    pub bookings: BTreeSet<Uuid>,
    pub rooms: BTreeSet<Uuid>,
    /// `true` if prices or the number of rooms on sale have changed on some night.
    pub nights: bool,
}

impl Changed {
    pub fn is_empty(&self) -> bool {
        self.bookings.is_empty() && self.rooms.is_empty() && !self.nights
    }
}

/// Changes to tell to somebody with a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Everything: there is no mark, it is too old or another one's, or what all rows show has changed.
    Whole,
    /// These things.
    Since(Changed),
}

/// Reads what is committed now as a mark, and what has changed at the hotels since an earlier one.
///
/// To be read before what is shown: then that is as new as the mark, or newer and told again.
pub async fn since(mut conn: &Conn, property_ids: &[Uuid], seen: Option<&Mark>, asked: Asked) -> QueryResult<(Mark, News)> {
    let seen = seen.filter(|mark| mark.asked == asked.0);
    let snapshot = seen.map_or("", |mark| mark.snapshot.as_str());
    // The row of the mark comes first. Transactions that are not over yet are beyond what any row can name.
    let statement = constant_sql(
        "WITH seen AS MATERIALIZED (SELECT nullif($2, '')::pg_snapshot AS snapshot) \
         SELECT NULL::text AS kind, NULL::uuid AS entity_id, pg_current_snapshot()::text AS snapshot, \
                extract(epoch FROM statement_timestamp())::bigint AS at, \
                coalesce(pg_snapshot_xmax(seen.snapshot)::text::bigint > pg_snapshot_xmax(pg_current_snapshot())::text::bigint, \
                         false) AS is_of_another \
         FROM seen \
         UNION ALL \
         (SELECT DISTINCT changes.kind, changes.entity_id, NULL, NULL::bigint, false FROM seen, changes \
          WHERE changes.property_id = ANY ($1) \
            AND changes.changed_by >= pg_snapshot_xmin(seen.snapshot)::text::bigint \
            AND NOT pg_visible_in_snapshot(changes.changed_by::text::xid8, seen.snapshot) \
          LIMIT $3)",
    );
    let limit = i64::try_from(MAX_TOLD).unwrap_or(i64::MAX) + 1;
    let statement = statement.bind::<Array<SqlUuid>, _>(property_ids).bind::<Text, _>(snapshot).bind::<BigInt, _>(limit);
    let mut rows: Vec<Row> = Cached(statement).load(&mut conn).await?;
    let place = rows.iter().position(|row| row.kind.is_none()).ok_or(diesel::result::Error::NotFound)?;
    let now = rows.swap_remove(place);
    let mark = Mark { snapshot: now.snapshot.unwrap_or_default(), at: now.at.unwrap_or(0), asked: asked.0, date: None };
    let news = match seen {
        Some(seen) if !now.is_of_another && !is_too_old(seen, &mark) && rows.len() <= MAX_TOLD => told(&rows),
        _ => News::Whole,
    };
    Ok((mark, news))
}

fn is_too_old(seen: &Mark, now: &Mark) -> bool {
    now.at - seen.at > i64::from(KEPT_HOURS) * 3600 / 2 || seen.at > now.at
}

fn told(rows: &[Row]) -> News {
    let mut changed = Changed::default();
    for row in rows {
        match (row.kind.as_deref(), row.entity_id) {
            (Some("booking"), Some(id)) => _ = changed.bookings.insert(id),
            (Some("room"), Some(id)) => _ = changed.rooms.insert(id),
            (Some("nights"), _) => changed.nights = true,
            // What all rows show, such as names of room types.
            _ => return News::Whole,
        }
    }
    News::Since(changed)
}

/// Marks of what a reader has: of a whole copy (`If-None-Match`), or of the answer since which news are asked for.
#[derive(Debug, Default)]
pub struct Known {
    pub copy: Option<Mark>,
    pub since: Option<Mark>,
}

/// Answer to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tell {
    /// Nothing: the copy is right.
    Nothing,
    Whole,
    /// The changes alone, of which there may be none.
    Delta(Changed),
}

impl Known {
    /// Reads the marks of a request: `updated_since` is that of its query.
    pub fn of(copy: Option<Mark>, updated_since: Option<&str>) -> Result<Self> {
        let wrong = || Error::invalid_fields(vec![FieldError::query("updated_since", "is not the sync of an earlier answer")]);
        let since = updated_since.map(|text| Mark::parse(text).ok_or_else(wrong)).transpose()?;
        Ok(Self { copy, since })
    }

    /// Returns the mark that news are counted from.
    pub fn mark(&self) -> Option<&Mark> {
        self.since.as_ref().or(self.copy.as_ref())
    }

    /// Decides what to tell, of things that the answer shows.
    pub fn tell(&self, news: News, shows: impl FnOnce(&Changed) -> bool) -> Tell {
        match news {
            News::Whole => Tell::Whole,
            News::Since(changed) if self.since.is_some() => {
                Tell::Delta(if shows(&changed) { changed } else { Changed::default() })
            }
            News::Since(changed) if shows(&changed) => Tell::Whole,
            News::Since(_) => Tell::Nothing,
        }
    }
}

impl Mark {
    /// Returns the mark with the date that the answer depends on.
    #[must_use]
    pub fn on(self, date: NaiveDate) -> Self {
        Self { date: Some(date), ..self }
    }

    /// Returns `true` if the mark is of an answer of this date.
    pub fn is_of(&self, date: NaiveDate) -> bool {
        self.date == Some(date)
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    entity_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    snapshot: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    at: Option<i64>,
    /// `true` if the mark is of a database that has counted more transactions: of one that was restored.
    #[diesel(sql_type = Bool)]
    is_of_another: bool,
}

/// Job that forgets changes that no mark asks for any more.
pub const SWEEP: Job = Job {
    name: "changes.sweep",
    every: Duration::from_secs(600),
    follows_clock: false,
    run: |app| {
        Box::pin(async move {
            let conn = app.db.conn().await?;
            sweep(&conn).await?;
            Ok(())
        })
    },
};

/// Forgets old changes by PostgreSQL's clock, by which they were noted: business time may stand still.
async fn sweep(mut conn: &Conn) -> QueryResult<usize> {
    constant_sql("DELETE FROM changes WHERE created_at < now() - make_interval(hours => $1)")
        .bind::<Integer, _>(KEPT_HOURS)
        .execute(&mut conn)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(snapshot: &str) -> Mark {
        Mark { snapshot: snapshot.into(), at: 1_700_000_000, asked: Asked::new("front-desk").0, date: None }
    }

    #[test]
    fn marks_are_read_as_they_were_written() {
        let mark = mark("10:20:11,15").on(crate::testing::december(1));
        assert_eq!(Mark::parse(&mark.to_text()), Some(mark));
        for wrong in
            ["", "!", "e30", &mark_text("20:10:"), &mark_text("10:20:15,11"), &mark_text("10:20:25"), &mark_text("10:20")]
        {
            assert_eq!(Mark::parse(wrong), None, "{wrong}");
        }
        for right in ["10:10:", "10:20:10", "731:739:731,735,738"] {
            assert!(Mark::parse(&mark_text(right)).is_some(), "{right}");
        }
    }

    fn mark_text(snapshot: &str) -> String {
        mark(snapshot).to_text()
    }

    #[test]
    fn old_marks_are_not_answered() {
        let seen = mark("10:20:");
        let later = |seconds| Mark { at: seen.at + seconds, ..seen.clone() };
        assert!(!is_too_old(&seen, &later(0)) && !is_too_old(&seen, &later(3 * 3600)));
        assert!(is_too_old(&seen, &later(3 * 3600 + 1)) && is_too_old(&seen, &later(-1)));
    }
}
