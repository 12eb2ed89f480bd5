//! A table that is printed page by page.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, Table, Width};
use serde_json::Value;

use crate::render::escape;
use crate::render::table::cell::CellFormatter;
use crate::render::table::columns::{ColumnLayout, GAP};
use crate::render::view::Column;

/// A table of which at most one page is in memory.
///
/// The first page decides which columns are shown. A wider cell on a later page widens its column from there on.
#[derive(Debug, Default)]
pub(crate) struct TablePager {
    /// Absent before the first page.
    layout: Option<ColumnLayout>,
}

impl TablePager {
    /// Returns the next page as lines without a line end after the last one. The first page begins with the header.
    #[must_use]
    pub(crate) fn next_page(
        &mut self,
        cells: &CellFormatter,
        objects: &[Value],
        columns: &[Column],
        width: usize,
    ) -> String {
        let row = |object| {
            columns
                .iter()
                .map(|column| escape::line(&cells.short(object, &column.path, column.kind)))
                .collect()
        };
        let header =
            self.layout.is_none().then(|| columns.iter().map(|column| column.header.clone()).collect());
        let rows: Vec<Vec<String>> = header.into_iter().chain(objects.iter().map(row)).collect();
        let layout = self.layout.get_or_insert_with(|| ColumnLayout::fit(&rows, columns, width));
        layout.grow(&rows);
        aligned(&rows, layout)
    }

    /// Returns the headers of the columns for which the terminal is too narrow; none before the first page.
    #[must_use]
    pub(crate) fn hidden_columns(&self, columns: &[Column]) -> Vec<String> {
        let Some(layout) = &self.layout else { return Vec::new() };
        let hidden = columns.iter().enumerate().filter(|(index, _)| !layout.shown.contains(index));
        hidden.map(|(_, column)| column.header.clone()).collect()
    }
}

/// Wraps and aligns the cells of the columns that are shown.
fn aligned(rows: &[Vec<String>], layout: &ColumnLayout) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for row in rows {
        table.add_row(layout.shown.iter().map(|column| row[*column].as_str()));
    }
    for (column, width) in table.column_iter_mut().zip(&layout.widths) {
        let width = u16::try_from(width + GAP).unwrap_or(u16::MAX);
        column.set_padding((0, 2)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::time::Timestamp;
    use crate::render::view::Kind;

    const CELLS: CellFormatter = CellFormatter { now: Timestamp::from_millis(0) };

    fn column(path: &str, kind: Kind) -> Column {
        Column { path: path.to_owned(), header: path.to_uppercase(), kind }
    }

    /// Returns the lines of a table of one page, and the headers of its hidden columns.
    fn table(objects: &[Value], columns: &[Column], width: usize) -> (String, String) {
        let mut pager = TablePager::default();
        let page = pager.next_page(&CELLS, objects, columns, width);
        (page, pager.hidden_columns(columns).join(" "))
    }

    #[test]
    fn later_pages_are_aligned_to_the_first_without_header() {
        let columns = [column("id", Kind::Text), column("name", Kind::Text), column("note", Kind::Text)];
        let row = |id: &str, name: &str| json!({"id": id, "name": name, "note": "n"});
        let mut pager = TablePager::default();
        let mut page = |rows: &[Value]| pager.next_page(&CELLS, rows, &columns, 80);
        assert_eq!(page(&[row("1", "four"), row("22", "x")]), "ID  NAME  NOTE\n1   four  n\n22  x     n");
        assert_eq!(page(&[row("3", "x"), row("4", "é")]), "3   x     n\n4   é     n");
        assert_eq!(page(&[row("5", "longer"), row("6", "x")]), "5   longer  n\n6   x       n");
        assert_eq!(page(&[row("7", "x")]), "7   x       n");
    }

    #[test]
    fn only_the_first_page_decides_which_columns_are_shown() {
        let columns = [column("id", Kind::Text), column("name", Kind::Text), column("note", Kind::Text)];
        let row = |id: &str| json!({"id": id, "name": "x", "note": "n"});
        let mut pager = TablePager::default();
        assert_eq!(pager.hidden_columns(&columns), Vec::<String>::new());
        assert_eq!(pager.next_page(&CELLS, &[row("1")], &columns, 9), "ID  NAME\n1   x");
        assert_eq!(pager.next_page(&CELLS, &[row("2")], &columns, 80), "2   x");
        assert_eq!(pager.hidden_columns(&columns), ["NOTE"]);
    }

    #[test]
    fn prose_is_wrapped_and_columns_before_it_are_hidden_first() {
        let columns = [column("id", Kind::Text), column("error", Kind::Text), column("why", Kind::Prose)];
        let object = |why: &str| json!({"id": "1", "error": "invalid_scope", "why": why});
        let objects =
            [object("the scope a is not in the group readers"), object("https://app.example/callback/of/1")];
        let page = |width| table(&objects, &columns, width);
        assert_eq!(
            page(usize::MAX).0,
            "ID  ERROR          WHY\n\
             1   invalid_scope  the scope a is not in the group readers\n\
             1   invalid_scope  https://app.example/callback/of/1"
        );
        assert_eq!(
            page(50).0,
            "ID  ERROR          WHY\n\
             1   invalid_scope  the scope a is not in the group\n\
             \u{20}                  readers\n\
             1   invalid_scope  https://app.example/callback/of\n\
             \u{20}                  /1"
        );
        let (text, hidden) = page(30);
        assert_eq!(
            text,
            "ID  WHY\n\
             1   the scope a is not in the\n\
             \u{20}   group readers\n\
             1   https://app.example/callba\n\
             \u{20}   ck/of/1"
        );
        assert_eq!(hidden, "ERROR");
        assert_eq!(
            page(20),
            ("ID  ERROR\n1   invalid_scope\n1   invalid_scope".to_owned(), "WHY".to_owned())
        );
    }

    #[test]
    fn words_are_wrapped_whole_before_a_column_is_hidden() {
        let columns = [column("id", Kind::Text), column("scope", Kind::Words), column("owner", Kind::Text)];
        let objects = [json!({"id": "1", "scope": "assets.read work_orders.write", "owner": "東京"})];
        assert_eq!(
            table(&objects, &columns, 40).0,
            "ID  SCOPE                          OWNER\n\
             1   assets.read work_orders.write  東京"
        );
        assert_eq!(
            table(&objects, &columns, 28).0,
            "ID  SCOPE              OWNER\n\
             1   assets.read        東京\n\
             \u{20}   work_orders.write"
        );
        let (text, hidden) = table(&objects, &columns, 27);
        assert_eq!(text, "ID  SCOPE\n1   assets.read\n    work_orders.write");
        assert_eq!(hidden, "OWNER");
    }

    #[test]
    fn a_second_column_that_is_too_wide_is_wrapped() {
        let columns = [column("id", Kind::Text), column("value", Kind::Text), column("note", Kind::Text)];
        let objects = [json!({"id": "issuer", "value": "https://accounts.example", "note": "n"})];
        let mut pager = TablePager::default();
        let page = pager.next_page(&CELLS, &objects, &columns, 25);
        assert_eq!(page, "ID      VALUE\nissuer  https://accounts.\n        example");
        assert_eq!(
            pager.next_page(&CELLS, &objects, &columns, 25),
            "issuer  https://accounts.\n        example"
        );
        assert_eq!(pager.hidden_columns(&columns), ["NOTE"]);
        assert_eq!(table(&objects, &columns, 17).0, "ID\nissuer");
    }
}
