//! The rows that a caller may touch.
use super::Scope;
use uuid::Uuid;

/// Rows that a caller may touch: those of `owner`, and all of the properties in `scope`.
#[derive(Debug, Clone)]
pub struct Reach {
    pub owner: Option<Uuid>,
    pub scope: Scope,
}

impl Reach {
    /// Returns `true` if there is no property in scope. Lists ask for the owner's rows alone then: an OR with nothing
    /// on its other side is served by no index.
    pub fn is_own_only(&self) -> bool {
        !self.scope.is_all() && self.scope.ids().is_empty()
    }
}
