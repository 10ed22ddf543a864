//! Ending letters that one may do without, by one request (RFC 8058): the addresses at which that is done, and the table
//! `mail_opt_outs` of those who did so without an account.
use crate::Result;
use crate::app::App;
use crate::clock::Clock;
use crate::stores::postgres::{Conn, RunQueryDsl};
use crate::words::text_enum;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use diesel::prelude::*;
use hbs_schema::mail_opt_outs;

/// Purpose of the tokens by which letters are ended, for sealing them.
const PURPOSE: &str = "notifications.unsubscribe";

text_enum! {
    /// Class of letters that are ended by the address to which they go, whoever has it.
    pub enum OptOut {
        /// Messages of hotels to guests without an account.
        Broadcasts = "broadcasts",
        /// Invitations to write reviews, and answers to them.
        Reviews = "reviews",
    }
}

/// The address at which one request ends letters; `what` says which. It is below the address of the user interface, which passes
/// `/v1` on.
pub fn unsubscribe_address(app: &App, what: &str) -> Result<String> {
    let sealed = app.security.data_key.seal(PURPOSE, what.as_bytes())?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(sealed);
    Ok(format!("{}/v1/unsubscribe/{token}", app.config.public_url.trim_end_matches('/')))
}

/// What the token of such an address ends, as it was given; none if it is no such token.
pub fn unsubscribed_by(app: &App, token: &str) -> Option<String> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(app.security.data_key.open(PURPOSE, &sealed).ok()?).ok()
}

/// The address at which one request ends letters of a class to a mailbox.
pub fn opt_out_address(app: &App, class: OptOut, mailbox: &str) -> Result<String> {
    unsubscribe_address(app, &format!("{class} {}", mailbox.to_lowercase()))
}

/// Notes that a mailbox, in lower case, is to have no more letters of a class.
pub async fn opt_out(mut conn: &Conn, class: OptOut, mailbox: &str) -> QueryResult<()> {
    let now = Clock::real_now();
    diesel::insert_into(mail_opt_outs::table)
        .values((
            mail_opt_outs::mailbox.eq(mailbox),
            mail_opt_outs::class.eq(class),
            mail_opt_outs::created_at.eq(now),
            mail_opt_outs::updated_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(&mut conn)
        .await
        .map(drop)
}

/// Those of some mailboxes, in lower case, that are to have no more letters of a class.
pub async fn opted_out(mut conn: &Conn, class: OptOut, mailboxes: &[String]) -> QueryResult<Vec<String>> {
    mail_opt_outs::table
        .filter(mail_opt_outs::mailbox.eq_any(mailboxes))
        .filter(mail_opt_outs::class.eq(class))
        .select(mail_opt_outs::mailbox)
        .load(&mut conn)
        .await
}

/// Returns `true` if an address is to have no more letters of a class.
pub async fn has_opted_out(conn: &Conn, class: OptOut, address: &str) -> QueryResult<bool> {
    Ok(!opted_out(conn, class, &[address.to_lowercase()]).await?.is_empty())
}
