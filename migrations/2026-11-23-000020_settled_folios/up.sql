ALTER TABLE properties
    -- Whether the last guests of a booking are checked out only once its folio comes to nothing.
    ADD COLUMN requires_settled_folio boolean NOT NULL DEFAULT false;
