-- Support issues: what guests and staff report, who sees to it, what is said about it, and by when it is to be answered and solved.

CREATE TABLE issue_settings (
    property_id uuid PRIMARY KEY REFERENCES properties (id),
    -- By day of the week: the spans of local time in which somebody answers.
    hours jsonb NOT NULL,
    -- Local dates on which nobody does.
    holidays jsonb NOT NULL,
    -- By priority: minutes of service until the first answer, and until the solution.
    targets jsonb NOT NULL,
    -- Addresses that are told of new issues of guests; where there are none, that of the hotel is.
    recipients jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE issues (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'in_progress', 'waiting', 'resolved', 'closed')),
    category text NOT NULL CHECK (
        category IN ('booking', 'payment', 'room_defect', 'housekeeping', 'noise', 'service', 'lost_item', 'accessibility', 'feedback', 'other')
    ),
    priority text NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    team text NOT NULL CHECK (team IN ('front_desk', 'housekeeping', 'maintenance', 'reservations', 'finance', 'management')),
    assignee_id uuid REFERENCES users (id),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    -- Of the staff among themselves: no guest learns of it.
    is_internal boolean NOT NULL,
    origin text NOT NULL CHECK (origin IN ('guest', 'staff')),
    -- The account of the guest who raised it.
    guest_user_id uuid REFERENCES users (id),
    booking_id uuid,
    stay_id uuid,
    room_id uuid,
    -- The block of the room that was made for it, and when solving the issue ended that. Null while it lasts, and where
    -- somebody else ended it.
    block_id uuid,
    block_ended_at timestamptz,
    -- Minutes of service until the first answer and until the solution, as they were when the priority was given.
    answer_minutes integer NOT NULL CHECK (answer_minutes BETWEEN 1 AND 525600),
    solution_minutes integer NOT NULL CHECK (solution_minutes BETWEEN 1 AND 525600),
    -- Null while the clock stands still, and of an answer that was given.
    answer_due_at timestamptz,
    solution_due_at timestamptz,
    answered_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    -- Since when the clock stands still, and the seconds of service for which it stood still before.
    paused_since timestamptz,
    paused_seconds bigint NOT NULL DEFAULT 0 CHECK (paused_seconds >= 0),
    answer_breached_at timestamptz,
    solution_breached_at timestamptz,
    merged_into_id uuid,
    -- Messages and notes, and what was attached to them.
    message_count integer NOT NULL DEFAULT 0 CHECK (message_count BETWEEN 0 AND 1000),
    attachment_count integer NOT NULL DEFAULT 0 CHECK (attachment_count BETWEEN 0 AND 100),
    -- When guest and staff are to be written to about it, and the last message that the guest was written to about.
    guest_due_at timestamptz,
    guest_told_to uuid,
    staff_due_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, stay_id) REFERENCES stays (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    FOREIGN KEY (property_id, block_id) REFERENCES room_blocks (property_id, id),
    FOREIGN KEY (property_id, merged_into_id) REFERENCES issues (property_id, id),
    -- Either it is internal, or there is somebody to answer to.
    CONSTRAINT issues_party CHECK (
        CASE WHEN is_internal THEN guest_user_id IS NULL AND origin = 'staff' ELSE num_nonnulls(booking_id, guest_user_id) > 0 END
    ),
    CONSTRAINT issues_stay CHECK (stay_id IS NULL OR booking_id IS NOT NULL),
    CONSTRAINT issues_clock CHECK (
        (status IN ('open', 'in_progress')) = (paused_since IS NULL)
        AND (paused_since IS NULL) = (solution_due_at IS NOT NULL)
        AND (answer_due_at IS NOT NULL) = (paused_since IS NULL AND answered_at IS NULL)
    ),
    CONSTRAINT issues_end CHECK (
        (status IN ('resolved', 'closed')) = (resolved_at IS NOT NULL) AND (status = 'closed') = (closed_at IS NOT NULL)
    ),
    CONSTRAINT issues_merge CHECK (merged_into_id IS NULL OR (status = 'closed' AND merged_into_id <> id)),
    CONSTRAINT issues_block CHECK (block_ended_at IS NULL OR block_id IS NOT NULL)
);
CREATE INDEX issues_id ON issues (id);
CREATE INDEX issues_queue ON issues (property_id, status, id) WHERE status <> 'closed';
CREATE INDEX issues_guest ON issues (guest_user_id, id) WHERE guest_user_id IS NOT NULL;
CREATE INDEX issues_booking_id ON issues (booking_id, id) WHERE booking_id IS NOT NULL;
CREATE INDEX issues_assignee ON issues (assignee_id, id) WHERE assignee_id IS NOT NULL AND status <> 'closed';
CREATE INDEX issues_room_id ON issues (property_id, room_id) WHERE room_id IS NOT NULL;
CREATE UNIQUE INDEX issues_block_id ON issues (property_id, block_id) WHERE block_id IS NOT NULL;
CREATE INDEX issues_answer_due ON issues (answer_due_at) WHERE answer_breached_at IS NULL AND answer_due_at IS NOT NULL;
CREATE INDEX issues_solution_due ON issues (solution_due_at) WHERE solution_breached_at IS NULL AND solution_due_at IS NOT NULL;
CREATE INDEX issues_guest_due ON issues (guest_due_at) WHERE guest_due_at IS NOT NULL;
CREATE INDEX issues_staff_due ON issues (staff_due_at) WHERE staff_due_at IS NOT NULL;

