//! Preferences: what a person is told of, and when they are written to.
use crate::answer::Answer;
use crate::app::App;
use crate::domains::notifications::dto::{
    ChannelPreference, ChannelWishes, KindPreference, MailSubscriptionOut, PreferencesOut, QuietHours, UpdatePreferences,
};
use crate::domains::notifications::error::NotificationError;
use crate::domains::notifications::model::{Channel, EndOfLetters, NotificationKind, Preference, Settings};
use crate::domains::notifications::repository;
use crate::domains::notifications::rules::{self, ByMail};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::mail::{self, OptOut};
use crate::outbox::{self, Cause, Event};
use crate::request_id::RequestId;
use crate::security::{Grants, Me};
use crate::stores::postgres::Conn;
use crate::unsubscribe::{address, ended_by};
use crate::version::MustMatch;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Word of the tokens that end all mails of notifications to a person, in place of a kind.
const DIGEST: &str = "digest";

pub async fn preferences(app: &App, me: &Me) -> Result<PreferencesOut> {
    let conn = app.db.conn().await?;
    let user_id = me.user_id();
    let settings = repository::find_settings(&conn, user_id).await?;
    let wishes = known_wishes(&conn, &[user_id], NotificationKind::ALL).await?;
    let settings = settings.unwrap_or_else(|| Settings::of(user_id, app.clock.now()));
    Ok(shown(&settings, &wishes, me.caller.grants()))
}

/// The wishes of some people for some kinds: what they have said, and what was ended by the address that they have proved, which
/// outranks it.
pub(super) async fn known_wishes(conn: &Conn, user_ids: &[Uuid], kinds: &[NotificationKind]) -> Result<Vec<Preference>> {
    let mut wishes = repository::preferences_of(conn, user_ids).await?;
    let asked = NotificationKind::ALL.iter().filter(|kind| kinds.contains(kind));
    let ended: Vec<(NotificationKind, OptOut)> = asked.filter_map(|kind| Some((*kind, kind.spec().ended_as?))).collect();
    if ended.is_empty() {
        return Ok(wishes);
    }
    let people = repository::recipients(conn, user_ids).await?;
    let people: Vec<(Uuid, String)> =
        people.into_iter().filter(|one| one.is_proved).map(|one| (one.user_id, one.email.to_lowercase())).collect();
    let mailboxes: Vec<String> = people.iter().map(|(_, mailbox)| mailbox.clone()).collect();
    for (kind, class) in ended {
        let without: BTreeSet<String> = mail::opted_out(conn, class, &mailboxes).await?.into_iter().collect();
        let without: BTreeSet<Uuid> =
            people.iter().filter(|(_, mailbox)| without.contains(mailbox)).map(|(user_id, _)| *user_id).collect();
        wishes.retain(|wish| (wish.kind, wish.channel) != (kind, Channel::Email) || !without.contains(&wish.user_id));
        let ended = |user_id| Preference { user_id, kind, channel: Channel::Email, is_enabled: false };
        wishes.extend(without.into_iter().map(ended));
    }
    Ok(wishes)
}

/// Writes new wishes of a person. What the domains write has its end at the address alone, if the person has proved that it is
/// theirs; of what notifications write, the end is the account's own, and bringing it back does so for the address, too.
async fn set_wishes(conn: &Conn, user_id: Uuid, new: &[(NotificationKind, Channel, bool)], now: DateTime<Utc>) -> Result<()> {
    let of_mailbox = |kind: NotificationKind, channel: Channel| kind.spec().ended_as.filter(|_| channel == Channel::Email);
    if new.iter().any(|(kind, channel, _)| of_mailbox(*kind, *channel).is_some()) {
        let recipient = repository::recipients(conn, &[user_id]).await?.pop().filter(|one| one.is_proved);
        let mailbox = recipient.map(|one| one.email.to_lowercase());
        for (kind, channel, is_enabled) in new {
            let Some(class) = of_mailbox(*kind, *channel) else { continue };
            match (&mailbox, *is_enabled) {
                // Whoever publishes the wishes tells of it.
                (Some(mailbox), true) => {
                    mail::opt_in(conn, class, mailbox).await?;
                }
                (Some(mailbox), false) if kind.is_by_domain() => {
                    mail::opt_out(conn, class, mailbox).await?;
                }
                (None, false) if kind.is_by_domain() => {
                    return Err(NotificationError::Unproved { pointer: format!("/kinds/{kind}/{channel}") }.into());
                }
                _ => {}
            }
        }
    }
    let is_own = |(kind, channel, _): &&(NotificationKind, Channel, bool)| *channel != Channel::Email || !kind.is_by_domain();
    let own: Vec<_> = new.iter().filter(is_own).copied().collect();
    repository::set_preferences(conn, user_id, &own, now).await?;
    Ok(())
}

