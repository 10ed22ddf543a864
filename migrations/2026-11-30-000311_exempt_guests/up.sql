-- The exemption from taxes that stays get which are sold to a guest, like that of an account.
ALTER TABLE guests
    ADD COLUMN tax_exemption jsonb CHECK (jsonb_typeof(tax_exemption) = 'object'),
    ADD CONSTRAINT guests_erased_exemption CHECK (erased_at IS NULL OR tax_exemption IS NULL);
