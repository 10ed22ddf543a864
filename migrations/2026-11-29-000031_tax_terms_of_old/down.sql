ALTER TABLE folio_entries DROP CONSTRAINT folio_entries_tax_terms;
