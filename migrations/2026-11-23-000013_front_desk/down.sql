DROP TABLE night_audits;
DROP INDEX folio_entries_service_date;
DROP TRIGGER refuse_reversal_of_closed ON folio_entries;
DROP FUNCTION refuse_reversal_of_closed();
ALTER TABLE folio_entries DROP COLUMN posting_id;
DROP INDEX stays_one_in_a_room;
ALTER TABLE stays
    DROP COLUMN booked_room_type_id,
    DROP COLUMN booked_check_out,
    DROP COLUMN moved_on,
    DROP COLUMN status_on;
ALTER TABLE bookings DROP COLUMN is_hold_extended;
ALTER TABLE properties
    DROP CONSTRAINT properties_auto_no_show,
    DROP COLUMN business_date,
    DROP COLUMN night_audit_time,
    DROP COLUMN auto_no_show;
