//! Rejects environment variables that look like settings, but are none.

use std::ffi::OsString;

use anyhow::bail;
use clap::CommandFactory;

use super::command_line::ServeArguments;
use super::credentials::VARIABLES_WITHOUT_FLAG;

const PREFIX: &str = "ROLLCALL_";

/// What the commands that ask a running server read. They may be set where the server is started, too.
const OF_OTHER_COMMANDS: [&str; 2] = ["ROLLCALL_SERVER", "ROLLCALL_TOKEN"];

/// Fails if a variable begins with `ROLLCALL_` but is not a setting; the error suggests the setting with the
/// most similar name. With a typing mistake in the name, the server would silently run with the default.
pub fn reject_unknown_variables(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> anyhow::Result<()> {
    let command = ServeArguments::command();
    let known: Vec<String> = command
        .get_arguments()
        .filter_map(|argument| argument.get_env())
        .map(|name| name.to_string_lossy().into_owned())
        .chain(VARIABLES_WITHOUT_FLAG.map(str::to_owned))
        .collect();
    for (name, value) in variables {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        if known.iter().any(|known| *known == name)
            || OF_OTHER_COMMANDS.contains(&&*name)
            || is_set_by_kubernetes(rest, &value)
        {
            continue;
        }
        match known.iter().min_by_key(|known| strsim::damerau_levenshtein(&name, known)) {
            Some(nearest) => bail!(
                "there is no setting for the environment variable {name}; the nearest one is {nearest}. \
                 Correct the name, or unset it"
            ),
            None => bail!("there is no setting for the environment variable {name}; unset it"),
        }
    }
    Ok(())
}

/// Whether Kubernetes or Docker has set the variable. For a service named `rollcall` they give its
/// address to every container in variables with the same prefix as the settings: `ROLLCALL_SERVICE_HOST`,
/// `ROLLCALL_PORT=tcp://10.0.0.1:5000`, `ROLLCALL_PORT_5000_TCP_ADDR`.
fn is_set_by_kubernetes(rest: &str, value: &str) -> bool {
    let begins_with_a_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    rest == "SERVICE_HOST"
        || rest == "SERVICE_PORT"
        || rest.starts_with("SERVICE_PORT_")
        || rest == "PORT" && value.contains("://")
        || rest.strip_prefix("PORT_").is_some_and(begins_with_a_digit)
}
