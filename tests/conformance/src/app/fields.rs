//! The stream `fields`: a serializer without a model, applied by hand.

use conformance::FieldsHandler;
use conformance::consumers::CheckInput;
use conformance::serializers::{FIELDS_SERIALIZER, FieldsSerializer};
use dcrf_runtime::{Context, Detail, Error, FromObject as _, Result, decode};

use super::App;

impl FieldsHandler for App {
    async fn check(&self, _ctx: &Context, input: CheckInput) -> Result<FieldsSerializer> {
        let data = input.data.flatten();
        let fields = FieldsSerializer::from_object(decode::data(&FIELDS_SERIALIZER, data.as_ref())?)?;
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
