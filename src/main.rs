//! `madoguchi`: see `madoguchi --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    madoguchi::cli::run()
}
