-- Who pays: a booking has as many folios as it has payers, a group has a master, and a house folio has no booking. A line says what it is for
-- (booking, stay) and on which folio it is paid. The main folio of a booking has the booking's id.

DROP TRIGGER keep_balance ON folio_entries;
DROP FUNCTION keep_balance;
-- What was charged on a closed date can be taken back now: by a line that is posted on the open date, in whose ledgers it counts.
DROP TRIGGER refuse_reversal_of_closed ON folio_entries;
DROP FUNCTION refuse_reversal_of_closed;

ALTER TABLE folios
    ADD COLUMN id uuid,
    ADD COLUMN group_id uuid,
    ADD COLUMN kind text NOT NULL DEFAULT 'guest' CHECK (kind IN ('guest', 'company', 'master', 'house')),
    -- What the folio is called at the desk: the payer, or what it is for.
    ADD COLUMN name text CHECK (length(name) BETWEEN 1 AND 200),
    ADD COLUMN currency text,
    -- Whether charges by room number are refused.
    ADD COLUMN no_post boolean NOT NULL DEFAULT false,
    -- What the balance may come to by charges by room number. None: no limit.
    ADD COLUMN charge_limit_minor bigint CHECK (charge_limit_minor >= 0),
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN version bigint NOT NULL DEFAULT 1;
INSERT INTO folios (property_id, booking_id, balance_minor, created_at, updated_at)
SELECT property_id, id, 0, created_at, updated_at FROM bookings
WHERE NOT EXISTS (SELECT FROM folios WHERE (folios.property_id, folios.booking_id) = (bookings.property_id, bookings.id));
UPDATE folios SET id = booking_id, currency = bookings.currency
FROM bookings WHERE (bookings.property_id, bookings.id) = (folios.property_id, folios.booking_id);
ALTER TABLE folios DROP CONSTRAINT folios_pkey;
ALTER TABLE folios
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN id SET NOT NULL,
    ALTER COLUMN currency SET NOT NULL,
    ALTER COLUMN booking_id DROP NOT NULL,
    ADD PRIMARY KEY (property_id, id),
    ADD FOREIGN KEY (property_id) REFERENCES properties (id),
    ADD FOREIGN KEY (property_id, group_id) REFERENCES groups (property_id, id),
    ADD CONSTRAINT folios_owner CHECK (
        CASE kind
            WHEN 'master' THEN group_id IS NOT NULL AND booking_id IS NULL
            WHEN 'house' THEN group_id IS NULL AND booking_id IS NULL
            ELSE group_id IS NULL AND booking_id IS NOT NULL
        END
    ),
    ADD CONSTRAINT folios_main CHECK (id <> booking_id OR kind = 'guest'),
    -- Nothing is left on a folio that is closed, and nothing comes to it any more.
    ADD CONSTRAINT folios_closed CHECK (closed_at IS NULL OR balance_minor = 0);
CREATE INDEX folios_booking_id ON folios (property_id, booking_id);
CREATE UNIQUE INDEX folios_one_master ON folios (property_id, group_id) WHERE group_id IS NOT NULL AND closed_at IS NULL;

-- An older process goes on beside this, and whoever books thinks of rooms.
CREATE FUNCTION open_main_folios() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO folios (property_id, id, booking_id, kind, currency, balance_minor, created_at, updated_at)
    SELECT property_id, id, id, 'guest', currency, 0, created_at, updated_at FROM booked;
    RETURN NULL;
END
$$;
CREATE TRIGGER open_main_folios AFTER INSERT ON bookings
    REFERENCING NEW TABLE AS booked FOR EACH STATEMENT EXECUTE FUNCTION open_main_folios();

ALTER TABLE folio_entries
    -- The folio on which it is paid.
    ADD COLUMN folio_id uuid,
    -- The business date on which it was posted. What counts in the ledgers of a date is the later one of this and `service_date`.
    ADD COLUMN posted_on date,
    -- Of each line of a move or a split: the line that was moved first. Such a posting adds nothing and takes nothing away.
    ADD COLUMN origin_id uuid,
    -- Of a tax on what was posted by hand, and of an allowance: the line that has the price.
    ADD COLUMN price_id uuid,
    -- Why it was posted, where somebody had to say so.
    ADD COLUMN reason text;
UPDATE folio_entries AS line SET
    folio_id = line.booking_id,
    posted_on = (line.created_at AT TIME ZONE properties.time_zone)::date
FROM properties WHERE properties.id = line.property_id;
ALTER TABLE folio_entries
    ALTER COLUMN folio_id SET NOT NULL,
    ALTER COLUMN posted_on SET NOT NULL,
    ALTER COLUMN booking_id DROP NOT NULL,
    ALTER COLUMN stay_id DROP NOT NULL,
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check CHECK (kind IN ('room', 'tax', 'fee', 'extra', 'adjustment')),
    ADD CONSTRAINT folio_entries_of_stay CHECK (
        (stay_id IS NULL OR booking_id IS NOT NULL) AND (kind NOT IN ('room', 'fee') OR stay_id IS NOT NULL)
    ),
    ADD FOREIGN KEY (property_id, folio_id) REFERENCES folios (property_id, id),
    ADD FOREIGN KEY (property_id, origin_id) REFERENCES folio_entries (property_id, id),
    ADD FOREIGN KEY (property_id, price_id) REFERENCES folio_entries (property_id, id);
CREATE INDEX folio_entries_folio_id ON folio_entries (property_id, folio_id);
CREATE INDEX folio_entries_posted_on ON folio_entries (property_id, posted_on);

-- What an older process does not name: what it takes back it takes back where that is, anything else is the guest's.
CREATE FUNCTION fill_folio() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER fill_folio BEFORE INSERT ON folio_entries
    FOR EACH ROW WHEN (NEW.folio_id IS NULL OR NEW.posted_on IS NULL) EXECUTE FUNCTION fill_folio();

-- What must hold of lines that are posted together, whoever posts them. The property's row is shared by whoever posts, and not with who closes
-- a date; folios are locked in the order of their ids.
CREATE FUNCTION keep_folios() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    folio record;
BEGIN
    PERFORM FROM properties WHERE id = ANY (ARRAY(SELECT DISTINCT property_id FROM posted)) ORDER BY id FOR KEY SHARE;
    IF EXISTS (SELECT FROM posted JOIN properties ON properties.id = posted.property_id
               WHERE posted.posted_on < properties.business_date) THEN
        RAISE EXCEPTION 'a line is posted on a closed business date'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_posted_on';
    END IF;
    IF EXISTS (SELECT FROM posted WHERE origin_id IS NOT NULL
               GROUP BY property_id, posting_id, origin_id, booking_id, stay_id, kind, service_date, tax_rule_id
               HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'a move leaves less or more than there was'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_moves';
    END IF;
    FOR folio IN
        SELECT property_id, folio_id, sum(amount_minor)::bigint AS amount, max(updated_at) AS at
        FROM posted GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
        UPDATE folios
            SET balance_minor = balance_minor + folio.amount, version = version + 1, updated_at = folio.at
            WHERE property_id = folio.property_id AND id = folio.folio_id AND closed_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a line is posted to a folio that is closed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_open';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_folios AFTER INSERT ON folio_entries
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION keep_folios();
