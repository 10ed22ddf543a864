-- The exemption from taxes that stays get which are sold to an account: from when until when, of which rules, why, and what proves it.
ALTER TABLE accounts ADD COLUMN tax_exemption jsonb CHECK (jsonb_typeof(tax_exemption) = 'object');

-- An exemption may end by itself, without being withdrawn.
ALTER TABLE tax_exemptions
    DROP CONSTRAINT tax_exemptions_withdrawn,
    ADD CONSTRAINT tax_exemptions_withdrawn CHECK (withdrawal_reason IS NULL OR until_date IS NOT NULL);
