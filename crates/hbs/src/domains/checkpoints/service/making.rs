//! Checkpoints are made.
use super::keys;
use super::reading::out;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::checkpoints::dto::Checkpoint;
use crate::domains::checkpoints::model::{CheckpointId, CheckpointStatement, StoredCheckpoint, StreamHead};
use crate::domains::checkpoints::{repository, rules};
use crate::numbers::hex;
use crate::outbox;
use crate::{Error, Result};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use diesel_async::AsyncConnection;

/// Makes a checkpoint if the last one is old enough by the settings.
pub async fn make_if_due(app: &App) -> Result<()> {
    let pause = TimeDelta::minutes(app.config.checkpoint_minutes.into());
    if pause.is_zero() {
        return Ok(());
    }
    let last = repository::newest_place(&*app.db.conn().await?).await?;
    if last.is_none_or(|(_, made_at)| made_at + pause <= Clock::real_now()) {
        make(app).await?;
    }
    Ok(())
}

/// Makes a checkpoint; `None` if nothing has come to the record since the last one. Of two that are made at once, one fails by
/// its number.
pub async fn make(app: &App) -> Result<Option<Checkpoint>> {
    let now = Clock::real_now();
    let mut conn = app.db.conn().await?;
    let made = conn
        .transaction(async |conn| {
            let last = repository::newest(conn).await?;
            let standing = outbox::standing(conn).await?;
            if standing.position <= last.as_ref().map_or(0, |last| last.position) {
                return Ok(None);
            }
            let signing = keys::signing(app, conn, now).await?;
            let new = signed(&app.config.host(), last.as_ref(), standing, &signing, now)?;
            repository::insert(conn, &new).await?;
            Ok::<_, Error>(Some(new))
        })
        .await?;
    made.map(|made| out(made, |_| true)).transpose()
}

fn signed(
    installation: &str,
    last: Option<&StoredCheckpoint>,
    standing: outbox::Standing,
    (kid, secret): &(String, [u8; 32]),
    now: DateTime<Utc>,
) -> Result<StoredCheckpoint> {
    let outbox::Standing { position, heads } = standing;
    let head = |outbox::Head { stream_id, seq, hash }| StreamHead { stream_id, seq, hash: hex(&hash) };
    let heads: Vec<StreamHead> = heads.into_iter().map(head).collect();
    let number = last.map_or(0, |last| last.number) + 1;
    let statement = CheckpointStatement {
        format: rules::FORMAT.into(),
        number,
        made_at: now.to_rfc3339_opts(SecondsFormat::Micros, true),
        installation: installation.into(),
        previous: hex(last.map_or(rules::NONE_BEFORE.as_slice(), |last| &last.digest)),
        heads: rules::digests(&heads).map_err(Error::internal)?,
    };
    let statement = rules::canonical(&statement).map_err(Error::internal)?;
    Ok(StoredCheckpoint {
        id: CheckpointId::now_v7(),
        number,
        position,
        digest: rules::digest(&statement),
        kid: kid.clone(),
        signature: rules::sign(secret, &statement).to_vec(),
        statement,
        streams: serde_json::to_value(&heads).map_err(Error::internal)?,
        created_at: now,
        updated_at: now,
    })
}
