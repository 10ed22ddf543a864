//! Marks of tests: `F`, `S` and `U` with a number are kinds of faults, attacks and frictions that were found once. The doc
//! comment of a test that proves one begins with its mark, as `/// F3: …`, and says in words what holds.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Kinds of marks, each with its last number.
const KINDS: [(char, u32); 3] = [('F', 19), ('S', 16), ('U', 17)];

fn known() -> BTreeSet<String> {
    KINDS.iter().flat_map(|(kind, last)| (1..=*last).map(move |number| format!("{kind}{number}"))).collect()
}

/// Returns `true` for a word in the form of a mark, known or not.
fn is_mark(word: &str) -> bool {
    let number = word.strip_prefix(KINDS.map(|(kind, _)| kind));
    number.is_some_and(|number| !number.is_empty() && number.chars().all(|letter| letter.is_ascii_digit()))
}

/// Returns the marks with which a doc comment begins: `T-bak-live, F3, S2: …` has `F3` and `S2`, if it goes on in words.
fn marks(about: &str) -> Vec<&str> {
    let Some((head, words)) = about.split_once(": ") else { return Vec::new() };
    if words.split_whitespace().count() < 3 {
        return Vec::new();
    }
    head.split(", ").flat_map(|part| part.split(" and ")).filter(|word| is_mark(word)).collect()
}

/// Returns the doc comments of the tests in a file, each in one line.
fn doc_comments_of_tests(text: &str) -> Vec<String> {
    let (mut about, mut is_test, mut found) = (String::new(), false, Vec::new());
    for line in text.lines().map(str::trim) {
        if let Some(words) = line.strip_prefix("///") {
            about.push_str(words.trim());
            about.push(' ');
        } else if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("test(");
        } else {
            if is_test {
                found.push(about);
            }
            (about, is_test) = (String::new(), false);
        }
    }
    found
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries: Vec<PathBuf> = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path()).collect();
    let (folders, files): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

#[test]
fn whatever_was_found_once_has_a_test() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["src", "tests"].iter().flat_map(|folder| sources(&crate_folder.join(folder)));
    let comments: Vec<String> =
        files.flat_map(|path| doc_comments_of_tests(&fs::read_to_string(path).expect("a file"))).collect();
    assert!(comments.len() > 1000, "only {} tests were found", comments.len());
    let proved: BTreeSet<String> = comments.iter().flat_map(|about| marks(about)).map(str::to_owned).collect();
    let known = known();
    let without_test: Vec<&String> = known.difference(&proved).collect();
    assert!(without_test.is_empty(), "no test says in words that it proves {without_test:?}");
    let unknown: Vec<&String> = proved.difference(&known).collect();
    assert!(unknown.is_empty(), "nothing is known as {unknown:?}");
}

#[test]
fn marks_are_found_where_they_stand() {
    for (about, expected) in [
        ("F3: a name is given once.", vec!["F3"]),
        ("T-bak-live, S2, U17: what is backed up holds.", vec!["S2", "U17"]),
        ("T-a and F99: what is not known is found, too.", vec!["F99"]),
        ("F3: fine.", vec![]),
        ("A test that F3 needs: no mark, since it is in the words.", vec![]),
        ("F3.", vec![]),
    ] {
        assert_eq!(marks(about), expected, "{about}");
    }
    let text = "/// F1: not a test at all.\nfn a() {}\n/// F2: in two\n/// lines of words.\n#[tokio::test(flavor = \"x\")]\n\
                async fn b() {}\n#[test]\nfn c() {}\n";
    assert_eq!(doc_comments_of_tests(text), ["F2: in two lines of words. ", ""]);
}
