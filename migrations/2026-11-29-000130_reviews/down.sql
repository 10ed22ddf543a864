DROP TRIGGER follow_stay_of_review ON stays;
DROP FUNCTION follow_stay_of_review();
DROP INDEX bookings_departed;
DROP TABLE review_stamps;
DROP TABLE review_totals;
DROP TABLE review_invitations;
DROP TABLE review_reports;
DROP TABLE review_response_versions;
DROP TABLE review_photos;
DROP TABLE reviews;
DROP FUNCTION refuse_other_stay_of_review();
DROP FUNCTION count_review();
DROP FUNCTION refuse_change_of_response_version();
ALTER TABLE properties
    DROP COLUMN moderates_reviews,
    DROP COLUMN invites_reviews,
    DROP COLUMN review_edit_days;
