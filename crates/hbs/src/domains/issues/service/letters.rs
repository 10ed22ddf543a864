//! Mails about issues: to guests about answers, to the hotel about what guests raise. What comes in a burst is told in one mail.
use super::desk::Desk;
use crate::app::App;
use crate::domains::bookings::{self, Booking};
use crate::domains::issues::model::{Issue, IssueId, IssueMessageId};
use crate::domains::issues::repository;
use crate::domains::properties::Property;
use crate::language::Language;
use crate::mail::{self, Letter, Link, Mail, Queued};
use crate::security::{Reach, Scope};
use crate::stores::postgres::Conn;
use crate::texts::{Locale, Reading};
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Kind of mail to a guest about answers.
const ANSWERED: &str = "issue_answered";
/// Kind of mail to the hotel about issues that guests have raised.
const RAISED: &str = "issues_raised";
/// Number of issues that mails are queued for together.
const BATCH: i64 = 500;

/// An issue that a mail is about, and the last message that the guest was written to about before.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Told {
    issue_id: IssueId,
    after: Option<IssueMessageId>,
}

/// Queues the mails that are due: one an address, whatever the number of issues and messages.
pub async fn queue_mails(app: &App) -> Result<usize> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    let queued = conn
        .transaction(async |conn| {
            let to_guests = repository::due_to_guests(conn, now, BATCH).await?;
            let to_staff = repository::due_to_staff(conn, now, BATCH).await?;
            Ok::<_, Error>(queue_to_guests(conn, &to_guests).await? + queue_to_hotels(conn, app, &to_staff).await?)
        })
        .await?;
    if queued > 0 {
        app.mailer.wake();
    }
    Ok(queued)
}

async fn queue_to_guests(conn: &Conn, issues: &[Issue]) -> Result<usize> {
    let mut by_address: BTreeMap<(String, Option<Uuid>), Vec<Told>> = BTreeMap::new();
    for issue in issues {
        if let Some(contact) = Contact::of(conn, issue).await? {
            let told = Told { issue_id: issue.id, after: issue.guest_told_to };
            by_address.entry((contact.address, contact.user_id)).or_default().push(told);
        }
        let newest = repository::newest(conn, issue, false).await?;
        repository::told_now(conn, issue, newest).await?;
    }
    let mails: Vec<Mail<'_>> = by_address
        .iter()
        .map(|((address, user_id), told)| Mail {
            kind: ANSWERED,
            address,
            user_id: *user_id,
            booking: None,
            params: json!({"issues": told}),
        })
        .collect();
    enqueue(conn, &mails).await
}

async fn queue_to_hotels(conn: &Conn, app: &App, issues: &[Issue]) -> Result<usize> {
    let mut by_hotel: BTreeMap<Uuid, Vec<IssueId>> = BTreeMap::new();
    for issue in issues {
        by_hotel.entry(issue.property_id).or_default().push(issue.id);
        repository::settle_mail(conn, issue).await?;
    }
    let mut queued = 0;
    for (property_id, ids) in &by_hotel {
        let desk = Desk::read(conn, *property_id, app.clock.now()).await?;
        let said = desk.settings.recipients()?;
        let recipients = if said.is_empty() { desk.property.email.into_iter().collect() } else { said };
        let mail = |address| Mail { kind: RAISED, address, user_id: None, booking: None, params: json!({"issues": ids}) };
        let mails: Vec<Mail<'_>> = recipients.iter().map(|address| mail(address.as_str())).collect();
        queued += enqueue(conn, &mails).await?;
    }
    Ok(queued)
}

