//! Words of Django, Django REST Framework, Django Channels REST Framework and OpenAPI that are called otherwise here.

/// A word of another vocabulary, the words that stand for it, of which the first that is known in its place is meant,
/// and what is to be said where none is.
type Entry = (&'static str, &'static [&'static str], &'static str);

/// Keys.
const KEYS: &[Entry] = &[
    // Fields of Django's models.
    ("choices", &["enum"], ""),
    ("null", &[], "a value may be null if its type says so: `\"type\": [\"string\", \"null\"]`"),
    ("nullable", &[], "a value may be null if its type says so: `\"type\": [\"string\", \"null\"]`"),
    ("blank", &["minLength"], "the empty text is taken with `\"minLength\": 0` or `\"default\": \"\"`"),
    ("allow_null", &[], "a value may be null if its type says so: `\"type\": [\"string\", \"null\"]`"),
    ("unique", &["x-unique"], ""),
    ("db_index", &["x-index"], ""),
    ("indexes", &["x-index"], ""),
    ("primary_key", &["x-primary-key"], ""),
    ("db_column", &["x-column"], ""),
    ("db_table", &["x-table"], ""),
    ("managed", &["x-managed"], ""),
    ("on_delete", &["x-on-delete"], ""),
    ("related_name", &["x-related-name"], ""),
    ("unique_together", &["x-unique-together"], ""),
    ("auto_now", &["x-auto-now"], ""),
    ("auto_now_add", &["x-auto-now-add"], ""),
    ("max_digits", &["x-max-digits"], ""),
    ("decimal_places", &["x-decimal-places"], ""),
    ("max_value", &["maximum"], ""),
    ("min_value", &["minimum"], ""),
    ("db_collation", &["x-collation"], ""),
    ("foreign_key", &["x-foreign-key"], ""),
    ("ForeignKey", &["x-foreign-key"], ""),
    ("OneToOneField", &["x-foreign-key"], ""),
    ("many_to_many", &["x-many-to-many"], ""),
    ("ManyToManyField", &["x-many-to-many"], ""),
    ("through", &["x-through"], ""),
    ("verbose_name", &["title"], ""),
    ("help_text", &["description"], ""),
    ("editable", &["readOnly"], ""),
    ("regex", &["pattern"], ""),
    // Keys of other places.
    ("ordering", &[], "lists are ordered by their consumer: `ordering` stands there"),
    (
        "permission_classes",
        &[],
        "permissions are those of a consumer or an action: `permission_classes` stands there",
    ),
    ("error_messages", &[], "they are said by the serializer: `extra_kwargs`"),
    ("validators", &[], "the application's own checks are said by the serializer: `validators`"),
    // Serializers.
    ("write_only_fields", &["extra_kwargs"], ""),
    ("serializer_methods", &["methods"], ""),
    ("method_fields", &["methods"], ""),
    ("Meta", &[], "what is in `Meta` stands in the serializer itself: `model`, `fields`"),
    // Consumers.
    ("serializer_class", &["serializer"], ""),
    ("serializer_classes", &["serializer"], ""),
    ("model", &["serializer"], "a consumer shows the rows of its serializer's model"),
    ("get_queryset", &["queryset"], "`\"queryset\": \"custom\"` has the application narrow the rows"),
    ("permissions", &["permission_classes"], ""),
    ("pagination_class", &["pagination"], ""),
    ("filter_backends", &["filter"], ""),
    ("filterset_fields", &["filter"], ""),
    ("filter_fields", &["filter"], ""),
    ("filterset_class", &["filter"], ""),
    ("search_fields", &["search"], ""),
    ("ordering_fields", &["order_by"], ""),
    (
        "authentication_classes",
        &["permission_classes"],
        "who a client is, an authenticator of the application finds out",
    ),
    ("routes", &["path"], ""),
    ("websocket_connect", &["on_connect"], ""),
    ("websocket_disconnect", &["on_disconnect"], ""),
];

/// Words out of a closed set.
const WORDS: &[Entry] = &[
    // Types.
    ("str", &["string"], ""),
    ("text", &["string"], ""),
    ("char", &["string"], ""),
    ("varchar", &["string"], ""),
    ("CharField", &["string"], ""),
    ("TextField", &["string"], ""),
    ("SlugField", &["string"], "with `\"format\": \"slug\"`"),
    ("EmailField", &["string"], "with `\"format\": \"email\"`"),
    ("URLField", &["string"], "with `\"format\": \"uri\"`"),
    ("UUIDField", &["string"], "with `\"format\": \"uuid\"`"),
    ("uuid", &["string"], "with `\"format\": \"uuid\"`"),
    ("DateField", &["string"], "with `\"format\": \"date\"`"),
    ("date", &["string"], "with `\"format\": \"date\"`"),
    ("DateTimeField", &["string"], "with `\"format\": \"date-time\"`"),
    ("datetime", &["string"], "with `\"format\": \"date-time\"`"),
    ("date-time", &["string"], "with `\"format\": \"date-time\"`"),
    ("timestamp", &["string"], "with `\"format\": \"date-time\"`"),
    ("TimeField", &["string"], "with `\"format\": \"time\"`"),
    ("DurationField", &["string"], "with `\"format\": \"duration\"`"),
    ("DecimalField", &["string"], "with `\"format\": \"decimal\"`, `x-max-digits` and `x-decimal-places`"),
    ("decimal", &["string"], "with `\"format\": \"decimal\"`, `x-max-digits` and `x-decimal-places`"),
    ("bytes", &["string"], "with `\"format\": \"byte\"`"),
    ("BinaryField", &["string"], "with `\"format\": \"byte\"`"),
    ("int", &["integer"], ""),
    ("bigint", &["integer"], ""),
    ("IntegerField", &["integer"], ""),
    ("BigIntegerField", &["integer"], ""),
    ("AutoField", &["integer"], "with `\"x-primary-key\": true`"),
    ("float", &["number"], ""),
    ("double", &["number"], ""),
    ("FloatField", &["number"], ""),
    ("bool", &["boolean"], ""),
    ("BooleanField", &["boolean"], ""),
    ("list", &["array"], ""),
    ("dict", &["object"], ""),
    ("map", &["object"], ""),
    ("JSONField", &["object"], ""),
    ("json", &["object"], ""),
    ("None", &["null"], ""),
    ("nil", &["null"], ""),
    // What happens to a row.
    ("SET_NULL", &["set-null"], ""),
    ("DO_NOTHING", &["restrict"], ""),
    // Mixins.
    ("ListModelMixin", &["list"], ""),
    ("RetrieveModelMixin", &["retrieve"], ""),
    ("CreateModelMixin", &["create"], ""),
    ("UpdateModelMixin", &["update"], ""),
    ("PatchModelMixin", &["patch"], ""),
    ("DeleteModelMixin", &["delete"], ""),
    ("DestroyModelMixin", &["delete"], ""),
    ("destroy", &["delete"], ""),
    ("partial_update", &["patch"], ""),
    ("PaginatedModelListMixin", &["paginated_list"], ""),
    ("StreamedPaginatedListMixin", &["streamed_list"], ""),
    ("ObserverModelInstanceMixin", &["observer_instance"], ""),
    ("ObserverConsumerMixin", &["observer_instance"], ""),
    // Pages.
    ("LimitOffsetPagination", &["limit_offset"], ""),
    ("CursorPagination", &["cursor"], ""),
];

/// What is meant by a key, and what is to be said of it.
pub fn key(word: &str, known: &[&'static str]) -> Meaning {
    meaning(KEYS, word, known)
}

/// What is meant by a word of a closed set.
pub fn word(word: &str, known: &[&'static str]) -> Meaning {
    meaning(WORDS, word, known)
}

/// What a word of another vocabulary stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meaning {
    /// The word that is meant.
    pub word: Option<&'static str>,
    /// What is to be said beside.
    pub help: Option<&'static str>,
}

fn meaning(entries: &[Entry], word: &str, known: &[&'static str]) -> Meaning {
    let Some((_, words, help)) = entries.iter().find(|(other, ..)| *other == word) else {
        return Meaning::default();
    };
    let word = words.iter().copied().find(|word| known.contains(word));
    Meaning { word, help: Some(*help).filter(|help| !help.is_empty()) }
}

#[cfg(test)]
mod tests {
    use super::{KEYS, Meaning, WORDS, key, word};

    #[test]
    fn the_word_that_is_known_is_meant() {
        assert_eq!(key("serializer_class", &["stream", "serializer"]).word, Some("serializer"));
        assert_eq!(key("serializer_class", &["type"]), Meaning::default());
        assert_eq!(word("ListModelMixin", &["list", "create"]).word, Some("list"));
        assert!(key("ordering", &["properties"]).help.is_some());
    }

    #[test]
    fn every_word_stands_once() {
        for entries in [KEYS, WORDS] {
            for (index, (word, ..)) in entries.iter().enumerate() {
                assert!(!entries[..index].iter().any(|(other, ..)| other == word), "{word}");
            }
        }
    }
}
