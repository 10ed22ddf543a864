UPDATE tax_exemptions SET until_date = NULL WHERE withdrawal_reason IS NULL;
ALTER TABLE tax_exemptions
    DROP CONSTRAINT tax_exemptions_withdrawn,
    ADD CONSTRAINT tax_exemptions_withdrawn CHECK ((until_date IS NULL) = (withdrawal_reason IS NULL));
ALTER TABLE accounts DROP COLUMN tax_exemption;
