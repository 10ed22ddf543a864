//! Mails about issues: to guests about answers, to the hotel about what guests raise. What comes in a burst is told in one mail.
use super::desk::Desk;
use super::raising::BURST;
use crate::app::App;
use crate::domains::bookings::{self, Booking};
use crate::domains::issues::model::{Issue, IssueId, IssueMessageId};
use crate::domains::issues::repository;
use crate::domains::properties::Property;
use crate::failures::{Failures, together};
use crate::language::Language;
use crate::mail::{self, Letter, Link, Mail, Queued};
use crate::security::{Reach, Scope};
use crate::stores::postgres::Conn;
use crate::texts::{Locale, Reading};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::slice;
use uuid::Uuid;

/// Kind of mail to a guest about answers.
const ANSWERED: &str = "issue_answered";
/// Kind of mail to the hotel about issues that guests have raised.
const RAISED: &str = "issues_raised";
/// Number of issues that are looked at together.
const BATCH: i64 = 500;

/// Answers that a mail to a guest is about. They are named one by one: when it is sent, there may be others that the next mail is
/// about, and these may be in another issue, into which theirs was merged.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Told {
    property_id: Uuid,
    message_ids: Vec<IssueMessageId>,
}

/// Issues that a mail to a hotel is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct ForHotel {
    /// Issues that guests have raised.
    issues: Vec<IssueId>,
    /// Issues that were over, and are open again because the guest has written.
    again: Vec<IssueId>,
}

/// Recipient of what is due of some issues.
#[derive(Debug, Clone)]
enum Recipient {
    /// A guest, by address and account; none where there is nobody to write to.
    Guest(Option<(String, Option<Uuid>)>),
    Hotel(Uuid),
}

/// What a run has come to.
#[derive(Default)]
struct Run {
    /// Number of mails that were queued.
    queued: usize,
    failures: Failures,
}

impl Run {
    /// Notes what came of the work for one issue, and returns it; none if that failed.
    fn note<T>(&mut self, issue_id: IssueId, outcome: Result<T>) -> Result<Option<T>> {
        self.failures.note("an issue could not be told of by mail; it is tried again", issue_id, outcome)
    }
}

/// Queues the mails that are due: one an address, whatever the number of issues and messages. Returns the last failure: an issue
/// that cannot be told stays due, and keeps no other from being told.
pub async fn queue_mails(app: &App) -> Result<()> {
    let mut run = Run::default();
    let reached = match queue_to_guests(app, &mut run).await {
        Ok(()) => queue_to_hotels(app, &mut run).await,
        away => away,
    };
    if run.queued > 0 {
        app.mailer.wake();
    }
    reached.and(run.failures.result(()))
}

async fn queue_to_guests(app: &App, run: &mut Run) -> Result<()> {
    let now = app.clock.now();
    let mut seen = Vec::new();
    loop {
        let conn = app.db.conn().await?;
        let due = repository::due_to_guests(&conn, now, &seen, BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut by_address: BTreeMap<Option<(String, Option<Uuid>)>, Vec<IssueId>> = BTreeMap::new();
        for issue in due {
            seen.push(issue.id);
            if let Some(contact) = run.note(issue.id, Contact::of(&conn, &issue).await)? {
                by_address.entry(contact.map(Contact::whom)).or_default().push(issue.id);
            }
        }
        drop(conn);
        for (address, ids) in by_address {
            queue_each(app, &Recipient::Guest(address), &ids, now, run).await?;
        }
    }
}

async fn queue_to_hotels(app: &App, run: &mut Run) -> Result<()> {
    let now = app.clock.now();
    let mut seen = Vec::new();
    loop {
        let due = repository::due_to_staff(&*app.db.conn().await?, now, &seen, BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        let mut by_hotel: BTreeMap<Uuid, Vec<IssueId>> = BTreeMap::new();
        for issue in due {
            seen.push(issue.id);
            by_hotel.entry(issue.property_id).or_default().push(issue.id);
        }
        for (property_id, ids) in by_hotel {
            queue_each(app, &Recipient::Hotel(property_id), &ids, now, run).await?;
        }
    }
}

/// Queues the mails about issues together, or about each by itself where that fails: one that cannot be told then keeps no other
/// from it.
async fn queue_each(app: &App, to: &Recipient, ids: &[IssueId], now: DateTime<Utc>, run: &mut Run) -> Result<()> {
    if let Some(queued) = together("issues could not be told of in one mail", queue_together(app, to, ids, now).await)? {
        run.queued += queued;
        return Ok(());
    }
    for id in ids {
        let queued = queue_together(app, to, slice::from_ref(id), now).await;
        run.queued += run.note(*id, queued)?.unwrap_or(0);
    }
    Ok(())
}

async fn queue_together(app: &App, to: &Recipient, ids: &[IssueId], now: DateTime<Utc>) -> Result<usize> {
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let issues = repository::lock_free(conn, ids).await?;
        match to {
            Recipient::Guest(address) => queue_to_guest(conn, address.as_ref(), &issues, now).await,
            Recipient::Hotel(property_id) => queue_to_hotel(conn, *property_id, &issues, now).await,
        }
    })
    .await
}

/// Returns `true` if a mail is due still: whoever was faster may have written by now.
fn is_due(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    at.is_some_and(|at| at <= now)
}

