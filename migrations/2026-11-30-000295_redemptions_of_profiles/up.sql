-- A redemption is of a guest profile, too: whoever has no account and no address is known by it, and who has several addresses is one
-- person once their profiles are merged.
ALTER TABLE offer_redemptions ADD COLUMN guest_id uuid,
    ADD CONSTRAINT offer_redemptions_guest FOREIGN KEY (property_id, guest_id) REFERENCES guests (property_id, id);
UPDATE offer_redemptions r SET guest_id = b.guest_id
FROM bookings b WHERE b.property_id = r.property_id AND b.id = r.booking_id AND b.erased_at IS NULL;
CREATE INDEX offer_redemptions_guest_id ON offer_redemptions (property_id, guest_id) WHERE guest_id IS NOT NULL;
CREATE INDEX guests_mailbox ON guests (property_id, mailbox_of(email)) WHERE email IS NOT NULL;

-- The profiles of a person, merged ones too: by a profile, an account, a mailbox or a number, of which any may be null.
CREATE FUNCTION profiles_of(of_property uuid, of_guest uuid, of_user uuid, of_mailbox text, of_phone text) RETURNS SETOF uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
        SELECT g.id FROM guests g
        WHERE g.property_id = of_property AND g.survivor_id IN (
            SELECT own.survivor_id FROM guests own
            WHERE own.property_id = of_property
                AND (own.id = of_guest OR own.user_id = of_user OR mailbox_of(own.email) = of_mailbox OR own.phone_key = of_phone)
        );
    END;

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
