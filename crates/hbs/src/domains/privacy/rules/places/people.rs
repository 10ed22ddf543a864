//! Who somebody is: the account, contacts of groups and companies, and guest profiles.
use super::{Fate, Of, Place, label};

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
            "tax_exemption",
        ],
        of: Of::Rows("t.property_id = ANY ($7) AND t.id = ANY ($2) AND t.erased_at IS NULL"),
        // Each has another name, so that they are not taken for one another.
        fate: Fate::Changed(
            "full_name = '[erased] ' || right(t.id::text, 12), email = NULL, phone = NULL, locale = NULL, street = NULL, city = NULL, \
             postal_code = NULL, country = NULL, birth_date = NULL, nationality = NULL, notes = NULL, preferences = '{}', tags = '{}', \
             is_vip = false, user_id = NULL, account_id = NULL, tax_exemption = NULL, erased_at = $6, version = t.version + 1, \
             updated_at = $6",
        ),
        label: label("Guest profiles", "Perfis de hóspede"),
    },
];
