//! Models, their columns and relations.

use dcrf_runtime::meta::{
    Auto, Collation, ColumnMeta, ConstraintMeta, ModelMeta, ModelSql, OnDelete, RelationMeta, Via,
};
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, LitInt, LitStr, Token};

use super::Descriptors;
use super::read::{all, call, chain, fields, number, order, path, pointed, strange, text};
use super::types::literal;

impl Descriptors {
    /// The model of a `static`.
    ///
    /// # Panics
    /// If there is none of the name, or it is not as generated ones are.
    pub fn model(&self, name: &str) -> &'static ModelMeta {
        Self::known(&self.models, name, || {
            let mut parts = fields(self.written(name));
            let table = text(parts.take("table"));
            let meta = ModelMeta {
                name: text(parts.take("name")),
                verbose_name: text(parts.take("verbose_name")),
                table,
                columns: all(parts.take("columns"), |expr| self.column(table, expr)),
                key: number(parts.take("key")),
                constraints: all(parts.take("constraints"), constraint),
                ordering: all(parts.take("ordering"), order),
                relations: all(parts.take("relations"), |expr| self.relation(expr)),
                sql: sql(parts.take("sql")),
            };
            parts.end();
            Box::leak(Box::new(meta))
        })
    }

    /// The function that gives a model. It works from [`link`](Self::link) on.
    fn model_function(&self, name: &str) -> fn() -> &'static ModelMeta {
        let mut links = self.links.borrow_mut();
        if let Some((function, _)) = links.get(name) {
            return *function;
        }
        let (function, put) = self.slots.model();
        links.insert(name.to_owned(), (function, Some(Box::new(put))));
        function
    }

    /// Puts every model that was referred to into its place, with those that it refers to.
    pub(super) fn link(&self) {
        loop {
            let next = self
                .links
                .borrow_mut()
                .iter_mut()
                .find_map(|(name, (_, put))| Some((name.clone(), put.take()?)));
            let Some((name, put)) = next else { return };
            put(self.model(&name));
        }
    }

    fn column(&self, table: &'static str, expr: &Expr) -> ColumnMeta {
        let (base, calls) = chain(expr);
        let (name, arguments) = call(base);
        let mut column = match name.as_str() {
            "ColumnMeta::new" => ColumnMeta::new(text(arguments[0]), self.ty(arguments[1])),
            "ColumnMeta::of" => ColumnMeta::of(text(arguments[0]), self.kind(arguments[1])),
            _ => strange(base, "a column"),
        };
        for (method, arguments) in calls {
            column = match method.as_str() {
                "column" => column.column(text(arguments[0])),
                "nullable" => column.nullable(),
                "blank" => column.blank(),
                "rules" => column.rules(self.rules(arguments[0])),
                "unique" => column.unique(),
                "secret" => column.secret(),
                "collation" => column.collation(match path(arguments[0]).as_str() {
                    "Collation::Codepoint" => Collation::Codepoint,
                    "Collation::Database" => Collation::Database,
                    _ => strange(arguments[0], "an order of texts"),
                }),
                "sqlite" => column.sqlite(text(arguments[0]), text(arguments[1]), text(arguments[2])),
                "postgres" => column.postgres(text(arguments[0]), text(arguments[1]), text(arguments[2])),
                "default" => column.default(literal(arguments[0])),
                "auto" => column.auto(match path(arguments[0]).as_str() {
                    "Auto::Key" => Auto::Key,
                    "Auto::Uuid" => Auto::Uuid,
                    "Auto::DefaultUuid" => Auto::DefaultUuid,
                    "Auto::DefaultNow" => Auto::DefaultNow,
                    "Auto::NowAdd" => Auto::NowAdd,
                    "Auto::Now" => Auto::Now,
                    _ => strange(arguments[0], "what fills a column in"),
                }),
                "references" => column.references(self.model_function(&pointed(arguments[0]))),
                "on_delete" => column.on_delete(match path(arguments[0]).as_str() {
                    "OnDelete::Cascade" => OnDelete::Cascade,
                    "OnDelete::SetNull" => OnDelete::SetNull,
                    "OnDelete::Restrict" => OnDelete::Restrict,
                    _ => strange(arguments[0], "what becomes of a reference"),
                }),
                _ => strange(expr, "a known property of a column"),
            };
        }
        if let Some(alter) = self.alter.columns {
            alter(table, &mut column);
        }
        column
    }

    fn relation(&self, expr: &Expr) -> RelationMeta {
        let mut parts = fields(expr);
        let relation = RelationMeta {
            name: text(parts.take("name")),
            target: self.model_function(&pointed(parts.take("target"))),
            via: via(parts.take("via")),
        };
        parts.end();
        relation
    }
}

