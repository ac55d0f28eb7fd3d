//! By what nodes name each other. No id needs the node that it is of, so that the files of nodes need not know each other
//! either.

use super::arena::Id;

/// The kinds of nodes: an id of one is none of another.
macro_rules! ids {
    ($($id:ident $kind:ident $of:literal,)*) => {$(
        #[doc = concat!("Tells the ids of [`", $of, "`](super::", $of, ")s from others.")]
        #[derive(Debug)]
        pub enum $kind {}

        #[doc = concat!("Id of a [`", $of, "`](super::", $of, ").")]
        pub type $id = Id<$kind>;
    )*};
}

ids! {
    ModelId ModelKind "Model",
    ObjectId ObjectKind "Object",
    EnumId EnumKind "Enum",
    UnionId UnionKind "Union",
    SerializerId SerializerKind "Serializer",
    ConsumerId ConsumerKind "Consumer",
}
