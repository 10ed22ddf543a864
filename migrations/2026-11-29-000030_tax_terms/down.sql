DROP TRIGGER fill_tax_terms ON folio_entries;
DROP FUNCTION fill_tax_terms;
ALTER TABLE folio_entries DROP COLUMN tax_included, DROP COLUMN tax_rate_ppm;
