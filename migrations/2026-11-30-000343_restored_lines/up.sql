-- A line that is charged anew, because a cancellation, an early departure or a no-show is undone, names the line that it
-- restores: what is restored keeps the time of its sale. What was given up and is sold again names none, whatever it costs.
ALTER TABLE folio_entries
    ADD COLUMN restores_id uuid,
    ADD FOREIGN KEY (property_id, restores_id) REFERENCES folio_entries (property_id, id),
    ADD CONSTRAINT folio_entries_restores CHECK (restores_id IS NULL OR reverses_id IS NULL);
