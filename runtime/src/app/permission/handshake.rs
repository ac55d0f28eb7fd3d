//! Permissions at the handshake.

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::{Error, Result};
use crate::schema::meta::PermissionMeta;

/// Checks whether a client may connect to the consumer.
///
/// # Errors
/// [`Error::PermissionDenied`] if it may not; the error of a permission of the application.
pub(crate) async fn check_connect(consumer: &dyn Dispatch, ctx: &Context) -> Result<()> {
    for permission in consumer.meta().access.permissions {
        if !can_connect(consumer, ctx, permission).await? {
            return Err(Error::PermissionDenied);
        }
    }
    Ok(())
}

async fn can_connect(
    consumer: &dyn Dispatch,
    ctx: &Context,
    permission: &'static PermissionMeta,
) -> Result<bool> {
    match permission {
        // DCRF's IsAuthenticated accepts every connection, and refuses every action.
        PermissionMeta::AllowAny | PermissionMeta::IsAuthenticated | PermissionMeta::Not(_) => Ok(true),
        PermissionMeta::Named(name) => consumer.can_connect(ctx, name).await,
        PermissionMeta::All(parts) => {
            for part in *parts {
                if !Box::pin(can_connect(consumer, ctx, part)).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        PermissionMeta::Any(parts) => {
            for part in *parts {
                if Box::pin(can_connect(consumer, ctx, part)).await? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}
