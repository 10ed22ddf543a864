-- A stay that was split at a night is two: the later one knows the one that it goes on from.
ALTER TABLE stays
    ADD COLUMN split_from uuid CHECK (split_from <> id),
    ADD FOREIGN KEY (property_id, split_from) REFERENCES stays (property_id, id);
