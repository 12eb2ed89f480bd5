//! The language of a page, negotiated by `Accept-Language`.

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Spanish,
}

impl Language {
    /// All languages, the default first.
    const ALL: [Self; 2] = [Self::English, Self::Spanish];

    const fn primary(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// Returns the best language for an `Accept-Language` header (RFC 9110 section 12.5.4). Invalid ranges are ignored.
    pub(crate) fn accepted(header: Option<&str>) -> Self {
        let ranges: Vec<(&str, u16)> = header.unwrap_or_default().split(',').filter_map(range).collect();
        let priority = |language: Self| {
            let matches = ranges.iter().enumerate().filter(|(_, (tag, _))| {
                let primary = tag.split('-').next().unwrap_or_default();
                primary.eq_ignore_ascii_case(language.primary())
            });
            // The range with the highest quality; of equal ones the first.
            let best = matches.max_by_key(|(at, (_, quality))| (*quality, std::cmp::Reverse(*at)));
            best.or_else(|| ranges.iter().enumerate().find(|(_, (tag, _))| *tag == "*"))
                .filter(|(_, (_, quality))| *quality > 0)
                .map(|(at, (_, quality))| (*quality, std::cmp::Reverse(at)))
        };
        // `max_by_key` returns the last of equal languages, so the default is compared last.
        let best = Self::ALL.into_iter().rev().max_by_key(|language| priority(*language));
        best.filter(|language| priority(*language).is_some()).unwrap_or(Self::English)
    }
}

/// Parses one language range; returns its tag and its quality in thousandths.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';');
    let tag = parts.next()?.trim();
    let quality = match parts.next() {
        None => 1000,
        Some(weight) => thousandths(weight.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?)?,
    };
    (!tag.is_empty() && parts.next().is_none()).then_some((tag, quality))
}

/// Parses a quality: `0.8` is 800 (RFC 9110 section 12.4.2: at most three decimals, at most 1).
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let parts: u16 = format!("{decimals:0<3}").parse().ok()?;
    match (whole, parts) {
        ("0", parts) => Some(parts),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{English, Spanish};
    use super::*;

    #[test]
    fn the_language_with_the_highest_quality_is_chosen() {
        for (header, expected) in [
            ("", English),
            ("en", English),
            ("es", Spanish),
            ("es-MX", Spanish),
            ("ES-419", Spanish),
            ("es-ES,es;q=0.9,en;q=0.8", Spanish),
            ("en-GB,en;q=0.9,es;q=0.8", English),
            ("de, es;q=0.3, en;q=0.7", English),
            ("de, en;q=0.3, es;q=0.7", Spanish),
            ("de,es", Spanish),
            ("en,es", English),
            ("es,en", Spanish),
            ("de", English),
            ("*", English),
            ("es;q=0.2,*;q=0.5", English),
            ("*;q=0.2,es;q=0.5", Spanish),
            ("en;q=0,*", Spanish),
            ("en;q=0,es;q=0", English),
            ("es;q=0.000", English),
            ("es;q=1.000, en;q=0.999", Spanish),
            ("en;q=0.1, es ; q=0.2", Spanish),
            ("est", English),
            ("eng, es;q=0.1", Spanish),
        ] {
            assert_eq!(Language::accepted(Some(header)), expected, "{header}");
        }
        assert_eq!(Language::accepted(None), English);
    }

    #[test]
    fn invalid_language_ranges_are_ignored() {
        for header in [
            "es;q=2",
            "es;q=0.1234",
            "es;q=-1",
            "es;q=",
            "es;",
            "es;q=1;q=1",
            ";q=1",
            "es;x=1",
            ",,;;==",
            "*;q=é",
        ] {
            assert_eq!(Language::accepted(Some(header)), English, "{header}");
        }
        assert_eq!(Language::accepted(Some("en;q=nan, es;q=0.1")), Spanish);
    }
}
