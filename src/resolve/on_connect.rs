//! The subscriptions that connections have from their beginning (`on_connect` of observers).

use super::declarations::ConsumerDeclaration;
use super::resolver::Resolver;
use crate::ast;
use crate::diag::{Code, Diagnostic, quote, quote_all};
use crate::ir::{ConnectSource, Groups, ModelId, OnConnect};
use crate::source::{Span, Spanned};
use crate::syntax::{Key, Mapping};

impl<'a> Resolver<'a> {
    /// Resolves the subscription of every connection to an observer; `action` is the action that subscribes.
    pub(super) fn on_connect(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        written: &'a Key<ast::OnConnect>,
        model: ModelId,
        groups: &Groups,
        action: &str,
    ) -> Option<OnConnect> {
        let action = action.to_owned();
        let fields = match groups {
            Groups::By(sets) => sets.concat(),
            Groups::All | Groups::Instance | Groups::Custom => Vec::new(),
        };
        match &written.value {
            ast::OnConnect::Whether(false) => None,
            ast::OnConnect::Whether(true) => {
                let mut values: Vec<(usize, ConnectSource)> = Vec::new();
                for field in fields {
                    let name = self.models[model].fields[field].wire.clone();
                    if values.iter().all(|(own, _)| *own != field)
                        && self.is_of_type(declaration, model, field, &name, written.span)
                    {
                        values.push((field, ConnectSource::Path(name)));
                    }
                }
                Some(OnConnect { action, values })
            }
            ast::OnConnect::From(sources) => {
                let values = self.sources(declaration, sources, model, &fields);
                Some(OnConnect { action, values })
            }
        }
    }

    fn sources(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        sources: &'a Mapping<Spanned<String>>,
        model: ModelId,
        fields: &[usize],
    ) -> Vec<(usize, ConnectSource)> {
        let mut values = Vec::new();
        let known: Vec<&str> =
            fields.iter().map(|field| self.models[model].fields[*field].wire.as_str()).collect();
        for (name, source) in &sources.entries {
            let Some(place) = known.iter().position(|own| *own == name.value) else {
                let message = format!("no group of the observer has the field {}", quote(&name.value));
                let near = self.nearest(&name.value, known.iter().copied());
                self.report(Diagnostic::error(Code::UnknownField, name.span, message).suggest(near));
                continue;
            };
            let Some(source) = source else { continue };
            let (kind, parameter) = source.value.split_once('.').unwrap_or((&source.value, &name.value));
            let source = match kind {
                "user" if source.value == "user" => ConnectSource::User,
                "query" => ConnectSource::Query(parameter.to_owned()),
                "path" => {
                    if !self.is_of_type(declaration, model, fields[place], parameter, source.span) {
                        continue;
                    }
                    ConnectSource::Path(parameter.to_owned())
                }
                _ => {
                    let message = format!("{} is not a source of a value", quote(&source.value));
                    let help = "use `path`, `path.NAME`, `query`, `query.NAME` or `user`";
                    self.report(Diagnostic::error(Code::InvalidValue, source.span, message).help(help));
                    continue;
                }
            };
            values.push((fields[place], source));
        }
        values
    }

    /// Checks that the path has a parameter of the type of a field.
    fn is_of_type(
        &self,
        declaration: &ConsumerDeclaration<'a>,
        model: ModelId,
        field: usize,
        parameter: &str,
        span: Span,
    ) -> bool {
        let consumer = &self.consumers[declaration.id];
        let properties =
            consumer.path_parameters.map_or(&[][..], |id| self.objects[id].properties.as_slice());
        let column = &self.models[model].fields[field];
        let Some(property) = properties.iter().find(|property| property.wire == parameter) else {
            let message = format!("the path has no parameter {}", quote(parameter));
            let known: Vec<&str> = properties.iter().map(|property| property.wire.as_str()).collect();
            let diagnostic = Diagnostic::error(Code::UnknownField, span, message);
            self.report(match known.as_slice() {
                [] => diagnostic.help(format!(
                    "name the source of {}: `\"on_connect\": {{ {}: \"user\" }}`",
                    quote(&column.wire),
                    format_args!("\"{}\"", column.wire)
                )),
                known => diagnostic.help(format!("the path has {}", quote_all(known.iter().copied(), "and"))),
            });
            return false;
        };
        if property.ty != column.ty {
            let message = format!(
                "the path parameter {} is not of the type of the field {}",
                quote(parameter),
                quote(&column.wire)
            );
            self.report(Diagnostic::error(Code::InvalidValue, span, message));
            return false;
        }
        true
    }
}
