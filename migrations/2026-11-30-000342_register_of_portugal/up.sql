-- Hotels in Portugal keep the register for ten days longer than HBS once asked: a rule below is one that could not be set any more.
-- Without a number it is kept for ever, and stays so.
UPDATE retention_rules r SET
    stay_documents_days = CASE WHEN r.stay_documents_days < 376 THEN 376 ELSE r.stay_documents_days END,
    registration_cards_days = CASE WHEN r.registration_cards_days < 376 THEN 376 ELSE r.registration_cards_days END,
    version = r.version + 1,
    updated_at = now()
FROM properties p
WHERE p.id = r.property_id AND p.country = 'PT' AND (r.stay_documents_days < 376 OR r.registration_cards_days < 376);
