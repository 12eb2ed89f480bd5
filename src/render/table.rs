//! Tables and sheets for a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::render::cells::Cells;
use crate::render::escape;
use crate::render::view::{Column, Kind, pick};

/// Columns of a terminal between two of a table.
const SPACE: usize = 2;

/// Rows as aligned columns. Where the terminal is too narrow, columns go from the right; the first, which is the id,
/// stays whole whatever happens.
#[must_use]
pub fn rows(cells: &Cells, objects: &[Value], columns: &[Column], width: usize) -> String {
    Layout::default().page(cells, objects, columns, width)
}

/// A table that is laid out page by page, so that no more than a page of it is ever kept. The first page decides which
/// columns fit and how wide they are at least; a wider cell on a later page makes its column wider from there on.
#[derive(Debug, Default)]
pub struct Layout {
    /// Known after the first page.
    shape: Option<Shape>,
}

impl Layout {
    /// The next page; the first one has the headings.
    #[must_use]
    pub fn page(&mut self, cells: &Cells, objects: &[Value], columns: &[Column], width: usize) -> String {
        let page = objects.iter().map(|object| {
            columns
                .iter()
                .map(|column| escape::line(&cells.short(object, &column.path, column.kind)))
                .collect()
        });
        let headings =
            self.shape.is_none().then(|| columns.iter().map(|column| column.header.clone()).collect());
        let all: Vec<Vec<String>> = headings.into_iter().chain(page).collect();
        let is_first = self.shape.is_none();
        let shape = self.shape.get_or_insert_with(|| Shape::fitting(&all, columns, width));
        let mut rows: Vec<Vec<String>> = all.iter().flat_map(|row| shape.lines(row)).collect();
        for (column, width) in shape.widths.iter_mut().enumerate() {
            *width = widest(&rows, column).max(*width);
            if let (false, Some(top)) = (is_first, rows.first_mut()) {
                let missing = width.saturating_sub(top[column].width());
                top[column].extend(std::iter::repeat_n(' ', missing));
            }
        }
        aligned(&rows)
    }
}

/// Which columns are shown, and how.
#[derive(Debug)]
struct Shape {
    shown: Vec<usize>,
    /// How wide each of them is at least.
    widths: Vec<usize>,
    /// Where the last one is wrapped, if it is.
    wrap: Option<usize>,
}

impl Shape {
    /// Narrower than this, prose is hard to read, and columns in front of it go first.
    const PROSE: usize = 20;

    fn fitting(rows: &[Vec<String>], columns: &[Column], width: usize) -> Self {
        let needed = |count: usize| {
            (0..count).map(|column| widest(rows, column)).sum::<usize>() + SPACE * count.saturating_sub(1)
        };
        let last = columns.len().saturating_sub(1);
        if columns.last().is_some_and(|column| matches!(column.kind, Kind::Prose)) {
            let prose = widest(rows, last).min(Self::PROSE);
            if let Some(kept) = (1..=last).rev().find(|kept| needed(*kept) + SPACE + prose <= width) {
                return Self::of((0..kept).chain([last]), Some(width - needed(kept) - SPACE));
            }
        }
        let count = (2..=columns.len()).rev().find(|count| needed(*count) <= width).unwrap_or(1);
        Self::of(0..count.min(columns.len()), None)
    }

    fn of(shown: impl Iterator<Item = usize>, wrap: Option<usize>) -> Self {
        let shown: Vec<usize> = shown.collect();
        Self { widths: vec![0; shown.len()], shown, wrap }
    }

    /// A row as it is shown: one line, or more where its prose is wrapped.
    fn lines(&self, row: &[String]) -> Vec<Vec<String>> {
        let mut first: Vec<String> = self.shown.iter().map(|column| row[*column].clone()).collect();
        let (Some(wrap), Some(prose)) = (self.wrap, first.last_mut()) else { return vec![first] };
        let mut parts = wrapped(prose, wrap).into_iter();
        *prose = parts.next().unwrap_or_default();
        let rest = parts.map(|part| {
            let mut line = vec![String::new(); self.shown.len() - 1];
            line.push(part);
            line
        });
        std::iter::once(first).chain(rest.collect::<Vec<_>>()).collect()
    }
}

/// A text in lines of at most so many columns, broken between words where that is possible.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    if text.width() <= width {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() {
            if line.width() + 1 + word.width() <= width {
                line.push(' ');
            } else {
                lines.push(std::mem::take(&mut line));
            }
        }
        for letter in word.chars() {
            if !line.is_empty() && line.width() + letter.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    lines.push(line);
    lines
}

