//! Letters to people whose roles change.
use crate::app::App;
use crate::domains::authorization::model::Addressee;
use crate::domains::authorization::repository;
use crate::domains::authorization::service::invitations::INVITATION_LASTS;
use crate::domains::properties;
use crate::mail::{self, Letter, Mail, Queued};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use diesel::QueryResult;
use serde_json::{Value, json};
use uuid::Uuid;

pub const GIVEN: &str = "role_given";
pub const INVITATION: &str = "role_invitation";

/// Queues a mail to somebody about a role at a property, or (None) at all. Ring `app.mailer.wake()` after the commit.
pub(super) async fn queue(
    conn: &Conn,
    kind: &'static str,
    user_id: Uuid,
    places: impl IntoIterator<Item = (Uuid, Option<Uuid>)>,
) -> QueryResult<()> {
    let Some(addressee) = repository::addressee(conn, user_id).await? else { return Ok(()) };
    let mail = |(role_id, property_id): (Uuid, Option<Uuid>)| Mail {
        params: json!({"role_id": role_id, "property_id": property_id}),
        ..Mail::to_user(kind, user_id, &addressee.email)
    };
    let mails: Vec<Mail<'_>> = places.into_iter().map(mail).collect();
    if mails.is_empty() { Ok(()) } else { mail::enqueue(conn, &mails).await }
}

/// The words of a mail about a role. None: the role or the property is gone, or the user cannot sign in or has another
/// address.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let kind = if mail.kind == INVITATION { INVITATION } else { GIVEN };
    let user_id = mail.user_id.ok_or_else(|| Error::internal("a mail about a role names nobody"))?;
    let id = |name: &str| mail.params[name].as_str().and_then(|id| id.parse::<Uuid>().ok());
    let conn = app.db.conn().await?;
    let Some(addressee) = repository::addressee(&conn, user_id).await? else { return Ok(None) };
    let Some(role) = repository::find_role(&conn, id("role_id").unwrap_or_default()).await? else { return Ok(None) };
    let property = match id("property_id") {
        Some(id) => properties::find(&conn, id).await?,
        None => None,
    };
    let Addressee { email, full_name, locale, is_verified } = addressee;
    if email != mail.address || (kind == INVITATION && property.is_none()) {
        return Ok(None);
    }
    let hotel = property.map_or(Value::Null, |property| json!({"name": property.name}));
    let params = json!({"role": role.name, "hotel": hotel, "days": INVITATION_LASTS.num_days()});
    Ok(Some(Letter { kind, locale, name: is_verified.then_some(full_name), link: None, params, attachment: None }))
}
