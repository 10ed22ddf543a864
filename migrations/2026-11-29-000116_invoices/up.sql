-- Invoices: what a hotel has billed. What was issued does not change; what happens to it later stands beside it.

-- What a hotel's invoices say of it, and how their numbers are written.
CREATE TABLE invoice_settings (
    property_id uuid PRIMARY KEY REFERENCES properties (id),
    legal_name text CHECK (length(legal_name) BETWEEN 1 AND 200),
    vat_id text CHECK (length(vat_id) BETWEEN 1 AND 50),
    tax_number text CHECK (length(tax_number) BETWEEN 1 AND 50),
    registration text CHECK (length(registration) BETWEEN 1 AND 200),
    iban text CHECK (length(iban) BETWEEN 1 AND 34),
    bic text CHECK (length(bic) BETWEEN 1 AND 11),
    note text CHECK (length(note) BETWEEN 1 AND 1000),
    number_format text NOT NULL CHECK (length(number_format) BETWEEN 1 AND 40),
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- The numbers of a hotel's documents of a kind: which year they are of, and the last one. Its row is the last that an issue locks.
CREATE TABLE invoice_counters (
    property_id uuid NOT NULL REFERENCES properties (id),
    kind text NOT NULL CHECK (kind IN ('invoice', 'levy', 'advance', 'credit_note', 'receipt')),
    year integer NOT NULL,
    last_number bigint NOT NULL CHECK (last_number >= 0),
    last_issued_at timestamptz NOT NULL,
    -- The hash of the last document, in which the next one's begins.
    last_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, kind)
);

CREATE TABLE invoices (
    property_id uuid NOT NULL REFERENCES properties (id),
    id uuid NOT NULL,
    folio_id uuid NOT NULL,
    booking_id uuid,
    kind text NOT NULL CHECK (kind IN ('pro_forma', 'invoice', 'levy', 'advance', 'credit_note', 'receipt')),
    -- The year of the date of issue at the hotel, and the number within it.
    year integer,
    number bigint CHECK (number > 0),
    -- The number as it is written.
    name text CHECK (length(name) BETWEEN 1 AND 60),
    issued_at timestamptz NOT NULL,
    issue_date date NOT NULL,
    currency text NOT NULL,
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    -- The document that it corrects: of a credit note what it credits, of an invoice what it stands in for.
    corrects_id uuid,
    -- The invoice with which it was issued.
    issued_with_id uuid,
    -- The payment that it is a receipt for.
    payment_id uuid,
    -- All that it says.
    content jsonb NOT NULL,
    prev_hash bytea,
    hash bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, folio_id) REFERENCES folios (property_id, id),
    FOREIGN KEY (property_id, booking_id) REFERENCES bookings (property_id, id),
    FOREIGN KEY (property_id, corrects_id) REFERENCES invoices (property_id, id),
    FOREIGN KEY (property_id, issued_with_id) REFERENCES invoices (property_id, id),
    FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id),
    CONSTRAINT invoices_sum CHECK (total_minor = net_minor + tax_minor),
    CONSTRAINT invoices_numbered CHECK (
        num_nulls(year, number, name, prev_hash, hash) = CASE kind WHEN 'pro_forma' THEN 5 ELSE 0 END
    ),
    CONSTRAINT invoices_corrects CHECK (kind <> 'credit_note' OR corrects_id IS NOT NULL),
    CONSTRAINT invoices_of_payment CHECK ((kind = 'receipt') = (payment_id IS NOT NULL)),
    CONSTRAINT invoices_issued_with CHECK (issued_with_id IS NULL OR kind = 'levy')
);
CREATE INDEX invoices_id ON invoices (id);
CREATE INDEX invoices_folio_id ON invoices (property_id, folio_id);
CREATE INDEX invoices_booking_id ON invoices (property_id, booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX invoices_corrects_id ON invoices (property_id, corrects_id) WHERE corrects_id IS NOT NULL;
CREATE INDEX invoices_issued_with_id ON invoices (property_id, issued_with_id) WHERE issued_with_id IS NOT NULL;
CREATE INDEX invoices_issue_date ON invoices (property_id, issue_date);
CREATE UNIQUE INDEX invoices_number ON invoices (property_id, kind, year, number) WHERE number IS NOT NULL;
CREATE UNIQUE INDEX invoices_name ON invoices (property_id, name) WHERE name IS NOT NULL;
-- A payment has one receipt.
CREATE UNIQUE INDEX invoices_receipt ON invoices (property_id, payment_id) WHERE payment_id IS NOT NULL;

-- Numbers follow each other, and so do times.
CREATE FUNCTION check_invoice_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number > 1 AND NOT EXISTS (
        SELECT FROM invoices WHERE property_id = NEW.property_id AND kind = NEW.kind AND year = NEW.year
        AND number = NEW.number - 1 AND issued_at <= NEW.issued_at AND hash = NEW.prev_hash
    ) THEN
        RAISE EXCEPTION 'the number before % is not there, or is a later one', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_without_gap';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_invoice_number BEFORE INSERT ON invoices
    FOR EACH ROW WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION check_invoice_number();

-- The lines of a document, as far as others count on them: what can be credited of each.
CREATE TABLE invoice_lines (
    property_id uuid NOT NULL,
    id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    category text NOT NULL CHECK (category IN ('standard', 'zero', 'exempt', 'outside')),
    rate_ppm integer NOT NULL CHECK (rate_ppm >= 0),
    net_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    -- The line that it credits, of a credit note.
    credits_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, id),
    FOREIGN KEY (property_id, invoice_id) REFERENCES invoices (property_id, id),
    FOREIGN KEY (property_id, credits_id) REFERENCES invoice_lines (property_id, id),
    CONSTRAINT invoice_lines_sum CHECK (total_minor = net_minor + tax_minor)
);
CREATE INDEX invoice_lines_invoice_id ON invoice_lines (property_id, invoice_id);
CREATE INDEX invoice_lines_credits_id ON invoice_lines (property_id, credits_id) WHERE credits_id IS NOT NULL;

