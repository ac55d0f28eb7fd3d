//! The stable names of diagnostics.

use std::fmt;
use std::str::FromStr;

use super::nearest::nearest;
use super::quote::quote;

/// Declares the enum, the names of its variants and the pages that explain them from one list.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// The kind of problem that a diagnostic reports. It is printed as `unknown-key`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the name that is printed: `unknown-key`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Returns the page that explains the code, in Markdown (`dcrf explain <code>`).
            pub const fn explanation(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../docs/diagnostics/", $name, ".md")),)*
                }
            }
        }
    };
}

codes! {
    /// A file cannot be read.
    UnreadableFile = "unreadable-file",
    /// A file is larger than the limit.
    TooLarge = "too-large",
    /// A file is not UTF-8.
    InvalidUtf8 = "invalid-utf8",
    /// A file begins with a byte order mark.
    ByteOrderMark = "byte-order-mark",
    /// A file is empty.
    EmptyFile = "empty-file",
    /// A file is not JSON.
    InvalidJson = "invalid-json",
    /// Objects and arrays are nested deeper than the limit.
    TooDeep = "too-deep",
    /// A key occurs twice in one object.
    DuplicateKey = "duplicate-key",
    /// `create` cannot create a row, because its serializer does not take every required column.
    IncompleteCreate = "incomplete-create",
    /// A key that the format does not have.
    UnknownKey = "unknown-key",
    /// A required key is absent.
    MissingKey = "missing-key",
    /// A value of the wrong JSON type.
    WrongType = "wrong-type",
    /// A value of the right type that is invalid here.
    InvalidValue = "invalid-value",
    /// A key that is known but not supported.
    UnsupportedKeyword = "unsupported-keyword",
    /// A keyword in a place where it has no meaning.
    MisplacedKeyword = "misplaced-keyword",
    /// Keys that exclude each other.
    ConflictingKeys = "conflicting-keys",
    /// A name that is defined or listed twice.
    DuplicateName = "duplicate-name",
    /// A name that cannot be made into an identifier.
    InvalidName = "invalid-name",
    /// A name that generated code needs itself.
    ReservedName = "reserved-name",
    /// Two names that are equal after case conversion.
    NameCollision = "name-collision",
    /// A table or column name that a database does not accept.
    InvalidIdentifier = "invalid-identifier",
    /// A model that is not defined.
    UnknownModel = "unknown-model",
    /// A serializer that is not defined.
    UnknownSerializer = "unknown-serializer",
    /// A field that its model or serializer does not have.
    UnknownField = "unknown-field",
    /// A format that is not known.
    UnknownFormat = "unknown-format",
    /// A `$ref` whose target does not exist.
    UnresolvedRef = "unresolved-ref",
    /// `$ref`s that refer to each other in a circle.
    CircularRef = "circular-ref",
    /// A `$ref` to something that is not allowed there.
    InvalidRef = "invalid-ref",
    /// A default that does not fit its type or its rules.
    BadDefault = "bad-default",
    /// A pattern that is not a regular expression.
    BadPattern = "bad-pattern",
    /// A rule that does not fit its type or another rule.
    BadRule = "bad-rule",
    /// A column that cannot be a primary key.
    BadPrimaryKey = "bad-primary-key",
    /// A constraint that cannot be enforced as it is written.
    BadConstraint = "bad-constraint",
    /// A column that cannot have files as it is written.
    BadFile = "bad-file",
    /// An invalid relation.
    BadRelation = "bad-relation",
    /// A column that would have no value in a new row.
    MissingDefault = "missing-default",
    /// Two consumers with the same stream.
    DuplicateStream = "duplicate-stream",
    /// Two consumers with the same path.
    DuplicatePath = "duplicate-path",
    /// A path that the server uses itself.
    ReservedPath = "reserved-path",
    /// Two actions with the same name.
    DuplicateAction = "duplicate-action",
    /// A key that requires a serializer, without one.
    MissingSerializer = "missing-serializer",
    /// A key that requires a mixin, without it.
    MissingMixin = "missing-mixin",
    /// A filter over a field that clients cannot read.
    UnreadableFilter = "unreadable-filter",
    /// A field that shows what is write-only.
    WriteOnlyField = "write-only-field",
    /// An observer of rows that no queryset restricts, although a consumer restricts them or the observer's own
    /// consumer restricts its rows.
    OpenObserver = "open-observer",
    /// An observer whose changes cannot be told to clients that come back.
    BadDelivery = "bad-delivery",
    /// A nested serializer that writes rows which a consumer restricts, and does not name that consumer.
    OpenNested = "open-nested",
    /// A relation that is written both by its key and by a nested serializer.
    RelationWrittenTwice = "relation-written-twice",
    /// A filter, search or order over a field of the wrong type.
    BadFilter = "bad-filter",
    /// A look-up by a column that is not unique.
    BadLookup = "bad-lookup",
    /// A migration that would drop a table with its rows.
    DropTable = "drop-table",
    /// A migration that would drop a column with its values.
    DropColumn = "drop-column",
    /// Something new that resembles something removed: it may have been renamed.
    PossibleRename = "possible-rename",
    /// A former name (`x-was`, `x-drop`) that nothing had in the last run.
    UnknownFormerName = "unknown-former-name",
    /// A former name (`x-was`, `x-drop`) of something that continues as something else.
    TakenFormerName = "taken-former-name",
    /// A table of another application that migrations are now to create and change.
    AdoptTable = "adopt-table",
    /// A column that is new or does not allow null any more, without a value for existing rows.
    RequiredColumn = "required-column",
    /// A column whose values have no meaning in its new type.
    RetypeColumn = "retype-column",
    /// A column some of whose values may have no equivalent in its new type.
    CheckedConversion = "checked-conversion",
    /// An enum without values that rows may have.
    NarrowedEnum = "narrowed-enum",
    /// A unique constraint that existing rows may violate.
    UniqueRows = "unique-rows",
    /// A check that existing rows may violate.
    CheckedRows = "checked-rows",
    /// A primary key that is now another property, or has a type to which its values cannot be converted.
    ChangedKey = "changed-key",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error that a text is not the name of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not the code of a diagnostic", quote(&self.0))?;
        match nearest(&self.0, Code::ALL.iter().map(|code| code.as_str())) {
            Some(near) => write!(f, "; did you mean {}?", quote(near)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnknownCode {}

impl FromStr for Code {
    type Err = UnknownCode;
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| UnknownCode(text.to_owned()))
    }
}
