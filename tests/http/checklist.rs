//! That no requirement goes without a test. The list of requirements that the service is held to has numbers, and a test
//! carries those of what it shows in its name: `r12_…`, `r40_r41_…`, `r2_to_r9_…`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The numbers of the list that are for this service; those between are for JWT, pushed requests and the device grant,
/// which it does not have. The last one is about clients: those of other languages go through their flows in `.ci/run`.
const LIST: [std::ops::RangeInclusive<u16>; 2] = [1..=112, 124..=125];

/// The numbers that the name of a test carries.
fn numbers(name: &str) -> Vec<u16> {
    let number = |word: &str| word.strip_prefix('r')?.parse::<u16>().ok();
    let mut words = name.split('_').peekable();
    let mut found = Vec::new();
    while let Some(first) = words.peek().copied().and_then(number) {
        words.next();
        let mut after = words.clone();
        if after.next() == Some("to")
            && let Some(last) = after.next().and_then(number)
        {
            found.extend(first..=last);
            words = after;
        } else {
            found.push(first);
        }
    }
    found
}

/// The names of the tests in a source, and of nothing that is not run.
fn tests(source: &str) -> Vec<&str> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let functions = lines.iter().enumerate().filter_map(|(at, line)| {
        let name = line.strip_prefix("fn ")?.split('(').next()?;
        let above = lines[..at].iter().rev().take_while(|line| line.starts_with("#["));
        let marks: Vec<&str> = above.copied().collect();
        (marks.contains(&"#[test]") && !marks.iter().any(|mark| mark.starts_with("#[ignore"))).then_some(name)
    });
    functions.collect()
}

#[test]
fn the_numbers_of_a_name_are_read_whole() {
    assert_eq!(numbers("r12_a_redirect_uri"), [12]);
    assert_eq!(numbers("r40_r41_a_code"), [40, 41]);
    assert_eq!(numbers("r31_to_r33_r35_r39_a_code"), [31, 32, 33, 35, 39]);
    assert_eq!(numbers("r2_to_the_end"), [2]);
    for none in ["rows", "reuse_is_known", "r", "a_r12", "r1x_y"] {
        assert!(numbers(none).is_empty(), "{none}");
    }
    let source = "#[test]\nfn r1_a() {}\nfn r2_b() {}\n#[test]\n#[ignore = \"slow\"]\nfn r3_c() {}";
    assert_eq!(tests(source), ["r1_a"]);
}

#[test]
fn every_requirement_has_a_test_that_carries_its_number() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut shown: BTreeSet<u16> = BTreeSet::new();
    for group in ["http", "store"] {
        for entry in fs::read_dir(folder.join(group)).unwrap() {
            let source = fs::read_to_string(entry.unwrap().path()).unwrap();
            for name in tests(&source) {
                for number in numbers(name) {
                    assert!(
                        LIST.iter().any(|part| part.contains(&number)),
                        "{name}: there is no number {number}"
                    );
                    shown.insert(number);
                }
            }
        }
    }
    let missing: Vec<u16> = LIST.into_iter().flatten().filter(|number| !shown.contains(number)).collect();
    assert!(missing.is_empty(), "no test carries the numbers {missing:?}");
}
