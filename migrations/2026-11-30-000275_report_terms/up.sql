-- What reports of closed dates name, and reckon ages by, as it was when dates were closed: a row for each closed date at which it
-- differs from what was written before. So reports say the same ever after, whatever is called otherwise later.
CREATE TABLE report_terms (
    property_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('property', 'room_type', 'rate_plan', 'tax_rule', 'account', 'cashier', 'folio')),
    subject_id uuid NOT NULL,
    as_of date NOT NULL,
    name text,
    -- Of a tax rule.
    vat_treatment text CHECK (vat_treatment IN ('vat', 'levy_in_base', 'levy_exempt', 'levy_outside')),
    -- Of an account.
    payment_days integer,
    credit_limit_minor bigint,
    -- Of a folio: those of its booking.
    check_in date,
    check_out date,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, kind, subject_id, as_of),
    FOREIGN KEY (property_id, as_of) REFERENCES report_days (property_id, business_date)
);

-- They do not change, but that persons are forgotten.
CREATE FUNCTION keep_report_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.name = '[erased]'
       AND to_jsonb(NEW) - ARRAY['name', 'updated_at'] = to_jsonb(OLD) - ARRAY['name', 'updated_at'] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the statistics of a closed date do not change' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER report_terms_stay BEFORE UPDATE OR DELETE ON report_terms
    FOR EACH ROW EXECUTE FUNCTION keep_report_terms();

-- For dates that are closed already, what there is now; folios are written with the next date.
INSERT INTO report_terms (property_id, kind, subject_id, as_of, name, vat_treatment, payment_days, credit_limit_minor,
                          created_at, updated_at)
SELECT n.property_id, n.kind, n.subject_id, d.first, n.name, n.vat_treatment, n.payment_days, n.credit_limit_minor, now(), now()
FROM (SELECT property_id, min(business_date) AS first FROM report_days GROUP BY 1) d
JOIN (
    SELECT id AS property_id, 'property' AS kind, id AS subject_id, name, NULL::text AS vat_treatment,
           NULL::integer AS payment_days, NULL::bigint AS credit_limit_minor FROM properties
    UNION ALL SELECT property_id, 'room_type', id, name, NULL, NULL, NULL FROM room_types
    UNION ALL SELECT property_id, 'rate_plan', id, name, NULL, NULL, NULL FROM rate_plans
    UNION ALL SELECT property_id, 'tax_rule', id, name, vat_treatment, NULL, NULL FROM tax_rules
    UNION ALL SELECT property_id, 'account', id, name, NULL, payment_days, credit_limit_minor FROM accounts
    UNION ALL
    SELECT c.property_id, 'cashier', u.id, u.full_name, NULL, NULL, NULL
    FROM (SELECT property_id, user_id FROM drawers
          UNION SELECT property_id, recorded_by FROM payments
          UNION SELECT property_id, coalesce(decided_by, requested_by) FROM refunds) c
    JOIN users u ON u.id = c.user_id
) n USING (property_id);
