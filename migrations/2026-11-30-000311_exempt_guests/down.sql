ALTER TABLE guests DROP CONSTRAINT guests_erased_exemption, DROP COLUMN tax_exemption;
