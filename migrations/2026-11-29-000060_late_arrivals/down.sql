ALTER TABLE night_audits DROP COLUMN early_reason, DROP COLUMN late_arrivals;
ALTER TABLE stays DROP COLUMN late_on;
ALTER TABLE properties DROP COLUMN open_arrivals;
