DROP TRIGGER keep_balance ON folio_entries;
DROP FUNCTION keep_balance;
DROP TABLE folios;
