//! Guests of one booking who have no account. A link that was mailed to the booking's contact says which booking it is and to
//! which address it went; it is exchanged for a token that lives as long as an access token, which says the same.
//!
//! Both are sealed with the data key and stored nowhere. Whether they are still good is asked of the booking with each request:
//! it must have the address still, and belong to no account.
use super::permission::Grants;
use super::principal::{GuestLink, Identity, Principal};
use super::{Rejection, Security, reject};
use crate::Result;
use crate::clock::Clock;
use crate::error::Error;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Prefix of access tokens of guests, which tells them from those of accounts and from API keys.
pub(super) const PREFIX: &str = "hbsg_";
const LINK: &str = "booking link";
const ACCESS: &str = "booking access";

/// Content of an access token of a guest.
#[derive(Serialize, Deserialize)]
struct Access {
    guest: GuestLink,
    ends_at: DateTime<Utc>,
}

impl Security {
    /// The token of a link for a guest. It does not end by itself.
    pub fn guest_link(&self, guest: &GuestLink) -> Result<String> {
        self.sealed(LINK, guest)
    }

    /// Reads the token of a link, if it is one of ours.
    pub fn read_guest_link(&self, token: &str) -> Option<GuestLink> {
        self.opened(LINK, token)
    }

    /// An access token for a guest.
    pub fn guest_access(&self, guest: GuestLink, lifetime_seconds: u32) -> Result<String> {
        let ends_at = Clock::real_now() + TimeDelta::seconds(lifetime_seconds.into());
        Ok(format!("{PREFIX}{}", self.sealed(ACCESS, &Access { guest, ends_at })?))
    }

    fn sealed(&self, purpose: &str, content: &impl Serialize) -> Result<String> {
        let json = serde_json::to_vec(content).map_err(Error::internal)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode(self.data_key.seal(purpose, &json)?))
    }

    fn opened<T: DeserializeOwned>(&self, purpose: &str, token: &str) -> Option<T> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        serde_json::from_slice(&self.data_key.open(purpose, &sealed).ok()?).ok()
    }
}

/// The guest behind an access token, or 401.
pub(super) fn resolve(security: &Security, token: &str) -> Result<Arc<Principal>> {
    let access: Option<Access> = token.strip_prefix(PREFIX).and_then(|sealed| security.opened(ACCESS, sealed));
    let Access { guest, ends_at } = access.ok_or_else(|| reject(Rejection::Malformed))?;
    if ends_at <= Clock::real_now() {
        return Err(reject(Rejection::Expired));
    }
    let (grants, withheld) = (Grants::default(), Grants::default());
    Ok(Arc::new(Principal { identity: Identity::Guest(guest), ends_at: Some(ends_at), grants, withheld }))
}
