//! Tokens of payment links. They are sealed with the data key and name a link, whose row alone says what it asks for: whoever
//! changes one has none.
use crate::app::App;
use crate::domains::payment_links::model::{Named, PaymentLink};
use crate::error::Or404;
use crate::{Error, Result};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

const PURPOSE: &str = "payment link";

/// The token of a link.
pub fn token(app: &App, link: &PaymentLink) -> Result<String> {
    let named = Named { property_id: link.property_id, id: link.id };
    let json = serde_json::to_vec(&named).map_err(Error::internal)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(app.security.data_key.seal(PURPOSE, &json)?))
}

/// The address of a link.
pub fn url(app: &App, link: &PaymentLink) -> Result<String> {
    let site = app.config.public_url.trim_end_matches('/');
    Ok(format!("{site}/pay#token={}", token(app, link)?))
}

/// Reads a token, if it is one of ours.
pub fn read(app: &App, token: &str) -> Result<Named> {
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    let named = sealed.and_then(|sealed| app.security.data_key.open(PURPOSE, &sealed).ok());
    named.and_then(|json| serde_json::from_slice(&json).ok()).or_404("payment link")
}
