DROP TRIGGER note_merge ON guests;
DROP FUNCTION note_merged_guest();
