//! The settings file: TOML whose keys are the names of the flags. Its values become flags, behind those that were given.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, CommandFactory};
use thiserror::Error;

use super::Settings;

/// Why the settings file is not taken.
#[derive(Debug, Error)]
pub enum FileError {
    #[error("--config {0} cannot be read: {1}")]
    Read(PathBuf, #[source] std::io::Error),
    #[error("--config {0} is no TOML: {1}")]
    Toml(PathBuf, #[source] toml::de::Error),
    /// A key that no flag has.
    #[error("--config {file}: there is no setting `{key}`; there are {known}")]
    Unknown { file: PathBuf, key: String, known: String },
    /// A table, a date, a float, or a list of them.
    #[error("--config {0}: `{1}` takes {2}")]
    Kind(PathBuf, String, &'static str),
    /// A value that its flag does not take.
    #[error("--config {0}: {1}")]
    Value(PathBuf, #[source] clap::Error),
}

/// The file's settings as flags, without those that a flag or a variable has already set.
pub(super) fn as_flags(path: &Path, given: &ArgMatches) -> Result<Vec<OsString>, FileError> {
    let text = std::fs::read_to_string(path).map_err(|error| FileError::Read(path.to_owned(), error))?;
    let table: toml::Table = text.parse().map_err(|error| FileError::Toml(path.to_owned(), error))?;
    let command = Settings::command();
    let mut flags = Vec::new();
    for (key, value) in table {
        let known = |arg: &&Arg| arg.get_long().is_some_and(|long| long == key && is_setting(arg));
        let Some(arg) = command.get_arguments().find(known) else {
            let names = command.get_arguments().filter(|arg| is_setting(arg)).filter_map(Arg::get_long);
            return Err(FileError::Unknown { file: path.to_owned(), known: names.collect::<Vec<_>>().join(", "), key });
        };
        let set = given.value_source(arg.get_id().as_str());
        let values = values_of(arg, value).map_err(|takes| FileError::Kind(path.to_owned(), key.clone(), takes))?;
        if !matches!(set, Some(ValueSource::CommandLine | ValueSource::EnvVariable)) {
            flags.extend(values.into_iter().map(|value| match value {
                Some(value) => format!("--{key}={value}").into(),
                None => format!("--{key}").into(),
            }));
        }
    }
    Ok(flags)
}

/// A file that names another one would make the order of precedence a riddle.
fn is_setting(arg: &Arg) -> bool {
    arg.get_long().is_some_and(|long| !["config", "help", "version"].contains(&long))
}

/// What stands behind the flag, once for each time that it is given; none for a switch.
fn values_of(arg: &Arg, value: toml::Value) -> Result<Vec<Option<String>>, &'static str> {
    let one = |value: toml::Value| match value {
        toml::Value::String(text) => Some(Some(text)),
        toml::Value::Integer(number) => Some(Some(number.to_string())),
        _ => None,
    };
    match (arg.get_action(), value) {
        (ArgAction::SetTrue, toml::Value::Boolean(true)) => Ok(vec![None]),
        (ArgAction::SetTrue, toml::Value::Boolean(false)) => Ok(vec![]),
        (ArgAction::SetTrue, _) => Err("true or false"),
        (ArgAction::Append, toml::Value::Array(values)) => {
            values.into_iter().map(one).collect::<Option<_>>().ok_or("a text or a list of texts")
        }
        (_, value) => one(value).map(|value| vec![value]).ok_or("one text or whole number"),
    }
}
