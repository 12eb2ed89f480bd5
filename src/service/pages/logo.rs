//! The logo: an image file that is read when the service starts.

use std::fs::File;
use std::io::{self, Read as _};

use crate::credentials::digest::{hex, sha256};
use crate::domain::branding::{ImageKind, LogoFile};

/// The largest size of a logo in bytes.
pub(crate) const LOGO_LIMIT: u64 = 256 * 1024;

/// The image that pages show as the logo of the base.
#[derive(Clone, Debug)]
pub(crate) struct Logo {
    kind: ImageKind,
    bytes: Vec<u8>,
    name: String,
}

/// Reason for which a file cannot be the logo.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LogoError {
    /// The file does not exist or its permissions forbid reading.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// The path is that of a folder, pipe or device.
    #[error("it is not a file")]
    NotAFile,
    #[error("it is larger than 256 KiB")]
    TooLarge,
    #[error("its content does not match its file extension")]
    Mismatch,
}

impl Logo {
    /// Reads the file.
    ///
    /// # Errors
    /// [`LogoError::Unreadable`], [`LogoError::NotAFile`], [`LogoError::TooLarge`] or [`LogoError::Mismatch`].
    pub(crate) fn read(file: &LogoFile) -> Result<Self, LogoError> {
        // Checked before the file is opened, because opening a pipe would wait for a writer.
        if !std::fs::metadata(file.path())?.is_file() {
            return Err(LogoError::NotAFile);
        }
        let mut bytes = Vec::new();
        File::open(file.path())?.take(LOGO_LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LOGO_LIMIT {
            return Err(LogoError::TooLarge);
        }
        if !file.kind().fits(&bytes) {
            return Err(LogoError::Mismatch);
        }
        let name = format!("logo-{}.{}", hex(&sha256(&bytes)[..6]), file.kind().ending());
        Ok(Self { kind: file.kind(), bytes, name })
    }

    /// Returns the name under `/assets/`. It changes with the content.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the image format.
    pub(crate) const fn kind(&self) -> ImageKind {
        self.kind
    }

    /// Returns the content of the file.
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
        assert_eq!(read("a.svg", svg).unwrap(), format!("logo-{}.svg", hex(&sha256(svg)[..6])));
        assert_ne!(read("a.svg", svg), read("a.svg", b"<svg></svg>"));
        let jpeg = b"\xff\xd8\xff\xe0";
        assert_eq!(read("a.JPEG", jpeg).unwrap(), format!("logo-{}.jpg", hex(&sha256(jpeg)[..6])));
    }

    #[test]
    fn a_file_that_cannot_be_the_logo_has_a_reason() {
        assert_eq!(read("a.png", b"<svg/>").unwrap_err(), "its content does not match its file extension");
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
