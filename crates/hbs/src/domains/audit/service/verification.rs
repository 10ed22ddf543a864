//! Proof of the record: its chains are recomputed, and its copies compared, entry by entry. No more than a batch is in memory.
use super::away;
use crate::app::App;
use crate::domains::audit::dto::{CopiesState, CopyOut, DifferenceKind, DifferenceOut, StreamOut, VerificationOut, VerifyQuery};
use crate::domains::audit::repository;
use crate::outbox::sinks::{self, Sink};
use crate::outbox::{self, Numbered, chain};
use crate::security::Staff;
use crate::security::permission::AuditRead;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use futures_util::TryStreamExt;
use mongodb::Cursor;
use mongodb::bson::Document;
use std::collections::HashMap;
use uuid::Uuid;

const BATCH: usize = 1000;
/// Most differences of a copy that are named.
const NAMED: usize = 20;

/// Result of verifying a stream: the number of recomputed entries, the first broken one, if any, and its copies.
#[derive(Debug, Clone)]
pub struct Verification {
    pub stream_id: Uuid,
    pub entries: i64,
    pub first_broken_seq: Option<i64>,
    /// Number of the last entry that retention has taken out of PostgreSQL; 0 if none.
    pub pruned_seq: i64,
    pub copies: Vec<CopyOut>,
}

impl Verification {
    /// Returns the state of the copies.
    pub fn state(&self) -> CopiesState {
        let is_same = |copy: &CopyOut| copy.missing == 0 && copy.differing == 0 && copy.extra == 0;
        if !self.copies.iter().all(is_same) {
            CopiesState::Different
        } else if self.copies.len() < sinks::ALL.len() {
            CopiesState::Unavailable
        } else {
            CopiesState::Same
        }
    }
}

impl Verification {
    /// Says of each copy that is not the same what is wrong with it, and of its first differences which they are.
    pub fn in_words(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for copy in &self.copies {
            let CopyOut { collection, same: _, missing, differing, extra, undelivered, differences } = copy;
            if missing + differing + extra + undelivered > 0 {
                lines.push(format!(
                    "{collection}: {missing} missing, {differing} differing, {extra} in MongoDB alone, {undelivered} to be delivered"
                ));
            }
            lines.extend(differences.iter().map(|difference| format!("{collection}: {}", difference.in_words())));
        }
        lines
    }
}

impl DifferenceOut {
    fn in_words(&self) -> String {
        let entry = match (self.seq, self.id) {
            (Some(seq), Some(id)) => format!("entry {seq} ({id})"),
            (Some(seq), None) => format!("entry {seq}"),
            (None, Some(id)) => format!("entry without a number ({id})"),
            (None, None) => "entry without a number".to_owned(),
        };
        match self.kind {
            DifferenceKind::Missing => format!("{entry} is missing"),
            DifferenceKind::Extra => format!("{entry} is in MongoDB alone"),
            DifferenceKind::Differing => format!("{entry} differs in {}", self.fields.join(", ")),
        }
    }
}

/// Verifies the records that the caller may see.
pub async fn verify(app: &App, staff: &Staff<AuditRead>, query: &VerifyQuery) -> Result<VerificationOut> {
    if let Some(property_id) = query.property_id {
        staff.at(property_id)?;
    }
    let mut verified = Vec::new();
    for (stream_id, entries) in streams(app).await? {
        let asked = query.property_id.is_none_or(|property_id| property_id == stream_id);
        if asked && staff.scope.covers(stream_id) {
            verified.push(verify_stream(app, stream_id, entries).await?);
        }
    }
    let is_all = query.property_id.is_none() && staff.scope.is_all();
    let astray = if is_all { astray(app, &verified).await? } else { None };
    let intact = verified.iter().all(|stream| stream.first_broken_seq.is_none());
    let copies = overall(&verified, astray);
    Ok(VerificationOut { intact, copies, streams: verified.into_iter().map(StreamOut::from).collect(), astray })
}

impl From<Verification> for StreamOut {
    fn from(verification: Verification) -> Self {
        let Verification { stream_id, entries, first_broken_seq, pruned_seq, copies } = verification;
        Self { stream_id, entries, first_broken_seq, pruned_seq, copies }
    }
}

/// The state of all copies: what differs is told before what could not be compared.
pub fn overall(verified: &[Verification], astray: Option<i64>) -> CopiesState {
    let states: Vec<CopiesState> = verified.iter().map(Verification::state).collect();
    if astray.is_some_and(|astray| astray > 0) || states.contains(&CopiesState::Different) {
        CopiesState::Different
    } else if states.contains(&CopiesState::Unavailable) {
        CopiesState::Unavailable
    } else {
        CopiesState::Same
    }
}

async fn streams(app: &App) -> Result<Vec<(Uuid, i64)>> {
    let conn = app.db.conn().await?;
    Ok(outbox::counts(&conn).await?)
}

/// Verifies every record, telling of each as it is done.
pub async fn verify_all(app: &App, mut tell: impl FnMut(&Verification)) -> Result<Vec<Verification>> {
    let mut verified = Vec::new();
    for (stream_id, entries) in streams(app).await? {
        let verification = verify_stream(app, stream_id, entries).await?;
        tell(&verification);
        verified.push(verification);
    }
    Ok(verified)
}

