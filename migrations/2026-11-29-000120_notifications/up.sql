-- Notifications: what people are told of what happens, in HBS and by mail.

-- Says that one may see what takes a permission at a place: nothing is asked for, or it is among what is held. A place that is
-- null among those held is all of them.
CREATE FUNCTION is_held(wanted text, place uuid, permissions text[], places uuid[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT wanted IS NULL OR EXISTS (
        SELECT FROM unnest(permissions, places) AS held (permission, property_id)
        WHERE held.permission = wanted AND (held.property_id IS NULL OR held.property_id = place))
$$;

-- One for each event, person and reason. Kinds are a catalogue of the code, as permissions are.
CREATE TABLE notifications (
    user_id uuid NOT NULL REFERENCES users (id),
    id uuid NOT NULL,
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
    reason text NOT NULL CHECK (reason IN ('permission', 'owner', 'broadcast')),
    dedup_key text NOT NULL CHECK (length(dedup_key) BETWEEN 1 AND 200),
    -- What is told together, while nobody has read it.
    group_key text CHECK (length(group_key) BETWEEN 1 AND 200),
    property_id uuid REFERENCES properties (id),
    -- The permission by which somebody is told; without it at the property, they see it no more.
    permission text,
    entity text NOT NULL,
    entity_id uuid NOT NULL,
    booking_id uuid,
    -- How many events it tells of.
    count integer NOT NULL DEFAULT 1 CHECK (count >= 1),
    params jsonb NOT NULL,
    read_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    CONSTRAINT notifications_once UNIQUE (user_id, dedup_key),
    CONSTRAINT notifications_by_permission CHECK ((reason = 'permission') = (permission IS NOT NULL)),
    CONSTRAINT notifications_at_property CHECK (permission IS NULL OR property_id IS NOT NULL),
    CONSTRAINT notifications_deleted CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL AND NOT is_deleted;
CREATE INDEX notifications_together ON notifications (user_id, group_key) WHERE group_key IS NOT NULL AND read_at IS NULL AND NOT is_deleted;
CREATE INDEX notifications_created_at ON notifications (created_at);
CREATE INDEX notifications_property_id ON notifications (property_id, booking_id) WHERE property_id IS NOT NULL;

-- How far events have been told of, noted with what was told: an event that comes again is told of once.
CREATE TABLE notification_progress (
    name text PRIMARY KEY,
    position bigint NOT NULL CHECK (position >= 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- When a person is written to.
CREATE TABLE notification_settings (
    user_id uuid PRIMARY KEY REFERENCES users (id),
    time_zone text,
    quiet_from time,
    quiet_to time,
    digest text NOT NULL DEFAULT 'none' CHECK (digest IN ('none', 'hourly', 'daily')),
    digest_at time NOT NULL DEFAULT '08:00',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT notification_settings_quiet CHECK ((quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to)
);

-- What a person wants to be told of, where that is not the default of the kind.
CREATE TABLE notification_preferences (
    user_id uuid NOT NULL REFERENCES users (id),
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
    channel text NOT NULL CHECK (channel IN ('in_app', 'email', 'push')),
    is_enabled boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, kind, channel)
);

-- What went, or is to go, to a person beside HBS itself.
CREATE TABLE notification_deliveries (
    user_id uuid NOT NULL,
    id uuid NOT NULL,
    notification_id uuid NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'push')),
    status text NOT NULL CHECK (status IN ('waiting', 'queued', 'sent', 'failed', 'suppressed', 'not_wanted')),
    -- None: it is done with.
    due_at timestamptz,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- The mail that tells of it, perhaps with others.
    mail_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    FOREIGN KEY (user_id, notification_id) REFERENCES notifications (user_id, id) ON DELETE CASCADE,
    CONSTRAINT notification_deliveries_once UNIQUE (user_id, notification_id, channel),
    CONSTRAINT notification_deliveries_due CHECK ((status = 'waiting') = (due_at IS NOT NULL)),
    CONSTRAINT notification_deliveries_mail CHECK ((status = 'queued') = (mail_id IS NOT NULL))
);
CREATE INDEX notification_deliveries_due_at ON notification_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notification_deliveries_queued ON notification_deliveries (user_id, updated_at) WHERE mail_id IS NOT NULL;

-- The words of a kind in a language, where a hotel has its own. Without words, the built-in ones hold again.
CREATE TABLE notification_templates (
    property_id uuid NOT NULL REFERENCES properties (id),
    kind text NOT NULL CHECK (kind ~ '^[a-z][a-z_]{0,39}$'),
    locale text NOT NULL CHECK (length(locale) BETWEEN 2 AND 35),
    title text CHECK (length(title) BETWEEN 1 AND 200),
    body text CHECK (length(body) BETWEEN 1 AND 5000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, kind, locale),
    CONSTRAINT notification_templates_words CHECK ((title IS NULL) = (body IS NULL))
);

-- What a hotel tells its staff, or its guests of a day, all at once.
CREATE TABLE notification_broadcasts (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    audience text NOT NULL CHECK (audience IN ('role', 'in_house', 'arriving')),
    -- Code of the role. It is looked up when the broadcast goes out.
    role text,
    arriving_on date,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 5000),
    by_email boolean NOT NULL,
    status text NOT NULL CHECK (status IN ('scheduled', 'sent', 'cancelled')),
    send_at timestamptz NOT NULL,
    -- How many people were told in HBS, and how many guests without an account by mail.
    people integer CHECK (people >= 0),
    guests integer CHECK (guests >= 0),
    sent_at timestamptz,
    created_by uuid REFERENCES users (id),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT notification_broadcasts_role CHECK ((audience = 'role') = (role IS NOT NULL)),
    CONSTRAINT notification_broadcasts_arriving CHECK ((audience = 'arriving') = (arriving_on IS NOT NULL)),
    CONSTRAINT notification_broadcasts_sent CHECK ((status = 'sent') = (sent_at IS NOT NULL AND people IS NOT NULL AND guests IS NOT NULL))
);
CREATE INDEX notification_broadcasts_id ON notification_broadcasts (id);
CREATE INDEX notification_broadcasts_due ON notification_broadcasts (send_at) WHERE status = 'scheduled';

-- A broadcast is cancelled, or it goes out: never both, and nothing comes after either.
CREATE FUNCTION check_broadcast_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'scheduled' THEN
        RAISE EXCEPTION 'a broadcast that is % stays so', OLD.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'notification_broadcasts_move';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_broadcast_move AFTER UPDATE ON notification_broadcasts FOR EACH ROW EXECUTE FUNCTION check_broadcast_move();
