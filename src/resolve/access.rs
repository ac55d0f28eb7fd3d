//! The permissions of a consumer, its queryset, and its calls when connections begin and end.

use super::consumers::Bound;
use super::declarations::ConsumerDeclaration;
use super::performs::told_at;
use super::resolver::Resolver;
use crate::ast::{self, Permission};
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::hooks::{HookKind, hooks};
use crate::ir::{ActionKind, BuiltIn, Groups, Name, PermissionExpr, Rows};
use crate::source::{Span, Spanned};
use crate::syntax::Key;

/// A method that a handler must have because of a part of the definition.
struct Claim {
    method: String,
    /// The part of the definition that requires it: "the action `publish`".
    of: String,
    span: Span,
}

/// A permission of the application, with the place where it is named.
struct NamedAt {
    name: Name,
    wire: String,
    span: Span,
}

impl<'a> Resolver<'a> {
    /// Resolves the access of a consumer. The caller must have resolved its actions.
    pub(super) fn consumer_access(
        &mut self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        bound: Option<Bound>,
    ) {
        let permissions = self.permissions(&definition.permission_classes);
        let action_permissions = self.action_permissions(declaration, definition);
        let told = |key: &Option<Key<bool>>| key.as_ref().is_some_and(|key| key.value);
        let consumer = &mut self.consumers[declaration.id];
        consumer.permissions = permissions;
        consumer.action_permissions = action_permissions;
        consumer.queryset = definition.queryset.is_some();
        consumer.on_connect = told(&definition.on_connect);
        consumer.on_disconnect = told(&definition.on_disconnect);
        self.methods_differ(declaration, definition, bound.is_some());
    }

    /// Returns the permissions of built-in actions in the place of those of the consumer.
    fn action_permissions(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
    ) -> Vec<(BuiltIn, PermissionExpr)> {
        let consumer = &self.consumers[declaration.id];
        let mut found = Vec::new();
        for (name, classes) in definition.action_permissions.iter().flat_map(|key| &key.value.entries) {
            let Some(built_in) = consumer.built_in().find(|built_in| built_in.wire() == name.value) else {
                if !definition.poisoned && definition.serializer.is_some() {
                    let help = "name an action of the consumer's mixins; an action of the application has \
                                `permission_classes` of its own";
                    self.missing_built_in(&name.value, name.span, consumer.built_in(), help);
                }
                continue;
            };
            let Some(classes) = classes else { continue };
            if classes.is_empty() {
                let message = format!("{} needs at least one permission", quote(&name.value));
                let diagnostic = Diagnostic::error(Code::InvalidValue, name.span, message);
                self.report(diagnostic.help("to allow everyone, set `[\"AllowAny\"]`"));
            }
            found.push((built_in, self.all_of(classes)));
        }
        found
    }

    /// Returns a list of permissions, all of which must hold. Reported permissions are left out.
    pub(super) fn permissions(&self, classes: &Option<Key<Vec<Spanned<Permission>>>>) -> PermissionExpr {
        classes.as_ref().map_or(PermissionExpr::And(Vec::new()), |key| self.all_of(&key.value))
    }

    fn all_of(&self, classes: &[Spanned<Permission>]) -> PermissionExpr {
        PermissionExpr::And(classes.iter().filter_map(|class| self.permission(class)).collect())
    }

    fn permission(&self, permission: &Spanned<Permission>) -> Option<PermissionExpr> {
        let parts = |parts: &[Spanned<Permission>]| {
            // The other parts are resolved even if one is invalid.
            let parts: Vec<_> = parts.iter().map(|part| self.permission(part)).collect();
            parts.into_iter().collect::<Option<Vec<_>>>()
        };
        Some(match &permission.value {
            Permission::Named(name) if name == "AllowAny" => PermissionExpr::AllowAny,
            Permission::Named(name) if name == "IsAuthenticated" => PermissionExpr::IsAuthenticated,
            Permission::Named(wire) => {
                let name = self.member_name(wire, permission.span, "a permission")?;
                PermissionExpr::Named { name, wire: wire.clone() }
            }
            Permission::And(all) => PermissionExpr::And(parts(all)?),
            Permission::Or(any) => PermissionExpr::Or(parts(any)?),
            Permission::Not(part) => PermissionExpr::Not(Box::new(self.permission(part)?)),
        })
    }

