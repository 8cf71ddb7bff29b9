//! `rollcall --help`: the commands in groups, which clap does not do.

use std::fmt::Write;

use clap::Command;

/// The groups; a command that is in none is among the others.
const GROUPS: [(&str, &[&str]); 3] = [
    ("Run", &["serve", "config", "healthcheck"]),
    ("Look and act", &["sessions", "import", "webhook", "join-token"]),
    ("File", &["token", "sql", "backup", "restore", "check"]),
];

/// The program with a help that lists its commands in groups. All else of it is as before, except that the
/// commands are hidden, so that the help has them only once.
pub fn grouped(program: Command) -> Command {
    let heading = *program.get_styles().get_header();
    let width = program.get_subcommands().map(|c| c.get_name().len()).max().unwrap_or(0);
    let mut template = "{about-with-newline}\n{usage-heading} {usage}\n\n".to_owned();
    for title in GROUPS.iter().map(|group| group.0).chain(["Other"]) {
        // Writing to a text does not fail.
        let _ = writeln!(template, "{heading}{title}:{heading:#}");
        for command in program.get_subcommands().filter(|command| title_of(command) == title) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(template, "  {:width$}  {about}", command.get_name());
        }
        template.push('\n');
    }
    program
        .mut_subcommands(|command| command.hide(true))
        .override_usage("rollcall [OPTIONS]\n       rollcall <COMMAND>")
        .help_template(template + "{all-args}{after-help}")
}

/// The title of the group that a command is in.
fn title_of(command: &Command) -> &'static str {
    let name = command.get_name();
    GROUPS.iter().find(|(_, names)| names.contains(&name)).map_or("Other", |group| group.0)
}
