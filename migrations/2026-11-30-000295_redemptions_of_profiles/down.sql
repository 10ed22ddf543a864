CREATE OR REPLACE FUNCTION count_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was_live boolean := TG_OP = 'UPDATE' AND OLD.is_live;
    more integer := NEW.is_live::integer - was_live::integer;
    spent bigint := (CASE WHEN NEW.is_live THEN NEW.discount_minor ELSE 0 END) - (CASE WHEN was_live THEN OLD.discount_minor ELSE 0 END);
    offer record;
BEGIN
    IF more = 0 AND spent = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM FROM offer_counters WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id FOR KEY SHARE;
    SELECT max_redemptions, max_per_guest, max_per_day, budget_minor INTO offer
    FROM offers WHERE property_id = NEW.property_id AND id = NEW.offer_id;
    IF num_nonnulls(offer.max_redemptions, offer.max_per_guest, offer.max_per_day, offer.budget_minor) = 0 THEN
        RETURN NULL;
    END IF;
    UPDATE offer_counters SET
        used = used + more,
        spent_minor = spent_minor + spent,
        used_on_day = CASE
            WHEN NEW.sold_on = day THEN used_on_day + more
            WHEN more > 0 AND (day IS NULL OR NEW.sold_on > day) THEN more
            ELSE used_on_day
        END,
        day = CASE WHEN more > 0 THEN greatest(day, NEW.sold_on) ELSE day END,
        updated_at = NEW.updated_at
    WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id
        AND (more <= 0 OR offer.max_redemptions IS NULL OR used < offer.max_redemptions)
        AND (spent <= 0 OR offer.budget_minor IS NULL OR spent_minor + spent <= offer.budget_minor)
        AND (more <= 0 OR offer.max_per_day IS NULL OR NEW.sold_on IS DISTINCT FROM day OR used_on_day < offer.max_per_day);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing is left of the offer' USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_limit';
    END IF;
    IF more > 0 AND offer.max_per_guest IS NOT NULL AND offer.max_per_guest < (
        SELECT count(*) FROM offer_redemptions
        WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id AND is_live
            AND (user_id = NEW.user_id OR mailbox = NEW.mailbox)
    ) THEN
        RAISE EXCEPTION 'nothing is left of the offer for the guest'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_limit';
    END IF;
    RETURN NULL;
END
$$;

DROP FUNCTION profiles_of (uuid, uuid, uuid, text, text);
DROP INDEX guests_mailbox;
ALTER TABLE offer_redemptions DROP COLUMN guest_id;
