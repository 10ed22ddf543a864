-- Lists of money are work lists: what is to be approved, what is under way, what is due. Each is read in its order, a page at a time.
CREATE INDEX payments_status ON payments (property_id, status, id);
CREATE INDEX refunds_status ON refunds (property_id, status, id);
CREATE INDEX payment_links_status ON payment_links (property_id, status, id);
CREATE INDEX payments_due_due_on ON payments_due (property_id, due_on, id);
-- A person's drawers at a hotel, in the order in which they were opened; and those of everywhere, when the person is removed.
DROP INDEX drawers_user_id;
CREATE INDEX drawers_user_id ON drawers (user_id, property_id, id);
-- Those of one booking, whose hotel whoever asks does not name.
CREATE INDEX payments_of_booking ON payments (booking_id, id) WHERE booking_id IS NOT NULL;
CREATE INDEX invoices_of_booking ON invoices (booking_id, id) WHERE booking_id IS NOT NULL;
