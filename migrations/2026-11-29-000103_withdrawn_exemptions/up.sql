-- Exemptions that are withdrawn: from a date on, the stay bears its taxes again. None of it is left where both dates are the same.
ALTER TABLE tax_exemptions
    ADD COLUMN until_date date,
    ADD COLUMN withdrawal_reason text CHECK (length(withdrawal_reason) BETWEEN 1 AND 500),
    ADD CONSTRAINT tax_exemptions_withdrawn CHECK ((until_date IS NULL) = (withdrawal_reason IS NULL)),
    ADD CONSTRAINT tax_exemptions_dates CHECK (until_date >= from_date);
