DROP TABLE payment_links;
DROP FUNCTION check_payment_link_move();
