DROP TRIGGER refuse_move_of_invoiced ON folio_entries;
DROP FUNCTION refuse_move_of_invoiced;
DROP TABLE invoice_files, invoice_settlements, invoice_payments, invoice_entries, invoice_states, invoice_lines, invoices, invoice_counters, invoice_settings;
DROP FUNCTION check_release, refuse_change_of_issued, check_credits, check_invoice_number;