    /// Checks that no two methods of the handler have the same name.
    fn methods_differ(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
        is_bound: bool,
    ) {
        let mut claims = self.claims_of_actions(declaration, definition);
        for named in named(definition) {
            self.claim_permission(&mut claims, declaration, &named, is_bound);
        }
        let keys = [
            ("queryset", "queryset", definition.queryset.as_ref().map(|key| key.key)),
            ("on_connect", "connected", told_at(&definition.on_connect)),
            ("on_disconnect", "disconnected", told_at(&definition.on_disconnect)),
            ("perform_create", "perform_create", told_at(&definition.perform_create)),
            ("perform_update", "perform_update", told_at(&definition.perform_update)),
            ("perform_destroy", "perform_destroy", told_at(&definition.perform_destroy)),
        ];
        let view = definition.view.as_ref().map(|key| ("view", "view", Some(key.key)));
        for (key, method, span) in keys.into_iter().chain(view) {
            let Some(span) = span else { continue };
            self.claim(&mut claims, Claim { method: method.to_owned(), of: quote(key), span });
        }
        for named in definition.overrides.iter().flat_map(|key| &key.value) {
            let method = named.value.as_str().to_owned();
            // A second one of the same name was reported.
            if !claims.iter().any(|claim| claim.of == "`override`" && claim.method == method) {
                self.claim(&mut claims, Claim { method, of: quote("override"), span: named.span });
            }
        }
        self.claim_subscriptions(&mut claims, declaration, definition);
    }

    /// Claims the methods that name groups, make messages and return querysets of observers.
    fn claim_subscriptions(
        &self,
        claims: &mut Vec<Claim>,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
    ) {
        let consumer = &self.consumers[declaration.id];
        let mut claim = |name: &Name, suffix: &str, wire: &str, what: &str, span: Span| {
            let of = format!("the {what} {}", quote(wire));
            self.claim(claims, Claim { method: format!("{}_{suffix}", name.snake()), of, span });
        };
        for (key, _) in definition.observers.iter().flat_map(|key| &key.value.entries) {
            let Some(observer) = consumer.observers.iter().find(|own| own.wire == key.value) else {
                continue;
            };
            if observer.groups == Groups::Custom {
                claim(&observer.name, "groups", &key.value, "observer", key.span);
                claim(&observer.name, "groups_for", &key.value, "observer", key.span);
            }
            if observer.custom_message {
                claim(&observer.name, "message", &key.value, "observer", key.span);
            }
            if observer.rows == Rows::Custom {
                claim(&observer.name, "queryset", &key.value, "observer", key.span);
            }
        }
        for (key, _) in definition.signals.iter().flat_map(|key| &key.value.entries) {
            let Some(signal) = consumer.signals.iter().find(|own| own.wire == key.value) else { continue };
            if signal.groups == Groups::Custom {
                claim(&signal.name, "groups_for", &key.value, "signal", key.span);
            }
        }
    }

