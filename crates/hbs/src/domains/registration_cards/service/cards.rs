//! Making cards and having them signed.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings::{self, Booking, Guest, Registered};
use crate::domains::properties::{self, Property};
use crate::domains::registration_cards::dto::{CreateRegistrationCard, RegistrationCardOut};
use crate::domains::registration_cards::error::CardError;
use crate::domains::registration_cards::model::{
    Card, CardDocument, CardGuest, CardStatus, Content, RegistrationCardId, Signature, Terms,
};
use crate::domains::registration_cards::{repository, rules};
use crate::domains::stays::Status;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::media::{self, PictureFormat, Purpose, Received};
use crate::outbox::{self, Event};
use crate::page::Page;
use crate::security::permission::{GuestsRead, StaysCheckIn};
use crate::security::{DataKey, Reach, Scope, Staff};
use crate::stores::objects::Object;
use crate::stores::postgres::Conn;
use crate::texts::Locale;
use crate::version::MustMatch;
use crate::{Error, Result};
use uuid::Uuid;

/// A stay's card as it would be now.
struct Now {
    property: Property,
    booking: Booking,
    registered: Registered,
    terms: Terms,
}

impl Now {
    /// Reads it. The content follows from the language of a card.
    async fn of(app: &App, conn: &Conn, reach: &Reach, (booking_id, stay_id): (Uuid, Uuid)) -> Result<Self> {
        let booking = bookings::find(conn, reach, booking_id).await?.or_404("booking")?;
        let property = properties::find(conn, booking.property_id).await?.or_404("booking")?;
        let registered = bookings::registered(conn, &app.security.data_key, &booking, stay_id).await?;
        let terms = repository::terms(conn, property.id).await?.unwrap_or_else(|| Terms::none(property.id, app.clock.now()));
        Ok(Self { property, booking, registered, terms })
    }

    /// Returns the language of a card for which none is asked.
    fn locale(&self) -> Locale {
        self.booking.locale.clone().unwrap_or_else(|| self.property.default_locale.clone())
    }

    fn content(&self, locale: &Locale) -> Content {
        let Property { name, street, city, postal_code, country, .. } = &self.property;
        let Registered { stay, guests, room_number } = &self.registered;
        let terms = self.terms.texts();
        Content {
            hotel: name.clone(),
            address: vec![street.clone(), format!("{postal_code} {city}").trim().to_owned(), country.clone()],
            reference: self.booking.reference.clone(),
            room_number: room_number.clone(),
            check_in: stay.check_in,
            check_out: stay.departure(),
            adults: stay.adults,
            children: stay.children_ages.len(),
            guests: guests.iter().map(on_card).collect(),
            terms: rules::best(&terms, &[locale, &self.property.default_locale]).map(String::from),
        }
    }

    fn says(&self, card: &Card, data_key: &DataKey) -> Result<bool> {
        Ok(self.is_on() && digest(data_key, &written(&self.content(&card.locale))?) == card.digest)
    }

    /// Returns `true` unless nobody comes to the stay any more.
    fn is_on(&self) -> bool {
        let status = self.registered.stay.status;
        status.is_live() || status == Status::CheckedOut
    }
}

fn on_card(guest: &Guest) -> CardGuest {
    let Guest { full_name, birth_date, nationality, document } = guest.clone();
    let document =
        document.map(|document| CardDocument { kind: document.kind, number: document.number, country: document.country });
    CardGuest { full_name, birth_date, nationality, document }
}

fn written(content: &Content) -> Result<Vec<u8>> {
    serde_json::to_vec(content).map_err(Error::internal)
}

fn digest(data_key: &DataKey, content: &[u8]) -> Vec<u8> {
    data_key.digest(content)
}

/// Purpose for which the content of a card is sealed.
fn purpose(id: RegistrationCardId) -> String {
    format!("registration-card:{id}")
}

/// Returns what a card says.
pub(super) fn opened(card: &Card, data_key: &DataKey) -> Result<Content> {
    let content = data_key.open(&purpose(card.id), &card.content).map_err(Error::internal)?;
    serde_json::from_slice(&content).map_err(Error::internal)
}

/// Makes a card of what is on record, in place of one that is not signed.
pub async fn create(
    app: &App,
    staff: &Staff<StaysCheckIn>,
    key: &IdempotencyKey,
    ids: (Uuid, Uuid),
    request: CreateRegistrationCard,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, reach, data_key) = (staff.caller.cause(now), staff.reach(), &app.security.data_key);
    app.change(key, async |conn| {
        let known = bookings::find(conn, &reach, ids.0).await?.or_404("booking")?;
        repository::lock_stay(conn, known.property_id, ids.1).await?.or_404("stay")?;
        let said = Now::of(app, conn, &reach, ids).await?;
        if !said.is_on() {
            return Err(CardError::NotStaying(said.registered.stay.status).into());
        }
        if said.registered.guests.is_empty() {
            return Err(CardError::NoGuests.into());
        }
        let (property_id, stay_id) = (said.property.id, ids.1);
        let locale = request.locale.clone().unwrap_or_else(|| said.locale());
        let content = written(&said.content(&locale))?;
        let id = RegistrationCardId::now_v7();
        let card = Card {
            property_id,
            id,
            booking_id: ids.0,
            stay_id,
            status: CardStatus::Open,
            locale,
            digest: digest(data_key, &content),
            content: data_key.seal(&purpose(id), &content)?,
            signature_key: None,
            signature_format: None,
            signed_by: None,
            signed_at: None,
            taken_by: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let void = repository::void_open(conn, property_id, stay_id, now).await?;
        repository::insert(conn, &card).await?;
        let voided =
            void.iter().map(|card| Event::of("registration_card.voided", card).and("status", CardStatus::Open, CardStatus::Void));
        outbox::publish(conn, &cause, voided.chain([Event::created(&card)])).await?;
        Answer::created(format!("/v1/registration-cards/{id}"), card.version, &RegistrationCardOut::new(card, true))
    })
    .await
}

