use super::model::{BookingRow, GroupRow, InRoom, RoomRow, StayRow};
use super::rules::Person;
use crate::domains::guests::NamedGuest;
use crate::domains::rooms::Housekeeping;
use crate::domains::stays::Status;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Search of a hotel.
#[derive(Debug, Deserialize, garde::Validate, utoipa::IntoParams)]
#[garde(allow_unvalidated)]
pub struct SearchQuery {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Words to look for, in any order: names, a part of an e-mail address, digits of a phone number, a reference with or
    /// without `HBS-`, the number of a room, a tag. Case and accents do not matter.
    #[garde(length(chars, min = 1, max = 200))]
    #[param(min_length = 1, max_length = 200, example = "almeida ana")]
    pub q: String,
    /// Maximum number of hits of each kind, 1 to 50; 8 if left out.
    #[garde(inner(range(min = 1, max = 50)))]
    #[param(example = 8, default = 8, minimum = 1, maximum = 50)]
    pub limit: Option<i64>,
}

/// Hits of a search by kind, the best of each first.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct PaletteOut {
    /// Bookings: those that have not ended first, then by how near their arrival is.
    pub bookings: Vec<BookingHit>,
    /// People who are named in these bookings, each once; then, for those who hold `guests:read`, profiles of other guests.
    pub guests: Vec<GuestHit>,
    /// Rooms by number; none without `rooms:read`.
    pub rooms: Vec<RoomHit>,
    /// Groups, those with the latest cut-off dates first; none without `groups:read`.
    pub groups: Vec<GroupHit>,
}

/// Booking that a search found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BookingHit {
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: String,
    /// Version of the booking: send it as `If-Match` to act on it.
    pub version: i64,
    /// Status of the booking.
    pub status: Status,
    /// Name of the booking's contact.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// Numbers of the rooms that its stays have.
    #[schema(example = json!(["101", "102"]))]
    pub room_numbers: Vec<String>,
}

impl BookingHit {
    pub fn new(row: &BookingRow, stays: &[StayRow]) -> Self {
        let own = stays.iter().filter(|stay| stay.booking_id == row.id);
        Self {
            booking_id: row.id,
            reference: row.reference.clone(),
            version: row.version,
            status: row.status,
            guest_name: row.contact_name.clone(),
            check_in: row.check_in,
            check_out: row.check_out,
            room_numbers: own.filter_map(|stay| stay.room_number.clone()).collect(),
        }
    }
}

/// Person whom a search found, with the nearest booking if there is one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GuestHit {
    /// Name of the contact, or of the guest who stays.
    #[schema(example = "Ana Sousa")]
    pub guest_name: String,
    /// Identifier of the guest profile; null if there is none.
    pub guest_id: Option<Uuid>,
    /// E-mail address of the booking's contact, or of the profile; null for somebody else who stays, and if none is known.
    #[schema(example = "ana@example.com")]
    pub email: Option<String>,
    /// Phone number of the booking's contact, or of the profile; null for somebody else who stays, and if none is known.
    #[schema(example = "+351910000000")]
    pub phone: Option<String>,
    /// Number of bookings found in which the person is named.
    #[schema(example = 2)]
    pub bookings: usize,
    /// Identifier of the nearest of them; null if there is none.
    pub booking_id: Option<Uuid>,
    /// Reference of that booking; null if there is none.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub reference: Option<String>,
    /// Status of that booking; null if there is none.
    pub status: Option<Status>,
    /// Day of arrival of that booking; null if there is none.
    pub check_in: Option<NaiveDate>,
    /// Day of departure of that booking; null if there is none.
    pub check_out: Option<NaiveDate>,
}

impl From<NamedGuest> for GuestHit {
    fn from(profile: NamedGuest) -> Self {
        let NamedGuest { id, full_name, email, phone } = profile;
        Self {
            guest_name: full_name,
            guest_id: Some(id),
            email,
            phone,
            bookings: 0,
            booking_id: None,
            reference: None,
            status: None,
            check_in: None,
            check_out: None,
        }
    }
}

impl From<&Person<'_>> for GuestHit {
    fn from(person: &Person<'_>) -> Self {
        let Person { name, guest_id, is_contact, booking, bookings } = *person;
        Self {
            guest_name: name.to_owned(),
            guest_id,
            email: booking.contact_email.clone().filter(|_| is_contact),
            phone: booking.contact_phone.clone().filter(|_| is_contact),
            bookings,
            booking_id: Some(booking.id),
            reference: Some(booking.reference.clone()),
            status: Some(booking.status),
            check_in: Some(booking.check_in),
            check_out: Some(booking.check_out),
        }
    }
}

/// Room that a search found, with who is in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RoomHit {
    /// Identifier of the room.
    pub room_id: Uuid,
    /// Number on the door of the room.
    #[schema(example = "304")]
    pub room_number: String,
    /// Floor of the room; null for none.
    #[schema(example = "3")]
    pub floor: Option<String>,
    /// Name of the room type, in the property's own language.
    #[schema(example = "Deluxe double with sea view")]
    pub room_type_name: String,
    /// Housekeeping state of the room.
    pub housekeeping: Housekeeping,
    /// Name of the guest who is in the room; null if nobody is.
    #[schema(example = "Ana Sousa")]
    pub guest_name: Option<String>,
    /// Booking of that guest; null if nobody is in the room.
    pub booking_id: Option<Uuid>,
}

impl RoomHit {
    pub fn new(row: RoomRow, inside: Option<&InRoom>) -> Self {
        let RoomRow { id, number, floor, room_type_name, housekeeping } = row;
        Self {
            room_id: id,
            room_number: number,
            floor,
            room_type_name,
            housekeeping,
            guest_name: inside.map(|stay| stay.guest_name.as_ref().unwrap_or(&stay.contact_name).clone()),
            booking_id: inside.map(|stay| stay.booking_id),
        }
    }
}

/// Group that a search found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct GroupHit {
    /// Identifier of the group.
    pub group_id: Uuid,
    /// Name of the group.
    #[schema(example = "Wedding of Ana and Rui")]
    pub name: String,
    /// Code with which the group's guests book.
    #[schema(example = "ANA-RUI-2026")]
    pub code: String,
    /// Cut-off date at the hotel, when unsold rooms go back on sale.
    pub cut_off: NaiveDate,
    /// `true` while rooms are set aside for the group.
    pub is_open: bool,
}

impl From<GroupRow> for GroupHit {
    fn from(row: GroupRow) -> Self {
        let GroupRow { id, name, code, cut_off, is_open } = row;
        Self { group_id: id, name, code, cut_off, is_open }
    }
}
