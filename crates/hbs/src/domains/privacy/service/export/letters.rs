//! Mails to guests without an account, whose export is ready.
use super::asking::address;
use crate::app::App;
use crate::domains::privacy::model::export::{Export, ExportId, ExportStatus, Subject};
use crate::domains::privacy::repository::export as repository;
use crate::language::Language;
use crate::mail::{self, Letter, Mail, Queued};
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Kind of mail with the address of an archive.
const READY: &str = "personal_data_ready";

/// Parameters of a mail that waits: the signature is made when it is sent.
#[derive(Serialize, Deserialize)]
struct Named {
    export_id: ExportId,
}

/// Queues the mail about an export, if it is of a guest without an account. Ring `app.mailer.wake()` after the commit.
pub async fn queue(conn: &Conn, export: &Export) -> Result<()> {
    let Some(Subject::Contact { property_id, booking_id }) = export.subject() else { return Ok(()) };
    let Some(address) = repository::contact_email(conn, property_id, booking_id).await? else { return Ok(()) };
    let mail =
        Mail { params: json!(Named { export_id: export.id }), ..Mail::of_booking(READY, property_id, booking_id, &address) };
    mail::enqueue(conn, &[mail]).await?;
    Ok(())
}

/// The words of a mail about an export. None: it is over by now, or the booking has another address.
pub async fn prepare_mail(app: &App, mail: &Queued) -> Result<Option<Letter>> {
    let Named { export_id } = serde_json::from_value(mail.params.clone()).map_err(Error::internal)?;
    let conn = app.db.conn().await?;
    let Some(export) = repository::find(&conn, export_id).await? else { return Ok(None) };
    let Some(Subject::Contact { property_id, booking_id }) = export.subject() else { return Ok(None) };
    let contact = repository::contact_email(&conn, property_id, booking_id).await?;
    if export.status != ExportStatus::Ready || contact.as_deref() != Some(mail.address.as_str()) {
        return Ok(None);
    }
    let (path, until) = address(app, export.id)?;
    // Below the address of the user interface, which passes `/v1` on.
    let address = format!("{}{path}", app.config.public_url.trim_end_matches('/'));
    let language = Language::of(&export.locale).unwrap_or(Language::English);
    let params = json!({"address": address, "until": until.format("%Y-%m-%d %H:%M").to_string()});
    Ok(Some(Letter { kind: READY, locale: language.code().into(), name: None, link: None, params, attachment: None }))
}
