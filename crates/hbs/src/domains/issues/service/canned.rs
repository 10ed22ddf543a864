//! Canned answers: written once by the staff, in the languages of the guests.
use super::desk::{Desk, ISSUE};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::bookings;
use crate::domains::issues::dto::{CannedAnswerFilter, CannedAnswerOut, CreateCannedAnswer, FilledAnswer, UpdateCannedAnswer};
use crate::domains::issues::error::IssueError;
use crate::domains::issues::model::{CannedAnswer, CannedAnswerChange, CannedAnswerId, Issue, IssueId};
use crate::domains::issues::repository::{self, About};
use crate::domains::issues::rules::canned;
use crate::error::{OnConstraint, Or404};
use crate::idempotency::IdempotencyKey;
use crate::language::Language;
use crate::outbox::{self, Event};
use crate::page::{Page, PageQuery};
use crate::security::permission::{IssuesRead, IssuesWrite};
use crate::security::{Me, Reach, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::texts::{self, Locale, Reading};
use crate::version::MustMatch;
use crate::{Error, Result};
use std::collections::BTreeMap;

/// Constraint by which titles differ.
const TITLES: &str = "canned_answers_title";
/// Number of canned answers that a hotel can have.
const MOST: i64 = 500;
const ANSWER: &str = "canned answer";

pub async fn list_canned_answers(
    app: &App,
    staff: &Staff<IssuesRead>,
    filter: &CannedAnswerFilter,
    page: &PageQuery,
) -> Result<Page<CannedAnswerOut>> {
    let (limit, after) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::canned_answers(&conn, &staff.scope, filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |answer| answer.id)?;
    Ok(Page { items: items.into_iter().map(CannedAnswerOut::new).collect::<Result<_>>()?, next_cursor })
}

pub async fn get_canned_answer(app: &App, staff: &Staff<IssuesRead>, id: CannedAnswerId) -> Result<CannedAnswerOut> {
    let conn = app.db.conn().await?;
    CannedAnswerOut::new(repository::canned_answer(&conn, &staff.scope, id).await?.or_404(ANSWER)?)
}

pub async fn create_canned_answer(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    request: CreateCannedAnswer,
) -> Result<Answer> {
    staff.at(request.property_id)?;
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    check_texts(&request.texts)?;
    app.change(key, async |conn| {
        let new = CannedAnswer {
            property_id: request.property_id,
            id: CannedAnswerId::now_v7(),
            title: request.title.clone(),
            texts: serde_json::to_value(&request.texts).map_err(Error::internal)?,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        repository::lock_number(conn, &format!("canned answers of {}", request.property_id)).await?;
        if repository::count_canned_answers(conn, request.property_id).await? >= MOST {
            return Err(IssueError::TooManyAnswers(MOST).into());
        }
        repository::insert_canned_answer(conn, &new).await.on_constraint(TITLES, || IssueError::TitleTaken)?;
        outbox::publish(conn, &cause, [Event::created(&new)]).await?;
        Answer::created(format!("/v1/canned-answers/{}", new.id), new.version, &CannedAnswerOut::new(new.clone())?)
    })
    .await
}

pub async fn update_canned_answer(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: CannedAnswerId,
    patch: UpdateCannedAnswer,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    let UpdateCannedAnswer { title, texts } = patch;
    if let Some(texts) = &texts {
        check_texts(texts)?;
    }
    let texts = texts.map(|texts| serde_json::to_value(texts).map_err(Error::internal)).transpose()?;
    let change = CannedAnswerChange { title, texts };
    app.change(key, async |conn| {
        let before = repository::lock_canned_answer(conn, &staff.scope, id).await?.or_404(ANSWER)?;
        seen.check(before.version)?;
        let changed = repository::update_canned_answer(conn, &before, &change, now).await;
        let after = changed.on_constraint(TITLES, || IssueError::TitleTaken)?;
        let event = Event::changed(&before, &after);
        if event.is_empty() {
            return Answer::unchanged(before.version, &CannedAnswerOut::new(before.clone())?);
        }
        outbox::publish(conn, &cause, [event]).await?;
        Answer::ok(after.version, &CannedAnswerOut::new(after.clone())?)
    })
    .await
}

pub async fn delete_canned_answer(
    app: &App,
    staff: &Staff<IssuesWrite>,
    key: &IdempotencyKey,
    seen: MustMatch,
    id: CannedAnswerId,
) -> Result<Answer> {
    let now = app.clock.now();
    let cause = staff.caller.cause(now);
    app.change(key, async |conn| {
        let row = repository::lock_canned_answer(conn, &staff.scope, id).await?.or_404(ANSWER)?;
        seen.check(row.version)?;
        repository::delete_canned_answer(conn, &row, now).await?;
        outbox::publish(conn, &cause, [Event::removed(&row)]).await?;
        Ok(Answer::no_content())
    })
    .await
}

fn check_texts(texts: &BTreeMap<Locale, String>) -> Result<()> {
    let errors: Vec<_> = texts.iter().flat_map(|(locale, text)| canned::check(&format!("/texts/{locale}"), text)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid_fields(errors)) }
}

/// Returns a canned answer as it reads for an issue: in the language of the guest, else of the hotel.
pub async fn fill_canned_answer(
    app: &App,
    staff: &Staff<IssuesRead>,
    (id, answer_id): (IssueId, CannedAnswerId),
) -> Result<FilledAnswer> {
    let conn = app.db.conn().await?;
    let reach = staff.reach();
    let issue = repository::find(&conn, &reach, id).await?.or_404(ISSUE)?;
    let found = repository::canned_answer(&conn, &staff.scope, answer_id).await?;
    let answer = found.filter(|answer| answer.property_id == issue.property_id).or_404(ANSWER)?;
    let desk = Desk::read(&conn, issue.property_id, app.clock.now()).await?;
    let texts = answer.texts()?;
    let wanted = languages_of(&conn, &issue).await?;
    let there: Vec<&str> = texts.keys().map(Locale::as_str).collect();
    let best = texts::best(wanted.iter().chain([&desk.property.default_locale]), &there);
    let (locale, text) = texts.iter().find(|(locale, _)| Some(locale.as_str()) == best).ok_or(IssueError::NoText)?;
    let agent = Me::of(staff.caller.clone()).ok().map(|me| me.person().full_name.clone());
    let values = values(&conn, &desk, &issue, locale, agent, &reach).await?;
    Ok(FilledAnswer { property_id: issue.property_id, locale: locale.clone(), text: canned::fill(text, &values) })
}

/// The languages that the guest of an issue reads, best first.
async fn languages_of(conn: &Conn, issue: &Issue) -> Result<Vec<Locale>> {
    let booking = match issue.booking_id {
        Some(id) => bookings::find(conn, &Reach::of_scope(Scope::All), id).await?,
        None => None,
    };
    let account = match issue.guest_user_id {
        Some(id) => repository::contact_of_user(conn, id).await?,
        None => None,
    };
    let own = account.and_then(|(_, _, locale)| locale.parse::<Locale>().ok());
    Ok(booking.and_then(|booking| booking.locale).into_iter().chain(own).collect())
}

/// The values of the variables. Those of which nothing is known are left out, and stay empty.
async fn values(
    conn: &Conn,
    desk: &Desk,
    issue: &Issue,
    locale: &Locale,
    agent: Option<String>,
    reach: &Reach,
) -> Result<BTreeMap<&'static str, String>> {
    let about = About::read(conn, std::slice::from_ref(issue), desk.property.id, reach).await?;
    let booking = match issue.booking_id {
        Some(id) => bookings::find(conn, &Reach::of_scope(Scope::All), id).await?,
        None => None,
    };
    let property = &desk.property;
    let language = Language::first_of([locale]);
    let hotel = Reading::new(vec![locale.clone()]).name(&property.name, &property.texts, &property.default_locale);
    let mut values = BTreeMap::from([("hotel_name", hotel), ("subject", issue.subject.clone())]);
    let of_account = issue.guest_user_id.and_then(|id| about.people.get(&id).cloned());
    values.extend(of_account.map(|name| ("guest_name", name)));
    values.extend(agent.map(|name| ("agent_name", name)));
    values.extend(issue.room_id.and_then(|id| about.rooms.get(&id).cloned()).map(|number| ("room_number", number)));
    if let Some(booking) = booking {
        values.insert("guest_name", booking.contact_name);
        values.insert("reference", booking.reference);
        values.insert("check_in", language.date(booking.check_in));
        values.insert("check_out", language.date(booking.check_out));
    }
    Ok(values)
}
