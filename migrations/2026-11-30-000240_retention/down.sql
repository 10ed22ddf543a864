DROP INDEX waitlist_entries_over;
DROP INDEX issues_attached;
DROP INDEX lost_items_photos;
DROP INDEX stay_guests_documents;
DROP FUNCTION stays_of_guest (uuid, uuid);
ALTER TABLE guests DROP COLUMN forgotten_at;
DROP TABLE retention_rules;
