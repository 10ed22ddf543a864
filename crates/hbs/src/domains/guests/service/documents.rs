//! Identity documents of profiles. Whoever reads them is on the record. Their numbers are masked, but for one that is revealed.
use super::profiles::{check_alone, lock};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::guests::dto::{GuestDocument, GuestDocumentsOut, RevealDocument};
use crate::domains::guests::model::{DocumentRow, Guest, GuestChange};
use crate::domains::guests::repository;
use crate::domains::guests::rules::masking::{self, Numbered};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Cause, Event, Recorded};
use crate::reading::{self, Revealing};
use crate::security::permission::{GuestDocumentsRead, GuestDocumentsWrite};
use crate::security::{DataKey, Staff};
use crate::version::{IfMatch, MustMatch};
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use uuid::Uuid;

/// Shows the documents of a guest, their numbers masked, and puts on the record who read them.
pub async fn documents(app: &App, staff: &Staff<GuestDocumentsRead>, id: Uuid) -> Result<GuestDocumentsOut> {
    let cause = staff.caller.cause(app.clock.now());
    let mut conn = app.db.conn().await?;
    let shown = conn
        .transaction(async |conn| {
            let (guest, _) = repository::find(conn, &staff.scope, id).await?.or_404("guest")?;
            let documents = opened(repository::documents_of(conn, &guest).await?, &app.security.data_key)?;
            let event = Event::of("guest.documents_read", &guest).with("documents", documents.len());
            outbox::publish(conn, &cause, [event]).await?;
            Ok::<_, Error>(GuestDocumentsOut::new(guest.id, guest.version, documents))
        })
        .await?;
    app.relay.wake();
    Ok(shown)
}

/// Shows one document of a guest in full, with the version of the guest. That it is shown is on the record before it is. Nothing
/// else is stored, so no idempotency key keeps a copy of it.
pub async fn reveal_document(
    app: &App,
    staff: &Staff<GuestDocumentsRead>,
    seen: IfMatch,
    id: Uuid,
    RevealDocument { position }: RevealDocument,
) -> Result<(i64, GuestDocument)> {
    let cause = staff.caller.cause(app.clock.now());
    let mut conn = app.db.conn().await?;
    let shown = conn
        .transaction(async |conn| {
            let (guest, _) = repository::find(conn, &staff.scope, id).await?.or_404("guest")?;
            seen.check(guest.version)?;
            let documents = opened(repository::documents_of(conn, &guest).await?, &app.security.data_key)?;
            let document = usize::try_from(position).ok().and_then(|place| documents.into_iter().nth(place));
            let document = document.ok_or_else(|| Error::invalid("/position", "is not that of a document"))?;
            let event = reading::revealed(guest.entity(), Revealing::GuestDocument).with("position", position);
            outbox::publish(conn, &cause, [event]).await?;
            Ok::<_, Error>((guest.version, document))
        })
        .await?;
    app.relay.wake();
    Ok(shown)
}

/// Records the documents of a guest, in place of those on record. A number that is given as it is shown stays as it is.
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
        let documents = with_numbers(&documents, &known)?;
        let count = known.len();
        if known == documents {
            return Ok(Answer::unchanged(before.version, &GuestDocumentsOut::new(id, before.version, known))?.secret());
        }
        let after = repository::update(conn, &before, GuestChange::default(), cause.at).await?;
        repository::set_documents(conn, &after, &sealed(&after, &documents, data_key, &cause)?).await?;
        let event = Event::of("guest.documents_set", &after).and("documents", count, documents.len());
        outbox::publish(conn, &cause, [event]).await?;
        // The answer is kept for a repeated request, hence encrypted.
        Ok(Answer::ok(after.version, &GuestDocumentsOut::new(id, after.version, documents))?.secret())
    })
    .await
}

/// Puts the numbers on record in the place of those that are given as they are shown.
fn with_numbers(given: &[GuestDocument], known: &[GuestDocument]) -> Result<Vec<GuestDocument>> {
    let numbers = masking::numbers(&numbered(given), &numbered(known))
        .map_err(|place| Error::invalid(format!("/documents/{place}/number"), masking::NOT_ON_RECORD))?;
    let documents = given.iter().zip(numbers.into_iter().flatten());
    Ok(documents.map(|(document, number)| GuestDocument { number: number.to_owned(), ..document.clone() }).collect())
}

fn numbered(documents: &[GuestDocument]) -> Vec<Option<Numbered<'_>>> {
    documents.iter().map(|GuestDocument { kind, country, number, .. }| Some(Numbered { kind: *kind, country, number })).collect()
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
        let number = document_number(data_key, (guest_id, position), &number)?;
        Ok(GuestDocument { kind, number, country, expires_on })
    };
    rows.into_iter().map(document).collect()
}

/// Opens the number of a document of a guest, by its position.
pub fn document_number(data_key: &DataKey, (guest_id, position): (Uuid, i32), sealed: &[u8]) -> Result<String> {
    let number = data_key.open(&purpose(guest_id, position), sealed).map_err(Error::internal)?;
    String::from_utf8(number).map_err(Error::internal)
}

fn purpose(guest_id: Uuid, position: i32) -> String {
    format!("guest-document:{guest_id}:{position}")
}
