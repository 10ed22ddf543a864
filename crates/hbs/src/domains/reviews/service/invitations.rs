//! Invitations: a mail a day after the departure, with a link by which a guest writes a review without signing in:
//! one of each type of room of the booking.
use super::letters;
use crate::app::App;
use crate::domains::properties;
use crate::domains::reviews::dto::{ReviewInvitationOut, ReviewableType};
use crate::domains::reviews::error::ReviewError;
use crate::domains::reviews::model::{EndedStay, Invitation, LINK_LASTS, ToInvite};
use crate::domains::reviews::repository;
use crate::error::Or404;
use crate::failures::{Failures, together};
use crate::security::secret_hash;
use crate::stores::postgres::Conn;
use crate::texts::{Locale, Reading};
use crate::{Error, Result};
use diesel_async::AsyncConnection;
use std::collections::{BTreeMap, HashSet};
use std::slice;
use uuid::Uuid;

/// Number of bookings that are asked in one transaction.
const BATCH: i64 = 200;

/// Asks the guests who left a day ago or lately. Returns how many, or the last failure: it keeps nobody else from being asked.
pub async fn invite(app: &App) -> Result<usize> {
    let (mut asked, mut failed) = (0, Failed::default());
    loop {
        let found = repository::to_invite(&*app.db.conn().await?, app.clock.now(), &failed.bookings, BATCH).await?;
        if found.is_empty() {
            return failed.failures.result(asked);
        }
        asked += invite_each(app, &found, &mut failed).await?;
        app.mailer.wake();
    }
}

/// Bookings whose guests could not be asked in a run, with the failures. They are asked again at the next run: read once more in
/// this one, they would stand before all others.
#[derive(Default)]
struct Failed {
    bookings: Vec<Uuid>,
    failures: Failures,
}

/// Asks guests together, or each by themselves where that fails: one who cannot be asked then keeps no other from it. Returns how
/// many were asked. Without the database none of them is.
async fn invite_each(app: &App, found: &[ToInvite], failed: &mut Failed) -> Result<usize> {
    if let Some(asked) = together("guests could not be asked for reviews together", invite_together(app, found).await)? {
        return Ok(asked);
    }
    let mut asked = 0;
    for one in found {
        let invited = invite_together(app, slice::from_ref(one)).await;
        match failed.failures.note("a guest could not be asked for a review", one.booking_id, invited)? {
            Some(count) => asked += count,
            None => failed.bookings.push(one.booking_id),
        }
    }
    Ok(asked)
}

async fn invite_together(app: &App, found: &[ToInvite]) -> Result<usize> {
    let now = app.clock.now();
    let mut conn = app.db.conn().await?;
    conn.transaction(async |conn| {
        let new = repository::insert_invitations(conn, found, now + LINK_LASTS, now).await?;
        let new: HashSet<Uuid> = new.into_iter().collect();
        letters::ask(conn, found.iter().filter(|one| new.contains(&one.booking_id))).await?;
        Ok::<_, Error>(new.len())
    })
    .await
}

/// The stay that a link asks to review. It is not used up by that.
pub async fn open_link(app: &App, token: &str, reading: &Reading) -> Result<ReviewInvitationOut> {
    let conn = app.db.conn().await?;
    let invitation = repository::invitation(&conn, &secret_hash(token), app.clock.now()).await?;
    let invitation = invitation.ok_or(ReviewError::LinkInvalid)?;
    let Invitation { property_id, expires_at, .. } = invitation;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let base = &property.default_locale;
    let room_types = reviewable(&conn, &invitation, reading, base).await?;
    let property_name = reading.name(&property.name, &property.texts, base);
    Ok(ReviewInvitationOut { property_id, property_name, room_types, expires_at })
}

async fn reviewable(conn: &Conn, invitation: &Invitation, reading: &Reading, base: &Locale) -> Result<Vec<ReviewableType>> {
    let Invitation { property_id, booking_id, .. } = *invitation;
    let ended = repository::ended_stays(conn, property_id, booking_id).await?;
    let reviewed = repository::reviewed_types(conn, property_id, booking_id).await?;
    let mut last: BTreeMap<Uuid, EndedStay> = BTreeMap::new();
    for stay in ended.into_iter().filter(|stay| !reviewed.contains(&stay.room_type_id)) {
        let known = last.entry(stay.room_type_id).or_insert(stay);
        if known.check_out < stay.check_out {
            *known = stay;
        }
    }
    let ids: Vec<Uuid> = last.keys().copied().collect();
    let names = repository::names_of_types(conn, property_id, &ids).await?;
    let out = |EndedStay { room_type_id, check_in, check_out }: EndedStay| {
        let name = names.get(&room_type_id).map(|(name, texts)| reading.name(name, texts, base)).unwrap_or_default();
        ReviewableType { room_type_id, name, check_in, check_out }
    };
    Ok(last.into_values().map(out).collect())
}
