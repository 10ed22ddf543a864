//! The relay: gives every event its place.
//!
//! One process leads at a time, for one transaction. It numbers every visible event that has no
//! place, in the order of ids and without a watermark: an event that commits late gets a later
//! number and none is skipped. Each process wakes its own relay after a commit, and all of them look
//! once in a while, so no `NOTIFY` is needed (which would serialize all commits).
use super::pace::{AFTER_FAILURE, BATCH, POLL, rest};
use super::{Thing, chain, repository, versions};
use crate::app::App;
use crate::clock::Clock;
use crate::stores::postgres::try_lead;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use repository::Places;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use uuid::Uuid;

/// The name of the leader's lock.
pub const LOCK: &str = "outbox.relay";
/// Time for which wakes are gathered: those that come close together are served by one batch.
const GATHER: Duration = Duration::from_millis(5);
/// Time between the beginnings of two batches. Each wakes all that follow the record.
const PACE: Duration = Duration::from_millis(50);

/// The relay's bell.
#[derive(Default)]
pub struct Relay {
    bell: Notify,
    delivered: Notify,
}

impl Relay {
    /// Wakes the relay: there are new events.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    pub(super) fn numbered(&self) {
        self.delivered.notify_waiters();
    }

    /// Wakes when this process has numbered events, from now on.
    pub fn next_numbered(&self) -> Notified<'_> {
        self.delivered.notified()
    }
}

/// Numbers events for as long as the process runs.
pub async fn run(app: App) {
    loop {
        let begun = Instant::now();
        match number_batch(&app).await {
            Ok(0) => {
                let _ = tokio::time::timeout(POLL, app.relay.bell.notified()).await;
                tokio::time::sleep(GATHER).await;
            }
            Ok(numbered) => {
                app.relay.numbered();
                rest(begun, PACE, numbered).await;
            }
            Err(error) => {
                tracing::warn!(?error, "the relay could not number events");
                metrics::counter!("hbs_outbox_failures_total", "stage" => "relay").increment(1);
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
    }
}

/// Numbers one batch and says how many events it had. None, if another process leads.
pub async fn number_batch(app: &App) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        if !try_lead(conn, LOCK).await? {
            return Ok(0);
        }
        let events = repository::unnumbered(conn, BATCH).await?;
        if events.is_empty() {
            return Ok(0);
        }
        let mut streams: Vec<Uuid> = events.iter().map(|event| event.stream_id).collect();
        streams.sort_unstable();
        streams.dedup();
        let conn = &*conn;
        // Of rows that do not tell it: the version that things have by now, which has the change in it.
        let untold: Vec<Thing<'_>> = events.iter().filter(|event| event.version.is_none()).map(Thing::from).collect();
        let (mut position, heads, versions) = futures_util::try_join!(
            repository::last_position(conn),
            repository::heads(conn, &streams),
            versions(conn, &untold),
        )?;
        let mut heads: HashMap<Uuid, (i64, Vec<u8>)> =
            heads.into_iter().map(|(stream, seq, hash)| (stream, (seq, hash))).collect();

        let mut places = Places::default();
        for event in &events {
            let (seq, hash) = heads.entry(event.stream_id).or_insert_with(|| (0, chain::GENESIS.to_vec()));
            position += 1;
            *seq += 1;
            let next = chain::link(hash, *seq, event).map_err(Error::internal)?;
            places.ids.push(event.id);
            places.positions.push(position);
            places.seqs.push(*seq);
            places.prev_hashes.push(std::mem::replace(hash, next.clone()));
            places.hashes.push(next);
            places.versions.push(event.version.or_else(|| versions.of(event.into())));
        }
        let heads: Vec<_> = heads.into_iter().map(|(stream, (seq, hash))| (stream, seq, hash)).collect();
        futures_util::try_join!(repository::set_places(conn, &places), repository::set_heads(conn, &heads, Clock::real_now()))?;
        Ok::<_, Error>(events.len())
    })
    .await
}
