use crate::contact::Contact;
use crate::domains::stays::Status;
use crate::outbox::{Entity, Recorded};
use crate::texts::Locale;
use crate::words::text_enum;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use hbs_schema::{guest_documents, guest_merges, guests};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

text_enum! {
    /// Kind of an identity document.
    pub enum DocumentKind {
        Passport = "passport",
        IdentityCard = "identity_card",
        DrivingLicence = "driving_licence",
        ResidencePermit = "residence_permit",
    }
}

/// Profile of a guest.
#[derive(Debug, Clone, Serialize, Queryable, Selectable, Insertable)]
#[diesel(table_name = guests, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Guest {
    pub property_id: Uuid,
    pub id: Uuid,
    /// The profile that stands for this one; its own id unless it was merged.
    pub survivor_id: Uuid,
    pub merged_into_id: Option<Uuid>,
    pub full_name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub locale: Option<Locale>,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<String>,
    pub notes: Option<String>,
    pub preferences: Vec<Option<String>>,
    pub tags: Vec<Option<String>>,
    pub is_vip: bool,
    pub account_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Exemption from taxes that stays get which are sold to the guest.
    pub tax_exemption: Option<serde_json::Value>,
}

/// Profile as far as it is shown where people are looked for.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = guests)]
pub struct NamedGuest {
    pub id: Uuid,
    pub full_name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
}

impl Recorded for Guest {
    const ENTITY: &'static str = "guest";
    const OPEN: &'static [&'static str] = &[
        "property_id",
        "id",
        "survivor_id",
        "merged_into_id",
        "account_id",
        "user_id",
        // Beside its fields.
        "documents",
        "merged_id",
    ];
    const SEALED: &'static [&'static str] = &[
        "full_name",
        "email",
        "phone",
        "locale",
        "street",
        "city",
        "postal_code",
        "country",
        "birth_date",
        "nationality",
        "notes",
        "preferences",
        "tags",
        "is_vip",
        "tax_exemption",
    ];

    fn entity(&self) -> Entity {
        Self::entity_of(self.property_id, self.id)
    }
}

impl Guest {
    /// Returns a profile as an entity. Its row need not have been read.
    pub fn entity_of(property_id: Uuid, id: Uuid) -> Entity {
        Entity::new(id).at(property_id)
    }

    /// Returns what a merge can add to the profile.
    pub fn details(&self) -> Details {
        Details {
            email: self.email.clone(),
            phone: self.phone.clone(),
            locale: self.locale.clone(),
            street: self.street.clone(),
            city: self.city.clone(),
            postal_code: self.postal_code.clone(),
            country: self.country.clone(),
            birth_date: self.birth_date,
            nationality: self.nationality.clone(),
            notes: self.notes.clone(),
            preferences: self.preferences.iter().flatten().cloned().collect(),
            tags: self.tags.iter().flatten().cloned().collect(),
            is_vip: self.is_vip,
            account_id: self.account_id,
        }
    }
}

/// Details of a guest beside the name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    pub email: Option<String>,
    pub phone: Option<String>,
    pub locale: Option<Locale>,
    pub street: Option<String>,
    pub city: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<String>,
    pub notes: Option<String>,
    pub preferences: Vec<String>,
    pub tags: Vec<String>,
    pub is_vip: bool,
    pub account_id: Option<Uuid>,
}

#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = guests)]
pub struct GuestChange {
    pub full_name: Option<String>,
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub locale: Option<Option<Locale>>,
    pub street: Option<Option<String>>,
    pub city: Option<Option<String>>,
    pub postal_code: Option<Option<String>>,
    pub country: Option<Option<String>>,
    pub birth_date: Option<Option<NaiveDate>>,
    pub nationality: Option<Option<String>>,
    pub notes: Option<Option<String>>,
    pub preferences: Option<Vec<String>>,
    pub tags: Option<Vec<String>>,
    pub is_vip: Option<bool>,
    pub account_id: Option<Option<Uuid>>,
    pub tax_exemption: Option<Option<serde_json::Value>>,
}

impl From<Details> for GuestChange {
    fn from(details: Details) -> Self {
        let Details {
            email,
            phone,
            locale,
            street,
            city,
            postal_code,
            country,
            birth_date,
            nationality,
            notes,
            preferences,
            tags,
            is_vip,
            account_id,
        } = details;
        Self {
            full_name: None,
            email: Some(email),
            phone: Some(phone),
            locale: Some(locale),
            street: Some(street),
            city: Some(city),
            postal_code: Some(postal_code),
            country: Some(country),
            birth_date: Some(birth_date),
            nationality: Some(nationality),
            notes: Some(notes),
            preferences: Some(preferences),
            tags: Some(tags),
            is_vip: Some(is_vip),
            account_id: Some(account_id),
            tax_exemption: None,
        }
    }
}

