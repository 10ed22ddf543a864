//! Things that one part of HBS remembers in this process, found by their type: so the app need not name them.
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The memory of a process: one value of each type that is asked for, made when it first is.
#[derive(Default)]
pub struct Memory(RwLock<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Memory {
    /// Returns the one value of this type.
    pub fn of<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.of_or(T::default)
    }

    /// Returns the one value of this type, made by `make` if it is not there yet.
    pub fn of_or<T: Send + Sync + 'static>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<T>()).cloned();
        let found = known.unwrap_or_else(|| {
            let mut values = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(values.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(make())))
        });
        // A value stands under its own type.
        found.downcast().unwrap_or_else(|_| unreachable!("a value of another type"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[derive(Default)]
    struct Counter(AtomicU32);

    #[test]
    fn there_is_one_value_of_a_type() {
        let memory = Memory::default();
        memory.of::<Counter>().0.fetch_add(1, Ordering::Relaxed);
        assert_eq!(memory.of_or(|| Counter(AtomicU32::new(9))).0.load(Ordering::Relaxed), 1);
        assert_eq!(*memory.of_or(|| String::from("another type")), "another type");
    }
}
