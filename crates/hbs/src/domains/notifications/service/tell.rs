//! Telling people of events: one notification for each event, person and reason.
//!
//! How far events have been told of is noted in the transaction of what was told, so an event that comes again tells nothing
//! anew, and many that are told as one are counted once.
use super::settings::known_wishes;
use super::texts::Texts;
use crate::app::App;
use crate::clock::Clock;
use crate::domains::notifications::model::{
    BookingFacts, Channel, Delivery, DeliveryId, DeliveryStatus, Notification, NotificationId, NotificationKind,
    NotificationReason, Preference, Settings,
};
use crate::domains::notifications::repository::{self, PeopleOfIssue};
use crate::domains::notifications::rules::{self, Fact, Times, To};
use crate::money::{Currency, Money};
use crate::outbox::{self, ActorKind, Cause, Event, Numbered};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use diesel_async::AsyncConnection;
use futures_util::try_join;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// Name under which progress is noted.
const NAME: &str = "notifications";
/// Time for which further events of a kind are added to a notification that nobody has read.
const TOGETHER_FOR: TimeDelta = TimeDelta::hours(24);

/// An event with what it tells, and whom.
type Telling<'a> = (&'a Numbered, NotificationKind, To);

/// A notification to be.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub user_id: Uuid,
    pub kind: NotificationKind,
    pub reason: NotificationReason,
    pub dedup_key: String,
    pub group_key: Option<String>,
    pub property_id: Option<Uuid>,
    pub permission: Option<&'static str>,
    /// Code of the role by which they are told.
    pub role: Option<String>,
    pub entity: String,
    pub entity_id: Uuid,
    pub booking_id: Option<Uuid>,
    pub params: Value,
    /// `true` if it may go beside HBS, by channels that the person likes.
    pub may_be_sent: bool,
}

/// Tells people of events, each once.
pub async fn tell(app: &App, events: &[Numbered]) -> Result<()> {
    let told: Vec<Telling<'_>> = events.iter().flat_map(tellings).collect();
    let (Some(last), false) = (events.last(), told.is_empty()) else { return Ok(()) };
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let after = repository::progress(conn, NAME).await?;
        let new: Vec<Telling<'_>> = told.iter().filter(|(recorded, ..)| recorded.position > after).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let known = Known::read(conn, &new).await?;
        let drafts: Vec<Draft> = new.iter().flat_map(|telling| known.drafts(*telling)).collect();
        write(conn, drafts, now).await?;
        repository::set_progress(conn, NAME, last.position, Clock::real_now()).await?;
        Ok::<_, Error>(())
    })
    .await?;
    drop(conn);
    app.relay.wake();
    Ok(())
}

fn tellings(recorded: &Numbered) -> impl Iterator<Item = Telling<'_>> {
    let fact = Fact { kind: &recorded.event.kind, changes: &recorded.event.changes };
    rules::told_by(fact).map(move |(kind, to)| (recorded, kind, to))
}

/// All that is known of some events.
struct Known {
    /// By id.
    bookings: HashMap<Uuid, BookingFacts>,
    /// Amount and booking, by refund.
    refunds: HashMap<Uuid, (Option<Money>, Option<Uuid>)>,
    /// Who waits, and what is told of it, by entry.
    waiting: HashMap<Uuid, (Option<Uuid>, Value)>,
    /// The people of issues, by issue.
    people: HashMap<Uuid, PeopleOfIssue>,
    /// Those who hold a permission at a property.
    holders: HashMap<(String, Uuid), Vec<Uuid>>,
}

