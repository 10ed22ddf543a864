ALTER TABLE folio_entries DROP COLUMN routing_id;
DROP TABLE folio_routings;
