//! The observed models: their observers, and the effects of the database itself on rows of these models.

use super::message::Topic;
use crate::schema::meta::{GroupsMeta, ModelMeta, ObservedRows, ObserverMeta, OnDelete, RelationMeta, Via};

/// The observers that are served.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watched {
    observers: Vec<Observer>,
    /// References to follow when a row is deleted, by the model to which they refer.
    edges: Vec<Edge>,
    /// Many-to-many relations to follow when a row is deleted.
    links: Vec<Link>,
    /// The models whose rows have files, which are deleted after the rows.
    files: Vec<&'static ModelMeta>,
}

/// An observer.
#[derive(Debug, Clone, Copy)]
struct Observer {
    meta: &'static ObserverMeta,
    topic: Topic,
    /// Whether the consumer has a queryset or permissions about rows of the model.
    judged: bool,
}

/// A column whose rows are deleted, or lose the reference, with the row to which they refer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) parent: &'static ModelMeta,
    pub(crate) child: &'static ModelMeta,
    pub(crate) column: usize,
    pub(crate) on_delete: OnDelete,
}

/// A many-to-many relation of a model whose observer follows such relations: its pairs are deleted with the row at the
/// other end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) model: &'static ModelMeta,
    pub(crate) relation: &'static RelationMeta,
    /// The observer that follows it.
    pub(crate) topic: Topic,
}

/// Tells whether both are one model.
pub(crate) fn is_same(a: &'static ModelMeta, b: &'static ModelMeta) -> bool {
    std::ptr::eq(a, b)
}

impl Watched {
    /// Adds an observer, unless it is there. `judged` tells whether its consumer has rules about rows of the model.
    pub(crate) fn add(&mut self, meta: &'static ObserverMeta, topic: Topic, judged: bool) {
        if self.observers.iter().all(|other| other.topic != topic) {
            self.observers.push(Observer { meta, topic, judged });
            // What is told from a log needs no rows from before a change.
            if meta.latest.is_none() {
                self.follow(meta.model);
                self.link(meta, topic);
            }
        }
    }

    /// Adds a model whose rows have files, unless it is there.
    pub(crate) fn add_files(&mut self, model: &'static ModelMeta) {
        if !self.has_files(model) {
            self.files.push(model);
            self.follow(model);
        }
    }

    /// Tells whether the rows of a model have files.
    pub(crate) fn has_files(&self, model: &'static ModelMeta) -> bool {
        self.files.iter().any(|other| is_same(other, model))
    }

    /// Follows the many-to-many relations of an observer's model.
    fn link(&mut self, meta: &'static ObserverMeta, topic: Topic) {
        let relations = meta.model.relations.iter().filter(|_| meta.many_to_many);
        for relation in relations.filter(|relation| relation.via.between().is_some()) {
            self.links.push(Link { model: meta.model, relation, topic });
            // The other row may be deleted by a cascade, and so may one that relates both.
            self.follow((relation.target)());
            if let Via::Through { model, .. } = relation.via {
                self.follow(model());
            }
        }
    }

    /// Follows the references of a model, and those of the models to which it refers.
    fn follow(&mut self, child: &'static ModelMeta) {
        for (column, meta) in child.columns.iter().enumerate() {
            let Some(parent) = meta.references.map(|parent| parent()) else { continue };
            let known = |edge: &Edge| is_same(edge.child, child) && edge.column == column;
            let follows =
                matches!(meta.on_delete, OnDelete::Cascade | OnDelete::SetNull | OnDelete::SetDefault);
            if !follows || self.edges.iter().any(known) {
                continue;
            }
            self.edges.push(Edge { parent, child, column, on_delete: meta.on_delete });
            // A row that is deleted by a cascade takes its dependents along, or the references to it.
            self.follow(parent);
        }
    }

    /// Returns the observers of a model.
    fn of(&self, model: &'static ModelMeta) -> impl Iterator<Item = &Observer> {
        self.observers.iter().filter(move |observed| is_same(observed.meta.model, model))
    }

    /// Returns the observers of a model that are not told from a log, by name.
    pub(crate) fn topics_of(&self, model: &'static ModelMeta) -> impl Iterator<Item = Topic> {
        self.of(model).filter(|observed| observed.meta.latest.is_none()).map(|observed| observed.topic)
    }

    /// Tells whether an observer of a model is told from a log.
    pub(crate) fn is_logged(&self, model: &'static ModelMeta) -> bool {
        self.of(model).any(|observed| observed.meta.latest.is_some())
    }

