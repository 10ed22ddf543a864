-- What is due when a guest cancels or does not come: a line in place of the nights, which are taken back.
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_kind_check,
    ADD CONSTRAINT folio_entries_kind_check CHECK (kind IN ('room', 'tax', 'fee'));
