-- The limit of a day holds for earlier days, too: what comes back is counted for the day on which it was booked.
CREATE OR REPLACE FUNCTION count_redemption() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was_live boolean := TG_OP = 'UPDATE' AND OLD.is_live;
    more integer := NEW.is_live::integer - was_live::integer;
    spent bigint := (CASE WHEN NEW.is_live THEN NEW.discount_minor ELSE 0 END) - (CASE WHEN was_live THEN OLD.discount_minor ELSE 0 END);
    offer record;
    last_day date;
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
    -- Whoever priced the sale while the offer had no limit has not locked its counter in its turn: it begins anew rather than wait for
    -- somebody who may wait for it.
    PERFORM FROM offer_counters WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id FOR NO KEY UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the counter of the offer is locked out of turn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_in_turn';
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
        AND (more <= 0 OR offer.max_per_day IS NULL OR NEW.sold_on IS DISTINCT FROM day OR used_on_day < offer.max_per_day)
    RETURNING day INTO last_day;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nothing is left of the offer' USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_limit';
    END IF;
    -- What comes back counts for the day on which it was booked, also where the counter has gone on to a later one.
    IF more > 0 AND NEW.sold_on < last_day AND offer.max_per_day < (
        SELECT count(*) FROM offer_redemptions
        WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id AND is_live AND sold_on = NEW.sold_on
    ) THEN
        RAISE EXCEPTION 'nothing was left of the offer that day'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_limit';
    END IF;
    IF more > 0 AND offer.max_per_guest IS NOT NULL AND offer.max_per_guest < (
        SELECT count(*) FROM offer_redemptions
        WHERE property_id = NEW.property_id AND offer_id = NEW.offer_id AND is_live
            AND (user_id = NEW.user_id OR mailbox = NEW.mailbox OR guest_id IN (
                SELECT own.id FROM profiles_of(NEW.property_id, NEW.guest_id, NEW.user_id, NEW.mailbox, (
                    SELECT g.phone_key FROM guests g
                    WHERE g.property_id = NEW.property_id AND g.id = NEW.guest_id AND NEW.mailbox IS NULL
                )) AS own (id)
            ))
    ) THEN
        RAISE EXCEPTION 'nothing is left of the offer for the guest'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'offer_counters_limit';
    END IF;
    RETURN NULL;
END
$$;