impl Known {
    async fn read(conn: &Conn, tellings: &[Telling<'_>]) -> Result<Self> {
        let ids_of = |entity: &str| -> Vec<Uuid> {
            let of = tellings.iter().filter(|(recorded, ..)| recorded.event.entity == entity);
            of.map(|(recorded, ..)| recorded.event.entity_id).collect::<BTreeSet<_>>().into_iter().collect()
        };
        let wanted: BTreeSet<(&'static str, Uuid)> =
            tellings.iter().filter_map(|(recorded, kind, _)| Some((kind.spec().permission?, recorded.event.stream_id))).collect();
        let (permissions, places): (Vec<String>, Vec<Uuid>) =
            wanted.into_iter().map(|(permission, place)| (permission.to_owned(), place)).unzip();
        let (refund_ids, entry_ids, issue_ids) = (ids_of("refund"), ids_of("waitlist_entry"), ids_of("issue"));
        let (refunds, waiting, people, holders) = try_join!(
            repository::refund_bookings(conn, &refund_ids),
            repository::waiting(conn, &entry_ids),
            repository::people_of_issues(conn, &issue_ids),
            repository::holders(conn, &permissions, &places),
        )?;
        let amount = |minor: i64, currency: &str| currency.parse::<Currency>().ok().map(|currency| Money::new(minor, currency));
        let refunds: HashMap<Uuid, (Option<Money>, Option<Uuid>)> =
            refunds.into_iter().map(|(id, minor, currency, booking_id)| (id, (amount(minor, &currency), booking_id))).collect();
        let booking_of = |(recorded, ..): &Telling<'_>| {
            let of_refund = refunds.get(&recorded.event.entity_id).and_then(|(_, booking_id)| *booking_id);
            Some((recorded.event.stream_id, recorded.event.booking_id.or(of_refund)?))
        };
        let booking_ids: BTreeSet<(Uuid, Uuid)> = tellings.iter().filter_map(booking_of).collect();
        let bookings = repository::booking_facts(conn, &Vec::from_iter(booking_ids)).await?;
        let mut held: HashMap<(String, Uuid), Vec<Uuid>> = HashMap::new();
        for holder in holders {
            held.entry((holder.permission, holder.property_id)).or_default().push(holder.user_id);
        }
        Ok(Self {
            bookings: bookings.into_iter().map(|booking| (booking.id, booking)).collect(),
            refunds,
            waiting: waiting
                .into_iter()
                .map(|(id, user_id, check_in, check_out)| (id, (user_id, json!({"check_in": check_in, "check_out": check_out}))))
                .collect(),
            people: people.into_iter().map(|people| (people.issue_id, people)).collect(),
            holders: held,
        })
    }

    fn booking(&self, recorded: &Numbered) -> Option<&BookingFacts> {
        let of_refund = self.refunds.get(&recorded.event.entity_id).and_then(|(_, booking_id)| *booking_id);
        recorded.event.booking_id.or(of_refund).and_then(|id| self.bookings.get(&id))
    }

    /// Notifications of an event: one for each person.
    fn drafts(&self, (recorded, kind, to): Telling<'_>) -> Vec<Draft> {
        let (event, spec) = (&recorded.event, kind.spec());
        let property_id = Some(event.stream_id).filter(|id| *id != outbox::SYSTEM_STREAM);
        let actor = event.actor_id.filter(|_| event.actor_kind == ActorKind::User && !spec.tells_actor);
        let holders = || {
            let place = spec.permission.map(|permission| (permission.to_owned(), event.stream_id));
            place.and_then(|place| self.holders.get(&place)).cloned().unwrap_or_default()
        };
        let of_issue = self.people.get(&event.entity_id);
        let people: Vec<Uuid> = match to {
            To::Staff => holders(),
            To::Responsible => {
                let all = holders();
                let assignee = of_issue.and_then(|people| people.assignee_id).filter(|id| all.contains(id));
                assignee.map_or(all, |id| vec![id])
            }
            To::Assigned => {
                let assigned = event.changes["assignee_id"]["after"].as_str().and_then(|id| id.parse::<Uuid>().ok());
                holders().into_iter().filter(|id| Some(*id) == assigned).collect()
            }
            To::Guest => self.booking(recorded).and_then(|booking| booking.user_id).into_iter().collect(),
            To::GuestOfIssue => of_issue.and_then(|people| people.guest_id).into_iter().collect(),
            To::Waiting => self.waiting.get(&event.entity_id).and_then(|(user_id, _)| *user_id).into_iter().collect(),
        };
        let group_key = spec.is_together.then(|| group_of(kind, recorded));
        let params = self.params(recorded);
        let booking_id = self.booking(recorded).map(|booking| booking.id);
        let draft = |user_id| Draft {
            user_id,
            kind,
            reason: if spec.permission.is_some() { NotificationReason::Permission } else { NotificationReason::Owner },
            dedup_key: format!("{kind}:{}", event.event_id),
            group_key: group_key.clone(),
            property_id,
            permission: spec.permission,
            role: None,
            entity: event.entity.clone(),
            entity_id: event.entity_id,
            booking_id,
            params: params.clone(),
            may_be_sent: true,
        };
        people.into_iter().filter(|user_id| Some(*user_id) != actor).map(draft).collect()
    }

    /// What is told of an event. Nothing in it tells of a person.
    fn params(&self, recorded: &Numbered) -> Value {
        let event = &recorded.event;
        let of = |field: &str, side: &str| event.changes[field][side].clone();
        let mut params = match event.entity.as_str() {
            "feed_conflict" => json!({"check_in": of("from_date", "after"), "check_out": of("to_date", "after")}),
            "property" => json!({"date": of("business_date", "before")}),
            "waitlist_entry" => self.waiting.get(&event.entity_id).map_or_else(|| json!({}), |(_, params)| params.clone()),
            _ => json!({}),
        };
        if let Some(booking) = self.booking(recorded) {
            params["reference"] = json!(booking.reference);
            params["check_in"] = json!(booking.check_in);
            params["check_out"] = json!(booking.check_out);
        }
        if let Some((Some(amount), _)) = self.refunds.get(&event.entity_id) {
            params["amount"] = json!(amount);
        }
        params
    }
}

/// The group of events that are told as one: those of a kind at a hotel; of imports, each by itself.
fn group_of(kind: NotificationKind, recorded: &Numbered) -> String {
    let property_id = recorded.event.stream_id;
    match (kind, &recorded.event.request_id) {
        (NotificationKind::BookingsImported, Some(request_id)) => format!("{kind}:{property_id}:{request_id}"),
        _ => format!("{kind}:{property_id}"),
    }
}

/// Wishes and settings of people.
struct Wishes {
    preferences: HashMap<Uuid, Vec<Preference>>,
    settings: HashMap<Uuid, Settings>,
}

impl Wishes {
    async fn read(conn: &Conn, drafts: &[Draft]) -> Result<Self> {
        let people: BTreeSet<Uuid> = drafts.iter().map(|draft| draft.user_id).collect();
        let people = Vec::from_iter(people);
        let kinds: Vec<NotificationKind> = drafts.iter().map(|draft| draft.kind).collect();
        let wishes = known_wishes(conn, &people, &kinds).await?;
        let settings = repository::settings_of(conn, &people).await?;
        let mut preferences: HashMap<Uuid, Vec<Preference>> = HashMap::new();
        for wish in wishes {
            preferences.entry(wish.user_id).or_default().push(wish);
        }
        let settings = settings.into_iter().map(|settings| (settings.user_id, settings)).collect();
        Ok(Self { preferences, settings })
    }

