//! Items that generated crates use besides the public API. They change with the generator: applications do not use
//! them.

#[doc(hidden)]
pub use serde;
#[doc(hidden)]
pub use serde_json;

#[doc(hidden)]
pub use axum::http::Method;

mod written;

#[doc(hidden)]
pub use written::{ColumnsOf, Slots, no_value, plain, position, serialize, serialize_described, value_of};

/// The version of the contract between generator and runtime. It is raised when generated code and runtimes of
/// different versions would not fit each other.
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

/// Checks the contract in the `lib.rs` of a generated crate: the build fails with a message if generator and runtime do
/// not fit each other.
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
