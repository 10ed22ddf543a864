DROP TABLE tax_exemptions;
