//! The methods of handlers: what the application writes for a consumer must have names of their own.

use std::collections::HashMap;

use super::Resolver;
use crate::diag::{Code, Diagnostic, quote};
use crate::ir::ActionKind;
use crate::ir::hooks::{HookKind, hooks};

impl Resolver<'_> {
    /// Once the consumers are known.
    pub(super) fn check_hooks(&self) {
        for declaration in &self.consumer_declarations {
            let consumer = &self.consumers[declaration.id];
            let mut taken: HashMap<String, String> = HashMap::new();
            for action in &consumer.actions {
                if matches!(action.kind, ActionKind::Custom(_)) {
                    taken.insert(action.name.snake(), format!("the action {}", quote(&action.wire)));
                }
            }
            for hook in hooks(&self.serializers, consumer) {
                let serializer = &self.serializers[hook.serializer];
                let what = match hook.kind {
                    HookKind::ValidateField(field) => format!(
                        "the check of {} in {}",
                        quote(&serializer.fields[field].wire),
                        quote(&serializer.name.pascal())
                    ),
                    HookKind::Validate => format!("the check of {}", quote(&serializer.name.pascal())),
                    HookKind::Method(field) => format!(
                        "the method field {} of {}",
                        quote(&serializer.fields[field].wire),
                        quote(&serializer.name.pascal())
                    ),
                };
                let mut names = vec![hook.name.clone()];
                if matches!(hook.kind, HookKind::Method(_)) {
                    names.push(format!("{}_all", hook.name));
                }
                for name in names {
                    if let Some(other) = taken.insert(name.clone(), what.clone()) {
                        let message = format!("the handler has two methods called {}", quote(&name));
                        let diagnostic = Diagnostic::error(Code::NameCollision, declaration.span, message)
                            .label(format!("one for {other}, one for {what}"));
                        self.report(diagnostic.help("rename the action or the field"));
                    }
                }
            }
        }
    }
}
