//! Functions that give a descriptor.
//!
//! Descriptors refer to each other in circles by functions, which know nothing but what they were compiled with. So
//! there is a fixed number of functions, each of which gives what was last put into its place, and each definition
//! takes some of them for as long as it is used.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError, RwLock};

use dcrf_runtime::meta::{ModelMeta, ObjectMeta};

/// Places that one definition takes, of each sort.
const SIZE: usize = 16;
/// Definitions at the same time.
const DEFINITIONS: usize = 16;
const PLACES: usize = SIZE * DEFINITIONS;

static MODELS: [RwLock<Option<&'static ModelMeta>>; PLACES] = [const { RwLock::new(None) }; PLACES];
static OBJECTS: [RwLock<Option<&'static ObjectMeta>>; PLACES] = [const { RwLock::new(None) }; PLACES];
static TAKEN: Mutex<[bool; DEFINITIONS]> = Mutex::new([false; DEFINITIONS]);

fn model<const PLACE: usize>() -> &'static ModelMeta {
    found(&MODELS[PLACE])
}

fn object<const PLACE: usize>() -> &'static ObjectMeta {
    found(&OBJECTS[PLACE])
}

fn found<T>(place: &RwLock<Option<&'static T>>) -> &'static T {
    let found = *place.read().unwrap_or_else(PoisonError::into_inner);
    found.expect("a descriptor is put into its place before anybody follows a reference to it")
}

macro_rules! sixteen {
    ($function:ident, $base:expr) => {
        [
            $function::<{ $base }>,
            $function::<{ $base + 1 }>,
            $function::<{ $base + 2 }>,
            $function::<{ $base + 3 }>,
            $function::<{ $base + 4 }>,
            $function::<{ $base + 5 }>,
            $function::<{ $base + 6 }>,
            $function::<{ $base + 7 }>,
            $function::<{ $base + 8 }>,
            $function::<{ $base + 9 }>,
            $function::<{ $base + 10 }>,
            $function::<{ $base + 11 }>,
            $function::<{ $base + 12 }>,
            $function::<{ $base + 13 }>,
            $function::<{ $base + 14 }>,
            $function::<{ $base + 15 }>,
        ]
    };
}

macro_rules! all {
    ($function:ident) => {
        [
            sixteen!($function, 0),
            sixteen!($function, 16),
            sixteen!($function, 32),
            sixteen!($function, 48),
            sixteen!($function, 64),
            sixteen!($function, 80),
            sixteen!($function, 96),
            sixteen!($function, 112),
            sixteen!($function, 128),
            sixteen!($function, 144),
            sixteen!($function, 160),
            sixteen!($function, 176),
            sixteen!($function, 192),
            sixteen!($function, 208),
            sixteen!($function, 224),
            sixteen!($function, 240),
        ]
    };
}

static MODEL_FUNCTIONS: [[fn() -> &'static ModelMeta; SIZE]; DEFINITIONS] = all!(model);
static OBJECT_FUNCTIONS: [[fn() -> &'static ObjectMeta; SIZE]; DEFINITIONS] = all!(object);

/// The places of one definition.
#[derive(Debug)]
pub(super) struct Slots {
    group: usize,
    models: Cell<usize>,
    objects: Cell<usize>,
}

impl Slots {
    /// Takes places that nobody uses.
    pub(super) fn take() -> Self {
        let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let group = taken.iter().position(|taken| !taken);
        let group = group.unwrap_or_else(|| panic!("more than {DEFINITIONS} definitions at the same time"));
        taken[group] = true;
        Self { group, models: Cell::new(0), objects: Cell::new(0) }
    }

    /// A function that gives a model, and where the model is to be put.
    pub(super) fn model(&self) -> (fn() -> &'static ModelMeta, impl FnOnce(&'static ModelMeta) + use<>) {
        let place = next(&self.models);
        let put = self.group * SIZE + place;
        (MODEL_FUNCTIONS[self.group][place], move |meta| {
            *MODELS[put].write().unwrap_or_else(PoisonError::into_inner) = Some(meta);
        })
    }

    /// The same of an object.
    pub(super) fn object(&self) -> (fn() -> &'static ObjectMeta, impl FnOnce(&'static ObjectMeta) + use<>) {
        let place = next(&self.objects);
        let put = self.group * SIZE + place;
        (OBJECT_FUNCTIONS[self.group][place], move |meta| {
            *OBJECTS[put].write().unwrap_or_else(PoisonError::into_inner) = Some(meta);
        })
    }
}

fn next(count: &Cell<usize>) -> usize {
    let place = count.replace(count.get() + 1);
    assert!(place < SIZE, "a definition has at most {SIZE} models and {SIZE} objects here");
    place
}

impl Drop for Slots {
    fn drop(&mut self) {
        TAKEN.lock().unwrap_or_else(PoisonError::into_inner)[self.group] = false;
    }
}
