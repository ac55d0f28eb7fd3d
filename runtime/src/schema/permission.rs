//! Who may do something, as the definition says it.

/// Who may do something: see [`permission`](crate::permission).
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
///     // Of every action.
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
///     /// What the application says of the names in the definition.
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
    /// Everybody.
    AllowAny,
    /// Whoever is logged in.
    IsAuthenticated,
    /// Whom the application lets, by the name in the definition.
    Named(&'static str),
    /// All of these hold.
    All(&'static [PermissionMeta]),
    /// One of these holds.
    Any(&'static [PermissionMeta]),
    /// This does not hold.
    Not(&'static PermissionMeta),
}
