//! Dry runs: `?dry_run=true`, as an extractor.
use super::valid::Query;
use crate::app::App;
use crate::idempotency::{IdempotencyKey, Keyed};
use crate::{Error, Result};
use axum::extract::{FromRequest, FromRequestParts, Request};
use serde::Deserialize;

/// Query of an operation that can be tried.
#[derive(Debug, Default, Clone, Copy, Deserialize, garde::Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DryRun {
    /// `true` to learn what the request would come to: the answer is that of the request itself, also where it is
    /// refused, and nothing is changed, sent or recorded. Ids and references of what would be made are not kept, and an
    /// `Idempotency-Key` is not used up.
    #[garde(skip)]
    #[param(default = false)]
    pub dry_run: bool,
}

/// The body of an unsafe request that can be tried, together with its key: [`Keyed`], with the key of a dry run where one is
/// asked for. What is done with that key is rolled back.
pub struct Rehearsable<T>(pub IdempotencyKey, pub T);

impl<T: FromRequest<App, Rejection = Error>> FromRequest<App> for Rehearsable<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let Query(DryRun { dry_run }) = Query::from_request_parts(&mut parts, app).await?;
        let Keyed(key, body) = Keyed::from_request(Request::from_parts(parts, body), app).await?;
        Ok(Self(if dry_run { IdempotencyKey::dry_run() } else { key }, body))
    }
}
