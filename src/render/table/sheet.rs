//! The sheet of one object: a line for each field, and a table for each nested list.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, Table, Width};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::render::escape;
use crate::render::table::cell::{CellFormatter, full_value};
use crate::render::table::columns::GAP;
use crate::render::table::pager::TablePager;
use crate::render::view::{Column, Kind, pick};

/// The text of a sheet.
pub(crate) struct Sheet {
    /// Lines without a line end after the last one.
    pub(crate) text: String,
    /// Headers of the columns of nested lists for which the terminal is too narrow.
    pub(crate) hidden_columns: Vec<String>,
}

/// One line of a sheet, before it is laid out.
struct Line {
    label: String,
    value: String,
    wraps: bool,
}

impl Sheet {
    /// Lays out the sheet of one object: the fields that have a value, with `extra` lines (label and value) after the
    /// first one, which is the id. An absent expiry is shown as well, since its absence has a meaning.
    #[must_use]
    pub(crate) fn of(
        cells: &CellFormatter,
        object: &Value,
        fields: &[Column],
        extra: &[(&str, &str)],
        width: usize,
    ) -> Self {
        let (nested, flat): (Vec<&Column>, Vec<&Column>) =
            fields.iter().partition(|field| matches!(field.kind, Kind::Nested(_)));
        let mut lines: Vec<Line> = flat
            .into_iter()
            .filter(|field| matches!(field.kind, Kind::Time) || !full_value(object, &field.path).is_empty())
            .map(|field| Line {
                label: field.label(),
                value: escape::line(&cells.long(object, &field.path, field.kind)),
                wraps: field.kind.wraps(),
            })
            .collect();
        let extra = extra.iter().map(|(label, value)| Line {
            label: (*label).to_owned(),
            value: (*value).to_owned(),
            wraps: false,
        });
        lines.splice(lines.len().min(1)..lines.len().min(1), extra);
        let label_width = lines.iter().map(|line| line.label.width()).max().unwrap_or(0);
        let mut text: Vec<String> = lines.iter().map(|line| line.laid_out(label_width, width)).collect();

        let mut hidden_columns = Vec::new();
        for field in nested {
            let picked = pick(object, &field.path);
            let (Kind::Nested(columns), Some(Value::Array(objects))) = (field.kind, picked.as_deref()) else {
                continue;
            };
            if objects.is_empty() {
                continue;
            }
            let columns: Vec<Column> = columns.iter().map(Column::from).collect();
            let mut pager = TablePager::default();
            let table = pager.next_page(cells, objects, &columns, width.saturating_sub(2));
            text.push(format!("\n{}", field.label()));
            text.extend(table.lines().map(|line| format!("  {line}")));
            hidden_columns.extend(pager.hidden_columns(&columns));
        }
        Self { text: text.join("\n"), hidden_columns }
    }
}

impl Line {
    /// Aligns the value, wrapped between words if it holds words. A word is never broken, so that an id, an address or a
    /// command can be copied.
    fn laid_out(&self, label_width: usize, width: usize) -> String {
        let longest = self.value.split(' ').map(UnicodeWidthStr::width).max().unwrap_or(0);
        let room = width.saturating_sub(label_width + GAP).max(longest);
        let value_width = if self.wraps { self.value.width().min(room) } else { self.value.width() };
        let mut table = Table::new();
        table.load_style(NOTHING).add_row([&self.label, &self.value]);
        for (column, width) in table.column_iter_mut().zip([label_width + GAP, value_width]) {
            let width = u16::try_from(width.max(1)).unwrap_or(u16::MAX);
            column.set_padding((0, 0)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::time::Timestamp;

    #[test]
    fn words_are_wrapped_and_never_broken() {
        let column = |path: &str, kind| Column { path: path.to_owned(), header: path.to_uppercase(), kind };
        let columns = [column("id", Kind::Text), column("why", Kind::Prose), column("fix", Kind::Text)];
        let object = json!({
            "id": "req_000000000001",
            "why": "the URI https://app.example/callback was sent",
            "fix": "a command that is long",
        });
        let sheet = Sheet::of(&CellFormatter { now: Timestamp::from_millis(0) }, &object, &columns, &[], 24);
        assert_eq!(
            sheet.text,
            "Id   req_000000000001\n\
             Why  the URI\n\
             \u{20}    https://app.example/callback\n\
             \u{20}    was sent\n\
             Fix  a command that is long"
        );
    }
}
