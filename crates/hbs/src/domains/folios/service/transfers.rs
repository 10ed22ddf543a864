//! Moving and splitting: who pays what.
use super::{Posting, check_of_payer, check_open, hold, positive, post};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::folios::dto::{MoveEntries, SplitEntries};
use crate::domains::folios::error::FolioError;
use crate::domains::folios::model::{Folio, FolioEntry};
use crate::domains::folios::repository;
use crate::domains::folios::rules::open;
use crate::domains::folios::rules::transfer::{self, Refusal, Share};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::money::Money;
use crate::outbox::Cause;
use crate::security::Staff;
use crate::security::permission::FoliosWrite;
use crate::stores::postgres::Conn;
use crate::version::IfMatch;
use crate::{Error, Result};
use chrono::NaiveDate;
use uuid::Uuid;

/// Highest number of entries that are split at once. Two entries come of each, so that folios which are split to and fro would
/// grow without end.
const MAX_SPLIT: usize = 2_000;

/// Moves entries to another folio of the hotel.
pub async fn move_entries(
    app: &App,
    staff: &Staff<FoliosWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    request: MoveEntries,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let MoveEntries { to_folio_id, entry_ids } = request;
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("folio")?;
        let chosen = Chosen { to_folio_id, entry_ids: entry_ids.as_deref(), nights: None };
        bring(conn, found, seen, &chosen, "folio.moved", &cause, |_| Ok(Share::All)).await
    })
    .await
}

/// Splits entries between the folio and another one of the hotel.
pub async fn split(
    app: &App,
    staff: &Staff<FoliosWrite>,
    key: &IdempotencyKey,
    seen: IfMatch,
    id: Uuid,
    request: SplitEntries,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let found = repository::find(conn, &staff.scope, id).await?.or_404("folio")?;
        let SplitEntries { to_folio_id, entry_ids, amount, percent, nights } = &request;
        let nights = nights.as_ref().map(|nights| (nights.from, nights.to));
        let chosen = Chosen { to_folio_id: *to_folio_id, entry_ids: entry_ids.as_deref(), nights };
        let share = |folio: &Folio| match (amount, percent, nights) {
            (Some(amount), None, None) => Ok(Share::Amount(positive(*amount, folio.currency, "/amount")?)),
            (None, Some(percent), None) => Ok(Share::Part(percent.ppm().into())),
            (None, None, Some((from, to))) if from < to => Ok(Share::All),
            (None, None, Some(_)) => Err(Error::invalid("/nights/to", "must be after `from`")),
            _ => Err(Error::invalid("/amount", "give exactly one of `amount`, `percent` and `nights`")),
        };
        bring(conn, found, seen, &chosen, "folio.split", &cause, share).await
    })
    .await
}

/// Choice of entries of a folio that go to another one.
struct Chosen<'a> {
    to_folio_id: Uuid,
    /// Entries by name; all that are open if none are named.
    entry_ids: Option<&'a [Uuid]>,
    /// Dates of service, up to and without the second.
    nights: Option<(NaiveDate, NaiveDate)>,
}

impl Chosen<'_> {
    /// Returns the chosen ones among the lines of a folio, of which `open` are open, each with what belongs to it.
    fn of(&self, lines: &[FolioEntry], open: &[FolioEntry]) -> Result<Vec<FolioEntry>> {
        let named = match self.entry_ids {
            Some(ids) => {
                if let Some(place) = ids.iter().position(|id| lines.iter().all(|line| line.id != *id)) {
                    return Err(Error::invalid(format!("/entry_ids/{place}"), "is not an entry of the folio"));
                }
                let missing: Vec<Uuid> = ids.iter().filter(|id| open.iter().all(|line| line.id != **id)).copied().collect();
                if !missing.is_empty() {
                    return Err(FolioError::NotOpen(missing).into());
                }
                transfer::with_belongings(open, &ids.iter().copied().collect())
            }
            None => open.to_vec(),
        };
        let chosen = match self.nights {
            Some((from, to)) => transfer::of_nights(&named, from, to),
            None => named,
        };
        let torn: Vec<Uuid> = transfer::torn(open, &chosen).into_iter().map(|line| line.id).collect();
        if torn.is_empty() {
            Ok(chosen)
        } else {
            Err(FolioError::GoesWithPrice { pointer: "/entry_ids", entry_ids: torn }.into())
        }
    }
}

/// Brings a share of chosen entries to another folio, both folios locked.
async fn bring(
    conn: &Conn,
    found: Folio,
    seen: IfMatch,
    chosen: &Chosen<'_>,
    kind: &'static str,
    cause: &Cause,
    share: impl FnOnce(&Folio) -> Result<Share>,
) -> Result<Answer> {
    let property = hold(conn, found.property_id).await?;
    let to_folio_id = chosen.to_folio_id;
    if to_folio_id == found.id {
        return Err(Error::invalid("/to_folio_id", "must be another folio"));
    }
    let mut folios = repository::lock_each(conn, property.id, &[found.id, to_folio_id]).await?;
    let unknown = || FolioError::UnknownTarget { pointer: "/to_folio_id" };
    let place = folios.iter().position(|folio| folio.id == to_folio_id).ok_or_else(unknown)?;
    let to = folios.swap_remove(place);
    let folio = folios.pop().or_404("folio")?;
    seen.check(folio.version)?;
    for folio in [&folio, &to] {
        check_of_payer(folio)?;
        check_open(folio)?;
    }
    let share = share(&folio)?;
    let lines = repository::entries_on(conn, property.id, &[folio.id]).await?;
    let open = open(&lines);
    let money = |minor| Money::new(minor, folio.currency);
    let chosen = chosen.of(&lines, &open)?;
    if share != Share::All && chosen.len() > MAX_SPLIT {
        return Err(FolioError::TooManyEntries { found: chosen.len(), most: MAX_SPLIT }.into());
    }
    let moved = transfer::transfer(&chosen, share, to.id).map_err(|refusal| match refusal {
        Refusal::Nothing | Refusal::NoAmount => FolioError::NothingToMove,
        Refusal::NoShare { total_minor } => FolioError::NotDivisible { total: money(total_minor) },
        Refusal::TooMuch { total_minor } => FolioError::TooMuch(money(total_minor)),
    })?;
    post(conn, Posting { folio: &folio, kind, to_folio_id: Some(to.id), lines: moved }, cause).await
}
