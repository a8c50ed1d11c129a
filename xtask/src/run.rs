//! Runs other programs. An error names the command as the reader would type it.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs `command` and shows its output in the terminal.
pub fn show(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("{} failed ({status}); its messages are above", name(command));
    }
    Ok(())
}

/// Runs `command` silently and returns what it printed; if it fails, the error carries its messages.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        let messages = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}):\n{}", name(command), output.status, messages.trim_end());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something that is not UTF-8", name(command)))
}

/// Like [`capture`], but shows the messages in the terminal while the command runs.
pub fn capture_stdout(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(command))?;
    if !output.status.success() {
        bail!("{} failed ({}); its messages are above", name(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed something that is not UTF-8", name(command)))
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` could not be started", command.get_program().display())
}

/// The program and its subcommand: enough to identify the step, without all of its flags.
fn name(command: &Command) -> String {
    let subcommand = command.get_args().find(|arg| !arg.as_encoded_bytes().starts_with(b"-"));
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or(OsStr::new("?"));
    match subcommand {
        Some(subcommand) => format!("`{} {}`", program.display(), subcommand.display()),
        None => format!("`{}`", program.display()),
    }
}
