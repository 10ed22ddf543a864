DROP TRIGGER check_payment_lines ON folio_entries;
ALTER TABLE folio_entries
    DROP CONSTRAINT folio_entries_of_payment,
    DROP COLUMN payment_id;
DROP TABLE payments;
DROP FUNCTION check_payment_lines;
DROP FUNCTION check_payment_move;
DROP TABLE payment_settings;
