DROP TABLE issue_views;