/// Recomputes a chain of `entries` from the first that is in PostgreSQL to its last, and compares the copies of these. A missing
/// entry breaks the chain.
pub async fn verify_stream(app: &App, stream_id: Uuid, entries: i64) -> Result<Verification> {
    let conn = app.db.conn().await?;
    loop {
        let beginning = outbox::beginning(&conn, stream_id).await?;
        let verified = verify_from(app, &conn, stream_id, entries, &beginning).await?;
        // What left the outbox meanwhile is not missing.
        if verified.first_broken_seq.is_none() || outbox::beginning(&conn, stream_id).await? == beginning {
            return Ok(verified);
        }
    }
}

async fn verify_from(
    app: &App,
    conn: &Conn,
    stream_id: Uuid,
    entries: i64,
    beginning: &outbox::Beginning,
) -> Result<Verification> {
    let mut copies = Vec::new();
    for sink in sinks::ALL {
        copies.push(Comparison::new(*sink, stream_id, sinks::delivered(conn, *sink).await?));
    }
    let pruned_seq = beginning.seq;
    let mut links = Links { seq: pruned_seq, hash: beginning.hash.clone(), broken: None };
    let mut last = pruned_seq;
    loop {
        let batch = outbox::chain_after(conn, stream_id, last, BATCH.try_into().map_err(Error::internal)?).await?;
        let Some(end) = batch.last().map(|entry| entry.seq) else { break };
        links.follow(&batch);
        for copy in &mut copies {
            copy.compare(app, conn, &batch, (last, end)).await?;
        }
        last = end;
    }
    for copy in &mut copies {
        copy.look_beyond(app, conn, last).await?;
    }
    let first_broken_seq = links.broken.or((links.seq < entries).then_some(links.seq + 1));
    let copies = copies.into_iter().filter_map(Comparison::done).collect();
    Ok(Verification { stream_id, entries: links.seq - pruned_seq, first_broken_seq, pruned_seq, copies })
}

/// A chain as far as it holds.
struct Links {
    seq: i64,
    hash: Vec<u8>,
    broken: Option<i64>,
}

impl Links {
    fn follow(&mut self, batch: &[Numbered]) {
        for entry in batch {
            if self.broken.is_some() {
                return;
            }
            if entry.seq != self.seq + 1 || !chain::holds(&self.hash, entry) {
                self.broken = Some(self.seq + 1);
                return;
            }
            self.seq = entry.seq;
            self.hash.clone_from(&entry.hash);
        }
    }
}

/// A copy of a stream, as far as it has been compared.
struct Comparison {
    sink: Sink,
    stream_id: Uuid,
    /// Position up to which entries have been delivered.
    delivered: i64,
    out: CopyOut,
    is_away: bool,
}

/// A document in MongoDB that is no copy of an entry at its place.
struct Stray {
    id: Option<Uuid>,
    seq: Option<i64>,
    position: Option<i64>,
}

impl Stray {
    fn of(document: &Document) -> Self {
        let number = |name| document.get_i64(name).ok();
        let id = document.get_str("_id").ok().and_then(|id| id.parse().ok());
        Self { id, seq: number("seq"), position: number("position") }
    }
}

impl Comparison {
    fn new(sink: Sink, stream_id: Uuid, delivered: i64) -> Self {
        let out = CopyOut {
            collection: sink.name,
            same: 0,
            missing: 0,
            differing: 0,
            extra: 0,
            undelivered: 0,
            differences: Vec::new(),
        };
        Self { sink, stream_id, delivered, out, is_away: false }
    }

    fn done(self) -> Option<CopyOut> {
        (!self.is_away).then_some(self.out)
    }

