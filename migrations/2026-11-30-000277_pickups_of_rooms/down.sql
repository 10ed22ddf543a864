ALTER TABLE report_pickups DISABLE TRIGGER report_pickups_stay;
DELETE FROM report_pickups WHERE rooms = 0 AND room_minor = 0;
ALTER TABLE report_pickups ENABLE TRIGGER report_pickups_stay;
ALTER TABLE report_pickups
    DROP CONSTRAINT report_pickups_check,
    DROP COLUMN capacity,
    ADD CONSTRAINT report_pickups_check CHECK (rooms <> 0 OR room_minor <> 0);
