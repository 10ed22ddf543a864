pub mod commands;
mod record;
pub mod tags;

pub use crate::domains::guests::DocumentKind;
use crate::domains::guests::{Person, survivor_of};
use crate::domains::inventory::Nights;
use crate::domains::rates::engine::CancellationTerms;
use crate::domains::stays::{Status, departure};
use crate::money::Currency;
use crate::security::GuestLink;
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Jsonb;
use hbs_schema::{bookings, stay_guests, stay_moves, stays, tax_exemptions, users};
use serde::{Deserialize, Serialize};
use tags::Tags;
use uuid::Uuid;

/// Time after the departure for which links to a booking work.
pub const LINK_LASTS: TimeDelta = TimeDelta::days(30);

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = bookings)]
pub struct Booking {
    pub property_id: Uuid,
    pub id: Uuid,
    pub reference: String,
    pub status: Status,
    pub channel: String,
    pub external_reference: Option<String>,
    pub user_id: Option<Uuid>,
    pub created_by: Option<Uuid>,
    pub created_by_key: Option<Uuid>,
    pub contact_name: String,
    pub contact_email: Option<String>,
    pub contact_phone: Option<String>,
    pub special_requests: Option<String>,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub currency: Currency,
    pub total_minor: i64,
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub is_hold_extended: bool,
    pub group_id: Option<Uuid>,
    /// Language of the mails to the guest, if one was asked for.
    pub locale: Option<Locale>,
    /// `true` for a hold that is confirmed once its guest has proved their e-mail address.
    pub awaits_proof: bool,
    /// Profile of the contact: the one that stands for it, if it was merged.
    #[diesel(select_expression = survivor_of(bookings::property_id, bookings::guest_id))]
    #[diesel(select_expression_type = survivor_of<bookings::property_id, bookings::guest_id>)]
    pub guest_id: Option<Uuid>,
    /// Company or agent for which the booking was made.
    pub account_id: Option<Uuid>,
    /// Time since when the address is known to be the contact's, by a link that was mailed there.
    pub contact_proved_at: Option<DateTime<Utc>>,
    /// Local time on the day of arrival, as far as known.
    pub arrival_time: Option<NaiveTime>,
    /// Notes of staff, which guests are never shown.
    pub notes: Option<String>,
    pub tags: Tags,
    /// `true` for a hold that is confirmed once what is due when booking is paid.
    pub awaits_payment: bool,
}

#[derive(Insertable)]
#[diesel(table_name = bookings, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewBooking<'a> {
    pub property_id: Uuid,
    pub id: Uuid,
    pub reference: &'a str,
    pub status: Status,
    pub channel: &'a str,
    pub external_reference: Option<&'a str>,
    pub user_id: Option<Uuid>,
    pub created_by: Option<Uuid>,
    pub created_by_key: Option<Uuid>,
    pub contact_name: &'a str,
    pub contact_email: Option<&'a str>,
    pub contact_phone: Option<&'a str>,
    pub special_requests: Option<&'a str>,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub currency: Currency,
    pub total_minor: i64,
    pub hold_expires_at: Option<DateTime<Utc>>,
    pub group_id: Option<Uuid>,
    pub locale: Option<&'a Locale>,
    pub awaits_proof: bool,
    pub guest_id: Option<Uuid>,
    pub account_id: Option<Uuid>,
    pub arrival_time: Option<NaiveTime>,
    pub notes: Option<&'a str>,
    pub tags: &'a Tags,
    pub awaits_payment: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = bookings)]
pub struct BookingChange {
    pub contact_name: Option<String>,
    pub contact_email: Option<Option<String>>,
    pub contact_phone: Option<Option<String>>,
    pub special_requests: Option<Option<String>>,
    pub locale: Option<Option<Locale>>,
    pub guest_id: Option<Uuid>,
    pub account_id: Option<Option<Uuid>>,
    /// With another address, the proof of the old one is gone.
    pub contact_proved_at: Option<Option<DateTime<Utc>>>,
    pub arrival_time: Option<Option<NaiveTime>>,
    pub notes: Option<Option<String>>,
    pub tags: Option<Tags>,
}

#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = stays)]
pub struct Stay {
    pub property_id: Uuid,
    pub id: Uuid,
    pub booking_id: Uuid,
    pub position: i32,
    pub status: Status,
    pub room_type_id: Uuid,
    pub room_id: Option<Uuid>,
    pub is_pinned: bool,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children_ages: Vec<Option<i32>>,
    pub guest_name: Option<String>,
    pub total_minor: i64,
    /// Rate plan of the stay; none for stays from before there were plans.
    pub rate_plan_id: Option<Uuid>,
    pub cancellation_terms: Option<Terms>,
    /// Room type that was sold; `room_type_id` is the one that is occupied.
    pub booked_room_type_id: Uuid,
    /// Day of departure as booked, if the guests left before it.
    pub booked_check_out: Option<NaiveDate>,
    /// Business date on which the stay came to its status.
    pub status_on: NaiveDate,
    /// First night of the guests in `room_id`, if they were in another room before.
    pub moved_on: Option<NaiveDate>,
    /// Business date on which the guests are expected late: their day of arrival is closed.
    pub late_on: Option<NaiveDate>,
    /// Stay that this one was a part of, and goes on from.
    pub split_from: Option<Uuid>,
    /// Profile of the guest who stays, if that is not the booking's contact.
    #[diesel(select_expression = survivor_of(stays::property_id, stays::guest_id))]
    #[diesel(select_expression_type = survivor_of<stays::property_id, stays::guest_id>)]
    pub guest_id: Option<Uuid>,
    /// When all of its nights were last priced together, if rules of taxes had come or gone since they were sold.
    pub priced_at: Option<DateTime<Utc>>,
    /// `true` for day use: the guests leave on the day of arrival, and its night is theirs until then.
    pub is_day_use: bool,
}