async fn enqueue(conn: &Conn, mails: &[Mail<'_>]) -> Result<usize> {
    if !mails.is_empty() {
        mail::enqueue(conn, mails).await?;
    }
    Ok(mails.len())
}

/// The guest of an issue, as mails need them.
struct Contact {
    address: String,
    user_id: Option<Uuid>,
    locale: Option<Locale>,
    booking: Option<Booking>,
}

impl Contact {
    /// Finds the guest of an issue; none where there is no address, or nobody.
    async fn of(conn: &Conn, issue: &Issue) -> Result<Option<Self>> {
        if issue.is_internal {
            return Ok(None);
        }
        let booking = match issue.booking_id {
            Some(id) => bookings::find(conn, &Reach::of_scope(Scope::All), id).await?,
            None => None,
        };
        let user_id = issue.guest_user_id.or(booking.as_ref().and_then(|booking| booking.user_id));
        let account = match user_id {
            Some(id) => repository::contact_of_user(conn, id).await?,
            None => None,
        };
        let own = account.as_ref().and_then(|(_, _, locale)| locale.parse::<Locale>().ok());
        let locale = booking.as_ref().and_then(|booking| booking.locale.clone()).or(own);
        // Who raised it with an account is written to there, if the address is theirs.
        let of_account = account.filter(|(_, verified_at, _)| verified_at.is_some()).map(|(email, ..)| email);
        let address = of_account.or_else(|| booking.as_ref().and_then(|booking| booking.contact_email.clone()));
        Ok(address.map(|address| Self { address, user_id, locale, booking }))
    }
}

/// The words of a mail. None: there is nothing to tell any more, or the address is the guest's no more.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let conn = app.db.conn().await?;
    match mail.kind.as_str() {
        ANSWERED => answered(app, &conn, mail).await,
        _ => raised(app, &conn, mail).await,
    }
}

async fn answered(app: &App, conn: &Conn, mail: &Queued) -> Result<Option<Letter>> {
    let told: Vec<Told> = serde_json::from_value(mail.params["issues"].clone()).map_err(Error::internal)?;
    let (mut shown, mut language, mut link) = (Vec::new(), None, None);
    for Told { issue_id, after } in told {
        let Some(issue) = repository::find(conn, &Reach::of_scope(Scope::All), issue_id).await? else { continue };
        let Some(contact) = Contact::of(conn, &issue).await?.filter(|contact| contact.address == mail.address) else { continue };
        let answers = repository::untold(conn, &issue, after).await?;
        if answers.is_empty() {
            continue;
        }
        let desk = Desk::read(conn, issue.property_id, app.clock.now()).await?;
        let language = *language.get_or_insert(Language::first_of(contact.locale.iter().chain([&desk.property.default_locale])));
        if link.is_none() {
            link = link_of(app, &contact)?;
        }
        // What a guest has written is not repeated: whoever has yet to prove an address could have it sent to others.
        shown.push(json!({
            "id": issue.id,
            "hotel": hotel_name(&desk.property, language),
            "reference": contact.booking.map(|booking| booking.reference),
            "answers": answers.into_iter().map(|answer| answer.text).collect::<Vec<_>>(),
        }));
    }
    let Some(language) = language else { return Ok(None) };
    let params = json!({"hotel": {"name": shown[0]["hotel"]}, "issues": shown});
    Ok(Some(Letter { kind: ANSWERED, locale: language.code().into(), name: None, link, params, attachment: None }))
}

/// The link by which a guest without an account reaches the booking.
fn link_of(app: &App, contact: &Contact) -> Result<Option<Link>> {
    let guest = contact.booking.as_ref().and_then(|booking| booking.guest_at(app.clock.now()));
    let link = |guest| Ok(Link { page: "booking", token: app.security.guest_link(&guest)?, lifetime: bookings::LINK_LASTS });
    guest.map(link).transpose()
}

async fn raised(app: &App, conn: &Conn, mail: &Queued) -> Result<Option<Letter>> {
    let ids: Vec<IssueId> = serde_json::from_value(mail.params["issues"].clone()).map_err(Error::internal)?;
    let (mut shown, mut hotel) = (Vec::new(), None);
    for id in ids {
        let Some(issue) = repository::find(conn, &Reach::of_scope(Scope::All), id).await? else { continue };
        if hotel.is_none() {
            hotel = Some(Desk::read(conn, issue.property_id, app.clock.now()).await?.property);
        }
        shown.push(json!({"id": issue.id, "subject": issue.subject, "category": issue.category, "priority": issue.priority}));
    }
    let Some(property) = hotel else { return Ok(None) };
    let language = Language::first_of([&property.default_locale]);
    let params = json!({"hotel": {"name": hotel_name(&property, language)}, "issues": shown});
    Ok(Some(Letter { kind: RAISED, locale: language.code().into(), name: None, link: None, params, attachment: None }))
}

fn hotel_name(property: &Property, language: Language) -> String {
    Reading::new(vec![language.locale()]).name(&property.name, &property.texts, &property.default_locale)
}
