//! Checks `docs/requirements.md`: its tables are well formed, and every test that they name exists and is run.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

const COLUMNS: [&str; 4] = ["id", "requirement", "source", "test"];

/// Sections with the least number of rows that they must have.
const SECTIONS: &[(&str, usize)] = &[("OAuth", 114), ("Findings about the service", 3)];

/// Returns the text of a file by its path in the repository, if it exists.
type Files<'a> = &'a dyn Fn(&str) -> Option<String>;

/// One row of a table.
#[derive(Debug)]
struct Requirement<'a> {
    /// The heading of the second level above the table.
    section: &'a str,
    id: &'a str,
    tests: Vec<&'a str>,
}

/// Returns the text between the backticks of a cell that consists of nothing else.
fn code(cell: &str) -> Option<&str> {
    let text = cell.strip_prefix('`')?.strip_suffix('`')?;
    (!text.is_empty() && !text.contains('`')).then_some(text)
}

/// Returns the trimmed cells of a line `| a | b |`.
fn cells(line: &str) -> Option<Vec<&str>> {
    Some(line.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect())
}

fn parse_row<'a>(section: &'a str, line: &'a str) -> Result<Requirement<'a>, String> {
    let cells = cells(line).filter(|cells| cells.len() == COLUMNS.len());
    let cells = cells.ok_or_else(|| format!("not {} cells", COLUMNS.len()))?;
    let [id, requirement, source, tests] = cells[..] else { unreachable!("the length was checked") };
    let id = code(id).ok_or("the id is not in backticks")?;
    if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(format!("the id {id} has a character other than letters, digits and hyphen"));
    }
    if requirement.is_empty() || source.is_empty() {
        return Err(format!("{id} has an empty cell"));
    }
    if tests.is_empty() {
        return Err(format!("{id} has no test"));
    }
    let tests: Option<Vec<&str>> = tests.split(", ").map(code).collect();
    let tests =
        tests.ok_or_else(|| format!("the tests of {id} are not names in backticks, separated by commas"))?;
    Ok(Requirement { section, id, tests })
}

/// Returns the rows of all tables, and a message for each malformed line.
fn parse(text: &str) -> (Vec<Requirement<'_>>, Vec<String>) {
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let mut section = "";
    // Lines of the current table so far, its header included.
    let mut table_lines = 0;
    let separator = "|".to_owned() + &" --- |".repeat(COLUMNS.len());
    for (index, line) in text.lines().chain([""]).enumerate() {
        let mut report = |message: String| problems.push(format!("line {}: {message}", index + 1));
        if let Some(heading) = line.strip_prefix("## ") {
            section = heading;
        }
        if !line.starts_with('|') {
            if line.contains('|') {
                report("a table row must begin with |".to_owned());
            }
            if matches!(table_lines, 1 | 2) {
                report("the table has no rows".to_owned());
            }
            table_lines = 0;
            continue;
        }
        table_lines += 1;
        match table_lines {
            1 if cells(line).as_deref() != Some(&COLUMNS) => {
                report(format!("the columns are not {COLUMNS:?}"));
            }
            1 if section.is_empty() => report("the table is in no section".to_owned()),
            2 if line != separator => report(format!("the second line is not {separator}")),
            1 | 2 => {}
            _ => match parse_row(section, line) {
                Ok(row) => rows.push(row),
                Err(message) => report(message),
            },
        }
    }
    (rows, problems)
}

/// Returns whether a source has a test function that is neither ignored nor conditional.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    lines.iter().enumerate().any(|(index, line)| {
        let is_named = line.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(name));
        let above = lines[..index].iter().rev().take_while(|line| line.starts_with("#["));
        let attributes: Vec<&str> = above.copied().collect();
        is_named.is_some_and(|rest| rest.starts_with('('))
            && attributes.contains(&"#[test]")
            && !attributes.iter().any(|line| line.contains("ignore") || line.starts_with("#[cfg"))
    })
}