-- What happens to a document after it was issued.
CREATE TABLE invoice_states (
    property_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    -- What was credited of it.
    credited_minor bigint NOT NULL,
    -- How often it was mailed, and when last: what is mailed again is marked as a copy.
    mailed integer NOT NULL CHECK (mailed >= 0),
    mailed_at timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, invoice_id),
    FOREIGN KEY (property_id, invoice_id) REFERENCES invoices (property_id, id)
);

-- Never more of a line is credited than it has, nor more of a rate. The state of what is credited is locked, so no two count on the same.
CREATE FUNCTION check_credits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM invoice_states AS state
        JOIN invoice_lines AS line ON line.property_id = state.property_id AND line.invoice_id = state.invoice_id
        WHERE line.property_id = NEW.property_id AND line.id = NEW.credits_id FOR UPDATE OF state;
    IF EXISTS (
        SELECT FROM invoice_lines AS line
        CROSS JOIN LATERAL (SELECT sum(total_minor) AS total FROM invoice_lines
                            WHERE property_id = line.property_id AND credits_id = line.id) AS credited
        WHERE line.property_id = NEW.property_id AND line.id = NEW.credits_id
          AND (abs(credited.total) > abs(line.total_minor) OR sign(credited.total) = -sign(line.total_minor)
               OR (line.category, line.rate_ppm) <> (NEW.category, NEW.rate_ppm))
    ) THEN
        RAISE EXCEPTION 'more of a line is credited than it has, or at another rate'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_lines_credited';
    END IF;
    IF EXISTS (
        SELECT FROM invoice_lines AS line
        CROSS JOIN LATERAL (
            SELECT sum(of_rate.tax_minor) AS tax, sum(credited.tax) AS credited FROM invoice_lines AS of_rate
            CROSS JOIN LATERAL (SELECT coalesce(sum(tax_minor), 0) AS tax FROM invoice_lines
                                WHERE property_id = of_rate.property_id AND credits_id = of_rate.id) AS credited
            WHERE of_rate.property_id = line.property_id AND of_rate.invoice_id = line.invoice_id
              AND of_rate.category = line.category AND of_rate.rate_ppm = line.rate_ppm) AS rate
        WHERE line.property_id = NEW.property_id AND line.id = NEW.credits_id AND rate.credited > rate.tax
    ) THEN
        RAISE EXCEPTION 'more tax of a rate is credited than it has'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_lines_credited';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER check_credits AFTER INSERT ON invoice_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.credits_id IS NOT NULL) EXECUTE FUNCTION check_credits();

