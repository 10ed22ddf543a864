//! Caps: what guests can have of a hotel at a time, whatever the state it is in, for each account and for each mailbox.
//!
//! The account and the mailbox are locked, in this order, before the hotel and its nights, and stay locked until what is
//! booked is committed: of many at once, no more get through than one after the other.
use crate::domains::bookings::error::BookingError;
use crate::domains::bookings::model::{Booking, Stay};
use crate::domains::bookings::repository::{self, Live};
use crate::domains::bookings::rules::amendment::Wanted;
use crate::domains::properties::{Property, Settings};
use crate::domains::stays::Status;
use crate::stores::postgres::Conn;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use uuid::Uuid;

/// Locks the guest of a booking that a guest changes, and returns what they have beside it.
pub(super) async fn lock(conn: &Conn, booking: &Booking, address: Option<&str>, now: DateTime<Utc>) -> QueryResult<Live> {
    if let Some(user_id) = booking.user_id {
        repository::lock_user(conn, user_id).await?;
    }
    beside(conn, booking.property_id, booking.user_id, address, Some(booking.id), now).await
}

/// Locks a mailbox and returns what its owner and the account, which is locked, have beside a booking.
pub(super) async fn beside(
    conn: &Conn,
    property_id: Uuid,
    user_id: Option<Uuid>,
    address: Option<&str>,
    booking_id: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Live> {
    // Nowhere is the date more than a day behind.
    let yesterday = now.date_naive().pred_opt().unwrap_or_default();
    let (_, live) = futures_util::try_join!(
        repository::lock_mailbox(conn, property_id, address),
        repository::live(conn, property_id, user_id, address, booking_id, yesterday)
    )?;
    Ok(live)
}

/// Checks that a booking of so many nights does not take more than the hotel allows.
pub(super) fn check(live: Live, nights: i64, settings: &Settings) -> Result<(), BookingError> {
    let (most, most_nights) = (settings.max_live_bookings, settings.max_live_nights);
    if live.bookings_of_account.max(live.bookings_of_mailbox) >= i64::from(most) {
        return Err(BookingError::TooManyBookings(most));
    }
    check_nights(live, nights, most_nights)
}

fn check_nights(live: Live, nights: i64, most: i32) -> Result<(), BookingError> {
    if live.nights_of_account.max(live.nights_of_mailbox) + nights > i64::from(most) {
        return Err(BookingError::TooManyNights(most));
    }
    Ok(())
}

/// Checks that an amended booking does not come to more nights than the hotel allows, if it comes to more than it had.
pub(super) fn check_amended(live: Live, stays: &[Stay], wanted: &[Wanted], property: &Property) -> Result<(), BookingError> {
    let is_live = |stay: &&Stay| matches!(stay.status, Status::Held | Status::Confirmed | Status::CheckedIn);
    let had: i64 = stays.iter().filter(is_live).map(|stay| stay.nights().count()).sum();
    let changed = |one: &Wanted| one.nights.count() - one.had().map_or(0, |had| had.count());
    let more: i64 = wanted.iter().map(changed).sum();
    if more <= 0 { Ok(()) } else { check_nights(live, had + more, property.settings.max_live_nights) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domains::properties::SettingsPatch;

    #[test]
    fn neither_account_nor_mailbox_has_more_than_the_hotel_allows() {
        let patch = SettingsPatch { max_live_bookings: Some(2), max_live_nights: Some(10), ..SettingsPatch::default() };
        let settings = Settings::from(patch);
        let none = Live::default();
        let may = |live: Live, nights| check(live, nights, &settings).is_ok();
        assert!(may(none, 10) && !may(none, 11), "one booking is no way past the nights");
        assert!(may(Live { bookings_of_account: 1, nights_of_account: 4, ..none }, 6));
        assert!(!may(Live { bookings_of_account: 1, nights_of_account: 5, ..none }, 6));
        assert!(!may(Live { bookings_of_account: 2, ..none }, 1));
        assert!(!may(Live { bookings_of_mailbox: 2, ..none }, 1), "other accounts, same mailbox");
        assert!(!may(Live { nights_of_mailbox: 10, ..none }, 1));
    }
}
