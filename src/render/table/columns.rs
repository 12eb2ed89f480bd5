//! Which columns of a table are shown, and how wide they are.

use unicode_width::UnicodeWidthStr;

use crate::render::view::{Column, Kind};

/// Columns of the terminal between two columns of a table.
pub(crate) const GAP: usize = 2;

/// Prose is hard to read if it is wrapped more narrowly.
const LEAST_PROSE: usize = 20;

/// The second column of a table is wrapped, rather than hidden, if it gets at least this width.
const LEAST_SECOND: usize = 10;

/// The columns that are shown, with their widths. The first page of a table decides about both.
#[derive(Debug)]
pub(crate) struct ColumnLayout {
    /// Indexes of the columns that are shown, in ascending order.
    pub(crate) shown: Vec<usize>,
    /// Width of each column in `shown`, without the gap.
    pub(crate) widths: Vec<usize>,
    /// Whether each column in `shown` is wrapped if its cells are wider.
    wrapped: Vec<bool>,
    /// Width of the terminal that is left over.
    spare: usize,
}

impl ColumnLayout {
    /// Fits columns into `width`. Each row has a cell for each column; one of the rows may be the header.
    ///
    /// The first column is always shown; the id in it is never wrapped. Columns of words and prose are wrapped before another
    /// is hidden. Columns are hidden from the right, except that prose in the last column stays and those before it go.
    #[must_use]
    pub(crate) fn fit(rows: &[Vec<String>], columns: &[Column], width: usize) -> Self {
        let full: Vec<usize> = (0..columns.len()).map(|column| widest(rows, column)).collect();
        let least_widths: Vec<usize> =
            columns.iter().enumerate().map(|(index, column)| least(rows, index, column.kind)).collect();
        let needed = |shown: &[usize]| {
            shown.iter().map(|column| least_widths[*column]).sum::<usize>()
                + GAP * shown.len().saturating_sub(1)
        };
        let last = columns.len().saturating_sub(1);
        let ends_in_prose = columns.last().is_some_and(|column| matches!(column.kind, Kind::Prose));
        let before_prose =
            (1..=last).rev().filter(|_| ends_in_prose).map(|kept| (0..kept).chain([last]).collect());
        let from_left = (2..=columns.len()).rev().map(|kept| (0..kept).collect());
        let shown: Vec<usize> = before_prose
            .chain(from_left)
            .find(|shown: &Vec<usize>| needed(shown) <= width)
            .unwrap_or_default();
        if shown.is_empty() {
            return Self::leading_columns(&full, width);
        }
        let spare = width - needed(&shown);
        let widths = shown.iter().map(|column| least_widths[*column]).collect();
        let wrapped = shown.iter().map(|column| columns[*column].kind.wraps()).collect();
        let mut layout = Self { shown, widths, wrapped, spare };
        layout.widen(|column| full[column]);
        layout
    }

    /// Shows the first column, and the second one if enough width is left for it.
    fn leading_columns(full: &[usize], width: usize) -> Self {
        let left = width.saturating_sub(full.first().map_or(0, |first| first + GAP));
        let widths: Vec<usize> = match full {
            [first, second, ..] if left >= LEAST_SECOND => vec![*first, left.min(*second)],
            full => full.iter().take(1).copied().collect(),
        };
        Self { shown: (0..widths.len()).collect(), wrapped: vec![false, true], widths, spare: 0 }
    }

    /// Makes room for a later page: columns that are never wrapped get the width that they need, even beyond the width of
    /// the terminal; the others share the width that is left over.
    pub(crate) fn grow(&mut self, rows: &[Vec<String>]) {
        for ((width, column), wrapped) in self.widths.iter_mut().zip(&self.shown).zip(&self.wrapped) {
            if !wrapped {
                let missing = widest(rows, *column).saturating_sub(*width);
                *width += missing;
                self.spare = self.spare.saturating_sub(missing);
            }
        }
        self.widen(|column| widest(rows, column));
    }

    /// Shares the spare width evenly among the columns that are narrower than `full`.
    fn widen(&mut self, full: impl Fn(usize) -> usize) {
        loop {
            let mut narrow: Vec<(&mut usize, usize)> = self
                .widths
                .iter_mut()
                .zip(&self.shown)
                .map(|(width, column)| (width, full(*column)))
                .filter(|(width, full)| **width < *full)
                .collect();
            let share = self.spare.checked_div(narrow.len()).unwrap_or(0);
            if share == 0 {
                return;
            }
            for (width, full) in &mut narrow {
                let more = share.min(*full - **width);
                **width += more;
                self.spare -= more;
            }
        }
    }
}

/// Returns the width of the widest cell of a column.
fn widest(rows: &[Vec<String>], column: usize) -> usize {
    rows.iter().map(|row| row[column].width()).max().unwrap_or(0)
}

/// Returns the least width of a column: that of its longest word if it holds words, otherwise that of its widest cell.
fn least(rows: &[Vec<String>], column: usize, kind: Kind) -> usize {
    match kind {
        Kind::Prose => widest(rows, column).min(LEAST_PROSE),
        Kind::Words => {
            rows.iter().flat_map(|row| row[column].split(' ')).map(UnicodeWidthStr::width).max().unwrap_or(0)
        }
        Kind::Text | Kind::Time | Kind::Event | Kind::Nested(_) => widest(rows, column),
    }
}
