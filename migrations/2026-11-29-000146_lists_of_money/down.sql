DROP INDEX invoices_of_booking;
DROP INDEX payments_of_booking;
DROP INDEX drawers_user_id;
CREATE INDEX drawers_user_id ON drawers (user_id);
DROP INDEX payments_due_due_on;
DROP INDEX payment_links_status;
DROP INDEX refunds_status;
DROP INDEX payments_status;
