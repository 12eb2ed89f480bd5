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
    let all: Vec<Vec<String>> = objects
        .iter()
        .map(|object| {
            columns
                .iter()
                .map(|column| escape::line(&cells.short(object, &column.path, column.kind)))
                .collect()
        })
        .collect();
    let mut count = columns.len();
    loop {
        let text = aligned(&columns[..count], &all);
        if count <= 1 || text.lines().all(|line| line.width() <= width) {
            return text;
        }
        count -= 1;
    }
}

fn aligned(columns: &[Column], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.header.as_str()));
    for row in rows {
        table.add_row(&row[..columns.len()]);
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
