//! Results of looking up an object by a handle.

/// Objects that a handle names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Match<T> {
    None,
    One(T),
    /// The handle is ambiguous; holds at most ten of the objects.
    Many(Vec<T>),
}
