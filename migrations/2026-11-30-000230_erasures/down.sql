DROP FUNCTION without_guest_words(jsonb);

DROP TRIGGER refuse_change_of_issue_message ON issue_messages;
CREATE TRIGGER refuse_change_of_issue_message BEFORE UPDATE ON issue_messages
    FOR EACH ROW WHEN (OLD.is_note <> NEW.is_note OR OLD.is_from_guest <> NEW.is_from_guest OR OLD.text <> NEW.text
        OR OLD.author_kind <> NEW.author_kind OR OLD.author_id IS DISTINCT FROM NEW.author_id OR OLD.created_at <> NEW.created_at)
    EXECUTE FUNCTION refuse_change_of_issue_message();

DROP TRIGGER refuse_delete ON review_response_versions;
DROP TRIGGER refuse_change ON review_response_versions;
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON review_response_versions
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_response_version();

DROP TRIGGER refuse_erased ON issue_attachments;
DROP TRIGGER refuse_erased ON review_photos;
DROP TRIGGER refuse_erased ON bookings;
DROP TRIGGER refuse_erased_guest ON bookings;
DROP TRIGGER refuse_erased ON stay_guests;
DROP TRIGGER refuse_erased ON guest_documents;
DROP TRIGGER refuse_erased ON guests;
DROP TRIGGER refuse_erased ON waitlist_entries;
DROP TRIGGER refuse_erased ON wishlist_items;
DROP TRIGGER refuse_erased ON sessions;
DROP TRIGGER refuse_erased ON user_tokens;
DROP TRIGGER refuse_erased ON role_assignments;
DROP TRIGGER refuse_erased ON payments;
DROP TRIGGER refuse_erased ON payment_links;
DROP TRIGGER refuse_erased ON guarantees;
DROP TRIGGER refuse_erased ON change_requests;
DROP TRIGGER refuse_erased ON reviews;
DROP TRIGGER refuse_erased ON issues;
DROP TRIGGER refuse_erased ON issue_messages;

DROP FUNCTION refuse_photos_of_the_erased();
DROP FUNCTION refuse_files_of_the_erased();
DROP FUNCTION refuse_messages_to_the_erased();
DROP FUNCTION refuse_issues_of_the_erased();
DROP FUNCTION refuse_reviews_of_the_erased();
DROP FUNCTION refuse_rows_of_erased_booking();
DROP FUNCTION refuse_rows_of_erased_guest();
DROP FUNCTION refuse_rows_of_erased_user();
DROP FUNCTION refuse_erased_guest(uuid, uuid);
DROP FUNCTION refuse_erased_booking(uuid, uuid);
DROP FUNCTION refuse_erased_user(uuid);

ALTER TABLE bookings DROP COLUMN erased_at;
ALTER TABLE guests DROP COLUMN erased_at;
ALTER TABLE users DROP COLUMN erased_at;

DROP TABLE erasures;
