-- Rooms that are held back from sale, rooms that wait to be cleaned, and when a hotel stops selling the night to come.

CREATE TABLE room_blocks (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    room_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('out_of_order', 'frozen', 'out_of_service')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    -- Nights: the last one is that before `to_date`.
    from_date date NOT NULL,
    to_date date NOT NULL,
    -- Why it was worth selling beyond capacity.
    force_reason text CHECK (length(force_reason) BETWEEN 1 AND 500),
    -- The first night that a release gave back: those before it stay on the record.
    released_from date,
    version bigint NOT NULL DEFAULT 1,
    is_deleted boolean NOT NULL DEFAULT false,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, room_id) REFERENCES rooms (property_id, id),
    CONSTRAINT room_blocks_dates CHECK (to_date > from_date),
    CONSTRAINT room_blocks_deletion CHECK (is_deleted = (deleted_at IS NOT NULL)),
    CONSTRAINT room_blocks_release CHECK (is_deleted = (released_from IS NOT NULL) AND released_from BETWEEN from_date AND to_date)
);
CREATE INDEX room_blocks_id ON room_blocks (id);
CREATE INDEX room_blocks_room_id ON room_blocks (property_id, room_id);
CREATE INDEX room_blocks_from_date ON room_blocks (property_id, from_date);

-- A night of a room belongs to a stay or to a block: the same key refuses both.
ALTER TABLE room_nights
    ALTER COLUMN stay_id DROP NOT NULL,
    ADD COLUMN block_id uuid,
    -- Whether the block raised the night's overbooking by one, which its end takes back.
    ADD COLUMN raises_overbooking boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT room_nights_block_fkey FOREIGN KEY (property_id, block_id) REFERENCES room_blocks (property_id, id),
    ADD CONSTRAINT room_nights_owner CHECK (num_nonnulls(stay_id, block_id) = 1),
    ADD CONSTRAINT room_nights_raise CHECK (NOT raises_overbooking OR block_id IS NOT NULL);
CREATE INDEX room_nights_block_id ON room_nights (property_id, block_id) WHERE block_id IS NOT NULL;

ALTER TABLE rooms
    ADD COLUMN housekeeping text NOT NULL DEFAULT 'clean' CHECK (housekeeping IN ('clean', 'dirty', 'inspected'));
CREATE INDEX rooms_housekeeping ON rooms (property_id, housekeeping) WHERE NOT is_deleted AND housekeeping = 'dirty';

ALTER TABLE properties
    -- Local time from which guests cannot book an arrival of the same day. None: until midnight.
    ADD COLUMN same_day_cutoff time,
    -- Local time of the day of arrival before which nobody is a no-show. None: from midnight on.
    ADD COLUMN no_show_cutoff time,
    -- The oldest that counts as a child.
    ADD COLUMN max_child_age integer NOT NULL DEFAULT 17 CHECK (max_child_age BETWEEN 0 AND 17);

-- The calendar asks who is there on some nights: with the day of departure in the index, only the rows of those are read.
DROP INDEX stays_check_in;
CREATE INDEX stays_dates ON stays (property_id, check_in, check_out);
