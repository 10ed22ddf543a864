DROP INDEX change_requests_of_booking;
DROP INDEX payments_due_of_booking;
DROP INDEX payment_links_of_booking;
