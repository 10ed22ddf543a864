//! Alternatives: other dates where nothing can be booked.
use super::{Look, Search};
use crate::Result;
use crate::app::App;
use crate::domains::availability::dto::Alternative;
use crate::domains::bookings::rules;
use crate::domains::catalogue::OnOffer;
use crate::domains::inventory::{self, Nights};
use crate::domains::rates::{HotelRates, pricing};
use chrono::{Days, NaiveDate};
use futures_util::try_join;

/// Range of days around the day of arrival in which alternatives are searched, and their maximum number.
const ALTERNATIVE_DAYS: u64 = 14;
const MAX_ALTERNATIVES: usize = 5;

/// Returns other days of arrival near by, on which a stay of as many nights can be booked.
pub(super) async fn alternatives(
    app: &App,
    search: &Search<'_>,
    rates: &HotelRates,
    types: &[&OnOffer],
    nights: Nights,
) -> Result<Vec<Alternative>> {
    let around = Days::new(ALTERNATIVE_DAYS);
    let earliest = search.limits.today.max(nights.from - around);
    let range = Nights::new(earliest, nights.to + around);
    let conn = app.db.conn().await?;
    let (rows, night_rates) = try_join!(
        inventory::find_nights(&conn, search.property.id, range),
        pricing::load_nights(&conn, search.property.id, None, range),
    )?;
    drop(conn);
    let rates = rates.at(night_rates);
    let mut arrivals: Vec<NaiveDate> = earliest.iter_days().take_while(|date| *date <= nights.from + around).collect();
    arrivals.sort_by_key(|date| (*date - nights.from).num_days().abs());
    let at = |check_in: NaiveDate| {
        let stay = Nights::new(check_in, check_in + (nights.to - nights.from));
        let look = Look { search, rates: &rates, rows: &rows, nights: stay };
        rules::check_limits(stay, 1, &search.limits).ok()?;
        let (kind, plan_id, total_minor) =
            types.iter().filter_map(|on_offer| look.cheapest(&on_offer.kind)).min_by_key(|(.., total)| *total)?;
        Some(Alternative {
            check_in,
            check_out: stay.to,
            room_type_id: kind,
            rate_plan_id: plan_id,
            total: search.money(total_minor),
        })
    };
    Ok(arrivals.into_iter().filter(|date| *date != nights.from).filter_map(at).take(MAX_ALTERNATIVES).collect())
}
