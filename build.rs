//! Compresses the files of the page (`ui/`), and writes the list of them that `src/http/page.rs` includes.
//! Lets cargo compile the crate again when a migration was added or changed, which the macro that includes
//! them can't.

use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

/// What the documents of the page name in place of the hash of all files.
const VERSION_IN_SOURCE: &str = "ui/dev/";

/// Files with another extension are not for browsers.
const SERVED: [&str; 4] = ["html", "js", "css", "svg"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=ui");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut files = Vec::new();
    find_files(Path::new("ui"), &mut files)?;
    if env::var_os("CARGO_FEATURE_DOCS").is_none() {
        files.retain(|path| !is_reference(path));
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in &files {
        (file, fs::read(file)?).hash(&mut hasher);
    }
    let version = format!("{:016x}", hasher.finish());
    let mut list = format!("const VERSION: &str = {version:?};\nconst FILES: &[PageFile] = &[\n");
    for (number, file) in files.iter().enumerate() {
        let mut content = fs::read(file)?;
        if file.extension().is_some_and(|extension| extension == "html") {
            let text = String::from_utf8(content)?;
            content = text.replace(VERSION_IN_SOURCE, &format!("ui/{version}/")).into_bytes();
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&content)?;
        let compressed = out.join(format!("page-{number}.gz"));
        fs::write(&compressed, encoder.finish()?)?;
        let path = file.strip_prefix("ui")?;
        writeln!(list, "PageFile {{ path: {path:?}, gzip: include_bytes!({compressed:?}) }},")?;
    }
    list.push_str("];\n");
    fs::write(out.join("page_files.rs"), list)?;
    Ok(())
}

/// Whether only `/docs` needs the file: the feature `docs` is about these.
fn is_reference(path: &Path) -> bool {
    path.starts_with("ui/docs") || path.starts_with("ui/vendor/swagger-ui")
}

/// The files of a folder that are served, and not the licenses and types beside them.
fn find_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| SERVED.iter().any(|s| extension == *s)) {
            files.push(path);
        }
    }
    Ok(())
}
