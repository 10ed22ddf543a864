-- Housekeeping: the states of rooms with who set them and when, the work of a day, and what attendants find otherwise than the desk.

ALTER TABLE rooms
    DROP CONSTRAINT rooms_housekeeping_check,
    ADD CONSTRAINT rooms_housekeeping_check CHECK (housekeeping IN ('clean', 'dirty', 'in_progress', 'inspected'));

-- Each change of a room's state. Lines are added and never changed.
CREATE TABLE housekeeping_changes (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    before text NOT NULL CHECK (before IN ('clean', 'dirty', 'in_progress', 'inspected')),
    after text NOT NULL CHECK (after IN ('clean', 'dirty', 'in_progress', 'inspected')),
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'anonymous', 'system')),
    actor_id uuid,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id)
);
CREATE INDEX housekeeping_changes_room_id ON housekeeping_changes (property_id, room_id, id);

ALTER TABLE properties
    -- Whether guests are checked only into rooms that are inspected.
    ADD COLUMN requires_inspection boolean NOT NULL DEFAULT false;

-- What making up a room of a type counts. A type without a row counts as much as any.
CREATE TABLE housekeeping_credits (
    property_id uuid NOT NULL,
    room_type_id uuid NOT NULL,
    departure integer NOT NULL CHECK (departure BETWEEN 0 AND 1000),
    stay_over integer NOT NULL CHECK (stay_over BETWEEN 0 AND 1000),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, room_type_id),
    FOREIGN KEY (property_id, room_type_id) REFERENCES room_types (property_id, id)
);

-- A room that is to be made up on a day.
CREATE TABLE housekeeping_tasks (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    date date NOT NULL,
    room_id uuid NOT NULL,
    service text NOT NULL CHECK (service IN ('departure', 'stay_over')),
    credits integer NOT NULL CHECK (credits BETWEEN 0 AND 1000),
    status text NOT NULL CHECK (status IN ('open', 'started', 'finished', 'inspected', 'skipped')),
    -- Who makes it up. None: nobody yet.
    attendant_id uuid REFERENCES users (id),
    -- The place among the attendant's rooms.
    place integer NOT NULL CHECK (place >= 0),
    is_rush boolean NOT NULL DEFAULT false,
    changes_linen boolean NOT NULL DEFAULT false,
    has_turn_down boolean NOT NULL DEFAULT false,
    notes text CHECK (length(notes) BETWEEN 1 AND 500),
    skip_reason text CHECK (skip_reason IN ('do_not_disturb', 'declined', 'no_access')),
    started_at timestamptz,
    finished_at timestamptz,
    -- Whoever finished it does not inspect it. None: an integration did.
    finished_by uuid REFERENCES users (id),
    inspected_at timestamptz,
    inspected_by uuid REFERENCES users (id),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    CONSTRAINT housekeeping_tasks_skip CHECK ((status = 'skipped') = (skip_reason IS NOT NULL)),
    CONSTRAINT housekeeping_tasks_finish CHECK ((status IN ('finished', 'inspected')) = (finished_at IS NOT NULL)),
    CONSTRAINT housekeeping_tasks_inspection CHECK ((status = 'inspected') = (inspected_at IS NOT NULL))
);
CREATE INDEX housekeeping_tasks_id ON housekeeping_tasks (id);
-- A room is made up once a day.
CREATE UNIQUE INDEX housekeeping_tasks_room ON housekeeping_tasks (property_id, date, room_id);

-- A room of which the desk and an attendant say different things.
CREATE TABLE room_discrepancies (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('skip', 'sleep')),
    status text NOT NULL CHECK (status IN ('open', 'resolved')),
    notes text CHECK (length(notes) BETWEEN 1 AND 500),
    resolution text CHECK (length(resolution) BETWEEN 1 AND 500),
    -- None: an integration.
    reported_by uuid REFERENCES users (id),
    reported_at timestamptz NOT NULL,
    resolved_by uuid REFERENCES users (id),
    resolved_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    CONSTRAINT room_discrepancies_resolution CHECK (
        (status = 'resolved') = (resolved_at IS NOT NULL) AND (status = 'resolved') = (resolution IS NOT NULL)
    )
);
CREATE INDEX room_discrepancies_id ON room_discrepancies (id);
-- One question a room.
CREATE UNIQUE INDEX room_discrepancies_open ON room_discrepancies (property_id, room_id) WHERE status = 'open';
