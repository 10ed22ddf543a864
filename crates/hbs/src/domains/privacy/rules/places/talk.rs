//! What somebody wrote and was written: issues, notifications, mails and reviews.
use super::{Fate, Of, Place, label};

pub const PLACES: &[Place] = &[
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
    Place {
        name: "mail_opt_outs",
        table: "mail_opt_outs",
        columns: &["mailbox"],
        // They are of no hotel either; nobody is written to of whom nothing is left.
        of: Of::Address("mailbox"),
        fate: Fate::Deleted,
        label: label("Mails that were ended", "Mensagens recusadas"),
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
];
