//! The values of `--pkce` and `--refresh-rotation`.

use clap::ValueEnum;

use crate::domain::consumer::Pkce;
use crate::domain::refresh_policy::RefreshRotation;

/// The value of `--pkce`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PkceArg {
    /// A sign-in without code_challenge is refused
    Required,
    /// A sign-in without code_challenge is accepted if it has a state
    Optional,
}

impl From<PkceArg> for Pkce {
    fn from(arg: PkceArg) -> Self {
        match arg {
            PkceArg::Required => Self::Required,
            PkceArg::Optional => Self::Optional,
        }
    }
}

/// The value of `--refresh-rotation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RotationArg {
    /// Each use replaces the refresh token
    On,
    /// The refresh token stays the same
    Off,
}

impl From<RotationArg> for RefreshRotation {
    fn from(arg: RotationArg) -> Self {
        match arg {
            RotationArg::On => Self::On,
            RotationArg::Off => Self::Off,
        }
    }
}