CREATE TABLE issue_messages (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    issue_id uuid NOT NULL,
    -- Of the staff among themselves.
    is_note boolean NOT NULL,
    is_from_guest boolean NOT NULL,
    author_kind text NOT NULL CHECK (author_kind IN ('user', 'api_key', 'guest_link', 'system')),
    author_id uuid,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 5000),
    -- The version of the issue that it made, or that there was when a note was written.
    issue_version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, issue_id) REFERENCES issues (property_id, id),
    CONSTRAINT issue_messages_author CHECK (NOT (is_note AND is_from_guest))
);
CREATE INDEX issue_messages_issue_id ON issue_messages (property_id, issue_id, id);

-- What was said stays as it was said; above all, a note of the staff never becomes a message to the guest.
CREATE FUNCTION refuse_change_of_issue_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a message of an issue is not changed'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'issue_messages_lasting';
END
$$;
CREATE TRIGGER refuse_change_of_issue_message BEFORE UPDATE ON issue_messages
    FOR EACH ROW WHEN (
        OLD.is_note <> NEW.is_note OR OLD.is_from_guest <> NEW.is_from_guest OR OLD.text <> NEW.text
        OR OLD.author_kind <> NEW.author_kind OR OLD.author_id IS DISTINCT FROM NEW.author_id OR OLD.created_at <> NEW.created_at
    ) EXECUTE FUNCTION refuse_change_of_issue_message();

CREATE TABLE issue_attachments (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    message_id uuid NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    format text NOT NULL CHECK (format IN ('jpeg', 'webp', 'pdf')),
    size bigint NOT NULL CHECK (size > 0),
    key text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, message_id) REFERENCES issue_messages (property_id, id)
);
CREATE INDEX issue_attachments_message_id ON issue_attachments (property_id, message_id, id);
CREATE UNIQUE INDEX issue_attachments_key ON issue_attachments (key);

-- Up to which message somebody has read. A guest without an account is known by the booking.
CREATE TABLE issue_readers (
    property_id uuid NOT NULL,
    issue_id uuid NOT NULL,
    reader_id uuid NOT NULL,
    is_guest boolean NOT NULL,
    read_to uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, issue_id, reader_id),
    FOREIGN KEY (property_id, issue_id) REFERENCES issues (property_id, id),
    FOREIGN KEY (property_id, read_to) REFERENCES issue_messages (property_id, id)
);

-- Who has an issue on the screen. A row counts for half a minute.
CREATE TABLE issue_viewers (
    property_id uuid NOT NULL,
    issue_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    is_writing boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, issue_id, user_id),
    FOREIGN KEY (property_id, issue_id) REFERENCES issues (property_id, id)
);
CREATE INDEX issue_viewers_updated_at ON issue_viewers (updated_at);

-- What was done about an issue, for the staff.
CREATE TABLE issue_steps (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    issue_id uuid NOT NULL,
    kind text NOT NULL CHECK (
        kind IN ('created', 'changed', 'answered', 'noted', 'reopened', 'attached', 'room_blocked', 'room_released', 'merged', 'linked',
                 'unlinked', 'overdue')
    ),
    changes jsonb NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'guest_link', 'system')),
    actor_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, issue_id) REFERENCES issues (property_id, id)
);
CREATE INDEX issue_steps_issue_id ON issue_steps (property_id, issue_id, id);

-- Issues that have to do with each other, each pair once.
CREATE TABLE issue_links (
    property_id uuid NOT NULL,
    issue_id uuid NOT NULL,
    other_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, issue_id, other_id),
    FOREIGN KEY (property_id, issue_id) REFERENCES issues (property_id, id),
    FOREIGN KEY (property_id, other_id) REFERENCES issues (property_id, id),
    CONSTRAINT issue_links_order CHECK (issue_id < other_id)
);
CREATE INDEX issue_links_other_id ON issue_links (property_id, other_id);

-- Answers that are written once and used often.
CREATE TABLE canned_answers (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    -- By language.
    texts jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    CONSTRAINT canned_answers_deletion CHECK (is_deleted = (deleted_at IS NOT NULL))
);
CREATE INDEX canned_answers_id ON canned_answers (id);
CREATE UNIQUE INDEX canned_answers_title ON canned_answers (property_id, folded(title)) WHERE NOT is_deleted;
