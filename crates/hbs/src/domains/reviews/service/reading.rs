//! Reading of reviews by readers, authors and staff.
use super::{all_shown, shown};
use crate::app::App;
use crate::domains::properties::{self, Property};
use crate::domains::reviews::dto::{
    HotelAverages, RatingOut, ReviewFigures, ReviewFiguresQuery, ReviewFilter, ReviewList, ReviewOut, ReviewSort, ReviewSummary,
    ReviewSummaryQuery, RoomTypeAverage, Sight, StaffReviewFilter,
};
use crate::domains::reviews::model::{HotelScore, Review, ReviewId, Score};
use crate::domains::reviews::repository;
use crate::error::{FieldError, Or404};
use crate::page::{Page, PageQuery};
use crate::security::permission::ReviewsRespond;
use crate::security::{Caller, Me, OwnOr, Staff};
use crate::stamps::Stamp;
use crate::stores::postgres::Conn;
use crate::texts::Reading;
use crate::{Error, Result};
use chrono::Months;
use futures_util::try_join;
use serde_json::{Value, json};
use uuid::Uuid;

/// Months that figures are of at most.
const MOST_MONTHS: u32 = 120;
/// Reviews in the markup for search engines.
const MARKED_UP: i64 = 10;

/// The stamp of a hotel's reviews, which answers are kept by.
pub async fn stamp(app: &App, property_id: Uuid) -> Result<Stamp> {
    let conn = app.db.conn().await?;
    let changed_by = repository::stamp(&conn, property_id).await?.or_404("property")?;
    Ok(Stamp::new([(property_id, changed_by)], app.clock.now()))
}

/// Published reviews of a hotel, with the figures over all that are chosen by type, language and journey.
pub async fn list(app: &App, filter: &ReviewFilter, page: &PageQuery) -> Result<ReviewList> {
    let (limit, after) = (page.limit()?, page.after()?);
    let of = ReviewSummaryQuery {
        property_id: filter.property_id,
        room_type_id: filter.room_type_id,
        language: filter.language.clone(),
        travel_type: filter.travel_type,
    };
    let conn = app.db.conn().await?;
    let rows = repository::list_shown(&conn, filter, after, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |review| (review.ratings.overall, Uuid::from(review.id)))?;
    let items = all_shown(&conn, items, |_| Sight::Public).await?;
    Ok(ReviewList { items, next_cursor, summary: figures_of(&conn, &of).await? })
}

/// The figures over a hotel's published reviews.
pub async fn summary(app: &App, of: &ReviewSummaryQuery) -> Result<ReviewSummary> {
    let conn = app.db.conn().await?;
    figures_of(&conn, of).await
}

async fn figures_of(conn: &Conn, of: &ReviewSummaryQuery) -> Result<ReviewSummary> {
    let (totals, hidden) = try_join!(repository::totals(conn, of), repository::hidden(conn, of.property_id, of.room_type_id))?;
    Ok(ReviewSummary::new(&totals, hidden))
}

/// The averages of hotels and of their room types, from one read.
pub async fn averages(app: &App, property_ids: &[Uuid]) -> Result<Page<HotelAverages>> {
    let conn = app.db.conn().await?;
    let rows = repository::scores_by_type(&conn, property_ids).await?;
    drop(conn);
    let hotels = rows.chunk_by(|one, next| one.property_id == next.property_id);
    Ok(Page::whole(hotels.filter_map(averages_of).collect()))
}

/// The averages of a hotel, from the scores of its room types.
fn averages_of(scores: &[HotelScore]) -> Option<HotelAverages> {
    let of_type = |row: &HotelScore| Some(RoomTypeAverage { room_type_id: row.room_type_id?, reviews: row.score().into() });
    Some(HotelAverages {
        property_id: scores.first()?.property_id,
        reviews: scores.iter().map(HotelScore::score).sum::<Score>().into(),
        room_types: scores.iter().filter_map(of_type).collect(),
    })
}

/// A review that the caller may read: what everybody may, their own, and what they see as staff.
pub async fn get(app: &App, caller: Option<Caller>, id: ReviewId) -> Result<ReviewOut> {
    let conn = app.db.conn().await?;
    let (review, sight) = find(&conn, caller, id).await?;
    shown(&conn, review, sight).await
}

