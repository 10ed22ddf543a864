DROP INDEX invoice_entries_entry_id;
