-- Whether numbers of identity documents are in an export in full: not in one for staff who may not read them. Those with and those
-- without wait side by side, so that nobody gets what they may not read because somebody else has asked.
ALTER TABLE privacy_exports ADD COLUMN with_documents boolean NOT NULL DEFAULT true;
DROP INDEX privacy_exports_one_of_user, privacy_exports_one_of_guest;
CREATE UNIQUE INDEX privacy_exports_one_of_user ON privacy_exports (user_id, with_documents)
    WHERE status = 'requested' AND user_id IS NOT NULL;
CREATE UNIQUE INDEX privacy_exports_one_of_guest ON privacy_exports (property_id, guest_id, with_documents)
    WHERE status = 'requested' AND guest_id IS NOT NULL;
