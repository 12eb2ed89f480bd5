//! One adapter a shell: the script that asks, and the answer in the form that the script reads.

pub(crate) mod bash;
pub(crate) mod fish;
mod variables;
pub(crate) mod zsh;
