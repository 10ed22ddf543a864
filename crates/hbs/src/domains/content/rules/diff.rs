//! The difference between two versions: fields, and blocks by their longest common sequence.
use super::super::dto::{Block, ContentBlockChange, ContentBody, ContentFieldChange};

/// Returns the fields that differ.
pub fn fields(before: &ContentBody, after: &ContentBody) -> Vec<ContentFieldChange> {
    let texts =
        [("title", Some(&before.title), Some(&after.title)), ("summary", before.summary.as_ref(), after.summary.as_ref())];
    let change = |(name, before, after): (&'static str, Option<&String>, Option<&String>)| {
        (before != after).then(|| ContentFieldChange { name, before: before.cloned(), after: after.cloned() })
    };
    texts.into_iter().filter_map(change).collect()
}

/// Returns the blocks that differ. A block that is taken away where one of its kind is added is one that was changed.
pub fn blocks(before: &[Block], after: &[Block]) -> Vec<ContentBlockChange> {
    let mut changes = Vec::new();
    let (mut from, mut to) = (0, 0);
    let end = (before.len(), after.len());
    for (next_from, next_to) in common(before, after).into_iter().chain([end]) {
        pair(&mut changes, (before, from..next_from), (after, to..next_to));
        (from, to) = (next_from + 1, next_to + 1);
    }
    changes
}

/// Pairs what is between two blocks that both have.
fn pair(
    changes: &mut Vec<ContentBlockChange>,
    (before, gone): (&[Block], std::ops::Range<usize>),
    (after, came): (&[Block], std::ops::Range<usize>),
) {
    let mut came = came.peekable();
    for from in gone {
        let to = came.next_if(|to| after[*to].name() == before[from].name());
        changes.push(ContentBlockChange {
            before_index: Some(from),
            after_index: to,
            before: Some(before[from].clone()),
            after: to.map(|to| after[to].clone()),
        });
    }
    changes.extend(came.map(|to| ContentBlockChange {
        before_index: None,
        after_index: Some(to),
        before: None,
        after: Some(after[to].clone()),
    }));
}

/// Returns the places of the longest sequence of blocks that both have.
fn common(before: &[Block], after: &[Block]) -> Vec<(usize, usize)> {
    // Of what is left of each: at most 100 blocks, so at most 10,000 lengths.
    let mut lengths = vec![vec![0_usize; after.len() + 1]; before.len() + 1];
    for from in (0..before.len()).rev() {
        for to in (0..after.len()).rev() {
            lengths[from][to] = match before[from] == after[to] {
                true => lengths[from + 1][to + 1] + 1,
                false => lengths[from + 1][to].max(lengths[from][to + 1]),
            };
        }
    }
    let (mut from, mut to, mut both) = (0, 0, Vec::new());
    while from < before.len() && to < after.len() {
        if before[from] == after[to] {
            both.push((from, to));
            (from, to) = (from + 1, to + 1);
        } else if lengths[from + 1][to] >= lengths[from][to + 1] {
            from += 1;
        } else {
            to += 1;
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn text(words: &str) -> Value {
        json!({"text": {"markdown": words}})
    }

    fn content(title: &str, blocks: &[Value]) -> ContentBody {
        serde_json::from_value(json!({"title": title, "blocks": blocks})).expect("content")
    }

    #[test]
    fn only_what_differs_is_told() {
        let heading = json!({"heading": {"level": 2, "text": "Pool"}});
        let before = content("Old", &[text("a"), heading.clone(), text("b"), text("c")]);
        let after = content("New", &[heading, text("changed"), text("c"), text("d")]);
        let places = |changes: Vec<ContentBlockChange>| -> Vec<(Option<usize>, Option<usize>)> {
            changes.into_iter().map(|change| (change.before_index, change.after_index)).collect()
        };
        let expected = [(Some(0), None), (Some(2), Some(1)), (None, Some(3))];
        assert_eq!(places(blocks(&before.blocks, &after.blocks)), expected);
        assert!(blocks(&before.blocks, &before.blocks).is_empty() && fields(&before, &before).is_empty());
        let [title] = &fields(&before, &after)[..] else { panic!("one field") };
        assert_eq!((title.name, title.before.as_deref(), title.after.as_deref()), ("title", Some("Old"), Some("New")));
    }
}
