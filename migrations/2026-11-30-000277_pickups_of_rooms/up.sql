-- How many rooms could be sold in a night is written down as the books are: by how many they changed from one closed date to the
-- next. So the pace of closed dates says the same ever after, however many rooms a hotel has later.
ALTER TABLE report_pickups ADD COLUMN capacity integer NOT NULL DEFAULT 0;
ALTER TABLE report_pickups ALTER COLUMN capacity DROP DEFAULT;
ALTER TABLE report_pickups
    DROP CONSTRAINT report_pickups_check,
    ADD CONSTRAINT report_pickups_check CHECK (rooms <> 0 OR room_minor <> 0 OR capacity <> 0);

-- For dates that are closed already, what there is now.
ALTER TABLE report_pickups DISABLE TRIGGER report_pickups_stay;
INSERT INTO report_pickups (property_id, night, room_type_id, as_of, rooms, room_minor, capacity, created_at, updated_at)
SELECT i.property_id, i.night, i.room_type_id, d.first, 0, 0, i.capacity, now(), now()
FROM (SELECT property_id, min(business_date) AS first FROM report_days GROUP BY 1) d
JOIN inventory i ON i.property_id = d.property_id AND i.night >= d.first
WHERE i.capacity <> 0
ON CONFLICT (property_id, night, room_type_id, as_of) DO UPDATE SET capacity = EXCLUDED.capacity;
ALTER TABLE report_pickups ENABLE TRIGGER report_pickups_stay;