/// A unique set: random definitions have no other constraints.
fn constraint(expr: &Expr) -> ConstraintMeta {
    match call(expr) {
        (name, arguments) if name == "ConstraintMeta::unique" => {
            ConstraintMeta::unique(all(arguments[0], number))
        }
        _ => strange(expr, "a unique set"),
    }
}

fn via(expr: &Expr) -> Via {
    if let Expr::Struct(_) = expr {
        let mut parts = fields(expr);
        let via = Via::Table {
            table: text(parts.take("table")),
            from: text(parts.take("from")),
            to: text(parts.take("to")),
        };
        parts.end();
        return via;
    }
    match call(expr) {
        (name, arguments) if name == "RelationVia::Column" => Via::Column(number(arguments[0])),
        (name, arguments) if name == "RelationVia::One" => Via::One(number(arguments[0])),
        _ => strange(expr, "how rows are related"),
    }
}

/// `sql! { "table" by "key": "id", "name" = 1 }`: the statements that the macro of the runtime makes of it.
fn sql(expr: &Expr) -> ModelSql {
    let Expr::Macro(item) = expr else { strange(expr, "the statements of a model") };
    let Statements { table, key, columns } =
        item.mac.parse_body().unwrap_or_else(|error| panic!("the statements of a model: {error}"));
    let quoted = |name: &str| format!("\"{name}\"");
    let joined = |names: Vec<String>| names.join(", ");
    let all = joined(columns.iter().map(|(name, _)| quoted(name)).collect());
    let mut given: Vec<(u32, &str)> =
        columns.iter().filter_map(|(name, number)| Some(((*number)?, name.as_str()))).collect();
    given.sort_unstable();
    let insert = if given.is_empty() {
        "DEFAULT VALUES".to_owned()
    } else {
        let names = joined(given.iter().map(|(_, name)| quoted(name)).collect());
        let values = joined(given.iter().map(|(number, _)| format!("${number}")).collect());
        format!("({names}) VALUES ({values})")
    };
    let leaked = |text: String| -> &'static str { text.leak() };
    ModelSql {
        select: leaked(format!("SELECT {all} FROM \"{table}\"")),
        get: leaked(format!("SELECT {all} FROM \"{table}\" WHERE \"{key}\" = $1")),
        insert: leaked(format!("INSERT INTO \"{table}\" {insert} RETURNING {all}")),
        delete: leaked(format!("DELETE FROM \"{table}\" WHERE \"{key}\" = $1")),
        returning: leaked(format!(" RETURNING {all}")),
    }
}

/// What stands in `sql!`.
struct Statements {
    table: String,
    key: String,
    /// Each with the number of its parameter in an `INSERT`.
    columns: Vec<(String, Option<u32>)>,
}

impl Parse for Statements {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let table = input.parse::<LitStr>()?.value();
        input.parse::<Ident>()?;
        let key = input.parse::<LitStr>()?.value();
        input.parse::<Token![:]>()?;
        let mut columns = Vec::new();
        while !input.is_empty() {
            let name = input.parse::<LitStr>()?.value();
            let number = match input.parse::<Option<Token![=]>>()? {
                Some(_) => Some(input.parse::<LitInt>()?.base10_parse()?),
                None => None,
            };
            columns.push((name, number));
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(Self { table, key, columns })
    }
}