fn shown(settings: &Settings, wishes: &[Preference], grants: &Grants) -> PreferencesOut {
    let preference = |kind: NotificationKind, channel| ChannelPreference {
        enabled: rules::is_enabled(kind, channel, wishes),
        mandatory: kind.is_fixed(channel),
    };
    // Of what takes a permission, those are told who hold it somewhere.
    let concerns = |kind: &&NotificationKind| kind.spec().permission.is_none_or(|permission| grants.scope(permission).is_some());
    let kinds = NotificationKind::ALL.iter().filter(concerns).map(|kind| KindPreference {
        kind: *kind,
        about: kind.about(),
        in_app: preference(*kind, Channel::InApp),
        email: preference(*kind, Channel::Email),
        push: preference(*kind, Channel::Push),
    });
    PreferencesOut::new(settings, kinds.collect())
}

pub async fn update_preferences(
    app: &App,
    me: &Me,
    key: &IdempotencyKey,
    seen: MustMatch,
    patch: UpdatePreferences,
) -> Result<Answer> {
    let now = app.clock.now();
    let (cause, user_id, grants) = (me.caller.cause(now), me.user_id(), me.caller.grants());
    let UpdatePreferences { time_zone, quiet_hours, digest, digest_at, kinds } = patch;
    let asked = wishes_of(&kinds)?;
    if let Some(Some(QuietHours { from, to })) = quiet_hours
        && from == to
    {
        return Err(Error::invalid("/quiet_hours/to", "must differ from `from`"));
    }
    app.change(key, async |conn| {
        repository::begin_settings(conn, &Settings::of(user_id, now)).await?;
        let before = repository::lock_settings(conn, user_id).await?;
        seen.check(before.version)?;
        let wishes = known_wishes(conn, &[user_id], NotificationKind::ALL).await?;
        let is_new = |(kind, channel, is_enabled): &&(NotificationKind, Channel, bool)| {
            rules::is_enabled(*kind, *channel, &wishes) != *is_enabled
        };
        let new: Vec<_> = asked.iter().filter(is_new).copied().collect();
        let mut wanted = before.clone();
        wanted.time_zone = time_zone.unwrap_or(wanted.time_zone);
        if let Some(quiet) = quiet_hours {
            (wanted.quiet_from, wanted.quiet_to) = (quiet.map(|hours| hours.from), quiet.map(|hours| hours.to));
        }
        wanted.digest = digest.unwrap_or(wanted.digest);
        wanted.digest_at = digest_at.unwrap_or(wanted.digest_at);
        let event = Event::changed(&before, &wanted).named("notification_preferences.updated");
        if event.is_empty() && new.is_empty() {
            return Answer::unchanged(before.version, &shown(&before, &wishes, grants));
        }
        let after = repository::update_settings(conn, &wanted, now).await?;
        set_wishes(conn, user_id, &new, now).await?;
        let event = if new.is_empty() { event } else { event.with("preferences", &new) };
        outbox::publish(conn, &cause, [event.with("user_id", user_id)]).await?;
        let wishes = known_wishes(conn, &[user_id], NotificationKind::ALL).await?;
        Answer::ok(after.version, &shown(&after, &wishes, grants))
    })
    .await
}

/// Lets somebody hear of every booking of the hotels where they may see them: for the demo's desk.
pub async fn follow_bookings(conn: &Conn, user_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let kinds = [NotificationKind::BookingCreated, NotificationKind::BookingCancelled];
    repository::set_preferences(conn, user_id, &kinds.map(|kind| (kind, Channel::InApp, true)), now).await?;
    Ok(())
}

/// The wishes of a request. Refused for kinds that nobody knows, and where there is no choice.
fn wishes_of(kinds: &BTreeMap<String, ChannelWishes>) -> Result<Vec<(NotificationKind, Channel, bool)>> {
    let mut wishes = Vec::new();
    for (name, ChannelWishes { in_app, email, push }) in kinds {
        let pointer = format!("/kinds/{}", name.replace('~', "~0").replace('/', "~1"));
        let kind: NotificationKind = name.parse().map_err(|_| Error::invalid(&pointer, "is not a kind of notification"))?;
        for (channel, wish) in [(Channel::InApp, in_app), (Channel::Email, email), (Channel::Push, push)] {
            let Some(is_enabled) = *wish else { continue };
            if kind.is_fixed(channel) && !is_enabled {
                return Err(NotificationError::Mandatory { kind, pointer: format!("{pointer}/{channel}") }.into());
            }
            wishes.push((kind, channel, is_enabled));
        }
    }
    Ok(wishes)
}

/// The address at which one request ends mails of a kind to a person; none if they cannot be ended.
pub fn unsubscribe_address(app: &App, user_id: Uuid, kind: NotificationKind) -> Result<Option<String>> {
    match kind.spec().by_mail {
        ByMail::ByDomain => Ok(None),
        ByMail::Optional(_) => address(app, &format!("{user_id} {kind}")).map(Some),
    }
}

/// The address at which one request ends mails of all kinds that can be ended to a person, for mails that tell of several.
pub fn unsubscribe_from_all_address(app: &App, user_id: Uuid) -> Result<String> {
    address(app, &format!("{user_id} {DIGEST}"))
}

