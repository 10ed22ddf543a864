//! Exports are asked for, shown and fetched.
use crate::answer::Answer;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::bookings;
use crate::domains::privacy::dto::export::{OrderExport, PersonalExport};
use crate::domains::privacy::error::PrivacyError;
use crate::domains::privacy::model::export::{Export, ExportId, ExportStatus, NewExport, Subject};
use crate::domains::privacy::repository::export as repository;
use crate::domains::privacy::rules::export as rules;
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::language::Language;
use crate::outbox::{self, Cause, Event};
use crate::request_id::RequestId;
use crate::security::permission::{GuestDocumentsRead, PrivacyExport};
use crate::security::{Caller, Me, Permission, Reach, Staff, unauthenticated};
use crate::stores::objects::Object;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncConnection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the signature of an address is for.
const PURPOSE: &str = "privacy export";
/// Seconds after which somebody who has asked too often is told to ask again.
const RETRY_SECONDS: u32 = 3600;

/// Content of a signature. Time is real time: it protects against people.
#[derive(Serialize, Deserialize)]
struct Claims {
    export_id: ExportId,
    ends_at: DateTime<Utc>,
}

/// An archive as it is fetched.
pub struct Download {
    /// Name of the file for the person.
    pub name: String,
    pub object: Object,
}

/// Asks for an export of all that there is of one's account.
pub async fn order_own(app: &App, me: &Me, key: &IdempotencyKey) -> Result<Answer> {
    let cause = me.caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let subject = Subject::Account(me.user_id());
        let locale = repository::hold_account(conn, me.user_id()).await?.ok_or_else(unauthenticated)?;
        let new = new(subject, locale, Asker::Person, cause.at);
        ordered(app, conn, subject, &new, "/v1/me/export".into(), &cause).await
    })
    .await
}

/// Asks for an export as the guest of a booking: somebody with an account gets that of the account, whoever has a link that of the
/// address that the link was mailed to.
pub async fn order_by_booking(app: &App, caller: &Caller, key: &IdempotencyKey, booking_id: Uuid) -> Result<Answer> {
    let reach = caller.own()?;
    let cause = caller.cause(app.clock.now());
    app.change(key, async |conn| {
        let subject = guest_of(conn, &reach, booking_id).await?;
        let locale = match subject {
            Subject::Account(user_id) => Some(repository::hold_account(conn, user_id).await?.ok_or_else(unauthenticated)?),
            Subject::Contact { property_id, booking_id } => {
                repository::hold_booking(conn, property_id, booking_id).await?.or_404("booking")?
            }
            Subject::Profile { .. } => None,
        };
        let new = new(subject, locale.unwrap_or_else(|| Language::English.locale()), Asker::Person, cause.at);
        ordered(app, conn, subject, &new, format!("/v1/bookings/{booking_id}/export"), &cause).await
    })
    .await
}

/// Asks for an export for somebody else: of an account with all that there is of it, or of a guest's profile with what the hotel has.
/// Who may not read identity documents gets their numbers masked.
pub async fn order(app: &App, staff: &Staff<PrivacyExport>, key: &IdempotencyKey, request: OrderExport) -> Result<Answer> {
    let cause = staff.caller.cause(app.clock.now());
    let asked = Asked::of(request)?;
    if let Asked::Account(_) = asked {
        staff.everywhere("An export of an account, which is of all properties,")?;
    }
    app.change(key, async |conn| {
        let (subject, locale) = match asked {
            Asked::Account(user_id) => {
                let locale = repository::hold_account(conn, user_id).await?.or_404("user")?;
                (Subject::Account(user_id), Some(locale))
            }
            Asked::Profile(guest_id) => {
                let found = repository::profile(conn, guest_id).await?;
                let (property_id, locale) = found.filter(|(id, _)| staff.scope.covers(*id)).or_404("guest")?;
                let guest_id = repository::hold_profile(conn, property_id, guest_id).await?.or_404("guest")?;
                (Subject::Profile { property_id, guest_id }, locale)
            }
        };
        let locale = locale.unwrap_or_else(|| Language::English.locale());
        let with_documents = staff.caller.holds(GuestDocumentsRead::NAME, subject.property_id());
        let new = new(subject, locale, Asker::Staff { user_id: staff.caller.user_id(), with_documents }, cause.at);
        let location = format!("/v1/privacy/exports/{}", new.id);
        ordered(app, conn, subject, &new, location, &cause).await
    })
    .await
}

/// Whom staff name in a request.
enum Asked {
    Account(Uuid),
    Profile(Uuid),
}

impl Asked {
    fn of(OrderExport { user_id, guest_profile_id }: OrderExport) -> Result<Self> {
        match (user_id, guest_profile_id) {
            (Some(id), None) => Ok(Self::Account(id)),
            (None, Some(id)) => Ok(Self::Profile(id)),
            (None, None) => {
                Err(Error::invalid("/user_id", "is missing, and so is guest_profile_id: one of them says whose data"))
            }
            (Some(_), Some(_)) => Err(Error::invalid("/guest_profile_id", "is one person too many: user_id names somebody")),
        }
    }
}

/// Who asks for an export.
#[derive(Clone, Copy)]
enum Asker {
    /// The person, to whom nothing is masked.
    Person,
    Staff {
        user_id: Option<Uuid>,
        with_documents: bool,
    },
}

