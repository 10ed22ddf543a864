//! The inventory: every place in which HBS keeps something of a person, and what an erasure does there.
//!
//! It is the one list: erasures and their answers are made from it, and a test holds it against the tables of the database. Where there
//! must be a text and nothing is left to say stands `[erased]`. A condition is a piece of SQL over the row `t`, with these parameters:
//!
//! | parameter | what it is |
//! | --- | --- |
//! | `$1` | `uuid[]`: the account |
//! | `$2` | `uuid[]`: guest profiles, with those that were merged |
//! | `$3` | `uuid[]`: bookings |
//! | `$4` | `text[]`: proved addresses, in lower case |
//! | `$5` | `text[]`: names, addresses and phone numbers, by which a text quotes the person |
//! | `$6` | `timestamptz`: now |
//! | `$7` | `uuid[]`: hotels of the profiles and bookings, by which indexes are led |
//! | `$8` | `uuid[]`: other things that tell of the person, such as stays, issues and reviews; known after the commit only |
//! | `$9` | `text[]`: addresses by which a hotel knows its guest, in lower case; none for an account, nor for whoever comes by a link |
//!
//! What a hotel has typed leads to rows of that hotel alone (`$7`), and what guests have typed to none of others: whatever else has
//! an address in it is found by proved ones (`$4`).
use super::legal::KeptFor;
use crate::language::Language;

/// A place with personal data: columns of one table, and the rows of a person in it.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Name of the place in answers and exports.
    pub name: &'static str,
    pub table: &'static str,
    /// Columns that tell of a person.
    pub columns: &'static [&'static str],
    pub of: Of,
    pub fate: Fate,
    pub label: Label,
}

/// Name of a place for people.
#[derive(Debug, Clone, Copy)]
pub struct Label {
    pub en: &'static str,
    pub pt: &'static str,
}

impl Label {
    pub const fn of(&self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Portuguese => self.pt,
        }
    }
}

