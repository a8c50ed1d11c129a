//! The commands of a guide: its fenced blocks of `sh`. A block of `sh terminal` runs in another terminal and stays
//! running; when it prints "ready", the next block may begin.

use anyhow::{Result, bail};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub line: usize,
    pub commands: String,
    /// Runs in another terminal and stays running.
    pub stays: bool,
}

/// Returns the blocks in order. Fails on a fence of any other language than `text`, `toml`, `console` and `json`.
pub fn blocks(markdown: &str) -> Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut open: Option<(Option<Block>, String)> = None;
    for (index, line) in markdown.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(language)) => {
                let block = |stays| Some(Block { line: index + 1, commands: String::new(), stays });
                let begun = match language.trim() {
                    "sh" => block(false),
                    "sh terminal" => block(true),
                    "text" | "toml" | "console" | "json" => None,
                    other => {
                        bail!("line {}: a block of {other:?} is neither `sh` nor a language that is not run", index + 1)
                    }
                };
                open = Some((begun, String::new()));
            }
            (Some(_), Some(_)) => {
                if let Some((Some(mut block), commands)) = open.take() {
                    block.commands = commands;
                    blocks.push(block);
                }
            }
            (Some((_, commands)), None) => {
                commands.push_str(line.trim_start());
                commands.push('\n');
            }
            (None, None) => {}
        }
    }
    if open.is_some() { bail!("the last block does not end") } else { Ok(blocks) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_blocks_of_commands_are_found() -> Result<()> {
        let text = "Do\n```sh\necho 1\necho 2\n```\nsee\n```text\n1\n2\n```\n\n```sh terminal\nsleep 9\n```\n";
        let found = blocks(text)?;
        let expected = [("echo 1\necho 2\n", 2, false), ("sleep 9\n", 12, true)];
        let expected = expected.map(|(commands, line, stays)| Block { line, commands: commands.to_owned(), stays });
        assert_eq!(found, expected);
        assert!(blocks("```rust\n```\n").is_err() && blocks("```sh\n").is_err());
        Ok(())
    }
}
