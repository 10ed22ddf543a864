DROP TABLE payments_due;
DROP TABLE guarantees;
DELETE FROM payment_attempts WHERE kind = 'charge';
ALTER TABLE payment_attempts
    DROP CONSTRAINT payment_attempts_kind_check,
    DROP CONSTRAINT payment_attempts_words,
    ADD CONSTRAINT payment_attempts_kind_check CHECK (kind IN ('checkout', 'capture', 'void', 'refund')),
    ADD CONSTRAINT payment_attempts_words CHECK ((kind = 'checkout') = (words IS NOT NULL));
ALTER TABLE payment_settings DROP COLUMN charges_guarantees;
ALTER TABLE bookings DROP COLUMN awaits_payment;
ALTER TABLE rate_plans DROP CONSTRAINT rate_plans_rest, DROP COLUMN rest_days_before;
