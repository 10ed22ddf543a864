//! Ages of children as queries have them.

/// Maximum number of children in a room.
const MAX_CHILDREN: usize = 50;
/// The oldest age of a child.
const MAX_AGE: i32 = 17;

/// Ages of children, each from 0 to 17, with commas between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ages(pub Vec<i32>);

impl TryFrom<String> for Ages {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let age = |age: &str| age.parse().ok().filter(|age| (0..=MAX_AGE).contains(age));
        let ages = text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(age).collect::<Option<Vec<i32>>>();
        ages.filter(|ages| ages.len() <= MAX_CHILDREN)
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not at most {MAX_CHILDREN} ages from 0 to {MAX_AGE} with commas"))
    }
}
