//! The constraints of a model in its descriptor. Their conditions are JSON, in the form in which the definition states
//! them.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::index_literal;
use super::uses::Uses;
use crate::ir::{Comparison, Constraint, ConstraintRule, Field, Literal, Model, Operand, Predicate};

/// Returns the descriptors of the unique sets and of the constraints.
pub fn of(model: &Model, uses: &mut Uses) -> Vec<TokenStream> {
    let sets = model.unique_together.iter().map(|columns| unique(columns));
    let constraints = model.constraints.iter().map(|each| constraint(model, each));
    let all: Vec<TokenStream> = sets.chain(constraints).collect();
    if !all.is_empty() {
        uses.meta(&["ConstraintMeta"]);
    }
    all
}

fn constraint(model: &Model, Constraint { name, rule, message }: &Constraint) -> TokenStream {
    let mut tokens = match rule {
        ConstraintRule::Unique { fields, condition } => {
            let mut tokens = unique(fields);
            if let Some(condition) = condition {
                let (text, columns) = (json(model, condition), columns(condition));
                tokens.extend(quote!(.when(#text, #columns)));
            }
            tokens
        }
        ConstraintRule::Check(condition) => {
            let (text, columns) = (json(model, condition), columns(condition));
            quote!(ConstraintMeta::check(#name, #text, #columns))
        }
    };
    if let Some(message) = message {
        tokens.extend(quote!(.message(#message)));
    }
    tokens
}

fn unique(fields: &[usize]) -> TokenStream {
    let fields = fields.iter().map(|field| index_literal(*field));
    quote!(ConstraintMeta::unique(&[#(#fields),*]))
}

fn columns(condition: &Predicate) -> TokenStream {
    let columns = condition.columns().into_iter().map(|column| index_literal(*column));
    quote!(&[#(#columns),*])
}

/// Returns a condition as JSON.
fn json(model: &Model, condition: &Predicate) -> String {
    let entries: Vec<String> =
        entries(model, condition).into_iter().map(|(key, value)| format!("{}:{value}", text(&key))).collect();
    format!("{{{}}}", entries.join(","))
}

/// Returns the entries of an object that is a condition.
fn entries(model: &Model, condition: &Predicate) -> Vec<(String, String)> {
    let list = |parts: &[Predicate]| {
        let parts: Vec<String> = parts.iter().map(|part| json(model, part)).collect();
        format!("[{}]", parts.join(","))
    };
    vec![match condition {
        Predicate::All(parts) => {
            let together: Vec<(String, String)> =
                parts.iter().flat_map(|part| entries(model, part)).collect();
            let keys: HashSet<&String> = together.iter().map(|(key, _)| key).collect();
            if keys.len() == together.len() {
                return together;
            }
            ("allOf".to_owned(), list(parts))
        }
        Predicate::Any(parts) => ("anyOf".to_owned(), list(parts)),
        Predicate::Not(part) => match &**part {
            Predicate::IsNull(field) => (key(model, *field, "isnull"), "false".to_owned()),
            part => ("not".to_owned(), json(model, part)),
        },
        Predicate::IsNull(field) => (key(model, *field, "isnull"), "true".to_owned()),
        Predicate::In { column, values } => {
            let values: Vec<String> = values.iter().map(literal).collect();
            (key(model, *column, "in"), format!("[{}]", values.join(",")))
        }
        Predicate::Compare { column, how, with } => {
            let value = match with {
                Operand::Value(value) => literal(value),
                Operand::Column(other) => format!("{{\"field\":{}}}", text(&model.fields[*other].wire)),
            };
            (key(model, *column, lookup(*how)), value)
        }
    }]
}

/// Returns the key of a comparison. It always names the look-up, because the name of a field may be `not`.
fn key(model: &Model, field: usize, lookup: &str) -> String {
    let Field { wire, .. } = &model.fields[field];
    format!("{wire}__{lookup}")
}

fn lookup(how: Comparison) -> &'static str {
    match how {
        Comparison::Eq => "eq",
        Comparison::Lt => "lt",
        Comparison::Lte => "lte",
        Comparison::Gt => "gt",
        Comparison::Gte => "gte",
        Comparison::Contains => "contains",
        Comparison::StartsWith => "starts_with",
    }
}

fn literal(value: &Literal) -> String {
    match value {
        Literal::Null => "null".to_owned(),
        Literal::Boolean(value) => value.to_string(),
        Literal::Integer(number) => number.to_string(),
        Literal::Number(text) | Literal::Json(text) => text.clone(),
        Literal::Text(value) => text(value),
    }
}

fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
