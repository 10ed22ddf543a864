//! Checkpoints that were kept elsewhere are compared with the record, and what was kept of removed events with its hashes.
use crate::app::App;
use crate::domains::checkpoints::dto::Checkpoint;
use crate::domains::checkpoints::model::{StoredKey, StreamHead};
use crate::domains::checkpoints::{repository, rules};
use crate::numbers::hex;
use crate::outbox::{self, Numbered, retention};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use std::collections::HashMap;
use uuid::Uuid;

const BATCH: i64 = 1000;

/// Difference between a kept checkpoint and the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("checkpoint {number}: this installation has no key {kid}, which signed it")]
    UnknownKey { number: i64, kid: String },
    #[error("checkpoint {number}: it is not what was signed")]
    Forged { number: i64 },
    #[error("checkpoint {number}: the table audit_checkpoints has another one, or none")]
    OtherCheckpoint { number: i64 },
    #[error("checkpoint {number}: {stream_id} had {seq} entries, and has {left}")]
    Cut { number: i64, stream_id: Uuid, seq: i64, left: i64 },
    #[error("checkpoint {number}: {stream_id}: entry {seq} is not here")]
    Gone { number: i64, stream_id: Uuid, seq: i64 },
    #[error("checkpoint {number}: {stream_id}: entry {seq} has left PostgreSQL, and MongoDB is away")]
    Unknown { number: i64, stream_id: Uuid, seq: i64 },
    #[error("checkpoint {number}: {stream_id}: of the entries {} to {seq}, at least one was changed", .known_good + 1)]
    Rewritten { number: i64, stream_id: Uuid, known_good: i64, seq: i64 },
}

/// Compares checkpoints that were kept elsewhere with the record. What has left the outbox is looked for in MongoDB's copy.
///
/// That the chains hold from entry to entry is for the verification of the record to say: both are needed.
pub async fn compare(app: &App, kept: &[Checkpoint]) -> Result<Vec<Difference>> {
    let conn = app.db.conn().await?;
    let keys = repository::keys(&conn).await?;
    let heads = outbox::standing(&conn).await?.heads;
    let record = Record { app, conn: &conn, ends: heads.into_iter().map(|head| (head.stream_id, head.seq)).collect() };
    let mut kept: Vec<&Checkpoint> = kept.iter().collect();
    kept.sort_by_key(|checkpoint| checkpoint.statement.number);
    let (mut differences, mut known_good) = (Vec::new(), HashMap::new());
    for checkpoint in kept {
        if let Some(forged) = of_signature(checkpoint, &keys)? {
            differences.push(forged);
            continue;
        }
        differences.extend(of_chain(&conn, checkpoint).await?);
        for head in &checkpoint.streams {
            let good = known_good.get(&head.stream_id).copied().unwrap_or(0);
            match record.difference(checkpoint.statement.number, head, good).await? {
                Some(difference) => differences.push(difference),
                None => {
                    known_good.insert(head.stream_id, head.seq);
                }
            }
        }
    }
    Ok(differences)
}

/// Tells whether a checkpoint is one that this installation has signed.
fn of_signature(checkpoint: &Checkpoint, keys: &[StoredKey]) -> Result<Option<Difference>> {
    let Checkpoint { statement, digest, kid, signature, streams, .. } = checkpoint;
    let number = statement.number;
    let Some(key) = keys.iter().find(|key| key.kid == *kid) else {
        return Ok(Some(Difference::UnknownKey { number, kid: kid.clone() }));
    };
    let text = rules::canonical(statement).map_err(Error::internal)?;
    let is_good = statement.format == rules::FORMAT
        && rules::is_signed(&key.public_key, &text, signature)
        && *digest == hex(&rules::digest(&text))
        && rules::covers(statement, streams);
    Ok((!is_good).then_some(Difference::Forged { number }))
}

/// Tells whether the checkpoint of that number is another one here.
async fn of_chain(conn: &Conn, checkpoint: &Checkpoint) -> Result<Option<Difference>> {
    let number = checkpoint.statement.number;
    let here = repository::digest_of(conn, number).await?.map(|digest| hex(&digest));
    Ok((here.as_ref() != Some(&checkpoint.digest)).then_some(Difference::OtherCheckpoint { number }))
}

