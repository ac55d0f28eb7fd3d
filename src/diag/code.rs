//! The stable names of diagnostics.

use std::fmt;
use std::str::FromStr;

use super::nearest::nearest;
use super::quote::quote;

/// Writes the enum, its names and the pages that explain them from one list.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What kind of problem a diagnostic reports; prints as `unknown-key`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that is printed: `unknown-key`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The page that explains it, in Markdown (`dcrf explain <code>`).
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
    /// A file has nothing in it.
    EmptyFile = "empty-file",
    /// A file is not JSON.
    InvalidJson = "invalid-json",
    /// Brackets are nested deeper than the limit.
    TooDeep = "too-deep",
    /// A key stands twice in one object.
    DuplicateKey = "duplicate-key",
    /// `create` cannot make a row, as its serializer does not take all that a row needs.
    IncompleteCreate = "incomplete-create",
    /// A key that exists nowhere.
    UnknownKey = "unknown-key",
    /// A key that has to be there is not.
    MissingKey = "missing-key",
    /// A value of the wrong JSON type.
    WrongType = "wrong-type",
    /// A value of the right type that means nothing here.
    InvalidValue = "invalid-value",
    /// A key that is known but not supported.
    UnsupportedKeyword = "unsupported-keyword",
    /// A keyword in a place where it means nothing.
    MisplacedKeyword = "misplaced-keyword",
    /// Keys that exclude each other.
    ConflictingKeys = "conflicting-keys",
    /// A name that is defined or listed twice.
    DuplicateName = "duplicate-name",
    /// A name that cannot be made into an identifier.
    InvalidName = "invalid-name",
    /// A name that the generated code needs itself.
    ReservedName = "reserved-name",
    /// Two names that are one after case conversion.
    NameCollision = "name-collision",
    /// A table or column name that no database takes.
    InvalidIdentifier = "invalid-identifier",
    /// A model that is not defined.
    UnknownModel = "unknown-model",
    /// A serializer that is not defined.
    UnknownSerializer = "unknown-serializer",
    /// A field that its model or serializer does not have.
    UnknownField = "unknown-field",
    /// A format that is not known.
    UnknownFormat = "unknown-format",
    /// A `$ref` that leads nowhere.
    UnresolvedRef = "unresolved-ref",
    /// `$ref`s that lead in a circle.
    CircularRef = "circular-ref",
    /// A `$ref` to something that cannot stand there.
    InvalidRef = "invalid-ref",
    /// A default that does not fit its type or its rules.
    BadDefault = "bad-default",
    /// A pattern that is no regular expression.
    BadPattern = "bad-pattern",
    /// A rule that does not fit its type or another rule.
    BadRule = "bad-rule",
    /// A primary key that cannot be one.
    BadPrimaryKey = "bad-primary-key",
    /// A relation that cannot work.
    BadRelation = "bad-relation",
    /// A column that would have no value in a new row.
    MissingDefault = "missing-default",
    /// Two consumers of one stream.
    DuplicateStream = "duplicate-stream",
    /// Two consumers at one path.
    DuplicatePath = "duplicate-path",
    /// A path that is taken by the server.
    ReservedPath = "reserved-path",
    /// Two actions of one name.
    DuplicateAction = "duplicate-action",
    /// Something that needs a serializer, without one.
    MissingSerializer = "missing-serializer",
    /// Something that needs a mixin, without it.
    MissingMixin = "missing-mixin",
    /// A filter over a field that clients cannot read.
    UnreadableFilter = "unreadable-filter",
    /// A field that is write-only is shown.
    WriteOnlyField = "write-only-field",
    /// An observer of rows that its consumer does not narrow, where one narrows them or narrows its own.
    OpenObserver = "open-observer",
    /// A nested serializer that writes rows which a consumer narrows, without asking it.
    OpenNested = "open-nested",
    /// A relation that is written by its key and by a nested serializer.
    RelationWrittenTwice = "relation-written-twice",
    /// A filter, search or order over a field of the wrong type.
    BadFilter = "bad-filter",
    /// A lookup by a column that does not tell rows apart.
    BadLookup = "bad-lookup",
    /// A table would be dropped, with its rows.
    DropTable = "drop-table",
    /// A column would be dropped, with its values.
    DropColumn = "drop-column",
    /// Something is new, and something like it is gone.
    PossibleRename = "possible-rename",
    /// A former name that nothing had.
    UnknownFormerName = "unknown-former-name",
    /// A former name of what goes on as something else.
    TakenFormerName = "taken-former-name",
    /// A table that somebody else made is to be ours.
    AdoptTable = "adopt-table",
    /// Rows would have no value in a column.
    RequiredColumn = "required-column",
    /// Values that mean nothing as those of another type.
    RetypeColumn = "retype-column",
    /// Values of a column may not be those of another type.
    CheckedConversion = "checked-conversion",
    /// An enum loses values that rows may have.
    NarrowedEnum = "narrowed-enum",
    /// Rows may be equal in what is to be unique.
    UniqueRows = "unique-rows",
    /// A key that rows of others refer to is another one.
    ChangedKey = "changed-key",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no diagnostic", quote(&self.0))?;
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
