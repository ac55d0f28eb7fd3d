//! The `dcrf` command; see [`dcrf::cli`].

fn main() -> std::process::ExitCode {
    dcrf::cli::main()
}
