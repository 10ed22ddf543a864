//! Routes of quotes.
use crate::Result;
use crate::app::App;
use crate::domains::bookings::dto::{CreateQuote, QuoteOut};
use crate::domains::bookings::error;
use crate::domains::bookings::service;
use crate::domains::extras;
use crate::domains::offers;
use crate::guesses::Guesser;
use crate::http::{Valid, content_language};
use crate::middleware::ClientIp;
use crate::security::Caller;
use crate::texts::{Languages, Reading};
use axum::Json;
use axum::response::IntoResponse;

/// Quote a price that holds for a while.
///
/// The answer shows the source of each line of the price and the terms of cancellation. Its `quote` is sent with `POST
/// /v1/bookings`, which then sells at exactly this price and on these terms until the quote expires, whatever happens
/// to rates, taxes and offers, unless nothing is left of an offer that the price depends on (409 `offers.exhausted`). The rooms are **not** held; rooms that cannot be booked now are not quoted.
#[utoipa::path(post, path = "/v1/quotes", tag = "availability", security((), ("bearer" = [])),
    params(Languages), request_body = CreateQuote,
    responses((status = 200, body = QuoteOut, headers(("Content-Language" = String, description = "Languages of the texts in the answer.")))),
    extensions(("x-problems" = json!([
        error::NO_AVAILABILITY, error::RESTRICTED, extras::UNKNOWN, extras::ARCHIVED, extras::QUANTITY_OUT_OF_BOUNDS,
        extras::DATE_OUTSIDE_STAY, extras::HAS_OWN_DAYS, offers::CODE_UNKNOWN, offers::ENDED, offers::EXHAUSTED,
        offers::NOT_APPLICABLE
    ]))))]
pub async fn create_quote(
    app: App,
    caller: Option<Caller>,
    ClientIp(ip): ClientIp,
    spoken: Languages,
    Valid(body): Valid<CreateQuote>,
) -> Result<impl IntoResponse> {
    let reading = Reading::new(spoken.0);
    let quoted = service::quote(&app, caller.as_ref(), Guesser::at(ip), &body, &reading).await?;
    Ok((content_language(&reading.used()), Json(quoted)))
}
