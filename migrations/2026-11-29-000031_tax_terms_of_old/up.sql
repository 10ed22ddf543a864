-- The lines from before. A rule that is gone still has its row; one that was changed since is what it was before the first change
-- after the line, which the record tells.
WITH changed_taxes AS MATERIALIZED (
    SELECT stream_id AS property_id, entity_id AS id, occurred_at,
           (changes -> 'is_included' ->> 'before')::boolean AS is_included,
           (changes -> 'rate_ppm' ->> 'before')::integer AS rate_ppm
    FROM outbox WHERE kind = 'tax_rule.updated' AND changes ?| ARRAY['is_included', 'rate_ppm']
)
UPDATE folio_entries AS line SET
    tax_included = coalesce(
        (SELECT changed.is_included FROM changed_taxes AS changed
         WHERE (changed.property_id, changed.id) = (line.property_id, line.tax_rule_id)
           AND changed.occurred_at > line.created_at AND changed.is_included IS NOT NULL
         ORDER BY changed.occurred_at LIMIT 1),
        rule.is_included),
    tax_rate_ppm = coalesce(
        (SELECT changed.rate_ppm FROM changed_taxes AS changed
         WHERE (changed.property_id, changed.id) = (line.property_id, line.tax_rule_id)
           AND changed.occurred_at > line.created_at AND changed.rate_ppm IS NOT NULL
         ORDER BY changed.occurred_at LIMIT 1),
        rule.rate_ppm)
FROM tax_rules AS rule
WHERE line.kind = 'tax' AND line.tax_included IS NULL
  AND (rule.property_id, rule.id) = (line.property_id, line.tax_rule_id);

ALTER TABLE folio_entries
    ADD CONSTRAINT folio_entries_tax_terms CHECK (
        (kind = 'tax') = (tax_included IS NOT NULL) AND (kind = 'tax' OR tax_rate_ppm IS NULL)
    );
