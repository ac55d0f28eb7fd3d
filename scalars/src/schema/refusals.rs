//! The errors of a value, by place: a tree of messages, like DRF's errors.

use std::collections::HashMap;

/// The errors of a value and of the values inside of it.
#[derive(Debug, Clone, Default)]
pub struct Refusals {
    /// The errors of the value itself.
    own: Vec<Refusal>,
    /// The errors of the values inside of it, by property or index.
    inner: Vec<(String, Self)>,
    /// The positions of keys in `inner`, if there are many.
    places: HashMap<String, usize>,
    /// Whether the value is an object.
    object: bool,
}

/// A single error.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    kind: Kind,
    text: String,
}

/// The subject of an error, which determines the form of a union that an invalid value is close to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The type, or the schema `false`.
    Type,
    /// A dictionary was expected.
    Dictionary,
    /// `const` and `enum`.
    Constant,
    /// Any other keyword.
    Other,
}

/// The errors at a place, for callers that convert them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The messages about the value.
    Texts(Vec<String>),
    /// The errors by property or index; those of the value itself are under `non_field_errors`, which comes first.
    Inner(Vec<(String, Self)>),
}

const MANY: usize = 16;

impl Refusals {
    /// Tells whether there are no errors.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.inner.is_empty()
    }

    /// Returns the place of the first error, as a JSON pointer, and its message. The message does not contain the value,
    /// so that it can be logged.
    pub fn first(&self) -> Option<(String, &str)> {
        if let Some(own) = self.own.first() {
            let constant = own.kind == Kind::Constant;
            let text = if constant { "This is not a value of `const` or `enum`." } else { &own.text };
            return Some((String::new(), text));
        }
        let (key, inner) = self.inner.first()?;
        let (rest, text) = inner.first()?;
        Some((format!("/{}{rest}", key.replace('~', "~0").replace('/', "~1")), text))
    }

    pub(super) fn is_of_object(&mut self) {
        self.object = true;
    }

    /// Adds an error of the value. The same message is added once.
    pub(super) fn add(&mut self, kind: Kind, text: String) {
        match self.own.iter_mut().find(|own| own.text == text) {
            // The error of a constant distinguishes forms, even if another check has the same message.
            Some(own) if kind == Kind::Constant => own.kind = kind,
            Some(_) => {}
            None => self.own.push(Refusal { kind, text }),
        }
    }

    /// Adds the errors at a property or index.
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

    /// Adds a single error at a property or index.
    pub(super) fn say_at(&mut self, key: &str, kind: Kind, text: String) {
        let mut refusals = Self::default();
        refusals.add(kind, text);
        self.at(key, refusals);
    }

    /// Adds the errors by another schema.
    pub(super) fn merge(&mut self, other: Self) {
        self.object |= other.object;
        for refusal in other.own {
            self.add(refusal.kind, refusal.text);
        }
        for (key, refusals) in other.inner {
            self.at(&key, refusals);
        }
    }

    /// Tells whether the value has the form of the schema, and only breaks its rules.
    pub(super) fn is_near(&self) -> bool {
        let own = self.own.iter().all(|refusal| refusal.kind == Kind::Other);
        let tagged =
            |(_, inner): &(String, Self)| inner.own.iter().any(|refusal| refusal.kind == Kind::Constant);
        own && !self.inner.iter().any(tagged)
    }

    /// Returns the errors in the form of DRF.
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
