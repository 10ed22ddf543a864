//! Codes of offers: batches of them, and those that guests give.
use crate::Result;
use crate::answer::Answer;
use crate::app::App;
use crate::domains::offers::dto::{CodeList, CodeOut, CreateCodes, CreatedCodes};
use crate::domains::offers::error::OfferError;
use crate::domains::offers::model::{Access, Offer, OfferCode, OnSale};
use crate::domains::offers::repository::{codes as repository, offers};
use crate::domains::offers::rules::choice::GivenCode;
use crate::domains::offers::rules::codes::{draw, key as code_key};
use crate::domains::properties;
use crate::error::{Or404, Place};
use crate::guesses::{self, Guesser};
use crate::idempotency::IdempotencyKey;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::Staff;
use crate::security::permission::{OffersRead, OffersWrite};
use crate::sheets::csv_lines;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use std::collections::HashMap;
use uuid::Uuid;

/// Maximum number of codes of an offer.
const MAX_CODES: i64 = 100_000;
/// Codes that are written at once.
const CHUNK: usize = 2_000;
/// Codes that are read at once.
const PAGE: i64 = 1_000;

/// The code that somebody gives, among those that are remembered of the hotel, or else among all. One that is not there is a
/// guess.
pub async fn given(
    app: &App,
    guesser: Guesser,
    property_id: Uuid,
    on_sale: &[OnSale],
    text: &str,
    place: Place,
) -> Result<GivenCode> {
    let known =
        code_key(text).and_then(|key| on_sale.iter().filter_map(|one| one.code.as_ref()).find(|code| code.code_key == key));
    match known {
        Some(code) => Ok(code.into()),
        None => given_to(app, guesser, property_id, text, place).await,
    }
}

/// The code that somebody gives, wherever it is.
pub async fn given_to(app: &App, guesser: Guesser, property_id: Uuid, text: &str, place: Place) -> Result<GivenCode> {
    let found = guesses::guess(app, guesser, async || {
        let Some(key) = code_key(text) else { return Ok(None) };
        Ok(repository::find(&*app.db.conn().await?, property_id, &key).await?)
    });
    let (code, is_archived) = found.await?.ok_or(OfferError::CodeUnknown(place))?;
    if is_archived {
        return Err(OfferError::Ended { offer_id: code.offer_id }.into());
    }
    Ok((&code).into())
}

/// The code that somebody gives to many hotels at once, by hotel: codes of offers that are over among them. One that none of them
/// has is a guess.
pub async fn given_at(
    app: &App,
    guesser: Guesser,
    properties: &[Uuid],
    text: &str,
    place: Place,
) -> Result<HashMap<Uuid, GivenCode>> {
    let found = guesses::guess(app, guesser, async || {
        let Some(key) = code_key(text) else { return Ok(None) };
        let found = repository::find_at(&*app.db.conn().await?, properties, &key).await?;
        Ok(Some(found).filter(|codes| !codes.is_empty()))
    });
    let codes = found.await?.ok_or(OfferError::CodeUnknown(place))?;
    Ok(codes.iter().map(|code| (code.property_id, code.into())).collect())
}

impl From<&OfferCode> for GivenCode {
    fn from(code: &OfferCode) -> Self {
        let OfferCode { id, offer_id, code, batch_id, .. } = code;
        Self { id: *id, offer_id: *offer_id, code: code.clone(), is_single_use: batch_id.is_some() }
    }
}

