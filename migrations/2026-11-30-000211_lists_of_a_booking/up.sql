-- What is asked of one booking, whose hotel whoever asks does not name.
CREATE INDEX payment_links_of_booking ON payment_links (booking_id, id) WHERE booking_id IS NOT NULL;
CREATE INDEX payments_due_of_booking ON payments_due (booking_id, due_on, id);
CREATE INDEX change_requests_of_booking ON change_requests (booking_id, id);
