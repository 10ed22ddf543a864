ALTER TABLE folio_entries DROP COLUMN restores_id;
