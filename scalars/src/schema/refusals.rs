//! What is wrong with a value, by place: a tree of sentences, as DRF's errors are.

use std::collections::HashMap;

/// What is wrong with a value and with what is inside of it.
#[derive(Debug, Clone, Default)]
pub struct Refusals {
    /// Of the value itself.
    own: Vec<Refusal>,
    /// Of what is inside of it, by property or index.
    inner: Vec<(String, Self)>,
    /// Where a key stands in `inner`, once these are many.
    places: HashMap<String, usize>,
    /// Whether the value is an object.
    object: bool,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    kind: Kind,
    text: String,
}

/// What a sentence is about: by that it is told which of several forms a value is near to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The type, or `false`.
    Type,
    /// A dictionary was expected.
    Dictionary,
    /// `const` and `enum`.
    Constant,
    /// Anything else.
    Other,
}

/// What is said at a place, for whoever puts it into a form of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Sentences about the value.
    Texts(Vec<String>),
    /// By property or index; what is said of the value itself is under `non_field_errors`, which comes first.
    Inner(Vec<(String, Self)>),
}

const MANY: usize = 16;

impl Refusals {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.inner.is_empty()
    }

    pub(super) fn is_of_object(&mut self) {
        self.object = true;
    }

    /// Adds a sentence about the value; the same is said once.
    pub(super) fn add(&mut self, kind: Kind, text: String) {
        match self.own.iter_mut().find(|own| own.text == text) {
            // That a constant is another one tells forms apart, whatever else says the same.
            Some(own) if kind == Kind::Constant => own.kind = kind,
            Some(_) => {}
            None => self.own.push(Refusal { kind, text }),
        }
    }

    /// What is wrong inside of it, at a property or index.
    pub(super) fn at(&mut self, key: &str, refusals: Self) {
        if refusals.is_empty() {
            return;
        }
        let found = if self.inner.len() <= MANY {
            self.inner.iter().position(|(own, _)| own == key)
        } else {
            if self.places.is_empty() {
                self.places = self.inner.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
            }
            self.places.get(key).copied()
        };
        match found {
            Some(at) => self.inner[at].1.merge(refusals),
            None => {
                if !self.places.is_empty() {
                    self.places.insert(key.to_owned(), self.inner.len());
                }
                self.inner.push((key.to_owned(), refusals));
            }
        }
    }

    /// A sentence at a property or index.
    pub(super) fn say_at(&mut self, key: &str, kind: Kind, text: String) {
        let mut refusals = Self::default();
        refusals.add(kind, text);
        self.at(key, refusals);
    }

    /// Adds what is wrong by another schema.
    pub(super) fn merge(&mut self, other: Self) {
        self.object |= other.object;
        for refusal in other.own {
            self.add(refusal.kind, refusal.text);
        }
        for (key, refusals) in other.inner {
            self.at(&key, refusals);
        }
    }

    /// Whether the value is of the form, and only breaks its rules.
    pub(super) fn is_near(&self) -> bool {
        let own = self.own.iter().all(|refusal| refusal.kind == Kind::Other);
        let tagged =
            |(_, inner): &(String, Self)| inner.own.iter().any(|refusal| refusal.kind == Kind::Constant);
        own && !self.inner.iter().any(tagged)
    }

    /// What is to be said, in the form of DRF's errors.
    pub fn told(self) -> Told {
        let whole = self.object || self.own.iter().any(|refusal| refusal.kind == Kind::Dictionary);
        let texts: Vec<String> = self.own.into_iter().map(|refusal| refusal.text).collect();
        if self.inner.is_empty() && !whole {
            return Told::Texts(texts);
        }
        let own = (!texts.is_empty()).then(|| ("non_field_errors".to_owned(), Told::Texts(texts)));
        let inner = self.inner.into_iter().map(|(key, refusals)| (key, refusals.told()));
        Told::Inner(own.into_iter().chain(inner).collect())
    }
}
