//! Tests that the layout does not change what rustfmt has formatted.

/// Texts that rustfmt has formatted.
const FORMATTED: &[&str] = &[
    r#"fn decode(request: &Request<'_>, given: Given) -> Result<Self> {
    let action = match request.action() {
        "create_message" => Self::CreateMessage {
            row: Room::from_row(given.row()?)?,
            input: CreateMessageInputOfRooms::from_object(crud::input(
                &CREATE_MESSAGE_INPUT,
                request,
            )?)?,
        },
        other => return Err(Error::MethodNotAllowed(other.to_owned())),
    };
    Ok(action)
}"#,
    r#"pub static TAKE_INPUT: ObjectMeta = ObjectMeta {
    name: "TakeInput",
    properties: &[PropertyMeta::new("text", TypeMeta::plain(Kind::Text)).default(Literal::Text(""))],
    closed: false,
};"#,
    r#"pub static CLOSES_INPUT: ObjectMeta = ObjectMeta {
    properties: &[
        PropertyMeta::new("code", TypeMeta::plain(Kind::Integer)).default(Literal::Integer(4001))
    ],
};"#,
    r#"static OBSERVERS: [&ObserverMeta; 3] = [
    &ROOM_INSTANCE_OBSERVER,
    &ROOM_MESSAGE_ACTIVITY_OBSERVER,
    &ROOM_ROOM_ACTIVITY_OBSERVER,
];"#,
];

#[test]
fn what_is_formatted_stays() {
    for text in FORMATTED {
        let item: syn::Item = syn::parse_str(text).expect("Rust");
        assert_eq!(super::item(&item), *text);
    }
}

/// Each expression, and all that it contains, is tried in several shapes: the time must not double with every level.
#[test]
fn deep_nesting_takes_no_time() {
    let mut kind = "Kind::Text".to_owned();
    for _ in 0..120 {
        kind = format!("Kind::List(&TypeMeta::plain({kind}))");
    }
    // The generator's own threads have a larger stack, too.
    let deep = std::thread::Builder::new().stack_size(crate::config::STACK).spawn(move || {
        let item = syn::parse_str(&format!("static DEEP: TypeMeta = {kind};")).expect("Rust");
        super::item(&item).matches("TypeMeta::plain").count()
    });
    assert_eq!(deep.expect("a thread starts").join().expect("it is laid out"), 120);
}
