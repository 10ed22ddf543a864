-- What somebody has to look at of a payment, told apart from what was said before: one dispute from the next, one amount from another. What was
-- acknowledged is not said again.
ALTER TABLE payments
    ADD COLUMN attention_about text,
    -- What was acknowledged, a line each.
    ADD COLUMN acknowledged text;
