DROP TABLE stay_moves;
