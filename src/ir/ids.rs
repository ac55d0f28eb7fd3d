//! The ids of nodes. An id does not use the type of its node, so that the modules of nodes do not depend on each other.

use super::arena::Id;

/// Declares the kinds of nodes: the id of one kind cannot be used as that of another.
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
