# Short names for the commands of CONTRIBUTING.md. Needs https://just.systems; every recipe is one line that also works without.

# List the recipes.
default:
    @just --list

# Formatting, lints and documentation, without tests.
check:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings
    RUSTDOCFLAGS='-D warnings' cargo doc --lib --no-deps --document-private-items --locked

# All tests, or those whose names contain the words: `just test readme`.
test *words:
    cargo test --locked {{ if words == "" { "" } else { "--test main -- " + words } }}

# The promised numbers. `just bench quick` takes stores a tenth as large; `just bench revoke` runs one part.
bench *words:
    cargo bench --locked -- {{ words }}

# The same as CI. As root on Debian, it installs missing programs.
ci:
    .ci/run
