//! What becomes of a sound definition.

use std::io;
use std::path::{Path, PathBuf};

use dcrf::compile;
use dcrf::ir::{Access, ActionKind, Api, Auto, Home, Literal, Output, Rule, Scalar, Type};
use dcrf::syntax::Loader;

use crate::ui::rendered;

struct Files(Vec<(&'static str, &'static str)>);

impl Loader for Files {
    fn load(&self, path: &Path) -> io::Result<Vec<u8>> {
        let found = self.0.iter().find(|(name, _)| Path::new(name) == path);
        found.map(|(_, text)| text.as_bytes().to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn api(files: Vec<(&'static str, &'static str)>, given: &[&str]) -> Api {
    let paths: Vec<PathBuf> = given.iter().map(PathBuf::from).collect();
    let compiled = compile(&paths, &Files(files));
    assert_eq!(rendered(&compiled), "");
    compiled.api.expect("there is nothing to complain about")
}

/// A definition with something of everything that is supported.
pub(crate) const BLOG: &str = include_str!("../sound/blog/blog.json");
/// The types that it refers to.
pub(crate) const TYPES: &str = include_str!("../sound/blog/types.json");

fn blog() -> Api {
    api(vec![("a/blog.json", BLOG), ("a/types.json", TYPES)], &["a/blog.json"])
}

#[test]
fn columns_are_complete() {
    let api = blog();
    let models: Vec<_> = api.models.values().collect();
    let [user, post] = models.as_slice() else { panic!("two models") };
    assert_eq!((user.fields[0].wire.as_str(), user.fields[0].auto, user.key), ("id", Auto::Key, 0));
    assert_eq!(user.table, "user");
    let field = |name: &str| post.fields.iter().find(|field| field.wire == name).expect("the field");
    assert_eq!(field("id").auto, Auto::Uuid);
    assert!(!field("id").read_only && !field("id").required, "clients may send it");
    let author = field("author");
    assert_eq!(
        (author.column.as_str(), &author.ty, author.required),
        ("author_id", &Type::Scalar(Scalar::Integer), true)
    );
    assert!(field("editor").nullable);
    assert_eq!(field("status").default, Some(Literal::Text("draft".into())));
    assert_eq!(field("price").default, Some(Literal::Text("1.00".into())));
    assert_eq!(field("price").rules, [Rule::Minimum("0".into())]);
    assert_eq!(field("tags").default, Some(Literal::Json("[]".into())));
    assert_eq!(field("tags").rules, [Rule::MaxItems(3)]);
    assert_eq!(field("created_at").auto, Auto::NowAdd);
    assert_eq!((&post.unique_together, &post.indexes), (&vec![vec![1, 3]], &vec![vec![3, 8]]));
    assert_eq!(field("place").origin.0, "blog.json#/models/Post/properties/place");
}

#[test]
fn types_have_names_and_homes() {
    let api = blog();
    let names: Vec<String> = api.objects.values().map(|object| object.name.pascal()).collect();
    assert_eq!(names, ["Tree", "Address", "PostMeta", "CountSerializer", "SearchAllInput", "PublishInput"]);
    let tree = api.objects.values().next().expect("the tree");
    assert!(
        tree.closed && tree.properties[0].boxed && !tree.properties[1].boxed && tree.properties[0].nullable
    );
    assert_eq!(tree.home, Home::Types);
    let address = api.objects.values().nth(1).expect("the address");
    assert_eq!(address.docs.text, "An address");
    assert_eq!(address.origin.0, "types.json#/$defs/Address");
    assert_eq!(address.properties[1].rules, [Rule::Pattern("^[0-9]{5}$".into())]);
    let status = api.enums.values().next().expect("the status");
    assert_eq!(status.name.pascal(), "PostStatus");
    assert_eq!(status.home, Home::Model(api.models.iter().nth(1).expect("the post").0));
}

#[test]
fn serializers_are_what_drf_makes_of_them() {
    let api = blog();
    let serializers: Vec<_> = api.serializers.values().collect();
    let user = serializers[0];
    assert!(user.validate && user.fields[1].validate && !user.fields[2].validate);
    assert_eq!((user.fields[0].wire.as_str(), user.fields[0].access), ("pk", Access::ReadOnly));
    assert_eq!(user.fields[1].rules, [Rule::MaxLength(50), Rule::MinLength(3)]);
    assert_eq!(user.fields[1].messages, [("min_length".to_owned(), "too short".to_owned())]);
    assert!(
        user.fields[2].blank && !user.fields[2].required && !user.fields[1].blank && user.fields[1].required
    );
    assert_eq!(user.fields[3].access, Access::WriteOnly);
    let post = serializers[1];
    assert_eq!(post.fields.len(), 8);
    let status = post.fields.iter().find(|field| field.wire == "status").expect("the status");
    assert_eq!((status.access, status.required), (Access::ReadOnly, false));
}

#[test]
fn consumers_are_complete() {
    let api = blog();
    let consumers: Vec<_> = api.consumers.values().collect();
    let [users, posts, plain] = consumers.as_slice() else { panic!("three consumers") };
    assert_eq!((users.stream.as_str(), users.path.as_str()), ("user", "/ws/user/"));
    let wire: Vec<&str> = users.actions.iter().map(|action| action.wire.as_str()).collect();
    assert_eq!(wire, ["list", "create", "delete"]);
    let fields = |list: &[dcrf::ir::FieldPath]| list.iter().map(|reach| reach.field).collect::<Vec<_>>();
    assert_eq!((fields(&users.filter), fields(&users.search)), (vec![0], vec![1]));
    assert!(users.ordering[0].descending && users.ordering[0].field == 1);
    let lookup = users.lookup.as_ref().expect("a lookup");
    assert_eq!((lookup.field, lookup.argument.as_str()), (1, "username"));
    assert_eq!(posts.pagination.expect("pages").max_limit, Some(10));
    let outputs: Vec<_> = posts
        .actions
        .iter()
        .filter_map(|action| match &action.kind {
            ActionKind::Custom(custom) => custom.output.as_ref(),
            _ => None,
        })
        .collect();
    assert!(matches!(outputs[0], Output::Row { nullable: false, .. }));
    assert!(matches!(outputs[1], Output::Rows(_)));
    assert!(matches!(outputs[2], Output::Row { nullable: true, .. }));
    assert!(matches!(outputs[3], Output::Value(_)));
    assert!(matches!(outputs[4], Output::Value(_)));
    assert!(plain.serializer.is_none() && plain.lookup.is_none());
}

#[test]
fn files_given_together_are_one_document() {
    let api = api(
        vec![
            (
                "one.json",
                r##"{"name": "both", "models": {"A": {"properties": {"b": {"x-foreign-key": "B"}}, "required": ["b"]}}}"##,
            ),
            ("two.json", r##"{"models": {"B": {"$ref": "b.json"}, "C": {"$ref": "one.json#/models/A"}}}"##),
            (
                "b.json",
                r##"{"type": "object", "properties": {"code": {"type": "string", "x-primary-key": true}, "kind": {"$ref": "#/$defs/Grade"}}, "required": ["kind"], "$defs": {"Grade": {"enum": [1, 2]}}}"##,
            ),
        ],
        &["one.json", "two.json"],
    );
    let models: Vec<_> = api.models.values().collect();
    assert_eq!(models.len(), 3);
    assert_eq!(models[0].fields[1].ty, Type::Scalar(Scalar::Text));
    assert!(models[1].fields[0].required);
}
