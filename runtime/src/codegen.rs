//! What generated crates use besides the public API. Not for people: it changes with the generator.

#[doc(hidden)]
pub use serde;
#[doc(hidden)]
pub use serde_json;

#[doc(hidden)]
pub use axum::http::Method;

mod written;

#[doc(hidden)]
pub use written::{Slots, no_value, plain};

/// The agreement between generator and runtime. It is raised when generated code of one would not fit the other.
#[doc(hidden)]
pub const CONTRACT: u32 = 3;

/// Stops the build of a generated crate that does not fit this runtime.
#[doc(hidden)]
pub const fn check_contract(generated: u32) {
    assert!(
        generated >= CONTRACT,
        "this crate was generated for an older dcrf-runtime: run `dcrf generate` of the same version as dcrf-runtime"
    );
    assert!(
        generated <= CONTRACT,
        "this crate was generated for a newer dcrf-runtime: raise dcrf-runtime in Cargo.toml to the version of `dcrf`"
    );
}

/// Written by the generator into `lib.rs`: the build fails with a sentence if generator and runtime disagree.
#[doc(hidden)]
#[macro_export]
macro_rules! contract {
    ($generated:literal) => {
        const _: () = $crate::codegen::check_contract($generated);
    };
}

#[cfg(test)]
mod tests {
    crate::contract!(3);

    #[test]
    #[should_panic(expected = "older dcrf-runtime")]
    fn an_older_contract_is_refused() {
        super::check_contract(super::CONTRACT - 1);
    }

    #[test]
    #[should_panic(expected = "newer dcrf-runtime")]
    fn a_newer_contract_is_refused() {
        super::check_contract(super::CONTRACT + 1);
    }
}
