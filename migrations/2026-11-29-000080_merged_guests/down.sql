DROP TRIGGER note_merge ON guests;