fn new(subject: Subject, locale: crate::texts::Locale, asker: Asker, now: DateTime<Utc>) -> NewExport {
    let (requested_by, with_documents) = match asker {
        Asker::Person => (None, true),
        Asker::Staff { user_id, with_documents } => (user_id, with_documents),
    };
    NewExport {
        id: ExportId::now_v7(),
        status: ExportStatus::Requested,
        locale,
        user_id: subject.user_id(),
        property_id: subject.property_id(),
        guest_id: subject.guest_id(),
        booking_id: subject.booking_id(),
        requested_by,
        created_at: now,
        updated_at: now,
        with_documents,
    }
}

/// Writes down that an export is wanted. While one waits to be made, that one is the answer, since it is as good.
async fn ordered(app: &App, conn: &Conn, subject: Subject, new: &NewExport, location: String, cause: &Cause) -> Result<Answer> {
    if let Some(export) = repository::insert(conn, new).await? {
        // Counted with the new one, of which there is one at a time: so nobody slips through.
        if repository::number_since(conn, subject, cause.at - TimeDelta::days(1)).await? > rules::A_DAY {
            return Err(Error::from(PrivacyError::TooManyExports).with_retry_after(RETRY_SECONDS));
        }
        outbox::publish(conn, cause, [Event::created(&export).named("privacy_export.requested")]).await?;
        return Ok(Answer { status: 202, location: Some(location), ..Answer::done(&shown(app, export)?)? });
    }
    let waiting = repository::newest(conn, subject, new.with_documents).await?.or_404("export")?;
    let location = if new.requested_by.is_some() { format!("/v1/privacy/exports/{}", waiting.id) } else { location };
    let answer = Answer::done(&shown(app, waiting)?)?;
    Ok(Answer { status: 202, location: Some(location), is_unchanged: true, ..answer })
}

/// The guest of a booking, as far as the caller may say so.
async fn guest_of(conn: &Conn, reach: &Reach, booking_id: Uuid) -> Result<Subject> {
    let booking = bookings::find(conn, reach, booking_id).await?.or_404("booking")?;
    Ok(match reach.owner {
        Some(user_id) => Subject::Account(user_id),
        None => Subject::Contact { property_id: booking.property_id, booking_id },
    })
}

/// The newest export of one's account.
pub async fn newest_own(app: &App, me: &Me) -> Result<PersonalExport> {
    let conn = app.db.conn().await?;
    shown(app, repository::newest(&conn, Subject::Account(me.user_id()), true).await?.or_404("export")?)
}

/// The newest export that the guest of a booking has asked for.
pub async fn newest_of_booking(app: &App, caller: &Caller, booking_id: Uuid) -> Result<PersonalExport> {
    let reach = caller.own()?;
    let conn = app.db.conn().await?;
    let subject = guest_of(&conn, &reach, booking_id).await?;
    shown(app, repository::newest(&conn, subject, true).await?.or_404("export")?)
}

/// An export of an account, or of a guest's profile at a hotel within the scope. One with numbers of documents, such as that of the
/// person, is fetched by those alone who may read them.
pub async fn get(app: &App, staff: &Staff<PrivacyExport>, id: ExportId) -> Result<PersonalExport> {
    let conn = app.db.conn().await?;
    let may_see = |export: &Export| match export.subject() {
        Some(Subject::Account(_)) => staff.scope.is_all(),
        Some(Subject::Profile { property_id, .. }) => staff.scope.covers(property_id),
        // What an address has is of all hotels, and for whoever has the address.
        Some(Subject::Contact { .. }) | None => false,
    };
    let export = repository::find(&conn, id).await?.filter(may_see).or_404("export")?;
    let may_fetch = !export.with_documents || staff.caller.holds(GuestDocumentsRead::NAME, export.property_id);
    if may_fetch { shown(app, export) } else { Ok(PersonalExport::new(export, None)) }
}

/// An export with an address to fetch it under, if it is there. Of a guest without an account, the address is mailed: a link to a
/// booking may have been passed on, and shows that booking alone.
fn shown(app: &App, export: Export) -> Result<PersonalExport> {
    let is_for_caller = !matches!(export.subject(), Some(Subject::Contact { .. }) | None);
    let address = if is_for_caller && export.status == ExportStatus::Ready { Some(address(app, export.id)?) } else { None };
    Ok(PersonalExport::new(export, address))
}

/// The path to fetch an archive under, and until when it is good.
pub fn address(app: &App, export_id: ExportId) -> Result<(String, DateTime<Utc>)> {
    let ends_at = Clock::real_now() + rules::ADDRESS_LASTS;
    let signature = app.security.data_key.sign(PURPOSE, &Claims { export_id, ends_at })?;
    Ok((format!("/v1/exports/{export_id}/download?signature={signature}"), ends_at))
}

/// The archive, for whoever has a signed address. That it was fetched is on the record before.
pub async fn download(app: &App, id: ExportId, signature: &str, request_id: RequestId) -> Result<Download> {
    let claims: Option<Claims> = app.security.data_key.verify(PURPOSE, signature);
    let Claims { ends_at, .. } = claims.filter(|claims| claims.export_id == id).or_404("export")?;
    if ends_at <= Clock::real_now() {
        return Err(PrivacyError::ExportOver.into());
    }
    let mut conn = app.db.conn().await?;
    let export = repository::find(&conn, id).await?.or_404("export")?;
    if export.status != ExportStatus::Ready {
        return Err(PrivacyError::ExportOver.into());
    }
    let object = app.objects.get(&export.file()).await?.or_404("export")?;
    let cause = Cause::anonymous(request_id, app.clock.now());
    let event = Event::of("privacy_export.fetched", &export);
    conn.transaction(async |conn| outbox::publish(conn, &cause, [event]).await).await?;
    app.relay.wake();
    Ok(Download { name: format!("personal-data-{}.zip", export.created_at.format("%Y-%m-%d")), object })
}
