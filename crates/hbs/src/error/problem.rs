//! Kinds of failures, as clients tell them apart.
use serde::{Serialize, Serializer};
use utoipa::ToSchema;
use utoipa::openapi::schema::ArrayBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};

/// A kind of failure that clients can tell from others by its `code`. The server shows `about` at
/// `/problems/{code}`, where the `type` of an error body points.
#[derive(Debug)]
pub struct Problem {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    pub about: &'static str,
    /// Members that its error body has beside those of all error bodies.
    pub members: &'static [Member],
}

/// Writes the code, by which operations name the problems that they can answer with.
impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

/// Schemas by name, as the API document collects them.
type Schemas = Vec<(String, RefOr<Schema>)>;

/// A member that the error bodies of one problem have, such as the nights that are full.
#[derive(Debug)]
pub struct Member {
    pub name: &'static str,
    /// Sentence that clients read in the API document.
    pub about: &'static str,
    pub schema: fn() -> RefOr<Schema>,
    /// Adds the schemas to which `schema` refers.
    pub collect: fn(&mut Schemas),
}

impl Member {
    /// Makes a member with a value whose schema is written out: `|| schema!(Vec<Uuid>).into()`.
    pub const fn value(name: &'static str, about: &'static str, schema: fn() -> RefOr<Schema>) -> Self {
        Self { name, about, schema, collect: |_| {} }
    }

    /// Makes a member with a value whose schema is referred to.
    pub const fn object<T: ToSchema>(name: &'static str, about: &'static str) -> Self {
        Self { name, about, schema: reference::<T>, collect: collect::<T> }
    }

    /// Makes a member with a list of values whose schema is referred to.
    pub const fn list<T: ToSchema>(name: &'static str, about: &'static str) -> Self {
        let schema = || ArrayBuilder::new().items(reference::<T>()).into();
        Self { name, about, schema, collect: collect::<T> }
    }
}

fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}

fn collect<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into(), T::schema()));
    T::schemas(schemas);
}
