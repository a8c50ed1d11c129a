//! `ballast`: parses the command line, asks a node and prints the answer.

use ballast_cli::answer::{Answer, CommandError};
use ballast_cli::command::Command;
use clap::Parser;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::rpc_client::RpcClient;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = Command::parse();
    let node = RpcClient::new_with_commitment(&command.url, CommitmentConfig::confirmed());
    match ballast_cli::answer(&command, &node) {
        Ok(answer) => print(&command, &answer),
        Err(error) => print_error(&error),
    }
}

fn print(command: &Command, answer: &Answer) -> ExitCode {
    let text = if command.json { format!("{:#}\n", answer.json) } else { answer.text.clone() };
    match std::io::stdout().write_all(text.as_bytes()) {
        // `ballast reserve list | head` closes the pipe early, which is not an error.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: {error}");
            ExitCode::from(Answer::FAILED)
        }
        _ => ExitCode::from(answer.status),
    }
}

fn print_error(error: &CommandError) -> ExitCode {
    eprintln!("error: {error}\nhint: {}", error.hint());
    ExitCode::from(error.status())
}
