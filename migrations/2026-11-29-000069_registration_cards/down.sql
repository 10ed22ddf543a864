DROP TABLE registration_cards;
DROP FUNCTION refuse_change_of_signed();
DROP TABLE registration_terms;