fn widest(rows: &[Vec<String>], column: usize) -> usize {
    rows.iter().map(|row| row[column].width()).max().unwrap_or(0)
}

/// Rows below each other, each column as wide as its widest cell.
fn aligned(rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// One object: a line for each field that has a value, and a table for each list of objects in it. `extra` lines come
/// after the first, which is the id.
#[must_use]
pub fn sheet(
    cells: &Cells,
    object: &Value,
    fields: &[Column],
    extra: &[(&str, &str)],
    width: usize,
) -> String {
    let (nested, flat): (Vec<&Column>, Vec<&Column>) =
        fields.iter().partition(|field| matches!(field.kind, Kind::Nested(_)));
    let mut lines: Vec<(String, String)> = flat
        .into_iter()
        .filter(|field| matches!(field.kind, Kind::Time) || !Cells::full(object, &field.path).is_empty())
        .map(|field| (field.label(), escape::line(&cells.long(object, &field.path, field.kind))))
        .collect();
    let extra = extra.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned()));
    lines.splice(lines.len().min(1)..lines.len().min(1), extra);
    let label_width = lines.iter().map(|(label, _)| label.width()).max().unwrap_or(0);
    let mut lines: Vec<String> =
        lines.into_iter().map(|(label, value)| format!("{label:label_width$}  {value}")).collect();
    for field in nested {
        let picked = pick(object, &field.path);
        let (Kind::Nested(columns), Some(Value::Array(objects))) = (field.kind, picked.as_deref()) else {
            continue;
        };
        if objects.is_empty() {
            continue;
        }
        let columns: Vec<Column> = columns.iter().map(Column::from).collect();
        let table = rows(cells, objects, &columns, width.saturating_sub(2));
        lines.push(format!("\n{}", field.label()));
        lines.extend(table.lines().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn later_pages_are_aligned_to_the_first_and_have_no_headings() {
        let cells = Cells { now: Timestamp::from_millis(0) };
        let column =
            |path: &str| Column { path: path.to_owned(), header: path.to_uppercase(), kind: Kind::Text };
        let columns = [column("id"), column("name"), column("note")];
        let row = |id: &str, name: &str| json!({"id": id, "name": name, "note": "n"});
        let mut layout = Layout::default();
        let mut page = |rows: &[Value], width| layout.page(&cells, rows, &columns, width);
        assert_eq!(page(&[row("1", "four"), row("22", "x")], 80), "ID  NAME  NOTE\n1   four  n\n22  x     n");
        assert_eq!(page(&[row("3", "x"), row("4", "é")], 80), "3   x     n\n4   é     n");
        assert_eq!(page(&[row("5", "longer"), row("6", "x")], 80), "5   longer  n\n6   x       n");
        assert_eq!(page(&[row("7", "x")], 80), "7   x       n");
        // Which columns fit is decided once.
        let mut narrow = Layout::default();
        assert_eq!(narrow.page(&cells, &[row("1", "x")], &columns, 9), "ID  NAME\n1   x");
        assert_eq!(narrow.page(&cells, &[row("2", "x")], &columns, 80), "2   x");
    }
    #[test]
    fn prose_is_wrapped_and_what_stands_before_it_gives_way() {
        let cells = Cells { now: Timestamp::from_millis(0) };
        let column = |path: &str, kind| Column { path: path.to_owned(), header: path.to_uppercase(), kind };
        let columns = [column("id", Kind::Text), column("error", Kind::Text), column("why", Kind::Prose)];
        let object = |why: &str| json!({"id": "1", "error": "invalid_scope", "why": why});
        let objects =
            [object("the scope a is not in the group readers"), object("https://app.example/callback/of/1")];
        let page = |width| rows(&cells, &objects, &columns, width);
        assert_eq!(
            page(usize::MAX),
            "ID  ERROR          WHY\n\
             1   invalid_scope  the scope a is not in the group readers\n\
             1   invalid_scope  https://app.example/callback/of/1"
        );
        assert_eq!(
            page(50),
            "ID  ERROR          WHY\n\
             1   invalid_scope  the scope a is not in the group\n\
             \u{20}                  readers\n\
             1   invalid_scope  https://app.example/callback/of\n\
             \u{20}                  /1"
        );
        assert_eq!(
            page(30),
            "ID  WHY\n\
             1   the scope a is not in the\n\
             \u{20}   group readers\n\
             1   https://app.example/callba\n\
             \u{20}   ck/of/1"
        );
        assert_eq!(page(20), "ID  ERROR\n1   invalid_scope\n1   invalid_scope");
    }
}
