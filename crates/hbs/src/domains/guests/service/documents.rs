//! Identity documents of profiles. Whoever reads them is on the record.
use super::profiles::{check_alone, lock};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::guests::dto::{GuestDocument, GuestDocumentsOut};
use crate::domains::guests::model::{DocumentRow, Guest, GuestChange};
use crate::domains::guests::repository;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event};
use crate::security::permission::{GuestDocumentsRead, GuestDocumentsWrite};
use crate::security::{DataKey, Staff};
use crate::version::MustMatch;
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Shows the documents of a guest, and puts on the record who read them.
pub async fn documents(app: &App, staff: &Staff<GuestDocumentsRead>, id: Uuid) -> Result<GuestDocumentsOut> {
    let cause = staff.caller.cause(app.clock.now());
    let mut conn = app.db.conn().await?;
    let shown = conn
        .transaction(async |conn| {
            let (guest, _) = repository::find(conn, &staff.scope, id).await?.or_404("guest")?;
            let documents = opened(repository::documents_of(conn, &guest).await?, &app.security.data_key)?;
            let event = Event::of("guest.documents_read", &guest).with("documents", documents.len());
            outbox::publish(conn, &cause, [event]).await?;
            Ok::<_, Error>(GuestDocumentsOut { guest_id: guest.id, version: guest.version, documents })
        })
        .await?;
    app.relay.wake();
    Ok(shown)
}

/// Records the documents of a guest, in place of those on record.
pub async fn set_documents(
    app: &App,
    staff: &Staff<GuestDocumentsWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: Uuid,
    documents: Vec<GuestDocument>,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let data_key = &app.security.data_key;
    app.change(key, async |conn| {
        let (before, _) = lock(conn, &staff.scope, id).await?;
        seen.check(before.version)?;
        check_alone(&before)?;
        let known = opened(repository::documents_of(conn, &before).await?, data_key)?;
        let count = known.len();
        let shown = |version: i64, documents: Vec<GuestDocument>| GuestDocumentsOut { guest_id: id, version, documents };
        if known == documents {
            return Ok(Answer::unchanged(before.version, &shown(before.version, known))?.secret());
        }
        let after = repository::update(conn, &before, GuestChange::default(), cause.at).await?;
        repository::set_documents(conn, &after, &sealed(&after, &documents, data_key, &cause)?).await?;
        let event = Event::of("guest.documents_set", &after).and("documents", count, documents.len());
        outbox::publish(conn, &cause, [event]).await?;
        // The answer is kept for a repeated request, hence encrypted.
        Ok(Answer::ok(after.version, &shown(after.version, documents.clone()))?.secret())
    })
    .await
}

/// Documents in their order, as they are stored.
fn sealed(guest: &Guest, documents: &[GuestDocument], data_key: &DataKey, cause: &Cause) -> Result<Vec<DocumentRow>> {
    let row = |(position, document): (i32, &GuestDocument)| {
        let GuestDocument { kind, number, country, expires_on } = document;
        Ok(DocumentRow {
            property_id: guest.property_id,
            guest_id: guest.id,
            position,
            kind: *kind,
            country: country.clone(),
            number: data_key.seal(&purpose(guest.id, position), number.as_bytes())?,
            expires_on: *expires_on,
            created_at: cause.at,
            updated_at: cause.at,
        })
    };
    (0..).zip(documents).map(row).collect()
}

fn opened(rows: Vec<DocumentRow>, data_key: &DataKey) -> Result<Vec<GuestDocument>> {
    let document = |row: DocumentRow| {
        let DocumentRow { guest_id, position, kind, country, number, expires_on, .. } = row;
        let number = data_key.open(&purpose(guest_id, position), &number).map_err(Error::internal)?;
        let number = String::from_utf8(number).map_err(Error::internal)?;
        Ok(GuestDocument { kind, number, country, expires_on })
    };
    rows.into_iter().map(document).collect()
}

fn purpose(guest_id: Uuid, position: i32) -> String {
    format!("guest-document:{guest_id}:{position}")
}