/// What a token ends.
enum Ended {
    /// Mails of some kinds to a person.
    OfPerson(Uuid, Vec<NotificationKind>),
    /// Letters of a class to a mailbox, whoever has it.
    OfMailbox(OptOut, String),
}

impl Ended {
    fn by(app: &App, token: &str) -> Option<Self> {
        let text = ended_by(app, token)?;
        let (first, second) = text.split_once(' ')?;
        if let Ok(class) = first.parse::<OptOut>() {
            return Some(Self::OfMailbox(class, second.to_owned()));
        }
        let kinds = match second {
            DIGEST => NotificationKind::ALL.iter().copied().filter(|kind| !kind.is_by_domain()).collect(),
            kind => vec![kind.parse().ok()?],
        };
        Some(Self::OfPerson(first.parse().ok()?, kinds))
    }
}

/// Ends mails to a person or a mailbox, whoever has the mail. It is no harm to ask twice.
pub async fn unsubscribe(app: &App, request_id: RequestId, token: &str) -> Result<()> {
    let ended = Ended::by(app, token).or_404("mail to end")?;
    let cause = Cause::anonymous(request_id, app.clock.now());
    let mut conn = app.db.conn().await?;
    match ended {
        Ended::OfMailbox(class, mailbox) => {
            conn.transaction(async |conn| end_letters(conn, class, &mailbox, &cause).await).await?;
        }
        Ended::OfPerson(user_id, kinds) => {
            conn.transaction(async |conn| end_mails(conn, user_id, &kinds, &cause).await).await?;
        }
    }
    app.relay.wake();
    Ok(())
}

/// Says what a token ends, and whether that has been ended.
pub async fn subscription(app: &App, token: &str) -> Result<MailSubscriptionOut> {
    let ended = Ended::by(app, token).or_404("mail to end")?;
    let conn = app.db.conn().await?;
    Ok(match ended {
        Ended::OfMailbox(class, mailbox) => {
            let is_ended = mail::has_opted_out(&conn, class, &mailbox).await?;
            MailSubscriptionOut { class: Some(class), kinds: Vec::new(), is_ended }
        }
        Ended::OfPerson(user_id, kinds) => {
            let wishes = known_wishes(&conn, &[user_id], &kinds).await?;
            let is_ended = !kinds.iter().any(|kind| rules::is_enabled(*kind, Channel::Email, &wishes));
            MailSubscriptionOut { class: None, kinds, is_ended }
        }
    })
}

/// Lets a mailbox have again what was ended by its address, whoever has the mail. It comes to the same however often it is asked.
/// What an account has ended, its preferences bring back: not everybody to whom it passes a mail on.
pub async fn resubscribe(app: &App, request_id: RequestId, token: &str) -> Result<()> {
    let Ended::OfMailbox(class, mailbox) = Ended::by(app, token).or_404("mail to end")? else {
        return Err(NotificationError::ByPreferences.into());
    };
    let cause = Cause::anonymous(request_id, app.clock.now());
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| bring_back_letters(conn, class, &mailbox, &cause).await).await?;
    app.relay.wake();
    Ok(())
}

/// Ends letters of a class to a mailbox, and says so if it had them.
async fn end_letters(conn: &Conn, class: OptOut, mailbox: &str, cause: &Cause) -> Result<()> {
    if mail::opt_out(conn, class, mailbox).await? {
        outbox::publish(conn, cause, [Event::created(&EndOfLetters { class })]).await?;
    }
    Ok(())
}

/// Lets a mailbox have letters of a class again, and says so if it had them no more.
async fn bring_back_letters(conn: &Conn, class: OptOut, mailbox: &str, cause: &Cause) -> Result<()> {
    if mail::opt_in(conn, class, mailbox).await? {
        let event = Event::removed(&EndOfLetters { class }).and("class", class, None::<OptOut>);
        outbox::publish(conn, cause, [event]).await?;
    }
    Ok(())
}

/// Ends mails of those of some kinds that a person has by mail.
async fn end_mails(conn: &Conn, user_id: Uuid, kinds: &[NotificationKind], cause: &Cause) -> Result<()> {
    let wishes = repository::preferences_of(conn, &[user_id]).await?;
    let is_on = |kind: &&NotificationKind| rules::is_enabled(**kind, Channel::Email, &wishes);
    let ended: Vec<_> = kinds.iter().filter(is_on).map(|kind| (*kind, Channel::Email, false)).collect();
    if ended.is_empty() {
        return Ok(());
    }
    repository::begin_settings(conn, &Settings::of(user_id, cause.at)).await?;
    let settings = repository::lock_settings(conn, user_id).await?;
    repository::set_preferences(conn, user_id, &ended, cause.at).await?;
    repository::update_settings(conn, &settings, cause.at).await?;
    let event = Event::of("notification_preferences.updated", &settings).with("preferences", &ended).with("user_id", user_id);
    outbox::publish(conn, cause, [event]).await?;
    Ok(())
}