    /// The channels by which a person is told of a kind; what goes beside HBS is in HBS, too.
    fn channels(&self, draft: &Draft) -> Vec<Channel> {
        let wishes = self.preferences.get(&draft.user_id).map(Vec::as_slice).unwrap_or_default();
        let is_ours = |channel: Channel| match channel {
            Channel::InApp => true,
            Channel::Email => draft.may_be_sent && !draft.kind.is_by_domain(),
            Channel::Push => draft.may_be_sent,
        };
        let all = Channel::ALL.iter().copied();
        all.filter(|channel| is_ours(*channel) && rules::is_enabled(draft.kind, *channel, wishes)).collect()
    }

    fn times(&self, user_id: Uuid, zone: Tz, now: DateTime<Utc>) -> Times {
        let unset = Settings::of(user_id, now);
        Times::of(self.settings.get(&user_id).unwrap_or(&unset), zone)
    }
}

/// Writes notifications for those who want them, with their deliveries and their events. Returns how many people were told
/// anew.
pub(super) async fn write(conn: &Conn, drafts: Vec<Draft>, now: DateTime<Utc>) -> Result<usize> {
    if drafts.is_empty() {
        return Ok(0);
    }
    let wishes = Wishes::read(conn, &drafts).await?;
    let wanted: Vec<(Draft, Vec<Channel>)> = drafts
        .into_iter()
        .map(|draft| {
            let channels = wishes.channels(&draft);
            (draft, channels)
        })
        .filter(|(_, channels)| !channels.is_empty())
        .collect();
    if wanted.is_empty() {
        return Ok(0);
    }
    let counted = together(wanted);
    let (mut events, new) = add_to_open(conn, counted, now).await?;
    let texts = Texts::at(conn, new.iter().filter_map(|(row, _)| row.property_id).collect()).await?;

    let rows: Vec<Notification> = new.iter().map(|(row, _)| row.clone()).collect();
    let written: BTreeSet<Uuid> = repository::insert(conn, &rows).await?.into_iter().map(Uuid::from).collect();
    let mut deliveries = Vec::new();
    for (row, channels) in new.iter().filter(|(row, _)| written.contains(&row.id.into())) {
        events.push(Event::created(row));
        let zone = texts.property(row.property_id).map_or(Tz::UTC, |property| property.time_zone.tz());
        let due_at = rules::due_at(wishes.times(row.user_id, zone, now), row.kind.spec().is_together, now);
        let beside = channels.iter().filter(|channel| **channel != Channel::InApp);
        deliveries.extend(beside.map(|channel| Delivery {
            user_id: row.user_id,
            id: DeliveryId::now_v7(),
            notification_id: row.id,
            channel: *channel,
            status: DeliveryStatus::Waiting,
            due_at: Some(due_at),
            attempts: 0,
            mail_id: None,
            created_at: now,
            updated_at: now,
        }));
    }
    repository::insert_deliveries(conn, &deliveries).await?;
    outbox::publish_many(conn, &Cause::system(now), events).await?;
    Ok(written.len())
}

/// Counts what is told as one: the first of it, its channels, and how many there are.
fn together(wanted: Vec<(Draft, Vec<Channel>)>) -> Vec<(Draft, Vec<Channel>, i32)> {
    let mut counted: Vec<(Draft, Vec<Channel>, i32)> = Vec::new();
    let mut places: HashMap<(Uuid, String), usize> = HashMap::new();
    for (draft, channels) in wanted {
        let group = draft.group_key.clone().map(|group| (draft.user_id, group));
        match group.as_ref().and_then(|group| places.get(group)).and_then(|place| counted.get_mut(*place)) {
            Some((.., count)) => *count += 1,
            None => {
                places.extend(group.map(|group| (group, counted.len())));
                counted.push((draft, channels, 1));
            }
        }
    }
    counted
}

/// Adds what is told as one to the notifications that nobody has read yet. Returns the events of that, and what is new.
async fn add_to_open(
    conn: &Conn,
    counted: Vec<(Draft, Vec<Channel>, i32)>,
    now: DateTime<Utc>,
) -> Result<(Vec<Event>, Vec<(Notification, Vec<Channel>)>)> {
    let (people, groups): (BTreeSet<Uuid>, BTreeSet<String>) =
        counted.iter().filter_map(|(draft, ..)| Some((draft.user_id, draft.group_key.clone()?))).unzip();
    let open: HashMap<(Uuid, String), Notification> = if groups.is_empty() {
        HashMap::new()
    } else {
        let rows = repository::open_groups(conn, &Vec::from_iter(people), &Vec::from_iter(groups), now - TOGETHER_FOR).await?;
        // Of several the newest, which comes last, is added to.
        rows.into_iter().filter_map(|row| Some(((row.user_id, row.group_key.clone()?), row))).collect()
    };
    let (mut events, mut new) = (Vec::new(), Vec::new());
    for (draft, channels, count) in counted {
        let known = draft.group_key.clone().and_then(|group| open.get(&(draft.user_id, group)));
        match known {
            Some(before) => {
                let after = repository::add_to(conn, before, count, now).await?;
                events.push(Event::changed(before, &after).with("user_id", after.user_id));
            }
            None => new.push((row(draft, count, now), channels)),
        }
    }
    Ok((events, new))
}

fn row(draft: Draft, count: i32, now: DateTime<Utc>) -> Notification {
    let Draft {
        user_id,
        kind,
        reason,
        dedup_key,
        group_key,
        property_id,
        permission,
        role,
        entity,
        entity_id,
        booking_id,
        params,
        may_be_sent: _,
    } = draft;
    Notification {
        user_id,
        id: NotificationId::now_v7(),
        kind,
        reason,
        dedup_key,
        group_key,
        property_id,
        permission: permission.map(str::to_owned),
        role,
        entity,
        entity_id,
        booking_id,
        count,
        params,
        read_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
