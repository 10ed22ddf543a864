-- An older program would make these with all numbers.
UPDATE privacy_exports SET status = 'failed' WHERE status = 'requested' AND NOT with_documents;
DROP INDEX privacy_exports_one_of_user, privacy_exports_one_of_guest;
ALTER TABLE privacy_exports DROP COLUMN with_documents;
CREATE UNIQUE INDEX privacy_exports_one_of_user ON privacy_exports (user_id) WHERE status = 'requested' AND user_id IS NOT NULL;
CREATE UNIQUE INDEX privacy_exports_one_of_guest ON privacy_exports (property_id, guest_id)
    WHERE status = 'requested' AND guest_id IS NOT NULL;
