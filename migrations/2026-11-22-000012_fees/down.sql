ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check CHECK (kind IN ('room', 'tax'));
