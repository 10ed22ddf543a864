ALTER TABLE folio_entries
    DROP COLUMN extra_in_price,
    DROP COLUMN extra_units,
    DROP COLUMN stay_extra_id,
    DROP COLUMN extra_id;
DROP TABLE stay_extras;
