DROP TABLE room_discrepancies;
DROP TABLE housekeeping_tasks;
DROP TABLE housekeeping_credits;
ALTER TABLE properties DROP COLUMN requires_inspection;
DROP TABLE housekeeping_changes;
UPDATE rooms SET housekeeping = 'dirty' WHERE housekeeping = 'in_progress';
ALTER TABLE rooms
    DROP CONSTRAINT rooms_housekeeping_check,
    ADD CONSTRAINT rooms_housekeeping_check CHECK (housekeeping IN ('clean', 'dirty', 'inspected'));
