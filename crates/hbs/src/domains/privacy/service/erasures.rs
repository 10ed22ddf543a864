//! Erasures: asked for by people and by staff, looked at, and refused while something is open.
use super::erasing::{self, Written};
use super::person::{self, Named};
use crate::answer::Answer;
use crate::app::App;
use crate::domains::authentication::{self, Origin, Presence};
use crate::domains::privacy::dto::erasure::{EraseMe, ErasePerson, ErasureOut};
use crate::domains::privacy::error::PrivacyError;
use crate::domains::privacy::model::erasure::{AskedBy, ErasureId, ErasureObstacle, ObstacleKind, Person};
use crate::domains::privacy::repository::{self, people};
use crate::error::Or404;
use crate::idempotency::IdempotencyKey;
use crate::outbox::Cause;
use crate::page::{Page, PageQuery};
use crate::security::permission::PrivacyErase;
use crate::security::{Me, OwnOr, Permission, Scope, Staff};
use crate::stores::postgres::Conn;
use crate::version::MustMatch;
use crate::{Error, Result};
use diesel::result::Error as DieselError;
use std::collections::BTreeMap;

/// Times that an erasure is tried, when others hold the rows of the person.
const ATTEMPTS: usize = 5;

/// Erases the caller's own account and all that belongs to it.
pub async fn erase_me(
    app: &App,
    me: &Me,
    origin: &Origin,
    key: &IdempotencyKey,
    seen: MustMatch,
    request: EraseMe,
) -> Result<Answer> {
    let EraseMe { current_password, code, recovery_code } = request;
    seen.check(me.person().version)?;
    authentication::confirm_presence(app, me, origin, Presence { current_password, code, recovery_code }).await?;
    let cause = me.caller.cause(app.clock.now());
    let asked = Asked { named: Named::Account(me.user_id()), scope: Scope::All, by: AskedBy::Person, cause };
    let answer = asked.erase(app, key).await?;
    // There is nobody left who could look at an address of it.
    Ok(Answer { status: 200, location: None, etag: None, ..answer })
}

/// Erases a person on behalf of whom it is, or the contact of the booking of the caller's link.
pub async fn erase_person(app: &App, who: &OwnOr<PrivacyErase>, key: &IdempotencyKey, request: &ErasePerson) -> Result<Answer> {
    let cause = who.caller.cause(app.clock.now());
    let scope = who.reach.scope.clone();
    let guest = who.reach.guest.as_ref();
    let (named, by) = match (request.user_id, request.guest_profile_id, request.booking_id) {
        (Some(id), None, None) => {
            if !scope.is_all() || !who.caller.holds(PrivacyErase::NAME, None) {
                return Err(Error::not_found("user"));
            }
            (Named::Account(id), AskedBy::Staff)
        }
        (None, Some(id), None) => (Named::Profile(id), AskedBy::Staff),
        (None, None, Some(booking_id)) => {
            let proved = guest.filter(|guest| guest.booking_id == booking_id).map(|guest| guest.email.clone());
            let by = if proved.is_some() { AskedBy::Person } else { AskedBy::Staff };
            (Named::Contact { booking_id, proved }, by)
        }
        _ => return Err(Error::invalid("", "must name one person: by user_id, guest_profile_id or booking_id")),
    };
    Asked { named, scope, by, cause }.erase(app, key).await
}

/// An erasure that somebody asks for.
struct Asked {
    named: Named,
    scope: Scope,
    by: AskedBy,
    cause: Cause,
}

impl Asked {
    /// Erases the person. It gives way to whoever holds one of their rows, and starts over.
    async fn erase(&self, app: &App, key: &IdempotencyKey) -> Result<Answer> {
        for _ in 0..ATTEMPTS {
            match self.attempt(app, key).await {
                Err(error) if gave_way(&error) => {}
                done => return done,
            }
        }
        Err(PrivacyError::Busy.into())
    }

    async fn attempt(&self, app: &App, key: &IdempotencyKey) -> Result<Answer> {
        let mut forgetting = None;
        let answer = app
            .change(key, async |conn| {
                repository::erasing::give_way(conn).await?;
                let found = person::find(conn, &self.named, &self.scope).await?;
                let obstacles = obstacles(conn, &found.person).await?;
                if !obstacles.is_empty() {
                    return Err(PrivacyError::InTheWay(obstacles).into());
                }
                let written = erasing::erase(app, conn, found, self.by, &self.cause, ErasureId::now_v7()).await?;
                let Written { erasure, forgetting: forgets } = written;
                forgetting = Some(forgets);
                let location = format!("/v1/privacy/erasures/{}", erasure.id);
                let mut out = ErasureOut::try_from(erasure)?;
                if key.is_dry_run() {
                    out.proof = None;
                }
                Answer::created(location, 1, &out)
            })
            .await?;
        if let Some(forgetting) = forgetting.filter(|_| !key.is_dry_run()) {
            app.security.forget(forgetting).await;
            app.mailer.wake();
        }
        Ok(answer)
    }
}

/// Returns `true` if a row was held by others for longer than an erasure waits.
fn gave_way(error: &Error) -> bool {
    match error {
        Error::Internal { source, .. } => matches!(
            source.downcast_ref(),
            Some(DieselError::DatabaseError(_, info)) if info.message().contains("lock timeout")
        ),
        Error::Client(_) => false,
    }
}

/// What is to be done before a person can be erased.
async fn obstacles(conn: &Conn, person: &Person) -> Result<Vec<ErasureObstacle>> {
    let mut found: BTreeMap<&'static str, ErasureObstacle> = BTreeMap::new();
    for (kind, booking_id) in people::in_the_way(conn, person).await? {
        found.entry(kind.as_str()).or_insert_with(|| obstacle(kind)).booking_ids.push(booking_id);
    }
    for user_id in &person.users {
        if people::has_roles(conn, *user_id).await? {
            found.insert(ObstacleKind::Roles.as_str(), obstacle(ObstacleKind::Roles));
        }
    }
    Ok(found.into_values().collect())
}

fn obstacle(kind: ObstacleKind) -> ErasureObstacle {
    let about = match kind {
        ObstacleKind::Stays => "Stays are ahead, or the guest is in the house: cancel them, or wait for the departure.",
        ObstacleKind::Balance => "Something is left to be paid, or to be given back.",
        ObstacleKind::Payment => "A payment is under way: it is completed or voided first.",
        ObstacleKind::Dispute => "A payment is disputed: the provider decides first.",
        ObstacleKind::Refund => "A refund is under way: it is completed or rejected first.",
        ObstacleKind::Roles => "The person works for a hotel: their roles are taken away first.",
    };
    ErasureObstacle { kind, about: about.into(), booking_ids: Vec::new() }
}

pub async fn list(app: &App, staff: &Staff<PrivacyErase>, page: &PageQuery) -> Result<Page<ErasureOut>> {
    let (limit, before): (_, Option<ErasureId>) = (page.limit()?, page.after()?);
    let rows = repository::erasures::list(&*app.db.conn().await?, &staff.scope, before, limit + 1).await?;
    let page = page.page(rows, |erasure| erasure.id)?;
    let Page { items, next_cursor } = page;
    let items = items.into_iter().map(ErasureOut::try_from).collect::<Result<_>>()?;
    Ok(Page { items, next_cursor })
}

pub async fn get(app: &App, staff: &Staff<PrivacyErase>, id: ErasureId) -> Result<ErasureOut> {
    let found = repository::erasures::find(&*app.db.conn().await?, &staff.scope, id).await?;
    ErasureOut::try_from(found.or_404("erasure")?)
}
