DROP INDEX stays_status_on;
DROP TABLE report_pickups, report_stays, report_days;
DROP FUNCTION refuse_change_of_statistics;