/// A move of guests in the house: the room that they left.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = stay_moves, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct StayMove {
    pub property_id: Uuid,
    pub stay_id: Uuid,
    /// First night in another room.
    pub moved_on: NaiveDate,
    pub room_id: Option<Uuid>,
    pub room_type_id: Uuid,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Owner of a booking, as far as mails need to know.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct Owner {
    pub id: Uuid,
    pub email: String,
    pub email_verified_at: Option<DateTime<Utc>>,
    pub locale: Locale,
}

/// Cancellation terms of a stay, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Jsonb)]
#[serde(transparent)]
pub struct Terms(pub CancellationTerms);

impl FromSql<Jsonb, Pg> for Terms {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(serde_json::from_value(FromSql::<Jsonb, Pg>::from_sql(bytes)?)?)
    }
}

impl ToSql<Jsonb, Pg> for Terms {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let json = serde_json::to_value(self)?;
        ToSql::<Jsonb, Pg>::to_sql(&json, &mut out.reborrow())
    }
}

impl Booking {
    /// Returns the contact as a person who is known by the profile.
    pub fn contact_person(&self) -> Person<'_> {
        Person {
            id: self.guest_id,
            email: self.contact_email.as_deref(),
            phone: self.contact_phone.as_deref(),
            locale: self.locale.as_ref(),
            ..Person::named(&self.contact_name)
        }
    }

    pub fn nights(&self) -> Nights {
        Nights::new(self.check_in, self.check_out)
    }

    /// Returns the guest whom a mailed link makes of the contact, while links to the booking work.
    pub fn guest_at(&self, now: DateTime<Utc>) -> Option<GuestLink> {
        self.guest().filter(|_| now.date_naive() <= self.check_out + LINK_LASTS)
    }

    /// Returns the guest whom a mailed link makes of the contact: none where an account has the booking, or another channel.
    pub fn guest(&self) -> Option<GuestLink> {
        let email = self.contact_email.clone().filter(|_| self.user_id.is_none() && self.external_reference.is_none())?;
        Some(GuestLink { property_id: self.property_id, booking_id: self.id, email })
    }
}

impl Stay {
    pub fn nights(&self) -> Nights {
        Nights::new(self.check_in, self.check_out)
    }

    /// Returns the day on which the guests leave.
    pub fn departure(&self) -> NaiveDate {
        departure(self.check_in, self.check_out, self.is_day_use)
    }

    /// Returns the nights between the days of arrival and departure: none of day use.
    pub fn dates(&self) -> Nights {
        Nights::new(self.check_in, self.departure())
    }

    /// Returns the number of guests.
    pub fn guests(&self) -> i32 {
        self.adults.saturating_add(i32::try_from(self.children_ages.len()).unwrap_or(i32::MAX))
    }

    /// Makes the move of the guests out of the room that they are in; none if nobody slept in it before.
    pub fn left_on(&self, moved_on: NaiveDate, now: DateTime<Utc>) -> Option<StayMove> {
        let Self { property_id, id: stay_id, room_id, room_type_id, check_in, .. } = *self;
        (moved_on > check_in).then_some(StayMove {
            property_id,
            stay_id,
            moved_on,
            room_id,
            room_type_id,
            created_at: now,
            updated_at: now,
        })
    }
}

#[derive(Debug, Clone, Serialize, Insertable)]
#[diesel(table_name = stays, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct NewStay {
    pub property_id: Uuid,
    pub id: Uuid,
    pub booking_id: Uuid,
    pub position: i32,
    pub status: Status,
    pub room_type_id: Uuid,
    pub room_id: Option<Uuid>,
    pub is_pinned: bool,
    pub check_in: NaiveDate,
    pub check_out: NaiveDate,
    pub adults: i32,
    pub children_ages: Vec<i32>,
    pub guest_name: Option<String>,
    pub total_minor: i64,
    pub rate_plan_id: Uuid,
    pub cancellation_terms: Terms,
    pub booked_room_type_id: Uuid,
    pub status_on: NaiveDate,
    pub is_day_use: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// The reference of a stay's booking, and the name of its guest: the contact's, if none is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayGuest {
    pub reference: String,
    pub name: String,
}

