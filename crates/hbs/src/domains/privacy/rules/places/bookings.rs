//! What somebody has booked and paid, where they stayed, and what they left there.
use super::{DEPARTURE_OF_STAY, Fate, GUESTS_OF_STAYS, Of, Place, STAY_GUEST, label};
use crate::domains::privacy::rules::legal::KeptFor;

pub const PLACES: &[Place] = &[
    // Bookings
    Place {
        name: "bookings",
        table: "bookings",
        columns: &[
            "contact_name",
            "contact_email",
            "contact_phone",
            "special_requests",
            "locale",
            "arrival_time",
            "notes",
            "tags",
        ],
        of: Of::Rows("t.property_id = ANY ($7) AND t.id = ANY ($3) AND t.erased_at IS NULL"),
        fate: Fate::Changed(
            "contact_name = '[erased]', contact_email = NULL, contact_phone = NULL, contact_proved_at = NULL, special_requests = NULL, \
             locale = NULL, arrival_time = NULL, notes = NULL, tags = '{}', erased_at = $6, version = t.version + 1, updated_at = $6",
        ),
        label: label("Bookings", "Reservas"),
    },
    Place {
        name: "stays",
        table: "stays",
        columns: &["guest_name", "children_ages"],
        of: Of::Among(
            "t.property_id = ANY ($7) AND (t.booking_id = ANY ($3) OR t.guest_id = ANY ($2))",
            "t.guest_name IS NOT NULL",
        ),
        fate: Fate::Changed("guest_name = NULL, updated_at = $6"),
        label: label("Stays", "Estadias"),
    },
    Place {
        name: "old_stay_guests",
        table: "stay_guests",
        columns: STAY_GUEST,
        of: Of::PastRows(GUESTS_OF_STAYS, KeptFor::Register, DEPARTURE_OF_STAY),
        fate: Fate::Deleted,
        label: label("Guests in the rooms, past the time of the register", "Hóspedes nos quartos, fora do prazo do registo"),
    },
    Place {
        name: "search_texts",
        table: "booking_texts",
        columns: &["content"],
        of: Of::Booking("booking_id"),
        fate: Fate::Follows("bookings"),
        label: label("Texts by which bookings are found", "Textos pelos quais se encontram as reservas"),
    },
    Place {
        name: "folio_names",
        table: "folios",
        columns: &["name"],
        of: Of::Among("t.property_id = ANY ($7) AND (t.booking_id = ANY ($3) OR t.guest_id = ANY ($2))", "t.name IS NOT NULL"),
        fate: Fate::Changed("name = NULL, version = t.version + 1, updated_at = $6"),
        label: label("Names of folios", "Nomes das contas correntes"),
    },
    // Names that reports of closed dates have. Nobody else changes these rows.
    Place {
        name: "names_in_reports",
        table: "report_terms",
        columns: &["name"],
        of: Of::Rows(
            "t.property_id = ANY ($7) AND t.kind = 'folio' AND t.name <> '[erased]' AND t.subject_id IN \
             (SELECT f.id FROM folios AS f WHERE f.property_id = ANY ($7) AND (f.booking_id = ANY ($3) OR f.guest_id = ANY ($2)))",
        ),
        fate: Fate::Changed("name = '[erased]', updated_at = $6"),
        label: label("Names in reports of closed days", "Nomes em relatórios de dias fechados"),
    },
    Place {
        name: "names_of_cashiers",
        table: "report_terms",
        columns: &["name"],
        of: Of::Rows(
            "t.property_id IN (SELECT p.id FROM properties AS p) AND t.kind = 'cashier' AND t.subject_id = ANY ($1) \
             AND t.name <> '[erased]'",
        ),
        fate: Fate::Changed("name = '[erased]', updated_at = $6"),
        label: label(
            "Names of cashiers in reports of closed days",
            "Nomes de operadores de caixa em relatórios de dias fechados",
        ),
    },
    Place {
        name: "payment_links",
        table: "payment_links",
        columns: &["email"],
        of: Of::Rows(
            "(t.property_id = ANY ($7) AND (t.booking_id = ANY ($3) OR lower(t.email) = ANY ($9)) OR lower(t.email) = ANY ($4)) \
             AND t.email IS NOT NULL",
        ),
        fate: Fate::Changed("email = NULL, version = t.version + 1, updated_at = $6"),
        label: label("Payment links", "Ligações de pagamento"),
    },
    Place {
        name: "payment_orders",
        table: "payment_attempts",
        columns: &["words"],
        of: Of::Rows(
            "t.property_id = ANY ($7) AND t.words->>'email' IS NOT NULL AND t.payment_id IN \
             (SELECT p.id FROM payments AS p WHERE p.property_id = ANY ($7) AND p.booking_id = ANY ($3))",
        ),
        fate: Fate::Changed("words = t.words || '{\"email\": null}', updated_at = $6"),
        label: label("Orders to the payment provider", "Ordens ao prestador de pagamentos"),
    },
    Place {
        name: "guarantees",
        table: "guarantees",
        columns: &["customer_id", "method_id", "words"],
        of: Of::Booking("booking_id"),
        fate: Fate::Deleted,
        label: label("Cards that guarantee bookings", "Cartões que garantem reservas"),
    },
    Place {
        name: "waitlist",
        table: "waitlist_entries",
        columns: &["contact_name", "contact_email", "contact_phone"],
        of: Of::Rows(
            "t.user_id = ANY ($1) OR t.property_id = ANY ($7) AND t.booking_id = ANY ($3) OR t.user_id IS NULL \
             AND (lower(t.contact_email) = ANY ($4) OR t.property_id = ANY ($7) AND lower(t.contact_email) = ANY ($9))",
        ),
        fate: Fate::Deleted,
        label: label("Entries in waitlists", "Inscrições em listas de espera"),
    },
    Place {
        name: "change_requests",
        table: "change_requests",
        columns: &["message", "answer", "wanted", "proposal"],
        of: Of::Among("t.property_id = ANY ($7) AND t.booking_id = ANY ($3)", "t.message <> '[erased]'"),
        fate: Fate::Changed(
            "message = '[erased]', answer = CASE WHEN t.answer IS NOT NULL THEN '[erased]' END, \
             wanted = without_guest_words(t.wanted), \
             proposal = without_guest_words(t.proposal), \
             version = t.version + 1, updated_at = $6",
        ),
        label: label("Requests to change a booking", "Pedidos de alteração de reserva"),
    },
    Place {
        name: "offers_used",
        table: "offer_redemptions",
        columns: &["mailbox", "user_id"],
        of: Of::Rows(
            "(t.user_id = ANY ($1) OR t.property_id = ANY ($7) AND t.booking_id = ANY ($3)) \
             AND num_nonnulls(t.mailbox, t.user_id) > 0",
        ),
        fate: Fate::Changed("mailbox = NULL, user_id = NULL, updated_at = $6"),
        label: label("Offers that were used", "Ofertas utilizadas"),
    },
    Place {
        name: "lost_property",
        table: "lost_items",
        columns: &["description", "outcome", "stored_in", "found_in", "photo_key"],
        of: Of::Rows(
            "t.property_id = ANY ($7) AND t.stay_id IN \
             (SELECT s.id FROM stays AS s WHERE s.property_id = ANY ($7) AND s.booking_id = ANY ($3))",
        ),
        // The thing stays where it is; nothing says any more in whose room it was found.
        fate: Fate::Changed(
            "stay_id = NULL, room_id = CASE WHEN t.found_in IS NULL THEN t.room_id END, outcome = NULL, \
             description = CASE WHEN EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.description, word)) THEN '[erased]' \
             ELSE t.description END, \
             stored_in = CASE WHEN EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.stored_in, word)) THEN '[erased]' \
             ELSE t.stored_in END, \
             found_in = CASE WHEN EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.found_in, word)) THEN '[erased]' \
             ELSE t.found_in END, photo_key = NULL, photo_format = NULL, version = t.version + 1, updated_at = $6",
        ),
        label: label("Lost property", "Perdidos e achados"),
    },
];
