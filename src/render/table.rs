//! Tables and sheets for a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;
use unicode_width::UnicodeWidthStr as _;

use super::cells::Cells;
use super::escape;
use super::view::{Field, Kind, pick};

/// Rows as aligned columns. Where the terminal is too narrow, columns go from the right; the first, which is the id,
/// stays whole whatever happens.
#[must_use]
pub fn rows(cells: &Cells, objects: &[Value], columns: &[Field], width: usize) -> String {
    let all: Vec<Vec<String>> = objects
        .iter()
        .map(|object| columns.iter().map(|field| escape::line(&cells.short(object, field))).collect())
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

fn aligned(columns: &[Field], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|field| field.header));
    for row in rows {
        table.add_row(&row[..columns.len()]);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

/// One object: a line for each field, and a table for each list of objects in it.
#[must_use]
pub fn sheet(cells: &Cells, object: &Value, fields: &[Field], width: usize) -> String {
    let label_width = fields.iter().map(|field| field.label().width()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for field in fields {
        if let Kind::Nested(columns) = field.kind {
            let picked = pick(object, field.path);
            let Some(Value::Array(objects)) = picked.as_deref() else { continue };
            if objects.is_empty() {
                continue;
            }
            lines.push(String::new());
            lines.push(field.label());
            let table = rows(cells, objects, columns, width.saturating_sub(2));
            lines.extend(table.lines().map(|line| format!("  {line}")));
            continue;
        }
        if pick(object, field.path).is_none_or(|value| value.is_null()) && !matches!(field.kind, Kind::Time) {
            continue;
        }
        let value = escape::line(&cells.long(object, field));
        lines.push(format!("{:label_width$}  {value}", field.label()));
    }
    lines.join("\n")
}
