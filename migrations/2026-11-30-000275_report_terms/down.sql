DROP TABLE report_terms;
DROP FUNCTION keep_report_terms;
