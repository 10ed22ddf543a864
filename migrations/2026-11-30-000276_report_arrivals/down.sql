DROP TABLE report_arrivals;
