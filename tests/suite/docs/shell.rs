//! Runs the commands of a page as a reader would, with bash in a fresh folder.

use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::markdown::{Example, path};
use crate::support::binary;

/// The address in the pages; a free one takes its place.
const ADDRESS: &str = "127.0.0.1:5000";

/// Divides the outputs of the examples.
const SEPARATOR: char = '\u{1e}';

/// What the pages build and install is there already: `cargo run` and `rollcall` become the program itself.
const PRELUDE: &str = r#"cargo() {
    local command=$1
    while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
    [ "$command" != run ] || exec target/release/rollcall "${@:2}"
}
PATH=$PWD/target/release:$PATH
"#;

/// What each of these tools must be able to do for the pages.
const TOOLS: [(&str, &[&str]); 3] = [
    ("bash", &["-c", "true"]),
    ("curl", &["--version"]),
    ("sqlite3", &[":memory:", "select '{}' ->> '$'"]),
];

/// Options under which Node.js has the WebSocket of browsers: none from version 22 on, and with older ones
/// the library that `.ci/clients` installs.
fn node_options() -> Option<String> {
    let library = path("tests/clients/websocket.cjs");
    let options = [String::new(), format!("--require {}", library.display())];
    options.into_iter().find(|options| works("node", &["-e", "WebSocket"], options))
}

/// A shell for the examples of one page, whose processes end with it.
pub struct Shell {
    folder: TempDir,
    address: String,
    node_options: String,
}

impl Shell {
    /// None where this machine lacks a tool that the page needs, unless the environment says
    /// `TEST_DOCS=required`, as `.ci/run` does.
    pub fn new(needs_node: bool) -> Option<Self> {
        let mut missing: Vec<&str> =
            TOOLS.iter().filter(|(tool, probe)| !works(tool, probe, "")).map(|t| t.0).collect();
        let node_options = node_options();
        if needs_node && node_options.is_none() {
            missing.push("node 22");
        }
        if !missing.is_empty() {
            let is_required = std::env::var("TEST_DOCS").is_ok_and(|value| value == "required");
            assert!(!is_required, "the documents need {missing:?}");
            eprintln!("skipped: the documents need {missing:?}");
            return None;
        }
        let folder = TempDir::new().unwrap();
        std::fs::create_dir_all(folder.path().join("target/release")).unwrap();
        symlink(binary(), folder.path().join("target/release/rollcall")).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Some(Self {
            folder,
            address: free.to_string(),
            node_options: node_options.unwrap_or_default(),
        })
    }

    /// Runs `before`, the examples and `after`; compares the output of each example.
    pub fn check(&self, before: &str, examples: &[Example], after: &str) {
        let mut script = format!("{PRELUDE}\n{before}\nprintf '{SEPARATOR}'\n");
        for example in examples {
            script += &format!("{}\nprintf '{SEPARATOR}'\n", example.commands);
        }
        script += after;
        let output =
            run(&self.here(&script), self.folder.path(), &self.address, &self.node_options);
        let errors = String::from_utf8_lossy(&output.stderr);
        let text = String::from_utf8(output.stdout).unwrap();
        let outputs: Vec<&str> = text.split(SEPARATOR).skip(1).collect();
        for (example, output) in examples.iter().zip(&outputs) {
            let (shown, came) = (self.here(&example.output), *output);
            let is_equal = shown.lines().count() == came.lines().count()
                && shown.lines().zip(came.lines()).all(|(shown, came)| matches(shown, came));
            assert!(is_equal, "{}\nshown:\n{shown}\ncame:\n{came}\n{errors}", example.commands);
        }
        assert!(output.status.success(), "{}: {errors}\n{text}", output.status);
        assert_eq!(outputs.len(), examples.len() + 1, "{errors}\n{text}");
    }

    /// The text with this shell's address.
    fn here(&self, text: &str) -> String {
        text.replace(ADDRESS, &self.address)
    }
}

fn works(tool: &str, probe: &[&str], node_options: &str) -> bool {
    let mut command = Command::new(tool);
    command.args(probe).env("NODE_OPTIONS", node_options);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a script in a process group of its own, of which nothing is left afterwards.
fn run(script: &str, folder: &Path, listen: &str, node_options: &str) -> Output {
    use std::os::unix::process::CommandExt;

    let mut command = Command::new("timeout");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ROLLCALL_")) {
        command.env_remove(name);
    }
    let shell = command
        .args(["--kill-after=5", "120", "bash", "-c", script])
        .current_dir(folder)
        .env("ROLLCALL_LISTEN", listen)
        .env("NODE_OPTIONS", node_options)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let group = format!("-{}", shell.id());
    let output = shell.wait_with_output().unwrap();
    let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    output
}

/// Whether a line is the one that the page shows, in which `…` stands for anything. Ids that the server
/// makes and times differ.
fn matches(shown: &str, came: &str) -> bool {
    let (shown, came) = (without_chance(shown), without_chance(came));
    let mut parts = shown.split('…');
    let Some(mut rest) = came.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        match (parts.peek(), rest.find(part)) {
            (None, _) => return rest.ends_with(part),
            (Some(_), Some(at)) => rest = &rest[at + part.len()..],
            (Some(_), None) => return false,
        }
    }
    false
}

/// The form of an id that the server makes.
pub const ID: &str = "01xxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx";

/// The line with the same sign for each letter and digit of an id that the server made, and of a time.
pub fn without_chance(line: &str) -> String {
    const TIME: &str = "20dd-dd-ddTdd:dd:dd.dddddd+00:00";
    const SECOND: &str = "20dd-dd-ddTdd:dd:ddZ";
    let mut out = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        match [ID, TIME, SECOND].into_iter().find(|form| has_form(rest, form)) {
            Some(form) => {
                out += form;
                rest = &rest[form.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

/// Whether the text begins so: `d` is a digit, `x` a hexadecimal one, all else itself.
pub fn has_form(text: &str, form: &str) -> bool {
    text.len() >= form.len()
        && text.bytes().zip(form.bytes()).all(|(is, form)| match form {
            b'd' => is.is_ascii_digit(),
            b'x' => is.is_ascii_hexdigit(),
            form => is == form,
        })
}