    /// Returns what MongoDB says, or nothing from the moment on at which it is away.
    fn answered<T>(&mut self, answer: mongodb::error::Result<T>) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                away(&error);
                self.is_away = true;
                None
            }
        }
    }

    /// Compares the entries of a batch, whose numbers lie after the first of the two up to the second.
    async fn compare(&mut self, app: &App, conn: &Conn, batch: &[Numbered], (after, to): (i64, i64)) -> Result<()> {
        if self.is_away {
            return Ok(());
        }
        let taken = batch.iter().filter(|entry| self.sink.takes(entry));
        let mut expected: HashMap<Uuid, &Numbered> = taken.map(|entry| (entry.event.event_id, entry)).collect();
        let copies = repository::copies(&app.mongo, self.sink, self.stream_id, after, to).await;
        let Some(mut copies) = self.answered(copies) else { return Ok(()) };
        let mut strays = Vec::new();
        loop {
            let next = copies.try_next().await;
            let Some(next) = self.answered(next) else { return Ok(()) };
            let Some(copy) = next else { break };
            let stray = Stray::of(&copy);
            match stray.id.and_then(|id| expected.remove(&id)) {
                Some(entry) => self.weigh(entry, &copy)?,
                None => strays.push(stray),
            }
            if strays.len() == BATCH {
                self.judge(conn, std::mem::take(&mut strays)).await?;
            }
        }
        self.judge(conn, strays).await?;
        self.find_missing(app, expected).await
    }

    /// Looks for entries that are not at their place: somewhere else, or missing.
    async fn find_missing(&mut self, app: &App, mut expected: HashMap<Uuid, &Numbered>) -> Result<()> {
        if expected.is_empty() {
            return Ok(());
        }
        let elsewhere = repository::copies_of(&app.mongo, self.sink, expected.keys().copied()).await;
        let Some(elsewhere) = self.answered(elsewhere) else { return Ok(()) };
        for copy in elsewhere {
            if let Some(entry) = Stray::of(&copy).id.and_then(|id| expected.remove(&id)) {
                self.weigh(entry, &copy)?;
            }
        }
        let mut missing: Vec<&Numbered> = expected.into_values().collect();
        missing.sort_unstable_by_key(|entry| entry.seq);
        for entry in missing {
            if entry.position > self.delivered {
                self.out.undelivered += 1;
            } else {
                self.out.missing += 1;
                self.name(DifferenceKind::Missing, entry, Vec::new());
            }
        }
        Ok(())
    }

    /// Compares an entry with its copy, field by field.
    fn weigh(&mut self, entry: &Numbered, copy: &Document) -> Result<()> {
        let original = sinks::document(entry)?;
        let differing = original.iter().filter(|(name, value)| copy.get(*name) != Some(*value)).map(|(name, _)| name);
        let further = copy.keys().filter(|name| !original.contains_key(*name));
        let fields: Vec<String> = differing.chain(further).cloned().collect();
        if fields.is_empty() {
            self.out.same += 1;
        } else {
            self.out.differing += 1;
            self.name(DifferenceKind::Differing, entry, fields);
        }
        Ok(())
    }

    fn name(&mut self, kind: DifferenceKind, entry: &Numbered, fields: Vec<String>) {
        if self.out.differences.len() < NAMED {
            let (seq, position, id) = (Some(entry.seq), Some(entry.position), Some(entry.event.event_id));
            self.out.differences.push(DifferenceOut { kind, seq, position, id, fields });
        }
    }

    /// Looks for what stands under the stream beyond its entries.
    async fn look_beyond(&mut self, app: &App, conn: &Conn, last: i64) -> Result<()> {
        if self.is_away {
            return Ok(());
        }
        let beyond = repository::beyond(&app.mongo, self.sink, self.stream_id, last).await;
        let Some(mut beyond) = self.answered(beyond) else { return Ok(()) };
        loop {
            let strays = batch_of(&mut beyond).await;
            let Some(strays) = self.answered(strays) else { return Ok(()) };
            if strays.is_empty() {
                return Ok(());
            }
            self.judge(conn, strays).await?;
        }
    }

    /// Counts those of the documents that are of no entry at all. The others are copies that were moved, and named where they
    /// should be, or of entries that have just been made.
    async fn judge(&mut self, conn: &Conn, strays: Vec<Stray>) -> Result<()> {
        for Stray { id, seq, position } in unknown(conn, strays).await? {
            self.out.extra += 1;
            if self.out.differences.len() < NAMED {
                let kind = DifferenceKind::Extra;
                self.out.differences.push(DifferenceOut { kind, seq, position, id, fields: Vec::new() });
            }
        }
        Ok(())
    }
}

/// The next documents of a cursor; none at its end.
async fn batch_of(cursor: &mut Cursor<Document>) -> mongodb::error::Result<Vec<Stray>> {
    let mut strays = Vec::new();
    while strays.len() < BATCH
        && let Some(document) = cursor.try_next().await?
    {
        strays.push(Stray::of(&document));
    }
    Ok(strays)
}

/// Returns the documents that are of no entry in PostgreSQL.
async fn unknown(conn: &Conn, mut strays: Vec<Stray>) -> Result<Vec<Stray>> {
    if strays.is_empty() {
        return Ok(strays);
    }
    let positions: Vec<i64> = strays.iter().filter_map(|stray| stray.position).collect();
    let known = outbox::at_positions(conn, &positions).await?;
    strays.retain(|stray| !known.iter().any(|entry| Some(entry.event.event_id) == stray.id));
    Ok(strays)
}

/// Returns the number of documents that stand under none of all streams; nothing if MongoDB is away.
pub async fn astray(app: &App, all: &[Verification]) -> Result<Option<i64>> {
    if all.iter().any(|stream| stream.copies.len() < sinks::ALL.len()) {
        return Ok(None);
    }
    let streams: Vec<Uuid> = all.iter().map(|stream| stream.stream_id).collect();
    let conn = app.db.conn().await?;
    let mut astray = 0;
    for sink in sinks::ALL {
        let Ok(mut cursor) = repository::under_no_stream(&app.mongo, *sink, &streams).await else { return Ok(None) };
        loop {
            let Ok(strays) = batch_of(&mut cursor).await else { return Ok(None) };
            if strays.is_empty() {
                break;
            }
            astray += i64::try_from(unknown(&conn, strays).await?.len()).map_err(Error::internal)?;
        }
    }
    Ok(Some(astray))
}