pub(super) async fn find(conn: &Conn, caller: Option<Caller>, id: ReviewId) -> Result<(Review, Sight)> {
    if let Some(caller) = caller {
        let reach = OwnOr::<ReviewsRespond>::of(caller).reach;
        if let Some(review) = repository::find(conn, &reach, id).await? {
            let sight = if reach.scope.covers(review.property_id) { Sight::Staff } else { Sight::Author };
            return Ok((review, sight));
        }
    }
    let review = repository::find_shown(conn, id).await?.or_404("review")?;
    Ok((review, Sight::Public))
}

/// A person's own reviews, whatever their status.
pub async fn list_own(app: &App, me: &Me, page: &PageQuery) -> Result<Page<ReviewOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_own(&conn, me.user_id(), before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |review| review.id)?;
    Ok(Page { items: all_shown(&conn, items, |_| Sight::Author).await?, next_cursor })
}

/// All reviews of the hotels in scope.
pub async fn list_within(
    app: &App,
    staff: &Staff<ReviewsRespond>,
    filter: &StaffReviewFilter,
    page: &PageQuery,
) -> Result<Page<ReviewOut>> {
    let (limit, before) = (page.limit()?, page.after()?);
    let conn = app.db.conn().await?;
    let rows = repository::list_within(&conn, &staff.scope, filter, before, limit + 1).await?;
    let Page { items, next_cursor } = page.page(rows, |review| review.id)?;
    Ok(Page { items: all_shown(&conn, items, |_| Sight::Staff).await?, next_cursor })
}

/// The figures over a hotel's reviews, month by month.
pub async fn figures(app: &App, staff: &Staff<ReviewsRespond>, query: &ReviewFiguresQuery) -> Result<ReviewFigures> {
    let ReviewFiguresQuery { property_id, from, to, room_type_id } = *query;
    staff.at(property_id)?;
    let is_possible = from <= to && from.checked_add_months(Months::new(MOST_MONTHS)).is_some_and(|last| to <= last);
    if !is_possible {
        let detail = "must not be before from, and at most ten years after it";
        return Err(Error::invalid_fields(vec![FieldError::query("to", detail)]));
    }
    let conn = app.db.conn().await?;
    properties::find(&conn, property_id).await?.or_404("property")?;
    let months = repository::months(&conn, property_id, room_type_id, from, to).await?;
    Ok(ReviewFigures { property_id, months: months.into_iter().map(Into::into).collect() })
}

/// The hotel with its reviews as search engines read it (schema.org), in JSON that can stand in a page as it is.
pub async fn markup(app: &App, property_id: Uuid, reading: &Reading) -> Result<String> {
    let newest = ReviewFilter {
        property_id,
        room_type_id: None,
        rating: None,
        language: None,
        travel_type: None,
        has_response: None,
        sort: ReviewSort::CreatedLast,
    };
    let of = ReviewSummaryQuery { property_id, room_type_id: None, language: None, travel_type: None };
    let conn = app.db.conn().await?;
    let property = properties::find(&conn, property_id).await?.or_404("property")?;
    let (reviews, totals) = try_join!(repository::list_shown(&conn, &newest, None, MARKED_UP), repository::totals(&conn, &of))?;
    drop(conn);
    let marked_up = marked_up(&property, &reviews, totals.score().into(), reading);
    // "<" would end a script element of a page.
    Ok(serde_json::to_string(&marked_up).map_err(Error::internal)?.replace('<', "\\u003c"))
}

fn marked_up(property: &Property, reviews: &[Review], rating: RatingOut, reading: &Reading) -> Value {
    let mut hotel = json!({
        "@context": "https://schema.org",
        "@type": "Hotel",
        "name": reading.name(&property.name, &property.texts, &property.default_locale),
        "address": {
            "@type": "PostalAddress", "streetAddress": property.street, "postalCode": property.postal_code,
            "addressLocality": property.city, "addressCountry": property.country,
        },
        "review": reviews.iter().map(one_marked_up).collect::<Vec<_>>(),
    });
    // A hotel without reviews has no rating: zero would be one.
    if let Some(average) = rating.average {
        hotel["aggregateRating"] = json!({
            "@type": "AggregateRating", "ratingValue": average, "reviewCount": rating.count, "bestRating": 5, "worstRating": 1,
        });
    }
    hotel
}

fn one_marked_up(review: &Review) -> Value {
    json!({
        "@type": "Review",
        "author": {"@type": "Person", "name": review.author_name.as_deref().unwrap_or("Guest")},
        "datePublished": review.created_at.date_naive(),
        "inLanguage": review.language,
        "name": review.title,
        "reviewBody": review.body,
        "reviewRating": {"@type": "Rating", "ratingValue": review.ratings.overall, "bestRating": 5, "worstRating": 1},
    })
}
