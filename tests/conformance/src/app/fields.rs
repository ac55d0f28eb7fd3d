//! The stream `fields`: a serializer without a model, applied by hand.

use conformance::FieldsHandler;
use conformance::consumers::CheckInput;
use conformance::models::Category;
use conformance::serializers::{FIELDS_SERIALIZER, FieldsSerializer};
use dcrf_runtime::{Context, Detail, Error, FromObject as _, Json, Model as _, Result, Uuid, decode};

use super::App;

impl FieldsHandler for App {
    async fn check(&self, ctx: &Context, input: CheckInput) -> Result<FieldsSerializer> {
        let data = input.data.flatten();
        let mut fields = FieldsSerializer::from_object(decode::data(&FIELDS_SERIALIZER, data.as_ref())?)?;
        if let Some(category) = &fields.category {
            check_category(ctx, category).await?;
        }
        if let Some(uid) = &mut fields.hex_uid {
            let uuid: Uuid = uid.parse().map_err(|_| Error::field("hex_uid", "Must be a valid UUID."))?;
            *uid = uuid.to_string().replace('-', "");
        }
        let unlucky = fields.number == Some(13.0);
        if unlucky && fields.whole == Some(13) {
            let entries = ["number", "whole"].map(|name| (name.to_owned(), Detail::message("Not both.")));
            return Err(Error::Validation(Detail::Map(entries.into())));
        }
        if unlucky {
            let both = Detail::List(vec![Detail::text("first"), Detail::text("second")]);
            return Err(Error::Validation(Detail::Map(vec![("non_field_errors".to_owned(), both)])));
        }
        Ok(fields)
    }
}

/// DRF's `SlugRelatedField`: the name of a category.
async fn check_category(ctx: &Context, category: &Json) -> Result<()> {
    let name = match category.parse::<String>() {
        Ok(name) if name.is_empty() => return Err(Error::field("category", "This field may not be null.")),
        Ok(name) => name,
        Err(_) if category.as_str() == "true" => "True".to_owned(),
        Err(_) => category.as_str().to_owned(),
    };
    let categories = Category::objects(ctx.db()).list().await?;
    if categories.iter().any(|category| category.name == name) {
        return Ok(());
    }
    Err(Error::field("category", format!("Object with name={name} does not exist.")))
}