/// Returns whether a source file is part of a crate: each module up to the root is declared by its parent.
fn is_compiled(path: &str, files: Files<'_>) -> bool {
    if matches!(path, "tests/main.rs" | "src/lib.rs" | "src/main.rs") {
        return true;
    }
    let module = path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix(".rs"));
    let Some((folder, name)) = module.and_then(|module| module.rsplit_once('/')) else { return false };
    let parents = [
        format!("{folder}/mod.rs"),
        format!("{folder}.rs"),
        format!("{folder}/main.rs"),
        format!("{folder}/lib.rs"),
    ];
    parents.iter().any(|parent| {
        let declaration = format!("mod {name};");
        let source = files(parent).unwrap_or_default();
        let is_declared = source.lines().map(str::trim).any(|line| {
            line == declaration || line.starts_with("pub") && line.ends_with(&format!(" {declaration}"))
        });
        is_declared && is_compiled(parent, files)
    })
}

/// Checks that a test exists and is run.
fn check_test(test: &str, files: Files<'_>) -> Result<(), String> {
    if let Some((path, name)) = test.split_once("::") {
        let source = files(path).ok_or_else(|| format!("there is no file {path}"))?;
        if !has_test(&source, name) {
            return Err(format!("{path} has no test {name} that always runs"));
        }
        return is_compiled(path, files).then_some(()).ok_or_else(|| format!("no module declares {path}"));
    }
    let name = test.strip_prefix("tests/interop/").ok_or_else(|| format!("{test} names no test"))?;
    files(test).ok_or_else(|| format!("there is no file {test}"))?;
    let script = name.rsplit('/').next().unwrap_or(name);
    let runner = files("tests/interop/run").unwrap_or_default();
    let is_run = runner.split_whitespace().any(|word| word == script);
    is_run.then_some(()).ok_or_else(|| format!("tests/interop/run does not name {script}"))
}

/// Returns every problem of the list.
fn problems(text: &str, sections: &[(&str, usize)], files: Files<'_>) -> Vec<String> {
    let (rows, mut problems) = parse(text);
    let mut ids = HashSet::new();
    for row in &rows {
        if !ids.insert(row.id) {
            problems.push(format!("the id {} is not unique", row.id));
        }
        let failures = row.tests.iter().filter_map(|test| check_test(test, files).err());
        problems.extend(failures.map(|failure| format!("{}: {failure}", row.id)));
    }
    for (section, least) in sections {
        let count = rows.iter().filter(|row| row.section == *section).count();
        if count < *least {
            problems.push(format!("the section {section} has {count} rows, not {least}"));
        }
    }
    problems
}

#[test]
fn every_requirement_names_tests_that_exist_and_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/requirements.md")).unwrap();
    let found = problems(&text, SECTIONS, &|path| fs::read_to_string(root.join(path)).ok());
    assert!(found.is_empty(), "docs/requirements.md:\n{}", found.join("\n"));
}

#[test]
fn every_table_of_the_schema_has_its_bound_or_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(root.join(path)).ok();
    let page = read("docs/bounds.md").unwrap();
    let schema = read("src/store/sqlite/migrations/0001_init.sql").unwrap();
    let tables: Vec<&str> =
        schema.lines().filter_map(|line| line.strip_prefix("CREATE TABLE ")?.strip_suffix(" (")).collect();
    assert!(tables.len() > 10, "{tables:?}");
    for table in tables {
        assert!(page.contains(&format!("`{table}`")), "docs/bounds.md does not name the table {table}");
    }
    let rows: Vec<Vec<&str>> =
        page.lines().filter(|line| line.starts_with("| `")).filter_map(cells).collect();
    assert!(rows.len() > 5, "{rows:?}");
    for row in rows {
        let [name, _, _, tests] = row[..] else { panic!("{row:?} has not four cells") };
        for test in tests.split(", ") {
            let test = code(test).unwrap_or_else(|| panic!("{name}: {test} is not a name in backticks"));
            check_test(test, &read).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        }
    }
}

const LIST: &str = "\
# Requirements

## Protocol

| id | requirement | source | test |
| --- | --- | --- | --- |
| `first-rule` | It holds | RFC 1 2.3 | `tests/group/a.rs::it_holds`, `tests/interop/node/client.js` |
| `second-rule` | It holds too | own | `src/store/b.rs::it_holds_too` |
";

