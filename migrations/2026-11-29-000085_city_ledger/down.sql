DROP TRIGGER keep_credit_limit ON folio_entries;
DROP FUNCTION keep_credit_limit;
CREATE OR REPLACE FUNCTION keep_folios() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE OR REPLACE FUNCTION check_ledger_days() RETURNS trigger LANGUAGE plpgsql AS $$
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
    FROM unnest(ARRAY['guest', 'city', 'deposits', 'revenue', 'tax', 'clearing', 'pass_through']) AS names (ledger)
    LEFT JOIN previous ON previous.ledger = names.ledger
    LEFT JOIN earlier ON earlier.ledger = names.ledger
    LEFT JOIN moved ON moved.ledger = names.ledger
$$;
CREATE OR REPLACE FUNCTION counter_ledger(kind text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
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
-- What was opened or went to accounts cannot be told any more: folios come to what they came to without it.
ALTER TABLE folio_entries DISABLE TRIGGER USER;
UPDATE folios SET balance_minor = balance_minor - gone.amount, closed_at = NULL
FROM (SELECT property_id, folio_id, sum(amount_minor)::bigint AS amount FROM folio_entries
      WHERE kind IN ('transfer', 'opening') GROUP BY 1, 2) AS gone
WHERE folios.property_id = gone.property_id AND folios.id = gone.folio_id;
DELETE FROM folio_entries WHERE kind IN ('transfer', 'opening') OR ledger = 'city';
DELETE FROM folios WHERE kind = 'account';
ALTER TABLE folio_entries ENABLE TRIGGER USER;
ALTER TABLE ledger_days DISABLE TRIGGER USER;
DELETE FROM ledger_days WHERE ledger = 'opening';
ALTER TABLE ledger_days ENABLE TRIGGER USER;
DROP INDEX folio_entries_transfers;
ALTER TABLE ledger_days
    DROP CONSTRAINT ledger_days_ledger_check,
    ADD CONSTRAINT ledger_days_ledger_check
        CHECK (ledger IN ('guest', 'city', 'deposits', 'revenue', 'tax', 'clearing', 'pass_through'));
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_pairs,
    DROP CONSTRAINT folio_entries_paid_on,
    ADD CONSTRAINT folio_entries_paid_on CHECK (kind NOT IN ('payment', 'refund', 'deposit') OR service_date <= posted_on),
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check
        CHECK (kind IN ('room', 'tax', 'fee', 'extra', 'adjustment', 'payment', 'refund', 'deposit'));
DROP INDEX folios_one_of_account;
ALTER TABLE folios
    DROP CONSTRAINT folios_owner,
    ADD CONSTRAINT folios_owner CHECK (
        CASE kind
            WHEN 'master' THEN group_id IS NOT NULL AND booking_id IS NULL
            WHEN 'house' THEN group_id IS NULL AND booking_id IS NULL
            ELSE group_id IS NULL AND booking_id IS NOT NULL
        END
    ),
    DROP CONSTRAINT folios_kind_check,
    ADD CONSTRAINT folios_kind_check CHECK (kind IN ('guest', 'company', 'master', 'house'));
