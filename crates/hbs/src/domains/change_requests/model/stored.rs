//! Amendments as stored in rows.
//!
//! Rows outlive versions of the API: whatever was stored must stay readable. So a field keeps its stored name when it
//! is renamed elsewhere, a new one has a default, and one that is gone is ignored.
use crate::domains::bookings::{AddRoom, Amend, AmendStay};
use crate::money::Money;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use serde_with::skip_serializing_none;
use uuid::Uuid;

/// An amendment that was asked for or proposed.
#[skip_serializing_none]
#[derive(Debug, Serialize, Deserialize)]
pub struct StoredAmendment {
    check_in: Option<NaiveDate>,
    check_out: Option<NaiveDate>,
    #[serde(default)]
    stays: Vec<StoredStay>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    add_rooms: Vec<StoredRoom>,
    #[serde(default)]
    reprice: bool,
    expected_total: Option<Money>,
    #[serde(default)]
    ignore_restrictions: bool,
    reason: Option<String>,
}

#[skip_serializing_none]
#[derive(Debug, Serialize, Deserialize)]
struct StoredStay {
    stay_id: Uuid,
    check_in: Option<NaiveDate>,
    check_out: Option<NaiveDate>,
    room_type_id: Option<Uuid>,
    rate_plan_id: Option<Uuid>,
    adults: Option<i32>,
    children_ages: Option<Vec<i32>>,
    /// New name of the guest; null removes it.
    #[serde(default, with = "double_option")]
    guest_name: Option<Option<String>>,
    nightly_price: Option<Money>,
}

#[skip_serializing_none]
#[derive(Debug, Serialize, Deserialize)]
struct StoredRoom {
    room_type_id: Uuid,
    rate_plan_id: Option<Uuid>,
    check_in: Option<NaiveDate>,
    check_out: Option<NaiveDate>,
    adults: i32,
    #[serde(default)]
    children_ages: Vec<i32>,
    guest_name: Option<String>,
    nightly_price: Option<Money>,
}

impl From<Amend> for StoredAmendment {
    fn from(amend: Amend) -> Self {
        let Amend { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason } = amend;
        let stays = stays.into_iter().map(StoredStay::from).collect();
        let add_rooms = add_rooms.into_iter().map(StoredRoom::from).collect();
        Self { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason }
    }
}

impl From<StoredAmendment> for Amend {
    fn from(stored: StoredAmendment) -> Self {
        let StoredAmendment { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason } =
            stored;
        let stays = stays.into_iter().map(AmendStay::from).collect();
        let add_rooms = add_rooms.into_iter().map(AddRoom::from).collect();
        Self { check_in, check_out, stays, add_rooms, reprice, expected_total, ignore_restrictions, reason }
    }
}

impl From<AmendStay> for StoredStay {
    fn from(stay: AmendStay) -> Self {
        let AmendStay {
            stay_id,
            check_in,
            check_out,
            room_type_id,
            rate_plan_id,
            adults,
            children_ages,
            guest_name,
            nightly_price,
        } = stay;
        Self { stay_id, check_in, check_out, room_type_id, rate_plan_id, adults, children_ages, guest_name, nightly_price }
    }
}

impl From<StoredStay> for AmendStay {
    fn from(stay: StoredStay) -> Self {
        let StoredStay {
            stay_id,
            check_in,
            check_out,
            room_type_id,
            rate_plan_id,
            adults,
            children_ages,
            guest_name,
            nightly_price,
        } = stay;
        Self { stay_id, check_in, check_out, room_type_id, rate_plan_id, adults, children_ages, guest_name, nightly_price }
    }
}

impl From<AddRoom> for StoredRoom {
    fn from(room: AddRoom) -> Self {
        let AddRoom { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price } = room;
        Self { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price }
    }
}

impl From<StoredRoom> for AddRoom {
    fn from(room: StoredRoom) -> Self {
        let StoredRoom { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price } =
            room;
        Self { room_type_id, rate_plan_id, check_in, check_out, adults, children_ages, guest_name, nightly_price }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// Returns a row from before this type, when the API's request was stored as it was.
    fn stored() -> Value {
        json!({
            "check_in": "2026-12-24",
            "check_out": "2026-12-28",
            "stays": [
                {"stay_id": Uuid::from_u128(1), "check_out": "2026-12-29", "room_type_id": Uuid::from_u128(2),
                 "rate_plan_id": Uuid::from_u128(3), "adults": 2, "children_ages": [7], "guest_name": "Ana Sousa",
                 "nightly_price": {"amount": "100.00", "currency": "EUR"}},
                {"stay_id": Uuid::from_u128(4), "guest_name": null}
            ],
            "add_rooms": [{"room_type_id": Uuid::from_u128(2), "adults": 1, "children_ages": [], "check_in": "2026-12-25"}],
            "reprice": true,
            "expected_total": {"amount": "400.00", "currency": "EUR"},
            "ignore_restrictions": false,
            "reason": "Guest asked by phone"
        })
    }

    fn read(row: Value) -> Amend {
        serde_json::from_value::<StoredAmendment>(row).expect("readable").into()
    }

    #[test]
    fn what_was_stored_stays_readable() {
        let amend = read(stored());
        assert_eq!(amend.check_out.map(|date| date.to_string()).as_deref(), Some("2026-12-28"));
        assert_eq!(amend.stays[0].guest_name, Some(Some("Ana Sousa".into())));
        assert_eq!(amend.stays[0].nightly_price.map(|price| price.minor), Some(10_000));
        assert_eq!((amend.stays[1].stay_id, &amend.stays[1].guest_name), (Uuid::from_u128(4), &Some(None)));
        assert_eq!((amend.add_rooms[0].adults, amend.add_rooms[0].guest_name.as_deref()), (1, None));
        assert_eq!((amend.reprice, amend.reason.as_deref()), (true, Some("Guest asked by phone")));
    }

    #[test]
    fn what_is_stored_is_what_was_stored_before() {
        for row in [stored(), json!({"stays": [], "reprice": false, "ignore_restrictions": false})] {
            let written = serde_json::to_value(StoredAmendment::from(read(row.clone()))).expect("JSON");
            assert_eq!(written, row);
        }
    }

    #[test]
    fn fields_that_are_not_known_or_not_there_are_no_fault() {
        assert_eq!(read(json!({"check_in": "2026-12-24", "upgrade": true})).stays, []);
    }
}
