use super::dto::{ReviewFilter, ReviewSort, ReviewSummaryQuery, StaffReviewFilter};
use super::model::{
    EndedStay, HidingReason, HotelScore, INVITE_WITHIN_DAYS, Invitation, MonthTotals, ResponseVersion, Review, ReviewId,
    ReviewPhoto, ReviewPhotoId, ReviewReport, ReviewReportStatus, Score, ToInvite, Totals,
};
use crate::domains::stays::Status;
use crate::security::{Reach, Scope};
use crate::stores::postgres::{Cached, Conn, RunQueryDsl, as_indexed, constant_sql};
use chrono::{DateTime, NaiveDate, Utc};
use diesel::dsl::{count_star, exists, max, not};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use hbs_schema::{
    bookings, properties, review_invitations, review_photos, review_reports, review_response_versions, review_stamps, reviews,
    role_assignments, room_types, stays, users,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Place of a review in a list: its overall rating, and its id.
pub type Place = (i32, Uuid);

// Reviews

pub async fn insert(mut conn: &Conn, new: &Review) -> QueryResult<usize> {
    diesel::insert_into(reviews::table).values(new).execute(&mut conn).await
}

/// A review that everybody is shown.
pub async fn find_shown(mut conn: &Conn, id: ReviewId) -> QueryResult<Option<Review>> {
    reviews::table
        .inner_join(properties::table)
        .filter(reviews::id.eq(id))
        .filter(reviews::is_counted)
        .filter(not(properties::is_deleted))
        .select(Review::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// A review within reach: of one's own booking, or at one of the properties in scope.
pub async fn find(mut conn: &Conn, reach: &Reach, id: ReviewId) -> QueryResult<Option<Review>> {
    let of_review = bookings::property_id.eq(reviews::property_id).and(bookings::id.eq(reviews::booking_id));
    reviews::table
        .inner_join(bookings::table.on(of_review))
        .filter(reviews::id.eq(id))
        .filter(not(reviews::is_deleted))
        .filter(
            reach.scope.is_all().into_sql::<Bool>().or(reviews::property_id.eq_any(reach.scope.ids())).or(reach.own_bookings()),
        )
        .select(Review::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// Locks a review, whoever asks: what the caller found before.
pub async fn lock(mut conn: &Conn, property_id: Uuid, id: ReviewId) -> QueryResult<Option<Review>> {
    reviews::table
        .find((property_id, id))
        .filter(not(reviews::is_deleted))
        .select(Review::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Locks a review of a property in scope.
pub async fn lock_within(mut conn: &Conn, scope: &Scope, id: ReviewId) -> QueryResult<Option<Review>> {
    reviews::table
        .filter(reviews::id.eq(id))
        .filter(not(reviews::is_deleted))
        .filter(scope.is_all().into_sql::<Bool>().or(reviews::property_id.eq_any(scope.ids())))
        .select(Review::as_select())
        .for_no_key_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Writes a review that is locked as it is to be.
pub async fn update(mut conn: &Conn, after: &Review) -> QueryResult<usize> {
    diesel::update(reviews::table.find((after.property_id, after.id))).set(after).execute(&mut conn).await
}

/// Removes a review: its words go, and its ratings count no more.
pub async fn delete(mut conn: &Conn, row: &Review, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(reviews::table.find((row.property_id, row.id)))
        .set((
            reviews::author_name.eq(None::<String>),
            reviews::title.eq(None::<String>),
            reviews::body.eq(None::<String>),
            reviews::is_deleted.eq(true),
            reviews::deleted_at.eq(now),
            reviews::version.eq(reviews::version + 1),
            reviews::updated_at.eq(now),
        ))
        .execute(&mut conn)
        .await
}

/// Published reviews of a hotel, in their order.
pub async fn list_shown(mut conn: &Conn, filter: &ReviewFilter, after: Option<Place>, limit: i64) -> QueryResult<Vec<Review>> {
    let ReviewFilter { property_id, room_type_id, rating, language, travel_type, has_response, sort } = filter;
    let mut query = reviews::table
        .filter(reviews::property_id.eq(property_id))
        .filter(as_indexed("reviews.is_counted"))
        .limit(limit)
        .select(Review::as_select())
        .into_boxed();
    if let Some(room_type_id) = room_type_id {
        query = query.filter(reviews::room_type_id.eq(room_type_id));
    }
    if let Some(stars) = rating {
        query = query.filter(reviews::overall.eq_any(&stars.0));
    }
    if let Some(language) = language {
        query = query.filter(reviews::language.eq(language).or(reviews::language.like(format!("{language}-%"))));
    }
    if let Some(travel_type) = travel_type {
        query = query.filter(reviews::travel_type.eq(travel_type));
    }
    match has_response {
        Some(true) => query = query.filter(reviews::response.is_not_null()),
        Some(false) => query = query.filter(reviews::response.is_null()),
        None => {}
    }
    let id = reviews::id;
    query = match sort {
        ReviewSort::Created => query.order(id.asc()),
        ReviewSort::CreatedLast => query.order(id.desc()),
        ReviewSort::Rating => query.order((reviews::overall.asc(), id.asc())),
        ReviewSort::RatingLast => query.order((reviews::overall.desc(), id.desc())),
    };
    if let Some((stars, last)) = after {
        let same = reviews::overall.eq(stars);
        query = match sort {
            ReviewSort::Created => query.filter(id.gt(last)),
            ReviewSort::CreatedLast => query.filter(id.lt(last)),
            ReviewSort::Rating => query.filter(reviews::overall.gt(stars).or(same.and(id.gt(last)))),
            ReviewSort::RatingLast => query.filter(reviews::overall.lt(stars).or(same.and(id.lt(last)))),
        };
    }
    query.load(&mut conn).await
}

/// Reviews of properties in scope, the newest first.
pub async fn list_within(
    mut conn: &Conn,
    scope: &Scope,
    filter: &StaffReviewFilter,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Review>> {
    let mut query = reviews::table
        .filter(not(reviews::is_deleted))
        .order(reviews::id.desc())
        .limit(limit)
        .select(Review::as_select())
        .into_boxed();
    if let Scope::Properties(ids) = scope {
        query = query.filter(reviews::property_id.eq_any(ids));
    }
    let StaffReviewFilter { property_id, room_type_id, booking_id, status, rating, has_response, is_reported } = filter;
    if let Some(property_id) = property_id {
        query = query.filter(reviews::property_id.eq(property_id));
    }
    if let Some(room_type_id) = room_type_id {
        query = query.filter(reviews::room_type_id.eq(room_type_id));
    }
    if let Some(booking_id) = booking_id {
        query = query.filter(reviews::booking_id.eq(booking_id));
    }
    if let Some(statuses) = status {
        query = query.filter(reviews::status.eq_any(&statuses.0));
    }
    if let Some(stars) = rating {
        query = query.filter(reviews::overall.eq_any(&stars.0));
    }
    match has_response {
        Some(true) => query = query.filter(reviews::response.is_not_null()),
        Some(false) => query = query.filter(reviews::response.is_null()),
        None => {}
    }
    let open = review_reports::table
        .filter(review_reports::property_id.eq(reviews::property_id))
        .filter(review_reports::review_id.eq(reviews::id))
        .filter(review_reports::status.eq(ReviewReportStatus::Open));
    match is_reported {
        Some(true) => query = query.filter(exists(open)),
        Some(false) => query = query.filter(not(exists(open))),
        None => {}
    }
    if let Some(before) = before {
        query = query.filter(reviews::id.lt(before));
    }
    query.load(&mut conn).await
}

/// Reviews of a person's bookings, the newest first.
pub async fn list_own(mut conn: &Conn, user_id: Uuid, before: Option<Uuid>, limit: i64) -> QueryResult<Vec<Review>> {
    let of_review = bookings::property_id.eq(reviews::property_id).and(bookings::id.eq(reviews::booking_id));
    let mut query = reviews::table
        .inner_join(bookings::table.on(of_review))
        .filter(bookings::user_id.eq(user_id))
        .filter(not(reviews::is_deleted))
        .order(reviews::id.desc())
        .limit(limit)
        .select(Review::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(reviews::id.lt(before));
    }
    query.load(&mut conn).await
}

// Stays and authors

/// The stays of a booking that have ended, in their order.
pub async fn ended_stays(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<EndedStay>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::booking_id.eq(booking_id))
        .filter(stays::status.eq(Status::CheckedOut))
        .order(stays::id)
        .select((stays::room_type_id, stays::check_in, stays::check_out))
        .load(&mut conn)
        .await
}

/// The stays of a booking that have ended, locked against being taken back.
pub async fn hold_ended_stays(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<EndedStay>> {
    stays::table
        .filter(stays::property_id.eq(property_id))
        .filter(stays::booking_id.eq(booking_id))
        .filter(stays::status.eq(Status::CheckedOut))
        .order(stays::id)
        .select((stays::room_type_id, stays::check_in, stays::check_out))
        .for_share()
        .load(&mut conn)
        .await
}

/// The room types of a booking that have their review, one that was removed too.
pub async fn reviewed_types(mut conn: &Conn, property_id: Uuid, booking_id: Uuid) -> QueryResult<Vec<Uuid>> {
    reviews::table
        .filter(reviews::property_id.eq(property_id))
        .filter(reviews::booking_id.eq(booking_id))
        .select(reviews::room_type_id)
        .load(&mut conn)
        .await
}

/// Names of room types with their translations, by type.
pub async fn names_of_types(
    mut conn: &Conn,
    property_id: Uuid,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, (String, serde_json::Value)>> {
    let rows: Vec<(Uuid, String, serde_json::Value)> = room_types::table
        .filter(room_types::property_id.eq(property_id))
        .filter(room_types::id.eq_any(ids))
        .select((room_types::id, room_types::name, room_types::texts))
        .load(&mut conn)
        .await?;
    Ok(rows.into_iter().map(|(id, name, texts)| (id, (name, texts))).collect())
}

/// Returns `true` if an account, or one with this address, has a role at a hotel or at all hotels.
pub async fn is_staff(mut conn: &Conn, property_id: Uuid, user_id: Option<Uuid>, email: Option<&str>) -> QueryResult<bool> {
    let held = role_assignments::table
        .inner_join(users::table)
        .filter(role_assignments::property_id.is_null().or(role_assignments::property_id.eq(property_id)))
        .filter(users::id.nullable().eq(user_id).or(users::email.nullable().eq(email)));
    diesel::select(exists(held)).get_result(&mut conn).await
}

/// The address of a booking's contact, that of its account, and the account.
pub async fn address_of_author(
    mut conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
) -> QueryResult<Option<(Option<String>, Option<String>, Option<Uuid>)>> {
    bookings::table
        .left_join(users::table.on(users::id.nullable().eq(bookings::user_id)))
        .filter(bookings::property_id.eq(property_id))
        .filter(bookings::id.eq(booking_id))
        .select((bookings::contact_email, users::email.nullable(), bookings::user_id))
        .first(&mut conn)
        .await
        .optional()
}

/// The language of an account.
pub async fn locale_of_user(mut conn: &Conn, user_id: Uuid) -> QueryResult<Option<String>> {
    users::table.find(user_id).select(users::locale).first(&mut conn).await.optional()
}

/// The hotels with reviews by an account, in order.
pub async fn hotels_of_author(mut conn: &Conn, author_id: Uuid) -> QueryResult<Vec<Uuid>> {
    reviews::table
        .filter(reviews::author_id.eq(author_id))
        .select(reviews::property_id)
        .distinct()
        .order(reviews::property_id)
        .load(&mut conn)
        .await
}

/// Locks the reviews of an account at a hotel, in the order of their ids.
pub async fn lock_of_author(mut conn: &Conn, property_id: Uuid, author_id: Uuid) -> QueryResult<Vec<Review>> {
    reviews::table
        .filter(reviews::property_id.eq(property_id))
        .filter(reviews::author_id.eq(author_id))
        .order(reviews::id)
        .select(Review::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Locks the reviews of some accounts, and those of some bookings at some hotels, in the order of their ids.
pub async fn lock_of_people(
    mut conn: &Conn,
    authors: &[Uuid],
    property_ids: &[Uuid],
    booking_ids: &[Uuid],
) -> QueryResult<Vec<Review>> {
    let of_bookings = reviews::property_id.eq_any(property_ids).and(reviews::booking_id.eq_any(booking_ids));
    reviews::table
        .filter(reviews::author_id.assume_not_null().eq_any(authors).or(of_bookings))
        .order(reviews::id)
        .select(Review::as_select())
        .for_no_key_update()
        .load(&mut conn)
        .await
}

/// Returns `true` if a text has one of some words somewhere in it, as searches compare them.
pub async fn mentions_one(mut conn: &Conn, text: &str, words: &[String]) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Said {
        #[diesel(sql_type = Bool)]
        is_said: bool,
    }
    let statement = constant_sql("SELECT EXISTS (SELECT FROM unnest($2) AS word WHERE mentions($1, word)) AS is_said");
    let said: Said = Cached(statement.bind::<Text, _>(text).bind::<Array<Text>, _>(words)).get_result(&mut conn).await?;
    Ok(said.is_said)
}

// Photos

pub async fn insert_photo(mut conn: &Conn, new: &ReviewPhoto) -> QueryResult<usize> {
    diesel::insert_into(review_photos::table).values(new).execute(&mut conn).await
}

/// The photos of some reviews of hotels, by review and in their order.
pub async fn photos_of(mut conn: &Conn, of: &[Review]) -> QueryResult<HashMap<ReviewId, Vec<ReviewPhoto>>> {
    let properties: Vec<Uuid> = of.iter().map(|review| review.property_id).collect();
    let ids: Vec<ReviewId> = of.iter().map(|review| review.id).collect();
    let rows: Vec<ReviewPhoto> = review_photos::table
        .filter(review_photos::property_id.eq_any(properties))
        .filter(review_photos::review_id.eq_any(ids))
        .order((review_photos::review_id, review_photos::id))
        .select(ReviewPhoto::as_select())
        .load(&mut conn)
        .await?;
    let mut photos: HashMap<ReviewId, Vec<ReviewPhoto>> = HashMap::new();
    for photo in rows {
        photos.entry(photo.review_id).or_default().push(photo);
    }
    Ok(photos)
}

pub async fn delete_photo(mut conn: &Conn, property_id: Uuid, id: ReviewPhotoId) -> QueryResult<usize> {
    diesel::delete(review_photos::table.find((property_id, id))).execute(&mut conn).await
}

/// Removes all photos of a review and returns them.
pub async fn delete_photos(mut conn: &Conn, review: &Review) -> QueryResult<Vec<ReviewPhoto>> {
    let own = review_photos::table
        .filter(review_photos::property_id.eq(review.property_id))
        .filter(review_photos::review_id.eq(review.id));
    diesel::delete(own).returning(ReviewPhoto::as_returning()).get_results(&mut conn).await
}

// Responses

/// Keeps a response that is changed or withdrawn, under the next number.
pub async fn keep_response(mut conn: &Conn, review: &Review, now: DateTime<Utc>) -> QueryResult<usize> {
    let (Some(body), Some(language), Some(responded_at)) = (&review.response, &review.response_language, review.responded_at)
    else {
        return Ok(0);
    };
    let last: Option<i32> = review_response_versions::table
        .filter(review_response_versions::property_id.eq(review.property_id))
        .filter(review_response_versions::review_id.eq(review.id))
        .select(max(review_response_versions::number))
        .first(&mut conn)
        .await?;
    let version = ResponseVersion {
        property_id: review.property_id,
        review_id: review.id,
        number: last.unwrap_or(0) + 1,
        body: body.clone(),
        language: language.clone(),
        written_at: review.response_edited_at.unwrap_or(responded_at),
        ended_at: now,
        created_at: now,
        updated_at: now,
    };
    diesel::insert_into(review_response_versions::table).values(&version).execute(&mut conn).await
}

/// The earlier responses to a review, in their order.
pub async fn response_versions(mut conn: &Conn, review: &Review) -> QueryResult<Vec<ResponseVersion>> {
    review_response_versions::table
        .filter(review_response_versions::property_id.eq(review.property_id))
        .filter(review_response_versions::review_id.eq(review.id))
        .order(review_response_versions::number)
        .select(ResponseVersion::as_select())
        .load(&mut conn)
        .await
}

// Reports

pub async fn insert_report(mut conn: &Conn, new: &ReviewReport) -> QueryResult<usize> {
    diesel::insert_into(review_reports::table).values(new).execute(&mut conn).await
}

/// The reports about a review, the newest first.
pub async fn reports_of(mut conn: &Conn, review: &Review) -> QueryResult<Vec<ReviewReport>> {
    review_reports::table
        .filter(review_reports::property_id.eq(review.property_id))
        .filter(review_reports::review_id.eq(review.id))
        .order(review_reports::id.desc())
        .select(ReviewReport::as_select())
        .load(&mut conn)
        .await
}

/// Closes the open reports about a review, and says how many there were.
pub async fn close_reports(
    mut conn: &Conn,
    review: &Review,
    status: ReviewReportStatus,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let open = review_reports::table
        .filter(review_reports::property_id.eq(review.property_id))
        .filter(review_reports::review_id.eq(review.id))
        .filter(review_reports::status.eq(ReviewReportStatus::Open));
    diesel::update(open)
        .set((review_reports::status.eq(status), review_reports::closed_at.eq(now), review_reports::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}

// Figures

/// The number of the transaction that last changed a review of a hotel, 0 if none did; none if there is no such hotel.
pub async fn stamp(mut conn: &Conn, property_id: Uuid) -> QueryResult<Option<i64>> {
    let row: Option<Option<i64>> = properties::table
        .left_join(review_stamps::table)
        .filter(properties::id.eq(property_id))
        .filter(not(properties::is_deleted))
        .select(review_stamps::changed_by.nullable())
        .first(&mut conn)
        .await
        .optional()?;
    Ok(row.map(Option::unwrap_or_default))
}

/// The sums over the reviews that count, for a hotel or a type.
async fn kept_totals(mut conn: &Conn, property_id: Uuid, room_type_id: Option<Uuid>) -> QueryResult<Totals> {
    let query = constant_sql(
        "SELECT coalesce(sum(reviews), 0)::bigint AS reviews,
                coalesce(sum(rated_1), 0)::bigint AS rated_1, coalesce(sum(rated_2), 0)::bigint AS rated_2,
                coalesce(sum(rated_3), 0)::bigint AS rated_3, coalesce(sum(rated_4), 0)::bigint AS rated_4,
                coalesce(sum(rated_5), 0)::bigint AS rated_5,
                coalesce(sum(staff_count), 0)::bigint AS staff_count, coalesce(sum(staff_sum), 0)::bigint AS staff_sum,
                coalesce(sum(cleanliness_count), 0)::bigint AS cleanliness_count,
                coalesce(sum(cleanliness_sum), 0)::bigint AS cleanliness_sum,
                coalesce(sum(comfort_count), 0)::bigint AS comfort_count, coalesce(sum(comfort_sum), 0)::bigint AS comfort_sum,
                coalesce(sum(location_count), 0)::bigint AS location_count,
                coalesce(sum(location_sum), 0)::bigint AS location_sum,
                coalesce(sum(facilities_count), 0)::bigint AS facilities_count,
                coalesce(sum(facilities_sum), 0)::bigint AS facilities_sum,
                coalesce(sum(value_count), 0)::bigint AS value_count, coalesce(sum(value_sum), 0)::bigint AS value_sum
         FROM review_totals WHERE property_id = $1 AND ($2 IS NULL OR room_type_id = $2)",
    );
    Cached(query.bind::<SqlUuid, _>(property_id).bind::<Nullable<SqlUuid>, _>(room_type_id)).get_result(&mut conn).await
}

/// The columns of these sums, counted over rows of `reviews`.
macro_rules! counted {
    () => {
        "count(*) AS reviews,
         count(*) FILTER (WHERE overall = 1) AS rated_1, count(*) FILTER (WHERE overall = 2) AS rated_2,
         count(*) FILTER (WHERE overall = 3) AS rated_3, count(*) FILTER (WHERE overall = 4) AS rated_4,
         count(*) FILTER (WHERE overall = 5) AS rated_5,
         count(staff) AS staff_count, coalesce(sum(staff), 0) AS staff_sum,
         count(cleanliness) AS cleanliness_count, coalesce(sum(cleanliness), 0) AS cleanliness_sum,
         count(comfort) AS comfort_count, coalesce(sum(comfort), 0) AS comfort_sum,
         count(location) AS location_count, coalesce(sum(location), 0) AS location_sum,
         count(facilities) AS facilities_count, coalesce(sum(facilities), 0) AS facilities_sum,
         count(value) AS value_count, coalesce(sum(value), 0) AS value_sum"
    };
}

/// Sums that are counted: for a choice of reviews whose sums are not kept.
async fn counted_totals(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Option<Uuid>,
    language: Option<&str>,
    travel_type: Option<&str>,
) -> QueryResult<Totals> {
    let query = constant_sql(concat!(
        "SELECT ",
        counted!(),
        " FROM reviews WHERE property_id = $1 AND is_counted AND ($2 IS NULL OR room_type_id = $2)
              AND ($3 IS NULL OR split_part(language, '-', 1) = $3) AND ($4 IS NULL OR travel_type = $4)"
    ));
    let query = query.bind::<SqlUuid, _>(property_id).bind::<Nullable<SqlUuid>, _>(room_type_id);
    Cached(query.bind::<Nullable<Text>, _>(language).bind::<Nullable<Text>, _>(travel_type)).get_result(&mut conn).await
}

/// The sums over the reviews that a summary is of.
pub async fn totals(conn: &Conn, of: &ReviewSummaryQuery) -> QueryResult<Totals> {
    let ReviewSummaryQuery { property_id, room_type_id, language, travel_type } = of;
    match (language, travel_type) {
        (None, None) => kept_totals(conn, *property_id, *room_type_id).await,
        (language, travel_type) => {
            let travel_type = travel_type.map(|travel_type| travel_type.as_str());
            counted_totals(conn, *property_id, *room_type_id, language.as_deref(), travel_type).await
        }
    }
}

/// The numbers of hidden reviews of a hotel or of a type, by reason.
pub async fn hidden(mut conn: &Conn, property_id: Uuid, room_type_id: Option<Uuid>) -> QueryResult<Vec<(HidingReason, i64)>> {
    let mut query = reviews::table
        .filter(reviews::property_id.eq(property_id))
        .filter(as_indexed("reviews.status = 'hidden' AND NOT reviews.is_deleted"))
        .group_by(reviews::hidden_for)
        .order(reviews::hidden_for)
        .select((reviews::hidden_for, count_star()))
        .into_boxed();
    if let Some(room_type_id) = room_type_id {
        query = query.filter(reviews::room_type_id.eq(room_type_id));
    }
    let rows: Vec<(Option<HidingReason>, i64)> = query.load(&mut conn).await?;
    Ok(rows.into_iter().filter_map(|(reason, count)| Some((reason?, count))).collect())
}

/// The sums over the reviews of stays that ended on these days, by month.
pub async fn months(
    mut conn: &Conn,
    property_id: Uuid,
    room_type_id: Option<Uuid>,
    from: NaiveDate,
    to: NaiveDate,
) -> QueryResult<Vec<MonthTotals>> {
    let query = constant_sql(concat!(
        "SELECT date_trunc('month', departed_on::timestamp)::date AS month, ",
        counted!(),
        " FROM reviews WHERE property_id = $1 AND is_counted AND ($2 IS NULL OR room_type_id = $2)
              AND departed_on BETWEEN $3 AND $4
         GROUP BY 1 ORDER BY 1"
    ));
    let query = query.bind::<SqlUuid, _>(property_id).bind::<Nullable<SqlUuid>, _>(room_type_id);
    Cached(query.bind::<Date, _>(from).bind::<Date, _>(to)).load(&mut conn).await
}

/// Number and sum of overall ratings, by hotel or by type.
#[derive(QueryableByName)]
struct ScoreRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = BigInt)]
    sum: i64,
}

fn by_id(rows: Vec<ScoreRow>) -> HashMap<Uuid, Score> {
    rows.into_iter().map(|ScoreRow { id, count, sum }| (id, Score { count, sum })).collect()
}

/// Number and sum of the overall ratings of hotels, those without reviews left out.
pub async fn scores_of_hotels(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<HashMap<Uuid, Score>> {
    let query = constant_sql(
        "SELECT property_id AS id, sum(reviews)::bigint AS count,
                sum(rated_1 + 2 * rated_2 + 3 * rated_3 + 4 * rated_4 + 5 * rated_5)::bigint AS sum
         FROM review_totals WHERE property_id = ANY($1) GROUP BY property_id HAVING sum(reviews) > 0",
    );
    let query = Cached(query.bind::<Array<SqlUuid>, _>(property_ids));
    Ok(by_id(query.load(&mut conn).await?))
}

/// Scores of the room types of a hotel.
pub async fn scores_of_types(mut conn: &Conn, property_id: Uuid) -> QueryResult<HashMap<Uuid, Score>> {
    let query = constant_sql(
        "SELECT room_type_id AS id, reviews AS count, rated_1 + 2 * rated_2 + 3 * rated_3 + 4 * rated_4 + 5 * rated_5 AS sum
         FROM review_totals WHERE property_id = $1 AND reviews > 0",
    );
    let query = Cached(query.bind::<SqlUuid, _>(property_id));
    Ok(by_id(query.load(&mut conn).await?))
}

/// The scores of hotels by room type, hotel by hotel. Hotels that are not there are left out.
pub async fn scores_by_type(mut conn: &Conn, property_ids: &[Uuid]) -> QueryResult<Vec<HotelScore>> {
    let query = constant_sql(
        "SELECT p.id AS property_id, t.room_type_id, coalesce(t.reviews, 0)::bigint AS count,
                coalesce(t.rated_1 + 2 * t.rated_2 + 3 * t.rated_3 + 4 * t.rated_4 + 5 * t.rated_5, 0)::bigint AS sum
         FROM properties p LEFT JOIN review_totals t ON t.property_id = p.id AND t.reviews > 0
         WHERE p.id = ANY($1) AND NOT p.is_deleted ORDER BY p.id, t.room_type_id",
    );
    Cached(query.bind::<Array<SqlUuid>, _>(property_ids)).load(&mut conn).await
}

// Invitations

/// Bookings that have ended a day ago or lately, at hotels that ask for reviews: with an address, and neither asked nor
/// reviewed yet; but for some.
pub async fn to_invite(mut conn: &Conn, now: DateTime<Utc>, but: &[Uuid], limit: i64) -> QueryResult<Vec<ToInvite>> {
    // Hotel by hotel, in the order of an index: for the first few of all, every booking would be read in the order of their ids.
    let query = constant_sql(
        "SELECT b.property_id, b.id AS booking_id, b.contact_email, b.user_id
         FROM properties p
         CROSS JOIN LATERAL (
             SELECT property_id, id, contact_email, user_id FROM bookings
             WHERE property_id = p.id AND status = 'checked_out' AND contact_email IS NOT NULL AND id <> ALL ($4)
               AND check_out BETWEEN (($1 AT TIME ZONE p.time_zone)::date - $2) AND (($1 AT TIME ZONE p.time_zone)::date - 1)
               AND NOT EXISTS (SELECT FROM review_invitations i WHERE i.property_id = bookings.property_id AND i.booking_id = bookings.id)
               AND NOT EXISTS (SELECT FROM reviews r WHERE r.property_id = bookings.property_id AND r.booking_id = bookings.id)
             ORDER BY check_out LIMIT $3) b
         WHERE p.invites_reviews AND NOT p.is_deleted
         ORDER BY b.property_id, b.id LIMIT $3",
    );
    let query = query.bind::<Timestamptz, _>(now).bind::<Integer, _>(INVITE_WITHIN_DAYS).bind::<BigInt, _>(limit);
    Cached(query.bind::<Array<SqlUuid>, _>(but)).load(&mut conn).await
}

/// Notes that guests are asked for a review. Of those who were asked meanwhile nothing is returned.
pub async fn insert_invitations(
    mut conn: &Conn,
    asked: &[ToInvite],
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Uuid>> {
    let row = |one: &ToInvite| {
        (
            review_invitations::property_id.eq(one.property_id),
            review_invitations::booking_id.eq(one.booking_id),
            review_invitations::expires_at.eq(expires_at),
            review_invitations::created_at.eq(now),
            review_invitations::updated_at.eq(now),
        )
    };
    diesel::insert_into(review_invitations::table)
        .values(asked.iter().map(row).collect::<Vec<_>>())
        .on_conflict_do_nothing()
        .returning(review_invitations::booking_id)
        .get_results(&mut conn)
        .await
}

/// Gives an invitation that was not used its token, in place of the one before. False if there is none.
pub async fn set_token(
    mut conn: &Conn,
    property_id: Uuid,
    booking_id: Uuid,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let open = review_invitations::table
        .find((property_id, booking_id))
        .filter(review_invitations::used_at.is_null())
        .filter(review_invitations::expires_at.gt(now));
    let set = diesel::update(open)
        .set((review_invitations::token_hash.eq(token_hash), review_invitations::updated_at.eq(now)))
        .execute(&mut conn)
        .await?;
    Ok(set == 1)
}

/// The invitation that a token belongs to, if it can be used.
pub async fn invitation(mut conn: &Conn, token_hash: &[u8], now: DateTime<Utc>) -> QueryResult<Option<Invitation>> {
    review_invitations::table
        .filter(review_invitations::token_hash.eq(token_hash))
        .filter(review_invitations::used_at.is_null())
        .filter(review_invitations::expires_at.gt(now))
        .select(Invitation::as_select())
        .first(&mut conn)
        .await
        .optional()
}

/// The same, locked: one at a time writes by it.
pub async fn lock_invitation(mut conn: &Conn, token_hash: &[u8], now: DateTime<Utc>) -> QueryResult<Option<Invitation>> {
    review_invitations::table
        .filter(review_invitations::token_hash.eq(token_hash))
        .filter(review_invitations::used_at.is_null())
        .filter(review_invitations::expires_at.gt(now))
        .select(Invitation::as_select())
        .for_update()
        .first(&mut conn)
        .await
        .optional()
}

/// Uses an invitation up.
pub async fn use_invitation(mut conn: &Conn, invitation: &Invitation, now: DateTime<Utc>) -> QueryResult<usize> {
    diesel::update(review_invitations::table.find((invitation.property_id, invitation.booking_id)))
        .set((review_invitations::used_at.eq(now), review_invitations::updated_at.eq(now)))
        .execute(&mut conn)
        .await
}
