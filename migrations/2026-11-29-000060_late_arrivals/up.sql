-- Guests who have not come when a business date is closed: somebody decides about each of them, and some come late.

ALTER TABLE properties
    -- The decision about arrivals of which the audit is told nothing. None: it asks.
    ADD COLUMN open_arrivals text CHECK (open_arrivals IN ('expected_until_morning', 'no_show', 'cancel'));

ALTER TABLE stays
    -- The business date on which the guests are expected late: their day of arrival was closed, and they are no no-show.
    ADD COLUMN late_on date;

ALTER TABLE night_audits
    -- The arrivals that it kept.
    ADD COLUMN late_arrivals integer NOT NULL DEFAULT 0 CHECK (late_arrivals >= 0),
    -- Why the date was closed before its day had ended. None: the day had ended.
    ADD COLUMN early_reason text CHECK (char_length(early_reason) BETWEEN 1 AND 500);

-- Audits that run by themselves go on as they did.
UPDATE properties SET open_arrivals = 'no_show' WHERE night_audit_time IS NOT NULL;
