//! Words of Django, Django REST Framework, Django Channels REST Framework and OpenAPI that have another name here.

/// A word of another vocabulary, the words that replace it (the first that is valid in its place is meant), and the
/// help for the user.
type Entry = (&'static str, &'static [&'static str], &'static str);

/// The keys.
const KEYS: &[Entry] = &[
    // Fields of Django's models.
    ("choices", &["enum"], ""),
    ("null", &[], "a value may be null if its type includes null: `\"type\": [\"string\", \"null\"]`"),
    ("nullable", &[], "a value may be null if its type includes null: `\"type\": [\"string\", \"null\"]`"),
    (
        "blank",
        &["minLength"],
        "to accept the empty text, set `\"minLength\": 0` or `\"default\": \"\"`; to accept an empty list of a \
         many-to-many relation, `\"minItems\": 0`",
    ),
    ("allow_null", &[], "a value may be null if its type includes null: `\"type\": [\"string\", \"null\"]`"),
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
    ("constraints", &["x-constraints"], ""),
    ("upload_to", &["x-file"], ""),
    ("FileField", &["x-file"], ""),
    ("ImageField", &["x-file"], ""),
    ("auto_now", &["x-auto-now"], ""),
    ("auto_now_add", &["x-auto-now-add"], ""),
    ("max_digits", &["x-max-digits"], ""),
    ("decimal_places", &["x-decimal-places"], ""),
    ("max_value", &["maximum"], ""),
    ("min_value", &["minimum"], ""),
    ("db_collation", &["x-collation"], ""),
    ("foreign_key", &["x-foreign-key"], ""),
    ("ForeignKey", &["x-foreign-key"], ""),
    ("OneToOneField", &["x-one-to-one"], ""),
    ("one_to_one", &["x-one-to-one"], ""),
    ("many_to_many", &["x-many-to-many"], ""),
    ("ManyToManyField", &["x-many-to-many"], ""),
    ("through", &["x-through"], ""),
    ("verbose_name", &["title"], ""),
    ("help_text", &["description"], ""),
    ("editable", &["readOnly"], ""),
    ("regex", &["pattern"], ""),
    // Keys of other places.
    ("ordering", &["x-ordering"], ""),
    (
        "permission_classes",
        &[],
        "permissions belong to a consumer or an action: set `permission_classes` there",
    ),
    ("error_messages", &[], "error messages belong to the serializer: set them in its `extra_kwargs`"),
    (
        "validators",
        &[],
        "validators of the application belong to the serializer: list them in its `validators`",
    ),
    // Serializers.
    ("serializer_methods", &["methods"], ""),
    ("method_fields", &["methods"], ""),
    ("Meta", &[], "the keys of `Meta` belong to the serializer itself: `model`, `fields`"),
    // Consumers.
    ("serializer_class", &["serializer"], ""),
    ("serializer_classes", &["serializer"], ""),
    ("model", &["serializer"], "a consumer shows the rows of its serializer's model"),
    ("get_queryset", &["queryset"], "with `\"queryset\": \"custom\"` the application restricts the rows"),
    (
        "get_serializer_class",
        &["action_serializers"],
        "it names the serializers of built-in actions: `{\"list\": \"RoomLineSerializer\"}`",
    ),
    (
        "get_permissions",
        &["action_permissions"],
        "it names the permissions of built-in actions: `{\"list\": [\"AllowAny\"]}`",
    ),
    ("throttle_classes", &["throttle"], "a throttle is a rate, such as `\"10/min\"`"),
    (
        "throttle_scope",
        &["throttle"],
        "a throttle is a rate with a `scope`: `{\"rate\": \"10/min\", \"scope\": \"…\"}`",
    ),
    ("HiddenField", &["extra_kwargs"], "set `\"hidden\": \"current_user\"` of the field there"),
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
        "an authenticator of the application authenticates clients",
    ),
    ("routes", &["path"], ""),
    ("websocket_connect", &["on_connect"], ""),
    ("websocket_disconnect", &["on_disconnect"], ""),
];

/// The words of closed sets.
const WORDS: &[Entry] = &[
    // Types.
    ("str", &["string"], ""),
    ("text", &["string"], ""),
    ("char", &["string"], ""),
    ("varchar", &["string"], ""),
    ("CharField", &["string"], ""),
    ("TextField", &["string"], ""),
    ("SlugField", &["string"], "add `\"format\": \"slug\"`"),
    ("EmailField", &["string"], "add `\"format\": \"email\"`"),
    ("URLField", &["string"], "add `\"format\": \"uri\"`"),
    ("UUIDField", &["string"], "add `\"format\": \"uuid\"`"),
    ("uuid", &["string"], "add `\"format\": \"uuid\"`"),
    ("DateField", &["string"], "add `\"format\": \"date\"`"),
    ("date", &["string"], "add `\"format\": \"date\"`"),
    ("DateTimeField", &["string"], "add `\"format\": \"date-time\"`"),
    ("datetime", &["string"], "add `\"format\": \"date-time\"`"),
    ("date-time", &["string"], "add `\"format\": \"date-time\"`"),
    ("timestamp", &["string"], "add `\"format\": \"date-time\"`"),
    ("TimeField", &["string"], "add `\"format\": \"time\"`"),
    ("DurationField", &["string"], "add `\"format\": \"duration\"`"),
    ("DecimalField", &["string"], "add `\"format\": \"decimal\"`, `x-max-digits` and `x-decimal-places`"),
    ("decimal", &["string"], "add `\"format\": \"decimal\"`, `x-max-digits` and `x-decimal-places`"),
    ("bytes", &["string"], "add `\"format\": \"byte\"`"),
    ("BinaryField", &["string"], "add `\"format\": \"byte\"`"),
    ("int", &["integer"], ""),
    ("bigint", &["integer"], ""),
    ("IntegerField", &["integer"], ""),
    ("BigIntegerField", &["integer"], ""),
    ("AutoField", &["integer"], "add `\"x-primary-key\": true`"),
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
    // Values of `x-on-delete`.
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
    // Styles of pagination.
    ("LimitOffsetPagination", &["limit_offset"], ""),
    ("CursorPagination", &["cursor"], ""),
];

/// Returns what a key of another vocabulary means, and the help about it.
pub fn key(word: &str, known: &[&'static str]) -> Meaning {
    meaning(KEYS, word, known)
}

/// Returns what a word of a closed set means.
pub fn word(word: &str, known: &[&'static str]) -> Meaning {
    meaning(WORDS, word, known)
}

/// The meaning of a word of another vocabulary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Meaning {
    /// The word that is meant.
    pub word: Option<&'static str>,
    /// The help for the user.
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
        assert_eq!(key("ordering", &["x-ordering"]).word, Some("x-ordering"));
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
