//! The observers that are served, with their consumers.

use std::sync::Arc;

use crate::app::dispatch::Dispatch;
use crate::app::permission::{depends_on_rows, is_own};
use crate::change::{Topic, Watched};
use crate::feed::log::dependencies;
use crate::schema::meta::{ModelMeta, ObserverMeta};

/// The observers that are served.
#[derive(Clone, Default)]
pub(crate) struct Served {
    observers: Vec<Observed>,
    watched: Arc<Watched>,
}

/// An observer and its consumer.
#[derive(Clone)]
pub(crate) struct Observed {
    pub(crate) meta: &'static ObserverMeta,
    pub(crate) topic: Topic,
    pub(crate) dispatch: Arc<dyn Dispatch>,
}

impl Served {
    /// Adds the observers of a consumer.
    pub(crate) fn add(&mut self, dispatch: &Arc<dyn Dispatch>) {
        let mut watched = Watched::clone(&self.watched);
        for meta in dispatch.observers() {
            let topic = Topic { stream: dispatch.meta().stream, name: meta.name };
            if self.observers.iter().all(|other| other.topic != topic) {
                self.observers.push(Observed { meta, topic, dispatch: Arc::clone(dispatch) });
                watched.add(meta, topic, is_own(&**dispatch, meta.model) && depends_on_rows(&**dispatch));
            }
        }
        self.watched = Arc::new(watched);
    }

    /// Adds models whose rows have files.
    pub(crate) fn add_files(&mut self, models: &[&'static ModelMeta]) {
        let mut watched = Watched::clone(&self.watched);
        models.iter().for_each(|model| watched.add_files(model));
        self.watched = Arc::new(watched);
    }

    /// Returns all observers.
    pub(crate) fn all(&self) -> impl Iterator<Item = &'static ObserverMeta> {
        self.observers.iter().map(|observed| observed.meta)
    }

    /// Returns the observers of a model.
    pub(crate) fn of(&self, model: &'static ModelMeta) -> impl Iterator<Item = &Observed> {
        self.observers.iter().filter(move |observed| std::ptr::eq(observed.meta.model, model))
    }

    /// Returns the columns by which observers name the user whose rights depend on a row of a model. `None` is one of
    /// them if rows of the model concern everybody.
    pub(super) fn columns_of_users(&self, model: &'static ModelMeta) -> Vec<Option<usize>> {
        let mut columns: Vec<Option<usize>> = Vec::new();
        for dependency in self.all().flat_map(dependencies) {
            if std::ptr::eq(dependency.model, model) && !columns.contains(&dependency.user) {
                columns.push(dependency.user);
            }
        }
        columns
    }

    /// Returns the models and relations that the observers watch.
    pub(crate) fn watched(&self) -> &Arc<Watched> {
        &self.watched
    }
}
