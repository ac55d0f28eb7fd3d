//! Scalars (stand-in).
use crate::error::{Error, Result};
macro_rules! stub { ($($n:ident)*) => {$(
/// Stand-in.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)] pub struct $n(pub String);
)*} }
stub! { Bytes Date DateTime Decimal Duration Time Uuid }
/// Any JSON, as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Json(pub Box<str>);
impl Json {
    /// Parses it.
    pub fn parse<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.0).map_err(|e| Error::internal(e.to_string()))
    }
    /// Whether it is `null`.
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }
    /// The items of an array.
    pub fn items(&self) -> Result<Vec<Json>> {
        Ok(Vec::new())
    }
    /// The entries of an object.
    pub fn entries(&self) -> Result<Vec<(String, Json)>> {
        Ok(Vec::new())
    }
}
