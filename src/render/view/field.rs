//! The fields of views, and the columns that show them.

/// Format and layout of the value of a field.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One value, which is not wrapped.
    Text,
    /// Words separated by blanks. They are wrapped between words if the terminal is too narrow.
    Words,
    /// Sentences. As the last column of a list they are wrapped, and other columns are hidden first.
    Prose,
    /// A time; if absent, never.
    Time,
    /// The time of an event; if absent, the event has not happened.
    Event,
    /// A list of objects with these fields, shown only in the sheet of one object.
    Nested(&'static [Field]),
}

impl Kind {
    /// Returns true if a value that is too wide is wrapped.
    pub(crate) const fn wraps(self) -> bool {
        matches!(self, Self::Words | Self::Prose)
    }
}

/// A field of a view.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Path in the JSON object, such as `consumer.name`.
    pub path: &'static str,
    /// Header of its column, in capitals.
    pub header: &'static str,
    pub kind: Kind,
    /// True if lists show the field without `--fields`.
    pub column: bool,
}

impl Field {
    /// Makes a field that lists show as a column.
    #[must_use]
    pub const fn column(path: &'static str, header: &'static str, kind: Kind) -> Self {
        Self { path, header, kind, column: true }
    }

    /// Makes a field that only JSON and the sheet of one object show.
    #[must_use]
    pub const fn detail(path: &'static str, header: &'static str, kind: Kind) -> Self {
        Self { path, header, kind, column: false }
    }

    /// Returns true if `path` is this field, or a field of the objects nested in it.
    #[must_use]
    pub fn reaches(&self, path: &str) -> bool {
        let inside = || path.strip_prefix(self.path).and_then(|rest| rest.strip_prefix('.'));
        match self.kind {
            _ if self.path == path => true,
            Kind::Nested(fields) => {
                inside().is_some_and(|rest| fields.iter().any(|field| field.path == rest))
            }
            Kind::Text | Kind::Words | Kind::Prose | Kind::Time | Kind::Event => false,
        }
    }
}

/// A column of a list: a field of its view, or with `--fields a.b` a field of the objects nested in one.
#[derive(Clone, Debug)]
pub struct Column {
    /// Path in the JSON object.
    pub path: String,
    pub header: String,
    pub kind: Kind,
}

impl From<&Field> for Column {
    fn from(field: &Field) -> Self {
        Self { path: field.path.to_owned(), header: field.header.to_owned(), kind: field.kind }
    }
}

impl Column {
    /// Returns the label in the sheet of one object: the header with only its first letter in capitals.
    #[must_use]
    pub fn label(&self) -> String {
        let mut letters = self.header.chars();
        letters.next().map_or_else(String::new, |first| format!("{first}{}", letters.as_str().to_lowercase()))
    }
}
