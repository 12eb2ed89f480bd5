//! Replaces what differs from run to run, so that the rest of an output can be compared literally: ids, secrets, tokens,
//! digests, times, and the port of the service. Columns of a table may be wider or narrower, too.

/// Prefixes of ids and credentials, with the number of characters after them. The `_` of a secret counts as one.
const RANDOM: &[(&str, usize)] = &[
    ("apck_test_", 12),
    ("apcc_test_", 12),
    ("apcs_test_", 51),
    ("apcx_test_", 51),
    ("apca_", 49),
    ("apcr_", 71),
    ("apcg_", 49),
    ("usr_", 12),
    ("grt_", 12),
    ("tok_", 12),
    ("sec_", 12),
    ("req_", 12),
    ("op_", 12),
];
const UNITS: &[&str] = &["second", "minute", "hour", "day", "week", "month", "year"];

/// Removes colours and carriage returns.
pub fn plain(shown: &str) -> String {
    let mut plain = String::new();
    let mut characters = shown.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => {
                characters.by_ref().find(char::is_ascii_alphabetic);
            }
            '\r' => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Returns the text with each value that differs from run to run replaced by a word in capitals.
pub fn masked(text: &str) -> String {
    text.lines().map(|line| masked_line(line) + "\n").collect()
}

fn masked_line(line: &str) -> String {
    let mut masked = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let starts_word = !masked.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_');
        // The last characters of a secret, by which `show` and `rotate` name it.
        let is_hint = masked.ends_with("sec_  ") || masked.ends_with("ending in ");
        let (length, word) = if is_hint && word_length(rest) == 4 {
            (4, "HINT")
        } else if rest.starts_with("  ") {
            (rest.len() - rest.trim_start_matches(' ').len(), "  ")
        } else if let Some(found) = starts_word.then(|| time(rest).or_else(|| random(rest))).flatten() {
            found
        } else {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        masked.push_str(word);
        rest = &rest[length..];
    }
    masked.trim_end().to_owned()
}

fn digits(text: &str) -> usize {
    text.len() - text.trim_start_matches(|digit: char| digit.is_ascii_digit()).len()
}

fn word_length(text: &str) -> usize {
    text.find(|character: char| !character.is_ascii_alphanumeric() && character != '_').unwrap_or(text.len())
}

/// The length of the time that the text begins with, and the word for it.
fn time(text: &str) -> Option<(usize, &'static str)> {
    let shape: String = text
        .chars()
        .take(20)
        .map(|character| if character.is_ascii_digit() { '0' } else { character })
        .collect();
    if shape.starts_with("0000-00-00T00:00:00") {
        return text.find('Z').map(|end| (end + 1, "TIME"));
    }
    // Seconds since 1970, in the answer of introspection.
    if digits(text) == 10 {
        return Some((10, "SECONDS"));
    }
    let after = text.strip_prefix("in ").unwrap_or(text);
    let unit = after[digits(after)..].strip_prefix(' ').filter(|_| digits(after) > 0);
    let rest = unit.and_then(|unit| UNITS.iter().find_map(|name| unit.strip_prefix(name)));
    if let Some(rest) = rest.map(|rest| rest.strip_prefix('s').unwrap_or(rest)) {
        if after.len() < text.len() {
            return Some((text.len() - rest.len(), "LATER"));
        }
        return rest.strip_prefix(" ago").map(|rest| (text.len() - rest.len(), "EARLIER"));
    }
    let rest = text.strip_prefix("now")?;
    (!rest.starts_with(|next: char| next.is_ascii_alphanumeric())).then_some((3, "EARLIER"))
}

/// The length of the random value or the port that the text begins with, and the word for it.
fn random(text: &str) -> Option<(usize, &'static str)> {
    for &(prefix, length) in RANDOM {
        if text.starts_with(prefix) && word_length(text) == prefix.len() + length {
            return Some((word_length(text), prefix));
        }
    }
    if let Some(port) = text.strip_prefix("127.0.0.1:") {
        return Some(("127.0.0.1:".len() + digits(port), "127.0.0.1:PORT"));
    }
    let is_hash =
        |text: &str| word_length(text) == 64 && text[..64].bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash(text) {
        return Some((64, "DIGEST"));
    }
    // The head of the audit: base, number of the record, digest.
    let (base, rest) = text.split_once(':').filter(|(base, _)| word_length(base) == base.len())?;
    let digest = rest[digits(rest)..].strip_prefix(':').filter(|digest| is_hash(digest))?;
    (!base.is_empty()).then_some((text.len() - digest.len() + 64, "HEAD"))
}

#[test]
fn only_random_values_are_masked() {
    let digest = "48167e555bb413d905b3dfc30195e2ed8566b8f8649834debcb0c5f02610b7ee";
    for (text, expected) in [
        ("apck_test_7Hq2mZ0xPa4T     erp-sync   in 90 days", "apck_test_  erp-sync  LATER"),
        ("key erp-sync (apck_test_7Hq2mZ0xPa4T) was revoked", "key erp-sync (apck_test_) was revoked"),
        ("{\"exp\":1795830184,\"n\":3600}", "{\"exp\":SECONDS,\"n\":3600}"),
        ("2 seconds ago (2026-11-28T00:43:04.667Z)", "EARLIER (TIME)"),
        ("now  unknown  90d  overlap 72h  3", "EARLIER  unknown  90d  overlap 72h  3"),
        ("http://127.0.0.1:8080/oauth/token", "http://127.0.0.1:PORT/oauth/token"),
        (&format!("Head  fiCL3rFzZmFCfFVF8xeiAT6C:26:{digest}"), "Head  HEAD"),
        ("sec_sb4cQGtQpe3G  Kg0K   active", "sec_  HINT  active"),
        ("The secret ending in 96rm is", "The secret ending in HINT is"),
        ("token tok_ and req_short", "token tok_ and req_short"),
    ] {
        assert_eq!(masked_line(text), expected);
    }
    assert_eq!(plain("\u{1b}[1m\u{1b}[31merror: \u{1b}[0mno\r\n"), "error: no\n");
}
