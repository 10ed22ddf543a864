-- What companies and agents owe after departure: an account has a folio of its own, whose lines stand in the ledger `city`, and what guests leave to be paid
-- by an account goes there by pairs of lines. And what a hotel begins with: lines that are opened once, against a ledger of their own.

ALTER TABLE folios
    DROP CONSTRAINT folios_kind_check,
    ADD CONSTRAINT folios_kind_check CHECK (kind IN ('guest', 'company', 'master', 'house', 'account')),
    DROP CONSTRAINT folios_owner,
    ADD CONSTRAINT folios_owner CHECK (
        CASE kind
            WHEN 'master' THEN group_id IS NOT NULL AND booking_id IS NULL
            WHEN 'house' THEN group_id IS NULL AND booking_id IS NULL
            WHEN 'account' THEN group_id IS NULL AND booking_id IS NULL AND account_id IS NOT NULL
            ELSE group_id IS NULL AND booking_id IS NOT NULL
        END
    );
CREATE UNIQUE INDEX folios_one_of_account ON folios (property_id, account_id) WHERE kind = 'account' AND closed_at IS NULL;

ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check
        CHECK (kind IN ('room', 'tax', 'fee', 'extra', 'adjustment', 'payment', 'refund', 'deposit', 'transfer', 'opening')),
    DROP CONSTRAINT folio_entries_paid_on,
    ADD CONSTRAINT folio_entries_paid_on
        CHECK (kind NOT IN ('payment', 'refund', 'deposit', 'transfer', 'opening') OR service_date <= posted_on),
    -- A transfer leaves a folio and comes to an account's: both lines name the latter, and come to nothing (folio_entries_moves).
    ADD CONSTRAINT folio_entries_pairs CHECK (kind <> 'transfer' OR origin_id IS NOT NULL);
CREATE INDEX folio_entries_transfers ON folio_entries (property_id, origin_id) WHERE kind = 'transfer';

-- Deposits and transfers have no other side: they come in pairs.
CREATE OR REPLACE FUNCTION counter_ledger(kind text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE kind
        WHEN 'room' THEN 'revenue'
        WHEN 'fee' THEN 'revenue'
        WHEN 'extra' THEN 'revenue'
        WHEN 'adjustment' THEN 'revenue'
        WHEN 'tax' THEN 'tax'
        WHEN 'payment' THEN 'clearing'
        WHEN 'refund' THEN 'clearing'
        WHEN 'opening' THEN 'opening'
    END
$$;

ALTER TABLE ledger_days
    DROP CONSTRAINT ledger_days_ledger_check,
    ADD CONSTRAINT ledger_days_ledger_check
        CHECK (ledger IN ('guest', 'city', 'deposits', 'revenue', 'tax', 'clearing', 'pass_through', 'opening'));

CREATE OR REPLACE FUNCTION books(hotel uuid, day date)
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
    FROM unnest(ARRAY['guest', 'city', 'deposits', 'revenue', 'tax', 'clearing', 'pass_through', 'opening']) AS names (ledger)
    LEFT JOIN previous ON previous.ledger = names.ledger
    LEFT JOIN earlier ON earlier.ledger = names.ledger
    LEFT JOIN moved ON moved.ledger = names.ledger
$$;

-- All ledgers of a date come to nothing together, and go on where the date before ended.
CREATE OR REPLACE FUNCTION check_ledger_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM closed GROUP BY property_id, business_date
               HAVING sum(opening_minor) <> 0 OR sum(movement_minor) <> 0 OR count(*) <> 8) THEN
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

-- As before, and: what stands in the ledger `city` is on an account's folio, and nothing else is.
CREATE OR REPLACE FUNCTION keep_folios() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    folio record;
    payer text;
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
        SELECT property_id, folio_id, sum(amount_minor)::bigint AS amount, max(updated_at) AS at,
               bool_and(ledger = 'city') AS is_city, bool_or(ledger = 'city') AS has_city
        FROM posted GROUP BY 1, 2 ORDER BY 1, 2
    LOOP
        UPDATE folios
            SET balance_minor = balance_minor + folio.amount, version = version + 1, updated_at = folio.at
            WHERE property_id = folio.property_id AND id = folio.folio_id AND closed_at IS NULL
            RETURNING kind INTO payer;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'a line is posted to a folio that is closed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_open';
        END IF;
        IF folio.is_city <> (payer = 'account') OR folio.has_city <> (payer = 'account') THEN
            RAISE EXCEPTION 'what an account owes is on its folio and in the ledger of the city, and nothing else is'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_of_account';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- What goes to an account leaves it within its limit. The folio is locked until then, so no two pass where there is room for one.
CREATE FUNCTION keep_credit_limit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM folios JOIN accounts ON accounts.property_id = folios.property_id AND accounts.id = folios.account_id
               WHERE folios.property_id = NEW.property_id AND folios.id = NEW.folio_id
                 AND folios.balance_minor > accounts.credit_limit_minor) THEN
        RAISE EXCEPTION 'an account owes more than its limit'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'folios_credit_limit';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER keep_credit_limit AFTER INSERT ON folio_entries DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.kind = 'transfer' AND NEW.ledger = 'city' AND NEW.amount_minor > 0 AND NEW.reverses_id IS NULL)
    EXECUTE FUNCTION keep_credit_limit();
