//! The invariants of the store.
