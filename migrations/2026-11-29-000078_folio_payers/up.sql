ALTER TABLE folios
    -- Who pays: the profile of a guest, or a company or agent. None of them: the contact of the booking, or whoever the name says.
    ADD COLUMN guest_id uuid,
    ADD COLUMN account_id uuid,
    ADD FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id),
    ADD FOREIGN KEY (property_id, account_id) REFERENCES accounts (property_id, id),
    ADD CONSTRAINT folios_one_payer CHECK (guest_id IS NULL OR account_id IS NULL);
