//! Edits of models, their keys and relations, and of names in the database.

use std::collections::BTreeMap;

use dcrf::diag::Code;
use dcrf_oracle::definition::{Column, Kind, ManyToMany, Model, OnDelete};
use dcrf_oracle::values::Value;
use serde_json::{Map, json};

use super::super::judge::{Verdict, verdict};
use super::Edits;

impl Edits<'_> {
    pub(super) fn add_model(&mut self) -> Option<()> {
        let name = self.name("New");
        let mut columns =
            vec![Column::new("id", Kind::Integer), Column::new("word", Kind::Text { max_length: None })];
        let target = self.any_model();
        let target = self.world.model(target).name.clone();
        let mut owner =
            Column::new("owner", Kind::ForeignKey { model: target, on_delete: OnDelete::Cascade });
        owner.nullable = true;
        columns.push(owner);
        self.touched.insert((name.clone(), String::new()));
        let model = Model {
            name: name.clone(),
            table: None,
            columns,
            relations: Vec::new(),
            unique_together: Vec::new(),
            indexes: Vec::new(),
            keywords: Map::new(),
        };
        self.world.definition.models.push(model);
        self.world.rows.tables.push(Vec::new());
        self.world.next.push(1);
        self.world.ids.push(self.number);
        self.allowed.push(Code::PossibleRename);
        self.say(format!("add {name}"))
    }

    pub(super) fn remove_model(&mut self) -> Option<()> {
        let model = self.any_model();
        let name = self.world.model(model).name.clone();
        let refers = |other: &Model| {
            other.name != name
                && (other.columns.iter().any(|column| column.kind.target() == Some(&name))
                    || other.relations.iter().any(|relation| relation.target == name))
        };
        let models = &self.world.definition.models;
        if models.len() < 2
            || models.iter().any(refers)
            || self.touched.iter().any(|(other, _)| *other == name)
        {
            return None;
        }
        self.world.definition.models.remove(model);
        self.world.rows.tables.remove(model);
        self.world.next.remove(model);
        self.world.ids.remove(model);
        self.world.links.retain(|(owner, _), _| *owner != name);
        if self.dice.chance(50) {
            self.world.gone.push((None, name.clone()));
        }
        self.allowed.extend([Code::DropTable, Code::PossibleRename]);
        self.say(format!("remove {name}"))
    }

    pub(super) fn rename_model(&mut self) -> Option<()> {
        let model = self.any_model();
        let name = self.world.model(model).name.clone();
        if self.touched.iter().any(|(other, _)| *other == name) {
            return None;
        }
        let to = self.name("Other");
        for other in &mut self.world.definition.models {
            for column in &mut other.columns {
                if let Kind::ForeignKey { model, .. } = &mut column.kind
                    && *model == name
                {
                    model.clone_from(&to);
                }
            }
            for relation in other.relations.iter_mut().filter(|relation| relation.target == name) {
                relation.target.clone_from(&to);
            }
        }
        let own = &mut self.world.definition.models[model];
        own.name.clone_from(&to);
        own.keywords.insert("x-was".to_owned(), json!(name));
        let links = std::mem::take(&mut self.world.links);
        let renamed = links.into_iter().map(|((owner, relation), links)| {
            (((if owner == name { to.clone() } else { owner }), relation), links)
        });
        self.world.links = renamed.collect::<BTreeMap<_, _>>();
        self.touched.insert((to.clone(), "\0".to_owned()));
        self.say(format!("rename {name} to {to}"))
    }

    pub(super) fn add_relation(&mut self) -> Option<()> {
        let (model, target) = (self.any_model(), self.any_model());
        let (owner, target) = (self.world.model(model).name.clone(), self.world.model(target).name.clone());
        let name = self.name("links");
        self.touched.insert((owner.clone(), name.clone()));
        self.world.definition.models[model].relations.push(ManyToMany { name: name.clone(), target });
        self.world.links.insert((owner.clone(), name.clone()), Vec::new());
        self.allowed.push(Code::PossibleRename);
        self.say(format!("add {owner}.{name}"))
    }

    pub(super) fn change_relation(&mut self) -> Option<()> {
        let model = self.any_model();
        let owner = self.world.model(model).name.clone();
        let relation = self.world.model(model).relations.first()?.name.clone();
        if !self.touched.insert((owner.clone(), relation.clone())) {
            return None;
        }
        self.world.definition.models[model].relations.remove(0);
        self.world.links.remove(&(owner.clone(), relation.clone()));
        if self.dice.chance(50) {
            self.world.gone.push((Some(owner.clone()), relation.clone()));
        }
        self.allowed.extend([Code::DropTable, Code::PossibleRename]);
        self.say(format!("remove {owner}.{relation}"))
    }

    pub(super) fn retype_key(&mut self) -> Option<()> {
        let model = self.any_model();
        let name = self.world.model(model).name.clone();
        let key = self.world.model(model).key().clone();
        let text = Kind::Text { max_length: None };
        let to = match &key.kind {
            Kind::Integer | Kind::Uuid => text,
            _ => Kind::Integer,
        };
        let values = self.world.values((model, 0));
        let fits = values.iter().all(|value| matches!(verdict(value, &key.kind, &to), Verdict::Becomes(_)));
        if !fits || self.touched.contains(&(name.clone(), String::new())) {
            return None;
        }
        if !self.touched.insert((name.clone(), key.name.clone())) {
            return None;
        }
        let convert = |value: &Value| match verdict(value, &key.kind, &to) {
            Verdict::Becomes(value) => value,
            _ => value.clone(),
        };
        self.world.convert_keys(model, convert);
        let column = self.world.column((model, 0));
        column.kind = to.clone();
        column.keywords.remove("x-collation");
        let values = self.world.values((model, 0)).into_iter();
        let numbers =
            values.filter_map(|value| if let Value::Integer(number) = value { Some(*number) } else { None });
        self.world.next[model] = numbers.max().unwrap_or(0).max(0) + 1;
        self.say(format!("retype the key of {name} to {to:?}"))
    }

    pub(super) fn rename_in_database(&mut self) -> Option<()> {
        if self.dice.chance(50) {
            let at = self.any_column(|column| column.kind.target().is_none())?;
            let name = self.name("c");
            self.world.column(at).column = Some(name.clone());
            return self.say(format!("{} is the column {name}", self.label(at)));
        }
        let (model, name) = (self.any_model(), self.name("t"));
        self.world.definition.models[model].table = Some(name.clone());
        self.say(format!("{} is the table {name}", self.world.model(model).name))
    }
}
