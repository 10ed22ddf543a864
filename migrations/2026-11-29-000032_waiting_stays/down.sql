DROP INDEX stays_waiting;