/// The way to the rows of a person.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// Rows with the account in a column.
    User(&'static str),
    /// Rows of a hotel with a guest profile in a column.
    Guest(&'static str),
    /// Rows of a hotel with a booking in a column.
    Booking(&'static str),
    /// Rows with a proved address in a column.
    Address(&'static str),
    /// Rows of a booking that the law has kept long enough, counted from a date in SQL.
    Past(KeptFor, &'static str),
    /// Rows by a condition of their own.
    Rows(&'static str),
    /// Rows by a condition of their own, of which an erasure changes those that have something to be erased, by a second one.
    Among(&'static str, &'static str),
    /// Rows by a condition of their own that the law has kept long enough, counted from a date in SQL.
    PastRows(&'static str, KeptFor, &'static str),
}

impl Of {
    /// Returns the condition in SQL. Alternatives are in brackets.
    pub fn condition(&self) -> String {
        match self {
            Self::User(column) => format!("t.{column} = ANY ($1)"),
            Self::Guest(column) => format!("t.property_id = ANY ($7) AND t.{column} = ANY ($2)"),
            Self::Booking(column) => format!("t.property_id = ANY ($7) AND t.{column} = ANY ($3)"),
            Self::Address(column) => format!("lower(t.{column}) = ANY ($4)"),
            Self::Past(reason, from) => {
                format!("t.property_id = ANY ($7) AND t.booking_id = ANY ($3) AND {}", is_past(*reason, from))
            }
            Self::PastRows(condition, reason, from) => format!("({condition}) AND {}", is_past(*reason, from)),
            Self::Rows(condition) => format!("({condition})"),
            Self::Among(whose, which) => format!("({whose}) AND {which}"),
        }
    }

    /// Returns the condition of all rows of a person, in SQL, whether there is something to be erased in them or not.
    pub fn whose(&self) -> String {
        if let Self::Among(whose, _) = self { format!("({whose})") } else { self.condition() }
    }
}

/// Condition that the law has kept a row long enough.
fn is_past(reason: KeptFor, from: &str) -> String {
    format!("EXISTS (SELECT FROM properties AS p WHERE p.id = t.property_id AND {} < $6::date)", reason.until(from))
}

/// What an erasure does to the rows of a place.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// The rows go.
    Deleted,
    /// The rows stay, and say nothing of the person any more: assignments in SQL.
    Changed(&'static str),
    /// The rows are changed by the domain that owns them, which keeps sums and counts right.
    ByOwner,
    /// A trigger writes these rows anew when those of another place change.
    Follows(&'static str),
    /// The rows stay as they are: the reason, and the SQL of the date until which.
    Kept(KeptFor, &'static str),
    /// The rows are deleted after the commit, by the job that completes an erasure: it searches long, and holds nobody up.
    Afterwards,
}

const fn label(en: &'static str, pt: &'static str) -> Label {
    Label { en, pt }
}

/// Departure of the booking of a row, from which its time is counted.
const DEPARTURE: &str = "(SELECT b.check_out FROM bookings AS b WHERE b.property_id = t.property_id AND b.id = t.booking_id)";

/// Departure of the stay of a row.
const DEPARTURE_OF_STAY: &str = "(SELECT s.check_out FROM stays AS s WHERE s.property_id = t.property_id AND s.id = t.stay_id)";

const STAY_GUEST: &[&str] = &["full_name", "birth_date", "nationality", "document_kind", "document_country", "document_number"];

/// Guests of the stays of the bookings, and of the profiles elsewhere. Companions of whom the booker told are among them, but those who
/// have a profile that is somebody else's.
const GUESTS_OF_STAYS: &str = "t.property_id = ANY ($7) AND (t.guest_id = ANY ($2) OR t.guest_id IS NULL AND t.stay_id IN \
     (SELECT s.id FROM stays AS s WHERE s.property_id = ANY ($7) AND s.booking_id = ANY ($3)))";

/// The places in PostgreSQL, in the order in which an erasure changes them: that in which everybody takes locks.
pub const PLACES: &[Place] = &[
    // The account
    Place {
        name: "account",
        table: "users",
        columns: &["email", "phone", "full_name", "password_hash", "locale", "avatar_key", "suspended_reason"],
        of: Of::Rows("t.id = ANY ($1) AND t.erased_at IS NULL"),
        fate: Fate::Changed(
            "email = 'erased-' || t.id || '@erased.invalid', phone = NULL, full_name = '[erased]', password_hash = NULL, locale = 'en', \
             avatar_key = NULL, status = 'invited', suspended_at = NULL, suspended_reason = NULL, email_verified_at = NULL, \
             phone_verified_at = NULL, last_login_at = NULL, second_factor_since = NULL, is_deleted = true, \
             deleted_at = coalesce(t.deleted_at, $6), erased_at = $6, version = t.version + 1, updated_at = $6",
        ),
        label: label("Account", "Conta"),
    },
    Place {
        name: "refresh_tokens",
        table: "refresh_tokens",
        columns: &["token_hash", "used_by"],
        of: Of::Rows("t.session_id IN (SELECT s.id FROM sessions AS s WHERE s.user_id = ANY ($1))"),
        fate: Fate::Deleted,
        label: label("Keys of sessions", "Chaves das sessões"),
    },
    Place {
        name: "sessions",
        table: "sessions",
        columns: &["ip_address", "user_agent"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Sessions", "Sessões"),
    },
    Place {
        name: "account_links",
        table: "user_tokens",
        columns: &["token_hash", "email"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Links in mails about the account", "Ligações em mensagens sobre a conta"),
    },
    Place {
        name: "second_factor",
        table: "second_factors",
        columns: &["secret"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Second factor", "Segundo fator"),
    },
    Place {
        name: "recovery_codes",
        table: "recovery_codes",
        columns: &["code_hash"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Recovery codes", "Códigos de recuperação"),
    },
    Place {
        name: "role_invitations",
        table: "role_invitations",
        columns: &["user_id"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Invitations to work at a hotel", "Convites para trabalhar num hotel"),
    },
    Place {
        name: "wishlist",
        table: "wishlist_items",
        columns: &["user_id"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Wishlist", "Lista de desejos"),
    },
    // Groups and accounts
    Place {
        name: "group_contacts",
        table: "groups",
        columns: &["contact_name", "contact_email", "contact_phone", "notes"],
        of: Of::Among(
            "t.property_id = ANY ($7) AND (t.guest_id = ANY ($2) OR lower(t.contact_email) = ANY ($9)) OR lower(t.contact_email) = ANY ($4)",
            "num_nonnulls(t.contact_name, t.contact_email, t.contact_phone) > 0",
        ),
        fate: Fate::Changed(
            "contact_name = NULL, contact_email = NULL, contact_phone = NULL, \
             notes = CASE WHEN EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.notes, word)) THEN '[erased]' ELSE t.notes END, \
             version = t.version + 1, updated_at = $6",
        ),
        label: label("Contacts of groups", "Contactos de grupos"),
    },
    Place {
        name: "company_contacts",
        table: "accounts",
        columns: &["contact_name", "email", "phone", "notes"],
        of: Of::Rows("lower(t.email) = ANY ($4) OR t.property_id = ANY ($7) AND lower(t.email) = ANY ($9)"),
        fate: Fate::Changed(
            "contact_name = NULL, email = NULL, phone = NULL, \
             notes = CASE WHEN EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.notes, word)) THEN '[erased]' ELSE t.notes END, \
             version = t.version + 1, updated_at = $6",
        ),
        label: label("Contacts of companies", "Contactos de empresas"),
    },
    // Guest profiles
    Place {
        name: "guest_documents",
        table: "guest_documents",
        columns: &["kind", "country", "number", "expires_on"],
        of: Of::Guest("guest_id"),
        fate: Fate::Deleted,
        label: label("Identity documents of the guest profile", "Documentos de identificação do perfil de hóspede"),
    },
    Place {
        name: "guest_merges",
        table: "guest_merges",
        columns: &["filled"],
        of: Of::Rows("t.property_id = ANY ($7) AND (t.guest_id = ANY ($2) OR t.merged_id = ANY ($2)) AND t.filled <> '{}'"),
        fate: Fate::Changed("filled = '{}', updated_at = $6"),
        label: label("Merged guest profiles", "Perfis de hóspede unidos"),
    },
    Place {
        name: "guest_profiles",
        table: "guests",
        columns: &[
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
            "name_key",
            "phone_key",
            "search_text",
        ],
        of: Of::Rows("t.property_id = ANY ($7) AND t.id = ANY ($2) AND t.erased_at IS NULL"),
        // Each has another name, so that they are not taken for one another.
        fate: Fate::Changed(
            "full_name = '[erased] ' || right(t.id::text, 12), email = NULL, phone = NULL, locale = NULL, street = NULL, city = NULL, \
             postal_code = NULL, country = NULL, birth_date = NULL, nationality = NULL, notes = NULL, preferences = '{}', tags = '{}', \
             is_vip = false, user_id = NULL, account_id = NULL, erased_at = $6, version = t.version + 1, updated_at = $6",
        ),
        label: label("Guest profiles", "Perfis de hóspede"),
    },
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
    // Issues
    Place {
        name: "issue_attachments",
        table: "issue_attachments",
        columns: &["name", "key"],
        of: Of::Rows(
            "t.message_id IN (SELECT m.id FROM issue_messages AS m JOIN issues AS i ON i.property_id = m.property_id AND i.id = m.issue_id \
             WHERE m.property_id = t.property_id AND m.is_from_guest \
             AND (i.guest_user_id = ANY ($1) OR i.property_id = ANY ($7) AND i.booking_id = ANY ($3)))",
        ),
        fate: Fate::Deleted,
        label: label("Files sent with issues", "Ficheiros enviados com pedidos"),
    },
    Place {
        name: "issues",
        table: "issues",
        columns: &["subject"],
        of: Of::Among(
            "t.guest_user_id = ANY ($1) OR t.property_id = ANY ($7) AND t.booking_id = ANY ($3)",
            "t.subject <> '[erased]' \
             AND (NOT t.is_internal OR EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.subject, word)))",
        ),
        fate: Fate::Changed(
            "subject = '[erased]', attachment_count = (SELECT count(*) FROM issue_attachments AS a JOIN issue_messages AS m \
             ON m.property_id = a.property_id AND m.id = a.message_id WHERE m.property_id = t.property_id AND m.issue_id = t.id), \
             version = t.version + 1, updated_at = $6",
        ),
        label: label("Issues", "Pedidos de assistência"),
    },
    Place {
        name: "issue_messages",
        table: "issue_messages",
        columns: &["text"],
        // What the person wrote, and what quotes them; other answers of the hotel stay.
        of: Of::Among(
            "t.issue_id IN (SELECT i.id FROM issues AS i WHERE i.guest_user_id = ANY ($1) \
             OR i.property_id = ANY ($7) AND i.booking_id = ANY ($3))",
            "t.text <> '[erased]' \
             AND (t.is_from_guest OR EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.text, word)))",
        ),
        fate: Fate::Changed("text = '[erased]', updated_at = $6"),
        label: label("Messages in issues", "Mensagens em pedidos de assistência"),
    },
    Place {
        name: "issue_history",
        table: "issue_steps",
        columns: &["changes"],
        of: Of::Rows(
            "t.issue_id IN (SELECT i.id FROM issues AS i WHERE i.guest_user_id = ANY ($1) \
             OR i.property_id = ANY ($7) AND i.booking_id = ANY ($3)) AND t.changes ? 'subject'",
        ),
        fate: Fate::Changed("changes = t.changes - 'subject', updated_at = $6"),
        label: label("History of issues", "Histórico de pedidos de assistência"),
    },
    Place {
        name: "issue_reading",
        table: "issue_readers",
        columns: &["reader_id"],
        of: Of::User("reader_id"),
        fate: Fate::Deleted,
        label: label("What was read of issues", "O que foi lido dos pedidos de assistência"),
    },
    // Notifications and mails
    Place {
        name: "notification_preferences",
        table: "notification_preferences",
        columns: &["kind", "channel"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Wishes for notifications", "Preferências de notificação"),
    },
    Place {
        name: "notification_settings",
        table: "notification_settings",
        columns: &["time_zone", "quiet_from", "quiet_to", "digest"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Settings of notifications", "Definições de notificação"),
    },
    Place {
        name: "notification_deliveries",
        table: "notification_deliveries",
        columns: &["user_id"],
        of: Of::User("user_id"),
        fate: Fate::Deleted,
        label: label("Deliveries of notifications", "Entregas de notificações"),
    },
    Place {
        name: "notifications",
        table: "notifications",
        columns: &["params"],
        // Those of staff about the person's bookings, too: they name guests.
        of: Of::Rows("t.user_id = ANY ($1) OR t.property_id = ANY ($7) AND t.booking_id = ANY ($3)"),
        fate: Fate::Deleted,
        label: label("Notifications", "Notificações"),
    },
    Place {
        name: "mails_waiting",
        table: "mail_queue",
        columns: &["address", "params", "last_error"],
        of: Of::Rows(
            "t.user_id = ANY ($1) OR lower(t.address) = ANY ($4) OR t.property_id = ANY ($7) AND t.booking_id = ANY ($3)",
        ),
        fate: Fate::Deleted,
        label: label("Mails that wait to be sent", "Mensagens por enviar"),
    },
    Place {
        name: "mails_sent",
        table: "mail_log",
        columns: &["user_id"],
        of: Of::User("user_id"),
        fate: Fate::Changed("user_id = NULL, updated_at = $6"),
        label: label("Log of mails", "Registo de mensagens"),
    },
    Place {
        name: "mail_bounces",
        table: "mail_bounces",
        columns: &["mailbox", "code"],
        // They are of no hotel: what a hotel has written into a profile is no reason to change what all rely on. They end by themselves.
        of: Of::Address("mailbox"),
        fate: Fate::Deleted,
        label: label("Addresses that took no mail", "Endereços que não aceitaram mensagens"),
    },
    // Reviews: their pictures are counted before they go with them.
    Place {
        name: "review_photos",
        table: "review_photos",
        columns: &["key"],
        of: Of::Rows(
            "t.review_id IN (SELECT r.id FROM reviews AS r WHERE r.author_id = ANY ($1) \
             OR r.property_id = ANY ($7) AND r.booking_id = ANY ($3))",
        ),
        fate: Fate::ByOwner,
        label: label("Pictures of reviews", "Fotografias de avaliações"),
    },
    Place {
        name: "reviews",
        table: "reviews",
        columns: &["author_id", "author_name", "title", "body", "moderation_note", "response"],
        of: Of::Among(
            "t.author_id = ANY ($1) OR t.property_id = ANY ($7) AND t.booking_id = ANY ($3)",
            "num_nonnulls(t.author_id::text, t.author_name, t.title, t.body) > 0",
        ),
        fate: Fate::ByOwner,
        label: label("Reviews", "Avaliações"),
    },
    Place {
        name: "earlier_responses",
        table: "review_response_versions",
        columns: &["body"],
        // Answers of the hotel that quote the person; others stay.
        of: Of::Rows(
            "t.property_id = ANY ($7) AND t.review_id IN \
             (SELECT r.id FROM reviews AS r WHERE r.property_id = ANY ($7) AND r.booking_id = ANY ($3)) \
             AND t.body <> '[erased]' AND EXISTS (SELECT FROM unnest($5) AS word WHERE mentions(t.body, word))",
        ),
        fate: Fate::Changed("body = '[erased]', updated_at = $6"),
        label: label("Earlier responses to reviews", "Respostas anteriores a avaliações"),
    },
    Place {
        name: "review_invitations",
        table: "review_invitations",
        columns: &["token_hash"],
        of: Of::Booking("booking_id"),
        fate: Fate::Deleted,
        label: label("Invitations to review", "Convites para avaliar"),
    },
    Place {
        name: "review_reports",
        table: "review_reports",
        columns: &["comment", "reported_by"],
        of: Of::Among("t.reported_by = ANY ($1)", "t.comment IS NOT NULL"),
        fate: Fate::Changed("comment = NULL, updated_at = $6"),
        label: label("Reports of reviews", "Denúncias de avaliações"),
    },
    Place {
        name: "exports",
        table: "privacy_exports",
        columns: &["locale", "sha256"],
        of: Of::Rows(
            "(t.user_id = ANY ($1) OR t.property_id = ANY ($7) AND (t.guest_id = ANY ($2) OR t.booking_id = ANY ($3))) \
             AND t.status <> 'expired'",
        ),
        fate: Fate::ByOwner,
        label: label("Exports of personal data", "Exportações de dados pessoais"),
    },
    // What is sealed is found by ids that stand beside it, at once.
    Place {
        name: "sealed_answers",
        table: "idempotency_keys",
        columns: &["body"],
        of: Of::Rows(
            "t.about <> '{}' AND t.about && ($1 || $2 || $3 || ARRAY(SELECT s.id FROM stays AS s WHERE s.property_id = ANY ($7) \
             AND s.booking_id = ANY ($3)))",
        ),
        fate: Fate::Deleted,
        label: label(
            "Sealed answers kept for a day, for requests that are sent again",
            "Respostas cifradas guardadas um dia para pedidos repetidos",
        ),
    },
    // After the commit
    Place {
        name: "repeated_answers",
        table: "idempotency_keys",
        columns: &["body", "location"],
        // The answer of the erasure itself stays: whoever did not get it asks for it again.
        of: Of::Rows(
            "(t.about && $8 OR EXISTS (SELECT FROM unnest($1 || $2 || $3 || $8) AS id WHERE strpos(t.body, id::text) > 0)) \
             AND strpos(t.body, 'hbs-erasure-1') = 0",
        ),
        fate: Fate::Afterwards,
        label: label(
            "Answers kept for a day, for requests that are sent again",
            "Respostas guardadas um dia para pedidos repetidos",
        ),
    },
    Place {
        name: "webhook_replies",
        table: "webhook_attempts",
        columns: &["response_body", "error"],
        of: Of::Rows(
            "t.event_id IN (SELECT e.event_id FROM outbox AS e WHERE e.entity_id = ANY ($1 || $2 || $3 || $8) OR e.booking_id = ANY ($3)) \
             AND num_nonnulls(t.response_body, t.error) > 0",
        ),
        fate: Fate::Afterwards,
        label: label("What receivers of webhooks replied", "Respostas dos recetores de webhooks"),
    },
    // What stays
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

/// Names of the places whose rows are entities of the record that tell of a person, beside their account, profiles and bookings.
pub const ENTITIES: &[&str] = &[
    "change_requests",
    "company_contacts",
    "folio_names",
    "group_contacts",
    "issue_messages",
    "issues",
    "lost_property",
    "review_reports",
    "reviews",
    "sessions",
    "stays",
    "waitlist",
];

/// The places whose rows are entities of the record.
pub fn entities() -> impl Iterator<Item = &'static Place> {
    PLACES.iter().filter(|place| ENTITIES.contains(&place.name))
}

/// Places outside of PostgreSQL: name, what becomes of them, and the names for people.
pub const ELSEWHERE: &[(&str, &str, Label)] = &[
    (
        "files",
        "Avatar, pictures of reviews, files sent with issues and pictures of lost property are deleted from the store of files.",
        label("Files", "Ficheiros"),
    ),
    (
        "audit_logs",
        "The record in MongoDB names fields and holds no readable value; the keys of its sealed values are destroyed.",
        label("Copies of the record", "Cópias do registo"),
    ),
    (
        "redis",
        "Sessions and permissions in Redis are forgotten at once; nothing else of a person is kept there.",
        label("Redis", "Redis"),
    ),
    (
        "backups",
        "Archives cannot be changed. They end by their own age, and a restored one repeats this erasure before it serves.",
        label("Backups", "Cópias de segurança"),
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_is_in_a_place() {
        assert_eq!(entities().count(), ENTITIES.len());
    }

    #[test]
    fn whose_rows_they_are_does_not_ask_what_is_in_them() {
        let of = Of::Among("t.a = 1 OR t.b = 2", "t.c IS NOT NULL");
        assert_eq!(
            (of.condition().as_str(), of.whose().as_str()),
            ("(t.a = 1 OR t.b = 2) AND t.c IS NOT NULL", "(t.a = 1 OR t.b = 2)")
        );
        let of = Of::User("user_id");
        assert_eq!(of.condition(), of.whose());
    }
}
