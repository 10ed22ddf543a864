-- Documents that an entry has been on, those that gave it back included: reports ask which had it at the end of a date.
CREATE INDEX invoice_entries_entry_id ON invoice_entries (property_id, entry_id);
