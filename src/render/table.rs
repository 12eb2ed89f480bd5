//! Tables and sheets for a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use super::cells::Cells;
use super::escape;
use super::view::{Column, Kind, pick};

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
    /// How wide each column is at least, after the first page.
    widths: Option<Vec<usize>>,
}

impl Layout {
    /// The next page; the first one has the headings.
    #[must_use]
    pub fn page(&mut self, cells: &Cells, objects: &[Value], columns: &[Column], width: usize) -> String {
        let headings = columns.iter().map(|column| column.header.clone()).collect();
        let page = objects.iter().map(|object| {
            columns
                .iter()
                .map(|column| escape::line(&cells.short(object, &column.path, column.kind)))
                .collect()
        });
        match &mut self.widths {
            None => {
                let all: Vec<Vec<String>> = std::iter::once(headings).chain(page).collect();
                let mut count = columns.len();
                let text = loop {
                    let text = aligned(&all, count);
                    if count <= 1 || text.lines().all(|line| line.width() <= width) {
                        break text;
                    }
                    count -= 1;
                };
                self.widths = Some((0..count).map(|column| widest(&all, column)).collect());
                text
            }
            Some(widths) => {
                let mut all: Vec<Vec<String>> = page.collect();
                for (column, width) in widths.iter_mut().enumerate() {
                    *width = widest(&all, column).max(*width);
                    if let Some(first) = all.first_mut() {
                        let missing = width.saturating_sub(first[column].width());
                        first[column].extend(std::iter::repeat_n(' ', missing));
                    }
                }
                aligned(&all, widths.len())
            }
        }
    }
}

fn widest(rows: &[Vec<String>], column: usize) -> usize {
    rows.iter().map(|row| row[column].width()).max().unwrap_or(0)
}

/// The first so many cells of each row, below each other.
fn aligned(rows: &[Vec<String>], count: usize) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        table.add_row(&row[..count]);
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
}