/// The cards of a stay, the newest first.
pub async fn list(app: &App, staff: &Staff<GuestsRead>, ids: (Uuid, Uuid)) -> Result<Page<RegistrationCardOut>> {
    let conn = app.db.conn().await?;
    let now = Now::of(app, &conn, &staff.reach(), ids).await?;
    let cards = repository::of_stay(&conn, now.property.id, ids.1).await?;
    let show = |card: Card| {
        let is_current = now.says(&card, &app.security.data_key)?;
        Ok(RegistrationCardOut::new(card, is_current))
    };
    Ok(Page::whole(cards.into_iter().map(show).collect::<Result<_>>()?))
}

pub async fn get(app: &App, staff: &Staff<GuestsRead>, id: RegistrationCardId) -> Result<RegistrationCardOut> {
    let conn = app.db.conn().await?;
    let card = find(&conn, &staff.scope, id).await?;
    let now = Now::of(app, &conn, &staff.reach(), (card.booking_id, card.stay_id)).await?;
    let is_current = now.says(&card, &app.security.data_key)?;
    Ok(RegistrationCardOut::new(card, is_current))
}

pub(super) async fn find(conn: &Conn, scope: &Scope, id: RegistrationCardId) -> Result<Card> {
    repository::find(conn, scope, id).await?.or_404("registration card")
}

/// Name of the file of a card's signature, and its format.
pub(super) fn signature_of(card: &Card) -> Option<(String, PictureFormat)> {
    let (key, format) = (card.signature_key.as_ref()?, card.signature_format?);
    Some((media::private_file(key, format), format))
}

/// The signature of a card, and what it is.
pub async fn signature(app: &App, staff: &Staff<GuestsRead>, id: RegistrationCardId) -> Result<(PictureFormat, Object)> {
    let card = find(&*app.db.conn().await?, &staff.scope, id).await?;
    let (name, format) = signature_of(&card).or_404("signature")?;
    Ok((format, app.objects.get(&name).await?.or_404("signature")?))
}

/// Has a card signed, which is for good. The same signature once more is accepted and changes nothing.
pub async fn sign(
    app: &App,
    staff: &Staff<StaysCheckIn>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: RegistrationCardId,
    (signed_by, received): (Option<String>, Received),
) -> Result<Answer> {
    let known = find(&*app.db.conn().await?, &staff.scope, id).await?;
    let picture = app.media.prepare(Uuid::now_v7(), received, Purpose::Private).await?;
    let is_same = match signature_of(&known) {
        Some((name, _)) => picture.is_stored_as(&app.objects, &name).await?,
        None => false,
    };
    picture.store(&app.objects).await?;
    let now = app.clock.now();
    let (cause, reach, data_key) = (staff.caller.cause(now), staff.reach(), &app.security.data_key);
    let signed = app.change(key, async |conn| {
        repository::lock_stay(conn, known.property_id, known.stay_id).await?.or_404("registration card")?;
        let before = repository::again(conn, &known).await?.or_404("registration card")?;
        seen.check(before.version)?;
        let said = Now::of(app, conn, &reach, (before.booking_id, before.stay_id)).await?;
        let is_current = said.says(&before, data_key)?;
        match before.status {
            CardStatus::Signed if is_same && signed_by.as_ref().is_none_or(|name| before.signed_by.as_ref() == Some(name)) => {
                return Answer::unchanged(before.version, &RegistrationCardOut::new(before, is_current));
            }
            CardStatus::Signed => return Err(CardError::Signed.into()),
            CardStatus::Void => return Err(CardError::Void.into()),
            CardStatus::Open if !is_current => return Err(CardError::Outdated.into()),
            CardStatus::Open => {}
        }
        let first = || said.registered.guests.first().map(|guest| guest.full_name.clone());
        let signature = Signature {
            status: CardStatus::Signed,
            signature_key: Some(picture.key.clone()),
            signature_format: Some(picture.format),
            signed_by: signed_by.or_else(first),
            signed_at: Some(now),
            taken_by: cause.user_id(),
        };
        let after = repository::sign(conn, &before, &signature, now).await?;
        outbox::publish(conn, &cause, [Event::changed(&before, &after).named("registration_card.signed")]).await?;
        Answer::ok(after.version, &RegistrationCardOut::new(after, true))
    });
    picture.kept_if_made(&app.objects, signed.await).await
}
