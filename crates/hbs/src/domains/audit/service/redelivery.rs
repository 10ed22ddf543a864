//! Delivering anew the entries of the record that MongoDB lacks.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::audit::dto::{DeliveredOut, Redeliver, Redelivered};
use crate::domains::audit::error::AuditError;
use crate::domains::audit::model::Redelivery;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event, Numbered, sinks};
use crate::security::Staff;
use crate::security::permission::AuditWrite;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use uuid::Uuid;

/// Number of entries that are in memory at a time.
const BATCH: i64 = 1000;
/// Most entries of one request.
const MOST: i64 = 20_000;

/// Delivers again what was delivered and is not in MongoDB. What is there already is left as it is, even if it differs: nobody,
/// and HBS least of all, changes what is on the record.
pub async fn redeliver(app: &App, staff: &Staff<AuditWrite>, key: &IdempotencyKey, request: &Redeliver) -> Result<Answer> {
    match request.property_id {
        Some(property_id) => staff.at(property_id)?,
        None => staff.everywhere("Delivering the entries of all properties")?,
    }
    if request.from_position.zip(request.to_position).is_some_and(|(from, to)| to < from) {
        return Err(Error::invalid("/to_position", "must not be before from_position"));
    }
    let cause = staff.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let redelivered = deliver(app, conn, request).await?;
        let entries: i64 = redelivered.delivered.iter().map(|delivered| delivered.entries).sum();
        let answer = Answer::done(&redelivered)?;
        if entries == 0 {
            return Ok(Answer { is_unchanged: true, ..answer });
        }
        let event = Event::of("audit_log.redelivered", &Redelivery { id: Uuid::now_v7(), property_id: request.property_id });
        let event = event.with("entries", entries).with("from_position", request.from_position);
        outbox::publish(conn, &cause, [event.with("to_position", request.to_position)]).await?;
        Ok(answer)
    })
    .await
}

async fn deliver(app: &App, conn: &Conn, request: &Redeliver) -> Result<Redelivered> {
    let mut upto = Vec::new();
    for sink in sinks::ALL {
        upto.push(sinks::delivered(conn, *sink).await?);
    }
    let last = upto.iter().copied().max().unwrap_or(0);
    let last = request.to_position.map_or(last, |to| to.min(last));
    let (mut entries, mut delivered) = (0, vec![0; sinks::ALL.len()]);
    let mut next = request.from_position.unwrap_or(1);
    loop {
        let mut batch = batch_from(conn, request.property_id, next).await?;
        batch.retain(|entry| entry.position <= last);
        let Some(end) = batch.last().map(|entry| entry.position) else {
            return Ok(answer(entries, &delivered, None));
        };
        entries += i64::try_from(batch.len()).map_err(Error::internal)?;
        for ((sink, upto), delivered) in sinks::ALL.iter().zip(&upto).zip(&mut delivered) {
            // What comes after is on its way.
            let there: Vec<Numbered> = batch.iter().filter(|entry| entry.position <= *upto).cloned().collect();
            let inserted = sinks::insert(app, *sink, &there).await.map_err(|error| unavailable(&error))?;
            *delivered += i64::try_from(inserted).map_err(Error::internal)?;
        }
        next = end + 1;
        if entries >= MOST {
            return Ok(answer(entries, &delivered, (next <= last).then_some(next)));
        }
    }
}

/// The entries of a property, or of all, from a position on.
async fn batch_from(conn: &Conn, property_id: Option<Uuid>, position: i64) -> Result<Vec<Numbered>> {
    Ok(match property_id {
        Some(stream_id) => {
            let seq = outbox::seq_before(conn, stream_id, position).await?;
            outbox::chain_after(conn, stream_id, seq, BATCH).await?
        }
        None => outbox::numbered_after(conn, position - 1, BATCH).await?,
    })
}

fn answer(entries: i64, delivered: &[i64], next_position: Option<i64>) -> Redelivered {
    let by_sink = sinks::ALL.iter().zip(delivered);
    let delivered = by_sink.map(|(sink, entries)| DeliveredOut { collection: sink.name, entries: *entries }).collect();
    Redelivered { entries, delivered, next_position }
}

fn unavailable(error: &Error) -> Error {
    tracing::warn!(?error, "entries could not be delivered again");
    AuditError::Unavailable.into()
}
