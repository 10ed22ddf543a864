ALTER TABLE tax_exemptions
    DROP CONSTRAINT tax_exemptions_dates,
    DROP CONSTRAINT tax_exemptions_withdrawn,
    DROP COLUMN withdrawal_reason,
    DROP COLUMN until_date;
