DROP TABLE invoice_fiscal_numbers;
DROP FUNCTION check_fiscal_number;
ALTER TABLE invoice_settings DROP COLUMN fiscal_issuer;
