//! Addresses at which one request ends mails that one may do without (RFC 8058). They are below the address of the user
//! interface, which passes `/v1` on. What they end is sealed in them: only whoever has the mail can end it.
use crate::Result;
use crate::app::App;
use crate::mail::OptOut;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Purpose of the tokens by which mails are ended, for sealing them.
const PURPOSE: &str = "notifications.unsubscribe";

/// The address at which one request ends mails; `what` says which.
pub fn address(app: &App, what: &str) -> Result<String> {
    let sealed = app.security.data_key.seal(PURPOSE, what.as_bytes())?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(sealed);
    Ok(format!("{}/v1/unsubscribe/{token}", app.config.public_url.trim_end_matches('/')))
}

/// The address at which one request ends letters of a class to a mailbox.
pub fn opt_out_address(app: &App, class: OptOut, mailbox: &str) -> Result<String> {
    address(app, &format!("{class} {}", mailbox.to_lowercase()))
}

/// What the token of such an address ends, as it was given; none if it is no such token.
pub fn ended_by(app: &App, token: &str) -> Option<String> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    String::from_utf8(app.security.data_key.open(PURPOSE, &sealed).ok()?).ok()
}