/// A guest of a stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    pub full_name: String,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<String>,
    pub document: Option<Document>,
}

/// Identity document of a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub kind: DocumentKind,
    pub number: String,
    pub country: String,
}

impl Guest {
    pub fn person(&self) -> Person<'_> {
        let Self { full_name, birth_date, nationality, document: _ } = self;
        Person { birth_date: *birth_date, nationality: nationality.as_deref(), ..Person::named(full_name) }
    }

    pub fn is_identified(&self) -> bool {
        self.birth_date.is_some() && self.nationality.is_some() && self.document.is_some()
    }
}

/// Exemption of a stay from taxes.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_exemptions, check_for_backend(diesel::pg::Pg), primary_key(property_id, stay_id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct TaxExemption {
    pub property_id: Uuid,
    pub stay_id: Uuid,
    /// First date without the taxes.
    pub from_date: NaiveDate,
    /// Rules that it is exempt from; none for all.
    pub tax_rule_ids: Option<Vec<Option<Uuid>>>,
    pub reason: String,
    /// Number of the certificate, or whatever proves it.
    pub reference: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// First date with the taxes again, if it was withdrawn.
    pub until_date: Option<NaiveDate>,
    pub withdrawal_reason: Option<String>,
}

/// A guest of a stay, as recorded.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = stay_guests, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct StayGuestRow {
    pub property_id: Uuid,
    pub stay_id: Uuid,
    /// Position in the list of guests; the first guest is responsible for the room.
    pub position: i32,
    pub full_name: String,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<String>,
    pub document_kind: Option<DocumentKind>,
    pub document_country: Option<String>,
    /// Number of the document, sealed.
    pub document_number: Option<Vec<u8>>,
    pub guest_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Makes a new row as the database will have it.
impl From<&NewBooking<'_>> for Booking {
    fn from(new: &NewBooking<'_>) -> Self {
        let NewBooking {
            property_id,
            id,
            reference,
            status,
            channel,
            external_reference,
            user_id,
            created_by,
            created_by_key,
            contact_name,
            contact_email,
            contact_phone,
            special_requests,
            check_in,
            check_out,
            currency,
            total_minor,
            hold_expires_at,
            group_id,
            locale,
            awaits_proof,
            guest_id,
            account_id,
            arrival_time,
            notes,
            tags,
            awaits_payment,
            created_at,
            updated_at,
        } = *new;
        Self {
            property_id,
            id,
            reference: reference.into(),
            status,
            channel: channel.into(),
            external_reference: external_reference.map(Into::into),
            user_id,
            created_by,
            created_by_key,
            contact_name: contact_name.into(),
            contact_email: contact_email.map(Into::into),
            contact_phone: contact_phone.map(Into::into),
            special_requests: special_requests.map(Into::into),
            check_in,
            check_out,
            currency,
            total_minor,
            hold_expires_at,
            version: 1,
            created_at,
            updated_at,
            is_hold_extended: false,
            group_id,
            locale: locale.cloned(),
            awaits_proof,
            guest_id,
            account_id,
            contact_proved_at: None,
            arrival_time,
            notes: notes.map(Into::into),
            tags: tags.clone(),
            awaits_payment,
        }
    }
}

impl From<NewStay> for Stay {
    fn from(new: NewStay) -> Self {
        let NewStay {
            property_id,
            id,
            booking_id,
            position,
            status,
            room_type_id,
            room_id,
            is_pinned,
            check_in,
            check_out,
            adults,
            children_ages,
            guest_name,
            total_minor,
            rate_plan_id,
            cancellation_terms,
            booked_room_type_id,
            status_on,
            is_day_use,
            created_at: _,
            updated_at: _,
        } = new;
        Self {
            property_id,
            id,
            booking_id,
            position,
            status,
            room_type_id,
            room_id,
            is_pinned,
            check_in,
            check_out,
            adults,
            children_ages: children_ages.into_iter().map(Some).collect(),
            guest_name,
            total_minor,
            rate_plan_id: Some(rate_plan_id),
            cancellation_terms: Some(cancellation_terms),
            booked_room_type_id,
            booked_check_out: None,
            status_on,
            moved_on: None,
            late_on: None,
            split_from: None,
            guest_id: None,
            priced_at: None,
            is_day_use,
        }
    }
}

text_enum! {
    /// Treatment of the night that is over when guests come late who were recorded as a no-show: they pay for it
    /// (`charged`), or they do not (`waived`).
    pub enum FirstNight {
        /// The guests pay for the night.
        Charged = "charged",
        /// The guests do not pay for the night.
        Waived = "waived",
    }
}

text_enum! {
    /// A kind of mail about a booking.
    pub enum MailKind {
        Confirmed = "booking_confirmed",
        Changed = "booking_changed",
        Cancelled = "booking_cancelled",
        /// The link to a booking of somebody without an account.
        Access = "booking_access",
        /// The same for whoever looks a booking up, which is looked for when the mail is sent.
        LookUp = "booking_look_up",
        /// Word to the old address of a contact that the booking has another one.
        AddressChanged = "booking_address_changed",
    }
}
