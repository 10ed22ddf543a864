-- Lines that restored others before they could say so name them. It is a migration of its own, so that folios are read meanwhile;
-- what an older process restores beside it names none, until this statement is run once more.
--
-- Nothing but a restoration charges a room in a change of status, so the events say which postings were one. Each charged anew
-- what the posting had taken back by which the stay was left; what is alike came back in its order. Lines of which no event
-- tells name none: whether they were restored or sold again cannot be told.
WITH told AS (
    SELECT event.stream_id AS property_id, (line ->> 'id')::uuid AS id
    FROM (SELECT stream_id, kind, changes FROM outbox UNION ALL SELECT stream_id, kind, changes FROM outbox_kept) AS event
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(event.changes -> 'lines' -> 'after') WHEN 'array' THEN event.changes -> 'lines' -> 'after' END) AS line
    WHERE event.kind = 'booking.status_changed'
), came_back AS (
    SELECT property_id, booking_id, stay_id, posting_id, (array_agg(id ORDER BY id))[1] AS first_id
    FROM folio_entries
    WHERE (property_id, id) IN (SELECT property_id, id FROM told) AND kind = 'room' AND reverses_id IS NULL AND origin_id IS NULL
    GROUP BY 1, 2, 3, 4
), undone AS (
    SELECT came_back.*, (
        SELECT gone.posting_id FROM folio_entries AS gone
        WHERE gone.property_id = came_back.property_id AND gone.booking_id = came_back.booking_id AND gone.stay_id = came_back.stay_id
          AND gone.kind = 'room' AND gone.reverses_id IS NOT NULL AND gone.origin_id IS NULL AND gone.id < came_back.first_id
        ORDER BY gone.id DESC LIMIT 1) AS left_by
    FROM came_back
), restored AS (
    SELECT undone.property_id, undone.stay_id, undone.posting_id, line.id, what.it_is,
        row_number() OVER (PARTITION BY undone.property_id, undone.stay_id, undone.posting_id, what.it_is ORDER BY line.id) AS place
    FROM undone
    JOIN folio_entries AS line ON line.property_id = undone.property_id AND line.booking_id = undone.booking_id
        AND line.stay_id = undone.stay_id AND line.posting_id = undone.posting_id
        AND line.reverses_id IS NULL AND line.origin_id IS NULL
    CROSS JOIN LATERAL (SELECT ROW (line.kind, line.service_date, line.amount_minor, line.description, line.tax_rule_id,
        line.tax_included, line.tax_rate_ppm, line.extra_id, line.stay_extra_id, line.extra_units)::text AS it_is) AS what
), gone AS (
    SELECT undone.property_id, undone.stay_id, undone.posting_id, line.id, what.it_is,
        row_number() OVER (PARTITION BY undone.property_id, undone.stay_id, undone.posting_id, what.it_is ORDER BY back.id) AS place
    FROM undone
    JOIN folio_entries AS back ON back.property_id = undone.property_id AND back.booking_id = undone.booking_id
        AND back.stay_id = undone.stay_id AND back.posting_id = undone.left_by
    JOIN folio_entries AS line ON line.property_id = back.property_id AND line.id = back.reverses_id
    CROSS JOIN LATERAL (SELECT ROW (line.kind, line.service_date, line.amount_minor, line.description, line.tax_rule_id,
        line.tax_included, line.tax_rate_ppm, line.extra_id, line.stay_extra_id, line.extra_units)::text AS it_is) AS what
)
UPDATE folio_entries AS line SET restores_id = gone.id
FROM restored JOIN gone USING (property_id, stay_id, posting_id, it_is, place)
WHERE line.property_id = restored.property_id AND line.id = restored.id AND line.restores_id IS NULL;
