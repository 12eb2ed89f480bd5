//! The appearance of the pages: the accent colour and the logo.

mod color;
mod logo;

pub use crate::domain::branding::color::{Color, ColorError};
pub use crate::domain::branding::logo::{ImageKind, LogoFile, LogoFileError};