/// Makes a batch of codes, each of which is good for one booking.
pub async fn create(
    app: &App,
    staff: &Staff<OffersWrite>,
    key: &IdempotencyKey,
    id: Uuid,
    request: &CreateCodes,
) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let wanted = usize::try_from(request.count).unwrap_or(0);
    app.change(key, async |conn| {
        let property_id = offers::property_of(conn, id).await?.or_404("offer")?;
        properties::lock(conn, &staff.scope, property_id).await?.or_404("offer")?;
        let offer = offers::lock(conn, &staff.scope, property_id, id).await?.or_404("offer")?;
        if offer.access != Access::SingleUseCodes {
            return Err(OfferError::NoSingleUseCodes.into());
        }
        if repository::count(conn, property_id, id).await? + i64::from(request.count) > MAX_CODES {
            return Err(OfferError::TooManyCodes(MAX_CODES).into());
        }
        let batch_id = Uuid::now_v7();
        let mut made = 0;
        // One that is there already is drawn again.
        while made < wanted {
            let chunk: Vec<OfferCode> = (0..CHUNK.min(wanted - made)).map(|_| drawn(&offer, batch_id, cause.at)).collect();
            made += repository::insert_new(conn, &chunk).await?;
        }
        let event = Event::of("offer.codes_created", &offer).with("batch_id", batch_id).with("code_count", made);
        outbox::publish(conn, &cause, [event]).await?;
        Answer::created(format!("/v1/offers/{id}/codes?batch_id={batch_id}"), 1, &CreatedCodes { batch_id, count: made })
    })
    .await
}

fn drawn(offer: &Offer, batch_id: Uuid, now: DateTime<Utc>) -> OfferCode {
    let code = draw();
    OfferCode {
        property_id: offer.property_id,
        id: Uuid::now_v7(),
        offer_id: offer.id,
        code_key: code_key(&code).unwrap_or_else(|| code.clone()),
        code,
        batch_id: Some(batch_id),
        created_at: now,
        updated_at: now,
    }
}

/// The codes of an offer, oldest first.
pub async fn list(app: &App, staff: &Staff<OffersRead>, id: Uuid, filter: &CodeList, page: &PageQuery) -> Result<Page<CodeOut>> {
    let property_id = visible(app, staff, id).await?;
    let conn = app.db.conn().await?;
    let rows = repository::list(&conn, property_id, id, filter.batch_id, page.after()?, page.limit()? + 1).await?;
    Ok(page.page(rows, |row| row.id)?.map(CodeOut::from))
}

/// The hotel of an offer, if it is within the scope.
async fn visible(app: &App, staff: &Staff<OffersRead>, id: Uuid) -> Result<Uuid> {
    let conn = app.db.conn().await?;
    let property_id = offers::property_of(&conn, id).await?.filter(|property_id| staff.scope.covers(*property_id));
    property_id.or_404("offer")
}

/// The codes of an offer as CSV with a header, oldest first. Fails if the first page does; a failure after that ends it.
pub async fn export(
    app: App,
    staff: &Staff<OffersRead>,
    id: Uuid,
    batch_id: Option<Uuid>,
) -> Result<impl Stream<Item = std::io::Result<Bytes>> + Send + use<>> {
    let property_id = visible(&app, staff, id).await?;
    let (first, last) = csv_page(&app, (property_id, id), batch_id, None).await?;
    let rest = stream::try_unfold((app, last), move |(app, last)| async move {
        let Some(after) = last else { return Ok(None) };
        let (lines, last) = csv_page(&app, (property_id, id), batch_id, Some(after)).await.map_err(|error| {
            tracing::warn!(?error, "an export of codes ended early");
            std::io::Error::other("the export ended early")
        })?;
        Ok(Some((lines, (app, last))))
    });
    Ok(stream::iter([Ok(Bytes::from_static(b"code,batch_id,booking_id,created_at\n")), Ok(first)]).chain(rest))
}

/// A page, and after which code the next one begins.
async fn csv_page(
    app: &App,
    (property_id, offer_id): (Uuid, Uuid),
    batch_id: Option<Uuid>,
    after: Option<Uuid>,
) -> Result<(Bytes, Option<Uuid>)> {
    let rows = repository::list(&*app.db.conn().await?, property_id, offer_id, batch_id, after, PAGE).await?;
    let text = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let lines = rows.iter().map(|row| [row.code.clone(), text(row.batch_id), text(row.booking_id), row.created_at.to_rfc3339()]);
    let lines = csv_lines(lines)?.into();
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
    let last = rows.last().map(|row| row.id).filter(|_| is_full);
    Ok((lines, last))
}
