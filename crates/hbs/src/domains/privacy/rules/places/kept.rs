//! What the law keeps of somebody, and what of it is past its time.
use super::{DEPARTURE, DEPARTURE_OF_STAY, Fate, GUESTS_OF_STAYS, Of, Place, STAY_GUEST, label};
use crate::domains::privacy::rules::legal::KeptFor;

pub const PLACES: &[Place] = &[
    Place {
        name: "old_register",
        table: "registration_cards",
        columns: &["content", "signature_key", "signed_by", "locale"],
        of: Of::Past(KeptFor::Register, DEPARTURE),
        fate: Fate::Deleted,
        label: label("Register of guests, past its time", "Boletins de alojamento fora do prazo legal"),
    },
    Place {
        name: "invoices",
        table: "invoices",
        columns: &["content"],
        of: Of::Booking("booking_id"),
        fate: Fate::Kept(KeptFor::Accounting, "t.issue_date"),
        label: label("Invoices and receipts", "Faturas e recibos"),
    },
    Place {
        name: "invoice_files",
        table: "invoice_files",
        columns: &["content"],
        of: Of::Rows(
            "t.property_id = ANY ($7) AND t.invoice_id IN \
             (SELECT i.id FROM invoices AS i WHERE i.property_id = ANY ($7) AND i.booking_id = ANY ($3))",
        ),
        fate: Fate::Kept(KeptFor::Accounting, "t.created_at::date"),
        label: label("Files of invoices", "Ficheiros de faturas"),
    },
    Place {
        name: "folio_lines",
        table: "folio_entries",
        columns: &["description", "reason"],
        of: Of::Booking("booking_id"),
        fate: Fate::Kept(KeptFor::Accounting, "t.posted_on"),
        label: label("Lines of folios", "Linhas das contas correntes"),
    },
    Place {
        name: "payments",
        table: "payments",
        columns: &["reference", "gateway_id", "gateway_transaction_id", "decline"],
        of: Of::Booking("booking_id"),
        fate: Fate::Kept(KeptFor::Accounting, "t.business_date"),
        label: label("Payments", "Pagamentos"),
    },
    Place {
        name: "refunds",
        table: "refunds",
        columns: &["reason", "rejection", "reference"],
        of: Of::Rows(
            "t.property_id = ANY ($7) AND t.payment_id IN \
             (SELECT p.id FROM payments AS p WHERE p.property_id = ANY ($7) AND p.booking_id = ANY ($3))",
        ),
        fate: Fate::Kept(KeptFor::Accounting, "t.created_at::date"),
        label: label("Refunds", "Reembolsos"),
    },
    Place {
        name: "tax_exemptions",
        table: "tax_exemptions",
        columns: &["reason", "reference", "withdrawal_reason"],
        of: Of::Rows(
            "t.property_id = ANY ($7) AND t.stay_id IN \
             (SELECT s.id FROM stays AS s WHERE s.property_id = ANY ($7) AND s.booking_id = ANY ($3))",
        ),
        fate: Fate::Kept(KeptFor::Accounting, "t.from_date"),
        label: label("Tax exemptions", "Isenções de imposto"),
    },
    Place {
        name: "stay_guests",
        table: "stay_guests",
        columns: STAY_GUEST,
        of: Of::Rows(GUESTS_OF_STAYS),
        fate: Fate::Kept(KeptFor::Register, DEPARTURE_OF_STAY),
        label: label("Guests in the rooms", "Hóspedes nos quartos"),
    },
    Place {
        name: "register",
        table: "registration_cards",
        columns: &["content", "signature_key", "signed_by", "locale"],
        of: Of::Booking("booking_id"),
        fate: Fate::Kept(KeptFor::Register, DEPARTURE),
        label: label("Register of guests", "Boletins de alojamento"),
    },
    Place {
        name: "record",
        table: "outbox",
        columns: &["changes"],
        of: Of::Rows("t.entity_id = ANY ($1 || $2) OR t.booking_id = ANY ($3)"),
        fate: Fate::Kept(KeptFor::Record, "NULL::date"),
        label: label("The record of changes", "O registo de alterações"),
    },
];
