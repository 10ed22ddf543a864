//! The sections of an export: which rows are whose, and what of them is told.
//!
//! Each is a cursor over rows of one column, a JSON object, in an order that tells a story. It takes four parameters: the account,
//! and the hotels, the profiles and the bookings of the person. What is the hotel's own is not in it, such as notes of the staff, nor
//! what is another guest's.
use crate::domains::privacy::model::export::{Heading, Opens, Section};

/// The sections that PostgreSQL has, in the order in which they are shown.
pub const SECTIONS: &[Section] = &[
    Section {
        heading: Heading {
            key: "account",
            title: ("Account", "Conta"),
            fields: &[
                "email",
                "email_verified_at",
                "phone",
                "phone_verified_at",
                "full_name",
                "language",
                "status",
                "second_factor_since",
                "last_login_at",
                "created_at",
            ],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('email', u.email, 'email_verified_at', u.email_verified_at, 'phone', u.phone, \
                  'phone_verified_at', u.phone_verified_at, 'full_name', u.full_name, 'language', u.locale, 'status', u.status, \
                  'second_factor_since', u.second_factor_since, 'last_login_at', u.last_login_at, 'created_at', u.created_at) AS row \
              FROM users u WHERE u.id = $1",
    },
    Section {
        heading: Heading {
            key: "unconfirmed_addresses",
            title: ("E-mail addresses that wait to be confirmed", "Endereços de e-mail por confirmar"),
            fields: &["email", "purpose", "created_at", "expires_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('email', t.email, 'purpose', t.purpose, 'created_at', t.created_at, \
                  'expires_at', t.expires_at) AS row \
              FROM user_tokens t WHERE t.user_id = $1 AND t.email IS NOT NULL AND t.used_at IS NULL ORDER BY t.created_at",
    },
    Section {
        heading: Heading {
            key: "sessions",
            title: ("Sign-ins", "Sessões iniciadas"),
            fields: &["created_at", "last_used_at", "ended_at", "ip_address", "browser"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('created_at', s.created_at, 'last_used_at', s.last_used_at, 'ended_at', s.revoked_at, \
                  'ip_address', s.ip_address, 'browser', s.user_agent) AS row \
              FROM sessions s WHERE s.user_id = $1 ORDER BY s.created_at, s.id",
    },
    Section {
        heading: Heading { key: "roles", title: ("Roles", "Funções"), fields: &["role", "hotel", "created_at"] },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('role', r.name, 'hotel', p.name, 'created_at', a.created_at) AS row \
              FROM role_assignments a JOIN roles r ON r.id = a.role_id LEFT JOIN properties p ON p.id = a.property_id \
              WHERE a.user_id = $1 ORDER BY a.created_at, a.id",
    },
    Section {
        heading: Heading {
            key: "role_invitations",
            title: ("Invitations to roles", "Convites para funções"),
            fields: &["role", "hotel", "status", "created_at", "expires_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('role', r.name, 'hotel', p.name, 'status', i.status, 'created_at', i.created_at, \
                  'expires_at', i.expires_at) AS row \
              FROM role_invitations i JOIN roles r ON r.id = i.role_id JOIN properties p ON p.id = i.property_id \
              WHERE i.user_id = $1 ORDER BY i.created_at, i.id",
    },
    Section {
        heading: Heading {
            key: "api_keys",
            title: ("API keys", "Chaves de API"),
            fields: &["name", "created_at", "last_used_at", "expires_at", "ended_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('name', k.name, 'created_at', k.created_at, 'last_used_at', k.last_used_at, \
                  'expires_at', k.expires_at, 'ended_at', k.revoked_at) AS row \
              FROM api_keys k WHERE k.created_by = $1 ORDER BY k.created_at, k.id",
    },
    Section {
        heading: Heading {
            key: "notification_settings",
            title: ("Settings of notifications", "Definições de notificações"),
            fields: &["time_zone", "quiet_from", "quiet_to", "digest", "digest_at", "updated_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('time_zone', s.time_zone, 'quiet_from', s.quiet_from, 'quiet_to', s.quiet_to, \
                  'digest', s.digest, 'digest_at', s.digest_at, 'updated_at', s.updated_at) AS row \
              FROM notification_settings s WHERE s.user_id = $1",
    },
    Section {
        heading: Heading {
            key: "consents",
            title: ("What you want to be told, and since when", "O que quer receber, e desde quando"),
            fields: &["kind", "channel", "is_enabled", "updated_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('kind', n.kind, 'channel', n.channel, 'is_enabled', n.is_enabled, \
                  'updated_at', n.updated_at) AS row \
              FROM notification_preferences n WHERE n.user_id = $1 ORDER BY n.kind, n.channel",
    },
    Section {
        heading: Heading {
            key: "notifications",
            title: ("Notifications", "Notificações"),
            fields: &["kind", "hotel", "created_at", "read_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('kind', n.kind, 'hotel', p.name, 'created_at', n.created_at, 'read_at', n.read_at) AS row \
              FROM notifications n LEFT JOIN properties p ON p.id = n.property_id \
              WHERE n.user_id = $1 AND NOT n.is_deleted ORDER BY n.created_at, n.id",
    },
    Section {
        heading: Heading {
            key: "mails",
            title: ("E-mails that were sent to you", "E-mails que lhe foram enviados"),
            fields: &["kind", "outcome", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('kind', m.kind, 'outcome', m.outcome, 'created_at', m.created_at) AS row \
              FROM mail_log m WHERE m.user_id = $1 ORDER BY m.created_at, m.id",
    },
    Section {
        heading: Heading {
            key: "waiting_mails",
            title: ("E-mails that wait to be sent", "E-mails por enviar"),
            fields: &["kind", "email", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('kind', m.kind, 'email', m.address, 'created_at', m.created_at) AS row \
              FROM mail_queue m \
              WHERE m.user_id = $1 OR m.user_id IS NULL AND m.property_id = ANY ($2) AND m.booking_id = ANY ($4) \
              ORDER BY m.created_at, m.id",
    },
    Section {
        heading: Heading {
            key: "returned_mails",
            title: ("Addresses that returned e-mails", "Endereços que devolveram e-mails"),
            fields: &["email", "code", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('email', m.mailbox, 'code', m.code, 'created_at', m.created_at) AS row \
              FROM mail_bounces m JOIN users u ON u.id = $1 AND m.mailbox = lower(u.email)",
    },
    Section {
        heading: Heading {
            key: "ended_mails",
            title: ("E-mails that you have ended", "E-mails que recusou"),
            fields: &["email", "kind", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('email', m.mailbox, 'kind', m.class, 'created_at', m.created_at) AS row \
              FROM mail_opt_outs m JOIN users u ON u.id = $1 AND m.mailbox = lower(u.email) ORDER BY m.class",
    },
    Section {
        heading: Heading {
            key: "guest_profiles",
            title: ("Profiles at hotels", "Perfis em hotéis"),
            fields: &[
                "hotel",
                "full_name",
                "email",
                "phone",
                "language",
                "street",
                "city",
                "postal_code",
                "country",
                "birth_date",
                "nationality",
                "preferences",
                "is_vip",
                "tax_exemption",
                "created_at",
                "updated_at",
            ],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'full_name', g.full_name, 'email', g.email, 'phone', g.phone, \
                  'language', g.locale, 'street', g.street, 'city', g.city, 'postal_code', g.postal_code, 'country', g.country, \
                  'birth_date', g.birth_date, 'nationality', g.nationality, 'preferences', g.preferences, 'is_vip', g.is_vip, \
                  'tax_exemption', nullif(concat_ws(', ', g.tax_exemption ->> 'reason', g.tax_exemption ->> 'reference'), ''), \
                  'created_at', g.created_at, 'updated_at', g.updated_at) AS row \
              FROM guests g JOIN properties p ON p.id = g.property_id \
              WHERE g.property_id = ANY ($2) AND g.id = ANY ($3) ORDER BY g.created_at, g.id",
    },
    Section {
        heading: Heading {
            key: "identity_documents",
            title: ("Identity documents", "Documentos de identificação"),
            fields: &["hotel", "kind", "country", "number", "expires_on"],
        },
        opens: Some(Opens::GuestDocument),
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'kind', d.kind, 'country', d.country, 'expires_on', d.expires_on, \
                  'of', d.guest_id, 'position', d.position, 'sealed', translate(encode(d.number, 'base64'), E'\\n', '')) AS row \
              FROM guest_documents d JOIN properties p ON p.id = d.property_id \
              WHERE d.property_id = ANY ($2) AND d.guest_id = ANY ($3) ORDER BY d.guest_id, d.position",
    },
    Section {
        heading: Heading {
            key: "contact_of_groups",
            title: ("Groups that you are the contact of", "Grupos de que é o contacto"),
            fields: &["hotel", "name", "contact_name", "contact_email", "contact_phone", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'name', g.name, 'contact_name', g.contact_name, \
                  'contact_email', g.contact_email, 'contact_phone', g.contact_phone, 'created_at', g.created_at) AS row \
              FROM groups g JOIN properties p ON p.id = g.property_id \
              WHERE g.property_id = ANY ($2) AND g.guest_id = ANY ($3) ORDER BY g.created_at, g.id",
    },
    Section {
        heading: Heading {
            key: "contact_of_companies",
            title: ("Companies and agents that you are the contact of", "Empresas e agências de que é o contacto"),
            fields: &["hotel", "name", "contact_name", "contact_email", "contact_phone", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'name', a.name, 'contact_name', a.contact_name, 'contact_email', a.email, \
                  'contact_phone', a.phone, 'created_at', a.created_at) AS row \
              FROM accounts a JOIN properties p ON p.id = a.property_id \
              JOIN users u ON u.id = $1 AND u.email_verified_at IS NOT NULL AND lower(a.email) = lower(u.email) \
              ORDER BY a.created_at, a.id",
    },
    Section {
        heading: Heading {
            key: "bookings",
            title: ("Bookings", "Reservas"),
            fields: &[
                "booking",
                "hotel",
                "status",
                "channel",
                "check_in",
                "check_out",
                "contact_name",
                "contact_email",
                "contact_phone",
                "arrival_time",
                "special_requests",
                "language",
                "total",
                "created_at",
            ],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'hotel', p.name, 'status', b.status, 'channel', b.channel, \
                  'check_in', b.check_in, 'check_out', b.check_out, 'contact_name', b.contact_name, \
                  'contact_email', b.contact_email, 'contact_phone', b.contact_phone, 'arrival_time', b.arrival_time, \
                  'special_requests', b.special_requests, 'language', b.locale, 'total_minor', b.total_minor, \
                  'currency', b.currency, 'created_at', b.created_at) AS row \
              FROM bookings b JOIN properties p ON p.id = b.property_id \
              WHERE b.property_id = ANY ($2) AND b.id = ANY ($4) ORDER BY b.created_at, b.id",
    },
    Section {
        heading: Heading {
            key: "stays",
            title: ("Stays", "Estadias"),
            fields: &[
                "booking",
                "room_type",
                "check_in",
                "check_out",
                "status",
                "adults",
                "ages_of_children",
                "guest_name",
                "total",
            ],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'room_type', t.name, 'check_in', s.check_in, \
                  'check_out', CASE WHEN s.is_day_use THEN s.check_in ELSE s.check_out END, 'status', s.status, \
                  'adults', s.adults, 'ages_of_children', s.children_ages, \
                  'guest_name', CASE WHEN s.guest_id = ANY ($3) THEN s.guest_name END, 'total_minor', s.total_minor, \
                  'currency', b.currency) AS row \
              FROM stays s JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id \
              JOIN room_types t ON t.property_id = s.property_id AND t.id = s.room_type_id \
              WHERE s.property_id = ANY ($2) AND s.booking_id = ANY ($4) ORDER BY b.created_at, b.id, s.position",
    },
    Section {
        heading: Heading {
            key: "registered_guest",
            title: ("Your entries in registers of guests", "Os seus registos como hóspede"),
            fields: &[
                "hotel",
                "check_in",
                "check_out",
                "full_name",
                "birth_date",
                "nationality",
                "document_kind",
                "document_country",
                "number",
            ],
        },
        opens: Some(Opens::StayDocument),
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'check_in', s.check_in, 'check_out', s.check_out, \
                  'full_name', g.full_name, 'birth_date', g.birth_date, 'nationality', g.nationality, \
                  'document_kind', g.document_kind, 'document_country', g.document_country, \
                  'of', g.stay_id, 'position', g.position, 'sealed', translate(encode(g.document_number, 'base64'), E'\\n', '')) AS row \
              FROM stay_guests g JOIN stays s ON s.property_id = g.property_id AND s.id = g.stay_id \
              JOIN properties p ON p.id = g.property_id \
              WHERE g.property_id = ANY ($2) AND g.guest_id = ANY ($3) ORDER BY s.check_in, g.stay_id, g.position",
    },
    Section {
        heading: Heading {
            key: "registration_cards",
            title: ("Registration cards", "Fichas de registo"),
            fields: &["booking", "status", "signed_by", "signed_at", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'status', c.status, 'signed_by', c.signed_by, \
                  'signed_at', c.signed_at, 'created_at', c.created_at) AS row \
              FROM registration_cards c JOIN stays s ON s.property_id = c.property_id AND s.id = c.stay_id \
              JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id \
              WHERE c.property_id = ANY ($2) AND s.guest_id = ANY ($3) ORDER BY c.created_at, c.id",
    },
    Section {
        heading: Heading {
            key: "tax_exemptions",
            title: ("Exemptions from taxes", "Isenções de impostos"),
            fields: &["booking", "from_date", "until_date", "reason", "number"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'from_date', x.from_date, 'until_date', x.until_date, \
                  'reason', x.reason, 'number', x.reference) AS row \
              FROM tax_exemptions x JOIN stays s ON s.property_id = x.property_id AND s.id = x.stay_id \
              JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id \
              WHERE s.property_id = ANY ($2) AND s.booking_id = ANY ($4) ORDER BY b.created_at, b.id, x.from_date, x.stay_id",
    },
    Section {
        heading: Heading {
            key: "extras",
            title: ("Extras", "Extras"),
            fields: &["booking", "name", "quantity", "date", "removed_on"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'name', e.name, 'quantity', x.quantity, 'date', x.date, \
                  'removed_on', x.removed_on) AS row \
              FROM stay_extras x JOIN bookings b ON b.property_id = x.property_id AND b.id = x.booking_id \
              JOIN extras e ON e.property_id = x.property_id AND e.id = x.extra_id \
              WHERE x.property_id = ANY ($2) AND x.booking_id = ANY ($4) ORDER BY b.created_at, b.id, x.created_at, x.id",
    },
    Section {
        heading: Heading {
            key: "offers",
            title: ("Offers that you have used", "Ofertas que utilizou"),
            fields: &["booking", "name", "discount", "date"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'name', o.name, 'discount_minor', r.discount_minor, \
                  'currency', b.currency, 'date', r.sold_on) AS row \
              FROM offer_redemptions r JOIN bookings b ON b.property_id = r.property_id AND b.id = r.booking_id \
              JOIN offers o ON o.property_id = r.property_id AND o.id = r.offer_id \
              WHERE r.property_id = ANY ($2) AND r.booking_id = ANY ($4) ORDER BY b.created_at, b.id, r.offer_id",
    },
    Section {
        heading: Heading {
            key: "folios",
            title: ("Folios", "Contas correntes"),
            fields: &["booking", "kind", "name", "balance", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'kind', f.kind, 'name', f.name, 'balance_minor', f.balance_minor, \
                  'currency', f.currency, 'created_at', f.created_at) AS row \
              FROM folios f JOIN bookings b ON b.property_id = f.property_id AND b.id = f.booking_id \
              WHERE f.property_id = ANY ($2) AND f.booking_id = ANY ($4) AND f.account_id IS NULL \
              ORDER BY b.created_at, b.id, f.created_at, f.id",
    },
    Section {
        heading: Heading {
            key: "charges",
            title: ("Charges", "Débitos e créditos"),
            fields: &["booking", "date", "kind", "description", "amount"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'date', e.service_date, 'kind', e.kind, \
                  'description', e.description, 'amount_minor', e.amount_minor, 'currency', f.currency) AS row \
              FROM folio_entries e JOIN folios f ON f.property_id = e.property_id AND f.id = e.folio_id \
              JOIN bookings b ON b.property_id = f.property_id AND b.id = f.booking_id \
              WHERE f.property_id = ANY ($2) AND f.booking_id = ANY ($4) AND f.account_id IS NULL \
                  AND e.kind NOT IN ('deposit', 'transfer', 'rounding') \
              ORDER BY b.created_at, b.id, e.service_date, e.created_at, e.id",
    },
    Section {
        heading: Heading {
            key: "payments",
            title: ("Payments", "Pagamentos"),
            fields: &["booking", "method", "status", "amount", "captured", "refunded", "reference", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'method', y.method, 'status', y.status, \
                  'amount_minor', y.amount_minor, 'captured_minor', y.captured_minor, 'refunded_minor', y.refunded_minor, \
                  'currency', y.currency, 'reference', y.reference, 'created_at', y.created_at) AS row \
              FROM payments y JOIN folios f ON f.property_id = y.property_id AND f.id = y.folio_id \
              JOIN bookings b ON b.property_id = y.property_id AND b.id = y.booking_id \
              WHERE y.property_id = ANY ($2) AND y.booking_id = ANY ($4) AND f.account_id IS NULL \
              ORDER BY y.created_at, y.id",
    },
    Section {
        heading: Heading {
            key: "refunds",
            title: ("Refunds", "Reembolsos"),
            fields: &["booking", "status", "amount", "created_at", "completed_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'status', r.status, 'amount_minor', r.amount_minor, \
                  'currency', y.currency, 'created_at', r.created_at, 'completed_at', r.completed_at) AS row \
              FROM refunds r JOIN payments y ON y.property_id = r.property_id AND y.id = r.payment_id \
              JOIN folios f ON f.property_id = y.property_id AND f.id = y.folio_id \
              JOIN bookings b ON b.property_id = y.property_id AND b.id = y.booking_id \
              WHERE y.property_id = ANY ($2) AND y.booking_id = ANY ($4) AND f.account_id IS NULL \
              ORDER BY r.created_at, r.id",
    },
    Section {
        heading: Heading {
            key: "payment_links",
            title: ("Links to pay by", "Ligações de pagamento"),
            fields: &["booking", "email", "amount", "status", "created_at", "expires_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'email', l.email, 'amount_minor', l.amount_minor, \
                  'currency', l.currency, 'status', l.status, 'created_at', l.created_at, 'expires_at', l.expires_at) AS row \
              FROM payment_links l JOIN folios f ON f.property_id = l.property_id AND f.id = l.folio_id \
              JOIN bookings b ON b.property_id = l.property_id AND b.id = l.booking_id \
              WHERE l.property_id = ANY ($2) AND l.booking_id = ANY ($4) AND f.account_id IS NULL \
              ORDER BY l.created_at, l.id",
    },
    Section {
        heading: Heading {
            key: "card_guarantees",
            title: ("Cards that guarantee bookings", "Cartões que garantem reservas"),
            fields: &["booking", "provider", "status", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'provider', g.provider, 'status', g.status, \
                  'created_at', g.created_at) AS row \
              FROM guarantees g JOIN bookings b ON b.property_id = g.property_id AND b.id = g.booking_id \
              WHERE g.property_id = ANY ($2) AND g.booking_id = ANY ($4) ORDER BY g.created_at, g.id",
    },
    Section {
        heading: Heading {
            key: "invoices",
            title: ("Invoices", "Faturas"),
            fields: &["booking", "kind", "number", "date", "net", "tax", "total"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'kind', i.kind, 'number', i.name, 'date', i.issue_date, \
                  'net_minor', i.net_minor, 'tax_minor', i.tax_minor, 'total_minor', i.total_minor, \
                  'currency', i.currency) AS row \
              FROM invoices i JOIN folios f ON f.property_id = i.property_id AND f.id = i.folio_id \
              JOIN bookings b ON b.property_id = i.property_id AND b.id = i.booking_id \
              WHERE i.property_id = ANY ($2) AND i.booking_id = ANY ($4) AND f.account_id IS NULL \
              ORDER BY i.issued_at, i.id",
    },
    Section {
        heading: Heading {
            key: "lost_property",
            title: ("Lost property", "Objetos perdidos"),
            fields: &["booking", "category", "description", "status", "found_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'category', l.category, 'description', l.description, \
                  'status', l.status, 'found_at', l.found_at) AS row \
              FROM lost_items l JOIN stays s ON s.property_id = l.property_id AND s.id = l.stay_id \
              JOIN bookings b ON b.property_id = s.property_id AND b.id = s.booking_id \
              WHERE NOT l.is_deleted AND s.property_id = ANY ($2) AND s.booking_id = ANY ($4) ORDER BY l.found_at, l.id",
    },
    Section {
        heading: Heading {
            key: "invitations_to_review",
            title: ("Invitations to review", "Convites para avaliar"),
            fields: &["booking", "created_at", "used_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'created_at', i.created_at, 'used_at', i.used_at) AS row \
              FROM review_invitations i JOIN bookings b ON b.property_id = i.property_id AND b.id = i.booking_id \
              WHERE i.property_id = ANY ($2) AND i.booking_id = ANY ($4) ORDER BY i.created_at, i.booking_id",
    },
    Section {
        heading: Heading {
            key: "reviews",
            title: ("Reviews", "Avaliações"),
            fields: &[
                "hotel",
                "status",
                "overall",
                "staff",
                "cleanliness",
                "comfort",
                "location",
                "facilities",
                "value",
                "author_name",
                "title",
                "text",
                "travel_type",
                "answer",
                "created_at",
                "edited_at",
            ],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'status', r.status, 'overall', r.overall, 'staff', r.staff, \
                  'cleanliness', r.cleanliness, 'comfort', r.comfort, 'location', r.location, 'facilities', r.facilities, \
                  'value', r.value, 'author_name', r.author_name, 'title', r.title, 'text', r.body, \
                  'travel_type', r.travel_type, 'answer', r.response, 'created_at', r.created_at, 'edited_at', r.edited_at) AS row \
              FROM reviews r JOIN properties p ON p.id = r.property_id \
              WHERE NOT r.is_deleted AND (r.author_id = $1 \
                  OR r.property_id = ANY ($2) AND r.booking_id = ANY ($4)) \
              ORDER BY r.created_at, r.id",
    },
    Section {
        heading: Heading {
            key: "reports_of_reviews",
            title: ("Reviews that you have reported", "Avaliações que denunciou"),
            fields: &["hotel", "reason", "text", "status", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'reason', r.reported_for, 'text', r.comment, 'status', r.status, \
                  'created_at', r.created_at) AS row \
              FROM review_reports r JOIN properties p ON p.id = r.property_id \
              WHERE r.reported_by = $1 ORDER BY r.created_at, r.id",
    },
    Section {
        heading: Heading {
            key: "issues",
            title: ("Requests and complaints", "Pedidos e reclamações"),
            fields: &["hotel", "category", "subject", "status", "created_at", "closed_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'category', i.category, 'subject', i.subject, 'status', i.status, \
                  'created_at', i.created_at, 'closed_at', i.closed_at) AS row \
              FROM issues i JOIN properties p ON p.id = i.property_id \
              WHERE NOT i.is_internal AND (i.guest_user_id = $1 \
                  OR i.property_id = ANY ($2) AND i.booking_id = ANY ($4)) \
              ORDER BY i.created_at, i.id",
    },
    Section {
        heading: Heading {
            key: "messages",
            title: ("Messages about them", "Mensagens sobre eles"),
            fields: &["subject", "is_yours", "text", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('subject', i.subject, 'is_yours', m.is_from_guest, 'text', m.text, \
                  'created_at', m.created_at) AS row \
              FROM issue_messages m JOIN issues i ON i.property_id = m.property_id AND i.id = m.issue_id \
              WHERE NOT m.is_note AND NOT i.is_internal AND (i.guest_user_id = $1 \
                  OR i.property_id = ANY ($2) AND i.booking_id = ANY ($4)) \
              ORDER BY i.created_at, i.id, m.created_at, m.id",
    },
    Section {
        heading: Heading {
            key: "change_requests",
            title: ("Changes that you have asked for", "Alterações que pediu"),
            fields: &["booking", "kind", "status", "text", "answer", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('booking', b.reference, 'kind', c.kind, 'status', c.status, 'text', c.message, \
                  'answer', c.answer, 'created_at', c.created_at) AS row \
              FROM change_requests c JOIN bookings b ON b.property_id = c.property_id AND b.id = c.booking_id \
              WHERE c.property_id = ANY ($2) AND c.booking_id = ANY ($4) ORDER BY c.created_at, c.id",
    },
    Section {
        heading: Heading {
            key: "waitlist",
            title: ("Waiting lists", "Listas de espera"),
            fields: &[
                "hotel",
                "room_type",
                "status",
                "check_in",
                "check_out",
                "rooms",
                "adults",
                "ages_of_children",
                "contact_name",
                "contact_email",
                "contact_phone",
                "created_at",
            ],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'room_type', t.name, 'status', w.status, 'check_in', w.check_in, \
                  'check_out', w.check_out, 'rooms', w.rooms, 'adults', w.adults, 'ages_of_children', w.children_ages, \
                  'contact_name', w.contact_name, 'contact_email', w.contact_email, 'contact_phone', w.contact_phone, \
                  'created_at', w.created_at) AS row \
              FROM waitlist_entries w JOIN properties p ON p.id = w.property_id \
              JOIN room_types t ON t.property_id = w.property_id AND t.id = w.room_type_id \
              WHERE w.user_id = $1 OR w.user_id IS NULL AND w.property_id = ANY ($2) AND w.booking_id = ANY ($4) \
              ORDER BY w.created_at, w.id",
    },
    Section {
        heading: Heading {
            key: "wishlist",
            title: ("Wishlist", "Lista de desejos"),
            fields: &["hotel", "room_type", "name", "created_at"],
        },
        opens: None,
        sql: "DECLARE export NO SCROLL CURSOR FOR \
              SELECT jsonb_build_object('hotel', p.name, 'room_type', t.name, 'name', o.name, 'created_at', w.created_at) AS row \
              FROM wishlist_items w JOIN properties p ON p.id = w.property_id \
              LEFT JOIN room_types t ON t.property_id = w.property_id AND t.id = w.room_type_id \
              LEFT JOIN offers o ON o.property_id = w.property_id AND o.id = w.offer_id \
              WHERE w.user_id = $1 ORDER BY w.created_at, w.id",
    },
];

/// The section of what an account has done, which MongoDB has.
pub const DEEDS: Heading = Heading {
    key: "activity",
    title: ("What you have done, by the record", "O que fez, segundo o registo"),
    fields: &["kind", "occurred_at"],
};

/// The section of what happened to bookings, which MongoDB has.
pub const HISTORY: Heading = Heading {
    key: "history_of_bookings",
    title: ("What happened to your bookings, by the record", "O que aconteceu às suas reservas, segundo o registo"),
    fields: &["booking", "kind", "occurred_at"],
};

#[cfg(test)]
mod tests {
    use super::{DEEDS, HISTORY, SECTIONS};
    use crate::domains::privacy::model::export::Section;
    use crate::domains::privacy::rules::export::label;
    use crate::domains::privacy::rules::places::places;
    use crate::language::Language;

    /// Tables of the inventory that no section reads, with the reason.
    const ELSEWHERE: &[(&str, &str)] = &[
        ("booking_texts", "words of bookings once more, for searches"),
        ("guest_merges", "fields of profiles once more, so that a merge can be taken back"),
        ("idempotency_keys", "answers that the person has had, for a day"),
        ("invoice_files", "files"),
        ("issue_attachments", "files"),
        ("issue_readers", "how far somebody has read, which tells nothing of them"),
        ("issue_steps", "work of the staff"),
        ("notification_deliveries", "the notifications once more, by the way they went"),
        ("outbox", "the record, which is read in MongoDB"),
        ("payment_attempts", "orders to gateways, which payments tell of"),
        ("privacy_exports", "exports themselves"),
        ("recovery_codes", "digests of secrets"),
        ("refresh_tokens", "digests of secrets"),
        ("report_terms", "names of the account, of bookings and of folios once more, as reports of closed dates have them"),
        ("review_photos", "files"),
        ("review_response_versions", "what the hotel said before"),
        ("second_factors", "a secret; the account tells since when there is one"),
        ("webhook_attempts", "what other programs replied"),
    ];

    #[test]
    fn every_place_that_tells_of_a_person_is_in_an_export() {
        let is_read = |table: &str| SECTIONS.iter().any(|section| section.sql.contains(&format!("FROM {table} ")));
        for (table, reason) in ELSEWHERE {
            assert!(!is_read(table), "{table} is read, and is said not to be, since it is {reason}");
            assert!(places().any(|place| place.table == *table), "{table} is in the inventory no more");
        }
        for place in places() {
            let is_elsewhere = ELSEWHERE.iter().any(|(table, _)| *table == place.table);
            assert!(is_elsewhere || is_read(place.table), "{} is in no section of an export", place.table);
        }
    }

    #[test]
    fn sections_name_what_they_read() {
        for Section { heading, opens, sql } in SECTIONS {
            for field in heading.fields {
                let is_opened = *field == "number" && opens.is_some();
                let is_member = sql.contains(&format!("'{field}',")) || sql.contains(&format!("'{field}_minor',"));
                assert!(is_opened || is_member, "{}: {field}", heading.key);
            }
        }
        let mut keys: Vec<&str> = SECTIONS.iter().map(|section| section.heading.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), SECTIONS.len(), "a key is there twice");
    }

    #[test]
    fn every_member_has_a_label() {
        for heading in SECTIONS.iter().map(|section| &section.heading).chain([&DEEDS, &HISTORY]) {
            for field in heading.fields {
                assert!(label(Language::Portuguese, field).is_some(), "{}: {field} has no label", heading.key);
            }
        }
    }
}