    /// Returns the methods of actions and validators, which are compared with each other where they are resolved.
    fn claims_of_actions(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        definition: &'a ast::Consumer,
    ) -> Vec<Claim> {
        let consumer = &self.consumers[declaration.id];
        let written = definition.actions.iter().flat_map(|key| &key.value.entries);
        let custom = |key: &Spanned<String>| {
            let name = Name::parse(&key.value);
            let same = consumer.actions.iter().find(|action| action.name == name)?;
            matches!(same.kind, ActionKind::Custom(_)).then(|| same.rust.snake())
        };
        let mut claims: Vec<Claim> = written
            .filter_map(|(key, _)| Some((custom(key)?, key)))
            .map(|(method, key)| Claim {
                method,
                of: format!("the action {}", quote(&key.value)),
                span: key.span,
            })
            .collect();
        let span = definition.serializer.as_ref().map_or(declaration.span, |key| key.key);
        for hook in hooks(&self.serializers, consumer) {
            let serializer = &self.serializers[hook.serializer];
            let (named, field) =
                (quote(&serializer.name.pascal()), |field: usize| quote(&serializer.fields[field].wire));
            let of = match hook.kind {
                HookKind::ValidateField(index) => format!("the validator of {} in {named}", field(index)),
                HookKind::Validate => format!("the validator of {named}"),
                HookKind::Method(index) => format!("the method field {} of {named}", field(index)),
            };
            let all = format!("{}_all", hook.name);
            self.claim(&mut claims, Claim { method: hook.name, of: of.clone(), span });
            if matches!(hook.kind, HookKind::Method(_)) {
                self.claim(&mut claims, Claim { method: all, of, span });
            }
        }
        claims
    }

    fn claim_permission(
        &self,
        claims: &mut Vec<Claim>,
        declaration: &ConsumerDeclaration<'a>,
        named: &NamedAt,
        is_bound: bool,
    ) {
        let of = format!("the permission {}", quote(&named.wire));
        if claims.iter().any(|claim| claim.of == of) {
            return;
        }
        let own = self.consumers[declaration.id].own_permissions();
        // An invalid name was reported, and is left out.
        let Some(own) = own.iter().find(|own| own.wire == named.wire) else { return };
        let suffixes = [("", true), ("_row", is_bound), ("_connect", own.connect)];
        for suffix in suffixes.iter().filter(|(_, wanted)| *wanted).map(|(suffix, _)| suffix) {
            let method = format!("{}{suffix}", named.name.snake());
            if !self.claim(claims, Claim { method, of: of.clone(), span: named.span }) {
                return;
            }
        }
    }

    /// Takes the name of a method, and tells whether it was free.
    fn claim(&self, claims: &mut Vec<Claim>, claim: Claim) -> bool {
        let Some(taken) = claims.iter().find(|taken| taken.method == claim.method) else {
            claims.push(claim);
            return true;
        };
        let message = format!("two methods of the handler are called {}", quote(&claim.method));
        let diagnostic = Diagnostic::error(Code::NameCollision, claim.span, message)
            .label(format!("that of {}", claim.of))
            .related(taken.span, format!("that of {}", taken.of));
        self.report(diagnostic.help("rename one of them"));
        false
    }
}

/// Returns the permissions of the application that a consumer names, with their places.
fn named(definition: &ast::Consumer) -> Vec<NamedAt> {
    let actions = definition.actions.iter().flat_map(|key| &key.value.entries);
    let of_actions = actions.filter_map(|(_, action)| action.as_ref()?.permission_classes.as_ref());
    let mut found = Vec::new();
    let of_built_in = definition.action_permissions.iter().flat_map(|key| &key.value.entries);
    let of_built_in = of_built_in.filter_map(|(_, classes)| classes.as_ref()).flatten();
    let of_others = definition.permission_classes.iter().chain(of_actions).flat_map(|key| &key.value);
    for class in of_others.chain(of_built_in) {
        collect(class, &mut found);
    }
    found
}

fn collect(permission: &Spanned<Permission>, found: &mut Vec<NamedAt>) {
    match &permission.value {
        Permission::Named(name) if name == "AllowAny" || name == "IsAuthenticated" => {}
        Permission::Named(wire) => {
            found.push(NamedAt { name: Name::parse(wire), wire: wire.clone(), span: permission.span });
        }
        Permission::And(parts) | Permission::Or(parts) => parts.iter().for_each(|part| collect(part, found)),
        Permission::Not(part) => collect(part, found),
    }
}
