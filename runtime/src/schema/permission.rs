//! Permissions, as the definition describes them.

/// A permission: see [`permission`](crate::permission).
///
/// ```
/// use dcrf_runtime::dispatch::BoxFuture;
/// use dcrf_runtime::meta::{AccessMeta, ActionMeta, ConsumerMeta, PermissionMeta};
/// use dcrf_runtime::{Context, Dispatch, Request, Result};
///
/// static DOORS: ConsumerMeta = ConsumerMeta {
///     name: "Doors",
///     stream: "doors",
///     path: "/ws/doors/",
///     actions: &[ActionMeta::new("open").permissions(&[PermissionMeta::Named("IsOwner")])],
///     model: None,
///     // The permissions of every action.
///     access: AccessMeta::OPEN.permissions(&[PermissionMeta::IsAuthenticated]),
/// };
///
/// struct Doors;
///
/// impl Dispatch for Doors {
///     fn meta(&self) -> &'static ConsumerMeta {
///         &DOORS
///     }
///
///     /// Checks the permissions that the definition names.
///     fn has_permission<'a>(
///         &'a self,
///         ctx: &'a Context,
///         name: &'a str,
///         _request: &'a Request<'a>,
///     ) -> BoxFuture<'a, Result<bool>> {
///         Box::pin(async move { Ok(name == "IsOwner" && ctx.user().id() == Some("7")) })
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionMeta {
    /// Everybody has it.
    AllowAny,
    /// Every authenticated user has it.
    IsAuthenticated,
    /// The application decides, by the name in the definition.
    Named(&'static str),
    /// All of these permissions hold.
    All(&'static [PermissionMeta]),
    /// At least one of these permissions holds.
    Any(&'static [PermissionMeta]),
    /// This permission does not hold.
    Not(&'static PermissionMeta),
}
