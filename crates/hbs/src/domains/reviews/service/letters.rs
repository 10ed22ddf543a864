//! Mails to guests: that they are asked for a review, and that the hotel has answered theirs. What they say is looked up when
//! they are sent.
use crate::app::App;
use crate::domains::bookings::{self, Booking};
use crate::domains::properties::{self, Property};
use crate::domains::reviews::model::{LINK_LASTS, Review, ReviewId, ToInvite};
use crate::domains::reviews::repository;
use crate::language::Language;
use crate::mail::{self, Letter, Link, Mail, OptOut, Queued, one_line};
use crate::security::{Reach, Scope, random_secret, secret_hash};
use crate::stores::postgres::Conn;
use crate::texts::{Locale, Reading};
use crate::{Error, Result};
use serde_json::{Value, json};
use uuid::Uuid;

/// The kind of mail that asks for a review.
const INVITATION: &str = "review_invitation";
/// The kind of mail about a response.
const RESPONDED: &str = "review_responded";

/// Queues the mails that ask for reviews.
pub(super) async fn ask<'a>(conn: &Conn, of: impl Iterator<Item = &'a ToInvite>) -> Result<()> {
    let of: Vec<&ToInvite> = of.collect();
    let mailboxes: Vec<String> = of.iter().map(|one| one.contact_email.to_lowercase()).collect();
    let ended = mail::opted_out(conn, OptOut::Reviews, &mailboxes).await?;
    let wanted = of.into_iter().filter(|one| !ended.contains(&one.contact_email.to_lowercase()));
    let mails: Vec<Mail<'a>> = wanted.map(asking).collect();
    if !mails.is_empty() {
        mail::enqueue(conn, &mails).await?;
    }
    Ok(())
}

fn asking(one: &ToInvite) -> Mail<'_> {
    let ToInvite { property_id, booking_id, contact_email, user_id } = one;
    let params = json!({"property_id": property_id, "booking_id": booking_id});
    Mail { kind: INVITATION, address: contact_email, user_id: *user_id, booking: None, params }
}

/// Queues the mail that tells an author of a response, if there is an address.
pub(super) async fn tell_of_response(conn: &Conn, review: &Review) -> Result<()> {
    let Some((contact, account, user_id)) = repository::address_of_author(conn, review.property_id, review.booking_id).await?
    else {
        return Ok(());
    };
    let Some(address) = contact.or(account) else { return Ok(()) };
    if mail::has_opted_out(conn, OptOut::Reviews, &address).await? {
        return Ok(());
    }
    let params = json!({"property_id": review.property_id, "booking_id": review.booking_id, "review_id": review.id});
    mail::enqueue(conn, &[Mail { kind: RESPONDED, address: &address, user_id, booking: None, params }]).await?;
    Ok(())
}

/// The words of a mail. None: there is nothing to tell any more.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let (property_id, booking_id) = (id_in(&mail.params, "property_id")?, id_in(&mail.params, "booking_id")?);
    let conn = app.db.conn().await?;
    let Some(property) = properties::find(&conn, property_id).await? else { return Ok(None) };
    let at_hotel = Reach::of_scope(Scope::Properties([property_id].into()));
    let Some(booking) = bookings::find(&conn, &at_hotel, booking_id).await? else { return Ok(None) };
    let about = About::read(&conn, booking, property).await?;
    match mail.kind.as_str() {
        INVITATION => invitation(app, &conn, mail, &about).await,
        _ => response(&conn, mail, &about).await,
    }
}

/// The mail with a link, whose token is made now: it is stored nowhere, and ends the one in a mail before.
async fn invitation(app: &App, conn: &Conn, mail: &Queued, about: &About) -> Result<Option<Letter>> {
    let Booking { property_id, id, contact_email, .. } = &about.booking;
    if contact_email.as_deref() != Some(mail.address.as_str())
        || repository::ended_stays(conn, *property_id, *id).await?.is_empty()
        || !repository::reviewed_types(conn, *property_id, *id).await?.is_empty()
    {
        return Ok(None);
    }
    let token = random_secret();
    if !repository::set_token(conn, *property_id, *id, &secret_hash(&token), app.clock.now()).await? {
        return Ok(None);
    }
    let link = Link { page: "review", token, lifetime: LINK_LASTS };
    let params = json!({"hotel": about.hotel(), "reference": about.booking.reference});
    Ok(Some(about.letter(INVITATION, Some(link), params)))
}

/// The mail about a response, as it reads now.
async fn response(conn: &Conn, mail: &Queued, about: &About) -> Result<Option<Letter>> {
    let review_id: ReviewId = serde_json::from_value(mail.params["review_id"].clone()).map_err(Error::internal)?;
    let of_booking = Reach::of_scope(Scope::Properties([about.property.id].into()));
    let Some(review) = repository::find(conn, &of_booking, review_id).await? else { return Ok(None) };
    let Some(response) = review.response.as_ref().filter(|_| review.is_shown()) else { return Ok(None) };
    let params = json!({"hotel": about.hotel(), "title": review.title.as_deref().map(one_line), "response": response});
    Ok(Some(about.letter(RESPONDED, None, params)))
}

/// Subject of a mail, and its language.
struct About {
    booking: Booking,
    property: Property,
    language: Language,
}

impl About {
    async fn read(conn: &Conn, booking: Booking, property: Property) -> Result<Self> {
        let own = match booking.user_id {
            Some(user_id) => repository::locale_of_user(conn, user_id).await?,
            None => None,
        };
        let own = own.and_then(|locale| locale.parse::<Locale>().ok());
        let language = Language::first_of(booking.locale.iter().chain(&own).chain([&property.default_locale]));
        Ok(Self { booking, property, language })
    }

    fn hotel(&self) -> Value {
        let reading = Reading::new(vec![self.language.locale()]);
        let name = reading.name(&self.property.name, &self.property.texts, &self.property.default_locale);
        json!({"name": one_line(&name)})
    }

    fn letter(&self, kind: &'static str, link: Option<Link>, params: Value) -> Letter {
        // Who has yet to prove an address could write anything into somebody else's mail by way of a name.
        let name = self.booking.contact_proved_at.map(|_| self.booking.contact_name.clone());
        Letter { kind, locale: self.language.code().into(), name, link, params, attachment: None }
    }
}

fn id_in(params: &Value, name: &str) -> Result<Uuid> {
    let id = params[name].as_str().and_then(|id| id.parse::<Uuid>().ok());
    id.ok_or_else(|| Error::internal(format!("a mail about a review names no {name}")))
}