/// The record, as far as heads are compared with it.
struct Record<'a> {
    app: &'a App,
    conn: &'a Conn,
    /// Number of the last entry of each stream.
    ends: HashMap<Uuid, i64>,
}

impl Record<'_> {
    async fn difference(&self, number: i64, head: &StreamHead, known_good: i64) -> Result<Option<Difference>> {
        let StreamHead { stream_id, seq, ref hash } = *head;
        let left = self.ends.get(&stream_id).copied().unwrap_or(0);
        if left < seq {
            return Ok(Some(Difference::Cut { number, stream_id, seq, left }));
        }
        Ok(match self.hash_at(stream_id, seq).await? {
            Found::Nothing => Some(Difference::Gone { number, stream_id, seq }),
            Found::Away => Some(Difference::Unknown { number, stream_id, seq }),
            Found::Hash(here) if here != *hash => Some(Difference::Rewritten { number, stream_id, known_good, seq }),
            Found::Hash(_) => None,
        })
    }

    /// Looks for an entry: in the outbox or, where it has left that, in MongoDB's copy.
    async fn hash_at(&self, stream_id: Uuid, seq: i64) -> Result<Found> {
        let beginning = outbox::beginning(self.conn, stream_id).await?;
        if seq < beginning.seq {
            return Ok(match repository::hash_in_copy(&self.app.mongo, stream_id, seq).await {
                Ok(hash) => hash.map_or(Found::Nothing, Found::Hash),
                Err(error) => {
                    away(&error);
                    Found::Away
                }
            });
        }
        if seq == beginning.seq {
            return Ok(Found::Hash(hex(&beginning.hash)));
        }
        Ok(outbox::hash_at(self.conn, stream_id, seq).await?.map_or(Found::Nothing, |hash| Found::Hash(hex(&hash))))
    }
}

/// Finding in the place of an entry.
enum Found {
    /// Hash of the entry, in hexadecimal.
    Hash(String),
    Nothing,
    /// The entry is in MongoDB, if anywhere, which does not answer.
    Away,
}

fn away(error: &mongodb::error::Error) {
    tracing::warn!(%error, "the copy of the record could not be read");
}

/// Result of verifying events that left the outbox and were kept for the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedKept {
    /// Number of events that are as they were.
    pub entries: usize,
    /// Stream and number of the first that is not.
    pub wrong: Option<(Uuid, i64)>,
    /// `false` if MongoDB was away: then hashes were recomputed, but not compared with those of the copy.
    pub is_compared: bool,
}

/// Recomputes the hash of each event that was kept of those that left the outbox, and compares it with MongoDB's copy, up to the
/// first that is wrong.
pub async fn verify_kept(app: &App) -> Result<VerifiedKept> {
    let conn = app.db.conn().await?;
    let mut verified = VerifiedKept { entries: 0, wrong: None, is_compared: true };
    let mut after = (Uuid::nil(), 0);
    loop {
        let batch = retention::kept_after(&conn, after, BATCH).await?;
        let Some(last) = batch.last() else { return Ok(verified) };
        after = (last.event.stream_id, last.seq);
        let copies = if verified.is_compared { copies_of(app, &batch).await } else { None };
        verified.is_compared = copies.is_some();
        let is_in = |copies: &HashMap<String, String>, kept: &Numbered| {
            copies.get(&kept.event.event_id.to_string()) == Some(&hex(&kept.hash))
        };
        let is_good = |kept: &Numbered| retention::is_whole(kept) && copies.as_ref().is_none_or(|copies| is_in(copies, kept));
        if let Some(wrong) = batch.iter().find(|kept| !is_good(kept)) {
            verified.wrong = Some((wrong.event.stream_id, wrong.seq));
            return Ok(verified);
        }
        verified.entries += batch.len();
    }
}

/// The hashes that MongoDB has of some events; nothing if it is away.
async fn copies_of(app: &App, events: &[Numbered]) -> Option<HashMap<String, String>> {
    let ids: Vec<Uuid> = events.iter().map(|kept| kept.event.event_id).collect();
    repository::hashes_in_copy(&app.mongo, &ids).await.inspect_err(away).ok()
}