-- The lines of folios that a document tells of. A line is in one document, until that gives it back.
CREATE TABLE invoice_entries (
    property_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    -- The line of the document in which it is; none for the cents of rounding.
    line_id uuid,
    -- The credit note by which it is free again.
    released_by uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, invoice_id, entry_id),
    FOREIGN KEY (property_id, invoice_id) REFERENCES invoices (property_id, id),
    FOREIGN KEY (property_id, entry_id) REFERENCES folio_entries (property_id, id),
    FOREIGN KEY (property_id, line_id) REFERENCES invoice_lines (property_id, id),
    FOREIGN KEY (property_id, released_by) REFERENCES invoices (property_id, id)
);
CREATE UNIQUE INDEX invoice_entries_live ON invoice_entries (property_id, entry_id) WHERE released_by IS NULL;
CREATE INDEX invoice_entries_line_id ON invoice_entries (property_id, line_id);

-- The payments that pay an invoice.
CREATE TABLE invoice_payments (
    property_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    released_by uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, invoice_id, payment_id),
    FOREIGN KEY (property_id, invoice_id) REFERENCES invoices (property_id, id),
    FOREIGN KEY (property_id, payment_id) REFERENCES payments (property_id, id),
    FOREIGN KEY (property_id, released_by) REFERENCES invoices (property_id, id)
);
CREATE INDEX invoice_payments_payment_id ON invoice_payments (property_id, payment_id);

-- The advance invoices that an invoice settles: each by one, until that is credited.
CREATE TABLE invoice_settlements (
    property_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    advance_id uuid NOT NULL,
    released_by uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, invoice_id, advance_id),
    FOREIGN KEY (property_id, invoice_id) REFERENCES invoices (property_id, id),
    FOREIGN KEY (property_id, advance_id) REFERENCES invoices (property_id, id),
    FOREIGN KEY (property_id, released_by) REFERENCES invoices (property_id, id)
);
CREATE UNIQUE INDEX invoice_settlements_live ON invoice_settlements (property_id, advance_id) WHERE released_by IS NULL;

-- The files of a document, as they were first made.
CREATE TABLE invoice_files (
    property_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    format text NOT NULL CHECK (format IN ('pdf', 'pdf_copy', 'cii', 'ubl')),
    content bytea NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, invoice_id, format),
    FOREIGN KEY (property_id, invoice_id) REFERENCES invoices (property_id, id)
);

CREATE FUNCTION refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was issued does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
END
$$;
CREATE TRIGGER refuse_change_of_issued BEFORE UPDATE OR DELETE ON invoices
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_issued();
CREATE TRIGGER refuse_change_of_issued BEFORE UPDATE OR DELETE ON invoice_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_issued();
CREATE TRIGGER refuse_change_of_issued BEFORE UPDATE OR DELETE ON invoice_files
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_issued();

-- Of what others count on, only that it is free again is noted, and once.
CREATE FUNCTION check_release() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.released_by IS NOT NULL OR NEW.released_by IS NULL
       OR to_jsonb(OLD) - 'released_by' - 'updated_at' <> to_jsonb(NEW) - 'released_by' - 'updated_at' THEN
        RAISE EXCEPTION 'what an invoice holds is given back by a credit note, and changes in no other way'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_release BEFORE UPDATE OR DELETE ON invoice_entries FOR EACH ROW EXECUTE FUNCTION check_release();
CREATE TRIGGER check_release BEFORE UPDATE OR DELETE ON invoice_payments FOR EACH ROW EXECUTE FUNCTION check_release();
CREATE TRIGGER check_release BEFORE UPDATE OR DELETE ON invoice_settlements FOR EACH ROW EXECUTE FUNCTION check_release();

-- What is on an invoice stays on its folio: else it could be billed again elsewhere.
CREATE FUNCTION refuse_move_of_invoiced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM posted JOIN invoice_entries AS entry ON entry.property_id = posted.property_id
               AND entry.entry_id = posted.reverses_id AND entry.released_by IS NULL WHERE posted.origin_id IS NOT NULL) THEN
        RAISE EXCEPTION 'what is on an invoice is not moved'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'folio_entries_invoiced';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER refuse_move_of_invoiced AFTER INSERT ON folio_entries
    REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION refuse_move_of_invoiced();
