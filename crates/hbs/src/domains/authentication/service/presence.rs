//! Presence: proof that the owner of an account asks, and not somebody at their open session, for what outlives the session.
use super::{Origin, check_password, second_factor};
use crate::app::App;
use crate::clock::Clock;
use crate::domains::authentication::dto::Secret;
use crate::domains::authentication::repository;
use crate::domains::authentication::rules;
use crate::security::{self, Me};
use crate::{Error, Result};

/// Proof of the owner: the password, and a code where there is a second factor.
pub struct Presence {
    pub current_password: Option<Secret>,
    pub code: Option<Secret>,
    pub recovery_code: Option<Secret>,
}

/// Refuses unless the owner has just signed in, with the second factor if the account has one, or proves both anew.
pub async fn confirm_presence(app: &App, me: &Me, origin: &Origin, proof: Presence) -> Result<()> {
    let Presence { current_password, code, recovery_code } = proof;
    let conn = app.db.conn().await?;
    let user = repository::find_active(&conn, me.user_id()).await?.ok_or_else(security::unauthenticated)?;
    let has_factor = user.second_factor_since.is_some();
    let is_fresh = repository::began_after(&conn, me.session.id, Clock::real_now() - rules::SIGN_IN_IS_FRESH).await?;
    drop(conn);
    if current_password.is_none() && is_fresh && (me.session.second_factor || !has_factor) {
        return Ok(());
    }
    let password = current_password.ok_or_else(|| {
        Error::invalid("/current_password", "is missing; it is needed unless you have signed in within ten minutes")
    })?;
    if has_factor {
        second_factor::needs_proof(code.as_ref(), recovery_code.as_ref())?;
    }
    check_password(app, me.user_id(), password, origin).await?;
    if has_factor { second_factor::check_proof(app, me, origin, code, recovery_code).await } else { Ok(()) }
}
