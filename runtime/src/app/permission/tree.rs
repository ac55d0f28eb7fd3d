//! Evaluates trees of permissions for a request, or for a request and a row.

use crate::app::context::Context;
use crate::app::dispatch::Dispatch;
use crate::ground::error::Result;
use crate::schema::meta::PermissionMeta;
use crate::schema::row::Row;
use crate::wire::frame::Request;

/// The row that is checked.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) row: &'a Row,
    /// Whether the permission is known to hold for the request: it is not evaluated again.
    pub(super) holds: bool,
}

/// The arguments of the evaluation.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) consumer: &'a dyn Dispatch,
    pub(super) ctx: &'a Context,
    pub(super) request: &'a Request<'a>,
}

impl<'a> Asked<'a> {
    /// Tells whether all of these hold.
    pub(super) async fn all(
        self,
        permissions: &'static [PermissionMeta],
        about: Option<About<'a>>,
    ) -> Result<bool> {
        for permission in permissions {
            if !self.holds(permission, about).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tells whether this holds. The future is boxed only if the permission has parts.
    async fn holds(self, permission: &'static PermissionMeta, about: Option<About<'a>>) -> Result<bool> {
        // If an `or` or a `not` holds, it is unknown which part of it did.
        let parts = about.map(|about| About { holds: false, ..about });
        match permission {
            PermissionMeta::AllowAny => Ok(true),
            PermissionMeta::IsAuthenticated => Ok(self.ctx.user().is_authenticated()),
            PermissionMeta::Named(name) => self.named(name, about).await,
            PermissionMeta::All(all) => Box::pin(self.all(all, about)).await,
            PermissionMeta::Any(any) => {
                for part in *any {
                    if Box::pin(self.holds(part, parts)).await? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            PermissionMeta::Not(part) => Ok(!Box::pin(self.holds(part, parts)).await?),
        }
    }

    async fn named(self, name: &'static str, about: Option<About<'a>>) -> Result<bool> {
        let known = about.is_some_and(|about| about.holds);
        if !known && !self.consumer.has_permission(self.ctx, name, self.request).await? {
            return Ok(false);
        }
        match about {
            Some(about) => self.consumer.has_row_permission(self.ctx, name, about.row).await,
            None => Ok(true),
        }
    }
}
