//! The mail about a webhook that HBS has disabled, to those who see to webhooks there.
use crate::Result;
use crate::app::App;
use crate::domains::properties;
use crate::domains::webhooks::letters::DISABLED;
use crate::domains::webhooks::model::{DisabledReason, Webhook};
use crate::domains::webhooks::repository;
use crate::mail::{self, Letter, Mail, Queued};
use crate::security::Permission;
use crate::security::permission::WebhooksWrite;
use crate::stores::postgres::Conn;
use serde_json::{Value, json};
use uuid::Uuid;

/// Queues the mails.
pub(super) async fn tell_disabled(conn: &Conn, webhook: &Webhook, reason: DisabledReason) -> Result<()> {
    let keepers = repository::keepers(conn, WebhooksWrite::NAME, webhook.property_id).await?;
    let params = json!({"webhook_id": webhook.id, "reason": reason});
    let mails: Vec<Mail<'_>> =
        keepers.iter().map(|(id, email)| Mail { params: params.clone(), ..Mail::to_user(DISABLED, *id, email) }).collect();
    if !mails.is_empty() {
        mail::enqueue(conn, &mails).await?;
    }
    Ok(())
}

/// Writes a mail, unless the webhook is enabled again or gone by now.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let id = mail.params["webhook_id"].as_str().and_then(|id| id.parse::<Uuid>().ok()).unwrap_or_default();
    let conn = app.db.conn().await?;
    let Some(webhook) = repository::find_disabled(&conn, id).await? else { return Ok(None) };
    let Some(user_id) = mail.user_id else { return Ok(None) };
    let Some((email, full_name, locale)) = repository::addressee(&conn, user_id).await? else { return Ok(None) };
    if email != mail.address {
        return Ok(None);
    }
    let property = match webhook.property_id {
        Some(id) => properties::find(&conn, id).await?,
        None => None,
    };
    let hotel = property.map_or(Value::Null, |property| json!({"name": property.name}));
    // Not the whole address, which may hold a secret.
    let url = app.outgoing.check(&webhook.url).ok();
    let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
    let params = json!({"hotel": hotel, "host": host, "reason": webhook.disabled_reason});
    Ok(Some(Letter { kind: DISABLED, locale, name: Some(full_name), link: None, params, attachment: None }))
}
