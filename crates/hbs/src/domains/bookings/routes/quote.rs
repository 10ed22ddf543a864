//! Quotes.
use crate::Result;
use crate::app::App;
use crate::domains::bookings::dto::{CreateQuote, QuoteOut};
use crate::domains::bookings::service;
use crate::http::Valid;
use crate::security::Caller;
use axum::Json;

/// Quote a price that holds for a while.
///
/// The answer says where each line of the price comes from and what it costs to cancel. Its `quote` is sent
/// with `POST /v1/bookings`, which then sells at just that price and on these terms, whatever has become
/// of rates and taxes, until it expires. The rooms are **not** held; what cannot be booked now is not quoted.
#[utoipa::path(post, path = "/v1/quotes", tag = "availability", security(()),
    request_body = CreateQuote, responses((status = 200, body = QuoteOut)))]
pub async fn create_quote(app: App, caller: Option<Caller>, Valid(body): Valid<CreateQuote>) -> Result<Json<QuoteOut>> {
    Ok(Json(service::quote(&app, caller.as_ref(), &body).await?))
}
