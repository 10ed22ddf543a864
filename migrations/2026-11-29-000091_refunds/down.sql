DROP TRIGGER check_payment_refunds ON payments;
DROP TABLE refund_entries;
DROP TABLE refunds;
DROP FUNCTION check_payment_refunds;
DROP FUNCTION check_refund_move;
