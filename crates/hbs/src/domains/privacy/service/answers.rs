//! The signed answer to the erasure of an account, once more: whoever was erased cannot sign in and ask again. The mail that
//! tells of the erasure has an address of it.
use crate::app::App;
use crate::clock::Clock;
use crate::domains::privacy::dto::erasure::ErasureOut;
use crate::domains::privacy::error::PrivacyError;
use crate::domains::privacy::model::erasure::{ErasedUser, ErasureId};
use crate::domains::privacy::repository::erasures;
use crate::error::Or404;
use crate::mail::{self, Letter, Mail, Queued};
use crate::security::Scope;
use crate::stores::postgres::Conn;
use crate::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Kind of mail with the address of an answer.
pub const ERASED: &str = "account_erased";
/// Time for which an address of an answer is good: the answer names nobody, and its reader may be away.
const LASTS: TimeDelta = TimeDelta::days(30);
/// What the signature of an address is for.
const PURPOSE: &str = "erasure answer";

/// Content of a signature. Time is real time: it protects against people.
#[derive(Serialize, Deserialize)]
struct Claims {
    erasure_id: ErasureId,
    ends_at: DateTime<Utc>,
}

/// Parameters of a mail that waits: the signature is made when it is sent.
#[derive(Serialize, Deserialize)]
struct Named {
    locale: String,
    erasure_id: ErasureId,
}

/// Queues a notice to somebody that they were erased. Ring `app.mailer.wake()` after the commit.
pub async fn tell(conn: &Conn, user: &ErasedUser, erasure_id: ErasureId) -> QueryResult<()> {
    let params = json!(Named { locale: user.locale.clone(), erasure_id });
    mail::enqueue(conn, &[Mail { kind: ERASED, address: &user.email, user_id: None, booking: None, params }]).await
}

/// The words of a mail to somebody who was erased. Nobody is looked up: it has the address of their answer, and nothing of them.
pub fn letter(app: &App, mail: &Queued) -> Result<Letter> {
    let Named { locale, erasure_id } = serde_json::from_value(mail.params.clone()).map_err(Error::internal)?;
    let ends_at = Clock::real_now() + LASTS;
    let signature = app.security.data_key.sign(PURPOSE, &Claims { erasure_id, ends_at })?;
    // Below the address of the user interface, which passes `/v1` on.
    let root = app.config.public_url.trim_end_matches('/');
    let address = format!("{root}/v1/erasures/{erasure_id}/answer?signature={signature}");
    let params = json!({"address": address, "until": ends_at.format("%Y-%m-%d %H:%M").to_string()});
    Ok(Letter { kind: ERASED, locale, name: None, link: None, params, attachment: None })
}

/// The answer to an erasure, for whoever has a signed address of it.
pub async fn fetch(app: &App, id: ErasureId, signature: &str) -> Result<ErasureOut> {
    let claims: Option<Claims> = app.security.data_key.verify(PURPOSE, signature);
    let Claims { ends_at, .. } = claims.filter(|claims| claims.erasure_id == id).or_404("erasure")?;
    if ends_at <= Clock::real_now() {
        return Err(PrivacyError::AnswerOver.into());
    }
    let found = erasures::find(&*app.db.conn().await?, &Scope::All, id).await?;
    ErasureOut::try_from(found.or_404("erasure")?)
}
