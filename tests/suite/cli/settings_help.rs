//! The settings in the short help.

use std::process::Stdio;

use crate::support::rollcall;

#[tokio::test]
async fn short_help_has_groups_and_at_most_two_lines_of_text_for_each_setting() {
    for command in [&["-h"][..], &["serve", "-h"]] {
        let mut program = rollcall();
        program.args(command).env("COLUMNS", "100").stderr(Stdio::piped());
        let help = String::from_utf8(program.output().await.unwrap().stdout).unwrap();
        let options = help.split("\nOptions:\n").nth(1).unwrap();
        let groups: Vec<&str> = options
            .lines()
            .filter(|line| line.ends_with(':') && !line.starts_with(' ') && *line != "Examples:")
            .collect();
        let expected = [
            "Network",
            "Access",
            "Database",
            "Cleanup",
            "Live connections",
            "Limits",
            "Webhooks",
            "Log",
        ];
        assert_eq!(groups, expected.map(|group| format!("{group}:")), "{command:?}");
        for option in help.split("\n      --").skip(1) {
            let text = option.split("\n\n").next().unwrap().split("\n  -").next().unwrap();
            assert!(text.lines().count() <= 3, "{command:?}: {text}");
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{command:?}: {text}");
        }
    }
}
