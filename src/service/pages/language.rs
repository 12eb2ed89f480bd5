//! Which language a page is in.

/// A language that pages are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Spanish,
}

impl Language {
    /// All of them; the first is spoken where nobody said what they want.
    const ALL: [Self; 2] = [Self::English, Self::Spanish];

    const fn primary(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// The best one for an Accept-Language header (RFC 9110 section 12.5.4); what cannot be read there is passed over.
    pub(crate) fn accepted(header: Option<&str>) -> Self {
        let ranges: Vec<(&str, u16)> = header.unwrap_or_default().split(',').filter_map(range).collect();
        let place = |language: Self| {
            let named = ranges.iter().enumerate().filter(|(_, (tag, _))| {
                let primary = tag.split('-').next().unwrap_or_default();
                primary.eq_ignore_ascii_case(language.primary())
            });
            // The one that is wanted most; of two equals the one that stands first.
            let best = named.max_by_key(|(at, (_, quality))| (*quality, std::cmp::Reverse(*at)));
            best.or_else(|| ranges.iter().enumerate().find(|(_, (tag, _))| *tag == "*"))
                .filter(|(_, (_, quality))| *quality > 0)
                .map(|(at, (_, quality))| (*quality, std::cmp::Reverse(at)))
        };
        // Of two that a lone * stands for, the last maximum would win, so they are looked at from the end.
        let best = Self::ALL.into_iter().rev().max_by_key(|language| place(*language));
        best.filter(|language| place(*language).is_some()).unwrap_or(Self::English)
    }
}

/// One language range and how much it is wanted, in thousandths.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';');
    let tag = parts.next()?.trim();
    let quality = match parts.next() {
        None => 1000,
        Some(weight) => thousandths(weight.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('=')?)?,
    };
    (!tag.is_empty() && parts.next().is_none()).then_some((tag, quality))
}

/// `0.8` is 800 (RFC 9110 section 12.4.2: at most three decimals, at most one).
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
    fn the_language_is_the_one_that_is_wanted_most() {
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
    fn what_cannot_be_read_is_passed_over() {
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
