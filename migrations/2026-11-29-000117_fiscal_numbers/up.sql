-- Numbers that another system gives to documents, where the law wants one that is certified.
ALTER TABLE invoice_settings
    ADD COLUMN fiscal_issuer text NOT NULL DEFAULT 'none' CHECK (fiscal_issuer IN ('none', 'external'));

-- What is asked of that system for a document, and what it has given.
CREATE TABLE invoice_fiscal_numbers (
    property_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('requested', 'issued')),
    number text CHECK (length(number) BETWEEN 1 AND 100),
    code text CHECK (length(code) BETWEEN 1 AND 200),
    qr_text text CHECK (length(qr_text) BETWEEN 1 AND 1000),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (property_id, invoice_id),
    FOREIGN KEY (property_id, invoice_id) REFERENCES invoices (property_id, id),
    CONSTRAINT invoice_fiscal_numbers_issued CHECK (CASE status WHEN 'issued' THEN number IS NOT NULL ELSE num_nonnulls(number, code, qr_text) = 0 END)
);
CREATE INDEX invoice_fiscal_numbers_requested ON invoice_fiscal_numbers (property_id, invoice_id) WHERE status = 'requested';
-- A number is that of one document.
CREATE UNIQUE INDEX invoice_fiscal_numbers_number ON invoice_fiscal_numbers (property_id, number) WHERE number IS NOT NULL;

CREATE FUNCTION check_fiscal_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.status = 'issued' THEN
        RAISE EXCEPTION 'a fiscal number does not change' USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_immutable';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_fiscal_number BEFORE UPDATE OR DELETE ON invoice_fiscal_numbers FOR EACH ROW EXECUTE FUNCTION check_fiscal_number();
