//! Lets cargo compile the crate again when a migration was added or changed, which the macro that includes
//! them can't.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
