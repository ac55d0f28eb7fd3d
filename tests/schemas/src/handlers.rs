//! Every action does nothing: what is tested is what it takes.

use dcrf_runtime::{Context, Result};

use crate::App;

macro_rules! handlers {
    ($($handler:ident { $($method:ident $input:ident)* })*) => {$(
        impl schemas::$handler for App {
            $(async fn $method(&self, _: &Context, _: schemas::consumers::$input) -> Result<()> {
                Ok(())
            })*
        }
    )*};
}

handlers! {
    AdditionalPropertiesHandler {
        group_1 Group1Input
        group_2 Group2Input
        group_3 Group3Input
        group_4 Group4Input
        group_5 Group5Input
        group_6 Group6Input
        group_7 Group7Input
        group_8 Group8Input
        group_9 Group9Input
    }
    AllOfHandler {
        group_1 AllOfGroup1Input
        group_2 AllOfGroup2Input
        group_3 AllOfGroup3Input
        group_4 AllOfGroup4Input
        group_5 AllOfGroup5Input
        group_6 AllOfGroup6Input
        group_7 AllOfGroup7Input
        group_8 AllOfGroup8Input
        group_9 AllOfGroup9Input
        group_10 Group10Input
        group_11 Group11Input
        group_12 Group12Input
    }
    AnchorHandler {
        group_1 AnchorGroup1Input
        group_2 AnchorGroup2Input
        group_3 AnchorGroup3Input
        group_4 AnchorGroup4Input
    }
    AnyOfHandler {
        group_1 AnyOfGroup1Input
        group_2 AnyOfGroup2Input
        group_3 AnyOfGroup3Input
        group_4 AnyOfGroup4Input
        group_5 AnyOfGroup5Input
        group_6 AnyOfGroup6Input
        group_7 AnyOfGroup7Input
        group_8 AnyOfGroup8Input
    }
    BooleanSchemaHandler {
        group_1 BooleanSchemaGroup1Input
        group_2 BooleanSchemaGroup2Input
    }
    ConstHandler {
        group_1 ConstGroup1Input
        group_2 ConstGroup2Input
        group_3 ConstGroup3Input
        group_4 ConstGroup4Input
        group_5 ConstGroup5Input
        group_6 ConstGroup6Input
        group_7 ConstGroup7Input
        group_8 ConstGroup8Input
        group_9 ConstGroup9Input
        group_10 ConstGroup10Input
        group_11 ConstGroup11Input
        group_12 ConstGroup12Input
        group_13 Group13Input
        group_14 Group14Input
        group_15 Group15Input
        group_16 Group16Input
        group_17 Group17Input
    }
    ContainsHandler {
        group_1 ContainsGroup1Input
        group_2 ContainsGroup2Input
        group_3 ContainsGroup3Input
        group_4 ContainsGroup4Input
        group_5 ContainsGroup5Input
        group_6 ContainsGroup6Input
        group_7 ContainsGroup7Input
    }
    ContentHandler {
        group_1 ContentGroup1Input
        group_2 ContentGroup2Input
        group_3 ContentGroup3Input
        group_4 ContentGroup4Input
    }
    DefaultHandler {
        group_1 DefaultGroup1Input
        group_2 DefaultGroup2Input
    }
    DefsHandler {
        group_1 DefsGroup1Input
    }
    DependentRequiredHandler {
        group_1 DependentRequiredGroup1Input
        group_2 DependentRequiredGroup2Input
        group_3 DependentRequiredGroup3Input
        group_4 DependentRequiredGroup4Input
    }
    DependentSchemasHandler {
        group_1 DependentSchemasGroup1Input
        group_2 DependentSchemasGroup2Input
        group_3 DependentSchemasGroup3Input
        group_4 DependentSchemasGroup4Input
    }
    DynamicRefHandler {
        group_1 DynamicRefGroup1Input
        group_2 DynamicRefGroup2Input
        group_3 DynamicRefGroup3Input
        group_4 DynamicRefGroup4Input
        group_5 DynamicRefGroup5Input
        group_6 DynamicRefGroup6Input
        group_7 DynamicRefGroup7Input
        group_8 DynamicRefGroup8Input
        group_9 DynamicRefGroup9Input
        group_10 DynamicRefGroup10Input
        group_11 DynamicRefGroup11Input
        group_12 DynamicRefGroup12Input
        group_13 DynamicRefGroup13Input
        group_14 DynamicRefGroup14Input
        group_15 DynamicRefGroup15Input
        group_16 DynamicRefGroup16Input
        group_17 DynamicRefGroup17Input
        group_18 Group18Input
        group_19 Group19Input
        group_20 Group20Input
        group_21 Group21Input
    }
    EnumHandler {
        group_1 EnumGroup1Input
        group_2 EnumGroup2Input
        group_3 EnumGroup3Input
        group_4 EnumGroup4Input
        group_5 EnumGroup5Input
        group_6 EnumGroup6Input
        group_7 EnumGroup7Input
        group_8 EnumGroup8Input
        group_9 EnumGroup9Input
        group_10 EnumGroup10Input
        group_11 EnumGroup11Input
        group_12 EnumGroup12Input
        group_13 EnumGroup13Input
        group_14 EnumGroup14Input
        group_15 EnumGroup15Input
    }
    ExclusiveMaximumHandler {
        group_1 ExclusiveMaximumGroup1Input
    }
    ExclusiveMinimumHandler {
        group_1 ExclusiveMinimumGroup1Input
    }
    FormatHandler {
        group_1 FormatGroup1Input
        group_2 FormatGroup2Input
        group_3 FormatGroup3Input
        group_4 FormatGroup4Input
        group_5 FormatGroup5Input
        group_6 FormatGroup6Input
        group_7 FormatGroup7Input
        group_8 FormatGroup8Input
        group_9 FormatGroup9Input
        group_10 FormatGroup10Input
        group_11 FormatGroup11Input
        group_12 FormatGroup12Input
        group_13 FormatGroup13Input
        group_14 FormatGroup14Input
        group_15 FormatGroup15Input
        group_16 FormatGroup16Input
        group_17 FormatGroup17Input
        group_18 FormatGroup18Input
        group_19 FormatGroup19Input
    }
    IfThenElseHandler {
        group_1 IfThenElseGroup1Input
        group_2 IfThenElseGroup2Input
        group_3 IfThenElseGroup3Input
        group_4 IfThenElseGroup4Input
        group_5 IfThenElseGroup5Input
        group_6 IfThenElseGroup6Input
        group_7 IfThenElseGroup7Input
        group_8 IfThenElseGroup8Input
        group_9 IfThenElseGroup9Input
        group_10 IfThenElseGroup10Input
        group_11 IfThenElseGroup11Input
        group_12 IfThenElseGroup12Input
    }
    InfiniteLoopDetectionHandler {
        group_1 InfiniteLoopDetectionGroup1Input
    }
    ItemsHandler {
        group_1 ItemsGroup1Input
        group_2 ItemsGroup2Input
        group_3 ItemsGroup3Input
        group_4 ItemsGroup4Input
        group_5 ItemsGroup5Input
        group_6 ItemsGroup6Input
        group_7 ItemsGroup7Input
        group_8 ItemsGroup8Input
        group_9 ItemsGroup9Input
        group_10 ItemsGroup10Input
    }
    MaxContainsHandler {
        group_1 MaxContainsGroup1Input
        group_2 MaxContainsGroup2Input
        group_3 MaxContainsGroup3Input
        group_4 MaxContainsGroup4Input
        group_5 MaxContainsGroup5Input
    }
    MaxItemsHandler {
        group_1 MaxItemsGroup1Input
        group_2 MaxItemsGroup2Input
    }
    MaxLengthHandler {
        group_1 MaxLengthGroup1Input
        group_2 MaxLengthGroup2Input
    }
    MaxPropertiesHandler {
        group_1 MaxPropertiesGroup1Input
        group_2 MaxPropertiesGroup2Input
        group_3 MaxPropertiesGroup3Input
    }
    MaximumHandler {
        group_1 MaximumGroup1Input
        group_2 MaximumGroup2Input
    }
    MinContainsHandler {
        group_1 MinContainsGroup1Input
        group_2 MinContainsGroup2Input
        group_3 MinContainsGroup3Input
        group_4 MinContainsGroup4Input
        group_5 MinContainsGroup5Input
        group_6 MinContainsGroup6Input
        group_7 MinContainsGroup7Input
        group_8 MinContainsGroup8Input
    }
    MinItemsHandler {
        group_1 MinItemsGroup1Input
        group_2 MinItemsGroup2Input
    }
    MinLengthHandler {
        group_1 MinLengthGroup1Input
        group_2 MinLengthGroup2Input
    }
    MinPropertiesHandler {
        group_1 MinPropertiesGroup1Input
        group_2 MinPropertiesGroup2Input
    }
    MinimumHandler {
        group_1 MinimumGroup1Input
        group_2 MinimumGroup2Input
    }
    MultipleOfHandler {
        group_1 MultipleOfGroup1Input
        group_2 MultipleOfGroup2Input
        group_3 MultipleOfGroup3Input
        group_4 MultipleOfGroup4Input
        group_5 MultipleOfGroup5Input
    }
    NotHandler {
        group_1 NotGroup1Input
        group_2 NotGroup2Input
        group_3 NotGroup3Input
        group_4 NotGroup4Input
        group_5 NotGroup5Input
        group_6 NotGroup6Input
        group_7 NotGroup7Input
        group_8 NotGroup8Input
        group_9 NotGroup9Input
    }
    OneOfHandler {
        group_1 OneOfGroup1Input
        group_2 OneOfGroup2Input
        group_3 OneOfGroup3Input
        group_4 OneOfGroup4Input
        group_5 OneOfGroup5Input
        group_6 OneOfGroup6Input
        group_7 OneOfGroup7Input
        group_8 OneOfGroup8Input
        group_9 OneOfGroup9Input
        group_10 OneOfGroup10Input
        group_11 OneOfGroup11Input
    }
    PatternHandler {
        group_1 PatternGroup1Input
        group_2 PatternGroup2Input
        group_3 PatternGroup3Input
    }
    PatternPropertiesHandler {
        group_1 PatternPropertiesGroup1Input
        group_2 PatternPropertiesGroup2Input
        group_3 PatternPropertiesGroup3Input
        group_4 PatternPropertiesGroup4Input
        group_5 PatternPropertiesGroup5Input
        group_6 PatternPropertiesGroup6Input
    }
    PrefixItemsHandler {
        group_1 PrefixItemsGroup1Input
        group_2 PrefixItemsGroup2Input
        group_3 PrefixItemsGroup3Input
        group_4 PrefixItemsGroup4Input
    }
    PropertiesHandler {
        group_1 PropertiesGroup1Input
        group_2 PropertiesGroup2Input
        group_3 PropertiesGroup3Input
        group_4 PropertiesGroup4Input
        group_5 PropertiesGroup5Input
        group_6 PropertiesGroup6Input
    }
    PropertyNamesHandler {
        group_1 PropertyNamesGroup1Input
        group_2 PropertyNamesGroup2Input
        group_3 PropertyNamesGroup3Input
        group_4 PropertyNamesGroup4Input
        group_5 PropertyNamesGroup5Input
        group_6 PropertyNamesGroup6Input
    }
    RefHandler {
        group_1 RefGroup1Input
        group_2 RefGroup2Input
        group_3 RefGroup3Input
        group_4 RefGroup4Input
        group_5 RefGroup5Input
        group_6 RefGroup6Input
        group_7 RefGroup7Input
        group_8 RefGroup8Input
        group_9 RefGroup9Input
        group_10 RefGroup10Input
        group_11 RefGroup11Input
        group_12 RefGroup12Input
        group_13 RefGroup13Input
        group_14 RefGroup14Input
        group_15 RefGroup15Input
        group_16 RefGroup16Input
        group_17 RefGroup17Input
        group_18 RefGroup18Input
        group_19 RefGroup19Input
        group_20 RefGroup20Input
        group_21 RefGroup21Input
        group_22 Group22Input
        group_23 Group23Input
        group_24 Group24Input
        group_25 Group25Input
        group_26 Group26Input
        group_27 Group27Input
        group_28 Group28Input
        group_29 Group29Input
        group_30 Group30Input
        group_31 Group31Input
        group_32 Group32Input
        group_33 Group33Input
        group_34 Group34Input
        group_35 Group35Input
        group_36 Group36Input
    }
    RefRemoteHandler {
        group_1 RefRemoteGroup1Input
        group_2 RefRemoteGroup2Input
        group_3 RefRemoteGroup3Input
        group_4 RefRemoteGroup4Input
        group_5 RefRemoteGroup5Input
        group_6 RefRemoteGroup6Input
        group_7 RefRemoteGroup7Input
        group_8 RefRemoteGroup8Input
        group_9 RefRemoteGroup9Input
        group_10 RefRemoteGroup10Input
        group_11 RefRemoteGroup11Input
        group_14 RefRemoteGroup14Input
        group_15 RefRemoteGroup15Input
    }
    RequiredHandler {
        group_1 RequiredGroup1Input
        group_2 RequiredGroup2Input
        group_3 RequiredGroup3Input
        group_4 RequiredGroup4Input
        group_5 RequiredGroup5Input
    }
    TypeHandler {
        group_1 TypeGroup1Input
        group_2 TypeGroup2Input
        group_3 TypeGroup3Input
        group_4 TypeGroup4Input
        group_5 TypeGroup5Input
        group_6 TypeGroup6Input
        group_7 TypeGroup7Input
        group_8 TypeGroup8Input
        group_9 TypeGroup9Input
        group_10 TypeGroup10Input
        group_11 TypeGroup11Input
    }
    UnevaluatedItemsHandler {
        group_1 UnevaluatedItemsGroup1Input
        group_2 UnevaluatedItemsGroup2Input
        group_3 UnevaluatedItemsGroup3Input
        group_4 UnevaluatedItemsGroup4Input
        group_5 UnevaluatedItemsGroup5Input
        group_6 UnevaluatedItemsGroup6Input
        group_7 UnevaluatedItemsGroup7Input
        group_8 UnevaluatedItemsGroup8Input
        group_9 UnevaluatedItemsGroup9Input
        group_10 UnevaluatedItemsGroup10Input
        group_11 UnevaluatedItemsGroup11Input
        group_12 UnevaluatedItemsGroup12Input
        group_13 UnevaluatedItemsGroup13Input
        group_14 UnevaluatedItemsGroup14Input
        group_15 UnevaluatedItemsGroup15Input
        group_16 UnevaluatedItemsGroup16Input
        group_17 UnevaluatedItemsGroup17Input
        group_18 UnevaluatedItemsGroup18Input
        group_19 UnevaluatedItemsGroup19Input
        group_20 UnevaluatedItemsGroup20Input
        group_21 UnevaluatedItemsGroup21Input
        group_22 UnevaluatedItemsGroup22Input
        group_23 UnevaluatedItemsGroup23Input
        group_24 UnevaluatedItemsGroup24Input
        group_25 UnevaluatedItemsGroup25Input
        group_26 UnevaluatedItemsGroup26Input
        group_27 UnevaluatedItemsGroup27Input
        group_28 UnevaluatedItemsGroup28Input
        group_29 UnevaluatedItemsGroup29Input
    }
    UnevaluatedPropertiesHandler {
        group_1 UnevaluatedPropertiesGroup1Input
        group_2 UnevaluatedPropertiesGroup2Input
        group_3 UnevaluatedPropertiesGroup3Input
        group_4 UnevaluatedPropertiesGroup4Input
        group_5 UnevaluatedPropertiesGroup5Input
        group_6 UnevaluatedPropertiesGroup6Input
        group_7 UnevaluatedPropertiesGroup7Input
        group_8 UnevaluatedPropertiesGroup8Input
        group_9 UnevaluatedPropertiesGroup9Input
        group_10 UnevaluatedPropertiesGroup10Input
        group_11 UnevaluatedPropertiesGroup11Input
        group_12 UnevaluatedPropertiesGroup12Input
        group_13 UnevaluatedPropertiesGroup13Input
        group_14 UnevaluatedPropertiesGroup14Input
        group_15 UnevaluatedPropertiesGroup15Input
        group_16 UnevaluatedPropertiesGroup16Input
        group_17 UnevaluatedPropertiesGroup17Input
        group_18 UnevaluatedPropertiesGroup18Input
        group_19 UnevaluatedPropertiesGroup19Input
        group_20 UnevaluatedPropertiesGroup20Input
        group_21 UnevaluatedPropertiesGroup21Input
        group_22 UnevaluatedPropertiesGroup22Input
        group_23 UnevaluatedPropertiesGroup23Input
        group_24 UnevaluatedPropertiesGroup24Input
        group_25 UnevaluatedPropertiesGroup25Input
        group_26 UnevaluatedPropertiesGroup26Input
        group_27 UnevaluatedPropertiesGroup27Input
        group_28 UnevaluatedPropertiesGroup28Input
        group_29 UnevaluatedPropertiesGroup29Input
        group_30 UnevaluatedPropertiesGroup30Input
        group_31 UnevaluatedPropertiesGroup31Input
        group_32 UnevaluatedPropertiesGroup32Input
        group_33 UnevaluatedPropertiesGroup33Input
        group_34 UnevaluatedPropertiesGroup34Input
        group_35 UnevaluatedPropertiesGroup35Input
        group_36 UnevaluatedPropertiesGroup36Input
        group_37 Group37Input
        group_38 Group38Input
        group_39 Group39Input
        group_40 Group40Input
        group_41 Group41Input
        group_42 Group42Input
        group_43 Group43Input
        group_44 Group44Input
    }
    UniqueItemsHandler {
        group_1 UniqueItemsGroup1Input
        group_2 UniqueItemsGroup2Input
        group_3 UniqueItemsGroup3Input
        group_4 UniqueItemsGroup4Input
        group_5 UniqueItemsGroup5Input
        group_6 UniqueItemsGroup6Input
    }
    VocabularyHandler {
        group_1 VocabularyGroup1Input
        group_2 VocabularyGroup2Input
    }
}
