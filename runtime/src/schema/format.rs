//! How a field of a serializer reads and shows dates, times, durations and decimals, where it differs from the default.

/// The settings of a field, with the words of Django REST Framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatMeta {
    /// The formats by which texts are read, in their order (`input_formats`): those of `strptime`, or `iso-8601`. There
    /// are none for the default, which is ISO 8601.
    pub input: &'static [&'static str],
    /// The form in which values are shown (`format`).
    pub output: Output,
    /// The clock of date-times (`default_timezone`).
    pub clock: Clock,
    /// Whether decimals are shown as numbers (`coerce_to_string=False`).
    pub number: bool,
    /// Whether decimals are shown without zeros at the end (`normalize_output=True`).
    pub normalize: bool,
    /// How decimals with too many places are shown (`rounding`).
    pub rounding: RoundingMode,
}

/// The form in which a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// That of DRF: ISO 8601, and `1 02:03:04` for durations.
    Default,
    /// A format string of Python's `strftime`.
    Strftime(&'static str),
    /// ISO 8601, also for durations.
    Iso,
    /// A UUID without hyphens.
    Hex,
    /// A UUID as a URN.
    Urn,
    /// A UUID as an integer.
    Int,
    /// The value itself, as DRF's renderer writes it (`format=None`): date-times in UTC, durations as the text of
    /// their seconds.
    Plain,
}

/// The clock that date-times without an offset are read by, and that all date-times are shown by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// UTC.
    Utc,
    /// The clocks of a time zone of the IANA database.
    Zone(&'static str),
    /// UTC, without an offset in what is shown (`default_timezone=None`).
    Naive,
}

/// How a decimal with more places than its field has is shown: the modes of Python's `decimal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoundingMode {
    /// `ROUND_HALF_EVEN`
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

impl FormatMeta {
    /// The default of every field.
    pub const DEFAULT: Self = Self {
        input: &[],
        output: Output::Default,
        clock: Clock::Utc,
        number: false,
        normalize: false,
        rounding: RoundingMode::HalfEven,
    };

    /// Sets the formats by which texts are read.
    pub const fn input(mut self, formats: &'static [&'static str]) -> Self {
        self.input = formats;
        self
    }

    /// Shows values by a format string of Python's `strftime`.
    pub const fn strftime(mut self, format: &'static str) -> Self {
        self.output = Output::Strftime(format);
        self
    }

    /// Shows ISO 8601.
    pub const fn iso(mut self) -> Self {
        self.output = Output::Iso;
        self
    }

    /// Shows the value itself (`format=None`).
    pub const fn plain(mut self) -> Self {
        self.output = Output::Plain;
        self
    }

    /// Shows a UUID without hyphens.
    pub const fn hex(mut self) -> Self {
        self.output = Output::Hex;
        self
    }

    /// Shows a UUID as a URN.
    pub const fn urn(mut self) -> Self {
        self.output = Output::Urn;
        self
    }

    /// Shows a UUID as an integer.
    pub const fn int(mut self) -> Self {
        self.output = Output::Int;
        self
    }

    /// Reads and shows date-times by the clocks of a time zone.
    pub const fn zone(mut self, name: &'static str) -> Self {
        self.clock = Clock::Zone(name);
        self
    }

    /// Shows date-times in UTC, without an offset.
    pub const fn naive(mut self) -> Self {
        self.clock = Clock::Naive;
        self
    }

    /// Shows decimals as numbers.
    pub const fn number(mut self) -> Self {
        self.number = true;
        self
    }

    /// Shows decimals without zeros at the end.
    pub const fn normalize(mut self) -> Self {
        self.normalize = true;
        self
    }

    /// Sets how decimals with too many places are shown.
    pub const fn rounding(mut self, rounding: RoundingMode) -> Self {
        self.rounding = rounding;
        self
    }
}
