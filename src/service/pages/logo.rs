//! The logo: one image file of the base, read when the service starts.

use std::fs::File;
use std::io::{self, Read as _};

use crate::domain::branding::{ImageKind, LogoFile};

use crate::service::pages::content_name::content_digest;

/// The largest image that is taken.
pub(crate) const LOGO_LIMIT: u64 = 256 * 1024;

/// An image that pages show.
#[derive(Clone, Debug)]
pub(crate) struct Logo {
    kind: ImageKind,
    bytes: Vec<u8>,
    name: String,
}

/// Why a file is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogoError {
    /// It is not there, or may not be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// A folder, pipe or device.
    #[error("it is not a file")]
    NoFile,
    /// Larger than every page should be.
    #[error("it is larger than 256 KiB")]
    TooLarge,
    /// Its content is not what its name says.
    #[error("its content is not what its name says")]
    Mismatch,
}

impl Logo {
    /// Reads the file.
    ///
    /// # Errors
    /// Says why the file cannot be shown.
    pub(crate) fn read(file: &LogoFile) -> Result<Self, LogoError> {
        // Looked at before it is opened: opening a pipe would wait for somebody to write.
        if !std::fs::metadata(file.path())?.is_file() {
            return Err(LogoError::NoFile);
        }
        let mut bytes = Vec::new();
        File::open(file.path())?.take(LOGO_LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LOGO_LIMIT {
            return Err(LogoError::TooLarge);
        }
        if !file.kind().fits(&bytes) {
            return Err(LogoError::Mismatch);
        }
        let name = format!("logo-{}.{}", content_digest(&[&bytes]), file.kind().ending());
        Ok(Self { kind: file.kind(), bytes, name })
    }

    /// The name under `/assets/`. It changes with the content.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What kind of image it is.
    pub(crate) const fn kind(&self) -> ImageKind {
        self.kind
    }

    /// The image.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, content: &[u8]) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let file: LogoFile = path.to_str().unwrap().parse().unwrap();
        Logo::read(&file).map(|logo| logo.name().to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_logo_is_named_after_its_content() {
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
        assert_eq!(read("a.svg", svg).unwrap(), format!("logo-{}.svg", content_digest(&[svg])));
        assert_ne!(read("a.svg", svg), read("a.svg", b"<svg></svg>"));
        let jpeg = b"\xff\xd8\xff\xe0";
        assert_eq!(read("a.JPEG", jpeg).unwrap(), format!("logo-{}.jpg", content_digest(&[jpeg])));
    }

    #[test]
    fn a_file_that_is_no_logo_says_why() {
        assert_eq!(read("a.png", b"<svg/>").unwrap_err(), "its content is not what its name says");
        let mut large = b"\x89PNG\r\n\x1a\n".to_vec();
        large.resize(256 * 1024, 0);
        assert!(read("a.png", &large).is_ok());
        large.push(0);
        assert_eq!(read("a.png", &large).unwrap_err(), "it is larger than 256 KiB");
        let missing = Logo::read(&"/nowhere/logo.png".parse().unwrap()).unwrap_err();
        assert_eq!(missing.to_string(), "it cannot be read: No such file or directory (os error 2)");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        std::fs::create_dir(&path).unwrap();
        let error = Logo::read(&path.to_str().unwrap().parse().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "it is not a file");
    }
}
