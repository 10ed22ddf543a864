DROP TRIGGER keep_folios ON folio_entries;
DROP FUNCTION keep_folios;
DROP TRIGGER fill_folio ON folio_entries;
DROP FUNCTION fill_folio;
DROP TRIGGER open_main_folios ON bookings;
DROP FUNCTION open_main_folios;

DELETE FROM folio_entries WHERE kind IN ('extra', 'adjustment') OR price_id IS NOT NULL;
DROP INDEX folio_entries_posted_on;
DROP INDEX folio_entries_folio_id;
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_of_stay,
    DROP CONSTRAINT folio_entries_kind_check,
    DROP COLUMN folio_id,
    DROP COLUMN posted_on,
    DROP COLUMN origin_id,
    DROP COLUMN price_id,
    DROP COLUMN reason,
    ALTER COLUMN booking_id SET NOT NULL,
    ALTER COLUMN stay_id SET NOT NULL,
    ADD CONSTRAINT folio_entries_kind_check CHECK (kind IN ('room', 'tax', 'fee'));

DROP INDEX folios_one_master;
DROP INDEX folios_booking_id;
DELETE FROM folios WHERE booking_id IS NULL OR id <> booking_id;
ALTER TABLE folios DROP CONSTRAINT folios_pkey;
ALTER TABLE folios
    DROP CONSTRAINT folios_owner,
    DROP CONSTRAINT folios_main,
    DROP CONSTRAINT folios_closed,
    DROP CONSTRAINT folios_property_id_fkey,
    DROP COLUMN id,
    DROP COLUMN group_id,
    DROP COLUMN kind,
    DROP COLUMN name,
    DROP COLUMN currency,
    DROP COLUMN no_post,
    DROP COLUMN charge_limit_minor,
    DROP COLUMN closed_at,
    DROP COLUMN version,
    ALTER COLUMN booking_id SET NOT NULL,
    ADD PRIMARY KEY (property_id, booking_id);
DELETE FROM folios WHERE NOT EXISTS (
    SELECT FROM folio_entries WHERE (folio_entries.property_id, folio_entries.booking_id) = (folios.property_id, folios.booking_id));
UPDATE folios SET balance_minor = (
    SELECT sum(amount_minor) FROM folio_entries
    WHERE (folio_entries.property_id, folio_entries.booking_id) = (folios.property_id, folios.booking_id));

CREATE FUNCTION keep_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO folios (property_id, booking_id, balance_minor, created_at, updated_at)
    SELECT property_id, booking_id, sum(amount_minor), min(created_at), max(updated_at) FROM posted GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (property_id, booking_id) DO UPDATE
        SET balance_minor = folios.balance_minor + EXCLUDED.balance_minor, updated_at = EXCLUDED.updated_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_balance AFTER INSERT ON folio_entries
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION keep_balance();
CREATE FUNCTION refuse_reversal_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM posted
        JOIN folio_entries AS taken_back ON taken_back.property_id = posted.property_id AND taken_back.id = posted.reverses_id
        JOIN properties ON properties.id = posted.property_id
        WHERE taken_back.service_date < properties.business_date
    ) THEN
        RAISE EXCEPTION 'a line of a closed business date is not taken back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_closed';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refuse_reversal_of_closed AFTER INSERT ON folio_entries
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION refuse_reversal_of_closed();
