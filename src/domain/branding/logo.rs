//! The logo of the pages: its path and its image format.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::domain::name::{is_deceptive, shorten};

/// The maximum length of the path in bytes.
const PATH_LENGTH: usize = 1000;

/// The image formats that a page can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    Png,
    Jpeg,
    Webp,
    Svg,
}

impl ImageKind {
    /// Returns the format that a file name extension stands for.
    fn from_ending(ending: &str) -> Option<Self> {
        match ending.to_ascii_lowercase().as_str() {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::Webp),
            "svg" => Some(Self::Svg),
            _ => None,
        }
    }

    /// Returns the media type (RFC 6838).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Svg => "image/svg+xml",
        }
    }

    /// Returns the usual file name extension.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Svg => "svg",
        }
    }

    /// Returns true if a file with these bytes has this format.
    #[must_use]
    pub fn fits(self, bytes: &[u8]) -> bool {
        match self {
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            Self::Jpeg => bytes.starts_with(b"\xff\xd8\xff"),
            Self::Webp => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
            Self::Svg => std::str::from_utf8(bytes).is_ok_and(|text| text.contains("<svg")),
        }
    }
}

/// The absolute path of an image file whose extension states the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoFile {
    path: String,
    kind: ImageKind,
}

/// A text that is not the path of a logo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is neither none nor the absolute path of a .png, .jpg, .jpeg, .webp or .svg file")]
pub struct LogoFileError(String);

impl LogoFile {
    /// Returns the absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        Path::new(&self.path)
    }

    /// Returns the format that the extension states.
    #[must_use]
    pub const fn kind(&self) -> ImageKind {
        self.kind
    }
}

impl FromStr for LogoFile {
    type Err = LogoFileError;

    fn from_str(text: &str) -> Result<Self, LogoFileError> {
        let unclear = || LogoFileError(shorten(text));
        let fits = text.len() <= PATH_LENGTH && text.starts_with('/') && !text.chars().any(is_deceptive);
        let ending = Path::new(text).extension().and_then(|ending| ending.to_str());
        let kind = ending.and_then(ImageKind::from_ending).filter(|_| fits).ok_or_else(unclear)?;
        Ok(Self { path: text.to_owned(), kind })
    }
}

impl fmt::Display for LogoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_an_absolute_path_with_a_known_extension() {
        let kind = |text: &str| text.parse::<LogoFile>().map(|logo| logo.kind().media_type());
        assert_eq!(kind("/etc/apiconn/logo.png"), Ok("image/png"));
        assert_eq!(kind("/srv/Our Logo.JPEG"), Ok("image/jpeg"));
        assert_eq!(kind("/srv/logo.webp"), Ok("image/webp"));
        assert_eq!(kind("/srv/logo.svg"), Ok("image/svg+xml"));
        for text in [
            "",
            "logo.png",
            "~/logo.png",
            "/srv/logo",
            "/srv/logo.gif",
            "/srv/.png",
            "https://a.example/l.png",
        ] {
            assert_eq!(kind(text), Err(LogoFileError(text.to_owned())));
        }
        assert!(kind("/srv/a\nb.png").is_err());
        assert!(kind(&format!("/{}.png", "x".repeat(1000))).is_err());
    }

    #[test]
    fn the_bytes_of_an_image_must_match_its_format() {
        assert!(ImageKind::Png.fits(b"\x89PNG\r\n\x1a\n...."));
        assert!(ImageKind::Jpeg.fits(b"\xff\xd8\xff\xe0"));
        assert!(ImageKind::Webp.fits(b"RIFF\x01\x02\x03\x04WEBPVP8 "));
        assert!(ImageKind::Svg.fits(b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>"));
        for kind in [ImageKind::Png, ImageKind::Jpeg, ImageKind::Webp, ImageKind::Svg] {
            assert!(!kind.fits(b""));
            assert!(!kind.fits(b"<html><script>alert(1)</script>"));
        }
    }
}