/// A repository in memory in which [`LIST`] has no problem.
fn example(path: &str) -> Option<String> {
    let text = match path {
        "tests/main.rs" => "mod group;",
        "tests/group/mod.rs" => "mod a;",
        "tests/group/a.rs" => {
            "#[test]\nfn it_holds() {}\n\n#[test]\n#[ignore = \"slow\"]\nfn ignored() {}\n\nfn helper() {}\n\n\
             #[test]\n#[cfg(unix)]\nfn conditional() {}\n"
        }
        "tests/group/orphan.rs" => "#[test]\nfn it_holds() {}\n",
        "src/lib.rs" => "pub mod store;",
        "src/store/mod.rs" => "pub(crate) mod b;",
        "src/store/b.rs" => "mod tests {\n    #[test]\n    #[should_panic]\n    fn it_holds_too() {}\n}\n",
        "tests/interop/run" => "scripts=(\n  client.js\n)",
        "tests/interop/node/client.js" | "tests/interop/node/other.js" | "README.md" => "text",
        _ => return None,
    };
    Some(text.to_owned())
}

#[test]
fn a_well_formed_list_has_no_problem() {
    assert_eq!(problems(LIST, &[("Protocol", 2)], &example), Vec::<String>::new());
}

#[test]
fn every_kind_of_problem_in_a_list_is_found() {
    for (from, to, expected) in [
        ("`first-rule`", "`second-rule`", "the id second-rule is not unique"),
        ("`first-rule`", "first-rule", "line 7: the id is not in backticks"),
        ("`first-rule`", "`First rule`", "line 7: the id First rule has a character other than"),
        ("It holds too", "", "line 8: second-rule has an empty cell"),
        ("| own ", "| ", "line 8: second-rule has an empty cell"),
        ("| own ", "", "line 8: not 4 cells"),
        ("| own ", "| own | more ", "line 8: not 4 cells"),
        ("it_holds_too` |", "it_holds_too`", "line 8: not 4 cells"),
        ("| `second-rule`", "`second-rule`", "line 8: a table row must begin with |"),
        ("`src/store/b.rs::it_holds_too`", "", "line 8: second-rule has no test"),
        (
            "`src/store/b.rs::it_holds_too`",
            "src/store/b.rs::it_holds_too",
            "line 8: the tests of second-rule are not",
        ),
        ("`, `", "` `", "line 7: the tests of first-rule are not"),
        ("| source |", "| origin |", "line 5: the columns are not"),
        ("| --- | --- | --- | --- |\n", "", "line 6: the second line is not"),
        ("## Protocol\n", "\n", "line 5: the table is in no section"),
        ("a.rs::it_holds`", "a.rs::it_fails`", "tests/group/a.rs has no test it_fails"),
        ("a.rs::it_holds`", "a.rs::it_hold`", "tests/group/a.rs has no test it_hold "),
        ("a.rs::it_holds`", "a.rs::ignored`", "tests/group/a.rs has no test ignored"),
        ("a.rs::it_holds`", "a.rs::helper`", "tests/group/a.rs has no test helper"),
        ("a.rs::it_holds`", "a.rs::conditional`", "tests/group/a.rs has no test conditional"),
        ("group/a.rs", "group/c.rs", "there is no file tests/group/c.rs"),
        ("group/a.rs", "group/orphan.rs", "no module declares tests/group/orphan.rs"),
        ("client.js", "gone.js", "there is no file tests/interop/node/gone.js"),
        ("client.js", "other.js", "tests/interop/run does not name other.js"),
        ("src/store/b.rs::it_holds_too", "README.md", "README.md names no test"),
        ("## Protocol", "## Findings", "the section Protocol has 0 rows, not 2"),
    ] {
        let list = LIST.replacen(from, to, 1);
        assert_ne!(list, LIST, "{from} is in the list");
        let found = problems(&list, &[("Protocol", 2)], &example);
        assert!(found.iter().any(|problem| problem.contains(expected)), "{from} to {to}: {found:?}");
    }
    let without_rows = LIST.split("| `first").next().unwrap();
    assert_eq!(problems(without_rows, &[], &example), ["line 7: the table has no rows"]);
}