    /// Returns the observed model of a table.
    pub(crate) fn model(&self, table: &str) -> Option<&'static ModelMeta> {
        self.observers.iter().map(|observed| observed.meta.model).find(|model| model.table == table)
    }

    /// Tells whether a model has an observer.
    pub(crate) fn observes(&self, model: &'static ModelMeta) -> bool {
        self.of(model).next().is_some()
    }

    /// Tells whether changes of a model's rows are captured: the model is observed, or the rows that it relates, or it
    /// has files.
    pub(crate) fn watches(&self, model: &'static ModelMeta) -> bool {
        self.observes(model) || self.links_over(model).next().is_some() || self.has_files(model)
    }

    /// Tells whether triggers note changes of other programs in a model's table: as the table of its rows, or of a
    /// relation of a model with such triggers.
    pub(crate) fn is_noted(&self, model: &'static ModelMeta) -> bool {
        let relates = |other: &'static ModelMeta| {
            let mut relations = other.relations.iter().filter_map(|relation| relation.via.between());
            relations.any(|between| between.table == model.table)
        };
        let mut noted = self.observers.iter().filter(|observed| observed.meta.database);
        noted.any(|observed| is_same(observed.meta.model, model) || relates(observed.meta.model))
    }

    /// Returns the models whose tables have such triggers.
    pub(crate) fn noted(&self) -> Vec<&'static ModelMeta> {
        let mut models: Vec<&'static ModelMeta> = Vec::new();
        for observed in self.observers.iter().filter(|observed| observed.meta.database) {
            if models.iter().all(|other| !is_same(other, observed.meta.model)) {
                models.push(observed.meta.model);
            }
        }
        models
    }

    /// Tells whether there are any.
    pub(crate) fn notes(&self) -> bool {
        self.observers.iter().any(|observed| observed.meta.database)
    }

    /// Returns the effects on other rows when one of this model is deleted.
    pub(crate) fn edges_to(&self, parent: &'static ModelMeta) -> impl Iterator<Item = Edge> + '_ {
        self.edges.iter().copied().filter(move |edge| is_same(edge.parent, parent))
    }

    /// Returns the many-to-many relations to rows of this model.
    pub(crate) fn links_to(&self, target: &'static ModelMeta) -> impl Iterator<Item = Link> + '_ {
        self.links.iter().copied().filter(move |link| is_same((link.relation.target)(), target))
    }

    /// Returns the many-to-many relations whose pairs are the rows of this model.
    pub(crate) fn links_over(&self, through: &'static ModelMeta) -> impl Iterator<Item = Link> + '_ {
        let is_over = move |link: &Link| match link.relation.via {
            Via::Through { model, .. } => is_same(model(), through),
            Via::Column(_) | Via::One(_) | Via::Table { .. } => false,
        };
        self.links.iter().copied().filter(is_over)
    }

    /// Tells whether rows of any model relate others that are observed with their relations.
    pub(crate) fn has_through(&self) -> bool {
        self.links.iter().any(|link| matches!(link.relation.via, Via::Through { .. }))
    }

    /// Tells whether any of a model's observers that `counts` needs the row before a change of these columns, or a file
    /// is replaced. With another key it is another row, for every observer.
    pub(crate) fn needs_before(
        &self,
        model: &'static ModelMeta,
        changed: &[usize],
        counts: impl Fn(Topic) -> bool,
    ) -> bool {
        let relates = self.links_over(model).any(|link| match link.relation.via {
            Via::Through { from, to, .. } => {
                (changed.contains(&from) || changed.contains(&to)) && counts(link.topic)
            }
            Via::Column(_) | Via::One(_) | Via::Table { .. } => false,
        });
        let replaces = self.has_files(model) && model.files().any(|(column, _)| changed.contains(&column));
        if relates || replaces {
            return true;
        }
        let renames = changed.contains(&model.key);
        self.of(model).filter(|observed| observed.meta.latest.is_none()).any(|observed| {
            let moves = match observed.meta.groups {
                GroupsMeta::All | GroupsMeta::Instance => false,
                GroupsMeta::By(sets) => sets.iter().any(|set| set.iter().any(|own| changed.contains(own))),
                GroupsMeta::Custom => true,
            };
            let allowed = observed.meta.filter.and_then(|consumer| consumer.model.as_ref());
            let narrows =
                allowed.is_some_and(|bound| bound.filter.iter().any(|own| changed.contains(&own.column)));
            let shows = observed.meta.rows != ObservedRows::All || observed.judged;
            (renames || moves || narrows || shows) && counts(observed.topic)
        })
    }
}