/// Queues a mail to a guest about those issues of which the address is still theirs: until the issues were locked, a person could
/// be erased, or have another address. The others are left for the next run.
async fn queue_to_guest(
    conn: &Conn,
    address: Option<&(String, Option<Uuid>)>,
    issues: &[Issue],
    now: DateTime<Utc>,
) -> Result<usize> {
    let mut told = Vec::with_capacity(issues.len());
    for issue in issues.iter().filter(|issue| is_due(issue.guest_due_at, now)) {
        if Contact::of(conn, issue).await?.map(Contact::whom).as_ref() != address {
            continue;
        }
        repository::settle_guest(conn, issue).await?;
        let message_ids = repository::tell_answers(conn, issue, now).await?;
        if !message_ids.is_empty() {
            told.push(Told { property_id: issue.property_id, message_ids });
        }
    }
    let Some((address, user_id)) = address.filter(|_| !told.is_empty()) else { return Ok(0) };
    let params = json!({"issues": told});
    enqueue(conn, &[Mail { kind: ANSWERED, address, user_id: *user_id, booking: None, params }]).await
}

async fn queue_to_hotel(conn: &Conn, property_id: Uuid, issues: &[Issue], now: DateTime<Utc>) -> Result<usize> {
    let mut of_hotel = ForHotel::default();
    for issue in issues.iter().filter(|issue| is_due(issue.staff_due_at, now)) {
        repository::settle_staff(conn, issue).await?;
        // Who raises an issue has the staff written to once the burst is over; whoever opens it again does so later.
        let is_new = issue.staff_due_at.is_some_and(|at| at <= issue.created_at + BURST);
        let list = if is_new { &mut of_hotel.issues } else { &mut of_hotel.again };
        list.push(issue.id);
    }
    if of_hotel.issues.is_empty() && of_hotel.again.is_empty() {
        return Ok(0);
    }
    let desk = Desk::read(conn, property_id, now).await?;
    let said = desk.settings.recipients()?;
    let recipients = if said.is_empty() { desk.property.email.into_iter().collect() } else { said };
    let mail = |address| Mail { kind: RAISED, address, user_id: None, booking: None, params: json!(of_hotel) };
    let mails: Vec<Mail<'_>> = recipients.iter().map(|address| mail(address.as_str())).collect();
    enqueue(conn, &mails).await
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

    /// The address with the account, by which mails to one guest are put together.
    fn whom(self) -> (String, Option<Uuid>) {
        (self.address, self.user_id)
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
    for (issue_id, answers) in answers_by_issue(conn, &told).await? {
        let Some(issue) = repository::find(conn, &Reach::of_scope(Scope::All), issue_id).await? else { continue };
        let Some(contact) = Contact::of(conn, &issue).await?.filter(|contact| contact.address == mail.address) else { continue };
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
            "answers": answers.into_values().collect::<Vec<_>>(),
        }));
    }
    let Some(language) = language else { return Ok(None) };
    let params = json!({"hotel": {"name": shown[0]["hotel"]}, "issues": shown});
    Ok(Some(Letter { kind: ANSWERED, locale: language.code().into(), name: None, link, params, attachment: None }))
}

/// The words of the answers that a mail is about, in their order, by the issues that they are of by now.
async fn answers_by_issue(conn: &Conn, told: &[Told]) -> Result<BTreeMap<IssueId, BTreeMap<IssueMessageId, String>>> {
    let mut answers: BTreeMap<IssueId, BTreeMap<IssueMessageId, String>> = BTreeMap::new();
    for Told { property_id, message_ids } in told {
        for message in repository::messages_by_id(conn, *property_id, message_ids).await? {
            answers.entry(message.issue_id).or_default().insert(message.id, message.text);
        }
    }
    Ok(answers)
}

/// The link by which a guest without an account reaches the booking.
fn link_of(app: &App, contact: &Contact) -> Result<Option<Link>> {
    let guest = contact.booking.as_ref().and_then(|booking| booking.guest_at(app.clock.now()));
    let link = |guest| Ok(Link { page: "booking", token: app.security.guest_link(&guest)?, lifetime: bookings::LINK_LASTS });
    guest.map(link).transpose()
}

async fn raised(app: &App, conn: &Conn, mail: &Queued) -> Result<Option<Letter>> {
    let ForHotel { issues, again } = serde_json::from_value(mail.params.clone()).map_err(Error::internal)?;
    let (issues, again) = (shown_to_hotel(conn, &issues).await?, shown_to_hotel(conn, &again).await?);
    let Some(property_id) = issues.iter().chain(&again).map(|(property_id, _)| *property_id).next() else { return Ok(None) };
    let property = Desk::read(conn, property_id, app.clock.now()).await?.property;
    let language = Language::first_of([&property.default_locale]);
    let words = |shown: Vec<(Uuid, Value)>| shown.into_iter().map(|(_, words)| words).collect::<Vec<_>>();
    let params = json!({
        "hotel": {"name": hotel_name(&property, language)},
        "issues": words(issues),
        "again": words(again),
    });
    Ok(Some(Letter { kind: RAISED, locale: language.code().into(), name: None, link: None, params, attachment: None }))
}

/// Issues as a mail to their hotel has them, each with the hotel.
async fn shown_to_hotel(conn: &Conn, ids: &[IssueId]) -> Result<Vec<(Uuid, Value)>> {
    let mut shown = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(issue) = repository::find(conn, &Reach::of_scope(Scope::All), *id).await? else { continue };
        let Issue { property_id, id, subject, category, priority, .. } = issue;
        shown.push((property_id, json!({"id": id, "subject": subject, "category": category, "priority": priority})));
    }
    Ok(shown)
}

fn hotel_name(property: &Property, language: Language) -> String {
    Reading::new(vec![language.locale()]).name(&property.name, &property.texts, &property.default_locale)
}
