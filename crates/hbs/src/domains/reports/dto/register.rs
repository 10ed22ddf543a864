use super::note_on_end;
use crate::domains::guests::DocumentKind;
use crate::domains::reports::model::NightStayRow;
use crate::sheets::{Export, Value};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use uuid::Uuid;

/// Person in the police register of a night.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegisterLine {
    /// Number of the room; null for a stay without one.
    #[schema(example = "101")]
    pub room_number: Option<String>,
    /// Identifier of the stay.
    pub stay_id: Uuid,
    /// Identifier of the booking.
    pub booking_id: Uuid,
    /// Reference of the booking.
    #[schema(example = "HBS-7KQ2M9XA")]
    pub booking_reference: String,
    /// Day of arrival.
    pub check_in: NaiveDate,
    /// Day of departure.
    pub check_out: NaiveDate,
    /// `true` for a guest who was registered in the room, `false` for whom the stay was booked where nobody was.
    pub is_registered: bool,
    /// Name of the person.
    #[schema(example = "Ana Sousa")]
    pub full_name: String,
    /// Date of birth; null if it is not on record.
    pub birth_date: Option<NaiveDate>,
    /// Nationality (ISO 3166-1 alpha-2); null if it is not on record.
    #[schema(example = "PT")]
    pub nationality: Option<String>,
    /// Kind of the identity document; null if none is on record.
    pub document_kind: Option<DocumentKind>,
    /// Number of the identity document; null if none is on record, or for those who may not read it.
    #[schema(example = "CA123456")]
    pub document_number: Option<String>,
    /// Country that has issued the document (ISO 3166-1 alpha-2); null if none is on record.
    #[schema(example = "PT")]
    pub document_country: Option<String>,
    /// Time at which a registration card of the stay was signed last (UTC); null if none was.
    pub card_signed_at: Option<DateTime<Utc>>,
}

impl RegisterLine {
    /// The line of a stay in which nobody was registered.
    pub fn unregistered(stay: &NightStayRow) -> Self {
        let NightStayRow { stay_id, booking_id, reference, room_number, check_in, check_out, name, signed_at } = stay.clone();
        Self {
            room_number,
            stay_id,
            booking_id,
            booking_reference: reference,
            check_in,
            check_out,
            is_registered: false,
            full_name: name,
            birth_date: None,
            nationality: None,
            document_kind: None,
            document_number: None,
            document_country: None,
            card_signed_at: signed_at,
        }
    }

    fn row(&self) -> Vec<Value> {
        let is_registered = if self.is_registered { "yes" } else { "no" };
        let signed_at = self.card_signed_at.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        vec![
            self.room_number.as_deref().into(),
            self.full_name.as_str().into(),
            self.birth_date.into(),
            self.nationality.as_deref().into(),
            self.document_kind.map(DocumentKind::as_str).into(),
            self.document_number.as_deref().into(),
            self.document_country.as_deref().into(),
            self.check_in.into(),
            self.check_out.into(),
            self.booking_reference.as_str().into(),
            is_registered.into(),
            signed_at.as_deref().into(),
        ]
    }
}

/// Police register of a night: who was in the hotel, room by room.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegisterReport {
    /// Identifier of the property.
    pub property_id: Uuid,
    /// Night of the register.
    pub date: NaiveDate,
    /// `true` if the numbers of identity documents are shown.
    pub shows_document_numbers: bool,
    /// Persons of at most 10,000 stays, in the order of the rooms.
    pub items: Vec<RegisterLine>,
    /// `false` if there are more stays than the report shows.
    pub is_complete: bool,
    /// Names of the hotels, for the head of documents.
    #[serde(skip)]
    pub hotels: Vec<String>,
}

impl RegisterReport {
    pub fn table(&self) -> Export {
        Export {
            of: self.hotels.clone(),
            name: format!("register-{}", self.date),
            date: self.date,
            notes: note_on_end(self.is_complete),
            columns: vec![
                "room_number",
                "full_name",
                "birth_date",
                "nationality",
                "document_kind",
                "document_number",
                "document_country",
                "check_in",
                "check_out",
                "booking_reference",
                "is_registered",
                "card_signed_at",
            ],
            rows: self.items.iter().map(RegisterLine::row).collect(),
        }
    }
}
