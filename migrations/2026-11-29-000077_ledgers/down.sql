CREATE OR REPLACE FUNCTION fill_folio() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION books;
DROP TABLE ledger_days;
DROP FUNCTION refuse_change_of_closed;
DROP FUNCTION check_ledger_days;
DROP FUNCTION ledger_entries;
DROP FUNCTION counter_ledger;
DELETE FROM folio_entries WHERE kind IN ('payment', 'refund', 'deposit');
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_paid_on,
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check CHECK (kind IN ('room', 'tax', 'fee', 'extra', 'adjustment')),
    DROP COLUMN ledger,
    DROP COLUMN is_unrecorded;
