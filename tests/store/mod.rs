//! The invariants of the store.

mod pages;