/// A person as typed at a desk or on a page.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person<'a> {
    /// The person's profile, where it was chosen.
    pub id: Option<Uuid>,
    pub full_name: &'a str,
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub locale: Option<&'a Locale>,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<&'a str>,
    /// Account by which the person books.
    pub user_id: Option<Uuid>,
}

impl<'a> Person<'a> {
    /// Makes a person of whom only the name is known.
    pub fn named(full_name: &'a str) -> Self {
        Self { full_name, ..Self::default() }
    }

    pub fn of_contact(contact: &'a Contact) -> Self {
        Self { email: contact.email.as_deref(), phone: contact.phone.as_deref(), ..Self::named(&contact.full_name) }
    }
}

/// A profile to be made of what was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewGuest {
    pub property_id: Uuid,
    pub id: Uuid,
    pub full_name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub locale: Option<Locale>,
    pub birth_date: Option<NaiveDate>,
    pub nationality: Option<String>,
    pub user_id: Option<Uuid>,
}

impl Recorded for NewGuest {
    const ENTITY: &'static str = Guest::ENTITY;
    const OPEN: &'static [&'static str] = Guest::OPEN;
    const SEALED: &'static [&'static str] = Guest::SEALED;

    fn entity(&self) -> Entity {
        Guest::entity_of(self.property_id, self.id)
    }
}

/// A profile that turns out to be the one of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestLink {
    pub property_id: Uuid,
    pub id: Uuid,
    pub user_id: Uuid,
}

/// An identity document, as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = guest_documents, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct DocumentRow {
    pub property_id: Uuid,
    pub guest_id: Uuid,
    pub position: i32,
    pub kind: DocumentKind,
    pub country: String,
    /// Number of the document, sealed.
    pub number: Vec<u8>,
    pub expires_on: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A merge, with what it changed of the survivor.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = guest_merges, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub struct Merge {
    pub property_id: Uuid,
    pub id: Uuid,
    /// The survivor.
    pub guest_id: Uuid,
    pub merged_id: Uuid,
    pub filled: Value,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Figures of a guest.
#[derive(Debug, Clone, Copy, Default, QueryableByName)]
pub struct Statistics {
    #[diesel(sql_type = BigInt)]
    pub bookings: i64,
    #[diesel(sql_type = BigInt)]
    pub stays: i64,
    #[diesel(sql_type = BigInt)]
    pub nights: i64,
    #[diesel(sql_type = BigInt)]
    pub cancelled: i64,
    #[diesel(sql_type = BigInt)]
    pub no_shows: i64,
    #[diesel(sql_type = BigInt)]
    pub revenue_minor: i64,
    #[diesel(sql_type = Nullable<Date>)]
    pub first_check_in: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    pub last_check_out: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    pub next_check_in: Option<NaiveDate>,
}

/// A stay of a guest.
#[derive(Debug, Clone, QueryableByName)]
pub struct StayRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub booking_id: Uuid,
    #[diesel(sql_type = Text)]
    pub reference: String,
    #[diesel(sql_type = Text)]
    pub status: Status,
    #[diesel(sql_type = Date)]
    pub check_in: NaiveDate,
    #[diesel(sql_type = Date)]
    pub check_out: NaiveDate,
    #[diesel(sql_type = SqlUuid)]
    pub room_type_id: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    pub room_number: Option<String>,
    #[diesel(sql_type = Integer)]
    pub adults: i32,
    #[diesel(sql_type = BigInt)]
    pub total_minor: i64,
    #[diesel(sql_type = Bool)]
    pub is_registered_only: bool,
}

/// A profile that may be of the same person, with what speaks for that.
#[derive(Debug, Clone, QueryableByName)]
pub struct Candidate {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Bool)]
    pub has_email: bool,
    #[diesel(sql_type = Bool)]
    pub has_phone: bool,
    #[diesel(sql_type = Bool)]
    pub has_name: bool,
    #[diesel(sql_type = Bool)]
    pub has_birth_date: bool,
    /// `true` if both have a date of birth, and not the same one.
    #[diesel(sql_type = Bool)]
    pub is_born_otherwise: bool,
}
