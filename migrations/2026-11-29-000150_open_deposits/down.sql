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
DROP INDEX folios_open_ledgers;
ALTER TABLE folios DROP COLUMN deposits_minor;
