ALTER TABLE properties DROP COLUMN requires_settled_folio;
