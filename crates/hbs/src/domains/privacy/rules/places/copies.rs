//! What was copied of somebody: exports, answers that are kept for a day, and replies of receivers of webhooks.
use super::{Fate, Of, Place, label};

pub const PLACES: &[Place] = &[
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
];
