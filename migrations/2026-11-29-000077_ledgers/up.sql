-- The books: each line is an entry in two ledgers, and each closed date has what its ledgers began with, what came to them and what they ended with.

ALTER TABLE folio_entries
    -- The ledger that has what is owed: of guests, of companies after departure, or of what is paid for stays to come.
    ADD COLUMN ledger text NOT NULL DEFAULT 'guest' CHECK (ledger IN ('guest', 'city', 'deposits')),
    -- Whether no event tells of it: it is older than events that do, or was posted by an older process.
    ADD COLUMN is_unrecorded boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check
        CHECK (kind IN ('room', 'tax', 'fee', 'extra', 'adjustment', 'payment', 'refund', 'deposit')),
    -- What is paid counts on the date on which it is posted.
    ADD CONSTRAINT folio_entries_paid_on CHECK (kind NOT IN ('payment', 'refund', 'deposit') OR service_date <= posted_on);
UPDATE folio_entries SET is_unrecorded = true;

-- The ledger in which the other side of a line stands. A deposit has none: it comes in pairs, out of one ledger and into the other.
CREATE FUNCTION counter_ledger(kind text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE kind
        WHEN 'room' THEN 'revenue'
        WHEN 'fee' THEN 'revenue'
        WHEN 'extra' THEN 'revenue'
        WHEN 'adjustment' THEN 'revenue'
        WHEN 'tax' THEN 'tax'
        WHEN 'payment' THEN 'clearing'
        WHEN 'refund' THEN 'clearing'
    END
$$;

-- The entries of a hotel's ledgers: what a line adds to one it takes from another.
CREATE FUNCTION ledger_entries(hotel uuid)
    RETURNS TABLE (entry_id uuid, service_date date, posted_on date, ledger text, amount_minor bigint)
    STABLE LANGUAGE sql AS $$
    SELECT line.id, line.service_date, line.posted_on, side.ledger, side.amount_minor
    FROM folio_entries AS line
    CROSS JOIN LATERAL (VALUES (line.ledger, line.amount_minor), (counter_ledger(line.kind), -line.amount_minor))
        AS side (ledger, amount_minor)
    WHERE line.property_id = hotel AND side.ledger IS NOT NULL
$$;

CREATE TABLE ledger_days (
    property_id uuid NOT NULL REFERENCES properties (id),
    business_date date NOT NULL,
    ledger text NOT NULL CHECK (ledger IN ('guest', 'city', 'deposits', 'revenue', 'tax', 'clearing', 'pass_through')),
    opening_minor bigint NOT NULL,
    movement_minor bigint NOT NULL,
    closing_minor bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, business_date, ledger),
    CONSTRAINT ledger_days_adds_up CHECK (closing_minor = opening_minor + movement_minor)
);

-- What each ledger of a hotel begins a date with, which is what it ended the date before with, and what comes to it on the date.
CREATE FUNCTION books(hotel uuid, day date)
    RETURNS TABLE (ledger text, opening_minor bigint, movement_minor bigint)
    STABLE LANGUAGE sql AS $$
    WITH previous AS (
        SELECT ledger_days.ledger, closing_minor FROM ledger_days WHERE property_id = hotel AND business_date = (
            SELECT max(business_date) FROM ledger_days WHERE property_id = hotel AND business_date < day)
    ), earlier AS (
        SELECT entries.ledger, sum(amount_minor) AS amount FROM ledger_entries(hotel) AS entries
        WHERE NOT EXISTS (SELECT FROM previous) AND service_date < day AND posted_on < day GROUP BY 1
    ), moved AS (
        SELECT entries.ledger, sum(amount_minor) AS amount FROM ledger_entries(hotel) AS entries
        WHERE (service_date = day AND posted_on <= day) OR (posted_on = day AND service_date < day) GROUP BY 1
    )
    SELECT names.ledger, coalesce(previous.closing_minor, earlier.amount, 0)::bigint, coalesce(moved.amount, 0)::bigint
    FROM unnest(ARRAY['guest', 'city', 'deposits', 'revenue', 'tax', 'clearing', 'pass_through']) AS names (ledger)
    LEFT JOIN previous ON previous.ledger = names.ledger
    LEFT JOIN earlier ON earlier.ledger = names.ledger
    LEFT JOIN moved ON moved.ledger = names.ledger
$$;

-- All ledgers of a date come to nothing together, and go on where the date before ended.
CREATE FUNCTION check_ledger_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM closed GROUP BY property_id, business_date
               HAVING sum(opening_minor) <> 0 OR sum(movement_minor) <> 0 OR count(*) <> 7) THEN
        RAISE EXCEPTION 'the ledgers of a date do not come to nothing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_days_balanced';
    END IF;
    IF EXISTS (
        SELECT FROM closed CROSS JOIN LATERAL (
            SELECT closing_minor FROM ledger_days AS before
            WHERE before.property_id = closed.property_id AND before.ledger = closed.ledger
              AND before.business_date < closed.business_date
            ORDER BY before.business_date DESC LIMIT 1) AS before
        WHERE before.closing_minor <> closed.opening_minor
    ) THEN
        RAISE EXCEPTION 'a ledger does not go on where it ended'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_days_go_on';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER check_ledger_days AFTER INSERT ON ledger_days
    REFERENCING NEW TABLE AS closed FOR EACH STATEMENT EXECUTE FUNCTION check_ledger_days();

CREATE FUNCTION refuse_change_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a closed date does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_days_closed';
END
$$;
CREATE TRIGGER refuse_change_of_closed BEFORE UPDATE OR DELETE ON ledger_days
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_closed();

-- What an older process posts is told by no event.
CREATE OR REPLACE FUNCTION fill_folio() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_unrecorded := true;
    NEW.folio_id := coalesce(
        NEW.folio_id,
        (SELECT folio_id FROM folio_entries WHERE property_id = NEW.property_id AND id = NEW.reverses_id),
        NEW.booking_id);
    IF NEW.posted_on IS NULL THEN
        SELECT coalesce(business_date, (NEW.created_at AT TIME ZONE time_zone)::date) INTO NEW.posted_on
            FROM properties WHERE id = NEW.property_id;
    END IF;
    RETURN NEW;
END
$$;
