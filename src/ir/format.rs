//! How fields of serializers read and show dates, times, durations, UUIDs and decimals, where that is not the default.

/// The settings of a field, named after those of Django REST Framework.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Format {
    /// `input_formats`; there are none if the field reads ISO 8601 alone.
    pub input: Vec<String>,
    /// `format`
    pub output: Output,
    /// `default_timezone`
    pub clock: Clock,
    /// `coerce_to_string: false`
    pub number: bool,
    /// `normalize_output: true`
    pub normalize: bool,
    /// `rounding`
    pub rounding: Rounding,
}

impl Format {
    /// Tells whether the field reads and shows its values in the default way.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Tells whether values are shown in another form than the default, so that the client cannot order them.
    pub fn is_shown(&self) -> bool {
        self.output != Output::Default || !matches!(self.clock, Clock::Unset | Clock::Utc) || self.number
    }
}

/// The form in which a value is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Output {
    /// The default form.
    #[default]
    Default,
    /// A format string of `strftime`.
    Strftime(String),
    /// ISO 8601, for a duration.
    Iso,
    /// `null`: the value itself.
    Plain,
    /// A UUID in one of its other forms: `hex`, `urn`, `int`.
    Uuid(&'static str),
}

/// The clock by which date-times without an offset are read, and by which all are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Clock {
    /// UTC, unless the definition has a time zone of its own.
    #[default]
    Unset,
    /// UTC.
    Utc,
    /// A time zone, by its name.
    Zone(String),
    /// UTC, and no offset is shown.
    Naive,
}

/// How decimals with too many places are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rounding {
    /// `ROUND_HALF_EVEN`
    #[default]
    HalfEven,
    /// `ROUND_HALF_UP`
    HalfUp,
    /// `ROUND_HALF_DOWN`
    HalfDown,
    /// `ROUND_UP`
    Up,
    /// `ROUND_DOWN`
    Down,
    /// `ROUND_CEILING`
    Ceiling,
    /// `ROUND_FLOOR`
    Floor,
}
