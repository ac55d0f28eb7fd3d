//! The streams `perm_…`: three actions each, and permissions that let them be or not.

use conformance::{PermAnyHandler, PermNoneHandler};
use dcrf_runtime::{Context, Result};

use super::App;

macro_rules! probes {
    ($($handler:ident)*) => {$(
        impl $handler for App {
            async fn probe(&self, _ctx: &Context) -> Result<String> {
                Ok("allowed".to_owned())
            }

            async fn list(&self, _ctx: &Context) -> Result<String> {
                Ok("allowed".to_owned())
            }

            async fn create(&self, _ctx: &Context) -> Result<String> {
                Ok("allowed".to_owned())
            }
        }
    )*};
}

probes! { PermAnyHandler PermNoneHandler }
